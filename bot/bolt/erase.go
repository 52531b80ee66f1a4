package bolt

import (
	"bytes"
	"fmt"

	"go.etcd.io/bbolt"
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
