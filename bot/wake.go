package bot

import (
	"context"
	"fmt"
	"slices"
	"time"

	"imrbot/dialog"
)

// Wakes tells which chats are to be looked at again. Turns set and end wakes.
type Wakes interface {
	// Due returns up to limit chats whose Wake is not after now, in the order
	// of their wakes.
	Due(ctx context.Context, now time.Time, limit int) ([]ChatKey, error)
}

const (
	// wakeEvery is how often wakes are looked for: a reminder may come a minute
	// late.
	wakeEvery = time.Minute
	wakeBatch = 100
)

// Remind reminds enrollees of what is due, until ctx ends. Each reminder is a
// turn like any other: it is said once, also when we are killed over it, and not
// at all when the facts have changed. What came due while nothing ran is said
// once, with what is true of its date by then.
func (b *Bot) Remind(ctx context.Context, wakes Wakes, now func() time.Time) {
	ticker := time.NewTicker(wakeEvery)
	defer ticker.Stop()
	for {
		if err := b.RemindDue(ctx, wakes, now()); err != nil && ctx.Err() == nil {
			b.Log.Error("reminders cannot be looked for; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// RemindDue reminds everyone whose moment has come by now.
func (b *Bot) RemindDue(ctx context.Context, wakes Wakes, now time.Time) error {
	if b.Wake == nil {
		return nil
	}
	failed := map[ChatKey]bool{}
	turns := map[ChatKey]int{}
	for b.Busy == nil || !b.Busy() {
		chats, err := wakes.Due(ctx, now, wakeBatch+len(failed))
		if err != nil {
			return fmt.Errorf("wakes: %w", err)
		}
		woken := 0
		for _, chat := range chats {
			if failed[chat] {
				continue
			}
			woken++
			if turns[chat]++; turns[chat] > dialog.MaxReminders {
				failed[chat] = true // to be sure that this ends
				continue
			}
			if _, err := b.Handle(ctx, Inbound{Chat: chat, Kind: InRemind, At: now}); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				// One damaged conversation must not keep others from their dates.
				failed[chat] = true
				b.Log.Error("an enrollee cannot be reminded", "error", err)
			}
		}
		if woken == 0 {
			return nil
		}
	}
	return nil
}

// wake is when a state is to be looked at again; zero when nothing is due.
func (b *Bot) wake(s dialog.State, now time.Time) time.Time {
	if b.Wake == nil {
		return time.Time{}
	}
	list := b.Interview.Reminders(s)
	if len(list) == 0 {
		return time.Time{}
	}
	at := b.Wake(list[0].Day, now)
	if list[0].Day.After(b.Today(now)) && at.Before(now.Add(dayCheck)) {
		// The hours are those of a zone in which the legal day comes earlier.
		return now.Add(dayCheck)
	}
	return at
}

// dayCheck is how often it is looked whether the legal day has come, where the
// day of the waking hours came before it.
const dayCheck = 15 * time.Minute

// reminder is the event of the reminder that is due; nil outside waking hours
// and when none is, as after a change of the facts.
func (b *Bot) reminder(head dialog.Head, s dialog.State) dialog.Event {
	if b.Wake == nil || b.Wake(head.Today, head.At).After(head.At) {
		return nil
	}
	for _, r := range b.Interview.Reminders(s) {
		if !r.Day.After(head.Today) {
			return dialog.Reminded{Head: head, ID: r.ID}
		}
	}
	return nil
}

// markReminder marks the rows of a reminder's turn.
func markReminder(t *Turn, event dialog.Event) {
	said, ok := event.(dialog.Reminded)
	if !ok {
		return
	}
	for i := range t.Rows {
		t.Rows[i].Reminder, t.Rows[i].Urgency = &Reminder{ID: said.ID, At: t.At}, Later
	}
}

// sendingGrace is how long after its turn a reminder may be sent when the hours
// for it have ended meanwhile.
const sendingGrace = 10 * time.Minute

// TakeBack keeps a row of the outbox from being sent when it is a reminder that
// is no longer right: its day is over, so that what it says of its date is no
// longer true; it is night by now; or nothing is to be reminded of any more. Then
// a turn takes it out of the outbox and it returns true, and what is still to be
// said is said anew in its time. Whoever sends asks it before each row.
func (b *Bot) TakeBack(ctx context.Context, row Outgoing, now time.Time) (bool, error) {
	if row.Reminder == nil {
		return false, nil
	}
	right, err := b.stillRight(ctx, row, now)
	if err != nil || right {
		return false, err
	}
	in := Inbound{Chat: row.Chat, Key: InKey(fmt.Sprintf("missed:%d", row.Key)), Kind: InMissed, At: now, Reminder: *row.Reminder, Settles: row.Key}
	if _, err := b.Handle(ctx, in); err != nil {
		return false, fmt.Errorf("reminder in row %d: %w", row.Key, err)
	}
	return true, nil
}

// stillRight tells whether the reminder of a row would be said now as it stands
// there.
func (b *Bot) stillRight(ctx context.Context, row Outgoing, now time.Time) (bool, error) {
	today := b.Today(now)
	switch {
	case b.Wake == nil || b.Today(row.Reminder.At) != today,
		b.Wake(today, now).After(now) && now.Sub(row.Reminder.At) > sendingGrace:
		return false, nil
	}
	conv, err := b.Store.Load(ctx, row.Chat)
	if err != nil {
		return false, err
	}
	unsaid, _ := b.Interview.Step(conv.State, dialog.Missed{Head: dialog.Head{At: now, Today: today}, ID: row.Reminder.ID, Day: today})
	return slices.ContainsFunc(b.Interview.Reminders(unsaid), func(r dialog.Reminder) bool { return r.ID == row.Reminder.ID }), nil
}

// WakingHours returns the function for Config.Wake that reminds between two
// minutes of the day in a time zone.
func WakingHours(zone *time.Location, start, end int) func(dialog.Date, time.Time) time.Time {
	at := func(day dialog.Date, minute int) time.Time {
		return time.Date(day.Year, day.Month, day.Day, 0, minute, 0, 0, zone)
	}
	return func(day dialog.Date, now time.Time) time.Time {
		today := dialog.DateOf(now.In(zone))
		if day.After(today) {
			return at(day, start)
		}
		switch minute := now.In(zone).Hour()*60 + now.In(zone).Minute(); {
		case minute < start:
			return at(today, start)
		case minute < end:
			return now
		}
		return at(today.AddDays(1), start)
	}
}
