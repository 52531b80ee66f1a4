package imr_test

import (
	"testing"
	"time"

	"imrbot/dialog"
	"imrbot/dialog/imr"
)

// BenchmarkReminders measures what a caller pays after every step.
func BenchmarkReminders(b *testing.B) {
	c := newTalk(b, "en")
	c.toThe("")
	b.ReportAllocs()
	for b.Loop() {
		c.interview.Reminders(c.state)
	}
}

// BenchmarkStep measures one engine step at the places an enrollee passes: the
// budget is 20 µs and 40 allocations.
func BenchmarkStep(b *testing.B) {
	interview, err := dialog.Parse(imr.FS, dialog.Options{})
	if err != nil {
		b.Fatal(err)
	}
	head := dialog.Head{At: time.Date(2026, 6, 1, 19, 0, 0, 0, time.UTC), Today: dialog.Date{Year: 2026, Month: 6, Day: 1}, Ref: "A-2026-000123"}
	press := func(value string) func(s dialog.State) dialog.Event {
		return func(s dialog.State) dialog.Event { return dialog.Pressed{Head: head, Node: s.Node, Value: value} }
	}
	said := func(text string) func(s dialog.State) dialog.Event {
		return func(dialog.State) dialog.Event { return dialog.Said{Head: head, Text: text} }
	}
	answer := dialog.Reading{Kind: dialog.ReadAnswer, Hits: []dialog.Hit{{ID: "x", Title: "X", Answer: "An answer."}}}
	script := []func(s dialog.State) dialog.Event{
		said("file"), press("agree"), press("self"), press("denied"), press("no"), press("medi-cal-plan"), press("no"),
		press("none"), said("not necesary"), said("MRI of the knee"), said("2026-03-20"), said("2026-04-15"),
	}
	states := []dialog.State{{}}
	for _, event := range script {
		last := states[len(states)-1]
		next, _ := interview.Step(last, event(last))
		states = append(states, next)
	}
	at := func(i int) dialog.State { return states[i] }
	for _, c := range []struct {
		name  string
		state dialog.State
		event dialog.Event
	}{
		{"press", at(5), press("medi-cal-plan")(at(5))},
		{"typed choice with a slip", at(8), script[8](at(8))},
		{"date", at(10), script[10](at(10))},
		{"digression", at(8), dialog.Said{Head: head, Text: "how long does it take?", Reading: answer}},
		{"miss", at(8), said("asdf")(at(8))},
		{"verdict", at(12), press("none")(at(12))},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				interview.Step(c.state, c.event)
			}
		})
	}
}
