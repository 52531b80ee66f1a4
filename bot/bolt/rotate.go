package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// A change of the master key. Everything personal is sealed under data keys, so
// only these and the store's own keys are sealed anew:
//
//  1. The new key is written to <key file>.new.
//  2. A mark is put into bucket meta: from now on new data keys are sealed under
//     the new key.
//  3. The data keys are sealed anew a few at a time, in the order of their
//     chats; the mark holds how far that is.
//  4. In one transaction the store's own keys and the canary are sealed anew and
//     the mark goes.
//  5. <key file>.new takes the place of <key file>.
//
// Until 5 both files are needed. A start after a crash finds out from mark and
// canary where it was, and goes on from there.

// errSameKey: there is nothing to change.
var errSameKey = errors.New("the new master key is the one in use")

// Rotate seals the store's keys under another master key and replaces the key
// file by one with newKey, which has 32 bytes; with nil it draws one. A change
// that was begun and not finished is finished by Open; one that fails can be
// called again with the same key. progress, if set, is called now and then with
// the number of data keys that are done and of all there are. Turns go on
// meanwhile. Copies of the store and backups made before still need the old key.
func (s *Store) Rotate(ctx context.Context, newKey []byte, progress func(done, total int)) error {
	if s.writer == nil {
		return ErrReadOnly
	}
	s.upkeep.Lock()
	defer s.upkeep.Unlock()
	// Nothing is begun that the writer will not go on with.
	if err := s.writer.alone(ctx, func() error { return nil }); err != nil {
		return fmt.Errorf("change the master key: %w", err)
	}
	if err := s.beginRotation(newKey); err != nil {
		return fmt.Errorf("change the master key: %w", err)
	}
	if err := s.rotate(ctx, progress); err != nil {
		return fmt.Errorf("change the master key: %w; both key files are needed until it is done, which another start will do", err)
	}
	return nil
}

// beginRotation makes the file of the next key.
func (s *Store) beginRotation(key []byte) error {
	ring := s.ring.Load()
	if ring.next != nil && (key == nil || bytes.Equal(key, ring.next.key)) {
		return nil // an earlier call had begun
	}
	if ring.next != nil {
		return fmt.Errorf("%w: a change to another key is not finished", ErrKey)
	}
	if key == nil {
		key = freshKey()
	}
	if len(key) != keySize {
		return fmt.Errorf("%w: a key has %d bytes, not %d", ErrKey, keySize, len(key))
	}
	if bytes.Equal(key, ring.now.key) {
		return errSameKey
	}
	next, err := newMaster(bytes.Clone(key))
	if err != nil {
		return err
	}
	if err := placeKey(newKeyFile(s.keyFile), key); err != nil {
		return err
	}
	s.ring.Store(&keyring{now: ring.now, next: next})
	return nil
}

// rotate does, or goes on with, what comes after the file is there.
func (s *Store) rotate(ctx context.Context, progress func(done, total int)) error {
	if progress == nil {
		progress = func(int, int) {}
	}
	total := 0
	err := s.view(func(tx *bbolt.Tx) error {
		total = tx.Bucket([]byte(bucketKeys)).Stats().KeyN
		return nil
	})
	if err != nil {
		return err
	}
	done, damage := 0, 0
	for {
		j := &rotateJob{}
		if err := s.writer.do(ctx, j); err != nil {
			return err
		}
		done += j.keys
		damage += j.damaged
		progress(done, max(done, total))
		if j.last {
			break
		}
	}
	if damage > 0 {
		s.notice(fmt.Sprintf("%d data keys are damaged and were left as they are. Run: imrbot doctor", damage))
	}
	return s.renameKeyFile()
}

// renameKeyFile puts the new key file in place of the old.
func (s *Store) renameKeyFile() error {
	if err := os.Rename(newKeyFile(s.keyFile), s.keyFile); err != nil {
		return fmt.Errorf("key file: %w", explain(err))
	}
	s.renameKey = false
	return syncDir(filepath.Dir(s.keyFile))
}

// resume finishes a change of the master key that an earlier run began.
func (s *Store) resume() error {
	switch {
	case s.renameKey:
		s.notice("The master key was changed by an earlier run; its key file is now in place: " + s.keyFile)
		return s.renameKeyFile()
	case s.ring.Load().next == nil:
		return nil
	case bytes.Equal(s.ring.Load().next.key, s.ring.Load().now.key):
		return fmt.Errorf("%w: %s holds the key in use; delete it", ErrKey, newKeyFile(s.keyFile))
	}
	s.notice("A change of the master key was not finished by an earlier run, and is now: " + s.path)
	if err := s.rotate(context.Background(), nil); err != nil {
		return fmt.Errorf("finish the change of the master key: %w", err)
	}
	s.notice("The master key is changed. Keep a copy of the key file elsewhere: " + s.keyFile)
	return nil
}

// rotateJob seals the next few data keys anew, and after the last of them the
// store's own keys.
type rotateJob struct {
	keys    int // how many were done
	damaged int // how many of these open under no key
	last    bool
}

func (j *rotateJob) size() int { return rotateKeys * (keySize + overhead + hashSize) }

func (j *rotateJob) check(*txn) error { return nil }

func (j *rotateJob) put(t *txn) error {
	ring := t.store.ring.Load()
	var after []byte
	if mark := t.meta.Get([]byte(metaRotation)); mark != nil {
		var err error
		if after, err = ring.next.readMark(mark); err != nil {
			return err
		}
	}
	type entry struct{ key, value []byte }
	var batch []entry // collected first: a bbolt cursor is not sure of its place after a put
	c := t.keys.Cursor()
	k, v := c.Seek(after)
	for ; k != nil && len(batch) < rotateKeys; k, v = c.Next() {
		if !bytes.Equal(k, after) {
			batch = append(batch, entry{k, v})
		}
	}
	j.last = k == nil
	for _, e := range batch {
		value, err := ring.again(e.key, e.value)
		if err != nil {
			j.damaged++ // it stays as it is, for Check to find
			continue
		}
		if err := t.keys.Put(e.key, value); err != nil {
			return fmt.Errorf("data key: %w", err)
		}
	}
	j.keys = len(batch)
	if j.last {
		return t.endRotation(ring)
	}
	return t.meta.Put([]byte(metaRotation), ring.next.mark(batch[len(batch)-1].key))
}

// again seals a data key under the next master key; one that already is stays.
func (r *keyring) again(key, value []byte) ([]byte, error) {
	if len(key) != hashSize {
		return nil, fmt.Errorf("%w: key of %d bytes", ErrDamaged, len(key))
	}
	chat := hashed(key)
	if _, err := r.next.unsealDataKey(chat, value); err == nil {
		return bytes.Clone(value), nil
	}
	raw, err := r.now.unsealDataKey(chat, value)
	if err != nil {
		return nil, err
	}
	return r.next.sealDataKey(chat, raw), nil
}

// endRotation seals the store's own keys anew and takes away the mark.
func (t *txn) endRotation(ring *keyring) error {
	for _, name := range metaKeys {
		raw, err := ring.now.get(t.meta, name)
		if err != nil {
			return err
		}
		if err := ring.next.put(t.meta, name, raw); err != nil {
			return fmt.Errorf("meta %s: %w", name, err)
		}
	}
	if err := ring.next.put(t.meta, metaCanary, []byte(canaryText)); err != nil {
		return fmt.Errorf("meta %s: %w", metaCanary, err)
	}
	t.rotated = true
	return t.meta.Delete([]byte(metaRotation))
}

// landed has the new key be the only one, once the last step is on disk.
func (j *rotateJob) landed(s *Store) {
	if j.last {
		s.ring.Store(&keyring{now: s.ring.Load().next})
	}
}

// mark returns the value of metaRotation: how far a change of keys to m is.
func (m *master) mark(last []byte) []byte {
	return seal(m.aead, bucketMeta, []byte(metaRotation), nil, last)
}

// readMark undoes mark.
func (m *master) readMark(value []byte) ([]byte, error) {
	last, err := open(m.aead, bucketMeta, []byte(metaRotation), value, 0)
	if err != nil {
		return nil, fmt.Errorf("meta %s: %w", metaRotation, err)
	}
	return last, nil
}
