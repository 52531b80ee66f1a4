package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"imrbot/dialog"
)

// Expire erases intakes created before one time, with their letters, and then
// conversations whose State.Last and Turn.Wake are before the other and that have
// no intake left, whole: a chat that comes back afterwards is a new one. It
// returns how many of each are gone. A zero time erases nothing. Few are erased
// in one transaction, so that no chat waits for long.
//
// Whatever the times, it also drops events from the quarantine that are older
// than 30 days: many name no chat, so that no erasure of a conversation finds
// them, and by then whoever looks into such events has looked.
//
// A conversation in which nobody was heard yet, because its first letter is still
// on the way, stays. What an intake took its answers from, the conversation's
// state, stays until the conversation goes, and so does a letter that it names.
// What is damaged stays and is named in the error, after all else was done;
// otherwise Expire fails as Commit does. After many were erased, call Compact:
// deleted bytes lie on in free pages, and bbolt writes the list of these with
// every commit.
func (s *Store) Expire(ctx context.Context, conversationsBefore, intakesBefore time.Time) (conversations, intakes int, err error) {
	if s.writer == nil {
		return 0, 0, ErrReadOnly
	}
	damage := s.expireQuarantine(ctx)
	if damage != nil && !errors.Is(damage, ErrDamaged) {
		return 0, 0, fmt.Errorf("expire quarantine: %w", damage)
	}
	if !intakesBefore.IsZero() {
		intakes, err = s.expireIntakes(ctx, intakesBefore)
		if err != nil && !errors.Is(err, ErrDamaged) {
			return 0, intakes, fmt.Errorf("expire intakes: %w", err)
		}
		damage = errors.Join(damage, err)
	}
	if !conversationsBefore.IsZero() {
		conversations, err = s.expireConversations(ctx, conversationsBefore)
		if err != nil {
			err = fmt.Errorf("expire conversations: %w", err)
		}
	} else {
		err = nil
	}
	return conversations, intakes, errors.Join(damage, err)
}

// oldIntake is an intake whose time is over, as it was found.
type oldIntake struct {
	key     refKey
	chat    hashed
	tag     [tagSize]byte
	created time.Time
	files   []dialog.File
}

func (s *Store) expireIntakes(ctx context.Context, before time.Time) (int, error) {
	count := 0
	var batch []oldIntake
	flush := func() error {
		j := &intakesJob{list: batch}
		batch = nil
		if len(j.list) == 0 {
			return nil
		}
		if err := s.writer.do(ctx, j); err != nil {
			return err
		}
		count += len(j.gone)
		for _, in := range j.gone {
			s.removeUnnamed(in.chat, in.files)
		}
		return nil
	}
	decode := func(tx *bbolt.Tx, key, value []byte) (oldIntake, error) {
		in, err := s.decodeIntake(tx, key, value)
		if err != nil {
			return oldIntake{}, err
		}
		return oldIntake{refKey(key), hashed(headOf(value, hashSize)), tagOf(value), in.Created, in.Files}, nil
	}
	err := scan(ctx, s, bucketIntakes, decode, func(in oldIntake) error {
		if in.created.IsZero() || !in.created.Before(before) {
			return nil
		}
		if batch = append(batch, in); len(batch) < expireBatch {
			return nil
		}
		return flush()
	})
	return count, errors.Join(err, flush())
}

// removeUnnamed removes the letters of an erased intake that nothing else of its
// conversation names. When that cannot be told, they stay.
func (s *Store) removeUnnamed(chat hashed, files []dialog.File) {
	if len(files) == 0 {
		return
	}
	var named map[string]bool
	err := s.view(func(tx *bbolt.Tx) (err error) {
		named, err = s.namedFiles(tx, chat)
		return err
	})
	if err != nil {
		return // CollectFiles will say why
	}
	var ids []string
	for _, f := range files {
		if _, ok := parseFileID(f.ID); ok && !named[f.ID] {
			ids = append(ids, f.ID)
		}
	}
	s.removeFiles(chat, ids)
}

// intakesJob erases intakes that are still as they were found.
type intakesJob struct {
	list []oldIntake
	gone []oldIntake
}

func (j *intakesJob) size() int        { return len(j.list) * 64 }
func (j *intakesJob) check(*txn) error { return nil }

func (j *intakesJob) put(t *txn) error {
	var refs []refKey
	for _, in := range j.list {
		value := t.intakes.Get(in.key[:])
		if value == nil || tagOf(value) != in.tag {
			continue
		}
		if _, err := t.disown(ownedKey(in.chat, ownedIntake, in.key[:])); err != nil {
			return err
		}
		refs = append(refs, in.key)
		j.gone = append(j.gone, in)
	}
	return t.remember(refs)
}

// idle is a conversation that may have to go.
type idle struct {
	chat hashed
	tag  [tagSize]byte
	last time.Time // when somebody was heard
	wake time.Time // when the bot looks at it again, or zero
	busy bool      // it has an intake
}

func (s *Store) expireConversations(ctx context.Context, before time.Time) (int, error) {
	count := 0
	var batch []idle
	flush := func() error {
		list := batch
		batch = nil
		if len(list) == 0 {
			return nil
		}
		n, err := s.eraseIdle(ctx, list)
		count += n
		return err
	}
	err := scan(ctx, s, bucketConversations, s.decodeIdle, func(c idle) error {
		// What waits for a day to come is not idle until then.
		if c.busy || !c.last.Before(before) || !c.wake.Before(before) {
			return nil
		}
		if batch = append(batch, c); len(batch) < expireBatch {
			return nil
		}
		return flush()
	})
	return count, errors.Join(err, flush())
}

func (s *Store) decodeIdle(tx *bbolt.Tx, key, value []byte) (idle, error) {
	if len(key) != hashSize {
		return idle{}, fmt.Errorf("%w: key of %d bytes", ErrDamaged, len(key))
	}
	chat := hashed(key)
	c, err := s.openConversation(tx, chat, value)
	if err != nil {
		return idle{}, err
	}
	state, err := dialog.DecodeState(c.state)
	if err != nil {
		return idle{}, fmt.Errorf("%w: conversation: %w", ErrDamaged, err)
	}
	prefix := ownedKey(chat, ownedIntake, nil)
	first, _ := tx.Bucket([]byte(bucketOwned)).Cursor().Seek(prefix)
	var wake time.Time
	if second := wakeOf(tx.Bucket([]byte(bucketWakes)).Get(chat[:])); second != 0 {
		wake = time.Unix(int64(second), 0)
	}
	return idle{chat, tagOf(value), state.Last, wake, bytes.HasPrefix(first, prefix)}, nil
}

// eraseIdle erases those of the conversations in which nothing happened since.
func (s *Store) eraseIdle(ctx context.Context, list []idle) (int, error) {
	j := &idleJob{}
	files := make(map[hashed][]string)
	err := s.view(func(tx *bbolt.Tx) error {
		for _, c := range list {
			j.list = append(j.list, &erasure{chat: c.chat})
		}
		if err := survey(tx, j.list...); err != nil {
			return err
		}
		for i, c := range list {
			e := j.list[i]
			// Nobody was heard, and something waits: it has only begun.
			if tagOf(tx.Bucket([]byte(bucketConversations)).Get(c.chat[:])) != c.tag || c.last.IsZero() && len(e.rows) > 0 {
				continue
			}
			e.tag = c.tag
			ids, err := s.fileIDs(c.chat)
			if err != nil {
				return err
			}
			files[c.chat] = ids
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if err := s.writer.do(ctx, j); err != nil {
		return 0, err
	}
	for _, e := range j.gone {
		s.removeFiles(e.chat, files[e.chat])
	}
	return len(j.gone), nil
}

// idleJob erases conversations whose value is still the one with the tag that
// was surveyed.
type idleJob struct {
	list []*erasure
	gone []*erasure
}

func (j *idleJob) size() int        { return len(j.list) * 256 }
func (j *idleJob) check(*txn) error { return nil }

func (j *idleJob) put(t *txn) error {
	for _, e := range j.list {
		if value := t.conversations.Get(e.chat[:]); value != nil && tagOf(value) == e.tag {
			j.gone = append(j.gone, e)
		}
	}
	if len(j.gone) == 0 {
		return nil
	}
	return t.erase(j.gone...)
}

func (j *idleJob) erases() []hashed {
	chats := make([]hashed, 0, len(j.list))
	for _, e := range j.list {
		chats = append(chats, e.chat)
	}
	return chats
}
