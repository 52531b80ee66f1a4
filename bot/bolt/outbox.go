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

func (j *turnJob) sealRows(t *bot.Turn) error {
	for i, row := range t.Rows {
		name := rowName{j.chat, t.After + 1, uint16(i)}
		row.Chat, row.Turn = t.Chat, name.turn
		sealed, err := sealRow(j.key, bucketOutbox, name, row)
		if err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
		j.rows = append(j.rows, sealed)
		j.bytes += len(sealed)
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

// Row returns one unsettled row, with the chat's keyboard of an earlier turn. It
// fails with bot.ErrNotFound, with ErrDamaged, or as a read of the file does.
func (s *Store) Row(ctx context.Context, key bot.OutKey) (bot.Outgoing, error) {
	if err := ctx.Err(); err != nil {
		return bot.Outgoing{}, err
	}
	row := bot.Outgoing{Key: key}
	err := s.view(func(tx *bbolt.Tx) error {
		value := tx.Bucket([]byte(bucketOutbox)).Get(numberKey(uint64(key)))
		if value == nil {
			return bot.ErrNotFound
		}
		name, err := s.openRow(tx, bucketOutbox, value, &row)
		if err != nil {
			return err
		}
		row.Keyboard, err = s.keyboard(tx, name)
		return err
	})
	if err != nil {
		return bot.Outgoing{}, fmt.Errorf("row %d: %w", key, err)
	}
	return row, nil
}

// Settle takes a row out of the outbox, keeps a dead one for a look, and
// remembers where the chat's newest buttons are. Settling a row that is not
// there is no error. It shares its transaction with the turns that wait, and
// fails as Commit does.
func (s *Store) Settle(ctx context.Context, key bot.OutKey, outcome bot.Outcome) error {
	if s.writer == nil {
		return ErrReadOnly
	}
	j := &settleJob{key: numberKey(uint64(key)), dead: outcome.Dead, reason: outcome.Reason}
	if outcome.Keyboard != "" || outcome.Cleared {
		if err := s.sealKeyboard(j, outcome.Keyboard); err != nil && !errors.Is(err, bot.ErrNotFound) {
			return fmt.Errorf("settle row %d: %w", key, err)
		}
	}
	err := s.writer.do(ctx, j)
	if err != nil && !errors.Is(err, bot.ErrNotFound) {
		return fmt.Errorf("settle row %d: %w", key, err)
	}
	return nil
}

type settleJob struct {
	key    []byte
	dead   bool
	reason string
	// chat has its keyboard set to the sealed value, or taken away when that
	// is nil; a nil chat leaves it as it is.
	chat     []byte
	keyboard []byte
}

func (j *settleJob) size() int { return len(j.keyboard) }

func (j *settleJob) check(t *txn) error {
	if t.outbox.Get(j.key) == nil {
		return bot.ErrNotFound
	}
	return nil
}

func (j *settleJob) put(t *txn) error {
	if j.dead {
		if err := j.bury(t); err != nil {
			return fmt.Errorf("dead row: %w", err)
		}
	}
	if err := t.outbox.Delete(j.key); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	var err error
	switch {
	case j.chat == nil:
	case j.keyboard == nil:
		err = t.keyboards.Delete(j.chat)
	default:
		err = t.keyboards.Put(j.chat, j.keyboard)
	}
	if err != nil {
		return fmt.Errorf("keyboard: %w", err)
	}
	return nil
}

// bury keeps a row that is given up: the form byte, the length and bytes of the
// reason, then the row as the outbox had it.
func (j *settleJob) bury(t *txn) error {
	reason := j.reason[:min(len(j.reason), 255)]
	value := append([]byte{formOne, byte(len(reason))}, reason...)
	if _, err := appendRow(t.dead, append(value, t.outbox.Get(j.key)...)); err != nil {
		return err
	}
	return trim(t.dead, maxDead)
}

// deadRow returns the row in a value of bucket dead, nil when it holds none.
func deadRow(value []byte) []byte {
	if len(value) < 2 || value[0] != formOne || len(value) < 2+int(value[1]) {
		return nil
	}
	return value[2+int(value[1]):]
}

// deadChat returns the chat hash of a value of bucket dead, nil when it has none.
func deadChat(value []byte) []byte { return headOf(deadRow(value), hashSize) }

// trim makes a bucket of appended rows hold at most limit of them, by dropping
// the first when one is over.
func trim(b *bbolt.Bucket, limit uint64) error {
	c := b.Cursor()
	first, _ := c.First()
	if first == nil {
		return nil
	}
	oldest := binary.BigEndian.Uint64(first)
	last, _ := c.Last()
	if binary.BigEndian.Uint64(last)-oldest < limit {
		return nil
	}
	return b.Delete(numberKey(oldest))
}

// keyboard returns the platform's name of the message that shows buttons of a
// turn before the row's, "" when there is none.
func (s *Store) keyboard(tx *bbolt.Tx, row rowName) (string, error) {
	value := tx.Bucket([]byte(bucketKeyboards)).Get(row.chat[:])
	head := headOf(value, 8)
	if head == nil || binary.BigEndian.Uint64(head) >= row.turn {
		return "", nil
	}
	plain, err := s.openOwned(tx, bucketKeyboards, row.chat[:], row.chat, value, 8)
	return string(plain), err
}

// sealKeyboard prepares what a settled row says of its chat's buttons. It fails
// with bot.ErrNotFound when the row is settled already.
func (s *Store) sealKeyboard(j *settleJob, message string) error {
	if len(message) > maxName {
		return ErrLimit
	}
	return s.view(func(tx *bbolt.Tx) error {
		value := tx.Bucket([]byte(bucketOutbox)).Get(j.key)
		if value == nil {
			return bot.ErrNotFound
		}
		name, err := rowNameOf(value)
		if err != nil {
			return err
		}
		j.chat = append([]byte(nil), name.chat[:]...)
		if message == "" {
			return nil
		}
		key, err := s.dataKey(tx, name.chat)
		if err != nil {
			return err
		}
		j.keyboard = seal(key.aead, bucketKeyboards, j.chat, numberKey(name.turn), []byte(message))
		return nil
	})
}
