package telegramtest

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// ana is a person who wrote to the bot already.
func ana(t testing.TB, s *Server) *User {
	u := s.User(1001, "es")
	u.Say("/start")
	updates(t, s, fields{"offset": s.NextUpdateID()})
	return u
}

func TestATextIsSentOrRefusedAsTelegramDoes(t *testing.T) {
	s := start(t, Quick())
	u := ana(t, s)
	for _, c := range []struct {
		name string
		f    fields
		why  string // "" when it is sent
	}{
		{"longest", fields{"text": strings.Repeat("ñ", 4096)}, ""},
		{"tags do not count", fields{"text": "<b>" + strings.Repeat("x", 4096) + "</b>", "parse_mode": "HTML"}, ""},
		{"too long", fields{"text": strings.Repeat("ñ", 4097)}, "message is too long"},
		{"none", fields{}, "message text is empty"},
		{"blank", fields{"text": " \n "}, "text must be non-empty"},
		{"only tags", fields{"text": "<b></b>", "parse_mode": "HTML"}, "text must be non-empty"},
		{"bad html", fields{"text": "<b>x", "parse_mode": "HTML"}, `can't parse entities: Can't find end tag corresponding to start tag "b"`},
		{"unescaped name", fields{"text": "Hi <Ana>", "parse_mode": "HTML"}, `can't parse entities: Unsupported start tag "ana" at byte offset 3`},
		{"unknown mode", fields{"text": "x", "parse_mode": "BB"}, "unsupported parse_mode"},
		{"entity outside", fields{"text": "hello", "entities": []fields{{"type": "bold", "offset": 0, "length": 100}}}, "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 100"},
		{"64 bytes of data", fields{"text": "x", "reply_markup": inline(strings.Repeat("ñ", 32))}, ""},
		{"65 bytes of data", fields{"text": "x", "reply_markup": inline(strings.Repeat("ñ", 32) + "x")}, "BUTTON_DATA_INVALID"},
		{"no data", fields{"text": "x", "reply_markup": inline("")}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"},
		{"no label", fields{"text": "x", "reply_markup": fields{"inline_keyboard": [][]fields{{{"callback_data": "x"}}}}}, `can't parse inline keyboard button: Can't find field "text"`},
		{"no rows", fields{"text": "x", "reply_markup": fields{"inline_keyboard": "bad"}}, `field "inline_keyboard" must be of type Array`},
		{"101 buttons", fields{"text": "x", "reply_markup": inline(strings.Split(strings.Repeat("x,", 100)+"x", ",")...)}, "reply markup is too long"},
		{"markup is no object", fields{"text": "x", "reply_markup": "[1]"}, "object expected as reply markup"},
		{"reply to nothing", fields{"text": "x", "reply_parameters": fields{"message_id": 999}}, "message to be replied not found"},
		{"reply to nothing allowed", fields{"text": "x", "reply_parameters": fields{"message_id": 999, "allow_sending_without_reply": true}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(u.Replies())
			c.f["chat_id"] = u.ID()
			if c.why == "" {
				must(t, s, "sendMessage", c.f)
			} else {
				refused(t, s, "sendMessage", c.f, 400, "Bad Request: "+c.why)
			}
			if got, want := len(u.Replies())-before, map[bool]int{true: 1}[c.why == ""]; got != want {
				t.Errorf("%d messages arrived, want %d", got, want)
			}
		})
	}
}

func TestAPersonSeesTheTextWithoutMarkup(t *testing.T) {
	s := start(t, Quick())
	u := ana(t, s)
	sent(t, s, fields{"chat_id": u.ID(), "text": "<b>Hola</b>, &lt;Ana&gt;\n ", "parse_mode": "HTML", "reply_markup": inline("yes", "no"), "reply_to_message_id": 1})
	m := u.Replies()[0]
	if m.Text != "Hola, <Ana>" || !reflect.DeepEqual(m.Entities, []Entity{{Type: "bold", Length: 4}}) ||
		m.Data("[no]") != "no" || m.ReplyTo != 1 || m.Sent.IsZero() || !m.FromBot || m.From != botID {
		t.Errorf("got %+v", m)
	}
}

func TestOnlyTheBotsOwnMessagesAreEditedAndOnlyIfTheyChange(t *testing.T) {
	s := start(t, Quick())
	u := ana(t, s)
	id := sent(t, s, fields{"chat_id": u.ID(), "text": "<b>one</b>", "parse_mode": "HTML", "reply_markup": inline("a")})
	keys := sent(t, s, fields{"chat_id": u.ID(), "text": "keys", "reply_markup": fields{"keyboard": [][]string{{"A"}}}})
	base := func(more fields) fields {
		f := fields{"chat_id": u.ID(), "message_id": id, "text": "<i>one</i>", "parse_mode": "HTML", "reply_markup": inline("a")}
		for k, v := range more {
			f[k] = v
		}
		return f
	}
	const same = "Bad Request: " + notModified
	refused(t, s, "editMessageText", base(fields{"text": "<strong>one</strong> "}), 400, same)
	refused(t, s, "editMessageReplyMarkup", base(nil), 400, same)
	must(t, s, "editMessageText", base(nil)) // only the entity differs
	must(t, s, "editMessageReplyMarkup", base(fields{"reply_markup": inline("b")}))
	refused(t, s, "editMessageText", base(fields{"message_id": 999}), 400, "Bad Request: message to edit not found")
	refused(t, s, "editMessageText", base(fields{"message_id": 1}), 400, "Bad Request: message can't be edited")
	refused(t, s, "editMessageText", base(fields{"message_id": keys}), 400, "Bad Request: message can't be edited")
	refused(t, s, "editMessageText", base(fields{"text": strings.Repeat("x", 4097)}), 400, "Bad Request: MESSAGE_TOO_LONG")
	refused(t, s, "editMessageText", base(fields{"reply_markup": fields{"remove_keyboard": true}}), 400, "Bad Request: inline keyboard expected")

	must(t, s, "editMessageText", fields{"chat_id": u.ID(), "message_id": id, "text": "two"})
	m, _ := u.Message(id)
	if m.Text != "two" || m.Buttons != nil || m.Edited.IsZero() || !slices.Equal(m.Earlier, []string{"one", "one", "one"}) {
		t.Errorf("after an edit without a keyboard: %+v", m)
	}
	must(t, s, "deleteMessage", fields{"chat_id": u.ID(), "message_id": id})
	refused(t, s, "deleteMessage", fields{"chat_id": u.ID(), "message_id": id}, 400, "Bad Request: message to delete not found")
	refused(t, s, "editMessageText", base(nil), 400, "Bad Request: message to edit not found")
	if m, _ := u.Message(id); m.Deleted.IsZero() || m.Text != "two" {
		t.Errorf("after the deletion: %+v", m)
	}
}

func TestAPressIsAnsweredOnceAndInTime(t *testing.T) {
	const late = "Bad Request: query is too old and response timeout expired or query ID is invalid"
	s := start(t, Quick())
	u := ana(t, s)
	id := sent(t, s, fields{"chat_id": u.ID(), "text": "?", "reply_markup": inline("yes", "no")})
	query, err := u.PressIndex(id, 2)
	if err != nil {
		t.Fatal(err)
	}
	got := updates(t, s, nil)
	var on wireMessage
	if len(got) != 1 || got[0].Query.ID != query || got[0].Query.Data != "no" || json.Unmarshal(got[0].Query.Message, &on) != nil || on.MessageID != id {
		t.Fatalf("got %+v", got)
	}
	if got := u.Unanswered(); !slices.Equal(got, []string{query}) {
		t.Errorf("unanswered %v", got)
	}
	must(t, s, "answerCallbackQuery", fields{"callback_query_id": query, "text": "noted"})
	if a, err := u.AwaitAnswer(within(t), query); err != nil || a.Text != "noted" {
		t.Errorf("answer %+v %v", a, err)
	}
	refused(t, s, "answerCallbackQuery", fields{"callback_query_id": query}, 400, late)
	refused(t, s, "answerCallbackQuery", fields{"callback_query_id": "1"}, 400, late)

	o := Quick()
	o.QueryTimeout = time.Nanosecond
	slow := start(t, o)
	v := ana(t, slow)
	id = sent(t, slow, fields{"chat_id": v.ID(), "text": "?", "reply_markup": inline("yes")})
	if query, err = v.Press(id, "[yes]"); err != nil {
		t.Fatal(err)
	}
	refused(t, slow, "answerCallbackQuery", fields{"callback_query_id": query}, 400, late)
	if got := updates(t, slow, nil); len(got) != 0 {
		t.Errorf("an expired press was delivered: %+v", got)
	}
}

func TestAButtonThatIsNotThereCannotBePressed(t *testing.T) {
	s := start(t, Quick())
	u := ana(t, s)
	id := sent(t, s, fields{"chat_id": u.ID(), "text": "?", "reply_markup": inline("yes")})
	for _, press := range []func() (string, error){
		func() (string, error) { return u.Press(id, "no") },
		func() (string, error) { return u.Press(999, "yes") },
		func() (string, error) { return u.PressIndex(id, 0) },
		func() (string, error) { return u.PressIndex(id, 2) },
	} {
		if q, err := press(); err == nil {
			t.Errorf("pressed: %s", q)
		}
	}
	must(t, s, "deleteMessage", fields{"chat_id": u.ID(), "message_id": id})
	u.PressData(id, "yes") // but an old phone can still send it
	got := updates(t, s, nil)
	if len(got) != 1 || !strings.Contains(string(got[0].Query.Message), `"date":0`) {
		t.Errorf("got %+v", got)
	}
}

func TestAReplyKeyboardStaysUntilItIsRemoved(t *testing.T) {
	s := start(t, Quick())
	u := ana(t, s)
	sent(t, s, fields{"chat_id": u.ID(), "text": "phone?", "reply_markup": fields{
		"keyboard": [][]any{{fields{"text": "Share", "request_contact": true}, "Skip"}}, "one_time_keyboard": true}})
	if want := [][]Key{{{"Share", true}, {"Skip", false}}}; !reflect.DeepEqual(u.Keys(), want) {
		t.Fatalf("keys %+v", u.Keys())
	}
	if _, err := u.PressKey("Share"); err != nil {
		t.Fatal(err)
	}
	u.ShareContact("+15551234567", false)
	got := updates(t, s, nil)
	if own := got[0].Message.Contact; own == nil || own.UserID != u.ID() {
		t.Errorf("own contact %+v", own)
	}
	if other := got[1].Message.Contact; other.UserID != 0 || other.PhoneNumber != "+15551234567" {
		t.Errorf("another's contact %+v", other)
	}
	if u.Keys() != nil {
		t.Errorf("a keyboard for one time still shows: %v", u.Keys())
	}
	if _, err := u.PressKey("Skip"); err == nil {
		t.Error("a hidden key was pressed")
	}
	sent(t, s, fields{"chat_id": u.ID(), "text": "menu", "reply_markup": fields{"keyboard": [][]string{{"A"}}}})
	sent(t, s, fields{"chat_id": u.ID(), "text": "done", "reply_markup": fields{"remove_keyboard": true}})
	if u.Keys() != nil {
		t.Errorf("keys after removal: %v", u.Keys())
	}
}

func TestTypingIsSeen(t *testing.T) {
	s := start(t, Quick())
	u := ana(t, s)
	must(t, s, "sendChatAction", fields{"chat_id": u.ID(), "action": "typing"})
	refused(t, s, "sendChatAction", fields{"chat_id": u.ID(), "action": "sleeping"}, 400, "Bad Request: wrong parameter action in request")
	if got := u.Actions(); !slices.Equal(got, []string{"typing"}) {
		t.Errorf("actions %v", got)
	}
}

func TestATranscriptIsBounded(t *testing.T) {
	o := Quick()
	o.MaxTranscript = 10
	s := start(t, o)
	u := s.User(1, "en")
	first := u.Say("first")
	for range 25 {
		u.Say("x")
	}
	if n := len(u.Transcript()); n > 10 || n < 7 {
		t.Errorf("%d messages kept", n)
	}
	if _, found := u.Message(first); found {
		t.Error("the first message is still there")
	}
}
