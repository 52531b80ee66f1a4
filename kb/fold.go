package kb

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fold makes texts comparable that people read as the same: small letters, no
// accents, no apostrophes, simple spaces. Line ends and other punctuation stay.
func fold(s string) string {
	f, _ := foldMapped(s)
	return f
}

// foldMapped folds s and tells for each byte of the result the byte of s that it comes from.
func foldMapped(s string) (string, []int) {
	var b strings.Builder
	from := make([]int, 0, len(s))
	for i, r := range s {
		start := b.Len()
		switch {
		case strings.ContainsRune("'’‘ʼ`´", r):
		case r != '\n' && unicode.IsSpace(r):
			b.WriteByte(' ')
		case r < unicode.MaxASCII:
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteString(stripAccents(string(unicode.ToLower(r))))
		}
		for range b.Len() - start {
			from = append(from, i)
		}
	}
	return b.String(), from
}

// stripAccents takes the marks off letters and leaves the rest alone.
func stripAccents(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// samePhrasing is equal for two phrasings that differ in case, accents and punctuation only.
func samePhrasing(s string) string {
	return strings.Join(foldedWord.FindAllString(fold(s), -1), " ")
}
