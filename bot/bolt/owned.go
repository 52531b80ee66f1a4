package bolt

import (
	"bytes"
	"fmt"

	"go.etcd.io/bbolt"
)

// Bucket owned lists the intakes and tickets of each conversation, so that they
// are found without a search through those of all others. It is written with
// what it lists.

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

func putOwned(owned *bbolt.Bucket, chat hashed, kind byte, key []byte) error {
	if err := owned.Put(ownedKey(chat, kind, key), []byte{formOne}); err != nil {
		return fmt.Errorf("owned: %w", err)
	}
	return nil
}

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
