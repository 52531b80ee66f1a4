package dialog

import (
	"io/fs"
	"slices"
	"strings"
	"unicode"
)

// otherLanguage is a language that the interview does not speak, and the one
// line it says in it.
type otherLanguage struct {
	code    string
	script  *unicode.RangeTable // of its letters, nil for the Latin one
	letters string              // letters that only it has, of several that share a script
	words   []string            // folded words by which it is told
	say     string
	line    int
}

// parseOthers reads other_languages.toml, which may be missing.
func (v *Interview) parseOthers(fsys fs.FS, name string) Defects {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil
	}
	file, top := openTOML(name, src)
	if top == nil {
		return file.defects
	}
	if top.integer("version") != 1 {
		top.defect("version", "version = 1 is the one that this program reads")
	}
	for _, row := range top.tables("language") {
		o := otherLanguage{code: row.needStr("code"), letters: row.str("letters"), say: row.needStr("say"), line: row.line("say")}
		row.needStr("name")
		o.words, _ = splitList(row.str("words"))
		if script := row.str("script"); script != "" {
			if o.script = unicode.Scripts[script]; o.script == nil {
				row.defect("script", "script = %q is no script of Unicode; for example \"Arabic\", \"Han\", \"Cyrillic\"", clip(script))
			}
		}
		if o.script == nil && len(o.words) == 0 {
			row.defect("code", "language %q needs a script or words by which it is told", o.code)
		}
		row.done()
		v.others = append(v.others, o)
	}
	top.done()
	return file.defects
}

// otherLanguage says the one line of the language that the text is written in,
// and where the conversation stands. It returns false when the text is in none
// of them.
func (t *turn) otherLanguage(text string) bool {
	o := t.tongue(text)
	if o == nil {
		return false
	}
	t.sayText(o.say)
	t.repeat()
	return true
}

// tongue finds the language of a text that is none of the interview's own: by
// its script, or by at least two of its words that make up a third of the text.
func (v *Interview) tongue(text string) *otherLanguage {
	text = strings.ToLower(cut(text, maxGuessed))
	words := strings.Fields(fold(text))
	var best *otherLanguage
	for i := range v.others {
		o := &v.others[i]
		switch {
		case o.script != nil && o.byScript(text):
		case o.script == nil && o.byWords(text, words):
		default:
			continue
		}
		if best == nil || o.letters != "" {
			best = o
		}
	}
	return best
}

// byScript tells whether most letters are of the language's script, and some of
// the letters that only it has.
func (o *otherLanguage) byScript(text string) bool {
	of, all := 0, 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			all++
			if unicode.Is(o.script, r) {
				of++
			}
		}
	}
	return of*2 > all && (o.letters == "" || strings.ContainsAny(text, o.letters))
}

func (o *otherLanguage) byWords(text string, words []string) bool {
	known := 0
	for _, word := range words {
		if slices.Contains(o.words, word) {
			known++
		}
	}
	own := 0
	for _, r := range text {
		if o.letters != "" && strings.ContainsRune(o.letters, r) {
			own++
		}
	}
	return known >= 2 && known*3 >= len(words) || own >= 2
}
