package kb

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// bare is a base without the places where it was read, for comparisons.
func bare(b *Base) *Base {
	out := *b
	out.spots, out.conceptSpots, out.Settings, out.Entries = nil, nil, b.Settings.content(), map[string][]Entry{}
	for lang, es := range b.Entries {
		for _, e := range es {
			out.Entries[lang] = append(out.Entries[lang], content(e))
		}
	}
	return &out
}

// someBase draws a base that Load could have read.
func someBase(t *rapid.T) *Base {
	word := rapid.StringMatching(`[a-zA-ZñáéíóúÜ0-9"'\\!?.,;:*_<>&+¿¡€😀-]{1,9}`)
	phrase := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(word, 1, 6).Draw(t, "words"), " ") })
	phrases := rapid.Custom(func(t *rapid.T) []string {
		ps := rapid.SliceOfNDistinct(phrase, 0, 5, func(s string) string { return strings.ToLower(s) }).Draw(t, "phrases")
		return nilIfEmpty(ps)
	})
	optional := rapid.OneOf(rapid.Just(""), phrase)
	id := rapid.StringMatching(`[a-z0-9-]{1,9}`)
	langs := rapid.SampledFrom([][]string{{"en"}, {"en", "es"}, {"es", "en"}, {"haw", "en"}}).Draw(t, "langs")
	b := &Base{Languages: langs, Entries: map[string][]Entry{}, Near: map[string][]string{}, Crisis: map[string][]string{}, Human: map[string][]string{}, SmallTalk: map[string][]string{}}
	for i, lang := range langs {
		for _, id := range rapid.SliceOfNDistinct(id, 1-min(i, 1), 4, rapid.ID).Draw(t, "ids") {
			paragraphs := rapid.SliceOfN(phrase, 1, 4).Draw(t, "paragraphs")
			body := "Answer " + strings.Join(paragraphs, rapid.SampledFrom([]string{"\n\n", "\n", "\n- ", "\n\n    ", "\n+++\n", "\n\n\n"}).Draw(t, "break"))
			b.Entries[lang] = append(b.Entries[lang], Entry{ID: id, Lang: lang, Title: phrase.Draw(t, "title"), Phrasings: phrases.Draw(t, "phrasings"),
				Keywords: phrases.Draw(t, "keywords"), Topic: optional.Draw(t, "topic"), Source: optional.Draw(t, "source"), Mark: optional.Draw(t, "mark"),
				Related: nilIfEmpty(rapid.SliceOfN(id2(id), 0, 3).Draw(t, "related")), Markdown: body})
		}
		slices.SortFunc(b.Entries[lang], func(x, y Entry) int { return strings.Compare(x.ID, y.ID) })
		if len(b.Entries[lang]) == 0 {
			delete(b.Entries, lang)
		}
		for _, k := range listNames {
			if list := phrases.Draw(t, k.name); list != nil {
				k.of(b)[lang] = list
			}
		}
	}
	b.Concepts = phrases.Draw(t, "concepts")
	b.Settings = someSettings(t, phrase, phrases, optional)
	return b
}

// id2 draws ids that may or may not exist.
func id2(id string) *rapid.Generator[string] { return rapid.SampledFrom([]string{id, "other", "9"}) }

func someSettings(t *rapid.T, phrase *rapid.Generator[string], phrases *rapid.Generator[[]string], optional *rapid.Generator[string]) Settings {
	s := Settings{
		MaxGrade:     rapid.SampledFrom([]float64{0, 7, 6.5, 0.000001, 1e6}).Draw(t, "grade"),
		MinInflesz:   rapid.SampledFrom([]float64{0, 60}).Draw(t, "inflesz"),
		MinPhrasings: rapid.SampledFrom([]map[string]int{nil, {"default": 3}, {"en": 40, "default": 2}}).Draw(t, "least"),
		Exempt:       phrases.Draw(t, "exempt"),
		KnownLinks:   rapid.SampledFrom([][]string{nil, {}, {"a.gov", "b.gov"}}).Draw(t, "links"),
		KnownPhones:  rapid.SampledFrom([][]Phone{nil, {}}).Draw(t, "phones"),
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "n") {
		s.KnownPhones = append(s.KnownPhones, Phone{Phone: fmt.Sprintf("1-888-466-221%d", i), Name: optional.Draw(t, "name"), Called: phrases.Draw(t, "called"),
			Source: optional.Draw(t, "source"), Mark: optional.Draw(t, "mark")})
	}
	for range rapid.IntRange(0, 3).Draw(t, "m") {
		s.Forbidden = append(s.Forbidden, Forbidden{Say: "say " + phrase.Draw(t, "say"), Why: optional.Draw(t, "why"), Instead: optional.Draw(t, "instead"),
			Unless: rapid.SampledFrom([][]string{nil, {"unless x", "/a.*b/"}}).Draw(t, "unless")})
	}
	return s
}

func Test_what_Export_writes_loads_as_the_same_base(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		b := someBase(t)
		out := filepath.Join(dir, fmt.Sprint(n))
		if err := Export(b, out); err != nil {
			t.Fatalf("Export: %v", err)
		}
		back, err := Load(os.DirFS(out), out)
		if err != nil {
			t.Fatalf("Load: %v", err)
		}
		if got, want := bare(back), bare(b); !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
		if back.Fingerprint() != b.Fingerprint() {
			t.Fatal("the fingerprint changed")
		}
	})
}

func Test_Export_of_a_loaded_base_keeps_its_defects(t *testing.T) {
	b := mustLoad(t, map[string]string{"entries/a.en.md": entry(`title = "A"`, `related = ["q"]`, `phrasings = ["x"]`), "near.en.txt": "x", "kb.toml": "forbidden = ['an answer']"})
	dir := filepath.Join(t.TempDir(), "new", "folder")
	if err := Export(b, dir); err != nil {
		t.Fatal(err)
	}
	back, err := Load(os.DirFS(dir), "")
	if err != nil {
		t.Fatal(err)
	}
	text := func(ds Defects) (out []string) {
		for _, d := range ds {
			out = append(out, d.File+d.Text[:20])
		}
		slices.Sort(out)
		return out
	}
	if got, want := text(back.Check()), text(b.Check()); len(want) != 3 || !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func Test_Export_writes_nothing_where_something_is(t *testing.T) {
	b := mustLoad(t, map[string]string{"entries/a.en.md": entry(`title = "A"`)})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Export(b, dir); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("got %v", err)
	}
	if err := Export(b, filepath.Join(dir, "mine.txt")); err == nil {
		t.Error("a file was taken for a folder")
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v %v", files, err)
	}
}

func Test_Export_refuses_what_would_not_read_back(t *testing.T) {
	good := Entry{ID: "a", Lang: "en", Title: "A", Markdown: "x"}
	for name, b := range map[string]*Base{
		"no entry":                     {Languages: []string{"en"}},
		"an entry without title":       {Languages: []string{"en"}, Entries: map[string][]Entry{"en": {{ID: "a", Lang: "en", Markdown: "x"}}}},
		"an id that leaves the folder": {Languages: []string{"en"}, Entries: map[string][]Entry{"en": {{ID: "../a", Lang: "en", Title: "A", Markdown: "x"}}}},
		"a title with spaces around":   {Languages: []string{"en"}, Entries: map[string][]Entry{"en": {{ID: "a", Lang: "en", Title: " A", Markdown: "x"}}}},
		"an entry twice":               {Languages: []string{"en"}, Entries: map[string][]Entry{"en": {good, good}}},
		"an entry in the wrong place":  {Languages: []string{"en", "es"}, Entries: map[string][]Entry{"es": {good}}},
		"an entry in no language":      {Languages: []string{"es"}, Entries: map[string][]Entry{"en": {good}}},
		"a list in no language":        {Languages: []string{"en"}, Entries: map[string][]Entry{"en": {good}}, Near: map[string][]string{"es": {"x"}}},
		"a comment in a list":          {Languages: []string{"en"}, Entries: map[string][]Entry{"en": {good}}, Crisis: map[string][]string{"en": {"# help"}}},
		"two lines in a list":          {Languages: []string{"en"}, Entries: map[string][]Entry{"en": {good}}, Human: map[string][]string{"en": {"a\nb"}}},
		"a phone that is none":         {Languages: []string{"en"}, Entries: map[string][]Entry{"en": {good}}, Settings: Settings{KnownPhones: []Phone{{Phone: "x"}}}},
		"a text with spaces around":    {Languages: []string{"en"}, Entries: map[string][]Entry{"en": {good}}, Settings: Settings{Exempt: []string{" x"}}},
	} {
		dir := filepath.Join(t.TempDir(), "out")
		if err := Export(b, dir); err == nil {
			t.Errorf("%s was written", name)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s left a folder behind", name)
		}
	}
}
