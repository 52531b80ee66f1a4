package slacktest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Message is a message as a person sees it.
type Message struct {
	TS, ThreadTS string // ThreadTS is "" outside threads
	Channel      string
	User         string // the user id of who wrote it
	Bot          bool   // the app wrote it
	Subtype      string
	Text         string // in the form Slack keeps it in; only notifications show it when there are blocks
	// Shown is what a person reads: the text of the blocks, else the text,
	// with names for ids and characters for entities.
	Shown     string
	Blocks    json.RawMessage // nil for none
	Buttons   []Button
	Metadata  *Metadata // nobody sees it
	Files     []File
	Reactions map[string][]string // user ids by emoji
	Replies   int
	Edited    bool // shows "(edited)"
	Tombstone bool // "This message was deleted."
	Ephemeral bool
	Sent      time.Time
	Earlier   []string // its texts before each change, oldest first

	blocks []block
}

// Button is an element a person can use: a button or a menu.
type Button struct {
	Type, ActionID, BlockID string
	Text, Value, Style, URL string   // of a button
	Options                 []Option // of a menu
}

// Option is one choice.
type Option struct{ Text, Value string }

// Button returns the first button with this action_id; ok is false when there
// is none.
func (m Message) Button(actionID string) (b Button, ok bool) {
	for _, b := range m.Buttons {
		if b.ActionID == actionID {
			return b, true
		}
	}
	return Button{}, false
}

// View is a modal or a Home as a person sees it.
type View struct {
	ID, Type, CallbackID, ExternalID, Hash string
	Title, Submit, Close                   string
	PrivateMetadata                        string
	Shown                                  string // the text of the blocks
	Blocks                                 json.RawMessage
	Inputs                                 []Input
	Buttons                                []Button
	Depth                                  int // 1 for the first modal of a stack, 0 for a Home
}

// Input is one input block of a view.
type Input struct {
	BlockID, ActionID, Type, Label string
	Value                          string // what is in it now; of menus the values, with commas between
	Options                        []Option
	Optional                       bool
	Error                          string // what the app said of it
}

func (s *Server) view(m *message) Message {
	v := Message{
		TS: m.ts, ThreadTS: m.threadTS, Channel: m.channel.id, User: m.user, Bot: m.byBot(), Subtype: m.subtype, Text: m.text,
		Shown: s.shown(m.text), Metadata: m.metadata, Replies: len(m.replies), Edited: m.editedBy != "", Tombstone: m.tombstone,
		Ephemeral: m.onlyFor != "", Sent: m.sent, Earlier: slices.Clone(m.earlier), blocks: m.blocks,
	}
	if m.blocks != nil {
		v.Blocks = mustJSON(m.blocks)
		if text := shownBlocks(m.blocks); text != "" {
			v.Shown = s.shown(text)
		}
		v.Buttons = buttons(m.blocks)
	}
	for _, f := range m.files {
		v.Files = append(v.Files, f.view())
	}
	for _, r := range m.reactions {
		if v.Reactions == nil {
			v.Reactions = map[string][]string{}
		}
		v.Reactions[r.name] = slices.Clone(r.users)
	}
	return v
}

func buttons(blocks []block) []Button {
	var all []Button
	for _, b := range blocks {
		if str(b, "type") == "input" {
			continue
		}
		for _, e := range elements(b) {
			if interactive(e) {
				all = append(all, Button{
					Type: str(e, "type"), ActionID: str(e, "action_id"), BlockID: str(b, "block_id"),
					Text: str(sub(e, "text"), "text"), Value: str(e, "value"), Style: str(e, "style"), URL: str(e, "url"),
					Options: options(e),
				})
			}
		}
	}
	return all
}

func options(e block) []Option {
	var all []Option
	for _, o := range optionsOf(e) {
		all = append(all, Option{str(sub(o, "text"), "text"), str(o, "value")})
	}
	return all
}

func (v *view) see(s *Server) View {
	out := View{
		ID: v.id, Type: str(v.spec, "type"), CallbackID: str(v.spec, "callback_id"), ExternalID: str(v.spec, "external_id"), Hash: v.hash(),
		Title: str(sub(v.spec, "title"), "text"), Submit: str(sub(v.spec, "submit"), "text"), Close: str(sub(v.spec, "close"), "text"),
		PrivateMetadata: str(v.spec, "private_metadata"), Shown: s.shown(shownBlocks(v.blocks)), Blocks: mustJSON(v.blocks),
		Buttons: buttons(v.blocks), Depth: slices.Index(v.user.stack, v) + 1,
	}
	for _, b := range v.blocks {
		if str(b, "type") != "input" {
			continue
		}
		id, e := str(b, "block_id"), sub(b, "element")
		action := str(e, "action_id")
		out.Inputs = append(out.Inputs, Input{
			BlockID: id, ActionID: action, Type: str(e, "type"), Label: str(sub(b, "label"), "text"),
			Value: entered(v.state[id][action]), Options: options(e), Optional: b["optional"] == true, Error: v.errors[id],
		})
	}
	return out
}

// entered is the value of an input as text.
func entered(state answer) string {
	kind, _ := state["type"].(string)
	switch value := state[stateKey(kind)].(type) {
	case nil:
		return ""
	case string:
		return value
	case []string:
		return strings.Join(value, ",")
	case block:
		return str(value, "value")
	case []any:
		text := ""
		for i, v := range value {
			if i > 0 {
				text += ","
			}
			if o, ok := v.(block); ok {
				text += str(o, "value")
			} else {
				text += fmt.Sprint(v)
			}
		}
		return text
	default:
		return fmt.Sprint(value)
	}
}

// sees says whether a person can see a message.
func (p *Staff) sees(m *message) bool {
	if m.onlyFor != "" {
		return m.onlyFor == p.id
	}
	return m.channel.has(p.id) || !m.channel.private
}

// Channel returns what shows in a channel, in order, with tombstones and
// without the replies in threads and the messages only one person sees; nil
// when the person cannot see the channel.
func (p *Staff) Channel(channel string) []Message {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.channels[channel]
	if ch == nil || ch.private && !ch.has(p.id) {
		return nil
	}
	var all []Message
	for _, m := range ch.messages {
		if m.inChannel() {
			all = append(all, s.view(m))
		}
	}
	return all
}

// Thread returns a message and its replies, in order; nil when the person sees
// no such message.
func (p *Staff) Thread(ts string) []Message {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.messages[ts]
	if m == nil || !p.sees(m) {
		return nil
	}
	all := []Message{s.view(m)}
	for _, r := range m.replies {
		all = append(all, s.view(r))
	}
	return all
}

// Message returns one message; ok is false when the person sees none.
func (p *Staff) Message(ts string) (m Message, ok bool) {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	found := p.server.messages[ts]
	if found == nil || !p.sees(found) {
		return Message{}, false
	}
	return p.server.view(found), true
}

// Ephemerals returns the messages shown to this person only, in order, without
// those that were taken away.
func (p *Staff) Ephemerals() []Message {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	var all []Message
	for _, m := range p.ephemeral {
		all = append(all, p.server.view(m))
	}
	return all
}

// View returns the modal on top; ok is false when none is open.
func (p *Staff) View() (v View, ok bool) {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	if top := p.top(); top != nil {
		return top.see(p.server), true
	}
	return View{}, false
}

// Home returns what the app published in the person's Home; ok is false when it
// has not.
func (p *Staff) Home() (v View, ok bool) {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	if p.home != nil {
		return p.home.see(p.server), true
	}
	return View{}, false
}

// AwaitMessage returns the first message of a channel that is as wanted.
func (p *Staff) AwaitMessage(ctx context.Context, channel string, wanted func(Message) bool) (Message, error) {
	return p.await(ctx, "channel "+channel, func() []Message { return p.Channel(channel) }, wanted)
}

// AwaitReply returns the first message of a thread that is as wanted.
func (p *Staff) AwaitReply(ctx context.Context, threadTS string, wanted func(Message) bool) (Message, error) {
	return p.await(ctx, "thread "+threadTS, func() []Message { return p.Thread(threadTS) }, wanted)
}

// AwaitEphemeral returns the first message shown to this person only that is as
// wanted.
func (p *Staff) AwaitEphemeral(ctx context.Context, wanted func(Message) bool) (Message, error) {
	return p.await(ctx, "ephemeral", p.Ephemerals, wanted)
}

func (p *Staff) await(ctx context.Context, where string, look func() []Message, wanted func(Message) bool) (Message, error) {
	var got Message
	var last []Message
	err := p.server.Await(ctx, func() bool {
		last = look()
		i := slices.IndexFunc(last, wanted)
		if i >= 0 {
			got = last[i]
		}
		return i >= 0
	})
	if err != nil {
		texts := ""
		for _, m := range last[max(len(last)-5, 0):] {
			texts += fmt.Sprintf("\n  %s: %q", m.User, m.Shown)
		}
		err = fmt.Errorf("%w: %s, %d messages%s", err, where, len(last), texts)
	}
	return got, err
}

// AwaitView returns the modal on top as soon as it is as wanted.
func (p *Staff) AwaitView(ctx context.Context, wanted func(View) bool) (View, error) {
	return p.awaitView(ctx, p.View, wanted)
}

// AwaitHome returns the person's Home as soon as it is as wanted.
func (p *Staff) AwaitHome(ctx context.Context, wanted func(View) bool) (View, error) {
	return p.awaitView(ctx, p.Home, wanted)
}

func (p *Staff) awaitView(ctx context.Context, look func() (View, bool), wanted func(View) bool) (View, error) {
	var got View
	err := p.server.Await(ctx, func() bool {
		v, ok := look()
		got = v
		return ok && wanted(v)
	})
	return got, err
}

// AwaitEvent returns what became of the first event that is as wanted, as soon
// as there is one: acknowledged, for example, or lost.
func (s *Server) AwaitEvent(ctx context.Context, wanted func(Fate) bool) (Fate, error) {
	var got Fate
	err := s.Await(ctx, func() bool {
		all := s.Fates()
		i := slices.IndexFunc(all, wanted)
		if i >= 0 {
			got = all[i]
		}
		return i >= 0
	})
	return got, err
}

// Members returns the user ids in a channel, in the order they joined.
func (s *Server) Members(channel string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.channels[channel]; c != nil {
		return slices.Clone(c.members)
	}
	return nil
}

// Channels returns the ids of all channels and direct messages, sorted.
func (s *Server) Channels() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.channels))
}
