package telegram_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"imrbot/bot"
	"imrbot/bot/telegram"
	"imrbot/bot/telegram/telegramtest"
	"imrbot/dialog"
	"imrbot/dialog/imr"
)

// desk is what stands behind the channel in these tests: it notes the events,
// and fails when it is told to.
type desk struct {
	mu     sync.Mutex
	events []bot.Inbound
	seen   map[bot.InKey]bool
	fail   error
	poison []bot.Quarantined
	files  map[string][]byte
	fileNo error
	depth  int
	full   bool
	noRoom bool
	odd    string        // a text that can never be handled
	came   chan struct{} // receives for every event
}

func newDesk() *desk {
	return &desk{seen: map[bot.InKey]bool{}, files: map[string][]byte{}, came: make(chan struct{}, 1000)}
}

func (d *desk) Handle(_ context.Context, in bot.Inbound) ([]bot.Outgoing, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if strings.Contains(in.Text, "panic") {
		return nil, bot.ErrFault
	}
	if d.fail != nil {
		return nil, d.fail
	}
	if d.odd != "" && in.Text == d.odd {
		return nil, errors.New("this one never goes")
	}
	if !d.seen[in.Key] {
		d.seen[in.Key] = true
		d.events = append(d.events, in)
		d.came <- struct{}{}
	}
	return nil, nil
}

func (d *desk) PutFile(_ context.Context, _ bot.ChatKey, name string, data []byte) (dialog.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fileNo != nil {
		return dialog.File{}, d.fileNo
	}
	d.files[name] = data
	return dialog.File{ID: name, Name: name, Size: int64(len(data))}, nil
}

func (d *desk) DropFile(_ bot.ChatKey, id string) { d.set(func() { delete(d.files, id) }) }

func (d *desk) Quarantine(_ context.Context, _ bot.InKey, q bot.Quarantined) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil {
		return d.fail
	}
	d.poison = append(d.poison, q)
	return nil
}

func (d *desk) Depth(bot.ChatKey) int { d.mu.Lock(); defer d.mu.Unlock(); return d.depth }
func (d *desk) Full() bool            { d.mu.Lock(); defer d.mu.Unlock(); return d.full }

// set changes the desk under its lock.
func (d *desk) set(change func()) { d.mu.Lock(); defer d.mu.Unlock(); change() }

// texts are the texts of the events so far.
func (d *desk) texts() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var texts []string
	for _, in := range d.events {
		texts = append(texts, in.Text)
	}
	return texts
}

// await waits for n more events.
func (d *desk) await(t *testing.T, n int) {
	t.Helper()
	for range n {
		select {
		case <-d.came:
		case <-t.Context().Done():
			t.Fatal("no event came")
		case <-time.After(20 * time.Second):
			t.Fatalf("no event came; so far %q", d.texts())
		}
	}
}

func interview(t testing.TB) *dialog.Interview {
	t.Helper()
	v, err := dialog.Parse(imr.FS, dialog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// channel is the adapter before a server of its own.
type channel struct {
	*telegram.Adapter
	server *telegramtest.Server
	desk   *desk
	log    *bytes.Buffer
}

func newChannel(t *testing.T) *channel {
	t.Helper()
	server, err := telegramtest.New(telegramtest.Quick())
	if err != nil {
		t.Fatal(err)
	}
	c := &channel{server: server, desk: newDesk(), log: &bytes.Buffer{}}
	c.Adapter, err = telegram.New(telegram.Config{
		Token: server.Token(), APIURL: server.URL() + "/", Handle: c.desk.Handle,
		Watch: func(text, _ string) bool { return strings.Contains(text, "911") },
		Store: c.desk, Room: func(context.Context, bot.ChatKey) (bool, error) { return !c.desk.noRoom, nil },
		Queue: c.desk, Interview: interview(t), PollSeconds: 1,
		Log: slog.New(slog.NewTextHandler(c.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Wait(); server.Close() })
	return c
}

// poll polls until the end of the test, or until the returned function is called.
func (c *channel) poll(t *testing.T) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Poll(ctx) }()
	stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { _ = stop() })
	return stop
}

func TestUpdatesAreConfirmedOnlyAfterTheyAreCommitted(t *testing.T) {
	c := newChannel(t)
	ana := c.server.User(1, "es")
	c.desk.fail = errors.New("disk full")
	stop := c.poll(t)
	ana.Say("hola")
	if err := c.server.Await(t.Context(), func() bool { return c.server.Counters().Methods["getUpdates"] >= 3 }); err != nil {
		t.Fatal(err)
	}
	if n := c.server.PendingIDs(); len(n) != 1 {
		t.Fatalf("%d updates wait; the store failed, so none may be confirmed", len(n))
	}
	c.desk.set(func() { c.desk.fail = nil })
	c.desk.await(t, 1)
	if err := c.server.AwaitConfirmed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Errorf("who is told to stop does not fail: %v", err)
	}
}

func TestOneChatsFailureHoldsBackNoOtherAndNothingOvertakes(t *testing.T) {
	c := newChannel(t)
	ana, ben := c.server.User(1, "es"), c.server.User(2, "en")
	ana.Say("one")
	c.server.Raw(1, `{"message":{"text":{}}}`)
	c.server.Raw(1, `{"message":{"text":"cut in its mid`)
	ana.Say("panic, if you can")
	ben.Say("two")
	ana.Say("three")
	c.poll(t)
	c.desk.await(t, 3)
	if err := c.server.AwaitConfirmed(t.Context()); err != nil {
		t.Fatal(err)
	}
	texts := c.desk.texts()
	if slices.Index(texts, "one") > slices.Index(texts, "three") || !slices.Contains(texts, "two") {
		t.Errorf("events %q", texts)
	}
	if len(c.desk.poison) != 3 {
		t.Errorf("%d in quarantine, want the two unreadable ones and the one we failed at", len(c.desk.poison))
	}
	if strings.Contains(c.log.String(), "three") || strings.Contains(c.log.String(), c.server.Token()) {
		t.Errorf("the log tells too much:\n%s", c.log)
	}
}

func TestTheCursorFollowsIdsThatStartAgainLower(t *testing.T) {
	c := newChannel(t)
	ana := c.server.User(1, "es")
	c.poll(t)
	ana.Say("before")
	c.desk.await(t, 1)
	if err := c.server.AwaitConfirmed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.server.JumpIDs(77); err != nil {
		t.Fatal(err)
	}
	ana.Say("after")
	c.desk.await(t, 1)
	ana.Say("again")
	c.desk.await(t, 1)
	if err := c.server.AwaitConfirmed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := c.desk.texts(); !slices.Equal(got, []string{"before", "after", "again"}) {
		t.Errorf("events %q", got)
	}
}

func TestATokenThatTelegramRefusesEndsTheRun(t *testing.T) {
	c := newChannel(t)
	a, err := telegram.New(telegram.Config{Token: "1:wrong", APIURL: c.server.URL(), Handle: c.desk.Handle, Store: c.desk, Queue: c.desk, Interview: interview(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Poll(t.Context()); !errors.Is(err, telegram.ErrToken) {
		t.Errorf("%v", err)
	}
	if _, err := a.Identity(t.Context()); !telegram.IsTokenRefused(err) {
		t.Errorf("%v", err)
	}
}

func TestAStoreThatRefusesEverythingEndsTheRun(t *testing.T) {
	c := newChannel(t)
	c.desk.fail = fmt.Errorf("commit: %w", bot.ErrRefused)
	c.server.User(1, "es").Say("hola")
	if err := c.Poll(t.Context()); !errors.Is(err, bot.ErrRefused) {
		t.Errorf("%v", err)
	}
	if n := c.server.PendingIDs(); len(n) != 1 {
		t.Errorf("%d updates wait, want 1", len(n))
	}
}

func TestPollingTakesAWebhookAwayAndSaysWhenAnotherPolls(t *testing.T) {
	c := newChannel(t)
	resp, err := http.Post(c.server.URL()+"/bot"+c.server.Token()+"/setWebhook", "application/json", strings.NewReader(`{"url":"http://127.0.0.1:1/x"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	stop := c.poll(t)
	c.server.User(1, "es").Say("hola")
	c.desk.await(t, 1)
	other, err := http.Get(c.server.URL() + "/bot" + c.server.Token() + "/getUpdates?timeout=1")
	if err != nil {
		t.Fatal(err)
	}
	other.Body.Close()
	if err := c.server.Await(t.Context(), func() bool { return c.server.Counters().Codes[409] > 0 }); err != nil {
		t.Fatal(err)
	}
	_ = stop()
	for _, said := range []string{"the bot had a webhook", "another program takes updates"} {
		if !strings.Contains(c.log.String(), said) {
			t.Errorf("the log does not say %q:\n%s", said, c.log)
		}
	}
}

func TestADangerInACaptionIsHeardBeforeTheFile(t *testing.T) {
	c := newChannel(t)
	ana := c.server.User(1, "es")
	ana.SendMedia(telegramtest.Media{Name: "a.pdf", MIME: "application/pdf", Data: []byte("%PDF"), Caption: "call 911, he is dying"})
	ana.SendMedia(telegramtest.Media{Name: "b.pdf", MIME: "application/pdf", Data: []byte("%PDF"), Caption: "the letter"})
	c.poll(t)
	c.desk.await(t, 3)
	events := c.desk.events
	if len(events) != 3 || events[0].Text != "call 911, he is dying" || events[1].Fetch == nil || events[2].Fetch.Name != "the letter (b.pdf)" {
		t.Errorf("%+v", events)
	}
}

func TestAnUpdateThatAloneCannotBeStoredHoldsUpNobodyForLong(t *testing.T) {
	c := newChannel(t)
	c.desk.odd = "odd"
	c.server.User(1, "en").Say("odd")
	c.server.User(2, "en").Say("even")
	c.poll(t)
	c.desk.await(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	if err := c.server.AwaitConfirmed(ctx); err != nil {
		t.Fatal(err)
	}
	if len(c.desk.poison) != 1 {
		t.Errorf("%d in quarantine", len(c.desk.poison))
	}
}

func TestTheMenuSpeaksEveryLanguage(t *testing.T) {
	c := newChannel(t)
	c.poll(t)
	err := c.server.Await(t.Context(), func() bool { return c.server.Counters().Methods["setChatMenuButton"] > 0 })
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"": "Talk to a person", "en": "Talk to a person", "es": "Hablar con una persona"} {
		i := slices.IndexFunc(c.server.Commands(lang), func(k telegramtest.Command) bool { return k.Command == "human" })
		if i < 0 || c.server.Commands(lang)[i].Description != want {
			t.Errorf("menu %q: %v", lang, c.server.Commands(lang))
		}
		long, short := c.server.Descriptions(lang)
		if long == "" || short == "" || len([]rune(short)) > 120 {
			t.Errorf("descriptions %q: %q, %q", lang, long, short)
		}
	}
}

func TestADeliveryIsAnsweredByWhatBecameOfIt(t *testing.T) {
	hola := `{"update_id":1,"message":{"message_id":5,"date":1,"from":{"id":9},"chat":{"id":9,"type":"private"},"text":"hola"}}`
	for name, d := range map[string]struct {
		method, secret, body string
		fail                 error
		full                 bool
		want, events, poison int
	}{
		"handled":                {"POST", "s3cret", hola, nil, false, 200, 1, 0},
		"without a secret":       {"POST", "", hola, nil, false, 401, 0, 0},
		"with a wrong secret":    {"POST", "s3cret2", hola, nil, false, 401, 0, 0},
		"not posted":             {"GET", "s3cret", "", nil, false, 405, 0, 0},
		"no JSON":                {"POST", "s3cret", "{", nil, false, 200, 0, 1},
		"an unknown form":        {"POST", "s3cret", `{"update_id":1,"message":{"text":7}}`, nil, false, 200, 0, 1},
		"too large":              {"POST", "s3cret", strings.Repeat("x", 9<<20), nil, false, 413, 0, 0},
		"the disk is full":       {"POST", "s3cret", hola, errors.New("disk full"), false, 503, 0, 0},
		"the store is broken":    {"POST", "s3cret", hola, bot.ErrRefused, false, 503, 0, 0},
		"the chat is damaged":    {"POST", "s3cret", hola, bot.ErrDamaged, false, 503, 0, 0}, // nor can it be put in quarantine
		"too many wait":          {"POST", "s3cret", hola, nil, true, 503, 0, 0},
		"nothing to us":          {"POST", "s3cret", `{"update_id":3}`, nil, false, 200, 0, 0},
		"a text of a megabyte":   {"POST", "s3cret", strings.Replace(hola, "hola", strings.Repeat("x", 1<<20), 1), nil, false, 200, 1, 0},
		"a fault of the program": {"POST", "s3cret", strings.Replace(hola, "hola", "panic", 1), nil, false, 200, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChannel(t)
			c.desk.fail, c.desk.full = d.fail, d.full
			broken := 0
			handler := c.Handler("s3cret", func(error) { broken++ })
			req := httptest.NewRequest(d.method, "/telegram", strings.NewReader(d.body))
			req.Header.Set("X-Telegram-Bot-Api-Secret-Token", d.secret)
			out := httptest.NewRecorder()
			handler.ServeHTTP(out, req)
			if out.Code != d.want || len(c.desk.events) != d.events || len(c.desk.poison) != d.poison {
				t.Errorf("status %d, %d events, %d in quarantine", out.Code, len(c.desk.events), len(c.desk.poison))
			}
			if (broken > 0) != errors.Is(d.fail, bot.ErrRefused) {
				t.Errorf("said to be broken %d times", broken)
			}
		})
	}
}

func TestWebhookDeliveriesArriveOnceDespiteFailures(t *testing.T) {
	c := newChannel(t)
	site := httptest.NewServer(c.Handler("s3cret", nil))
	defer site.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	c.desk.fail = errors.New("disk full")
	go func() { done <- c.SetWebhook(ctx, site.URL, "s3cret") }()
	ana := c.server.User(1, "es")
	for i := range 20 {
		ana.Say(fmt.Sprint(i))
	}
	if err := c.server.Await(t.Context(), func() bool { return c.server.Counters().Deliveries >= 2 }); err != nil {
		t.Fatal(err)
	}
	c.desk.set(func() { c.desk.fail = nil })
	c.desk.await(t, 20)
	if err := c.server.AwaitConfirmed(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, text := range c.desk.texts() {
		if text != fmt.Sprint(i) {
			t.Fatalf("events %q", c.desk.texts())
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestWhoIsFarAheadIsToldOnceAndADangerIsStillHeard(t *testing.T) {
	c := newChannel(t)
	ana := c.server.User(1, "es")
	c.desk.depth = 1000
	c.poll(t)
	for i := range 10 {
		ana.Say(fmt.Sprint("flood ", i))
	}
	ana.Say("call 911")
	c.desk.await(t, 2)
	if err := c.server.AwaitConfirmed(t.Context()); err != nil {
		t.Fatal(err)
	}
	events := c.desk.events
	if len(events) != 2 || events[0].Kind != bot.InReceived || events[0].Received != dialog.ReceivedTooMany || events[1].Text != "call 911" {
		t.Errorf("events %+v", events)
	}
}

// sendRow sends one row through the channel of that name.
func (c *channel) sendRow(t *testing.T, name string, row bot.Outgoing) (bot.Outcome, *bot.SendError) {
	t.Helper()
	outcome, err := c.Channels()[name].Send(t.Context(), row)
	var failed *bot.SendError
	if err != nil && !errors.As(err, &failed) {
		t.Fatalf("%v is no SendError", err)
	}
	return outcome, failed
}

func say(text string, buttons ...dialog.Button) bot.Outgoing {
	return bot.Outgoing{Key: 1, Chat: "telegram:1", Turn: 2, Say: dialog.Say{Node: "n", Text: text, Buttons: buttons}}
}

func TestAFailedCallProvesNoMoreThanItDoes(t *testing.T) {
	for name, d := range map[string]struct {
		fault telegramtest.Fault
		want  bot.SendError
	}{
		"too fast":             {telegramtest.Fault{Kind: telegramtest.TooManyRequests, RetryAfter: 7}, bot.SendError{Fate: bot.FateRefused, RateLimited: true, After: 7 * time.Second}},
		"a fault of Telegram":  {telegramtest.Fault{Kind: telegramtest.InternalError}, bot.SendError{Fate: bot.FateUnknown}},
		"a page of a proxy":    {telegramtest.Fault{Kind: telegramtest.BadGateway}, bot.SendError{Fate: bot.FateUnknown}},
		"reset before":         {telegramtest.Fault{Kind: telegramtest.ResetBefore}, bot.SendError{Fate: bot.FateUnknown}},
		"reset after":          {telegramtest.Fault{Kind: telegramtest.ResetAfter}, bot.SendError{Fate: bot.FateUnknown}},
		"half an answer":       {telegramtest.Fault{Kind: telegramtest.CutBody}, bot.SendError{Fate: bot.FateUnknown}},
		"slow, but it arrived": {telegramtest.Fault{Kind: telegramtest.Slow}, bot.SendError{Fate: -1}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChannel(t)
			c.server.User(1, "es").Say("hola")
			c.server.Inject(d.fault)
			_, failed := c.sendRow(t, telegram.Name, say("A secret answer"))
			if d.want.Fate == -1 {
				if failed != nil {
					t.Errorf("%v", failed)
				}
				return
			}
			if failed == nil || failed.Fate != d.want.Fate || failed.RateLimited != d.want.RateLimited || failed.After != d.want.After {
				t.Fatalf("%+v", failed)
			}
			if strings.Contains(failed.Error(), "secret") || strings.Contains(failed.Error(), c.server.Token()) {
				t.Errorf("the reason tells too much: %v", failed)
			}
		})
	}
}

func TestWhoBlockedTheBotIsGone(t *testing.T) {
	c := newChannel(t)
	ana := c.server.User(1, "es")
	ana.Say("hola")
	ana.Block()
	if _, failed := c.sendRow(t, telegram.Name, say("x")); failed == nil || failed.Fate != bot.FateDead || !failed.Gone {
		t.Errorf("blocked: %+v", failed)
	}
	row := say("x")
	row.Chat = "telegram:404"
	if _, failed := c.sendRow(t, telegram.Name, row); failed == nil || failed.Fate != bot.FateDead || !failed.Gone {
		t.Errorf("never seen: %+v", failed)
	}
	c.server.Close()
	_, _ = c.sendRow(t, telegram.Name, say("x")) // uses up the connection that was open
	if _, failed := c.sendRow(t, telegram.Name, say("x")); failed == nil || failed.Fate != bot.FateRefused {
		t.Errorf("nobody there: %+v", failed)
	}
}

func TestATextIsShownAsItIsAndOldButtonsGo(t *testing.T) {
	c := newChannel(t)
	ana := c.server.User(1, "es")
	ana.Say("hola")
	text := "Name: <b>Ana</b> & co *x* _y_"
	first, _ := c.sendRow(t, telegram.Name, say(text, dialog.Button{Label: "Yes", Value: "yes"}))
	if first.Keyboard == "" {
		t.Fatalf("%+v", first)
	}
	next := say("Thank you")
	next.Keyboard = first.Keyboard
	second, _ := c.sendRow(t, telegram.Name, next)
	if !second.Cleared || second.Keyboard != "" {
		t.Errorf("%+v", second)
	}
	c.Wait()
	said := ana.Replies()
	if said[0].Text != text || len(said[0].Entities) != 0 || len(said[0].Buttons) != 0 {
		t.Errorf("shown as %+v", said[0])
	}
}

func TestAFileIsFetchedWholeAndHandedOverWithItsRow(t *testing.T) {
	c := newChannel(t)
	ana := c.server.User(1, "es")
	picture := bytes.Repeat([]byte("picture"), 5000)
	ana.SendPhoto(picture)
	stop := c.poll(t)
	c.desk.await(t, 1)
	fetch := c.desk.events[0].Fetch
	if fetch == nil {
		t.Fatalf("%+v", c.desk.events[0])
	}
	_ = stop()
	row := bot.Outgoing{Key: 9, Chat: "telegram:1", Fetch: fetch}
	files := telegram.Name + bot.FetchSuffix

	c.server.Inject(telegramtest.Fault{Kind: telegramtest.CutBody, Method: "file"})
	if _, failed := c.sendRow(t, files, row); failed == nil || failed.Fate != bot.FateRefused {
		t.Errorf("half a file: %+v", failed)
	}
	if _, failed := c.sendRow(t, files, row); failed != nil {
		t.Fatal(failed)
	}
	c.desk.await(t, 1)
	got := c.desk.events[1]
	if got.Kind != bot.InFile || got.Settles != 9 || !bytes.Equal(c.desk.files[""], picture) {
		t.Errorf("%+v, %d bytes", got, len(c.desk.files[""]))
	}
	for name, d := range map[string]struct {
		prepare func()
		want    dialog.ReceivedKind
	}{
		"a wrong type": {func() { c.desk.fileNo = bot.ErrFileType }, dialog.ReceivedFileType},
		"too large":    {func() { c.desk.fileNo = bot.ErrFileSize }, dialog.ReceivedFileTooBig},
	} {
		c.desk.fileNo, row.Fetch, row.Key = nil, fetch, row.Key+1
		d.prepare()
		if _, failed := c.sendRow(t, files, row); failed != nil {
			t.Errorf("%s: %v", name, failed)
		}
		c.desk.await(t, 1)
		if last := c.desk.events[len(c.desk.events)-1]; last.Received != d.want || last.Settles != row.Key {
			t.Errorf("%s: %+v", name, last)
		}
	}
	c.desk.noRoom, c.desk.fileNo, row.Fetch = true, nil, fetch
	row.Key++
	if _, failed := c.sendRow(t, files, row); failed != nil {
		t.Fatal(failed)
	}
	c.desk.await(t, 1)
	if last := c.desk.events[len(c.desk.events)-1]; last.Kind != bot.InFile || last.File.ID != "" {
		t.Errorf("without room: %+v", last)
	}
	row.Fetch = &bot.Fetch{Remote: "no such file"}
	if _, failed := c.sendRow(t, files, row); failed == nil || failed.Fate != bot.FateRefused || failed.MaxTries == 0 {
		t.Errorf("gone, or not there just now: %+v", failed)
	}
	row.Key++
	if err := c.Channels()[files].GiveUp(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	c.desk.await(t, 1)
	if last := c.desk.events[len(c.desk.events)-1]; last.Received != dialog.ReceivedFileLost {
		t.Errorf("given up: %+v", last)
	}
}

func TestAPressIsAnsweredAndItsButtonsTakenAway(t *testing.T) {
	c := newChannel(t)
	ana := c.server.User(1, "es")
	ana.Say("hola")
	if _, failed := c.sendRow(t, telegram.Name, say("Go on?", dialog.Button{Label: "Yes", Value: "yes"})); failed != nil {
		t.Fatal(failed)
	}
	c.poll(t)
	c.desk.await(t, 1)
	id, err := ana.Press(0, "Yes")
	if err != nil {
		t.Fatal(err)
	}
	c.desk.await(t, 1)
	if got := c.desk.events[1]; got.Node != "n" || got.Value != "yes" {
		t.Errorf("%+v", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := ana.AwaitAnswer(ctx, id); err != nil {
		t.Error(err)
	}
	_, err = ana.Await(ctx, func(ms []telegramtest.Message) bool {
		return !slices.ContainsFunc(ms, func(m telegramtest.Message) bool { return len(m.Buttons) > 0 })
	})
	if err != nil {
		t.Error(err)
	}
}
