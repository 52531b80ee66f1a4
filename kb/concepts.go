package kb

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// conceptsFile is the file of the sets of words. It has no language: a set holds
// the words of every language.
const conceptsFile = "concepts.txt"

// noMeaning, at the beginning of a set, says that its words mean nothing by themselves.
const noMeaning = "-"

// minStem is how many letters must stand before the "*" of a word: a shorter
// beginning would take in words that have nothing to do with one another.
const minStem = 3

// concepts reads the file of the sets of words.
func (l *loader) concepts() {
	out, spots, ok := l.lines(conceptsFile, "set of words")
	if !ok || len(out) == 0 {
		return
	}
	l.base.Concepts, l.base.conceptSpots = out, spots
}

// conceptSpotsOf returns the places of the sets, unknown ones when they were not read from a file.
func (b *Base) conceptSpotsOf() []spot {
	if len(b.conceptSpots) == len(b.Concepts) {
		return b.conceptSpots
	}
	return make([]spot, len(b.Concepts))
}

// concepts reports words that no message can hold, and words in two sets: the
// reader could not tell which set is meant.
func (c *checker) concepts() {
	spots := c.base.conceptSpotsOf()
	first := map[string]int{}
	for i, set := range c.base.Concepts {
		file, line := spots[i].file, spots[i].line
		if file == "" {
			file = conceptsFile
		}
		words := strings.Fields(set)
		if len(words) > 0 && words[0] == noMeaning {
			words = words[1:]
		}
		if len(words) == 0 {
			c.ds.add(file, line, "the set has no words: write some or take the line out")
		}
		for _, w := range words {
			stem, isStem := strings.CutSuffix(w, "*")
			switch at, seen := first[w]; {
			case strings.ContainsFunc(stem, notInWords) || fold(stem) != stem || stem == "":
				c.ds.add(file, line, "no message can hold the word %q: write small letters without accents, and * only at the end", shorten(w))
			case isStem && utf8.RuneCountInString(stem) < minStem:
				c.ds.add(file, line, "%q is too short: at least %d letters must stand before the *", w, minStem)
			case seen && at != i && spots[at].line != 0:
				c.ds.add(file, line, "the word %q is already in the set on line %d: keep it in one", w, spots[at].line)
			case seen && at != i:
				c.ds.add(file, line, "the word %q is already in another set: keep it in one", w)
			case seen:
				c.ds.add(file, line, "the word %q is twice in this set: take one out", w)
			default:
				first[w] = i
			}
		}
	}
}

// notInWords tells characters that separate words or vanish from them.
func notInWords(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// conceptsText returns the text of the file, proved to read back the same.
func conceptsText(sets []string) ([]byte, error) {
	if i := slices.IndexFunc(sets, notALine); i >= 0 {
		return nil, errNotALine("the sets of words", sets[i])
	}
	return []byte(strings.Join(sets, "\n") + "\n"), nil
}
