package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"imrbot/bot/export"
	"imrbot/bot/handoff"
	"imrbot/dialog"
)

const handoffSecret = "a secret for the tests only"

// operatorSystem takes each message once by its key, and fails at a share of the
// calls: before it has the message, and after.
type operatorSystem struct {
	t      *testing.T
	schema *jsonschema.Schema

	mu      sync.Mutex
	rng     *rand.Rand
	rate    float64
	keys    map[string]string        // the reference that came under each key
	intakes map[string]dialog.Intake // by reference, the latest
	kills   int                      // so many messages are answered by a wish for a kill
	kill    chan struct{}
	calls   int
	failed  int
	again   int
}

func newOperatorSystem(t *testing.T, seed uint64, rate float64) (*operatorSystem, string) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(export.HandoffSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("handoff", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("handoff")
	if err != nil {
		t.Fatal(err)
	}
	o := &operatorSystem{t: t, schema: schema, rng: rand.New(rand.NewPCG(seed, 2)), rate: rate, keys: map[string]string{}, intakes: map[string]dialog.Intake{},
		kills: 3, kill: make(chan struct{}, 3)}
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	return o, server.URL + "/cases?token=of-the-address"
}

func (o *operatorSystem) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // a kill in the middle of a call
	}
	hangUp := func() {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			conn.Close()
		}
	}
	switch o.decide(r, body) {
	case busy:
		w.WriteHeader(http.StatusServiceUnavailable)
	case tooSoon:
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
	case silent, takenSilent:
		hangUp()
	case takenKilled:
		o.kill <- struct{}{}
		<-r.Context().Done() // the one that called us is dead
	case takenBusy:
		w.WriteHeader(http.StatusInternalServerError)
	case notSigned:
		w.WriteHeader(http.StatusUnauthorized)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// What an operatorSystem does to a call; from taken on it has the message.
const (
	busy = iota
	tooSoon
	silent
	takenSilent
	takenBusy
	takenKilled
	taken
	notSigned
)

// decide draws what becomes of a call, and takes the message if it is to.
func (o *operatorSystem) decide(r *http.Request, body []byte) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls++
	fate := taken
	if o.rng.Float64() < o.rate {
		fate = o.rng.IntN(takenKilled)
		o.failed++
	} else if o.kills > 0 {
		fate = takenKilled
		o.kills--
	}
	if fate >= takenSilent && !o.take(r, body) {
		return notSigned
	}
	return fate
}

// take keeps one message, and fails the test when it is not as promised.
func (o *operatorSystem) take(r *http.Request, body []byte) bool {
	err := handoff.Verify(handoffSecret, r.Header.Get(handoff.HeaderTimestamp), body, r.Header.Get(handoff.HeaderSignature), time.Minute, time.Now())
	if err != nil {
		o.t.Errorf("a message is not signed: %v", err)
		return false
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = o.schema.Validate(value)
	}
	var m struct {
		Event  string
		Intake dialog.Intake
	}
	if err == nil {
		err = json.Unmarshal(body, &m)
	}
	if err != nil {
		o.t.Errorf("a message is not as its schema says: %v", err)
		return true
	}
	key := r.Header.Get(handoff.HeaderKey)
	if ref, known := o.keys[key]; known {
		o.again++
		if ref != m.Intake.Ref {
			o.t.Errorf("key %s came for %s and for %s", key, ref, m.Intake.Ref)
		}
		return true
	}
	o.keys[key] = m.Intake.Ref
	if m.Event != handoff.Ping {
		o.intakes[m.Intake.Ref] = m.Intake
	}
	return true
}

// await waits until so many intakes have come.
func (o *operatorSystem) await(ctx context.Context, n int) {
	for ctx.Err() == nil && !o.t.Failed() {
		o.mu.Lock()
		have := len(o.intakes)
		o.mu.Unlock()
		if have >= n {
			return
		}
		<-time.After(50 * time.Millisecond)
	}
}
