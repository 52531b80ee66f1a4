package slacktest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Sign is the value of X-Slack-Signature for a body that was sent at a time,
// whose Unix seconds are the value of X-Slack-Request-Timestamp.
func Sign(secret string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%d:", at.Unix())
	mac.Write(body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// maxHookBody is the size of the largest answer of an app that is read.
const maxHookBody = 1 << 20

func newHookClient() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
}

// httpTarget delivers to the app's URL. Events wait in a queue for one of the
// workers; an interaction waits for nobody.
type httpTarget struct {
	server *Server
	url    string
	queue  []*event
	busy   int // workers under way
	done   context.Context
	stop   context.CancelFunc
}

// UseHTTP makes the app one of HTTP mode: events, interactions and commands all
// go to this URL. It is asked for its url_verification first; the error says
// how that failed, and then nothing has changed.
func (s *Server) UseHTTP(ctx context.Context, address string) error {
	body := mustJSON(answer{"token": "slacktest", "challenge": "challenge-of-slacktest", "type": "url_verification"})
	ctx, cancel := context.WithTimeout(ctx, s.opt.AckTimeout)
	defer cancel()
	status, reply, err := s.post(ctx, address, "application/json", body, nil)
	if err != nil {
		return fmt.Errorf("slacktest: url_verification: %w", err)
	}
	var said struct {
		Challenge string `json:"challenge"`
	}
	if json.Unmarshal(reply.body, &said) != nil {
		said.Challenge = string(bytes.TrimSpace(reply.body))
	}
	if status != http.StatusOK || said.Challenge != "challenge-of-slacktest" {
		return fmt.Errorf("slacktest: url_verification: status %d without the challenge", status)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.target.close()
	s.target = &httpTarget{server: s, url: address}
	s.target.done, s.target.stop = context.WithCancel(s.closing)
	return nil
}

// UseSocket makes the app one of Socket Mode again.
func (s *Server) UseSocket() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.target.close()
	s.target = nil
}

// close ends the deliveries under way; what waits for one is retried. The
// caller holds the lock.
func (t *httpTarget) close() {
	if t == nil {
		return
	}
	t.stop()
	for _, ev := range t.queue {
		ev.delivery.Ended = "connection failed"
		t.server.failAttempt(ev)
	}
	t.queue = nil
}

// send takes a delivery over. The caller holds the lock.
func (t *httpTarget) send(ev *event) {
	if ev.kind != kindEvent {
		t.server.work.Go(func() { t.deliver(ev) })
		return
	}
	if len(t.queue) >= maxQueued {
		ev.delivery.Ended = "queue full"
		t.server.failAttempt(ev)
		return
	}
	t.queue = append(t.queue, ev)
	if t.busy < t.server.opt.HTTPParallel {
		t.busy++
		t.server.work.Go(t.run)
	}
}

func (t *httpTarget) run() {
	for {
		t.server.mu.Lock()
		if len(t.queue) == 0 || t.done.Err() != nil {
			t.busy--
			t.server.mu.Unlock()
			return
		}
		ev := t.queue[0]
		t.queue = t.queue[1:]
		t.server.mu.Unlock()
		t.deliver(ev)
	}
}

// deliver posts once and settles the attempt.
func (t *httpTarget) deliver(ev *event) {
	s := t.server
	s.mu.Lock()
	kind, body := ev.body()
	header := http.Header{}
	if ev.attempt > 0 {
		header.Set("X-Slack-Retry-Num", strconv.Itoa(ev.attempt))
		header.Set("X-Slack-Retry-Reason", ev.reason)
	}
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.done, s.opt.AckTimeout)
	defer cancel()
	status, reply, err := s.post(ctx, t.url, kind, body, header)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Err() != nil {
		return
	}
	switch {
	case err == nil && status >= 200 && status < 300:
		s.acknowledge(ev, reply.body)
		return
	case errors.Is(err, context.DeadlineExceeded):
		ev.delivery.Ended = "timeout"
	case err != nil:
		ev.delivery.Ended = "connection failed"
	default:
		ev.delivery.Ended = "status " + strconv.Itoa(status)
		if reply.noRetry {
			ev.attempt = len(s.opt.Retries)
		}
	}
	s.failAttempt(ev)
	s.signal()
}

// body is what is posted: an event as JSON, the rest as a form.
func (ev *event) body() (kind string, body []byte) {
	form := url.Values{}
	switch ev.kind {
	case kindEvent:
		return "application/json", ev.payload
	case kindInteractive:
		form.Set("payload", string(ev.payload))
	default:
		for k, v := range ev.form {
			form.Set(k, v)
		}
	}
	return "application/x-www-form-urlencoded", []byte(form.Encode())
}

type hookReply struct {
	body    []byte
	noRetry bool
}

func (s *Server) post(ctx context.Context, address, kind string, body []byte, header http.Header) (int, hookReply, error) {
	var reply hookReply
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, reply, err
	}
	now := time.Now()
	if header != nil {
		req.Header = header
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	req.Header.Set("X-Slack-Request-Timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("X-Slack-Signature", Sign(s.opt.SigningSecret, now, body))
	resp, err := s.hook.Do(req)
	if err != nil {
		return 0, reply, err
	}
	defer resp.Body.Close()
	reply.body, err = io.ReadAll(io.LimitReader(resp.Body, maxHookBody))
	reply.noRetry = resp.Header.Get("X-Slack-No-Retry") == "1"
	return resp.StatusCode, reply, err
}
