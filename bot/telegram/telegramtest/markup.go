package telegramtest

import (
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"strings"
)

// Telegram's limits on keyboards.
const (
	maxCallbackData  = 64  // bytes
	maxInlineButtons = 100 // buttons of one message
	maxKeyboardKeys  = 300 // keys of one reply keyboard
)

// Button is one inline button.
type Button struct {
	Text string `json:"text"`
	Data string `json:"callback_data,omitempty"`
	URL  string `json:"url,omitempty"`
}

type inlineKeyboard struct {
	Rows [][]Button `json:"inline_keyboard"`
}

// Key is one key of a reply keyboard. Tapping it sends its text, or the
// person's phone number when RequestContact is set.
type Key struct {
	Text           string
	RequestContact bool
}

// markup is a reply_markup as it was understood; all nil and false when the
// call had none.
type markup struct {
	inline *inlineKeyboard
	keys   [][]Key
	once   bool // the reply keyboard hides after one use
	remove bool
	force  bool // force_reply
}

func (m markup) editable() bool { return m.keys == nil && !m.remove && !m.force }

// parseMarkup reads reply_markup.
func parseMarkup(a args) (markup, *apiError) {
	var m markup
	var raw map[string]json.RawMessage
	if found, err := a.object("reply_markup", &raw); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return m, badRequest("object expected as reply markup")
		}
		return m, badRequest("can't parse reply keyboard markup JSON object")
	} else if !found {
		return m, nil
	}
	switch {
	case raw["inline_keyboard"] != nil:
		rows, err := rowsOf(raw, "inline_keyboard")
		if err != nil {
			return m, err
		}
		return parseInline(rows)
	case raw["keyboard"] != nil:
		rows, err := rowsOf(raw, "keyboard")
		if err != nil {
			return m, err
		}
		return parseKeys(rows, string(raw["one_time_keyboard"]) == "true")
	case raw["remove_keyboard"] != nil:
		m.remove = string(raw["remove_keyboard"]) == "true"
	case raw["force_reply"] != nil:
		m.force = string(raw["force_reply"]) == "true"
	}
	return m, nil
}

func rowsOf(raw map[string]json.RawMessage, field string) ([][]json.RawMessage, *apiError) {
	var rows [][]json.RawMessage
	if json.Unmarshal(raw[field], &rows) != nil {
		return nil, badRequest("field \"" + field + "\" must be of type Array")
	}
	return rows, nil
}

func parseInline(rows [][]json.RawMessage) (markup, *apiError) {
	k := &inlineKeyboard{Rows: [][]Button{}}
	count := 0
	for _, row := range rows {
		var line []Button
		for _, raw := range row {
			b, err := parseButton(raw)
			if err != nil {
				return markup{}, err
			}
			line = append(line, b)
			count++
		}
		if len(line) > 0 {
			k.Rows = append(k.Rows, line)
		}
	}
	if count > maxInlineButtons {
		return markup{}, badRequest("reply markup is too long")
	}
	if count == 0 {
		return markup{}, nil // an empty keyboard is none
	}
	return markup{inline: k}, nil
}

func parseButton(raw json.RawMessage) (Button, *apiError) {
	const where = "can't parse inline keyboard button: "
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return Button{}, badRequest(where + "InlineKeyboardButton must be an Object")
	}
	if fields["text"] == nil {
		return Button{}, badRequest(where + `Can't find field "text"`)
	}
	var b Button
	for name, to := range map[string]*string{"text": &b.Text, "callback_data": &b.Data, "url": &b.URL} {
		if fields[name] != nil && json.Unmarshal(fields[name], to) != nil {
			return b, badRequest(where + `Field "` + name + `" must be of type String`)
		}
	}
	switch {
	case b.Text == "":
		return b, badRequest("BUTTON_TEXT_INVALID")
	case len(b.Data) > maxCallbackData:
		return b, badRequest("BUTTON_DATA_INVALID")
	case b.URL != "":
		u, err := url.Parse(b.URL)
		if err != nil || u.Scheme == "" && !strings.Contains(b.URL, ".") {
			return b, badRequest("inline keyboard button URL '" + b.URL + "' is invalid: Wrong HTTP URL")
		}
	case b.Data == "":
		return b, badRequest(where + "Text buttons are unallowed in the inline keyboard")
	}
	return b, nil
}

func parseKeys(rows [][]json.RawMessage, once bool) (markup, *apiError) {
	m := markup{keys: [][]Key{}, once: once}
	count := 0
	for _, row := range rows {
		var line []Key
		for _, raw := range row {
			var key struct {
				Text           *string `json:"text"`
				RequestContact bool    `json:"request_contact"`
			}
			var plain string
			switch {
			case json.Unmarshal(raw, &plain) == nil: // a key may be a bare string
				key.Text = &plain
			case json.Unmarshal(raw, &key) != nil:
				return markup{}, badRequest("can't parse keyboard button: KeyboardButton must be a String or an Object")
			case key.Text == nil:
				return markup{}, badRequest(`can't parse keyboard button: Can't find field "text"`)
			}
			line = append(line, Key{*key.Text, key.RequestContact})
			count++
		}
		if len(line) > 0 {
			m.keys = append(m.keys, line)
		}
	}
	if count == 0 || count > maxKeyboardKeys {
		return markup{}, badRequest("REPLY_MARKUP_INVALID")
	}
	return m, nil
}

func sameInline(a, b *inlineKeyboard) bool { return reflect.DeepEqual(a, b) }
