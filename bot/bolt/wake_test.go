package bolt

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"imrbot/bot"
)

func wakeTurn(chat string, after uint64, at time.Time) bot.Turn {
	turn := turnOf(chat, after, fmt.Sprint(chat, " ", after))
	turn.Wake = at
	return turn
}

func mustDue(t testing.TB, s *Store, now time.Time, limit int) []bot.ChatKey {
	t.Helper()
	due, err := s.Due(t.Context(), now, limit)
	if err != nil {
		t.Fatal(err)
	}
	return due
}

func TestChatsAreDueInTheOrderOfTheirTimes(t *testing.T) {
	s, path := testStore(t, Options{})
	day := func(n int) time.Time { return testDay.AddDate(0, 0, n) }
	for i, n := range []int{5, 3, 9, 4} {
		mustCommit(t, s, wakeTurn(fmt.Sprint("telegram:", n), 0, day(n)))
		if i == 0 {
			mustCommit(t, s, turnOf("telegram:never", 0, "never"))
		}
	}
	for range 2 {
		for _, c := range []struct {
			now   int
			limit int
			want  []bot.ChatKey
		}{
			{2, 10, nil},
			{3, 10, []bot.ChatKey{"telegram:3"}},
			{30, 10, []bot.ChatKey{"telegram:3", "telegram:4", "telegram:5", "telegram:9"}},
			{30, 2, []bot.ChatKey{"telegram:3", "telegram:4"}},
			{30, 0, nil},
			{30, -1, nil},
		} {
			if got := mustDue(t, s, day(c.now), c.limit); !slices.Equal(got, c.want) {
				t.Errorf("on day %d, at most %d: %v, want %v", c.now, c.limit, got, c.want)
			}
		}
		if next, err := s.NextWake(t.Context()); err != nil || !next.Equal(day(3)) {
			t.Errorf("next wake %v, %v", next, err)
		}
		closeChecked(t, s)
		s = openTest(t, path, Options{})
	}
}

func TestEachTurnReplacesTheWakeOfItsChatAndNothingElseDoes(t *testing.T) {
	s, _ := testStore(t, Options{})
	keys := mustCommit(t, s, wakeTurn("telegram:1", 0, testDay))
	if err := s.Settle(t.Context(), keys[0], bot.Outcome{Keyboard: "7"}); err != nil {
		t.Fatal(err)
	}
	check := func(want time.Time) {
		t.Helper()
		next, err := s.NextWake(t.Context())
		if err != nil || !next.Equal(want) {
			t.Errorf("next wake %v, %v, want %v", next, err, want)
		}
	}
	check(testDay)
	later := testDay.Add(time.Hour + time.Nanosecond)
	mustCommit(t, s, wakeTurn("telegram:1", 1, later))
	check(testDay.Add(time.Hour + time.Second)) // never too early
	mustCommit(t, s, wakeTurn("telegram:1", 2, later))
	check(testDay.Add(time.Hour + time.Second))
	mustCommit(t, s, wakeTurn("telegram:1", 3, time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC)))
	check(time.Unix(1, 0))
	if due := mustDue(t, s, testDay, 5); len(due) != 1 {
		t.Errorf("due %v", due)
	}
	mustCommit(t, s, wakeTurn("telegram:1", 4, time.Time{}))
	check(time.Time{})
	if due := mustDue(t, s, testDay.AddDate(100, 0, 0), 5); due != nil {
		t.Errorf("due %v", due)
	}
}

// A wake that cannot be told must not be the next one for ever: who waits for it
// would never rest.
func TestADamagedConversationHidesNoOtherThatIsDue(t *testing.T) {
	s, path := testStore(t, Options{})
	mustCommit(t, s, wakeTurn("telegram:1", 0, testDay))
	mustCommit(t, s, wakeTurn("telegram:2", 0, testDay.Add(time.Hour)))
	h := s.chats.of("telegram:1")
	closeChecked(t, s)
	editFile(t, path, bucketConversations, h[:], []byte{formOne, 2, 3})
	var said notices
	s, err := Open(path, Options{Notice: said.note})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 2 {
		if due := mustDue(t, s, testDay.AddDate(0, 0, 1), 1); !slices.Equal(due, []bot.ChatKey{"telegram:2"}) {
			t.Errorf("due %v", due)
		}
		if next, err := s.NextWake(t.Context()); err != nil || !next.Equal(testDay.Add(time.Hour)) {
			t.Errorf("next wake %v, %v", next, err)
		}
	}
	if said.with("looked at again cannot be read") != 1 {
		t.Errorf("the operator is told %q", said.said)
	}
}

// Chats that fail stay due, in front of all others: they must not hide one.
func TestManyThatStayDueHideNoOther(t *testing.T) {
	s, _ := testStore(t, Options{})
	const n = pendingRows + 100
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() {
			if _, err := s.Commit(t.Context(), wakeTurn(fmt.Sprint("telegram:", i), 0, testDay)); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	mustCommit(t, s, wakeTurn("telegram:last", 0, testDay.Add(time.Second)))
	if due := mustDue(t, s, testDay.AddDate(0, 0, 1), n+1); len(due) != n+1 || due[n] != "telegram:last" {
		t.Errorf("%d of %d chats are due", len(due), n+1)
	}
}
