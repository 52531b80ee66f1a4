package dialog

import "time"

// Effect is one thing a step asks the caller to do after the state is safely
// stored. The set is closed: Say, OpenTicket, StoreIntake, GiveData and Forget.
type Effect interface {
	kind() string
}

// Say is one message to the enrollee: one call to the platform.
type Say struct {
	// Node is where the conversation stands, Fact the fact or form key that
	// this message asks for ("" when it asks for none).
	Node string `json:"node"`
	Fact string `json:"fact"`
	// Text is plain text, at most MaxSay characters; it holds no markup.
	Text string `json:"text"`
	// Buttons are choices offered beneath the text; each can also be typed
	// (its label, or its number counted from 1).
	Buttons []Button `json:"buttons,omitempty"`
}

// Button is one choice. Value is stable and language-free; Label is shown.
type Button struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// TicketReason is why a person is needed.
type TicketReason string

// The reasons for a ticket.
const (
	TicketHuman  TicketReason = "human"  // the enrollee asked for a person
	TicketCrisis TicketReason = "crisis" // a danger to life was read
	TicketIntake TicketReason = "intake" // a finished intake waits
	TicketUrgent TicketReason = "urgent" // the verdict is urgent
	TicketAnswer TicketReason = "answer" // a question without an answer, passed on at the enrollee's wish
)

// OpenTicket puts the enrollee into the desk's queue.
type OpenTicket struct {
	Reason TicketReason `json:"reason"`
	Ref    string       `json:"ref,omitempty"` // the intake it is about, if any
	Urgent bool         `json:"urgent,omitempty"`
	// Deadline is the last day to file that the verdict gives, or none.
	Deadline Date   `json:"deadline"`
	Lang     string `json:"lang"`
}

// StoreIntake stores the intake under its Ref, in place of an earlier one with
// the same Ref.
type StoreIntake struct {
	Intake Intake `json:"intake"`
}

// Intake is the answers of one interview. The JSON names of Facts and Form are
// the keys of the interview; a fact asked for and answered "none" is null.
type Intake struct {
	Ref    string `json:"ref"`
	Status string `json:"status"`
	// Filed tells that the staff filed it where it belongs, whatever followed.
	Filed    bool               `json:"filed,omitempty"`
	Created  time.Time          `json:"created"`
	Language string             `json:"language"`
	Facts    map[string]*string `json:"facts"`
	Form     map[string]*string `json:"form"`
	Files    []File             `json:"letters,omitempty"`
	Verdict  Verdict            `json:"verdict"`
}

// GiveData hands the enrollee, and nobody else, a copy of all that is stored of
// them. That it is on its way is said before it.
type GiveData struct{}

// Forget erases all that is stored of the conversation: its history, files,
// tickets and drafts, and what waits to be sent. Intakes that are no drafts were
// handed over and stay, with their files, as the enrollee was told. The farewell
// comes after it.
type Forget struct{}

func (Say) kind() string         { return "say" }
func (OpenTicket) kind() string  { return "open_ticket" }
func (StoreIntake) kind() string { return "store_intake" }
func (GiveData) kind() string    { return "give_data" }
func (Forget) kind() string      { return "forget" }
