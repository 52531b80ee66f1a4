package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"imrbot/bot"
	"imrbot/dialog"
)

// Erasing. What is known of a conversation is sealed under its data key; to
// erase it is to delete the key and the values in one transaction. Deleted
// values stay in free pages of the file until they are written over or the store
// is compacted, and there is the data key among them: only a compaction makes
// what was erased unreadable for whoever holds file and master key.
//
// What has to go is listed in a read transaction, before the writer's: its lists
// stay complete as long as the conversation's turn is the same, because only
// turns add rows, tickets and intakes.

// erasure is what is stored of one conversation and has to go.
type erasure struct {
	chat  hashed
	turn  uint64        // as of which the lists are complete
	tag   [tagSize]byte // of the conversation's value then, where that is looked at
	rows  [][]byte      // keys of the outbox
	owned [][]byte      // keys of bucket owned
}

// survey fills the lists of several erasures.
func survey(tx *bbolt.Tx, list ...*erasure) error {
	by := make(map[hashed]*erasure, len(list))
	for _, e := range list {
		by[e.chat] = e
		e.turn = storedTurn(tx.Bucket([]byte(bucketConversations)).Get(e.chat[:]))
		e.owned = ownedBy(tx, e.chat)
	}
	return tx.Bucket([]byte(bucketOutbox)).ForEach(func(key, value []byte) error {
		if name, err := rowNameOf(value); err == nil && by[name.chat] != nil {
			e := by[name.chat]
			e.rows = append(e.rows, bytes.Clone(key))
		}
		return nil
	})
}

// erase deletes all that is stored of conversations, but not that their events
// were seen. The references of their intakes are never given again.
func (t *txn) erase(list ...*erasure) error {
	gone := make(map[hashed]bool, len(list))
	var refs []refKey
	for _, e := range list {
		gone[e.chat] = true
		for _, key := range e.rows {
			if err := t.outbox.Delete(key); err != nil {
				return fmt.Errorf("erase row: %w", err)
			}
		}
		for _, key := range e.owned {
			ref, err := t.disown(key)
			if err != nil {
				return err
			}
			if ref != nil {
				refs = append(refs, *ref)
			}
		}
		for _, b := range []*bbolt.Bucket{t.keys, t.conversations, t.keyboards} {
			if err := b.Delete(e.chat[:]); err != nil {
				return fmt.Errorf("erase: %w", err)
			}
		}
		if err := t.putWake(e.chat, 0); err != nil {
			return err
		}
	}
	if err := eraseRows(t.dead, gone, deadChat); err != nil {
		return fmt.Errorf("erase dead row: %w", err)
	}
	if err := eraseRows(t.quarantine, gone, func(v []byte) []byte { return headOf(v, hashSize) }); err != nil {
		return fmt.Errorf("erase quarantine: %w", err)
	}
	return t.remember(refs)
}

// disown deletes what a key of bucket owned stands for, and the key, of which a
// damaged one stands for nothing. It returns the reference when that was an
// intake.
func (t *txn) disown(key []byte) (*refKey, error) {
	_, kind, of := splitOwned(key)
	var err error
	var ref *refKey
	switch {
	case kind == ownedTicket:
		err = t.tickets.Delete(of)
	case kind == ownedIntake && len(of) == len(refKey{}):
		ref = (*refKey)(of)
		err = t.intakes.Delete(of)
	}
	if err == nil {
		err = t.owned.Delete(key)
	}
	if err != nil {
		return nil, fmt.Errorf("erase owned: %w", err)
	}
	return ref, nil
}

// eraseRows deletes the rows of a bucket that are of those chats; there are few
// rows (see maxDead and maxQuarantine).
func eraseRows(b *bbolt.Bucket, gone map[hashed]bool, chat func(value []byte) []byte) error {
	var keys [][]byte // collected first: a bbolt cursor is not sure of its place after a deletion
	c := b.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if h := chat(v); len(h) == hashSize && gone[hashed(h)] {
			keys = append(keys, k)
		}
	}
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// remember keeps erased references from being given again.
func (t *txn) remember(refs []refKey) error {
	if len(refs) == 0 {
		return nil
	}
	top, err := highest(t.meta, t.store.own)
	if err != nil {
		return err
	}
	changed := false
	for _, r := range refs {
		if r.seq() > top[r.year()] {
			top[r.year()], changed = r.seq(), true
		}
	}
	if !changed {
		return nil
	}
	return putHighest(t.meta, t.store.own, top)
}

// forgetting is what a turn that erases its conversation prepares.
type forgetting struct {
	erasure
	kept  []sealedIntake // intakes that stay, under the new key
	news  []sealedRow    // and rows of the outbox that tell of them
	moved *moving
}

// sealedRow is a row of the outbox that stays where it is.
type sealedRow struct{ key, value []byte }

// prepareForgetting draws a new data key, seals anew what stays, and names in t
// the letters that stay by their new ids.
func (s *Store) prepareForgetting(ctx context.Context, j *turnJob, t *bot.Turn) (err error) {
	j.forget = &forgetting{erasure: erasure{chat: j.chat}}
	var kept []dialog.Intake
	var news []storedRow
	var old dataKey
	err = s.view(func(tx *bbolt.Tx) (err error) {
		if tx.Bucket([]byte(bucketSeen)).Get(j.event[:]) != nil {
			return bot.ErrSeen
		}
		if err := survey(tx, &j.forget.erasure); err != nil {
			return err
		}
		if j.forget.turn != t.After {
			return bot.ErrStale
		}
		if old, err = s.dataKey(tx, j.chat); err != nil && !errors.Is(err, errNoKey) {
			// Without its key a conversation can be erased, but nothing of it kept.
			if len(t.Keep) > 0 {
				return err
			}
		}
		t.Keep = append(slices.Clone(t.Keep), keptBefore(tx, j.forget.owned)...)
		if kept, err = s.keptIntakes(tx, j.chat, t); err != nil {
			return err
		}
		news = s.keptNews(tx, j.forget.rows, t.Keep)
		return nil
	})
	if err != nil {
		return err
	}
	if j.key, err = newDataKey(); err != nil {
		return err
	}
	if j.forget.moved, err = s.newMoving(j.chat, old, j.key); err != nil {
		return err
	}
	if err := j.forget.moved.turn(ctx, t); err != nil {
		return err
	}
	for _, in := range kept {
		if in.Files, err = j.forget.moved.files(ctx, in.Files); err != nil {
			return err
		}
		sealed, err := j.sealIntake(in)
		if err != nil {
			return err
		}
		sealed.kept = true
		j.forget.kept = append(j.forget.kept, sealed)
	}
	for _, r := range news {
		value, err := sealRow(j.key, bucketOutbox, r.name, r.row)
		if err != nil {
			return err
		}
		j.forget.news = append(j.forget.news, sealedRow{r.key, value})
	}
	return nil
}

// keptBefore returns the references of intakes that earlier erasures kept.
func keptBefore(tx *bbolt.Tx, owned [][]byte) []string {
	var refs []string
	for _, key := range owned {
		_, kind, of := splitOwned(key)
		if kind == ownedIntake && len(of) == len(refKey{}) && isKept(tx.Bucket([]byte(bucketOwned)).Get(key)) {
			refs = append(refs, refKey(of).String())
		}
	}
	return refs
}

// storedRow is a row of the outbox, opened.
type storedRow struct {
	key  []byte
	name rowName
	row  bot.Outgoing
}

// keptNews reads the rows that bring news of kept intakes to the operator's own
// system: it must hear of what stays. A row that cannot be read is not sent either.
func (s *Store) keptNews(tx *bbolt.Tx, keys [][]byte, keep []string) []storedRow {
	if len(keep) == 0 {
		return nil
	}
	var news []storedRow
	for _, key := range keys {
		r := storedRow{key: key}
		name, err := s.openRow(tx, bucketOutbox, tx.Bucket([]byte(bucketOutbox)).Get(key), &r.row)
		if err == nil && r.row.Handoff != nil && slices.Contains(keep, r.row.Handoff.Ref) {
			r.name = name
			news = append(news, r)
		}
	}
	return news
}

// keptIntakes reads the intakes of a chat that a turn wants to keep and does not
// store itself. One that is not there any more is none to keep.
func (s *Store) keptIntakes(tx *bbolt.Tx, chat hashed, t *bot.Turn) ([]dialog.Intake, error) {
	stored := make(map[string]bool, len(t.Intakes))
	for _, in := range t.Intakes {
		stored[in.Ref] = true
	}
	var kept []dialog.Intake
	for _, ref := range t.Keep {
		key, err := parseRef(ref)
		if err != nil {
			return nil, fmt.Errorf("keep: %w", err)
		}
		value := tx.Bucket([]byte(bucketIntakes)).Get(key[:])
		if value == nil || stored[ref] {
			continue
		}
		if !bytes.Equal(headOf(value, hashSize), chat[:]) {
			return nil, fmt.Errorf("keep: %w: %s is of another conversation", ErrRef, key)
		}
		in, err := s.decodeIntake(tx, key[:], value)
		if err != nil {
			return nil, fmt.Errorf("keep: %w", err)
		}
		stored[ref] = true
		kept = append(kept, in)
	}
	return kept, nil
}

// put erases, and puts back what stays.
func (f *forgetting) put(t *txn) error {
	var there []sealedIntake
	for _, in := range f.kept {
		if t.intakes.Get(in.key[:]) != nil { // else it was erased meanwhile
			there = append(there, in)
		}
	}
	var waiting []sealedRow
	for _, row := range f.news {
		if t.outbox.Get(row.key) != nil { // else it was settled meanwhile
			waiting = append(waiting, row)
		}
	}
	if err := t.erase(&f.erasure); err != nil {
		return err
	}
	for _, in := range there {
		if err := t.putIntake(f.chat, in); err != nil {
			return err
		}
	}
	for _, row := range waiting {
		if err := t.outbox.Put(row.key, row.value); err != nil {
			return fmt.Errorf("row: %w", err)
		}
	}
	return nil
}
