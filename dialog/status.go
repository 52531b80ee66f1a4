package dialog

import "slices"

// The statuses that the staff give an intake, beside those that the interview
// saves under.
const (
	StatusReview = "review" // somebody is reading it
	StatusPapers = "papers" // papers are asked for
	StatusFiled  = "filed"  // it was filed where it belongs
	StatusClosed = "closed" // the staff are done with it
)

var staffStatuses = []string{StatusReview, StatusPapers, StatusFiled, StatusClosed}

// StaffStatus tells whether the staff may give an intake that status.
func (v *Interview) StaffStatus(status string) bool {
	return slices.Contains(staffStatuses, status) ||
		status != statusDraft && slices.ContainsFunc(v.steps, func(s step) bool { return s.kind == kindSave && s.status == status })
}

// taken tells whether the staff have taken up the open intake.
func (t *turn) taken() bool { return slices.Contains(staffStatuses, t.s.Status) }

// filed tells whether the open intake is filed: the staff say so, or it was
// handed to the agency itself.
func (t *turn) filed() bool {
	return t.s.Filed || t.opt.IsDepartment && t.s.Status != "" && t.s.Status != statusDraft
}

// statusSet takes a status from the staff and tells the enrollee.
func (t *turn) statusSet(ev StatusSet) {
	if ev.Ref == "" || !t.StaffStatus(ev.Status) {
		return
	}
	ends := ev.Status == StatusFiled || ev.Status == StatusClosed
	if ev.Ref == t.s.Ref {
		if t.s.Status != ev.Status && (t.s.Status != statusDraft || ends) {
			t.setStatus(ev.Status)
		}
		return
	}
	if i := slices.IndexFunc(t.s.Done, func(d Done) bool { return d.Ref == ev.Ref }); i >= 0 && t.s.Done[i].Status != ev.Status {
		t.s.Done = slices.Clone(t.s.Done)
		t.s.Done[i] = t.s.Done[i].with(ev.Status, t.head.Today)
		t.tellStatus(t.s.Done[i])
	}
	if i := slices.IndexFunc(t.s.Parked, func(p Parked) bool { return p.Ref == ev.Ref }); i >= 0 && ends {
		t.s.Parked = slices.Delete(slices.Clone(t.s.Parked), i, i+1)
		t.remember(Done{Ref: ev.Ref}.with(ev.Status, t.head.Today))
		t.tellStatus(t.s.Done[len(t.s.Done)-1])
	}
}

// FiledAfter tells whether an intake counts as filed once the staff set that
// status. One that was filed stays so while papers follow and when it is closed;
// any other status takes it back.
func FiledAfter(filed bool, status string) bool {
	return status == StatusFiled || filed && (status == StatusPapers || status == StatusClosed)
}

// with is the intake with a status from the staff. One that was filed stays so
// while papers follow and when it is closed; any other status takes it back.
func (d Done) with(status string, today Date) Done {
	d.Filed = FiledAfter(d.Filed, status)
	d.Status, d.PapersDay = status, Date{}
	if status == StatusPapers {
		d.PapersDay = today
	}
	return d
}

// setStatus gives the open intake a status and stores it anew.
func (t *turn) setStatus(status string) {
	t.language("")
	d := Done{t.s.Ref, t.s.Status, t.s.Filed, t.s.PapersDay}.with(status, t.head.Today)
	t.s.Status, t.s.Filed, t.s.PapersDay = d.Status, d.Filed, d.PapersDay
	if t.s.Pending != nil && !t.fits(t.s.Pending) {
		t.s.Pending = nil // a draft that was filed waits for nothing
	}
	t.out = append(t.out, StoreIntake{Intake: t.intake()})
	t.tellStatus(d)
}

// tellStatus says how far an intake is. It repeats no question: the phone may
// lie open before others.
func (t *turn) tellStatus(d Done) {
	t.language("")
	text := t.statusText(d)
	if d.Ref == t.s.Ref {
		text = t.withDeadline(text)
	}
	t.sayText(text)
}

// statusText is what an enrollee hears of an intake; "" of an unknown status.
func (t *turn) statusText(d Done) string { return t.statusOf(d, t.operator()) }

// statusOf is statusText by another name of whoever runs the assistant.
func (t *turn) statusOf(d Done, operator string) string {
	id := "say.status-" + d.Status
	if !t.words.has(t.s.Lang, id) {
		return ""
	}
	return t.words.say(t.s.Lang, t.variant(id, d.Filed), map[string]any{"ref": d.Ref, "operator": operator})
}

// status says what is known of every intake, and who has it.
func (t *turn) status() {
	said := false
	say := func(d Done) {
		if text := t.statusText(d); d.Ref != "" && text != "" {
			said = true
			t.sayText(text)
		}
	}
	for _, done := range t.s.Done {
		say(done)
	}
	for _, parked := range t.s.Parked {
		say(Done{Ref: parked.Ref, Status: statusDraft})
	}
	if text := t.statusText(Done{Ref: t.s.Ref, Status: t.s.Status, Filed: t.s.Filed}); text != "" {
		t.sayText(t.withDeadline(text))
	} else if !said {
		t.say("say.status-none", nil)
	}
}
