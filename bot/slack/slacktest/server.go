package slacktest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Server is one Slack workspace with one app installed. All methods may be
// called from any goroutine. The zero value is not usable; see New.
type Server struct {
	opt  Options
	base string // without a slash at the end
	http *http.Server
	hook *http.Client // delivers in HTTP mode

	// closing ends sockets, slow answers and deliveries; work counts the
	// goroutines that must have ended before Close returns.
	closing context.Context
	close   context.CancelFunc
	work    sync.WaitGroup

	mu        sync.Mutex // guards all below, and the state of every Staff
	down      bool
	lastTS    int64 // microseconds of the newest ts given
	lastID    uint64
	channels  map[string]*channel
	people    map[string]*Staff
	groups    map[string][]string
	messages  map[string]*message // by ts, which is unique in this workspace
	views     map[string]*view
	files     fileStore
	triggers  map[string]*trigger
	responses map[string]*responseURL
	tickets   map[string]time.Time
	sockets   []*socket
	nextConn  int
	target    *httpTarget     // nil in Socket Mode
	pending   map[*event]bool // neither acknowledged nor lost
	envelopes map[string]*event
	held      []*event
	recent    map[string]*event // by event_id
	recentIDs bounded[string]
	faults    faultPlan
	limits    limiter
	journal   journal
	changed   chan struct{} // closed at the next change, nil when nobody waits
}

// New starts a server on a free port of 127.0.0.1, in Socket Mode. The caller
// must Close it.
func New(o Options) (*Server, error) {
	o = o.withDefaults()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("slacktest: %w", err)
	}
	s := &Server{
		opt:       o,
		base:      "http://" + listener.Addr().String(),
		channels:  map[string]*channel{},
		people:    map[string]*Staff{},
		groups:    map[string][]string{},
		messages:  map[string]*message{},
		views:     map[string]*view{},
		triggers:  map[string]*trigger{},
		responses: map[string]*responseURL{},
		tickets:   map[string]time.Time{},
		pending:   map[*event]bool{},
		envelopes: map[string]*event{},
		recent:    map[string]*event{},
		hook:      newHookClient(),
	}
	s.files.init()
	s.faults.init()
	s.limits.init()
	s.journal.init(o)
	s.people[BotUserID] = &Staff{server: s, id: BotUserID, name: o.BotName, bot: true}
	desk := s.newChannel(DeskChannel, o.ChannelName, true)
	desk.members = []string{BotUserID}
	s.closing, s.close = context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler:  http.HandlerFunc(s.serve),
		ErrorLog: log.New(io.Discard, "", 0), // a reset connection is meant
	}
	s.work.Go(func() { s.http.Serve(listener) })
	return s, nil
}

// URL is what a client uses in place of https://slack.com/api/, with the slash
// at its end.
func (s *Server) URL() string { return s.base + "/api/" }

// BotToken is the token of the Web API.
func (s *Server) BotToken() string { return s.opt.BotToken }

// AppToken is the token of apps.connections.open.
func (s *Server) AppToken() string { return s.opt.AppToken }

// SigningSecret is what deliveries in HTTP mode are signed with.
func (s *Server) SigningSecret() string { return s.opt.SigningSecret }

// Close ends sockets, slow answers and deliveries, closes every connection and
// returns when all is quiet. What was journaled stays readable.
func (s *Server) Close() error {
	s.mu.Lock() // so that nobody starts a goroutine once work is waited for
	s.close()
	for ev := range s.pending {
		ev.stopTimer()
	}
	for _, c := range slices.Clone(s.sockets) {
		c.hangUp()
	}
	s.mu.Unlock()
	err := s.http.Close()
	s.work.Wait()
	s.hook.CloseIdleConnections()
	return err
}

// Down begins an outage: every call is answered with 503, sockets are closed
// and none can be opened, nothing is delivered. People can still write: their
// events are retried, and lost when the outage outlasts the retries.
func (s *Server) Down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = true
	for _, c := range slices.Clone(s.sockets) {
		c.hangUp()
	}
	s.signal()
}

// Up ends an outage.
func (s *Server) Up() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = false
	s.signal()
}

// Await returns nil as soon as done says so. done is called again after every
// change and may ask the server anything. It fails when ctx ends or the server
// closes.
func (s *Server) Await(ctx context.Context, done func() bool) error {
	for {
		s.mu.Lock()
		if s.changed == nil {
			s.changed = make(chan struct{})
		}
		changed := s.changed
		s.mu.Unlock()
		if done() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("slacktest: %w", context.Cause(ctx))
		case <-s.closing.Done():
			return errClosed
		}
	}
}

// signal wakes everyone who awaits something. The caller holds the lock.
func (s *Server) signal() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// newTS gives a timestamp above all before it.
func (s *Server) newTS() string {
	s.lastTS = max(time.Now().UnixMicro(), s.lastTS+1)
	return formatTS(s.lastTS)
}

func formatTS(micro int64) string {
	return fmt.Sprintf("%d.%06d", micro/1_000_000, micro%1_000_000)
}

// parseTS returns the microseconds of a ts. A short fraction is filled up.
func parseTS(ts string) (int64, bool) {
	whole, fraction, _ := strings.Cut(ts, ".")
	if len(fraction) > 6 {
		fraction = fraction[:6]
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", 6-len(fraction)), 10, 64)
	return n, err == nil && n >= 0
}

// newID gives an id of this server, as Slack's in form.
func (s *Server) newID(prefix string) string {
	s.lastID++
	return prefix + fmt.Sprintf("%09d", s.lastID)
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("slacktest: " + err.Error()) // a programming error: all values are ours
	}
	return b
}
