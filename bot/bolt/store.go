// Package bolt keeps conversations, seen keys, the outbox, tickets and intakes
// in one bbolt file. It implements [bot.Store].
//
// What is in the file. A bucket a kind; keys of fixed width, big-endian; before
// every value a version byte.
//
//	meta          "version", "canary" (a known text sealed under the master key)
//	keys          chat hash             → the conversation's data key, sealed under the master key
//	conversations chat hash             → turn in clear, sealed chat key and state
//	seen          event hash            → day
//	seen_days     day, sequence         → event hash
//	outbox        OutKey                → chat hash, turn, index; sealed bot.Outgoing
//	dead          sequence              → reason; a row of the outbox that was given up
//	keyboards     chat hash             → turn; sealed name of the message with the newest buttons
//	tickets       TicketID              → chat hash, turn, index; sealed bot.Ticket
//	intakes       year, sequence        → chat hash; sealed dialog.Intake
//	quarantine    sequence              → sealed event that could not be read
//
// What is not in the file. Nothing personal is in clear: values are sealed with
// AES-256-GCM, bound to their place; chat keys and event keys, which name
// people, appear only as keyed hashes. What is known of one conversation is
// sealed under that conversation's own key, so that to erase the key is to
// erase the rest. In clear are counts, turn numbers, days and references.
//
// How it is written. One goroutine commits, many calls in one transaction; a
// call returns after the fsync of its transaction (see commit.go).
package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"imrbot/bot"
)

// The buckets.
const (
	bucketMeta          = "meta"
	bucketKeys          = "keys"
	bucketConversations = "conversations"
	bucketSeen          = "seen"
	bucketSeenDays      = "seen_days"
	bucketOutbox        = "outbox"
	bucketDead          = "dead"
	bucketKeyboards     = "keyboards"
	bucketTickets       = "tickets"
	bucketIntakes       = "intakes"
	bucketQuarantine    = "quarantine"
)

// The entries of bucket meta.
const (
	metaVersion  = "version"
	metaCanary   = "canary"
	storeVersion = 2
	canaryText   = "imrbot"
)

func bucketNames() []string {
	return []string{bucketMeta, bucketKeys, bucketConversations, bucketSeen,
		bucketSeenDays, bucketOutbox, bucketDead, bucketKeyboards, bucketTickets,
		bucketIntakes, bucketQuarantine}
}

// Options of Open. The zero value is right for the bot itself.
type Options struct {
	// KeyFile holds the master key; "" means the store's path with ".key".
	KeyFile string
	// ReadOnly opens an existing store for commands that only look. Several
	// may look at once, but none while the bot has the store open.
	ReadOnly bool
	// Notice, if set, is called from Open and later, by any goroutine, with
	// sentences an operator must see. They hold nothing personal.
	Notice func(string)
	// Now is the clock by which seen keys grow old; nil means time.Now.
	Now func() time.Time
}

// Store is a bbolt file that keeps what the bot must not lose. It is safe for
// use by several goroutines. Only one process can have it open for writing.
type Store struct {
	path   string
	db     *bbolt.DB
	master *master
	keys   *cache[dataKey]
	states *cache[bot.Conversation]
	writer *committer // nil when read-only
	refs   *refs
	notice func(string)
	now    func() time.Time
	// warned is the highest outbox row that a notice was given for.
	warned atomic.Uint64
}

var _ bot.Store = (*Store)(nil)

// Open opens the store at path, making it, its folder (mode 0700) and its key
// file (mode 0600) when there is no store yet. It waits at most two seconds for
// another process to let go of it. It fails with ErrBusy, ErrKey, ErrVersion or
// ErrDamaged, or with what the disk said; a store it refuses is left unchanged.
func Open(path string, opt Options) (*Store, error) {
	if opt.Notice == nil {
		opt.Notice = func(string) {}
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	stored, err := prepareFolder(path, opt.ReadOnly)
	if err != nil {
		return nil, err
	}
	key, err := loadKey(path, stored, opt)
	if err != nil {
		return nil, err
	}
	m, err := newMaster(key)
	if err != nil {
		return nil, err
	}
	db, err := openFile(path, opt.ReadOnly)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", path, err)
	}
	s := &Store{
		path: path, db: db, master: m,
		keys:   newCache[dataKey](cachedKeys),
		states: newCache[bot.Conversation](cachedStates),
		notice: opt.Notice, now: opt.Now,
	}
	if err := s.start(opt.ReadOnly); err != nil {
		db.Close()
		return nil, fmt.Errorf("store %s: %w", path, err)
	}
	return s, nil
}

// start checks or makes what every store holds, and starts the writer.
func (s *Store) start(readOnly bool) error {
	empty := true
	err := s.view(func(tx *bbolt.Tx) error {
		name, _ := tx.Cursor().First()
		empty = name == nil
		return nil
	})
	switch {
	case err != nil:
		return err
	case empty && readOnly:
		return errors.New("nothing is stored in it yet")
	case empty:
		if err := s.create(); err != nil {
			return err
		}
		s.notice("A new, empty store was made: " + s.path)
	}
	if err := s.view(s.verify); err != nil {
		return err
	}
	if err := s.migrate(readOnly); err != nil {
		return err
	}
	next, err := s.nextRefs()
	if err != nil {
		return err
	}
	s.refs = newRefs(next)
	if !readOnly {
		s.writer = newCommitter(s.db, s.today)
	}
	return nil
}

// Close waits for the commits under way and closes the file. Later calls of the
// store fail with ErrClosed.
func (s *Store) Close() error {
	if s.writer != nil {
		s.writer.close()
	}
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close store %s: %w", s.path, explain(err))
	}
	return nil
}

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

// openFile opens the bbolt file. A file that is cut short shows only as a fault
// of the memory it is mapped to, hence the recovery.
func openFile(path string, readOnly bool) (db *bbolt.DB, err error) {
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
		if err := meta.Put([]byte(metaVersion), []byte(strconv.Itoa(storeVersion))); err != nil {
			return err
		}
		return meta.Put([]byte(metaCanary), seal(s.master.aead, bucketMeta, []byte(metaCanary), nil, []byte(canaryText)))
	})
	if err != nil {
		return fmt.Errorf("make it: %w", explain(err))
	}
	return syncDir(filepath.Dir(s.path))
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
	canary, err := open(s.master.aead, bucketMeta, []byte(metaCanary), meta.Get([]byte(metaCanary)), 0)
	if err != nil || string(canary) != canaryText {
		return fmt.Errorf("%w: the key file belongs to another store; put back the copy you kept of the right one", ErrKey)
	}
	for _, name := range bucketsOf(version) {
		if tx.Bucket([]byte(name)) == nil {
			return fmt.Errorf("%w: bucket %s is missing; restore a backup", ErrDamaged, name)
		}
	}
	return nil
}

// view runs fn in a read transaction. A page that is not what bbolt wrote makes
// bbolt panic, or the processor fault: of one damaged page only those calls
// must fail that need it, not the whole bot.
func (s *Store) view(fn func(*bbolt.Tx) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, r)
		}
	}()
	return explain(s.db.View(fn))
}

// today numbers the days since 1970 in UTC, by the store's own clock.
func (s *Store) today() uint32 {
	return uint32(max(s.now().Unix(), 0) / (24 * 60 * 60))
}
