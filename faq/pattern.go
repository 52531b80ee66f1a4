package faq

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// Lines of crisis.<lang>.txt and human.<lang>.txt are phrasings, unless they
// begin with one of these marks and a blank:
//
//	always: REGEXP    a message in which it matches is of the list's kind
//	pattern: REGEXP   the same, where no "unless" matches
//	unless: REGEXP    takes back patterns; likeness to the phrasings then has to be greater
//	not: TEXT         a message that is not meant, to learn from
//
// Regular expressions are Go's (RE2) and see a message as its words: small
// letters without accents, apostrophes gone, one blank between words, no other
// marks; a number of five or more digits is "#". Each counts for every language.
const (
	markAlways  = "always:"
	markPattern = "pattern:"
	markUnless  = "unless:"
	markNot     = "not:"
)

// watchList is a parsed list file.
type watchList struct {
	phrasings, not           []string
	always, patterns, unless []pattern
	vocabulary               []string        // of always and patterns, see plainWords
	brief                    map[string]bool // the phrasings of at most maxBrief words, as words
}

// parseWatchList parses the lines of one list. The error names the list and the line.
func parseWatchList(name string, lines []string) (watchList, error) {
	out := watchList{brief: map[string]bool{}}
	for _, line := range lines {
		head, rest, _ := strings.Cut(line, " ")
		var to *[]pattern
		switch head {
		case markAlways:
			to = &out.always
		case markPattern:
			to = &out.patterns
		case markUnless:
			to = &out.unless
		case markNot:
			out.not = append(out.not, rest)
			continue
		default:
			out.phrasings = append(out.phrasings, line)
			if ws := words(clean(line)); len(ws) <= maxBrief {
				out.brief[strings.Join(ws, " ")] = true
			}
			continue
		}
		ps, err := parsePattern(strings.TrimSpace(rest))
		if err != nil {
			return out, fmt.Errorf("%s: %s %w", name, head, err)
		}
		*to = append(*to, ps...)
		if head != markUnless {
			out.vocabulary = append(out.vocabulary, plainWords(rest)...)
		}
	}
	return out, nil
}

// pattern is one regular expression with the strings of which at least one must
// occur for it to match. Go's matcher takes about a tenth of a millisecond for a
// large expression and a long message; looking for plain strings first spares
// nearly all of that.
type pattern struct {
	re   *regexp.Regexp
	need []needle // nil: unknown, always run it
}

// needle is a string to look for, with the codes of its first and last three
// letters: a set of the three-letter pieces of a text rules most needles out
// without looking at the text again.
type needle struct {
	text        string
	first, last uint16
}

// pieces is the set of the three-letter pieces of a text. Two pieces may share a
// place, so it can only tell that a piece is not there.
type pieces [1 << 15 / 64]uint64

// piece is the place of three letters.
func piece(a, b, c byte) uint16 {
	return uint16(a&31)<<10 | uint16(b&31)<<5 | uint16(c&31)
}

// piecesOf returns the pieces of a text.
func piecesOf(text string) *pieces {
	var set pieces
	for i := 0; i+3 <= len(text); i++ {
		p := piece(text[i], text[i+1], text[i+2])
		set[p/64] |= 1 << (p % 64)
	}
	return &set
}

func (s *pieces) has(p uint16) bool { return s[p/64]&(1<<(p%64)) != 0 }

// needles returns the strings made ready; nil stays nil.
func needles(texts []string) []needle {
	var out []needle
	for _, t := range texts {
		n := needle{text: t}
		if k := len(t); k >= 3 {
			n.first, n.last = piece(t[0], t[1], t[2]), piece(t[k-3], t[k-2], t[k-1])
		}
		out = append(out, n)
	}
	return out
}

// in tells whether a text with these pieces holds the needle.
func (n *needle) in(text string, set *pieces) bool {
	if len(n.text) >= 3 && !(set.has(n.first) && set.has(n.last)) {
		return false
	}
	return strings.Contains(text, n.text)
}

// parsePattern compiles an expression, each of its top-level alternatives by
// itself, so that each has its own few strings.
func parsePattern(expr string) ([]pattern, error) {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if expr == "" {
		return nil, fmt.Errorf("an expression is missing")
	}
	parts := []*syntax.Regexp{tree}
	if tree.Op == syntax.OpAlternate {
		parts = tree.Sub
	}
	var out []pattern
	for _, p := range parts {
		re, err := regexp.Compile(p.String())
		if err != nil {
			return nil, err
		}
		out = append(out, pattern{re, needles(needed(p))})
	}
	return out, nil
}

// plainWords returns the words of four letters and more that stand in an
// expression as they are written in a message: what misspelled words may be put
// right to before the expression is tried. A word of which the expression gives
// only a part ("breath\\w*", "hinchad[oa]") is none.
func plainWords(expr string) []string {
	expr = strings.NewReplacer(`\b`, " ", `\w`, "]", `\d`, "]").Replace(expr)
	var out []string
	for i := 0; i < len(expr); {
		j := i
		for j < len(expr) && expr[j] >= 'a' && expr[j] <= 'z' {
			j++
		}
		if j == i {
			i++
			continue
		}
		before, after := byte(' '), byte(' ')
		if i > 0 {
			before = expr[i-1]
		}
		if j < len(expr) {
			after = expr[j]
		}
		if !strings.ContainsRune(`])\`, rune(before)) && !strings.ContainsRune(`[(*+{\`, rune(after)) && j-i >= 4 {
			out = append(out, expr[i:j])
			if after == '?' { // the last letter may be missing
				out = append(out, expr[i:j-1])
			}
		}
		i = j
	}
	return out
}

// maxNeeded bounds how many strings stand for one expression.
const maxNeeded = 200

// needed returns strings of which every match contains at least one, or nil
// when there is no such set worth having.
func needed(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if s := string(re.Rune); len(s) >= 2 {
			return []string{s}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needed(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needed(re.Sub[0])
		}
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			n := needed(sub)
			if n == nil || len(all)+len(n) > maxNeeded {
				return nil
			}
			all = append(all, n...)
		}
		return all
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if n := needed(sub); n != nil && (best == nil || rarer(n, best)) {
				best = n
			}
		}
		return best
	}
	return nil
}

// rarer tells whether the strings of a are likely to occur less often than those
// of b: the shortest one decides, then how many there are.
func rarer(a, b []string) bool {
	x, y := shortest(a), shortest(b)
	if x != y {
		return x > y
	}
	return len(a) < len(b)
}

func shortest(list []string) int {
	n := len(list[0])
	for _, s := range list {
		n = min(n, len(s))
	}
	return n
}

// in tells whether the expression matches words joined by blanks, of which set
// holds the pieces.
func (p *pattern) in(text string, set *pieces) bool {
	if p.need == nil {
		return p.re.MatchString(text)
	}
	for i := range p.need {
		if p.need[i].in(text, set) {
			return p.re.MatchString(text)
		}
	}
	return false
}

func anyIn(ps []pattern, text string, set *pieces) bool {
	for i := range ps {
		if ps[i].in(text, set) {
			return true
		}
	}
	return false
}
