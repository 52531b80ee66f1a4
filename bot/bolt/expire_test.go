package bolt

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"imrbot/bot"
	"imrbot/dialog"
)

func TestExpiringTakesWhatIsTooOldAndNothingElse(t *testing.T) {
	s, path := testStore(t, Options{})
	day := func(n int) time.Time { return testDay.AddDate(0, 0, n) }
	begin := func(chat string, last time.Time, created ...time.Time) []string {
		turn := turnOf(chat, 0, chat)
		turn.State.Last = last
		mustCommit(t, s, turn)
		turn = turnOf(chat, 1, chat+" 2")
		turn.State.Last = last
		var refs []string
		for _, at := range created {
			in := intakeOf(s.TakeRef(2026), "Ana")
			in.Created, in.Files = at, []dialog.File{mustPut(t, s, chat, chat)}
			turn.Intakes = append(turn.Intakes, in)
			refs = append(refs, in.Ref)
		}
		mustCommit(t, s, turn)
		return refs
	}
	begin("telegram:old", day(1))
	begin("telegram:young", day(9))
	begin("telegram:begun", time.Time{})
	oldIntake := begin("telegram:old with an old intake", day(1), day(1))
	youngIntake := begin("telegram:old with a young intake", day(1), day(1), day(9))
	h := s.chats.of("telegram:old with a young intake")
	expire := func(conversations, intakes time.Time, wantConversations, wantIntakes int) {
		t.Helper()
		c, i, err := s.Expire(t.Context(), conversations, intakes)
		if err != nil || c != wantConversations || i != wantIntakes {
			t.Errorf("%d conversations and %d intakes, %v, want %d and %d", c, i, err, wantConversations, wantIntakes)
		}
	}
	expire(time.Time{}, time.Time{}, 0, 0)
	expire(day(1), day(1), 0, 0)
	expire(day(5), time.Time{}, 1, 0)
	expire(time.Time{}, day(5), 0, 2)
	if ids, err := s.fileIDs(h); err != nil || len(ids) != 1 {
		t.Errorf("letters %v, %v, want the young intake's", ids, err)
	}
	if _, err := s.File(t.Context(), "telegram:old with a young intake", mustIntake(t, s, youngIntake[1]).Files[0].ID); err != nil {
		t.Error(err)
	}
	expire(day(5), day(5), 1, 0)
	for chat, want := range map[string]uint64{
		"telegram:old": 0, "telegram:young": 2, "telegram:begun": 2,
		"telegram:old with an old intake": 0, "telegram:old with a young intake": 2,
	} {
		if c := mustLoad(t, s, chat); c.Turn != want {
			t.Errorf("%s has turn %d, want %d", chat, c.Turn, want)
		}
	}
	if got := holdings(t, s, "telegram:old with an old intake"); !slices.Equal(got, []string{"turn 0 at "}) {
		t.Errorf("an expired chat holds %q", got)
	}
	// Who comes back begins anew, and is not taken for who was there before.
	mustCommit(t, s, turnOf("telegram:old", 0, "again"))
	if c := mustLoad(t, s, "telegram:old"); c.Turn != 1 || c.State.Node != "step-1" {
		t.Errorf("who comes back: %+v", c)
	}
	if ref := s.TakeRef(2026); ref <= oldIntake[0] || ref <= youngIntake[1] {
		t.Errorf("%s is given again", ref)
	}
	closeChecked(t, s)
	s = openTest(t, path, Options{})
	expire(day(99), day(99), 3, 1) // the one that has only begun waits for its rows
	if c := mustLoad(t, s, "telegram:begun"); c.Turn != 2 {
		t.Error("a conversation whose first rows wait is gone")
	}
}

func TestExpiringManyGoesInSmallTransactions(t *testing.T) {
	s, _ := testStore(t, Options{})
	const n = 3*expireBatch + 5
	fillChats(t, s, n)
	mustCommit(t, s, turnOf("telegram:0", 0, "x")) // and one that goes on meanwhile
	transactions := 0
	update := s.writer.update
	s.writer.update = func(fn func(*bbolt.Tx) error) error {
		if transactions++; transactions == 1 {
			if err := update(func(tx *bbolt.Tx) error { // a turn gets in between survey and erasure
				h := s.chats.of("many:1")
				k, err := s.dataKey(tx, h)
				if err != nil {
					return err
				}
				conv := sealConversation(k, h, stored{turn: 2, chat: "many:1"})
				return tx.Bucket([]byte(bucketConversations)).Put(h[:], conv)
			}); err != nil {
				return err
			}
		}
		return update(fn)
	}
	c, _, err := s.Expire(t.Context(), testDay.AddDate(0, 0, 1), time.Time{})
	if err != nil || c != n { // all but the one that went on
		t.Errorf("%d of %d conversations, %v", c, n+1, err)
	}
	if transactions != 4 {
		t.Errorf("%d transactions", transactions)
	}
}

func TestADamagedConversationStaysWhenOthersExpire(t *testing.T) {
	s, path := testStore(t, Options{})
	full(t, s, "telegram:1")
	full(t, s, "telegram:2")
	h := s.chats.of("telegram:1")
	closeChecked(t, s)
	editFile(t, path, bucketConversations, h[:], []byte{formOne, 2, 3})
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, i, err := s.Expire(t.Context(), testDay.AddDate(1, 0, 0), testDay.AddDate(1, 0, 0))
	wantError(t, err, ErrDamaged)
	if c != 1 || i != 4 {
		t.Errorf("%d conversations and %d intakes", c, i)
	}
	if ids, _ := s.fileIDs(h); len(ids) != 3 {
		t.Errorf("%d letters of the damaged conversation", len(ids))
	}
}

// The date half a year ahead of which somebody was promised a reminder.
func TestAConversationThatWaitsForADayIsNotIdleBeforeIt(t *testing.T) {
	s, _ := testStore(t, Options{})
	mustCommit(t, s, wakeTurn("telegram:1", 0, testDay.AddDate(0, 6, 0)))
	for _, c := range []struct{ months, want int }{{3, 0}, {6, 0}, {7, 1}} {
		n, _, err := s.Expire(t.Context(), testDay.AddDate(0, c.months, 0), time.Time{})
		if err != nil || n != c.want {
			t.Errorf("with a limit %d months later %d conversations are gone, %v, want %d", c.months, n, err, c.want)
		}
	}
}

func TestWhatLiesInQuarantineGoesAfterAMonth(t *testing.T) {
	now := testDay.Add(quarantineAge)
	s, _ := testStore(t, Options{Now: func() time.Time { return now }})
	for i, chat := range []bot.ChatKey{"", "telegram:1", ""} {
		q := bot.Quarantined{At: testDay.Add(time.Duration(i) * time.Hour), Chat: chat, Reason: "r", Raw: []byte("x")}
		if err := s.Quarantine(t.Context(), bot.InKey(fmt.Sprint(i)), q); err != nil {
			t.Fatal(err)
		}
	}
	for want := 3; want >= 0; want-- { // one is over after each hour, whatever is kept of the rest
		if _, _, err := s.Expire(t.Context(), time.Time{}, time.Time{}); err != nil {
			t.Fatal(err)
		}
		got := 0
		if err := s.Quarantined(t.Context(), func(bot.Quarantined) error { got++; return nil }); err != nil || got != want {
			t.Errorf("%d events, %v, want %d", got, err, want)
		}
		now = testDay.Add(quarantineAge + time.Duration(3-want)*time.Hour + time.Second)
	}
}
