package bolt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"imrbot/bot"
)

// Quarantine keeps an event that cannot be handled, once for each key, its first
// 256 KB, and at most 1,000 of them: the oldest make room. Expire drops them after
// 30 days. When it returns nil the event is on disk and the platform may be told
// that we have it. It fails as Commit does.
func (s *Store) Quarantine(ctx context.Context, key bot.InKey, q bot.Quarantined) error {
	if s.writer == nil {
		return ErrReadOnly
	}
	q.Raw = q.Raw[:min(len(q.Raw), maxRaw)]
	raw, err := json.Marshal(q)
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	var chat hashed // none, when the event does not even tell that
	if q.Chat != "" {
		chat = s.chats.of(string(q.Chat))
	}
	j := &quarantineJob{event: s.events.of(string(key)), value: seal(s.own, bucketQuarantine, nil, chat[:], raw)}
	if err := s.writer.do(ctx, j); err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	return nil
}

type quarantineJob struct {
	event hashed
	value []byte
}

func (j *quarantineJob) size() int { return len(j.value) }

func (j *quarantineJob) check(*txn) error { return nil }

func (j *quarantineJob) put(t *txn) error {
	if t.hasSeen(j.event) {
		return nil // kept before: the platform asks again because it missed our answer
	}
	if err := t.putSeen(j.event); err != nil {
		return err
	}
	if _, err := appendRow(t.quarantine, j.value); err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	return trim(t.quarantine, maxQuarantine)
}

// Quarantined calls fn for every event in quarantine, the oldest first. An error
// of fn ends the listing and is returned; damaged ones are passed over and named
// in the error at the end.
func (s *Store) Quarantined(ctx context.Context, fn func(bot.Quarantined) error) error {
	return scan(ctx, s, bucketQuarantine, func(_ *bbolt.Tx, _, value []byte) (bot.Quarantined, error) {
		return s.decodeQuarantined(value)
	}, fn)
}

func (s *Store) decodeQuarantined(value []byte) (bot.Quarantined, error) {
	var q bot.Quarantined
	plain, err := open(s.own, bucketQuarantine, nil, value, hashSize)
	if err != nil {
		return q, err
	}
	if err := json.Unmarshal(plain, &q); err != nil {
		return q, fmt.Errorf("%w: quarantine: %w", ErrDamaged, err)
	}
	return q, nil
}

// expireQuarantine drops the events that are too old. One that is damaged does
// not tell its age: it stays, and is named in the error, until it makes room.
func (s *Store) expireQuarantine(ctx context.Context) error {
	before := s.now().Add(-quarantineAge)
	j := &dropJob{}
	decode := func(_ *bbolt.Tx, key, value []byte) ([]byte, error) {
		q, err := s.decodeQuarantined(value)
		if err != nil || !q.At.Before(before) {
			return nil, err
		}
		return bytes.Clone(key), nil
	}
	err := scan(ctx, s, bucketQuarantine, decode, func(key []byte) error {
		if key != nil {
			j.keys = append(j.keys, key)
		}
		return nil
	})
	if len(j.keys) == 0 {
		return err
	}
	return errors.Join(err, s.writer.do(ctx, j))
}

// dropJob takes events out of quarantine, at most maxQuarantine. Their numbers are
// never given again.
type dropJob struct{ keys [][]byte }

func (j *dropJob) size() int { return len(j.keys) * 64 }

func (j *dropJob) check(*txn) error { return nil }

func (j *dropJob) put(t *txn) error {
	for _, key := range j.keys {
		if err := t.quarantine.Delete(key); err != nil {
			return fmt.Errorf("quarantine: %w", err)
		}
	}
	return nil
}

// Dead returns how many rows of the outbox were given up, by reason.
func (s *Store) Dead(ctx context.Context) (map[string]int, error) {
	reasons := make(map[string]int)
	err := scan(ctx, s, bucketDead, func(_ *bbolt.Tx, _, value []byte) (string, error) {
		if deadRow(value) == nil {
			return "", fmt.Errorf("%w: dead row of %d bytes", ErrDamaged, len(value))
		}
		return string(value[2 : 2+int(value[1])]), nil
	}, func(reason string) error {
		reasons[reason]++
		return nil
	})
	return reasons, err
}

// Waiting returns how many rows wait in the outbox.
func (s *Store) Waiting() (int, error) {
	n := 0
	err := s.view(func(tx *bbolt.Tx) error {
		n = tx.Bucket([]byte(bucketOutbox)).Stats().KeyN
		return nil
	})
	return n, err
}
