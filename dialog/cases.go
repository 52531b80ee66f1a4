package dialog

import (
	"slices"
	"time"
)

// maxParked is how many drafts wait beside the open interview; of more, the
// oldest can no longer be taken up here. Its intake stays stored.
const maxParked = 5

// Parked is a draft that waits for the plan while another problem is worked on.
type Parked struct {
	Ref     string            `json:"ref"`
	Created time.Time         `json:"created"`
	Answers map[string]Answer `json:"answers"`
	Path    []string          `json:"path"`
	Files   []File            `json:"files,omitempty"`
	// ToldDay is the legal day on which its verdict was told.
	ToldDay Date `json:"told_day,omitzero"`
}

// file begins the interview, goes on with the open one, takes up a draft, or
// asks what is wanted after an end.
func (t *turn) file() {
	switch {
	case t.s.Node != "":
		t.putBack()
		t.ask(t.word("say.already", nil))
	case t.s.Status == statusDraft:
		t.offer(&Pending{Kind: PendingWake})
	case len(t.s.Parked) > 0:
		t.offer(&Pending{Kind: PendingParked})
	default:
		t.fileAnother()
	}
}

// fileAnother begins an interview that is no draft.
func (t *turn) fileAnother() {
	switch {
	case t.s.Status != "" && !t.unfinished():
		t.offer(&Pending{Kind: PendingAnew})
	case t.s.Told != "" && !t.unfinished():
		t.offer(&Pending{Kind: PendingAfter})
	default:
		t.begin()
	}
}

// unfinished tells whether a question of the interview is still to be asked.
func (t *turn) unfinished() bool {
	for i := range t.steps {
		if s := &t.steps[i]; s.kind.asks() && !t.done(s) && t.holds(s.when) {
			return true
		}
	}
	return false
}

// offer asks a small question.
func (t *turn) offer(p *Pending) {
	t.s.Pending = p
	t.askPending()
}

// begin walks the interview from its beginning. A draft is asked again for what
// it waited for.
func (t *turn) begin() {
	t.s.Pending = nil
	if t.s.Status == statusDraft {
		t.say("say.draft-again", nil)
		for _, id := range t.askAgain {
			if t.s.Answers[id].Value == "" {
				t.drop(id)
			}
		}
	}
	t.proceed()
}

// anew parks a draft, and forgets a finished interview, which is stored as an
// intake, so that another can begin. Consent stands; for a second problem of
// the same person, so does what the sections that carry over hold.
func (t *turn) anew(samePerson bool, guesses map[string]string) {
	t.park()
	t.finish()
	kept := State{Lang: t.s.Lang, LangChosen: t.s.LangChosen, Answers: map[string]Answer{}, Parked: t.s.Parked,
		Done: t.s.Done, Waiting: t.s.Waiting, Guesses: guesses, NoReminders: t.s.NoReminders, Reminded: t.s.Reminded}
	for i := range t.steps {
		s := &t.steps[i]
		a, answered := t.s.Answers[s.id]
		if answered && (s.kind == kindNotice || samePerson && slices.Contains(t.carried, s.section)) {
			kept.Answers[s.id] = a
			kept.Path = append(kept.Path, s.id)
		}
	}
	t.s, t.stale = kept, true
	t.begin()
}

// Done is a finished intake, as far as the enrollee may ask for it later.
type Done struct {
	Ref    string `json:"ref"`
	Status string `json:"status"`
	// Filed and PapersDay are as in State.
	Filed     bool `json:"filed,omitempty"`
	PapersDay Date `json:"papers_day,omitzero"`
}

// finish remembers the reference of a submitted intake.
func (t *turn) finish() {
	if t.s.Ref == "" || t.s.Status == "" || t.s.Status == statusDraft {
		return
	}
	t.remember(Done{t.s.Ref, t.s.Status, t.s.Filed, t.s.PapersDay})
}

func (t *turn) remember(done Done) {
	t.s.Done = append(slices.Clone(t.s.Done), done)
	if n := len(t.s.Done); n > maxDone {
		t.s.Done = t.s.Done[n-maxDone:]
	}
}

// park puts a draft aside.
func (t *turn) park() {
	if t.s.Status != statusDraft {
		return
	}
	t.s.Parked = append(slices.Clone(t.s.Parked), Parked{t.s.Ref, t.s.Created, t.s.Answers, t.s.Path, t.s.Files, t.s.ToldDay})
	if n := len(t.s.Parked); n > maxParked {
		t.s.Parked = t.s.Parked[n-maxParked:]
	}
}

// unpark takes up the draft that was put aside last.
func (t *turn) unpark() {
	t.finish()
	last := t.s.Parked[len(t.s.Parked)-1]
	kept := State{Lang: t.s.Lang, LangChosen: t.s.LangChosen, Done: t.s.Done, Waiting: t.s.Waiting, Parked: slices.Clone(t.s.Parked[:len(t.s.Parked)-1]),
		Ref: last.Ref, Created: last.Created, Status: statusDraft, Answers: last.Answers, Path: last.Path, Files: last.Files,
		ToldDay: last.ToldDay, NoReminders: t.s.NoReminders, Reminded: t.s.Reminded}
	t.s, t.stale = kept.clone(), true
	t.mend()
	t.begin()
}
