package export_test

import (
	"slices"
	"strings"
	"testing"

	"imrbot/bot/export"
	"imrbot/kb"
)

// The sentences of the paper are held to the settings of the knowledge base, as
// those of the interview are.
func TestTheSentencesOfThePaperAreTrueAndEasy(t *testing.T) {
	base, err := kb.Load(kb.Embedded(), "kb")
	if err != nil {
		t.Fatal(err)
	}
	w := base.Wording()
	ids := map[string][]string{}
	for _, lang := range []string{"en", "es"} {
		list, err := export.Sentences(lang)
		if err != nil || len(list) == 0 {
			t.Fatalf("%s: %d sentences, %v", lang, len(list), err)
		}
		for _, s := range list {
			ids[lang] = append(ids[lang], s.ID)
			file := "locales/" + lang + ".toml"
			if strings.TrimSpace(s.Text) == "" || strings.Contains(s.Text, "{{") {
				t.Errorf("%s: %s: %q is empty, or a blank stays open", file, s.ID, s.Text)
			}
			for _, d := range w.Facts(s.ID, file, 0, s.Text, false) {
				t.Error(d)
			}
			if s.Short {
				continue
			}
			level, defects, measured := w.Level(s.ID, file, 0, lang, s.Text)
			for _, d := range defects {
				t.Error(d)
			}
			if !measured {
				t.Errorf("%s: no measure", lang)
			}
			t.Logf("%s %-26s %.1f", lang, s.ID, level)
		}
	}
	if !slices.Equal(ids["en"], ids["es"]) {
		t.Errorf("the languages have other sentences:\n%v\n%v", ids["en"], ids["es"])
	}
}
