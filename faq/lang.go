package faq

import (
	"math"
	"strings"
)

// tongue tells languages apart by words and, for words it never saw, by their
// three-letter pieces; both learned from the knowledge base and the word lists.
type tongue struct {
	langs []string
	lists []wordLists
	words map[string][]float32 // log probability, by language
	grams map[string][]float32
}

const (
	// sureMargin is how much likelier (in nats) one language must be than every
	// other before the text itself decides.
	sureMargin = 2.5
	// oneWord caps what a single word can say: a name or a loan word is not a language.
	oneWord = 3.0
)

// newTongue learns from sample texts, by language.
func newTongue(langs []string, lists []wordLists, samples [][][]string) *tongue {
	t := &tongue{langs: langs, lists: lists}
	wc, gc := map[string][]float64{}, map[string][]float64{}
	wn, gn := make([]float64, len(langs)), make([]float64, len(langs))
	add := func(m map[string][]float64, n []float64, key string, l int, by float64) {
		if m[key] == nil {
			m[key] = make([]float64, len(langs))
		}
		m[key][l] += by
		n[l] += by
	}
	for l := range langs {
		for _, ws := range samples[l] {
			for _, w := range ws {
				add(wc, wn, w, l, 1)
				eachPiece(w, func(g string) { add(gc, gn, g, l, 1) })
			}
		}
		for w := range lists[l].common {
			eachPiece(w, func(g string) { add(gc, gn, g, l, 1) })
			add(wc, wn, w, l, 0.2)
		}
	}
	// The telling words count as one in a hundred words each, so that a small
	// knowledge base tells its languages apart as well.
	for l := range langs {
		for _, w := range lists[l].telling {
			add(wc, wn, w, l, math.Max(wn[l]/400, 5))
		}
	}
	logs := func(m map[string][]float64, n []float64, smooth float64) map[string][]float32 {
		out := make(map[string][]float32, len(m))
		for k, c := range m {
			p := make([]float32, len(langs))
			for l := range p {
				p[l] = float32(math.Log((c[l] + smooth) / (n[l] + smooth*float64(len(m)))))
			}
			out[k] = p
		}
		return out
	}
	t.words, t.grams = logs(wc, wn, 0.3), logs(gc, gn, 0.5)
	return t
}

// eachPiece calls f with each three-letter piece of a word with blanks at its ends.
func eachPiece(w string, f func(string)) {
	w = " " + w + " "
	for i := 0; i+3 <= len(w); i++ {
		f(w[i : i+3])
	}
}

// tell returns the index of the language of a message, and whether its words
// say so; if they do not, the hint decides, then English, then the first language.
func (t *tongue) tell(ws []string, hint string) (lang int, sure bool) {
	total := make([]float64, len(t.langs))
	one := make([]float64, len(t.langs))
	n := 0
	for _, w := range ws {
		if w == "#" || (w[0] >= '0' && w[0] <= '9') {
			continue
		}
		if n++; n > 120 {
			break
		}
		clear(one)
		if p, ok := t.words[w]; ok {
			for l := range one {
				one[l] = float64(p[l])
			}
		} else {
			eachPiece(w, func(g string) {
				if p, ok := t.grams[g]; ok {
					for l := range one {
						one[l] += 0.5 * float64(p[l])
					}
				}
			})
		}
		best := math.Inf(-1)
		for _, x := range one {
			best = max(best, x)
		}
		for l, x := range one {
			total[l] += max(x-best, -oneWord)
		}
	}
	best, margin := 0, math.Inf(1)
	for l := range total {
		if total[l] > total[best] {
			best = l
		}
	}
	for l := range total {
		if l != best {
			margin = min(margin, total[best]-total[l])
		}
	}
	if n > 0 && margin >= sureMargin && len(t.langs) > 1 {
		return best, true
	}
	if l := t.find(hint); l >= 0 {
		return l, false
	}
	if n > 0 && margin >= sureMargin/2 {
		return best, false
	}
	return max(t.find("en"), 0), false
}

// find returns the index of a language code ("es-MX" counts as "es"), or -1.
func (t *tongue) find(code string) int {
	code, _, _ = strings.Cut(strings.ToLower(strings.ReplaceAll(code, "_", "-")), "-")
	for l, have := range t.langs {
		if have == code {
			return l
		}
	}
	return -1
}
