package bolt

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"imrbot/bot"
)

// gate holds the writer before a transaction until the test lets it go.
type gate struct{ at, go_ chan struct{} }

// hold makes the store's next transactions wait at the gate.
func hold(s *Store) gate {
	g := gate{at: make(chan struct{}), go_: make(chan struct{})}
	update := s.writer.update
	s.writer.update = func(fn func(*bbolt.Tx) error) error {
		g.at <- struct{}{}
		<-g.go_
		return update(fn)
	}
	return g
}

// failing makes transactions fail: before anything is written, or after all is
// written (as when only the last fsync fails), as the function says.
func failing(s *Store, when func() (before, after error)) {
	update := s.writer.update
	s.writer.update = func(fn func(*bbolt.Tx) error) error {
		before, after := when()
		err := update(func(tx *bbolt.Tx) error {
			if err := fn(tx); err != nil {
				return err
			}
			return before
		})
		if err == nil {
			err = after
		}
		return err
	}
}

func TestAFailedWriteFailsItsGroupAndTheNextCommitIsTheProbe(t *testing.T) {
	for cause, says := range map[syscall.Errno]string{syscall.ENOSPC: "the disk is full", syscall.EROFS: "read-only", syscall.EIO: "input/output error"} {
		t.Run(says, func(t *testing.T) {
			s, _ := testStore(t, Options{})
			mustCommit(t, s, turnOf("telegram:1", 0, "a"))
			trouble := error(cause)
			failing(s, func() (error, error) { return trouble, nil })
			for i := range 3 {
				_, err := s.Commit(t.Context(), turnOf("telegram:1", 1, fmt.Sprint("b", i)))
				wantError(t, err, cause, says)
				if errors.Is(err, ErrRefused) {
					t.Error("this needs no restart")
				}
			}
			if c := mustLoad(t, s, "telegram:1"); c.Turn != 1 {
				t.Errorf("turn %d after failed commits, want 1", c.Turn)
			}
			trouble = nil
			if keys := mustCommit(t, s, turnOf("telegram:1", 1, "b0")); keys[0] != 2 {
				t.Errorf("outbox key %d, want 2: a failed commit leaves no trace", keys[0])
			}
		})
	}
}

func TestAfterTheLastFsyncFailedNothingIsTakenUntilReopened(t *testing.T) {
	for _, cause := range []syscall.Errno{syscall.EIO, syscall.ENOSPC} {
		t.Run(cause.Error(), func(t *testing.T) {
			s, path := testStore(t, Options{})
			mustCommit(t, s, turnOf("telegram:1", 0, "a"))
			healthy := s.writer.update
			failing(s, func() (error, error) { return nil, cause })
			_, err := s.Commit(t.Context(), turnOf("telegram:1", 1, "b"))
			wantError(t, err, ErrRefused, "until it is opened again")
			wantError(t, err, cause)
			s.writer.update = healthy
			for _, key := range []string{"b", "c", "a"} { // the same, another, and a seen event
				_, err := s.Commit(t.Context(), turnOf("telegram:1", 2, key))
				wantError(t, err, ErrRefused)
			}
			wantError(t, s.Settle(t.Context(), 1, bot.Outcome{}), ErrRefused)
			if _, err := s.Pending(t.Context(), 0, 1); err != nil {
				t.Errorf("reading goes on: %v", err)
			}
			closeChecked(t, s)
			s = openTest(t, path, Options{})
			_, err = s.Commit(t.Context(), turnOf("telegram:1", 1, "b"))
			wantError(t, err, bot.ErrSeen)
			mustCommit(t, s, turnOf("telegram:1", 2, "c"))
		})
	}
}

func TestAPanicInATransactionIsAFailedCommit(t *testing.T) {
	s, path := testStore(t, Options{})
	update := s.writer.update
	s.writer.update = func(fn func(*bbolt.Tx) error) error {
		return update(func(tx *bbolt.Tx) error { panic("assertion failed") })
	}
	_, err := s.Commit(t.Context(), turnOf("telegram:1", 0, "a"))
	wantError(t, err, ErrRefused, "assertion failed")
	wantError(t, err, ErrDamaged)
	closeChecked(t, s)
	s = openTest(t, path, Options{})
	mustCommit(t, s, turnOf("telegram:1", 0, "a"))
}

func TestOneCallsErrorDoesNotSpoilItsGroup(t *testing.T) {
	s, _ := testStore(t, Options{})
	mustCommit(t, s, turnOf("telegram:seen", 0, "seen"))
	update := s.writer.update
	g := hold(s)
	var all sync.WaitGroup
	first := make(chan error, 1)
	all.Go(func() {
		_, err := s.Commit(t.Context(), turnOf("telegram:first", 0, "first"))
		first <- err
	})
	<-g.at // the writer is busy with the first; what follows is one group
	turns := []bot.Turn{
		turnOf("telegram:good", 0, "good"),
		turnOf("telegram:again", 0, "seen"),
		turnOf("telegram:seen", 7, "stale"),
		turnOf("telegram:fine", 0, "fine"),
	}
	want := []error{nil, bot.ErrSeen, bot.ErrStale, nil}
	errs := make([]error, len(turns))
	for i, turn := range turns {
		all.Go(func() { _, errs[i] = s.Commit(t.Context(), turn) })
	}
	waitQueued(s, len(turns))
	groups := 0
	s.writer.update = func(fn func(*bbolt.Tx) error) error {
		groups++
		return update(fn)
	}
	close(g.go_)
	all.Wait()
	if err := <-first; err != nil {
		t.Error(err)
	}
	if groups != 1 {
		t.Errorf("%d transactions, want 1", groups)
	}
	for i := range turns {
		if !errors.Is(errs[i], want[i]) {
			t.Errorf("turn %d: %v, want %v", i, errs[i], want[i])
		}
	}
}

// waitQueued returns when n calls wait in the queue of a writer that is held.
func waitQueued(s *Store, n int) {
	for len(s.writer.queue) < n {
		// The callers run; there is nothing to be told by.
		yield()
	}
}

func TestAContextThatEndsInTheQueueTakesItsTurnOut(t *testing.T) {
	s, _ := testStore(t, Options{})
	g := hold(s)
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := s.Commit(t.Context(), turnOf("telegram:1", 0, "a")); err != nil {
			t.Error(err)
		}
	})
	<-g.at
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error, 1)
	all.Go(func() {
		_, err := s.Commit(ctx, turnOf("telegram:2", 0, "b"))
		left <- err
	})
	waitQueued(s, 1)
	cancel()
	wantError(t, <-left, context.Canceled)
	g.go_ <- struct{}{}
	all.Wait()
	if c := mustLoad(t, s, "telegram:2"); c.Turn != 0 {
		t.Error("the turn was committed all the same")
	}
	wantCanceled := func(err error) {
		t.Helper()
		wantError(t, err, context.Canceled)
	}
	_, err := s.Commit(ctx, turnOf("telegram:2", 0, "b"))
	wantCanceled(err)
	_, err = s.Load(ctx, "telegram:2")
	wantCanceled(err)
	_, err = s.Pending(ctx, 0, 1)
	wantCanceled(err)
}

func TestAContextThatEndsInTheTransactionDoesNotHideItsOutcome(t *testing.T) {
	s, _ := testStore(t, Options{})
	g := hold(s)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := s.Commit(ctx, turnOf("telegram:1", 0, "a"))
		done <- err
	}()
	<-g.at
	cancel()
	g.go_ <- struct{}{}
	if err := <-done; err != nil {
		t.Errorf("a committed turn is reported as %v", err)
	}
	if c := mustLoad(t, s, "telegram:1"); c.Turn != 1 {
		t.Error("the turn is not there")
	}
}

func TestCloseFinishesWhatIsQueued(t *testing.T) {
	s, path := testStore(t, Options{})
	g := hold(s)
	const n = 20
	errs := make([]error, n)
	var all sync.WaitGroup
	start := func(i int) {
		all.Go(func() { _, errs[i] = s.Commit(t.Context(), turnOf(fmt.Sprint("telegram:", i), 0, fmt.Sprint(i))) })
	}
	start(0)
	<-g.at
	for i := 1; i < n; i++ {
		start(i)
	}
	waitQueued(s, n-1)
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	g.go_ <- struct{}{}
	<-g.at
	g.go_ <- struct{}{}
	all.Wait()
	if err := errors.Join(append(errs, <-closed)...); err != nil {
		t.Fatal(err)
	}
	s = openTest(t, path, Options{})
	for i := range n {
		if c := mustLoad(t, s, fmt.Sprint("telegram:", i)); c.Turn != 1 {
			t.Errorf("chat %d was lost", i)
		}
	}
}

func TestAGroupEndsAtItsLimits(t *testing.T) {
	w := &committer{queue: make(chan *call, queueLimit)}
	fill := func(n, size int) *call {
		for range n {
			w.queue <- &call{job: sizedJob(size), done: make(chan error, 1)}
		}
		return <-w.queue
	}
	if got, _ := w.gather(nil, fill(groupCalls, 1)); len(got) != groupCalls {
		t.Errorf("a group of %d calls, want %d", len(got), groupCalls)
	}
	if got, _ := w.gather(nil, fill(10, groupBytes/4)); len(got) != 4 {
		t.Errorf("a group of %d large calls, want 4", len(got))
	}
	for len(w.queue) > 0 {
		<-w.queue
	}
	first := fill(3, 1)
	alone := &call{alone: func() error { return nil }}
	w.queue <- alone
	if got, next := w.gather(nil, first); len(got) != 3 || next != alone {
		t.Errorf("a group of %d calls before one that has to be alone, want 3", len(got))
	}
}

type sizedJob int

func (j sizedJob) size() int        { return int(j) }
func (j sizedJob) check(*txn) error { return nil }
func (j sizedJob) put(*txn) error   { return nil }
