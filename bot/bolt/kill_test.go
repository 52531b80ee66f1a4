package bolt

import (
	"bufio"
	"bytes"
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
	"time"

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
	errs := make(chan error, childChats+1)
	var mu sync.Mutex
	say := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(os.Stdout, format+"\n", args...)
	}
	for chat := range childChats {
		go func() { errs <- childChat(s, chat, say) }()
	}
	go func() { errs <- childUpkeep(s) }()
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
	kept := "-"
	for n := conv.Turn; ; n++ {
		turn := childTurn(chat, n)
		ref := "-"
		if n%5 == 1 {
			ref = s.TakeRef(2026)
			in := intakeOf(ref, fmt.Sprintf("%d/%d", chat, n+1))
			file, err := s.PutFile(ctx, name, "letter.pdf", pdf(ref))
			if err != nil {
				return err
			}
			in.Files = []dialog.File{file}
			in.Status = statusDraft // others stay without being named
			turn.Intakes = []dialog.Intake{in}
			turn.Tickets = []dialog.OpenTicket{{Reason: dialog.TicketIntake, Ref: ref}}
			kept = ref
		}
		if n%7 == 6 && chat%2 == 0 { // the others keep what they have
			turn.Forget, turn.Audit = true, []bot.AuditEntry{{At: testDay, Actor: "child", Action: "erase"}}
			if kept != "-" {
				turn.Keep = []string{kept}
			}
			say("forgetting %d %d %s", chat, n+1, kept)
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

// childUpkeep does by turns all that is done to a store beside its turns.
func childUpkeep(s *Store) error {
	ctx := context.Background()
	for {
		_, collect := s.CollectFiles(ctx, 0)
		_, _, expire := s.Expire(ctx, testDay.AddDate(-1, 0, 0), testDay.AddDate(-1, 0, 0))
		_, backup := s.Backup(ctx, io.Discard, testBackup(true))
		if err := errors.Join(s.Compact(ctx), s.Rotate(ctx, nil, nil), collect, expire, backup); err != nil {
			return fmt.Errorf("upkeep: %w", err)
		}
	}
}

func childTurn(chat int, after uint64) bot.Turn {
	turn := turnOf(fmt.Sprint("chat:", chat), after, fmt.Sprintf("event:%d:%d", chat, after+1))
	turn.Rows = append(turn.Rows, bot.Outgoing{Say: dialog.Say{Text: strings.Repeat("x", int(after%40)*100)}})
	turn.Wake = testDay.Add(time.Duration(after+1) * time.Hour)
	return turn
}

// acked is what the child's lines promise, over all its lives.
type acked struct {
	turns    [childChats]uint64
	rows     map[bot.OutKey]string // "chat/turn/index"
	settling map[bot.OutKey]bool
	settled  map[bot.OutKey]bool
	intakes  map[string]string // "chat/turn" by reference
	// forgetting is, by chat, the erasure that was begun last and may be done.
	forgetting [childChats]struct {
		turn uint64
		keep string
	}
	erasures int
	given    map[string]bool // references, erased since or not
	gone     map[bot.OutKey]bool
	erased   map[string]bool
	kept     map[string]bool
}

func newAcked() *acked {
	return &acked{rows: map[bot.OutKey]string{}, settling: map[bot.OutKey]bool{}, settled: map[bot.OutKey]bool{}, intakes: map[string]string{},
		given: map[string]bool{}, gone: map[bot.OutKey]bool{}, erased: map[string]bool{}, kept: map[string]bool{}}
}

// forgot takes in that a chat has come to a turn, which may be its erasure.
func (a *acked) forgot(chat int, turn uint64) {
	f := &a.forgetting[chat]
	if f.turn == 0 || turn < f.turn {
		return
	}
	before := func(name string) bool { // "chat:1/12/0" or "1/12"
		var of int
		var n uint64
		fmt.Sscanf(strings.TrimPrefix(name, "chat:"), "%d/%d", &of, &n)
		return of == chat && n < f.turn
	}
	for key, name := range a.rows {
		if before(name) {
			delete(a.rows, key)
			a.gone[key] = true
		}
	}
	a.kept[f.keep] = true // what an erasure kept, the next one keeps too
	for ref, name := range a.intakes {
		if before(name) && !a.kept[ref] {
			delete(a.intakes, ref)
			a.erased[ref] = true
		}
	}
	a.erasures++
	f.turn = 0
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
		a.forgot(chat, turn)
		for i, key := range []bot.OutKey{one, two} {
			if was, ok := a.rows[key]; ok || a.gone[key] {
				t.Errorf("outbox key %d is given twice, first to %s", key, was)
			}
			a.rows[key] = fmt.Sprintf("chat:%d/%d/%d", chat, turn, i)
		}
		if ref != "-" {
			if a.given[ref] {
				t.Errorf("%s is given twice", ref)
			}
			a.given[ref] = true
			a.intakes[ref] = fmt.Sprintf("%d/%d", chat, turn)
		}
	case scanLine(line, "forgetting %d %d %s", &chat, &turn, &ref):
		a.forgetting[chat].turn, a.forgetting[chat].keep = turn, ref
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
	var wake time.Time
	for chat, turn := range a.turns {
		c := mustLoad(t, s, fmt.Sprint("chat:", chat))
		if c.Turn < turn || c.Turn > turn+1 {
			t.Errorf("chat %d has turn %d, acknowledged %d", chat, c.Turn, turn)
		}
		a.turns[chat] = c.Turn // one may have been committed and not announced
		a.forgot(chat, c.Turn)
		a.forgetting[chat].turn = 0
		if at := testDay.Add(time.Duration(c.Turn) * time.Hour); c.Turn > 0 && (wake.IsZero() || at.Before(wake)) {
			wake = at
		}
	}
	if next, err := s.NextWake(t.Context()); err != nil || !next.Equal(wake) {
		t.Errorf("next wake %v, %v, want %v", next, err, wake)
	}
	if n := len(mustAudits(t, s)); n != a.erasures {
		t.Errorf("%d entries of the audit, %d erasures", n, a.erasures)
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
			continue
		}
		chat, _, _ := strings.Cut(want, "/")
		letter, err := s.File(t.Context(), bot.ChatKey("chat:"+chat), in.Files[0].ID)
		if err != nil || !bytes.Equal(letter, pdf(ref)) {
			t.Errorf("the letter of intake %s: %v", ref, err)
		}
	}
	for ref := range a.erased {
		if _, err := s.Intake(t.Context(), ref); !errors.Is(err, bot.ErrNotFound) {
			t.Errorf("intake %s is erased and there: %v", ref, err)
		}
	}
	for key := range a.gone {
		if at, ok := there[key]; ok {
			t.Errorf("row %d of %s is erased and there", key, at)
		}
	}
	if ref := s.TakeRef(2026); a.given[ref] {
		t.Errorf("%s is given again", ref)
	}
}

func TestWhatWasAcknowledgedOutlivesAnyKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "imrbot.db")
	a := newAcked()
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
	if a.erasures == 0 || len(a.erased) == 0 {
		t.Errorf("only %d erasures: the test tested little", a.erasures)
	}
	t.Logf("%d kills, %d acknowledged rows and %d erased ones, %d intakes and %d erased ones, %d erasures",
		rounds, len(a.rows), len(a.gone), len(a.intakes), len(a.erased), a.erasures)
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
