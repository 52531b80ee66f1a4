package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"imrbot/bot/bolt"
	"imrbot/bot/telegram/telegramtest"
	"imrbot/cmd/imrbot/config"
	"imrbot/dialog"
)

// These tests run the real program against a Bot API server of our own.

var (
	enrolleesFlag = flag.Int("enrollees", 12, "enrollees of the tests against the Bot API server; each sends 13 messages")
	seedFlag      = flag.Uint64("seed", 0, "seed of these tests; 0 draws one")
)

// testSeed returns the seed of a test and prints it.
func testSeed(t *testing.T) uint64 {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d (again with -seed %d)", seed, seed)
	return seed
}

// theBot is the real program, started and killed.
type theBot struct {
	t    testing.TB
	env  []string
	args []string
	cmd  *exec.Cmd
	dir  string
	log  logBuffer
}

// logBuffer holds what the program wrote: in memory, for a program whose files
// are limited must still be heard.
type logBuffer struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

// newBot prepares a program that serves the server; it is not started yet.
func newBot(t testing.TB, server *telegramtest.Server, env ...string) *theBot {
	t.Helper()
	dir := t.TempDir()
	cache, err := trained()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, readerFile), cache, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	b := &theBot{t: t, dir: dir, args: []string{"run"}}
	b.env = append([]string{
		"IMRBOT_TELEGRAM_TOKEN=" + server.Token(), "IMRBOT_TELEGRAM_API_URL=" + server.URL(),
		"IMRBOT_STORE_PATH=" + b.store(), "IMRBOT_HTTP_LISTEN=", "IMRBOT_LOG_LEVEL=debug",
	}, env...)
	t.Cleanup(func() {
		b.kill()
		if t.Failed() {
			t.Logf("the program's log ends:\n%s", lastLines(b.logged(), 25))
		}
	})
	return b
}

func (b *theBot) store() string { return filepath.Join(b.dir, storeFile) }

func (b *theBot) start() {
	b.t.Helper()
	b.cmd = program(b.t, b.args...)
	b.cmd.Env = append(b.cmd.Env, b.env...)
	b.cmd.Stdout, b.cmd.Stderr = &b.log, &b.log
	if err := b.cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
}

// kill ends the program at once.
func (b *theBot) kill() {
	if b.cmd != nil {
		_ = b.cmd.Process.Kill()
		_ = b.cmd.Wait()
		b.cmd = nil
	}
}

// stop asks the program to stop, and fails the test when it does not end well.
func (b *theBot) stop() {
	b.t.Helper()
	_ = b.cmd.Process.Signal(os.Interrupt)
	if err := b.cmd.Wait(); err != nil {
		b.t.Errorf("the program ended with %v", err)
	}
	b.cmd = nil
}

func (b *theBot) logged() string {
	b.log.mu.Lock()
	defer b.log.mu.Unlock()
	return b.log.all.String()
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// walkToADraft is what an enrollee does: "[value]" presses a button, "!photo"
// sends a photograph, everything else is typed. Each waits for what the one
// before it was answered with.
var walkToADraft = []string{"/start", "[file]", "[agree]", "me", "they said no", "!photo", "no", "something else",
	"not medically necessary", "skip", "none", "none", "none"}

// enrollee walks one enrollee through the lines of a walk, each of which is
// answered with so many messages.
func enrollee(ctx context.Context, user *telegramtest.User, walk []string, answers []int) error {
	seen := 0
	for i, line := range walk {
		if err := act(user, line); err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
		want := seen + answers[i]
		_, err := user.Await(ctx, func([]telegramtest.Message) bool { return len(told(user)) >= want })
		if err != nil {
			return fmt.Errorf("%q: %d of %d messages: %w", line, len(told(user))-seen, answers[i], err)
		}
		seen = want
	}
	return nil
}

// photo is the photograph that enrollees send.
var photo = append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 3000)...)

func act(user *telegramtest.User, line string) error {
	switch {
	case line == "!photo":
		user.SendPhoto(photo)
	case strings.HasPrefix(line, "["):
		value := strings.Trim(line, "[]")
		replies := user.Replies()
		for i := len(replies) - 1; i >= 0; i-- {
			for _, row := range replies[i].Buttons {
				for _, b := range row {
					if strings.HasSuffix(b.Data, " "+value) {
						_, err := user.Press(replies[i].ID, b.Data)
						return err
					}
				}
			}
		}
		return fmt.Errorf("no button")
	default:
		user.Say(line)
	}
	return nil
}

var refs = regexp.MustCompile(`A-\d{4}-\d{6}`)

// told is what the bot said to a user, without what is each enrollee's own, and
// without files and a message that came twice in a row.
func told(user *telegramtest.User) []string {
	var texts []string
	for _, m := range user.Replies() {
		if m.Kind == "document" {
			continue
		}
		text := refs.ReplaceAllString(m.Text, "A-YYYY-NNNNNN")
		if n := len(texts); n == 0 || texts[n-1] != text {
			texts = append(texts, text)
		}
	}
	return texts
}

// reference walks one enrollee with nothing failing, and returns what they are
// told, and how many messages answer each line.
func reference(t *testing.T, walk []string, lang string) (texts []string, answers []int) {
	t.Helper()
	interview, err := loadInterview(&config.Config{})
	if err != nil {
		t.Fatal(err)
	}
	reader, err := openReader(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	day, err := legalDay("")
	if err != nil {
		t.Fatal(err)
	}
	var state dialog.State
	node := ""
	for i, line := range walk {
		head := dialog.Head{At: time.Now(), Today: day(time.Now()), Ref: "A-2026-000001", Message: fmt.Sprint(i)}
		var ev dialog.Event
		switch {
		case line == "/start":
			ev = dialog.Started{Head: head, Lang: lang}
		case line == "!photo":
			ev = dialog.Sent{Head: head, File: dialog.File{ID: "1"}}
		case strings.HasPrefix(line, "["):
			ev = dialog.Pressed{Head: head, Node: node, Value: strings.Trim(line, "[]")}
		default:
			ev = dialog.Said{Head: head, Text: line, Reading: reader.Read(line, lang)}
		}
		var effects []dialog.Effect
		state, effects = interview.Step(state, ev)
		before := len(texts)
		for _, effect := range effects {
			if say, ok := effect.(dialog.Say); ok {
				text := refs.ReplaceAllString(say.Text, "A-YYYY-NNNNNN")
				if n := len(texts); n == 0 || texts[n-1] != text {
					texts = append(texts, text)
				}
				node = say.Node
			}
		}
		answers = append(answers, len(texts)-before)
	}
	return texts, answers
}

// everyone walks all enrollees at once and checks that each was told what is
// right, in order.
func everyone(t *testing.T, server *telegramtest.Server, patience time.Duration) {
	t.Helper()
	want, answers := reference(t, walkToADraft, "en")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var wg sync.WaitGroup
	for i := range *enrolleesFlag {
		wg.Go(func() {
			user := server.User(int64(7771000+i), "en")
			if err := enrollee(ctx, user, walkToADraft, answers); err != nil {
				t.Errorf("enrollee %d: %v", i, err)
				return
			}
			if got := told(user); !slices.Equal(got, want) {
				t.Errorf("enrollee %d was told %d messages, want %d; the first that differs: %s", i, len(got), len(want), firstOther(got, want))
			}
		})
	}
	wg.Wait()
	if err := server.AwaitConfirmed(ctx); err != nil {
		t.Errorf("updates are left that were not confirmed: %v", err)
	}
}

func firstOther(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("number %d\n%s\nwant\n%s", i, got[i], want[i])
		}
	}
	return "one is longer"
}

// oneIntakeEach checks that the store holds one draft and one file for each
// enrollee, and is whole.
func oneIntakeEach(t *testing.T, path string) {
	t.Helper()
	store, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	intakes, letters := 0, 0
	err = store.Intakes(t.Context(), func(in dialog.Intake) error {
		intakes++
		letters += len(in.Files)
		return nil
	})
	if err != nil || intakes != *enrolleesFlag || letters != *enrolleesFlag {
		t.Errorf("%d intakes with %d letters, %v; want %d of each", intakes, letters, err, *enrolleesFlag)
	}
	if err := store.Check(t.Context()); err != nil {
		t.Errorf("the store is not whole: %v", err)
	}
	if n, err := store.Waiting(); err != nil || n != 0 {
		t.Errorf("%d messages wait, %v", n, err)
	}
}

func newServer(t testing.TB, opt telegramtest.Options) *telegramtest.Server {
	t.Helper()
	server, err := telegramtest.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server
}

func TestAKillAtAnyMomentLosesAndDoublesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute of kills; left out with -short")
	}
	for _, mode := range []string{"polling", "webhook"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			seed := testSeed(t)
			rng := rand.New(rand.NewPCG(seed, 1))
			server := newServer(t, telegramtest.Quick())
			b := newBot(t, server, modeEnv(t, mode)...)
			done := make(chan struct{})
			var kills []time.Time
			var killing sync.WaitGroup
			b.start()
			killing.Go(func() {
				for {
					select {
					case <-done:
						return
					case <-time.After(400*time.Millisecond + time.Duration(rng.Int64N(int64(1500*time.Millisecond)))):
						b.kill()
						kills = append(kills, time.Now())
						b.start()
					}
				}
			})
			everyone(t, server, 10*time.Minute)
			close(done)
			killing.Wait()
			settle(t, server, b)
			b.stop()
			oneIntakeEach(t, b.store())
			again := sentAgain(server)
			t.Logf("%d messages, %d kills, %d sent again", *enrolleesFlag*len(walkToADraft), len(kills), len(again))
			for _, pair := range again {
				killed := func(k time.Time) bool { return k.After(pair[0].At) && k.Before(pair[1].At) }
				if !slices.ContainsFunc(kills, killed) {
					t.Errorf("a message was sent twice without a kill between: calls %d and %d", pair[0].Seq, pair[1].Seq)
				}
			}
		})
	}
}

// settle waits until nothing is under way any more: every row is out.
func settle(t *testing.T, server *telegramtest.Server, b *theBot) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	quiet := server.Counters().Sent
	for ctx.Err() == nil {
		<-time.After(2500 * time.Millisecond)
		if now := server.Counters().Sent; now == quiet {
			return
		} else {
			quiet = now
		}
	}
	t.Error("the bot does not come to rest")
}

// sentAgain returns the calls that brought an enrollee the same message twice
// with none between. A question that is asked again later is no double.
func sentAgain(server *telegramtest.Server) [][2]telegramtest.Call {
	last := map[int64]telegramtest.Call{}
	var pairs [][2]telegramtest.Call
	for _, call := range server.Journal() {
		if call.Method != "sendMessage" || !call.WasApplied() {
			continue
		}
		if before, ok := last[call.Chat]; ok && before.Body == call.Body {
			pairs = append(pairs, [2]telegramtest.Call{before, call})
		}
		last[call.Chat] = call
	}
	return pairs
}

// freeAddress is an address of this machine that nothing listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// modeEnv is the environment for polling, or for a webhook on a free port.
func modeEnv(t *testing.T, mode string) []string {
	if mode == "polling" {
		return nil
	}
	address := freeAddress(t)
	return []string{
		"IMRBOT_TELEGRAM_MODE=webhook", "IMRBOT_TELEGRAM_WEBHOOK_URL=http://" + address + "/telegram",
		"IMRBOT_TELEGRAM_WEBHOOK_SECRET=a-secret-of-the-test", "IMRBOT_HTTP_LISTEN=" + address,
	}
}

func TestWithThirtyPercentOfCallsFailingEveryConversationEndsRight(t *testing.T) {
	t.Parallel()
	seed := testSeed(t)
	server := newServer(t, telegramtest.Quick())
	server.SetFaults(telegramtest.Faults{Seed: seed, Rate: 0.3, Methods: []string{"sendMessage", "getUpdates", "getFile", "file", "editMessageReplyMarkup", "answerCallbackQuery"}})
	b := newBot(t, server)
	b.start()
	everyone(t, server, 5*time.Minute)
	settle(t, server, b)
	b.stop()
	oneIntakeEach(t, b.store())
	if v := server.Violations(); len(v) > 0 {
		t.Errorf("%d messages came too fast, the first %v early by the rule %q", len(v), v[0].Early, v[0].Rule)
	}
	for _, pair := range sentAgain(server) {
		if o := pair[0].Outcome; o != telegramtest.ResetAfterApply && o != telegramtest.BodyCut {
			t.Errorf("a message was sent again although its call %d was %s", pair[0].Seq, o)
		}
	}
	t.Logf("%v", server.Counters().Faults)
	nothingPersonal(t, b, server)
}

// nothingPersonal checks that the log holds no words, no names and no token.
func nothingPersonal(t *testing.T, b *theBot, server *telegramtest.Server) {
	t.Helper()
	log := b.logged()
	for _, secret := range []string{server.Token(), "they said no", "something else", "medically", "7771", "Before we start"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
