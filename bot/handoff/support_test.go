package handoff_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"imrbot/bot"
	"imrbot/bot/export"
	"imrbot/bot/handoff"
	"imrbot/dialog"
)

const secret = "a secret of sixteen or more"

var day = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// shelf holds intakes by their references.
type shelf map[string]dialog.Intake

func (s shelf) Intake(_ context.Context, ref string) (dialog.Intake, error) {
	in, ok := s[ref]
	if !ok {
		return in, bot.ErrNotFound
	}
	return in, nil
}

func text(s string) *string { return &s }

// sample is an intake with what can go wrong on the way: accents, quotes, angle
// brackets, a line break, a long text.
func sample(ref string) dialog.Intake {
	var verdict dialog.Verdict
	err := json.Unmarshal([]byte(`{"outcome":"imr","then":"","rule":"necessity-decided","urgent":false,"file_by":"2026-10-15","safe_by":null,"file_from":null,
		"hearing_by":null,"late":false,"contacts":[{"name":"Help Center","phone":"1-888-466-2219"}],"because":[{"fact":"decision_date","value":"2026-04-15"}],"sources":[]}`), &verdict)
	if err != nil {
		panic(err)
	}
	return dialog.Intake{
		Ref: ref, Status: "with-team", Created: day, Language: "es",
		Facts: map[string]*string{"coverage": text("employer"), "decision_date": text("2026-04-15"), "denial_date": nil},
		Form: map[string]*string{"last_name": text("Ñandú \"O'Higgins\" <b>&amp;</b>"), "middle_initial": nil,
			"story": text("Me caí.\nNo puedo… " + string(bytes.Repeat([]byte("dolor "), 1500)))},
		Files:   []dialog.File{{ID: "f1", Name: "carta del plan.pdf", Type: "application/pdf", Size: 1234}},
		Verdict: verdict,
	}
}

func rowOf(n int, key, ref string) bot.Outgoing {
	return bot.Outgoing{Key: bot.OutKey(n), Chat: "telegram:1", Handoff: &bot.Handoff{Key: key, Ref: ref, Event: bot.HandoffSubmitted, At: day}}
}

// call is what a receiver was sent.
type call struct {
	method string
	header http.Header
	body   []byte
}

// receiver notes each call and answers as it is told.
type receiver struct {
	mu     sync.Mutex
	calls  []call
	answer http.HandlerFunc // nil: 204
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.calls = append(r.calls, call{req.Method, req.Header.Clone(), body})
	answer := r.answer
	r.mu.Unlock()
	if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answer(w, req)
}

func (r *receiver) all() []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]call(nil), r.calls...)
}

// open starts a receiver and returns it and a Webhook that calls it.
func open(t *testing.T, cfg handoff.Config) (*receiver, *handoff.Webhook) {
	t.Helper()
	r := &receiver{}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	cfg.URL, cfg.Secret = server.URL+"/hook?token=hidden", secret
	if cfg.Intakes == nil {
		cfg.Intakes = shelf{"A-2026-000001": sample("A-2026-000001")}
	}
	w, err := handoff.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r, w
}

// schema is the published schema, ready to judge; it judges the formats too.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(export.HandoffSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("urn:imrbot:schema:handoff:1", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("urn:imrbot:schema:handoff:1")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func judge(t *testing.T, s *jsonschema.Schema, body []byte) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value)
}
