// Package bot carries messages between people and the dialog engine, and loses
// none of them. Its guarantee, on which every adapter rests:
//
//  1. An inbound message or press that a platform was told we have is
//     committed: it is never lost, and its effects happen once. The key by
//     which the platform may deliver it again is stored in the same
//     transaction as its effects.
//  2. Within a chat, turns are serial, replies leave in order, and one row is
//     in flight at a time. Chats do not wait for each other.
//  3. One call to a platform per outbox row. A failed send is refused (tried
//     again, not before the time the platform named; a rate limit costs no
//     attempt), dead (blocked, gone: recorded, never tried again) or unknown
//     (it may have arrived: it is sent again, for a question asked twice does
//     no harm and a question lost does).
//  4. After a kill at any instant and a restart, 1 to 3 still hold. With a full
//     disk or a failed fsync nothing is acknowledged.
//
// In one sentence: acknowledge the platform only after the commit; send only
// what is committed.
//
// Package bot declares what it needs of others ([Store], [Reader], [Channel])
// and imports none of its children.
package bot

import (
	"context"
	"errors"
	"time"

	"imrbot/dialog"
)

// ChatKey names one conversation of one enrollee on one channel, for example
// "telegram:12345". It is unique for all time and never shown to anyone.
type ChatKey string

// InKey names one inbound event of a platform, for example
// "telegram:update:77". A platform that delivers an event twice gives it the
// same key both times; two events never share one.
type InKey string

// OutKey numbers the rows of the outbox in the order they were committed,
// from 1. It is never used again.
type OutKey uint64

// Inbound is one event from a platform, in no platform's terms.
type Inbound struct {
	Chat ChatKey
	Key  InKey
	At   time.Time
	// Lang is the language the platform suggests for this person, or "".
	Lang string
	Kind InboundKind
	// Message names the platform's message, the same for an InText and the
	// InEdit of it, or "" where messages have no names.
	Message string
	// Text is the message of an InText or InEdit.
	Text string
	// Node and Value are the button of an InPress.
	Node, Value string
	// File is the file of an InFile.
	File dialog.File
}

// InboundKind is what happened.
type InboundKind int

// The kinds of Inbound.
const (
	InText   InboundKind = iota // a typed message
	InPress                     // a tapped button
	InStart                     // first contact
	InResume                    // the enrollee is back; nothing was said
	InFile                      // a file
	InEdit                      // a typed message was changed afterwards
)

// Outgoing is one committed row of the outbox: one call to a platform.
type Outgoing struct {
	Key  OutKey     `json:"-"`
	Chat ChatKey    `json:"chat"`
	Say  dialog.Say `json:"say"`
	// Turn is the number of the turn that committed the row.
	Turn uint64 `json:"turn"`
}

// Conversation is what the store holds of one chat.
type Conversation struct {
	// Turn counts the committed turns; 0 when the store knows none.
	Turn  uint64
	State dialog.State
}

// Turn is all that one inbound event changes. A store commits it whole or not
// at all.
type Turn struct {
	Chat ChatKey
	Key  InKey
	At   time.Time
	// After is the Conversation.Turn that the turn was computed from.
	After   uint64
	State   dialog.State
	Says    []dialog.Say
	Tickets []dialog.OpenTicket
	Intakes []dialog.Intake
}

// Errors of a Store.
var (
	// ErrSeen: the turn's Key is already committed; nothing was changed.
	ErrSeen = errors.New("event was already handled")
	// ErrStale: another turn of the chat was committed after Turn.After;
	// nothing was changed.
	ErrStale = errors.New("conversation moved on meanwhile")
	// ErrNotFound: no intake has that reference.
	ErrNotFound = errors.New("not found")
)

// MaxFileBytes is the size of the largest file that is taken from an enrollee:
// what Telegram lets a bot fetch.
const MaxFileBytes = 20 << 20

// Store keeps conversations, seen keys, the outbox, tickets and intakes. It is
// safe for use by several goroutines. Every error other than the ones named
// means that nothing was acknowledged.
type Store interface {
	// Load returns the conversation of a chat; the zero Conversation when
	// there is none. Its State may be shared with other callers: nobody may
	// change what its maps, slices and pointers hold.
	Load(ctx context.Context, chat ChatKey) (Conversation, error)
	// Commit makes a turn durable in one transaction: the state, the seen
	// key, a row in the outbox for each Say, tickets and intakes. It returns
	// the keys of the outbox rows, in the order of Turn.Says, after the
	// transaction is on disk. It fails with ErrSeen or ErrStale.
	Commit(ctx context.Context, t Turn) ([]OutKey, error)
	// Pending returns up to limit unsettled rows with keys above after, in
	// the order of their keys.
	Pending(ctx context.Context, after OutKey, limit int) ([]Outgoing, error)
	// Settle takes a row out of the outbox: it was delivered, or is dead.
	// Settling a row that is not there is no error.
	Settle(ctx context.Context, key OutKey) error
	// TakeRef reserves the next free reference of the year ("A-2026-000123")
	// for a turn under way; ReleaseRef gives back one that was not used.
	TakeRef(year int) string
	ReleaseRef(ref string)
}

// Reader reads a message against the knowledge base. It is safe for use by
// several goroutines and never fails: what it cannot read is a Reading of kind
// ReadNone.
type Reader interface {
	Read(text, lang string) dialog.Reading
	// Watch reads text only for a crisis and the wish for a person, on which
	// it agrees with Read.
	Watch(text, lang string) dialog.Reading
	// Entry returns the entry of that id as a Reading of kind ReadAnswer.
	Entry(id, lang string) (dialog.Reading, bool)
}
