package bolt

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"imrbot/bot"
	"imrbot/dialog"
)

func TestPendingFollowsTheKeys(t *testing.T) {
	s, path := testStore(t, Options{})
	var keys []bot.OutKey
	for i := range 10 {
		keys = append(keys, mustCommit(t, s, turnOf(fmt.Sprint("telegram:", i%3), uint64(i/3), fmt.Sprint(i)))...)
	}
	pending := func(after bot.OutKey, limit int) []bot.OutKey {
		rows, err := s.Pending(t.Context(), after, limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []bot.OutKey
		for _, row := range rows {
			got = append(got, row.Key)
		}
		return got
	}
	for _, k := range []bot.OutKey{keys[0], keys[4], keys[4], keys[9], 999} {
		if err := s.Settle(t.Context(), k, bot.Outcome{}); err != nil {
			t.Fatal(err)
		}
	}
	cases := []struct {
		after bot.OutKey
		limit int
		want  []bot.OutKey
	}{
		{0, 100, []bot.OutKey{2, 3, 4, 6, 7, 8, 9}},
		{0, 2, []bot.OutKey{2, 3}},
		{3, 2, []bot.OutKey{4, 6}},
		{9, 2, nil},
		{0, 0, nil},
		{0, -1, nil},
		{^bot.OutKey(0), 5, nil},
	}
	for _, c := range cases {
		if got := pending(c.after, c.limit); !slices.Equal(got, c.want) {
			t.Errorf("Pending(%d, %d) gives %v, want %v", c.after, c.limit, got, c.want)
		}
	}
	closeChecked(t, s)
	s = openTest(t, path, Options{})
	if got := mustCommit(t, s, turnOf("telegram:9", 0, "new")); got[0] != 11 {
		t.Errorf("key %d after a restart, want 11: keys are never used again", got[0])
	}
}

func TestSeenKeysAreKeptSevenDaysAndThenDropped(t *testing.T) {
	now := testDay
	s, _ := testStore(t, Options{Now: func() time.Time { return now }})
	const events = 40
	for i := range events {
		mustCommit(t, s, turnOf("telegram:1", uint64(i), fmt.Sprint("old ", i)))
	}
	now = now.AddDate(0, 0, 7)
	for i := range events {
		if _, err := s.Commit(t.Context(), turnOf("telegram:1", events, fmt.Sprint("old ", i))); !errors.Is(err, bot.ErrSeen) {
			t.Fatalf("after seven days event %d is %v", i, err)
		}
	}
	now = now.AddDate(0, 0, 2)
	turns := uint64(events)
	for left := events; left > 0; left -= seenDrop {
		if got := countSeen(t, s, "old", events); got != left {
			t.Fatalf("%d old keys, want %d", got, left)
		}
		mustCommit(t, s, turnOf("telegram:1", turns, fmt.Sprint("new ", turns)))
		turns++
	}
	if got := countSeen(t, s, "old", events); got != 0 {
		t.Errorf("%d old keys are left", got)
	}
}

func countSeen(t *testing.T, s *Store, prefix string, n int) int {
	t.Helper()
	count := 0
	err := s.view(func(tx *bbolt.Tx) error {
		for i := range n {
			h := s.events.of(fmt.Sprintf("%s %d", prefix, i))
			if tx.Bucket([]byte(bucketSeen)).Get(h[:]) != nil {
				count++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}

func TestReferencesAreTakenInOrderAndGivenBack(t *testing.T) {
	s, path := testStore(t, Options{})
	take := func(year int, want string) {
		t.Helper()
		if got := s.TakeRef(year); got != want {
			t.Errorf("TakeRef(%d) = %q, want %q", year, got, want)
		}
	}
	take(2026, "A-2026-000001")
	take(2026, "A-2026-000002")
	take(2026, "A-2026-000003")
	take(2027, "A-2027-000001")
	take(0, "")
	take(10_000, "")
	s.ReleaseRef("A-2026-000002")
	s.ReleaseRef("A-2026-000002")
	s.ReleaseRef("A-2026-000009")
	s.ReleaseRef("nonsense")
	take(2026, "A-2026-000002")
	take(2026, "A-2026-000004")
	s.ReleaseRef("A-2026-000004")
	s.ReleaseRef("A-2026-000001")

	turn := turnOf("telegram:1", 0, "a")
	turn.Intakes = []dialog.Intake{intakeOf("A-2026-000003", "Ana")}
	mustCommit(t, s, turn)
	s.ReleaseRef("A-2026-000003")
	take(2026, "A-2026-000001")
	take(2026, "A-2026-000004")
	closeChecked(t, s)
	s = openTest(t, path, Options{})
	take(2026, "A-2026-000004") // 4 was never committed
	take(2027, "A-2027-000001")
	take(2025, "A-2025-000001")
}

func TestNoTwoChatsHoldTheSameReference(t *testing.T) {
	s, _ := testStore(t, Options{})
	var mu sync.Mutex
	held := map[string]bool{}
	race(16, func(i int) error {
		for n := range 200 {
			ref := s.TakeRef(2026)
			mu.Lock()
			if held[ref] {
				t.Errorf("%s is held twice", ref)
			}
			held[ref] = true
			mu.Unlock()
			if (n+i)%3 != 0 {
				mu.Lock()
				delete(held, ref)
				mu.Unlock()
				s.ReleaseRef(ref)
			}
		}
		return nil
	})
}

func TestReferencesRunOutWithoutHarm(t *testing.T) {
	last := makeRef(2026, math.MaxUint32)
	r := newRefs(map[int]uint32{2026: last.seq() - 1})
	if got, want := r.take(2026), makeRef(2026, last.seq()-1).String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r.use(last)
	if got := r.take(2026); got != "" {
		t.Errorf("after the last number comes %q", got)
	}
	for range refsOut - 1 {
		r.take(2027)
	}
	if got := r.take(2027); got != "" {
		t.Errorf("%q is handed out beyond the limit", got)
	}
	r.release(makeRef(2027, 7))
	if got := r.take(2027); got != "A-2027-000007" {
		t.Errorf("after a release comes %q", got)
	}
}

func TestAnIntakeIsReplacedByItsOwnConversationAlone(t *testing.T) {
	s, _ := testStore(t, Options{})
	ref := s.TakeRef(2026)
	store := func(chat string, after uint64, name string) error {
		turn := turnOf(chat, after, fmt.Sprint(chat, after, name))
		turn.Intakes = []dialog.Intake{intakeOf(ref, name)}
		_, err := s.Commit(t.Context(), turn)
		return err
	}
	if err := errors.Join(store("telegram:1", 0, "Ana"), store("telegram:1", 1, "Anna")); err != nil {
		t.Fatal(err)
	}
	wantError(t, store("telegram:2", 0, "Eve"), ErrRef, ref, "another conversation")
	in, err := s.Intake(t.Context(), ref)
	if err != nil || *in.Form["last_name"] != "Anna" {
		t.Errorf("intake %+v, %v", in, err)
	}
	if c := mustLoad(t, s, "telegram:2"); c.Turn != 0 {
		t.Error("part of the refused turn was stored")
	}
}

func TestIntakesComeInTheOrderOfTheirReferences(t *testing.T) {
	s, path := testStore(t, Options{})
	refs := []string{"A-2027-000001", "A-2026-000300", "A-2026-1000000", "A-2025-000002", "A-2026-000001"}
	for i, ref := range refs {
		turn := turnOf(fmt.Sprint("telegram:", i), 0, ref)
		turn.Intakes = []dialog.Intake{intakeOf(ref, ref)}
		mustCommit(t, s, turn)
	}
	want := []string{"A-2025-000002", "A-2026-000001", "A-2026-000300", "A-2026-1000000", "A-2027-000001"}
	var got []string
	if err := s.Intakes(t.Context(), func(in dialog.Intake) error { got = append(got, in.Ref); return nil }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	_, err := s.Intake(t.Context(), "A-2026-000002")
	wantError(t, err, bot.ErrNotFound, "A-2026-000002")
	_, err = s.Intake(t.Context(), "2026/2")
	wantError(t, err, ErrRef)
	stop := errors.New("stop")
	if err := s.Intakes(t.Context(), func(dialog.Intake) error { return stop }); err != stop {
		t.Errorf("the error of fn comes back as %v", err)
	}
	closeChecked(t, s)
	s = openTest(t, path, Options{})
	for year, want := range map[int]string{2024: "A-2024-000001", 2025: "A-2025-000003", 2026: "A-2026-1000001", 2027: "A-2027-000002"} {
		if got := s.TakeRef(year); got != want {
			t.Errorf("TakeRef(%d) after a restart = %q, want %q", year, got, want)
		}
	}
}

func TestADamagedIntakeHidesNoOther(t *testing.T) {
	s, path := testStore(t, Options{})
	for i := range 3 {
		turn := turnOf(fmt.Sprint("telegram:", i), 0, fmt.Sprint(i))
		turn.Intakes = []dialog.Intake{intakeOf(s.TakeRef(2026), "Ana")}
		mustCommit(t, s, turn)
	}
	closeChecked(t, s)
	second := makeRef(2026, 2)
	editFile(t, path, bucketIntakes, second[:], []byte{formOne, 2, 3})
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var got []string
	err = s.Intakes(t.Context(), func(in dialog.Intake) error { got = append(got, in.Ref); return nil })
	wantError(t, err, ErrDamaged, "A-2026-000002")
	if want := []string{"A-2026-000001", "A-2026-000003"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestListingsGoOnOverPagesAndMayCommit(t *testing.T) {
	s, _ := testStore(t, Options{})
	const n = 3*pageRows + 1
	want := map[bot.ChatKey]bot.Conversation{}
	for i := range n {
		chat := fmt.Sprint("telegram:", i)
		turn := turnOf(chat, 0, fmt.Sprint(i))
		turn.Tickets = []dialog.OpenTicket{{Reason: dialog.TicketHuman}}
		mustCommit(t, s, turn)
		want[turn.Chat] = mustLoad(t, s, chat)
	}
	got := map[bot.ChatKey]bot.Conversation{}
	err := s.Conversations(t.Context(), func(chat bot.ChatKey, c bot.Conversation) error {
		got[chat] = c
		if len(got)%100 == 0 { // a commit from within a listing must not wait for ever
			mustCommit(t, s, turnOf(string(chat), 1, "listed "+string(chat)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != n {
		t.Errorf("%d conversations, want %d", len(got), n)
	}
	for chat, c := range want {
		if !reflect.DeepEqual(got[chat], c) {
			t.Errorf("%s: %+v, want %+v", chat, got[chat], c)
		}
	}
	var ids []bot.TicketID
	if err := s.Tickets(t.Context(), func(k bot.Ticket) error { ids = append(ids, k.ID); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(ids) != n || !slices.IsSorted(ids) || ids[0] != 1 {
		t.Errorf("%d tickets, the first %v", len(ids), ids[:1])
	}
}

func TestTheCacheForgetsWhatWasUsedLongestAgo(t *testing.T) {
	c := newCache[int](2)
	a, b, d := hashed{1}, hashed{2}, hashed{3}
	c.put(a, 1)
	c.put(b, 2)
	c.get(a)
	c.put(d, 3)
	c.put(d, 4)
	for key, want := range map[hashed]int{a: 1, b: 0, d: 4} {
		if got, ok := c.get(key); got != want || ok != (want != 0) {
			t.Errorf("%v: %d, %v, want %d", key[0], got, ok, want)
		}
	}
	if c.order.Len() != 2 || len(c.at) != 2 {
		t.Errorf("%d and %d entries, want 2", c.order.Len(), len(c.at))
	}
}
