package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"go.etcd.io/bbolt"

	"imrbot/bot"
)

// shape tells in words how much of everything belongs to a chat.
func shape(b bot.Belongings) string {
	return fmt.Sprintf("turn %d, %d intakes, %d tickets, %d waiting, %d dead, %d in quarantine, wake %t, %d unreadable",
		b.Conversation.Turn, len(b.Intakes), len(b.Tickets), len(b.Waiting), len(b.Dead), len(b.Quarantined), !b.Wake.IsZero(), b.Unreadable)
}

func mustBelongings(t testing.TB, s *Store, chat string) bot.Belongings {
	t.Helper()
	b, err := s.Belongings(t.Context(), bot.ChatKey(chat))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBelongingsAreAllOfTheChatAndNothingOfAnother(t *testing.T) {
	s, path := testStore(t, Options{})
	keep, drop := full(t, s, "telegram:1")
	full(t, s, "telegram:2")
	for range 2 { // as it was committed, and as it is read from disk
		b := mustBelongings(t, s, "telegram:1")
		if got, want := shape(b), "turn 2, 2 intakes, 1 tickets, 2 waiting, 1 dead, 1 in quarantine, wake true, 0 unreadable"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if b.Conversation.State.Answers["name"].Value != "secret of telegram:1" || b.Intakes[0].Ref != keep || b.Intakes[1].Ref != drop ||
			!b.Wake.Equal(testDay.AddDate(0, 0, 3)) || string(b.Quarantined[0].Raw) != "secret of telegram:1" {
			t.Errorf("%+v", b)
		}
		for _, row := range append(b.Waiting, b.Dead...) {
			if row.Chat != "telegram:1" || row.Say.Text == "" {
				t.Errorf("row %+v", row)
			}
		}
		if b.Waiting[0].Key == 0 || b.Waiting[0].Key >= b.Waiting[1].Key {
			t.Errorf("the rows that wait have the keys %d and %d", b.Waiting[0].Key, b.Waiting[1].Key)
		}
		if again := mustBelongings(t, s, "telegram:1"); !reflect.DeepEqual(again, b) {
			t.Errorf("asked again: %+v", again)
		}
		closeChecked(t, s)
		s = openTest(t, path, Options{})
	}
	mustCommit(t, s, forget("telegram:1", keep))
	if got, want := shape(mustBelongings(t, s, "telegram:1")), "turn 3, 1 intakes, 0 tickets, 1 waiting, 0 dead, 0 in quarantine, wake false, 0 unreadable"; got != want {
		t.Errorf("after forgetting: %s, want %s", got, want)
	}
}

func TestWhoNeverTalkedToUsHasNoBelongings(t *testing.T) {
	s, _ := testStore(t, Options{})
	full(t, s, "telegram:1")
	_, err := s.Belongings(t.Context(), "telegram:2")
	wantError(t, err, bot.ErrNotFound)
}

// spoil changes the last byte of the first value of a bucket that is of the chat.
func spoil(t *testing.T, s *Store, bucket string, ours func(key, value []byte) bool) {
	t.Helper()
	err := s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		c := b.Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if ours(k, v) {
				v = bytes.Clone(v)
				v[len(v)-1] ^= 1
				return b.Put(bytes.Clone(k), v)
			}
		}
		return errors.New("nothing to spoil")
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDamagedBelongingsHideNoOthers(t *testing.T) {
	var said notices
	s, _ := testStore(t, Options{Notice: said.note})
	full(t, s, "telegram:1")
	h := s.chats.of("telegram:1")
	spoil(t, s, bucketConversations, func(k, _ []byte) bool { return bytes.Equal(k, h[:]) })
	spoil(t, s, bucketIntakes, func(_, v []byte) bool { return bytes.Equal(headOf(v, hashSize), h[:]) })
	spoil(t, s, bucketTickets, func(_, v []byte) bool { return bytes.Equal(headOf(v, hashSize), h[:]) })
	spoil(t, s, bucketOutbox, func(_, v []byte) bool { return bytes.Equal(headOf(v, hashSize), h[:]) })
	spoil(t, s, bucketDead, func(_, v []byte) bool { return bytes.Equal(deadChat(v), h[:]) })
	spoil(t, s, bucketQuarantine, func(_, v []byte) bool { return bytes.Equal(headOf(v, hashSize), h[:]) })
	b := mustBelongings(t, s, "telegram:1")
	if got, want := shape(b), "turn 0, 1 intakes, 0 tickets, 1 waiting, 0 dead, 0 in quarantine, wake true, 6 unreadable"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if said.with("cannot be read") != 1 || said.with("secret") != 0 {
		t.Errorf("notices %q", said.said)
	}
	s.Close() // it is not whole, and must not be checked as if it were
}

func TestAChatWithoutItsKeyIsDamaged(t *testing.T) {
	s, _ := testStore(t, Options{})
	full(t, s, "telegram:1")
	h := s.chats.of("telegram:1")
	if err := s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(bucketKeys)).Delete(h[:]) }); err != nil {
		t.Fatal(err)
	}
	s.keys = newCache[dataKey](cachedKeys)
	_, err := s.Belongings(t.Context(), "telegram:1")
	wantError(t, err, ErrDamaged)
	s.Close()
}

func TestTheChatOfAnIntakeIsFoundByItsReference(t *testing.T) {
	s, _ := testStore(t, Options{})
	keep, drop := full(t, s, "telegram:1")
	full(t, s, "telegram:2")
	mustCommit(t, s, forget("telegram:1", keep))
	if chat, err := s.ChatOf(t.Context(), keep); err != nil || chat != "telegram:1" {
		t.Errorf("%s, %v", chat, err)
	}
	_, err := s.ChatOf(t.Context(), drop)
	wantError(t, err, bot.ErrNotFound, drop)
	_, err = s.ChatOf(t.Context(), "none")
	wantError(t, err, ErrRef)
}
