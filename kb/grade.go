package kb

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Grade returns the Flesch-Kincaid grade of an English text: the American
// school year in which it can be read. An empty text has grade 0.
//
//	0.39 × words/sentence + 11.8 × syllables/word − 15.59
//
// A sentence ends at . ! ? : ; and at every line end, so that each bullet is one.
// Phone numbers, addresses and figures are not words. Each name in exempt (of an
// agency, a law, a form) counts as one word of one syllable: nobody can choose a
// shorter one. The syllables are estimated from the spelling.
func Grade(text string, exempt []string) float64 {
	return gradeOf(text, nameFinder(exempt))
}

// gradeOf is Grade with the names made ready.
func gradeOf(text string, names *regexp.Regexp) float64 {
	m := measure(text, names, englishSyllables)
	if m.words == 0 {
		return 0
	}
	return 0.39*m.perSentence() + 11.8*m.perWord() - 15.59
}

// Inflesz returns the Szigriszt-Pazos value of a Spanish text, which the INFLESZ
// scale grades: below 40 very hard, 40–55 rather hard, 55–65 normal, 65–80 rather
// easy, above 80 very easy. An empty text has 100. Sentences, words and exempt
// names are counted as in [Grade].
//
//	206.835 − 62.3 × syllables/word − words/sentence
func Inflesz(text string, exempt []string) float64 {
	return infleszOf(text, nameFinder(exempt))
}

// infleszOf is Inflesz with the names made ready.
func infleszOf(text string, names *regexp.Regexp) float64 {
	m := measure(text, names, spanishSyllables)
	if m.words == 0 {
		return 100
	}
	return 206.835 - 62.3*m.perWord() - m.perSentence()
}

// measured is what both formulas are made of.
type measured struct{ sentences, words, syllables int }

func (m measured) perSentence() float64 { return float64(m.words) / float64(m.sentences) }
func (m measured) perWord() float64     { return float64(m.syllables) / float64(m.words) }

// nameMark stands for an exempt name: a letter that no text holds.
const nameMark = "\ue000"

var (
	// wordLike is letters, joined by apostrophes or hyphens.
	wordLike = regexp.MustCompile(`[\pL\pM` + nameMark + `]+(?:['’-][\pL\pM` + nameMark + `]+)*`)
	// figure is a number with what belongs to it: 30, 60%, $1,000, 1374.30, 2:30, 1st.
	figure = regexp.MustCompile(`[$€]?\d(?:[\d.,:/-]*\d)?(?:%|st\b|nd\b|rd\b|th\b|[ºª])?`)
	// sentenceEnd is marks that end a sentence, with what closes after them.
	sentenceEnd = regexp.MustCompile(`[.!?:;…]+["'”’»)\]]*(?:\s|$)`)
	// abbreviation is a stop that ends no sentence: U.S. and Dr. and p. m.
	abbreviation = regexp.MustCompile(`(?i)(?:^|[^\pL])(?:\pL|dr|dra|mr|mrs|ms|sr|sra|srta|st|vs|ud|uds)\.$`)
)

// measure counts sentences, words and syllables.
func measure(text string, names *regexp.Regexp, syllables func(string) int) measured {
	text = replaceNames(text, names)
	text = linkLike.ReplaceAllString(text, " ")
	text = phoneLike.ReplaceAllString(text, " ")
	text = figure.ReplaceAllString(text, " ")
	var m measured
	for _, line := range strings.Split(text, "\n") {
		for _, s := range sentences(line) {
			words := wordLike.FindAllString(s, -1)
			if len(words) == 0 {
				continue
			}
			m.sentences++
			m.words += len(words)
			for _, w := range words {
				m.syllables += wordSyllables(w, syllables)
			}
		}
	}
	return m
}

// sentences cuts a line after each mark that ends a sentence.
func sentences(line string) []string {
	var out []string
	from := 0
	for _, m := range sentenceEnd.FindAllStringIndex(line, -1) {
		if line[m[0]] == '.' && abbreviation.MatchString(line[from:m[0]+1]) {
			continue
		}
		out = append(out, line[from:m[1]])
		from = m[1]
	}
	return append(out, line[from:])
}

// nameFinder returns an expression that finds exempt names whatever their case,
// the longest first; nil when there are none. A name that wraps over two lines is
// still the name.
func nameFinder(exempt []string) *regexp.Regexp {
	var names []string
	for _, n := range exempt {
		parts := strings.Fields(n)
		for i, p := range parts {
			parts[i] = regexp.QuoteMeta(p)
		}
		if len(parts) > 0 && utf8.ValidString(n) {
			names = append(names, strings.Join(parts, `[\s\x{00a0}]+`))
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	return regexp.MustCompile(`(?i)` + strings.Join(names, "|"))
}

// replaceNames puts the mark in the place of each name that stands by itself.
func replaceNames(text string, names *regexp.Regexp) string {
	if names == nil {
		return text
	}
	var b strings.Builder
	at := 0
	for _, m := range names.FindAllStringIndex(text, -1) {
		before, _ := utf8.DecodeLastRuneInString(text[:m[0]])
		after, _ := utf8.DecodeRuneInString(text[m[1]:])
		if isWordRune(before) || isWordRune(after) {
			continue
		}
		b.WriteString(text[at:m[0]])
		b.WriteString(nameMark)
		at = m[1]
	}
	b.WriteString(text[at:])
	return b.String()
}

// isWordRune tells letters and figures; a text's edge decodes to neither.
func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// wordSyllables counts the syllables of a word, of a hyphenated one those of its parts.
func wordSyllables(w string, syllables func(string) int) int {
	if strings.Contains(w, nameMark) || abbreviated(w) {
		return 1
	}
	n := 0
	for _, part := range strings.Split(w, "-") {
		n += syllables(strings.ToLower(part))
	}
	return max(1, n)
}

// abbreviated tells initials such as IMR or DMHC, which count as a short name.
func abbreviated(w string) bool {
	n := utf8.RuneCountInString(w)
	return n >= 2 && n <= 5 && !strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsUpper(r) })
}
