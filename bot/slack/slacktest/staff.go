package slacktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Staff is a person with Slack open. What the person does tells the app, as
// far as the bot is in the channel.
type Staff struct {
	server   *Server
	id, name string
	bot      bool

	// Guarded by the server's lock.
	gone      bool
	ephemeral []*message
	stack     []*view // open modals, the top one last
	home      *view
}

// maxEphemeral is how many ephemeral messages a person keeps.
const maxEphemeral = 1_000

// ID is the person's user id.
func (p *Staff) ID() string { return p.id }

// Name is the person's name, as in a mention.
func (p *Staff) Name() string { return p.name }

// Post writes a text into a channel, as it is typed: < is a character, an
// address becomes a link, @name a mention, an emoji its :name:. It returns the
// message's ts, or an error when the person is not in the channel.
func (p *Staff) Post(channel, text string) (ts string, err error) {
	return p.post(channel, "", text, true)
}

// Reply writes a text into the thread of a message.
func (p *Staff) Reply(threadTS, text string) (ts string, err error) {
	return p.post("", threadTS, text, true)
}

// PostWire is Post, or with a threadTS Reply, with a text that is not typed but
// in the form Slack keeps it in.
func (p *Staff) PostWire(channel, threadTS, text string) (ts string, err error) {
	return p.post(channel, threadTS, text, false)
}

// Direct writes a text to the bot, in their direct message.
func (p *Staff) Direct(text string) (ts string, err error) {
	p.server.mu.Lock()
	id := p.server.dm(p.id).id
	p.server.mu.Unlock()
	return p.post(id, "", text, true)
}

func (p *Staff) post(channel, threadTS, text string, typed bool) (string, error) {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := p.compose(channel, threadTS)
	if err != nil {
		return "", err
	}
	if typed {
		text = s.fromPerson(text)
	}
	m.text, m.blocks = text, s.richText(text)
	s.add(m)
	s.emitMessage(m)
	return m.ts, nil
}

// compose begins a message of the person, in a channel or in a thread.
func (p *Staff) compose(channel, threadTS string) (*message, error) {
	s := p.server
	if threadTS != "" {
		parent := s.messages[threadTS]
		if parent == nil || parent.onlyFor != "" {
			return nil, fmt.Errorf("slacktest: no message %s to reply to", threadTS)
		}
		channel = parent.channel.id
	}
	ch := s.channels[channel]
	if ch == nil || !ch.has(p.id) {
		return nil, fmt.Errorf("slacktest: %s is not in channel %q", p.name, channel)
	}
	return &message{channel: ch, user: p.id, threadTS: threadTS, clientID: s.newID("client-")}, nil
}

// own is a message of the person that is still there.
func (p *Staff) own(ts string) (*message, error) {
	m := p.server.messages[ts]
	if m == nil || m.user != p.id || m.tombstone || m.botID != "" {
		return nil, fmt.Errorf("slacktest: no message %s of %s", ts, p.name)
	}
	return m, nil
}

// Edit changes a text the person wrote.
func (p *Staff) Edit(ts, text string) error {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := p.own(ts)
	if err != nil {
		return err
	}
	before := m.text
	s.change(m, p.id, func() { m.text = s.fromPerson(text); m.blocks = s.richText(m.text) })
	if m.channel.has(BotUserID) && m.channel.direct == "" {
		s.emitMention(m, before)
	}
	return nil
}

// Delete takes a message of the person away.
func (p *Staff) Delete(ts string) error {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	m, err := p.own(ts)
	if err == nil {
		p.server.remove(m)
	}
	return err
}

// Unfurl adds the preview of a link to a message, as Slack does a moment after
// it was written: the app sees a message_changed whose text is the same.
func (s *Server) Unfurl(ts string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.messages[ts]
	if m == nil || m.onlyFor != "" {
		return fmt.Errorf("slacktest: no message %s", ts)
	}
	before := m.wire(true)
	m.attachments = mustJSON([]answer{{"id": 1, "title": "A page", "from_url": "https://example.org/", "fallback": "A page"}})
	s.emitChanged(m, before)
	return nil
}

// React adds an emoji, by its name without colons.
func (p *Staff) React(ts, name string) error { return p.reaction(ts, name, p.server.addReaction) }

// Unreact takes an emoji of the person away.
func (p *Staff) Unreact(ts, name string) error {
	return p.reaction(ts, name, p.server.removeReaction)
}

func (p *Staff) reaction(ts, name string, do func(*message, string, string) *apiError) error {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	m := p.server.messages[ts]
	if m == nil || m.tombstone || m.onlyFor != "" || !m.channel.has(p.id) {
		return fmt.Errorf("slacktest: %s sees no message %s", p.name, ts)
	}
	if err := do(m, name, p.id); err != nil {
		return errors.New("slacktest: " + err.code)
	}
	return nil
}

func (s *Server) addReaction(m *message, name, user string) *apiError {
	i := slices.IndexFunc(m.reactions, func(r reaction) bool { return r.name == name })
	if i < 0 {
		m.reactions = append(m.reactions, reaction{name: name})
		i = len(m.reactions) - 1
	}
	if slices.Contains(m.reactions[i].users, user) {
		return failed("already_reacted")
	}
	m.reactions[i].users = append(m.reactions[i].users, user)
	s.emitReaction("reaction_added", m, name, user)
	s.signal()
	return nil
}

func (s *Server) removeReaction(m *message, name, user string) *apiError {
	i := slices.IndexFunc(m.reactions, func(r reaction) bool { return r.name == name })
	if i < 0 || !slices.Contains(m.reactions[i].users, user) {
		return failed("no_reaction")
	}
	left := slices.DeleteFunc(slices.Clone(m.reactions[i].users), func(u string) bool { return u == user })
	if m.reactions[i].users = left; len(left) == 0 {
		m.reactions = slices.Delete(m.reactions, i, i+1)
	}
	s.emitReaction("reaction_removed", m, name, user)
	s.signal()
	return nil
}

// Upload shares a file in the thread of a message and returns its id.
func (p *Staff) Upload(threadTS, name string, content []byte) (fileID string, err error) {
	return p.upload("", threadTS, name, content)
}

// UploadTo shares a file in a channel and returns its id.
func (p *Staff) UploadTo(channel, name string, content []byte) (fileID string, err error) {
	return p.upload(channel, "", name, content)
}

func (p *Staff) upload(channel, threadTS, name string, content []byte) (string, error) {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := p.compose(channel, threadTS)
	if err != nil {
		return "", err
	}
	if s.files.total+int64(len(content)) > s.opt.MaxFileBytes {
		return "", errors.New("slacktest: no room for more files")
	}
	s.files.total += int64(len(content))
	f := s.newFile(p.id, name, "")
	f.content, f.uploaded = slices.Clone(content), true
	m.files, m.subtype = []*file{f}, "file_share"
	s.share(m)
	return f.id, nil
}

// Slash sends a command with its text from DeskChannel, whether the person is
// in it or not.
func (p *Staff) Slash(command, text string) *Interaction {
	return p.SlashIn(DeskChannel, command, text)
}

// SlashIn sends a command from a channel; an unknown one is a direct message.
// Slack does not take commands inside threads, so there is no call for that.
func (p *Staff) SlashIn(channel, command, text string) *Interaction {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.channels[channel]
	if ch == nil {
		ch = s.dm(p.id)
	}
	i := &Interaction{server: s, done: make(chan struct{}), TriggerID: s.newTrigger(p.id), ResponseURL: s.newResponseURL(ch, p.id, "")}
	form := map[string]string{
		"token": "slacktest", "team_id": TeamID, "team_domain": "slacktest", "channel_id": ch.id, "channel_name": ch.wireName(),
		"user_id": p.id, "user_name": p.username(), "command": command, "text": strings.TrimSpace(text), "api_app_id": AppID,
		"is_enterprise_install": "false", "response_url": i.ResponseURL, "trigger_id": i.TriggerID,
	}
	i.settled = func(payload json.RawMessage) error { return s.settleCommand(p, ch, payload) }
	ev := &event{kind: kindSlash, event: command, channel: ch.id, payload: mustJSON(form), form: form, accepts: true, interaction: i}
	s.pending[ev] = true
	s.dispatch(ev)
	return i
}
