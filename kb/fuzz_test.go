package kb

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzParseEntry(f *testing.F) {
	for _, s := range []string{
		entry(`title = "A"`, `phrasings = ["x", 'y', """z"""]`, `related = ["a-b"]`), entry(`title = "A"`, `[a]`, `b.c = [{x = 1}, 2]`, `[[d]]`),
		"\ufeff+++\r\ntitle = 'A'\r\n+++\r\n- x\r\n", "+++\n+++\n", "+++\ntitle=\"\\u0000\"\n+++\nx", "+++", "", "+++\ntitle = \"A\"\n+++\n    code\n\n<!-- x -->",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		e, err := ParseEntry("a.en.md", src)
		if err != nil {
			lines := strings.Count(string(src), "\n") + 1
			for _, d := range err.(Defects) {
				if d.File != "a.en.md" || d.Line < 0 || d.Line > lines || d.Text == "" {
					t.Fatalf("a defect on line %d of %d: %v", d.Line, lines, d)
				}
			}
			return
		}
		if e.Title == "" || e.Text() == "" || !utf8.ValidString(e.Text()) || e.Line < 1 {
			t.Fatalf("%+v", e)
		}
		back, err := ParseEntry("a.en.md", FormatEntry(e))
		if err != nil || !reflect.DeepEqual(content(back), content(e)) {
			t.Fatalf("%v\n%+v\n%+v", err, content(back), content(e))
		}
	})
}

func FuzzSettings(f *testing.F) {
	f.Add([]byte("languages = ['en']\nforbidden = ['x * y', '/a+/', {say = 'z', unless = ['u']}]\nmin_phrasings = {en = 3}\nmax_grade = 7.5"))
	f.Add([]byte("[[known_phones]]\nphone = '1-888-466-2219'\ncalled = []\n[min_phrasings]\ndefault = 0x10\n[a.b]\nc.d = 1"))
	f.Add([]byte("known_phones = [\n# c\n'1-800-MEDICARE', 3, 2026-01-01]\nexempt = 'x'\nmax_grade = nan"))
	f.Fuzz(func(t *testing.T, src []byte) {
		var ds Defects
		langs, s := parseSettings("kb.toml", src, &ds)
		lines := strings.Count(string(src), "\n") + 1
		for _, d := range ds {
			if d.Line < 0 || d.Line > lines {
				t.Fatalf("a defect on line %d of %d: %v", d.Line, lines, d)
			}
		}
		if len(ds) > 0 {
			return
		}
		backLangs, back := parseSettings("kb.toml", formatSettings(langs, s), &ds)
		if len(ds) > 0 || !reflect.DeepEqual(langs, backLangs) || !reflect.DeepEqual(s.content(), back.content()) {
			t.Fatalf("%v\n%+v\n%+v\n%s", ds, s.content(), back.content(), formatSettings(langs, s))
		}
		e := Entry{ID: "a", Lang: "en", Title: "A", Markdown: "You will win 1-888-466-2219 www.a.gov x y z"}
		(&Base{Languages: []string{"en"}, Entries: map[string][]Entry{"en": {e}}, Settings: s}).Check()
	})
}

func FuzzPlainText(f *testing.F) {
	f.Add("# a\n\n- b\n  1. c\n\n> [d](e \"f\") ![g](h) <i@j.k> `l` **m** \\* &amp; <b>x</b>\n\n    code\n---\n<div>\n")
	f.Fuzz(func(t *testing.T, markdown string) {
		text, lines := plain(markdown)
		last := strings.Count(markdown, "\n")
		for i := range text {
			if n := lines.at(i); n < 0 || n > last {
				t.Fatalf("byte %d on line %d of %d", i, n, last)
			}
		}
		if utf8.ValidString(markdown) && !utf8.ValidString(text) {
			t.Fatalf("%q became %q", markdown, text)
		}
	})
}
