package imr_test

import (
	"testing"
	"time"

	"imrbot/dialog"
	"imrbot/dialog/imr"
)

// talk is a conversation under test: it keeps the state, which goes through its
// codec after every event.
type talk struct {
	t         testing.TB
	interview *dialog.Interview
	state     dialog.State
	head      dialog.Head
}

func newTalk(t testing.TB, lang string) *talk {
	t.Helper()
	interview, err := dialog.Parse(imr.FS, dialog.Options{Operator: "Health Helpers"})
	if err != nil {
		t.Fatal(err)
	}
	c := &talk{t: t, interview: interview}
	c.on(dialog.Date{Year: 2026, Month: time.June, Day: 1})
	c.step(dialog.Started{Head: c.head, Lang: lang})
	return c
}

// on moves the clock to a day.
func (c *talk) on(day dialog.Date) {
	c.head = dialog.Head{At: time.Date(day.Year, day.Month, day.Day, 19, 0, 0, 0, time.UTC), Today: day, Ref: "A-2026-000123"}
}

func (c *talk) step(ev dialog.Event) []dialog.Effect {
	c.t.Helper()
	state, effects := c.interview.Step(c.state, ev)
	raw, err := dialog.EncodeState(state)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.state, err = dialog.DecodeState(raw); err != nil {
		c.t.Fatal(err)
	}
	return effects
}

func (c *talk) said(text string) []dialog.Effect {
	return c.step(dialog.Said{Head: c.head, Text: text})
}

// answers are those of an enrollee whose plan has decided: an IMR, by October.
var answers = map[string]string{
	"notice": "i agree", "filer": "me", "problem": "they denied", "serious_threat": "no", "coverage": "i buy it myself",
	"regulator": "i do not know", "reason": "not medically necessary", "service": "skip", "grievance_date": "2026-03-20",
	"decision_date": "2026-04-15", "denial_date": "none", "first_name": "Ana", "middle_initial": "skip", "last_name": "Paz",
	"date_of_birth": "1960-05-05", "gender": "skip", "street": "12 Main St", "city": "Fresno", "state": "CA", "zip": "93701",
	"phone": "559-555-0123", "second_phone": "skip", "email": "skip", "plan_name": "Blue Shield", "membership_number": "skip",
	"medical_group": "skip", "condition": "torn knee", "care_received": "no", "doctor_name": "skip",
	"story": "They refused it twice.", "why_late": "I was away.", "letters": "skip", "more_questions": "no", "review": "submit",
}

// maxAnswers bounds a form: no interview asks more.
const maxAnswers = 100

// toThe answers until the question of that step is open; "" goes on to the end.
func (c *talk) toThe(step string) {
	c.t.Helper()
	if c.state.Node == "" {
		c.said("check my case")
	}
	for range maxAnswers {
		if c.state.Node == step {
			return
		}
		if c.state.Pending != nil {
			c.said("yes")
			continue
		}
		c.said(answers[c.state.Node])
	}
	c.t.Fatalf("the step %q was not reached: %q is open", step, c.state.Node)
}
