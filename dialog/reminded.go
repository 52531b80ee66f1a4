package dialog

import (
	"maps"
	"slices"
	"strings"
)

// reminded says a reminder, with what is true of its date today, and settles it
// and the earlier ones of its thread. Before is the state that listed it.
func (t *turn) reminded(ev Reminded, before State) {
	list := t.Reminders(before)
	i := slices.IndexFunc(list, func(r Reminder) bool { return r.ID == ev.ID })
	if i < 0 {
		return
	}
	due := list[i]
	t.language("")
	t.settled(due)
	text := t.reminderText(due.Kind, due.about, due.ref)
	switch paused := t.s.Pending != nil && t.s.Pending.Kind == PendingPause; {
	case text == "":
	case paused:
		t.sayText(text) // the pause stays, and so do its buttons
	case t.wakes(due.Kind) && due.ref == t.s.Ref && t.s.Node == "" && t.s.Status == statusDraft:
		t.putBack()
		t.offer(&Pending{Kind: PendingWake, Value: string(due.Kind)})
	default:
		t.putBack()
		t.offer(&Pending{Kind: PendingReminder, Value: string(due.Kind), Options: []string{due.about.String(), due.ref}})
	}
}

// settled notes that nothing of that thread up to that day, or today, is to be
// said any more. Of more threads than a conversation can have at once, the ones
// that were settled first are let go.
func (t *turn) settled(due Reminder) {
	threads := maps.Clone(t.s.Reminded)
	if threads == nil {
		threads = map[string]Date{}
	}
	for _, day := range []Date{due.Day, t.head.Today} {
		if day.After(threads[due.thread()]) {
			threads[due.thread()] = day
		}
	}
	for len(threads) > maxReminded {
		delete(threads, slices.MinFunc(slices.Sorted(maps.Keys(threads)), func(a, b string) int { return threads[a].Compare(threads[b]) }))
	}
	t.s.Reminded = threads
}

// missed takes back a reminder that could not be sent, with the question that
// nobody saw.
func (t *turn) missed(ev Missed) {
	thread := Reminder{ID: ev.ID}.thread()
	if day, said := t.s.Reminded[thread]; !said || day != ev.Day {
		return
	}
	delete(t.s.Reminded, thread) // the step's own copy
	if kind, _, _ := strings.Cut(thread, ":"); t.atReminder() && t.s.Pending.Value == kind {
		t.s.Pending = nil
	}
}

func (t *turn) knownReminder(kind ReminderKind) bool {
	return kind == ReminderUnfinished || kind == ReminderPapers || t.reminderOf(kind) != nil
}

// reminderOf is the [[reminder]] of that kind, or nil.
func (v *Interview) reminderOf(kind ReminderKind) *reminder {
	i := slices.IndexFunc(v.reminders, func(r reminder) bool { return r.kind == kind })
	if i < 0 {
		return nil
	}
	return &v.reminders[i]
}

// wakes tells whether reminders of that kind take up a draft again.
func (t *turn) wakes(kind ReminderKind) bool {
	r := t.reminderOf(kind)
	return r != nil && r.wake
}

// reminderText is what a reminder says today; "" when there is nothing to say
// any more. It may light up a locked phone before others: it names no illness,
// no plan, nothing that was answered, and not the operator, whose name may hold
// such a word.
func (t *turn) reminderText(kind ReminderKind, about Date, ref string) string {
	id := "remind." + string(kind)
	team := t.word("say.our-team", nil)
	blanks := map[string]any{"operator": team, "ref": ref}
	r := t.reminderOf(kind)
	text := ""
	switch {
	case r != nil && !r.wake:
		left := about.Days() - t.head.Today.Days()
		blanks["value"], blanks["count"] = t.words.longDate(t.s.Lang, about), left
		switch {
		case left == 0:
			id += "-today"
		case left < 0 && r.careful:
			return ""
		case left < 0:
			id += "-past"
		}
		text = t.word(id, blanks)
		if status := t.statusOf(Done{Ref: t.s.Ref, Status: t.s.Status}, team); status != "" && t.isFiling(r.date) && t.s.Verdict != nil && t.s.Verdict.Date(r.date) == about {
			text += "\n\n" + status
		}
	case kind == ReminderUnfinished:
		text = t.withDeadline(t.word(id, blanks))
	default:
		text = t.word(id, blanks)
	}
	if text == "" || t.s.NoReminders {
		return text
	}
	return text + "\n\n" + t.word("remind.stop", nil)
}

// reminderButtons are the way on that fits, and the way to hear no more.
func (t *turn) reminderButtons() []Button {
	var list []Button
	switch {
	case t.s.Node != "":
		list = []Button{{Label: t.word("button.go-on", nil), Value: "file"}}
	case t.s.Status == "" || t.s.Status == statusDraft || len(t.s.Parked) > 0:
		list = t.buttons("file")
	default:
		list = t.buttons("human")
	}
	return append(list, t.stopButton()...)
}

func (t *turn) stopButton() []Button {
	if t.s.NoReminders {
		return nil
	}
	return t.buttons(stopReminders)
}

// settleReminder takes the reply to a reminder.
func (t *turn) settleReminder(value string) {
	onward := t.reminderButtons()[0].Value
	if value == "yes" {
		value = onward
	}
	switch value {
	case "human", "file", stopReminders:
		t.run(value, "")
	default:
		t.repeat()
	}
}

// atReminder tells whether a reminder is what was said last.
func (t *turn) atReminder() bool {
	p := t.s.Pending
	return p != nil && (p.Kind == PendingReminder || p.Kind == PendingWake && p.Value != "")
}

// switchReminders ends reminders or takes them up again; what stood open stays.
func (t *turn) switchReminders(on bool) {
	t.s.NoReminders = !on
	id := "say.reminders-off"
	if on {
		id = "say.reminders-on"
	}
	t.sayText(t.withDeadline(t.word(id, nil)))
	t.repeat()
}
