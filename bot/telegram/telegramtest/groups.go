package telegramtest

import (
	"fmt"
	"time"
)

// anonymousBot writes for the administrators of a group who hide their name.
var anonymousBot = wireUser{ID: 1087968824, IsBot: true, FirstName: "Group", Username: "GroupAnonymousBot"}

// Group is a group the bot is a member of. The embedded Chat is what everybody
// in it sees.
type Group struct {
	*Chat
	server *Server
}

// Group returns the group with this negative id, made at the first call. From
// -1000000000000 down it is a supergroup, else a basic group.
func (s *Server) Group(id int64, title string) *Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.group(id, title)
}

func (s *Server) group(id int64, title string) *Group {
	if g := s.groups[id]; g != nil {
		return g
	}
	kind := "group"
	if id <= -1_000_000_000_000 {
		kind = "supergroup"
	}
	g := &Group{server: s, Chat: s.newChat(wireChat{ID: id, Type: kind, Title: title})}
	s.groups[id] = g
	return g
}

// Say lets a person write in the group.
func (g *Group) Say(u *User, text string) int64 {
	text, entities := typed(text)
	g.server.mu.Lock()
	defer g.server.mu.Unlock()
	return g.sayAs(u, &wireMessage{Text: text, Entities: entities}, File{})
}

// SayAnonymous lets an administrator write who hides behind the group: the
// message comes from GroupAnonymousBot, with the group as sender_chat.
func (g *Group) SayAnonymous(text string) int64 {
	text, entities := typed(text)
	g.server.mu.Lock()
	defer g.server.mu.Unlock()
	from, sender := anonymousBot, g.wire
	return g.sayAs(nil, &wireMessage{From: &from, SenderChat: &sender, Text: text, Entities: entities}, File{})
}

// Kick throws the bot out: it gets 403 here, and a my_chat_member update.
func (g *Group) Kick(by *User) {
	g.server.mu.Lock()
	defer g.server.mu.Unlock()
	g.refusal = forbidden("bot was kicked from the " + g.wire.Type + " chat")
	bot := g.server.botUser
	g.server.push("my_chat_member", memberLane(g.ID()), wireMemberUpdate{
		Chat: g.wire, From: by.wire, Date: time.Now().Unix(),
		Old: wireMember{User: bot, Status: "member"},
		New: wireMember{User: bot, Status: "kicked", UntilDate: new(int64)},
	})
}

// Migrate makes the group a supergroup with a new id, which must be one of a
// supergroup. Both chats get the service message that says so, and calls for
// the old id get 400 with migrate_to_chat_id.
func (g *Group) Migrate(newID int64) (*Group, error) {
	s := g.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if newID > -1_000_000_000_000 || s.chats[newID] != nil || g.refusal != nil {
		return nil, fmt.Errorf("telegramtest: group %d cannot become %d", g.ID(), newID)
	}
	next := s.group(newID, g.wire.Title)
	from := anonymousBot
	g.sayAs(nil, &wireMessage{From: &from, MigrateToChat: newID}, File{})
	next.sayAs(nil, &wireMessage{From: &from, MigrateFromChat: g.ID()}, File{})
	g.refusal = badRequest("group chat was upgraded to a supergroup chat")
	g.refusal.MigrateTo = newID
	return next, nil
}
