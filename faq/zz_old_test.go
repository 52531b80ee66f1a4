package faq

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestZZOld(t *testing.T) {
	if os.Getenv("OLD") == "" {
		t.Skip()
	}
	base := embeddedBase(t)
	var calm, crisis []string
	read := func(f string, to *[]string) {
		fh, err := os.Open(f)
		if err != nil {
			return
		}
		defer fh.Close()
		s := bufio.NewScanner(fh)
		for s.Scan() {
			if l := strings.TrimSpace(s.Text()); l != "" && l[0] != '#' {
				*to = append(*to, strings.Join(words(clean(l)), " "))
			}
		}
	}
	for _, lang := range base.Languages {
		var all []string
		for _, e := range base.Entries[lang] {
			all = append(append(all, e.Phrasings...), e.Text())
		}
		all = append(append(all, base.Near[lang]...), base.SmallTalk[lang]...)
		h, _ := parseWatchList("x", base.Human[lang])
		all = append(all, h.phrasings...)
		w, _ := parseWatchList("x", base.Crisis[lang])
		all = append(all, w.not...)
		for _, q := range all {
			calm = append(calm, strings.Join(words(clean(q)), " "))
		}
		for _, q := range w.phrasings {
			crisis = append(crisis, strings.Join(words(clean(q)), " "))
		}
		for _, d := range []string{"/tmp/work/dev", "/tmp/crisisT", "/tmp/work/own"} {
			read(fmt.Sprintf("%s/neg.%s.txt", d, lang), &calm)
			read(fmt.Sprintf("%s/off.%s.txt", d, lang), &calm)
			read(fmt.Sprintf("%s/pos.%s.txt", d, lang), &crisis)
		}
	}
	for _, lang := range base.Languages {
		fh, _ := os.Open("/tmp/brief/out/crisis." + lang + ".patterns.txt")
		s := bufio.NewScanner(fh)
		for s.Scan() {
			line := s.Text()
			rest, ok := strings.CutPrefix(line, "pattern: ")
			if !ok {
				continue
			}
			ps, err := parsePattern(rest)
			if err != nil {
				t.Fatal(err)
			}
			fp, hit := 0, 0
			for _, q := range calm {
				if anyIn(ps, q, piecesOf(q)) {
					fp++
				}
			}
			for _, q := range crisis {
				if anyIn(ps, q, piecesOf(q)) {
					hit++
				}
			}
			if fp == 0 {
				fmt.Printf("%s %d %s\n", lang, hit, line)
			}
		}
	}
	fmt.Println(len(calm), len(crisis))
}
