package telegramtest

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// User is a person with Telegram on the phone. What the person does queues an
// update for the bot, and the embedded Chat is the private chat with it.
type User struct {
	*Chat
	server *Server
	wire   wireUser

	blocked, gone bool // guarded by the server's lock
}

// User returns the person with this id, made at the first call with a language
// code ("" for a phone that tells none). The bot cannot write to a person
// before the person has done something here.
func (s *Server) User(id int64, language string) *User {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.users[id]; u != nil {
		return u
	}
	name := fmt.Sprintf("Person %d", id)
	u := &User{server: s, wire: wireUser{ID: id, FirstName: name, LanguageCode: language}}
	u.Chat = s.newChat(wireChat{ID: id, Type: "private", FirstName: name})
	u.refusal = forbidden("bot can't initiate conversation with a user")
	s.users[id] = u
	return u
}

// say puts a message of the person in the chat and queues it. Who writes to a
// bot they blocked unblocks it first, as the app demands.
func (u *User) say(w *wireMessage) int64 {
	s := u.server
	s.mu.Lock()
	defer s.mu.Unlock()
	return u.sayLocked(w, File{})
}

func (u *User) sayLocked(w *wireMessage, f File) int64 {
	if u.blocked {
		u.setBlocked(false)
	}
	if !u.gone {
		u.refusal = nil
	}
	return u.Chat.sayAs(u, w, f)
}

// sayAs queues a message of a person in any chat.
func (c *Chat) sayAs(u *User, w *wireMessage, f File) int64 {
	if u != nil {
		from := u.wire
		w.From = &from
	}
	m := c.add(w, false)
	m.file = f
	c.server.push("message", chatLane(c.ID()), m.wire)
	return w.MessageID
}

var commandEntity = regexp.MustCompile(`(?:^|\s)(/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]+)?)`)

// typed is a text as the app sends it: trimmed, with its commands marked.
func typed(text string) (string, []Entity) {
	text, _ = trimText(text, nil)
	var entities []Entity
	for _, at := range commandEntity.FindAllStringSubmatchIndex(text, -1) {
		entities = append(entities, Entity{
			Type: "bot_command", Offset: utf16Len(text[:at[2]]), Length: at[3] - at[2],
		})
	}
	return text, entities
}

// Say sends a text and returns its message id.
func (u *User) Say(text string) int64 {
	text, entities := typed(text)
	return u.say(&wireMessage{Text: text, Entities: entities})
}

// Reply sends a text as the answer to a message of this chat.
func (u *User) Reply(to int64, text string) (int64, error) {
	text, entities := typed(text)
	u.server.mu.Lock()
	defer u.server.mu.Unlock()
	m := u.live(to)
	if m == nil {
		return 0, fmt.Errorf("telegramtest: no message %d to reply to", to)
	}
	answered := *m.wire
	answered.ReplyToMessage = nil
	return u.sayLocked(&wireMessage{Text: text, Entities: entities, ReplyToMessage: &answered}, File{}), nil
}

// Edit changes a text, or a caption, the person sent before.
func (u *User) Edit(messageID int64, text string) error {
	text, entities := typed(text)
	u.server.mu.Lock()
	defer u.server.mu.Unlock()
	m := u.live(messageID)
	if m == nil || m.fromBot {
		return fmt.Errorf("telegramtest: no message %d of this person to edit", messageID)
	}
	m.earlier = append(m.earlier, m.view().Text)
	m.edited = time.Now()
	m.change(func(w *wireMessage) {
		w.EditDate = m.edited.Unix()
		if w.Text != "" {
			w.Text, w.Entities = text, entities
		} else {
			w.Caption, w.CaptionEntities = text, entities
		}
	})
	u.signal()
	u.server.push("edited_message", chatLane(u.ID()), m.wire)
	return nil
}

// Delete takes a message away for both sides. Telegram does not tell the bot.
func (u *User) Delete(messageID int64) error {
	u.server.mu.Lock()
	defer u.server.mu.Unlock()
	m := u.live(messageID)
	if m == nil {
		return fmt.Errorf("telegramtest: no message %d to delete", messageID)
	}
	m.deleted = time.Now()
	u.signal()
	return nil
}

// PressKey taps a key of the reply keyboard, which sends its text, or the
// person's own number when it asks for the contact.
func (u *User) PressKey(text string) (messageID int64, err error) {
	for _, row := range u.Keys() {
		for _, k := range row {
			if k.Text != text {
				continue
			}
			if u.server.mu.Lock(); u.keysOnce {
				u.keys = nil
			}
			u.server.mu.Unlock()
			if k.RequestContact {
				return u.ShareContact("+15550100000", true), nil
			}
			return u.Say(text), nil
		}
	}
	return 0, fmt.Errorf("telegramtest: the reply keyboard shows no key %q", text)
}

// ShareContact sends a phone number: the person's own, or another's, which
// comes without a user id.
func (u *User) ShareContact(phone string, own bool) int64 {
	c := &wireContact{PhoneNumber: phone, FirstName: "Somebody"}
	if own {
		c.FirstName, c.UserID = u.wire.FirstName, u.wire.ID
	}
	return u.say(&wireMessage{Contact: c})
}

// SendLocation sends a place.
func (u *User) SendLocation(latitude, longitude float64) int64 {
	return u.say(&wireMessage{Location: &wireLocation{latitude, longitude}})
}

// Origin is where a forwarded message comes from.
type Origin struct {
	Type string // "user", "hidden_user", "chat", "channel"; anything else is sent as it is
	Name string // of the person, chat or channel
	ID   int64  // not told of a hidden user
}

// Forward forwards a text somebody else wrote.
func (u *User) Forward(from Origin, text string) int64 {
	text, entities := typed(text)
	o := &wireOrigin{Type: from.Type, Date: time.Now().Add(-time.Hour).Unix()}
	switch from.Type {
	case "user":
		o.SenderUser = &wireUser{ID: from.ID, FirstName: from.Name}
	case "hidden_user":
		o.SenderUserName = from.Name
	case "chat":
		o.SenderChat = &wireChat{ID: from.ID, Type: "supergroup", Title: from.Name}
	case "channel":
		o.Chat = &wireChat{ID: from.ID, Type: "channel", Title: from.Name}
		o.MessageID = 1
	}
	return u.say(&wireMessage{Text: text, Entities: entities, ForwardOrigin: o})
}

// Block stops the bot: it gets 403, and a my_chat_member update.
func (u *User) Block() { u.lockedBlock(true) }

// Unblock lets the bot write again; it gets a my_chat_member update.
func (u *User) Unblock() { u.lockedBlock(false) }

func (u *User) lockedBlock(blocked bool) {
	u.server.mu.Lock()
	defer u.server.mu.Unlock()
	u.setBlocked(blocked)
}

func (u *User) setBlocked(blocked bool) {
	if u.blocked == blocked {
		return
	}
	u.blocked = blocked
	u.refusal = nil
	member, kicked := wireMember{User: u.server.botUser, Status: "member"}, wireMember{User: u.server.botUser, Status: "kicked", UntilDate: new(int64)}
	change := wireMemberUpdate{Chat: u.Chat.wire, From: u.wire, Date: time.Now().Unix(), Old: kicked, New: member}
	if blocked {
		u.refusal = forbidden("bot was blocked by the user")
		change.Old, change.New = member, kicked
	}
	if u.gone {
		u.refusal = forbidden("user is deactivated")
	}
	u.server.push("my_chat_member", memberLane(u.ID()), change)
}

// Deactivate deletes the person's account: the bot gets 403 from now on, and no
// update tells it.
func (u *User) Deactivate() {
	u.server.mu.Lock()
	defer u.server.mu.Unlock()
	u.gone = true
	u.refusal = forbidden("user is deactivated")
}

// SetName changes the name the bot sees, first and last.
func (u *User) SetName(name string) {
	u.server.mu.Lock()
	defer u.server.mu.Unlock()
	first, last, _ := strings.Cut(name, " ")
	u.wire.FirstName, u.wire.LastName = first, last
	u.Chat.wire.FirstName, u.Chat.wire.LastName = first, last
}
