package faq

import (
	"fmt"
	"os"
	"testing"
)

func TestZZCv(t *testing.T) {
	if os.Getenv("CV") == "" {
		t.Skip()
	}
	base := embeddedBase(t)
	c, _ := newCorpus(base)
	r := reader(t)
	tt := r.t
	raws := make([]raw, len(c.messages))
	ex := make([]example, len(raws))
	for i, m := range c.messages {
		raws[i] = extract(m.words, c.ideas)
		ex[i] = example{vec: tt.feats.vector(raws[i]), class: m.class, only: m.only, not: m.not}
	}
	held, _ := c.crossValidate(tt, ex, nil)
	entries := len(c.ids)
	type st struct{ n, right, wrong, three, lost, top1, none int }
	by := map[string]*st{}
	near := map[string]*[3]int{}
	for i := range held {
		h := &held[i]
		if h.only || len(h.cands) == 0 {
			continue
		}
		h.rank(tt.choice)
		sp := int(h.class) - entries
		best := h.best(entries, 3)
		x := h.gateNumbers(entries)
		told := tt.gate.prob(x) >= tt.answer
		off := tt.offer.prob(x) >= tt.suggest
		if sp == classNear {
			k := c.langs[h.lang]
			if near[k] == nil {
				near[k] = &[3]int{}
			}
			near[k][0]++
			if told {
				near[k][1]++
			}
			continue
		}
		if sp >= 0 {
			continue
		}
		ln := "short"
		if len(h.words) > 8 {
			ln = "mid"
		}
		if len(h.words) > 20 {
			ln = "long"
		}
		for _, k := range []string{c.langs[h.lang], c.langs[h.lang] + " " + ln, "fold " + fmt.Sprint(h.fold)} {
			s := by[k]
			if s == nil {
				s = &st{}
				by[k] = s
			}
			s.n++
			ok := best[0].class == h.class
			in3 := false
			for _, b := range best {
				in3 = in3 || b.class == h.class
			}
			if ok {
				s.top1++
			}
			if told && ok {
				s.right++
			}
			if told && !ok {
				s.wrong++
			}
			if (told && ok) || (!told && off && in3) {
				s.three++
			}
			if !told && !off {
				s.none++
			}
		}
	}
	fmt.Println("thresholds", tt.answer, tt.suggest)
	for _, k := range []string{"en", "en short", "en mid", "en long", "es", "es short", "es mid", "es long", "fold 0", "fold 1", "fold 2", "fold 3", "fold 4"} {
		s := by[k]
		n := float64(s.n) / 100
		fmt.Printf("%-9s n %4d top1 %.1f right %.1f wrong %.1f three %.1f none %.1f\n", k, s.n, float64(s.top1)/n, float64(s.right)/n, float64(s.wrong)/n, float64(s.three)/n, float64(s.none)/n)
	}
	for k, v := range near {
		fmt.Println("near", k, v[0], float64(v[1])/float64(v[0]))
	}
}
