package handoff_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"imrbot/bot"
	"imrbot/bot/bolt"
	"imrbot/bot/handoff"
	"imrbot/dialog"
)

// caseSystem is a receiver in memory, for a bubble: it believes only what is
// signed, and takes every key once.
type caseSystem struct {
	mu     sync.Mutex
	t      *testing.T
	up     time.Time // nobody answers before
	rng    *rand.Rand
	keys   []string // in the order in which they were first taken
	cases  map[string]dialog.Intake
	refuse string // the key that is refused for good
	calls  int
	again  int
}

// taken is what a receiver has seen so far.
type taken struct {
	keys         []string
	cases        map[string]dialog.Intake
	calls, again int
}

func (c *caseSystem) view() taken {
	c.mu.Lock()
	defer c.mu.Unlock()
	return taken{slices.Clone(c.keys), maps.Clone(c.cases), c.calls, c.again}
}

var errDown = errors.New("nobody there")

// RoundTrip answers one call; a third of them fail before or after the message is
// taken.
func (c *caseSystem) RoundTrip(req *http.Request) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	if time.Now().Before(c.up) {
		return nil, errDown
	}
	fault := c.rng.IntN(6)
	if fault == 0 {
		return answer(http.StatusServiceUnavailable), nil
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if err := handoff.Verify(secret, req.Header.Get(handoff.HeaderTimestamp), body, req.Header.Get(handoff.HeaderSignature), time.Minute, time.Now()); err != nil {
		c.t.Errorf("a message that is not signed: %v", err)
		return answer(http.StatusUnauthorized), nil
	}
	var m struct {
		Key    string
		Intake dialog.Intake
	}
	if err := json.Unmarshal(body, &m); err != nil {
		c.t.Error(err)
	}
	key := req.Header.Get(handoff.HeaderKey)
	switch {
	case m.Key != key:
		c.t.Errorf("key %q in the body, %q in the header", m.Key, key)
	case key == c.refuse:
		return answer(http.StatusUnprocessableEntity), nil
	case slices.Contains(c.keys, key):
		c.again++
	default:
		c.keys = append(c.keys, key)
		c.cases[m.Intake.Ref] = m.Intake
	}
	if fault == 1 {
		return nil, io.ErrUnexpectedEOF // taken, and our answer got lost
	}
	return answer(http.StatusOK), nil
}

func answer(status int) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}
}

// running is a store with a sender at work, in a bubble.
type running struct {
	t      *testing.T
	path   string
	system *caseSystem
	log    bytes.Buffer
	store  *bolt.Store
	sender *bot.Sender
	stop   func()
}

func (r *running) start() {
	r.t.Helper()
	store, err := bolt.Open(r.path, bolt.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	w, err := handoff.New(handoff.Config{URL: "https://cases.example.org/", Secret: secret, Intakes: store, Transport: r.system})
	if err != nil {
		r.t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(&r.log, nil))
	sender := bot.NewSender(bot.SenderConfig{Outbox: store, Channels: w.Channels(), Log: log})
	if err := sender.Load(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan struct{})
	go func() { sender.Run(ctx); close(done) }()
	r.store, r.sender = store, sender
	r.stop = func() {
		cancel()
		<-done
		if err := store.Check(context.Background()); err != nil {
			r.t.Errorf("the store is not whole: %v", err)
		}
		if err := store.Close(); err != nil {
			r.t.Error(err)
		}
	}
}

// submit commits a turn that hands one intake in, and returns the news' key.
func (r *running) submit(chat string, event bot.HandoffEvent, in dialog.Intake) string {
	r.t.Helper()
	conv, err := r.store.Load(r.t.Context(), bot.ChatKey(chat))
	if err != nil {
		r.t.Fatal(err)
	}
	key := fmt.Sprintf("KEY%023d", conv.Turn) + strings.ToUpper(chat)
	turn := bot.Turn{Chat: bot.ChatKey(chat), Key: bot.InKey(key), At: time.Now(), After: conv.Turn, State: dialog.State{Lang: "es", Last: time.Now()}, Intakes: []dialog.Intake{in},
		Rows: []bot.Outgoing{{Chat: bot.ChatKey(chat), Handoff: &bot.Handoff{Key: key, Ref: in.Ref, Event: event, At: time.Now()}}}}
	keys, err := r.store.Commit(r.t.Context(), turn)
	if err != nil {
		r.t.Fatal(err)
	}
	turn.Rows[0].Key = keys[0]
	r.sender.Add(turn.Rows)
	return key
}

func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestAReceiverDownForTwoDaysGetsEveryIntakeInOrderOnceByKeyOverRestarts(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	path := filepath.Join(t.TempDir(), "s.db")
	synctest.Test(t, func(t *testing.T) {
		up := time.Now().Add(48 * time.Hour)
		system := &caseSystem{t: t, up: up, rng: rand.New(rand.NewPCG(seed, 0)), cases: map[string]dialog.Intake{}}
		r := &running{t: t, path: path, system: system}
		r.start()
		var want []string
		for hour := range 47 {
			ref := fmt.Sprintf("A-2026-%06d", hour/2+1)
			in, event, chat := sample(ref), bot.HandoffSubmitted, fmt.Sprint("telegram:", hour/2)
			if hour%2 == 1 { // an answer is changed while the first news waits
				event, in.Form["story"] = bot.HandoffChanged, text(fmt.Sprint("cambié ", hour))
			}
			want = append(want, r.submit(chat, event, in))
			if hour == 20 {
				system.mu.Lock()
				system.refuse = want[20]
				system.mu.Unlock()
			}
			pass(time.Hour)
			if hour%9 == 8 {
				r.stop()
				r.start()
			}
		}
		if len(system.view().keys) != 0 || system.view().calls < 500 {
			t.Errorf("%d taken after %d calls while nobody was there", len(system.view().keys), system.view().calls)
		}
		pass(3 * time.Hour)
		refused := want[20]
		want = slices.Delete(want, 20, 21)
		if !slices.Equal(system.view().keys, want) {
			t.Errorf("taken\n%q, want\n%q", system.view().keys, want)
		}
		// What was given up holds up nothing, and comes when it is replayed.
		var dead []bolt.DeadRow
		if err := r.store.DeadRows(t.Context(), func(d bolt.DeadRow) error { dead = append(dead, d); return nil }); err != nil {
			t.Fatal(err)
		}
		if len(dead) != 1 || dead[0].Row.Handoff.Key != refused || dead[0].Reason != "the receiver answered with status 422" {
			t.Fatalf("given up: %+v", dead)
		}
		system.mu.Lock()
		system.refuse = ""
		system.mu.Unlock()
		row, err := r.store.Revive(t.Context(), dead[0].Number)
		if err != nil {
			t.Fatal(err)
		}
		r.sender.Add([]bot.Outgoing{row})
		pass(time.Hour)
		if got := system.view().keys[len(system.view().keys)-1]; got != refused {
			t.Errorf("last came %q, want what was replayed, under the key it had", got)
		}
		if n, err := r.store.Waiting(); n != 0 || err != nil {
			t.Errorf("%d wait, %v", n, err)
		}
		for i := range 24 {
			ref := fmt.Sprintf("A-2026-%06d", i+1)
			stored, err := r.store.Intake(t.Context(), ref)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := asJSON(t, system.view().cases[ref]), asJSON(t, stored); got != want {
				t.Errorf("%s came as\n%s\nwant\n%s", ref, got, want)
			}
		}
		r.stop()
		t.Logf("%d calls, %d news taken, %d of them again", system.view().calls, len(system.view().keys), system.view().again)
		nothingPersonal(t, r.log.String())
	})
}

func TestANewsOfAnErasedIntakeIsGivenUpAndTheNextOneLeaves(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	synctest.Test(t, func(t *testing.T) {
		system := &caseSystem{t: t, up: time.Now().Add(time.Hour), rng: rand.New(rand.NewPCG(1, 0)), cases: map[string]dialog.Intake{}}
		r := &running{t: t, path: path, system: system}
		r.start()
		old := sample("A-2026-000001")
		old.Created = time.Now().Add(-1000 * time.Hour)
		r.submit("telegram:1", bot.HandoffSubmitted, old)
		next := sample("A-2026-000002")
		next.Created = time.Now()
		want := r.submit("telegram:2", bot.HandoffSubmitted, next)
		if _, n, err := r.store.Expire(t.Context(), time.Time{}, time.Now().Add(-time.Hour)); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		pass(3 * time.Hour)
		if !slices.Equal(system.view().keys, []string{want}) {
			t.Errorf("taken %q, want %q", system.view().keys, want)
		}
		if dead, err := r.store.Dead(t.Context()); dead["the intake was erased"] != 1 || err != nil {
			t.Errorf("%v, %v", dead, err)
		}
		r.stop()
	})
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// nothingPersonal checks that a log holds neither words nor secrets.
func nothingPersonal(t *testing.T, log string) {
	t.Helper()
	if log == "" {
		t.Error("nothing was logged")
	}
	for _, word := range []string{"Ñandú", "Hig", "caí", "dolor", "cambié", "carta", secret, "cases.example.org", "KEY0"} {
		if strings.Contains(log, word) {
			t.Errorf("the log holds %q", word)
		}
	}
}
