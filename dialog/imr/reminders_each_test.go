package imr_test

import (
	"slices"
	"strings"
	"testing"

	"imrbot/dialog"
)

// parked is a draft that waits for the plan's answer to a grievance of that day.
func parked(c *talk, ref, grievance string) dialog.Parked {
	return dialog.Parked{Ref: ref, ToldDay: c.head.Today, Answers: map[string]dialog.Answer{
		"problem": {Value: "denied"}, "serious_threat": {Value: "no"}, "coverage": {Value: "other"},
		"reason": {Value: "not-medically-necessary"}, "grievance_date": {Value: grievance},
	}}
}

// sayDue says the reminders of a day until none is left, and returns their
// texts.
func (c *talk) sayDue(today dialog.Date) []string {
	c.t.Helper()
	c.on(today)
	var texts []string
	for range dialog.MaxReminders {
		list := c.interview.Reminders(c.state)
		if len(list) == 0 || list[0].Day.After(today) {
			return texts
		}
		texts = append(texts, told(c.step(dialog.Reminded{Head: c.head, ID: list[0].ID})))
	}
	c.t.Fatalf("there is no end of reminders: %q", texts)
	return nil
}

func TestOneReminderSilencesNoOtherOfItsKind(t *testing.T) {
	for name, x := range map[string]struct {
		set  func(c *talk)
		on   string
		want []string // each in a message of its own
	}{
		"papers for two forms": {func(c *talk) {
			for _, ref := range []string{"A-2026-000001", "A-2026-000002"} {
				c.state.Done = append(c.state.Done, dialog.Done{Ref: ref, Status: dialog.StatusPapers, PapersDay: c.head.Today})
			}
		}, "2026-06-04", []string{"A-2026-000001", "A-2026-000002"}},
		"papers for two forms, asked for on two days, and one comes late": {func(c *talk) {
			for i, ref := range []string{"A-2026-000001", "A-2026-000002"} {
				c.state.Done = append(c.state.Done, dialog.Done{Ref: ref, Status: dialog.StatusPapers, PapersDay: c.head.Today.AddDays(i)})
			}
		}, "2026-06-05", []string{"A-2026-000001", "A-2026-000002"}},
		"careful dates of two drafts": {func(c *talk) {
			c.state.Parked = []dialog.Parked{parked(c, "A-2026-000001", "2026-05-20"), parked(c, "A-2026-000002", "2026-05-04")}
			for c.on(day(t, "2026-07-01")); len(c.sayDue(c.head.Today)) > 0; { // the drafts' own days first
			}
		}, "2026-11-19", []string{"December 19, 2026. That is in 30 days", "December 3, 2026. That is in 14 days"}},
		"two drafts that waited for the same day": {func(c *talk) {
			c.state.Parked = []dialog.Parked{parked(c, "A-2026-000001", "2026-05-20"), parked(c, "A-2026-000002", "2026-05-20")}
		}, "2026-06-19", []string{"A-2026-000001", "A-2026-000002"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTalk(t, "en")
			x.set(c)
			texts := c.sayDue(day(t, x.on))
			for _, want := range x.want {
				n := 0
				for _, text := range texts {
					n += strings.Count(text, want)
				}
				if n != 1 {
					t.Errorf("%q is said %d times: %q", want, n, texts)
				}
			}
			if len(texts) != len(x.want) {
				t.Errorf("%d reminders, want %d: %q", len(texts), len(x.want), texts)
			}
		})
	}
}

func TestOfOneDateOnlyTheNewestOfTheMissedRemindersIsSaid(t *testing.T) {
	c := newTalk(t, "en")
	c.toThe("")
	texts := c.sayDue(day(t, "2026-10-11"))
	if len(texts) != 1 || !strings.Contains(texts[0], "4 days left") {
		t.Errorf("after three that were missed: %q", texts)
	}
}

func TestWhoWritesAfterTheDayToFileIsStillToldWhatWasMissed(t *testing.T) {
	c := newTalk(t, "en")
	c.toThe("")
	c.sayDue(day(t, "2026-10-08"))
	c.on(day(t, "2026-10-17")) // nothing ran from October 9 on
	c.said("hello")
	if texts := c.sayDue(c.head.Today); len(texts) != 1 || !strings.Contains(texts[0], "Your date to send the form was Thursday, October 15, 2026. Send it anyway") {
		t.Errorf("%q", texts)
	}
}

func TestWhatWasSaidIsRememberedWithinALimit(t *testing.T) {
	c := newTalk(t, "en")
	c.state.Reminded = map[string]dialog.Date{}
	for i := range 300 {
		c.state.Reminded["file-by:"+c.head.Today.AddDays(i-300).String()] = c.head.Today.AddDays(i - 310)
	}
	c.toThe("")
	c.sayDue(day(t, "2026-09-15"))
	if n := len(c.state.Reminded); n > 100 || c.state.Reminded["file-by:2026-10-15"] != day(t, "2026-09-15") {
		t.Errorf("%d are remembered: %v", n, c.state.Reminded)
	}
	if _, kept := c.state.Reminded["file-by:2026-05-31"]; !kept {
		t.Errorf("the newest are not among them: %v", c.state.Reminded)
	}
}

// The first form of what is remembered was by kind alone; no such state is in
// use, and one must do no harm.
func TestAStateThatRemembersByKindIsStillRead(t *testing.T) {
	c := newTalk(t, "en")
	c.toThe("")
	want := c.interview.Reminders(c.state)
	raw, err := dialog.EncodeState(c.state)
	if err != nil {
		t.Fatal(err)
	}
	old := strings.Replace(string(raw), `{"version":1`, `{"version":1,"reminded":{"wake":"2026-05-01"}`, 1)
	s, err := dialog.DecodeState([]byte(old))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.interview.Reminders(s); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestAReminderThatWasNotSentIsSaidAnewUnlessALaterOneWas(t *testing.T) {
	c := newTalk(t, "en")
	c.toThe("")
	ids := map[string]string{}
	for _, r := range c.interview.Reminders(c.state) {
		ids[r.Day.String()] = r.ID
	}
	first, second := day(t, "2026-10-01"), day(t, "2026-10-08")
	c.sayDue(first)
	if c.state.Pending == nil {
		t.Fatal("a reminder asks nothing")
	}
	c.on(first.AddDays(2))
	if effects := c.step(dialog.Missed{Head: c.head, ID: ids["2026-10-01"], Day: first}); len(effects) > 0 || c.state.Pending != nil || c.state.LastDay == c.head.Today {
		t.Errorf("effects %v, pending %v", effects, c.state.Pending)
	}
	if texts := c.sayDue(first.AddDays(2)); len(texts) != 1 || !strings.Contains(texts[0], "12 days left") {
		t.Errorf("said anew: %q", texts)
	}
	c.sayDue(second)
	for _, ev := range []dialog.Missed{
		{ID: ids["2026-10-01"], Day: first.AddDays(2)}, // something later was said
		{ID: "file-by:2026-12-24:7", Day: second}, {ID: "papers", Day: second}, {Day: second}, {},
	} {
		ev.Head = c.head
		c.step(ev)
		if texts := c.sayDue(second); len(texts) > 0 || c.state.Pending == nil {
			t.Errorf("after %v: %q", ev, texts)
		}
	}
}
