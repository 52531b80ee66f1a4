package imr_test

import (
	"slices"
	"strings"
	"testing"

	"imrbot/dialog"
)

// stored are the statuses under which the effects store intakes.
func stored(effects []dialog.Effect) []string {
	var list []string
	for _, effect := range effects {
		if e, ok := effect.(dialog.StoreIntake); ok {
			list = append(list, e.Intake.Ref+" "+e.Intake.Status)
		}
	}
	return list
}

func (c *talk) set(ref, status string) []dialog.Effect {
	return c.step(dialog.StatusSet{Head: c.head, Ref: ref, Status: status})
}

func TestAStatusOfTheStaffIsToldOnceAndStored(t *testing.T) {
	c := newTalk(t, "en")
	c.toThe("")
	for _, status := range []string{"review", "papers", "filed", "closed", "with-team"} {
		effects := c.set("A-2026-000123", status)
		if got := stored(effects); !slices.Equal(got, []string{"A-2026-000123 " + status}) || strings.Count(told(effects), "A-2026-000123") != 1 {
			t.Errorf("%s: stored %v, said %q", status, got, told(effects))
		}
		if effects := c.set("A-2026-000123", status); len(effects) != 0 {
			t.Errorf("%s again: %v", status, effects)
		}
	}
}

func TestAStatusThatMeansNothingHereChangesNothing(t *testing.T) {
	submitted, draft, fresh := newTalk(t, "en"), newTalk(t, "en"), &talk{t: t}
	submitted.toThe("")
	draft.toThe("grievance_date")
	for range 3 {
		draft.said("none")
	}
	fresh.interview = draft.interview
	for _, c := range []struct {
		name        string
		talk        *talk
		ref, status string
	}{
		{"another reference", submitted, "A-2026-000999", "filed"},
		{"no reference", fresh, "", "filed"},
		{"a status of nobody", submitted, "A-2026-000123", "lost"},
		{"a draft of something handed in", submitted, "A-2026-000123", "draft"},
		{"no status", submitted, "A-2026-000123", ""},
		{"a review of a draft", draft, "A-2026-000123", "review"},
		{"a draft handed in by the staff", draft, "A-2026-000123", "with-team"},
	} {
		before := c.talk.state
		if effects := c.talk.set(c.ref, c.status); len(effects) != 0 || c.talk.state.Status != before.Status || c.talk.state.Filed {
			t.Errorf("%s: %v, status %q", c.name, effects, c.talk.state.Status)
		}
	}
}

func TestADraftThatWasFiledWaitsForThePlanNoLonger(t *testing.T) {
	c := newTalk(t, "en")
	c.toThe("grievance_date")
	for range 3 {
		c.said("none")
	}
	c.step(dialog.Resumed{Head: c.head})
	if p := c.state.Pending; p == nil || p.Kind != dialog.PendingWake {
		t.Fatalf("pending %v", p)
	}
	effects := c.set("A-2026-000123", dialog.StatusFiled)
	if c.state.Pending != nil || !strings.Contains(told(effects), "was filed") || len(c.interview.Reminders(c.state)) != 0 {
		t.Errorf("pending %v, said %q, reminders %v", c.state.Pending, told(effects), c.interview.Reminders(c.state))
	}
}

func TestTheStaffAreHeardOfAnIntakeThatIsNotTheOpenOne(t *testing.T) {
	c := newTalk(t, "en")
	c.toThe("")
	c.said("check my case")
	c.said("yes") // a second problem
	c.head.Ref = "A-2026-000124"
	open := c.state.Node
	effects := c.set("A-2026-000123", dialog.StatusPapers)
	if !strings.Contains(told(effects), "More papers are needed") || c.state.Node != open || len(stored(effects)) != 0 {
		t.Errorf("%v at %q", effects, c.state.Node)
	}
	if got := listed(c.interview.Reminders(c.state)); !strings.Contains(got, "2026-06-04 papers, ") {
		t.Errorf("reminders %s", got)
	}
	c.set("A-2026-000123", dialog.StatusFiled)
	c.set("A-2026-000123", dialog.StatusPapers)
	if effects := c.said("/status"); !strings.Contains(told(effects), "A-2026-000123 was filed with the Department. More papers") {
		t.Errorf("/status: %q", told(effects))
	}
	if c.state.Filed {
		t.Error("the second problem counts as filed, too")
	}
	// A draft put aside is done with, once it was filed.
	d := newTalk(t, "en")
	d.toThe("grievance_date")
	for range 3 {
		d.said("none")
	}
	d.said("check my case")
	d.step(dialog.Pressed{Head: d.head, Node: "pending-wake", Value: "file"})
	effects = d.set("A-2026-000123", dialog.StatusFiled)
	if len(d.state.Parked) != 0 || len(d.state.Done) != 1 || !strings.Contains(told(effects), "was filed") {
		t.Errorf("%d put aside, done %v, said %q", len(d.state.Parked), d.state.Done, told(effects))
	}
}

func TestAFiledFormHearsNoMoreOfItsDayToFile(t *testing.T) {
	c := newTalk(t, "en")
	c.toThe("")
	c.set("A-2026-000123", dialog.StatusFiled)
	said := told(c.said("change the plan's answer to the complaint"))
	said += told(c.said("2026-05-20")) // the verdict is told anew
	for _, never := range []string{"YOUR DATE", "not yet filed", "Your date to file"} {
		if strings.Contains(said, never) {
			t.Errorf("it is filed, and still: %q", never)
		}
	}
	if !strings.Contains(said, "Independent Medical Review") {
		t.Fatalf("the verdict was not told anew: %q", said)
	}
	effects := c.said("submit")
	if got := stored(effects); !slices.Equal(got, []string{"A-2026-000123 filed"}) {
		t.Errorf("stored %v", got)
	}
	if !slices.ContainsFunc(effects, func(e dialog.Effect) bool { _, ok := e.(dialog.OpenTicket); return ok }) {
		t.Error("the desk does not hear of the change")
	}
	if strings.Contains(told(effects), "not yet filed") {
		t.Errorf("%q", told(effects))
	}
}

func TestPapersAreStillAskedForAfterAnotherAnswerWasChanged(t *testing.T) {
	for _, first := range []string{"", dialog.StatusFiled} {
		c := newTalk(t, "en")
		c.toThe("")
		if first != "" {
			c.set("A-2026-000123", first)
		}
		c.set("A-2026-000123", dialog.StatusPapers)
		c.said("change the plan's answer to the complaint")
		c.said("2026-05-20")
		if got := stored(c.said("submit")); !slices.Equal(got, []string{"A-2026-000123 papers"}) {
			t.Errorf("stored %v", got)
		}
		if got := listed(c.interview.Reminders(c.state)); !strings.Contains(got, "2026-06-04 papers, 2026-06-11 papers") {
			t.Errorf("after %q: %s", first, got)
		}
	}
}

func TestForgetLeavesNothingButTheLanguage(t *testing.T) {
	c := newTalk(t, "en")
	c.said("español")
	c.toThe("")
	c.said("persona")
	c.said("borrar mis datos")
	effects := c.said("sí")
	if len(effects) != 2 || effects[0] != (dialog.Forget{}) || !strings.HasPrefix(told(effects), "Ya lo borré") {
		t.Fatalf("%v", effects)
	}
	want := dialog.State{Version: dialog.StateVersion, Lang: "es", LangChosen: true, Last: c.head.At, LastDay: c.head.Today}
	got, err := dialog.EncodeState(c.state)
	if err != nil {
		t.Fatal(err)
	}
	if empty, _ := dialog.EncodeState(want); string(got) != string(empty) {
		t.Errorf("%s is left, want %s", got, empty)
	}
}
