package dialog

import (
	"slices"
	"strconv"
	"strings"
)

// askPending says the small question that stands before the open step.
func (t *turn) askPending() {
	switch p := t.s.Pending; p.Kind {
	case PendingEntry:
		var list []Button
		for _, hit := range p.Hits {
			list = append(list, Button{Label: hit.Title, Value: hit.ID})
		}
		list = append(list, t.button("none"))
		if t.s.Node == "" {
			list = append(list, t.button("file"))
		}
		t.say("say.which", nil, list...)
	case PendingConfirm:
		s := &t.steps[t.index[t.s.Node]]
		t.say("say.confirm", map[string]any{"label": t.sentence(s, "label"), "value": t.show(s, Answer{Value: p.Value})},
			t.buttons("yes", "no")...)
	case PendingGuess:
		s := &t.steps[t.index[t.s.Node]]
		t.askText(s, t.word("say.from-story", map[string]any{"label": t.sentence(s, "label"), "value": t.show(s, Answer{Value: p.Value})}),
			t.buttons("yes", "no"))
	case PendingRough:
		from, to := p.Options[0], p.Options[1]
		t.say("say.rough", map[string]any{"from": t.longDate(from), "to": t.longDate(to), "value": t.longDate(p.Value)}, t.buttons("yes", "no")...)
	case PendingDay:
		var list []Button
		for _, day := range p.Options {
			list = append(list, Button{Label: t.longDate(day), Value: day})
		}
		t.say("say.date-two", nil, append(list, t.button("none"))...)
	case PendingAlso:
		t.say("say.also", map[string]any{"value": t.label(t.problemStep(), p.Value)}, t.buttons("yes", "no")...)
	case PendingDoubt:
		t.say("say.doubt", nil,
			Button{Label: t.word("button.is-answer", nil), Value: "yes"},
			Button{Label: t.word("button.is-question", nil), Value: "no"})
	case PendingPause:
		t.say("say.crisis", nil, Button{Label: t.word("button.go-on", nil), Value: "yes"})
	case PendingPerson:
		t.say("say.offer-person", nil, t.buttons("yes", "no")...)
	case PendingAnew:
		t.say("say.anew", nil, t.buttons("yes", "no")...)
	case PendingParked:
		t.say("say.parked", map[string]any{"ref": t.s.Parked[len(t.s.Parked)-1].Ref}, t.buttons("yes", "no")...)
	case PendingAfter:
		t.say("say.after", nil, t.button("edit"), Button{Label: t.word("button.anew", nil), Value: "file"})
	case PendingWake:
		list := append(t.buttons("yes", "no"), Button{Label: t.word("button.anew", nil), Value: "file"})
		if p.Value == "" {
			t.say("say.home-draft", nil, list...)
		} else {
			t.sayText(t.reminderText(ReminderKind(p.Value), Date{}, t.s.Ref), append(list, t.stopButton()...)...)
		}
	case PendingReminder:
		about, _ := ParseDate(p.Options[0])
		t.sayText(t.reminderText(ReminderKind(p.Value), about, p.Options[1]), t.reminderButtons()...)
	case PendingForget:
		t.sayForget()
	case PendingLanguage:
		t.say("say.language", nil, t.languageButtons()...)
	case PendingEdit:
		t.say("say.edit", nil, t.editButtons(p.Options)...)
	}
}

// pendingButtons are the buttons that askPending offers.
func (t *turn) pendingButtons() []Button {
	if t.s.Pending.Kind == PendingReminder {
		return t.reminderButtons() // also when its day has passed since
	}
	from := len(t.out)
	t.askPending()
	var list []Button
	for _, effect := range t.out[from:] {
		if say, ok := effect.(Say); ok {
			list = append(list, say.Buttons...)
		}
	}
	t.out = t.out[:from]
	return list
}

// replied handles text while a small question of ours stands open. It returns
// false when the text was no answer to it: then the small question is let go,
// and the text is read as if it had not been asked.
func (t *turn) replied(text, folded string) bool {
	p := t.s.Pending
	if b, ok := t.pick(folded, t.pendingButtons()); ok {
		t.settle(b.Value)
		return true
	}
	switch p.Kind {
	case PendingEdit:
		if s := t.named(folded, p.Options); s != nil {
			t.settle(s.id)
			return true
		}
	case PendingDay, PendingLanguage:
	case PendingPause:
		if !t.words.listed(folded, "word.yes") {
			t.askPending() // until the enrollee says that they are safe
			return true
		}
		t.settle("yes")
		return true
	case PendingDoubt:
		switch {
		case t.words.listed(folded, "word.yes"), t.words.listed(folded, "word.is-answer"):
			t.settle("yes")
			return true
		case t.words.listed(folded, "word.no"), t.words.listed(folded, "word.is-question"):
			t.settle("no")
			return true
		case countWords(folded) <= 3:
			t.askPending()
			return true
		}
	case PendingEntry:
		switch {
		case t.words.listed(folded, "word.none"), t.words.listed(folded, "word.no"):
			t.settle("none")
			return true
		case t.words.listed(folded, "word.yes") && len(p.Hits) == 1:
			t.settle(p.Hits[0].ID)
			return true
		case t.words.listed(folded, "word.yes"):
			t.askPending()
			return true
		}
	default:
		switch {
		case t.words.listed(folded, "word.yes"):
			t.settle("yes")
			return true
		case t.words.listed(folded, "word.no"):
			t.settle("no")
			return true
		}
	}
	if p.Kind == PendingWake && t.reading.Kind == ReadNone && !t.soundsLikeQuestion(text, folded) && countWords(folded) > 1 {
		t.settle("yes") // whatever was said of it, we look at the case again
		return true
	}
	t.putBack()
	return false
}

// putBack lets the small question go, but not what would be lost with it.
func (t *turn) putBack() {
	p := t.s.Pending
	t.s.Pending = nil
	if p == nil {
		return
	}
	switch s := t.openStep(t.s); {
	case (p.Kind == PendingGuess || p.Kind == PendingDoubt) && s != nil:
		t.keepGuess(s, p.Value)
	case p.Kind == PendingAlso:
		t.s.Also = p.Value
	}
}

// settle takes a value for the small question and goes on.
func (t *turn) settle(value string) {
	p := t.s.Pending
	t.s.Pending = nil
	switch p.Kind {
	case PendingEntry:
		for i, hit := range p.Hits {
			if hit.ID == value {
				t.tell(p.Hits[i:])
				return
			}
		}
		t.s.Pending = &Pending{Kind: PendingPerson}
		t.askPending()
	case PendingConfirm, PendingGuess, PendingRough:
		if s := &t.steps[t.index[t.s.Node]]; value == "yes" {
			t.chosen(s, p.Value)
			return
		}
		t.ask(t.word("say.again", nil))
	case PendingDay:
		if slices.Contains(p.Options, value) {
			t.chosen(&t.steps[t.index[t.s.Node]], value)
			return
		}
		t.ask(t.word("say.again", nil))
	case PendingAlso:
		if value == "yes" {
			t.anew(true, map[string]string{t.problemStep().id: p.Value})
			return
		}
		t.repeat()
	case PendingParked:
		if value == "yes" {
			t.unpark()
			return
		}
		t.fileAnother()
	case PendingAfter:
		switch value {
		case "edit":
			t.edit()
		case "file":
			t.anew(false, nil)
		default:
			t.repeat()
		}
	case PendingWake:
		if value == "file" {
			t.anew(false, nil)
			return
		}
		if value == stopReminders {
			t.s.Pending = p
			t.run(value, "")
			return
		}
		t.begin() // either way the day may have changed what is right
	case PendingReminder:
		t.settleReminder(value)
	case PendingForget:
		if value == "yes" {
			t.forget()
			return
		}
		t.say("say.kept", nil)
		t.repeat()
	case PendingPause:
		if value != "yes" {
			t.s.Pending = p
			t.askPending()
			return
		}
		t.s.Calm = p.Value
		t.repeat()
	case PendingDoubt:
		if value == "yes" {
			t.chosen(&t.steps[t.index[t.s.Node]], p.Value)
			return
		}
		switch len(p.Hits) {
		case 0:
			t.offer(&Pending{Kind: PendingPerson})
		case 1:
			t.tell(p.Hits)
		default:
			t.offer(&Pending{Kind: PendingEntry, Hits: p.Hits})
		}
	case PendingPerson:
		if value == "yes" {
			t.ticket(TicketAnswer)
			t.say("say.passed-on", nil)
		}
		t.repeat()
	case PendingAnew:
		if value == "yes" {
			t.anew(false, nil)
			return
		}
		t.repeat()
	case PendingEdit:
		t.editStep(value)
	default:
		t.repeat()
	}
}

// edit asks which answer to change.
func (t *turn) edit() {
	p := &Pending{Kind: PendingEdit}
	for i := range t.steps {
		s := &t.steps[i]
		if _, answered := t.s.Answers[s.id]; answered && (s.kind.answers() || s.kind == kindFiles) && t.holds(s.when) {
			p.Options = append(p.Options, s.id)
		}
	}
	t.s.Pending = p
	t.askPending()
}

func (t *turn) editButtons(ids []string) []Button {
	list := make([]Button, 0, len(ids)+1)
	for _, id := range ids {
		list = append(list, Button{Label: t.sentence(&t.steps[t.index[id]], "label"), Value: id})
	}
	return append(list, t.button("none"))
}

// editStep opens an answered step again. Its answer stands until another one
// is accepted.
func (t *turn) editStep(id string) {
	if _, answered := t.s.Answers[id]; !answered {
		t.repeat()
		return
	}
	t.s.Editing, t.s.Node, t.s.Misses = id, id, 0
	t.ask()
}

// named finds the step whose label a message names ("change my plan name").
func (t *turn) named(folded string, ids []string) *step {
	if n, err := strconv.Atoi(folded); err == nil && n >= 1 && n <= len(ids) {
		return &t.steps[t.index[ids[n-1]]]
	}
	var found *step
	best := 0
	for _, id := range ids {
		s := &t.steps[t.index[id]]
		names := []string{strings.ReplaceAll(s.key, "_", " ")}
		for _, lang := range t.words.languages {
			names = append(names, fold(t.words.say(lang, id+".label", nil)))
			names = append(names, t.words.list(lang, id+".~label")...)
		}
		for _, name := range names {
			if name != "" && len(name) > best && holdsPhrase(folded, name) {
				found, best = s, len(name)
			}
		}
	}
	return found
}

// understandReview reads a reply to the review: submit, edit, or the name of
// an answer to change.
func (t *turn) understandReview(folded string) taken {
	if n, err := strconv.Atoi(folded); err == nil && (n == 1 || n == 2) {
		return taken{grip: gripSure, value: []string{"submit", "edit"}[n-1]}
	}
	for _, value := range []string{"submit", "edit"} {
		if t.words.listed(folded, "word."+value) || folded == fold(t.word("button."+value, nil)) {
			return taken{grip: gripSure, value: value}
		}
	}
	if t.words.listed(folded, "word.yes") {
		return taken{grip: gripSure, value: "submit"}
	}
	if t.words.listed(folded, "word.no") {
		return taken{grip: gripSure, value: "edit"}
	}
	return taken{}
}

// wantsChange takes a message that asks to change an answer, by its name or
// from a list, at any moment; it returns false for any other message.
func (t *turn) wantsChange(folded string) bool {
	s := t.openStep(t.s)
	if len(t.s.Path) == 0 || s != nil && (s.kind == kindReview || s.kind == kindText) {
		return false
	}
	if t.words.listed(folded, "word.edit") {
		t.edit()
		return true
	}
	if s := t.changes(folded); s != nil {
		t.editStep(s.id)
		return true
	}
	return false
}

// changes finds the answer that a message asks to change by name, at any
// question of the interview.
func (t *turn) changes(folded string) *step {
	if countWords(folded) > 10 || !t.words.opens(folded, "word.change") {
		return nil
	}
	var ids []string
	for _, id := range t.s.Path {
		if t.steps[t.index[id]].kind.answers() {
			ids = append(ids, id)
		}
	}
	return t.named(folded, ids)
}
