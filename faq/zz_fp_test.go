package faq

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestZZFalse(t *testing.T) {
	if os.Getenv("FALSE") == "" {
		t.Skip()
	}
	r := reader(t)
	base := embeddedBase(t)
	n := 0
	for l, lang := range base.Languages {
		var all []string
		for _, e := range base.Entries[lang] {
			all = append(all, e.Phrasings...)
			all = append(all, e.Text())
		}
		all = append(all, base.Near[lang]...)
		all = append(all, base.SmallTalk[lang]...)
		h, _ := parseWatchList("x", base.Human[lang])
		all = append(all, h.phrasings...)
		w, _ := parseWatchList("x", base.Crisis[lang])
		all = append(all, w.not...)
		for _, q := range all {
			n++
			if !r.watchOne(r.views(clean(q), l), 0, -99) {
				continue
			}
			fmt.Printf("%s: %s\n", lang, q)
			for _, list := range r.corpus.watch[0] {
				for _, ps := range [][]pattern{list.always, list.patterns} {
					for _, p := range ps {
						if m := p.re.FindString(strings.Join(words(clean(q)), " ")); m != "" {
							fmt.Printf("      <%s> %.90s\n", m, p.re)
						}
					}
				}
			}
		}
		miss := 0
		for _, q := range w.phrasings {
			if !r.watchOne(r.views(clean(q), l), 0, -99) {
				miss++
				if os.Getenv("FALSE") == "2" {
					fmt.Println("MISS", lang, q)
				}
			}
		}
		fmt.Println(lang, "phrasings", len(w.phrasings), "not by pattern", miss)
	}
	fmt.Println("of", n)
}
