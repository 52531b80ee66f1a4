package slacktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// settleCommand shows what came with the ack of a command: nothing, a text, or
// a message as JSON.
func (s *Server) settleCommand(p *Staff, ch *channel, payload json.RawMessage) error {
	text := strings.TrimSpace(string(payload))
	if text == "" || text == "{}" {
		return nil
	}
	var a args
	if json.Unmarshal([]byte(text), &a.body) != nil {
		a.body = map[string]json.RawMessage{"text": mustJSON(text)}
	}
	m := &message{channel: ch, user: BotUserID, botID: BotID}
	if err := s.fill(m, a, maxText); err != nil {
		return fmt.Errorf("slacktest: the answer to a command: %s", err.code)
	}
	s.say(m, a.str("response_type"), p.id)
	return nil
}

// found is an element a person can use, and the block it is in.
type found struct {
	block, element block
}

// find looks for an element by its action_id and value; value "" is any. Of an
// element with options the value is that of an option.
func find(blocks []block, actionID, value string) (found, bool) {
	for _, b := range blocks {
		for _, e := range elements(b) {
			if !interactive(e) || str(e, "action_id") != actionID {
				continue
			}
			if str(e, "type") == "button" && value != "" && str(e, "value") != value {
				continue
			}
			return found{b, e}, true
		}
	}
	return found{}, false
}

// action is the entry of "actions" for what the person did.
func (s *Server) action(f found, value string) (answer, error) {
	e := f.element
	a := answer{
		"action_id": e["action_id"], "block_id": f.block["block_id"], "type": e["type"], "action_ts": s.newTS(),
	}
	if str(e, "type") == "button" {
		a["text"] = e["text"]
		if v, ok := e["value"]; ok {
			a["value"] = v
		}
		return a, nil
	}
	state, err := put(e, value)
	if err != nil {
		return nil, err
	}
	for k, v := range state {
		a[k] = v
	}
	return a, nil
}

// Press presses a button of a message the person sees, also of one that only
// they see: by its action_id, and its value where several share the action_id.
// Of a menu the value is the option that is chosen.
func (p *Staff) Press(ts, actionID, value string) (*Interaction, error) {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	m := p.server.messages[ts]
	if m == nil || !p.sees(m) {
		return nil, fmt.Errorf("slacktest: %s sees no message %s", p.name, ts)
	}
	return p.pressIn(m, m.blocks, actionID, value)
}

// PressStale presses a button a message had when the person looked at it,
// which it may have lost since: what a slow hand does.
func (p *Staff) PressStale(looked Message, actionID, value string) (*Interaction, error) {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	m := p.server.messages[looked.TS]
	if m == nil {
		return nil, fmt.Errorf("slacktest: message %s is gone", looked.TS)
	}
	return p.pressIn(m, looked.blocks, actionID, value)
}

func (p *Staff) pressIn(m *message, blocks []block, actionID, value string) (*Interaction, error) {
	s := p.server
	f, ok := find(blocks, actionID, value)
	if !ok {
		return nil, fmt.Errorf("slacktest: message %s has no %q with value %q", m.ts, actionID, value)
	}
	a, err := s.action(f, value)
	if err != nil {
		return nil, err
	}
	i := &Interaction{TriggerID: s.newTrigger(p.id), ResponseURL: s.newResponseURL(m.channel, p.id, m.ts)}
	container := answer{
		"type": "message", "message_ts": m.ts, "channel_id": m.channel.id, "is_ephemeral": m.onlyFor != "",
	}
	if m.threadTS != "" {
		container["thread_ts"] = m.threadTS
	}
	payload := answer{
		"container": container, "channel": answer{"id": m.channel.id, "name": m.channel.wireName()},
		"actions": []answer{a}, "state": answer{"values": answer{}},
	}
	if m.onlyFor == "" { // Slack does not send an ephemeral message along
		payload["message"] = m.wire(true)
	}
	return s.interaction(p, "block_actions", m.channel.id, m.ts, payload, i), nil
}

// PressView presses a button, or chooses in a menu, of the modal on top.
func (p *Staff) PressView(actionID, value string) (*Interaction, error) {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	return p.pressOn(p.top(), actionID, value)
}

// PressHome presses a button, or chooses in a menu, of the person's Home.
func (p *Staff) PressHome(actionID, value string) (*Interaction, error) {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	return p.pressOn(p.home, actionID, value)
}

func (p *Staff) pressOn(v *view, actionID, value string) (*Interaction, error) {
	if v == nil {
		return nil, errors.New("slacktest: no such view is open")
	}
	f, ok := find(v.blocks, actionID, value)
	if !ok {
		return nil, fmt.Errorf("slacktest: the view has no %q with value %q", actionID, value)
	}
	a, err := p.server.action(f, value)
	if err != nil {
		return nil, err
	}
	if stateful(f.element) {
		if err := v.enter(map[string]string{str(f.block, "block_id") + "/" + actionID: value}); err != nil {
			return nil, err
		}
	}
	payload := answer{
		"container": answer{"type": "view", "view_id": v.id}, "view": v.wire(), "actions": []answer{a},
	}
	i := &Interaction{TriggerID: p.server.newTrigger(p.id)}
	return p.server.interaction(p, "block_actions", "", "", payload, i), nil
}

// OpenHome opens the app's Home; the app is told, with the view that shows.
func (p *Staff) OpenHome() (eventID string) {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	inner := answer{"user": p.id, "channel": s.dm(p.id).id, "tab": "home"}
	if p.home != nil {
		inner["view"] = p.home.wire()
	}
	return s.emit("app_home_opened", "", "", "", inner)
}

// Shortcut uses a shortcut from anywhere.
func (p *Staff) Shortcut(callbackID string) *Interaction {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	i := &Interaction{TriggerID: s.newTrigger(p.id)}
	return s.interaction(p, "shortcut", "", "", answer{"callback_id": callbackID, "action_ts": s.newTS()}, i)
}

// MessageShortcut uses a shortcut on a message the person sees.
func (p *Staff) MessageShortcut(ts, callbackID string) (*Interaction, error) {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.messages[ts]
	if m == nil || !p.sees(m) || m.onlyFor != "" {
		return nil, fmt.Errorf("slacktest: %s sees no message %s", p.name, ts)
	}
	i := &Interaction{TriggerID: s.newTrigger(p.id), ResponseURL: s.newResponseURL(m.channel, p.id, ts)}
	payload := answer{
		"callback_id": callbackID, "action_ts": s.newTS(), "message_ts": ts, "message": m.wire(true),
		"channel": answer{"id": m.channel.id, "name": m.channel.wireName()},
	}
	return s.interaction(p, "message_action", m.channel.id, ts, payload, i), nil
}
