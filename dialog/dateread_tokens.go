package dialog

import (
	"math/bits"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// dateToken is a word, a run of digits or a mark of a text.
type dateToken struct {
	role   dateRole // what it can be; 0 for a word that means nothing here
	n      int      // the value of a number, month, weekday, unit …
	digits int      // length of a run of digits, else 0
	mark   byte     // the mark itself, '*' for one of no interest; 0 for words
	glued  bool     // no space before it
}

// maxDateWord is the length of the longest word in the tables, and a bit.
const maxDateWord = 24

// scanDate appends the tokens of text to toks. Case, accents, full-width forms
// and the apostrophes within words do not matter.
func scanDate(toks []dateToken, text string) []dateToken {
	text = firstRunes(text, maxDateRunes)
	if !isASCII(text) {
		text = norm.NFKD.String(text)
	}
	var word [maxDateWord]byte
	n, digits, value := 0, 0, 0 // the open word's letters, the open number's digits
	glued, quoted := false, false
	flush := func() {
		switch {
		case n > 0:
			w := lookupDateWord(word[:min(n, maxDateWord)], n <= maxDateWord)
			toks = append(toks, dateToken{role: w.role, n: w.n, glued: glued})
		case digits > 0:
			toks = append(toks, dateToken{n: value, digits: digits, glued: glued})
		default:
			return
		}
		n, digits, value, glued, quoted = 0, 0, 0, true, false
	}
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
		case r >= '0' && r <= '9':
			if n > 0 {
				flush()
			}
			digits++
			value = min(value*10+int(r-'0'), 1_000_000_000)
		case unicode.IsLetter(r) || r == '°':
			if digits > 0 {
				flush()
			}
			if r == '°' {
				r = 'o'
			}
			if quoted && n > 0 && unicode.ToLower(r) == 's' {
				continue // yesterday's
			}
			quoted = false
			if n < maxDateWord {
				word[n] = asciiLetter(r)
			}
			n++
		case r == '\'' || r == '’' || r == '`' || r == '´' || r == '‘':
			quoted = n > 0
		default:
			flush()
			if unicode.IsSpace(r) {
				glued = false
				continue
			}
			toks = append(toks, dateToken{mark: dateMark(r), glued: glued})
			glued = true
		}
	}
	flush()
	return toks
}

// asciiLetter is the lower case of an ASCII letter; every other letter becomes
// '{', which no word in the tables holds.
func asciiLetter(r rune) byte {
	if r |= 0x20; r >= 'a' && r <= 'z' {
		return byte(r)
	}
	return '{'
}

// dateMark names the marks that the grammar knows.
func dateMark(r rune) byte {
	switch r {
	case '/', '-', '.', ',', ':', '$', '#', '%':
		return byte(r)
	case '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2212':
		return '-'
	case '\u2044', '\u2215':
		return '/'
	case '€', '£', '¢':
		return '$'
	}
	return '*'
}

// firstRunes is the beginning of text, at most n characters of it.
func firstRunes(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for i := range text {
		if n--; n < 0 {
			return text[:i]
		}
	}
	return text
}

// lookupDateWord finds a word in the tables, also one that is misspelled;
// whole is false for a word that is too long to be one.
func lookupDateWord(word []byte, whole bool) dateWord {
	if !whole {
		return dateWord{}
	}
	if w, ok := dateWords[string(word)]; ok {
		return w
	}
	if len(word) < 6 || len(word) > maxSpelled {
		return dateWord{}
	}
	if _, ok := notDateWords[string(word)]; ok {
		return dateWord{}
	}
	letters := letterSet(word)
	for i := range dateSpellings {
		right := &dateSpellings[i]
		limit := 1
		if len(right.text) >= 8 {
			limit = 2
		}
		if word[0] != right.text[0] || bits.OnesCount32(letters^right.letters) > 2*limit {
			continue
		}
		if slips(string(word), right.text, limit) <= limit {
			return dateWords[right.text]
		}
	}
	return dateWord{}
}

// letterSet is the set of letters in a word, one bit each.
func letterSet[T string | []byte](word T) uint32 {
	var set uint32
	for i := range len(word) {
		set |= 1 << ((word[i] - 'a') & 31)
	}
	return set
}

// maxSpelled is the length of the longest word that is compared by spelling.
const maxSpelled = 13

// is tells whether token i exists and is a word of one of the roles.
func (s *dateScan) is(i int, role dateRole) bool {
	return i >= 0 && i < len(s.toks) && s.toks[i].role&role != 0
}

// isUnit tells whether token i is that unit of time.
func (s *dateScan) isUnit(i, unit int) bool { return s.is(i, wUnit) && s.toks[i].n == unit }

// mark returns the mark that token i is, or 0.
func (s *dateScan) mark(i int) byte {
	if i < 0 || i >= len(s.toks) {
		return 0
	}
	return s.toks[i].mark
}

// digits returns how many digits token i has, 0 for anything else.
func (s *dateScan) digits(i int) int {
	if i < 0 || i >= len(s.toks) {
		return 0
	}
	return s.toks[i].digits
}

// glued tells whether token i exists and follows the one before it directly.
func (s *dateScan) glued(i int) bool { return i > 0 && i < len(s.toks) && s.toks[i].glued }

// after returns i, past a token of one of the roles.
func (s *dateScan) after(i int, role dateRole) int {
	if s.is(i, role) {
		i++
	}
	return i
}

// alone tells whether the tokens outside [from, to) add nothing to a date.
func (s *dateScan) alone(from, to int) bool {
	for i := range s.toks {
		if i >= from && i < to {
			continue
		}
		if t := &s.toks[i]; t.mark == 0 && t.role&(wFiller|wThe|wOf|wOn|wIn|wAbout|wHedge) == 0 || t.mark == '$' || t.mark == '%' || t.mark == '#' {
			return false
		}
	}
	return true
}

// ends tells whether what stands at i leaves a number before it complete: the
// end, a mark, or a word that begins something new.
func (s *dateScan) ends(i int) bool {
	if i >= len(s.toks) {
		return true
	}
	switch s.mark(i) {
	case 0:
		return s.is(i, wFollow|wAbout|wHedge) && !s.is(i+1, wHundred) && !s.glued(i)
	case ',', '.':
		return !(s.glued(i) && s.digits(i+1) > 0 && s.glued(i+1))
	case '*':
		return true
	}
	return s.mark(i) == '-' && !s.glued(i)
}
