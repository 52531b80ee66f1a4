package slacktest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// block is a block, an element or an option of Block Kit. Once it is stored
// nobody changes it.
type block = map[string]any

// surface is where blocks are shown.
type surface struct {
	name string
	most int
}

var (
	surfaceMessage = surface{"message", 50}
	surfaceModal   = surface{"modal", 100}
	surfaceHome    = surface{"home", 100}
)

// parseBlocks reads, checks and completes blocks: those without a block_id and
// elements without an action_id get one. Blocks that are absent give nil.
func parseBlocks(raw json.RawMessage, on surface) ([]block, *apiError) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var blocks []block
	if err := json.Unmarshal(raw, &blocks); err != nil {
		return nil, failed("invalid_blocks_format")
	}
	k := checker{used: map[string]bool{}}
	if len(blocks) > on.most {
		k.wrong("no more than %d items allowed [json-pointer:/blocks]", on.most)
	}
	for i, b := range blocks {
		k.at = fmt.Sprintf("/blocks/%d", i)
		k.block(b)
	}
	if len(k.problems) > 0 {
		return nil, failed("invalid_blocks", k.problems...)
	}
	complete(blocks)
	return blocks, nil
}

// complete names what has no name yet. Slack draws names by chance; these count.
func complete(blocks []block) {
	for i, b := range blocks {
		if str(b, "block_id") == "" {
			b["block_id"] = fmt.Sprintf("blk%02d", i)
		}
		for j, e := range elements(b) {
			if interactive(e) && str(e, "action_id") == "" {
				e["action_id"] = fmt.Sprintf("act%02d.%02d", i, j)
			}
		}
	}
}

// elements are the elements of a block that a person can use or see.
func elements(b block) []block {
	var all []block
	for _, key := range []string{"accessory", "element"} {
		if e, ok := b[key].(block); ok {
			all = append(all, e)
		}
	}
	if list, ok := b["elements"].([]any); ok && str(b, "type") != "rich_text" {
		for _, v := range list {
			if e, ok := v.(block); ok {
				all = append(all, e)
			}
		}
	}
	return all
}

func str(b block, key string) string {
	text, _ := b[key].(string)
	return text
}

func sub(b block, key string) block {
	child, _ := b[key].(block)
	return child
}

func list(b block, key string) []block {
	var all []block
	items, _ := b[key].([]any)
	for _, v := range items {
		if o, ok := v.(block); ok {
			all = append(all, o)
		}
	}
	return all
}

// blockText is what blocks weigh, in characters: all their texts and something
// for each block itself. Slack publishes no formula; the limit was observed.
func blockText(blocks []block) int {
	n := 0
	for _, b := range blocks {
		n += 40 + textIn(b)
	}
	return n
}

func textIn(v any) int {
	n := 0
	switch v := v.(type) {
	case block:
		for key, child := range v {
			if text, ok := child.(string); ok && key == "text" {
				n += utf8.RuneCountInString(text)
			} else {
				n += textIn(child)
			}
		}
	case []any:
		for _, child := range v {
			n += textIn(child)
		}
	}
	return n
}

// checker collects what is wrong with blocks.
type checker struct {
	at       string
	problems []string
	used     map[string]bool // block ids
}

func (k *checker) wrong(format string, a ...any) {
	k.problems = append(k.problems, fmt.Sprintf(format, a...))
}

func (k *checker) here(format string, a ...any) {
	k.wrong("%s [json-pointer:%s]", fmt.Sprintf(format, a...), k.at)
}

var inputTypes = []string{
	"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input",
	"datepicker", "timepicker", "datetimepicker", "checkboxes", "radio_buttons",
	"static_select", "multi_static_select", "external_select", "multi_external_select", "users_select",
	"multi_users_select", "conversations_select", "multi_conversations_select", "channels_select", "multi_channels_select",
}

var actionTypes = append([]string{"button", "overflow", "workflow_button", "icon_button", "feedback_buttons"}, inputTypes...)

func interactive(e block) bool { return slices.Contains(actionTypes, str(e, "type")) }

// length checks that a text is there and not too long; least 0 makes it optional.
func (k *checker) length(what, text string, least, most int) {
	if n := utf8.RuneCountInString(text); n < least {
		k.here("must be more than %d characters in %s", least-1, what)
	} else if n > most {
		k.here("must be less than %d characters in %s", most+1, what)
	}
}

// text checks a text object; plain allows plain_text only.
func (k *checker) text(what string, t block, plain bool, most int) {
	kind := str(t, "type")
	if kind != "plain_text" && (plain || kind != "mrkdwn") {
		k.here("unsupported type of %s: %q", what, kind)
		return
	}
	k.length(what, str(t, "text"), 1, most)
}

func (k *checker) block(b block) {
	id := str(b, "block_id")
	k.length("block_id", id, 0, 255)
	if id != "" && k.used[id] {
		k.here("block_id %q already exists", id)
	}
	k.used[id] = true
	switch str(b, "type") {
	case "section":
		k.section(b)
	case "header":
		k.text("text", sub(b, "text"), true, 150)
	case "context":
		k.context(b)
	case "actions":
		k.actions(b)
	case "input":
		k.input(b)
	case "markdown":
		k.length("text", str(b, "text"), 1, 12_000)
	case "divider", "rich_text", "image", "file", "video", "table":
	default:
		k.here("unsupported type: %q", str(b, "type"))
	}
}

func (k *checker) section(b block) {
	fields := list(b, "fields")
	if sub(b, "text") == nil && len(fields) == 0 {
		k.here("missing required field: text")
	}
	if t := sub(b, "text"); t != nil {
		k.text("text", t, false, 3000)
	}
	if len(fields) > 10 {
		k.here("no more than 10 items allowed in fields")
	}
	for _, f := range fields {
		k.text("fields", f, false, 2000)
	}
	if e := sub(b, "accessory"); e != nil && str(e, "type") != "image" {
		k.element(e, actionTypes)
	}
}

func (k *checker) context(b block) {
	all := elements(b)
	if len(all) < 1 || len(all) > 10 {
		k.here("between 1 and 10 elements allowed")
	}
	for _, e := range all {
		if str(e, "type") != "image" {
			k.text("elements", e, false, 3000)
		}
	}
}

func (k *checker) actions(b block) {
	all := elements(b)
	if len(all) < 1 || len(all) > 25 {
		k.here("between 1 and 25 elements allowed")
	}
	used := map[string]bool{}
	for _, e := range all {
		k.element(e, actionTypes)
		id := str(e, "action_id")
		if id != "" && used[id] {
			k.here("action_id %q already exists for this block", id)
		}
		used[id] = true
	}
}

func (k *checker) input(b block) {
	k.text("label", sub(b, "label"), true, 2000)
	if h := sub(b, "hint"); h != nil {
		k.text("hint", h, true, 2000)
	}
	if e := sub(b, "element"); e == nil {
		k.here("missing required field: element")
	} else {
		k.element(e, inputTypes)
	}
}

func (k *checker) element(e block, allowed []string) {
	kind := str(e, "type")
	if !slices.Contains(allowed, kind) {
		k.here("unsupported type of element: %q", kind)
		return
	}
	k.length("action_id", str(e, "action_id"), 0, 255)
	if p := sub(e, "placeholder"); p != nil {
		k.text("placeholder", p, true, 150)
	}
	if kind == "button" {
		k.text("text", sub(e, "text"), true, 75)
		k.length("value", str(e, "value"), 0, 2000)
		k.length("url", str(e, "url"), 0, 3000)
		if style := str(e, "style"); style != "" && style != "primary" && style != "danger" {
			k.here("style must be primary or danger, not %q", style)
		}
	}
	k.options(kind, e)
}

// options checks the choices of an element that has some.
func (k *checker) options(kind string, e block) {
	most := map[string]int{"static_select": 100, "multi_static_select": 100, "overflow": 5, "radio_buttons": 10, "checkboxes": 10}[kind]
	if most == 0 {
		return
	}
	all := optionsOf(e)
	if len(all) < 1 || len(all) > most {
		k.here("between 1 and %d options allowed", most)
	}
	rich := kind == "radio_buttons" || kind == "checkboxes" // the only ones that may be mrkdwn
	for _, o := range all {
		k.text("option", sub(o, "text"), !rich, 75)
		k.length("option value", str(o, "value"), 1, 150)
	}
	for _, first := range append(list(e, "initial_options"), sub(e, "initial_option")) {
		if first != nil && !slices.ContainsFunc(all, func(o block) bool { return str(o, "value") == str(first, "value") }) {
			k.here("initial_option must be one of the options")
		}
	}
}

// optionsOf are the choices of an element, also those in groups.
func optionsOf(e block) []block {
	all := list(e, "options")
	for _, g := range list(e, "option_groups") {
		all = append(all, list(g, "options")...)
	}
	return all
}

// shownBlocks is the text of blocks as a person reads it, a line a block.
func shownBlocks(blocks []block) string {
	var lines []string
	for _, b := range blocks {
		switch str(b, "type") {
		case "section", "header":
			lines = append(lines, str(sub(b, "text"), "text"))
			for _, f := range list(b, "fields") {
				lines = append(lines, str(f, "text"))
			}
		case "context":
			for _, e := range elements(b) {
				lines = append(lines, str(e, "text"))
			}
		case "input":
			lines = append(lines, str(sub(b, "label"), "text"))
		case "markdown":
			lines = append(lines, str(b, "text"))
		}
	}
	lines = slices.DeleteFunc(lines, func(l string) bool { return l == "" })
	return strings.Join(lines, "\n")
}
