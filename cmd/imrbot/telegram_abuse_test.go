package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"imrbot/bot"
	"imrbot/bot/bolt"
	"imrbot/bot/telegram/telegramtest"
)

// soon is a context that ends before the test's patience does.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// says waits until the bot's newest message to a user holds all the parts.
func says(t *testing.T, user *telegramtest.User, parts ...string) {
	t.Helper()
	_, err := user.Await(soon(t), func([]telegramtest.Message) bool {
		replies := user.Replies()
		if len(replies) == 0 {
			return false
		}
		for _, part := range parts {
			if !strings.Contains(replies[len(replies)-1].Text, part) {
				return false
			}
		}
		return true
	})
	if err != nil {
		var all []string
		for _, m := range user.Replies() {
			all = append(all, m.Text)
		}
		t.Fatalf("the newest message never held %q; told:\n%s", parts, strings.Join(all, "\n--\n"))
	}
}

// said waits until some message of the bot to a user holds the part.
func said(t *testing.T, user *telegramtest.User, part string) {
	t.Helper()
	_, err := user.Await(soon(t), func([]telegramtest.Message) bool {
		for _, m := range user.Replies() {
			if strings.Contains(m.Text, part) {
				return true
			}
		}
		return false
	})
	if err != nil {
		t.Fatalf("no message held %q", part)
	}
}

func TestRubbishIsPutAsideAndHoldsUpNobody(t *testing.T) {
	t.Parallel()
	server := newServer(t, telegramtest.Quick())
	ana := server.User(7771001, "es")
	for _, update := range []string{
		`{"message":{"text":{}}}`, `{"message":7}`, `{"message":{"text":"cut in its mid`, `nonsense`, `{}`, `[]`, `null`,
		`{"message":{"message_id":1,"chat":{"id":7771001,"type":"private"},"forward_origin":{"type":"from the moon"}}}`,
		`{"callback_query":{"id":"q"}}`, `{"callback_query":{"id":"q2","from":{"id":7771001},"data":"\u0000","message":{"message_id":1,"chat":{"id":7771001,"type":"private"}}}}`,
		`{"unheard_of":{"a":1}}`, `{"edited_message":{"message_id":1,"chat":{"id":7771001}}}`,
	} {
		server.Raw(7771001, update)
	}
	ana.Say(strings.Repeat("una carta muy larga ", 1<<20/20))
	ana.Say("<b>hola</b> {{.name}} ' OR 1=1 -- \u202e")
	ana.Say("/start")
	b := newBot(t, server)
	b.start()
	said(t, ana, "911") // of the greeting
	if err := server.AwaitConfirmed(soon(t)); err != nil {
		t.Error(err)
	}
	settle(t, server, b)
	b.stop()
	store, err := bolt.Open(b.store(), bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	kept := 0
	if err := store.Quarantined(t.Context(), func(bot.Quarantined) error { kept++; return nil }); err != nil || kept == 0 {
		t.Errorf("%d in quarantine, %v", kept, err)
	}
	nothingPersonal(t, b, server)
	if strings.Contains(b.logged(), "carta") || strings.Contains(b.logged(), "panic") {
		t.Errorf("the log tells too much, or of a panic")
	}
}

func TestTenThousandPressesOnAStaleButtonCostNobodyAnything(t *testing.T) {
	t.Parallel()
	server := newServer(t, telegramtest.Quick())
	ana, ben := server.User(7771001, "en"), server.User(7771002, "en")
	b := newBot(t, server)
	b.start()
	ana.Say("/start")
	says(t, ana, "program")
	stale := ana.Replies()[0]
	if err := act(ana, "[file]"); err != nil {
		t.Fatal(err)
	}
	says(t, ana, "Do you agree?")
	for range 10_000 {
		ana.PressData(stale.ID, "home file")
	}
	ben.Say("/start")
	says(t, ben, "program")
	if err := server.AwaitConfirmed(soon(t)); err != nil {
		t.Error(err)
	}
	settle(t, server, b)
	if n := len(ana.Replies()); n > 80 {
		t.Errorf("%d messages answer the presses", n)
	}
	ana.Say("i agree")
	says(t, ana, "Who is this about?")
	b.stop()
}

func TestWhoWritesFasterThanWeMayAnswerIsToldAndNothingElseSuffers(t *testing.T) {
	t.Parallel()
	server := newServer(t, telegramtest.Quick())
	ana := server.User(7771001, "en")
	b := newBot(t, server)
	for i := range 400 {
		ana.Say(fmt.Sprintf("flood number %d", i))
	}
	ana.Say("i want to kill myself tonight")
	b.start()
	if err := server.AwaitConfirmed(soon(t)); err != nil {
		t.Fatal(err)
	}
	b.stop() // what waits is on disk
	store, err := bolt.Open(b.store(), bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var explained, crisis, rows int
	all, err := store.Pending(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range all {
		rows++
		if strings.Contains(row.Say.Text, "more than I could answer") {
			explained++
		}
		if strings.Contains(row.Say.Text, "988") {
			crisis++
		}
	}
	if explained != 1 || crisis != 1 || rows > 200 {
		t.Errorf("%d rows wait, %d explain, %d are of the crisis", rows, explained, crisis)
	}
}

func TestLettersArriveAlsoAsAnAlbumAndWhatCannotBeKeptIsSaid(t *testing.T) {
	t.Parallel()
	server := newServer(t, telegramtest.Quick())
	ana := server.User(7771001, "en")
	b := newBot(t, server)
	b.start()
	picture := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte("picture"), 3000)...)
	ana.SendAlbum(telegramtest.Media{Photo: true, Data: picture}, telegramtest.Media{Photo: true, Data: picture}, telegramtest.Media{Photo: true, Data: picture})
	said(t, ana, "sent together")
	ana.SendDocument("letter.pdf", "application/pdf", []byte("%PDF-1.7 letter"))
	said(t, ana, "letter.pdf")
	ana.SendDocument("virus.exe", "application/octet-stream", []byte("MZ\x90\x00 program"))
	said(t, ana, "only photos and PDF files")
	ana.SendHugeDocument("huge.pdf", "application/pdf", 30<<20)
	said(t, ana, "20 MB")
	ana.SendVoice([]byte("OggS"), 3)
	said(t, ana, "voice messages")
	ana.ShareContact("+14155550123", true)
	said(t, ana, "do not need your phone number")
	ana.Forward(telegramtest.Origin{Type: "user", Name: "Bob", ID: 5}, "call me")
	said(t, ana, "forwarded messages")
	group := server.Group(-5, "family")
	group.Say(ana, "hello bot")
	group.Say(ana, "hello again")
	if _, err := group.AwaitReplies(soon(t), 1); err != nil {
		t.Fatal(err)
	}
	settle(t, server, b)
	if n := len(group.Replies()); n != 1 {
		t.Errorf("the group was told %d times", n)
	}
	b.stop()
	files := 0
	_ = filepath.Walk(b.store()+".files", func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			files++
			if raw, _ := os.ReadFile(info.Name()); bytes.Contains(raw, []byte("picture")) {
				t.Error("a letter lies on the disk in clear")
			}
		}
		return nil
	})
	if files != 4 {
		t.Errorf("%d files are kept, want 4", files)
	}
}

func TestWhoBlocksTheBotAndComesBackGoesOnWhereTheyWere(t *testing.T) {
	t.Parallel()
	server := newServer(t, telegramtest.Quick())
	ana := server.User(7771001, "en")
	b := newBot(t, server)
	b.start()
	ana.Say("/start file")
	says(t, ana, "Do you agree?")
	ana.Say("yes")
	says(t, ana, "Who is this about?")
	ana.Say("what is an IMR?")
	ana.Block()
	if err := server.AwaitConfirmed(soon(t)); err != nil {
		t.Fatal(err)
	}
	settle(t, server, b)
	ana.Unblock()
	ana.Say("/start")
	says(t, ana, "Who is this about?")
	b.stop()
}

// ends runs the program to its end and returns what it said.
func ends(t *testing.T, b *theBot) (string, int) {
	t.Helper()
	b.start()
	_ = b.cmd.Wait()
	code := b.cmd.ProcessState.ExitCode()
	b.cmd = nil
	return b.logged(), code
}

func TestWhatKeepsTheBotFromRunningIsSaidAndNothingIsDamaged(t *testing.T) {
	server := newServer(t, telegramtest.Quick())
	ana := server.User(7771001, "en")
	first := newBot(t, server)
	first.start()
	ana.Say("/start")
	says(t, ana, "program")

	second := newBot(t, server, "IMRBOT_STORE_PATH="+first.store())
	if out, code := ends(t, second); code == 0 || !strings.Contains(out, "another imrbot is running on this store") {
		t.Errorf("a second instance ended with %d:\n%s", code, out)
	}
	first.stop()

	key, err := os.ReadFile(first.store() + ".key")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(first.store() + ".key"); err != nil {
		t.Fatal(err)
	}
	lost := newBot(t, server, "IMRBOT_STORE_PATH="+first.store())
	if out, code := ends(t, lost); code == 0 || !strings.Contains(out, "its key file") || !strings.Contains(out, "put back the copy") {
		t.Errorf("without its key it ended with %d:\n%s", code, out)
	}
	if err := os.WriteFile(first.store()+".key", key, 0o600); err != nil {
		t.Fatal(err)
	}

	wrong := newBot(t, server, "IMRBOT_TELEGRAM_TOKEN=1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	if out, code := ends(t, wrong); code != exitBadInput || !strings.Contains(out, "@BotFather") {
		t.Errorf("with a wrong token it ended with %d:\n%s", code, out)
	}

	pending := ana.Say("are you there?")
	first.start()
	_, err = ana.AwaitReplyAfter(soon(t), pending)
	if err != nil {
		t.Errorf("after all that the bot does not answer: %v", err)
	}
	first.stop()
}

// A disk that takes nothing: the update is not confirmed, and handled as soon as
// there is room. A limit on the size of files stands for the full disk.
func TestWithAFullDiskNothingIsConfirmedAndNothingLost(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs prlimit, which Linux has")
	}
	server := newServer(t, telegramtest.Quick())
	ana := server.User(7771001, "en")
	b := newBot(t, server)
	b.start()
	ana.Say("/start")
	says(t, ana, "program")
	setFileLimit(t, b.cmd.Process.Pid, 1)
	ana.Say("/start file")
	for ctx := soon(t); !strings.Contains(b.logged(), "not confirmed"); {
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			t.Fatal("the program does not say that it cannot store")
		}
	}
	if len(server.PendingIDs()) != 1 {
		t.Errorf("%d updates wait, want the one that could not be stored", len(server.PendingIDs()))
	}
	setFileLimit(t, b.cmd.Process.Pid, 1<<40)
	says(t, ana, "Do you agree?")
	b.stop()
}

func TestAWebhookWithoutItsSecretIsRefused(t *testing.T) {
	t.Parallel()
	server := newServer(t, telegramtest.Quick())
	env := modeEnv(t, "webhook")
	b := newBot(t, server, env...)
	b.start()
	ana := server.User(7771001, "en")
	ana.Say("/start")
	says(t, ana, "program")
	address := strings.TrimPrefix(env[3], "IMRBOT_HTTP_LISTEN=")
	for path, want := range map[string]int{"/telegram": 401, "/healthz": 200, "/readyz": 200, "/elsewhere": 404} {
		method := http.MethodGet
		if path == "/telegram" {
			method = http.MethodPost
		}
		req, err := http.NewRequestWithContext(soon(t), method, "http://"+address+path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
		}
	}
	b.stop()
}
