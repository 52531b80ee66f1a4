package slacktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// put sets the value of an element as a person would: by typing, or by choosing
// an option by its value or its label, several with commas between them.
func put(e block, text string) (answer, error) {
	kind := str(e, "type")
	key := stateKey(kind)
	state := answer{"type": kind, key: text}
	switch key {
	case "selected_option":
		o, err := pick(e, text)
		state[key] = o
		return state, err
	case "selected_options":
		chosen := []any{}
		for _, one := range strings.Split(text, ",") {
			if one = strings.TrimSpace(one); one == "" {
				continue
			}
			o, err := pick(e, one)
			if err != nil {
				return nil, err
			}
			chosen = append(chosen, o)
		}
		state[key] = chosen
	case "selected_users", "selected_conversations", "selected_channels":
		state[key] = strings.Split(text, ",")
	case "selected_date_time":
		n, err := strconv.ParseInt(text, 10, 64)
		state[key] = n
		return state, err
	case "value":
		if text == "" {
			state[key] = nil
		}
		return state, fits(e, text)
	}
	return state, nil
}

// fits checks what the app's client checks before it sends an input.
func fits(e block, text string) error {
	n := utf8.RuneCountInString(text)
	least, _ := e["min_length"].(float64)
	most, ok := e["max_length"].(float64)
	if !ok {
		most = 3000
	}
	if text != "" && n < int(least) || n > int(most) {
		return fmt.Errorf("slacktest: %d characters, allowed are %.0f to %.0f", n, least, most)
	}
	if str(e, "type") == "number_input" && text != "" {
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			return fmt.Errorf("slacktest: %q is no number", text)
		}
	}
	return nil
}

func pick(e block, text string) (block, error) {
	if kind := str(e, "type"); kind == "external_select" || kind == "multi_external_select" {
		return block{"text": block{"type": "plain_text", "text": text, "emoji": true}, "value": text}, nil
	}
	all := optionsOf(e)
	for _, by := range []func(block) string{
		func(o block) string { return str(o, "value") },
		func(o block) string { return str(sub(o, "text"), "text") },
	} {
		if i := slices.IndexFunc(all, func(o block) bool { return by(o) == text }); i >= 0 {
			return all[i], nil
		}
	}
	return nil, fmt.Errorf("slacktest: no option %q", text)
}

// enter sets inputs of a view; a key is an action_id, a block_id, or both with
// a slash between.
func (v *view) enter(values map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		found := false
		for _, b := range v.blocks {
			for _, e := range elements(b) {
				id, action := str(b, "block_id"), str(e, "action_id")
				if !stateful(e) || key != id && key != action && key != id+"/"+action {
					continue
				}
				state, err := put(e, values[key])
				if err != nil {
					return fmt.Errorf("%w (%s)", err, key)
				}
				v.state[id][action], found = state, true
			}
		}
		if !found {
			return fmt.Errorf("slacktest: the view has no input %q", key)
		}
	}
	return nil
}

// missing names an input that must not be empty and is.
func (v *view) missing() string {
	for _, b := range v.blocks {
		if str(b, "type") != "input" || b["optional"] == true {
			continue
		}
		e := sub(b, "element")
		switch value := v.state[str(b, "block_id")][str(e, "action_id")][stateKey(str(e, "type"))].(type) {
		case nil:
			return str(sub(b, "label"), "text")
		case []any:
			if len(value) == 0 {
				return str(sub(b, "label"), "text")
			}
		}
	}
	return ""
}

// Type fills inputs of the view on top without submitting it. A key is an
// action_id, a block_id, or both with a slash between; the value is what is
// typed, or the value or label of an option.
func (p *Staff) Type(values map[string]string) error {
	p.server.mu.Lock()
	defer p.server.mu.Unlock()
	v := p.top()
	if v == nil {
		return errors.New("slacktest: no view is open")
	}
	return v.enter(values)
}

// Submit fills inputs as Type does and presses the submit button of a view,
// which must be the one on top. It is an error when the view would not let the
// person: a required input is empty, a text too long, there is no such input.
// What the app answered shows in View.
func (p *Staff) Submit(shown View, values map[string]string) (*Interaction, error) {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	v := p.top()
	if v == nil || v.id != shown.ID {
		return nil, fmt.Errorf("slacktest: view %s is not on top", shown.ID)
	}
	if sub(v.spec, "submit") == nil {
		return nil, errors.New("slacktest: the view has no submit button")
	}
	if err := v.enter(values); err != nil {
		return nil, err
	}
	if label := v.missing(); label != "" {
		return nil, fmt.Errorf("slacktest: input %q is required", label)
	}
	v.errors = nil
	i := &Interaction{TriggerID: s.newTrigger(p.id)}
	i.settled = func(payload json.RawMessage) error { return s.settleSubmission(p, v, payload) }
	return s.interaction(p, "view_submission", "", "", answer{"view": v.wire(), "response_urls": []any{}}, i), nil
}

var errTrouble = errors.New("slacktest: we had some trouble connecting: the app's answer to a submission is wrong")

// settleSubmission does what the app answered. No answer closes the view.
func (s *Server) settleSubmission(p *Staff, v *view, payload json.RawMessage) error {
	var said struct {
		Action string            `json:"response_action"`
		View   json.RawMessage   `json:"view"`
		Errors map[string]string `json:"errors"`
	}
	if len(payload) > 0 && json.Unmarshal(payload, &said) != nil {
		return errTrouble
	}
	if p.top() != v {
		return nil // the person closed it meanwhile
	}
	switch said.Action {
	case "":
		s.closeViews(p, v)
	case "clear":
		s.closeViews(p, p.stack[0])
	case "errors":
		for id := range said.Errors {
			if !slices.ContainsFunc(v.blocks, func(b block) bool { return str(b, "block_id") == id && str(b, "type") == "input" }) {
				return fmt.Errorf("%w: no input block %q", errTrouble, id)
			}
		}
		if len(said.Errors) == 0 {
			return errTrouble
		}
		v.errors = said.Errors
	case "update", "push":
		spec, blocks, err := parseView(said.View, surfaceModal)
		if err != nil {
			return fmt.Errorf("%w: %v", errTrouble, err.messages)
		}
		if said.Action == "update" {
			v.set(spec, blocks)
			break
		}
		next := s.newView(p, spec, blocks)
		if err := s.push(p, next); err != nil {
			delete(s.views, next.id)
			return fmt.Errorf("%w: %s", errTrouble, err.code)
		}
	default:
		return fmt.Errorf("%w: response_action %q", errTrouble, said.Action)
	}
	return nil
}

// closeViews closes a view and those that lie on it.
func (s *Server) closeViews(p *Staff, v *view) {
	i := slices.Index(p.stack, v)
	if i < 0 {
		return
	}
	for _, gone := range p.stack[i:] {
		delete(s.views, gone.id)
	}
	p.stack = p.stack[:i:i]
	s.signal()
}

// CloseView closes the view on top with its close button; the app is told when
// the view asked for it.
func (p *Staff) CloseView() error {
	s := p.server
	s.mu.Lock()
	defer s.mu.Unlock()
	v := p.top()
	if v == nil {
		return errors.New("slacktest: no view is open")
	}
	first, cleared := v, false
	if v.spec["clear_on_close"] == true {
		first, cleared = p.stack[0], true
	}
	closed := slices.Clone(p.stack[slices.Index(p.stack, first):])
	s.closeViews(p, first)
	for _, gone := range closed {
		if gone.spec["notify_on_close"] == true {
			s.interaction(p, "view_closed", "", "", answer{"view": gone.wire(), "is_cleared": cleared}, &Interaction{})
		}
	}
	return nil
}

func (p *Staff) top() *view {
	if len(p.stack) == 0 {
		return nil
	}
	return p.stack[len(p.stack)-1]
}
