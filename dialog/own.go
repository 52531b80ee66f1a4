package dialog

import (
	"slices"
	"strings"
)

// giveData sends the enrollee a copy of what is stored of them.
func (t *turn) giveData() {
	t.say("say.mydata", nil)
	t.out = append(t.out, GiveData{})
	t.repeat()
}

// askForget asks once before everything is erased. A crisis goes first: its
// pause is not ended by it.
func (t *turn) askForget() {
	if p := t.s.Pending; p != nil && p.Kind == PendingPause {
		t.askPending()
		return
	}
	t.putBack()
	t.offer(&Pending{Kind: PendingForget})
}

// sayForget says what would be erased, what stays and with whom, and what ends.
func (t *turn) sayForget() {
	paragraphs := []string{t.word("say.forget", nil)}
	for _, d := range append(slices.Clone(t.s.Done), Done{Ref: t.s.Ref, Status: t.s.Status, Filed: t.s.Filed}) {
		if d.Ref != "" && d.Status != "" && d.Status != statusDraft {
			paragraphs = append(paragraphs, t.words.say(t.s.Lang, t.variant("say.forget-stays", d.Filed),
				map[string]any{"ref": d.Ref, "operator": t.operator()}))
		}
	}
	if slices.ContainsFunc(t.s.Waiting, func(o OpenTicket) bool { return o.Reason != TicketIntake }) {
		paragraphs = append(paragraphs, t.word("say.forget-person", nil))
	}
	text := t.withDeadline(strings.Join(paragraphs, "\n\n")) + "\n\n" + t.word("say.forget-ask", nil)
	t.sayText(text, Button{Label: t.word("button.erase", nil), Value: "yes"}, Button{Label: t.word("button.keep", nil), Value: "no"})
}

// forget erases everything but the language.
func (t *turn) forget() {
	t.out = append(t.out, Forget{})
	t.s, t.stale = State{Lang: t.s.Lang, LangChosen: t.s.LangChosen, Answers: map[string]Answer{}}, true
	t.say("say.forgotten", nil, t.homeButtons()...)
}
