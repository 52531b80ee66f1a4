package telegramtest

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestABotCannotWriteToWhoDoesNotWantIt(t *testing.T) {
	s := start(t, Quick())
	u := s.User(5, "es")
	hello := fields{"chat_id": u.ID(), "text": "x"}
	refused(t, s, "sendMessage", hello, 403, "Forbidden: bot can't initiate conversation with a user")
	u.Say("/start")
	id := sent(t, s, hello)
	u.Block()
	u.Block() // once more changes nothing
	refused(t, s, "sendMessage", hello, 403, "Forbidden: bot was blocked by the user")
	refused(t, s, "sendChatAction", fields{"chat_id": 5, "action": "typing"}, 403, "Forbidden: bot was blocked by the user")
	must(t, s, "deleteMessage", fields{"chat_id": 5, "message_id": id})
	u.Unblock()
	u.Block()
	u.Say("back") // unblocks first, as the app demands
	sent(t, s, hello)
	u.Deactivate()
	refused(t, s, "sendMessage", hello, 403, "Forbidden: user is deactivated")

	got := updates(t, s, nil)
	if len(got) != 6 || got[1].Member == nil || got[4].Member == nil || got[5].Message.Text != "back" {
		t.Fatalf("got %+v", got)
	}
	var change wireMemberUpdate
	json.Unmarshal(*got[1].Member, &change)
	if change.Old.Status != "member" || change.New.Status != "kicked" || change.From.ID != 5 || !change.New.User.IsBot {
		t.Errorf("blocked: %+v", change)
	}
	json.Unmarshal(*got[4].Member, &change)
	if change.New.Status != "member" {
		t.Errorf("unblocked: %+v", change)
	}
}

func TestAGroupBecomesASupergroup(t *testing.T) {
	s := start(t, Quick())
	g := s.Group(-77, "Family")
	u := s.User(5, "es")
	g.Say(u, "hola a todos")
	g.SayAnonymous("from the admin")
	id := sent(t, s, fields{"chat_id": -77, "text": "hola"})
	ask := sent(t, s, fields{"chat_id": -77, "text": "?", "reply_markup": inline("yes")})
	if _, err := g.Press(u, ask, "yes"); err != nil {
		t.Error(err)
	}
	if m, err := g.AwaitReplyAfter(within(t), 0); err != nil || m.ID != id {
		t.Errorf("group sees %+v %v", m, err)
	}
	next, err := g.Migrate(-1001234567890)
	if err != nil {
		t.Fatal(err)
	}
	r := refused(t, s, "sendMessage", fields{"chat_id": -77, "text": "x"}, 400, "Bad Request: group chat was upgraded to a supergroup chat")
	if r.Parameters.MigrateTo != -1001234567890 {
		t.Errorf("parameters %+v", r.Parameters)
	}
	if id := sent(t, s, fields{"chat_id": r.Parameters.MigrateTo, "text": "x"}); id != 2 {
		t.Errorf("the supergroup's second message has id %d", id)
	}
	got := updates(t, s, nil)
	if m := got[0].Message; m.Chat.Type != "group" || m.From.ID != 5 {
		t.Errorf("said: %+v", m)
	}
	if m := got[1].Message; m.From.ID != 1087968824 || !m.From.IsBot || m.SenderChat == nil || m.SenderChat.ID != -77 {
		t.Errorf("anonymous: %+v", m)
	}
	if q := got[2].Query; q == nil || q.From.ID != 5 || !strings.Contains(string(q.Message), `"id":-77`) {
		t.Errorf("press: %+v", q)
	}
	if got[3].Message.MigrateToChat != next.ID() || got[4].Message.MigrateFromChat != -77 || got[4].Message.Chat.Type != "supergroup" {
		t.Errorf("service messages: %+v, %+v", got[3].Message, got[4].Message)
	}
	next.Kick(u)
	refused(t, s, "sendMessage", fields{"chat_id": next.ID(), "text": "x"}, 403, "Forbidden: bot was kicked from the supergroup chat")
	if _, err := next.Migrate(-1009999999999); err == nil {
		t.Error("a supergroup the bot is not in migrated")
	}
}

func TestWhatPeopleSendBesideText(t *testing.T) {
	s := start(t, Quick())
	u := s.User(5, "es")
	u.SetName("Ana López")
	u.SendPhoto([]byte(strings.Repeat("p", 160)))
	u.SendVoice([]byte("ogg"), 3)
	u.SendSticker("👍")
	u.SendLocation(34.05, -118.24)
	u.Forward(Origin{Type: "hidden_user", Name: "Luis"}, "mira")
	album := u.SendAlbum(Media{Photo: true, Data: []byte("1"), Caption: "las dos"}, Media{Name: "../carta.pdf", MIME: "application/pdf", Data: []byte("%PDF")})
	if _, err := u.Reply(album[0], "esta"); err != nil {
		t.Fatal(err)
	}
	got := updates(t, s, nil)
	if p := got[0].Message.Photo; len(p) != 3 || p[0].FileSize >= p[2].FileSize || p[2].FileSize != 160 || p[2].FileID == p[0].FileID {
		t.Errorf("photo %+v", p)
	}
	if m := got[0].Message; m.From.FirstName != "Ana" || m.From.LastName != "López" || m.From.LanguageCode != "es" {
		t.Errorf("from %+v", m.From)
	}
	if v := got[1].Message.Voice; v == nil || v.Duration != 3 {
		t.Errorf("voice %+v", v)
	}
	if st := got[2].Message.Sticker; st == nil || st.Emoji != "👍" {
		t.Errorf("sticker %+v", st)
	}
	if l := got[3].Message.Location; l == nil || l.Latitude != 34.05 {
		t.Errorf("location %+v", l)
	}
	if o := got[4].Message.ForwardOrigin; o == nil || o.Type != "hidden_user" || o.SenderUserName != "Luis" {
		t.Errorf("origin %+v", o)
	}
	a, b := got[5].Message, got[6].Message
	if a.MediaGroupID == "" || a.MediaGroupID != b.MediaGroupID || a.Caption != "las dos" || b.Document.FileName != "carta.pdf" {
		t.Errorf("album %+v, %+v", a, b)
	}
	if r := got[7].Message.ReplyToMessage; r == nil || r.MessageID != album[0] || r.Photo == nil {
		t.Errorf("reply to %+v", r)
	}
	for i, want := range []string{"photo", "voice", "sticker", "location", "text", "photo", "document", "text"} {
		if m := u.Transcript()[i]; m.Kind != want {
			t.Errorf("message %d is %q, want %q", i, m.Kind, want)
		}
	}
}

func TestAnEditAndADeletionByAPerson(t *testing.T) {
	s := start(t, Quick())
	u := s.User(5, "es")
	id := u.Say("20 de marzo")
	if err := u.Edit(id, "21 de marzo"); err != nil {
		t.Fatal(err)
	}
	if err := u.Delete(id); err != nil {
		t.Fatal(err)
	}
	if err := u.Edit(id, "22 de marzo"); err == nil {
		t.Error("a deleted message was edited")
	}
	got := updates(t, s, nil)
	if len(got) != 2 || got[0].Message.Text != "20 de marzo" || got[1].Edited.Text != "21 de marzo" || got[1].Edited.MessageID != id {
		t.Errorf("got %+v", got)
	}
}
