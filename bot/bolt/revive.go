package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"imrbot/bot"
)

// DeadRow is a row of the outbox that was given up.
type DeadRow struct {
	// Number names it until it is revived or makes room for others, and no
	// other row ever.
	Number uint64
	Reason string
	Row    bot.Outgoing // its Key is 0: it is in the outbox no more
}

// DeadRows calls fn for every row that was given up, the one given up first
// first. An error of fn ends the listing and is returned; damaged rows are
// passed over and named in the error at the end.
func (s *Store) DeadRows(ctx context.Context, fn func(DeadRow) error) error {
	return scan(ctx, s, bucketDead, func(tx *bbolt.Tx, key, value []byte) (DeadRow, error) {
		return s.openDead(tx, key, value)
	}, fn)
}

func (s *Store) openDead(tx *bbolt.Tx, key, value []byte) (DeadRow, error) {
	raw := deadRow(value)
	if len(key) != 8 || raw == nil {
		return DeadRow{}, fmt.Errorf("%w: dead row has %d and %d bytes", ErrDamaged, len(key), len(value))
	}
	d := DeadRow{Number: binary.BigEndian.Uint64(key), Reason: string(value[2 : 2+int(value[1])])}
	if _, err := s.openRow(tx, bucketOutbox, raw, &d.Row); err != nil {
		return DeadRow{}, fmt.Errorf("dead row %d: %w", d.Number, err)
	}
	return d, nil
}

// Revive puts a row that was given up back into the outbox, behind all that is
// there, and returns it under its new key. It is a turn of the row's
// conversation in which nothing else changes: so whatever erases the
// conversation meanwhile takes the row along, or finds that it has to look
// again. Revive fails with bot.ErrNotFound when there is no such row, with
// bot.ErrStale when the conversation moves on too fast, and otherwise as Commit
// does.
func (s *Store) Revive(ctx context.Context, number uint64) (bot.Outgoing, error) {
	if s.writer == nil {
		return bot.Outgoing{}, ErrReadOnly
	}
	for try := 0; ; try++ {
		j, err := s.prepareRevival(number)
		if err == nil {
			err = s.writer.do(ctx, j)
		}
		switch {
		case errors.Is(err, bot.ErrStale) && try < reviveTries:
			continue
		case err != nil:
			return bot.Outgoing{}, fmt.Errorf("revive row %d: %w", number, err)
		}
		return j.out, nil
	}
}

// prepareRevival seals the row, and its conversation one turn later.
func (s *Store) prepareRevival(number uint64) (*revival, error) {
	j := &revival{dead: numberKey(number)}
	err := s.view(func(tx *bbolt.Tx) error {
		value := tx.Bucket([]byte(bucketDead)).Get(j.dead)
		if value == nil {
			return bot.ErrNotFound
		}
		d, err := s.openDead(tx, j.dead, value)
		if err != nil {
			return err
		}
		j.chat = hashed(deadChat(value))
		was := tx.Bucket([]byte(bucketConversations)).Get(j.chat[:])
		if was == nil {
			return damaged("dead row without its conversation")
		}
		conv, err := s.openConversation(tx, j.chat, was)
		if err != nil {
			return err
		}
		key, err := s.dataKey(tx, j.chat)
		if err != nil {
			return err
		}
		conv.turn++
		j.out, j.was = d.Row, tagOf(was)
		j.out.Turn = conv.turn
		j.conv = sealConversation(key, j.chat, conv)
		j.row, err = sealRow(key, bucketOutbox, rowName{j.chat, conv.turn, 0}, j.out)
		return err
	})
	return j, err
}

// revival is a row sealed anew, for a conversation that is still as it was.
type revival struct {
	dead      []byte
	chat      hashed
	was       [tagSize]byte // of the conversation's value when it was read
	conv, row []byte
	out       bot.Outgoing
}

func (j *revival) size() int { return len(j.conv) + len(j.row) }

func (j *revival) check(t *txn) error {
	if t.dead.Get(j.dead) == nil {
		return bot.ErrNotFound
	}
	if tagOf(t.conversations.Get(j.chat[:])) != j.was {
		return bot.ErrStale
	}
	return nil
}

func (j *revival) put(t *txn) error {
	if err := t.dead.Delete(j.dead); err != nil {
		return fmt.Errorf("dead row: %w", err)
	}
	if err := t.conversations.Put(j.chat[:], j.conv); err != nil {
		return fmt.Errorf("conversation: %w", err)
	}
	n, err := appendRow(t.outbox, j.row)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	j.out.Key = bot.OutKey(n)
	return nil
}
