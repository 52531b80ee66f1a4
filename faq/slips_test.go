package faq

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// slip makes n misspellings in words of four letters and more, one a word: two
// letters swapped, one missing, one twice or one replaced by another. The first
// letter stays, as it mostly does.
func slip(rng *rand.Rand, text string, n int) string {
	ws := strings.Fields(text)
	var at []int
	for i, w := range ws {
		if len(w) >= 4 && strings.Trim(strings.ToLower(w), "abcdefghijklmnopqrstuvwxyz") == "" {
			at = append(at, i)
		}
	}
	rng.Shuffle(len(at), func(a, b int) { at[a], at[b] = at[b], at[a] })
	for _, i := range at[:min(n, len(at))] {
		b := []byte(ws[i])
		switch p := 1 + rng.IntN(len(b)-2); rng.IntN(4) {
		case 0:
			b[p], b[p+1] = b[p+1], b[p]
		case 1:
			b = slices.Delete(b, p, p+1)
		case 2:
			b = slices.Insert(b, p, b[p])
		default:
			b[p] = 'a' + byte(rng.IntN(26))
		}
		ws[i] = string(b)
	}
	return strings.Join(ws, " ")
}

// TestTwoSlipsInAMessageCostLittle reads the development set again with two
// misspellings in each message.
func TestTwoSlipsInAMessageCostLittle(t *testing.T) {
	r := reader(t)
	qs, err := DevSet(r.corpus.langs)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(7, 7))
	slipped := slices.Clone(qs)
	for i := range slipped {
		slipped[i].Q = slip(rng, qs[i].Q, 2)
	}
	for lang, good := range r.tallies(qs) {
		bad := r.tallies(slipped)[lang]
		t.Logf("%s: told right %.3f, with slips %.3f; wrong %.3f, %.3f; crisis %.3f, %.3f", lang, good.Right, bad.Right, good.Wrong, bad.Wrong, good.CrisisSeen, bad.CrisisSeen)
		if bad.Right < good.Right-0.06 {
			t.Errorf("%s: told right %.3f, with slips %.3f", lang, good.Right, bad.Right)
		}
		if bad.CrisisSeen < good.CrisisSeen-0.05 {
			t.Errorf("%s: crisis seen %.3f, with slips %.3f", lang, good.CrisisSeen, bad.CrisisSeen)
		}
		if bad.Wrong > good.Wrong+0.02 {
			t.Errorf("%s: told wrong %.3f, with slips %.3f", lang, good.Wrong, bad.Wrong)
		}
	}
}

// tallies counts the readings of an evaluation set by language.
func (r *Reader) tallies(qs []Question) map[string]Tally {
	got := make([]Reading, len(qs))
	at := map[string][]int{}
	for i, q := range qs {
		got[i] = r.Read(q.Q, q.Lang)
		at[q.Lang] = append(at[q.Lang], i)
	}
	out := map[string]Tally{}
	for lang, is := range at {
		out[lang] = r.tally(qs, got, is)
	}
	return out
}
