package bolt_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"imrbot/bot"
	"imrbot/dialog"
)

// enrollee is one chat with what its people are going to do.
type enrollee struct {
	life
	id     int
	lang   string
	form   map[string]string // answers by step: "[value]" is pressed, else typed
	plan   []planned
	events int
	flight *flight // the event that is not yet known to be taken
	// decided names the message that gave the date of the decision.
	decided string
}

// planned is something to do from a moment on: next gives its next event and what
// follows from it for the oracle, or no function when all is done.
type planned struct {
	at   time.Time
	next func(e *enrollee, s dialog.State) (bot.Inbound, func(today civil))
}

type flight struct {
	in     bot.Inbound
	apply  func(today civil)
	landed bool
}

func (e *enrollee) chat() bot.ChatKey { return bot.ChatKey(fmt.Sprint("telegram:", e.id)) }

// observe notes what an enrollee, or the staff, see of a turn.
func (e *enrollee) observe(t bot.Turn, today civil, heard bool) {
	for _, row := range t.Rows {
		if row.Say.Node == "verdict" {
			e.told = today
		}
	}
	if heard {
		e.last = today
	}
	e.open = t.State.Node != "" && t.State.Node != "notice"
	e.draft, e.ref = t.State.Status == "draft", t.State.Ref
}

// formAnswers are those that do not matter here.
var formAnswers = map[string]string{
	"notice": "[agree]", "filer": "[self]", "problem": "[denied]", "regulator": "[unknown]", "pharmacy_benefit": "[no]", "state_hearing": "[none]",
	"service": "[skip]", "first_name": "Ana", "middle_initial": "[skip]", "last_name": "Paz", "date_of_birth": "1960-05-05", "gender": "[skip]",
	"street": "12 Main St", "city": "Fresno", "state": "CA", "zip": "93701", "phone": "559-555-0123", "second_phone": "[skip]", "email": "[skip]",
	"plan_name": "Golden Plan", "membership_number": "[skip]", "medical_group": "[skip]", "employer": "[skip]", "medi_cal_id": "[skip]",
	"medicare_id": "[skip]", "condition": "torn knee", "care_received": "[no]", "doctor_name": "[skip]", "story": "They refused it twice.",
	"why_late": "I was away.", "letters": "[skip]", "more_questions": "[no]", "review": "[submit]",
}

// one picks one of several.
func one[T any](rnd *rand.Rand, of ...T) T { return of[rnd.IntN(len(of))] }

func newEnrollee(rnd *rand.Rand, id int, start civil) *enrollee {
	e := &enrollee{id: id, lang: one(rnd, "en", "es"), form: maps.Clone(formAnswers)}
	begin := start.AddDate(0, 0, rnd.IntN(60))
	for try := 0; ; try++ {
		e.facts = someFacts(rnd, begin)
		if try > 60 || remarkable(e.facts) {
			break
		}
	}
	e.form["coverage"], e.form["serious_threat"] = "["+e.coverage+"]", "["+e.threat+"]"
	e.form["self_funded"], e.form["reason"] = "["+e.selfFunded+"]", "["+e.reason+"]"
	at := func(days int) time.Time { // no earlier than that day begins in California
		return begin.AddDate(0, 0, days).Add(time.Duration(8+rnd.IntN(24)) * time.Hour)
	}
	stop := ""
	if rnd.IntN(3) == 0 {
		stop = one(rnd, "coverage", "decision_date", "first_name", "zip", "story", "review")
	}
	e.plan = append(e.plan, planned{at(0), walkTo(stop)})
	if stop != "" && rnd.IntN(3) > 0 {
		e.plan = append(e.plan, planned{at(1 + rnd.IntN(25)), walkTo("")})
	}
	for range rnd.IntN(6) {
		after := 1 + rnd.IntN(330)
		e.plan = append(e.plan, planned{at(after), someDeed(rnd, begin.AddDate(0, 0, after))})
	}
	slices.SortStableFunc(e.plan, func(a, b planned) int { return a.at.Compare(b.at) })
	return e
}

// someFacts are the answers of somebody who begins on a day.
func someFacts(rnd *rand.Rand, begin civil) facts {
	f := facts{coverage: one(rnd, "employer", "individual", "covered-california", "medi-cal-plan", "medi-cal-plan", "medicare-medi-cal", "other", "unknown"),
		reason: one(rnd, "not-medically-necessary", "unknown", "mixed", "experimental"), threat: one(rnd, "no", "no", "unknown", "yes"),
		selfFunded: one(rnd, "no", "no", "no", "yes", "unknown")}
	before := func(n int) civil { return begin.AddDate(0, 0, -rnd.IntN(n)) }
	switch rnd.IntN(5) {
	case 0, 4: // waits for the plan
		f.grievance = before(29)
	case 1: // has not complained yet, or not heard for long
		if rnd.IntN(2) == 0 {
			f.grievance = before(150)
		}
	default:
		f.decision = before(200)
		if rnd.IntN(3) > 0 {
			f.grievance = f.decision.AddDate(0, 0, -rnd.IntN(90))
		}
	}
	if rnd.IntN(2) == 0 {
		f.denial = before(200)
	}
	return f
}

// remarkable tells whether a date is at a month's end, or a reminder falls on a
// day on which the clocks change.
func remarkable(f facts) bool {
	for _, by := range f.dates() {
		if by.AddDate(0, 0, 1).Day() == 1 {
			return true
		}
		for _, n := range []int{30, 14, 7, 2} {
			day := by.AddDate(0, 0, -n)
			second := day.Weekday() == time.Sunday && day.Month() == time.March && day.Day() > 7 && day.Day() < 15
			first := day.Weekday() == time.Sunday && day.Month() == time.November && day.Day() < 8
			if first || second {
				return true
			}
		}
	}
	return false
}

// nothing is for a deed that cannot be done as things are.
func nothing() (bot.Inbound, func(civil)) { return bot.Inbound{}, nil }

// walkTo answers the questions until that one is open; "" goes on to the end.
func walkTo(stop string) func(*enrollee, dialog.State) (bot.Inbound, func(civil)) {
	return func(e *enrollee, s dialog.State) (bot.Inbound, func(civil)) {
		switch {
		case e.erased:
			return nothing()
		case s.Lang == "":
			return bot.Inbound{Kind: bot.InStart, Payload: "file"}, func(civil) {}
		case s.Node == "" || s.Node == stop:
			return nothing()
		}
		return e.answer(s)
	}
}

// answer is the answer to the open question.
func (e *enrollee) answer(s dialog.State) (bot.Inbound, func(civil)) {
	node, value := s.Node, e.form[s.Node]
	apply := func(civil) {}
	day := map[string]civil{"grievance_date": e.grievance, "decision_date": e.decision, "denial_date": e.denial}
	if when, ok := day[node]; ok {
		if value = "[none]"; !when.IsZero() {
			value = when.Format(time.DateOnly)
		}
	}
	if strings.HasPrefix(value, "[") {
		return bot.Inbound{Kind: bot.InPress, Node: node, Value: strings.Trim(value, "[]")}, apply
	}
	in := bot.Inbound{Text: value, Message: fmt.Sprintf("m%d", e.events)}
	if node == "decision_date" {
		apply = func(civil) { e.decided = in.Message }
	}
	return in, apply
}

// once is a deed of one event.
func once(in func(e *enrollee, s dialog.State) (bot.Inbound, func(civil))) func(*enrollee, dialog.State) (bot.Inbound, func(civil)) {
	done := false
	return func(e *enrollee, s dialog.State) (bot.Inbound, func(civil)) {
		if done || e.erased || s.Lang == "" {
			return nothing()
		}
		event, apply := in(e, s)
		if apply == nil {
			return nothing()
		}
		return event, func(today civil) { done = true; apply(today) }
	}
}

// someDeed is something that happens later.
func someDeed(rnd *rand.Rand, on civil) func(*enrollee, dialog.State) (bot.Inbound, func(civil)) {
	back := rnd.IntN(60)
	switch rnd.IntN(14) {
	case 0:
		return once(func(e *enrollee, s dialog.State) (bot.Inbound, func(civil)) {
			return bot.Inbound{Kind: bot.InPress, Node: s.Node, Value: "stop-reminders"}, func(civil) { e.stopped = true }
		})
	case 1:
		return once(func(e *enrollee, s dialog.State) (bot.Inbound, func(civil)) {
			return bot.Inbound{Kind: bot.InPress, Node: s.Node, Value: "start-reminders"}, func(civil) { e.stopped = false }
		})
	case 2:
		return status(dialog.StatusFiled)
	case 3:
		return status(dialog.StatusClosed)
	case 4:
		return status(dialog.StatusReview)
	case 5, 6:
		return status(dialog.StatusPapers)
	case 7:
		return once(func(e *enrollee, s dialog.State) (bot.Inbound, func(civil)) {
			return bot.Inbound{Kind: bot.InFile, File: dialog.File{ID: "1", Name: "a.pdf", Type: "application/pdf", Size: 9}}, func(civil) {
				if e.ref != "" {
					e.papers = civil{}
				}
			}
		})
	case 8:
		return forget()
	case 9, 10:
		return draftAnswered(on.AddDate(0, 0, -back/10))
	case 11, 12:
		return newDecision(on.AddDate(0, 0, -back))
	}
	return once(func(e *enrollee, s dialog.State) (bot.Inbound, func(civil)) {
		return bot.Inbound{Kind: bot.InResume}, func(civil) {}
	})
}

// status is one that the staff set. Of a draft they can say only that it was
// filed, or is closed.
func status(to string) func(*enrollee, dialog.State) (bot.Inbound, func(civil)) {
	return once(func(e *enrollee, s dialog.State) (bot.Inbound, func(civil)) {
		ends := to == dialog.StatusFiled || to == dialog.StatusClosed
		if e.ref == "" || s.Status == to || e.over && to == dialog.StatusReview {
			return nothing()
		}
		takes := !e.draft || ends
		return bot.Inbound{Kind: bot.InStatus, Ref: e.ref, Status: to, Actor: "staff"}, func(today civil) {
			if !takes {
				return
			}
			closed := s.Status == dialog.StatusClosed && !s.Filed
			if e.papers = (civil{}); to == dialog.StatusPapers {
				e.papers = today
			}
			e.over = ends || e.over && !closed
		}
	})
}

func forget() func(*enrollee, dialog.State) (bot.Inbound, func(civil)) {
	asked := false
	return func(e *enrollee, s dialog.State) (bot.Inbound, func(civil)) {
		switch {
		case e.erased || s.Lang == "":
			return nothing()
		case !asked || s.Pending == nil || s.Pending.Kind != dialog.PendingForget:
			return bot.Inbound{Text: "/forget"}, func(civil) { asked = true }
		}
		node := "pending-forget"
		if s.Node != "" {
			node += "-" + s.Node
		}
		return bot.Inbound{Kind: bot.InPress, Node: node, Value: "yes"}, func(civil) { e.erased = true }
	}
}

// draftAnswered takes up a draft whose plan has answered on a day.
func draftAnswered(on civil) func(*enrollee, dialog.State) (bot.Inbound, func(civil)) {
	stage := 0
	return func(e *enrollee, s dialog.State) (bot.Inbound, func(civil)) {
		switch {
		case e.erased || e.over || stage == 0 && (s.Status != "draft" || s.Node != "" || on.Before(e.grievance)):
			return nothing()
		case stage == 0:
			return bot.Inbound{Kind: bot.InPress, Node: "old", Value: "file"}, func(civil) { stage = 1 }
		case stage == 1:
			return bot.Inbound{Kind: bot.InPress, Node: "pending-wake", Value: "yes"}, func(civil) { stage = 2 }
		case s.Node == "":
			return nothing()
		}
		in, apply := e.answer(s)
		if s.Node == "decision_date" {
			in = bot.Inbound{Text: on.Format(time.DateOnly), Message: fmt.Sprintf("m%d", e.events)}
			apply = func(civil) { e.decision, e.decided = on, in.Message }
		}
		return in, apply
	}
}

// newDecision corrects the date of the plan's decision in the message that gave
// it, and hands the form in anew.
func newDecision(on civil) func(*enrollee, dialog.State) (bot.Inbound, func(civil)) {
	stage := 0
	return func(e *enrollee, s dialog.State) (bot.Inbound, func(civil)) {
		switch {
		case e.erased || e.over || stage == 0 && (e.ref == "" || e.decided == "" || s.Node != "" || on.Before(e.grievance) || on.Equal(e.decision)):
			return nothing()
		case stage == 0:
			return bot.Inbound{Kind: bot.InEdit, Message: e.decided, Text: on.Format(time.DateOnly)}, func(civil) { stage, e.decision = 1, on }
		case s.Node == "":
			return nothing()
		}
		return e.answer(s)
	}
}

// tally counts what came to pass.
type tally map[string]int

func newTally() tally { return tally{} }

// note counts a deed.
func (t tally) note(in bot.Inbound, turn bot.Turn) {
	switch {
	case in.Kind == bot.InStatus:
		t[in.Status]++
	case in.Kind == bot.InEdit:
		t["facts changed"]++
	case in.Value == "stop-reminders":
		t["stopped"]++
	case turn.Forget:
		t["erased"]++
	}
}

func (t tally) add(more tally) {
	for what, n := range more {
		t[what] += n
	}
}

func (t tally) sum(prefix string) int {
	n := 0
	for what, count := range t {
		if strings.HasPrefix(what, prefix) {
			n += count
		}
	}
	return n
}

func (t tally) String() string {
	var list []string
	for _, what := range slices.Sorted(maps.Keys(t)) {
		list = append(list, fmt.Sprintf("%s %d", what, t[what]))
	}
	return strings.Join(list, ", ")
}
