package bolt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"imrbot/bot"
	"imrbot/dialog"
)

// news makes the turn after `after` with news of an intake under a key.
func news(chat string, after uint64, key string) bot.Turn {
	turn := turnOf(chat, after, fmt.Sprintf("in:%s:%s", chat, key))
	turn.Rows = []bot.Outgoing{{Handoff: &bot.Handoff{Key: key, Ref: "A-2026-000001", Event: bot.HandoffSubmitted, At: testDay}}}
	return turn
}

func deadOf(t testing.TB, s *Store) []DeadRow {
	t.Helper()
	var list []DeadRow
	if err := s.DeadRows(t.Context(), func(d DeadRow) error { list = append(list, d); return nil }); err != nil {
		t.Fatal(err)
	}
	return list
}

func bury(t testing.TB, s *Store, reason string, keys ...bot.OutKey) {
	t.Helper()
	for _, key := range keys {
		if err := s.Settle(t.Context(), key, bot.Outcome{Dead: true, Reason: reason}); err != nil {
			t.Fatal(err)
		}
	}
}

func pendingKeys(t testing.TB, s *Store) []string {
	t.Helper()
	rows, err := s.Pending(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, r := range rows {
		if r.Handoff != nil {
			keys = append(keys, r.Handoff.Key)
		}
	}
	return keys
}

func TestARevivedRowIsANewRowAtTheEndAndTheConversationGoesOn(t *testing.T) {
	s, path := testStore(t, Options{})
	first := mustCommit(t, s, news("chat:1", 0, "one"))
	mustCommit(t, s, news("chat:1", 1, "two"))
	mustCommit(t, s, news("chat:2", 0, "other"))
	bury(t, s, "the receiver answered with status 404", first...)

	dead := deadOf(t, s)
	if len(dead) != 1 || dead[0].Reason != "the receiver answered with status 404" || dead[0].Row.Handoff.Key != "one" || dead[0].Row.Chat != "chat:1" {
		t.Fatalf("%+v", dead)
	}
	row, err := s.Revive(t.Context(), dead[0].Number)
	if err != nil {
		t.Fatal(err)
	}
	if row.Key <= first[0] || row.Turn != 3 || row.Handoff.Key != "one" {
		t.Errorf("revived as %+v", row)
	}
	if got := pendingKeys(t, s); !slices.Equal(got, []string{"two", "other", "one"}) {
		t.Errorf("waiting: %q", got)
	}
	if again, err := s.Row(t.Context(), row.Key); err != nil || again.Handoff.Key != "one" || again.Turn != 3 {
		t.Errorf("%+v, %v", again, err)
	}
	if left := deadOf(t, s); len(left) != 0 {
		t.Errorf("still dead: %+v", left)
	}
	if conv := mustLoad(t, s, "chat:1"); conv.Turn != 3 || conv.State.Node != "step-2" {
		t.Errorf("turn %d at %q; want the state as it was, a turn later", conv.Turn, conv.State.Node)
	}
	if _, err := s.Revive(t.Context(), dead[0].Number); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("revived twice: %v", err)
	}
	// The next turn, after a restart as well.
	closeChecked(t, s)
	s = openTest(t, path, Options{})
	mustCommit(t, s, news("chat:1", 3, "three"))
}

func TestATurnComputedBeforeARevivalIsStale(t *testing.T) {
	s, _ := testStore(t, Options{})
	keys := mustCommit(t, s, news("chat:1", 0, "one"))
	bury(t, s, "x", keys...)
	if _, err := s.Revive(t.Context(), deadOf(t, s)[0].Number); err != nil {
		t.Fatal(err)
	}
	_, err := s.Commit(t.Context(), news("chat:1", 1, "two"))
	wantError(t, err, bot.ErrStale)
}

func TestARevivalPreparedBeforeATurnOrAnErasureIsNotDone(t *testing.T) {
	s, _ := testStore(t, Options{})
	bury(t, s, "x", mustCommit(t, s, news("chat:1", 0, "one"))...)
	prepared := func() *revival {
		j, err := s.prepareRevival(deadOf(t, s)[0].Number)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	j := prepared()
	mustCommit(t, s, turnOf("chat:1", 1, "in:2"))
	wantError(t, s.writer.do(t.Context(), j), bot.ErrStale)
	if conv := mustLoad(t, s, "chat:1"); conv.Turn != 2 || conv.State.Node != "step-2" {
		t.Errorf("turn %d at %q: a revival took back a turn", conv.Turn, conv.State.Node)
	}
	j = prepared()
	forget := turnOf("chat:1", 2, "forget")
	forget.Forget = true
	mustCommit(t, s, forget)
	wantError(t, s.writer.do(t.Context(), j), bot.ErrNotFound)
}

func TestAnErasedConversationTakesItsDeadAndRevivedRowsAlong(t *testing.T) {
	s, _ := testStore(t, Options{})
	keys := mustCommit(t, s, news("chat:1", 0, "one"))
	keys = append(keys, mustCommit(t, s, news("chat:1", 1, "two"))...)
	bury(t, s, "x", keys...)
	dead := deadOf(t, s)
	if _, err := s.Revive(t.Context(), dead[0].Number); err != nil {
		t.Fatal(err)
	}
	forget := turnOf("chat:1", 3, "forget")
	forget.Forget, forget.Rows = true, nil
	mustCommit(t, s, forget)
	if got := pendingKeys(t, s); len(got) != 0 {
		t.Errorf("waiting: %q", got)
	}
	_, err := s.Revive(t.Context(), dead[1].Number)
	wantError(t, err, bot.ErrNotFound)
}

func TestAReadOnlyStoreListsAndDoesNotRevive(t *testing.T) {
	s, path := testStore(t, Options{})
	bury(t, s, "x", mustCommit(t, s, news("chat:1", 0, "one"))...)
	closeChecked(t, s)
	s = openTest(t, path, Options{ReadOnly: true})
	_, err := s.Revive(t.Context(), deadOf(t, s)[0].Number)
	wantError(t, err, ErrReadOnly)
}

func TestADamagedDeadRowIsNamedAndHidesNoOther(t *testing.T) {
	s, path := testStore(t, Options{})
	keys := mustCommit(t, s, news("chat:1", 0, "one"))
	keys = append(keys, mustCommit(t, s, news("chat:1", 1, "two"))...)
	bury(t, s, "x", keys...)
	closeChecked(t, s)
	key, value := firstEntry(t, path, bucketDead)
	value[len(value)-1] ^= 1
	editFile(t, path, bucketDead, key, value)
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var left []DeadRow
	err = s.DeadRows(t.Context(), func(d DeadRow) error { left = append(left, d); return nil })
	wantError(t, err, ErrDamaged)
	if len(left) != 1 || left[0].Row.Handoff.Key != "two" {
		t.Errorf("%+v", left)
	}
	_, err = s.Revive(t.Context(), 1)
	wantError(t, err, ErrDamaged)
}

// Turns, settlements, revivals and erasures of a few chats at once: the store
// stays whole, and every key is in one place at most.
func TestRevivalsAmongTurnsLeaveTheStoreWhole(t *testing.T) {
	s, _ := testStore(t, Options{})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			chat := fmt.Sprintf("chat:%d", w%2)
			for i := range 40 {
				turn := news(chat, mustTurn(s, chat), fmt.Sprintf("%d-%d", w, i))
				turn.Key = bot.InKey(fmt.Sprintf("in:%d:%d", w, i))
				turn.Forget = i%15 == 14
				keys, err := s.Commit(context.Background(), turn)
				if errors.Is(err, bot.ErrStale) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Settle(context.Background(), keys[0], bot.Outcome{Dead: true, Reason: "x"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 2 {
		wg.Go(func() {
			for range 60 {
				var number uint64
				_ = s.DeadRows(context.Background(), func(d DeadRow) error { number = d.Number; return errFound })
				if number == 0 {
					continue
				}
				if _, err := s.Revive(context.Background(), number); err != nil && !errors.Is(err, bot.ErrNotFound) && !errors.Is(err, bot.ErrStale) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

var errFound = errors.New("found")

func mustTurn(s *Store, chat string) uint64 {
	c, _ := s.Load(context.Background(), bot.ChatKey(chat))
	return c.Turn
}

// Whatever is done one after the other, the outbox holds what a list would.
func TestRevivingInAnyOrderIsAppendingToAList(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s, err := Open(t.TempDir()+"/s.db", Options{})
		if err != nil {
			r.Fatal(err)
		}
		defer closeChecked(t, s)
		var want []string
		dead := map[string]uint64{}
		turns := map[string]uint64{}
		n := 0
		r.Repeat(map[string]func(*rapid.T){
			"commit": func(r *rapid.T) {
				chat := rapid.SampledFrom([]string{"a:1", "b:2"}).Draw(r, "chat")
				n++
				turn := news(chat, turns[chat], fmt.Sprint(chat, "#", n))
				turn.State = dialog.State{Lang: "en"}
				if _, err := s.Commit(t.Context(), turn); err != nil {
					r.Fatal(err)
				}
				turns[chat]++
				want = append(want, turn.Rows[0].Handoff.Key)
			},
			"bury": func(r *rapid.T) {
				if len(want) == 0 {
					r.Skip()
				}
				i := rapid.IntRange(0, len(want)-1).Draw(r, "row")
				rows, err := s.Pending(t.Context(), 0, 1000)
				if err != nil || len(rows) != len(want) {
					r.Fatal(len(rows), len(want), err)
				}
				bury(t, s, "x", rows[i].Key)
				list := deadOf(t, s)
				dead[want[i]] = list[len(list)-1].Number
				want = slices.Delete(want, i, i+1)
			},
			"revive": func(r *rapid.T) {
				for key, number := range dead {
					row, err := s.Revive(t.Context(), number)
					if err != nil || row.Handoff.Key != key {
						r.Fatal(row, err)
					}
					turns[string(row.Chat)]++
					want = append(want, key)
					delete(dead, key)
					return
				}
				r.Skip()
			},
			"": func(r *rapid.T) {
				if got := pendingKeys(t, s); !slices.Equal(got, want) {
					r.Fatalf("waiting %q, want %q", got, want)
				}
			},
		})
	})
}
