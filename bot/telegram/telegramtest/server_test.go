package telegramtest

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

func TestEveryFormOfACallIsUnderstood(t *testing.T) {
	s := start(t, Quick())
	s.User(7, "en").Say("hi")
	base := s.URL() + "/bot" + s.Token()
	values := url.Values{"chat_id": {"7"}, "text": {"<b>one</b>"}, "parse_mode": {"html"}}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for k, v := range values {
		w.WriteField(k, v[0])
	}
	w.Close()
	for name, req := range map[string]func() (*http.Request, error){
		"query string": func() (*http.Request, error) {
			return http.NewRequest("GET", base+"/sendMessage?"+values.Encode(), nil)
		},
		"form": func() (*http.Request, error) {
			r, err := http.NewRequest("POST", base+"/SENDmessage", strings.NewReader(values.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return r, err
		},
		"multipart": func() (*http.Request, error) {
			r, err := http.NewRequest("POST", base+"/sendmessage", &form)
			r.Header.Set("Content-Type", w.FormDataContentType())
			return r, err
		},
		"json": func() (*http.Request, error) {
			r, err := http.NewRequest("POST", base+"/sendMessage", strings.NewReader(`{"chat_id":7,"text":"<b>one</b>","parse_mode":"HTML"}`))
			r.Header.Set("Content-Type", "application/json; charset=utf-8")
			return r, err
		},
	} {
		r, err := req()
		if err != nil {
			t.Fatal(err)
		}
		got, err := send(r)
		if err != nil || !got.OK || !strings.Contains(string(got.Result), `"text":"one"`) {
			t.Errorf("%s: %v %d %s %s", name, err, got.Code, got.Description, got.Result)
		}
	}
	for _, call := range s.Journal() {
		if call.Method != "sendMessage" || call.Outcome != Applied || call.Chat != 7 || call.MessageID == 0 {
			t.Errorf("journal: %+v", call)
		}
	}
}

func TestWrongCallsAreRefusedAsTelegramRefusesThem(t *testing.T) {
	s := start(t, Quick())
	base := s.URL() + "/bot" + s.Token()
	for _, c := range []struct {
		url, body string
		code      int
		why       string
	}{
		{s.URL() + "/bot123:wrong/getMe", "", 401, "Unauthorized"},
		{s.URL() + "/file/bot123:wrong/documents/a.pdf", "", 401, "Unauthorized"},
		{s.URL() + "/", "", 404, "Not Found"},
		{base + "/getme2", "", 404, "Not Found: method not found"},
		{s.URL() + "/file/bot" + s.Token() + "/documents/none", "", 404, "Not Found"},
		{base + "/sendMessage", "{", 400, "Bad Request: can't parse request JSON object"},
		{base + "/sendMessage", `{"text":"x"}`, 400, "Bad Request: chat_id is empty"},
		{base + "/sendMessage", `{"text":"x","chat_id":"@nobody"}`, 400, "Bad Request: chat not found"},
	} {
		req, err := http.NewRequest("POST", c.url, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		got, err := send(req)
		if err != nil || got.OK || got.Code != c.code || got.Description != c.why {
			t.Errorf("%s %s: %v %d %q, want %d %q", c.url, c.body, err, got.Code, got.Description, c.code, c.why)
		}
	}
}

func TestTheProfileIsKeptPerLanguage(t *testing.T) {
	s := start(t, Quick())
	s.User(7, "en").Say("hi")
	must(t, s, "setMyCommands", fields{"commands": []Command{{"help", "Help"}}})
	must(t, s, "setMyCommands", fields{"commands": []Command{{"ayuda", "Ayuda"}}, "language_code": "es"})
	must(t, s, "setMyDescription", fields{"description": "Soy un programa", "language_code": "es"})
	must(t, s, "setMyShortDescription", fields{"short_description": "A program"})
	must(t, s, "setChatMenuButton", fields{"menu_button": fields{"type": "commands"}})
	if got := string(must(t, s, "getMyCommands", fields{"language_code": "es"}).Result); got != `[{"command":"ayuda","description":"Ayuda"}]` {
		t.Errorf("commands in Spanish: %s", got)
	}
	if got := string(must(t, s, "getMyCommands", fields{"language_code": "fr"}).Result); got != `[]` {
		t.Errorf("commands in French: %s", got)
	}
	if got := s.Commands(""); len(got) != 1 || got[0].Command != "help" {
		t.Errorf("commands for everybody: %v", got)
	}
	if got := string(must(t, s, "getMyDescription", fields{"language_code": "es"}).Result); got != `{"description":"Soy un programa"}` {
		t.Errorf("description in Spanish: %s", got)
	}
	if got := string(must(t, s, "getMyShortDescription", nil).Result); got != `{"short_description":"A program"}` {
		t.Errorf("short description: %s", got)
	}
	long, _ := s.Descriptions("es")
	_, short := s.Descriptions("")
	if long != "Soy un programa" || short != "A program" {
		t.Errorf("descriptions %q, %q", long, short)
	}
	if got := string(must(t, s, "getChatMenuButton", fields{"chat_id": 7}).Result); got != `{"type":"commands"}` {
		t.Errorf("menu button: %s", got)
	}
	refused(t, s, "setMyCommands", fields{"commands": []Command{{"No Spaces", "x"}}}, 400, "Bad Request: BOT_COMMAND_INVALID")
	refused(t, s, "setMyCommands", fields{"commands": []Command{{"x", ""}}}, 400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
	refused(t, s, "setMyShortDescription", fields{"short_description": strings.Repeat("x", 121)}, 400, "Bad Request: short description is too long")
	refused(t, s, "setMyDescription", fields{"language_code": "Spanish"}, 400, "Bad Request: invalid language code specified")
	must(t, s, "deleteMyCommands", nil)
	if got := s.Commands(""); got != nil {
		t.Errorf("commands after deletion: %v", got)
	}
	var me struct {
		IsBot    bool   `json:"is_bot"`
		Username string `json:"username"`
	}
	json.Unmarshal(must(t, s, "getMe", nil).Result, &me)
	if !me.IsBot || me.Username != "imr_test_bot" {
		t.Errorf("getMe: %+v", me)
	}
	if got := string(must(t, s, "getChat", fields{"chat_id": 7}).Result); !strings.Contains(got, `"type":"private"`) {
		t.Errorf("getChat: %s", got)
	}
}

func TestCloseEndsALongPollAndLaterCallsDoNoHarm(t *testing.T) {
	s := start(t, Quick())
	ended := make(chan error, 1)
	go func() {
		_, err := try(s, "getUpdates", fields{"timeout": 50})
		ended <- err
	}()
	awaitPoll(t, s)
	s.Close()
	if err := <-ended; err == nil {
		t.Error("the poll was answered after Close")
	}
	s.User(1, "en").Say("nobody hears this")
	s.Close()
}

func awaitPoll(t testing.TB, s *Server) {
	t.Helper()
	if err := s.AwaitPoll(within(t)); err != nil {
		t.Fatal(err)
	}
}

func TestManyPeopleAtOnce(t *testing.T) {
	o := Quick()
	o.CountersOnly, o.Limits.Overall = true, -1
	s := start(t, o)
	const people, each = 20, 10
	var all sync.WaitGroup
	all.Go(func() { // a bot that answers everything
		for offset, answered := int64(0), 0; answered < people*each; {
			var batch []seenUpdate
			json.Unmarshal(callAPI(t, s, "getUpdates", fields{"offset": offset, "timeout": 10}).Result, &batch)
			for _, u := range batch {
				offset = u.UpdateID + 1
				answered++
				must(t, s, "sendMessage", fields{"chat_id": u.Message.Chat.ID, "text": "re: " + u.Message.Text})
			}
		}
	})
	for i := range people {
		all.Go(func() {
			u := s.User(int64(1000+i), "es")
			for n := range each {
				u.Say("hola")
				if _, err := u.AwaitReplies(within(t), n+1); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	c := s.Counters()
	if c.Sent != people*each || c.Updates != people*each || len(s.Journal()) != 0 {
		t.Errorf("counters %+v, %d calls kept", c, len(s.Journal()))
	}
}
