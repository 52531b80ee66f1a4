package dialog

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/language"
)

// words holds every sentence of an interview, in each of its languages.
// Sentences with plural forms go through go-i18n, which knows them; the others
// are cut at their blanks once, when they are read.
type words struct {
	languages []string // sorted
	plain     map[string]map[string]string
	cut       map[string]map[string][]segment
	local     map[string]*i18n.Localizer
	blanks    map[string]map[string][]string // the names of the blanks, by language and id
	lists     map[string]map[string][]string // folded, to recognise
	sets      map[string]map[string]bool     // the same by list alone, of all languages
	own       map[string]map[string]bool     // all items of a language's lists of commands and plain answers
	names     map[string]map[string][]string // as written, to show
	lines     map[string]map[string]int      // where an id stands in its file
	files     map[string]string
}

// segment is a piece of a sentence: text, and the blank that follows it, or "".
type segment struct{ text, blank string }

var blankName = regexp.MustCompile(`\{\{-?\s*\.(\w+)\s*-?\}\}`)

// parseWords reads every locales/<lang>.toml of fsys.
func parseWords(fsys fs.FS) (*words, Defects) {
	w := &words{
		plain: map[string]map[string]string{}, cut: map[string]map[string][]segment{}, local: map[string]*i18n.Localizer{},
		blanks: map[string]map[string][]string{}, lists: map[string]map[string][]string{}, names: map[string]map[string][]string{}, sets: map[string]map[string]bool{}, own: map[string]map[string]bool{},
		lines: map[string]map[string]int{}, files: map[string]string{},
	}
	names, err := fs.Glob(fsys, "locales/*.toml")
	if err != nil || len(names) == 0 {
		return w, Defects{{File: "locales", Text: "no locales/<language>.toml was found: each language needs one, for example locales/en.toml"}}
	}
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	var defects Defects
	for _, name := range names {
		defects = append(defects, w.parseFile(fsys, bundle, name)...)
	}
	slices.Sort(w.languages)
	for _, lang := range w.languages {
		w.local[lang] = i18n.NewLocalizer(bundle, lang)
	}
	return w, defects
}

func (w *words) parseFile(fsys fs.FS, bundle *i18n.Bundle, name string) Defects {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return Defects{{File: name, Text: err.Error()}}
	}
	lang := strings.TrimSuffix(path.Base(name), ".toml")
	if _, err := language.Parse(lang); err != nil {
		return Defects{{File: name, Text: fmt.Sprintf("%q is not a language code: name the file like en.toml or es.toml", lang)}}
	}
	if file, table := openTOML(name, src); table == nil {
		return file.defects
	}
	parsed, err := bundle.ParseMessageFileBytes(src, lang+".toml")
	if err != nil {
		return Defects{{File: name, Text: strings.TrimPrefix(err.Error(), "toml: ")}}
	}
	w.languages = append(w.languages, lang)
	w.files[lang] = name
	w.lines[lang] = tomlLines(src)
	w.cut[lang], w.own[lang] = map[string][]segment{}, map[string]bool{}
	w.plain[lang], w.blanks[lang] = map[string]string{}, map[string][]string{}
	w.lists[lang], w.names[lang] = map[string][]string{}, map[string][]string{}
	var defects Defects
	for _, m := range parsed.Messages {
		text := m.Other
		if strings.TrimSpace(text) == "" {
			defects = append(defects, Defect{name, w.lines[lang][m.ID], fmt.Sprintf("sentence %q is empty: write it, or take the line out", m.ID)})
			continue
		}
		switch {
		case m.One != "":
		case strings.Contains(text, "{{"):
			w.cut[lang][m.ID] = segments(text)
		default:
			w.plain[lang][m.ID] = text
		}
		for _, found := range blankName.FindAllStringSubmatch(text+m.One, -1) {
			w.blanks[lang][m.ID] = append(w.blanks[lang][m.ID], found[1])
		}
		if strings.Count(text, "{{") != len(blankName.FindAllString(text, -1)) {
			defects = append(defects, Defect{name, w.lines[lang][m.ID], fmt.Sprintf("sentence %q: a blank is written {{.name}}", m.ID)})
		}
		if id := m.ID; strings.HasPrefix(id, "word.") || strings.Contains(id, ".~") {
			w.lists[lang][id], w.names[lang][id] = splitList(text)
			if w.sets[id] == nil {
				w.sets[id] = map[string]bool{}
			}
			for _, item := range w.lists[lang][id] {
				w.sets[id][item] = true
				if strings.HasPrefix(id, "word.") && id != "word.months" && id != "word.weekdays" {
					w.own[lang][item] = true
				}
			}
		}
	}
	return defects
}

// segments cuts a sentence at its blanks.
func segments(text string) []segment {
	var list []segment
	for {
		at := blankName.FindStringSubmatchIndex(text)
		if at == nil {
			return append(list, segment{text: text})
		}
		list = append(list, segment{text[:at[0]], text[at[2]:at[3]]})
		text = text[at[1]:]
	}
}

// splitList splits a comma-separated list; it returns its items folded and as
// they were written.
func splitList(text string) (folded, written []string) {
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); fold(item) != "" {
			folded, written = append(folded, fold(item)), append(written, item)
		}
	}
	return folded, written
}

// has tells whether the sentence exists in that language.
func (w *words) has(lang, id string) bool {
	if _, ok := w.plain[lang][id]; ok {
		return true
	}
	return len(w.blanks[lang][id]) > 0
}

// say returns the sentence with its blanks filled; "" when there is none.
func (w *words) say(lang, id string, blanks map[string]any) string {
	if text, ok := w.plain[lang][id]; ok {
		return text
	}
	if list, ok := w.cut[lang][id]; ok {
		return fill(list, blanks)
	}
	if !w.has(lang, id) {
		return ""
	}
	cfg := &i18n.LocalizeConfig{MessageID: id, TemplateData: blanks}
	if n, ok := blanks["count"]; ok {
		cfg.PluralCount = n
	}
	text, err := w.local[lang].Localize(cfg)
	if err != nil {
		return ""
	}
	return text
}

func fill(list []segment, blanks map[string]any) string {
	var b strings.Builder
	for _, seg := range list {
		b.WriteString(seg.text)
		switch value := blanks[seg.blank].(type) {
		case string:
			b.WriteString(value)
		case int:
			b.WriteString(strconv.Itoa(value))
		}
	}
	return b.String()
}

// list returns the folded items of a word list of one language.
func (w *words) list(lang, id string) []string { return w.lists[lang][id] }

// listed tells whether folded text is, as a whole, an item of the list in any
// language: an enrollee may mix them.
func (w *words) listed(text, id string) bool { return w.sets[id][text] }

// opens tells whether folded text begins with an item of the list, in any
// language, or is one.
func (w *words) opens(text, id string) bool {
	for at := 0; at >= 0; {
		next := strings.IndexByte(text[at:], ' ')
		if next < 0 {
			return w.sets[id][text]
		}
		at += next
		if w.sets[id][text[:at]] {
			return true
		}
		at++
	}
	return false
}

// onlyIn is the language whose word lists alone hold the folded text as an
// answer or a command, or "" when several or none do.
func (w *words) onlyIn(text string) string {
	found := ""
	for _, lang := range w.languages {
		if !w.own[lang][text] {
			continue
		}
		if found != "" {
			return ""
		}
		found = lang
	}
	return found
}

// onlyPolite tells whether every word of folded text is a polite one.
func (w *words) onlyPolite(text string) bool {
	for word := range strings.SplitSeq(text, " ") {
		if !w.listed(word, "word.polite") {
			return false
		}
	}
	return text != ""
}

// plainly cuts polite words off both ends of folded text, unless nothing else
// is left.
func (w *words) plainly(text string) string {
	for {
		first, rest, more := strings.Cut(text, " ")
		if !more {
			return text
		}
		last := strings.LastIndexByte(text, ' ')
		switch {
		case w.listed(first, "word.polite"):
			text = rest
		case w.listed(text[last+1:], "word.polite"):
			text = text[:last]
		default:
			return text
		}
	}
}

// longDate writes a day as an enrollee reads it, weekday first.
func (w *words) longDate(lang string, d Date) string {
	if d.IsZero() {
		return ""
	}
	return w.say(lang, "date.long", map[string]any{
		"weekday": nth(w.names[lang]["word.weekdays"], (d.Days()+6)%7), // the first day of year 1 was a Monday
		"month":   nth(w.names[lang]["word.months"], int(d.Month)-1),
		"day":     d.Day, "year": d.Year,
	})
}

func nth(list []string, i int) string {
	if i < 0 || i >= len(list) {
		return ""
	}
	return list[i]
}
