package kb

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits: each keeps one careless or hostile file from taking the program down,
// and is far above what an honest entry needs.
const (
	maxFile     = 256 << 10 // bytes of one file
	maxEntries  = 10_000    // files in entries/
	maxTitle    = 200       // characters; a title is a button or a heading
	maxPhrasing = 1_000     // characters; the longest story people send as one question
	maxList     = 20_000    // lines of a list file
)

// fence is the line that opens and closes the front matter.
const fence = "+++"

var (
	idForm   = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)
	langForm = regexp.MustCompile(`^[a-z]{2,3}$`)
)

// entryKeys are the keys of the front matter.
var entryKeys = [...]string{"title", "topic", "source", "mark", "keywords", "related", "phrasings"}

// ParseEntry reads one entry from the text of its file. The name must end in
// <id>.<lang>.md and is used in messages. The error is [Defects].
func ParseEntry(name string, src []byte) (Entry, error) {
	var ds Defects
	e := parseEntry(name, src, &ds)
	if len(ds) > 0 {
		return Entry{}, ds.sorted()
	}
	return e, nil
}

func parseEntry(name string, src []byte, ds *Defects) Entry {
	e := Entry{File: name}
	var ok bool
	if e.ID, e.Lang, ok = splitName(name); !ok {
		ds.add(name, 0, "the file must be named <id>.<language>.md, like lost-job.en.md: the id in small letters a-z, digits and hyphens (64 at most), the language in two or three letters")
		return e
	}
	text, ok := cleanText(name, src, ds)
	if !ok {
		return e
	}
	front, body, bodyLine, ok := splitFront(name, text, ds)
	if !ok {
		return e
	}
	e.Markdown, e.Line = trimBody(body, bodyLine)
	if e.text = PlainText(e.Markdown); e.text == "" {
		ds.add(name, bodyLine-1, "the answer is empty: write it below the second %s line", fence)
	}
	if table := parseTOML([]byte(front), name, 2, ds); table != nil {
		e.readFront(tomlReader{name, table, ds})
	}
	return e
}

// splitName takes an entry's id and language from the name of its file.
func splitName(name string) (id, lang string, ok bool) {
	name = name[strings.LastIndexByte(name, '/')+1:]
	stem, ok := strings.CutSuffix(name, ".md")
	id, lang, found := strings.Cut(stem, ".")
	return id, lang, ok && found && idForm.MatchString(id) && langForm.MatchString(lang)
}

// cleanText checks that src is text that can be shown and gives it simple line
// ends. Editors on Windows put a mark before the text and "\r\n" behind each line.
func cleanText(file string, src []byte, ds *Defects) (string, bool) {
	if len(src) > maxFile {
		ds.add(file, 0, "the file has %d bytes; %d is the most: split it or shorten it", len(src), maxFile)
		return "", false
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	text := strings.ReplaceAll(string(src), "\r\n", "\n")
	ok := true
	for i, line := range strings.Split(text, "\n") {
		switch bad := strings.IndexFunc(line, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }); {
		case !utf8.ValidString(line):
			ds.add(file, i+1, "this line is not in UTF-8: save the file with the encoding UTF-8")
			ok = false
		case bad >= 0:
			ds.add(file, i+1, "there is an invisible control character (%U) in this line: type the line anew", firstRune(line[bad:]))
			ok = false
		}
	}
	return text, ok
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// splitFront takes a file apart at the lines "+++". bodyLine is the line after the second.
func splitFront(file, text string, ds *Defects) (front, body string, bodyLine int, ok bool) {
	lines := strings.Split(text, "\n")
	if strings.TrimRight(lines[0], " \t") != fence {
		ds.add(file, 1, "the file must begin with a line %s, then title and phrasings, then a line %s, then the answer", fence, fence)
		return "", "", 0, false
	}
	for i := 1; i < len(lines); i++ {
		if strings.TrimRight(lines[i], " \t") == fence {
			return strings.Join(lines[1:i], "\n"), strings.Join(lines[i+1:], "\n"), i + 2, true
		}
	}
	ds.add(file, len(lines), "the second line %s is missing: put it between the phrasings and the answer", fence)
	return "", "", 0, false
}

// trimBody takes blank lines off both ends; line is where the rest begins.
func trimBody(body string, line int) (string, int) {
	for {
		first, rest, more := strings.Cut(body, "\n")
		if strings.TrimSpace(first) != "" || !more {
			break
		}
		body, line = rest, line+1
	}
	return strings.TrimRightFunc(body, unicode.IsSpace), line
}

// readFront fills in what the front matter says.
func (e *Entry) readFront(r tomlReader) {
	r.known(entryKeys[:]...)
	e.Title, e.lines.title = r.text("title")
	switch {
	case e.lines.title == 0:
		r.ds.add(r.file, 1, "the title is missing: add a line title = \"…\" with the question as people should see it")
	case e.Title == "":
		r.ds.add(r.file, e.lines.title, "the title must be a text that is not empty: the question as people should see it")
	}
	r.oneLine(e.Title, e.lines.title, "title", maxTitle)
	e.Topic, _ = r.text("topic")
	e.Source, _ = r.text("source")
	e.Mark, _ = r.text("mark")
	e.Phrasings, e.lines.phrasings = r.texts("phrasings")
	r.phrasings(e.Phrasings, e.lines.phrasings)
	e.Phrasings = nilIfEmpty(e.Phrasings)
	var lines []int
	e.Keywords, lines = r.texts("keywords")
	for i, k := range e.Keywords {
		r.oneLine(k, lines[i], "keyword", maxPhrasing)
	}
	e.Keywords = nilIfEmpty(e.Keywords)
	e.Related, e.lines.related = r.texts("related")
	for i, id := range e.Related {
		if !idForm.MatchString(id) {
			r.ds.add(r.file, e.lines.related[i], "related: %q is not the id of an entry: write the name of its file without language and .md", id)
		}
	}
	e.Related = nilIfEmpty(e.Related)
}

// phrasings reports those that are empty, too long or there twice.
func (r tomlReader) phrasings(ps []string, lines []int) {
	first := make(map[string]int, len(ps))
	for i, p := range ps {
		if p == "" {
			r.ds.add(r.file, lines[i], "a phrasing is empty: write one or take the quotes out")
			continue
		}
		r.oneLine(p, lines[i], "phrasing", maxPhrasing)
		key := strings.ToLower(strings.Join(strings.Fields(p), " "))
		if at, ok := first[key]; ok {
			r.ds.add(r.file, lines[i], "the phrasing %q is already there on line %d: take one out", shorten(p), at)
			continue
		}
		first[key] = lines[i]
	}
}

// oneLine reports a text that is too long or has line ends.
func (r tomlReader) oneLine(s string, line int, what string, limit int) {
	if strings.ContainsFunc(s, unicode.IsControl) {
		r.ds.add(r.file, line, "the %s must be one line without tabs", what)
	}
	if n := utf8.RuneCountInString(s); n > limit {
		r.ds.add(r.file, line, "the %s has %d characters; %d is the most: shorten it", what, n, limit)
	}
}

// shorten keeps a quoted text from filling the screen.
func shorten(s string) string {
	const limit = 60
	if r := []rune(s); len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return s
}

// nilIfEmpty makes a list that is absent and one that is empty the same.
func nilIfEmpty(s []string) []string {
	if len(s) == 0 {
		return nil
	}
	return s
}
