package bot

import (
	"time"

	"imrbot/dialog"
)

// TicketID numbers the tickets in the order they were committed, from 1. It is
// never used again.
type TicketID uint64

// TicketStatus is how far the desk has got with a ticket.
type TicketStatus string

// TicketOpen is a ticket that nobody of the desk has taken yet.
const TicketOpen TicketStatus = "open"

// Ticket is one enrollee's wait for a person: what a turn's [dialog.OpenTicket]
// becomes once it is stored.
type Ticket struct {
	ID     TicketID            `json:"-"`
	Chat   ChatKey             `json:"chat"`
	Reason dialog.TicketReason `json:"reason"`
	// Opened is the Turn.At of the turn that opened it.
	Opened time.Time `json:"opened"`
	// Ref is the intake it is about, or "".
	Ref    string `json:"ref,omitempty"`
	Urgent bool   `json:"urgent,omitempty"`
	// Deadline is the last day to file that the verdict gave, or none.
	Deadline dialog.Date  `json:"deadline"`
	Lang     string       `json:"lang"`
	Status   TicketStatus `json:"status"`
}
