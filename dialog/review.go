package dialog

import (
	"strings"
)

// statusDraft is the status of an intake that waits for its day; its interview
// is taken up again, every other one is finished.
const statusDraft = "draft"

// outcomeOutside is the outcome of a case that others decide: nothing is kept
// of it, and the desk is not called.
const outcomeOutside = "outside"

// askReview shows every answer, by section, and asks whether to submit.
func (t *turn) askReview(s *step, lead ...string) {
	var b strings.Builder
	b.WriteString(strings.Join(append(lead, t.sentence(s, "ask")), "\n\n"))
	for _, section := range t.sections {
		var lines []string
		for i := range t.steps {
			if line := t.reviewLine(&t.steps[i], section); line != "" {
				lines = append(lines, line)
			}
		}
		if len(lines) > 0 {
			b.WriteString("\n\n" + t.word("section."+section, nil) + "\n" + strings.Join(lines, "\n"))
		}
	}
	b.WriteString("\n\n" + t.withDeadline(t.word("say.review-end", nil)))
	t.sayText(b.String(), t.buttons("submit", "edit")...)
}

func (t *turn) reviewLine(s *step, section string) string {
	a, answered := t.s.Answers[s.id]
	if s.section != section || !answered || !t.holds(s.when) {
		return ""
	}
	switch {
	case s.kind == kindFiles:
		return "• " + t.sentence(s, "label") + ": " + t.word("say.files-count", map[string]any{"count": len(t.s.Files)})
	case !s.kind.answers(), s.gate:
		return ""
	}
	return "• " + t.sentence(s, "label") + ": " + t.show(s, a)
}

// save stores the intake under the step's status and tells the enrollee its
// reference and who has it.
func (t *turn) save(s *step) {
	t.s.Shown = append(t.s.Shown, s.id)
	t.s.Node = s.id
	if t.s.Ref == "" {
		t.s.Ref, t.s.Created = t.head.Ref, t.head.At
	}
	taken := t.taken()
	switch {
	case t.s.Status == StatusPapers && !t.s.PapersDay.IsZero(): // they are needed all the same
	case t.s.Filed:
		t.s.Status = StatusFiled // a change is handed in, and the form is filed all the same
	case s.status != statusDraft || t.s.Status == "":
		t.s.Status = s.status // what was handed in once does not become a draft again
	}
	t.out = append(t.out, StoreIntake{Intake: t.intake()})
	switch {
	case s.ticket == "":
	case taken:
		t.tellAgain()
	default:
		t.ticket(s.ticket)
	}
	t.sayText(t.withDeadline(t.sentence(s, "ask")))
}

// withDeadline adds the date that still stands, until the intake is filed.
func (t *turn) withDeadline(text string) string {
	v := t.s.Verdict
	if v == nil || t.filed() || t.deadline == "" || v.Outcome == outcomeOutside || v.Date(t.deadline).IsZero() {
		return text
	}
	id := "say.deadline"
	if v.Date(t.deadline).Before(t.head.Today) {
		id = "say.deadline-past"
	}
	return text + "\n\n" + t.word(id, map[string]any{"value": t.words.longDate(t.s.Lang, v.Date(t.deadline))})
}

// intake puts the answers together under their keys.
func (t *turn) intake() Intake {
	in := Intake{Ref: t.s.Ref, Status: t.s.Status, Filed: t.s.Filed, Created: t.s.Created, Language: t.s.Lang,
		Facts: map[string]*string{}, Form: map[string]*string{}, Files: append([]File(nil), t.s.Files...)}
	for i := range t.steps {
		s := &t.steps[i]
		a, answered := t.s.Answers[s.id]
		// What a submitted form held stays in it, should the facts change.
		applies := t.holds(s.when) || !s.fact && t.s.Status != statusDraft
		if !answered || !s.kind.answers() || s.gate || !applies {
			continue
		}
		var value *string
		if a.Value != "" {
			value = &a.Value
		}
		if s.fact {
			in.Facts[s.key] = value
		}
		if !s.fact || s.both {
			in.Form[s.key] = value
		}
	}
	for i := range t.steps {
		if s := &t.steps[i]; s.kind == kindFiles && len(t.s.Files) > 0 {
			names := make([]string, len(t.s.Files))
			for n, file := range t.s.Files {
				names[n] = file.Name
			}
			list := strings.Join(names, ", ")
			in.Form[s.key] = &list
		}
	}
	if t.s.Verdict != nil {
		in.Verdict = *t.s.Verdict
	}
	return in
}
