package bolt

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"imrbot/bot"
	"imrbot/dialog"
)

func TestARowIsReadUntilItIsSettled(t *testing.T) {
	s, _ := testStore(t, Options{})
	turn := turnOf("telegram:1", 0, "u1")
	turn.Rows = append(turn.Rows, bot.Outgoing{Fetch: &bot.Fetch{Remote: "file-id", Name: "letter.jpg", Group: "album"}, Urgency: bot.Urgent})
	keys := mustCommit(t, s, turn)
	row, err := s.Row(t.Context(), keys[1])
	want := bot.Outgoing{Key: keys[1], Chat: "telegram:1", Fetch: turn.Rows[1].Fetch, Urgency: bot.Urgent, Turn: 1}
	if err != nil || !reflect.DeepEqual(row, want) {
		t.Errorf("row %+v, %v; want %+v", row, err, want)
	}
	if row.Lane() != "telegram-files:1" {
		t.Errorf("lane %q", row.Lane())
	}
	if err := s.Settle(t.Context(), keys[1], bot.Outcome{}); err != nil {
		t.Fatal(err)
	}
	_, err = s.Row(t.Context(), keys[1])
	wantError(t, err, bot.ErrNotFound)
}

// The turn that a row was the work of takes the row out with it, so that the
// work is done once, however often it was begun.
func TestTheWorkOfARowIsCommittedOnce(t *testing.T) {
	s, _ := testStore(t, Options{})
	first := turnOf("telegram:1", 0, "u1")
	keys := mustCommit(t, s, first)
	work := turnOf("telegram:1", 1, "file:1")
	work.Settles = keys[0]
	mustCommit(t, s, work)
	if _, err := s.Row(t.Context(), keys[0]); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("the row is still there: %v", err)
	}
	again := turnOf("telegram:1", 2, "file:1, done again under another key")
	again.Settles = keys[0]
	_, err := s.Commit(t.Context(), again)
	wantError(t, err, bot.ErrSeen)
	if c := mustLoad(t, s, "telegram:1"); c.Turn != 2 {
		t.Errorf("turn %d", c.Turn)
	}
}

func TestADeadRowIsKeptWithItsReasonAndTheOldestMakeRoom(t *testing.T) {
	s, _ := testStore(t, Options{})
	for i := range 3 {
		keys := mustCommit(t, s, turnOf("telegram:1", uint64(i), fmt.Sprint("u", i)))
		if err := s.Settle(t.Context(), keys[0], bot.Outcome{Dead: true, Reason: "blocked"}); err != nil {
			t.Fatal(err)
		}
	}
	dead, err := s.Dead(t.Context())
	if err != nil || dead["blocked"] != 3 {
		t.Errorf("dead %v, %v", dead, err)
	}
	if n, err := s.Waiting(); err != nil || n != 0 {
		t.Errorf("%d rows wait, %v", n, err)
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucketDead))
		return errors.Join(trim(b, 2), trim(b, 2), trim(b, 2))
	})
	if dead, _ := s.Dead(t.Context()); err != nil || dead["blocked"] != 2 {
		t.Errorf("after trimming to 2: %v, %v", dead, err)
	}
}

func TestALaterTurnKnowsWhereTheOldButtonsAre(t *testing.T) {
	s, path := testStore(t, Options{})
	one := mustCommit(t, s, turnOf("telegram:1", 0, "u1"))
	two := turnOf("telegram:1", 1, "u2")
	two.Rows = append(two.Rows, two.Rows[0])
	next := mustCommit(t, s, two)
	keyboard := func(key bot.OutKey) string {
		row, err := s.Row(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		return row.Keyboard
	}
	settle := func(key bot.OutKey, o bot.Outcome) {
		if err := s.Settle(t.Context(), key, o); err != nil {
			t.Fatal(err)
		}
	}
	settle(one[0], bot.Outcome{Keyboard: "message 77"})
	closeChecked(t, s)
	s = openTest(t, path, Options{})
	if got := keyboard(next[0]); got != "message 77" {
		t.Errorf("keyboard %q", got)
	}
	settle(next[0], bot.Outcome{Keyboard: "message 78", Cleared: true})
	if got := keyboard(next[1]); got != "" {
		t.Errorf("buttons of the same turn are no old ones: %q", got)
	}
	settle(next[1], bot.Outcome{Cleared: true})
	last := mustCommit(t, s, turnOf("telegram:1", 2, "u3"))
	if got := keyboard(last[0]); got != "" {
		t.Errorf("keyboard %q after it was cleared", got)
	}
}

func TestWhatCannotBeReadIsKeptOnceAndSealed(t *testing.T) {
	s, path := testStore(t, Options{})
	q := bot.Quarantined{At: testDay, Channel: "telegram", Chat: "telegram:1", Reason: "it cannot be read", Raw: []byte(`{"text":"Guadalupe"}`)}
	for range 2 { // the platform delivers it again
		if err := s.Quarantine(t.Context(), "q1", q); err != nil {
			t.Fatal(err)
		}
	}
	long := q
	long.Raw = []byte(strings.Repeat("x", maxRaw+1))
	if err := s.Quarantine(t.Context(), "q2", long); err != nil {
		t.Fatal(err)
	}
	var got []bot.Quarantined
	err := s.Quarantined(t.Context(), func(q bot.Quarantined) error { got = append(got, q); return nil })
	if err != nil || len(got) != 2 || !reflect.DeepEqual(got[0], q) || len(got[1].Raw) != maxRaw {
		t.Errorf("%d in quarantine, the first %+v, %v", len(got), got[0], err)
	}
	closeChecked(t, s)
	if strings.Contains(string(readFile(t, path)), "Guadalupe") {
		t.Error("the event is in the file in clear")
	}
}

func TestAStoreOfVersionOneIsBroughtToThisVersionWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "imrbot.db")
	frozen := filepath.Join("testdata", "store-1.db")
	copyFile(t, frozen, path)
	copyFile(t, frozen+".key", path+".key")
	_, err := Open(path, Options{ReadOnly: true})
	wantError(t, err, ErrVersion, "start the bot or a chat on it once")
	var said notices
	s := openTest(t, path, Options{Notice: said.note})
	if said.with("from version 1 to 2") != 1 {
		t.Errorf("notices %q", said.said)
	}
	turn := turnOf("telegram:1", 1, "u2")
	turn.Intakes = []dialog.Intake{mustIntake(t, s, "A-2026-000123")}
	turn.Intakes[0].Status = statusDraft // else it would stay
	keys := mustCommit(t, s, turn)
	if err := s.Settle(t.Context(), keys[0], bot.Outcome{Dead: true, Reason: "blocked", Keyboard: "5"}); err != nil {
		t.Fatal(err)
	}
	closeChecked(t, s)
	again := openTest(t, path, Options{ReadOnly: true})
	if _, err := again.Intake(t.Context(), "A-2026-000123"); err != nil {
		t.Error(err)
	}
	closeChecked(t, again)
	// What was stored before the list of what is owned is erased as well.
	s = openTest(t, path, Options{})
	erase := turnOf("telegram:1", 2, "u3")
	erase.Forget = true
	mustCommit(t, s, erase)
	if got, want := holdings(t, s, "telegram:1"), []string{"turn 3 at step-3", "row of turn 3"}; !reflect.DeepEqual(got, want) {
		t.Errorf("it holds %q, want %q", got, want)
	}
	if ref := s.TakeRef(2026); ref != "A-2026-000124" {
		t.Errorf("after an erased reference comes %s", ref)
	}
}
