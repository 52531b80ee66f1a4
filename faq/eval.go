package faq

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Report is how well a reader reads an evaluation set. Rates are 0 to 1.
type Report struct {
	All       Tally            `json:"all"`
	Languages map[string]Tally `json:"languages"`
	P50       float64          `json:"p50_ms"` // time of one reading, in milliseconds
	P99       float64          `json:"p99_ms"`
	Bins      []Bin            `json:"reliability"`
	ECE       float64          `json:"ece"` // expected calibration error over Bins
	Confusion []Confusion      `json:"confusion"`
	Ablation  []Step           `json:"ablation"`
	Misses    []Miss           `json:"misses,omitempty"`
}

// Tally counts the readings of some questions by what they should have been.
type Tally struct {
	In         int     `json:"in"`
	Right      float64 `json:"told_right"`  // of In: the right entry was told
	Wrong      float64 `json:"told_wrong"`  // of In: a wrong entry was told
	Top1       float64 `json:"top1"`        // of In: the right entry came first, told or offered
	Three      float64 `json:"among_three"` // of In: told, or offered among three
	Lost       float64 `json:"lost"`        // of In: nothing was told or offered
	Near       int     `json:"near"`
	NearTold   float64 `json:"near_told"` // of Near: told an answer all the same
	Far        int     `json:"far"`
	FarTold    float64 `json:"far_told"`
	FarNone    float64 `json:"far_none"` // of Far: nothing was told or offered
	Crisis     int     `json:"crisis"`
	CrisisSeen float64 `json:"crisis_seen"`
	Others     int     `json:"others"`       // questions that are no crisis
	FalseAlarm int     `json:"false_alarms"` // of Others, read as a crisis
	Human      int     `json:"human"`
	HumanSeen  float64 `json:"human_seen"`
	HumanFalse int     `json:"human_false"` // questions of In, Near and Far read as a wish for a person
	Language   float64 `json:"language"`    // of all: the language was told right, without a hint
	Questions  int     `json:"questions"`
}

// Bin is one row of the reliability table: the scores of answers between Low and
// High, and how often they were right.
type Bin struct {
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	N     int     `json:"n"`
	Score float64 `json:"score"`
	Right float64 `json:"right"`
}

// Confusion is a pair of entries that were taken for one another.
type Confusion struct {
	Want string `json:"want"`
	Got  string `json:"got"`
	N    int    `json:"n"`
}

// Step is the reader with some of its parts: what each part adds.
type Step struct {
	Name     string  `json:"name"`
	Right    float64 `json:"told_right"`
	Wrong    float64 `json:"told_wrong"`
	Three    float64 `json:"among_three"`
	NearTold float64 `json:"near_told"`
}

// Miss is one question that was not read as it should have been.
type Miss struct {
	Question
	Got  string `json:"got"`  // kind
	Hits []Hit  `json:"hits"` // what was told or offered
}

// Evaluate reads every question and reports. The question's language is given
// as the platform's hint, except where Tally.Language is measured.
func Evaluate(r *Reader, qs []Question) Report {
	rep := Report{Languages: map[string]Tally{}}
	got := make([]Reading, len(qs))
	took := make([]float64, len(qs))
	for i, q := range qs {
		start := time.Now()
		got[i] = r.Read(q.Q, q.Lang)
		took[i] = float64(time.Since(start)) / float64(time.Millisecond)
	}
	all := make([]int, len(qs))
	byLang := map[string][]int{}
	for i, q := range qs {
		all[i] = i
		byLang[q.Lang] = append(byLang[q.Lang], i)
	}
	rep.All = r.tally(qs, got, all)
	for lang, at := range byLang {
		rep.Languages[lang] = r.tally(qs, got, at)
	}
	slices.Sort(took)
	rep.P50, rep.P99 = quantile(took, 0.5), quantile(took, 0.99)
	rep.Bins, rep.ECE = reliability(qs, got)
	rep.Confusion = confusions(qs, got)
	rep.Ablation = r.ablation(qs)
	for i, q := range qs {
		if !fits(q, got[i]) {
			rep.Misses = append(rep.Misses, Miss{Question: q, Got: string(got[i].Kind), Hits: got[i].Hits})
		}
	}
	return rep
}

// fits tells whether a reading is what the question wants; offering the right
// entry among three is.
func fits(q Question, got Reading) bool {
	switch q.Kind {
	case InScope:
		return (got.Kind == KindAnswer && slices.Contains(q.IDs, got.Hits[0].ID)) || (got.Kind == KindSuggest && offers(q, got))
	case IsCrisis:
		return got.Kind == KindCrisis
	case IsHuman:
		return got.Kind == KindHuman
	case IsCalm:
		return got.Kind != KindCrisis
	}
	return got.Kind == KindNone || got.Kind == KindSuggest
}

func offers(q Question, got Reading) bool {
	return slices.ContainsFunc(got.Hits, func(h Hit) bool { return slices.Contains(q.IDs, h.ID) })
}

func (r *Reader) tally(qs []Question, got []Reading, at []int) Tally {
	var t Tally
	add := func(to *float64, yes bool) {
		if yes {
			*to++
		}
	}
	for _, i := range at {
		q, g := qs[i], got[i]
		t.Questions++
		add(&t.Language, r.Read(q.Q, "").Lang == q.Lang)
		if q.Kind != IsCrisis {
			t.Others++
			if g.Kind == KindCrisis {
				t.FalseAlarm++
			}
		}
		if g.Kind == KindHuman && (q.Kind == InScope || q.Kind == NearMiss || q.Kind == FarOff) {
			t.HumanFalse++
		}
		switch q.Kind {
		case InScope:
			t.In++
			first := len(g.Hits) > 0 && slices.Contains(q.IDs, g.Hits[0].ID)
			add(&t.Right, g.Kind == KindAnswer && first)
			add(&t.Wrong, g.Kind == KindAnswer && !first)
			add(&t.Top1, first)
			add(&t.Three, offers(q, g) && (g.Kind == KindSuggest || first))
			add(&t.Lost, len(g.Hits) == 0)
		case NearMiss:
			t.Near++
			add(&t.NearTold, g.Kind == KindAnswer)
		case FarOff:
			t.Far++
			add(&t.FarTold, g.Kind == KindAnswer)
			add(&t.FarNone, g.Kind == KindNone)
		case IsCrisis:
			t.Crisis++
			add(&t.CrisisSeen, g.Kind == KindCrisis)
		case IsHuman:
			t.Human++
			add(&t.HumanSeen, g.Kind == KindHuman)
		}
	}
	for _, s := range []struct {
		x *float64
		n int
	}{{&t.Right, t.In}, {&t.Wrong, t.In}, {&t.Top1, t.In}, {&t.Three, t.In}, {&t.Lost, t.In}, {&t.NearTold, t.Near},
		{&t.FarTold, t.Far}, {&t.FarNone, t.Far}, {&t.CrisisSeen, t.Crisis}, {&t.HumanSeen, t.Human}, {&t.Language, t.Questions}} {
		*s.x /= float64(max(s.n, 1))
	}
	return t
}

// quantile of sorted values; 0 without any.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// reliability compares the best hit's score with how often it is right, over
// every question that was told or offered something.
func reliability(qs []Question, got []Reading) ([]Bin, float64) {
	const n = 10
	bins := make([]Bin, n)
	total := 0
	for i := range bins {
		bins[i].Low, bins[i].High = float64(i)/n, float64(i+1)/n
	}
	for i, q := range qs {
		if len(got[i].Hits) == 0 || (q.Kind != InScope && q.Kind != NearMiss && q.Kind != FarOff) {
			continue
		}
		score := got[i].Hits[0].Score
		b := &bins[min(int(score*n), n-1)]
		b.N++
		total++
		b.Score += score
		if slices.Contains(q.IDs, got[i].Hits[0].ID) {
			b.Right++
		}
	}
	var ece float64
	out := bins[:0]
	for _, b := range bins {
		if b.N > 0 {
			ece += math.Abs(b.Score-b.Right) / float64(total)
			b.Score /= float64(b.N)
			b.Right /= float64(b.N)
			out = append(out, b)
		}
	}
	return out, ece
}

func confusions(qs []Question, got []Reading) []Confusion {
	count := map[[2]string]int{}
	for i, q := range qs {
		if q.Kind == InScope && len(got[i].Hits) > 0 && !slices.Contains(q.IDs, got[i].Hits[0].ID) {
			count[[2]string{q.IDs[0], got[i].Hits[0].ID}]++
		}
	}
	var out []Confusion
	for k, n := range count {
		out = append(out, Confusion{k[0], k[1], n})
	}
	slices.SortFunc(out, func(a, b Confusion) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Want, b.Want), cmp.Compare(a.Got, b.Got))
	})
	return out
}

// ablation measures the reader with ever more of its parts.
func (r *Reader) ablation(qs []Question) []Step {
	var out []Step
	for _, s := range []struct {
		name string
		p    parts
	}{
		{"bleve alone", parts{bleveOnly: true, noSpelling: true, noGate: true}},
		{"+ ranker", parts{noSpelling: true, noGate: true}},
		{"+ spelling", parts{noGate: true}},
		{"+ gate", parts{}},
	} {
		got := make([]Reading, len(qs))
		all := make([]int, len(qs))
		for i, q := range qs {
			got[i], all[i] = r.read(q.Q, q.Lang, s.p), i
		}
		t := r.tally(qs, got, all)
		if s.p.noGate {
			t.Three = offeredRate(qs, got)
		}
		out = append(out, Step{s.name, t.Right, t.Wrong, t.Three, t.NearTold})
	}
	return out
}

// offeredRate is the share of in-scope questions with the right entry among the
// hits, whatever was told.
func offeredRate(qs []Question, got []Reading) float64 {
	n, yes := 0, 0
	for i, q := range qs {
		if q.Kind == InScope {
			n++
			if offers(q, got[i]) {
				yes++
			}
		}
	}
	return float64(yes) / float64(max(n, 1))
}
