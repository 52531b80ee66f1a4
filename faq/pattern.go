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
}

// parseWatchList parses the lines of one list. The error names the list and the line.
func parseWatchList(name string, lines []string) (watchList, error) {
	var out watchList
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
			continue
		}
		ps, err := parsePattern(strings.TrimSpace(rest))
		if err != nil {
			return out, fmt.Errorf("%s: %s %w", name, head, err)
		}
		*to = append(*to, ps...)
	}
	return out, nil
}

// pattern is one regular expression with the strings of which at least one must
// occur for it to match. Go's matcher takes about a tenth of a millisecond for a
// large expression and a long message; looking for plain strings first spares
// nearly all of that.
type pattern struct {
	re   *regexp.Regexp
	need []string // nil: unknown, always run it
}

// parsePattern compiles an expression, each of its top-level alternatives by
// itself, so that each has its own few strings.
func parsePattern(expr string) ([]pattern, error) {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if _, err := regexp.Compile(expr); err != nil {
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
		out = append(out, pattern{re, needed(p)})
	}
	return out, nil
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

// in tells whether the expression matches words joined by blanks.
func (p pattern) in(text string) bool {
	if p.need == nil {
		return p.re.MatchString(text)
	}
	for _, s := range p.need {
		if strings.Contains(text, s) {
			return p.re.MatchString(text)
		}
	}
	return false
}

func anyIn(ps []pattern, text string) bool {
	for _, p := range ps {
		if p.in(text) {
			return true
		}
	}
	return false
}
