package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func TestAFileThatCanGrowNoFurtherLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "imrbot.db")
	out, err := childCommand(t, "limit", path).Output()
	if err != nil || !strings.Contains(string(out), "recovered") {
		t.Fatalf("%v: %s", err, out)
	}
	s := openTest(t, path, Options{})
	if c := mustLoad(t, s, "telegram:1"); c.Turn == 0 {
		t.Error("the turns are lost")
	}
}

// childLimit fills a store until the system lets the file grow no further, as a
// full disk would, and goes on when there is room again.
func childLimit(path string) error {
	s, err := Open(path, Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	ctx := context.Background()
	signal.Ignore(syscall.SIGXFSZ)
	limit := func(bytes uint64) error {
		return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: ^uint64(0)})
	}
	if err := limit(256 << 10); err != nil {
		return err
	}
	turns := uint64(0)
	for ; turns < 1000; turns++ {
		turn := turnOf("telegram:1", turns, fmt.Sprint(turns))
		turn.Rows[0].Say.Text = strings.Repeat("x", 3000)
		if _, err = s.Commit(ctx, turn); err != nil {
			break
		}
	}
	if err == nil || errors.Is(err, ErrRefused) || turns == 0 {
		return fmt.Errorf("after %d turns: %v", turns, err)
	}
	if err := upkeepOnAFullDisk(s, turns, limit); err != nil {
		return err
	}
	conv, err := s.Load(ctx, "telegram:1")
	if err != nil || conv.Turn != turns {
		return fmt.Errorf("turn %d of %d: %w", conv.Turn, turns, err)
	}
	if err := errors.Join(limit(^uint64(0)), s.Check(ctx), s.Rotate(ctx, nil, nil), s.Compact(ctx)); err != nil {
		return err
	}
	if _, err := s.Commit(ctx, turnOf("telegram:1", turns, "more")); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	if err := s.Check(ctx); err != nil {
		return err
	}
	fmt.Println("recovered after", turns, "turns")
	return nil
}

// upkeepOnAFullDisk does what makes files beside the store where there is no room
// for them: it fails, and changes nothing.
func upkeepOnAFullDisk(s *Store, turns uint64, limit func(uint64) error) error {
	ctx := context.Background()
	if err := limit(16 << 10); err != nil {
		return err
	}
	gone := turnOf("telegram:1", turns, "gone")
	gone.Forget = true
	_, forget := s.Commit(ctx, gone)
	_, backup := s.Backup(ctx, io.Discard, testBackup(true))
	for name, err := range map[string]error{"compact": s.Compact(ctx), "forget": forget, "backup": backup, "rotate": s.Rotate(ctx, nil, nil)} {
		// bbolt does not wrap every error of the system.
		if err == nil || !strings.Contains(err.Error(), syscall.EFBIG.Error()) || errors.Is(err, ErrRefused) {
			return fmt.Errorf("%s on a full disk: %v", name, err)
		}
	}
	return limit(^uint64(0))
}

func TestAFileThatMayNotBeWrittenIsExplained(t *testing.T) {
	// Not below t.TempDir: its folders are root's alone when root runs this.
	dir, err := os.MkdirTemp("", "imrbot")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "imrbot.db")
	closeChecked(t, openTest(t, path, Options{}))
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		for _, name := range []string{dir, path, path + ".key"} {
			if err := os.Chown(name, nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
	}
	err = asNobody(t, func() error {
		s, err := Open(path, Options{})
		if err == nil {
			s.Close()
		}
		return err
	})
	wantError(t, err, os.ErrPermission, path, "check owner and mode")
	err = asNobody(t, func() error {
		s, err := Open(path, Options{ReadOnly: true})
		if err == nil {
			err = s.Close()
		}
		return err
	})
	if err != nil {
		t.Errorf("reading it: %v", err)
	}
}

// nobody is an ordinary user.
const nobody = 65534

// asNobody runs do as an ordinary user. For root, whom no mode stops, it
// changes the user of one thread.
func asNobody(t *testing.T, do func() error) error {
	t.Helper()
	if os.Geteuid() != 0 {
		return do()
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if err := syscall.Setfsuid(nobody); err != nil {
			done <- err
			return
		}
		done <- do()
	}()
	return <-done
}
