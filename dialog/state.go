package dialog

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// StateVersion is the version that EncodeState writes.
const StateVersion = 1

// State is all the engine remembers of one conversation. It is a value: Step
// returns a changed copy and leaves the one it was given as it was. The zero
// State is a conversation in which nothing has been said yet.
type State struct {
	Version int `json:"version"`
	// Lang is the language we speak with this enrollee; "" before the start.
	Lang string `json:"lang,omitempty"`
	// LangChosen tells that the enrollee asked for Lang, rather than we took
	// it from a hint or a message.
	LangChosen bool `json:"lang_chosen,omitempty"`
	// Node is the stable name of the open step, or "" at home.
	Node string `json:"node,omitempty"`
	// Answers holds one answer a step, by step id.
	Answers map[string]Answer `json:"answers,omitempty"`
	// Path lists the answered steps in the order they were answered.
	Path []string `json:"path,omitempty"`
	// Shown lists the notes that were shown in this interview.
	Shown []string `json:"shown,omitempty"`
	Files []File   `json:"files,omitempty"`
	// Album is the album whose files are answered already, or "".
	Album string `json:"album,omitempty"`
	// AlbumFull tells that the enrollee heard of that album that no more files
	// can be kept.
	AlbumFull bool `json:"album_full,omitempty"`
	// Editing is the answered step being asked again, or "".
	Editing string `json:"editing,omitempty"`
	// Pending is a small question of our own that stands before the open
	// step: which entry, is this the date, answer or question.
	Pending *Pending `json:"pending,omitempty"`
	// Guesses are answers read out of an enrollee's story, by step id; each is
	// asked for confirmation when its step comes, never taken silently.
	Guesses map[string]string `json:"guesses,omitempty"`
	// Calm is the folded text of a message that was read as a crisis and that
	// the enrollee went on from: it is not interrupted for a second time.
	Calm string `json:"calm,omitempty"`
	// Unsure is the step that the enrollee said once they cannot answer.
	Unsure string `json:"unsure,omitempty"`
	// Also is a second problem of that story, offered when the first is done.
	Also string `json:"also,omitempty"`
	// Misses counts the replies to the open step that were not understood.
	Misses int `json:"misses,omitempty"`
	// Verdict is the verdict on the facts of VerdictKey as of VerdictDay, nil
	// when none is known.
	Verdict    *Verdict `json:"verdict,omitempty"`
	VerdictKey string   `json:"verdict_key,omitempty"`
	VerdictDay Date     `json:"verdict_day,omitzero"`
	// Told is a fingerprint of the verdict as the enrollee was told it last.
	Told string `json:"told,omitempty"`
	// ToldDay is the legal day of that.
	ToldDay Date `json:"told_day,omitzero"`
	// Ref and Created are of the stored intake, "" and zero before there is one.
	Ref    string `json:"ref,omitempty"`
	Status string `json:"status,omitempty"`
	// Filed tells that the staff filed the intake: its day to file no longer
	// matters.
	Filed bool `json:"filed,omitempty"`
	// PapersDay is the day on which the staff asked for papers; none when they
	// wait for none, and after some came.
	PapersDay Date `json:"papers_day,omitzero"`
	// Parked are drafts that wait while another problem is worked on.
	Parked []Parked `json:"parked,omitempty"`
	// Waiting are the tickets opened, at most maxWaiting; an equal one is not
	// opened again.
	Waiting []OpenTicket `json:"waiting,omitempty"`
	// Done are the intakes of earlier interviews, at most maxDone.
	Done    []Done    `json:"done,omitempty"`
	Created time.Time `json:"created,omitzero"`
	// Last is when the enrollee was last heard, LastDay the legal day of that.
	Last    time.Time `json:"last,omitzero"`
	LastDay Date      `json:"last_day,omitzero"`
	// NoReminders tells that the enrollee wants none.
	NoReminders bool `json:"no_reminders,omitempty"`
	// Reminded holds, by the thread of a Reminder, the last day of those that
	// are settled: said, or without need of being said. At most maxReminded.
	Reminded map[string]Date `json:"reminded,omitempty"`
}

// Answer is what the enrollee gave for one step. The zero Answer says that the
// step was answered with "none", "I don't know" or a skip.
type Answer struct {
	Value string `json:"value,omitempty"`
	// Skipped tells a skip from an answer of "none".
	Skipped bool `json:"skipped,omitempty"`
	// Message names the typed message that gave the answer, or is "".
	Message string `json:"message,omitempty"`
}

// PendingKind is what a Pending waits for.
type PendingKind string

// The kinds of Pending.
const (
	PendingEntry    PendingKind = "entry"    // which of Options the question was about
	PendingConfirm  PendingKind = "confirm"  // is Value the answer to Step?
	PendingDoubt    PendingKind = "doubt"    // is Value an answer, or a question?
	PendingPause    PendingKind = "pause"    // a crisis was read; go on?
	PendingEdit     PendingKind = "edit"     // which of Options to change
	PendingPerson   PendingKind = "person"   // no entry answers: pass it on to a person?
	PendingAnew     PendingKind = "anew"     // begin a new interview?
	PendingGuess    PendingKind = "guess"    // is Value, read out of the story, the answer to the open step?
	PendingRough    PendingKind = "rough"    // may Value stand for the days between Options?
	PendingDay      PendingKind = "day"      // which of the days in Options
	PendingAlso     PendingKind = "also"     // look at the second problem, Value, now?
	PendingParked   PendingKind = "parked"   // go on with the draft put aside last?
	PendingAfter    PendingKind = "after"    // nothing was stored: change an answer, or begin anew
	PendingLanguage PendingKind = "language" // which language
	PendingWake     PendingKind = "wake"     // a draft waits: has the plan answered? Value is the reminder that asks, or ""
	PendingForget   PendingKind = "forget"   // erase everything?
	PendingReminder PendingKind = "reminder" // a reminder of the kind Value was said; Options hold its date and its intake
)

// Pending is the question that stands before the open step.
type Pending struct {
	Kind  PendingKind `json:"kind"`
	Value string      `json:"value,omitempty"`
	// Options are the values that can be chosen, where they vary.
	Options []string `json:"options,omitempty"`
	// Hits are the entries of a PendingEntry or PendingDoubt.
	Hits []Hit `json:"hits,omitempty"`
}

// clone returns a State that shares no map, slice or pointer that Step changes.
func (s State) clone() State {
	s.Answers = maps.Clone(s.Answers)
	s.Guesses = maps.Clone(s.Guesses)
	s.Reminded = maps.Clone(s.Reminded)
	s.Path = slices.Clone(s.Path)
	s.Shown = slices.Clone(s.Shown)
	s.Files = slices.Clone(s.Files)
	s.Waiting = slices.Clone(s.Waiting)
	if s.Pending != nil {
		p := *s.Pending
		s.Pending = &p
	}
	return s
}

// EncodeState returns the state as JSON with its version.
func EncodeState(s State) ([]byte, error) {
	s.Version = StateVersion
	return json.Marshal(s)
}

// DecodeState reads what EncodeState wrote. Of empty bytes it returns the zero
// State. It fails on a version it does not know and on bytes that are no state.
func DecodeState(raw []byte) (State, error) {
	if len(raw) == 0 {
		return State{}, nil
	}
	var s State
	if err := json.Unmarshal(raw, &s); err != nil {
		return State{}, fmt.Errorf("state: %w", err)
	}
	if s.Version != StateVersion {
		return State{}, fmt.Errorf("state: version %d is unknown, this program writes %d", s.Version, StateVersion)
	}
	return s, nil
}
