package telegramtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"syscall"
	"time"
)

// Limits of the real server.
const (
	defaultConnections = 40
	maxConnections     = 100
	maxRetryAfter      = time.Hour
)

var secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]*$`)

// webhook is one setting of the webhook. It delivers each lane in order with
// one goroutine, as many at once as slots has room.
type webhook struct {
	server      *Server
	url, secret string
	ctx         context.Context // ends when the webhook is replaced, or the server
	cancel      context.CancelFunc
	slots       chan struct{}

	// Guarded by the server's lock.
	lanes       map[lane][]*update // a lane that is here has a goroutine
	lastError   string
	lastErrorAt time.Time
}

func setWebhook(s *Server, c *call) (any, *apiError) {
	target := c.args.str("url")
	if target == "" {
		return deleteWebhook(s, c)
	}
	u, err := url.Parse(target)
	switch secret := c.args.str("secret_token"); {
	case err != nil, u.Host == "", u.Scheme != "http" && u.Scheme != "https":
		return nil, badRequest("invalid webhook URL specified")
	case len(secret) > 256:
		return nil, badRequest("secret token is too long")
	case !secretForm.MatchString(secret):
		return nil, badRequest("secret token contains unallowed characters")
	}
	s.abortPoll("terminated by setWebhook request")
	s.endWebhook()
	if c.args.boolean("drop_pending_updates") {
		s.dropPending()
	}
	s.setAllowed(c.args)
	n := c.args.integer("max_connections", defaultConnections, 1, maxConnections)
	h := &webhook{
		server: s, url: target, secret: c.args.str("secret_token"),
		slots: make(chan struct{}, n), lanes: map[lane][]*update{},
	}
	h.ctx, h.cancel = context.WithCancel(s.closing)
	s.webhook = h
	for e := s.queue.waiting.Front(); e != nil; e = e.Next() {
		h.enqueue(e.Value.(*update))
	}
	return noted{true, "Webhook was set"}, nil
}

func deleteWebhook(s *Server, c *call) (any, *apiError) {
	note := "Webhook is already deleted"
	if s.webhook != nil {
		note = "Webhook was deleted"
	}
	s.endWebhook()
	if c.args.boolean("drop_pending_updates") {
		s.dropPending()
	}
	return noted{true, note}, nil
}

func (s *Server) endWebhook() {
	if s.webhook != nil {
		s.webhook.cancel()
		s.webhook = nil
	}
}

func getWebhookInfo(s *Server, c *call) (any, *apiError) {
	s.expire()
	info := map[string]any{"url": "", "has_custom_certificate": false, "pending_update_count": s.queue.waiting.Len()}
	if h := s.webhook; h != nil {
		info["url"] = h.url
		info["max_connections"] = cap(h.slots)
		info["ip_address"] = "127.0.0.1"
		if h.lastError != "" {
			info["last_error_date"] = h.lastErrorAt.Unix()
			info["last_error_message"] = h.lastError
		}
	}
	if names := s.allowedNames(); names != nil {
		info["allowed_updates"] = names
	}
	return info, nil
}

// enqueue gives an update to its lane. The caller holds the server's lock.
func (h *webhook) enqueue(u *update) {
	if h.ctx.Err() != nil {
		return
	}
	row, running := h.lanes[u.lane]
	h.lanes[u.lane] = append(row, u)
	if !running {
		h.server.work.Go(func() { h.run(u.lane) })
	}
}

// first is the oldest update of a lane that still waits; with none the lane
// ends. The caller holds the server's lock.
func (h *webhook) first(l lane) *update {
	h.server.expire()
	for row := h.lanes[l]; len(row) > 0; row = row[1:] {
		if h.server.queue.byID[row[0].id] != nil {
			h.lanes[l] = row
			return row[0]
		}
	}
	delete(h.lanes, l)
	return nil
}

// run delivers a lane until it is empty or the webhook ends.
func (h *webhook) run(l lane) {
	s := h.server
	fails := 0
	for {
		s.mu.Lock()
		u := h.first(l)
		s.mu.Unlock()
		if u == nil {
			return
		}
		select {
		case h.slots <- struct{}{}:
		case <-h.ctx.Done():
			return
		}
		problem, retryAfter := h.attempt(u)
		<-h.slots

		s.mu.Lock()
		if h.ctx.Err() != nil { // replaced: whoever comes next delivers it again
			s.mu.Unlock()
			return
		}
		if problem == "" {
			fails = 0
			s.leave(u, "webhook")
			s.mu.Unlock()
			continue
		}
		fails++
		h.lastError, h.lastErrorAt = problem, time.Now()
		s.journal.signal()
		delay := s.retryDelay(fails, retryAfter)
		if time.Now().Add(delay).After(u.expires) {
			fails, delay = 0, 0
			s.leave(u, "expired")
		}
		s.mu.Unlock()
		wait(h.ctx, delay)
	}
}

// retryDelay is how long to wait after so many failed deliveries in a row:
// not at all, then twice, four times, ... the least wait, up to a random time
// between the longest and twice that; what the bot asks for goes first.
func (s *Server) retryDelay(fails int, retryAfter time.Duration) time.Duration {
	if retryAfter > 0 {
		return min(retryAfter, maxRetryAfter)
	}
	if fails <= 1 || s.opt.WebhookRetryMin == 0 {
		return 0
	}
	most := s.opt.WebhookRetryMax
	if most > 0 {
		most += time.Duration(s.rand.Int64N(int64(most)))
	}
	return min(most, s.opt.WebhookRetryMin<<min(fails-1, 20))
}

// attempt delivers one update. It returns why it failed, "" when it did not,
// and how long the bot asked to be left alone.
func (h *webhook) attempt(u *update) (problem string, retryAfter time.Duration) {
	s := h.server
	s.mu.Lock()
	s.journal.totals.Deliveries++
	f := s.faults.draw("webhook", u.lane.id)
	if f.Kind != None {
		s.journal.totals.Faults[f.Kind]++
	}
	s.mu.Unlock()
	if f.Kind.before() {
		return "Connection reset by peer", 0
	}
	ctx, cancel := context.WithTimeout(h.ctx, s.opt.WebhookTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(u.body))
	if err != nil {
		return "Wrong URL", 0
	}
	req.Header.Set("Content-Type", "application/json")
	if h.secret != "" {
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", h.secret)
	}
	resp, err := s.hook.Do(req)
	if err != nil {
		return deliveryProblem(err), 0
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	if f.Kind != None { // the bot answered, and the answer got lost
		return "Webhook connection closed", 0
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return "Wrong response from the webhook: " + resp.Status, time.Duration(seconds) * time.Second
	}
	return "", 0
}

func deliveryProblem(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "Connection refused"
	case errors.Is(err, syscall.ECONNRESET):
		return "Connection reset by peer"
	case errors.Is(err, context.DeadlineExceeded):
		return "Read timeout expired"
	}
	return "Webhook connection closed"
}
