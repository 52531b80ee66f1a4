package bot

import (
	"context"
	"fmt"
)

// Channel sends committed rows to one platform.
type Channel interface {
	// Send makes one call to the platform for the row. A nil error means
	// that the platform has it.
	Send(ctx context.Context, row Outgoing) error
}

// drainBatch is how many rows Drain takes from the outbox at once.
const drainBatch = 100

// Drain sends every row of one chat in order and settles each. It stops at the
// first row that cannot be sent, which stays in the outbox with all that follow;
// rows of other chats are left alone. It is for a channel without a rate limit,
// like a terminal.
func Drain(ctx context.Context, store Store, chat ChatKey, channel Channel) error {
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
			if err := channel.Send(ctx, row); err != nil {
				return fmt.Errorf("send: %w", err)
			}
			if err := store.Settle(ctx, row.Key); err != nil {
				return fmt.Errorf("settle: %w", err)
			}
		}
	}
}
