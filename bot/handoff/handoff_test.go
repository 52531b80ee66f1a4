package handoff_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"imrbot/bot"
	"imrbot/bot/handoff"
	"imrbot/dialog"
)

const newsKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

func fate(t *testing.T, err error) *bot.SendError {
	t.Helper()
	var failed *bot.SendError
	if err != nil && !errors.As(err, &failed) {
		t.Fatalf("%v is no *bot.SendError", err)
	}
	return failed
}

func TestAMessageHoldsTheWholeIntakeSignedAndAsTheSchemaSays(t *testing.T) {
	r, w := open(t, handoff.Config{Now: func() time.Time { return day }})
	if _, err := w.Send(t.Context(), rowOf(7, newsKey, "A-2026-000001")); err != nil {
		t.Fatal(err)
	}
	c := r.all()[0]
	want := map[string]string{"Content-Type": "application/json", "Idempotency-Key": newsKey, "Imrbot-Timestamp": strconv.FormatInt(day.Unix(), 10), "User-Agent": "imrbot-handoff"}
	for name, value := range want {
		if got := c.header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	if c.method != http.MethodPost {
		t.Error(c.method)
	}
	if err := handoff.Verify(secret, c.header.Get("Imrbot-Timestamp"), c.body, c.header.Get("Imrbot-Signature"), time.Minute, day); err != nil {
		t.Error(err)
	}
	if err := judge(t, schema(t), c.body); err != nil {
		t.Error(err)
	}
	var got struct {
		Event, Key string
		At         time.Time
		Intake     json.RawMessage
	}
	if err := json.Unmarshal(c.body, &got); err != nil {
		t.Fatal(err)
	}
	if got.Event != "intake.submitted" || got.Key != newsKey || !got.At.Equal(day) {
		t.Errorf("%s %s %v", got.Event, got.Key, got.At)
	}
	var in dialog.Intake
	if err := json.Unmarshal(got.Intake, &in); err != nil {
		t.Fatal(err)
	}
	if want := sample("A-2026-000001"); !reflect.DeepEqual(in, want) {
		t.Errorf("the intake came as\n%+v\nwant\n%+v", in, want)
	}
	if !bytes.Contains(c.body, []byte("Ñandú")) || !bytes.Contains(c.body, []byte("<b>&amp;</b>")) {
		t.Error("letters are written in a roundabout way")
	}
}

func TestTheFateOfEachAnswer(t *testing.T) {
	at := func(d time.Duration) string { return day.Add(d).Format(http.TimeFormat) }
	for _, test := range []struct {
		status int
		retry  string
		fate   string // "" is delivered
		after  time.Duration
	}{
		{status: 200}, {status: 201}, {status: 202, retry: "60"}, {status: 204}, {status: 299},
		{status: 301, fate: "dead"}, {status: 302, fate: "dead"}, {status: 307, fate: "dead"}, {status: 308, fate: "dead"}, {status: 304, fate: "dead"},
		{status: 400, fate: "dead"}, {status: 401, fate: "dead"}, {status: 403, fate: "dead"}, {status: 404, fate: "dead", retry: "5"},
		{status: 409, fate: "dead"}, {status: 410, fate: "dead"}, {status: 413, fate: "dead"}, {status: 422, fate: "dead"}, {status: 451, fate: "dead"},
		{status: 408, fate: "refused"}, {status: 425, fate: "refused"}, {status: 429, fate: "refused"},
		{status: 429, retry: "90", fate: "refused", after: 90 * time.Second},
		{status: 429, retry: " 90 ", fate: "refused", after: 90 * time.Second},
		{status: 429, retry: at(10 * time.Minute), fate: "refused", after: 10 * time.Minute},
		{status: 429, retry: "86400", fate: "refused", after: time.Hour},
		{status: 429, retry: "99999999999999999999", fate: "refused", after: time.Hour},
		{status: 429, retry: at(48 * time.Hour), fate: "refused", after: time.Hour},
		{status: 429, retry: at(-time.Hour), fate: "refused"},
		{status: 429, retry: "-5", fate: "refused"}, {status: 429, retry: "soon", fate: "refused"}, {status: 429, retry: "1.5", fate: "refused"},
		{status: 425, retry: "0", fate: "refused"}, {status: 408, retry: "3", fate: "refused", after: 3 * time.Second},
		{status: 500, fate: "unknown"}, {status: 501, fate: "unknown"}, {status: 502, fate: "unknown"}, {status: 504, fate: "unknown"},
		{status: 503, retry: "120", fate: "unknown", after: 2 * time.Minute}, {status: 599, fate: "unknown"},
	} {
		t.Run(fmt.Sprintf("%d %s", test.status, test.retry), func(t *testing.T) {
			r, w := open(t, handoff.Config{Now: func() time.Time { return day }})
			r.answer = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				if test.retry != "" {
					w.Header().Set("Retry-After", test.retry)
				}
				w.WriteHeader(test.status)
				if test.status != 204 && test.status != 304 {
					_, _ = io.WriteString(w, "Ñandú is refused")
				}
			}
			_, err := w.Send(t.Context(), rowOf(7, newsKey, "A-2026-000001"))
			failed := fate(t, err)
			switch {
			case test.fate == "" && failed != nil:
				t.Fatalf("%v, want it delivered", failed)
			case test.fate == "":
			case failed == nil || failed.Fate.String() != test.fate || failed.After != test.after || failed.RateLimited || failed.Gone:
				t.Fatalf("%+v, want %s after %v", failed, test.fate, test.after)
			case failed.Reason != fmt.Sprintf("the receiver answered with status %d", test.status):
				t.Errorf("reason %q", failed.Reason)
			}
			if n := len(r.all()); n != 1 {
				t.Errorf("%d calls: a redirect was followed", n)
			}
		})
	}
}

func TestTheFateOfACallWithoutAnAnswer(t *testing.T) {
	hangUp := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := http.NewResponseController(w).Hijack()
		conn.Close()
	}
	rubbish := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := http.NewResponseController(w).Hijack()
		_, _ = io.WriteString(conn, "220 mail.example.org ESMTP\r\n")
		conn.Close()
	}
	longHeader := func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) }
	for name, answer := range map[string]http.HandlerFunc{"hung up": hangUp, "no HTTP": rubbish, "headers without an end": longHeader} {
		t.Run(name, func(t *testing.T) {
			r, w := open(t, handoff.Config{})
			r.answer = answer
			_, err := w.Send(t.Context(), rowOf(7, newsKey, "A-2026-000001"))
			if f := fate(t, err); f == nil || f.Fate != bot.FateUnknown || strings.Contains(f.Reason, "hidden") {
				t.Errorf("%+v", f)
			}
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		w, err := handoff.New(handoff.Config{URL: "http://" + l.Addr().String(), Secret: secret, Intakes: shelf{"A-2026-000001": sample("A-2026-000001")}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Send(t.Context(), rowOf(7, newsKey, "A-2026-000001"))
		if f := fate(t, err); f == nil || f.Fate != bot.FateRefused || f.Reason != "the receiver cannot be reached" {
			t.Errorf("%+v", f)
		}
	})
	t.Run("a certificate that nobody vouches for", func(t *testing.T) {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was called") }))
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		defer server.Close()
		w, err := handoff.New(handoff.Config{URL: server.URL, Secret: secret, Intakes: shelf{"A-2026-000001": sample("A-2026-000001")}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Send(t.Context(), rowOf(7, newsKey, "A-2026-000001"))
		if f := fate(t, err); f == nil || f.Fate != bot.FateRefused || f.Reason != "the receiver's certificate is not to be trusted" {
			t.Errorf("%+v", f)
		}
	})
	t.Run("no answer in time", func(t *testing.T) {
		r, w := open(t, handoff.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		r.answer = func(_ http.ResponseWriter, req *http.Request) { cancel(); <-req.Context().Done() }
		_, err := w.Send(ctx, rowOf(7, newsKey, "A-2026-000001"))
		if f := fate(t, err); f == nil || f.Fate != bot.FateUnknown || f.Reason != "no answer in time" {
			t.Errorf("%+v", f)
		}
	})
}

func TestAnAnswerWithoutAnEndIsReadToItsLimitAndCountsAsDelivered(t *testing.T) {
	r, w := open(t, handoff.Config{})
	wrote := make(chan int, 1)
	r.answer = func(w http.ResponseWriter, _ *http.Request) {
		n := 0
		for chunk := make([]byte, 32<<10); ; {
			m, err := w.Write(chunk)
			if n += m; err != nil {
				wrote <- n
				return
			}
		}
	}
	if _, err := w.Send(t.Context(), rowOf(7, newsKey, "A-2026-000001")); err != nil {
		t.Error(err)
	}
	if n := <-wrote; n > 64<<20 {
		t.Errorf("%d bytes went out before the connection ended", n)
	}
}

// broken is a store that cannot be read.
type broken struct{ err error }

func (b broken) Intake(context.Context, string) (dialog.Intake, error) { return dialog.Intake{}, b.err }

func TestTheFateOfAnIntakeThatIsNotThere(t *testing.T) {
	for _, test := range []struct {
		intakes handoff.Intakes
		row     bot.Outgoing
		fate    bot.Fate
		reason  string
	}{
		{shelf{}, rowOf(1, newsKey, "A-2026-000001"), bot.FateDead, "the intake was erased"},
		{broken{fmt.Errorf("x: %w", bot.ErrDamaged)}, rowOf(1, newsKey, "A-2026-000001"), bot.FateDead, "the intake cannot be read"},
		{broken{errors.New("disk")}, rowOf(1, newsKey, "A-2026-000001"), bot.FateRefused, "the store cannot be read"},
		{shelf{}, rowOf(1, "", "A-2026-000001"), bot.FateDead, "the row holds no news with a key"},
		{shelf{}, bot.Outgoing{Key: 1}, bot.FateDead, "the row holds no news with a key"},
	} {
		r, w := open(t, handoff.Config{Intakes: test.intakes})
		_, err := w.Send(t.Context(), test.row)
		if f := fate(t, err); f == nil || f.Fate != test.fate || f.Reason != test.reason {
			t.Errorf("%+v, want %v: %s", f, test.fate, test.reason)
		}
		if len(r.all()) != 0 {
			t.Errorf("%s: it was called", test.reason)
		}
	}
}

func TestAMessageIsTriedForFourDaysAndTheNextOneAsLong(t *testing.T) {
	now := day
	r, w := open(t, handoff.Config{Now: func() time.Time { return now }})
	r.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	for row := 1; row <= 2; row++ {
		start := now
		for ; ; now = now.Add(time.Hour) {
			_, err := w.Send(t.Context(), rowOf(row, newsKey, "A-2026-000001"))
			if f := fate(t, err); f.Fate == bot.FateDead {
				if f.Reason != "the receiver answered with status 503, for four days" {
					t.Error(f.Reason)
				}
				break
			}
			if now.Sub(start) > 30*24*time.Hour {
				t.Fatal("no end")
			}
		}
		if took := now.Sub(start); took != 4*24*time.Hour {
			t.Errorf("row %d was given up after %v", row, took)
		}
	}
}

func TestAPingIsSignedHasNoIntakeAndTellsWhatCameBack(t *testing.T) {
	r, w := open(t, handoff.Config{})
	status, err := w.Ping(t.Context())
	if status != 204 || err != nil {
		t.Errorf("%d, %v", status, err)
	}
	c := r.all()[0]
	if err := handoff.Verify(secret, c.header.Get("Imrbot-Timestamp"), c.body, c.header.Get("Imrbot-Signature"), time.Minute, time.Now()); err != nil {
		t.Error(err)
	}
	if err := judge(t, schema(t), c.body); err != nil {
		t.Error(err)
	}
	r.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }
	status, err = w.Ping(t.Context())
	if f := fate(t, err); status != 401 || f == nil || f.Reason != "the receiver answered with status 401" {
		t.Errorf("%d, %v", status, err)
	}
}

func TestTheSchemaRefusesWhatIsNoMessage(t *testing.T) {
	s := schema(t)
	intake, err := json.Marshal(sample("A-2026-000001"))
	if err != nil {
		t.Fatal(err)
	}
	good := fmt.Sprintf(`{"event":"intake.changed","at":"2026-06-01T12:00:00Z","key":"%s","intake":%s}`, newsKey, intake)
	if err := judge(t, s, []byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"an event without an intake": fmt.Sprintf(`{"event":"intake.changed","at":"2026-06-01T12:00:00Z","key":"%s"}`, newsKey),
		"a ping with an intake":      strings.Replace(good, "intake.changed", "ping", 1),
		"an unknown event":           strings.Replace(good, "intake.changed", "intake.lost", 1),
		"no key":                     strings.Replace(good, newsKey, "", 1),
		"a time that is none":        strings.Replace(good, "2026-06-01T12:00:00Z", "yesterday", 1),
		"one key more":               strings.Replace(good, `"event"`, `"more":1,"event"`, 1),
		"an intake of another form":  strings.Replace(good, `"with-team"`, `7`, 1),
		"a fact that is none":        strings.Replace(good, `"coverage"`, `"colour"`, 1),
	} {
		if bad == good {
			t.Fatalf("%s: is the good one", name)
		}
		if judge(t, s, []byte(bad)) == nil {
			t.Errorf("%s: the schema lets it pass", name)
		}
	}
}

func TestAWebhookNeedsAnAddressAndASecretAndRepeatsNeither(t *testing.T) {
	for _, cfg := range []handoff.Config{{Secret: secret}, {URL: "ftp://x.org/hidden", Secret: secret}, {URL: "https:///hidden", Secret: secret}, {URL: "https://x.org/hidden"}} {
		if _, err := handoff.New(cfg); err == nil || strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), secret) {
			t.Errorf("%v: %v", cfg.URL, err)
		}
	}
}
