package faq

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// clean returns the part of a message that is read: valid UTF-8 in lower case
// without accents, control characters, markup and addresses, at most maxRunes
// long. Of a longer message the first and the last half are kept, joined as two
// sentences. Sentence marks and line ends survive; see sentences.
func clean(text string) string {
	if len(text) > maxBytesIn {
		half := maxBytesIn / 2
		text = text[:half] + "\n" + text[len(text)-half:]
	}
	text = fold(strings.ToValidUTF8(text, " "))
	text = dropMarkup(text)
	if utf8.RuneCountInString(text) > maxRunes {
		r := []rune(text)
		text = string(r[:maxRunes/2]) + "\n" + string(r[len(r)-maxRunes/2:])
	}
	return text
}

// fold lowers the case and takes accents away, also where they came as
// combining marks; apostrophes of every kind become "'", control characters
// blanks.
func fold(s string) string {
	ascii := true
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if !ascii {
		s = norm.NFKD.String(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
		case r == '’' || r == '‘' || r == '´' || r == '`' || r == 'ʼ':
			b.WriteByte('\'')
		case r == '\n' || r == '\r':
			b.WriteByte('\n')
		case unicode.IsControl(r) || r == utf8.RuneError:
			b.WriteByte(' ')
		case r == 'ß':
			b.WriteString("ss")
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// dropMarkup blanks out addresses of web pages and mail, and HTML tags.
func dropMarkup(s string) string {
	if !strings.ContainsAny(s, "<@:") && !strings.Contains(s, "www.") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if s[i] == '<' {
			if j := strings.IndexByte(s[i:], '>'); j > 0 && j < 400 {
				b.WriteByte(' ')
				i += j + 1
				continue
			}
		}
		if i == 0 || s[i-1] == ' ' || s[i-1] == '\n' || s[i-1] == '(' || s[i-1] == '>' {
			j := i
			for j < len(s) && s[j] != ' ' && s[j] != '\n' && s[j] != '<' {
				j++
			}
			if isAddress(s[i:j]) {
				b.WriteByte(' ')
				i = j
				continue
			}
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

// isAddress tells whether a run of characters without blanks is a web or mail address.
func isAddress(w string) bool {
	if strings.Contains(w, "://") || strings.HasPrefix(w, "www.") {
		return true
	}
	at := strings.IndexByte(w, '@')
	return at > 0 && strings.IndexByte(w[at:], '.') > 1
}

// sentences splits cleaned text where a sentence or line ends, leaving out
// those without a letter or digit. At most maxSentences: the first third and
// the last two thirds of them.
func sentences(s string) []string {
	var out []string
	start := 0
	flush := func(end int) {
		if part := strings.TrimSpace(s[start:end]); strings.ContainsFunc(part, isWordRune) {
			out = append(out, part)
		}
	}
	for i, r := range s {
		if r == '\n' || r == '?' || r == '!' || r == ';' || r == '¿' || r == '¡' || r == '。' || r == '？' ||
			(r == '.' && endsSentence(s, i)) {
			flush(i)
			start = i + utf8.RuneLen(r)
		}
	}
	flush(len(s))
	if len(out) > maxSentences {
		head := maxSentences / 3
		out = append(out[:head:head], out[len(out)-(maxSentences-head):]...)
	}
	return out
}

// endsSentence tells a full stop from the one in "$1.150", "u.s." or "dr. lee".
func endsSentence(s string, i int) bool {
	if i+1 < len(s) && s[i+1] != ' ' && s[i+1] != '\n' && s[i+1] != '.' && s[i+1] != '"' {
		return false
	}
	j := i
	for j > 0 && s[j-1] >= 'a' && s[j-1] <= 'z' {
		j--
	}
	w := s[j:i]
	return len(w) != 1 && w != "dr" && w != "mr" && w != "mrs" && w != "ms" && w != "sr" && w != "sra" && w != "st" && w != "vs"
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// words splits cleaned text into words of letters and digits. Apostrophes
// vanish inside a word ("can't" and "cant" are one), every other character
// separates, and a number of more than four digits becomes "#", since which
// number it is tells nothing.
func words(s string) []string {
	out := make([]string, 0, len(s)/5+1)
	var buf [maxWordLetters * utf8.UTFMax]byte
	n, letters, digits := 0, 0, 0
	flush := func() {
		if n > 0 && len(out) < maxWords {
			if digits > 4 && digits == letters {
				out = append(out, "#")
			} else {
				out = append(out, string(buf[:n]))
			}
		}
		n, letters, digits = 0, 0, 0
	}
	for _, r := range s {
		switch {
		case isWordRune(r):
			if letters < maxWordLetters {
				n += utf8.EncodeRune(buf[n:], r)
			}
			if letters++; unicode.IsDigit(r) {
				digits++
			}
		case r == '\'' && n > 0:
		case (r == ',' || r == '.') && digits > 0 && digits == letters:
			// "1,150.00" is one number; at the end of a sentence the blank that
			// follows separates.
		default:
			flush()
		}
	}
	flush()
	return out
}
