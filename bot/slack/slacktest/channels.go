package slacktest

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// channel is one conversation: a channel, or a direct message with the bot.
type channel struct {
	id, name string
	private  bool
	direct   string     // the person of a direct message with the bot
	members  []string   // user ids in the order they joined
	messages []*message // by ts; what was deleted is gone
}

func (s *Server) newChannel(id, name string, private bool) *channel {
	c := &channel{id: id, name: name, private: private}
	s.channels[id] = c
	return c
}

// AddChannel makes a channel; the bot is in it when joined is true. An id that
// is known already is an error.
func (s *Server) AddChannel(id, name string, private, joined bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.channels[id] != nil || !strings.HasPrefix(id, "C") {
		return fmt.Errorf("slacktest: channel %q exists, or does not begin with C", id)
	}
	c := s.newChannel(id, name, private)
	if joined {
		c.members = []string{BotUserID}
	}
	return nil
}

// RemoveBot takes the bot out of a channel, as a person would with /remove.
func (s *Server) RemoveBot(channel string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channel]
	if c == nil || !c.has(BotUserID) {
		return fmt.Errorf("slacktest: the bot is not in channel %q", channel)
	}
	c.members = slices.DeleteFunc(c.members, func(id string) bool { return id == BotUserID })
	name := "channel_left"
	if c.private {
		name = "group_left"
	}
	s.emit(name, "", c.id, "", answer{"channel": c.id})
	s.signal()
	return nil
}

// InviteBot puts the bot into a channel, as a person would with /invite.
func (s *Server) InviteBot(channel string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channel]
	if c == nil || c.direct != "" {
		return fmt.Errorf("slacktest: no channel %q", channel)
	}
	s.join(c, s.people[BotUserID])
	return nil
}

// SetUserGroup makes or changes a user group, whose id begins with S.
func (s *Server) SetUserGroup(id string, users ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups[id] = slices.Clone(users)
}

func (c *channel) has(user string) bool { return slices.Contains(c.members, user) }

// kind is the channel_type of events.
func (c *channel) kind() string {
	switch {
	case c.direct != "":
		return "im"
	case c.private:
		return "group"
	}
	return "channel"
}

func (c *channel) wire() answer {
	w := answer{
		"id": c.id, "created": 1700000000, "is_archived": false, "is_im": c.direct != "",
		"is_member": c.has(BotUserID), "is_org_shared": false, "context_team_id": TeamID,
	}
	if c.direct != "" {
		w["user"] = c.direct
		return w
	}
	w["name"], w["name_normalized"], w["is_private"] = c.name, c.name, c.private
	w["is_channel"], w["is_group"], w["creator"], w["is_general"] = !c.private, c.private, BotUserID, false
	w["topic"], w["purpose"] = answer{"value": ""}, answer{"value": ""}
	w["num_members"] = len(c.members)
	return w
}

// dm is the direct message of the bot and a person, made when there is none.
func (s *Server) dm(user string) *channel {
	id := "D" + strings.TrimPrefix(user, "U")
	if c := s.channels[id]; c != nil {
		return c
	}
	c := s.newChannel(id, "", true)
	c.direct = user
	c.members = []string{user, BotUserID}
	return c
}

// seen is a channel the bot can see: one it is in, or a public one.
func (s *Server) seen(id string) (*channel, *apiError) {
	if p := s.people[id]; p != nil && !p.bot {
		return s.dm(id), nil
	}
	c := s.channels[id]
	if c == nil || c.private && !c.has(BotUserID) {
		return nil, failed("channel_not_found")
	}
	return c, nil
}

// joined is a channel the bot is in.
func (s *Server) joined(id string) (*channel, *apiError) {
	c, err := s.seen(id)
	if err == nil && !c.has(BotUserID) {
		return nil, failed("not_in_channel")
	}
	return c, err
}

func (s *Server) conversationsInfo(c *call) (answer, *apiError) {
	ch, err := s.seen(c.args.str("channel"))
	if err != nil {
		return nil, err
	}
	return answer{"channel": ch.wire()}, nil
}

func (s *Server) conversationsMembers(c *call) (answer, *apiError) {
	ch, err := s.seen(c.args.str("channel"))
	if err != nil {
		return nil, err
	}
	page, next, err := paged(c, ch.members, 100, 1000)
	if err != nil {
		return nil, err
	}
	return answer{"members": page, "response_metadata": map[string]any{"next_cursor": next}}, nil
}

func (s *Server) conversationsJoin(c *call) (answer, *apiError) {
	ch, err := s.seen(c.args.str("channel"))
	if err != nil {
		return nil, err
	}
	if ch.private {
		return nil, failed("method_not_supported_for_channel_type")
	}
	if ch.has(BotUserID) {
		return answer{"channel": ch.wire(), "warning": "already_in_channel"}, nil
	}
	s.join(ch, s.people[BotUserID])
	return answer{"channel": ch.wire()}, nil
}

func (s *Server) conversationsOpen(c *call) (answer, *apiError) {
	users := c.args.list("users")
	if len(users) != 1 || s.people[users[0]] == nil || s.people[users[0]].bot {
		return nil, failed("user_not_found")
	}
	return answer{"channel": answer{"id": s.dm(users[0]).id}}, nil
}

// join puts a person into a channel, which everybody there sees.
func (s *Server) join(ch *channel, p *Staff) {
	if ch.has(p.id) {
		return
	}
	ch.members = append(ch.members, p.id)
	if ch.has(BotUserID) {
		s.emit("member_joined_channel", "", ch.id, "", answer{
			"user": p.id, "channel": ch.id, "channel_type": map[bool]string{true: "G", false: "C"}[ch.private], "team": TeamID,
		})
	}
	s.announce(ch, p, "channel_join", fmt.Sprintf("<@%s> has joined the channel", p.id))
}

func (s *Server) leave(ch *channel, p *Staff) {
	if !ch.has(p.id) {
		return
	}
	ch.members = slices.DeleteFunc(ch.members, func(id string) bool { return id == p.id })
	if ch.has(BotUserID) {
		s.emit("member_left_channel", "", ch.id, "", answer{
			"user": p.id, "channel": ch.id, "channel_type": map[bool]string{true: "G", false: "C"}[ch.private], "team": TeamID,
		})
	}
	s.announce(ch, p, "channel_leave", fmt.Sprintf("<@%s> has left the channel", p.id))
}

// announce puts Slack's own message about a person into a channel.
func (s *Server) announce(ch *channel, p *Staff, subtype, text string) {
	m := &message{channel: ch, user: p.id, subtype: subtype, text: text}
	s.add(m)
	s.emitMessage(m)
}

// index is where a ts stands in the channel, or would.
func (c *channel) index(micro int64) int {
	return sort.Search(len(c.messages), func(i int) bool { return c.messages[i].at >= micro })
}
