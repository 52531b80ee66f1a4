package imr_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"imrbot/dialog"
)

// reminded lets the days come on which something is to be said to the enrollee,
// each up to forty days late, on a copy of their state: the list is sorted and
// within its limit, each is said once and with the truth about its date, and in
// the end nothing is left to say.
func (e *enrollee) reminded() error {
	s, today := e.state, e.head.Today
	for n := 0; ; n++ {
		list := e.interview.Reminders(s)
		if err := inOrder(list); err != nil {
			return err
		}
		if len(list) == 0 {
			return nil
		}
		if n > dialog.MaxReminders {
			return fmt.Errorf("after %d reminders there are still %v", n, list)
		}
		due := list[e.IntN(min(len(list), 2))]
		if due.Day.After(today) {
			today = due.Day
		}
		today = today.AddDays(max(0, e.IntN(60)-20))
		head := dialog.Head{At: e.head.At, Today: today}
		next, effects := e.interview.Step(s, dialog.Reminded{Head: head, ID: due.ID})
		if err := spokenOnce(e.interview, s, next, due, today, effects); err != nil {
			return fmt.Errorf("%s on %s: %w", due.ID, today, err)
		}
		s = next
	}
}

// inOrder tells what is wrong with a list of reminders.
func inOrder(list []dialog.Reminder) error {
	if len(list) > dialog.MaxReminders || !slices.IsSortedFunc(list, func(a, b dialog.Reminder) int { return a.Day.Compare(b.Day) }) {
		return fmt.Errorf("the reminders are too many, or out of order: %v", list)
	}
	seen := map[string]bool{}
	for _, r := range list {
		if seen[r.ID] || r.Day.IsZero() {
			return fmt.Errorf("%v is there twice, or on no day: %v", r, list)
		}
		seen[r.ID] = true
	}
	return nil
}

// thread is what a reminder has in common with the earlier and later ones of the
// same thing.
func thread(r dialog.Reminder) string { return r.ID[:strings.LastIndex(r.ID, ":")] }

// spokenOnce tells what is wrong with what one reminder did.
func spokenOnce(interview *dialog.Interview, before, after dialog.State, due dialog.Reminder, today dialog.Date, effects []dialog.Effect) error {
	if len(effects) > 1 {
		return fmt.Errorf("%d effects", len(effects))
	}
	if !after.Last.Equal(before.Last) || after.LastDay != before.LastDay {
		return fmt.Errorf("the enrollee counts as heard")
	}
	settled := due.Day
	if today.After(settled) {
		settled = today
	}
	for _, r := range interview.Reminders(after) {
		if thread(r) == thread(due) && !r.Day.After(settled) {
			return fmt.Errorf("%v is still to be said", r)
		}
	}
	for _, effect := range effects {
		text := effect.(dialog.Say).Text
		if strings.Contains(text, "too late") || strings.Contains(text, "demasiado tarde") {
			return fmt.Errorf("somebody is told that it is too late: %q", text)
		}
		if !strings.Contains(text, "stop reminders") && !strings.Contains(text, "no más avisos") {
			return fmt.Errorf("it does not say how to stop them: %q", text)
		}
	}
	if again, effects := interview.Step(after, dialog.Reminded{Head: dialog.Head{Today: today}, ID: due.ID}); len(effects) > 0 {
		return fmt.Errorf("it is said a second time, and then %v", again.Pending)
	}
	return nil
}

func day(t *testing.T, text string) dialog.Date {
	t.Helper()
	d, err := dialog.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// listed writes reminders as "day kind".
func listed(list []dialog.Reminder) string {
	var lines []string
	for _, r := range list {
		lines = append(lines, fmt.Sprintf("%s %s", r.Day, r.Kind))
	}
	return strings.Join(lines, ", ")
}

func TestRemindersFollowTheFacts(t *testing.T) {
	c := newTalk(t, "en")
	c.toThe("")
	if got, want := listed(c.interview.Reminders(c.state)), "2026-09-15 file-by, 2026-10-01 file-by, 2026-10-08 file-by, 2026-10-13 file-by"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	old := c.interview.Reminders(c.state)[0].ID
	c.said("change the plan's answer to the complaint")
	c.said("2026-05-31")
	c.said("submit")
	if got, want := listed(c.interview.Reminders(c.state)), "2026-10-31 file-by, 2026-11-16 file-by, 2026-11-23 file-by, 2026-11-28 file-by"; !strings.HasSuffix(got, want) {
		t.Errorf("with another letter: %s\nwant %s", got, want)
	}
	c.on(day(t, "2026-09-15"))
	if effects := c.step(dialog.Reminded{Head: c.head, ID: old}); len(effects) > 0 {
		t.Errorf("a reminder of a date that no longer is was said: %v", told(effects))
	}
}

func TestADayBeforeTheAnswerIsGoneWhenTheFactsChangeInTheMiddle(t *testing.T) {
	c := newTalk(t, "en")
	c.toThe("")
	c.said("change coverage")
	c.said("through my job") // opens a question before the verdict
	if c.state.Node != "self_funded" {
		t.Fatalf("at %q", c.state.Node)
	}
	if got := listed(c.interview.Reminders(c.state)); !strings.Contains(got, "2026-09-15 file-by") || !strings.Contains(got, "2026-06-02 unfinished") {
		t.Errorf("%s: want the day to file all the same, and the open question", got)
	}
	c.said("yes") // then others decide
	if got := listed(c.interview.Reminders(c.state)); got != "" {
		t.Errorf("others decide, and there are still reminders: %s", got)
	}
}

func TestThereAreNoRemindersWhereThereIsNothingToDo(t *testing.T) {
	for name, do := range map[string]func(c *talk){
		"nothing was begun": func(c *talk) {},
		"no consent yet":    func(c *talk) { c.said("check my case") },
		"filed": func(c *talk) {
			c.toThe("")
			c.step(dialog.StatusSet{Head: c.head, Ref: c.state.Ref, Status: dialog.StatusFiled})
		},
		"closed": func(c *talk) {
			c.toThe("")
			c.step(dialog.StatusSet{Head: c.head, Ref: c.state.Ref, Status: dialog.StatusClosed})
		},
		"erased":  func(c *talk) { c.toThe(""); c.said("/forget"); c.said("yes") },
		"stopped": func(c *talk) { c.toThe(""); c.said("stop reminders") },
		"here after the day to file, and reminded of it": func(c *talk) {
			c.toThe("")
			c.sayDue(dialog.Date{Year: 2026, Month: time.October, Day: 13})
			c.on(dialog.Date{Year: 2026, Month: time.October, Day: 16})
			c.said("hello")
		},
		"told after the day to file": func(c *talk) {
			c.on(dialog.Date{Year: 2026, Month: time.October, Day: 16})
			c.toThe("")
		},
		"here long after the day to file": func(c *talk) {
			c.toThe("")
			c.on(dialog.Date{Year: 2026, Month: time.November, Day: 15})
			c.said("hello")
		},
		"in the pause of a crisis": func(c *talk) {
			c.toThe("coverage")
			c.step(dialog.Said{Head: c.head, Text: "i want to die", Reading: dialog.Reading{Kind: dialog.ReadCrisis}})
		},
		"papers came after the asking": func(c *talk) {
			c.toThe("")
			c.step(dialog.StatusSet{Head: c.head, Ref: c.state.Ref, Status: dialog.StatusFiled})
			c.step(dialog.StatusSet{Head: c.head, Ref: c.state.Ref, Status: dialog.StatusPapers})
			c.step(dialog.Sent{Head: c.head, File: dialog.File{ID: "1", Name: "a.pdf"}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTalk(t, "en")
			do(c)
			if got := listed(c.interview.Reminders(c.state)); got != "" {
				t.Errorf("still %s", got)
			}
		})
	}
}

func TestADraftPutAsideIsStillRemindedOf(t *testing.T) {
	c := newTalk(t, "en")
	c.toThe("grievance_date")
	c.said("2026-05-20")
	c.said("none")
	c.said("none")
	want := "2026-06-19 wake, 2026-11-19 safe-by, 2026-12-05 safe-by, 2026-12-12 safe-by, 2026-12-17 safe-by"
	if got := listed(c.interview.Reminders(c.state)); got != want {
		t.Fatalf("%s\nwant %s", got, want)
	}
	c.said("check my case")
	c.step(dialog.Pressed{Head: c.head, Node: "pending-wake", Value: "file"}) // another problem
	if len(c.state.Parked) != 1 {
		t.Fatal("no draft was put aside")
	}
	if got := listed(c.interview.Reminders(c.state)); !strings.HasPrefix(strings.ReplaceAll(got, "2026-06-02 unfinished, 2026-06-08 unfinished, ", ""), want) {
		t.Errorf("put aside: %s\nwant %s", got, want)
	}
}

func TestWhoeverStopsRemindersForOneProblemHearsNoneOfTheNext(t *testing.T) {
	c := newTalk(t, "en")
	c.toThe("")
	c.said("stop reminders")
	c.said("check my case")
	c.said("yes") // a new one
	if c.state.Node == "" || !c.state.NoReminders || len(c.interview.Reminders(c.state)) > 0 {
		t.Errorf("at %q, reminders %v", c.state.Node, c.interview.Reminders(c.state))
	}
}

func TestAStateFromBeforeRemindersIsRemindedOfItsDates(t *testing.T) {
	c := newTalk(t, "es")
	c.toThe("")
	want := listed(c.interview.Reminders(c.state))
	c.state.ToldDay, c.state.LastDay = dialog.Date{}, dialog.Date{}
	if got := listed(c.interview.Reminders(c.state)); got != want || want == "" {
		t.Errorf("%s, want %s", got, want)
	}
}
