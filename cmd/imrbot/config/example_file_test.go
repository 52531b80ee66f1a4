package config

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// exampleFile is the file that operators copy. There "#key" without a space is a
// key at its default or with an example, "# words" a comment.
const exampleFile = "../../../config.example.toml"

var switchedOff = regexp.MustCompile(`(?m)^#([\[a-z])`)

func example(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheExampleHasEveryKeyAndNoOther(t *testing.T) {
	var tables map[string]map[string]any
	if err := toml.Unmarshal([]byte(switchedOff.ReplaceAllString(example(t), "$1")), &tables); err != nil {
		t.Fatal(err)
	}
	for _, section := range sectionsOf(&Config{}) {
		table := tables[section.name]
		for _, key := range section.keys() {
			if _, there := table[key]; !there {
				t.Errorf("%s.%s is missing", section.name, key)
			}
			delete(table, key)
		}
		if len(table) == 0 {
			delete(tables, section.name)
		}
	}
	if len(tables) > 0 {
		t.Errorf("these are no keys of ours: %v", tables)
	}
}

func TestTheExampleShowsTheDefaultsAndWorks(t *testing.T) {
	text := example(t)
	all := switchedOff.ReplaceAllString(text, "$1")
	// A secret is given once: in clear here, as the files are not there.
	all = regexp.MustCompile(`(?m)^.*(token|secret)_file = .*$`).ReplaceAllString(all, "")
	folder(t, map[string]string{"copy.toml": text, "all.toml": all, "my-kb/x": "", "my-interview/x": ""})

	copied, defaults := mustLoad(t, "copy.toml"), mustLoad(t, "")
	sections := sectionsOf(defaults)
	if copied.Telegram.On() || len(copied.origins) > 0 {
		t.Errorf("a plain copy sets %v", copied.origins)
	}
	filled, warnings, err := Load("all.toml", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range warnings {
		if !strings.Contains(w.Text, `not used with mode = "polling"`) {
			t.Errorf("%v", w)
		}
	}
	for i, section := range sectionsOf(filled) {
		for j, s := range section.settings {
			want := sections[i].settings[j].field
			if s.fallback != "" && tomlValue(s.field, nil) != tomlValue(want, nil) {
				t.Errorf("%s stands there as %s, the default is %s", s.name(), tomlValue(s.field, nil), tomlValue(want, nil))
			}
			if s.fallback == "" && s.field.IsZero() {
				t.Errorf("%s has no example", s.name())
			}
		}
	}
}

func TestEveryKeyOfTheExampleIsExplained(t *testing.T) {
	key := regexp.MustCompile(`^#?[a-z_]+ = `)
	comment := "" // the one above
	for i, line := range strings.Split(example(t), "\n") {
		switch {
		case strings.HasPrefix(line, "# "):
			comment += line[1:]
			if len([]rune(line)) > 90 {
				t.Errorf("line %d is too long", i+1)
			}
			continue
		case key.MatchString(line) && !regexp.MustCompile(`Default: |No default|Required`).MatchString(comment):
			t.Errorf("line %d: the comment above %q does not say what holds without it", i+1, line)
		}
		comment = ""
	}
}
