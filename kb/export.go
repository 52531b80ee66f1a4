package kb

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// ErrTarget is the error of [Export] for a folder that it cannot write to
// because of what is there already.
var ErrTarget = errors.New("wrong target")

// Export writes a base into a folder in the form that [Load] reads, so that
// loading it gives an equal base; only comments and places in files differ. The
// folder is made when it is missing and must be empty otherwise. What cannot be
// written so that it reads back the same is an error; nothing is written then.
func Export(b *Base, dir string) error {
	files, err := b.files()
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	switch old, err := os.ReadDir(dir); {
	case err == nil && len(old) > 0:
		return fmt.Errorf("export: %w: %s is not empty: name a new folder", ErrTarget, dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("export: %w: %w", ErrTarget, err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "entries"), 0o755); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), files[name], 0o644); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	return nil
}

// files returns the text of every file of a base by its name, each proved to read back the same.
func (b *Base) files() (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, lang := range slices.Sorted(maps.Keys(b.Entries)) {
		if !slices.Contains(b.Languages, lang) {
			return nil, fmt.Errorf("the entries in %q: this is not among the languages of the base", lang)
		}
		for _, e := range b.Entries[lang] {
			name := "entries/" + e.ID + "." + e.Lang + ".md"
			src := FormatEntry(e)
			back, err := ParseEntry(name, src)
			if err != nil {
				return nil, fmt.Errorf("the entry %s: %w", e.name(), err)
			}
			if e.Lang != lang || !reflect.DeepEqual(content(back), content(e)) {
				return nil, fmt.Errorf("the entry %s would not read back as it is: take out what the form of an entry does not allow", e.name())
			}
			if out[name] != nil {
				return nil, fmt.Errorf("the entry %s is there twice", e.name())
			}
			out[name] = src
		}
	}
	if len(out) == 0 {
		return nil, errors.New("there is no entry")
	}
	for _, k := range listNames {
		for lang, list := range k.of(b) {
			if len(list) == 0 {
				continue
			}
			if !slices.Contains(b.Languages, lang) {
				return nil, fmt.Errorf("the list %s in %q: this is not among the languages of the base", k.name, lang)
			}
			if i := slices.IndexFunc(list, notALine); i >= 0 {
				return nil, errNotALine(fmt.Sprintf("the list %s in %q", k.name, lang), list[i])
			}
			out[k.name+"."+lang+".txt"] = []byte(strings.Join(list, "\n") + "\n")
		}
	}
	if len(b.Concepts) > 0 {
		src, err := conceptsText(b.Concepts)
		if err != nil {
			return nil, err
		}
		out[conceptsFile] = src
	}
	src := formatSettings(b.Languages, b.Settings)
	var ds Defects
	langs, s := parseSettings(settingsFile, src, &ds)
	if len(ds) > 0 {
		return nil, fmt.Errorf("the settings: %w", ds)
	}
	if !slices.Equal(langs, b.Languages) || !reflect.DeepEqual(s.content(), b.Settings.content()) {
		return nil, errors.New("the settings would not read back as they are")
	}
	out[settingsFile] = src
	return out, nil
}

// notALine tells a text that would not read back as one line of a file.
func notALine(s string) bool {
	return s == "" || s != strings.TrimSpace(s) || strings.HasPrefix(s, "#") || strings.ContainsAny(s, "\r\n")
}

func errNotALine(where, text string) error {
	return fmt.Errorf("%s: %q cannot stand on a line of its own", where, shorten(text))
}

// content is an entry without the places where it was read.
func content(e Entry) Entry {
	e.File, e.Line, e.text, e.lines = "", 0, "", entryLines{}
	e.Phrasings, e.Keywords, e.Related = nilIfEmpty(e.Phrasings), nilIfEmpty(e.Keywords), nilIfEmpty(e.Related)
	return e
}

// content is the settings without the places where they were read.
func (s Settings) content() Settings {
	s.Forbidden = slices.Clone(s.Forbidden)
	for i := range s.Forbidden {
		s.Forbidden[i].file, s.Forbidden[i].line = "", 0
	}
	return s
}

// FormatEntry returns the text of the file of an entry, in the form that
// [ParseEntry] reads.
func FormatEntry(e Entry) []byte {
	var w tomlWriter
	w.line(fence)
	w.text("title", e.Title)
	w.text("topic", e.Topic)
	w.text("source", e.Source)
	w.text("mark", e.Mark)
	w.texts("keywords", e.Keywords, false)
	w.texts("related", e.Related, false)
	w.texts("phrasings", e.Phrasings, true)
	w.line(fence)
	w.line(e.Markdown)
	return []byte(w.String())
}

// formatSettings returns the text of kb.toml.
func formatSettings(langs []string, s Settings) []byte {
	var w tomlWriter
	w.texts("languages", langs, false)
	w.number("max_grade", s.MaxGrade)
	w.number("min_inflesz", s.MinInflesz)
	if len(s.MinPhrasings) > 0 {
		var parts []string
		for _, lang := range slices.Sorted(maps.Keys(s.MinPhrasings)) {
			parts = append(parts, fmt.Sprintf("%s = %d", lang, s.MinPhrasings[lang]))
		}
		w.line("min_phrasings = { " + strings.Join(parts, ", ") + " }")
	}
	w.texts("exempt", s.Exempt, true)
	if s.KnownLinks != nil && len(s.KnownLinks) == 0 {
		w.line("known_links = []")
	}
	w.texts("known_links", s.KnownLinks, false)
	if s.KnownPhones != nil && len(s.KnownPhones) == 0 {
		w.line("known_phones = []")
	}
	for _, p := range s.KnownPhones {
		w.line("\n[[known_phones]]")
		w.text("phone", p.Phone)
		w.text("name", p.Name)
		w.texts("called", p.Called, false)
		w.text("source", p.Source)
		w.text("mark", p.Mark)
	}
	for _, f := range s.Forbidden {
		w.line("\n[[forbidden]]")
		w.text("say", f.Say)
		w.texts("unless", f.Unless, false)
		w.text("why", f.Why)
		w.text("instead", f.Instead)
	}
	return []byte(w.String())
}

// tomlWriter writes TOML as a person would; what is empty is left out.
type tomlWriter struct{ strings.Builder }

func (w *tomlWriter) line(s string) {
	w.WriteString(s)
	w.WriteByte('\n')
}

func (w *tomlWriter) text(key, s string) {
	if s != "" {
		w.line(key + " = " + quote(s))
	}
}

func (w *tomlWriter) number(key string, n float64) {
	if n != 0 {
		w.line(key + " = " + strconv.FormatFloat(n, 'f', -1, 64))
	}
}

func (w *tomlWriter) texts(key string, list []string, oneALine bool) {
	if len(list) == 0 {
		return
	}
	before, between, after := key+" = [", ", ", "]"
	if oneALine {
		before, between, after = key+" = [\n  ", ",\n  ", ",\n]"
	}
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(s)
	}
	w.line(before + strings.Join(quoted, between) + after)
}

// quote returns a TOML basic string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
