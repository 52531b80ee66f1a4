package dialog

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// startedWith handles a start that a link led to. In the middle of an interview
// the link is answered and the open question comes back.
func (t *turn) startedWith(ev Started, fresh bool) {
	payload := strings.ToLower(strings.TrimSpace(ev.Payload))
	switch {
	case payload == "file":
		if fresh {
			t.say("say.hello-short", nil)
		}
		t.file()
	case slices.Contains(t.words.languages, payload):
		t.s.Lang, t.s.LangChosen = payload, true
		t.started()
	case len(ev.Reading.Hits) > 0:
		if fresh {
			t.say("say.hello-short", nil)
		}
		t.tell(ev.Reading.Hits)
	default:
		t.started()
	}
}

// sent takes a file where one is asked for; elsewhere it is kept all the same,
// for it may be the letter the case hangs on. Of an album the first file is
// answered, the others are only kept.
func (t *turn) sent(ev Sent, fresh bool) {
	if fresh {
		t.say("say.hello-short", nil)
	}
	album := cut(ev.Group, maxLine)
	again := album != "" && album == t.s.Album
	t.s.Album, t.s.AlbumFull = album, again && t.s.AlbumFull
	if t.s.FilesFull() {
		if !t.s.AlbumFull { // said once of an album
			t.s.AlbumFull = album != ""
			t.say("say.files-full", map[string]any{"count": maxFiles})
			t.repeat()
		}
		return
	}
	if ev.File.ID == "" { // there is room by now
		t.received(ReceivedFileLost, false)
		return
	}
	ev.File.Name = clean(ev.File.Name, MaxFileName)
	t.s.Files = append(t.s.Files, ev.File)
	if t.s.Ref != "" {
		t.addLetter(!again)
	}
	switch {
	case again:
		return
	case ev.Group != "":
		t.say("say.album-kept", nil)
	case ev.File.Name == "":
		t.say("say.photo-kept", nil)
	default:
		t.say("say.file-kept", map[string]any{"name": ev.File.Name})
	}
	t.repeat()
}

// addLetter stores an intake anew with a letter that came after it, and tells
// the desk of a submitted one, of an album once.
func (t *turn) addLetter(tell bool) {
	t.assess()
	t.s.PapersDay = Date{} // the staff look whether it is all they asked for
	t.out = append(t.out, StoreIntake{Intake: t.intake()})
	if tell && t.s.Status != statusDraft {
		t.tellAgain()
	}
}

// tellAgain tells the desk of an intake that changed, whatever became of the
// ticket it had.
func (t *turn) tellAgain() {
	t.out = append(t.out, OpenTicket{Reason: TicketIntake, Ref: t.s.Ref, Urgent: t.s.Verdict.Flag("urgent"),
		Deadline: t.s.Verdict.Date(t.deadline), Lang: t.s.Lang})
}

// FilesFull tells whether a case has all the letters that it can have.
func (s State) FilesFull() bool { return len(s.Files) >= maxFiles }

// received answers what we cannot take with how to go on. A group is not spoken
// with beyond that.
func (t *turn) received(kind ReceivedKind, fresh bool) {
	if !slices.Contains(receivedKinds, kind) {
		kind = ReceivedOther
	}
	if kind == ReceivedGroup {
		t.say("say.got-group", nil)
		return
	}
	if fresh {
		t.say("say.hello-short", nil)
	}
	t.say("say.got-"+string(kind), nil)
	t.repeat()
}

// shared takes a number that the enrollee gave by the platform's button as if
// they had typed it. Where no number is asked for, it is not kept.
func (t *turn) shared(phone string) {
	s := t.openStep(t.s)
	paused := t.s.Pending != nil && t.s.Pending.Kind == PendingPause
	if s == nil || s.kind != kindPhone || paused {
		t.say("say.number-later", nil)
		t.repeat()
		return
	}
	t.putBack()
	got := t.understand(s, phone, fold(phone))
	if got.grip != gripSure {
		t.ask(t.word("say.bad-phone", nil))
		return
	}
	t.chosen(s, got.value)
}

// shortNode is the length of what ShortNode returns, in bytes.
const shortNode = 9

// ShortNode returns a name of nine bytes for a node, for platforms whose buttons
// can carry little. A Pressed may bring it as its Node.
func ShortNode(node string) string {
	sum := sha256.Sum256([]byte(node))
	return "~" + hex.EncodeToString(sum[:shortNode/2])
}

// sameNode tells whether a press was made at the node, named in full or short.
func sameNode(pressed, node string) bool {
	return pressed == node || len(pressed) == shortNode && pressed == ShortNode(node)
}
