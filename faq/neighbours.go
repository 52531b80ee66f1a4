package faq

// neighbours finds how near a message is to single phrasings: an inverted list
// from features to the training messages that have them.
type neighbours struct {
	start []int32 // feature → its first posting; one more than there are features
	doc   []int32
	val   []float32
	class []int32 // of each training message
	fold  []int8
}

// newNeighbours inverts the examples. Features that more than a tenth of a large
// collection has are left out: they cost most and tell least.
func newNeighbours(ex []example, fold []int8, feats int) *neighbours {
	n := &neighbours{start: make([]int32, feats+1), fold: fold, class: make([]int32, len(ex))}
	count := make([]int32, feats)
	for i := range ex {
		n.class[i] = ex[i].class
		if ex[i].only {
			n.class[i] = -1
		}
		for _, f := range ex[i].vec.idx {
			count[f]++
		}
	}
	most := int32(max(len(ex)/10, 400))
	if len(ex) > 20000 {
		most = int32(len(ex) / 50)
	}
	var total int32
	for f, c := range count {
		n.start[f] = total
		if c <= most {
			total += c
		}
	}
	n.start[feats] = total
	n.doc, n.val = make([]int32, total), make([]float32, total)
	at := append([]int32(nil), n.start...)
	for i := range ex {
		for j, f := range ex[i].vec.idx {
			if count[f] <= most {
				n.doc[at[f]], n.val[at[f]] = int32(i), ex[i].vec.val[j]
				at[f]++
			}
		}
	}
	return n
}

// nearest are the two highest cosines to a class's messages.
type nearest struct{ first, second float32 }

// find returns the nearest messages of each class; messages of the fold without
// are passed over (-1: none is).
func (n *neighbours) find(v vector, classes int, without int8) []nearest {
	dots := make([]float32, len(n.class))
	for i, f := range v.idx {
		x := v.val[i]
		for p := n.start[f]; p < n.start[f+1]; p++ {
			dots[n.doc[p]] += x * n.val[p]
		}
	}
	out := make([]nearest, classes)
	for d, x := range dots {
		c := n.class[d]
		if x == 0 || c < 0 || (without >= 0 && n.fold[d] == without) {
			continue
		}
		if o := &out[c]; x > o.first {
			o.first, o.second = x, o.first
		} else if x > o.second {
			o.second = x
		}
	}
	return out
}
