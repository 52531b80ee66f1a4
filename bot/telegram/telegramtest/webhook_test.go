package telegramtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// hook is a bot's webhook that records what arrives.
type hook struct {
	*httptest.Server
	mu      sync.Mutex
	got     []seenUpdate
	secrets []string
	times   []time.Time
	came    chan struct{}
}

// newHook answers the n-th delivery (from 0) with what status says.
func newHook(t *testing.T, status func(n int, u seenUpdate) int) *hook {
	h := &hook{came: make(chan struct{}, 1000)}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var u seenUpdate
		if err := json.Unmarshal(body, &u); err != nil {
			t.Errorf("webhook body %s: %v", body, err)
		}
		h.mu.Lock()
		n := len(h.got)
		h.got = append(h.got, u)
		h.secrets = append(h.secrets, r.Header.Get("X-Telegram-Bot-Api-Secret-Token"))
		h.times = append(h.times, time.Now())
		h.mu.Unlock()
		code := status(n, u)
		w.WriteHeader(code)
		h.came <- struct{}{}
	}))
	t.Cleanup(h.Server.Close)
	return h
}

func (h *hook) ids() []int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return ids(h.got)
}

func awaitEmpty(t *testing.T, s *Server) {
	t.Helper()
	if err := s.AwaitConfirmed(within(t)); err != nil {
		t.Fatalf("still pending: %v", s.PendingIDs())
	}
}

func TestTheWebhookIsRetriedInOrderUntil2xx(t *testing.T) {
	s := start(t, Quick())
	h := newHook(t, func(n int, u seenUpdate) int {
		if n < 3 {
			return 503
		}
		return 204
	})
	must(t, s, "setWebhook", fields{"url": h.URL + "/telegram", "secret_token": "s3cret_-"})
	u := s.User(1, "es")
	first := s.NextUpdateID()
	for range 3 {
		u.Say("x")
	}
	awaitEmpty(t, s)
	want := []int64{first, first, first, first, first + 1, first + 2}
	if got := h.ids(); !slices.Equal(got, want) {
		t.Errorf("delivered %v, want %v", got, want)
	}
	if i := slices.IndexFunc(h.secrets, func(s string) bool { return s != "s3cret_-" }); i >= 0 {
		t.Errorf("secret %q", h.secrets[i])
	}
	// The first retry comes at once, then waits grow: 2, then 4 times the least.
	for i, least := range []time.Duration{0, 2 * s.opt.WebhookRetryMin, 4 * s.opt.WebhookRetryMin} {
		if gap := h.times[i+1].Sub(h.times[i]); gap < least {
			t.Errorf("retry %d after %v, want at least %v", i+1, gap, least)
		}
	}
	for _, c := range s.Confirmations() {
		if c.By != "webhook" {
			t.Errorf("confirmation %+v", c)
		}
	}
	var info struct {
		URL     string `json:"url"`
		Pending int    `json:"pending_update_count"`
		Error   string `json:"last_error_message"`
		Date    int64  `json:"last_error_date"`
		Max     int    `json:"max_connections"`
	}
	json.Unmarshal(must(t, s, "getWebhookInfo", nil).Result, &info)
	if info.URL != h.URL+"/telegram" || info.Pending != 0 || info.Date == 0 || info.Max != 40 ||
		info.Error != "Wrong response from the webhook: 503 Service Unavailable" {
		t.Errorf("info %+v", info)
	}
}

func TestAFailingChatDoesNotHoldUpAnother(t *testing.T) {
	s := start(t, Quick())
	open := make(chan struct{})
	h := newHook(t, func(n int, u seenUpdate) int {
		if u.Message.Chat.ID == 1 {
			select {
			case <-open:
			default:
				return 500
			}
		}
		return 200
	})
	must(t, s, "setWebhook", fields{"url": h.URL, "max_connections": 1})
	a, b := s.User(1, "es"), s.User(2, "es")
	a.Say("stuck")
	b.Say("through")
	if err := s.Await(within(t), func() bool { return len(s.PendingIDs()) == 1 }); err != nil {
		t.Fatal("the other chat was held up")
	}
	close(open)
	awaitEmpty(t, s)
}

func TestNoMoreDeliveriesAtOnceThanConnections(t *testing.T) {
	s := start(t, Quick())
	var mu sync.Mutex
	now, most := 0, 0
	three := make(chan struct{})
	h := newHook(t, func(int, seenUpdate) int {
		mu.Lock()
		now++
		most = max(most, now)
		if now == 3 {
			select {
			case <-three:
			default:
				close(three)
			}
		}
		mu.Unlock()
		<-three
		mu.Lock()
		now--
		mu.Unlock()
		return 200
	})
	for i := range 12 {
		s.User(int64(i+1), "en").Say("x")
	}
	must(t, s, "setWebhook", fields{"url": h.URL, "max_connections": 3})
	awaitEmpty(t, s)
	if most != 3 {
		t.Errorf("%d at once, want 3", most)
	}
}

func TestALostAnswerDeliversTwice(t *testing.T) {
	s := start(t, Quick())
	h := newHook(t, func(int, seenUpdate) int { return 200 })
	must(t, s, "setWebhook", fields{"url": h.URL})
	s.Inject(Fault{Kind: ResetBefore, Method: "webhook"}, Fault{Kind: ResetAfter, Method: "webhook"})
	first := s.NextUpdateID()
	s.User(1, "en").Say("x")
	awaitEmpty(t, s)
	if got, want := h.ids(), []int64{first, first}; !slices.Equal(got, want) {
		t.Errorf("delivered %v, want %v", got, want)
	}
}

func TestWhatAWebhookDidNotTakeIsThereForPolling(t *testing.T) {
	s := start(t, Quick())
	h := newHook(t, func(int, seenUpdate) int { return 401 })
	must(t, s, "setWebhook", fields{"url": h.URL})
	s.User(1, "en").Say("x")
	<-h.came
	r := must(t, s, "deleteWebhook", nil)
	if r.Description != "Webhook was deleted" {
		t.Errorf("note %q", r.Description)
	}
	if got := updates(t, s, nil); len(got) != 1 {
		t.Errorf("got %+v", got)
	}
	must(t, s, "setWebhook", fields{"url": "http://127.0.0.1:1", "drop_pending_updates": true})
	if c := s.Confirmations(); len(c) != 1 || c[0].By != "dropped" {
		t.Errorf("confirmations %+v", c)
	}
}

func TestAPressIsInAnotherLaneThanMessages(t *testing.T) {
	s := start(t, Quick())
	open := make(chan struct{})
	pressed := make(chan struct{})
	h := newHook(t, func(n int, u seenUpdate) int {
		if u.Query != nil {
			close(pressed)
			return 200
		}
		<-open
		return 200
	})
	u := s.User(1, "en")
	u.Say("/start")
	updates(t, s, fields{"offset": s.NextUpdateID()})
	sent(t, s, fields{"chat_id": 1, "text": "?", "reply_markup": inline("yes")})
	must(t, s, "setWebhook", fields{"url": h.URL})
	u.Say("typed first")
	if _, err := u.Press(0, "yes"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-pressed:
	case <-within(t).Done():
		t.Error("the press waits behind the message")
	}
	close(open)
	awaitEmpty(t, s)
}

func TestBadWebhooksAreRefused(t *testing.T) {
	s := start(t, Quick())
	for _, c := range []struct {
		f   fields
		why string
	}{
		{fields{"url": "ftp://example.com"}, "Bad Request: invalid webhook URL specified"},
		{fields{"url": "https://example.com", "secret_token": "no spaces"}, "Bad Request: secret token contains unallowed characters"},
		{fields{"url": "https://example.com", "secret_token": strings.Repeat("x", 257)}, "Bad Request: secret token is too long"},
	} {
		refused(t, s, "setWebhook", c.f, 400, c.why)
	}
}

func TestRetriesWaitLongerAndLonger(t *testing.T) {
	s := start(t, Options{Seed: 1})
	for _, c := range []struct {
		fails       int
		asked       time.Duration
		least, most time.Duration
	}{
		{1, 0, 0, 0},
		{2, 0, 2 * time.Second, 2 * time.Second},
		{3, 0, 4 * time.Second, 4 * time.Second},
		{6, 0, 32 * time.Second, 32 * time.Second},
		{100, 0, time.Minute, 2 * time.Minute},
		{1, 7 * time.Second, 7 * time.Second, 7 * time.Second},
		{9, 10 * time.Hour, time.Hour, time.Hour},
	} {
		if got := s.retryDelay(c.fails, c.asked); got < c.least || got > c.most {
			t.Errorf("after %d failures, asked for %v: %v, want %v to %v", c.fails, c.asked, got, c.least, c.most)
		}
	}
}

func TestAFirstFailureIsRetriedAtOnceEachTime(t *testing.T) {
	o := Quick()
	o.WebhookRetryMin, o.WebhookRetryMax = time.Hour, time.Hour
	s := start(t, o)
	h := newHook(t, func(n int, _ seenUpdate) int { return []int{500, 200}[n%2] })
	must(t, s, "setWebhook", fields{"url": h.URL})
	u := s.User(1, "en")
	for range 3 {
		u.Say("x")
	}
	awaitEmpty(t, s)
}

func TestAnUnreachableWebhookIsNamed(t *testing.T) {
	s := start(t, Quick())
	h := newHook(t, func(int, seenUpdate) int { return 200 })
	h.Server.Close()
	must(t, s, "setWebhook", fields{"url": h.URL, "allowed_updates": []string{"message"}})
	s.User(1, "en").Say("x")
	var info struct {
		Error   string   `json:"last_error_message"`
		Allowed []string `json:"allowed_updates"`
	}
	if err := s.Await(within(t), func() bool {
		json.Unmarshal(must(t, s, "getWebhookInfo", nil).Result, &info)
		return info.Error != ""
	}); err != nil || info.Error != "Connection refused" || !slices.Equal(info.Allowed, []string{"message"}) {
		t.Errorf("info %+v %v", info, err)
	}
}
