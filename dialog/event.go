package dialog

import "time"

// Head is what every event brings along, because the engine asks nobody: the
// clock, the calendar and the next free reference are the caller's.
type Head struct {
	// At is the moment the event happened, as the caller's clock had it.
	At time.Time `json:"at"`
	// Today is the legal calendar day of At, in the operator's time zone.
	Today Date `json:"today"`
	// Ref is the reference an intake takes if this very event makes one
	// ("A-2026-000123"). An event that makes none leaves it unused.
	Ref string `json:"ref,omitempty"`
	// Message names the platform's message that the event is, or edits; "" where
	// messages have no names. It is unique within the conversation.
	Message string `json:"message,omitempty"`
}

// Event is one thing that happened to a conversation. The set is closed:
// Started, Resumed, Said, Edited, Pressed, Sent, Received and Shared are of the
// enrollee; StatusSet is of the staff, Reminded
// and Missed are of the calendar.
type Event interface {
	head() Head
	kind() string
}

// Started is first contact, or the enrollee coming back by way of /start.
type Started struct {
	Head
	// Lang is the language the platform suggests ("en", "es-MX", ""), used
	// only while the conversation has none of its own.
	Lang string `json:"lang,omitempty"`
	// Payload is what a link to the bot carried: "file" begins the interview,
	// a language's code changes to it, "deadline" or the id of an entry tells
	// the entry that Reading then holds (Kind ReadAnswer). Anything else, and
	// "", is a plain start.
	Payload string  `json:"payload,omitempty"`
	Reading Reading `json:"reading,omitzero"`
}

// Resumed is the enrollee coming back to an open conversation without saying
// anything: the open question is repeated.
type Resumed struct {
	Head
	Lang string `json:"lang,omitempty"`
}

// Said is a typed message, with the Reading the caller made of it.
type Said struct {
	Head
	Text    string  `json:"text"`
	Reading Reading `json:"reading"`
}

// Edited is a typed message that the enrollee changed afterwards: Message names
// it, Text is how it reads now.
type Edited struct {
	Head
	Text    string  `json:"text"`
	Reading Reading `json:"reading"`
}

// Pressed is a tapped button.
type Pressed struct {
	Head
	// Node is the node the button was offered at; it tells a press on an old
	// keyboard from one on the newest.
	Node string `json:"node"`
	// Value is the Button's Value.
	Value string `json:"value"`
	// Reading carries the knowledge-base entry whose id is Value, if there
	// is one (Kind ReadAnswer); otherwise it is the zero Reading.
	Reading Reading `json:"reading"`
	Lang    string  `json:"lang,omitempty"` // as of Started
}

// Sent is a file the enrollee handed over, already limited in size and type by
// whoever received it.
type Sent struct {
	Head
	// File is the file; one without an ID was not fetched, because there was no
	// room for it.
	File File `json:"file"`
	// Group names the album that the file came in, or is "": of an album only
	// the first file is answered.
	Group string `json:"group,omitempty"`
	Lang  string `json:"lang,omitempty"` // as of Started
}

// Received is something that came and that we cannot take.
type Received struct {
	Head
	Kind ReceivedKind `json:"kind"`
	Lang string       `json:"lang,omitempty"` // as of Started
}

// ReceivedKind is what came. Each is answered by the sentence say.got-<kind>.
type ReceivedKind string

// The kinds of Received.
const (
	ReceivedVoice      ReceivedKind = "voice"
	ReceivedVideo      ReceivedKind = "video"
	ReceivedSticker    ReceivedKind = "sticker"
	ReceivedLocation   ReceivedKind = "location"
	ReceivedForwarded  ReceivedKind = "forwarded"    // words that somebody else wrote
	ReceivedContact    ReceivedKind = "contact"      // somebody else's number
	ReceivedOther      ReceivedKind = "other"        // a poll, a game, and the like
	ReceivedFileTooBig ReceivedKind = "file-too-big" // a file above what a channel can fetch
	ReceivedFileType   ReceivedKind = "file-type"    // a file that is neither picture nor PDF
	ReceivedFileLost   ReceivedKind = "file-lost"    // a file that could not be fetched
	ReceivedGroup      ReceivedKind = "group"        // a message in a group of people
	ReceivedTooMany    ReceivedKind = "too-many"     // more messages than we could answer
)

var receivedKinds = []ReceivedKind{ReceivedVoice, ReceivedVideo, ReceivedSticker, ReceivedLocation, ReceivedForwarded, ReceivedContact,
	ReceivedOther, ReceivedFileTooBig, ReceivedFileType, ReceivedFileLost, ReceivedGroup, ReceivedTooMany}

// Shared is the enrollee's own telephone number, given by the platform at a
// press of theirs.
type Shared struct {
	Head
	Phone string `json:"phone"`
}

// StatusSet is the staff saying how far an intake is. A reference that the
// conversation does not know, a status that is none of theirs and one that the
// intake has already are ignored, and so is any but StatusFiled and StatusClosed
// of a draft, which still waits for the plan.
type StatusSet struct {
	Head
	Ref    string `json:"intake"` // of the intake; that of Head is not used
	Status string `json:"status"` // StatusReview and its like, or one that the interview saves under
}

// Reminded is the day of a [Reminder] having come, by its ID. One that
// Interview.Reminders no longer lists is ignored.
type Reminded struct {
	Head
	ID string `json:"id"`
}

// Missed takes back that a [Reminder] was said on a day: it could not be sent
// while it was true. What is true of its date is then still to be said, unless
// something later of its thread was.
type Missed struct {
	Head
	ID  string `json:"id"`
	Day Date   `json:"day"`
}

// File names a received file. Its bytes live with the caller.
type File struct {
	ID   string `json:"id"`   // unique within the conversation
	Name string `json:"name"` // as the enrollee called it, at most MaxFileName bytes
	Type string `json:"type"` // media type, sniffed, for example "application/pdf"
	Size int64  `json:"size"` // bytes
}

func (e Started) head() Head   { return e.Head }
func (e Resumed) head() Head   { return e.Head }
func (e Said) head() Head      { return e.Head }
func (e Edited) head() Head    { return e.Head }
func (e Pressed) head() Head   { return e.Head }
func (e Sent) head() Head      { return e.Head }
func (e Received) head() Head  { return e.Head }
func (e Shared) head() Head    { return e.Head }
func (e StatusSet) head() Head { return e.Head }
func (e Reminded) head() Head  { return e.Head }
func (e Missed) head() Head    { return e.Head }

func (Started) kind() string   { return "started" }
func (Resumed) kind() string   { return "resumed" }
func (Said) kind() string      { return "said" }
func (Edited) kind() string    { return "edited" }
func (Pressed) kind() string   { return "pressed" }
func (Sent) kind() string      { return "sent" }
func (Received) kind() string  { return "received" }
func (Shared) kind() string    { return "shared" }
func (StatusSet) kind() string { return "status_set" }
func (Reminded) kind() string  { return "reminded" }
func (Missed) kind() string    { return "missed" }

// ReadKind is what a reader took a message for.
type ReadKind string

// The kinds of Reading. The zero value is the cautious one: nothing understood.
const (
	ReadNone    ReadKind = ""        // no entry answers it
	ReadAnswer  ReadKind = "answer"  // Hits[0] answers it
	ReadSuggest ReadKind = "suggest" // one of Hits may answer it
	ReadCrisis  ReadKind = "crisis"  // a danger to life that is happening now
	ReadHuman   ReadKind = "human"   // the enrollee wants a person
	ReadSmall   ReadKind = "small"   // a greeting or thanks; nothing is asked
)

// Reading is what the knowledge-base reader made of one message.
type Reading struct {
	Kind ReadKind `json:"kind,omitempty"`
	// Lang is the language of this message ("en", "es"), LangSure whether
	// the text itself showed it rather than a hint.
	Lang     string `json:"lang,omitempty"`
	LangSure bool   `json:"lang_sure,omitempty"`
	// Hits are at most MaxHits entries, best first; there is one or more
	// when Kind is ReadAnswer or ReadSuggest.
	Hits []Hit `json:"hits,omitempty"`
}

// Hit is one knowledge-base entry that a Reading points at.
type Hit struct {
	ID    string  `json:"id"`
	Title string  `json:"title"`
	Score float64 `json:"score"` // 0 to 1
	// Answer is the entry's answer as plain text.
	Answer string `json:"answer,omitempty"`
}
