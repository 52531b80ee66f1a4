package telegramtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// botID is the bot's own user id, botName its name.
const (
	botID   = 700000001
	botName = "IMR test bot"
)

// Server is one Bot API server with one bot. All methods may be called from
// any goroutine. The zero value is not usable; see New.
type Server struct {
	opt  Options
	url  string
	http *http.Server
	hook *http.Client // delivers to the webhook

	// closing ends long polls, slow answers and deliveries; work counts what must
	// have ended before Close returns.
	closing context.Context
	close   context.CancelFunc
	work    sync.WaitGroup

	mu      sync.Mutex // guards all below, and the state of every Chat
	rand    *rand.Rand
	queue   queue
	poll    polling
	webhook *webhook // nil when none is set
	allowed map[string]bool
	chats   map[int64]*Chat
	users   map[int64]*User
	groups  map[int64]*Group
	queries map[string]*query
	files   fileStore
	faults  faultPlan
	limits  limiter
	journal journal
	profile profile
	nextMsg int64 // message ids of private chats and basic groups are one row
	nextID  int64 // for queries and albums
	botUser wireUser
}

// New starts a server on a free port of 127.0.0.1. The caller must Close it.
func New(o Options) (*Server, error) {
	o = o.withDefaults()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("telegramtest: %w", err)
	}
	s := &Server{
		opt:     o,
		url:     "http://" + listener.Addr().String(),
		rand:    rand.New(rand.NewPCG(o.Seed, 0x7e1e6)),
		chats:   map[int64]*Chat{},
		users:   map[int64]*User{},
		groups:  map[int64]*Group{},
		queries: map[string]*query{},
		botUser: wireUser{ID: botID, IsBot: true, FirstName: botName, Username: o.Username},
		hook: &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: 100},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	s.queue.init(o.FirstUpdateID)
	s.files.init()
	s.faults.init()
	s.journal.init(o)
	s.profile.init()
	s.allowed = allowedUpdates(nil)
	s.closing, s.close = context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler:  http.HandlerFunc(s.serve),
		ErrorLog: log.New(io.Discard, "", 0), // a reset connection is meant
	}
	s.work.Go(func() { s.http.Serve(listener) })
	return s, nil
}

// URL is where the server listens, without a slash at the end: what a bot
// uses in place of https://api.telegram.org.
func (s *Server) URL() string { return s.url }

// Token is the bot's token.
func (s *Server) Token() string { return s.opt.Token }

// Close ends long polls, slow answers and webhook deliveries, closes every
// connection and returns when all is quiet. What was journaled stays readable.
func (s *Server) Close() error {
	s.mu.Lock() // so that nothing begins once work is waited for
	s.close()
	s.mu.Unlock()
	err := s.http.Close()
	s.work.Wait()
	s.hook.CloseIdleConnections()
	return err
}

// apiError is an answer with ok=false.
type apiError struct {
	Code        int
	Description string
	RetryAfter  int
	MigrateTo   int64
}

func badRequest(why string) *apiError {
	return &apiError{Code: 400, Description: "Bad Request: " + why}
}
func forbidden(why string) *apiError { return &apiError{Code: 403, Description: "Forbidden: " + why} }

func tooMany(seconds int) *apiError {
	return &apiError{Code: 429, Description: "Too Many Requests: retry after " + strconv.Itoa(seconds), RetryAfter: seconds}
}

// noted is a result with a word to the developer, as Telegram sends it.
type noted struct {
	result any
	note   string
}

// call is one API call under way.
type call struct {
	ctx     context.Context // ends with the connection and with the server
	method  method
	args    args
	started time.Time
	rec     Call
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.closing.Err() != nil {
		s.mu.Unlock()
		reset(w)
		return
	}
	s.work.Add(1)
	s.mu.Unlock()
	defer s.work.Done()

	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.closing, cancel)()

	c := &call{ctx: ctx, started: time.Now()}
	path, isFile := strings.CutPrefix(r.URL.Path, "/file")
	token, name, _ := strings.Cut(strings.TrimPrefix(path, "/bot"), "/")
	a, err := readArgs(r)
	c.args = a
	switch {
	case !strings.HasPrefix(path, "/bot"):
		err = &apiError{Code: 404, Description: "Not Found"}
	case token != s.opt.Token:
		err = &apiError{Code: 401, Description: "Unauthorized"}
	case isFile:
		s.serveFile(w, c, name)
		return
	case methodNamed(name).run == nil:
		err = &apiError{Code: 404, Description: "Not Found: method not found"}
	}
	c.method = methodNamed(name)
	if c.method.name == "" {
		c.method.name = name
	}
	s.begin(c)
	if err != nil {
		s.mu.Lock()
		s.record(c, Refused, nil, err)
		s.mu.Unlock()
		answer(w, nil, err)
		return
	}
	s.perform(w, c)
}

// begin fills what the journal knows before the call is done.
func (s *Server) begin(c *call) {
	c.rec = Call{
		At:     c.started,
		Method: c.method.name,
		Chat:   c.args.integer("chat_id", 0, -1<<62, 1<<62),
	}
	if !s.opt.CountersOnly {
		c.rec.Body = c.args.journal()
	}
}

// perform decides the fate of a call, applies it if it is to be applied, and
// answers. Fate, effect and journal entry are one step under the lock.
func (s *Server) perform(w http.ResponseWriter, c *call) {
	s.mu.Lock()
	f := s.faults.draw(c.method.name, c.rec.Chat)
	c.rec.Fault = f.Kind
	if f.Kind.before() {
		s.refuse(w, c, f)
		return
	}
	var result any
	err := s.checkRate(c)
	if err == nil {
		result, err = c.method.run(s, c) // getUpdates leaves the lock while it waits
	}
	outcome := Applied
	switch {
	case err == errAbandoned:
		outcome = Abandoned
	case err != nil:
		outcome, f = Refused, Fault{} // what was not applied has no fate to hide
		c.rec.Fault = None
	case f.Kind == ResetAfter:
		outcome = ResetAfterApply
	case f.Kind == CutBody:
		outcome = BodyCut
	}
	s.record(c, outcome, result, err)
	s.mu.Unlock()
	s.deliver(w, c, f, result, err)
}

// refuse answers a call that is not applied, and unlocks.
func (s *Server) refuse(w http.ResponseWriter, c *call, f Fault) {
	if f.Kind == ResetBefore {
		s.record(c, ResetBeforeApply, nil, nil)
		s.mu.Unlock()
		reset(w)
		return
	}
	err := &apiError{Code: 500, Description: "Internal Server Error"}
	switch f.Kind {
	case BadGateway:
		err = &apiError{Code: 502, Description: "Bad Gateway"}
	case TooManyRequests:
		err = tooMany(f.RetryAfter)
		if c.method.sends {
			s.limits.penalty(c.rec.Chat, c.started.Add(time.Duration(f.RetryAfter)*time.Second))
		}
	}
	s.record(c, Refused, nil, err)
	s.mu.Unlock()
	if f.Kind == BadGateway { // from the proxy before the API, which speaks no JSON
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(502)
		io.WriteString(w, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n")
		return
	}
	answer(w, nil, err)
}

// deliver sends the answer of an applied or refused call, or loses it.
func (s *Server) deliver(w http.ResponseWriter, c *call, f Fault, result any, err *apiError) {
	if f.Kind == Slow {
		wait(c.ctx, f.Delay)
	}
	switch {
	case f.Kind == ResetAfter, c.ctx.Err() != nil: // a closed server answers nobody
		reset(w)
	case f.Kind == CutBody:
		cut(w, encode(result, err))
	default:
		answer(w, result, err)
	}
}

func encode(result any, err *apiError) []byte {
	type parameters struct {
		MigrateTo  int64 `json:"migrate_to_chat_id,omitempty"`
		RetryAfter int   `json:"retry_after,omitempty"`
	}
	reply := struct {
		OK          bool            `json:"ok"`
		Result      json.RawMessage `json:"result,omitempty"`
		Code        int             `json:"error_code,omitempty"`
		Description string          `json:"description,omitempty"`
		Parameters  *parameters     `json:"parameters,omitempty"`
	}{OK: err == nil}
	if err != nil {
		reply.Code, reply.Description = err.Code, err.Description
		if err.MigrateTo != 0 || err.RetryAfter != 0 {
			reply.Parameters = &parameters{err.MigrateTo, err.RetryAfter}
		}
		return mustJSON(reply)
	}
	if n, ok := result.(noted); ok {
		result, reply.Description = n.result, n.note
	}
	if batch, ok := result.(rawBatch); ok {
		// Raw updates may be no JSON at all: they are not encoded again.
		return fmt.Appendf(nil, `{"ok":true,"result":%s}`, batch)
	}
	reply.Result = mustJSON(result)
	return mustJSON(reply)
}

func answer(w http.ResponseWriter, result any, err *apiError) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		if err.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(err.RetryAfter))
		}
		w.WriteHeader(err.Code)
	}
	w.Write(encode(result, err))
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
