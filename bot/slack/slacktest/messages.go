package slacktest

import (
	"encoding/json"
	"slices"
	"time"
)

// Metadata is what an app hides in a message for apps.
type Metadata struct {
	EventType    string         `json:"event_type"`
	EventPayload map[string]any `json:"event_payload"`
}

// message is one message of a channel, or one shown to one person only. It
// changes under the server's lock only.
type message struct {
	channel  *channel
	ts       string
	at       int64 // ts in microseconds
	threadTS string
	parent   *message
	replies  []*message // of a thread's first message, by ts

	user, botID, username string
	subtype               string
	text                  string // as Slack keeps it: escaped, with its links in <>
	blocks                []block
	attachments           json.RawMessage
	metadata              *Metadata
	files                 []*file
	reactions             []reaction
	editedBy, editedTS    string
	clientID              string
	broadcast             bool // a reply that also shows in the channel
	tombstone             bool

	onlyFor string // the person an ephemeral message is shown to
	sent    time.Time
	earlier []string
}

type reaction struct {
	name  string
	users []string
}

// add puts a message where it belongs: it gets its ts, and its thread counts
// it. A thread_ts that nobody knows is dropped, as Slack does: a reply to a
// message that was deleted meanwhile shows in the channel.
func (s *Server) add(m *message) {
	m.ts = s.newTS()
	m.at, _ = parseTS(m.ts)
	m.sent = time.Now()
	s.messages[m.ts] = m
	if m.onlyFor != "" {
		return
	}
	if parent := s.messages[m.threadTS]; m.threadTS != "" {
		if parent == nil || parent.channel != m.channel || parent.onlyFor != "" {
			m.threadTS = ""
		} else {
			if parent.parent != nil {
				parent = parent.parent
			}
			m.parent, m.threadTS = parent, parent.ts
			parent.threadTS = parent.ts
			parent.replies = append(parent.replies, m)
		}
	}
	c := m.channel
	if len(c.messages) >= s.opt.MaxHistory {
		n := max(len(c.messages)/4, 1)
		for _, old := range c.messages[:n] {
			delete(s.messages, old.ts)
		}
		c.messages = slices.Delete(c.messages, 0, n)
	}
	c.messages = append(c.messages, m)
	s.signal()
}

// remove deletes a message. The first of a thread with replies becomes a
// tombstone, and goes with its last reply.
func (s *Server) remove(m *message) {
	before := m.wire(true)
	if len(m.replies) > 0 {
		m.tombstone, m.subtype, m.text, m.user, m.botID = true, "tombstone", "This message was deleted.", "USLACKBOT", ""
		m.blocks, m.metadata, m.files, m.reactions, m.attachments = nil, nil, nil, nil, nil
		m.username, m.clientID, m.editedBy = "", "", ""
		s.emitChanged(m, before)
		return
	}
	s.drop(m)
	s.emitDeleted(m, before)
	if p := m.parent; p != nil {
		p.replies = slices.DeleteFunc(p.replies, func(r *message) bool { return r == m })
		if len(p.replies) == 0 && p.tombstone {
			gone := p.wire(true)
			s.drop(p)
			s.emitDeleted(p, gone)
		} else if len(p.replies) == 0 {
			p.threadTS = ""
		}
	}
}

func (s *Server) drop(m *message) {
	delete(s.messages, m.ts)
	c := m.channel
	if i := c.index(m.at); i < len(c.messages) && c.messages[i] == m {
		c.messages = slices.Delete(c.messages, i, i+1)
	}
	s.signal()
}

// change edits a message and tells the app. by is "" when the change shows no
// "(edited)" mark.
func (s *Server) change(m *message, by string, edit func()) {
	before := m.wire(true)
	m.earlier = append(m.earlier, m.text)
	edit()
	if by != "" {
		m.editedBy, m.editedTS = by, formatTS(time.Now().Unix()*1_000_000)
	}
	s.signal()
	if m.onlyFor == "" {
		s.emitChanged(m, before)
	}
}

// inChannel says whether a message shows in the channel itself, and not only
// in a thread.
func (m *message) inChannel() bool { return m.parent == nil || m.broadcast }

// byBot says whether the app wrote it.
func (m *message) byBot() bool { return m.botID == BotID }

// wire is the message as JSON objects carry it. Without all, of the metadata
// only the event_type is told.
func (m *message) wire(all bool) answer {
	w := answer{"type": "message", "ts": m.ts, "text": m.text, "team": TeamID}
	set := func(key, value string) {
		if value != "" {
			w[key] = value
		}
	}
	set("user", m.user)
	set("subtype", m.subtype)
	set("thread_ts", m.threadTS)
	set("client_msg_id", m.clientID)
	set("username", m.username)
	if m.botID != "" {
		w["bot_id"], w["app_id"] = m.botID, AppID
		w["bot_profile"] = answer{"id": BotID, "app_id": AppID, "team_id": TeamID, "deleted": false, "updated": 1700000000}
	}
	if m.blocks != nil {
		w["blocks"] = m.blocks
	}
	if m.attachments != nil {
		w["attachments"] = m.attachments
	}
	if m.metadata != nil {
		kept := answer{"event_type": m.metadata.EventType}
		if all {
			kept["event_payload"] = m.metadata.EventPayload
		}
		w["metadata"] = kept
	}
	if m.editedBy != "" {
		w["edited"] = answer{"user": m.editedBy, "ts": m.editedTS}
	}
	if len(m.files) > 0 {
		var files []answer
		for _, f := range m.files {
			files = append(files, f.wire())
		}
		w["files"], w["upload"] = files, false
	}
	if m.tombstone {
		w["hidden"] = true
	}
	m.wireThread(w)
	return w
}

func (m *message) wireThread(w answer) {
	if m.parent != nil {
		w["parent_user_id"] = m.parent.user
	}
	if len(m.reactions) > 0 {
		var all []answer
		for _, r := range m.reactions {
			all = append(all, answer{"name": r.name, "users": r.users, "count": len(r.users)})
		}
		w["reactions"] = all
	}
	if len(m.replies) == 0 && !m.tombstone {
		return
	}
	var users []string
	for _, r := range m.replies {
		if !slices.Contains(users, r.user) {
			users = append(users, r.user)
		}
	}
	w["reply_count"], w["reply_users"], w["reply_users_count"] = len(m.replies), users, len(users)
	w["is_locked"], w["subscribed"] = false, false
	w["latest_reply"] = "0000000000.000000"
	if n := len(m.replies); n > 0 {
		w["latest_reply"] = m.replies[n-1].ts
	}
}
