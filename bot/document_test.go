package bot_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"imrbot/bot"
	"imrbot/dialog"
)

// uploads is a Channel whose documents take minutes, or never end.
type uploads struct {
	mu       sync.Mutex
	began    time.Time
	flying   int
	most     int // documents under way at once
	messages map[bot.ChatKey]time.Duration
	ended    int
	takes    time.Duration
	timedOut time.Duration
}

func (u *uploads) Send(ctx context.Context, row bot.Outgoing) (bot.Outcome, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	began := time.Now()
	if row.Document == nil {
		u.messages[row.Chat] = began.Sub(u.began)
		return bot.Outcome{}, nil
	}
	u.flying++
	u.most = max(u.most, u.flying)
	takes := u.takes
	u.mu.Unlock()
	var err error
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		err = ctx.Err()
	}
	u.mu.Lock()
	u.flying--
	if err != nil {
		u.timedOut = time.Since(began)
		return bot.Outcome{}, err
	}
	u.ended++
	return bot.Outcome{}, nil
}

// give commits a turn with a document and a message after it.
func give(t *testing.T, store *memory, s *bot.Sender, chat bot.ChatKey) {
	t.Helper()
	turn := bot.Turn{Chat: chat, Key: bot.InKey(chat), Rows: []bot.Outgoing{
		{Chat: chat, Document: &bot.Document{Kind: bot.DocumentData}}, {Chat: chat, Say: dialog.Say{Text: "after"}},
	}}
	keys, err := store.Commit(t.Context(), turn)
	if err != nil {
		t.Fatal(err)
	}
	for i := range keys {
		turn.Rows[i].Key = keys[i]
	}
	s.Add(turn.Rows)
}

func TestUploadsHoldUpTheirOwnChatsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, u := newMemory(), &uploads{began: time.Now(), takes: 4 * time.Minute, messages: map[bot.ChatKey]time.Duration{}}
		limits := bot.Limits{Between: 35 * time.Millisecond, Parallel: 8, Timeout: 30 * time.Second, Documents: 2, DocumentTimeout: 5 * time.Minute}
		s := bot.NewSender(bot.SenderConfig{Outbox: store, Channels: map[string]bot.LimitedChannel{"telegram": {Channel: u, Limits: limits}}})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { s.Run(ctx); close(done) }()
		for i := range 10 {
			give(t, store, s, bot.ChatKey(fmt.Sprintf("telegram:doc%d", i)))
		}
		pass(time.Second)
		say(t, store, s, "telegram:talk", bot.Usual, "hello")
		pass(30 * time.Minute)
		u.mu.Lock()
		defer u.mu.Unlock()
		if at := u.messages["telegram:talk"]; at > 2*time.Second {
			t.Errorf("a message of another chat waited until %v", at)
		}
		if u.most != 2 || u.ended != 10 {
			t.Errorf("%d documents arrived, %d at once; want 10, and 2", u.ended, u.most)
		}
		for chat, at := range u.messages {
			if chat != "telegram:talk" && at < 4*time.Minute {
				t.Errorf("%s: what follows the document came before it, at %v", chat, at)
			}
		}
		if n := len(u.messages); n != 11 {
			t.Errorf("%d chats got their message", n)
		}
		u.mu.Unlock()
		stop()
		<-done
		u.mu.Lock()
	})
}

func TestAnUploadEndsAfterItsOwnTimeAndIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, u := newMemory(), &uploads{began: time.Now(), takes: time.Hour, messages: map[bot.ChatKey]time.Duration{}}
		limits := bot.Limits{Timeout: 30 * time.Second}
		s := bot.NewSender(bot.SenderConfig{Outbox: store, Channels: map[string]bot.LimitedChannel{"telegram": {Channel: u, Limits: limits}}})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { s.Run(ctx); close(done) }()
		give(t, store, s, "telegram:1")
		pass(6 * time.Minute)
		u.mu.Lock()
		if u.timedOut != 5*time.Minute {
			t.Errorf("the call ended after %v", u.timedOut)
		}
		u.takes = time.Second // the line is good again
		u.mu.Unlock()
		pass(10 * time.Minute)
		u.mu.Lock()
		if u.ended != 1 || len(u.messages) != 1 || store.left() != 0 {
			t.Errorf("%d documents, %d messages arrived; %d rows are left", u.ended, len(u.messages), store.left())
		}
		u.mu.Unlock()
		stop()
		<-done
	})
}
