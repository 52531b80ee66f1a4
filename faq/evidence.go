package faq

import (
	"cmp"
	"math"
	"slices"
)

// brain is one trained set of rankers: the linear model, the neighbours, Bleve.
type brain struct {
	ideas    *concepts
	feats    *features
	lin      *linear
	near     *neighbours
	spell    []*speller
	index    *index
	langs    []string
	entries  int // number of entries; classes from there on are special
	withhold int8
}

// candidate is one possible reading of a message: an entry or a special class.
type candidate struct {
	class int32
	x     []float64 // what choice weighs
	p     float64
}

// numbers of a candidate
const (
	xLinear = iota
	xFirst
	xSecond
	xBleve
	xNear
	xSmall
	xOther
	numChoice
)

// evidence is everything the rankers say about one message.
type evidence struct {
	scores   []float32 // linear scores of all classes
	cands    []candidate
	known    float64 // share of known words, 0 to 1
	length   int
	topBleve int32 // class that Bleve puts first, -1: none
	bleve    [2]float64
	topNear  int32 // class of the nearest phrasing
	cos      [2]float64
}

// look gathers the evidence on the words of a message, corrected for spelling
// unless it is switched off.
func (b *brain) look(ws []string, lang int, sure, correct bool) evidence {
	e, ws, v := b.sense(ws, lang, correct)
	return b.deepen(e, ws, v, lang, sure)
}

// sense is the first part of look: the linear scores, which tell a crisis, a
// wish for a person and small talk. It also returns the words with their
// spelling put right, and their features.
func (b *brain) sense(ws []string, lang int, correct bool) (evidence, []string, vector) {
	var e evidence
	e.length = len(ws)
	sp := b.spell[lang]
	if correct {
		ws, _ = sp.correct(ws)
	}
	known := 0
	for _, w := range ws {
		if sp.known[w] > 0 {
			known++
		}
	}
	e.known = float64(known) / float64(max(len(ws), 1))
	v := b.feats.vector(extract(ws, b.ideas))
	e.scores = b.lin.scores(v)
	return e, ws, v
}

// deepen is the second part of look: what only the choice of an entry needs.
func (b *brain) deepen(e evidence, ws []string, v vector, lang int, sure bool) evidence {
	near := b.near.find(v, len(e.scores), b.withhold)
	langs := b.langs
	if sure {
		langs = b.langs[lang : lang+1]
	}
	hits := b.index.find(b.telling(ws, lang), langs, maxCandidates)
	e.topBleve = -1
	for i, h := range hits {
		if i < 2 {
			e.bleve[i] = h.score
		}
	}
	if len(hits) > 0 {
		e.topBleve = hits[0].class
	}
	e.topNear = -1
	for c, n := range near {
		if f := float64(n.first); f > e.cos[0] {
			e.cos[0], e.cos[1], e.topNear = f, e.cos[0], int32(c)
		} else if f > e.cos[1] {
			e.cos[1] = f
		}
	}
	b.candidates(&e, near, hits)
	return e
}

// telling picks the words that are sent to Bleve: the rarest ones.
func (b *brain) telling(ws []string, lang int) []string {
	uniq := make([]string, 0, len(ws))
	for _, w := range ws {
		if b.spell[lang].known[w] > 0 && !slices.Contains(uniq, w) {
			uniq = append(uniq, w)
		}
	}
	if len(uniq) > maxQueryTerms {
		slices.SortStableFunc(uniq, func(a, c string) int {
			return cmp.Compare(b.spell[lang].known[a], b.spell[lang].known[c])
		})
		uniq = uniq[:maxQueryTerms]
	}
	return uniq
}

// candidates chooses the classes worth a closer look, and fills their numbers.
func (b *brain) candidates(e *evidence, near []nearest, hits []found) {
	order := make([]int32, len(e.scores))
	for i := range order {
		order[i] = int32(i)
	}
	top := order
	if len(order) > 2*maxCandidates {
		top = partialTop(order, e.scores, maxCandidates)
	}
	chosen := slices.Clone(top)
	add := func(c int32) {
		if c >= 0 && !slices.Contains(chosen, c) {
			chosen = append(chosen, c)
		}
	}
	for i, h := range hits {
		if i < 3 {
			add(h.class)
		}
	}
	add(e.topNear)
	for s := range int32(numSpecial) {
		add(int32(b.entries) + s)
	}
	slices.Sort(chosen)
	e.cands = make([]candidate, len(chosen))
	for i, c := range chosen {
		x := make([]float64, numChoice)
		x[xLinear] = float64(e.scores[c])
		x[xFirst], x[xSecond] = float64(near[c].first), float64(near[c].second)
		for _, h := range hits {
			if h.class == c {
				x[xBleve] = h.score / (e.bleve[0] + 1)
			}
		}
		if s := int(c) - b.entries; s == classNear {
			x[xNear] = 1
		} else if s == classSmall {
			x[xSmall] = 1
		} else if s >= 0 {
			x[xOther] = 1
		}
		e.cands[i] = candidate{class: c, x: x}
	}
}

// partialTop returns the n classes with the highest scores.
func partialTop(order []int32, scores []float32, n int) []int32 {
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(a, b))
	})
	return order[:n]
}

// rank gives the candidates their probabilities and sorts them, best first.
func (e *evidence) rank(c *choice) {
	rows := make([][]float64, len(e.cands))
	for i := range e.cands {
		rows[i] = e.cands[i].x
	}
	for i, p := range c.probs(rows) {
		e.cands[i].p = p
	}
	slices.SortFunc(e.cands, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.p, a.p), cmp.Compare(a.class, b.class))
	})
}

// best returns the entries among the candidates, best first, at most n.
func (e *evidence) best(entries, n int) []candidate {
	var out []candidate
	for _, c := range e.cands {
		if int(c.class) < entries && len(out) < n {
			out = append(out, c)
		}
	}
	return out
}

// gateNumbers describes how sure a ranked reading is; see gate.
func (e *evidence) gateNumbers(entries int) []float64 {
	top := e.best(entries, 2)
	x := make([]float64, numGate)
	if len(top) == 0 {
		return x
	}
	p1, p2, pNear := top[0].p, 0.0, 0.0
	if len(top) > 1 {
		p2 = top[1].p
	}
	var entropy, special float64
	special = -2
	for _, c := range e.cands {
		if c.p > 1e-9 {
			entropy -= c.p * math.Log(c.p)
		}
		if s := int(c.class) - entries; s >= 0 {
			special = max(special, c.x[xLinear])
			if s == classNear {
				pNear = c.p
			}
		}
	}
	x[gP] = math.Log((p1 + 1e-4) / (1 - p1 + 1e-4))
	x[gMargin] = math.Log((p1 + 1e-3) / (p2 + 1e-3))
	x[gEntropy] = entropy
	x[gNear] = math.Log((pNear + 1e-3) / (p1 + 1e-3))
	x[gLinear] = top[0].x[xLinear]
	x[gSpecial] = special
	x[gCos] = top[0].x[xFirst]
	x[gCosSecond] = top[0].x[xSecond]
	x[gCosMargin] = e.cos[0] - e.cos[1]
	x[gBleve] = math.Log1p(e.bleve[0])
	x[gBleveMargin] = (e.bleve[0] - e.bleve[1]) / (e.bleve[0] + 1)
	if e.topBleve == top[0].class {
		x[gAgreeBleve] = 1
	}
	if e.topNear == top[0].class {
		x[gAgreeNear] = 1
	}
	x[gKnown] = e.known
	x[gLength] = math.Log1p(float64(e.length))
	return x
}

// numbers of the gate
const (
	gP = iota
	gMargin
	gEntropy
	gNear
	gLinear
	gSpecial
	gCos
	gCosSecond
	gCosMargin
	gBleve
	gBleveMargin
	gAgreeBleve
	gAgreeNear
	gKnown
	gLength
	numGate
)
