package bot_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"imrbot/bot"
	"imrbot/dialog"
)

// platform is a Channel that notes each call and answers as it is told.
type platform struct {
	mu    sync.Mutex
	calls []call
	// answer decides a call's fate; nil delivers all.
	answer func(n int, row bot.Outgoing) error
	takes  time.Duration // of each call
	flying map[string]int
}

type call struct {
	at   time.Time
	lane string
	text string
	err  error
}

func (p *platform) Send(ctx context.Context, row bot.Outgoing) (bot.Outcome, error) {
	p.mu.Lock()
	n, now := len(p.calls), time.Now()
	var err error
	if p.answer != nil {
		err = p.answer(n, row)
	}
	p.calls = append(p.calls, call{now, row.Lane(), row.Say.Text, err})
	if p.flying == nil {
		p.flying = map[string]int{}
	}
	if p.flying[row.Lane()]++; p.flying[row.Lane()] > 1 {
		err = errors.New("two calls of one lane at once")
	}
	p.mu.Unlock()
	if p.takes > 0 {
		select {
		case <-time.After(p.takes):
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	p.mu.Lock()
	p.flying[row.Lane()]--
	p.mu.Unlock()
	return bot.Outcome{}, err
}

// made are the calls so far.
func (p *platform) made() []call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// delivered are the texts that reached a chat, in their order.
func (p *platform) delivered(lane string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var texts []string
	for _, c := range p.calls {
		if c.lane == lane && c.err == nil {
			texts = append(texts, c.text)
		}
	}
	return texts
}

// say commits a turn of messages and gives its rows to the sender.
func say(t testing.TB, store *memory, s *bot.Sender, chat string, urgency bot.Urgency, texts ...string) []bot.OutKey {
	t.Helper()
	c, _ := store.Load(context.Background(), bot.ChatKey(chat))
	turn := bot.Turn{Chat: bot.ChatKey(chat), Key: bot.InKey(fmt.Sprint(chat, c.Turn)), After: c.Turn}
	for _, text := range texts {
		turn.Rows = append(turn.Rows, bot.Outgoing{Chat: turn.Chat, Say: dialog.Say{Text: text}, Urgency: urgency})
	}
	keys, err := store.Commit(context.Background(), turn)
	if err != nil {
		t.Fatal(err)
	}
	for i := range keys {
		turn.Rows[i].Key = keys[i]
	}
	s.Add(turn.Rows)
	return keys
}

var phone = bot.Limits{PerLane: time.Second, Between: 35 * time.Millisecond, Parallel: 8}

// inBubble runs a test with a running sender and a clock of its own.
func inBubble(t *testing.T, p *platform, limits bot.Limits, test func(t *testing.T, store *memory, s *bot.Sender)) {
	t.Helper()
	inBubbleWith(t, p, limits, nil, test)
}

// inBubbleWith is inBubble for a sender that takes rows back.
func inBubbleWith(t *testing.T, p *platform, limits bot.Limits, takeBack func(*memory, bot.Outgoing) (bool, error), test func(t *testing.T, store *memory, s *bot.Sender)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		cfg := bot.SenderConfig{Outbox: store, Channels: map[string]bot.LimitedChannel{"telegram": {Channel: p, Limits: limits}}}
		if takeBack != nil {
			cfg.TakeBack = func(_ context.Context, row bot.Outgoing) (bool, error) { return takeBack(store, row) }
		}
		s := bot.NewSender(cfg)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { s.Run(ctx); close(done) }()
		test(t, store, s)
		stop()
		<-done
	})
}

func TestRowsOfAChatLeaveInOrderASecondApartAndChatsDoNotWaitForEachOther(t *testing.T) {
	p := &platform{takes: 200 * time.Millisecond}
	inBubble(t, p, phone, func(t *testing.T, store *memory, s *bot.Sender) {
		start := time.Now()
		say(t, store, s, "telegram:1", bot.Usual, "a", "b", "c")
		say(t, store, s, "telegram:2", bot.Usual, "x")
		pass(10 * time.Second)
		if got := p.delivered("telegram:1"); !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("delivered %q", got)
		}
		var last time.Time
		for _, c := range p.made() {
			switch c.lane {
			case "telegram:2":
				if c.at.Sub(start) > 100*time.Millisecond {
					t.Errorf("the other chat waited %v", c.at.Sub(start))
				}
			default:
				if !last.IsZero() && c.at.Sub(last) < time.Second {
					t.Errorf("%q came %v after the one before", c.text, c.at.Sub(last))
				}
				last = c.at
			}
		}
		if store.left() != 0 {
			t.Errorf("%d rows left", store.left())
		}
	})
}

func TestNoMoreThanThirtyMessagesLeaveInAnySecond(t *testing.T) {
	p := &platform{}
	inBubble(t, p, phone, func(t *testing.T, store *memory, s *bot.Sender) {
		for i := range 200 {
			say(t, store, s, fmt.Sprint("telegram:", i), bot.Usual, "hello")
		}
		pass(time.Minute)
		if len(p.made()) != 200 {
			t.Fatalf("%d calls", len(p.made()))
		}
		for i := 30; i < len(p.made()); i++ {
			if d := p.made()[i].at.Sub(p.made()[i-30].at); d < time.Second {
				t.Fatalf("31 calls within %v", d)
			}
		}
	})
}

func TestAnUrgentMessageGoesBeforeRemindersThatWaitLonger(t *testing.T) {
	p := &platform{}
	inBubble(t, p, phone, func(t *testing.T, store *memory, s *bot.Sender) {
		for i := range 100 {
			say(t, store, s, fmt.Sprint("telegram:", i), bot.Later, "reminder")
		}
		say(t, store, s, "telegram:500", bot.Usual, "usual")
		say(t, store, s, "telegram:501", bot.Urgent, "call 911")
		pass(time.Minute)
		at := map[string]int{}
		for i, c := range p.made() {
			at[c.text] = i // the last of the reminders counts
		}
		// The sender may have taken a first reminder before the others came.
		if at["call 911"] > 1 || at["usual"] > 2 {
			t.Errorf("urgent came as number %d, usual as number %d", at["call 911"], at["usual"])
		}
	})
}

func TestARefusedRowIsTriedAgainNotBeforeThePlatformAllowsItAndNothingOvertakesIt(t *testing.T) {
	p := &platform{answer: func(n int, _ bot.Outgoing) error {
		switch n {
		case 0:
			return &bot.SendError{Fate: bot.FateRefused, RateLimited: true, After: 7 * time.Second}
		case 1:
			return errors.New("connection reset") // unknown
		}
		return nil
	}}
	inBubble(t, p, phone, func(t *testing.T, store *memory, s *bot.Sender) {
		say(t, store, s, "telegram:1", bot.Usual, "a", "b")
		pass(time.Minute)
		if got := p.delivered("telegram:1"); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("delivered %q", got)
		}
		if d := p.made()[1].at.Sub(p.made()[0].at); d < 7*time.Second {
			t.Errorf("tried again after %v", d)
		}
	})
}

func TestADeadRowDoesNotHoldUpTheNextOne(t *testing.T) {
	p := &platform{answer: func(n int, _ bot.Outgoing) error {
		if n == 0 {
			return &bot.SendError{Fate: bot.FateDead, Reason: "bad request"}
		}
		return nil
	}}
	inBubble(t, p, phone, func(t *testing.T, store *memory, s *bot.Sender) {
		keys := say(t, store, s, "telegram:1", bot.Usual, "a", "b")
		pass(time.Minute)
		if got := p.delivered("telegram:1"); !slices.Equal(got, []string{"b"}) {
			t.Errorf("delivered %q", got)
		}
		if o := store.outcome(keys[0]); !o.Dead || o.Reason != "bad request" {
			t.Errorf("the dead row was settled as %+v", o)
		}
	})
}

func TestWhoBlockedTheBotIsNotCalledAgainUntilTheyComeBack(t *testing.T) {
	blocked := true
	p := &platform{}
	p.answer = func(int, bot.Outgoing) error {
		if blocked {
			return &bot.SendError{Fate: bot.FateDead, Gone: true, Reason: "blocked"}
		}
		return nil
	}
	inBubble(t, p, phone, func(t *testing.T, store *memory, s *bot.Sender) {
		say(t, store, s, "telegram:1", bot.Usual, "a", "b", "c")
		pass(time.Minute)
		if len(p.made()) != 1 || store.left() != 0 {
			t.Fatalf("%d calls, %d rows left", len(p.made()), store.left())
		}
		p.mu.Lock()
		blocked = false
		p.mu.Unlock()
		say(t, store, s, "telegram:1", bot.Usual, "welcome back")
		pass(time.Minute)
		if got := p.delivered("telegram:1"); !slices.Equal(got, []string{"welcome back"}) {
			t.Errorf("delivered %q", got)
		}
	})
}

func TestADeliveredRowIsNotSentAgainBecauseTheDiskWasFullForAWhile(t *testing.T) {
	p := &platform{}
	inBubble(t, p, phone, func(t *testing.T, store *memory, s *bot.Sender) {
		store.mu.Lock()
		store.noSettle = 5
		store.mu.Unlock()
		say(t, store, s, "telegram:1", bot.Usual, "a", "b")
		pass(time.Minute)
		if got := p.delivered("telegram:1"); !slices.Equal(got, []string{"a", "b"}) || store.left() != 0 {
			t.Errorf("delivered %q, %d rows left", got, store.left())
		}
	})
}

func TestARowThatIsTriedTooOftenIsGivenUpByItsChannel(t *testing.T) {
	p := &platform{answer: func(int, bot.Outgoing) error { return errors.New("down") }}
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		gaveUp := 0
		s := bot.NewSender(bot.SenderConfig{Outbox: store, Channels: map[string]bot.LimitedChannel{"telegram": {
			Channel: p, Limits: bot.Limits{MaxTries: 4},
			GiveUp: func(ctx context.Context, row bot.Outgoing) error {
				if gaveUp++; gaveUp == 1 {
					return errors.New("the store fails just now")
				}
				return store.Settle(ctx, row.Key, bot.Outcome{})
			},
		}}})
		ctx, stop := context.WithCancel(t.Context())
		go s.Run(ctx)
		say(t, store, s, "telegram:1", bot.Usual, "a")
		pass(10 * time.Minute)
		if len(p.made()) != 5 || gaveUp != 2 || store.left() != 0 || s.Backlog() != 0 {
			t.Errorf("%d calls, given up %d times, %d rows left, %d wait", len(p.made()), gaveUp, store.left(), s.Backlog())
		}
		stop()
		synctest.Wait()
	})
}

func TestWhatAnEarlierRunLeftIsSentFirstAndCallsUnderWayFinishAtTheEnd(t *testing.T) {
	p := &platform{takes: 3 * time.Second}
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		before := bot.NewSender(bot.SenderConfig{Outbox: store, Channels: map[string]bot.LimitedChannel{"telegram": {Channel: p, Limits: phone}}})
		say(t, store, before, "telegram:1", bot.Usual, "a", "b")
		s := bot.NewSender(bot.SenderConfig{Outbox: store, Channels: map[string]bot.LimitedChannel{"telegram": {Channel: p, Limits: phone}}})
		if err := s.Load(t.Context()); err != nil || s.Backlog() != 2 || s.Depth("telegram:1") != 2 {
			t.Fatalf("%d wait, %v", s.Backlog(), err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { s.Run(ctx); close(done) }()
		pass(time.Second)
		stop()
		<-done
		if got := p.delivered("telegram:1"); !slices.Equal(got, []string{"a"}) || store.left() != 1 {
			t.Errorf("delivered %q, %d rows left; want the call under way to finish and no other to begin", got, store.left())
		}
	})
}

func TestRowsOfAChannelThatIsSwitchedOffStayInTheOutbox(t *testing.T) {
	p := &platform{}
	inBubble(t, p, phone, func(t *testing.T, store *memory, s *bot.Sender) {
		say(t, store, s, "console:local", bot.Usual, "a")
		pass(time.Minute)
		if len(p.made()) != 0 || store.left() != 1 {
			t.Errorf("%d calls, %d rows left", len(p.made()), store.left())
		}
	})
}

// Whatever fails in whatever way, each chat gets its messages in their order;
// one is sent twice only after a fate that was unknown.
func TestEveryRowArrivesInOrderWhateverFails(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		fates := rapid.SliceOfN(rapid.IntRange(0, 6), 200, 200).Draw(r, "fates")
		chats := rapid.IntRange(1, 5).Draw(r, "chats")
		rows := rapid.IntRange(1, 12).Draw(r, "rows")
		arrived := map[string][]string{}
		unknown := map[string]int{}
		p := &platform{takes: 50 * time.Millisecond}
		p.answer = func(n int, row bot.Outgoing) error {
			fate := 6
			if n < len(fates) {
				fate = fates[n]
			}
			switch fate {
			case 0:
				return &bot.SendError{Fate: bot.FateRefused, RateLimited: true, After: 3 * time.Second}
			case 1:
				return &bot.SendError{Fate: bot.FateRefused}
			case 2: // applied, and the answer lost
				arrived[row.Lane()] = append(arrived[row.Lane()], row.Say.Text)
				unknown[row.Say.Text]++
				return errors.New("connection reset")
			case 3:
				return errors.New("no answer")
			}
			arrived[row.Lane()] = append(arrived[row.Lane()], row.Say.Text)
			return nil
		}
		inBubble(t, p, phone, func(_ *testing.T, store *memory, s *bot.Sender) {
			for i := range rows {
				for c := range chats {
					say(t, store, s, fmt.Sprint("telegram:", c), bot.Usual, fmt.Sprintf("%d/%d", c, i))
				}
			}
			pass(2 * time.Hour)
			if left := store.left(); left != 0 || s.Backlog() != 0 {
				r.Fatalf("%d rows left, %d wait", left, s.Backlog())
			}
		})
		for lane, texts := range maps.All(arrived) {
			want := 0
			for i, text := range texts {
				if i > 0 && text == texts[i-1] {
					if unknown[text]--; unknown[text] < 0 {
						r.Fatalf("%s: %q was sent again after it had arrived for certain", lane, text)
					}
					continue
				}
				if text != fmt.Sprintf("%s/%d", strings.TrimPrefix(lane, "telegram:"), want) {
					r.Fatalf("%s: %q is out of order in %q", lane, text, texts)
				}
				want++
			}
			if want != rows {
				r.Fatalf("%s: %d of %d arrived", lane, want, rows)
			}
		}
	})
}

// pass lets time of the bubble pass.
func pass(d time.Duration) { <-time.After(d) }
