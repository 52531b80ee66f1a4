package faq

import (
	"embed"
	"strings"
)

//go:embed words/*.txt
var wordFiles embed.FS

// wordLists is what the package itself knows about a language: nothing of any
// subject, only how people write. A language without files has empty lists and
// is read all the same.
type wordLists struct {
	common  map[string]bool     // everyday words that are never corrected
	telling []string            // words that tell the language
	short   map[string][]string // what is typed for short, and what it stands for
}

// loadWordLists reads the embedded lists of one language.
func loadWordLists(lang string) wordLists {
	l := wordLists{common: map[string]bool{}, short: map[string][]string{}}
	for _, line := range listLines("common", lang) {
		l.common[line] = true
	}
	for _, line := range listLines("telling", lang) {
		l.telling = append(l.telling, strings.Fields(line)...)
	}
	for _, line := range listLines("short", lang) {
		f := strings.Fields(line)
		l.short[f[0]] = f[1:]
	}
	return l
}

// listLines returns the lines of words/<name>.<lang>.txt but comments and blank ones.
func listLines(name, lang string) []string {
	return readLines("words/" + name + "." + lang + ".txt")
}

// readLines returns the lines of an embedded file but comments and blank ones.
func readLines(file string) []string {
	data, err := wordFiles.ReadFile(file)
	if err != nil {
		return nil // no such list for this language
	}
	var out []string
	for line := range strings.SplitSeq(string(data), "\n") {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

// expand replaces what is typed for short.
func (l wordLists) expand(ws []string) []string {
	at := -1
	for i, w := range ws {
		if l.short[w] != nil {
			at = i
			break
		}
	}
	if at < 0 {
		return ws
	}
	out := make([]string, at, len(ws)+4)
	copy(out, ws)
	for _, w := range ws[at:] {
		if full := l.short[w]; full != nil {
			out = append(out, full...)
		} else {
			out = append(out, w)
		}
	}
	return out
}
