package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	api "github.com/go-telegram/bot"

	"imrbot/bot"
)

// allowed are the kinds of update that are asked for.
var allowed = []string{"message", "edited_message", "callback_query"}

// state is what the adapter knows of its connection.
type state struct {
	// heard is when Telegram last answered, in Unix seconds.
	heard atomic.Int64
}

// Heard is when Telegram last answered a poll or delivered an update; the zero
// time when it never has.
func (a *Adapter) Heard() time.Time {
	if s := a.state.heard.Load(); s != 0 {
		return time.Unix(s, 0)
	}
	return time.Time{}
}

func (a *Adapter) hear() { a.state.heard.Store(time.Now().Unix()) }

// Poll takes updates until ctx ends, when it returns nil. It fails with ErrToken
// at its start, and with bot.ErrRefused when the store takes nothing more. Each poll confirms what the
// one before it brought, and is made only when all of that is committed.
func (a *Adapter) Poll(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer a.menus.Wait()
	defer cancel()
	if err := a.begin(ctx, a.dropWebhook); err != nil {
		return unlessEnded(ctx, err)
	}
	var cursor int64 // the first update wanted; 0 for the first that waits
	last := time.Now()
	limit := pollBatch
	stuck, tried := int64(0), 0 // the update that cannot be stored, and how often it was tried
	for fails := 0; ctx.Err() == nil; {
		if time.Since(last) > idleReset {
			cursor = 0
		}
		updates, err := a.getUpdates(ctx, cursor, limit)
		var torn *tornAnswer
		if errors.As(err, &torn) && limit > 1 {
			limit = 1 // one update cannot be read: find it, for the others' sake
			continue
		}
		if torn != nil {
			updates, err = torn.updates(err)
		}
		if err == nil {
			limit = pollBatch
			var next int64
			next, err = a.takeAll(ctx, updates)
			if next != 0 {
				// Assigned, not the greater of the two: ids can restart lower.
				cursor, last = next, time.Now()
			}
			if stuck != next || err == nil {
				stuck, tried = next, 0
			}
			if tried++; err != nil && tried >= maxFails && a.aloneAtFault(ctx, updates, next, err) {
				cursor, stuck, tried = next+1, 0, 0
			}
		}
		switch {
		case err == nil:
			fails = 0
			continue
		case errors.Is(err, bot.ErrRefused):
			return err
		case ctx.Err() != nil:
			return nil
		}
		fails++
		a.complain(err)
		pause(ctx, wait(err, fails))
	}
	return nil
}

// aloneAtFault puts an update into quarantine that again and again cannot be
// stored, and tells whether that went: then the store is well, and the update must
// not hold up everybody.
func (a *Adapter) aloneAtFault(ctx context.Context, updates []json.RawMessage, id int64, err error) bool {
	var disk syscall.Errno
	if errors.Is(err, bot.ErrRefused) || errors.Is(err, errFull) || errors.As(err, &disk) || ctx.Err() != nil {
		return false
	}
	for _, raw := range updates {
		if of, _ := address(raw); of == id {
			return a.quarantine(ctx, raw, "", "it cannot be stored, while others can") == nil
		}
	}
	return false
}

// unlessEnded is err, or nil once ctx has ended: who is told to stop does not
// fail.
func unlessEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// complain logs a failed poll so that an operator knows what to do.
func (a *Adapter) complain(err error) {
	var failed *bot.SendError
	switch {
	case errors.Is(err, api.ErrorUnauthorized), errors.Is(err, api.ErrorNotFound):
		a.Log.Error("Telegram refuses the token: ask @BotFather for the right one, put it into [telegram] token and start again")
	case errors.Is(err, api.ErrorConflict):
		a.Log.Error("another program takes updates with this token, and each update goes to one of us only: stop it")
	case errors.As(err, &failed):
		a.Log.Warn("Telegram cannot be asked for updates; trying again", "reason", failed.Reason)
	default:
		a.Log.Error("updates cannot be stored and are not confirmed; Telegram keeps them for us", "error", err)
	}
}

// wait is how long to wait after so many failed polls.
func wait(err error, fails int) time.Duration {
	var failed *bot.SendError
	if errors.As(err, &failed) && failed.After > 0 {
		return failed.After
	}
	d := min(firstPause<<min(fails-1, 10), maxPause)
	return d + time.Duration(rand.Int64N(int64(d)/4+1))
}

// pause waits until d is over or ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// takeAll takes a batch of updates: those of one chat in their order, chats side
// by side. It returns the id from which Telegram is to go on, 0 for an empty
// batch: the one after the last update, or the first that could not be taken.
func (a *Adapter) takeAll(ctx context.Context, updates []json.RawMessage) (int64, error) {
	if len(updates) == 0 {
		return 0, nil
	}
	ids := make([]int64, len(updates))
	chats := make(map[string][]int)
	var order []string
	for i, raw := range updates {
		var whose string
		ids[i], whose = address(raw)
		if ids[i] == 0 && i > 0 {
			ids[i] = ids[i-1]
		}
		if chats[whose] == nil {
			order = append(order, whose)
		}
		chats[whose] = append(chats[whose], i)
	}
	errs := make([]error, len(updates))
	var wg sync.WaitGroup
	room := make(chan struct{}, takers)
	for _, whose := range order {
		room <- struct{}{}
		wg.Go(func() {
			defer func() { <-room }()
			for _, i := range chats[whose] {
				if errs[i] = a.take(ctx, updates[i]); errs[i] != nil {
					return // what follows in this chat must not overtake it
				}
			}
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return ids[i], err
		}
	}
	last := ids[len(ids)-1]
	if last == 0 {
		return 0, &bot.SendError{Reason: "Telegram sends an update without a number"}
	}
	return last + 1, nil
}

// address reads an update's id and whose it is, as far as that can be read.
func address(raw []byte) (id int64, whose string) {
	var head envelope
	_ = json.Unmarshal(raw, &head) // what has no id is confirmed with its neighbours
	type message struct {
		Chat struct {
			ID int64 `json:"id"`
		} `json:"chat"`
	}
	var u struct {
		Message message `json:"message"`
		Edited  message `json:"edited_message"`
		Press   struct {
			Message message `json:"message"`
		} `json:"callback_query"`
	}
	if json.Unmarshal(raw, &u) != nil {
		return head.ID, fmt.Sprint("unread ", head.ID)
	}
	return head.ID, fmt.Sprint(u.Message.Chat.ID | u.Edited.Chat.ID | u.Press.Message.Chat.ID)
}

// tornAnswer is an answer to a poll that is no JSON.
type tornAnswer struct{ raw []byte }

// Error says what it is, and nothing of what is in it.
func (*tornAnswer) Error() string { return "the answer to a poll is no answer" }

// updateID finds the id of an update in an answer that cannot be read.
var updateID = regexp.MustCompile(`"update_id"\s*:\s*\d{1,18}`)

// updates takes an answer that should hold one update, and cannot be read, for
// that update, so that it can be put in quarantine and gone past. When it holds
// no single id either, err stands.
func (t *tornAnswer) updates(err error) ([]json.RawMessage, error) {
	ids := updateID.FindAll(t.raw, 2)
	if len(ids) != 1 {
		return nil, err
	}
	update, merr := json.Marshal(map[string]any{"unreadable": t.raw})
	if merr != nil {
		return nil, err
	}
	return []json.RawMessage{append(append([]byte("{"), ids[0]...), append([]byte(","), update[1:]...)...)}, nil
}

// getUpdates asks for at most limit updates from cursor on, and waits while
// there are none. It fails with a tornAnswer when they cannot be read.
func (a *Adapter) getUpdates(ctx context.Context, cursor int64, limit int) ([]json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(a.PollSeconds+15)*time.Second)
	defer cancel()
	ask := map[string]any{"limit": limit, "timeout": a.PollSeconds, "allowed_updates": allowed}
	if cursor != 0 {
		ask["offset"] = cursor
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.APIURL+"/bot"+a.Token+"/getUpdates", bytes.NewReader(body))
	if err != nil {
		return nil, &bot.SendError{Reason: "[telegram] api_url is no address"}
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.Client.Do(req)
	if err != nil {
		return nil, classify(err)
	}
	defer resp.Body.Close()
	var answer struct {
		OK         bool              `json:"ok"`
		Result     []json.RawMessage `json:"result"`
		Code       int               `json:"error_code"`
		Parameters struct {
			RetryAfter int `json:"retry_after"`
		} `json:"parameters"`
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, pollBody))
	if err != nil {
		return nil, &bot.SendError{Reason: "the answer to a poll broke off"}
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, &bot.SendError{Reason: "the answer to a poll is no answer", Err: &tornAnswer{raw}}
	}
	if !answer.OK {
		return nil, refused(answer.Code, answer.Parameters.RetryAfter)
	}
	a.hear()
	return answer.Result, nil
}

// refused is the error of an answer that is not ok.
func refused(code, retryAfter int) error {
	switch code {
	case http.StatusUnauthorized:
		return classify(api.ErrorUnauthorized)
	case http.StatusNotFound:
		return classify(api.ErrorNotFound)
	case http.StatusConflict:
		return classify(api.ErrorConflict)
	case http.StatusTooManyRequests:
		return classify(&api.TooManyRequestsError{RetryAfter: retryAfter})
	}
	return &bot.SendError{Reason: fmt.Sprintf("Telegram answers with %d", code)}
}
