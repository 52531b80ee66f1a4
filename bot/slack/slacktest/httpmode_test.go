package slacktest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
)

// hook is an app of HTTP mode.
type hook struct {
	*httptest.Server
	mu     sync.Mutex
	got    []string // texts of events, "press NAME", "command NAME"
	heads  []http.Header
	answer func(n int, w http.ResponseWriter) // n counts from 1; nil answers 200
}

func newHook(t *testing.T, s *Server) *hook {
	h := &hook{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		check, err := slack.NewSecretsVerifier(r.Header, s.SigningSecret())
		if err == nil {
			check.Write(body)
			err = check.Ensure()
		}
		if err != nil {
			t.Errorf("signature: %v", err)
		}
		h.take(t, w, r, body)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) take(t *testing.T, w http.ResponseWriter, r *http.Request, body []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	switch {
	case r.Header.Get("Content-Type") == "application/json":
		ev, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
		if err != nil {
			t.Error(err)
			return
		}
		if ev.Type == slackevents.URLVerification {
			io.WriteString(w, ev.Data.(*slackevents.EventsAPIURLVerificationEvent).Challenge)
			return
		}
		h.got = append(h.got, ev.InnerEvent.Data.(*slackevents.MessageEvent).Text)
	case r.FormValue("payload") != "":
		var got slack.InteractionCallback
		if err := json.Unmarshal([]byte(r.FormValue("payload")), &got); err != nil {
			t.Error(err)
		}
		h.got = append(h.got, "press "+got.CallbackID)
	default:
		cmd, _ := slack.SlashCommandParse(r)
		h.got = append(h.got, "command "+cmd.Command)
	}
	h.heads = append(h.heads, r.Header)
	if h.answer != nil {
		h.answer(len(h.got), w)
	}
}

func TestHTTPModeSignsAnswersAndRetries(t *testing.T) {
	s := start(t, Quick())
	rosa := s.Staff("U1", "Rosa", true)
	h := newHook(t, s)
	if err := s.UseHTTP(within(t), h.URL); err != nil {
		t.Fatal(err)
	}
	h.answer = func(n int, w http.ResponseWriter) {
		switch n {
		case 2:
			w.WriteHeader(500)
		case 4:
			fmt.Fprint(w, `{"text":"two waiting"}`)
		}
	}
	rosa.Post(DeskChannel, "one")
	rosa.Post(DeskChannel, "two")
	if err := s.AwaitQuiet(within(t)); err != nil {
		t.Fatal(err)
	}
	if err := rosa.Slash("/imr", "queue").Await(within(t)); err != nil {
		t.Fatal(err)
	}
	if err := rosa.Shortcut("teach").Await(within(t)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(h.got, []string{"one", "two", "two", "command /imr", "press teach"}) {
		t.Errorf("got %v", h.got)
	}
	if head := h.heads[2]; head.Get("X-Slack-Retry-Num") != "1" || head.Get("X-Slack-Retry-Reason") != "http_error" {
		t.Errorf("headers of the retry %v", head)
	}
	if m := rosa.Ephemerals(); len(m) != 1 || m[0].Shown != "two waiting" {
		t.Errorf("shown %+v", m)
	}
}

func TestHTTPModeGivesUpAsToldOrAtTheEnd(t *testing.T) {
	s := start(t, Quick())
	rosa := s.Staff("U1", "Rosa", true)
	h := newHook(t, s)
	if err := s.UseHTTP(within(t), h.URL); err != nil {
		t.Fatal(err)
	}
	h.answer = func(n int, w http.ResponseWriter) {
		if n == 1 {
			w.Header().Set("X-Slack-No-Retry", "1")
		}
		w.WriteHeader(503)
	}
	rosa.Post(DeskChannel, "one")
	rosa.Post(DeskChannel, "two")
	if err := s.AwaitQuiet(within(t)); err != nil {
		t.Fatal(err)
	}
	f := s.Fates()
	if !f[0].Lost || f[0].Attempts != 1 || !f[1].Lost || f[1].Attempts != 4 {
		t.Errorf("fates %+v", f)
	}
	if d := s.Deliveries(); d[0].Ended != "status 503" || d[0].EnvelopeID != "" {
		t.Errorf("delivery %+v", d[0])
	}
}

func TestHTTPModeWaitsNoLongerThanForAnAck(t *testing.T) {
	o := Quick()
	o.AckTimeout = 100 * time.Millisecond
	s := start(t, o)
	rosa := s.Staff("U1", "Rosa", true)
	h := newHook(t, s)
	if err := s.UseHTTP(within(t), h.URL); err != nil {
		t.Fatal(err)
	}
	release := make(chan struct{})
	h.answer = func(n int, w http.ResponseWriter) {
		if n == 1 {
			h.mu.Unlock()
			<-release
			h.mu.Lock()
		}
	}
	rosa.Post(DeskChannel, "one")
	if err := s.AwaitQuiet(within(t)); err != nil {
		t.Fatal(err)
	}
	close(release)
	if d := s.Deliveries(); len(d) != 2 || d[0].Ended != "timeout" || d[1].Ended != "acked" {
		t.Errorf("deliveries %+v", d)
	}
	if got := h.heads[1].Get("X-Slack-Retry-Reason"); got != "http_timeout" {
		t.Errorf("reason %q", got)
	}
}

func TestURLThatDoesNotAnswerTheChallengeIsRefused(t *testing.T) {
	s := start(t, Quick())
	deaf := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	t.Cleanup(deaf.Close)
	if err := s.UseHTTP(within(t), deaf.URL); err == nil {
		t.Error("taken")
	}
	if err := s.UseHTTP(within(t), "http://127.0.0.1:1/"); err == nil {
		t.Error("taken")
	}
	a := connect(t, s) // still in Socket Mode
	s.Staff("U1", "Rosa", true).Post(DeskChannel, "one")
	a.take(t)
}

func TestSignatureIsThatOfSlacksDocumentation(t *testing.T) {
	body := "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	got := Sign("8f742231b10e8888abcd99yyyzzz85a5", time.Unix(1531420618, 0), []byte(body))
	if got != "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503" {
		t.Error(got)
	}
}
