package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"

	"go.etcd.io/bbolt"
)

// prepareFolder makes the folder of the store and tells whether there is
// already something in the store's file.
func prepareFolder(path string, readOnly bool) (bool, error) {
	if !readOnly {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return false, fmt.Errorf("store folder: %w", explain(err))
		}
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("store: %w", explain(err))
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("store %s: is not a regular file", path)
	}
	return info.Size() > 0, nil
}

// openDB opens the bbolt file. A file that is cut short shows only as a fault
// of the memory it is mapped to, hence the recovery.
func openDB(path string, readOnly bool) (db *bbolt.DB, err error) {
	var file *os.File
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			file.Close() // and with it the lock
			db, err = nil, fmt.Errorf("%w: restore a backup: %v", ErrDamaged, r)
		}
	}()
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:      lockWait,
		ReadOnly:     readOnly,
		FreelistType: bbolt.FreelistMapType,
		NoStatistics: true,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			file = f
			return f, err
		},
	})
	if err != nil {
		return nil, explain(err)
	}
	if !isAt(file, path) { // whoever we waited for has put another in its place
		db.Close()
		return nil, fmt.Errorf("%w: it replaced the store; try again", ErrBusy)
	}
	if err := checkSize(db, file); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// checkSize finds a file that lacks its end, as a broken copy does, before a
// read runs into it.
func checkSize(db *bbolt.DB, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return explain(err)
	}
	return db.View(func(tx *bbolt.Tx) error {
		if info.Size() < tx.Size() {
			return fmt.Errorf("%w: the file has %d bytes of %d; restore a backup", ErrDamaged, info.Size(), tx.Size())
		}
		return nil
	})
}

// view runs fn in a read transaction. A page that is not what bbolt wrote makes
// bbolt panic, or the processor fault: of one damaged page only those calls
// must fail that need it, not the whole bot. fn must not call view: it could wait
// for an erasure or a compaction that waits for it.
func (s *Store) view(fn func(*bbolt.Tx) error) (err error) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, r)
		}
	}()
	return explain(s.db.View(fn))
}
