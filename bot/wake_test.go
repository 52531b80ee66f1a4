package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"imrbot/bot"
	"imrbot/dialog"
	"imrbot/dialog/imr"
)

// inState is the time zone of the legal day.
func inState(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// reminding is a bot that reminds from nine to seven in a time zone.
func reminding(t testing.TB, store bot.Store, hours *time.Location) *bot.Bot {
	t.Helper()
	interview, err := dialog.Parse(imr.FS, dialog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	zone := inState(t)
	return bot.New(bot.Config{Store: store, Reader: parrot{}, Interview: interview, Wake: bot.WakingHours(hours, 9*60, 19*60),
		Today: func(at time.Time) dialog.Date { return dialog.DateOf(at.In(zone)) }})
}

// draft makes a chat that waits for its plan from June 1 until July 1, and sends
// what was said.
func draft(t testing.TB, b *bot.Bot, store *memory, chat string) {
	t.Helper()
	for n, words := range toADraft {
		if _, err := b.Handle(t.Context(), text(chat, fmt.Sprint(chat, n), words)); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.Interview.Reminders(store.convs[bot.ChatKey(chat)].State)) != 1 {
		t.Fatal("a draft has not one reminder")
	}
	clear(store.outbox)
}

// due reminds whoever is due at a moment, and returns what waits to be sent.
func due(t testing.TB, b *bot.Bot, store *memory, now time.Time) []bot.Outgoing {
	t.Helper()
	if err := b.RemindDue(t.Context(), store, now); err != nil {
		t.Fatal(err)
	}
	rows, err := store.Pending(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestWakingHoursAreThoseOfTheClockOnTheWall(t *testing.T) {
	zone := inState(t)
	wake := bot.WakingHours(zone, 9*60, 19*60)
	at := func(text string) time.Time {
		t.Helper()
		moment, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	for _, c := range []struct{ day, now, want string }{
		{"2026-06-10", "2026-06-01 12:00", "2026-06-10 09:00"},
		{"2026-06-10", "2026-06-10 08:59", "2026-06-10 09:00"},
		{"2026-06-10", "2026-06-10 09:00", "2026-06-10 09:00"},
		{"2026-06-10", "2026-06-10 18:59", "2026-06-10 18:59"},
		{"2026-06-10", "2026-06-10 19:00", "2026-06-11 09:00"},
		{"2026-06-10", "2026-06-30 23:30", "2026-07-01 09:00"}, // late, at the end of a month
		{"2026-03-08", "2026-03-07 12:00", "2026-03-08 09:00"}, // a day of 23 hours
		{"2026-03-08", "2026-03-08 01:59", "2026-03-08 09:00"},
		{"2026-03-09", "2026-03-08 20:00", "2026-03-09 09:00"},
		{"2026-11-01", "2026-11-01 01:30", "2026-11-01 09:00"}, // a day of 25
		{"2026-11-02", "2026-11-01 19:00", "2026-11-02 09:00"},
		{"2027-01-01", "2026-12-31 23:59", "2027-01-01 09:00"},
	} {
		day, err := dialog.ParseDate(c.day)
		if err != nil {
			t.Fatal(err)
		}
		if got := wake(day, at(c.now)); !got.Equal(at(c.want)) {
			t.Errorf("of %s at %s: %s, want %s", c.day, c.now, got, c.want)
		}
		if got := wake(day, at(c.now).UTC()); !got.Equal(at(c.want)) {
			t.Errorf("of %s at %s, told in UTC: %s, want %s", c.day, c.now, got, c.want)
		}
	}
}

func TestADamagedConversationKeepsNoOtherFromItsReminder(t *testing.T) {
	store := newMemory()
	b := reminding(t, store, inState(t))
	const chats = 250 // more than are asked for at once
	for i := range chats {
		draft(t, b, store, fmt.Sprintf("c:%03d", i))
	}
	for i := 0; i < chats; i += 2 {
		store.broken[bot.ChatKey(fmt.Sprintf("c:%03d", i))] = true
	}
	rows := due(t, b, store, time.Date(2026, 7, 1, 17, 0, 0, 0, time.UTC))
	said := map[bot.ChatKey]int{}
	for _, row := range rows {
		said[row.Chat]++
		if row.Reminder == nil || row.Urgency != bot.Later {
			t.Errorf("row %d is not marked as a reminder: %+v", row.Key, row)
		}
	}
	for i := range chats {
		if chat := bot.ChatKey(fmt.Sprintf("c:%03d", i)); said[chat] != i%2 {
			t.Errorf("%s hears %d reminders", chat, said[chat])
		}
	}
	clear(store.broken)
	rows = due(t, b, store, time.Date(2026, 7, 3, 17, 0, 0, 0, time.UTC))
	if len(rows) != chats {
		t.Errorf("%d reminders when all can be read again, want %d", len(rows), chats)
	}
}

func TestAStoreThatFailsEndsTheRound(t *testing.T) {
	store := newMemory()
	b := reminding(t, store, inState(t))
	for i := range 3 {
		draft(t, b, store, fmt.Sprint("c:", i))
	}
	store.fail = errors.New("disk full")
	if rows := due(t, b, store, time.Date(2026, 7, 1, 17, 0, 0, 0, time.UTC)); len(rows) > 0 {
		t.Errorf("%d reminders", len(rows))
	}
	store.fail = nil
	if rows := due(t, b, store, time.Date(2026, 7, 1, 17, 1, 0, 0, time.UTC)); len(rows) != 3 {
		t.Errorf("%d reminders a minute later, want 3", len(rows))
	}
}

// always has the same chat due for ever.
type always struct{ asked int }

func (a *always) Due(context.Context, time.Time, int) ([]bot.ChatKey, error) {
	a.asked++
	return []bot.ChatKey{"c:1"}, nil
}

func TestAChatThatIsAlwaysDueDoesNotKeepTheBotForEver(t *testing.T) {
	store := newMemory()
	b := reminding(t, store, inState(t))
	draft(t, b, store, "c:1")
	before, wakes := store.convs["c:1"].Turn, &always{}
	if err := b.RemindDue(t.Context(), wakes, time.Date(2026, 7, 1, 17, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	if turns := store.convs["c:1"].Turn - before; turns > dialog.MaxReminders || wakes.asked > dialog.MaxReminders+2 {
		t.Errorf("%d turns, asked %d times", turns, wakes.asked)
	}
	if len(store.outbox) != 1 {
		t.Errorf("%d reminders", len(store.outbox))
	}
}

func TestHoursOfAFarTimeZoneWaitForTheLegalDay(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	store := newMemory()
	b := reminding(t, store, tokyo)
	draft(t, b, store, "c:1")
	before := store.convs["c:1"].Turn
	start := time.Date(2026, 7, 1, 9, 0, 0, 0, tokyo) // June 30 at five in the afternoon
	for minute := range 10 * 60 {
		now := start.Add(time.Duration(minute) * time.Minute)
		rows := due(t, b, store, now)
		if legal := dialog.DateOf(now.In(inState(t))); len(rows) > 0 && legal.Day != 1 {
			t.Fatalf("reminded at %s", now)
		}
	}
	if turns := store.convs["c:1"].Turn - before; len(store.outbox) != 1 || turns > 50 {
		t.Errorf("%d reminders after %d turns", len(store.outbox), turns)
	}
}

func TestAReminderThatIsNoLongerRightIsTakenBackAndSaidAnew(t *testing.T) {
	noon := func(day int) time.Time { return time.Date(2026, 7, day, 12, 0, 0, 0, inState(t)) }
	for name, c := range map[string]struct {
		said, sent time.Time
		between    string // said by the enrollee meanwhile
		back       bool
		again      time.Time // zero: never
	}{
		"at once":                  {said: noon(1), sent: noon(1)},
		"in the evening":           {said: noon(1), sent: noon(1).Add(6 * time.Hour)},
		"said at the last minute":  {said: noon(1).Add(7*time.Hour - time.Second), sent: noon(1).Add(7*time.Hour + time.Minute)},
		"at night":                 {said: noon(1), sent: noon(1).Add(9 * time.Hour), back: true, again: noon(2).Add(-3 * time.Hour)},
		"three days later":         {said: noon(1), sent: noon(4), back: true, again: noon(4)},
		"after reminders stopped":  {said: noon(1), sent: noon(1).Add(time.Minute), between: "stop reminders", back: true},
		"after all was erased":     {said: noon(1), sent: noon(1).Add(time.Minute), between: "/forget", back: true},
		"after the draft is taken": {said: noon(1), sent: noon(1).Add(time.Minute), between: "check my case", back: true},
	} {
		t.Run(name, func(t *testing.T) {
			store := newMemory()
			b := reminding(t, store, inState(t))
			draft(t, b, store, "c:1")
			rows := due(t, b, store, c.said)
			if len(rows) != 1 {
				t.Fatalf("%d rows", len(rows))
			}
			for n, words := range []string{c.between, "yes"} {
				if c.between != "" {
					in := text("c:1", fmt.Sprint("between", n), words)
					in.At = c.said
					if _, err := b.Handle(t.Context(), in); err != nil {
						t.Fatal(err)
					}
				}
			}
			for range 2 { // asked again after a crash, it says the same
				back, err := b.TakeBack(t.Context(), rows[0], c.sent)
				if err != nil || back != c.back {
					t.Fatalf("taken back %t, %v; want %t", back, err, c.back)
				}
			}
			if _, err := store.Row(t.Context(), rows[0].Key); c.back != errors.Is(err, bot.ErrNotFound) {
				t.Errorf("the row: %v", err)
			}
			clear(store.outbox)
			for now := c.sent; now.Before(c.sent.AddDate(0, 0, 3)); now = now.Add(time.Hour) {
				for _, row := range due(t, b, store, now) {
					if row.Reminder == nil || strings.HasPrefix(row.Reminder.ID, "unfinished") {
						continue
					}
					if c.again.IsZero() || now.Before(c.again) {
						t.Errorf("said again at %s: %s", now, row.Say.Text)
					}
					c.again = time.Time{}
				}
				clear(store.outbox)
			}
			if !c.again.IsZero() {
				t.Errorf("it is never said anew")
			}
		})
	}
}

func TestTheSenderSendsNoRowThatWasTakenBack(t *testing.T) {
	p := &platform{}
	fails := 2
	takeBack := func(store *memory, row bot.Outgoing) (bool, error) {
		if row.Say.Text != "old" {
			return false, nil
		}
		if fails--; fails >= 0 {
			return false, errors.New("disk full")
		}
		return true, store.Settle(context.Background(), row.Key, bot.Outcome{})
	}
	inBubbleWith(t, p, phone, takeBack, func(t *testing.T, store *memory, s *bot.Sender) {
		say(t, store, s, "telegram:1", bot.Usual, "old", "new")
		pass(time.Minute)
		if got := p.delivered("telegram:1"); !slices.Equal(got, []string{"new"}) || store.left() != 0 {
			t.Errorf("delivered %q, %d rows are left", got, store.left())
		}
	})
}
