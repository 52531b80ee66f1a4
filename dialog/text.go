package dialog

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// clean makes typed text safe to keep and to show: valid UTF-8, no control or
// invisible formatting characters but line breaks, at most limit characters.
func clean(text string, limit int) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.ToValidUTF8(text, " ") {
		switch {
		case r == '\n':
		case r == '\r', r == '\t', r == '\u00a0':
			r = ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs):
			continue
		}
		if n++; n > limit {
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// fold reduces text to what matters for recognising it: lower case, no
// accents, words of letters and digits parted by single spaces.
func fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	if !isASCII(text) {
		text = norm.NFD.String(text)
	}
	gap := false
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’':
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(unicode.ToLower(r))
		default:
			gap = true
		}
	}
	return b.String()
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// countWords counts the words of folded text.
func countWords(folded string) int {
	if folded == "" {
		return 0
	}
	return strings.Count(folded, " ") + 1
}

// holdsPhrase tells whether folded text holds the folded phrase as whole words.
func holdsPhrase(text, phrase string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], phrase)
		if i < 0 {
			return false
		}
		i += from
		end := i + len(phrase)
		if (i == 0 || text[i-1] == ' ') && (end == len(text) || text[end] == ' ') {
			return true
		}
		from = i + 1
	}
}

// maxCompared is the length of the longest texts that slips are counted in.
const maxCompared = 60

// slips is the number of typing slips (letters wrong, missing, extra or
// swapped) between two folded texts, counted no further than limit+1.
func slips(a, b string, limit int) int {
	if a == b {
		return 0
	}
	if d := utf8.RuneCountInString(a) - utf8.RuneCountInString(b); d > limit || -d > limit {
		return limit + 1
	}
	var room [3][maxCompared + 1]int
	var letters [2][maxCompared]rune
	ra, rb := letters[0][:0], letters[1][:0]
	for _, r := range a {
		ra = append(ra, r)
	}
	for _, r := range b {
		rb = append(rb, r)
	}
	if len(ra) > maxCompared || len(rb) > maxCompared {
		return limit + 1
	}
	before, last, next := room[0][:len(rb)+1], room[1][:len(rb)+1], room[2][:len(rb)+1]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(ra); i++ {
		next[0] = i
		for j := 1; j <= len(rb); j++ {
			cost := 1
			if ra[i-1] == rb[j-1] {
				cost = 0
			}
			next[j] = min(last[j]+1, next[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && ra[i-1] == rb[j-2] && ra[i-2] == rb[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, last, next = last, next, before
	}
	return min(last[len(rb)], limit+1)
}

// nearly tells whether folded text is a name with slips: as many words, short
// words letter by letter (a slip would turn "can" into "cant"), two slips in
// all at the most. It returns how many.
func nearly(text, name string) (int, bool) {
	if countWords(text) != countWords(name) {
		return 0, false
	}
	sum := 0
	for text != "" {
		var a, b string
		a, text, _ = strings.Cut(text, " ")
		b, name, _ = strings.Cut(name, " ")
		if a == b {
			continue
		}
		limit := min(allowedSlips(a), allowedSlips(b))
		n := slips(a, b, limit)
		if n > limit {
			return 0, false
		}
		sum += n
	}
	return sum, sum <= 2
}

// allowedSlips is how many slips a word of that length may hold and still be
// taken for another.
func allowedSlips(word string) int {
	switch n := utf8.RuneCountInString(word); {
	case n < 4:
		return 0
	case n < 8:
		return 1
	default:
		return 2
	}
}
