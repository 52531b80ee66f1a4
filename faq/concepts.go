package faq

import "strings"

// concepts maps words to what they mean, roughly: the sets of words of the
// knowledge base (kb.Base.Concepts). Where a word is in two sets, the later one
// counts: an operator's set goes before ours.
type concepts struct {
	word   map[string]uint16
	prefix map[string]uint16
}

// conceptEmpty is the concept of words without a meaning of their own.
const conceptEmpty = 1

func newConcepts(sets []string) *concepts {
	c := &concepts{word: map[string]uint16{}, prefix: map[string]uint16{}}
	next := uint16(conceptEmpty + 1)
	for _, line := range sets {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		id := next
		if fields[0] == "-" {
			id, fields = conceptEmpty, fields[1:]
		} else {
			next++
		}
		for _, w := range fields {
			if base, ok := strings.CutSuffix(w, "*"); ok {
				c.prefix[base] = id
			} else {
				c.word[w] = id
			}
		}
	}
	return c
}

// of returns the concept of a word: 0 when it is in no set.
func (c *concepts) of(w string) uint16 {
	if id, ok := c.word[w]; ok {
		return id
	}
	for n := len(w); n >= 3; n-- {
		if id, ok := c.prefix[w[:n]]; ok {
			return id
		}
	}
	return 0
}
