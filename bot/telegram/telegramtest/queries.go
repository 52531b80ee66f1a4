package telegramtest

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// query is one press of a button that waits for its answer.
type query struct {
	id      string
	chat    *Chat
	asked   time.Time
	answer  *Answer
	changed chan struct{} // closed when it is answered
}

// Answer is what a person saw after pressing a button.
type Answer struct {
	Text  string // "" when the button only stopped turning
	Alert bool   // as a window to close, not as a passing note
	At    time.Time
}

// addQuery makes a query id. The caller holds the lock.
func (s *Server) addQuery(c *Chat) *query {
	s.nextID++
	q := &query{
		id:      itoa(4_000_000_000_000_000 + int64(hash(itoa(s.nextID))%1_000_000_000)*1_000_000 + s.nextID),
		chat:    c,
		asked:   time.Now(),
		changed: make(chan struct{}),
	}
	if len(c.queries) >= s.opt.MaxTranscript {
		delete(s.queries, c.queries[0].id)
		c.queries = c.queries[1:]
	}
	c.queries = append(c.queries, q)
	s.queries[q.id] = q
	return q
}

func answerCallbackQuery(s *Server, c *call) (any, *apiError) {
	id := c.args.str("callback_query_id")
	q := s.queries[id]
	text := c.args.str("text")
	switch {
	case q == nil, q.answer != nil, time.Since(q.asked) > s.opt.QueryTimeout:
		return nil, badRequest("query is too old and response timeout expired or query ID is invalid")
	case utf8.RuneCountInString(text) > maxAnswer:
		return nil, badRequest("MESSAGE_TOO_LONG")
	}
	c.rec.Chat = q.chat.ID()
	q.answer = &Answer{Text: text, Alert: c.args.boolean("show_alert"), At: time.Now()}
	close(q.changed)
	q.chat.signal()
	return true, nil
}

// AwaitAnswer returns the bot's answer to a press, by the id that Press gave.
// It fails when ctx ends first.
func (c *Chat) AwaitAnswer(ctx context.Context, queryID string) (Answer, error) {
	c.server.mu.Lock()
	q := c.server.queries[queryID]
	c.server.mu.Unlock()
	if q == nil {
		return Answer{}, fmt.Errorf("telegramtest: no press %q", queryID)
	}
	select {
	case <-q.changed:
		return *q.answer, nil // written before changed was closed, and never again
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("telegramtest: press %q has no answer: %w", queryID, ctx.Err())
	}
}

// Unanswered returns the ids of the presses in this chat the bot did not
// answer, in order.
func (c *Chat) Unanswered() []string {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	var ids []string
	for _, q := range c.queries {
		if q.answer == nil {
			ids = append(ids, q.id)
		}
	}
	return ids
}

// Press presses a button the message shows now, by its callback_data or else
// its label, and returns the id of the query. messageID 0 is the newest
// message with buttons.
func (u *User) Press(messageID int64, button string) (queryID string, err error) {
	return u.Chat.press(u, messageID, named(button), button)
}

// PressIndex is Press with the n-th button, counted from 1 over all rows.
func (u *User) PressIndex(messageID int64, n int) (queryID string, err error) {
	return u.Chat.press(u, messageID, func(all []Button) *Button {
		if n < 1 || n > len(all) {
			return nil
		}
		return &all[n-1]
	}, fmt.Sprintf("number %d", n))
}

// Press lets a member of the group press a button, as User.Press does.
func (g *Group) Press(u *User, messageID int64, button string) (queryID string, err error) {
	return g.Chat.press(u, messageID, named(button), button)
}

// named finds a button by its data, or else by its label.
func named(button string) func([]Button) *Button {
	return func(all []Button) *Button {
		for _, of := range []func(Button) string{
			func(b Button) string { return b.Data },
			func(b Button) string { return b.Text },
		} {
			for i := range all {
				if of(all[i]) == button {
					return &all[i]
				}
			}
		}
		return nil
	}
}

func (c *Chat) press(u *User, id int64, pick func([]Button) *Button, name string) (string, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	m := c.live(id)
	for i := len(c.messages) - 1; id == 0 && m == nil && i >= 0; i-- {
		if last := c.messages[i]; last.deleted.IsZero() && last.wire.ReplyMarkup != nil {
			m = last
		}
	}
	if m == nil || m.wire.ReplyMarkup == nil {
		return "", fmt.Errorf("telegramtest: message %d shows no buttons", id)
	}
	var all []Button
	for _, row := range m.wire.ReplyMarkup.Rows {
		all = append(all, row...)
	}
	b := pick(all)
	if b == nil || b.Data == "" {
		return "", fmt.Errorf("telegramtest: message %d has no button %q to press", m.wire.MessageID, name)
	}
	return c.ask(u, mustJSON(m.wire), b.Data), nil
}

// PressData sends any data as a press on a message, also one that lost its
// buttons or was deleted meanwhile: what an old phone does, or a forged app.
func (u *User) PressData(messageID int64, data string) (queryID string) {
	u.server.mu.Lock()
	defer u.server.mu.Unlock()
	var message json.RawMessage
	if m := u.live(messageID); m != nil {
		message = mustJSON(m.wire)
	} else { // an InaccessibleMessage
		message = mustJSON(map[string]any{"chat": u.Chat.wire, "message_id": messageID, "date": 0})
	}
	return u.ask(u, message, data)
}

// ask queues a callback query. The caller holds the lock.
func (c *Chat) ask(u *User, message json.RawMessage, data string) string {
	q := c.server.addQuery(c)
	c.server.push("callback_query", pressLane(u.wire.ID), wireQuery{
		ID: q.id, From: u.wire, Message: message, Data: data,
		ChatInstance: itoa(int64(hash("chat", itoa(c.ID())) >> 1)),
	})
	return q.id
}
