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

// Drain sends every row of the outbox in order and settles each. It stops at
// the first row that cannot be sent, which stays in the outbox with all that
// follow. It is for a channel with one chat and no rate limit, like a terminal.
func Drain(ctx context.Context, store Store, channel Channel) error {
	for {
		rows, err := store.Pending(ctx, 0, drainBatch)
		if err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		for _, row := range rows {
			if err := channel.Send(ctx, row); err != nil {
				return fmt.Errorf("send: %w", err)
			}
			if err := store.Settle(ctx, row.Key); err != nil {
				return fmt.Errorf("settle: %w", err)
			}
		}
	}
}
