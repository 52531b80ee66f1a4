package faq

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// speller puts misspelled words right towards the words of the knowledge base and
// of its patterns, and only towards those: a word nobody wrote about helps nothing.
type speller struct {
	byLen [maxWordLetters + 1][]term // candidate words by their number of letters
	known map[string]int32           // how often each word of the knowledge base occurs
	watch map[string]bool            // words of the patterns that are watched for
	lists wordLists
}

// term is a word a misspelling may be corrected to.
type term struct {
	text  string
	runes []rune
	mask  uint32 // which letters occur
	count int32
}

// newSpeller takes the words of the knowledge base with their counts, and those
// of the patterns: nobody may go unheard for a slip of the finger.
func newSpeller(counts map[string]int32, watch []string, lists wordLists) *speller {
	s := &speller{known: counts, watch: map[string]bool{}, lists: lists}
	for _, w := range watch {
		s.watch[w] = true
		if counts[w] < 2 {
			s.add(w, counts[w])
		}
	}
	for w, n := range counts {
		// A word seen once that is not an everyday word may itself be a slip.
		if n >= 2 || (lists.common[w] && !s.watch[w]) {
			s.add(w, n)
		}
	}
	for _, list := range s.byLen {
		slices.SortFunc(list, func(a, b term) int {
			return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.text, b.text))
		})
	}
	return s
}

// add takes a word in as one that misspelled words may be put right to.
func (s *speller) add(w string, count int32) {
	r := []rune(w)
	if len(r) >= 4 && len(r) <= maxWordLetters && (r[0] < '0' || r[0] > '9') {
		s.byLen[len(r)] = append(s.byLen[len(r)], term{w, r, letterMask(r), count})
	}
}

// has tells whether a word needs no correction.
func (s *speller) has(w string) bool {
	return s.known[w] > 0 || s.watch[w] || s.lists.common[w] || w == "#" || (w[0] >= '0' && w[0] <= '9')
}

// correct returns the words with misspelled ones put right, and how many were
// changed. Words of under four letters are left alone. The argument is not changed.
func (s *speller) correct(ws []string) ([]string, int) {
	out := make([]string, 0, len(ws)+2)
	changed, tried := 0, 0
	for _, w := range ws {
		if !s.has(w) && utf8.RuneCountInString(w) >= 4 && tried < maxCorrections {
			tried++
			if fix := s.fix(w); fix != nil {
				out = append(out, fix...)
				changed++
				continue
			}
		}
		out = append(out, w)
	}
	return out, changed
}

// fix finds the nearest word of the knowledge base, or two of them that were
// written together; nil when there is none.
func (s *speller) fix(w string) []string {
	r := []rune(w)
	limit := 1
	if len(r) >= 8 {
		limit = 2
	}
	mask := letterMask(r)
	best, bestDist := term{}, limit+1
	for d := -limit; d <= limit; d++ {
		n := len(r) + d
		if n < 4 || n > maxWordLetters {
			continue
		}
		for _, t := range s.byLen[n] {
			if popcount(t.mask&^mask) > limit || popcount(mask&^t.mask) > limit {
				continue
			}
			dist := distance(r, t.runes, limit)
			if dist > 1 && t.count < 2 {
				continue // too far for a word that is hardly ever written
			}
			if dist > 0 && t.runes[0] != r[0] {
				dist++ // people rarely miss the first letter
			}
			if dist < bestDist || (dist == bestDist && dist <= limit && t.count > best.count) {
				best, bestDist = t, dist
			}
		}
	}
	if bestDist <= limit {
		return []string{best.text}
	}
	return s.split(r)
}

// split takes two words apart that were written together.
func (s *speller) split(r []rune) []string {
	var best []string
	var count int32
	for i := 2; i+3 <= len(r); i++ {
		a, b := string(r[:i]), string(r[i:])
		if n := min(s.known[a], s.known[b]); n > count && n >= 3 {
			best, count = []string{a, b}, n
		}
	}
	return best
}

func letterMask(r []rune) uint32 {
	var m uint32
	for _, c := range r {
		if c >= 'a' && c <= 'z' {
			m |= 1 << (c - 'a')
		} else {
			m |= 1 << (26 + uint32(c)%6)
		}
	}
	return m
}

func popcount(m uint32) int {
	n := 0
	for ; m != 0; m &= m - 1 {
		n++
	}
	return n
}

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour that turns a into b (optimal string alignment); above limit it
// returns limit+1.
func distance(a, b []rune, limit int) int {
	var rows [3][maxWordLetters + 1]int
	if len(a) > maxWordLetters || len(b) > maxWordLetters {
		return limit + 1
	}
	for j := 0; j <= len(b); j++ {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur, prev, before := &rows[i%3], &rows[(i+2)%3], &rows[(i+1)%3]
		cur[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			cur[j] = d
			least = min(least, d)
		}
		if least > limit {
			return limit + 1
		}
	}
	return rows[len(a)%3][len(b)]
}
