package kb

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// folder makes a file system out of names and texts.
func folder(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// entry returns the text of an entry's file with these lines in front of its answer.
func entry(front ...string) string {
	return "+++\n" + strings.Join(front, "\n") + "\n+++\nAn answer.\n"
}

// mustLoad loads a base that has no defect.
func mustLoad(t *testing.T, files map[string]string) *Base {
	t.Helper()
	b, err := Load(folder(files), "")
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return b
}

func Test_Load_reads_every_part_of_a_base(t *testing.T) {
	b := mustLoad(t, map[string]string{
		"entries/b.en.md": "\ufeff+++\r\ntitle = 'B'\r\n+++\r\n\r\n \r\nLine **one**\r\nline two.\r\n\r\n",
		"entries/a.en.md": "+++\ntitle = \" A? \"\ntopic = \"t\"\nsource = \"s\"\nmark = \"S\"\nkeywords = [\"k\"]\nrelated = [\"b\"]\n" +
			"phrasings = [ # how people ask\n  \"one \\\"quoted\\\"\",\n\n  'two',\n]\n+++\nAnswer.",
		"entries/.a.en.md.swp": "not an entry",
		"entries/a.en.md~":     "not an entry",
		"entries/a.es.md":      entry(`title = "¿A?"`),
		"near.en.txt":          "# a comment\n\n  one  \ntwo\n",
		"crisis.es.txt":        "ayuda",
		"human.en.txt":         "# nothing yet\n",
		"concepts.txt":         "# sets\n\n- the la\ncat* gat*\n",
		"README.md":            "not read",
		"kb.toml": "languages = ['en', 'es']\nmax_grade = 7\nmin_inflesz = 60.5\nexempt = ['X Y']\nknown_links = ['a.gov']\nmin_phrasings = { en = 2, default = 1 }\n" +
			"forbidden = ['never', { say = 'no', unless = ['no one'], why = 'w', instead = 'i' }]\n" +
			"[[known_phones]]\nphone = '1-888-466-2219'\nname = 'N'\ncalled = ['C']\nsource = 'S'\nmark = 'V'\n",
	})
	a, ok := b.Entry("a", "en")
	want := Entry{ID: "a", Lang: "en", Title: "A?", Phrasings: []string{`one "quoted"`, "two"}, Keywords: []string{"k"}, Topic: "t",
		Source: "s", Mark: "S", Related: []string{"b"}, Markdown: "Answer.", File: "entries/a.en.md", Line: 14,
		text: "Answer.", lines: entryLines{title: 2, phrasings: []int{9, 11}, related: []int{7}}}
	if !ok || !reflect.DeepEqual(a, want) {
		t.Errorf("got %+v\nwant %+v", a, want)
	}
	if e := b.Entries["en"][1]; e.ID != "b" || e.Markdown != "Line **one**\nline two." || e.Line != 6 || e.Text() != "Line one line two." {
		t.Errorf("b: %+v", e)
	}
	if _, ok := b.Entry("b", "es"); ok {
		t.Error("an entry was found in a language it does not have")
	}
	if !reflect.DeepEqual(b.Near, map[string][]string{"en": {"one", "two"}}) || !reflect.DeepEqual(b.Crisis, map[string][]string{"es": {"ayuda"}}) ||
		len(b.Human)+len(b.SmallTalk) != 0 {
		t.Errorf("lists: %v %v %v %v", b.Near, b.Crisis, b.Human, b.SmallTalk)
	}
	if !slices.Equal(b.Concepts, []string{"- the la", "cat* gat*"}) || b.conceptSpots[1].line != 4 {
		t.Errorf("concepts: %q %v", b.Concepts, b.conceptSpots)
	}
	settings := Settings{MaxGrade: 7, MinInflesz: 60.5, Exempt: []string{"X Y"}, KnownLinks: []string{"a.gov"}, MinPhrasings: map[string]int{"en": 2, "default": 1},
		KnownPhones: []Phone{{"1-888-466-2219", "N", []string{"C"}, "S", "V"}},
		Forbidden:   []Forbidden{{Say: "never"}, {Say: "no", Unless: []string{"no one"}, Why: "w", Instead: "i"}}}
	if got := b.Settings.content(); !reflect.DeepEqual(got, settings) {
		t.Errorf("settings: %+v", got)
	}
	if got := b.IDs(); !reflect.DeepEqual(got, []string{"a", "b"}) {
		t.Errorf("ids: %v", got)
	}
}

func Test_without_settings_the_languages_are_those_of_the_entries(t *testing.T) {
	b := mustLoad(t, map[string]string{"entries/a.es.md": entry(`title = "A"`), "entries/a.en.md": entry(`title = "A"`), "near.es.txt": "x"})
	if !reflect.DeepEqual(b.Languages, []string{"en", "es"}) {
		t.Errorf("languages: %v", b.Languages)
	}
	if ds := b.Check(); ds != nil {
		t.Errorf("a base without settings has defects: %v", ds)
	}
}

func Test_Load_tells_what_cannot_be_read_and_where(t *testing.T) {
	good := entry(`title = "A"`)
	long := strings.Repeat("x", maxFile)
	for _, c := range []struct {
		name  string
		files map[string]string
		want  []string // beginnings of the lines of the error
	}{
		{"no folder of entries", map[string]string{"kb.toml": ""}, []string{"D/entries: there is no such folder"}},
		{"no entry in it", map[string]string{"entries/.hidden": ""}, []string{"D/entries: there is no entry"}},
		{"a name without language", map[string]string{"entries/a.md": good}, []string{"D/entries/a.md: the file must be named"}},
		{"a name in capitals", map[string]string{"entries/A.en.md": good}, []string{"D/entries/A.en.md: the file must be named"}},
		{"a name that is too long", map[string]string{"entries/" + strings.Repeat("a", 65) + ".en.md": good}, []string{"D/entries/aaa"}},
		{"another kind of file", map[string]string{"entries/a.en.txt": good}, []string{"D/entries/a.en.txt: the file must be named"}},
		{"a folder among the entries", map[string]string{"entries/b/a.en.md": good}, []string{"D/entries/b: a folder does not belong here"}},
		{"no front matter", map[string]string{"entries/a.en.md": "Answer"}, []string{"D/entries/a.en.md:1: the file must begin with a line +++"}},
		{"an empty file", map[string]string{"entries/a.en.md": ""}, []string{"D/entries/a.en.md:1: the file must begin"}},
		{"no end of it", map[string]string{"entries/a.en.md": "+++\ntitle = 'A'\n"}, []string{"D/entries/a.en.md:3: the second line +++ is missing"}},
		{"no answer", map[string]string{"entries/a.en.md": "+++\ntitle = 'A'\n+++\n\n"}, []string{"D/entries/a.en.md:3: the answer is empty"}},
		{"an answer of nothing but markup", map[string]string{"entries/a.en.md": "+++\ntitle = 'A'\n+++\n<!-- x -->"}, []string{"D/entries/a.en.md:3: the answer is empty"}},
		{"no title", map[string]string{"entries/a.en.md": entry(`topic = "t"`)}, []string{"D/entries/a.en.md:1: the title is missing"}},
		{"an empty title", map[string]string{"entries/a.en.md": entry(`title = " "`)}, []string{"D/entries/a.en.md:2: the title must be"}},
		{"a title that is a number", map[string]string{"entries/a.en.md": entry(`title = 3`)}, []string{"D/entries/a.en.md:2: title must be a text in quotes", "D/entries/a.en.md:2: the title must be a text"}},
		{"a long title", map[string]string{"entries/a.en.md": entry(`title = "` + strings.Repeat("é", 201) + `"`)}, []string{"D/entries/a.en.md:2: the title has 201 characters"}},
		{"an unknown key", map[string]string{"entries/a.en.md": entry(`title = "A"`, `phrasing = ["x"]`, `colour = "x"`)},
			[]string{`D/entries/a.en.md:3: the key "phrasing" is unknown: did you mean "phrasings"?`, `D/entries/a.en.md:4: the key "colour" is unknown: take it out`}},
		{"a missing quote", map[string]string{"entries/a.en.md": entry(`title = "A"`, `topic = "t`, `mark = "S"`)}, []string{"D/entries/a.en.md:3: this is not in the right form"}},
		{"a missing comma", map[string]string{"entries/a.en.md": entry(`title = "A"`, `phrasings = [`, `"x"`, `"y"]`)}, []string{"D/entries/a.en.md:5: this is not in the right form"}},
		{"a key twice", map[string]string{"entries/a.en.md": entry(`title = "A"`, `title = "B"`)}, []string{"D/entries/a.en.md:3: this is not in the right form"}},
		{"phrasings that are no list", map[string]string{"entries/a.en.md": entry(`title = "A"`, `phrasings = "x"`)}, []string{"D/entries/a.en.md:3: phrasings must be a list"}},
		{"a phrasing that is no text", map[string]string{"entries/a.en.md": entry(`title = "A"`, `phrasings = ["x",`, `3]`)}, []string{"D/entries/a.en.md:4: phrasings must hold texts in quotes only, and here is a number"}},
		{"a phrasing twice", map[string]string{"entries/a.en.md": entry(`title = "A"`, `phrasings = ["My plan",`, `"x",`, `"my  PLAN"]`)},
			[]string{`D/entries/a.en.md:5: the phrasing "my  PLAN" is already there on line 3`}},
		{"an empty phrasing", map[string]string{"entries/a.en.md": entry(`title = "A"`, `phrasings = [""]`)}, []string{"D/entries/a.en.md:3: a phrasing is empty"}},
		{"a phrasing of two lines", map[string]string{"entries/a.en.md": entry(`title = "A"`, `phrasings = ["a\nb"]`)}, []string{"D/entries/a.en.md:3: the phrasing must be one line"}},
		{"a phrasing without end", map[string]string{"entries/a.en.md": entry(`title = "A"`, `phrasings = ["`+strings.Repeat("a", 1001)+`"]`)}, []string{"D/entries/a.en.md:3: the phrasing has 1001 characters"}},
		{"a related title", map[string]string{"entries/a.en.md": entry(`title = "A"`, `related = ["b",`, `"What is B?"]`)}, []string{`D/entries/a.en.md:4: related: "What is B?" is not the id of an entry`}},
		{"not UTF-8", map[string]string{"entries/a.en.md": entry(`title = "A"`) + "\nse\xf1or\n"}, []string{"D/entries/a.en.md:6: this line is not in UTF-8"}},
		{"a control character", map[string]string{"entries/a.en.md": entry(`title = "A"`) + "x\x00"}, []string{"D/entries/a.en.md:5: there is an invisible control character (U+0000)"}},
		{"a huge file", map[string]string{"entries/a.en.md": good + long}, []string{"D/entries/a.en.md: the file has more than 262144 bytes"}},
		{"a huge list", map[string]string{"entries/a.en.md": good, "near.en.txt": long + "x"}, []string{"D/near.en.txt: the file has more than"}},
		{"a long line in a list", map[string]string{"entries/a.en.md": good, "near.en.txt": "x\n" + long[:1001]}, []string{"D/near.en.txt:2: the phrasing has 1001 characters"}},
		{"too many lines in a list", map[string]string{"entries/a.en.md": good, "near.en.txt": strings.Repeat("x\n", maxList+1)}, []string{"D/near.en.txt:20001: there are more than 20000 lines"}},
		{"a list that is not UTF-8", map[string]string{"entries/a.en.md": good, "near.en.txt": "x\n\xff"}, []string{"D/near.en.txt:2: this line is not in UTF-8"}},
		{"a misspelt list", map[string]string{"entries/a.en.md": good, "crises.en.txt": "x"}, []string{"D/crises.en.txt: this file is never read: the lists are"}},
		{"a list in another language", map[string]string{"entries/a.en.md": good, "crisis.fr.txt": "x", "crisis.txt": "x"},
			[]string{`D/crisis.fr.txt: the language "fr" is not among`, `D/crisis.txt: the language "" is not among`}},
		{"misspelt settings", map[string]string{"entries/a.en.md": good, "kb2.toml": ""}, []string{"D/kb2.toml: this file is never read"}},
		{"an entry in another language", map[string]string{"entries/a.fr.md": good, "kb.toml": `languages = ["en"]`}, []string{`D/entries/a.fr.md: the language "fr" is not among the languages of kb.toml`}},
		{"everything at once, in order", map[string]string{"entries/a.en.md": entry(`topic = 3`), "entries/b.en.md": "", "kb.toml": "max_grad = 7\nx = 1\n", "nearly.txt": ""},
			[]string{"D/entries/a.en.md:1: the title is missing", "D/entries/a.en.md:2: topic must be a text", "D/entries/b.en.md:1: the file must begin",
				`D/kb.toml:1: the key "max_grad" is unknown: did you mean "max_grade"?`, `D/kb.toml:2: the key "x" is unknown`, "D/nearly.txt: this file is never read"}},
	} {
		t.Run(c.name, func(t *testing.T) { wantDefects(t, folder(c.files), c.want) })
	}
}

// wantDefects loads a folder named D and compares the lines of the error by their beginnings.
func wantDefects(t *testing.T, fsys fs.FS, want []string) {
	t.Helper()
	b, err := Load(fsys, "D")
	var ds Defects
	if b != nil || !errors.As(err, &ds) {
		t.Fatalf("Load gave %v, %v", b, err)
	}
	compareLines(t, ds, want)
}

func compareLines(t *testing.T, ds Defects, want []string) {
	t.Helper()
	if len(ds) != len(want) {
		t.Errorf("%d defects, want %d:\n%v", len(ds), len(want), ds)
		return
	}
	for i, line := range strings.Split(ds.Error(), "\n") {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("got  %s\nwant %s…", line, want[i])
		}
	}
}

func Test_Load_tells_what_is_wrong_in_the_settings(t *testing.T) {
	for _, c := range []struct{ name, toml, want string }{
		{"bad form", "languages = [", "D/kb.toml:1: this is not in the right form"},
		{"a language that is none", "languages = ['en',\n'English']", `D/kb.toml:2: languages: "English" is not a language code`},
		{"a language twice", "languages = ['en', 'en']", `D/kb.toml:1: languages: "en" is there twice`},
		{"a phone that is none", "[[known_phones]]\nname = 'x'\nphone = '1-888-466-221'", `D/kb.toml:3: known_phones: "1-888-466-221" is not a phone number`},
		{"a phone that is missing", "\n[[known_phones]]\nname = 'x'", `D/kb.toml:2: known_phones: "" is not a phone number`},
		{"a phone as text that is none", "known_phones = [\n'call us']", `D/kb.toml:2: known_phones: "call us" is not`},
		{"a phone twice", "known_phones = ['1-888-466-2219',\n'(888) 466 2219']", "D/kb.toml:2: known_phones: (888) 466 2219 is there twice"},
		{"an unknown key of a phone", "[[known_phones]]\nphone = '1-888-466-2219'\nnam = 'x'", `D/kb.toml:3: the key "nam" is unknown: did you mean "name"?`},
		{"phones that are no list", "known_phones = '1-888-466-2219'", "D/kb.toml:1: known_phones must be a list"},
		{"a phone that is a number", "known_phones = [18884662219]", "D/kb.toml:1: known_phones must hold texts"},
		{"an unknown key of a forbidden sentence", "[[forbidden]]\nsay = 'x'\nreason = 'y'", `D/kb.toml:3: the key "reason" is unknown`},
		{"a forbidden sentence without words", "forbidden = [\n'*']", `D/kb.toml:2: forbidden: "*" holds no words`},
		{"an exception without words", "[[forbidden]]\nsay = 'x'\nunless = ['…']", `D/kb.toml:2: forbidden: "…" holds no words`},
		{"too many gaps", "forbidden = ['a * b * c * d * e * f * g']", `D/kb.toml:1: forbidden: "a * b * c * d * e * f * g" holds more than 5 asterisks`},
		{"a forbidden novel", "forbidden = ['" + strings.Repeat("a ", 600) + "']", `D/kb.toml:1: forbidden: "a a `},
		{"a wrong regular expression", "[[forbidden]]\nwhy = 'x'\nsay = '/(/'", `D/kb.toml:3: forbidden: "/(/" is not a regular expression`},
		{"a grade of nothing", "max_grade = 0", "D/kb.toml:1: max_grade must be a number above 0"},
		{"a grade in words", "min_inflesz = 'easy'", "D/kb.toml:1: min_inflesz must be a number above 0"},
		{"an endless grade", "max_grade = inf", "D/kb.toml:1: max_grade must be a number above 0"},
		{"half a phrasing", "min_phrasings = 1.5", "D/kb.toml:1: min_phrasings must be a whole number"},
		{"phrasings of a language that is none", "min_phrasings = { English = 3 }", `D/kb.toml:1: min_phrasings: "English" is not a language code`},
		{"no phrasings", "[min_phrasings]\nen = -1", "D/kb.toml:2: en must be a number above 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantDefects(t, folder(map[string]string{"entries/a.en.md": entry(`title = "A"`), "kb.toml": c.toml}), []string{c.want})
		})
	}
}

func Test_Load_refuses_too_many_entries(t *testing.T) {
	files := map[string]string{}
	for i := range maxEntries + 1 {
		files["entries/"+strings.Repeat("a", 1+i%60)+string(rune('a'+i/60%26))+string(rune('a'+i/1560))+".en.md"] = ""
	}
	if len(files) <= maxEntries {
		t.Fatalf("only %d files", len(files))
	}
	wantDefects(t, folder(files), []string{"D/entries: there are 10001 files; 10000 is the most"})
}

func Test_Load_reads_folders_that_are_linked(t *testing.T) {
	real, linked := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(real, "a.en.md"), []byte(entry(`title = "A"`)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(linked, "entries"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(real, "a.en.md"), filepath.Join(linked, "entries", "a.en.md")); err != nil {
		t.Skip("no symbolic links here")
	}
	if b, err := Load(os.DirFS(linked), linked); err != nil || len(b.Entries["en"]) != 1 {
		t.Errorf("%v %v", b, err)
	}
}

func Test_Load_tells_that_the_folder_is_not_there(t *testing.T) {
	_, err := Load(os.DirFS(filepath.Join(t.TempDir(), "none")), "none")
	if err == nil || !strings.Contains(err.Error(), "none: the folder cannot be read") {
		t.Errorf("got %v", err)
	}
}

func Test_ParseEntry_reads_one_file(t *testing.T) {
	e, err := ParseEntry("some/where/a-1.es.md", []byte(entry(`title = "A"`)))
	if err != nil || e.ID != "a-1" || e.Lang != "es" || e.Text() != "An answer." || e.File != "some/where/a-1.es.md" {
		t.Errorf("%+v %v", e, err)
	}
	if _, err := ParseEntry("a.md", []byte(entry(`title = "A"`))); err == nil {
		t.Error("a name without a language was taken")
	}
	if _, err := ParseEntry("a.en.md", make([]byte, maxFile+1)); err == nil {
		t.Error("a huge file was taken")
	}
}
