package dialog

import (
	"slices"
)

// atHome handles text while no question is open.
func (t *turn) atHome(text, folded string, r Reading) {
	if button, ok := t.pick(folded, t.homeButtons()); ok {
		t.press(button.Value)
		return
	}
	story := t.guess(text, folded)
	switch {
	case r.Kind == ReadSuggest && story && !t.soundsLikeQuestion(text, folded):
		t.say("say.story-heard", nil, t.homeButtons()...)
	case r.Kind == ReadAnswer, r.Kind == ReadSuggest, r.Kind == ReadHuman:
		t.digress(r)
	case r.Kind == ReadSmall:
		t.say("say.small", nil, t.homeButtons()...)
	case folded == "":
		t.sayHome()
	case story:
		t.say("say.story-heard", nil, t.homeButtons()...)
	case !t.otherLanguage(text):
		t.say("say.no-answer", nil, t.homeButtons()...)
	}
}

// sayHome offers the ways on.
func (t *turn) sayHome() { t.say("say.home", nil, t.homeButtons()...) }

// digress answers a question, offers entries, or brings a person, and comes
// back to where the conversation stood.
func (t *turn) digress(r Reading) {
	switch r.Kind {
	case ReadHuman:
		t.human()
	case ReadSuggest:
		t.s.Pending = &Pending{Kind: PendingEntry, Hits: r.Hits[:min(len(r.Hits), MaxHits)]}
		t.askPending()
	case ReadAnswer:
		t.tell(r.Hits)
	}
}

// tell says an entry's answer and then the open question again.
func (t *turn) tell(hits []Hit) {
	t.putBack()
	if t.s.Node == "" {
		t.sayText(hits[0].Answer, t.homeButtons()...)
		return
	}
	t.sayText(hits[0].Answer)
	t.offerLanguage()
	if s := t.openStep(t.s); t.s.Guesses[s.id] != "" {
		t.askOrConfirm(s)
		return
	}
	t.ask(t.word("say.back-to", nil))
}

// human opens a ticket once, and always gives the phone number.
func (t *turn) human() {
	t.putBack()
	if !t.ticket(TicketHuman) {
		t.say("say.human-again", nil)
	} else {
		t.say("say.human", nil)
	}
	t.repeat()
}

// crisis interrupts everything; the interview waits and loses nothing.
func (t *turn) crisis(folded string, r Reading) {
	lang := t.s.Lang
	if r.LangSure {
		lang = t.Interview.language(r.Lang)
	}
	t.ticket(TicketCrisis)
	t.putBack()
	t.s.Pending = &Pending{Kind: PendingPause, Value: folded}
	t.sayText(t.words.say(lang, "say.crisis", nil), Button{Label: t.words.say(lang, "button.go-on", nil), Value: "yes"})
}

// ticket puts the enrollee into the desk's queue; a crisis every time, anything
// else unless the very same ticket is open already, when it returns false.
func (t *turn) ticket(reason TicketReason) bool {
	open := OpenTicket{Reason: reason, Ref: t.s.Ref, Lang: t.s.Lang}
	if verdict := t.s.Verdict; verdict != nil {
		open.Urgent = verdict.Flag("urgent")
		open.Deadline = verdict.Date(t.deadline)
	}
	open.Urgent = open.Urgent || reason == TicketCrisis || reason == TicketUrgent
	same := func(other OpenTicket) bool {
		// Whoever waits for a person waits once, whatever the case is by then.
		return other == open || other.Reason == reason && (reason == TicketHuman || reason == TicketAnswer)
	}
	if reason != TicketCrisis && slices.ContainsFunc(t.s.Waiting, same) {
		return false
	}
	t.s.Waiting = append(t.s.Waiting, open)
	if n := len(t.s.Waiting); n > maxWaiting {
		t.s.Waiting = slices.Clone(t.s.Waiting[n-maxWaiting:])
	}
	t.out = append(t.out, open)
	return true
}
