package faq

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"imrbot/kb"
)

func embeddedBase(t testing.TB) *kb.Base {
	t.Helper()
	base, err := kb.Load(kb.Embedded(), "kb")
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// syntheticBase makes up a base of n entries in one language: random words, so
// that entries overlap the way real ones do.
func syntheticBase(n int) *kb.Base {
	rng := rand.New(rand.NewPCG(1, 2))
	word := func(limit int) string {
		k := int(float64(limit) * rng.Float64() * rng.Float64())
		return fmt.Sprintf("%c%c%c%c%d", 'a'+k%26, 'a'+k/7%26, 'a'+k/26%26, 'a'+k/3%26, k%10)
	}
	base := &kb.Base{Languages: []string{"en"}, Entries: map[string][]kb.Entry{}, Near: map[string][]string{}}
	for i := range n {
		e := kb.Entry{ID: fmt.Sprintf("entry-%05d", i), Lang: "en", Title: fmt.Sprintf("title%d", i), Markdown: "An answer."}
		own := []string{word(8000), word(8000), word(8000)}
		for range 12 {
			text := own[rng.IntN(3)]
			for range 6 {
				text += " " + word(3000)
			}
			e.Phrasings = append(e.Phrasings, text+" "+own[rng.IntN(3)])
		}
		base.Entries["en"] = append(base.Entries["en"], e)
	}
	return base
}

func BenchmarkRead(b *testing.B) {
	for _, n := range []int{30, 300, 3000} {
		b.Run(fmt.Sprint(n, " entries"), func(b *testing.B) {
			base := syntheticBase(n)
			r, err := Train(base, Options{})
			if err != nil {
				b.Fatal(err)
			}
			var took []float64
			for i := 0; b.Loop(); i++ {
				e := base.Entries["en"][i%n]
				start := time.Now()
				r.Read(e.Phrasings[i%len(e.Phrasings)]+" and something else that is asked", "en")
				took = append(took, float64(time.Since(start))/float64(time.Millisecond))
			}
			slices.Sort(took)
			b.ReportMetric(quantile(took, 0.5), "p50-ms")
			b.ReportMetric(quantile(took, 0.99), "p99-ms")
		})
	}
}

func BenchmarkReadEmbedded(b *testing.B) {
	base := embeddedBase(b)
	r, err := Open(base, filepath.Join(b.TempDir(), "reader.cache"))
	if err != nil {
		b.Fatal(err)
	}
	qs, err := DevSet(base.Languages)
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		r.Read(qs[i%len(qs)].Q, qs[i%len(qs)].Lang)
	}
}

func BenchmarkStartCold(b *testing.B) {
	base := embeddedBase(b)
	for b.Loop() {
		if _, err := Train(base, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStartCached(b *testing.B) {
	base := embeddedBase(b)
	file := filepath.Join(b.TempDir(), "reader.cache")
	if _, err := Open(base, file); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Open(base, file); err != nil {
			b.Fatal(err)
		}
	}
}
