package kb

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// answer returns the text of an entry's file whose answer begins on line 4.
func answer(text string) string { return "+++\ntitle = \"A\"\n+++\n" + text }

func Test_Check_tells_what_makes_no_sense_and_where(t *testing.T) {
	phones := "known_phones = ['1-888-466-2219', '1-800-633-4227']\n"
	long := strings.TrimSpace(strings.Repeat("word ", 701))
	for _, c := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"sets of words that cannot work", map[string]string{"entries/a.en.md": answer("x"), "concepts.txt": "cat gato ga*\n-\nmiau Gata niña can't\ncat c*t dog dog"},
			[]string{`concepts.txt:1: "ga*" is too short`, `concepts.txt:2: the set has no words`, `concepts.txt:3: no message can hold the word "Gata"`,
				`concepts.txt:3: no message can hold the word "niña"`, `concepts.txt:3: no message can hold the word "can't"`,
				`concepts.txt:4: the word "cat" is already in the set on line 1`, `concepts.txt:4: no message can hold the word "c*t"`, `concepts.txt:4: the word "dog" is twice in this set`}},
		{"a phone that nobody knows", map[string]string{"entries/a.en.md": answer("Call\n\n- the plan\n- **1-888-466-2291**"), "kb.toml": phones},
			[]string{"entries/a.en.md:7: the phone number 1-888-466-2291 is not among known_phones"}},
		{"phones in other forms", map[string]string{"entries/a.en.md": answer("(888) 466-2291\n+1 888.466.2292\n8884662293\n1-800 300-1506\n1-800-MEDICAL\n[now](tel:18884662294)"), "kb.toml": phones},
			[]string{"entries/a.en.md:4: the phone number (888) 466-2291", "entries/a.en.md:5: the phone number +1 888.466.2292", "entries/a.en.md:6: the phone number 8884662293",
				"entries/a.en.md:7: the phone number 1-800 300-1506", "entries/a.en.md:8: the phone number 1-800-MEDICAL", "entries/a.en.md:9: the phone number 18884662294"}},
		{"a phone with a figure too few", map[string]string{"entries/a.en.md": answer("Call 188-466-2219."), "kb.toml": phones}, []string{"entries/a.en.md:4: the phone number 188-466-2219"}},
		{"a phone without its area code", map[string]string{"entries/a.en.md": answer("Call 466-2219."), "kb.toml": phones}, []string{"entries/a.en.md:4: the phone number 466-2219 has no area code"}},
		{"no phone is allowed", map[string]string{"entries/a.en.md": answer("Call 1-888-466-2219."), "kb.toml": "known_phones = []"}, []string{"entries/a.en.md:4: the phone number 1-888-466-2219"}},
		{"swapped phones", map[string]string{"entries/a.en.md": answer("- Call the center: 1-800-633-4227\n- Call MEDICARE: 1-888-466-2219"),
			"kb.toml": "[[known_phones]]\nphone = '1-888-466-2219'\nname = 'Center'\ncalled = ['Center', 'céntro']\n[[known_phones]]\nphone = '1-800-MEDICARE'\nname = 'Medicare'\ncalled = ['medicare']"},
			[]string{"entries/a.en.md:4: the phone number 1-800-633-4227 belongs to Medicare", "entries/a.en.md:5: the phone number 1-888-466-2219 belongs to Center"}},
		{"an address that nobody knows", map[string]string{"entries/a.en.md": answer("See [the page](https://b.gov/x),\n<https://www.c.org> or help.d.com/y. Mail me@e.net"), "kb.toml": "known_links = ['a.gov']"},
			[]string{"entries/a.en.md:4: the address https://b.gov/x is not among known_links", "entries/a.en.md:5: the address https://www.c.org is not", "entries/a.en.md:5: the address help.d.com/y is not", "entries/a.en.md:5: the host of the mail address, e.net, is not"}},
		{"an address that cannot be", map[string]string{"entries/a.en.md": answer("See https:/a.gov and https://agov now"), "kb.toml": "known_links = ['a.gov']"},
			[]string{`entries/a.en.md:4: the address "https:/a.gov" cannot be opened`, `entries/a.en.md:4: the address "https://agov" cannot be opened`}},
		{"a forbidden sentence", map[string]string{"entries/a.en.md": answer("Good news.\nIt is sure: **You**\nWILL, win! We'll see."),
			"kb.toml": "forbidden = ['we will see', 'well see', { say = 'you will win', why = 'nobody knows', instead = 'you may win' }]"},
			[]string{`entries/a.en.md:5: the answer says "You WILL, win", which no answer may say: nobody knows. Say instead: you may win`, `entries/a.en.md:6: the answer says "We'll see", which no answer may say`}},
		{"a forbidden sentence in Spanish", map[string]string{"entries/a.es.md": answer("Usted ganara,\nclaro. Es así: GANARÁ."), "kb.toml": "forbidden = ['usted ganará', 'es asi']"},
			[]string{`entries/a.es.md:4: the answer says "Usted ganara"`, `entries/a.es.md:5: the answer says "Es así"`}},
		{"a forbidden sentence with a gap", map[string]string{"entries/a.en.md": answer("Your chance, we think, is 60%."), "kb.toml": "forbidden = ['your chance * 60%']"},
			[]string{`entries/a.en.md:4: the answer says "Your chance, we think, is 60%"`}},
		{"a forbidden expression", map[string]string{"entries/a.en.md": answer("You’re\n\nIllégal here"), "kb.toml": "forbidden = ['/\\byoure\\s+illegal\\b/']"},
			[]string{`entries/a.en.md:4: the answer says "You’re\n\nIllégal"`}},
		{"dead ends", map[string]string{"entries/a.en.md": "+++\ntitle = \"A\"\nrelated = [\"a\",\n\"bill\",\n\"bills\",\n\"else\"]\n+++\nx", "entries/bills.en.md": entry(`title = "B"`)},
			[]string{`entries/a.en.md:3: related: the entry names itself`, `entries/a.en.md:4: related: there is no entry "bill" in "en": did you mean "bills"?`, `entries/a.en.md:6: related: there is no entry "else" in "en": write that`}},
		{"a related entry in another language only", map[string]string{"entries/a.en.md": entry(`title = "A"`, `related = ["b"]`), "entries/a.es.md": entry(`title = "A"`), "entries/b.es.md": entry(`title = "B"`)},
			[]string{`entries/a.en.md:3: related: there is no entry "b" in "en": write`, `entries/b.es.md: this entry is missing in the language "en"`}},
		{"a language without entries", map[string]string{"entries/a.en.md": entry(`title = "A"`), "kb.toml": "languages = ['en', 'es']"},
			[]string{`entries/a.en.md: this entry is missing in the language "es": write a.es.md beside it`}},
		{"one phrasing in two entries", map[string]string{"entries/a.en.md": entry(`title = "A"`, `phrasings = ["x", `, `"How long?"]`), "entries/b.en.md": entry(`title = "B"`, `phrasings = ["how  lóng!",`, `"a..."]`)},
			[]string{`entries/b.en.md:3: the phrasing "how  lóng!" also belongs to the entry a (entries/a.en.md:4)`, `entries/b.en.md:4: the phrasing "a..." also belongs to the entry a (entries/a.en.md:2)`}},
		{"one phrasing in an entry and in lists", map[string]string{"entries/a.en.md": entry(`title = "A"`, `phrasings = ["x"]`), "near.en.txt": "# c\nX\ny", "human.en.txt": "y!\n\n:-)", "crisis.en.txt": ":-)"},
			[]string{`human.en.txt:1: the phrasing "y!" also belongs to the list near (near.en.txt:3)`, `human.en.txt:3: the phrasing ":-)" also belongs to the list crisis (crisis.en.txt:1)`,
				`near.en.txt:2: the phrasing "X" also belongs to the entry a (entries/a.en.md:3)`}},
		{"too few phrasings", map[string]string{"entries/a.en.md": entry(`title = "A"`, "", `phrasings = ["x", "y"]`), "entries/a.es.md": entry(`title = "A"`), "kb.toml": "min_phrasings = { en = 3, default = 1 }"},
			[]string{"entries/a.en.md:4: there are 2 phrasings; 3 is the least", "entries/a.es.md:2: there are 0 phrasings; 1 is the least"}},
		{"too hard in English", map[string]string{"entries/a.en.md": answer("\n\nNotwithstanding administrative determinations, beneficiaries retain adjudication."), "kb.toml": "max_grade = 7"},
			[]string{"entries/a.en.md:6: the answer reads at school grade 3"}},
		{"too hard in Spanish", map[string]string{"entries/a.es.md": answer("Determinaciones administrativas extraordinarias correspondientes a beneficiarios."), "kb.toml": "min_inflesz = 60"},
			[]string{"entries/a.es.md:4: the answer reads at INFLESZ "}},
		{"too long", map[string]string{"entries/a.en.md": answer(long)}, []string{"entries/a.en.md:4: the answer has 3504 characters; 3500 is the most"}},
		{"HTML", map[string]string{"entries/a.en.md": answer("Call <b>now</b>")}, []string{"entries/a.en.md:4: the answer holds HTML (<b>)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := mustLoad(t, c.files)
			compareLines(t, b.Check(), c.want)
		})
	}
}

func Test_Check_lets_pass_what_is_right(t *testing.T) {
	b := mustLoad(t, map[string]string{
		"entries/a.en.md": entry(`title = "A"`, `phrasings = ["How long?", "how long"]`, `related = ["b"]`) +
			"\nCall 1-888-466-2219, (888) 466 2219 or 888.466.2219, or [1-800-MEDICARE](tel:1-800-633-4227).\n" +
			"See www.A.gov, https://a.gov/x?y=z, <http://www.a.gov> and mail me@a.gov. Sections 1374.30, 1300.74.30, CA 95814-2725, $1,000, 7/30/2026.\n\n" +
			"Ask whether you qualify. You may qualify, if you qualify. The 60% is the past. Your chance? About 60%. You will. Win or not.\n",
		"entries/b.en.md": entry(`title = "How long is it?"`),
		"near.en.txt":     "one\none",
		"kb.toml": "known_phones = ['888-466-2219', '1-800-633-4227', '911']\nknown_links = ['https://www.a.gov/']\nmax_grade = 8\nmin_inflesz = 60\n" +
			"[[forbidden]]\nsay = 'you qualify'\nunless = ['if you qualify', 'whether you qualify']\n[[forbidden]]\nsay = 'your chance * 60%'\n[[forbidden]]\nsay = 'the 60'\n[[forbidden]]\nsay = 'pay qual'\n",
	})
	if ds := b.Check(); ds != nil {
		t.Errorf("defects:\n%v", ds)
	}
}

func Test_Check_of_a_base_made_by_hand_names_no_lines(t *testing.T) {
	b := &Base{Languages: []string{"en"}, Entries: map[string][]Entry{"en": {
		{ID: "a", Lang: "en", Title: "A", Phrasings: []string{"x"}, Related: []string{"q"}, Markdown: "No."},
		{ID: "b", Lang: "en", Title: "B", Phrasings: []string{"x"}, Markdown: "Fine."},
	}}, Near: map[string][]string{"en": {"x"}}, Settings: Settings{Forbidden: []Forbidden{{Say: "no"}, {Say: "*"}, {Say: "y", Unless: []string{"/[/"}}}}}
	compareLines(t, b.Check(), []string{`forbidden: "*" holds no words`, `forbidden: "/[/" is not a regular expression`,
		`entries/a.en.md: the answer says "No", which no answer may say`, `entries/a.en.md: related: there is no entry "q"`,
		`entries/b.en.md: the phrasing "x" also belongs to the entry a (entries/a.en.md)`, `near.en.txt: the phrasing "x" also belongs to the entry a (entries/a.en.md)`})
}

func Test_Check_finds_a_wrong_phone_on_its_true_line_wherever_it_stands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOfN(rapid.SampledFrom([]string{"words and words", "- a bullet", "", "**bold** and [a link](https://a.gov)", "> quoted", "1. one"}), 0, 12).Draw(t, "before")
		prefix := rapid.SampledFrom([]string{"", "- ", "call ", "**", "  - ", "> ", "[now](tel:"}).Draw(t, "prefix")
		suffix := map[string]string{"**": "**", "[now](tel:": ")"}[prefix]
		number := fmt.Sprintf("1-%d-%d-%04d", rapid.IntRange(200, 999).Draw(t, "area"), rapid.IntRange(200, 999).Draw(t, "exchange"), rapid.IntRange(0, 9999).Draw(t, "line"))
		lines := append(append([]string{"first"}, before...), prefix+number+suffix, "after")
		e, err := ParseEntry("a.en.md", []byte(answer(strings.Join(lines, "\n"))))
		if err != nil {
			t.Fatal(err)
		}
		b := &Base{Languages: []string{"en"}, Entries: map[string][]Entry{"en": {e}}, Settings: Settings{KnownPhones: []Phone{}}}
		ds := b.Check()
		if len(ds) != 1 || ds[0].Line != len(before)+5 || !strings.Contains(ds[0].Text, number) {
			t.Fatalf("%v in\n%s", ds, strings.Join(lines, "\n"))
		}
	})
}

func Test_phoneDigits_knows_a_number_however_it_is_written(t *testing.T) {
	for in, want := range map[string]string{
		"1-888-466-2219": "8884662219", "888-466-2219": "8884662219", "(888) 466-2219": "8884662219", "+1 888 466 2219": "8884662219", "1.888.466.2219": "8884662219",
		"18884662219": "8884662219", "1-800 300-1506": "8003001506", "1-800-MEDICARE": "8006334227", "1-800-633-4227": "8006334227", "911": "911", "1–888–466–2219": "8884662219",
		"": "", "call": "", "ABC": "", "466-2219": "", "1-888-466-221": "", "2-888-466-2219": "", "1-088-466-2219": "", "1-888-066-2219": "", "888-466-2219;5": "", "1234567890123": "",
	} {
		if got := phoneDigits(in); got != want {
			t.Errorf("phoneDigits(%q) = %q, want %q", in, got, want)
		}
	}
}

func Test_Defects_print_one_a_line_and_not_without_end(t *testing.T) {
	ds := Defects{{"f", 3, "x"}, {"f", 0, "y"}, {"", 0, "z"}}
	if got := ds.Error(); got != "f:3: x\nf: y\nz" {
		t.Errorf("%q", got)
	}
	if got := strings.Split(make(Defects, maxPrinted+7).Error(), "\n"); len(got) != maxPrinted+1 || got[maxPrinted] != "… and 7 more" {
		t.Errorf("%d lines, the last %q", len(got), got[len(got)-1])
	}
}
