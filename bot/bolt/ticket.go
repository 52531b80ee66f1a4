package bolt

import (
	"context"
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"imrbot/bot"
)

func (j *turnJob) sealTickets(t *bot.Turn) error {
	for i, o := range t.Tickets {
		ticket := bot.Ticket{
			Chat: t.Chat, Reason: o.Reason, Opened: t.At, Ref: o.Ref, Urgent: o.Urgent,
			Deadline: o.Deadline, Lang: o.Lang, Status: bot.TicketOpen,
		}
		row, err := sealRow(j.key, bucketTickets, rowName{j.chat, t.After + 1, uint16(i)}, ticket)
		if err != nil {
			return fmt.Errorf("ticket %d: %w", i, err)
		}
		j.tickets = append(j.tickets, row)
		j.bytes += len(row)
	}
	return nil
}

// Tickets calls fn for every ticket, in the order of their ids. An error of fn
// ends the listing and is returned; damaged tickets are passed over and named
// in the error at the end.
func (s *Store) Tickets(ctx context.Context, fn func(bot.Ticket) error) error {
	return scan(ctx, s, bucketTickets, s.decodeTicket, fn)
}

func (s *Store) decodeTicket(tx *bbolt.Tx, key, value []byte) (bot.Ticket, error) {
	if len(key) != 8 {
		return bot.Ticket{}, fmt.Errorf("%w: key of %d bytes", ErrDamaged, len(key))
	}
	t := bot.Ticket{ID: bot.TicketID(binary.BigEndian.Uint64(key))}
	if _, err := s.openRow(tx, bucketTickets, value, &t); err != nil {
		return bot.Ticket{}, fmt.Errorf("ticket %d: %w", t.ID, err)
	}
	return t, nil
}
