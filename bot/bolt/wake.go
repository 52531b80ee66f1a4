package bolt

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"imrbot/bot"
)

// Wakes. Bucket wakes holds the one next moment of each chat that has one; bucket
// wake_times lists the same moments in their order. A moment is a whole second,
// so that it is the same before and after a restart.

const (
	wakeValue   = 1 + 8
	wakeTimeKey = 8 + hashSize
)

// wakeSecond is a moment as the store keeps it, rounded up to a whole second:
// nobody is woken too early. The zero time is 0, which stands for none.
func wakeSecond(at time.Time) uint64 {
	if at.IsZero() {
		return 0
	}
	if at.Nanosecond() > 0 {
		at = at.Add(time.Second)
	}
	return uint64(max(at.Unix(), 1))
}

func wakeKey(second uint64, chat hashed) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, wakeTimeKey), second), chat[:]...)
}

// wakeOf reads a value of bucket wakes; 0 when there is none.
func wakeOf(value []byte) uint64 {
	if len(value) != wakeValue || value[0] != formOne {
		return 0
	}
	return binary.BigEndian.Uint64(value[1:])
}

// putWake replaces the moment of a chat.
func (t *txn) putWake(chat hashed, second uint64) error {
	was := wakeOf(t.wakes.Get(chat[:]))
	if was == second {
		return nil
	}
	if was != 0 {
		if err := t.wakeTimes.Delete(wakeKey(was, chat)); err != nil {
			return fmt.Errorf("wake: %w", err)
		}
	}
	if second == 0 {
		if err := t.wakes.Delete(chat[:]); err != nil {
			return fmt.Errorf("wake: %w", err)
		}
		return nil
	}
	value := binary.BigEndian.AppendUint64([]byte{formOne}, second)
	if err := t.wakes.Put(chat[:], value); err != nil {
		return fmt.Errorf("wake: %w", err)
	}
	if err := t.wakeTimes.Put(wakeKey(second, chat), []byte{formOne}); err != nil {
		return fmt.Errorf("wake: %w", err)
	}
	return nil
}

// Due returns up to limit chats, at most 100,000 at a time, whose Turn.Wake is not
// after now, the one that waits longest first. A chat is due until a later turn
// of it is committed. One whose conversation cannot be read is passed over, and
// the Notice of Options tells of it.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]bot.ChatKey, error) {
	var due []bot.ChatKey
	limit = min(limit, dueChats)
	if limit <= 0 {
		return nil, ctx.Err()
	}
	err := s.eachWake(ctx, func(second uint64, chat bot.ChatKey) bool {
		if second > uint64(max(now.Unix(), 0)) {
			return false
		}
		due = append(due, chat)
		return len(due) < limit
	})
	if err != nil {
		return nil, fmt.Errorf("due chats: %w", err)
	}
	return due, nil
}

// NextWake returns the earliest Turn.Wake of all chats, past or to come, and the
// zero time when there is none. It is that of the first chat that Due returns.
func (s *Store) NextWake(ctx context.Context) (time.Time, error) {
	var next time.Time
	err := s.eachWake(ctx, func(second uint64, _ bot.ChatKey) bool {
		next = time.Unix(int64(second), 0).UTC()
		return false
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("next wake: %w", err)
	}
	return next, nil
}

// eachWake calls fn for the wakes in the order of time until it returns false.
func (s *Store) eachWake(ctx context.Context, fn func(second uint64, chat bot.ChatKey) bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.view(func(tx *bbolt.Tx) error {
		conversations := tx.Bucket([]byte(bucketConversations))
		c := tx.Bucket([]byte(bucketWakeTimes)).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			if len(k) != wakeTimeKey {
				return fmt.Errorf("%w: key of %d bytes", ErrDamaged, len(k))
			}
			second, chat := binary.BigEndian.Uint64(k), hashed(k[8:])
			conv, err := s.openConversation(tx, chat, conversations.Get(chat[:]))
			if err != nil {
				if s.warnedWake.Swap(max(second, s.warnedWake.Load())) < second {
					s.notice(fmt.Sprintf("A conversation that is to be looked at again cannot be read: %v. Run: imrbot doctor", err))
				}
				continue
			}
			if !fn(second, conv.chat) {
				return nil
			}
		}
		return nil
	})
}
