package dialog

import (
	"maps"
	"slices"
	"strings"
)

// Home is the node of a conversation in which no question is open.
const Home = "home"

// Step takes one event into account and returns the state after it, with the
// effects to carry out once that state is stored, in order. It is pure: equal
// arguments give equal results, and s is not changed. It cannot fail: what it
// does not understand it answers with a kind sentence and the open question.
func (v *Interview) Step(s State, ev Event) (State, []Effect) {
	t := &turn{Interview: v, s: s.clone(), head: ev.head()}
	t.mend()
	if t.s.Verdict != nil && t.s.VerdictDay != t.head.Today && t.s.VerdictKey == t.factsKey() {
		t.assess() // a day later another thing may be right
	}
	fresh := t.s.Lang == ""
	switch ev := ev.(type) {
	case Started:
		t.language(ev.Lang)
		t.startedWith(ev, fresh)
	case Resumed:
		t.language(ev.Lang)
		t.resumed(fresh)
	case Said:
		t.language(ev.Reading.Lang)
		t.said(ev.Text, ev.Reading, fresh)
	case Edited:
		t.language(ev.Reading.Lang)
		t.edited(ev, fresh)
	case Pressed:
		t.language(ev.Lang)
		t.pressed(ev)
	case Sent:
		t.language(ev.Lang)
		t.sent(ev, fresh)
	case Received:
		t.language(ev.Lang)
		t.received(ev.Kind, fresh)
	case Shared:
		t.language("")
		t.shared(ev.Phone)
	case StatusSet:
		t.statusSet(ev)
	case Reminded:
		t.reminded(ev, s)
	case Missed:
		t.missed(ev)
	}
	if t.env != nil {
		v.envs.Put(t.env)
	}
	if heard(ev) {
		t.s.Last, t.s.LastDay = t.head.At, t.head.Today
	}
	t.s.Version = StateVersion
	return t.s, t.out
}

// heard tells whether the event is something that the enrollee did.
func heard(ev Event) bool {
	switch ev.(type) {
	case StatusSet, Reminded, Missed:
		return false
	}
	return true
}

// turn is one Step under way.
type turn struct {
	*Interview
	s     State
	head  Head
	out   []Effect
	env   *Env   // of the answers, unless stale
	heard string // the language of the message, where it is told; else ""
	// stale tells that answers changed since env was filled.
	stale bool
	// reading is of the message at hand.
	reading Reading
}

// mend makes a state fit this interview, as after an update of the interview:
// what names a step that is gone is dropped, and a conversation that stands at
// one goes home with an apology.
func (t *turn) mend() {
	if t.s.Answers == nil {
		t.s.Answers = map[string]Answer{}
	}
	gone := func(id string) bool { _, ok := t.index[id]; return !ok }
	maps.DeleteFunc(t.s.Answers, func(id string, _ Answer) bool { return gone(id) })
	maps.DeleteFunc(t.s.Guesses, func(id, _ string) bool { return gone(id) })
	t.s.Path = slices.DeleteFunc(t.s.Path, gone)
	t.s.Shown = slices.DeleteFunc(t.s.Shown, gone)
	if gone(t.s.Editing) {
		t.s.Editing = ""
	}
	if s := t.openStep(t.s); t.s.Node != "" && (s == nil || !s.kind.asks()) {
		t.s.Node, t.s.Pending, t.s.Misses = "", nil, 0
		t.language("")
		t.say("say.moved", nil)
	}
	if t.s.Pending != nil && !t.fits(t.s.Pending) {
		t.s.Pending = nil
	}
}

// fits tells whether a small question can be asked where the state stands.
func (t *turn) fits(p *Pending) bool {
	s := t.openStep(t.s)
	switch p.Kind {
	case PendingConfirm, PendingGuess:
		return s != nil
	case PendingRough, PendingDay:
		return s != nil && len(p.Options) == 2
	case PendingDoubt:
		return s != nil
	case PendingEntry:
		return len(p.Hits) > 0
	case PendingEdit:
		return !slices.ContainsFunc(p.Options, func(id string) bool { _, ok := t.index[id]; return !ok })
	case PendingAlso:
		step := t.problemStep()
		return step != nil && slices.Contains(step.values, p.Value)
	case PendingParked:
		return len(t.s.Parked) > 0
	case PendingWake:
		return t.s.Status == statusDraft && (p.Value == "" || t.wakes(ReminderKind(p.Value)))
	case PendingReminder:
		return len(p.Options) == 2 && t.knownReminder(ReminderKind(p.Value))
	case PendingPause, PendingPerson, PendingAnew, PendingAfter, PendingLanguage, PendingForget:
		return true
	}
	return false
}

// language sets the language of a conversation that has none yet.
func (t *turn) language(hint string) {
	if t.s.Lang == "" || !slices.Contains(t.words.languages, t.s.Lang) {
		t.s.Lang = t.Interview.language(hint)
	}
}

// word returns a sentence in the conversation's language. Without blanks of
// its own it is filled from what is known of the case.
func (t *turn) word(id string, blanks map[string]any) string {
	id = t.variant(id, t.s.Filed)
	if blanks == nil && len(t.words.blanks[t.s.Lang][id]) > 0 {
		blanks = t.blanks()
	}
	return t.words.say(t.s.Lang, id, blanks)
}

// variant is the sentence's own form for an operator who is the agency, or for
// an intake that is filed, where there is one.
func (t *turn) variant(id string, filed bool) string {
	switch {
	case t.opt.IsDepartment && t.words.has(t.s.Lang, id+"-department"):
		return id + "-department"
	case filed && t.words.has(t.s.Lang, id+"-filed"):
		return id + "-filed"
	}
	return id
}

// node names where the conversation stands, for messages and buttons.
func (t *turn) node() string {
	switch {
	case t.s.Pending != nil && t.s.Node != "":
		// With the step, so that a second tap on "Yes" confirms nothing else.
		return "pending-" + string(t.s.Pending.Kind) + "-" + t.s.Node
	case t.s.Pending != nil:
		return "pending-" + string(t.s.Pending.Kind)
	case t.s.Node == "":
		return Home
	}
	return t.s.Node
}

// say adds the message of that sentence, with buttons.
func (t *turn) say(id string, blanks map[string]any, buttons ...Button) {
	t.sayText(t.word(id, blanks), buttons...)
}

// sayText adds a message, split at paragraphs when it is too long for one; the
// buttons are beneath the last.
func (t *turn) sayText(text string, buttons ...Button) {
	pieces := split(text, MaxSay)
	for i, piece := range pieces {
		say := Say{Node: t.node(), Text: piece}
		if i == len(pieces)-1 {
			say.Buttons = buttons
		}
		t.out = append(t.out, say)
	}
}

// button makes a button from a sentence "button.<value>".
func (t *turn) button(value string) Button {
	return Button{Label: t.word("button."+value, nil), Value: value}
}

func (t *turn) buttons(values ...string) []Button {
	list := make([]Button, len(values))
	for i, value := range values {
		list[i] = t.button(value)
	}
	return list
}

// split cuts text into pieces of at most limit bytes, at paragraphs, else at
// lines, else at spaces, else anywhere between two characters.
func split(text string, limit int) []string {
	var pieces []string
	for len(text) > limit {
		cut := -1
		for _, at := range []string{"\n\n", "\n", " "} {
			if cut = strings.LastIndex(text[:limit], at); cut > 0 {
				break
			}
		}
		if cut <= 0 {
			for cut = limit; cut > 0 && text[cut]&0xC0 == 0x80; cut-- {
			}
		}
		pieces = append(pieces, strings.TrimSpace(text[:cut]))
		text = strings.TrimSpace(text[cut:])
	}
	if text != "" {
		pieces = append(pieces, text)
	}
	return pieces
}

func (t *turn) started() {
	switch {
	case t.s.Node == "" && t.s.Status == statusDraft:
		t.offer(&Pending{Kind: PendingWake})
		return
	case t.s.Node == "":
		t.putBack()
		t.greet()
		return
	}
	t.putBack()
	t.ask(t.word("say.welcome-back", nil))
}

// greet says who this is and offers the ways on.
func (t *turn) greet() {
	t.say("say.hello", nil, t.homeButtons()...)
}

func (t *turn) resumed(fresh bool) {
	switch {
	case fresh:
		t.greet()
	case t.s.Node == "" && t.s.Pending == nil && t.s.Status == statusDraft:
		t.offer(&Pending{Kind: PendingWake})
	case t.s.Node != "" && t.s.Pending == nil && t.steps[t.index[t.s.Node]].kind.answers() && t.head.At.Sub(t.s.Last) > longSilence:
		n, _ := t.progress(&t.steps[t.index[t.s.Node]])
		t.ask(t.word("say.resume", map[string]any{"n": n}))
	default:
		t.repeat()
	}
}

// repeat says the open question again, whatever it is.
func (t *turn) repeat() {
	if t.atReminder() { // it was said, and is not said twice; a draft waits all the same
		if t.s.Pending.Kind == PendingReminder {
			t.s.Pending = nil
		} else {
			t.s.Pending.Value = ""
		}
	}
	switch {
	case t.s.Pending != nil:
		t.askPending()
	case t.s.Node != "":
		t.ask()
	default:
		t.sayHome()
	}
}

// homeButtons are the ways on while no question is open.
func (t *turn) homeButtons() []Button {
	list := t.buttons("file", "human")
	for _, lang := range t.words.languages {
		if lang != t.s.Lang {
			list = append(list, Button{Label: t.words.say(lang, "button.language", nil), Value: "language-" + lang})
		}
	}
	return list
}

// operator is what the sentences call whoever runs the assistant.
func (t *turn) operator() string {
	if t.opt.Operator != "" {
		return t.opt.Operator
	}
	return t.word("say.our-team", nil)
}

// said handles typed text. The order is the guarantee to the enrollee: danger
// first, then commands, then the small question of ours that may stand open,
// then the open step, then the knowledge base.
func (t *turn) said(text string, r Reading, fresh bool) {
	text = clean(text, maxMessage)
	folded := fold(text)
	t.follow(folded, r)
	t.reading = r
	if r.Kind == ReadCrisis && folded != t.s.Calm {
		t.crisis(folded, r)
		return
	}
	if fresh {
		t.say("say.hello-short", nil)
	}
	if holdsSecretNumber(text, folded) {
		t.say("say.no-ssn", nil)
		t.repeat()
		return
	}
	if command, rest := t.command(text, folded); command != "" {
		t.run(command, rest)
		return
	}
	if t.s.Pending != nil && t.replied(text, folded) {
		return
	}
	if t.wantsChange(folded) {
		return
	}
	if t.s.Node == "" {
		t.atHome(text, folded, r)
		return
	}
	t.answered(text, folded, r)
}

// edited takes an edit of a message that gave an answer as that answer. What it
// cannot take at once it asks about, and the old answer stands meanwhile. An
// edit of any other message, or in a crisis, is read as a new one.
func (t *turn) edited(ev Edited, fresh bool) {
	text := clean(ev.Text, maxMessage)
	folded := fold(text)
	i := slices.IndexFunc(t.steps, func(s step) bool {
		a, answered := t.s.Answers[s.id]
		return answered && ev.Message != "" && a.Message == ev.Message && t.holds(s.when)
	})
	paused := t.s.Pending != nil && t.s.Pending.Kind == PendingPause
	if i < 0 || paused || ev.Reading.Kind == ReadCrisis || holdsSecretNumber(text, folded) {
		t.said(ev.Text, ev.Reading, fresh)
		return
	}
	s := &t.steps[i]
	t.putBack()
	got := t.understand(s, text, folded)
	if got.grip != gripSure || folded == "" || t.refused(s, got.value) != "" {
		t.editStep(s.id)
		return
	}
	t.say("say.changed", map[string]any{"label": t.sentence(s, "label"), "value": t.show(s, Answer{Value: noneAsEmpty(got.value)})})
	t.s.Editing = s.id
	t.chosen(s, got.value)
}

// noneAsEmpty is how an answer of "none" is kept.
func noneAsEmpty(value string) string {
	if value == "none" {
		return ""
	}
	return value
}

// follow takes up the language that the enrollee writes in, as long as they
// have not asked for another and no answer is given yet. Later a change is
// theirs to make: names and addresses are often in the other language.
func (t *turn) follow(folded string, r Reading) {
	t.heard = ""
	if r.LangSure && slices.Contains(t.words.languages, r.Lang) {
		t.heard = r.Lang
	} else if lang := t.words.onlyIn(folded); lang != "" {
		t.heard = lang
	}
	if t.heard == "" || t.s.LangChosen {
		return
	}
	for _, id := range t.s.Path {
		if t.steps[t.index[id]].kind.answers() {
			return
		}
	}
	t.s.Lang = t.heard
}

// offerLanguage tells how to change the language, in the one just heard.
func (t *turn) offerLanguage() {
	if t.heard != "" && t.heard != t.s.Lang {
		t.sayText(t.words.say(t.heard, "say.offer-language", nil))
	}
}
