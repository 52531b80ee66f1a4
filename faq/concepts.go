package faq

import "strings"

// concepts maps words to what they mean, roughly: sets of everyday words across
// languages (words/concepts.txt).
type concepts struct {
	word   map[string]uint16
	prefix map[string]uint16
}

// conceptEmpty is the concept of words without a meaning of their own.
const conceptEmpty = 1

func loadConcepts() *concepts {
	c := &concepts{word: map[string]uint16{}, prefix: map[string]uint16{}}
	next := uint16(conceptEmpty + 1)
	for _, line := range readLines("words/concepts.txt") {
		fields := strings.Fields(line)
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
