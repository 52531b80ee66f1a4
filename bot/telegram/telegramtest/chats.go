package telegramtest

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Chat is a conversation as the people in it see it: a person's private chat
// with the bot, or a group.
type Chat struct {
	server *Server
	wire   wireChat

	// Guarded by the server's lock.
	messages []*stored // in order, the last MaxTranscript
	byID     map[int64]*stored
	keys     [][]Key // the reply keyboard that shows now
	keysOnce bool
	actions  []string
	queries  []*query
	lastMsg  int64 // supergroups number their messages themselves
	lastSent time.Time
	changed  chan struct{} // closed at the next change, nil when nobody waits

	refusal *apiError // what the bot gets when it writes here, nil when it may
}

// stored is one message. What the bot may do with it hangs on what it was
// sent with.
type stored struct {
	wire     *wireMessage
	fromBot  bool
	editable bool // sent without a reply keyboard
	edited   time.Time
	deleted  time.Time
	sent     time.Time
	earlier  []string
	file     File
}

// Message is a message as a person sees it. Its slices belong to the server.
type Message struct {
	ID       int64
	FromBot  bool
	From     int64  // the user who wrote it; 0 for an anonymous admin
	Kind     string // "text", "photo", "document", "voice", "sticker", "location", "contact", "service"
	Text     string // the text or caption without any markup
	Entities []Entity
	Buttons  [][]Button // the inline keyboard it has now
	File     File       // of a photo the largest size
	ReplyTo  int64      // id of the message it answers, 0 for none
	AlbumID  string

	Sent    time.Time
	Edited  time.Time // the last time; zero when never
	Deleted time.Time // a deleted message stays in the transcript
	Earlier []string  // its texts before each edit, oldest first
}

// Data is the callback_data of the button with this label, "" when there is none.
func (m Message) Data(label string) string {
	for _, row := range m.Buttons {
		for _, b := range row {
			if b.Text == label {
				return b.Data
			}
		}
	}
	return ""
}

// ID is the chat's id, which of a private chat is the person's.
func (c *Chat) ID() int64 { return c.wire.ID }

// Transcript returns the messages of the chat in order, also deleted ones, the
// oldest gone when there were more than MaxTranscript.
func (c *Chat) Transcript() []Message {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	return c.transcript()
}

func (c *Chat) transcript() []Message {
	all := make([]Message, len(c.messages))
	for i, m := range c.messages {
		all[i] = m.view()
	}
	return all
}

// Replies returns what the bot said, in order, without what it deleted.
func (c *Chat) Replies() []Message {
	return replies(c.Transcript())
}

func replies(all []Message) []Message {
	return slices.DeleteFunc(all, func(m Message) bool { return !m.FromBot || !m.Deleted.IsZero() })
}

// Message returns one message; found is false when it never was or is too old.
func (c *Chat) Message(id int64) (m Message, found bool) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if st := c.byID[id]; st != nil {
		return st.view(), true
	}
	return Message{}, false
}

// Keys returns the reply keyboard that shows now, nil when there is none. It
// belongs to the server.
func (c *Chat) Keys() [][]Key {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	return c.keys
}

// Actions returns the chat actions ("typing") the bot showed, in order.
func (c *Chat) Actions() []string {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	return slices.Clone(c.actions)
}

// Await returns the transcript as soon as done says so of it; done is called
// again at every change. It fails when ctx ends or the server closes, with what
// the transcript was then.
func (c *Chat) Await(ctx context.Context, done func([]Message) bool) ([]Message, error) {
	for {
		c.server.mu.Lock()
		all := c.transcript()
		if c.changed == nil {
			c.changed = make(chan struct{})
		}
		changed := c.changed
		c.server.mu.Unlock()
		if done(all) {
			return all, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return all, fmt.Errorf("telegramtest: chat %d, %d messages: %w", c.ID(), len(all), ctx.Err())
		case <-c.server.closing.Done():
			return all, fmt.Errorf("telegramtest: chat %d, %d messages: the server is closed", c.ID(), len(all))
		}
	}
}

// AwaitReplies returns what the bot said as soon as that is n messages or more.
func (c *Chat) AwaitReplies(ctx context.Context, n int) ([]Message, error) {
	all, err := c.Await(ctx, func(all []Message) bool {
		return len(replies(slices.Clone(all))) >= n
	})
	return replies(all), err
}

// AwaitReplyAfter returns the first message of the bot with an id above after.
func (c *Chat) AwaitReplyAfter(ctx context.Context, after int64) (Message, error) {
	var found Message
	_, err := c.Await(ctx, func(all []Message) bool {
		for _, m := range all {
			if m.FromBot && m.ID > after {
				found = m
				return true
			}
		}
		return false
	})
	return found, err
}

func (m *stored) view() Message {
	w := m.wire
	v := Message{
		ID: w.MessageID, FromBot: m.fromBot, Kind: "text", Text: w.Text, Entities: w.Entities,
		File: m.file, AlbumID: w.MediaGroupID,
		Sent: m.sent, Edited: m.edited, Deleted: m.deleted, Earlier: slices.Clone(m.earlier),
	}
	if w.From != nil && w.SenderChat == nil {
		v.From = w.From.ID
	}
	if w.ReplyMarkup != nil {
		v.Buttons = w.ReplyMarkup.Rows
	}
	if w.ReplyToMessage != nil {
		v.ReplyTo = w.ReplyToMessage.MessageID
	}
	switch {
	case w.Photo != nil:
		v.Kind = "photo"
	case w.Document != nil:
		v.Kind = "document"
	case w.Voice != nil:
		v.Kind = "voice"
	case w.Sticker != nil:
		v.Kind = "sticker"
	case w.Location != nil:
		v.Kind = "location"
	case w.Contact != nil:
		v.Kind = "contact"
	case w.MigrateToChat != 0 || w.MigrateFromChat != 0:
		v.Kind = "service"
	}
	if w.Caption != "" {
		v.Text, v.Entities = w.Caption, w.CaptionEntities
	}
	return v
}

// The rest is called with the server's lock held.

func (s *Server) newChat(w wireChat) *Chat {
	c := &Chat{server: s, wire: w, byID: map[int64]*stored{}}
	s.chats[w.ID] = c
	return c
}

// add numbers a message, dates it and puts it at the end of the chat.
func (c *Chat) add(w *wireMessage, fromBot bool) *stored {
	if c.wire.Type == "supergroup" {
		c.lastMsg++
		w.MessageID = c.lastMsg
	} else {
		c.server.nextMsg++
		w.MessageID = c.server.nextMsg
	}
	now := time.Now()
	w.Date, w.Chat = now.Unix(), c.wire
	m := &stored{wire: w, fromBot: fromBot, editable: true, sent: now}
	if len(c.messages) >= c.server.opt.MaxTranscript {
		n := max(len(c.messages)/4, 1)
		for _, old := range c.messages[:n] {
			delete(c.byID, old.wire.MessageID)
		}
		c.messages = slices.Delete(c.messages, 0, n)
	}
	c.messages = append(c.messages, m)
	c.byID[w.MessageID] = m
	c.signal()
	return m
}

// live is a message that is there and not deleted, nil otherwise.
func (c *Chat) live(id int64) *stored {
	if m := c.byID[id]; m != nil && m.deleted.IsZero() {
		return m
	}
	return nil
}

// change replaces the wire form of a message: the old one may be on its way in
// an update, and must not change under it.
func (m *stored) change(edit func(w *wireMessage)) {
	w := *m.wire
	edit(&w)
	m.wire = &w
}

func (c *Chat) signal() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}
