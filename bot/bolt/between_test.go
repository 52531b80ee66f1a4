package bolt

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"imrbot/bot"
	"imrbot/dialog"
)

// between has a job done after another was prepared and before it is committed.
func between(t *testing.T, s *Store, jobs ...job) {
	t.Helper()
	update, done := s.writer.update, false
	s.writer.update = func(fn func(*bbolt.Tx) error) error {
		if !done {
			done = true
			if err := update(func(tx *bbolt.Tx) error {
				for _, j := range jobs {
					if err := j.put(newTxn(tx, s)); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				return err
			}
		}
		return update(fn)
	}
}

func TestAnErasureBringsNothingBackThatWentMeanwhile(t *testing.T) {
	s, _ := testStore(t, Options{})
	keep, _ := full(t, s, "telegram:1")
	turn := turnOf("telegram:1", 2, "u3")
	turn.Rows = []bot.Outgoing{{Handoff: &bot.Handoff{Ref: keep, Event: bot.HandoffSubmitted, At: testDay}}}
	news := mustCommit(t, s, turn)
	key, err := parseRef(keep)
	if err != nil {
		t.Fatal(err)
	}
	h := s.chats.of("telegram:1")
	var found oldIntake
	if err := s.view(func(tx *bbolt.Tx) error {
		found = oldIntake{key: key, chat: h, tag: tagOf(tx.Bucket([]byte(bucketIntakes)).Get(key[:]))}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	between(t, s, &settleJob{key: numberKey(uint64(news[0]))}, &intakesJob{list: []oldIntake{found}})
	mustCommit(t, s, turnKey(turnAfter(forget("telegram:1", keep), 3), "forget"))
	if _, err := s.Row(t.Context(), news[0]); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("the row that was settled: %v", err)
	}
	if _, err := s.Intake(t.Context(), keep); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("the intake that expired: %v", err)
	}
}

func TestAnIntakeThatIsStoredAnewMeanwhileDoesNotExpire(t *testing.T) {
	s, _ := testStore(t, Options{})
	keep, drop := full(t, s, "telegram:1")
	turn := turnOf("telegram:1", 2, "u3")
	in := intakeOf(keep, "changed")
	in.Created = testDay.AddDate(1, 0, 0)
	turn.Intakes = []dialog.Intake{in}
	j, err := s.prepare(t.Context(), &turn)
	if err != nil {
		t.Fatal(err)
	}
	between(t, s, j)
	if _, n, err := s.Expire(t.Context(), time.Time{}, testDay.AddDate(0, 0, 1)); n != 1 || err != nil {
		t.Errorf("%d intakes expired, %v", n, err)
	}
	if got := mustIntake(t, s, keep); *got.Form["last_name"] != "changed" {
		t.Errorf("intake %+v", got)
	}
	if _, err := s.Intake(t.Context(), drop); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("the old intake: %v", err)
	}
}

// Whoever comes back after retention counts turns from 1 again: what a slow commit
// of long ago leaves in memory must not be taken for the new conversation.
func TestAnErasedStateIsNotTakenForTheNextOne(t *testing.T) {
	s, _ := testStore(t, Options{})
	mustCommit(t, s, turnOf("telegram:1", 0, "a"))
	h := s.chats.of("telegram:1")
	late, ok := s.states.get(h)
	if !ok {
		t.Fatal("the state is not kept decoded: the test tests nothing")
	}
	if n, _, err := s.Expire(t.Context(), testDay.AddDate(1, 0, 0), time.Time{}); n != 1 || err != nil {
		t.Fatalf("%d conversations expired, %v", n, err)
	}
	next := turnOf("telegram:1", 0, "b")
	next.State.Told = strings.Repeat("x", cachedState) // too large to be kept decoded itself
	mustCommit(t, s, next)
	s.states.put(h, late)
	if c := mustLoad(t, s, "telegram:1"); c.State.Told != next.State.Told {
		t.Errorf("the erased state is back: %+v", c.State)
	}
}
