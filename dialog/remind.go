package dialog

import (
	"slices"
	"strconv"
	"strings"
)

// ReminderKind is what a Reminder is about: one of the constants, or the id of a
// [[reminder]] of interview.toml.
type ReminderKind string

// The kinds of Reminder that every interview has.
const (
	ReminderUnfinished ReminderKind = "unfinished" // questions are still open
	ReminderPapers     ReminderKind = "papers"     // the staff asked for papers
)

// Reminder is something to say to an enrollee on a day to come, or now where
// that day has passed.
type Reminder struct {
	// ID names it for Reminded, and is unique among those of a conversation. It
	// holds the kind, a day and maybe a reference; nothing that was answered.
	// What is before the last colon is its thread: the reminders of one thing,
	// of which only the newest is said.
	ID   string       `json:"id"`
	Day  Date         `json:"day"` // the legal day
	Kind ReminderKind `json:"kind"`

	about Date   // the day it reminds of, if any
	ref   string // the intake it is about, if it names one
}

// thread is what it is about: a kind, and the date or intake if it has one. Two
// problems, and two forms, have threads of their own.
func (r Reminder) thread() string { return r.ID[:max(strings.LastIndexByte(r.ID, ':'), 0)] }

// reminder is a [[reminder]] of interview.toml.
type reminder struct {
	kind    ReminderKind
	date    string // of the verdict
	days    []int  // before it
	careful bool   // no deadline: nothing is said once it has passed
	wake    bool   // on the day, a draft is taken up again
}

// On how many days after the last word, or after papers were asked for, to
// remind.
var (
	unfinishedDays = []int{1, 7}
	papersDays     = []int{3, 10}
)

// missedFor is on how many days after the day to file a reminder that was missed
// is still told to an enrollee who was here since.
const missedFor = 30

// sentences lists what is needed to say it.
func (r reminder) sentences() []string {
	id := "remind." + string(r.kind)
	switch {
	case r.wake:
		return []string{id}
	case r.careful:
		return []string{id, id + "-today"}
	}
	return []string{id, id + "-today", id + "-past"}
}

// reminder reads one [[reminder]].
func (p *interviewParser) reminder(row *tomlTable) {
	r := reminder{kind: ReminderKind(row.needStr("id")), date: row.needStr("date"), careful: row.boolean("careful"), wake: row.boolean("wake")}
	for i, n := range row.integers("days") {
		if n < 1 || n > maxReminderAhead {
			row.defect("days", "days[%d] = %d: a reminder comes 1 to %d days before", i, n, maxReminderAhead)
		}
		r.days = append(r.days, int(n))
	}
	switch {
	case r.wake && (len(r.days) > 0 || r.careful):
		row.defect("wake", "a reminder that wakes a draft comes on the day itself; take \"days\" and \"careful\" out")
	case r.wake:
		r.days = []int{0}
	case len(r.days) == 0 || len(r.days) > maxReminderDays:
		row.defect("days", "%d days: a reminder comes on 1 to %d of them", len(r.days), maxReminderDays)
	}
	row.done()
	if !keyPattern.MatchString(strings.ReplaceAll(string(r.kind), "-", "_")) {
		row.defect("id", "id = %q: an id has small letters, digits, - and _, and begins with a letter", clip(string(r.kind)))
	}
	if slices.ContainsFunc(p.reminders, func(o reminder) bool { return o.kind == r.kind }) ||
		slices.Contains([]ReminderKind{ReminderUnfinished, ReminderPapers, "stop"}, r.kind) {
		row.defect("id", "id = %q is taken; give this reminder another", r.kind)
	}
	if d, ok := p.rules.VerdictScope().Decl(r.date); !ok || d.Type != TypeDate {
		row.defect("date", "date = %q: the rules have no date of that name", clip(r.date))
	}
	if p.reminders = append(p.reminders, r); len(p.reminders) > maxReminderKinds {
		row.defect("", "more than %d reminders; take this one out", maxReminderKinds)
	}
}

// isFiling tells whether a date of the verdict is one by which to file.
func (v *Interview) isFiling(date string) bool {
	return date != "" && (date == v.deadline || slices.ContainsFunc(v.reminders, func(r reminder) bool { return r.careful && r.date == date }))
}

// markFiling finds the parts of the verdict that are about such a date: by their
// condition or by what they say.
func (v *Interview) markFiling() {
	for i := range v.parts {
		p := &v.parts[i]
		names := slices.Clone(v.words.blanks[v.words.languages[0]]["verdict."+p.id])
		if p.when != nil {
			names = append(names, p.when.keys...)
		}
		p.filing = slices.ContainsFunc(names, v.isFiling)
	}
}

// Reminders lists what is still to be said to the enrollee of that state, sorted
// by day, at most MaxReminders. One whose day has passed is due at once. It
// changes with every step: the caller asks again after each, and lets go what is
// no longer listed. The caller owns the slice.
func (v *Interview) Reminders(s State) []Reminder {
	if s.NoReminders {
		return nil
	}
	r := &remindList{Interview: v, s: s, last: s.lastDay()}
	for _, d := range append(slices.Clone(s.Done), Done{s.Ref, s.Status, s.Filed, s.PapersDay}) {
		if d.Status == StatusPapers && !d.PapersDay.IsZero() {
			r.after(ReminderPapers, d.PapersDay, papersDays, d.Ref)
		}
	}
	t := &turn{Interview: v, s: s}
	if s.Status != StatusClosed && !t.filed() {
		told := s.ToldDay
		if told.IsZero() && s.Told != "" {
			told = s.VerdictDay // of a state from before ToldDay
		}
		outside := r.dates(s, told, s.Node == "" && s.Status == statusDraft)
		open := v.openStep(s)
		paused := s.Pending != nil && s.Pending.Kind == PendingPause
		if open != nil && open.kind != kindNotice && !outside && !paused {
			r.after(ReminderUnfinished, r.last, unfinishedDays, "")
		}
	}
	for _, p := range s.Parked {
		r.dates(State{Answers: p.Answers, Ref: p.Ref}, p.ToldDay, true)
	}
	slices.SortStableFunc(r.list, func(a, b Reminder) int { return a.Day.Compare(b.Day) })
	return r.list[:min(len(r.list), MaxReminders)]
}

// lastDay is the legal day on which the enrollee was last heard.
func (s State) lastDay() Date {
	if s.LastDay.IsZero() && !s.Last.IsZero() {
		return DateOf(s.Last) // of a state from before LastDay
	}
	return s.LastDay
}

// remindList is one run of Reminders.
type remindList struct {
	*Interview
	s    State
	last Date
	list []Reminder
}

// add lists a reminder that is not settled yet, once.
func (r *remindList) add(id string, kind ReminderKind, day, about Date, ref string) {
	same := func(o Reminder) bool { return o.ID == id }
	due := Reminder{ID: id, Day: day, Kind: kind, about: about, ref: ref}
	if !day.IsZero() && day.After(r.s.Reminded[due.thread()]) && !slices.ContainsFunc(r.list, same) {
		r.list = append(r.list, due)
	}
}

// after lists reminders some days after one day.
func (r *remindList) after(kind ReminderKind, from Date, days []int, ref string) {
	id := string(kind)
	if ref != "" {
		id += ":" + ref
	}
	for _, n := range days {
		day := from.AddDays(n)
		r.add(id+":"+day.String(), kind, day, Date{}, ref)
	}
}

// dates lists the reminders of the verdict's dates: those after the day on which
// the enrollee was told of them. It returns whether others decide the case.
func (r *remindList) dates(s State, told Date, draft bool) (outside bool) {
	if told.IsZero() {
		return false
	}
	t := &turn{Interview: r.Interview, s: s, head: Head{Today: told}}
	t.assess()
	if t.env != nil {
		r.envs.Put(t.env)
	}
	verdict := t.s.Verdict
	if verdict.Rule == "" || verdict.Outcome == outcomeOutside {
		return verdict.Outcome == outcomeOutside
	}
	// Who was told after the day to file knows. Who only wrote something after it
	// need not: what they missed while nothing ran is told still, but not to
	// whoever comes back long afterwards.
	if by := verdict.Date(r.deadline); !by.IsZero() && (by.Before(told) || by.AddDays(missedFor).Before(r.last)) {
		return false
	}
	for _, d := range r.reminders {
		about := verdict.Date(d.date)
		if about.IsZero() || d.wake && !draft {
			continue
		}
		for _, n := range d.days {
			id, ref := string(d.kind)+":"+about.String(), ""
			if d.wake {
				id, ref = string(d.kind)+":"+s.Ref+":"+about.String(), s.Ref
			} else {
				id += ":" + strconv.Itoa(n)
			}
			if day := about.AddDays(-n); day.After(told) {
				r.add(id, d.kind, day, about, ref)
			}
		}
	}
	return false
}
