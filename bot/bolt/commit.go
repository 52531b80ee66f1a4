package bolt

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"go.etcd.io/bbolt"
)

// Group commit. An fsync costs as much for one turn as for a hundred, so one
// goroutine takes all calls that wait and commits them in one transaction:
// while it waits for the disk, the next group gathers. No timer is involved; a
// lone call is committed at once. Whatever takes time (encoding, sealing) is
// done by the callers before they queue.
//
// When a transaction fails, every call of its group fails with the cause, and
// nothing of it is acknowledged. What happens next depends on whether readers
// can see the failed transaction, that is, whether its meta page was written:
//
//   - They cannot (disk full, quota, file size limit, a failed write or fsync
//     of pages that nothing refers to): the store is as it was, and pages half
//     written count as free. Each later group tries again and is itself the
//     probe; the first to succeed ends the trouble.
//   - They can, or it cannot be told (the last fsync failed, the file can no
//     longer be mapped, bbolt panicked): the disk may hold either state, and a
//     later fsync could succeed although the kernel has dropped what it could
//     not write. Every later call fails with ErrRefused until the store is
//     opened again. The turn may then prove committed; its event, delivered
//     again, is then ErrSeen.

// job is one call to the store's writer.
type job interface {
	// check looks whether the job may be done and changes nothing. Its error
	// is this call's alone.
	check(t *txn) error
	// put writes what was prepared. Its error fails the whole group.
	put(t *txn) error
	// size is roughly how many bytes put writes.
	size() int
}

// lander is a job that has something to do once it is on disk, before its call
// returns and before the next group.
type lander interface{ landed(*Store) }

// eraser is a job that may take away data keys, those of the chats it returns: no
// read transaction overlaps its own, and the cache forgets them.
type eraser interface{ erases() []hashed }

// call is a job on its way through the queue.
type call struct {
	job job
	// alone, in place of a job, is run by the writer between two groups.
	alone func() error
	state atomic.Uint32
	done  chan error // receives once; buffered, the writer never waits
}

const (
	callQueued uint32 = iota
	callTaken
	callLeft // the caller's context ended first
)

// txn is a write transaction with its buckets at hand.
type txn struct {
	meta, keys, conversations, seen, days, outbox, dead, keyboards, tickets, intakes, quarantine, owned, wakes, wakeTimes, audit *bbolt.Bucket

	store *Store
	today uint32
	// rotated tells that a change of the master key ends in this transaction.
	rotated bool
}

// master is the key to seal data keys under: during a change of keys the next.
func (t *txn) master() *master {
	ring := t.store.ring.Load()
	if t.rotated || t.meta.Get([]byte(metaRotation)) != nil {
		return ring.next
	}
	return ring.now
}

// committer is the writer's side of the store.
type committer struct {
	store  *Store
	update func(func(*bbolt.Tx) error) error
	queue  chan *call
	// mu guards closed: senders hold it for reading, so that the queue is
	// never closed under them.
	mu     sync.RWMutex
	closed bool
	ended  chan struct{}
	// broken, if set, is why nothing more is written; the writer's own.
	broken error
}

func newCommitter(s *Store) *committer {
	w := &committer{
		store: s,
		// The writer alone exchanges db, so it needs no lock to read it.
		update: func(fn func(*bbolt.Tx) error) error { return s.db.Update(fn) },
		queue:  make(chan *call, queueLimit),
		ended:  make(chan struct{}),
	}
	go w.run()
	return w
}

// do hands a job to the writer and waits until it is on disk or has failed.
// When ctx ends while the job is queued, do returns the context's error and the
// job is not done; once the writer has it, do waits for the outcome.
func (w *committer) do(ctx context.Context, j job) error {
	return w.wait(ctx, &call{job: j, done: make(chan error, 1)})
}

// alone has fn run between two groups, as do has a job done.
func (w *committer) alone(ctx context.Context, fn func() error) error {
	return w.wait(ctx, &call{alone: fn, done: make(chan error, 1)})
}

func (w *committer) wait(ctx context.Context, c *call) error {
	if err := w.send(ctx, c); err != nil {
		return err
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		if c.state.CompareAndSwap(callQueued, callLeft) {
			return ctx.Err()
		}
		return <-c.done
	}
}

func (w *committer) send(ctx context.Context, c *call) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case w.queue <- c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close lets the calls already queued finish. It may be called again.
func (w *committer) close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.mu.Unlock()
	<-w.ended
}

func (w *committer) run() {
	defer close(w.ended)
	group := make([]*call, 0, groupCalls)
	errs := make([]error, groupCalls)
	for next := range w.queue {
		// Those who were answered a moment ago get to queue their next call.
		runtime.Gosched()
		for next != nil {
			if next.alone != nil {
				w.runAlone(next)
				break
			}
			group, next = w.gather(group[:0], next)
			w.commit(group, errs[:len(group)])
			clear(group)
		}
	}
}

func (w *committer) runAlone(c *call) {
	switch {
	case !c.state.CompareAndSwap(callQueued, callTaken):
	case w.broken != nil:
		c.done <- w.broken
	default:
		c.done <- c.alone()
	}
}

// gather takes what waits, up to the limits of a group, without waiting. A call
// that has to be alone ends the group and is returned.
func (w *committer) gather(group []*call, first *call) ([]*call, *call) {
	size := 0
	for c := first; ; {
		if c.alone != nil {
			return group, c
		}
		if c.state.CompareAndSwap(callQueued, callTaken) {
			group = append(group, c)
			size += c.job.size()
		}
		if len(group) == groupCalls || size >= groupBytes {
			return group, nil
		}
		select {
		case next, ok := <-w.queue:
			if !ok {
				return group, nil
			}
			c = next
		default:
			return group, nil
		}
	}
}

// commit does a group in one transaction and tells each caller its outcome.
func (w *committer) commit(group []*call, errs []error) {
	if len(group) == 0 {
		return
	}
	err := w.broken
	if err == nil {
		err = w.try(group, errs)
	}
	for i, c := range group {
		if err != nil {
			c.done <- err
		} else {
			c.done <- errs[i]
		}
	}
}

// errPanic: bbolt panicked within the transaction.
var errPanic = errors.New("unexpected page")

// errNothing ends a transaction in which no job had anything to write.
var errNothing = errors.New("nothing to write")

// try runs the transaction. It fills errs with each job's own error and returns
// an error when the transaction as a whole failed.
func (w *committer) try(group []*call, errs []error) error {
	gone := erased(group)
	if len(gone) > 0 {
		w.store.gate.Lock()
		defer w.store.gate.Unlock()
	}
	id := 0
	err := w.guarded(func(tx *bbolt.Tx) error {
		id = tx.ID()
		t := newTxn(tx, w.store)
		wrote := 0
		for i, c := range group {
			if errs[i] = c.job.check(t); errs[i] != nil {
				continue
			}
			if err := c.job.put(t); err != nil {
				return err
			}
			wrote++
		}
		if wrote == 0 {
			return errNothing
		}
		return t.dropSeen(wrote * seenDrop)
	})
	for _, chat := range gone { // whatever became of it
		w.store.keys.drop(chat)
		w.store.states.drop(chat)
	}
	switch {
	case err == nil:
		for i, c := range group {
			if l, ok := c.job.(lander); ok && errs[i] == nil {
				l.landed(w.store)
			}
		}
		return nil
	case errors.Is(err, errNothing):
		return nil
	case !errors.Is(err, errPanic) && !w.visible(id):
		return explain(err)
	}
	w.broken = fmt.Errorf("%w, because a commit failed: %w", ErrRefused, explain(err))
	return w.broken
}

// erased returns the chats whose data keys a group may take away.
func erased(group []*call) []hashed {
	var gone []hashed
	for _, c := range group {
		if e, ok := c.job.(eraser); ok {
			gone = append(gone, e.erases()...)
		}
	}
	return gone
}

// guarded turns a panic of bbolt at a damaged page, or a fault in the mapped
// file, into an error; bbolt has then rolled back.
func (w *committer) guarded(fn func(*bbolt.Tx) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %w: %v", ErrDamaged, errPanic, r)
		}
	}()
	return w.update(fn)
}

// visible tells whether readers see the failed transaction, or cannot tell.
func (w *committer) visible(id int) bool {
	seen := id
	err := w.store.db.View(func(tx *bbolt.Tx) error {
		seen = tx.ID()
		return nil
	})
	return err != nil || seen >= id
}

func newTxn(tx *bbolt.Tx, s *Store) *txn {
	t := &txn{
		meta:          tx.Bucket([]byte(bucketMeta)),
		keys:          tx.Bucket([]byte(bucketKeys)),
		conversations: tx.Bucket([]byte(bucketConversations)),
		seen:          tx.Bucket([]byte(bucketSeen)),
		days:          tx.Bucket([]byte(bucketSeenDays)),
		outbox:        tx.Bucket([]byte(bucketOutbox)),
		dead:          tx.Bucket([]byte(bucketDead)),
		keyboards:     tx.Bucket([]byte(bucketKeyboards)),
		tickets:       tx.Bucket([]byte(bucketTickets)),
		intakes:       tx.Bucket([]byte(bucketIntakes)),
		quarantine:    tx.Bucket([]byte(bucketQuarantine)),
		owned:         tx.Bucket([]byte(bucketOwned)),
		wakes:         tx.Bucket([]byte(bucketWakes)),
		wakeTimes:     tx.Bucket([]byte(bucketWakeTimes)),
		audit:         tx.Bucket([]byte(bucketAudit)),
		store:         s,
		today:         s.today(),
	}
	// Keys that only grow are never inserted between others: full pages.
	for _, b := range []*bbolt.Bucket{t.days, t.outbox, t.tickets, t.intakes, t.audit} {
		b.FillPercent = 0.95
	}
	return t
}
