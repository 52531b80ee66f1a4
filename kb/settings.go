package kb

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Settings is what kb.toml says beside the languages. Each check is off when its
// value is absent. In an overlay lists are added to those below, numbers replace them.
type Settings struct {
	KnownPhones  []Phone        // nil: phone numbers are not checked
	KnownLinks   []string       // host names; nil: links are not checked
	Forbidden    []Forbidden    // what no answer may say
	MaxGrade     float64        // highest Flesch-Kincaid grade of an English answer; 0: not checked
	MinInflesz   float64        // lowest INFLESZ value of a Spanish answer; 0: not checked
	MinPhrasings map[string]int // fewest phrasings of an entry, by language, for the others under "default"; nil: not checked
	Exempt       []string       // names left out of the reading level
}

// Phone is a number that answers may give.
type Phone struct {
	Phone  string   // as it is written in answers: "1-888-466-2219"
	Name   string   // whose number it is
	Called []string // the names by which answers call its owner; with any, one must stand in the paragraph of the number
	Source string   // where the number comes from
	Mark   string   // how well it is founded
}

// Forbidden is something that no answer may say.
type Forbidden struct {
	Say     string   // the words; "*" stands for up to five words; "/…/" is a regular expression
	Unless  []string // longer wordings in which they are harmless
	Why     string   // the reason, told with the defect
	Instead string   // what to say in their place

	file string
	line int
}

// merge returns s with over laid on top.
func (s Settings) merge(over Settings) Settings {
	byNumber := func(p Phone) string { return phoneDigits(p.Phone) }
	bySay := func(f Forbidden) string { return f.Say }
	out := Settings{
		KnownPhones: replaceSame(s.KnownPhones, over.KnownPhones, byNumber),
		KnownLinks:  appendNew(s.KnownLinks, over.KnownLinks),
		Forbidden:   replaceSame(s.Forbidden, over.Forbidden, bySay),
		MaxGrade:    cmp.Or(over.MaxGrade, s.MaxGrade),
		MinInflesz:  cmp.Or(over.MinInflesz, s.MinInflesz),
		Exempt:      appendNew(s.Exempt, over.Exempt),
	}
	if s.MinPhrasings != nil || over.MinPhrasings != nil {
		out.MinPhrasings = map[string]int{}
		maps.Copy(out.MinPhrasings, s.MinPhrasings)
		maps.Copy(out.MinPhrasings, over.MinPhrasings)
	}
	return out
}

// replaceSame returns a with b's elements in the place of those with the same key, the others behind.
func replaceSame[T any](a, b []T, key func(T) string) []T {
	out := slices.Clone(a)
	for _, x := range b {
		if i := slices.IndexFunc(out, func(y T) bool { return key(x) == key(y) }); i >= 0 {
			out[i] = x
		} else {
			out = append(out, x)
		}
	}
	return out
}

// settingsKeys are the keys of kb.toml.
var settingsKeys = [...]string{"languages", "known_phones", "known_links", "forbidden",
	"max_grade", "min_inflesz", "min_phrasings", "exempt"}

// parseSettings reads kb.toml. The languages are nil when it does not name any.
func parseSettings(file string, src []byte, ds *Defects) ([]string, Settings) {
	var s Settings
	text, ok := cleanText(file, src, ds)
	if !ok {
		return nil, s
	}
	table := parseTOML([]byte(text), file, 1, ds)
	if table == nil {
		return nil, s
	}
	r := tomlReader{file, table, ds}
	r.known(settingsKeys[:]...)
	s.KnownPhones = r.phones()
	s.Forbidden = r.forbidden()
	s.MaxGrade = r.positive("max_grade")
	s.MinInflesz = r.positive("min_inflesz")
	s.MinPhrasings = r.minPhrasings()
	s.Exempt = r.names("exempt")
	s.KnownLinks, _ = r.texts("known_links")
	return r.languages(), s
}

func (r tomlReader) languages() []string {
	langs, lines := r.texts("languages")
	var out []string
	for i, l := range langs {
		switch {
		case !langForm.MatchString(l):
			r.ds.add(r.file, lines[i], "languages: %q is not a language code: write two or three small letters, like \"en\"", l)
		case slices.Contains(out, l):
			r.ds.add(r.file, lines[i], "languages: %q is there twice: take one out", l)
		default:
			out = append(out, l)
		}
	}
	return out
}

func (r tomlReader) phones() []Phone {
	var out []Phone
	for _, v := range r.items("known_phones") {
		p := Phone{Phone: strings.TrimSpace(v.str)}
		line := v.line
		if v.kind == "table" {
			t := tomlReader{r.file, v, r.ds}
			t.known("phone", "name", "called", "source", "mark")
			var at int
			if p.Phone, at = t.text("phone"); at > 0 {
				line = at
			}
			p.Name, _ = t.text("name")
			p.Called = t.names("called")
			p.Source, _ = t.text("source")
			p.Mark, _ = t.text("mark")
		}
		if phoneDigits(p.Phone) == "" {
			r.ds.add(r.file, line, "known_phones: %q is not a phone number: write it like 1-888-466-2219", p.Phone)
			continue
		}
		same := func(q Phone) bool { return phoneDigits(q.Phone) == phoneDigits(p.Phone) }
		if slices.ContainsFunc(out, same) {
			r.ds.add(r.file, line, "known_phones: %s is there twice: take one out", p.Phone)
			continue
		}
		out = append(out, p)
	}
	if _, ok := r.table.get("known_phones"); ok && out == nil {
		out = []Phone{} // an empty list allows no number at all
	}
	return out
}

func (r tomlReader) forbidden() []Forbidden {
	var out []Forbidden
	for _, v := range r.items("forbidden") {
		f := Forbidden{Say: strings.TrimSpace(v.str), file: r.file, line: v.line}
		if v.kind == "table" {
			t := tomlReader{r.file, v, r.ds}
			t.known("say", "unless", "why", "instead")
			var at int
			if f.Say, at = t.text("say"); at > 0 {
				f.line = at
			}
			f.Unless = t.names("unless")
			f.Why, _ = t.text("why")
			f.Instead, _ = t.text("instead")
		}
		for _, p := range append([]string{f.Say}, f.Unless...) {
			if err := patternDefect(p); err != nil {
				r.ds.add(r.file, f.line, "forbidden: %v", err)
			}
		}
		out = append(out, f)
	}
	return out
}

// names returns a list of texts that may as well be absent as empty.
func (r tomlReader) names(key string) []string {
	out, _ := r.texts(key)
	return nilIfEmpty(out)
}

// items returns the elements of a list that holds texts or tables.
func (r tomlReader) items(name string) (out []*tomlValue) {
	v, ok := r.table.get(name)
	if !ok {
		return nil
	}
	if v.kind != "list" {
		r.ds.add(r.file, v.line, "%s must be a list: [[%s]] before each group of lines, or %s = [\"…\", \"…\"]", name, name, name)
		return nil
	}
	for i := range v.list {
		if x := &v.list[i]; x.kind == "text" || x.kind == "table" {
			out = append(out, x)
		} else {
			r.ds.add(r.file, x.line, "%s must hold texts in quotes, and here is a %s", name, x.kind)
		}
	}
	return out
}

// otherLanguages is the key of min_phrasings for languages that are not named.
const otherLanguages = "default"

// minPhrasings reads one number for all languages or one for each.
func (r tomlReader) minPhrasings() map[string]int {
	const key = "min_phrasings"
	v, ok := r.table.get(key)
	if !ok {
		return nil
	}
	if v.kind != "table" {
		if n := r.whole(key); n > 0 {
			return map[string]int{otherLanguages: n}
		}
		return nil
	}
	var out map[string]int
	for _, k := range v.keys {
		if k.name != otherLanguages && !langForm.MatchString(k.name) {
			r.ds.add(r.file, k.line, "%s: %q is not a language code: write it like { en = 40, es = 30 }", key, k.name)
			continue
		}
		if n := (tomlReader{r.file, v, r.ds}).whole(k.name); n > 0 {
			if out == nil {
				out = map[string]int{}
			}
			out[k.name] = n
		}
	}
	return out
}

// whole returns a number of things, 0 when it is absent or wrong.
func (r tomlReader) whole(name string) int {
	n := r.positive(name)
	if n != math.Trunc(n) {
		v, _ := r.table.get(name)
		r.ds.add(r.file, v.line, "%s must be a whole number", name)
		return 0
	}
	return int(n)
}

// maxGaps bounds the work that one forbidden sentence can ask for.
const maxGaps = 5

// patternDefect tells what is wrong with the words of a forbidden sentence, nil when nothing is.
func patternDefect(s string) error {
	if n := utf8.RuneCountInString(s); n > maxPhrasing {
		return fmt.Errorf("%q has %d characters; %d is the most", shorten(s), n, maxPhrasing)
	}
	if body, ok := between(s); ok {
		if _, err := compileBody(body); err != nil {
			return fmt.Errorf("%q is not a regular expression (%w): take the slashes off to look for plain words", s, err)
		}
		return nil
	}
	if strings.Count(s, "*") > maxGaps {
		return fmt.Errorf("%q holds more than %d asterisks", s, maxGaps)
	}
	if !foldedWord.MatchString(fold(s)) {
		return fmt.Errorf("%q holds no words to look for", s)
	}
	return nil
}

// between returns what stands between slashes.
func between(s string) (string, bool) {
	body, ok := strings.CutPrefix(s, "/")
	body, end := strings.CutSuffix(body, "/")
	return body, ok && end && body != ""
}

// compileBody compiles a regular expression for folded text, which has no accents.
func compileBody(body string) (*regexp.Regexp, error) {
	return regexp.Compile("(?i)(" + stripAccents(body) + ")")
}

// pattern makes a regular expression for folded text out of what a person
// wrote: plain words, "*" for up to five words, or a regular expression between
// slashes. Words match as whole words, whatever stands between them but a line
// end. Group 1 is what was looked for.
func pattern(s string) (*regexp.Regexp, error) {
	if err := patternDefect(s); err != nil {
		return nil, err
	}
	if body, ok := between(s); ok {
		return compileBody(body)
	}
	const gap = `[^\pL\pN\n]{1,3}`
	var b strings.Builder
	words := 0
	for _, part := range strings.Split(fold(s), "*") {
		if words > 0 {
			b.WriteString(`(?:[^\pL\pN\n.!?]{1,3}[\pL\pN%$]+){0,5}`)
		}
		for _, w := range foldedWord.FindAllString(part, -1) {
			if words > 0 {
				b.WriteString(gap)
			}
			b.WriteString(regexp.QuoteMeta(w))
			words++
		}
	}
	return regexp.Compile(`(?:^|[^\pL\pN])(` + b.String() + `)(?:$|[^\pL\pN%])`)
}

var foldedWord = regexp.MustCompile(`\$?[\pL\pN]+%?`)
