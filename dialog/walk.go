package dialog

import (
	"slices"
	"strings"
)

// proceed walks the steps from the first and stops at the first one that needs
// an answer. Because it always walks the same list, changing an early answer
// needs no special road: what no longer applies is dropped, what newly applies
// is asked.
func (t *turn) proceed() {
	t.s.Misses, t.s.Pending = 0, nil
	t.prune()
	for i := range t.steps {
		s := &t.steps[i]
		if t.done(s) || !t.holds(s.when) {
			continue
		}
		switch s.kind {
		case kindNote:
			t.note(s)
		case kindVerdict:
			t.tellVerdict()
		case kindSave:
			t.save(s)
		default:
			t.s.Node = s.id
			t.askOrConfirm(s)
			return
		}
	}
	t.s.Node = ""
	if t.s.Also != "" {
		t.s.Pending = &Pending{Kind: PendingAlso, Value: t.s.Also}
		t.s.Also = ""
		t.askPending()
		return
	}
	t.sayHome()
}

// done tells whether the step needs nothing more.
func (t *turn) done(s *step) bool {
	switch {
	case s.kind == kindVerdict:
		t.assess()
		return t.s.Told == t.print()
	case !s.kind.asks():
		return slices.Contains(t.s.Shown, s.id)
	case s.id == t.s.Editing:
		return false
	}
	_, answered := t.s.Answers[s.id]
	return answered
}

func (t *turn) note(s *step) {
	t.s.Shown = append(t.s.Shown, s.id)
	t.s.Node = s.id
	t.sayText(t.sentence(s, "ask"))
}

// accept stores the answer to a step and goes on.
func (t *turn) accept(s *step, a Answer) {
	a.Message = t.head.Message
	t.s.Answers[s.id] = a
	delete(t.s.Guesses, s.id)
	t.s.Path = append(slices.DeleteFunc(t.s.Path, func(id string) bool { return id == s.id }), s.id)
	t.s.Editing, t.s.Calm, t.s.Unsure = "", "", ""
	t.changed(s)
	t.proceed()
}

// changed takes back what rested on the old answers: saved forms, notes that
// repeat, and the consent given on the review.
func (t *turn) changed(s *step) {
	t.stale = true
	if s.kind == kindReview || s.kind == kindNotice {
		return
	}
	t.s.Shown = slices.DeleteFunc(t.s.Shown, func(id string) bool {
		s := &t.steps[t.index[id]]
		return s.repeat || s.kind == kindSave
	})
	if t.review >= 0 {
		t.drop(t.steps[t.review].id)
	}
}

// drop forgets the answer to a step.
func (t *turn) drop(id string) {
	delete(t.s.Answers, id)
	t.s.Path = slices.DeleteFunc(t.s.Path, func(other string) bool { return other == id })
	t.stale = true
}

// prune drops the facts that no longer apply, for the rules refuse a fact out
// of its place. Dropping one may close another, so it goes round until nothing
// changes; each round drops at least one answer, so it ends. Answers to the
// form are never dropped here: the ones that do not apply are left out when the
// intake is made, and count again should the facts change back.
func (t *turn) prune() {
	for dropped := true; dropped; {
		dropped = false
		for _, id := range slices.Clone(t.s.Path) {
			s := &t.steps[t.index[id]]
			if s.fact && !t.holds(s.when) {
				t.drop(id)
				dropped = true
			}
		}
	}
}

// back opens the question before the open one.
func (t *turn) back() {
	t.putBack()
	if t.s.Editing != "" {
		t.s.Editing = ""
		t.proceed()
		return
	}
	for i := len(t.s.Path) - 1; i >= 0; i-- {
		s := &t.steps[t.index[t.s.Path[i]]]
		if !s.kind.answers() && s.kind != kindFiles || !t.holds(s.when) {
			continue
		}
		t.drop(s.id)
		t.changed(s)
		t.proceed()
		return
	}
	t.say("say.no-back", nil)
	t.repeat()
}

// ask says the open question, after the lead where there is one.
func (t *turn) ask(lead ...string) {
	s := &t.steps[t.index[t.s.Node]]
	if s.kind == kindReview {
		t.askReview(s, lead...)
		return
	}
	question := t.sentence(s, "ask")
	if s.kind.answers() {
		n, of := t.progress(s)
		question = t.word("say.progress", map[string]any{"n": n, "of": of}) + "\n" + question
	}
	paragraphs := append(lead, question)
	if why := t.sentence(s, "why"); why != "" {
		paragraphs = append(paragraphs, why)
	}
	if old, ok := t.s.Answers[s.id]; ok && s.id == t.s.Editing && old.Value != "" {
		paragraphs = append(paragraphs, t.word("say.so-far", map[string]any{"value": t.show(s, old)}))
	}
	t.askText(s, strings.Join(paragraphs, "\n\n"), t.choices(s))
}

// sentence is a sentence of a step, in the variant for whoever fills in the
// form where there is one ("first_name.ask-parent").
func (t *turn) sentence(s *step, what string) string {
	id := s.id + "." + what
	if a, ok := t.s.Answers[t.voice]; ok && t.words.has(t.s.Lang, id+"-"+a.Value) {
		id += "-" + a.Value
	}
	return t.word(id, nil)
}

// askText asks for the step's answer with that text and those buttons.
func (t *turn) askText(s *step, text string, buttons []Button) {
	from := len(t.out)
	t.sayText(text, buttons...)
	for i := from; i < len(t.out); i++ {
		if say, ok := t.out[i].(Say); ok && (s.kind.answers() && !s.gate || s.kind == kindFiles) {
			say.Fact = s.key
			t.out[i] = say
		}
	}
}

// progress is the number of the open question and of all, as far as can be
// told now, on this side of the verdict.
func (t *turn) progress(open *step) (n, of int) {
	at := t.index[open.id]
	from, to := 0, len(t.steps)
	if at < t.verdict {
		to = t.verdict
	} else {
		from = t.verdict
	}
	for i := from; i < to; i++ {
		s := &t.steps[i]
		if !s.kind.answers() {
			continue
		}
		if _, answered := t.s.Answers[s.id]; answered || i == at || t.holds(s.when) {
			of++
			if i <= at {
				n++
			}
		}
	}
	return n, of
}

// choices are the buttons beneath a step's question.
func (t *turn) choices(s *step) []Button {
	list := make([]Button, 0, len(s.values)+2)
	switch s.kind {
	case kindNotice:
		return t.buttons("agree", "privacy")
	case kindChoice:
		for _, value := range s.values {
			list = append(list, Button{Label: t.label(s, value), Value: value})
		}
	case kindDate:
		list = append(list, Button{Label: t.label(s, "none"), Value: "none"})
	case kindFiles:
		if len(t.s.Files) > 0 {
			return []Button{{Label: t.word("button.done", nil), Value: "skip"}}
		}
		return t.buttons("skip")
	}
	if s.optional {
		list = append(list, t.button("skip"))
	}
	return list
}

// label is what a value is called.
func (t *turn) label(s *step, value string) string {
	return s.labels[t.s.Lang][value]
}

// show is an answer as the enrollee reads it.
func (t *turn) show(s *step, a Answer) string {
	switch {
	case a.Skipped, a.Value == "" && s.kind != kindDate:
		return t.word("say.skipped", nil)
	case a.Value == "":
		return t.label(s, "none")
	case s.kind == kindChoice:
		return t.label(s, a.Value)
	case s.kind == kindDate, s.kind == kindBirth:
		if d, err := ParseDate(a.Value); err == nil {
			return t.words.longDate(t.s.Lang, d)
		}
	}
	return a.Value
}

// holds tells whether a step's condition holds on the answers as they are.
func (t *turn) holds(when *Cond) bool {
	if when == nil {
		return true
	}
	return when.Holds(t.environment())
}

// environment holds all answers and, while it is up to date, the verdict.
func (t *turn) environment() *Env {
	if t.env == nil {
		t.env, t.stale = t.envs.Get().(*Env), true
	}
	if !t.stale {
		return t.env
	}
	t.stale = false
	t.env.reset(t.head.Today)
	for i := range t.steps {
		if s := &t.steps[i]; t.s.Answers[s.id].Value != "" {
			t.env.give(s.key, t.s.Answers[s.id].Value)
		}
	}
	if v := t.s.Verdict; v != nil && t.s.VerdictKey == t.factsKey() {
		t.rules.recall(t.env, v)
	}
	return t.env
}
