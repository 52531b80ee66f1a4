// Package handoff tells the operator's own system, the receiver, of each intake:
// one signed POST for each piece of news, in the order in which it happened.
//
// The body is JSON, UTF-8, as the schema of "imrbot handoff schema" describes it:
//
//	{"event": "intake.submitted", "at": "2026-06-01T12:00:00Z", "key": "…", "intake": {…}}
//
// The intake is the latest that is stored when the message is sent, so "changed"
// may bring a reference that was never "submitted": a receiver stores what comes
// under its reference, whatever the event. Photographed letters are named in it;
// their bytes are not. An event "ping" has no intake.
//
// The headers, besides Content-Type: application/json:
//
//	Idempotency-Key   names this news for all time; the key of the body
//	Imrbot-Timestamp  seconds since 1970 of this try
//	Imrbot-Signature  "v1=" and HMAC-SHA256 of timestamp, ".", body, in hex; see [Verify]
//
// Any status from 200 to 299 says that the receiver has it. 408, 425, 429, those
// from 500 on, and no answer have it sent again with the same key, for about four
// days, not before what a Retry-After names, at most an hour. Every other status
// gives the message up at once; redirects are not followed. What was given up is
// kept, and is sent again when a person says so (imrbot handoff replay). A
// message may arrive more than once: a receiver passes over a key that it has.
package handoff

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"imrbot/bot"
	"imrbot/dialog"
)

// Ping is the event of a message that only tries the way.
const Ping = "ping"

// channelName is the channel of bot.HandoffLane.
const channelName = "handoff"

// Intakes gives the intake of a reference. It fails with bot.ErrNotFound when
// there is none any more.
type Intakes interface {
	Intake(ctx context.Context, ref string) (dialog.Intake, error)
}

// Config is what a Webhook is made of. URL and Secret are required; Intakes is
// for rows, and not needed for a ping.
type Config struct {
	URL     string
	Secret  string
	Intakes Intakes
	// Transport makes the calls; nil means HTTP as usual, with TLS verified.
	Transport http.RoundTripper
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Webhook is the receiver, as a bot.Channel. It is safe for use by several
// goroutines.
type Webhook struct {
	cfg    Config
	client *http.Client

	mu    sync.Mutex
	row   bot.OutKey // the row that is being tried
	since time.Time  // its first try
}

var _ bot.Channel = (*Webhook)(nil)

// message is the body of a call.
type message struct {
	Event  string         `json:"event"`
	At     time.Time      `json:"at"`
	Key    string         `json:"key"`
	Intake *dialog.Intake `json:"intake,omitempty"`
}

// New returns a Webhook. It fails when URL is none or Secret is empty; the error
// repeats neither.
func New(cfg Config) (*Webhook, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("handoff: the receiver's address is no address of the web")
	}
	if cfg.Secret == "" {
		return nil, errors.New("handoff: there is no secret to sign with")
	}
	if cfg.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxResponseHeaderBytes = maxAnswer
		cfg.Transport = t
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Webhook{cfg: cfg, client: &http.Client{
		Transport:     cfg.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Channels returns the Webhook as the channel of bot.HandoffLane.
func (w *Webhook) Channels() map[string]bot.LimitedChannel {
	return map[string]bot.LimitedChannel{channelName: {Channel: w, Limits: bot.Limits{Parallel: 1, Timeout: timeout, MaxTries: maxTries}}}
}

// Send tells the receiver of a row's news. Its error is a *bot.SendError.
func (w *Webhook) Send(ctx context.Context, row bot.Outgoing) (bot.Outcome, error) {
	if row.Handoff == nil || row.Handoff.Key == "" {
		return bot.Outcome{}, &bot.SendError{Fate: bot.FateDead, Reason: "the row holds no news with a key"}
	}
	failed := w.tell(ctx, *row.Handoff)
	if failed == nil {
		return bot.Outcome{}, nil
	}
	if failed.Fate != bot.FateDead && w.tryingFor(row.Key) >= patience {
		failed.Fate, failed.Reason = bot.FateDead, failed.Reason+", for four days"
	}
	return bot.Outcome{}, failed
}

// tryingFor is how long ago the first try of a row failed. The rows of one lane
// come one after another, so only the newest is remembered; a restart begins
// anew.
func (w *Webhook) tryingFor(row bot.OutKey) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.row != row {
		w.row, w.since = row, w.cfg.Now()
	}
	return w.cfg.Now().Sub(w.since)
}

func (w *Webhook) tell(ctx context.Context, news bot.Handoff) *bot.SendError {
	intake, err := w.cfg.Intakes.Intake(ctx, news.Ref)
	switch {
	case errors.Is(err, bot.ErrNotFound):
		return &bot.SendError{Fate: bot.FateDead, Reason: "the intake was erased", Err: err}
	case errors.Is(err, bot.ErrDamaged):
		return &bot.SendError{Fate: bot.FateDead, Reason: "the intake cannot be read", Err: err}
	case err != nil:
		return &bot.SendError{Fate: bot.FateRefused, Reason: "the store cannot be read", Err: err}
	}
	_, failed := w.post(ctx, message{Event: string(news.Event), At: news.At.UTC(), Key: news.Key, Intake: &intake})
	return failed
}

// Ping sends one message of the event "ping", for at most half a minute, and
// returns the status that came back, 0 when none did. Its error, a
// *bot.SendError, says why the receiver did not take it.
func (w *Webhook) Ping(ctx context.Context) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	status, failed := w.post(ctx, message{Event: Ping, At: w.cfg.Now().UTC(), Key: rand.Text()})
	if failed != nil {
		return status, failed
	}
	return status, nil
}

// post makes one call and tells its fate.
func (w *Webhook) post(ctx context.Context, m message) (status int, failed *bot.SendError) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		return 0, &bot.SendError{Fate: bot.FateDead, Reason: "the message cannot be written", Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.cfg.URL, bytes.NewReader(body.Bytes()))
	if err != nil {
		return 0, &bot.SendError{Fate: bot.FateDead, Reason: "the receiver's address is no address of the web", Err: err}
	}
	stamp := strconv.FormatInt(w.cfg.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set(HeaderKey, m.Key)
	req.Header.Set(HeaderTimestamp, stamp)
	req.Header.Set(HeaderSignature, Sign(w.cfg.Secret, stamp, body.Bytes()))
	resp, err := w.client.Do(req)
	if err != nil {
		return 0, unanswered(err)
	}
	defer resp.Body.Close()
	// Read so that the connection can be used again; the status has told all.
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer)
	return resp.StatusCode, judge(resp, w.cfg.Now())
}
