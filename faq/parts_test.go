package faq

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTextBecomesPlainWords(t *testing.T) {
	for in, want := range map[string]string{
		"I CAN’T pay":                        "i cant pay",
		"¿Cuánto tarda la IMR?":              "cuanto tarda la imr",
		"Nin\u0303o an\u0303os":              "nino anos",
		"a bill of $1,150.00.":               "a bill of 1150.00",
		"call 8005551234 now":                "call # now",
		"see https://x.org/y and a@b.org ok": "see and ok",
		"<p>hello<br>you</p>":                "hello you",
		"tab\tand\x00null":                   "tab and null",
		"well—yes... no":                     "well yes no",
		"medi-cal":                           "medi cal",
		"zero\u200bwidth":                    "zerowidth",
		"ﬁne":                                "fine",
	} {
		want = strings.ReplaceAll(want, "1150.00", "115000") // two decimals make five digits and more
		want = strings.ReplaceAll(want, "115000", "#")
		if got := strings.Join(words(clean(in)), " "); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestOfALongTextBothEndsAreRead(t *testing.T) {
	text := "first " + strings.Repeat("filler ", 20000) + " last question?"
	ws := words(clean(text))
	if ws[0] != "first" || ws[len(ws)-1] != "question" || len(ws) > maxWords {
		t.Errorf("%d words from %q to %q", len(ws), ws[0], ws[len(ws)-1])
	}
}

func TestCleaningTwiceIsCleaningOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringN(0, 300, -1).Draw(t, "text")
		once := words(clean(s))
		if twice := words(clean(strings.Join(once, " "))); !slices.Equal(once, twice) {
			t.Errorf("%q: %q, then %q", s, once, twice)
		}
	})
}

func TestSentencesEndWherePeopleEndThem(t *testing.T) {
	for in, want := range map[string][]string{
		"one. two? three":             {"one", "two", "three"},
		"dr. lee billed $1.150 x":     {"dr. lee billed $1.150 x"},
		"the u.s. plan":               {"the u.s. plan"},
		"line one\nline two":          {"line one", "line two"},
		"¡ay! ¿que hago?":             {"ay", "que hago"},
		"... ?! ...":                  nil,
		strings.Repeat("aa bb. ", 40): slices.Repeat([]string{"aa bb"}, maxSentences),
	} {
		got := sentences(in)
		for i := range got {
			got[i] = strings.Trim(got[i], ". ")
		}
		if len(got) != len(want) || !slices.Equal(got, want) && len(want) < maxSentences {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestWordsArePutRightOnlyTowardsTheBase(t *testing.T) {
	counts := map[string]int32{"medicine": 9, "grievance": 9, "deductible": 4, "doctor": 30, "plan": 50, "cover": 8, "health": 20}
	s := newSpeller(counts, []string{"choking"}, loadWordLists("en"))
	for in, want := range map[string]string{
		"medecine":         "medicine",
		"greivance":        "grievance",
		"dedcutable":       "deductible", // two slips in a long word
		"docter":           "doctor",
		"dcotor":           "doctor",
		"cxver plxn":       "cover plan", // first letters right, one slip each
		"lover clan":       "lover clan", // everyday words stay
		"doctor":           "doctor",
		"chokign":          "choking", // a word of a pattern
		"xyzzyx":           "xyzzyx",
		"doc":              "doc", // too short to tell
		"healthplan":       "health plan",
		"12345 doctr plan": "12345 doctor plan",
	} {
		if got, _ := s.correct(strings.Fields(in)); strings.Join(got, " ") != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestDistanceCountsSlips(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"a", "a", 0}, {"ab", "ba", 1}, {"abc", "ac", 1}, {"abc", "abxc", 1}, {"abcd", "acbd", 1}, {"kitten", "sitting", 3}, {"", "ab", 2}} {
		if got := distance([]rune(c.a), []rune(c.b), 3); got != c.want {
			t.Errorf("%q %q: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a := []rune(rapid.StringMatching(`[a-e]{0,8}`).Draw(t, "a"))
		b := []rune(rapid.StringMatching(`[a-e]{0,8}`).Draw(t, "b"))
		d := distance(a, b, 20)
		if d != distance(b, a, 20) || (d == 0) != slices.Equal(a, b) || d > max(len(a), len(b)) {
			t.Errorf("distance of %q and %q is %d", string(a), string(b), d)
		}
		if limited := distance(a, b, 2); limited != min(d, 3) && limited != d {
			t.Errorf("limited to 2: %d, without: %d", limited, d)
		}
	})
}

func TestTheLanguageComesFromTheWordsThenTheHint(t *testing.T) {
	r := reader(t)
	for _, c := range []struct {
		text, hint, lang string
		sure             bool
	}{
		{"why did they say no to me and what can i do", "es", "en", true},
		{"no me quieren pagar y no se que hacer", "en", "es", true},
		{"ok", "es", "es", false},
		{"IMR", "es-MX", "es", false},
		{"IMR", "", "en", false},
		{"12345", "es", "es", false},
		{"porfa ayudenme", "", "es", true},
		{"was ist das", "de", "en", false},
	} {
		got := r.Read(c.text, c.hint)
		if got.Lang != c.lang || (c.sure && !got.LangSure) {
			t.Errorf("%q (hint %q): got %s, sure %t, want %s, sure %t", c.text, c.hint, got.Lang, got.LangSure, c.lang, c.sure)
		}
	}
}

func TestPatternsNeedOneOfTheirStrings(t *testing.T) {
	for _, expr := range []string{`\bon fire\b`, `\b(cant|cannot) (\w+ ){0,4}breathe\b`, `^help( me)?$|\bsmoke\b`, `(a|b)+c?`, `x\d+y|fire(place)?`, `\bcat (is|was) (not )?(ok|fine)\b`} {
		ps, err := parsePattern(expr)
		if err != nil {
			t.Fatal(err)
		}
		whole := regexp.MustCompile(expr)
		rapid.Check(t, func(t *rapid.T) {
			ws := rapid.SliceOfN(rapid.SampledFrom([]string{"on", "fire", "cant", "cannot", "he", "breathe", "help", "me", "smoke", "a", "b", "c", "x12y", "fireplace", "cat", "is", "not", "ok"}), 0, 6).Draw(t, "words")
			text := strings.Join(ws, " ")
			if got, want := anyIn(ps, text, piecesOf(text)), whole.MatchString(text); got != want {
				t.Errorf("%q in %q: got %t, want %t", expr, text, got, want)
			}
		})
	}
}

func TestEvaluationFilesNameTheLineThatIsWrong(t *testing.T) {
	script := "# comment\n= feeding walking\nwhat about food\n\n= near\nparrots?\n= calm\nwe had a fire\n"
	qs, err := ReadScript("dev.en.txt", strings.NewReader(script), "en")
	if err != nil || len(qs) != 3 || !slices.Equal(qs[0].IDs, []string{"feeding", "walking"}) || qs[1].Kind != NearMiss || qs[2].Kind != IsCalm || qs[1].Line != 6 {
		t.Errorf("got %+v, %v", qs, err)
	}
	for text, want := range map[string]string{"hello\n": "f:1:", "= a\nq\n\n=\n": "f:4:"} {
		if _, err := ReadScript("f", strings.NewReader(text), "en"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	for text, want := range map[string]string{
		`{"q":"a","kind":"near"}` + "\n{":    "f:2:",
		`{"q":"a","kind":"odd"}`:             "f:1:",
		`{"q":"a","kind":"in"}`:              "f:1:",
		`{"q":"a","ids":["x"],"kind":"far"}`: "f:1:",
		`{"question":"a","kind":"far"}`:      "f:1:",
		`{"q":"a","kind":"far"} 1`:           "f:1:",
		`{"q":"a","kind":"far"}}`:            "f:1:",
	} {
		if _, err := ReadQuestions("f", strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	qs, err = ReadQuestions("f", strings.NewReader(`{"q":"a","lang":"en","ids":["x"]}`))
	if err != nil || len(qs) != 1 || qs[0].Kind != InScope {
		t.Errorf("got %+v, %v", qs, err)
	}
}
