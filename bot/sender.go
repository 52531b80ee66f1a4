package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// SenderConfig is what a Sender is made of. Outbox and Channels are required.
type SenderConfig struct {
	Outbox Outbox
	// Channels send the rows of the lanes that begin with their names. Rows of
	// other lanes stay in the outbox.
	Channels map[string]LimitedChannel
	// TakeBack, if set, is asked before each call: whether it has just taken the
	// row out of the outbox, because it is no longer right. See Bot.TakeBack.
	TakeBack func(ctx context.Context, row Outgoing) (bool, error)
	// Broken, if set, is called when the store takes nothing more.
	Broken func(error)
	Log    *slog.Logger
}

// LimitedChannel is a Channel with the limits its platform sets.
type LimitedChannel struct {
	Channel
	Limits
	// Due, if set, is called when a row of the lane has to wait for longer
	// than a moment, so that a sign can be shown; it must not block.
	Due func(lane string)
	// GiveUp, if set, is called for a row that was tried too often. It settles
	// the row in a turn of its own; when it fails, the row is tried again.
	GiveUp func(ctx context.Context, row Outgoing) error
}

const (
	// maxBacklog is how many rows may wait before the bot takes no more
	// events: the platforms then hold them for us.
	maxBacklog = 200_000
	// loadBatch is how many rows are read from the outbox at once.
	loadBatch = 1000
	// pruneEvery is how often lanes with nothing to send are forgotten.
	pruneEvery = time.Minute
	// dueAfter is a wait that an enrollee notices.
	dueAfter = 700 * time.Millisecond
	// settlePause is the pause before a settlement is tried again.
	settlePause = time.Second
	// landing is how long calls under way may take when the sender stops.
	landing = 10 * time.Second
)

// Sender sends committed rows: of each lane in order and one at a time, within
// the limits of each channel, refused ones again. It is safe for use by several
// goroutines.
type Sender struct {
	SenderConfig
	mu     sync.Mutex
	queue  *queue
	wake   chan struct{}
	flying sync.WaitGroup
}

// NewSender returns a Sender, which sends nothing before Run.
func NewSender(cfg SenderConfig) *Sender {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	limits := make(map[string]Limits, len(cfg.Channels))
	for name, c := range cfg.Channels {
		limits[name] = c.Limits
	}
	return &Sender{SenderConfig: cfg, queue: newQueue(limits), wake: make(chan struct{}, 1)}
}

// Load takes in what an earlier run left in the outbox. It must return before
// the first event is handled.
func (s *Sender) Load(ctx context.Context) error {
	for after := OutKey(0); ; {
		rows, err := s.Outbox.Pending(ctx, after, loadBatch)
		if err != nil {
			return fmt.Errorf("sender: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		s.Add(rows)
		after = rows[len(rows)-1].Key
	}
}

// Add takes in rows that were just committed, those of a lane in their order.
// It does not block.
func (s *Sender) Add(rows []Outgoing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, row := range rows {
		name := row.Lane()
		channel, _, _ := strings.Cut(name, ":")
		if !s.queue.add(channel, name, waitingRow{row.Key, row.Urgency, row.Document != nil}) {
			s.Log.Warn("row stays in the outbox: no such channel", "row", row.Key, "channel", channel)
			continue
		}
		if due := s.Channels[channel].Due; due != nil && s.queue.lanes[name].ready.Sub(now) > dueAfter {
			due(name)
		}
	}
	s.nudge()
}

// nudge makes Run look again.
func (s *Sender) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Depth is how many rows of a chat wait to be sent.
func (s *Sender) Depth(chat ChatKey) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.queue.lanes[string(chat)]; l != nil {
		return len(l.rows)
	}
	return 0
}

// Full tells that so many rows wait that no more events should be taken.
func (s *Sender) Full() bool { return s.Backlog() >= maxBacklog }

// Backlog is how many rows wait to be sent.
func (s *Sender) Backlog() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.size
}

// Run sends until ctx ends, then lets the calls under way finish for at most
// ten seconds and returns. What was not sent stays in the outbox.
func (s *Sender) Run(ctx context.Context) {
	calls, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	pruned := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		now := time.Now()
		s.mu.Lock()
		if now.Sub(pruned) >= pruneEvery {
			s.queue.prune(now)
			pruned = now
		}
		l, wait := s.queue.next(now)
		s.mu.Unlock()
		if l != nil {
			s.flying.Go(func() { s.send(calls, ctx, l) })
			continue
		}
		timer.Reset(min(wait, pruneEvery))
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-timer.C:
		}
	}
	landed := time.AfterFunc(landing, stop)
	defer landed.Stop()
	s.flying.Wait()
}

// send makes one call for the first row of a lane and takes in what became of
// it. calls ends the call, running the waits before another try.
func (s *Sender) send(calls, running context.Context, l *lane) {
	s.mu.Lock()
	key, last, gone := l.rows[0].key, l.rows[len(l.rows)-1].key, l.gone
	s.mu.Unlock()
	name, _, _ := strings.Cut(l.name, ":")
	channel := s.Channels[name]
	var outcome Outcome
	failed := &SendError{Fate: FateDead, Reason: "an earlier row found nobody there"}
	if key > gone {
		outcome, failed = s.attempt(calls, channel, key)
	}
	if failed != nil {
		s.Log.Warn("send failed", "channel", name, "row", key, "fate", failed.Fate.String(), "reason", failed.Reason, "after", failed.After)
		if failed.Fate != FateDead && !s.givenUp(calls, channel, l, key, failed) {
			s.nudge()
			return
		}
		outcome = Outcome{Dead: true, Reason: failed.Reason}
	}
	if !s.settle(running, key, outcome) {
		return // we are stopping; the lane stays under way, and the row in the outbox
	}
	s.mu.Lock()
	if failed != nil && failed.Gone {
		l.gone = last // what was committed since the call began is for someone who came back
	}
	s.queue.settled(l, time.Now(), failed == nil)
	s.mu.Unlock()
	s.nudge()
}

// givenUp puts a failed row back to be tried again and returns false, or, when it
// was tried too often, lets its channel say so and returns true.
func (s *Sender) givenUp(ctx context.Context, channel LimitedChannel, l *lane, key OutKey, failed *SendError) bool {
	s.mu.Lock()
	spent := !s.queue.tried(l, failed)
	s.mu.Unlock()
	if spent && channel.GiveUp != nil {
		row, err := s.Outbox.Row(ctx, key)
		if err == nil {
			err = channel.GiveUp(ctx, row)
		}
		spent = err == nil || errors.Is(err, ErrNotFound)
	}
	if !spent {
		s.mu.Lock()
		s.queue.again(l, failed, time.Now(), rand.Float64())
		s.mu.Unlock()
	}
	return spent
}

// attempt makes the call, unless the row is settled already or cannot be read.
func (s *Sender) attempt(ctx context.Context, channel LimitedChannel, key OutKey) (_ Outcome, failed *SendError) {
	defer func() {
		// The row would meet us again at every start.
		if r := recover(); r != nil {
			s.Log.Error("a fault of the program", "row", key, "at", string(debug.Stack()))
			failed = &SendError{Fate: FateDead, Reason: "a fault of the program"}
		}
	}()
	row, err := s.Outbox.Row(ctx, key)
	switch {
	case errors.Is(err, ErrNotFound):
		return Outcome{}, nil
	case errors.Is(err, ErrDamaged):
		return Outcome{}, &SendError{Fate: FateDead, Reason: "the row cannot be read", Err: err}
	case err != nil:
		return Outcome{}, &SendError{Fate: FateRefused, Reason: "the outbox cannot be read", Err: err}
	}
	if s.TakeBack != nil {
		if back, err := s.TakeBack(ctx, row); err != nil {
			return Outcome{}, &SendError{Fate: FateRefused, Reason: "it cannot be told whether the row is still right", Err: err}
		} else if back {
			return Outcome{}, nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, channel.timeout(row))
	defer cancel()
	outcome, err := channel.Send(ctx, row)
	if err != nil {
		return Outcome{}, failure(err)
	}
	return outcome, nil
}

// settle takes the row out of the outbox, and tries until that is on disk or
// ctx ends: a row that was delivered must not be sent again because the disk was
// full for a while. It returns false when ctx ended first.
func (s *Sender) settle(ctx context.Context, key OutKey, outcome Outcome) bool {
	for {
		// Not with ctx: a delivered row is settled also while we stop.
		err := s.Outbox.Settle(context.WithoutCancel(ctx), key, outcome)
		if err == nil {
			return true
		}
		s.Log.Error("row cannot be settled", "row", key, "error", err)
		if errors.Is(err, ErrRefused) && s.Broken != nil {
			s.Broken(err)
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(settlePause):
		}
	}
}
