package bolt

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"go.etcd.io/bbolt"
)

// The entries of bucket meta.
const (
	metaVersion = "version"
	// metaCanary is a known text sealed under the master key.
	metaCanary = "canary"
	// The keys of the store's own, sealed under the master key: two that name
	// chats and events, and one for values that belong to no conversation.
	// They outlive a change of the master key, or every name would change.
	metaChats  = "chats"
	metaEvents = "events"
	metaOwn    = "own"
	// metaRefs is, for each year, the highest reference that was erased.
	metaRefs = "refs"
	// metaRotation is there while the master key is changed.
	metaRotation = "rotation"

	storeVersion = 2
	canaryText   = "imrbot"
)

// metaKeys are the store's own keys, as they are called in bucket meta.
var metaKeys = []string{metaChats, metaEvents, metaOwn}

// create makes all buckets of a new store in one transaction, so that a start
// killed before its end leaves a file without buckets, which is new as well.
func (s *Store) create() error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range bucketNames() {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return fmt.Errorf("bucket %s: %w", name, err)
			}
		}
		meta := tx.Bucket([]byte(bucketMeta))
		now := s.ring.Load().now
		return errors.Join(
			meta.Put([]byte(metaVersion), []byte(strconv.Itoa(storeVersion))),
			now.put(meta, metaCanary, []byte(canaryText)),
			now.put(meta, metaChats, freshKey()),
			now.put(meta, metaEvents, freshKey()),
			putOwn(meta, now),
		)
	})
	if err != nil {
		return fmt.Errorf("make it: %w", explain(err))
	}
	return syncDir(filepath.Dir(s.path))
}

// freshKey returns the bytes of a new key.
func freshKey() []byte {
	key := make([]byte, keySize)
	rand.Read(key) // never fails: it ends the program instead
	return key
}

// putOwn gives a store its key for values that belong to no conversation, and
// the first of these values.
func putOwn(meta *bbolt.Bucket, now *master) error {
	key := freshKey()
	own, err := newAEAD(key)
	if err != nil {
		return err
	}
	return errors.Join(now.put(meta, metaOwn, key), putHighest(meta, own, nil))
}

// put seals an entry of bucket meta.
func (m *master) put(meta *bbolt.Bucket, name string, plain []byte) error {
	return meta.Put([]byte(name), seal(m.aead, bucketMeta, []byte(name), nil, plain))
}

// get opens an entry of bucket meta.
func (m *master) get(meta *bbolt.Bucket, name string) ([]byte, error) {
	plain, err := open(m.aead, bucketMeta, []byte(name), meta.Get([]byte(name)), 0)
	if err != nil {
		return nil, fmt.Errorf("meta %s: %w", name, err)
	}
	return plain, nil
}

// fits tells whether the store's canary is sealed under this key.
func (m *master) fits(meta *bbolt.Bucket) bool {
	if m == nil {
		return false
	}
	canary, err := m.get(meta, metaCanary)
	return err == nil && string(canary) == canaryText
}

// verify finds a store of another program, of a newer version, or of another
// key, before anything is read or written with the wrong one.
func (s *Store) verify(tx *bbolt.Tx) error {
	meta := tx.Bucket([]byte(bucketMeta))
	if meta == nil {
		return errors.New("this file was not made by imrbot")
	}
	version := string(meta.Get([]byte(metaVersion)))
	if n, err := strconv.Atoi(version); err != nil || n < 1 {
		return fmt.Errorf("%w: version %q; restore a backup", ErrDamaged, version)
	} else if n > storeVersion {
		return fmt.Errorf("%w: it has version %d, this imrbot knows version %d; use the newer imrbot that wrote it", ErrVersion, n, storeVersion)
	}
	if err := s.unlock(meta); err != nil {
		return err
	}
	for _, name := range bucketsOf(version) {
		if tx.Bucket([]byte(name)) == nil {
			return fmt.Errorf("%w: bucket %s is missing; restore a backup", ErrDamaged, name)
		}
	}
	return nil
}

// unlock finds which of the master keys at hand are the store's.
func (s *Store) unlock(meta *bbolt.Bucket) error {
	ring := s.ring.Load()
	mark := meta.Get([]byte(metaRotation))
	switch {
	case ring.now.fits(meta) && mark == nil:
		return nil
	case ring.now.fits(meta):
		if ring.next == nil {
			return fmt.Errorf("%w: a change of its master key is half done, and %s is missing; put it back", ErrKey, newKeyFile(s.keyFile))
		}
		if _, err := ring.next.readMark(mark); err != nil {
			return fmt.Errorf("%w: a change of its master key is half done, to another key than that of %s; put back the right one", ErrKey, newKeyFile(s.keyFile))
		}
		return nil
	case mark == nil && ring.next.fits(meta):
		// The change is done, but for the new key file's name.
		s.ring.Store(&keyring{now: ring.next})
		s.renameKey = true
		return nil
	}
	return fmt.Errorf("%w: the key file belongs to another store; put back the copy you kept of the right one", ErrKey)
}

// loadSecrets opens the store's own keys.
func (s *Store) loadSecrets(tx *bbolt.Tx) error {
	meta := tx.Bucket([]byte(bucketMeta))
	var keys [][]byte
	for _, name := range metaKeys {
		key, err := s.ring.Load().now.get(meta, name)
		if err == nil && len(key) != keySize {
			err = fmt.Errorf("meta %s: %w: key of %d bytes", name, ErrDamaged, len(key))
		}
		if err != nil {
			return fmt.Errorf("%w; restore a backup", err)
		}
		keys = append(keys, key)
	}
	own, err := newAEAD(keys[2])
	if err != nil {
		return err
	}
	s.chats, s.events, s.own = newHasher(keys[0]), newHasher(keys[1]), own
	return nil
}

// highest reads, for each year, the highest reference that was erased.
func highest(meta *bbolt.Bucket, own cipher.AEAD) (map[int]uint32, error) {
	plain, err := open(own, bucketMeta, []byte(metaRefs), meta.Get([]byte(metaRefs)), 0)
	if err == nil && len(plain)%len(refKey{}) != 0 {
		err = fmt.Errorf("%w: %d bytes", ErrDamaged, len(plain))
	}
	if err != nil {
		return nil, fmt.Errorf("meta %s: %w", metaRefs, err)
	}
	refs := make(map[int]uint32)
	for part := range slices.Chunk(plain, len(refKey{})) {
		k := refKey(part)
		refs[k.year()] = k.seq()
	}
	return refs, nil
}

// putHighest stores what highest reads: one reference a year, in their order.
func putHighest(meta *bbolt.Bucket, own cipher.AEAD, refs map[int]uint32) error {
	keys := make([]refKey, 0, len(refs))
	for year, seq := range refs {
		keys = append(keys, makeRef(year, seq))
	}
	slices.SortFunc(keys, func(a, b refKey) int { return bytes.Compare(a[:], b[:]) })
	var plain []byte
	for _, k := range keys {
		plain = append(plain, k[:]...)
	}
	return meta.Put([]byte(metaRefs), seal(own, bucketMeta, []byte(metaRefs), nil, plain))
}
