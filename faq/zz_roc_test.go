package faq

import (
	"bufio"
	"fmt"
	"os"
	"testing"
)

func TestZZRoc(t *testing.T) {
	if os.Getenv("ROC") == "" {
		t.Skip()
	}
	r := reader(t)
	sc := map[string][]float64{}
	for _, dir := range []string{"/tmp/work/dev", "/tmp/crisisT", "/tmp/work/own"} {
		for _, f := range []string{"pos", "neg"} {
			for l, lang := range []string{"en", "es"} {
				fh, _ := os.Open(fmt.Sprintf("%s/%s.%s.txt", dir, f, lang))
				s := bufio.NewScanner(fh)
				for s.Scan() {
					q := s.Text()
					if q == "" || q[0] == '#' {
						continue
					}
					c := clean(q)
					e := r.look(r.corpus.lists[l].expand(words(c)), l, true, parts{})
					x := float64(e.scores[len(r.corpus.ids)+classCrisis])
					if r.watchOne(r.views(c, l), 0, -99) {
						if f == "pos" {
							x = 9
						} else {
							continue
						}
					}
					sc[f+dir] = append(sc[f+dir], x)
				}
			}
		}
	}
	c, _ := newCorpus(embeddedBase(t))
	_ = c
	for th := -0.6; th < 0.8; th += 0.1 {
		fmt.Printf("%+.1f", th)
		for k, v := range map[int]string{0: "pos/tmp/work/dev", 1: "neg/tmp/work/dev", 2: "pos/tmp/crisisT", 3: "neg/tmp/crisisT", 4: "pos/tmp/work/own", 5: "neg/tmp/work/own"} {
			_ = k
			n := 0
			for _, x := range sc[v] {
				if x > th {
					n++
				}
			}
			fmt.Printf("  %s %d/%d", v, n, len(sc[v]))
		}
		fmt.Println()
	}
}
