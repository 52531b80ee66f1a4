package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"imrbot/bot"
	"imrbot/dialog"
)

// testStore opens a store of its own for a test and checks it at the end.
func testStore(t testing.TB, opt Options) (*Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data", "imrbot.db")
	return openTest(t, path, opt), path
}

// openTest opens the store at path, and at the end of the test checks that it
// is whole, if the test has not closed it.
func openTest(t testing.TB, path string, opt Options) *Store {
	t.Helper()
	s, err := Open(path, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeChecked(t, s) })
	return s
}

func closeChecked(t testing.TB, s *Store) {
	t.Helper()
	err := s.Check(context.Background())
	if errors.Is(err, ErrClosed) {
		return
	}
	if err != nil {
		t.Errorf("the store is not whole: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// notices collects what a store tells its operator.
type notices struct {
	mu   sync.Mutex
	said []string
}

func (n *notices) note(s string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.said = append(n.said, s)
}

func (n *notices) with(part string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	count := 0
	for _, s := range n.said {
		if strings.Contains(s, part) {
			count++
		}
	}
	return count
}

var testDay = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// turnOf makes the turn after a conversation's turn `after`, with one message.
func turnOf(chat string, after uint64, key string) bot.Turn {
	return bot.Turn{
		Chat: bot.ChatKey(chat), Key: bot.InKey(key), At: testDay, After: after,
		State: dialog.State{Lang: "en", Node: fmt.Sprintf("step-%d", after+1), Last: testDay},
		Rows:  []bot.Outgoing{{Say: dialog.Say{Node: "n", Text: fmt.Sprintf("reply %d", after+1)}}},
	}
}

func intakeOf(ref, name string) dialog.Intake {
	return dialog.Intake{
		Ref: ref, Status: "submitted", Created: testDay, Language: "es",
		Facts: map[string]*string{"coverage": &name, "decision_date": nil},
		Form:  map[string]*string{"last_name": &name},
	}
}

func mustCommit(t testing.TB, s *Store, turn bot.Turn) []bot.OutKey {
	t.Helper()
	keys, err := s.Commit(t.Context(), turn)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func mustLoad(t testing.TB, s *Store, chat string) bot.Conversation {
	t.Helper()
	c, err := s.Load(t.Context(), bot.ChatKey(chat))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wantError(t testing.TB, err, want error, parts ...string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	if err := os.WriteFile(to, readFile(t, from), 0o600); err != nil {
		t.Fatal(err)
	}
}

// yield lets other goroutines run.
func yield() { runtime.Gosched() }

// testIdentity opens the backups of tests: one pair of keys, not one each.
var testIdentity = sync.OnceValue(func() *age.X25519Identity {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		panic(err)
	}
	return id
})

func testBackup(withKey bool) BackupOptions {
	return BackupOptions{To: []age.Recipient{testIdentity().Recipient()}, WithKey: withKey}
}
