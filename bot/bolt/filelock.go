package bolt

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// lockPoll is how often a lock that another holds is tried again.
const lockPoll = 20 * time.Millisecond

// errLocked: another holds the lock on a file.
var errLocked = errors.New("the file is locked")

// lockFile makes a file and holds it locked until release is called, which takes
// it away. What a crash leaves of it locks nobody out. It waits as long as Open
// does for a store, and fails with ErrBusy.
func lockFile(path string) (release func(), err error) {
	for end := time.Now().Add(lockWait); ; time.Sleep(lockPoll) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, explain(err)
		}
		if err = tryLock(f); err == nil && isAt(f, path) {
			return func() {
				// While it is locked: whoever waits for it finds that it is gone.
				// Windows keeps a file that is open; there it stays, and does no harm.
				os.Remove(path)
				f.Close()
			}, nil
		}
		f.Close()
		switch {
		case err != nil && !errors.Is(err, errLocked):
			return nil, fmt.Errorf("lock %s: %w", path, err)
		case time.Now().After(end):
			return nil, ErrBusy
		}
	}
}

// isAt tells whether an open file is still the one at a path: who waited for a
// lock may have got that of a file that was taken away or replaced meanwhile.
func isAt(f *os.File, path string) bool {
	open, err1 := f.Stat()
	there, err2 := os.Stat(path)
	return err1 == nil && err2 == nil && os.SameFile(open, there)
}
