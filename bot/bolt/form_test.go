package bolt

import (
	"bytes"
	"encoding/base64"
	"errors"
	"flag"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imrbot/bot"
	"imrbot/dialog"
)

// freeze writes the frozen store of this version anew: only while no store of it is
// in use anywhere.
var freeze = flag.Bool("freeze", false, "write testdata/store-2.db anew")

func frozenTurn() bot.Turn {
	turn := turnOf("telegram:1", 0, "telegram:update:1")
	turn.State.Answers = map[string]dialog.Answer{"plan_name": {Value: "Example Plan"}, "employer": {Skipped: true}}
	turn.Tickets = []dialog.OpenTicket{{Reason: dialog.TicketUrgent, Ref: "A-2026-000123", Urgent: true, Lang: "es"}}
	turn.Intakes = []dialog.Intake{intakeOf("A-2026-000123", "Ana")}
	return turn
}

func TestAStoreOfVersionOneIsReadAsItWasWritten(t *testing.T) {
	frozen := filepath.Join("testdata", "store-1.db")
	path := filepath.Join(t.TempDir(), "imrbot.db")
	copyFile(t, frozen, path)
	copyFile(t, frozen+".key", path+".key")
	s := openTest(t, path, Options{})
	want := frozenTurn()
	c := mustLoad(t, s, "telegram:1")
	if c.Turn != 1 || !reflect.DeepEqual(c.State.Answers, want.State.Answers) || c.State.Node != want.State.Node {
		t.Errorf("conversation %+v", c)
	}
	rows, err := s.Pending(t.Context(), 0, 10)
	if err != nil || len(rows) != 1 || !reflect.DeepEqual(rows[0], bot.Outgoing{Key: 1, Chat: want.Chat, Say: want.Rows[0].Say, Turn: 1}) {
		t.Errorf("rows %+v, %v", rows, err)
	}
	in, err := s.Intake(t.Context(), "A-2026-000123")
	if err != nil || *in.Form["last_name"] != "Ana" || in.Status != "submitted" {
		t.Errorf("intake %+v, %v", in, err)
	}
	tickets := 0
	err = s.Tickets(t.Context(), func(k bot.Ticket) error {
		tickets++
		if k.Reason != dialog.TicketUrgent || !k.Urgent || k.Status != bot.TicketOpen || !k.Opened.Equal(testDay) {
			t.Errorf("ticket %+v", k)
		}
		return nil
	})
	if err != nil || tickets != 1 {
		t.Errorf("%d tickets, %v", tickets, err)
	}
	_, err = s.Commit(t.Context(), want)
	wantError(t, err, bot.ErrSeen)
}

// fillFrozen puts something of every kind into a store of version 2.
func fillFrozen(t *testing.T, s *Store) {
	t.Helper()
	turn := frozenTurn()
	turn.Rows = append(turn.Rows, turn.Rows[0], turn.Rows[0])
	turn.Wake = testDay.AddDate(0, 0, 7)
	turn.Audit = []bot.AuditEntry{{At: testDay, Actor: "U-staff-1", Action: "show-intake", Ref: "A-2026-000123"}}
	keys := mustCommit(t, s, turn)
	erased := turnOf("telegram:2", 0, "telegram:update:2")
	erased.Intakes = []dialog.Intake{intakeOf("A-2026-000200", "Eva"), intakeOf("A-2026-000199", "Eva")}
	mustCommit(t, s, erased)
	erased = turnOf("telegram:2", 1, "telegram:update:3")
	erased.Forget, erased.Keep = true, []string{"A-2026-000199"}
	mustCommit(t, s, erased)
	err := errors.Join(
		s.Settle(t.Context(), keys[0], bot.Outcome{Keyboard: "77"}),
		s.Settle(t.Context(), keys[1], bot.Outcome{Dead: true, Reason: "blocked"}),
		s.Quarantine(t.Context(), "telegram:update:4", bot.Quarantined{At: testDay, Channel: "telegram", Chat: "telegram:1", Reason: "r", Raw: []byte("{}")}),
	)
	if err != nil {
		t.Fatal(err)
	}
}

func TestAStoreOfVersionTwoIsReadAsItWasWritten(t *testing.T) {
	now := func() time.Time { return testDay }
	frozen := filepath.Join("testdata", "store-2.db")
	if *freeze {
		s, path := testStore(t, Options{Now: now})
		fillFrozen(t, s)
		if err := s.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
		closeChecked(t, s)
		copyFile(t, path, frozen)
		copyFile(t, path+".key", frozen+".key")
	}
	path := filepath.Join(t.TempDir(), "imrbot.db")
	copyFile(t, frozen, path)
	copyFile(t, frozen+".key", path+".key")
	s := openTest(t, path, Options{Now: now})
	want := []string{"turn 1 at step-1", "row of turn 1", "ticket", "quarantine", "buttons", "wake", "owns i", "owns t", "dead row"}
	if got := holdings(t, s, "telegram:1"); !reflect.DeepEqual(got, want) {
		t.Errorf("it holds %q, want %q", got, want)
	}
	if in := mustIntake(t, s, "A-2026-000123"); *in.Form["last_name"] != "Ana" {
		t.Errorf("intake %+v", in)
	}
	if next, err := s.NextWake(t.Context()); err != nil || !next.Equal(testDay.AddDate(0, 0, 7)) {
		t.Errorf("next wake %v, %v", next, err)
	}
	audit := mustAudits(t, s)
	if len(audit) != 1 || audit[0] != (bot.AuditEntry{At: testDay, Actor: "U-staff-1", Action: "show-intake", Ref: "A-2026-000123"}) {
		t.Errorf("audit %+v", audit)
	}
	if ref := s.TakeRef(2026); ref != "A-2026-000201" {
		t.Errorf("after an erased reference comes %s", ref)
	}
	again := turnOf("telegram:2", 2, "again")
	again.Forget = true
	mustCommit(t, s, again)
	mustIntake(t, s, "A-2026-000199") // it was kept once
	_, err := s.Commit(t.Context(), turnOf("telegram:1", 1, "telegram:update:4"))
	wantError(t, err, bot.ErrSeen)
}

func testMaster(t testing.TB, key byte) *master {
	t.Helper()
	m, err := newMaster(bytes.Repeat([]byte{key}, keySize))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestASealedValueOpensInItsPlaceAlone(t *testing.T) {
	m, other := testMaster(t, 1), testMaster(t, 2)
	rapid.Check(t, func(r *rapid.T) {
		bytesOf := func(name string, n int) []byte { return rapid.SliceOfN(rapid.Byte(), n, n).Draw(r, name) }
		key, head := bytesOf("key", 8), bytesOf("head", 10)
		plain := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(r, "plain")
		value := seal(m.aead, "outbox", key, head, plain)
		if got, err := open(m.aead, "outbox", key, value, len(head)); err != nil || !bytes.Equal(got, plain) {
			r.Fatalf("%v, %v", got, err)
		}
		if bytes.Equal(value, seal(m.aead, "outbox", key, head, plain)) {
			r.Fatal("the same nonce twice")
		}
		spoilt := bytes.Clone(value)
		spoilt[rapid.IntRange(0, len(value)-1).Draw(r, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
		wrongKey := bytes.Clone(key)
		wrongKey[0]++
		for name, try := range map[string]func() ([]byte, error){
			"another bucket": func() ([]byte, error) { return open(m.aead, "tickets", key, value, len(head)) },
			"another key":    func() ([]byte, error) { return open(m.aead, "outbox", wrongKey, value, len(head)) },
			"another master": func() ([]byte, error) { return open(other.aead, "outbox", key, value, len(head)) },
			"a flipped bit":  func() ([]byte, error) { return open(m.aead, "outbox", key, spoilt, len(head)) },
			"a shorter head": func() ([]byte, error) { return open(m.aead, "outbox", key, value, len(head)-1) },
		} {
			if _, err := try(); err == nil {
				r.Fatalf("it opens with %s", name)
			}
		}
	})
}

func TestNamesAreHashedUnderTheStoresOwnKeysAndApartByPurpose(t *testing.T) {
	a, path := testStore(t, Options{})
	b, _ := testStore(t, Options{})
	hashes := map[hashed]string{}
	for name, h := range map[string]hashed{
		"chat":             a.chats.of("telegram:1"),
		"event":            a.events.of("telegram:1"),
		"another chat":     a.chats.of("telegram:2"),
		"under other keys": b.chats.of("telegram:1"),
	} {
		if was, ok := hashes[h]; ok {
			t.Errorf("%s and %s have the same hash", name, was)
		}
		hashes[h] = name
	}
	was := a.chats.of("telegram:1")
	closeChecked(t, a)
	if openTest(t, path, Options{}).chats.of("telegram:1") != was {
		t.Error("the hash is not the same each time")
	}
}

func FuzzParseRefReadsWhatItWritesAndNothingElse(f *testing.F) {
	for _, s := range []string{"A-2026-000123", "A-2026-1000000", "A-0000-000001", "A-2026-000000", "2026-000123", "A-A-2026-000001", "A-2026-+00001", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k, err := parseRef(s)
		if err == nil && (k.String() != s || k.year() < 1 || k.seq() < 1) {
			t.Errorf("%q is read as %s", s, k)
		}
	})
}

func FuzzParseKeyReadsKeysOfTheRightLengthAlone(f *testing.F) {
	good := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, keySize))
	for _, s := range []string{keyForm + good + "\n", keyForm + good[1:], keyForm, good, "imrbot-key-2:" + good} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, err := parseKey("file", s)
		if err == nil && strings.TrimSpace(s) != keyForm+base64.StdEncoding.EncodeToString(key) && !strings.ContainsAny(strings.TrimSpace(s), "\r\n") {
			t.Errorf("%q is read as %x", s, key)
		}
		if err == nil && len(key) != keySize {
			t.Errorf("a key of %d bytes", len(key))
		}
	})
}

func FuzzNoValueOfTheFileMakesAReaderPanic(f *testing.F) {
	m := testMaster(f, 1)
	h := newHasher([]byte("key")).of("telegram:1")
	k, err := newDataKey()
	if err != nil {
		f.Fatal(err)
	}
	s := &Store{keys: newCache[dataKey](1)}
	ring := &keyring{now: m}
	s.ring.Store(ring)
	sealedKey := m.sealDataKey(h, k.raw)
	s.keys.put(h, k)
	conv := sealConversation(k, h, stored{turn: 1, chat: "telegram:1"})
	row, err := sealRow(k, bucketOutbox, rowName{h, 1, 0}, bot.Outgoing{})
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range [][]byte{conv, row, sealedKey, {}, {formOne}, row[:20]} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v []byte) {
		c, err := s.openConversation(nil, h, v)
		if err == nil && !bytes.Equal(v, conv) {
			t.Errorf("a forged conversation opens: %+v", c)
		}
		name, err := rowNameOf(v)
		if err == nil && !bytes.Equal(name.append(nil), v[1:1+rowHead]) {
			t.Errorf("a row's name %+v is not its head", name)
		}
		// Its AEAD is made of no other key than one sealed by this master: a
		// fuzzing process finds those of its siblings among its seeds.
		if _, err := ring.openDataKey(h, v); err == nil && len(v) != len(sealedKey) {
			t.Errorf("a data key of %d bytes opens", len(v))
		}
	})
}
