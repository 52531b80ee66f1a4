package faq

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func TestZZTune(t *testing.T) {
	dir := os.Getenv("TUNE")
	if dir == "" {
		t.Skip()
	}
	start := time.Now()
	r := reader(t)
	fmt.Println("train", time.Since(start), "special", r.t.special)
	show := os.Getenv("SHOW")
	for _, f := range []string{"pos", "neg", "off"} {
		for l, lang := range []string{"en", "es"} {
			fh, err := os.Open(fmt.Sprintf("%s/%s.%s.txt", dir, f, lang))
			if err != nil {
				continue
			}
			sc := bufio.NewScanner(fh)
			n, crisis, byPat, told, human := 0, 0, 0, 0, 0
			for sc.Scan() {
				q := strings.TrimSpace(sc.Text())
				if q == "" || q[0] == '#' || q[0] == '=' {
					continue
				}
				n++
				got := r.Read(q, lang)
				cleaned := clean(q)
				e := r.look(r.corpus.lists[l].expand(words(cleaned)), l, true, parts{})
				above := float64(e.scores[len(r.corpus.ids)+classCrisis]) - r.t.special[classCrisis]
				pat := r.watchOne(r.views(cleaned, l), 0, -99)
				if got.Kind == KindCrisis {
					crisis++
				}
				if pat {
					byPat++
				}
				if got.Kind == KindAnswer {
					told++
				}
				if got.Kind == KindHuman {
					human++
				}
				if os.Getenv("HARD") != "" && f == "neg" && (above > -0.75 || pat) || (f == "pos" && got.Kind != KindCrisis) || (f != "pos" && got.Kind == KindCrisis) || (f == "off" && got.Kind != KindNone) {
					if strings.Contains(show, f+"."+lang) || show == "all" {
						if pat {
							for _, list := range r.corpus.watch[0] {
								for _, ps := range [][]pattern{list.always, list.patterns} {
									for _, p := range ps { // WHICH
										if m := p.re.FindString(strings.Join(words(cleaned), " ")); m != "" {
											fmt.Printf("      <%s> %.90s\n", m, p.re)
										}
									}
								}
							}
						}
						fmt.Printf("  %s.%s %+.2f pat=%v %s %v | %s\n", f, lang, above, pat, got.Kind, got.Hits, q)
					}
				}
			}
			fh.Close()
			fmt.Printf("%s.%s: %d crisis %d (%.1f %%) by pattern %d, told %d, human %d\n", f, lang, n, crisis, 100*float64(crisis)/float64(n), byPat, told, human)
		}
	}
}
