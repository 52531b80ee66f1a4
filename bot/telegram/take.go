package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	api "github.com/go-telegram/bot"

	"imrbot/bot"
	"imrbot/dialog"
)

// errFull: so many rows wait to be sent that no more events are taken.
var errFull = errors.New("too many messages wait to be sent")

// take does with one update all that has to be done before Telegram may be told
// that we have it. It returns nil when that is on disk. After an error nothing
// is confirmed, and Telegram delivers the update again.
func (a *Adapter) take(ctx context.Context, raw []byte) error {
	if a.Queue.Full() {
		return errFull
	}
	t, err := read(raw, time.Now())
	if err != nil {
		return a.quarantine(ctx, raw, "", "it cannot be read")
	}
	if c := t.caption; c != nil && (!t.named || a.Watch(c.Text, c.Lang)) {
		t.events = append([]bot.Inbound{*c}, t.events...) // a danger to life goes first
	}
	for _, in := range t.events {
		in, ok := a.pace(in)
		if !ok {
			t.pressed = 0 // a press that was left aside can be made again
			continue
		}
		_, err := a.Handle(ctx, in)
		if reason := ofOneChat(err); reason != "" {
			err = a.quarantine(ctx, raw, in.Chat, reason)
		}
		if err != nil {
			return err
		}
	}
	if t.press != "" {
		a.answer(t)
	}
	return nil
}

// ofOneChat says why an event can never be handled, when that is so and lies with
// its chat alone; "" otherwise.
func ofOneChat(err error) string {
	switch {
	case errors.Is(err, bot.ErrDamaged):
		return "the conversation it belongs to is damaged"
	case errors.Is(err, bot.ErrLimit):
		return "it is larger than can be stored"
	case errors.Is(err, bot.ErrRef):
		return "its intake has no reference"
	case errors.Is(err, bot.ErrFault):
		return "a fault of the program"
	}
	return ""
}

// pace leaves events aside whose enrollee is far ahead of our replies. They are
// told so once; a message that shows a danger to life is always taken.
func (a *Adapter) pace(in bot.Inbound) (bot.Inbound, bool) {
	depth := a.Queue.Depth(in.Chat)
	if in.Kind == bot.InFetch && a.Queue.Depth(bot.ChatKey((&bot.Outgoing{Chat: in.Chat, Fetch: in.Fetch}).Lane())) >= maxFetchesAhead {
		depth = max(depth, maxAhead)
	}
	switch {
	case in.Kind == bot.InPress:
		return in, depth < maxPressesAhead
	case depth < maxAhead/2:
		a.told.forget(in.Chat)
		return in, true
	case depth < maxAhead:
		return in, true
	case (in.Kind == bot.InText || in.Kind == bot.InEdit) && a.Watch(in.Text, in.Lang):
		return in, true
	case !a.told.first(in.Chat):
		return in, false
	}
	a.Log.Warn("an enrollee writes faster than we may answer; messages are left aside")
	in.Kind, in.Received = bot.InReceived, dialog.ReceivedTooMany
	return in, true
}

// answer ends the little clock on a pressed button and takes the buttons away.
// Both calls may be lost.
func (a *Adapter) answer(t taken) {
	a.aside(func(ctx context.Context) error {
		_, err := a.api.AnswerCallbackQuery(ctx, &api.AnswerCallbackQueryParams{CallbackQueryID: t.press})
		return err
	})
	if len(t.events) > 0 && t.pressed != 0 {
		a.clear(chatID(t.events[0].Chat), fmt.Sprint(t.pressed))
	}
}

// quarantine keeps an update that cannot be handled.
func (a *Adapter) quarantine(ctx context.Context, raw []byte, chat bot.ChatKey, reason string) error {
	var head envelope
	_ = json.Unmarshal(raw, &head) // what cannot be read has id 0
	sum := fnv.New64a()
	sum.Write(raw)
	key := bot.InKey(fmt.Sprintf("%s:quarantine:%d:%x", Name, head.ID, sum.Sum64()))
	a.Log.Error("an update was put in quarantine; see imrbot doctor", "update", head.ID, "reason", reason)
	return a.Store.Quarantine(ctx, key, bot.Quarantined{At: time.Now(), Channel: Name, Chat: chat, Reason: reason, Raw: raw})
}
