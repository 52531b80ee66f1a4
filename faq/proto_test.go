package faq

import (
	"strings"
	"math"
	"math/rand"
	"encoding/json"
	"os"
	"sort"
	"testing"
	"time"
	"slices"
	"fmt"

	"imrbot/kb"
)

func cvReport(t testing.TB, c *corpus, opt Options) {
	t0 := time.Now()
	opt = opt.withDefaults()
	raws := make([]raw, len(c.messages))
	fold := make([]int8, len(c.messages))
	for i, m := range c.messages { raws[i] = extract(m.words, c.ideas); fold[i] = m.fold }
	tr := &trained{}
	tr.feats = newFeatures(raws, maxWeights/c.classes())
	ex := make([]example, len(raws))
	for i, m := range c.messages { ex[i] = example{vec: tr.feats.vector(raws[i]), class: m.class, only: m.only, not: m.not} }
	tr.near = newNeighbours(ex, fold, len(tr.feats.idf))
	held, err := c.crossValidate(tr, ex)
	if err != nil { t.Fatal(err) }
	t1 := time.Now()
	tr.fit(held, len(c.ids), opt)
	t.Logf("docs %d feats %d classes %d cv %v fit %v choice %.2f", len(ex), len(tr.feats.idf), c.classes(), t1.Sub(t0), time.Since(t1), tr.choice.weight)
	t.Logf("gate %.2f bias %.2f answer %.3f suggest %.3f special %.2f", tr.gate.weight, tr.gate.bias, tr.answer, tr.suggest, tr.special)
	E := len(c.ids)
	for _, wr := range []float64{.01, .02, .03, .04, .05} {
		o := opt; o.WrongRate = wr; o.NearRate = 1
		tr.fitGate(held, E, o)
		var n, r, nn, nt, ll float64
		for i := range held { h := &held[i]; if h.only { continue }
			s := int(h.class) - E
			g := tr.gate.prob(h.gateNumbers(E)) >= tr.answer
			if s < 0 { n++; best := h.best(E, 3); if g && best[0].class == h.class { r++ }
				for _, b := range best { if b.class == h.class { ll += math.Log(max(b.p, .001)) } }
			} else if s == classNear { nn++; if g { nt++ } } }
		t.Logf("wrong %.2f -> right %.1f near %.1f (thr %.2f) ", wr, 100*r/n, 100*nt/nn, tr.answer)
	}
	tr.fitGate(held, E, opt)
	for l := range c.langs {
		var n, lin, stack, top3, told, wrong, off, nn, nt, ns int
		sp := [4][2]int{}
		for i := range held {
			h := &held[i]
			if h.lang != l || h.only { continue }
			s := int(h.class) - E
			best := h.best(E, 3)
			g := tr.gate.prob(h.gateNumbers(E)); o := tr.offer.prob(h.gateNumbers(E))
			if s < 0 {
				n++
				b := 0
				for k := 0; k < E; k++ { if h.scores[k] > h.scores[b] { b = k } }
				if b == int(h.class) { lin++ }
				if best[0].class == h.class { stack++ }
				in3 := slices.ContainsFunc(best, func(c candidate) bool { return c.class == h.class })
				if in3 { top3++ }
				if g >= tr.answer { if best[0].class == h.class { told++; off++ } else { wrong++ } } else if in3 && o >= tr.suggest { off++ }
			} else if s == classNear {
				nn++
				if g >= tr.answer { nt++ } else if o >= tr.suggest { ns++ }
			}
			for k := range sp {
				if float64(h.scores[E+k]) > tr.special[k] { if s == k { sp[k][0]++ } else { sp[k][1]++ } }
			}
		}
		pc := func(a, b int) string { return fmt.Sprintf("%.1f", 100*float64(a)/float64(max(b,1))) }
		t.Logf("%s n %d lin %s stack %s top3 %s | told right %s wrong %s right-or-3 %s | near %d told %s suggested %s | small/human/crisis hit,false %v", c.langs[l], n, pc(lin,n), pc(stack,n), pc(top3,n), pc(told,n), pc(wrong,n), pc(off,n), nn, pc(nt,nn), pc(ns,nn), sp)
	}
}

func TestCVReal(t *testing.T) {
	base, err := kb.Load(os.DirFS(kbDir()), "kb")
	if err != nil { t.Fatal(err) }
	c, err := newCorpus(base)
	if err != nil { t.Fatal(err) }
	cvReport(t, c, Options{})
	for l := range base.Languages {
		if os.Getenv("SEP") == "" { break }
		c2 := *base
		c2.Languages = base.Languages[l:l+1]
		cc, _ := newCorpus(&c2)
		cvReport(t, cc, Options{})
	}
	
}
func TestCVClinc(t *testing.T) {
	b, err := os.ReadFile("../../shared/bench/clinc150/data_full.json")
	if err != nil { t.Skip(err) }
	var d map[string][][2]string
	json.Unmarshal(b, &d)
	for seed := int64(1); seed <= 3; seed++ {
	base, test := clincBase(d, 26, 45, seed)
	c, err := newCorpus(base)
	if err != nil { t.Fatal(err) }
	cvReport(t, c, Options{})
	t0 := time.Now()
	r, err := Train(base, Options{})
	if err != nil { t.Fatal(err) }
	t.Log("train", time.Since(t0))
	t0 = time.Now()
	var n, right, wrong, off, no, nt int
	for _, x := range test {
		rd := r.Read(x[0], "en")
		if x[1] == "oos" { no++; if rd.Kind == KindAnswer { nt++ }; continue }
		n++
		if rd.Kind == KindAnswer { if rd.Hits[0].ID == x[1] { right++; off++ } else { wrong++ } } else if slices.ContainsFunc(rd.Hits, func(h Hit) bool { return h.ID == x[1] }) { off++ }
	}
	t.Logf("test n %d right %.1f wrong %.1f off %.1f | oos %d told %.1f | per %v", n, 100*float64(right)/float64(n), 100*float64(wrong)/float64(n), 100*float64(off)/float64(n), no, 100*float64(nt)/float64(no), time.Since(t0)/time.Duration(len(test)))
	}
}

func clincBase(d map[string][][2]string, k, per int, seed int64) (*kb.Base, [][2]string) {
	names := map[string]bool{}
	for _, x := range d["train"] { names[x[1]] = true }
	var all []string
	for n := range names { all = append(all, n) }
	sort.Strings(all)
	rand.New(rand.NewSource(seed)).Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
	all = all[:k]
	sort.Strings(all)
	by := map[string][]string{}
	for _, x := range d["train"] { by[x[1]] = append(by[x[1]], x[0]) }
	base := &kb.Base{Languages: []string{"en"}, Entries: map[string][]kb.Entry{}, Near: map[string][]string{}}
	for _, n := range all { base.Entries["en"] = append(base.Entries["en"], kb.Entry{ID: n, Lang: "en", Title: n, Phrasings: by[n][:per], Markdown: n}) }
	for _, x := range d["oos_train"] { base.Near["en"] = append(base.Near["en"], x[0]) }
	var test [][2]string
	for _, x := range d["test"] { if slices.Contains(all, x[1]) { test = append(test, x) } }
	for _, x := range d["oos_test"] { test = append(test, x) }
	return base, test
}
func TestConf(t *testing.T) {
	base, err := kb.Load(os.DirFS(kbDir()), "kb")
	if err != nil { t.Fatal(err) }
	c, _ := newCorpus(base)
	raws := make([]raw, len(c.messages))
	fold := make([]int8, len(c.messages))
	for i, m := range c.messages { raws[i] = extract(m.words, c.ideas); fold[i] = m.fold }
	tr := &trained{}
	tr.feats = newFeatures(raws, maxWeights/c.classes())
	ex := make([]example, len(raws))
	for i, m := range c.messages { ex[i] = example{vec: tr.feats.vector(raws[i]), class: m.class, only: m.only, not: m.not} }
	tr.near = newNeighbours(ex, fold, len(tr.feats.idf))
	held, err := c.crossValidate(tr, ex)
	tr.fit(held, len(c.ids), Options{}.withDefaults())
	name := func(k int32) string { if int(k) < len(c.ids) { return c.ids[k] }; return []string{"NEAR","SMALL","HUMAN","CRISIS"}[int(k)-len(c.ids)] }
	conf := map[string]int{}
	by := map[string][2]int{}
	byfold := map[int8][2]int{}
	for i := range held {
		h := &held[i]
		if h.only { continue }
		x := by[name(h.class)+"."+c.langs[h.lang]]; x[1]++
		y := byfold[h.fold]; y[1]++
		if h.cands[0].class == h.class { x[0]++; y[0]++ } else {
			conf[name(h.class)+" -> "+name(h.cands[0].class)]++
			if i%6 == 0 { t.Logf("%-25s %-25s p %.2f g %.2f %v", name(h.class), name(h.cands[0].class), h.cands[0].p, tr.gate.prob(h.gateNumbers(len(c.ids))), h.words) }
		}
		by[name(h.class)+"."+c.langs[h.lang]] = x
		byfold[h.fold] = y
	}
	var ks []string
	for k := range conf { ks = append(ks, k) }
	sort.Slice(ks, func(a, b int) bool { return conf[ks[a]] > conf[ks[b]] })
	for i, k := range ks { if i < 45 { t.Log(conf[k], k) } }
	ks = nil
	for k := range by { ks = append(ks, k) }
	sort.Strings(ks)
	for _, k := range ks { t.Logf("%s %v %.0f", k, by[k], 100*float64(by[k][0])/float64(by[k][1])) }
	t.Log(byfold)
}
func TestUncovered(t *testing.T) {
	base, err := kb.Load(os.DirFS(kbDir()), "kb")
	if err != nil { t.Fatal(err) }
	c, _ := newCorpus(base)
	for l := range c.langs {
	n := map[string]int{}
	for _, m := range c.messages { if m.lang == l { for _, w := range m.words { if c.ideas.of(w) == 0 { n[w]++ } } } }
	var ks []string
	for k := range n { if n[k] > 1 { ks = append(ks, k) } }
	sort.Slice(ks, func(a, b int) bool { if n[ks[a]] != n[ks[b]] { return n[ks[a]] > n[ks[b]] }; return ks[a] < ks[b] })
	s := ""
	for i, k := range ks { if i < 900 { s += k + " " } }
	fmt.Println(s)
	}
}
func TestDev(t *testing.T) {
	base, err := kb.Load(os.DirFS(kbDir()), "kb")
	if err != nil { t.Fatal(err) }
	t0 := time.Now()
	r, err := Train(base, Options{})
	if err != nil { t.Fatal(err) }
	t.Log("train", time.Since(t0))
	qs, err := DevSet(base.Languages)
	if err != nil { t.Fatal(err) }
	rep := Evaluate(r, qs)
	for _, l := range []string{"en","es"} { t.Logf("%s %+v", l, rep.Languages[l]) }
	t.Logf("p50 %.2f p99 %.2f ece %.3f", rep.P50, rep.P99, rep.ECE)
	for _, s := range rep.Ablation { t.Logf("%+v", s) }
	for _, m := range rep.Misses { if m.Kind == "crisis" || m.Got == "crisis" || m.Kind == "human" || m.Got == "human" { t.Logf("%s %v GOT %s %s", m.Kind, m.IDs, m.Got, m.Q) } }
	if os.Getenv("MISS") != "" { for _, m := range rep.Misses { t.Logf("%s %v GOT %s %v %s", m.Kind, m.IDs, m.Got, m.Hits, m.Q) } }
}
func kbDir() string { if s := os.Getenv("KBDIR"); s != "" { return s }; return "../kb" }
func TestPatterns(t *testing.T) {
	base, err := kb.Load(os.DirFS(kbDir()), "kb")
	if err != nil { t.Fatal(err) }
	c, err := newCorpus(base)
	if err != nil { t.Fatal(err) }
	dev, _ := DevSet(base.Languages)
	r := &Reader{brain: &brain{spell: c.spellers(-1)}, corpus: corpusView{watch: c.watch}}
	var hit, n, fa, tot int
	for l, lang := range base.Languages { for _, p := range c.watch[0][l].phrasings { n++; if r.watchOne(clean(p), 0, l, -99) { hit++ } else if os.Getenv("V") != "" { t.Log("PHRASE MISS", lang, p) } } }
	t.Log("phrasings", hit, n)
	for _, m := range c.messages { if int(m.class) != len(c.ids)+classCrisis && !m.only { tot++; if r.watchOne(strings.Join(m.words, " "), 0, m.lang, -99) { fa++; t.Log("FALSE", m.class, strings.Join(m.words, " ")) } } }
	t.Log("false", fa, tot)
	for _, q := range dev { got := r.watchOne(clean(q.Q), 0, slices.Index(base.Languages, q.Lang), -99); if got != (q.Kind == IsCrisis) { t.Log("DEV", q.Kind, q.Q) } }
}

func TestTypos(t *testing.T) {
	base, err := kb.Load(os.DirFS(kbDir()), "kb")
	if err != nil { t.Fatal(err) }
	r, err := Train(base, Options{})
	if err != nil { t.Fatal(err) }
	qs, _ := DevSet(base.Languages)
	rng := rand.New(rand.NewSource(7))
	slip := func(s string) string {
		fs := strings.Fields(s)
		var at []int
		for i, f := range fs { if len([]rune(f)) >= 4 { at = append(at, i) } }
		rng.Shuffle(len(at), func(a, b int) { at[a], at[b] = at[b], at[a] })
		for n := 0; n < 2 && n < len(at); n++ {
			w := []rune(fs[at[n]]); i := 1 + rng.Intn(len(w)-2)
			switch rng.Intn(4) {
			case 0: w = append(w[:i:i], w[i+1:]...)
			case 1: w[i], w[i+1] = w[i+1], w[i]
			case 2: w = append(w[:i:i], append([]rune{rune('a'+rng.Intn(26))}, w[i:]...)...)
			case 3: w[i] = rune('a' + rng.Intn(26))
			}
			fs[at[n]] = string(w)
		}
		return strings.Join(fs, " ")
	}
	show := func(name string, qs []Question) {
		rep := Evaluate(r, qs)
		for _, l := range base.Languages { x := rep.Languages[l]; t.Logf("%s %s right %.3f wrong %.3f three %.3f near %.3f far %.3f/%.2f crisis %.2f false %d human %.2f/%d lang %.3f", name, l, x.Right, x.Wrong, x.Three, x.NearTold, x.FarTold, x.FarNone, x.CrisisSeen, x.FalseAlarm, x.HumanSeen, x.HumanFalse, x.Language) }
		for _, s := range rep.Ablation { t.Logf("    %+v", s) }
	}
	show("clean", qs)
	long := []Question{}; short := []Question{}
	for _, q := range qs { if len(strings.Fields(q.Q)) > 25 { long = append(long, q) }; if len(strings.Fields(q.Q)) < 6 { short = append(short, q) } }
	show("long", long)
	show("short", short)
	ty := []Question{}
	for i := 0; i < 3; i++ { for _, q := range qs { q.Q = slip(q.Q); ty = append(ty, q) } }
	show("typo", ty)
}
func TestHumanPat(t *testing.T) {
	base, err := kb.Load(os.DirFS(kbDir()), "kb")
	if err != nil { t.Fatal(err) }
	c, err := newCorpus(base)
	if err != nil { t.Fatal(err) }
	r := &Reader{brain: &brain{spell: c.spellers(-1)}, corpus: corpusView{watch: c.watch}}
	for _, m := range c.messages { if int(m.class) != len(c.ids)+classHuman && !m.only { if r.watchOne(strings.Join(m.words, " "), 1, m.lang, -99) { t.Log("FALSE", m.class, strings.Join(m.words, " ")) } } }
}
