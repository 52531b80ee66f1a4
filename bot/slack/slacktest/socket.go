package slacktest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// maxAck is the size of an ack from which on Slack drops it without a word.
	maxAck = 20_000
	// maxQueued bounds the envelopes that wait to be written to one socket.
	maxQueued    = 100_000
	writeTimeout = 5 * time.Second
)

// socket is one open connection of Socket Mode.
type socket struct {
	server *Server
	number int
	conn   *websocket.Conn
	out    chan struct{} // something is in queue, or the socket is to close
	queue  [][]byte
	gone   bool // closing or closed
}

func (s *Server) appsConnectionsOpen(*call) (answer, *apiError) {
	ticket := s.newID("ticket")
	for t, made := range s.tickets { // tickets nobody used
		if time.Since(made) > s.opt.TicketTTL {
			delete(s.tickets, t)
		}
	}
	s.tickets[ticket] = time.Now()
	address := "ws" + s.base[len("http"):] + "/link?" + url.Values{"ticket": {ticket}, "app_id": {AppID}}.Encode()
	return answer{"url": address}, nil
}

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

// serveSocket opens a socket for a ticket, which is good once.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request, c *call) {
	c.method.name, c.rec.Method = "socket", "socket"
	s.mu.Lock()
	f := s.faults.draw("socket", "", "")
	c.rec.Fault = f.Kind
	ticket := r.URL.Query().Get("ticket")
	made, ok := s.tickets[ticket]
	delete(s.tickets, ticket)
	status := http.StatusSwitchingProtocols
	switch {
	case s.down || f.Kind.before():
		status = http.StatusServiceUnavailable
	case !ok || time.Since(made) > s.opt.TicketTTL:
		status = http.StatusUnauthorized
	case len(s.sockets) >= s.opt.MaxSockets:
		status = http.StatusTooManyRequests
	}
	if status != http.StatusSwitchingProtocols {
		s.record(c, Refused, status, nil)
		s.mu.Unlock()
		if f.Kind == ResetBefore {
			reset(w)
		} else {
			w.WriteHeader(status)
		}
		return
	}
	s.record(c, Applied, status, nil)
	s.mu.Unlock()
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	s.runSocket(conn, f.Kind.hidden())
}

// runSocket is the life of a socket, from its hello to its end; a brief one
// ends at once.
func (s *Server) runSocket(conn *websocket.Conn, brief bool) {
	defer conn.Close()
	conn.SetReadLimit(1 << 20)
	s.mu.Lock()
	if s.closing.Err() != nil || s.down {
		s.mu.Unlock()
		return
	}
	s.work.Add(1) // under the lock, so that Close waits for it or it sees the end
	defer s.work.Done()
	s.nextConn++
	k := &socket{server: s, number: s.nextConn, conn: conn, out: make(chan struct{}, 1)}
	s.sockets = append(s.sockets, k)
	s.journal.totals.Sockets++
	k.write(mustJSON(answer{
		"type": "hello", "num_connections": len(s.sockets), "connection_info": answer{"app_id": AppID},
		"debug_info": answer{"host": "slacktest", "build_number": 1, "approximate_connection_time": 18060},
	}))
	if brief {
		k.disconnect("refresh_requested")
	}
	s.work.Go(k.writeLoop)
	s.signal()
	s.mu.Unlock()
	k.readLoop()
	s.mu.Lock()
	k.hangUp()
	s.mu.Unlock()
}

// hangUp takes a socket out of use and ends its loops. Envelopes it has not
// acknowledged wait for their time, as Slack knows no better.
func (k *socket) hangUp() {
	if k.gone {
		return
	}
	k.gone = true
	k.server.sockets = slices.DeleteFunc(k.server.sockets, func(o *socket) bool { return o == k })
	k.wake()
	k.server.signal()
}

// write queues a text for the socket. The caller holds the lock.
func (k *socket) write(text []byte) {
	if len(k.queue) < maxQueued {
		k.queue = append(k.queue, text)
	}
	k.wake()
}

func (k *socket) wake() {
	select {
	case k.out <- struct{}{}:
	default:
	}
}

// writeLoop is the only one who writes to the connection, and closes it.
func (k *socket) writeLoop() {
	defer k.conn.Close()
	ping := time.NewTicker(k.server.opt.PingEvery)
	defer ping.Stop()
	for {
		k.server.mu.Lock()
		queue, gone := k.queue, k.gone
		k.queue = nil
		k.server.mu.Unlock()
		k.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
		for _, text := range queue {
			if k.conn.WriteMessage(websocket.TextMessage, text) != nil {
				return
			}
		}
		if gone {
			bye := websocket.FormatCloseMessage(websocket.CloseGoingAway, "")
			k.conn.WriteMessage(websocket.CloseMessage, bye)
			return
		}
		select {
		case <-k.out:
		case <-ping.C:
			k.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
			if k.conn.WriteMessage(websocket.PingMessage, []byte("Ping from slacktest")) != nil {
				return
			}
		}
	}
}

// readLoop takes acks until the connection ends.
func (k *socket) readLoop() {
	for {
		_, text, err := k.conn.ReadMessage()
		if err != nil {
			return
		}
		var ack struct {
			EnvelopeID string          `json:"envelope_id"`
			Payload    json.RawMessage `json:"payload"`
		}
		if json.Unmarshal(text, &ack) != nil || len(text) >= maxAck {
			continue
		}
		k.server.mu.Lock()
		if ev := k.server.envelopes[ack.EnvelopeID]; ev != nil && ev.socket == k {
			k.server.acknowledge(ev, ack.Payload)
		}
		k.server.mu.Unlock()
	}
}

// attemptSocket puts an envelope on one of the open sockets, in turn.
func (s *Server) attemptSocket(ev *event) {
	ev.envelope = s.newID("envelope-")
	if len(s.sockets) == 0 {
		s.note(ev, "no socket")
		s.failAttempt(ev)
		return
	}
	s.note(ev, "")
	k := s.sockets[s.journal.tries%uint64(len(s.sockets))]
	ev.socket, ev.delivery.Socket = k, k.number
	s.envelopes[ev.envelope] = ev
	if ev.fault.Kind == BreakEnvelope {
		k.write([]byte(`{"envelope_id":"broken","type":"events_api","payload":{"event":`))
	}
	envelope := answer{
		"envelope_id": ev.envelope, "type": ev.kind, "payload": ev.payload, "accepts_response_payload": ev.accepts,
	}
	if ev.kind == kindEvent {
		envelope["retry_attempt"], envelope["retry_reason"] = ev.attempt, ev.reason
	}
	k.write(mustJSON(envelope))
	s.awaitAck(ev)
}

// Sockets is how many sockets are open.
func (s *Server) Sockets() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sockets)
}

// Disconnect sends every open socket a disconnect message. The reason
// "warning" leaves the socket open for the app to change over;
// "refresh_requested" and "link_disabled" close it.
func (s *Server) Disconnect(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range slices.Clone(s.sockets) {
		k.disconnect(reason)
	}
}

func (k *socket) disconnect(reason string) {
	k.write(mustJSON(answer{"type": "disconnect", "reason": reason, "debug_info": answer{"host": "slacktest"}}))
	if reason != "warning" {
		k.hangUp()
	}
}

// CutSockets closes every open socket without a word, as a network does.
func (s *Server) CutSockets() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range slices.Clone(s.sockets) {
		k.queue = nil
		k.hangUp()
		k.conn.NetConn().Close()
	}
}

// WriteSocket writes a text as it is to every open socket: a malformed
// envelope, or one of a kind that does not exist.
func (s *Server) WriteSocket(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.sockets {
		k.write([]byte(text))
	}
}
