package bolt

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"imrbot/bot"
	"imrbot/dialog"
)

func TestATurnIsStoredWholeAndOnce(t *testing.T) {
	s, path := testStore(t, Options{})
	turn := turnOf("telegram:1", 0, "telegram:update:1")
	turn.Rows = append(turn.Rows, bot.Outgoing{Say: dialog.Say{Text: "two", Buttons: []dialog.Button{{Label: "Yes", Value: "yes"}}}})
	ref := s.TakeRef(2026)
	turn.Intakes = []dialog.Intake{intakeOf(ref, "Ana")}
	turn.Tickets = []dialog.OpenTicket{{Reason: dialog.TicketIntake, Ref: ref, Urgent: true, Deadline: dialog.Date{Year: 2026, Month: 9, Day: 1}, Lang: "es"}}
	keys := mustCommit(t, s, turn)
	if want := []bot.OutKey{1, 2}; !reflect.DeepEqual(keys, want) {
		t.Errorf("outbox keys %v, want %v", keys, want)
	}
	if _, err := s.Commit(t.Context(), turn); !errors.Is(err, bot.ErrSeen) {
		t.Errorf("the same event again: %v", err)
	}
	again := turn
	again.Key = "telegram:update:2"
	if _, err := s.Commit(t.Context(), again); !errors.Is(err, bot.ErrStale) {
		t.Errorf("a turn computed from an old state: %v", err)
	}
	for range 2 { // as written, then as read from the disk
		rows, err := s.Pending(t.Context(), 0, 10)
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for i, row := range rows {
			want := bot.Outgoing{Key: keys[i], Chat: turn.Chat, Say: turn.Rows[i].Say, Turn: 1}
			if !reflect.DeepEqual(row, want) {
				t.Errorf("row %+v, want %+v", row, want)
			}
		}
		var tickets []bot.Ticket
		if err := s.Tickets(t.Context(), func(k bot.Ticket) error { tickets = append(tickets, k); return nil }); err != nil {
			t.Fatal(err)
		}
		want := bot.Ticket{ID: 1, Chat: turn.Chat, Reason: dialog.TicketIntake, Opened: testDay, Ref: ref,
			Urgent: true, Deadline: turn.Tickets[0].Deadline, Lang: "es", Status: bot.TicketOpen}
		if len(tickets) != 1 || tickets[0] != want {
			t.Errorf("tickets %+v, want %+v", tickets, want)
		}
		in, err := s.Intake(t.Context(), ref)
		if err != nil || !reflect.DeepEqual(in.Facts, turn.Intakes[0].Facts) || !in.Created.Equal(testDay) {
			t.Errorf("intake %+v, %v", in, err)
		}
		closeChecked(t, s)
		s = openTest(t, path, Options{})
	}
}

func TestALoadedStateIsTheSameBeforeAndAfterARestart(t *testing.T) {
	states := map[string]dialog.State{
		"zero":                                   {},
		"full":                                   benchState(),
		"times with a zone and a monotonic part": {Created: time.Now(), Last: time.Now()},
		"text that is no UTF-8":                  {Answers: map[string]dialog.Answer{"story": {Value: "a\xffb"}}},
		"pending":                                {Pending: &dialog.Pending{Kind: dialog.PendingEntry, Options: []string{"a"}}},
		"larger than what is kept decoded":       {Answers: map[string]dialog.Answer{"story": {Value: strings.Repeat("x", 2*cachedState)}}},
	}
	for name, state := range states {
		t.Run(name, func(t *testing.T) {
			s, path := testStore(t, Options{})
			turn := turnOf("telegram:1", 0, "a")
			turn.State = state
			mustCommit(t, s, turn)
			before := mustLoad(t, s, "telegram:1")
			closeChecked(t, s)
			s = openTest(t, path, Options{})
			after := mustLoad(t, s, "telegram:1")
			for _, c := range []*bot.Conversation{&before, &after} {
				c.State.Created, c.State.Last = c.State.Created.UTC(), c.State.Last.UTC()
			}
			if !reflect.DeepEqual(before, after) {
				t.Errorf("before %+v\nafter  %+v", before, after)
			}
		})
	}
}

func TestTurnsBeyondTheLimitsAreRefused(t *testing.T) {
	s, _ := testStore(t, Options{})
	long := strings.Repeat("x", maxName+1)
	cases := map[string]func(*bot.Turn){
		"no chat":         func(t *bot.Turn) { t.Chat = "" },
		"long chat":       func(t *bot.Turn) { t.Chat = bot.ChatKey(long) },
		"no event":        func(t *bot.Turn) { t.Key = "" },
		"long event":      func(t *bot.Turn) { t.Key = bot.InKey(long) },
		"many messages":   func(t *bot.Turn) { t.Rows = make([]bot.Outgoing, maxRows+1) },
		"many tickets":    func(t *bot.Turn) { t.Tickets = make([]dialog.OpenTicket, maxTickets+1) },
		"many intakes":    func(t *bot.Turn) { t.Intakes = make([]dialog.Intake, maxIntakes+1) },
		"a large state":   func(t *bot.Turn) { t.State.Told = strings.Repeat("x", maxState) },
		"a large message": func(t *bot.Turn) { t.Rows[0].Say.Text = strings.Repeat("x", maxRow) },
		"a large intake": func(t *bot.Turn) {
			t.Intakes = []dialog.Intake{intakeOf("A-2026-000001", strings.Repeat("x", maxIntake))}
		},
	}
	for name, spoil := range cases {
		turn := turnOf("telegram:1", 0, "a")
		spoil(&turn)
		if _, err := s.Commit(t.Context(), turn); !errors.Is(err, ErrLimit) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	turn := turnOf("telegram:1", 0, "a")
	turn.Intakes = []dialog.Intake{intakeOf("B-1", "Ana")}
	if _, err := s.Commit(t.Context(), turn); !errors.Is(err, ErrRef) {
		t.Errorf("an intake without a reference: %v", err)
	}
	if c := mustLoad(t, s, "telegram:1"); c.Turn != 0 {
		t.Error("a refused turn was stored")
	}
}

func TestOfManyTurnsFromTheSameStateOneIsCommitted(t *testing.T) {
	s, _ := testStore(t, Options{})
	const rounds, racers = 20, 16
	for round := range rounds {
		errs := race(racers, func(i int) error {
			_, err := s.Commit(t.Context(), turnOf("telegram:1", uint64(round), fmt.Sprintf("%d/%d", round, i)))
			return err
		})
		countErrors(t, errs, bot.ErrStale, racers-1)
	}
	if c := mustLoad(t, s, "telegram:1"); c.Turn != rounds {
		t.Errorf("turn %d, want %d", c.Turn, rounds)
	}
}

func TestOfOneEventDeliveredManyTimesOneIsCommitted(t *testing.T) {
	s, _ := testStore(t, Options{})
	const rounds, racers = 20, 16
	for round := range rounds {
		errs := race(racers, func(i int) error {
			_, err := s.Commit(t.Context(), turnOf(fmt.Sprintf("telegram:%d", i), 0, fmt.Sprint(round)))
			if errors.Is(err, bot.ErrStale) { // this chat won an earlier round
				_, err = s.Commit(t.Context(), turnOf(fmt.Sprintf("telegram:new:%d:%d", round, i), 0, fmt.Sprint(round)))
			}
			return err
		})
		countErrors(t, errs, bot.ErrSeen, racers-1)
	}
	rows, err := s.Pending(t.Context(), 0, 1000)
	if err != nil || len(rows) != rounds {
		t.Errorf("%d rows of %d events, %v", len(rows), rounds, err)
	}
}

func race(n int, do func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = do(i) })
	}
	all.Wait()
	return errs
}

// countErrors wants `want` times the error and nil otherwise.
func countErrors(t *testing.T, errs []error, is error, want int) {
	t.Helper()
	got := 0
	for _, err := range errs {
		if errors.Is(err, is) {
			got++
		} else if err != nil {
			t.Errorf("unexpected error: %v", err)
		}
	}
	if got != want {
		t.Errorf("%d times %q, want %d", got, is, want)
	}
}

func TestNothingPersonalIsInTheFileInClear(t *testing.T) {
	s, path := testStore(t, Options{})
	secrets := []string{"telegram:8765309", "8765309", "telegram:update:424242", "424242",
		"Guadalupe", "Hernandez-Quintero", "metastatic", "How are you, Guadalupe", "step-metastatic", "not-medically-necessary", "Blue Falcon Plan"}
	turn := turnOf("telegram:8765309", 0, "telegram:update:424242")
	turn.State.Node = "step-metastatic"
	turn.State.Answers = map[string]dialog.Answer{"reason": {Value: "not-medically-necessary"}, "plan": {Value: "Blue Falcon Plan"}}
	turn.Rows[0].Say.Text = "How are you, Guadalupe Hernandez-Quintero?"
	turn.Intakes = []dialog.Intake{intakeOf(s.TakeRef(2026), "Guadalupe Hernandez-Quintero metastatic")}
	turn.Tickets = []dialog.OpenTicket{{Reason: dialog.TicketHuman, Lang: "es"}}
	keys := mustCommit(t, s, turn)
	if err := s.Settle(t.Context(), keys[0], bot.Outcome{}); err != nil {
		t.Fatal(err)
	}
	closeChecked(t, s)
	key := readFile(t, path+".key")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(strings.TrimPrefix(string(key), keyForm)))
	if err != nil {
		t.Fatal(err)
	}
	file := readFile(t, path)
	for _, secret := range append(secrets, string(raw), string(key)) {
		for form, b := range map[string][]byte{
			"as it is":  []byte(secret),
			"in hex":    []byte(hex.EncodeToString([]byte(secret))),
			"in base64": []byte(base64.RawStdEncoding.EncodeToString([]byte(secret))),
		} {
			if bytes.Contains(file, b) {
				t.Errorf("the file holds %q %s", secret, form)
			}
		}
	}
	if !bytes.Contains(file, []byte(bucketOutbox)) {
		t.Error("the scan reads the wrong file: it lacks the names of the buckets")
	}
}

func TestWithoutItsDataKeyNothingOfAConversationOpens(t *testing.T) {
	s, path := testStore(t, Options{})
	ref := s.TakeRef(2026)
	turn := turnOf("telegram:1", 0, "a")
	turn.Intakes = []dialog.Intake{intakeOf(ref, "Ana")}
	turn.Tickets = []dialog.OpenTicket{{Reason: dialog.TicketHuman}}
	mustCommit(t, s, turn)
	mustCommit(t, s, turnOf("telegram:2", 0, "b"))
	h := s.chats.of("telegram:1")
	closeChecked(t, s)
	editFile(t, path, bucketKeys, h[:], nil)

	var n notices
	s, err := Open(path, Options{Notice: n.note})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = s.Load(t.Context(), "telegram:1")
	wantError(t, err, ErrDamaged)
	_, err = s.Intake(t.Context(), ref)
	wantError(t, err, ErrDamaged, ref)
	wantError(t, s.Tickets(t.Context(), func(bot.Ticket) error { t.Error("a ticket opened"); return nil }), ErrDamaged)
	wantError(t, s.Check(t.Context()), ErrDamaged, "conversations", "outbox", "tickets", "intakes")
	rows, err := s.Pending(t.Context(), 0, 10)
	if err != nil || len(rows) != 1 || rows[0].Chat != "telegram:2" {
		t.Errorf("the other chat's row does not come through: %+v, %v", rows, err)
	}
	if _, err := s.Pending(t.Context(), 0, 10); err != nil || n.with("Row 1 of the outbox cannot be read") != 1 {
		t.Errorf("want one notice of the row: %q, %v", n.said, err)
	}
}

func TestEveryDamagedValueIsFound(t *testing.T) {
	buckets := []string{bucketKeys, bucketConversations, bucketOutbox, bucketTickets, bucketIntakes, bucketSeen, bucketSeenDays,
		bucketDead, bucketKeyboards, bucketQuarantine, bucketOwned, bucketWakes, bucketWakeTimes, bucketAudit}
	damages := map[string]func(v []byte) []byte{
		"a flipped bit at the end":   func(v []byte) []byte { v[len(v)-1] ^= 1; return v },
		"a flipped bit in the front": func(v []byte) []byte { v[min(1, len(v)-1)] ^= 0x80; return v },
		"another form":               func(v []byte) []byte { v[0]++; return v },
		"a cut value":                func(v []byte) []byte { return v[:min(3, len(v)-1)] },
		"a lost value":               func([]byte) []byte { return nil },
	}
	for _, bucket := range buckets {
		for damage, spoil := range damages {
			if damage == "a lost value" && slices.Contains([]string{bucketOutbox, bucketDead, bucketKeyboards, bucketQuarantine}, bucket) {
				continue // a settled or trimmed row looks the same
			}
			if damage == "a flipped bit in the front" && bucket == bucketDead {
				continue // the length of a reason that is in clear: the row behind it no longer opens, or there is none
			}
			t.Run(bucket+"/"+damage, func(t *testing.T) {
				s, path := testStore(t, Options{})
				full(t, s, "telegram:1")
				for range 2 { // the first of them can be trimmed, the last not
					if err := s.Audit(t.Context(), bot.AuditEntry{Actor: "a", Action: "b"}); err != nil {
						t.Fatal(err)
					}
				}
				closeChecked(t, s)
				if bucket == bucketAudit && damage == "a lost value" {
					editFile(t, path, bucket, numberKey(2), nil)
				}
				key, value := firstEntry(t, path, bucket)
				editFile(t, path, bucket, key, spoil(value))
				s, err := Open(path, Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				wantError(t, s.Check(context.Background()), ErrDamaged)
				if bucket == bucketConversations && damage != "a lost value" {
					_, err := s.Load(context.Background(), "telegram:1")
					wantError(t, err, ErrDamaged)
				}
			})
		}
	}
}

func firstEntry(t *testing.T, path, bucket string) (key, value []byte) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.View(func(tx *bbolt.Tx) error {
		k, v := tx.Bucket([]byte(bucket)).Cursor().First()
		key, value = bytes.Clone(k), bytes.Clone(v)
		return nil
	}); err != nil || key == nil {
		t.Fatalf("no entry in %s: %v", bucket, err)
	}
	return key, value
}

func TestAValueMovedElsewhereDoesNotOpen(t *testing.T) {
	s, path := testStore(t, Options{})
	mustCommit(t, s, turnOf("telegram:1", 0, "a"))
	mustCommit(t, s, turnOf("telegram:2", 0, "b"))
	one, two := s.chats.of("telegram:1"), s.chats.of("telegram:2")
	closeChecked(t, s)
	for _, bucket := range []string{bucketConversations, bucketKeys} {
		copyPath := filepath.Join(t.TempDir(), "imrbot.db")
		copyFile(t, path, copyPath)
		copyFile(t, path+".key", copyPath+".key")
		db, err := bbolt.Open(copyPath, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = errors.Join(db.Update(func(tx *bbolt.Tx) error {
			b := tx.Bucket([]byte(bucket))
			return b.Put(two[:], bytes.Clone(b.Get(one[:])))
		}), db.Close())
		if err != nil {
			t.Fatal(err)
		}
		s, err := Open(copyPath, Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Load(t.Context(), "telegram:2")
		wantError(t, err, ErrDamaged)
		s.Close()
	}
}
