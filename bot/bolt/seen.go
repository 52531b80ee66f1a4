package bolt

import (
	"encoding/binary"
	"fmt"
)

// Seen keys. Bucket seen answers whether an event was handled; bucket seen_days
// lists the same keys in the order of their days, so that old ones are found
// without a search and dropped a few at a time within the commits of new ones.
//
// The day is that of the store's clock at the commit, not that of the event: an
// event's time comes from outside, and a wrong one would make the store forget
// the key too early.

const (
	seenValue = 1 + 4
	daysKey   = 4 + 8
	daysValue = 1 + hashSize
)

func (t *txn) hasSeen(event hashed) bool { return t.seen.Get(event[:]) != nil }

func (t *txn) putSeen(event hashed) error {
	value := make([]byte, 0, seenValue)
	value = append(value, formOne)
	value = binary.BigEndian.AppendUint32(value, t.today)
	if err := t.seen.Put(event[:], value); err != nil {
		return fmt.Errorf("seen key: %w", err)
	}
	seq, err := t.days.NextSequence()
	if err != nil {
		return fmt.Errorf("day of seen key: %w", err)
	}
	key := make([]byte, 0, daysKey)
	key = binary.BigEndian.AppendUint32(key, t.today)
	key = binary.BigEndian.AppendUint64(key, seq)
	entry := make([]byte, 0, daysValue)
	entry = append(entry, formOne)
	entry = append(entry, event[:]...)
	if err := t.days.Put(key, entry); err != nil {
		return fmt.Errorf("day of seen key: %w", err)
	}
	return nil
}

// dropSeen forgets at most limit keys that are older than seenDays.
func (t *txn) dropSeen(limit int) error {
	type old struct{ day, event []byte }
	var olds []old // collected first: a bbolt cursor is not sure of its place after a deletion
	c := t.days.Cursor()
	for k, v := c.First(); k != nil && len(olds) < limit; k, v = c.Next() {
		if len(k) != daysKey || len(v) != daysValue {
			return fmt.Errorf("%w: day of seen key has %d and %d bytes", ErrDamaged, len(k), len(v))
		}
		if uint64(binary.BigEndian.Uint32(k))+seenDays >= uint64(t.today) {
			break
		}
		olds = append(olds, old{day: k, event: v[1:]})
	}
	for _, o := range olds {
		if err := t.seen.Delete(o.event); err != nil {
			return fmt.Errorf("drop seen key: %w", err)
		}
		if err := t.days.Delete(o.day); err != nil {
			return fmt.Errorf("drop day of seen key: %w", err)
		}
	}
	return nil
}
