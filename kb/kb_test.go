package kb

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func Test_Overlay_replaces_entries_and_adds_to_everything_else(t *testing.T) {
	base := mustLoad(t, map[string]string{
		"entries/a.en.md": entry(`title = "A"`), "entries/c.en.md": entry(`title = "C"`), "entries/c.es.md": entry(`title = "C"`),
		"near.en.txt": "one", "crisis.es.txt": "uno", "concepts.txt": "cat gato",
		"kb.toml": "languages = ['es', 'en']\nmax_grade = 7\nmin_inflesz = 60\nmin_phrasings = { en = 1, es = 1 }\nexempt = ['X', 'Y']\nknown_links = ['a.gov']\n" +
			"known_phones = ['1-888-466-2219', '1-800-633-4227']\nforbidden = ['x', 'y']",
	})
	over := mustLoad(t, map[string]string{
		"entries/b.en.md": entry(`title = "B"`), "entries/c.en.md": entry(`title = "C2"`), "entries/b.fr.md": entry(`title = "B"`),
		"near.en.txt": "# mine\ntwo", "human.fr.txt": "homme", "concepts.txt": "# mine\ndog chien",
		"kb.toml": "max_grade = 6\nmin_phrasings = { en = 2 }\nexempt = ['Y', 'Z']\nknown_phones = [{ phone = '888-466-2219', name = 'N' }, '1-800-300-1506']\nforbidden = ['z', { say = 'x', why = 'w' }]",
	})
	before := []string{base.Fingerprint(), over.Fingerprint()}
	got := Overlay(base, over)
	var titles []string
	for _, lang := range got.Languages {
		for _, e := range got.Entries[lang] {
			titles = append(titles, lang+"/"+e.ID+"/"+e.Title)
		}
	}
	if want := []string{"es/c/C", "en/a/A", "en/b/B", "en/c/C2", "fr/b/B"}; !slices.Equal(titles, want) {
		t.Errorf("entries %v, want %v", titles, want)
	}
	if !reflect.DeepEqual(got.Near, map[string][]string{"en": {"one", "two"}}) || !reflect.DeepEqual(got.Crisis, map[string][]string{"es": {"uno"}}) ||
		!reflect.DeepEqual(got.Human, map[string][]string{"fr": {"homme"}}) {
		t.Errorf("lists %v %v %v", got.Near, got.Crisis, got.Human)
	}
	if !slices.Equal(got.Concepts, []string{"cat gato", "dog chien"}) || got.conceptSpots[1].line != 2 {
		t.Errorf("concepts %q %v", got.Concepts, got.conceptSpots)
	}
	if s := got.spots["near.en"]; len(s) != 2 || s[1].line != 2 {
		t.Errorf("spots %v", s)
	}
	want := Settings{MaxGrade: 6, MinInflesz: 60, MinPhrasings: map[string]int{"en": 2, "es": 1}, Exempt: []string{"X", "Y", "Z"}, KnownLinks: []string{"a.gov"},
		KnownPhones: []Phone{{Phone: "888-466-2219", Name: "N"}, {Phone: "1-800-633-4227"}, {Phone: "1-800-300-1506"}},
		Forbidden:   []Forbidden{{Say: "x", Why: "w"}, {Say: "y"}, {Say: "z"}}}
	if s := got.Settings.content(); !reflect.DeepEqual(s, want) {
		t.Errorf("settings %+v\nwant %+v", s, want)
	}
	if after := []string{base.Fingerprint(), over.Fingerprint()}; !slices.Equal(before, after) || base.Settings.MinPhrasings["en"] != 1 || base.Settings.KnownPhones[0].Name != "" {
		t.Error("Overlay changed its arguments")
	}
}

func Test_Overlay_on_nothing_and_of_nothing_changes_nothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := someBase(t)
		empty := &Base{}
		for _, got := range []*Base{Overlay(b, b.without()), Overlay(empty, b), Overlay(b, empty)} {
			if got.Fingerprint() != b.Fingerprint() {
				t.Fatal("the fingerprint changed")
			}
		}
		twice := Overlay(b, &Base{Languages: b.Languages, Entries: b.Entries, Settings: b.Settings})
		if twice.Fingerprint() != b.Fingerprint() || !reflect.DeepEqual(twice.Settings.content(), b.Settings.content()) && len(b.Settings.Forbidden) < 2 {
			t.Fatalf("laying a base over itself changed it: %+v %+v", twice.Settings, b.Settings)
		}
	})
}

// without is a base with the languages of b and nothing else.
func (b *Base) without() *Base { return &Base{Languages: b.Languages} }

func Test_the_fingerprint_follows_what_readers_read_and_nothing_else(t *testing.T) {
	files := map[string]string{"entries/a.en.md": entry(`title = "A"`, `phrasings = ["x", "y"]`), "near.en.txt": "n", "kb.toml": "languages = ['en']"}
	base := mustLoad(t, files).Fingerprint()
	if len(base) != 64 {
		t.Errorf("fingerprint %q", base)
	}
	for _, c := range []struct {
		name, file, text string
		same             bool
	}{
		{"the same", "near.en.txt", "n", true},
		{"a comment", "near.en.txt", "# c\n\nn", true},
		{"a source and a mark", "entries/a.en.md", entry(`title = "A"`, `source = "s"`, `mark = "V"`, `phrasings = ["x", "y"]`), true},
		{"a check", "kb.toml", "languages = ['en']\nmax_grade = 7", true},
		{"another phrasing", "entries/a.en.md", entry(`title = "A"`, `phrasings = ["x", "z"]`), false},
		{"another order", "entries/a.en.md", entry(`title = "A"`, `phrasings = ["y", "x"]`), false},
		{"another title", "entries/a.en.md", entry(`title = "B"`, `phrasings = ["x", "y"]`), false},
		{"a keyword", "entries/a.en.md", entry(`title = "A"`, `keywords = ["k"]`, `phrasings = ["x", "y"]`), false},
		{"another answer", "entries/a.en.md", entry(`title = "A"`, `phrasings = ["x", "y"]`) + "more", false},
		{"another entry", "entries/b.en.md", entry(`title = "B"`), false},
		{"another list", "crisis.en.txt", "n", false},
		{"a line in a list", "near.en.txt", "n\nm", false},
		{"a set of words", "concepts.txt", "cat gato", false},
		{"a language", "kb.toml", "languages = ['en', 'es']", false},
	} {
		changed := map[string]string{c.file: c.text}
		for name, text := range files {
			if name != c.file {
				changed[name] = text
			}
		}
		if got := mustLoad(t, changed).Fingerprint(); (got == base) != c.same {
			t.Errorf("%s: same is %v", c.name, got == base)
		}
	}
}

func Test_the_text_of_an_entry_made_by_hand_is_its_answer(t *testing.T) {
	if got := (Entry{Markdown: "**Yes**"}).Text(); got != "Yes" {
		t.Errorf("%q", got)
	}
}
