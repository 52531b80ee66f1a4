package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"go.etcd.io/bbolt"
)

// Compact writes the store anew without its free pages, where what was erased
// lies on, and lets the new file take the place of the old. Calls of the store
// wait meanwhile, about a second for each 500 MB, and then go on; reading stops
// only for the exchange itself. A crash at any instant leaves either file, whole.
// It fails with ErrNoRoom when the disk cannot hold both, with ErrReadOnly,
// ErrClosed or ErrRefused, or with what the disk said; the store is then as it
// was. The disk may keep the bytes of the old file, as of any that is deleted.
func (s *Store) Compact(ctx context.Context) error {
	if s.writer == nil {
		return ErrReadOnly
	}
	s.upkeep.Lock()
	defer s.upkeep.Unlock()
	if err := s.writer.alone(ctx, s.compact); err != nil {
		return fmt.Errorf("compact store: %w", err)
	}
	return nil
}

// compactFile is where the new file is written.
func compactFile(path string) string { return path + ".compact" }

// compact runs in the writer: nothing is committed meanwhile.
func (s *Store) compact() error {
	if err := s.fits(s.storedBytes()); err != nil {
		return err
	}
	tmp := compactFile(s.path)
	if err := os.Remove(tmp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return explain(err)
	}
	dst, err := s.copyTo(tmp)
	if err != nil {
		os.Remove(tmp)
		return err
	}
	s.gate.Lock()
	defer s.gate.Unlock()
	if err := s.exchange(dst, tmp); err != nil {
		return explain(err)
	}
	// Until the folder is on disk a power cut could bring the old file back,
	// and with it lose every turn that is committed to the new one.
	if err := syncDir(filepath.Dir(s.path)); err != nil {
		s.writer.broken = fmt.Errorf("%w, because a compaction failed: %w", ErrRefused, err)
		return s.writer.broken
	}
	return nil
}

// storedBytes is the size of the store's file as far as it is used.
func (s *Store) storedBytes() int64 {
	var size int64
	s.db.View(func(tx *bbolt.Tx) error {
		size = tx.Size()
		return nil
	})
	return size
}

// fits fails with ErrNoRoom when there is no room beside the store for so many
// bytes and some to spare.
func (s *Store) fits(bytes int64) error {
	free, known := s.room(filepath.Dir(s.path))
	if need := uint64(bytes) + spareRoom; known && free < need {
		return fmt.Errorf("%w: %d MB are free, %d MB are needed", ErrNoRoom, free>>20, need>>20)
	}
	return nil
}

// copyTo copies the store into a new file, which stays open, and locked.
func (s *Store) copyTo(tmp string) (dst *bbolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, r)
		}
		if err != nil && dst != nil {
			dst.Close()
			dst = nil
		}
	}()
	dst, err = openDB(tmp, false)
	if err != nil {
		return nil, err
	}
	dst.NoSync = true // nobody rests on it yet
	if err := bbolt.Compact(dst, s.db, compactBytes); err != nil {
		return dst, explain(err)
	}
	dst.NoSync = false
	return dst, explain(dst.Sync())
}

// exchange puts dst, which lies at tmp, in place of the store. Readers and the
// writer stand still. The lock on the file is never let go: dst holds its own.
func (s *Store) exchange(dst *bbolt.DB, tmp string) error {
	if runtime.GOOS == "windows" { // where an open file can be neither renamed nor replaced
		return s.reopen(dst, tmp)
	}
	if err := os.Rename(tmp, s.path); err != nil {
		dst.Close()
		os.Remove(tmp)
		return err
	}
	old := s.db
	s.db = dst
	old.Close() // nothing in it is needed any more
	return nil
}

// reopen closes both files before it renames one. Another process may take the
// store meanwhile; then it stays closed, and calls fail with ErrClosed.
func (s *Store) reopen(dst *bbolt.DB, tmp string) error {
	if err := errors.Join(dst.Close(), s.db.Close()); err != nil {
		return err
	}
	renamed := os.Rename(tmp, s.path)
	db, err := openDB(s.path, false)
	if err != nil {
		return errors.Join(renamed, err)
	}
	s.db = db
	return renamed
}
