package telegramtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Outcome is what became of one API call.
type Outcome string

// The outcomes. A call was applied if and only if it is Applied,
// ResetAfterApply or BodyCut.
const (
	Applied          Outcome = "applied"
	Refused          Outcome = "refused" // with Code and Description
	ResetBeforeApply Outcome = "reset before"
	ResetAfterApply  Outcome = "reset after" // applied; the bot saw a dead connection
	BodyCut          Outcome = "cut body"    // applied; the bot saw half an answer
	Abandoned        Outcome = "abandoned"   // a long poll whose caller went away
)

// Call is one API call as the server saw it.
type Call struct {
	// Seq is 1 for the first; effects happened in this order, but that a long
	// poll confirms when it begins and is numbered when it ends.
	Seq         uint64
	At          time.Time
	Took        time.Duration // until its effect; a slow answer is not in it
	Method      string
	Chat        int64
	Body        string // the parameters as JSON; a file as its name and size
	Outcome     Outcome
	Code        int // of a refusal
	Description string
	Fault       FaultKind // that struck it
	MessageID   int64     // of the message sent or edited
	Updates     []int64   // ids that getUpdates gave
}

// WasApplied reports whether the call had its effect.
func (c Call) WasApplied() bool {
	return c.Outcome == Applied || c.Outcome == ResetAfterApply || c.Outcome == BodyCut
}

// Confirmation says when and how an update left the queue.
type Confirmation struct {
	UpdateID int64
	At       time.Time
	// By is "offset" or "webhook" when the bot said it has it, "dropped" by
	// drop_pending_updates, "expired" after UpdateTTL, "full" when there was no
	// room for it.
	By string
}

// Duplicate is a message that was applied more than once with the same
// parameters. Whether that is a fault only the test can know: a bot may say
// the same thing twice.
type Duplicate struct {
	Method string
	Chat   int64
	Body   string
	Seqs   []uint64 // of the calls, in order
}

// Counters are the totals, which no setting bounds.
type Counters struct {
	Calls      uint64
	Outcomes   map[Outcome]uint64
	Methods    map[string]uint64
	Codes      map[int]uint64 // of refusals
	Faults     map[FaultKind]uint64
	Sent       uint64 // messages that were applied
	Violations uint64 // of the rate limits

	Updates    uint64            // queued
	Left       map[string]uint64 // how updates left the queue, as Confirmation.By
	Deliveries uint64            // attempts at the webhook
}

type journal struct {
	full    bool
	seq     uint64
	calls   bounded[Call]
	left    bounded[Confirmation]
	limits  bounded[Violation]
	totals  Counters
	changed chan struct{} // closed at the next entry, nil when nobody waits
}

func (j *journal) init(o Options) {
	j.full = !o.CountersOnly
	j.calls.most, j.left.most, j.limits.most = o.MaxJournal, o.MaxJournal, o.MaxJournal
	j.totals = Counters{
		Outcomes: map[Outcome]uint64{}, Methods: map[string]uint64{}, Codes: map[int]uint64{},
		Faults: map[FaultKind]uint64{}, Left: map[string]uint64{},
	}
}

// record ends a call's entry. The caller holds the lock.
func (s *Server) record(c *call, outcome Outcome, result any, err *apiError) {
	j := &s.journal
	j.seq++
	c.rec.Seq, c.rec.Outcome, c.rec.Took = j.seq, outcome, time.Since(c.started)
	if err != nil && outcome == Refused {
		c.rec.Code, c.rec.Description = err.Code, err.Description
		j.totals.Codes[err.Code]++
	}
	if m, ok := result.(*wireMessage); ok && m != nil {
		c.rec.MessageID = m.MessageID
	}
	t := &j.totals
	t.Calls++
	t.Outcomes[outcome]++
	if methodNamed(c.rec.Method).run != nil || c.rec.Method == "file" {
		t.Methods[c.rec.Method]++ // a made-up name must not grow the map
	}
	if c.rec.Fault != None {
		t.Faults[c.rec.Fault]++
	}
	if c.method.sends && c.rec.WasApplied() {
		t.Sent++
	}
	if j.full {
		j.calls.add(c.rec)
	}
	j.signal()
}

func (j *journal) violation(v Violation) {
	j.totals.Violations++
	if j.full {
		j.limits.add(v)
	}
	j.signal()
}

func (j *journal) leave(id int64, by string) {
	j.totals.Left[by]++
	if j.full {
		j.left.add(Confirmation{id, time.Now(), by})
	}
	j.signal()
}

func (j *journal) signal() {
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
}

// Journal returns the calls in the order of their effects, the oldest gone
// when there were more than MaxJournal; nil with CountersOnly.
func (s *Server) Journal() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.journal.calls.items)
}

// Confirmations returns how and when each update left the queue, in order.
func (s *Server) Confirmations() []Confirmation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.journal.left.items)
}

// Violations returns the messages that came too soon, in order.
func (s *Server) Violations() []Violation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.journal.limits.items)
}

// Await returns nil as soon as done says so. done is called again after every
// call, confirmation, violation, failed delivery and begin of a long poll, and
// may ask the server anything. It fails when ctx ends or the server closes.
func (s *Server) Await(ctx context.Context, done func() bool) error {
	for {
		s.mu.Lock()
		if s.journal.changed == nil {
			s.journal.changed = make(chan struct{})
		}
		changed := s.journal.changed
		s.mu.Unlock()
		if done() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("telegramtest: %w", ctx.Err())
		case <-s.closing.Done():
			return errors.New("telegramtest: the server is closed")
		}
	}
}

// AwaitConfirmed returns nil as soon as no update waits.
func (s *Server) AwaitConfirmed(ctx context.Context) error {
	return s.Await(ctx, func() bool { return len(s.PendingIDs()) == 0 })
}

// AwaitPoll returns nil as soon as a long poll waits for updates.
func (s *Server) AwaitPoll(ctx context.Context) error {
	return s.Await(ctx, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.poll.abort != nil
	})
}

// Counters returns the totals until now.
func (s *Server) Counters() Counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.journal.totals
	c.Outcomes, c.Methods, c.Codes = maps.Clone(c.Outcomes), maps.Clone(c.Methods), maps.Clone(c.Codes)
	c.Faults, c.Left = maps.Clone(c.Faults), maps.Clone(c.Left)
	return c
}

// Duplicates returns the messages that were applied more than once, in the
// order of their first call, as far as the journal goes back.
func (s *Server) Duplicates() []Duplicate {
	type key struct {
		method string
		chat   int64
		body   string
	}
	seen := map[key][]uint64{}
	var order []key
	for _, c := range s.Journal() {
		if !methodNamed(c.Method).sends || !c.WasApplied() {
			continue
		}
		k := key{c.Method, c.Chat, c.Body}
		if seen[k] = append(seen[k], c.Seq); len(seen[k]) == 2 {
			order = append(order, k)
		}
	}
	var twice []Duplicate
	for _, k := range order {
		twice = append(twice, Duplicate{k.method, k.chat, k.body, seen[k]})
	}
	slices.SortFunc(twice, func(a, b Duplicate) int { return int(a.Seqs[0]) - int(b.Seqs[0]) })
	return twice
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
