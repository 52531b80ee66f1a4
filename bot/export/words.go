package export

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

//go:embed locales/*.toml
var localesFS embed.FS

// words are the sentences of the paper, by language and name. What the
// interview says already, package dialog says here too.
type words map[string]map[string]string

// allWords reads the embedded sentences once; the tests exclude its error.
var allWords = sync.OnceValues(func() (words, error) {
	files, err := localesFS.ReadDir("locales")
	if err != nil {
		return nil, err
	}
	all := words{}
	for _, f := range files {
		src, err := localesFS.ReadFile(path.Join("locales", f.Name()))
		if err != nil {
			return nil, err
		}
		var list map[string]string
		if err := toml.Unmarshal(src, &list); err != nil {
			return nil, fmt.Errorf("locales/%s: %w", f.Name(), err)
		}
		all[strings.TrimSuffix(f.Name(), ".toml")] = list
	}
	return all, nil
})

// tongue returns the sentences of a language, or the English ones.
func (w words) tongue(lang string) map[string]string {
	if list, ok := w[lang]; ok {
		return list
	}
	return w["en"]
}

// Word returns a sentence that goes with a paper or with a copy of somebody's
// data, with its blanks filled: values are given as name and value in turn. Of a
// language that there are no words of it returns the English one, and of an
// unknown sentence "".
func Word(lang, id string, values ...string) (string, error) {
	all, err := allWords()
	if err != nil {
		return "", err
	}
	return fill(all.tongue(lang)[id], values...), nil
}

// fill puts values, given as name and value in turn, into the blanks of a
// sentence.
func fill(sentence string, values ...string) string {
	pairs := slices.Clone(values)
	for i := 0; i < len(pairs); i += 2 {
		pairs[i] = "{{." + pairs[i] + "}}"
	}
	return strings.NewReplacer(pairs...).Replace(sentence)
}

// Sentence is one sentence of the paper, for whoever judges its words.
type Sentence struct {
	ID   string
	Text string // its blanks hold examples
	// Short tells a heading, a name or a piece of a line: too short for a
	// reading level.
	Short bool
}

// Sentences returns what the paper says in a language besides what the
// interview says, in the order of their names. Of a language that it does not
// speak it returns nil.
func Sentences(lang string) ([]Sentence, error) {
	all, err := allWords()
	if err != nil {
		return nil, err
	}
	var list []Sentence
	for id, text := range all[lang] {
		text = fill(text, "operator", "Health Helpers", "ref", "A-2026-000123", "status", "waiting", "day", "October 15, 2026",
			"n", "2", "of", "4", "name", "scan-1.jpg", "count", "2")
		list = append(list, Sentence{ID: id, Text: text, Short: !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, ":")})
	}
	slices.SortFunc(list, func(a, b Sentence) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}
