package bolt

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"imrbot/bot"
)

// rowHead is the clear head of an outbox row and of a ticket: which
// conversation, which turn of it, which of the turn's rows.
const rowHead = hashSize + 8 + 2

type rowName struct {
	chat  hashed
	turn  uint64
	index uint16
}

func (n rowName) append(b []byte) []byte {
	b = append(b, n.chat[:]...)
	b = binary.BigEndian.AppendUint64(b, n.turn)
	return binary.BigEndian.AppendUint16(b, n.index)
}

// rowNameOf reads the head of a row.
func rowNameOf(value []byte) (rowName, error) {
	head := headOf(value, rowHead)
	if head == nil {
		return rowName{}, fmt.Errorf("%w: row of %d bytes is cut short", ErrDamaged, len(value))
	}
	return rowName{
		chat:  hashed(head[:hashSize]),
		turn:  binary.BigEndian.Uint64(head[hashSize:]),
		index: binary.BigEndian.Uint16(head[hashSize+8:]),
	}, nil
}

// headOf returns the n bytes after the version byte, nil when there are fewer.
func headOf(value []byte, n int) []byte {
	if len(value) < 1+n {
		return nil
	}
	return value[1 : 1+n]
}

// sealRow encodes and seals v as a row of a bucket.
func sealRow(k dataKey, bucket string, name rowName, v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if len(raw) > maxRow {
		return nil, fmt.Errorf("%d bytes: %w", len(raw), ErrLimit)
	}
	head := name.append(make([]byte, 0, rowHead))
	return seal(k.aead, bucket, nil, head, raw), nil
}

// openRow undoes sealRow into v and returns the row's name.
func (s *Store) openRow(tx *bbolt.Tx, bucket string, value []byte, v any) (rowName, error) {
	name, err := rowNameOf(value)
	if err != nil {
		return rowName{}, err
	}
	plain, err := s.openOwned(tx, bucket, nil, name.chat, value, rowHead)
	if err != nil {
		return rowName{}, err
	}
	if err := json.Unmarshal(plain, v); err != nil {
		return rowName{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return name, nil
}

// openOwned opens a value that is sealed under a conversation's key.
func (s *Store) openOwned(tx *bbolt.Tx, bucket string, key []byte, owner hashed, value []byte, headLen int) ([]byte, error) {
	k, err := s.dataKey(tx, owner)
	if errors.Is(err, errNoKey) {
		return nil, fmt.Errorf("%w: its conversation has no data key", ErrDamaged)
	}
	if err != nil {
		return nil, err
	}
	return open(k.aead, bucket, key, value, headLen)
}

// appendRow puts a row under the bucket's next number, from 1. The number is
// stored with the bucket, so that it is never given again, also when the row
// is gone.
func appendRow(b *bbolt.Bucket, row []byte) (uint64, error) {
	n, err := b.NextSequence()
	if err != nil {
		return 0, err
	}
	return n, b.Put(numberKey(n), row)
}

func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(make([]byte, 0, 8), n) }

func (j *turnJob) sealRows(t bot.Turn) error {
	for i, say := range t.Says {
		name := rowName{j.chat, t.After + 1, uint16(i)}
		row, err := sealRow(j.key, bucketOutbox, name, bot.Outgoing{Chat: t.Chat, Say: say, Turn: name.turn})
		if err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
		j.rows = append(j.rows, row)
		j.bytes += len(row)
	}
	return nil
}

// Pending returns up to limit unsettled rows with keys above after, in the
// order of their keys, at most 1,024 at a time. A row that does not open cannot
// be sent and must not keep others waiting: it is passed over, stays where it
// is, and the Notice of Options tells of it.
func (s *Store) Pending(ctx context.Context, after bot.OutKey, limit int) ([]bot.Outgoing, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	limit = min(limit, pendingRows)
	if limit <= 0 || after == ^bot.OutKey(0) {
		return nil, nil
	}
	var rows []bot.Outgoing
	err := s.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte(bucketOutbox)).Cursor()
		for k, v := c.Seek(numberKey(uint64(after) + 1)); k != nil && len(rows) < limit; k, v = c.Next() {
			if len(k) != 8 {
				return fmt.Errorf("%w: key of %d bytes", ErrDamaged, len(k))
			}
			n := binary.BigEndian.Uint64(k)
			row := bot.Outgoing{Key: bot.OutKey(n)}
			if _, err := s.openRow(tx, bucketOutbox, v, &row); err != nil {
				s.warn(n, err)
				continue
			}
			rows = append(rows, row)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read outbox: %w", err)
	}
	return rows, nil
}

// warn gives a notice of a row that cannot be sent, once for each row.
func (s *Store) warn(row uint64, err error) {
	for {
		last := s.warned.Load()
		if row <= last {
			return
		}
		if s.warned.CompareAndSwap(last, row) {
			s.notice(fmt.Sprintf("Row %d of the outbox cannot be read and is not sent: %v. Run: imrbot doctor", row, err))
			return
		}
	}
}

// Settle takes a row out of the outbox. Settling a row that is not there is no
// error. It shares its transaction with the turns that wait, and fails as
// Commit does.
func (s *Store) Settle(ctx context.Context, key bot.OutKey) error {
	if s.writer == nil {
		return ErrReadOnly
	}
	err := s.writer.do(ctx, settleJob(key))
	if err != nil && !errors.Is(err, bot.ErrNotFound) {
		return fmt.Errorf("settle row %d: %w", key, err)
	}
	return nil
}

type settleJob bot.OutKey

func (j settleJob) size() int { return 0 }

func (j settleJob) check(t *txn) error {
	if t.outbox.Get(numberKey(uint64(j))) == nil {
		return bot.ErrNotFound
	}
	return nil
}

func (j settleJob) put(t *txn) error {
	if err := t.outbox.Delete(numberKey(uint64(j))); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return nil
}
