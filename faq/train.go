package faq

import (
	"cmp"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"imrbot/kb"
)

// Options set how careful a reader is. The zero value is what the bot runs with.
type Options struct {
	// WrongRate is the share of in-scope messages that may be told a wrong answer,
	// as cross-validation over the phrasings estimates it; 0 means 0.04.
	WrongRate float64
	// NearRate is the share of near misses (see kb.Base.Near) that may be told an
	// answer; 0 means 0.075.
	NearRate float64
	// LostRate is the share of in-scope messages for which the right entry may be
	// missing because nothing at all is offered; 0 means 0.01.
	LostRate float64
}

func (o Options) withDefaults() Options {
	set := func(x *float64, def float64) {
		if *x <= 0 {
			*x = def
		}
	}
	set(&o.WrongRate, 0.04)
	set(&o.NearRate, 0.075)
	set(&o.LostRate, 0.01)
	return o
}

// learning is the setting of the linear model, found by cross-validation.
var learning = hyper{c: 2, positive: 2, epochs: 8}

// warmEpochs is how often a training for cross-validation goes through its
// messages: it begins where the training on all of them ended.
const warmEpochs = 3

// trained is what a cache file holds: all that takes long to work out again.
type trained struct {
	feats   *features
	lin     *linear
	near    *neighbours
	choice  *choice
	gate    *logit
	offer   *logit
	answer  float64 // probability from which an answer is told
	suggest float64 // probability from which entries are offered
	special [numSpecial]float64
}

// heldOut is one message as a brain that never saw it judges it: by every ranker
// or, without candidates, by the linear model alone.
type heldOut struct {
	message
	evidence
}

// train learns a corpus. The same corpus gives the same result, bit for bit.
func train(c *corpus, opt Options) (*trained, error) {
	opt = opt.withDefaults()
	raws := make([]raw, len(c.messages))
	fold := make([]int8, len(c.messages))
	for i, m := range c.messages {
		raws[i] = extract(m.words, c.ideas)
		fold[i] = m.fold
	}
	t := &trained{}
	t.feats = newFeatures(raws, maxWeights/c.classes())
	ex := make([]example, len(raws))
	for i, m := range c.messages {
		ex[i] = example{vec: t.feats.vector(raws[i]), class: m.class, only: m.only, not: m.not}
	}
	t.near = newNeighbours(ex, fold, len(t.feats.idf))
	var multipliers [][]float64
	if len(ex)*c.classes() <= maxWarm {
		multipliers = make([][]float64, c.classes())
	}
	t.lin = trainLinear(ex, nil, c.classes(), len(t.feats.idf), learning, nil, multipliers)
	held, err := c.crossValidate(t, ex, multipliers)
	if err != nil {
		return nil, err
	}
	t.fit(held, len(c.ids), opt)
	return t, nil
}

// crossValidate judges messages by models that were trained without their fold:
// all of them by the linear model, those that the gate is fitted on, or an even
// share of very many, by every ranker.
func (c *corpus) crossValidate(t *trained, ex []example, multipliers [][]float64) ([]heldOut, error) {
	every := make([]bool, len(ex)) // judged by every ranker
	step := len(ex)/maxFitDocs + 1
	for i := range c.messages {
		every[i] = i%step == 0 && c.gated(&c.messages[i])
	}
	held := make([]heldOut, len(ex))
	leave := make([]bool, len(ex))
	h := learning
	if multipliers != nil {
		h.epochs = warmEpochs
	}
	for f := range int8(folds) {
		for i := range ex {
			leave[i] = c.messages[i].fold == f
		}
		b := &brain{ideas: c.ideas, feats: t.feats, near: t.near, langs: c.langs, entries: len(c.ids), withhold: f}
		var wg sync.WaitGroup
		var err error
		wg.Go(func() {
			b.spell = c.spellers(f)
			b.index, err = newIndex(c.documents(f), c.langs)
		})
		b.lin = trainLinear(ex, leave, c.classes(), len(t.feats.idf), h, multipliers, nil)
		if wg.Wait(); err != nil {
			return nil, fmt.Errorf("training: %w", err)
		}
		parallel(len(ex), func(i int) {
			m := c.messages[i]
			switch {
			case m.fold != f:
			case every[i]:
				held[i] = heldOut{m, b.look(m.words, m.lang, true, true)}
			default:
				held[i] = heldOut{m, evidence{scores: b.lin.scores(ex[i].vec)}}
			}
		})
		if err := b.index.close(); err != nil {
			return nil, fmt.Errorf("training: %w", err)
		}
	}
	return held, nil
}

// gated tells whether a message is one for the gate: wishes for a person and
// crises, and counter-examples to them, never come to it.
func (c *corpus) gated(m *message) bool {
	special := int(m.class) - len(c.ids)
	return !m.only && special != classHuman && special != classCrisis
}

// parallel calls f for 0 to n-1 on all processors.
func parallel(n int, f func(i int)) {
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				f(i)
			}
		})
	}
	wg.Wait()
}

// fit sets everything that rests on held-out messages: how the rankers are
// weighed, how sure is sure, and where the special classes begin.
func (t *trained) fit(held []heldOut, entries int, opt Options) {
	t.choice = &choice{weight: startChoice()}
	var sets [][][]float64
	var right []int
	for _, h := range held {
		if at := slices.IndexFunc(h.cands, func(c candidate) bool { return c.class == h.class }); at >= 0 && !h.only {
			rows := make([][]float64, len(h.cands))
			for i := range h.cands {
				rows[i] = h.cands[i].x
			}
			sets, right = append(sets, rows), append(right, at)
		}
	}
	if len(sets) > 0 {
		t.choice = fitChoice(sets, right, startChoice(), 1)
	}
	for i := range held {
		if len(held[i].cands) > 0 {
			held[i].rank(t.choice)
		}
	}
	t.fitGate(held, entries, opt)
	t.fitSpecial(held, entries)
}

// startChoice is what the candidates' numbers weigh before anything is known.
func startChoice() []float64 {
	w := make([]float64, numChoice)
	w[xLinear], w[xFirst], w[xBleve] = 4, 2, 1
	return w
}

// fitGate learns the probabilities that the best entry, and that one of the best
// three, is right, and from which on they suffice.
func (t *trained) fitGate(held []heldOut, entries int, opt Options) {
	var xs [][]float64
	var first, three []bool
	var weights []float64
	var in []bool
	for i := range held {
		h := &held[i]
		special := int(h.class) - entries
		if len(h.cands) == 0 {
			continue
		}
		best := h.best(entries, maxHits)
		xs = append(xs, h.gateNumbers(entries))
		first = append(first, len(best) > 0 && best[0].class == h.class)
		three = append(three, slices.ContainsFunc(best, func(c candidate) bool { return c.class == h.class }))
		in = append(in, special < 0)
		weights = append(weights, 1)
	}
	t.gate = fitLogit(xs, first, weights, 1)
	t.offer = fitLogit(xs, three, weights, 1)
	t.answer, t.suggest = thresholds(t, xs, first, three, in, opt)
}

// thresholds finds the lowest probability to answer at with which the rates of
// wrong answers stay within the options, and the highest to offer at.
func thresholds(t *trained, xs [][]float64, first, three, in []bool, opt Options) (answer, suggest float64) {
	type judged struct {
		p         float64
		right, in bool
	}
	var told, offered []judged
	var nIn, nOut float64
	for i, x := range xs {
		told = append(told, judged{t.gate.prob(x), first[i], in[i]})
		if in[i] {
			nIn++
			if three[i] {
				offered = append(offered, judged{t.offer.prob(x), true, true})
			}
		} else {
			nOut++
		}
	}
	slices.SortFunc(told, func(a, b judged) int { return cmp.Compare(b.p, a.p) })
	answer = 0.999
	var wrong, out float64
	for _, j := range told {
		if j.in && !j.right {
			wrong++
		} else if !j.in {
			out++
		}
		if wrong > opt.WrongRate*nIn || out > opt.NearRate*nOut {
			break
		}
		answer = j.p
	}
	slices.SortFunc(offered, func(a, b judged) int { return cmp.Compare(a.p, b.p) })
	if n := int(opt.LostRate * nIn); n < len(offered) {
		suggest = offered[n].p
	}
	return min(max(answer, 0.3), 0.999), min(suggest, answer, 0.5)
}

// fitSpecial finds the linear scores from which on a message is small talk, a
// wish for a person or a crisis.
func (t *trained) fitSpecial(held []heldOut, entries int) {
	for s, allowed := range [numSpecial]float64{classSmall: 0.002, classHuman: 0.003, classCrisis: 0.013} {
		class := int32(entries + s)
		var own, others []float64
		for _, h := range held {
			score := float64(h.scores[class])
			switch {
			case h.class == class:
				own = append(own, score)
			case !h.only || h.not == class:
				others = append(others, score)
			}
		}
		t.special[s] = specialThreshold(own, others, allowed)
	}
}

// specialThreshold returns the score above which no more than the allowed share
// of other messages lies, but never one so low that it parts nothing.
func specialThreshold(own, others []float64, allowed float64) float64 {
	if len(own) == 0 {
		return math.Inf(1)
	}
	slices.Sort(others)
	threshold := -0.5
	if len(others) > 0 {
		at := len(others) - 1 - int(allowed*float64(len(others)))
		threshold = max(threshold, others[at]+1e-6)
	}
	return threshold
}

// Train learns a knowledge base. It is deterministic: the same base and options
// give the same reader. It takes about a second for 50 phrasings in each of 26
// entries and two languages, and is bounded for larger bases. The error is a
// malformed pattern in a list, a base without entries, or Bleve's.
func Train(base *kb.Base, opt Options) (*Reader, error) {
	c, err := newCorpus(base)
	if err != nil {
		return nil, err
	}
	if len(c.ids) == 0 || len(c.langs) == 0 {
		return nil, fmt.Errorf("training: the knowledge base has no entries")
	}
	t, err := train(c, opt)
	if err != nil {
		return nil, err
	}
	return newReader(base, c, t)
}
