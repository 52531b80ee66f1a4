package bolt

import (
	"fmt"
	"slices"
	"strconv"

	"go.etcd.io/bbolt"
)

// addedIn lists, by version of the store, the buckets that it was the first to
// have.
var addedIn = map[int][]string{
	2: {bucketDead, bucketKeyboards, bucketQuarantine, bucketOwned, bucketWakes, bucketWakeTimes, bucketAudit},
}

// bucketsOf returns the buckets of a store of that version, which is a number.
func bucketsOf(version string) []string {
	n, _ := strconv.Atoi(version)
	return slices.DeleteFunc(bucketNames(), func(name string) bool {
		for v, names := range addedIn {
			if v > n && slices.Contains(names, name) {
				return true
			}
		}
		return false
	})
}

// migrate brings an older store to the version of this program, in one
// transaction: a start killed on the way leaves it as it was. Opened for
// reading only, an older store cannot be read by this program.
func (s *Store) migrate(readOnly bool) error {
	var version string
	err := s.view(func(tx *bbolt.Tx) error {
		version = string(tx.Bucket([]byte(bucketMeta)).Get([]byte(metaVersion)))
		return nil
	})
	now := strconv.Itoa(storeVersion)
	switch {
	case err != nil || version == now:
		return err
	case readOnly:
		return fmt.Errorf("%w: it has version %s, this imrbot reads version %s; start the bot or a chat on it once", ErrVersion, version, now)
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range bucketNames() {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return fmt.Errorf("bucket %s: %w", name, err)
			}
		}
		if err := s.fillTwo(tx); err != nil {
			return err
		}
		return tx.Bucket([]byte(bucketMeta)).Put([]byte(metaVersion), []byte(now))
	})
	if err != nil {
		return fmt.Errorf("bring it from version %s to %s: %w", version, now, explain(err))
	}
	s.notice(fmt.Sprintf("The store was brought from version %s to %s: %s", version, now, s.path))
	return nil
}

// fillTwo makes what a store of version 2 holds beyond its version 1: there, the
// keys that name chats and events were derived from the master key.
func (s *Store) fillTwo(tx *bbolt.Tx) error {
	now := s.ring.Load().now
	meta := tx.Bucket([]byte(bucketMeta))
	for name, purpose := range map[string]string{metaChats: "imrbot store 1: name chats", metaEvents: "imrbot store 1: name events"} {
		key, err := subkey(now.key, purpose)
		if err != nil {
			return err
		}
		if err := now.put(meta, name, key); err != nil {
			return fmt.Errorf("meta %s: %w", name, err)
		}
	}
	if err := putOwn(meta, now); err != nil {
		return fmt.Errorf("meta: %w", err)
	}
	owned := tx.Bucket([]byte(bucketOwned))
	for kind, bucket := range ownedBuckets {
		err := tx.Bucket([]byte(bucket)).ForEach(func(key, value []byte) error {
			chat := headOf(value, hashSize)
			if chat == nil { // damaged: Check will say so
				return nil
			}
			return putOwned(owned, hashed(chat), kind, key, false)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", bucket, err)
		}
	}
	return nil
}
