package slacktest

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// Outcome is what became of one call.
type Outcome string

// The outcomes. A call had its effect if it is Applied or AppliedUnseen.
const (
	Applied       Outcome = "applied"
	Refused       Outcome = "refused" // with Status and Error
	AppliedUnseen Outcome = "applied unseen"
)

// Call is one request as the server saw it.
type Call struct {
	Seq      uint64 // 1 for the first; effects happened in this order
	At       time.Time
	Method   string // as Fault.Method
	Channel  string
	ThreadTS string // of the arguments
	TS       string // of the message sent, changed or deleted
	User     string
	Metadata json.RawMessage // of the message, as it was sent; nil when none
	Outcome  Outcome
	Status   int    // of HTTP; 0 for a connection that was reset
	Error    string // "error" of the answer
	Fault    FaultKind
}

// WasApplied reports whether the call had its effect.
func (c Call) WasApplied() bool { return c.Outcome != Refused }

// Delivery is one attempt to deliver an event or an interaction.
type Delivery struct {
	Seq        uint64
	At         time.Time
	Kind       string // "events_api", "interactive", "slash_commands"
	Event      string // "message", "app_mention"; of an interaction its type
	Subtype    string
	EventID    string // "" for an interaction
	EnvelopeID string // "" in HTTP mode
	Channel    string
	TS         string // of the message it is about
	Attempt    int    // 0 for the first
	Socket     int    // its number; 0 in HTTP mode
	AckedAt    time.Time
	// Ended is how it ended: "acked", "timeout", "no socket", "outage", "lost",
	// "ack lost", or in HTTP mode what went wrong; "" while it is under way.
	Ended string
	Fault FaultKind
}

// Fate is what became of one event over all its deliveries.
type Fate struct {
	EventID  string
	Event    string
	Subtype  string
	Channel  string
	TS       string
	Made     time.Time
	Attempts int
	AckedAt  time.Time // of the first ack; zero when there was none
	Lost     bool      // retried to the end without an ack: only history has it
}

// Counters are the totals, which no setting bounds.
type Counters struct {
	Calls      uint64
	Outcomes   map[Outcome]uint64
	Methods    map[string]uint64
	Errors     map[string]uint64
	Faults     map[FaultKind]uint64 // of calls and deliveries
	Violations uint64

	Events     uint64 // made
	Deliveries uint64 // attempts, of events and interactions
	Acked      uint64 // events
	Lost       uint64 // events
	Sockets    uint64 // opened
}

type journal struct {
	full       bool
	seq, tries uint64
	calls      bounded[Call]
	deliveries bounded[*Delivery]
	fates      bounded[*Fate]
	limits     bounded[Violation]
	totals     Counters
}

func (j *journal) init(o Options) {
	j.full = !o.CountersOnly
	j.calls.most, j.deliveries.most, j.fates.most, j.limits.most = o.MaxJournal, o.MaxJournal, o.MaxJournal, o.MaxJournal
	j.totals = Counters{
		Outcomes: map[Outcome]uint64{}, Methods: map[string]uint64{},
		Errors: map[string]uint64{}, Faults: map[FaultKind]uint64{},
	}
}

// record ends a call's entry. The caller holds the lock.
func (s *Server) record(c *call, outcome Outcome, status int, err *apiError) {
	j := &s.journal
	j.seq++
	c.rec.Seq, c.rec.Outcome, c.rec.Status = j.seq, outcome, status
	t := &j.totals
	if err != nil {
		c.rec.Error = err.code
		t.Errors[err.code]++
	}
	if f := c.rec.Fault; f == ResetBefore || f == ResetAfter {
		c.rec.Status = 0
	}
	t.Calls++
	t.Outcomes[outcome]++
	if c.method.name != "" { // a made-up name must not grow the map
		t.Methods[c.method.name]++
	}
	if c.rec.Fault != None {
		t.Faults[c.rec.Fault]++
	}
	if j.full {
		j.calls.add(c.rec)
	}
}

func (j *journal) violation(v Violation) {
	j.totals.Violations++
	if j.full {
		j.limits.add(v)
	}
}

// Calls returns the calls in the order of their effects, the oldest gone when
// there were more than MaxJournal; nil with CountersOnly.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.journal.calls.items)
}

// Deliveries returns the attempts in order, also those under way.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(s.journal.deliveries.items)
}

// Fates returns the events in the order they happened.
func (s *Server) Fates() []Fate {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(s.journal.fates.items)
}

func values[T any](all []*T) []T {
	out := make([]T, len(all))
	for i, v := range all {
		out[i] = *v
	}
	return out
}

// Violations returns the calls that came too soon, in order.
func (s *Server) Violations() []Violation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.journal.limits.items)
}

// Counters returns the totals until now.
func (s *Server) Counters() Counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.journal.totals
	c.Outcomes, c.Methods = maps.Clone(c.Outcomes), maps.Clone(c.Methods)
	c.Errors, c.Faults = maps.Clone(c.Errors), maps.Clone(c.Faults)
	return c
}

// Pending is how many events and interactions wait: for an ack, or to be
// delivered again.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.pending)
}

// AwaitQuiet returns nil as soon as nothing is pending.
func (s *Server) AwaitQuiet(ctx context.Context) error {
	return s.Await(ctx, func() bool { return s.Pending() == 0 })
}

// MetadataCounts counts the messages that the bot posted with applied calls of
// chat.postMessage, by the text of one field of their metadata's event_payload.
// A key above 1 was posted twice. Deleted messages count too. Posts that are
// older than the journal do not.
func (s *Server) MetadataCounts(field string) map[string]int {
	counts := map[string]int{}
	for _, c := range s.Calls() {
		if c.Method != "chat.postMessage" || !c.WasApplied() || c.Metadata == nil {
			continue
		}
		var m Metadata
		if json.Unmarshal(c.Metadata, &m) != nil {
			continue
		}
		if key, ok := m.EventPayload[field].(string); ok {
			counts[key]++
		}
	}
	return counts
}

// bounded is a list that forgets its oldest part when it grows too long.
type bounded[T any] struct {
	items []T
	most  int
}

func (b *bounded[T]) add(item T) {
	if len(b.items) >= b.most {
		// A quarter at once, so that adding stays cheap.
		b.items = slices.Delete(b.items, 0, max(b.most/4, 1))
	}
	b.items = append(b.items, item)
}
