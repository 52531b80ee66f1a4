package faq

import (
	"cmp"
	"math"
	"slices"
	"unicode/utf8"
)

// vector is a sparse feature vector, sorted by index, each index once.
type vector struct {
	idx []int32
	val []float32
}

// Blocks of features. Each is scaled to its own length, so that the many
// character n-grams do not drown the few words.
const (
	blockWord = 0 // single words and pairs of neighbours
	blockChar = 1 // character 3- to 5-grams within word boundaries
	blockIdea = 2 // concepts, and pairs of them in either order
	numBlocks = 3
)

// blockWeights is how long each block is, found by cross-validation.
var blockWeights = [numBlocks]float32{1, 1, 1.5}

// features is a feature's key (a hash, see wordKey and gramKey) with its index
// and inverse document frequency.
type features struct {
	index  map[uint64]int32
	idf    []float32
	unseen float32 // idf of a feature no training message has
	weight [numBlocks]float32
}

// raw is one message before it is weighted: keys with their counts, by block.
type raw [numBlocks][]uint64

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// wordKey hashes a word, or two neighbours as if they were written together:
// "co pay" and "copay" are the same feature, as they are to the people who write them.
func wordKey(a, b string) uint64 {
	h := uint64(fnvOffset)
	for i := 0; i < len(a); i++ {
		h = (h ^ uint64(a[i])) * fnvPrime
	}
	for i := 0; i < len(b); i++ {
		h = (h ^ uint64(b[i])) * fnvPrime
	}
	return h
}

// extract counts the features of a message's words. The keys of a block may
// repeat; the caller sorts.
func extract(ws []string, ideas *concepts) raw {
	var out raw
	out[blockIdea] = ideaKeys(ws, ideas)
	out[blockWord] = make([]uint64, 0, 2*len(ws))
	out[blockChar] = make([]uint64, 0, 16*len(ws))
	var runes [maxWordLetters + 2]rune
	for i, w := range ws {
		out[blockWord] = append(out[blockWord], wordKey(w, ""))
		if i > 0 {
			out[blockWord] = append(out[blockWord], wordKey(ws[i-1], w))
		}
		n := 1
		runes[0] = ' '
		for _, r := range w {
			if n > maxWordLetters {
				break
			}
			runes[n] = r
			n++
		}
		runes[n] = ' '
		n++
		out[blockChar] = appendGrams(out[blockChar], runes[:n])
	}
	return out
}

// ideaWindow is how many meaningful words apart two concepts still make a pair.
const ideaWindow = 3

// ideaKeys returns a message's concepts and the pairs of near ones. A word of no
// set stands for itself by its first letters, which most of its forms share.
func ideaKeys(ws []string, ideas *concepts) []uint64 {
	var seq []uint64
	for _, w := range ws {
		id := ideas.of(w)
		switch {
		case id == conceptEmpty:
		case id > 0:
			seq = append(seq, (fnvOffset^uint64(id)<<20)*fnvPrime)
		default:
			stem := w
			if len(stem) > 5 {
				stem = stem[:5]
			}
			seq = append(seq, wordKey("~", stem))
		}
	}
	keys := make([]uint64, 0, len(seq)*(1+ideaWindow))
	for i, k := range seq {
		keys = append(keys, k)
		for j := i + 1; j < len(seq) && j <= i+ideaWindow; j++ {
			a, b := min(k, seq[j]), max(k, seq[j])
			keys = append(keys, (a*31+b)*fnvPrime^b)
		}
	}
	return keys
}

// appendGrams adds the 3- to 5-grams of one word with a blank at either end.
func appendGrams(keys []uint64, word []rune) []uint64 {
	for i := range word {
		h := uint64(fnvOffset) ^ 0x9e3779b97f4a7c15 // apart from wordKey
		for j := i; j < len(word) && j < i+5; j++ {
			r := word[j]
			if r < utf8.RuneSelf {
				h = (h ^ uint64(r)) * fnvPrime
			} else {
				h = (h ^ uint64(r)) * fnvPrime
				h = (h ^ uint64(r>>8)) * fnvPrime
			}
			if j-i >= 2 {
				keys = append(keys, h)
			}
		}
	}
	return keys
}

// minMessages is in how many training messages a feature must occur: what occurs
// once teaches nothing about other messages, and is most of what occurs.
const minMessages = 2

// newFeatures numbers the features of the training messages, the limit most
// frequent ones of them, in the order of their hashes so that the numbering
// does not hang on the order of the messages.
func newFeatures(docs []raw, limit int) *features {
	df := map[uint64]int32{}
	for _, d := range docs {
		for _, block := range d {
			keys := slices.Clone(block)
			slices.Sort(keys)
			for _, k := range slices.Compact(keys) {
				df[k]++
			}
		}
	}
	type item struct {
		key uint64
		df  int32
	}
	items := make([]item, 0, len(df))
	for k, n := range df {
		if n >= minMessages {
			items = append(items, item{k, n})
		}
	}
	slices.SortFunc(items, func(a, b item) int {
		if c := cmp.Compare(b.df, a.df); c != 0 {
			return c
		}
		return cmp.Compare(a.key, b.key)
	})
	if len(items) > limit {
		items = items[:limit]
	}
	slices.SortFunc(items, func(a, b item) int { return cmp.Compare(a.key, b.key) })
	f := &features{index: make(map[uint64]int32, len(items)), idf: make([]float32, len(items))}
	f.weight = blockWeights
	n := float64(len(docs))
	idf := func(df float64) float32 { return float32(math.Log((n+1)/(df+1)) + 1) }
	f.unseen = idf(0)
	for i, it := range items {
		f.index[it.key] = int32(i)
		f.idf[i] = idf(float64(it.df))
	}
	return f
}

// vector weights a message: (1 + log count) × idf, each block scaled to length
// weight[block] and the whole to length 1. Features nobody trained on count
// towards the length, so that a message with much foreign matter scores low
// everywhere.
func (f *features) vector(r raw) vector {
	var v vector
	total := 0
	for _, block := range r {
		total += len(block)
	}
	v.idx = make([]int32, 0, total)
	v.val = make([]float32, 0, total)
	var wsum float64
	for b, block := range r {
		wsum += float64(f.weight[b]) * float64(f.weight[b])
		slices.Sort(block)
		start := len(v.idx)
		var sum float64
		for i := 0; i < len(block); {
			j := i + 1
			for j < len(block) && block[j] == block[i] {
				j++
			}
			tf := float32(1)
			if j-i > 1 {
				tf += float32(math.Log(float64(j - i)))
			}
			at, known := f.index[block[i]]
			x := tf * f.unseen
			if known {
				x = tf * f.idf[at]
				v.idx = append(v.idx, at)
				v.val = append(v.val, x)
			}
			sum += float64(x) * float64(x)
			i = j
		}
		if sum > 0 {
			scale := f.weight[b] / float32(math.Sqrt(sum))
			for i := start; i < len(v.val); i++ {
				v.val[i] *= scale
			}
		}
	}
	scale := float32(1 / math.Sqrt(wsum))
	for i := range v.val {
		v.val[i] *= scale
	}
	sortVector(&v)
	return v
}

// sortVector brings the indices into order, so that sums come out the same
// whatever the order of the words' hashes.
func sortVector(v *vector) {
	type item struct {
		idx int32
		val float32
	}
	items := make([]item, len(v.idx))
	for i := range items {
		items[i] = item{v.idx[i], v.val[i]}
	}
	slices.SortFunc(items, func(a, b item) int { return cmp.Compare(a.idx, b.idx) })
	for i, it := range items {
		v.idx[i], v.val[i] = it.idx, it.val
	}
}

// square returns the squared length of a vector.
func (v vector) square() float64 {
	var s float64
	for _, x := range v.val {
		s += float64(x) * float64(x)
	}
	return s
}
