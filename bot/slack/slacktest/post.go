package slacktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// The sizes of a message, in characters. The one for an update is not
// published; it was observed.
const (
	maxText       = 40_000
	maxTextUpdate = 4_000
	maxBlockText  = 13_200
)

func (s *Server) chatPostMessage(c *call) (answer, *apiError) {
	ch, err := s.joined(c.args.str("channel"))
	if err != nil {
		return nil, err
	}
	m := &message{channel: ch, user: BotUserID, botID: BotID, threadTS: c.args.str("thread_ts")}
	if err := s.fill(m, c.args, maxText); err != nil {
		return nil, err
	}
	if name := c.args.str("username"); name != "" {
		m.username, m.subtype, m.user = name, "bot_message", ""
	}
	if m.broadcast = c.args.flag("reply_broadcast") && m.threadTS != ""; m.broadcast {
		m.subtype = "thread_broadcast"
	}
	s.add(m)
	c.rec.TS = m.ts
	if raw := c.args.raw("metadata"); m.metadata != nil {
		c.rec.Metadata = bytes.Clone(raw)
	}
	s.emitMessage(m)
	return answer{"channel": ch.id, "ts": m.ts, "message": m.wire(true)}, nil
}

// fill sets what a message says from the arguments of a call.
func (s *Server) fill(m *message, a args, most int) *apiError {
	text := a.str("text")
	if utf8.RuneCountInString(text) > most {
		return failed("msg_too_long")
	}
	blocks, err := parseBlocks(a.raw("blocks"), surfaceMessage)
	if err != nil {
		return err
	}
	if size := blockText(blocks); size > maxBlockText {
		return failed("msg_blocks_too_long")
	}
	if raw := a.raw("attachments"); len(raw) > 0 && string(raw) != "[]" {
		if !json.Valid(raw) || raw[0] != '[' {
			return failed("invalid_attachments")
		}
		m.attachments = bytes.Clone(raw)
	}
	if text == "" && len(blocks) == 0 && m.attachments == nil && len(m.files) == 0 {
		return failed("no_text")
	}
	metadata, err := parseMetadata(a.raw("metadata"))
	if err != nil {
		return err
	}
	m.text, m.blocks, m.metadata = fromBot(text), blocks, metadata
	return nil
}

// parseMetadata returns nil for metadata that is absent or empty.
func parseMetadata(raw json.RawMessage) (*Metadata, *apiError) {
	if len(raw) == 0 {
		return nil, nil
	}
	var m Metadata
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, failed("invalid_metadata_format")
	}
	if m.EventType == "" && len(m.EventPayload) == 0 {
		return nil, nil
	}
	if m.EventType == "" || m.EventPayload == nil {
		return nil, failed("invalid_metadata_schema")
	}
	if len(raw) > 8000 {
		return nil, failed("metadata_too_large")
	}
	return &m, nil
}

// meant is a message a call means by channel and ts.
func (s *Server) meant(c *call) (*message, *apiError) {
	ch, err := s.seen(c.args.str("channel"))
	if err != nil {
		return nil, err
	}
	m := s.messages[c.args.str("ts")]
	if m == nil || m.channel != ch || m.onlyFor != "" {
		return nil, failed("message_not_found")
	}
	return m, nil
}

func (s *Server) chatUpdate(c *call) (answer, *apiError) {
	m, err := s.meant(c)
	if err != nil {
		return nil, err
	}
	if !m.byBot() {
		return nil, failed("cant_update_message")
	}
	if !m.channel.has(BotUserID) {
		return nil, failed("not_in_channel")
	}
	next := message{attachments: m.attachments, files: m.files}
	if c.args.has("attachments") {
		next.attachments = nil
	}
	hasText, hasBlocks := c.args.str("text") != "", c.args.has("blocks")
	if hasText || hasBlocks || c.args.has("attachments") {
		if err := s.fill(&next, c.args, maxTextUpdate); err != nil {
			return nil, err
		}
	} else if !c.args.has("metadata") {
		return nil, failed("no_text")
	}
	metadata, err := parseMetadata(c.args.raw("metadata"))
	if err != nil {
		return nil, err
	}
	by := BotUserID
	if hasBlocks || !hasText {
		by = "" // no "(edited)" mark on a message of blocks
	}
	s.change(m, by, func() {
		if hasText {
			m.text = next.text
		}
		// Blocks survive only an update that says neither blocks nor text.
		if hasBlocks || hasText {
			m.blocks = next.blocks
		}
		if hasBlocks && !hasText {
			m.text = shownBlocks(next.blocks)
		}
		m.attachments = next.attachments
		if c.args.has("metadata") {
			m.metadata = metadata
		}
	})
	return answer{"channel": m.channel.id, "ts": m.ts, "text": m.text, "message": m.wire(true)}, nil
}

func (s *Server) chatDelete(c *call) (answer, *apiError) {
	m, err := s.meant(c)
	if err != nil {
		return nil, err
	}
	if m.tombstone {
		return nil, failed("message_not_found")
	}
	if !m.byBot() {
		return nil, failed("cant_delete_message")
	}
	s.remove(m)
	return answer{"channel": m.channel.id, "ts": m.ts}, nil
}

func (s *Server) chatPostEphemeral(c *call) (answer, *apiError) {
	ch, err := s.joined(c.args.str("channel"))
	if err != nil {
		return nil, err
	}
	user := c.args.str("user")
	if s.people[user] == nil || !ch.has(user) {
		return nil, failed("user_not_in_channel")
	}
	m := &message{channel: ch, user: BotUserID, botID: BotID, threadTS: c.args.str("thread_ts"), onlyFor: user}
	if err := s.fill(m, c.args, maxText); err != nil {
		return nil, err
	}
	m.metadata = nil
	s.show(m)
	c.rec.TS = m.ts
	return answer{"message_ts": m.ts}, nil
}

// show puts an ephemeral message before the person it is for.
func (s *Server) show(m *message) {
	s.add(m)
	p := s.people[m.onlyFor]
	p.ephemeral = append(p.ephemeral, m)
	if len(p.ephemeral) > maxEphemeral {
		delete(s.messages, p.ephemeral[0].ts)
		p.ephemeral = p.ephemeral[1:]
	}
	s.signal()
}

func (s *Server) chatGetPermalink(c *call) (answer, *apiError) {
	ch, err := s.seen(c.args.str("channel"))
	if err != nil {
		return nil, err
	}
	m := s.messages[c.args.str("message_ts")]
	if m == nil || m.channel != ch || m.onlyFor != "" {
		return nil, failed("message_not_found")
	}
	link := fmt.Sprintf("%s/archives/%s/p%d", s.base, ch.id, m.at)
	if m.parent != nil {
		link += "?thread_ts=" + m.threadTS + "&cid=" + ch.id
	}
	return answer{"channel": ch.id, "permalink": link}, nil
}

func (s *Server) reactionsAdd(c *call) (answer, *apiError) {
	return s.react(c, func(m *message, name string) *apiError { return s.addReaction(m, name, BotUserID) })
}

func (s *Server) reactionsRemove(c *call) (answer, *apiError) {
	return s.react(c, func(m *message, name string) *apiError { return s.removeReaction(m, name, BotUserID) })
}

func (s *Server) react(c *call, do func(*message, string) *apiError) (answer, *apiError) {
	ch, err := s.joined(c.args.str("channel"))
	if err != nil {
		return nil, err
	}
	m := s.messages[c.args.str("timestamp")]
	if m == nil || m.channel != ch || m.onlyFor != "" || m.tombstone {
		return nil, failed("message_not_found")
	}
	name := c.args.str("name")
	if !emojiName.MatchString(name) {
		return nil, failed("invalid_name")
	}
	return answer{}, do(m, name)
}
