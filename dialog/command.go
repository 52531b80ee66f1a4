package dialog

import (
	"slices"
	"strings"
)

// commands are what an enrollee can ask for at any moment: the name after the
// slash, and the list of plain equivalents in every language.
var commands = []struct{ name, words string }{
	{"start", "word.start"}, {"help", "word.help"}, {"file", "word.file"}, {"status", "word.status"},
	{"human", "word.human"}, {"language", "word.language"}, {"back", "word.back"}, {"skip", "word.skip"},
	{"cancel", "word.cancel"}, {"mydata", "word.mydata"}, {"forget", "word.forget"},
	{"privacy", "word.privacy"}, {"why", "word.why"}, {"who", "word.who"},
	{stopReminders, "word.stop-reminders"}, {startReminders, "word.start-reminders"},
}

// The commands that are buttons of reminders. No menu has them: its names have
// no dash.
const (
	stopReminders  = "stop-reminders"
	startReminders = "start-reminders"
)

// inMenu tells whether a platform's menu has the command.
func inMenu(name string) bool { return name != stopReminders && name != startReminders }

// Command is an entry of a platform's menu of commands.
type Command struct {
	Name        string // without the slash
	Description string // one line
}

// Commands returns the commands for a menu in that language, the ones wanted
// most first. The caller owns the slice.
func (v *Interview) Commands(lang string) []Command {
	list := make([]Command, 0, len(commands))
	for _, c := range commands {
		if inMenu(c.name) {
			list = append(list, Command{c.name, v.words.say(lang, "command."+c.name, nil)})
		}
	}
	return list
}

// Phrase returns a sentence of the engine that has no blanks, as it is said in
// that language.
func (v *Interview) Phrase(lang, id string) string { return v.words.say(lang, id, nil) }

// command finds the command in a message: "/back", "/language es", or a plain
// equivalent ("go back") as the whole message. It returns "" when there is
// none, and what follows the command's name.
func (t *turn) command(text, folded string) (name, rest string) {
	if strings.HasPrefix(text, "/") {
		first, rest, _ := strings.Cut(text[1:], " ")
		first, _, _ = strings.Cut(strings.ToLower(first), "@")
		for _, c := range commands {
			if first == c.name || t.words.listed(fold(first), c.words) {
				return c.name, strings.TrimSpace(rest)
			}
		}
		return "unknown", ""
	}
	if countWords(folded) > 6 || t.s.Node != "" && t.steps[t.index[t.s.Node]].verbatim {
		return "", ""
	}
	folded = t.words.plainly(folded)
	for _, lang := range t.words.languages {
		if slices.Contains(t.words.list(lang, "word.this-language"), folded) {
			return "language", lang
		}
	}
	for _, c := range commands {
		if t.words.listed(folded, c.words) {
			return c.name, ""
		}
	}
	return "", ""
}

// run carries a command out.
func (t *turn) run(name, rest string) {
	switch name {
	case "start":
		t.started()
	case "file":
		t.file()
	case "human":
		t.human()
	case "language":
		t.switchLanguage(rest)
	case "back":
		if t.s.Pending != nil {
			t.s.Pending = nil
			t.repeat()
			return
		}
		t.back()
	case "privacy":
		t.privacy()
	case "skip":
		t.skip()
	case "cancel":
		if t.atReminder() {
			t.switchReminders(false) // "stop", to a reminder, means the reminders
			return
		}
		t.cancel()
	case "mydata":
		t.giveData()
	case "forget":
		t.askForget()
	case stopReminders, startReminders:
		t.switchReminders(name == startReminders)
	case "why":
		t.why()
	case "status":
		t.status()
		t.repeat()
	default: // help, who, unknown: a text, and back to where we were
		t.say("say."+name, nil)
		t.repeat()
	}
}

func (t *turn) switchLanguage(to string) {
	lang := fold(to)
	for _, l := range t.words.languages {
		if lang == l || slices.Contains(t.words.list(l, "word.this-language"), lang) {
			t.s.Lang, t.s.LangChosen = l, true
			if t.s.Pending != nil && t.s.Pending.Kind == PendingLanguage {
				t.s.Pending = nil
			}
			t.say("say.language-set", nil)
			t.repeat()
			return
		}
	}
	t.putBack()
	t.offer(&Pending{Kind: PendingLanguage})
}

// languageButtons offer every language, each in its own words.
func (t *turn) languageButtons() []Button {
	var list []Button
	for _, l := range t.words.languages {
		list = append(list, Button{Label: t.words.say(l, "button.language", nil), Value: "language-" + l})
	}
	return list
}

// skip leaves the open question out where that can be.
func (t *turn) skip() {
	t.putBack()
	s := t.openStep(t.s)
	switch {
	case s == nil:
		t.repeat()
	case s.optional, s.kind == kindFiles:
		t.skipStep(s)
	case s.kind == kindNotice:
		t.ask(t.word("say.must-agree", nil))
	case s.kind == kindDate:
		t.notKnown(s, "say.date-about")
	case t.index[s.id] > t.verdict && s.kind.answers():
		t.notKnown(s, "say.no-skip-form")
	default:
		t.ask(t.word("say.no-skip", nil))
	}
}

// notKnown hears that the enrollee cannot answer: once it asks for what they
// do know, the second time it goes on without.
func (t *turn) notKnown(s *step, lead string) {
	if t.s.Unsure != s.id {
		t.s.Unsure = s.id
		t.ask(t.word(lead, nil))
		return
	}
	t.skipStep(s)
}

// skipStep leaves a step without an answer. While an answer is being changed,
// skipping keeps the old one: nothing is erased by accident.
func (t *turn) skipStep(s *step) {
	if old, ok := t.s.Answers[s.id]; ok && t.s.Editing == s.id {
		t.accept(s, old)
		return
	}
	t.accept(s, Answer{Skipped: true})
}

// cancel leaves the interview; the answers stay until they are asked for again.
func (t *turn) cancel() {
	t.s.Pending, t.s.Editing, t.s.Misses = nil, "", 0
	if t.s.Node == "" {
		t.repeat()
		return
	}
	t.s.Node = ""
	t.say("say.cancelled", nil, t.homeButtons()...)
}

// privacy says the full notice; where the short one stands open, it needs no
// repeating.
func (t *turn) privacy() {
	if t.s.Node != "" && t.steps[t.index[t.s.Node]].kind == kindNotice {
		t.say("say.privacy", nil, t.buttons("agree")...)
		return
	}
	t.say("say.privacy", nil)
	t.repeat()
}

func (t *turn) why() {
	if t.s.Node != "" {
		if id := t.s.Node + ".why"; t.words.has(t.s.Lang, id) {
			t.say(id, nil)
		} else {
			t.say("say.why", nil)
		}
	}
	t.repeat()
}

// pressed handles a tapped button.
func (t *turn) pressed(ev Pressed) {
	switch {
	case strings.HasPrefix(ev.Value, "language-"):
		t.switchLanguage(strings.TrimPrefix(ev.Value, "language-"))
	case ev.Value == stopReminders || ev.Value == startReminders:
		t.run(ev.Value, "")
	case sameNode(ev.Node, t.node()):
		t.press(ev.Value)
	case t.s.Pending != nil && t.s.Node != "" && sameNode(ev.Node, t.s.Node):
		t.s.Pending = nil // the open question is answered past our small one
		t.press(ev.Value)
	case ev.Value == "human" || ev.Value == "file":
		t.run(ev.Value, "")
	case len(ev.Reading.Hits) > 0:
		t.tell(ev.Reading.Hits)
	default:
		t.say("say.old-button", nil)
		t.repeat()
	}
}

// press handles a button of the newest keyboard, or its typed equivalent.
func (t *turn) press(value string) {
	switch {
	case strings.HasPrefix(value, "language-"):
		t.switchLanguage(strings.TrimPrefix(value, "language-"))
	case value == "human":
		t.human()
	case value == "file" && t.s.Pending != nil && t.s.Pending.Kind == PendingEntry:
		t.file()
	case t.s.Pending != nil:
		t.settle(value)
	case t.s.Node == "", value == "privacy":
		t.run(value, "")
	default:
		t.chosen(&t.steps[t.index[t.s.Node]], value)
	}
}
