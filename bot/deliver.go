package bot

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Channel makes the calls that rows of the outbox stand for.
type Channel interface {
	// Send makes one call to the platform for the row. A nil error means that
	// the platform has it. Of any other error a [SendError] tells the fate;
	// without one it is unknown.
	Send(ctx context.Context, row Outgoing) (Outcome, error)
}

// Fate is what a failed call proves of the row.
type Fate int

// The fates. The zero value is the cautious one.
const (
	FateUnknown Fate = iota // it may have arrived
	FateRefused             // it has not arrived; it may be tried again
	FateDead                // it has not arrived and never will
)

// String names a fate for the log.
func (f Fate) String() string {
	return [...]string{"unknown", "refused", "dead"}[f]
}

// SendError is a failed call to a platform.
type SendError struct {
	Fate Fate
	// After is how long the platform asks to wait, 0 when it names no time.
	After time.Duration
	// RateLimited tells that the call came too early: it costs no attempt.
	RateLimited bool
	// MaxTries, if not 0, gives the row up after fewer tries than the channel's
	// limit allows.
	MaxTries int
	// Gone tells that nothing reaches this chat any more until its person
	// comes back: all rows that wait for it are dead with this one.
	Gone bool
	// Reason is the failure in words that hold nothing personal and no token.
	Reason string
	Err    error // may hold both; never logged
}

// Error is the fate and the reason.
func (e *SendError) Error() string { return e.Fate.String() + ": " + e.Reason }

// Unwrap gives the cause to errors.Is and errors.As.
func (e *SendError) Unwrap() error { return e.Err }

// failure is the SendError of a channel's error.
func failure(err error) *SendError {
	var known *SendError
	if errors.As(err, &known) {
		return known
	}
	return &SendError{Reason: "no answer that could be read", Err: err}
}

// drainBatch is how many rows Drain takes from the outbox at once.
const drainBatch = 100

// Drain sends every row of one chat in order and settles each. It stops at the
// first row that cannot be sent, which stays in the outbox with all that follow;
// rows of other chats are left alone. It is for a channel without a rate limit,
// like a terminal.
func Drain(ctx context.Context, store Outbox, chat ChatKey, channel Channel) error {
	for after := OutKey(0); ; {
		rows, err := store.Pending(ctx, after, drainBatch)
		if err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		for _, row := range rows {
			after = row.Key
			if row.Chat != chat {
				continue
			}
			outcome, err := channel.Send(ctx, row)
			if err != nil {
				return fmt.Errorf("send: %w", err)
			}
			if err := store.Settle(ctx, row.Key, outcome); err != nil {
				return fmt.Errorf("settle: %w", err)
			}
		}
	}
}
