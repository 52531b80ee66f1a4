package kb

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Entry is one question of the knowledge base in one language.
type Entry struct {
	ID    string // name of the entry, the same in every language: [a-z0-9-]{1,64}
	Lang  string // language code as in kb.toml: "en", "es"
	Title string // the question as it is shown to people; never empty

	Phrasings []string // ways people ask it; trimmed, one line each, no two alike
	Keywords  []string // words that speak for this entry
	Topic     string   // free grouping word, may be empty
	Source    string   // where the facts come from, for the lawyer who checks them
	Mark      string   // how well the facts are founded (S, V, 2), may be empty
	Related   []string // ids of entries that may be offered afterwards

	Markdown string // the answer as written, without blank lines around it

	File string // where it was read, for messages; empty when it was not read from a file
	Line int    // line of File on which the answer begins, from 1; 0 without a File

	text  string // Text, computed by the parser
	lines entryLines
}

// entryLines tells on which line of its file each part of an entry stands.
type entryLines struct {
	title              int
	phrasings, related []int
}

// Text returns the answer as plain text that suits every channel: paragraphs
// with a blank line between them, bullets as "• ", links as their address, no
// markup. For an entry read by [Load] or [ParseEntry] it is computed once, there.
func (e Entry) Text() string {
	if e.text != "" {
		return e.text
	}
	return PlainText(e.Markdown)
}

// Base is a whole knowledge base. Treat one that came from [Load] or [Overlay]
// as read-only: it may be shared between goroutines, and its slices and maps
// between bases.
type Base struct {
	Languages []string           // language codes, in the order of kb.toml
	Entries   map[string][]Entry // by language, sorted by ID

	// The phrasings of the list files, by language.
	Near      map[string][]string // questions close to the entries that none of them answers
	Crisis    map[string][]string // messages of people in danger
	Human     map[string][]string // messages that ask for a person
	SmallTalk map[string][]string // greetings, thanks and the like

	// Sets of words that mean roughly the same, in any language: one a line, the
	// words parted by blanks, as the package comment describes.
	Concepts []string

	Settings Settings // kb.toml

	conceptSpots []spot            // where each set was read
	spots        map[string][]spot // where each phrasing of a list was read, by list and language ("near.en")
}

// spot is a place in a file.
type spot struct {
	file string
	line int
}

// Entry returns the entry with this id in exactly this language.
func (b *Base) Entry(id, lang string) (Entry, bool) {
	es := b.Entries[lang]
	i, ok := slices.BinarySearchFunc(es, id, func(e Entry, id string) int { return strings.Compare(e.ID, id) })
	if !ok {
		return Entry{}, false
	}
	return es[i], true
}

// IDs returns the ids of all entries in all languages, sorted, each once.
func (b *Base) IDs() []string {
	seen := map[string]bool{}
	for _, es := range b.Entries {
		for _, e := range es {
			seen[e.ID] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Overlay returns a new base: an entry of over takes the place of base's entry
// with the same id and language or is added, the lists and sets of words of over
// follow those of base, and the settings are merged as [Settings] describes. Neither argument is
// changed.
func Overlay(base, over *Base) *Base {
	out := &Base{
		Languages: appendNew(base.Languages, over.Languages),
		Entries:   map[string][]Entry{},
		Settings:  base.Settings.merge(over.Settings),
		spots:     map[string][]spot{},
	}
	if len(base.Concepts)+len(over.Concepts) > 0 {
		out.Concepts = slices.Concat(base.Concepts, over.Concepts)
		out.conceptSpots = slices.Concat(base.conceptSpotsOf(), over.conceptSpotsOf())
	}
	for _, lang := range out.Languages {
		byID := map[string]Entry{}
		for _, e := range base.Entries[lang] {
			byID[e.ID] = e
		}
		for _, e := range over.Entries[lang] {
			byID[e.ID] = e
		}
		if len(byID) == 0 {
			continue
		}
		out.Entries[lang] = slices.SortedFunc(maps.Values(byID), func(x, y Entry) int { return strings.Compare(x.ID, y.ID) })
	}
	for _, l := range listNames {
		merged := map[string][]string{}
		for _, lang := range out.Languages {
			below, above := l.of(base)[lang], l.of(over)[lang]
			if len(below)+len(above) == 0 {
				continue
			}
			merged[lang] = slices.Concat(below, above)
			key := l.name + "." + lang
			out.spots[key] = slices.Concat(base.spotsOf(key, len(below)), over.spotsOf(key, len(above)))
		}
		l.set(out, merged)
	}
	return out
}

// spotsOf returns n places for a list, unknown ones when the list was not read from a file.
func (b *Base) spotsOf(key string, n int) []spot {
	if s := b.spots[key]; len(s) == n {
		return s
	}
	return make([]spot, n)
}

// Fingerprint returns a hexadecimal SHA-256 over everything that can influence
// how a message is read and answered: languages, entries, lists and sets of words
// with their order. Where something was read, its source and its mark do not count. Two
// bases with the same fingerprint may share a cached reader.
func (b *Base) Fingerprint() string {
	type entry struct {
		ID, Lang, Title, Topic       string
		Phrasings, Keywords, Related []string
		Markdown                     string
	}
	h := sha256.New()
	enc := json.NewEncoder(h) // a Hash never fails to be written to
	put := func(v any) {
		if err := enc.Encode(v); err != nil {
			panic("kb: fingerprint: " + err.Error()) // strings always encode
		}
	}
	put([]string{"kb-2"})
	put(b.Languages)
	for _, lang := range b.Languages {
		for _, e := range b.Entries[lang] {
			put(entry{e.ID, e.Lang, e.Title, e.Topic, orEmpty(e.Phrasings), orEmpty(e.Keywords), orEmpty(e.Related), e.Markdown})
		}
		for _, l := range listNames {
			put([]string{l.name, lang})
			put(orEmpty(l.of(b)[lang]))
		}
	}
	put([]string{conceptsFile})
	put(orEmpty(b.Concepts))
	return hex.EncodeToString(h.Sum(nil))
}

// listKind is one of the four list files: its name and where it lives in a base.
type listKind struct {
	name string
	of   func(*Base) map[string][]string
	set  func(*Base, map[string][]string)
}

// listNames is the closed set of list files, in the order in which they are read.
var listNames = [...]listKind{
	{"near", func(b *Base) map[string][]string { return b.Near }, func(b *Base, m map[string][]string) { b.Near = m }},
	{"crisis", func(b *Base) map[string][]string { return b.Crisis }, func(b *Base, m map[string][]string) { b.Crisis = m }},
	{"human", func(b *Base) map[string][]string { return b.Human }, func(b *Base, m map[string][]string) { b.Human = m }},
	{"smalltalk", func(b *Base) map[string][]string { return b.SmallTalk }, func(b *Base, m map[string][]string) { b.SmallTalk = m }},
}

// appendNew returns a followed by those elements of b that a does not have.
func appendNew[T comparable](a, b []T) []T {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// orEmpty makes nil and empty lists look the same.
func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
