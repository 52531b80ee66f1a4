package telegram

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imrbot/bot"
	"imrbot/dialog"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// private is the part that every message of a private chat has.
const private = `"message_id":5,"date":1,"from":{"id":9,"is_bot":false,"language_code":"es"},"chat":{"id":9,"type":"private"}`

func message(rest string) string {
	return `{"update_id":1,"message":{` + private + `,` + rest + `}}`
}

func TestAnUpdateBecomesTheEventThatAPersonMeant(t *testing.T) {
	long := strings.Repeat("They refused it twice. ", 10)
	for name, c := range map[string]struct {
		update string
		want   []bot.Inbound // only the fields that tell them apart
	}{
		"text":             {message(`"text":"hola"`), []bot.Inbound{{Kind: bot.InText, Text: "hola"}}},
		"start":            {message(`"text":"/start"`), []bot.Inbound{{Kind: bot.InStart}}},
		"a link":           {message(`"text":"/start deadline"`), []bot.Inbound{{Kind: bot.InStart, Payload: "deadline"}}},
		"start with name":  {message(`"text":"/start@imrbot file"`), []bot.Inbound{{Kind: bot.InStart, Payload: "file"}}},
		"no start":         {message(`"text":"/starter"`), []bot.Inbound{{Kind: bot.InText, Text: "/starter"}}},
		"another command":  {message(`"text":"/help@imrbot"`), []bot.Inbound{{Kind: bot.InText, Text: "/help@imrbot"}}},
		"voice":            {message(`"voice":{"file_id":"v"}`), []bot.Inbound{{Kind: bot.InReceived, Received: dialog.ReceivedVoice}}},
		"sticker":          {message(`"sticker":{"file_id":"v"}`), []bot.Inbound{{Kind: bot.InReceived, Received: dialog.ReceivedSticker}}},
		"video":            {message(`"video":{"file_id":"v"}`), []bot.Inbound{{Kind: bot.InReceived, Received: dialog.ReceivedVideo}}},
		"animation":        {message(`"animation":{"file_id":"v"},"document":{"file_id":"v"}`), []bot.Inbound{{Kind: bot.InReceived, Received: dialog.ReceivedVideo}}},
		"location":         {message(`"location":{"latitude":1,"longitude":2}`), []bot.Inbound{{Kind: bot.InReceived, Received: dialog.ReceivedLocation}}},
		"poll":             {message(`"poll":{"id":"1","question":"?"}`), []bot.Inbound{{Kind: bot.InReceived, Received: dialog.ReceivedOther}}},
		"own number":       {message(`"contact":{"phone_number":"+14155550123","user_id":9}`), []bot.Inbound{{Kind: bot.InContact, Text: "+14155550123"}}},
		"another's number": {message(`"contact":{"phone_number":"+14155550123","user_id":8}`), []bot.Inbound{{Kind: bot.InReceived, Received: dialog.ReceivedContact}}},
		"forwarded":        {message(`"text":"x","forward_origin":{"type":"hidden_user","date":1,"sender_user_name":"n"}`), []bot.Inbound{{Kind: bot.InReceived, Received: dialog.ReceivedForwarded}}},
		"photo, the full size": {message(`"media_group_id":"g","photo":[{"file_id":"s","width":90,"height":90},{"file_id":"l","width":1280,"height":960},{"file_id":"m","width":320,"height":240}]`),
			[]bot.Inbound{{Kind: bot.InFetch, Fetch: &bot.Fetch{Remote: "l", Group: "g", Message: "5", Lang: "es"}}}},
		"a forwarded photo is a letter too": {message(`"photo":[{"file_id":"l","width":1,"height":1}],"forward_origin":{"type":"hidden_user","date":1,"sender_user_name":"n"}`),
			[]bot.Inbound{{Kind: bot.InFetch, Fetch: &bot.Fetch{Remote: "l", Message: "5", Lang: "es"}}}},
		"a caption is a name": {message(`"caption":"the letter\nfrom May","photo":[{"file_id":"l","width":1,"height":1}]`),
			[]bot.Inbound{{Kind: bot.InFetch, Fetch: &bot.Fetch{Remote: "l", Name: "the letter", Message: "5", Lang: "es"}}}},
		"a long caption is a story": {message(`"caption":"` + long + `","document":{"file_id":"d","file_name":"a.pdf","mime_type":"application/pdf"}`),
			[]bot.Inbound{{Kind: bot.InFetch, Fetch: &bot.Fetch{Remote: "d", Name: long[:80] + " (a.pdf)", Message: "5", Lang: "es"}}}},
		"a spreadsheet":   {message(`"document":{"file_id":"d","mime_type":"application/vnd.ms-excel"}`), []bot.Inbound{{Kind: bot.InReceived, Received: dialog.ReceivedFileType}}},
		"a huge document": {message(`"document":{"file_id":"d","mime_type":"application/pdf","file_size":20971521}`), []bot.Inbound{{Kind: bot.InReceived, Received: dialog.ReceivedFileTooBig}}},
		"an edit":         {`{"update_id":1,"edited_message":{` + private + `,"edit_date":7,"text":"hola 2"}}`, []bot.Inbound{{Kind: bot.InEdit, Text: "hola 2"}}},
		"a press": {`{"update_id":1,"callback_query":{"id":"q","from":{"id":9,"language_code":"es"},"data":"coverage employer","message":{` + private + `}}}`,
			[]bot.Inbound{{Kind: bot.InPress, Node: "coverage", Value: "employer"}}},
		"a press on a message long gone": {`{"update_id":1,"callback_query":{"id":"q","from":{"id":9},"data":"rubbish","message":{"message_id":5,"date":0,"chat":{"id":9,"type":"private"}}}}`,
			[]bot.Inbound{{Kind: bot.InPress, Value: "rubbish"}}},
		"a group":                           {`{"update_id":1,"message":{"message_id":5,"date":1,"from":{"id":9},"chat":{"id":-7,"type":"group"},"text":"hi"}}`, []bot.Inbound{{Kind: bot.InReceived, Received: dialog.ReceivedGroup}}},
		"an anonymous admin of a group":     {`{"update_id":1,"message":{"message_id":5,"date":1,"sender_chat":{"id":-7,"type":"supergroup"},"chat":{"id":-7,"type":"supergroup"},"text":"hi"}}`, []bot.Inbound{{Kind: bot.InReceived, Received: dialog.ReceivedGroup}}},
		"words beside a form unknown to us": {message(`"text":"help me","effect_id":{"new":"form"}`), []bot.Inbound{{Kind: bot.InText, Text: "help me"}}},
		"forwarded in a way unknown to us":  {message(`"text":"help me","forward_origin":{"type":"from_the_moon"}`), []bot.Inbound{{Kind: bot.InReceived, Received: dialog.ReceivedForwarded}}},
		"a letter forwarded in a way unknown to us": {message(`"photo":[{"file_id":"l","width":1,"height":1}],"forward_origin":{"type":"from_the_moon"}`),
			[]bot.Inbound{{Kind: bot.InFetch, Fetch: &bot.Fetch{Remote: "l", Message: "5", Lang: "es"}}}},
		"a service message":      {message(`"pinned_message":{"message_id":1,"date":0,"chat":{"id":9,"type":"private"}}`), nil},
		"a bot":                  {`{"update_id":1,"message":{"message_id":5,"date":1,"from":{"id":9,"is_bot":true},"chat":{"id":9,"type":"private"},"text":"x"}}`, nil},
		"another kind of update": {`{"update_id":1,"poll":{"id":"1"}}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read([]byte(c.update), noon)
			if err != nil || len(got.events) != len(c.want) {
				t.Fatalf("%+v, %v", got, err)
			}
			keys := map[bot.InKey]bool{}
			for i, in := range got.events {
				keys[in.Key] = true
				w := c.want[i]
				same := in.Kind == w.Kind && in.Text == w.Text && in.Node == w.Node && in.Value == w.Value &&
					in.Received == w.Received && in.Payload == w.Payload && fmt.Sprint(deref(in.Fetch)) == fmt.Sprint(deref(w.Fetch))
				if !same || in.Chat == "" || in.Key == "" || !in.At.Equal(noon) {
					t.Errorf("event %d: %+v", i, in)
				}
			}
			if len(keys) != len(c.want) {
				t.Errorf("two events share a key: %v", keys)
			}
		})
	}
}

func deref(f *bot.Fetch) bot.Fetch {
	if f == nil {
		return bot.Fetch{}
	}
	return *f
}

func TestWhatCannotBeReadIsAnError(t *testing.T) {
	for name, update := range map[string]string{
		"a sticker in a way unknown to us": message(`"sticker":{"file_id":"l"},"forward_origin":{"type":"from_the_moon"}`),
		"a text that is a number":          message(`"text":7`),
		"no JSON":                          `{"update_id":1,`,
		"a list":                           `[1]`,
		"words without a chat":             `{"update_id":1,"message":{"text":"x","forward_origin":{"type":"?"}}}`,
	} {
		if got, err := read([]byte(update), noon); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestTwoEditsWithinASecondAreTwoEvents(t *testing.T) {
	edit := func(text string) bot.InKey {
		got, err := read([]byte(`{"update_id":1,"edited_message":{`+private+`,"edit_date":7,"text":"`+text+`"}}`), noon)
		if err != nil || len(got.events) != 1 {
			t.Fatal(got, err)
		}
		return got.events[0].Key
	}
	first := edit("a")
	if first == edit("b") || first != edit("a") {
		t.Error("the key of an edit must follow its text")
	}
}

func TestAButtonsDataFitsAndIsReadBack(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		node := rapid.StringMatching(`[a-z-]{1,80}`).Draw(r, "node")
		value := rapid.StringMatching(`[a-z0-9-]{1,50}`).Draw(r, "value")
		data := buttonData(node, value)
		if len(data) > maxData || data == "" {
			r.Fatalf("data %q of %d bytes", data, len(data))
		}
		n, v := parseData(data)
		if v != value || n != node && n != dialog.ShortNode(node) {
			r.Fatalf("%q came back as %q, %q", data, n, v)
		}
	})
	if buttonData("node", strings.Repeat("v", 64)) != "" {
		t.Error("a value too long for any data must be left out")
	}
}

func TestShortButtonsShareARow(t *testing.T) {
	k := keyboard("n", []dialog.Button{{Label: "Yes", Value: "yes"}, {Label: "No", Value: "no"}, {Label: "Talk to a person", Value: "human"}, {Label: "Skip", Value: "skip"}})
	var rows []int
	for _, row := range k.InlineKeyboard {
		rows = append(rows, len(row))
	}
	if fmt.Sprint(rows) != "[2 1 1]" {
		t.Errorf("rows of %v", rows)
	}
	if keyboard("n", nil) != nil {
		t.Error("no buttons are no keyboard")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(message(`"text":"hola"`)))
	f.Add([]byte(`{"update_id":1,"callback_query":{"id":"q","data":"a b"}}`))
	f.Add([]byte(`{"update_id":1,"message":{"photo":[]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := read(raw, noon)
		if err == nil {
			for _, in := range got.events {
				if in.Chat == "" || in.Key == "" {
					t.Errorf("an event without a chat or key: %+v", in)
				}
			}
		}
		address(raw)
	})
}
