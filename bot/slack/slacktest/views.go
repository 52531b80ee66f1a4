package slacktest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// maxStack is how many modals can lie on each other.
const maxStack = 3

// view is one modal or the Home of one person.
type view struct {
	id         string
	user       *Staff
	spec       block // as the app sent it, with its blocks completed
	blocks     []block
	state      map[string]map[string]answer // by block_id and action_id
	version    int
	root, prev string
	errors     map[string]string // shown at input blocks
}

func (v *view) hash() string { return fmt.Sprintf("%s.%d", v.id, v.version) }

func (v *view) wire() answer {
	title := any(v.spec["title"])
	if title == nil {
		title = answer{"type": "plain_text", "text": "View Title", "emoji": true} // Slack's, for a Home
	}
	return answer{
		"id": v.id, "team_id": TeamID, "type": str(v.spec, "type"), "blocks": v.blocks,
		"private_metadata": str(v.spec, "private_metadata"), "callback_id": str(v.spec, "callback_id"),
		"state": answer{"values": v.state}, "hash": v.hash(), "title": title,
		"clear_on_close": v.spec["clear_on_close"] == true, "notify_on_close": v.spec["notify_on_close"] == true,
		"close": v.spec["close"], "submit": v.spec["submit"], "previous_view_id": orNull(v.prev), "root_view_id": v.root,
		"app_id": AppID, "external_id": str(v.spec, "external_id"), "app_installed_team_id": TeamID, "bot_id": BotID,
	}
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// parseView reads and checks a view.
func parseView(raw json.RawMessage, on surface) (block, []block, *apiError) {
	if len(raw) > 250_000 {
		return nil, nil, failed("view_too_large")
	}
	var spec block
	if json.Unmarshal(raw, &spec) != nil || spec == nil {
		return nil, nil, failed("invalid_arguments", "failed to match all allowed schemas [json-pointer:/view]")
	}
	if kind := str(spec, "type"); kind != on.name {
		return nil, nil, failed("invalid_arguments", fmt.Sprintf("invalid type %q [json-pointer:/view/type]", kind))
	}
	k := checker{at: "/view"}
	k.length("private_metadata", str(spec, "private_metadata"), 0, 3000)
	k.length("callback_id", str(spec, "callback_id"), 0, 255)
	k.length("external_id", str(spec, "external_id"), 0, 255)
	blocks, err := parseBlocks(mustJSON(spec["blocks"]), on)
	if err != nil {
		return nil, nil, failed("invalid_arguments", append(k.problems, err.messages...)...)
	}
	if on == surfaceModal {
		k.text("title", sub(spec, "title"), true, 24)
		for _, key := range []string{"submit", "close"} {
			if t := sub(spec, key); t != nil {
				k.text(key, t, true, 24)
			}
		}
		for _, b := range blocks {
			if str(b, "type") == "input" && sub(spec, "submit") == nil {
				k.here("missing required field: submit")
				break
			}
		}
	}
	if blocks == nil {
		k.here("missing required field: blocks")
	}
	if len(k.problems) > 0 {
		return nil, nil, failed("invalid_arguments", k.problems...)
	}
	return spec, blocks, nil
}

// set gives a view its content; what was typed into inputs that are still
// there stays.
func (v *view) set(spec block, blocks []block) {
	old := v.state
	v.spec, v.blocks, v.errors = spec, blocks, nil
	v.state = map[string]map[string]answer{}
	for _, b := range blocks {
		for _, e := range elements(b) {
			if !stateful(e) {
				continue
			}
			id, action := str(b, "block_id"), str(e, "action_id")
			value, ok := old[id][action]
			if !ok || value["type"] != e["type"] {
				value = initialState(e)
			}
			if v.state[id] == nil {
				v.state[id] = map[string]answer{}
			}
			v.state[id][action] = value
		}
	}
	v.version++
}

// duplicateExternal says whether another open view has this external_id.
func (s *Server) duplicateExternal(spec block, self *view) bool {
	id := str(spec, "external_id")
	if id == "" {
		return false
	}
	for _, v := range s.views {
		if v != self && str(v.spec, "external_id") == id {
			return true
		}
	}
	return false
}

func (s *Server) newView(p *Staff, spec block, blocks []block) *view {
	v := &view{id: s.newID("V"), user: p}
	v.root = v.id
	v.set(spec, blocks)
	s.views[v.id] = v
	return v
}

func (s *Server) viewsOpen(c *call) (answer, *apiError) {
	return s.raise(c, func(p *Staff, v *view) *apiError {
		for _, old := range p.stack {
			delete(s.views, old.id)
		}
		p.stack = []*view{v}
		return nil
	})
}

func (s *Server) viewsPush(c *call) (answer, *apiError) { return s.raise(c, s.push) }

// push lays a view on the one a person has open.
func (s *Server) push(p *Staff, v *view) *apiError {
	if len(p.stack) == 0 {
		return failed("not_found")
	}
	if len(p.stack) >= maxStack {
		return failed("push_limit_reached")
	}
	v.root, v.prev = p.stack[0].id, p.stack[len(p.stack)-1].id
	p.stack = append(p.stack, v)
	return nil
}

// raise opens a view for the person of a trigger. A view that is malformed
// leaves the trigger unused.
func (s *Server) raise(c *call, place func(*Staff, *view) *apiError) (answer, *apiError) {
	spec, blocks, err := parseView(c.args.raw("view"), surfaceModal)
	if err != nil {
		return nil, err
	}
	if s.duplicateExternal(spec, nil) {
		return nil, failed("duplicate_external_id")
	}
	p, err := s.takeTrigger(c.args.str("trigger_id"))
	if err != nil {
		return nil, err
	}
	c.rec.User = p.id
	v := s.newView(p, spec, blocks)
	if err := place(p, v); err != nil {
		delete(s.views, v.id)
		return nil, err
	}
	return answer{"view": v.wire()}, nil
}

func (s *Server) viewsUpdate(c *call) (answer, *apiError) {
	v := s.views[c.args.str("view_id")]
	if external := c.args.str("external_id"); v == nil && external != "" {
		for _, o := range s.views {
			if str(o.spec, "external_id") == external {
				v = o
			}
		}
	}
	if v == nil {
		return nil, failed("not_found")
	}
	on := surfaceModal
	if v == v.user.home {
		on = surfaceHome
	}
	spec, blocks, err := parseView(c.args.raw("view"), on)
	if err != nil {
		return nil, err
	}
	if hash := c.args.str("hash"); hash != "" && hash != v.hash() {
		return nil, failed("hash_conflict")
	}
	if s.duplicateExternal(spec, v) {
		return nil, failed("duplicate_external_id")
	}
	c.rec.User = v.user.id
	v.set(spec, blocks)
	return answer{"view": v.wire()}, nil
}

func (s *Server) viewsPublish(c *call) (answer, *apiError) {
	p := s.people[c.args.str("user_id")]
	if p == nil || p.bot {
		return nil, failed("invalid_arguments", "invalid user_id [json-pointer:/user_id]")
	}
	spec, blocks, err := parseView(c.args.raw("view"), surfaceHome)
	if err != nil {
		return nil, err
	}
	c.rec.User = p.id
	if hash := c.args.str("hash"); hash != "" && p.home != nil && hash != p.home.hash() {
		return nil, failed("hash_conflict")
	}
	if s.duplicateExternal(spec, p.home) {
		return nil, failed("duplicate_external_id")
	}
	if p.home == nil {
		p.home = s.newView(p, spec, blocks)
	} else {
		p.home.set(spec, blocks)
	}
	return answer{"view": p.home.wire()}, nil
}

// stateful says whether an element has a value that views tell.
func stateful(e block) bool {
	switch kind := str(e, "type"); kind {
	case "button", "overflow", "workflow_button", "icon_button", "feedback_buttons":
		return false
	default:
		return interactive(e)
	}
}

// stateKey is under which name the state of an element tells its value.
func stateKey(kind string) string {
	switch {
	case kind == "static_select" || kind == "radio_buttons" || kind == "external_select" || kind == "overflow":
		return "selected_option"
	case kind == "checkboxes" || kind == "multi_static_select" || kind == "multi_external_select":
		return "selected_options"
	case strings.HasSuffix(kind, "picker"):
		return map[string]string{"datepicker": "selected_date", "timepicker": "selected_time", "datetimepicker": "selected_date_time"}[kind]
	case strings.HasPrefix(kind, "multi_"):
		return "selected_" + strings.TrimSuffix(strings.TrimPrefix(kind, "multi_"), "_select")
	case strings.HasSuffix(kind, "s_select"):
		return "selected_" + strings.TrimSuffix(kind, "s_select")
	}
	return "value"
}

func initialState(e block) answer {
	kind := str(e, "type")
	key := stateKey(kind)
	value := any(nil)
	if strings.HasSuffix(key, "options") {
		value = []any{}
	}
	for _, name := range []string{
		"initial_value", "initial_option", "initial_options", "initial_date", "initial_time", "initial_date_time",
		"initial_user", "initial_users", "initial_conversation", "initial_conversations", "initial_channel", "initial_channels",
	} {
		if first, ok := e[name]; ok {
			value = first
		}
	}
	return answer{"type": kind, key: value}
}
