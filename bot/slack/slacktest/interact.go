package slacktest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// Interaction is what a person did and the app has to answer within
// Options.AckTimeout: a press, a submission, a shortcut, a command.
type Interaction struct {
	TriggerID   string
	ResponseURL string // "" where Slack gives none, as for views

	server  *Server
	settled func(payload json.RawMessage) error // applies the answer, under the lock
	done    chan struct{}
	payload json.RawMessage
	failure error
}

// Await returns nil as soon as the app acknowledged, and what its answer asked
// for was done. Otherwise it says why the person sees a failure: no ack in
// time, no socket, an answer that cannot be shown.
func (i *Interaction) Await(ctx context.Context) error {
	select {
	case <-i.done:
		return i.failure
	case <-ctx.Done():
		return fmt.Errorf("slacktest: interaction: %w", context.Cause(ctx))
	case <-i.server.closing.Done():
		return errClosed
	}
}

// Payload is what came with the ack, nil for none. It is set when Await
// returned nil.
func (i *Interaction) Payload() json.RawMessage {
	i.server.mu.Lock()
	defer i.server.mu.Unlock()
	return i.payload
}

func (i *Interaction) succeed(payload json.RawMessage) {
	if len(payload) > 0 && string(payload) != "null" {
		i.payload = payload
	}
	if i.settled != nil {
		i.failure = i.settled(i.payload)
	}
	close(i.done)
}

func (i *Interaction) fail(why string) {
	i.failure = fmt.Errorf("slacktest: the app did not respond: %s", why)
	close(i.done)
}

// trigger is one trigger_id.
type trigger struct {
	user string
	made time.Time
	used bool
}

// maxTriggers bounds triggers and response URLs, each; past it those that are
// over are forgotten.
const maxTriggers = 10_000

func (s *Server) newTrigger(user string) string {
	if len(s.triggers) >= maxTriggers {
		maps.DeleteFunc(s.triggers, func(_ string, t *trigger) bool { return time.Since(t.made) > s.opt.TriggerTTL })
	}
	id := s.newID("1000.2000.trigger")
	s.triggers[id] = &trigger{user: user, made: time.Now()}
	return id
}

// ExpireTriggers ends every trigger_id given until now, as if its three
// seconds were over.
func (s *Server) ExpireTriggers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.triggers {
		t.made = time.Time{}
	}
}

// takeTrigger uses a trigger up and says whose it was.
func (s *Server) takeTrigger(id string) (*Staff, *apiError) {
	t := s.triggers[id]
	switch {
	case t == nil:
		return nil, failed("invalid_trigger_id")
	case t.used:
		return nil, failed("exchanged_trigger_id")
	case time.Since(t.made) > s.opt.TriggerTTL:
		return nil, failed("expired_trigger_id")
	}
	t.used = true
	return s.people[t.user], nil
}

// responseURL is one response_url: good for five posts in half an hour.
type responseURL struct {
	channel  *channel
	user     string
	original string // ts of the message it is about, "" for a command
	made     time.Time
	uses     int
}

func (s *Server) newResponseURL(ch *channel, user, original string) string {
	if len(s.responses) >= maxTriggers {
		maps.DeleteFunc(s.responses, func(_ string, r *responseURL) bool { return time.Since(r.made) > s.opt.ResponseURLTTL })
	}
	key := s.newID("r")
	s.responses[key] = &responseURL{channel: ch, user: user, original: original, made: time.Now()}
	return s.base + "/respond/" + key
}

func (s *Server) serveResponse(w http.ResponseWriter, r *http.Request, c *call) {
	c.method = method{name: "response_url", run: (*Server).respond, json: true}
	c.rec.Method = c.method.name
	err := c.read(r)
	c.args.noCharset = false // warned of by the Web API only
	c.token = strings.TrimPrefix(r.URL.Path, "/respond/")
	s.perform(w, c, err)
}

// respond is a post to a response_url, whose key stands for the token.
func (s *Server) respond(c *call) (answer, *apiError) {
	r := s.responses[c.token]
	switch {
	case r == nil || time.Since(r.made) > s.opt.ResponseURLTTL:
		return nil, &apiError{code: "expired_url", status: http.StatusNotFound}
	case r.uses >= 5:
		return nil, &apiError{code: "used_url", status: http.StatusNotFound}
	}
	c.rec.Channel, c.rec.User, c.rec.TS = r.channel.id, r.user, r.original
	original := s.messages[r.original]
	if c.args.flag("delete_original") || c.args.flag("replace_original") {
		if original == nil {
			return nil, failed("message_not_found")
		}
		r.uses++
		if c.args.flag("delete_original") {
			s.dismiss(original)
			return answer{}, nil
		}
		return answer{}, s.replace(original, c.args)
	}
	m := &message{channel: r.channel, user: BotUserID, botID: BotID, threadTS: c.args.str("thread_ts")}
	if err := s.fill(m, c.args, maxText); err != nil {
		return nil, err
	}
	r.uses++
	s.say(m, c.args.str("response_type"), r.user)
	return answer{}, nil
}

// say shows what an app answered: to all of the channel, or to one person.
func (s *Server) say(m *message, responseType, user string) {
	if responseType == "in_channel" {
		s.add(m)
		s.emitMessage(m)
		return
	}
	m.onlyFor = user
	s.show(m)
}

func (s *Server) replace(m *message, a args) *apiError {
	next := message{}
	if err := s.fill(&next, a, maxText); err != nil {
		return err
	}
	s.change(m, "", func() {
		m.text, m.blocks, m.attachments = next.text, next.blocks, next.attachments
		if next.metadata != nil {
			m.metadata = next.metadata
		}
	})
	return nil
}

// dismiss takes a message away, also one that only one person sees.
func (s *Server) dismiss(m *message) {
	if m.onlyFor == "" {
		s.remove(m)
		return
	}
	delete(s.messages, m.ts)
	p := s.people[m.onlyFor]
	for i, e := range p.ephemeral {
		if e == m {
			p.ephemeral = append(p.ephemeral[:i:i], p.ephemeral[i+1:]...)
			break
		}
	}
	s.signal()
}

// interaction sends what a person did. The payload gets what all of them hold.
func (s *Server) interaction(p *Staff, name, channel, ts string, payload answer, i *Interaction) *Interaction {
	i.server, i.done = s, make(chan struct{})
	payload["type"], payload["token"], payload["api_app_id"] = name, "slacktest", AppID
	payload["user"] = answer{"id": p.id, "username": p.username(), "name": p.username(), "team_id": TeamID}
	payload["team"] = answer{"id": TeamID, "domain": "slacktest"}
	payload["enterprise"], payload["is_enterprise_install"] = nil, false
	if i.TriggerID != "" {
		payload["trigger_id"] = i.TriggerID
	}
	if i.ResponseURL != "" {
		payload["response_url"] = i.ResponseURL
	}
	ev := &event{
		kind: kindInteractive, event: name, channel: channel, ts: ts,
		payload: mustJSON(payload), accepts: name == "view_submission", interaction: i,
	}
	s.pending[ev] = true
	s.dispatch(ev)
	return i
}

// wireName is what payloads call a channel: private ones are not named.
func (c *channel) wireName() string {
	switch {
	case c.direct != "":
		return "directmessage"
	case c.private:
		return "privategroup"
	}
	return c.name
}
