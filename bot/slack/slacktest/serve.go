package slacktest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

var errClosed = errors.New("slacktest: the server is closed")

// answer is the body of a successful call; "ok" is added.
type answer map[string]any

// apiError is an answer with ok=false.
type apiError struct {
	code       string
	messages   []string // what is wrong with the arguments, for the developer
	retryAfter int      // seconds; makes it a 429
	status     int      // of HTTP; 0 is 200
}

func failed(code string, messages ...string) *apiError {
	return &apiError{code: code, messages: messages}
}

func (e *apiError) httpStatus() int {
	if e.retryAfter > 0 {
		return http.StatusTooManyRequests
	}
	return orDefault(e.status, http.StatusOK)
}

// call is one request under way.
type call struct {
	ctx     context.Context // ends with the connection and with the server
	method  method
	args    args
	token   string
	started time.Time
	rec     Call
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.closing, cancel)()
	c := &call{ctx: ctx, started: time.Now()}
	c.rec.At = c.started
	switch {
	case strings.HasPrefix(r.URL.Path, "/api/"):
		s.serveAPI(w, r, c)
	case r.URL.Path == "/link":
		s.serveSocket(w, r, c)
	case strings.HasPrefix(r.URL.Path, "/files-pri/"):
		s.serveFile(w, r, c)
	case strings.HasPrefix(r.URL.Path, "/upload/"):
		s.serveUpload(w, r, c)
	case strings.HasPrefix(r.URL.Path, "/respond/"):
		s.serveResponse(w, r, c)
	default:
		signInPage(w)
	}
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, c *call) {
	name := strings.TrimPrefix(r.URL.Path, "/api/")
	c.method = methodNamed(name)
	c.rec.Method = name
	err := c.read(r)
	c.rec.Channel, c.rec.ThreadTS, c.rec.TS = c.args.str("channel"), c.args.str("thread_ts"), c.args.str("ts")
	c.rec.User = c.args.str("user")
	if c.method.run == nil {
		err = failed("unknown_method")
	} else if err == nil {
		err = s.authorize(c)
	}
	s.perform(w, c, err)
}

// authorize checks the token, which decides before anything else does.
func (s *Server) authorize(c *call) *apiError {
	known := c.token == s.opt.BotToken || c.token == s.opt.AppToken
	switch {
	case c.token == "":
		return failed("not_authed")
	case !known:
		return failed("invalid_auth")
	case c.method.app != (c.token == s.opt.AppToken):
		return failed("not_allowed_token_type")
	}
	return nil
}

// perform decides the fate of a call, applies it if it is to be applied, and
// answers. Fate, effect and journal entry are one step under the lock.
func (s *Server) perform(w http.ResponseWriter, c *call, err *apiError) {
	s.mu.Lock()
	if s.down {
		s.record(c, Refused, http.StatusServiceUnavailable, nil)
		s.mu.Unlock()
		unavailable(w)
		return
	}
	f := s.faults.draw(c.method.name, "", c.rec.Channel)
	c.rec.Fault = f.Kind
	if f.Kind.before() {
		s.refuse(w, c, f)
		return
	}
	var out answer
	if err == nil {
		err = s.checkRate(c)
	}
	if err == nil {
		out, err = c.method.run(s, c)
	}
	status, outcome := http.StatusOK, Applied
	switch {
	case err != nil: // what was not applied has no fate to hide
		outcome, f, c.rec.Fault = Refused, Fault{}, None
		status = err.httpStatus()
	case f.Kind.hidden():
		outcome = AppliedUnseen
	}
	s.record(c, outcome, status, err)
	s.signal()
	body := encodeAnswer(c, out, err) // under the lock: it may hold what changes
	s.mu.Unlock()
	deliverAnswer(w, c, f, body, err)
}

// refuse answers a call that is not applied, and unlocks.
func (s *Server) refuse(w http.ResponseWriter, c *call, f Fault) {
	var err *apiError
	status := http.StatusOK
	switch f.Kind {
	case ServerError:
		status = http.StatusInternalServerError
	case Unavailable:
		status = http.StatusServiceUnavailable
	case TooManyRequests:
		status, err = http.StatusTooManyRequests, &apiError{code: "ratelimited", retryAfter: f.RetryAfter}
		s.limits.penalty(c, time.Duration(f.RetryAfter)*time.Second)
	case RateLimitedBody:
		err = failed("ratelimited")
	case InternalError:
		err = failed("internal_error")
	case FatalError:
		err = failed("fatal_error")
	}
	s.record(c, Refused, status, err)
	s.signal()
	s.mu.Unlock()
	switch {
	case f.Kind == ResetBefore:
		reset(w)
	case f.Kind == SignInPage:
		signInPage(w)
	case err == nil:
		htmlError(w, status)
	default:
		writeAnswer(w, encodeAnswer(c, nil, err), err)
	}
}

// deliverAnswer sends the answer of an applied or refused call, or loses it.
func deliverAnswer(w http.ResponseWriter, c *call, f Fault, body []byte, err *apiError) {
	switch f.Kind {
	case ResetAfter:
		reset(w)
		return
	case CutBody:
		cut(w, body)
		return
	case GatewayTimeout:
		htmlError(w, http.StatusGatewayTimeout)
		return
	case InternalErrorAfter:
		body = encodeAnswer(c, nil, failed("internal_error"))
	case FatalErrorAfter:
		body = encodeAnswer(c, nil, failed("fatal_error"))
	case Slow:
		wait(c.ctx, f.Delay)
	}
	writeAnswer(w, body, err)
}

func encodeAnswer(c *call, out answer, err *apiError) []byte {
	body := map[string]any{}
	for k, v := range out {
		body[k] = v
	}
	body["ok"] = err == nil
	var metadata map[string]any
	if m, ok := body["response_metadata"].(map[string]any); ok {
		metadata = m
	}
	if err != nil {
		body["error"] = err.code
		if len(err.messages) > 0 {
			body["errors"] = err.messages
			metadata = map[string]any{"messages": prefixed(err.messages)}
		}
	}
	if c.args.noCharset && err == nil {
		body["warning"] = "missing_charset"
		if metadata == nil {
			metadata = map[string]any{}
		}
		metadata["warnings"] = []string{"missing_charset"}
	}
	if metadata != nil {
		body["response_metadata"] = metadata
	}
	return mustJSON(body)
}

func prefixed(messages []string) []string {
	all := make([]string, len(messages))
	for i, m := range messages {
		all[i] = "[ERROR] " + m
	}
	return all
}

func writeAnswer(w http.ResponseWriter, body []byte, err *apiError) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err != nil {
		if err.retryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(err.retryAfter))
		}
		w.WriteHeader(err.httpStatus())
	}
	w.Write(body)
}

func unavailable(w http.ResponseWriter) { htmlError(w, http.StatusServiceUnavailable) }

// htmlError answers as the proxy before the API does, which speaks no JSON.
func htmlError(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<!DOCTYPE html><html><head><title>Server Error | Slack</title></head><body>%d</body></html>\n", status)
}

// signInPage is what a browser without a session sees, with status 200.
func signInPage(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	io.WriteString(w, "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in to your workspace</body></html>\n")
}

// reset closes the connection so that the other side reads ECONNRESET.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}

// cut promises the whole body and sends half of it.
func cut(w http.ResponseWriter, body []byte) {
	conn, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	fmt.Fprintf(buf, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body[:len(body)/2])
	buf.Flush()
	conn.Close()
}

// wait returns after d, or when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
