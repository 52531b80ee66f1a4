package bolt

import (
	"bytes"
	"fmt"

	"go.etcd.io/bbolt"
)

// Bucket owned lists the intakes and tickets of each conversation, so that they
// are found without a search through those of all others. It is written with
// what it lists. Its values are the version byte alone, and with keptMark behind
// it for an intake that an erasure kept.

// The kinds of what a conversation owns, in the keys of bucket owned.
const (
	ownedIntake = 'i'
	ownedTicket = 't'
)

// ownedBuckets says where what is owned lies.
var ownedBuckets = map[byte]string{ownedIntake: bucketIntakes, ownedTicket: bucketTickets}

func ownedKey(chat hashed, kind byte, key []byte) []byte {
	k := make([]byte, 0, hashSize+1+len(key))
	k = append(k, chat[:]...)
	k = append(k, kind)
	return append(k, key...)
}

// keptMark marks an intake that has to stay: whoever erases next knows nothing of
// it any more and cannot name it again.
const keptMark = 'k'

// putOwned lists what a conversation owns, unless it is listed already.
func putOwned(owned *bbolt.Bucket, chat hashed, kind byte, key []byte, kept bool) error {
	k, value := ownedKey(chat, kind, key), []byte{formOne}
	if kept {
		value = append(value, keptMark)
	} else if owned.Get(k) != nil {
		return nil
	}
	if err := owned.Put(k, value); err != nil {
		return fmt.Errorf("owned: %w", err)
	}
	return nil
}

// isKept tells whether a value of bucket owned is that of a kept intake.
func isKept(value []byte) bool { return len(value) == 2 && value[1] == keptMark }

// ownedBy returns the keys of all that a conversation owns, in bucket owned.
func ownedBy(tx *bbolt.Tx, chat hashed) [][]byte {
	var keys [][]byte
	c := tx.Bucket([]byte(bucketOwned)).Cursor()
	for k, _ := c.Seek(chat[:]); k != nil && bytes.HasPrefix(k, chat[:]); k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	return keys
}

// splitOwned takes a key of bucket owned apart. It returns no kind when it is
// none.
func splitOwned(key []byte) (chat hashed, kind byte, of []byte) {
	if len(key) <= hashSize+1 || ownedBuckets[key[hashSize]] == "" {
		return hashed{}, 0, nil
	}
	return hashed(key[:hashSize]), key[hashSize], key[hashSize+1:]
}
