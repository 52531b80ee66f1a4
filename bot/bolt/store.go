// Package bolt keeps conversations, seen keys, the outbox, tickets and intakes
// in one bbolt file. It implements [bot.Store].
//
// What is in the file. A bucket a kind; keys of fixed width, big-endian; before
// every value a version byte.
//
//	meta          "version", "canary" (a known text sealed under the master key), the
//	              store's own keys, the highest erased reference of each year (meta.go)
//	keys          chat hash             → the conversation's data key, sealed under the master key
//	conversations chat hash             → turn in clear, sealed chat key and state
//	seen          event hash            → day
//	seen_days     day, sequence         → event hash
//	outbox        OutKey                → chat hash, turn, index; sealed bot.Outgoing
//	dead          sequence              → reason; a row of the outbox that was given up
//	keyboards     chat hash             → turn; sealed name of the message with the newest buttons
//	tickets       TicketID              → chat hash, turn, index; sealed bot.Ticket
//	intakes       year, sequence        → chat hash; sealed dialog.Intake
//	owned         chat hash, kind, key  → nothing; which intakes and tickets are a conversation's
//	wakes         chat hash             → second at which the bot looks at the conversation again
//	wake_times    second, chat hash     → nothing
//	audit         sequence              → day; bot.AuditEntry, sealed under the store's own key
//	quarantine    sequence              → chat hash; event that could not be read, sealed under the store's own key
//
// What is not in the file. Nothing personal is in clear: values are sealed with
// AES-256-GCM, bound to their place; chat keys and event keys, which name
// people, appear only as keyed hashes. What is known of one conversation is
// sealed under that conversation's own key, so that to erase the key is to
// erase the rest (see erase.go, and compact.go for what stays in free pages). In
// clear are counts, turn numbers, days, references, and when a conversation is
// looked at again.
//
// How it is written. One goroutine commits, many calls in one transaction; a
// call returns after the fsync of its transaction (see commit.go).
package bolt

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"os"
	"sync"
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
	bucketOwned         = "owned"
	bucketWakes         = "wakes"
	bucketWakeTimes     = "wake_times"
	bucketAudit         = "audit"
)

func bucketNames() []string {
	return []string{bucketMeta, bucketKeys, bucketConversations, bucketSeen,
		bucketSeenDays, bucketOutbox, bucketDead, bucketKeyboards, bucketTickets,
		bucketIntakes, bucketQuarantine, bucketOwned, bucketWakes,
		bucketWakeTimes, bucketAudit}
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
	path, keyFile string
	// gate is held for reading by every read transaction, and for writing
	// where all must see a change at once: an erasure, which changes what the
	// caches hold, and the exchange of db by a compaction.
	gate sync.RWMutex
	db   *bbolt.DB
	ring atomic.Pointer[keyring]
	// renameKey tells that the new key file is not yet in place of the old.
	renameKey     bool
	chats, events hasher
	own           cipher.AEAD // for values that belong to no conversation
	keys          *cache[dataKey]
	states        *cache[keptState]
	writer        *committer // nil when read-only
	refs          *refs
	notice        func(string)
	now           func() time.Time
	// warned is the highest outbox row that a notice was given for.
	warned atomic.Uint64
	// warnedWake is the latest wake that a notice was given for.
	warnedWake atomic.Uint64
	// room is freeSpace, but in tests.
	room func(dir string) (free uint64, known bool)
	// upkeep lets one backup, compaction, change of keys or collection of files
	// run at a time.
	upkeep sync.Mutex
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
	keyFile := opt.KeyFile
	if keyFile == "" {
		keyFile = path + ".key"
	}
	if err := pendingRestore(path, keyFile, opt); err != nil {
		return nil, err
	}
	stored, err := prepareFolder(path, opt.ReadOnly)
	if err != nil {
		return nil, err
	}
	ring, err := loadKeys(path, keyFile, stored, opt)
	if err != nil {
		return nil, err
	}
	db, err := openDB(path, opt.ReadOnly)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", path, err)
	}
	s := &Store{
		path: path, keyFile: keyFile, db: db,
		keys:   newCache[dataKey](cachedKeys),
		states: newCache[keptState](cachedStates),
		notice: opt.Notice, now: opt.Now, room: freeSpace,
	}
	s.ring.Store(ring)
	if err := s.start(opt.ReadOnly); err != nil {
		s.Close()
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
	if err := s.view(s.loadSecrets); err != nil {
		return err
	}
	next, err := s.nextRefs()
	if err != nil {
		return err
	}
	s.refs = newRefs(next)
	if !readOnly {
		// Of a compaction and a backup that a crash ended.
		os.Remove(compactFile(s.path))
		os.Remove(s.path + snapshotSuffix)
		s.writer = newCommitter(s)
		return s.resume()
	}
	return nil
}

// Close waits for the commits under way and closes the file. Later calls of the
// store fail with ErrClosed.
func (s *Store) Close() error {
	if s.writer != nil {
		s.writer.close()
	}
	s.gate.RLock()
	defer s.gate.RUnlock()
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close store %s: %w", s.path, explain(err))
	}
	return nil
}

// KeyFile returns the path of the file that holds the master key.
func (s *Store) KeyFile() string { return s.keyFile }

// today numbers the days since 1970 in UTC, by the store's own clock.
func (s *Store) today() uint32 {
	return uint32(max(s.now().Unix(), 0) / (24 * 60 * 60))
}
