package bolt

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"imrbot/bot"
	"imrbot/dialog"
)

// The test binary runs itself again as a child that can be killed. These
// variables tell the child what to do, and on which store.
const (
	childTask  = "IMRBOT_BOLT_CHILD"
	childStore = "IMRBOT_BOLT_STORE"
)

func TestMain(m *testing.M) {
	task := os.Getenv(childTask)
	if task == "" {
		os.Exit(m.Run())
	}
	var err error
	switch path := os.Getenv(childStore); task {
	case "turns":
		err = childTurns(path)
	case "limit":
		err = childLimit(path)
	default:
		err = fmt.Errorf("unknown task %q", task)
	}
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func childCommand(t *testing.T, task, path string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childTask+"="+task, childStore+"="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// childChats is how many chats the child serves at once.
const childChats = 6

// childTurns commits turns for ever and writes a line for each that was
// acknowledged. Every line is one write: a kill leaves no half of one.
func childTurns(path string) error {
	s, err := Open(path, Options{})
	if err != nil {
		return err
	}
	errs := make(chan error, childChats)
	var mu sync.Mutex
	say := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(os.Stdout, format+"\n", args...)
	}
	for chat := range childChats {
		go func() { errs <- childChat(s, chat, say) }()
	}
	return <-errs
}

func childChat(s *Store, chat int, say func(string, ...any)) error {
	ctx := context.Background()
	name := bot.ChatKey(fmt.Sprint("chat:", chat))
	conv, err := s.Load(ctx, name)
	if err != nil {
		return err
	}
	if conv.Turn > 0 { // the platform delivers the last event again
		last := childTurn(chat, conv.Turn-1)
		last.After = conv.Turn
		if _, err := s.Commit(ctx, last); !errors.Is(err, bot.ErrSeen) {
			return fmt.Errorf("the last event again: %v", err)
		}
	}
	for n := conv.Turn; ; n++ {
		turn := childTurn(chat, n)
		ref := "-"
		if n%5 == 0 {
			ref = s.TakeRef(2026)
			turn.Intakes = []dialog.Intake{intakeOf(ref, fmt.Sprintf("%d/%d", chat, n+1))}
			turn.Tickets = []dialog.OpenTicket{{Reason: dialog.TicketIntake, Ref: ref}}
		}
		keys, err := s.Commit(ctx, turn)
		if err != nil {
			return err
		}
		say("turn %d %d %d %d %s", chat, n+1, keys[0], keys[1], ref)
		if n%3 == 0 {
			say("settling %d", keys[0])
			if err := s.Settle(ctx, keys[0], bot.Outcome{}); err != nil {
				return err
			}
			say("settled %d", keys[0])
		}
	}
}

func childTurn(chat int, after uint64) bot.Turn {
	turn := turnOf(fmt.Sprint("chat:", chat), after, fmt.Sprintf("event:%d:%d", chat, after+1))
	turn.Rows = append(turn.Rows, bot.Outgoing{Say: dialog.Say{Text: strings.Repeat("x", int(after%40)*100)}})
	return turn
}

// acked is what the child's lines promise, over all its lives.
type acked struct {
	turns    [childChats]uint64
	rows     map[bot.OutKey]string // "chat/turn/index"
	settling map[bot.OutKey]bool
	settled  map[bot.OutKey]bool
	intakes  map[string]string // "chat/turn" by reference
}

func (a *acked) line(t *testing.T, line string) {
	t.Helper()
	var chat int
	var turn uint64
	var one, two bot.OutKey
	var ref string
	switch {
	case scanLine(line, "turn %d %d %d %d %s", &chat, &turn, &one, &two, &ref):
		if turn != a.turns[chat]+1 {
			t.Errorf("chat %d goes from turn %d to %d", chat, a.turns[chat], turn)
		}
		a.turns[chat] = turn
		for i, key := range []bot.OutKey{one, two} {
			if was, ok := a.rows[key]; ok {
				t.Errorf("outbox key %d is given twice, first to %s", key, was)
			}
			a.rows[key] = fmt.Sprintf("chat:%d/%d/%d", chat, turn, i)
		}
		if ref != "-" {
			if was, ok := a.intakes[ref]; ok {
				t.Errorf("%s is given twice, first to %s", ref, was)
			}
			a.intakes[ref] = fmt.Sprintf("%d/%d", chat, turn)
		}
	case scanLine(line, "settling %d", &one):
		a.settling[one] = true
	case scanLine(line, "settled %d", &one):
		a.settled[one] = true
	default:
		t.Fatalf("the child says %q", line)
	}
}

func scanLine(line, format string, into ...any) bool {
	n, err := fmt.Sscanf(line, format, into...)
	return err == nil && n == len(into)
}

// verify opens the store after a kill and looks for all that was promised.
func (a *acked) verify(t *testing.T, path string) {
	t.Helper()
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer closeChecked(t, s)
	for chat, turn := range a.turns {
		c := mustLoad(t, s, fmt.Sprint("chat:", chat))
		if c.Turn < turn || c.Turn > turn+1 {
			t.Errorf("chat %d has turn %d, acknowledged %d", chat, c.Turn, turn)
		}
		a.turns[chat] = c.Turn // one may have been committed and not announced
	}
	there := map[bot.OutKey]string{}
	place := map[string]int{}
	for after := bot.OutKey(0); ; {
		rows, err := s.Pending(t.Context(), after, 500)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			at := fmt.Sprintf("%s/%d", row.Chat, row.Turn)
			there[row.Key] = at
			place[at]++
			after = row.Key
		}
		if len(rows) == 0 {
			break
		}
	}
	for at, n := range place {
		if n > 2 {
			t.Errorf("%d rows of %s, want at most 2", n, at)
		}
	}
	for key, name := range a.rows {
		at, ok := there[key]
		switch {
		case !ok && !a.settling[key]:
			t.Errorf("row %d (%s) is lost", key, name)
		case ok && a.settled[key]:
			t.Errorf("row %d (%s) is settled and there", key, name)
		case ok && !strings.HasPrefix(name, at+"/"):
			t.Errorf("row %d is of %s, acknowledged as %s", key, at, name)
		}
	}
	for ref, want := range a.intakes {
		in, err := s.Intake(t.Context(), ref)
		if err != nil || *in.Form["last_name"] != want {
			t.Errorf("intake %s of %s: %v, %v", ref, want, in.Form, err)
		}
	}
}

func TestWhatWasAcknowledgedOutlivesAnyKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "imrbot.db")
	a := &acked{rows: map[bot.OutKey]string{}, settling: map[bot.OutKey]bool{}, settled: map[bot.OutKey]bool{}, intakes: map[string]string{}}
	rounds := 25
	if testing.Short() {
		rounds = 5
	}
	for round := range rounds {
		// Every fifth round kills before or while the store opens.
		lines := rand.IntN(150)
		if round%5 == 0 {
			lines = 0
		}
		killAfter(t, childCommand(t, "turns", path), lines, a)
		a.verify(t, path)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	if len(a.rows) < rounds {
		t.Errorf("only %d rows were acknowledged: the test tested little", len(a.rows))
	}
	t.Logf("%d kills, %d acknowledged rows, %d intakes", rounds, len(a.rows), len(a.intakes))
}

// killAfter runs the child, kills it after so many lines, and reads the rest of
// what it had already said.
func killAfter(t *testing.T, cmd *exec.Cmd, lines int, a *acked) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(out)
	for n := 0; ; n++ {
		if n == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		line, err := in.ReadString('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		a.line(t, strings.TrimSuffix(line, "\n"))
	}
	cmd.Wait() // its error is the kill
}
