package telegramtest

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"
)

func TestAnOffsetConfirmsEverythingBelowIt(t *testing.T) {
	const first = 100_000_001
	for _, c := range []struct {
		name    string
		args    fields
		got     []int64 // relative to first
		pending []int64
	}{
		{"none", fields{}, []int64{0, 1, 2, 3, 4}, []int64{0, 1, 2, 3, 4}},
		{"limit", fields{"limit": 2}, []int64{0, 1}, []int64{0, 1, 2, 3, 4}},
		{"limit too small is one", fields{"limit": 0}, []int64{0}, []int64{0, 1, 2, 3, 4}},
		{"in the middle", fields{"offset": first + 3}, []int64{3, 4}, []int64{3, 4}},
		{"past the end", fields{"offset": first + 5}, []int64{}, nil},
		{"a little in the future", fields{"offset": first + 15}, []int64{}, nil},
		{"far in the future confirms nothing", fields{"offset": first + 16}, []int64{0, 1, 2, 3, 4}, []int64{0, 1, 2, 3, 4}},
		{"far in the past", fields{"offset": 5}, []int64{0, 1, 2, 3, 4}, []int64{0, 1, 2, 3, 4}},
		{"negative", fields{"offset": -2}, []int64{3, 4}, []int64{3, 4}},
		{"very negative", fields{"offset": -50}, []int64{0, 1, 2, 3, 4}, []int64{0, 1, 2, 3, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, Quick())
			u := s.User(1, "en")
			for range 5 {
				u.Say("x")
			}
			if got, want := ids(updates(t, s, c.args)), plus(first, c.got); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			if got, want := s.PendingIDs(), plus(first, c.pending); !slices.Equal(got, want) {
				t.Errorf("pending %v, want %v", got, want)
			}
			if got := len(s.Confirmations()); got != 5-len(c.pending) {
				t.Errorf("%d confirmations: %+v", got, s.Confirmations())
			}
		})
	}
}

func plus(base int64, offsets []int64) []int64 {
	sum := make([]int64, len(offsets))
	for i, o := range offsets {
		sum[i] = base + o
	}
	return sum
}

func TestIDsThatRestartLowerAreStillDelivered(t *testing.T) {
	s := start(t, Quick())
	u := s.User(1, "en")
	u.Say("before")
	if _, err := s.JumpIDs(5); err == nil {
		t.Error("ids jumped while an update waits")
	}
	cursor := s.NextUpdateID()
	updates(t, s, fields{"offset": cursor})
	if next, err := s.JumpIDs(5000); err != nil || next != 5000 {
		t.Fatal(next, err)
	}
	u.Say("after")
	got := updates(t, s, fields{"offset": cursor}) // what a bot asks that knows nothing of it
	if len(got) != 1 || got[0].UpdateID != 5000 || got[0].Message.Text != "after" {
		t.Fatalf("got %+v", got)
	}
	if updates(t, s, fields{"offset": 5001}); len(s.PendingIDs()) != 0 {
		t.Error("the new cursor confirmed nothing")
	}
}

func TestALongPollEndsWithTheFirstUpdate(t *testing.T) {
	s := start(t, Quick())
	got := make(chan []seenUpdate, 1)
	go func() { got <- updates(t, s, fields{"timeout": 50}) }()
	awaitPoll(t, s)
	s.User(1, "en").Say("/start")
	all := <-got
	if len(all) != 1 || all[0].Message.Text != "/start" {
		t.Fatalf("got %+v", all)
	}
	if want := []Entity{{Type: "bot_command", Length: 6}}; !reflect.DeepEqual(all[0].Message.Entities, want) {
		t.Errorf("entities %+v", all[0].Message.Entities)
	}
}

func TestALongPollWithoutUpdatesEndsEmpty(t *testing.T) {
	o := Quick()
	o.MaxPoll = 20 * time.Millisecond
	s := start(t, o)
	if got := updates(t, s, fields{"timeout": 50}); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestTheEarlierOfTwoPollsEndsWith409(t *testing.T) {
	s := start(t, Quick())
	first := make(chan reply, 1)
	go func() { first <- callAPI(t, s, "getUpdates", fields{"timeout": 50}) }()
	awaitPoll(t, s)
	second := make(chan []seenUpdate, 1)
	go func() { second <- updates(t, s, fields{"timeout": 50}) }()
	r := <-first
	if r.Code != 409 || r.Description != "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running" {
		t.Errorf("first: %+v", r)
	}
	s.User(1, "en").Say("x")
	if got := <-second; len(got) != 1 {
		t.Errorf("second: %+v", got)
	}
}

func TestThe409sAfterTheFirstAreHeldBack(t *testing.T) {
	o := Quick()
	o.ConflictDelay = 40 * time.Millisecond
	s := start(t, o)
	must(t, s, "setWebhook", fields{"url": "http://127.0.0.1:1/"})
	for i, least := range []time.Duration{0, o.ConflictDelay} {
		began := time.Now()
		refused(t, s, "getUpdates", nil, 409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
		if took := time.Since(began); took < least {
			t.Errorf("409 number %d took %v", i+1, took)
		}
	}
}

func TestSettingAWebhookEndsThePoll(t *testing.T) {
	s := start(t, Quick())
	first := make(chan reply, 1)
	go func() { first <- callAPI(t, s, "getUpdates", fields{"timeout": 50}) }()
	awaitPoll(t, s)
	must(t, s, "setWebhook", fields{"url": "http://127.0.0.1:1/"})
	if r := <-first; r.Code != 409 || r.Description != "Conflict: terminated by setWebhook request" {
		t.Errorf("got %+v", r)
	}
	must(t, s, "deleteWebhook", nil)
	must(t, s, "getUpdates", nil)
}

func TestAPollerThatGoesAwayLosesNothing(t *testing.T) {
	s := start(t, Quick())
	ctx, leave := context.WithCancel(context.Background())
	gone := make(chan error, 1)
	go func() {
		_, err := tryCtx(ctx, s, "getUpdates", fields{"timeout": 50})
		gone <- err
	}()
	awaitPoll(t, s)
	leave()
	<-gone
	s.User(1, "en").Say("x")
	if got := updates(t, s, fields{"timeout": 50}); len(got) != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestAllowedUpdatesAreRememberedAndFilterOnlyWhatComesAfter(t *testing.T) {
	s := start(t, Quick())
	u := s.User(1, "en")
	id := u.Say("one")
	updates(t, s, fields{"allowed_updates": []string{"edited_message"}})
	u.Say("two")
	if err := u.Edit(id, "one!"); err != nil {
		t.Fatal(err)
	}
	got := updates(t, s, nil)
	if len(got) != 2 || got[0].Message.Text != "one" || got[1].Edited.Text != "one!" || got[1].Edited.EditDate == 0 {
		t.Errorf("got %+v", got)
	}
	updates(t, s, fields{"allowed_updates": []string{}}) // back to the default
	u.Say("three")
	if got := updates(t, s, nil); len(got) != 3 {
		t.Errorf("after the default: %+v", got)
	}
}

func TestUpdatesExpire(t *testing.T) {
	o := Quick()
	o.UpdateTTL = -1
	s := start(t, o)
	s.User(1, "en").Say("too late")
	if got := updates(t, s, nil); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
	if c := s.Confirmations(); len(c) != 1 || c[0].By != "expired" {
		t.Errorf("confirmations %+v", c)
	}
}

func TestRawUpdatesGoThroughAsTheyAre(t *testing.T) {
	s := start(t, Quick())
	a := s.Raw(1, `{"message":{"message_id":"seven","forward_origin":{"type":"martian"}}}`)
	b := s.Raw(1, `{}`)
	r := callAPI(t, s, "getUpdates", nil)
	want := `[{"update_id":` + itoa(a) + `,"message":{"message_id":"seven","forward_origin":{"type":"martian"}}},{"update_id":` + itoa(b) + `,"raw":null}]`
	if string(r.Result) != want {
		t.Errorf("got %s, want %s", r.Result, want)
	}
	s.Raw(1, `{"message":`)
	if _, err := try(s, "getUpdates", nil); err == nil {
		t.Error("broken JSON came out whole")
	}
}

func TestTheSameOffsetAskedAgainWaits(t *testing.T) {
	o := Quick()
	o.RepeatPollWait = 40 * time.Millisecond
	s := start(t, o)
	began := time.Now()
	updates(t, s, fields{"offset": 1})
	updates(t, s, fields{"offset": 1})
	if took := time.Since(began); took < o.RepeatPollWait {
		t.Errorf("took %v", took)
	}
}

func TestNoMoreUpdatesWaitThanMay(t *testing.T) {
	o := Quick()
	o.MaxPending = 2
	s := start(t, o)
	u := s.User(1, "en")
	for range 3 {
		u.Say("x")
	}
	if got := s.PendingIDs(); len(got) != 2 {
		t.Errorf("pending %v", got)
	}
	if c := s.Counters(); c.Left["full"] != 1 || c.Updates != 3 {
		t.Errorf("counters %+v", c)
	}
}
