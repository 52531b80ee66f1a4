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
// Package bot declares what it needs of others ([Store], [Outbox], [Reader],
// [Channel])
// and imports none of its children.
package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
	// Text is the message of an InText or InEdit, and the number of an
	// InContact.
	Text string
	// Node and Value are the button of an InPress.
	Node, Value string
	// File is the file of an InFile, Group the album it came in, or "".
	File  dialog.File
	Group string
	// Fetch is the file of an InFetch.
	Fetch *Fetch
	// Received is what came with an InReceived.
	Received dialog.ReceivedKind
	// Payload is what a link to the bot carried into an InStart, or "".
	Payload string
	// Ref and Status are of an InStatus, Actor is who did it.
	Ref, Status, Actor string
	// Reminder is the one that an InMissed takes back.
	Reminder Reminder
	// Settles is the row of the outbox whose work brought this event, or 0.
	Settles OutKey
}

// InboundKind is what happened.
type InboundKind int

// The kinds of Inbound.
const (
	InText     InboundKind = iota // a typed message
	InPress                       // a tapped button
	InStart                       // first contact
	InResume                      // the enrollee is back; nothing was said
	InFile                        // a file
	InEdit                        // a typed message was changed afterwards
	InFetch                       // a file waits at the platform; nothing is said yet
	InReceived                    // something that we cannot take
	InContact                     // the enrollee's own telephone number
	InRemind                      // the chat's Wake has come; Key is not used
	InStatus                      // the staff set the status of an intake
	InMissed                      // a reminder was not sent while it was true; see Bot.TakeBack
)

// Outgoing is one committed row of the outbox: one call to a platform. It holds
// one of a Say, Fetch, Document and Handoff.
type Outgoing struct {
	Key  OutKey  `json:"-"`
	Chat ChatKey `json:"chat"`
	// Say is a message to the enrollee.
	Say dialog.Say `json:"say,omitzero"`
	// Fetch, if set, is a file to be brought here.
	Fetch *Fetch `json:"fetch,omitempty"`
	// Reminder, if set, tells that the Say is a reminder: it is true on the day
	// of its turn alone, and sent in the hours for it. See Bot.TakeBack.
	Reminder *Reminder `json:"reminder,omitempty"`
	// Document, if set, is a file for the enrollee.
	Document *Document `json:"document,omitempty"`
	// Handoff, if set, is news of an intake for the operator's own system.
	Handoff *Handoff `json:"handoff,omitempty"`
	// Turn is the number of the turn that committed the row.
	Turn    uint64  `json:"turn"`
	Urgency Urgency `json:"urgency,omitempty"`
	// Keyboard names the platform's message that still shows buttons of an
	// earlier turn, or is "". The store fills it in when a row is read.
	Keyboard string `json:"-"`
}

// Reminder names a dialog.Reminder that was said.
type Reminder struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// Fetch names a file that waits at a platform.
type Fetch struct {
	// Remote is the platform's name of the file.
	Remote string `json:"remote"`
	// Name is what the enrollee called it, Group the album it came in, or "".
	Name  string `json:"name,omitempty"`
	Group string `json:"group,omitempty"`
	// Message is the platform's message that brought it, Lang the language
	// that the platform suggested with it.
	Message string `json:"message,omitempty"`
	Lang    string `json:"lang,omitempty"`
}

// Document is a file for the enrollee. It is made when it is sent, of what is
// stored then.
type Document struct {
	Kind DocumentKind `json:"kind"`
	// Ref is the intake of a DocumentPaper.
	Ref string `json:"ref,omitempty"`
}

// DocumentKind is what a Document holds.
type DocumentKind string

// The kinds of Document.
const (
	DocumentPaper DocumentKind = "paper" // the answers of one intake, to print and sign
	DocumentData  DocumentKind = "data"  // all that is stored of the enrollee
)

// DocumentFile is a Document as it is handed over.
type DocumentFile struct {
	Name    string
	Caption string // one short sentence
	Data    []byte
}

// Handoff is news of an intake. The intake itself is read when it is sent.
type Handoff struct {
	// Key names this news for all time. It comes with every try of the row, also
	// when the row was given up and is sent anew: by it the receiver knows what
	// it has. It is drawn at random, because the numbers of rows are given again
	// when a store is restored from a backup, and new news would then look old.
	Key   string       `json:"key"`
	Ref   string       `json:"ref"`
	Event HandoffEvent `json:"event"`
	At    time.Time    `json:"at"`
}

// HandoffEvent is what happened to an intake.
type HandoffEvent string

// The kinds of HandoffEvent.
const (
	HandoffSubmitted HandoffEvent = "intake.submitted"
	HandoffChanged   HandoffEvent = "intake.changed" // an answer, a letter or the status
)

// HandoffLane is the lane of all Handoffs: they arrive in the order in which
// they happened.
const HandoffLane = "handoff:out"

// Urgency orders rows of different chats when a platform's rate is the limit;
// within a chat the order is that of the commits.
type Urgency int

// The urgencies. The zero value is the usual one.
const (
	Usual  Urgency = 0
	Urgent Urgency = 1  // a crisis, or a case that cannot wait
	Later  Urgency = -1 // a reminder
)

// Lane names the queue a row waits in: rows of one lane are sent one at a time,
// in the order of their keys. What is before the first colon names the Channel.
func (o Outgoing) Lane() string {
	channel, rest, _ := strings.Cut(string(o.Chat), ":")
	if o.Handoff != nil {
		return HandoffLane
	}
	if o.Fetch != nil {
		return channel + FetchSuffix + ":" + rest
	}
	return string(o.Chat)
}

// FetchSuffix makes the name of the Channel that fetches files out of the name
// of the one they came by: a slow download keeps no reply waiting.
const FetchSuffix = "-files"

// Conversation is what the store holds of one chat.
type Conversation struct {
	// Turn counts the committed turns; 0 when the store knows none.
	Turn  uint64
	State dialog.State
}

// Belongings is all that a store holds of one chat.
type Belongings struct {
	Conversation Conversation
	Intakes      []dialog.Intake // in the order of their references
	Tickets      []Ticket        // in the order of their ids
	// Waiting are the rows that are not settled, Dead those that were given
	// up, without their keys; both in the order of their keys.
	Waiting, Dead []Outgoing
	// Quarantined are the chat's events that could not be handled.
	Quarantined []Quarantined
	// Wake is when the bot looks at the chat again, or zero.
	Wake time.Time
	// Unreadable counts what is stored too but damaged.
	Unreadable int
}

// Turn is all that one inbound event changes. A store commits it whole or not
// at all.
type Turn struct {
	Chat ChatKey
	Key  InKey
	At   time.Time
	// After is the Conversation.Turn that the turn was computed from.
	After uint64
	State dialog.State
	// Rows go to the outbox in this order. Their Key and Turn are the store's
	// to give, their Chat is the turn's.
	Rows    []Outgoing
	Tickets []dialog.OpenTicket
	Intakes []dialog.Intake
	// Settles, if not 0, is a row of the outbox that this turn was the work
	// of: it is taken out in the same transaction. When it is gone already,
	// the turn was committed before, and the commit fails with ErrSeen.
	Settles OutKey
	// Forget erases all that is stored of the chat before this turn (its
	// earlier state, rows, tickets, letters, intakes), but not what was handed
	// on: the intakes whose status is not "draft", and at least those with the
	// references in Keep, stay, with their letters, their tickets and the
	// Handoff rows that tell of them; they stay also when the chat, which then
	// knows nothing of them, is erased again. What the turn itself brings is
	// stored as if it were the chat's first. Letters that stay get new ids, also
	// those that State names.
	Forget bool
	Keep   []string
	// Wake is when the bot wants to look at the chat again, or zero. It takes
	// the place of what the chat's turn before had.
	Wake time.Time
	// Audit is added to the list of what was done.
	Audit []AuditEntry
}

// AuditEntry records who did something that can be asked about years later. It
// holds nothing personal of an enrollee, and no ChatKey.
type AuditEntry struct {
	At time.Time `json:"at"`
	// Actor is who did it: a member of staff, or "enrollee", "retention".
	Actor string `json:"actor"`
	// Action is what was done, for example "erase" or "show-intake".
	Action string `json:"action"`
	// Ref is the intake or other thing it was done to, or "".
	Ref string `json:"ref,omitempty"`
}

// Errors of a Store.
var (
	// ErrSeen: the turn's Key is already committed; nothing was changed.
	ErrSeen = errors.New("event was already handled")
	// ErrStale: another turn of the chat was committed after Turn.After;
	// nothing was changed.
	ErrStale = errors.New("conversation moved on meanwhile")
	// ErrNotFound: there is no such intake, row or file.
	ErrNotFound = errors.New("not found")
	// ErrDamaged: what is stored is not what was written.
	ErrDamaged = errors.New("stored data is damaged")
	// ErrRefused: an earlier commit failed in a way that leaves it unknown
	// what the disk holds. Nothing more is taken until the store is opened
	// again.
	ErrRefused = errors.New("the store takes no more turns until it is opened again")
	// ErrRef: an intake's reference is no reference, or another chat's.
	ErrRef = errors.New("reference cannot be used")
	// ErrFault: the program failed at this event; nothing was changed.
	ErrFault = errors.New("a fault of the program")
	// ErrLimit: a turn is larger than the store takes.
	ErrLimit = errors.New("too large for the store")
)

// Quarantined is an event of a platform that could not be read or handled, kept
// so that nothing is lost unseen and others are not held up by it.
type Quarantined struct {
	At      time.Time `json:"at"`
	Channel string    `json:"channel"`
	Chat    ChatKey   `json:"chat,omitempty"` // "" when not even that could be read
	// Reason says what failed and holds nothing personal; Raw is the event as
	// it came, and may.
	Reason string `json:"reason"`
	Raw    []byte `json:"raw"`
}

// Errors of keeping a file, to be told to whoever sent it.
var (
	ErrFileSize = fmt.Errorf("files may have at most %d MB", MaxFileBytes>>20)
	ErrFileType = errors.New("only photographs (JPEG, PNG, GIF, WebP, HEIC) and PDF files can be kept")
)

// MaxFileBytes is the size of the largest file that is taken from an enrollee:
// what Telegram lets a bot fetch.
const MaxFileBytes = 20 << 20

// Store keeps conversations, seen keys, tickets and intakes. It is safe for use
// by several goroutines. Every error other than the ones named means that
// nothing was acknowledged.
type Store interface {
	// Load returns the conversation of a chat; the zero Conversation when
	// there is none. Its State may be shared with other callers: nobody may
	// change what its maps, slices and pointers hold.
	Load(ctx context.Context, chat ChatKey) (Conversation, error)
	// Commit makes a turn durable in one transaction: the state, the seen
	// key, the rows of the outbox, tickets and intakes. It returns the keys of
	// the rows, in the order of Turn.Rows, after the transaction is on disk. It
	// fails with ErrSeen, ErrStale, ErrLimit or ErrDamaged.
	Commit(ctx context.Context, t Turn) ([]OutKey, error)
	// TakeRef reserves the next free reference of the year ("A-2026-000123")
	// for a turn under way; ReleaseRef gives back one that was not used.
	TakeRef(year int) string
	ReleaseRef(ref string)
	// Intake returns the intake of a reference; it fails with ErrNotFound.
	Intake(ctx context.Context, ref string) (dialog.Intake, error)
}

// Outbox holds the rows that turns committed until each is settled. It is safe
// for use by several goroutines.
type Outbox interface {
	// Pending returns up to limit unsettled rows with keys above after, in
	// the order of their keys. A row that cannot be read is passed over.
	Pending(ctx context.Context, after OutKey, limit int) ([]Outgoing, error)
	// Row returns one unsettled row. It fails with ErrNotFound when it is
	// settled, and with ErrDamaged when it cannot be read.
	Row(ctx context.Context, key OutKey) (Outgoing, error)
	// Settle takes a row out of the outbox with what became of it. Settling a
	// row that is not there is no error.
	Settle(ctx context.Context, key OutKey, outcome Outcome) error
}

// Outcome is what became of a row.
type Outcome struct {
	// Dead tells that it was given up, and Reason why, in words that hold
	// nothing personal; otherwise it was delivered.
	Dead   bool
	Reason string
	// Keyboard names the platform's message that now shows the chat's newest
	// buttons. When it is "" and Cleared is true, no message shows any.
	Keyboard string
	Cleared  bool
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
