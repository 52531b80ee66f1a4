package kb

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
)

// maxAnswer is the longest answer in UTF-16 units, which is how chat platforms
// count. The strictest takes 4,096 a message, and the program adds a few lines.
const maxAnswer = 3500

// Check looks for what a reader would stumble over though every file can be
// read: unknown phone numbers and links, forbidden sentences, related entries
// that do not exist, an id that lacks a language, one phrasing in two places,
// too few phrasings, answers that are hard to read or too long, sets of words that
// cannot work. It returns every defect, sorted by file and line; nil when there is none.
func (b *Base) Check() Defects {
	c := checker{base: b, what: "the answer"}
	c.compile()
	for _, lang := range b.Languages {
		for _, e := range b.Entries[lang] {
			c.answer(e)
			c.related(e)
			c.count(e)
		}
		c.phrasings(lang)
	}
	c.languages()
	c.concepts()
	return c.ds.sorted()
}

// checker is one run of Check.
type checker struct {
	base     *Base
	what     string // is checked: "the answer"
	examples bool   // a number such as 415-555-0123 may show what one looks like
	ds       Defects
	phones   map[string]Phone // by digits
	hosts    []string
	rules    []rule
	names    *regexp.Regexp // those left out of the reading level
}

// rule is a forbidden sentence made ready.
type rule struct {
	Forbidden
	say    *regexp.Regexp
	unless []*regexp.Regexp
}

// compile makes the settings ready. Those of a loaded base compile; of one made
// by hand what does not is reported.
func (c *checker) compile() {
	s := &c.base.Settings
	c.names = nameFinder(s.Exempt)
	c.phones = map[string]Phone{}
	for _, p := range s.KnownPhones {
		c.phones[phoneDigits(p.Phone)] = p
	}
	for _, l := range s.KnownLinks {
		c.hosts = append(c.hosts, hostOf(l))
	}
	for _, f := range s.Forbidden {
		r := rule{Forbidden: f}
		var err error
		if r.say, err = pattern(f.Say); err != nil {
			c.ds.add(f.file, f.line, "forbidden: %v", err)
			continue
		}
		for _, u := range f.Unless {
			re, err := pattern(u)
			if err != nil {
				c.ds.add(f.file, f.line, "forbidden: %v", err)
				continue
			}
			r.unless = append(r.unless, re)
		}
		c.rules = append(c.rules, r)
	}
}

// answer checks the words of one answer.
func (c *checker) answer(e Entry) {
	text, lines := plain(e.Markdown)
	at := func(offset int) int {
		if e.Line == 0 {
			return 0
		}
		return e.Line + lines.at(offset)
	}
	add := func(offset int, format string, args ...any) { c.ds.add(e.name(), at(offset), format, args...) }
	if n := len(utf16.Encode([]rune(text))); n > maxAnswer {
		add(0, "the answer has %d characters; %d is the most that fits into one message: shorten it or make two entries of it", n, maxAnswer)
	}
	if tag := htmlTag.FindString(e.Markdown); tag != "" && strings.Contains(e.Markdown, "</") {
		add(0, "the answer holds HTML (%s): write it without, ** ** makes bold and - makes a bullet", shorten(tag))
	}
	if c.base.Settings.KnownPhones != nil {
		c.numbers(text, add)
	}
	if c.base.Settings.KnownLinks != nil {
		c.links(text, add)
	}
	c.forbidden(text, add)
	c.level(e.Lang, text, add)
}

// level checks how hard an answer is to read.
func (c *checker) level(lang, text string, add func(int, string, ...any)) {
	s := &c.base.Settings
	const remedy = "use shorter sentences and everyday words"
	switch {
	case lang == "en" && s.MaxGrade > 0:
		if g := gradeOf(text, c.names); g > s.MaxGrade {
			add(0, "%s reads at school grade %.1f; %g is the most: %s", c.what, g, s.MaxGrade, remedy)
		}
	case lang == "es" && s.MinInflesz > 0:
		if v := infleszOf(text, c.names); v < s.MinInflesz {
			add(0, "%s reads at INFLESZ %.1f (more is easier); %g is the least: %s", c.what, v, s.MinInflesz, remedy)
		}
	}
}

// forbidden reports each forbidden sentence where it first stands.
func (c *checker) forbidden(text string, add func(int, string, ...any)) {
	folded, from := foldMapped(text)
	for _, r := range c.rules {
		var harmless [][]int
		for _, u := range r.unless {
			harmless = append(harmless, u.FindAllStringIndex(folded, -1)...)
		}
		for _, m := range r.say.FindAllStringSubmatchIndex(folded, -1) {
			m = m[2:4]
			if m[0] == m[1] || slices.ContainsFunc(harmless, func(h []int) bool { return h[0] <= m[0] && m[1] <= h[1] }) {
				continue
			}
			start, end := from[m[0]], len(text)
			if m[1] < len(from) {
				end = from[m[1]]
			}
			add(start, "%s says %q, which no answer may say%s%s", c.what, shorten(text[start:end]),
				prefixed(": ", r.Why), prefixed(". Say instead: ", r.Instead))
			break
		}
	}
}

// prefixed returns s with something before it, "" when there is nothing to say.
func prefixed(before, s string) string {
	if s == "" {
		return ""
	}
	return before + s
}

// related reports ids that no entry of the same language has.
func (c *checker) related(e Entry) {
	for i, id := range e.Related {
		line := e.lineOf(e.lines.related, i)
		switch _, ok := c.base.Entry(id, e.Lang); {
		case id == e.ID:
			c.ds.add(e.name(), line, "related: the entry names itself: take %q out", id)
		case !ok:
			near := nearest(id, c.base.IDs())
			if near != "" && near != id {
				c.ds.add(e.name(), line, "related: there is no entry %q in %q: did you mean %q?", id, e.Lang, near)
			} else {
				c.ds.add(e.name(), line, "related: there is no entry %q in %q: write that entry or take the id out", id, e.Lang)
			}
		}
	}
}

// count reports an entry with too few phrasings.
func (c *checker) count(e Entry) {
	least, ok := c.base.Settings.MinPhrasings[e.Lang]
	if !ok {
		least = c.base.Settings.MinPhrasings[otherLanguages]
	}
	if n := len(e.Phrasings); n < least {
		line := e.lineOf(e.lines.phrasings, 0)
		c.ds.add(e.name(), line, "there are %d phrasings; %d is the least: add more ways in which people ask this, long and short, in their own words", n, least)
	}
}

// place is where a phrasing stands and what it belongs to.
type place struct {
	file  string
	line  int
	owner string
}

func (p place) String() string {
	if p.line == 0 {
		return p.file
	}
	return fmt.Sprintf("%s:%d", p.file, p.line)
}

// phrasings reports a phrasing that stands in two entries, in an entry and a
// list, or in two lists: the reader could not tell which one is meant.
func (c *checker) phrasings(lang string) {
	first := map[string]place{}
	see := func(phrasing string, p place) {
		key := samePhrasing(phrasing)
		if key == "" {
			key = phrasing // a smiley or a script without words is compared as it is
		}
		q, ok := first[key]
		if !ok {
			first[key] = p
			return
		}
		if q.owner != p.owner {
			c.ds.add(p.file, p.line, "the phrasing %q also belongs to %s (%s): keep it in one place", shorten(phrasing), q.owner, q)
		}
	}
	for _, e := range c.base.Entries[lang] {
		owner := "the entry " + e.ID
		see(e.Title, place{e.name(), e.lines.title, owner})
		for i, p := range e.Phrasings {
			see(p, place{e.name(), e.lineOf(e.lines.phrasings, i), owner})
		}
	}
	for _, k := range listNames {
		list := k.of(c.base)[lang]
		spots := c.base.spotsOf(k.name+"."+lang, len(list))
		for i, p := range list {
			s := spots[i]
			if s.file == "" {
				s.file = k.name + "." + lang + ".txt"
			}
			see(p, place{s.file, s.line, "the list " + k.name})
		}
	}
}

// languages reports ids that lack a language.
func (c *checker) languages() {
	for _, id := range c.base.IDs() {
		var there *Entry
		var missing []string
		for _, lang := range c.base.Languages {
			if e, ok := c.base.Entry(id, lang); ok && there == nil {
				there = &e
			} else if !ok {
				missing = append(missing, lang)
			}
		}
		for _, lang := range missing {
			if there != nil {
				c.ds.add(there.name(), 0, "this entry is missing in the language %q: write %s.%s.md beside it", lang, id, lang)
			}
		}
	}
}

// name is the file of an entry for messages.
func (e Entry) name() string {
	if e.File != "" {
		return e.File
	}
	return "entries/" + e.ID + "." + e.Lang + ".md"
}

// lineOf returns the i-th of some lines, the line of the title when it is not known.
func (e Entry) lineOf(lines []int, i int) int {
	if i < len(lines) {
		return lines[i]
	}
	return e.lines.title
}
