package slacktest

import (
	"slices"
	"strings"
	"time"
)

// The kinds of what is delivered, as the envelopes of Socket Mode name them.
const (
	kindEvent       = "events_api"
	kindInteractive = "interactive"
	kindSlash       = "slash_commands"
)

// emit makes an event and sends it on its way. inner is what stands under
// "event"; ts is that of the message it is about, "" for none.
func (s *Server) emit(name, subtype, channel, ts string, inner answer) (eventID string) {
	if len(s.opt.Events) > 0 && name != unknownEvent && !slices.Contains(s.opt.Events, name) {
		return ""
	}
	id := s.newID("Ev")
	inner["type"] = name
	if inner["event_ts"] == nil {
		inner["event_ts"] = s.newTS()
	}
	payload := mustJSON(answer{
		"token": "slacktest", "team_id": TeamID, "api_app_id": AppID, "type": "event_callback",
		"event": inner, "event_id": id, "event_time": time.Now().Unix(), "is_ext_shared_channel": false,
		"event_context": "4-" + id,
		"authorizations": []answer{{
			"enterprise_id": nil, "team_id": TeamID, "user_id": BotUserID, "is_bot": true, "is_enterprise_install": false,
		}},
	})
	fate := &Fate{EventID: id, Event: name, Subtype: subtype, Channel: channel, TS: ts, Made: time.Now()}
	s.journal.totals.Events++
	if s.journal.full {
		s.journal.fates.add(fate)
	}
	ev := &event{kind: kindEvent, event: name, subtype: subtype, id: id, channel: channel, ts: ts, payload: payload, fate: fate}
	s.pending[ev] = true
	s.remember(ev)
	s.dispatch(ev)
	return id
}

// unknownEvent is a type of event that does not exist.
const unknownEvent = "event_of_next_year"

// Emit sends the app an event of any type, known or not, with these fields
// beside "type" and "event_ts", and returns its event_id.
func (s *Server) Emit(name string, fields map[string]any) (eventID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	inner := answer{}
	for k, v := range fields {
		inner[k] = v
	}
	channel, _ := inner["channel"].(string)
	return s.emit(name, "", channel, "", inner)
}

// emitMessage tells the app of a new message, if it is in the channel; and of
// a mention of the bot in it a second time, as an event of its own.
func (s *Server) emitMessage(m *message) {
	if !m.channel.has(BotUserID) {
		return
	}
	w := m.wire(false)
	delete(w, "metadata") // told by events of its own kind only
	w["channel"], w["channel_type"], w["event_ts"] = m.channel.id, m.channel.kind(), m.ts
	s.emit("message", m.subtype, m.channel.id, m.ts, w)
	if !m.byBot() && m.channel.direct == "" && m.subtype != "channel_join" && m.subtype != "channel_leave" {
		s.emitMention(m, "")
	}
}

// emitMention tells of a mention, unless the text before mentioned it already.
func (s *Server) emitMention(m *message, before string) {
	mention := "<@" + BotUserID + ">"
	if !strings.Contains(m.text, mention) || strings.Contains(before, mention) {
		return
	}
	w := m.wire(false)
	delete(w, "metadata")
	delete(w, "subtype")
	w["channel"], w["event_ts"] = m.channel.id, m.ts
	s.emit("app_mention", "", m.channel.id, m.ts, w)
}

func (s *Server) emitChanged(m *message, before answer) {
	if !m.channel.has(BotUserID) {
		return
	}
	now := s.newTS()
	s.emit("message", "message_changed", m.channel.id, m.ts, answer{
		"subtype": "message_changed", "hidden": true, "channel": m.channel.id, "channel_type": m.channel.kind(),
		"ts": now, "event_ts": now, "message": withSource(m.wire(true)), "previous_message": withSource(before),
	})
}

func (s *Server) emitDeleted(m *message, before answer) {
	if !m.channel.has(BotUserID) {
		return
	}
	now := s.newTS()
	s.emit("message", "message_deleted", m.channel.id, m.ts, answer{
		"subtype": "message_deleted", "hidden": true, "channel": m.channel.id, "channel_type": m.channel.kind(),
		"ts": now, "event_ts": now, "deleted_ts": m.ts, "previous_message": withSource(before),
	})
}

func withSource(w answer) answer {
	w["source_team"], w["user_team"] = TeamID, TeamID
	return w
}

func (s *Server) emitReaction(name string, m *message, emoji, user string) {
	if !m.channel.has(BotUserID) {
		return
	}
	s.emit(name, "", m.channel.id, m.ts, answer{
		"user": user, "reaction": emoji, "item_user": m.user,
		"item": answer{"type": "message", "channel": m.channel.id, "ts": m.ts},
	})
}
