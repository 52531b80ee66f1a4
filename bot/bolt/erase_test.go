package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"imrbot/bot"
	"imrbot/dialog"
)

// full gives a chat something of every kind: two turns, a row that waits, a dead
// one, buttons, a ticket, a wake, an event in quarantine, a letter in the state,
// and two drafts of intakes with a letter each. It returns their references.
func full(t testing.TB, s *Store, chat string) (keep, drop string) {
	t.Helper()
	mustCommit(t, s, turnOf(chat, 0, chat+" u1"))
	keep, drop = s.TakeRef(2026), s.TakeRef(2026)
	turn := turnOf(chat, 1, chat+" u2")
	turn.Rows = append(turn.Rows, turn.Rows[0], turn.Rows[0])
	turn.Tickets = []dialog.OpenTicket{{Reason: dialog.TicketHuman}}
	turn.Wake = testDay.AddDate(0, 0, 3)
	for _, ref := range []string{keep, drop} {
		in := intakeOf(ref, "secret of "+chat)
		in.Status = statusDraft
		in.Files = []dialog.File{mustPut(t, s, chat, ref)}
		turn.Intakes = append(turn.Intakes, in)
	}
	turn.State.Files = []dialog.File{mustPut(t, s, chat, "state")}
	turn.State.Answers = map[string]dialog.Answer{"name": {Value: "secret of " + chat}}
	keys := mustCommit(t, s, turn)
	q := bot.Quarantined{At: testDay, Channel: "telegram", Chat: bot.ChatKey(chat), Reason: "r", Raw: []byte("secret of " + chat)}
	err := errors.Join(
		s.Settle(t.Context(), keys[0], bot.Outcome{Keyboard: "77"}),
		s.Settle(t.Context(), keys[1], bot.Outcome{Dead: true, Reason: "blocked"}),
		s.Quarantine(t.Context(), bot.InKey(chat+" q"), q),
	)
	if err != nil {
		t.Fatal(err)
	}
	return keep, drop
}

func mustPut(t testing.TB, s *Store, chat, text string) dialog.File {
	t.Helper()
	f, err := s.PutFile(t.Context(), bot.ChatKey(chat), text+".pdf", pdf(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// forget is the third turn of a chat that full made: all goes but the intakes named.
func forget(chat string, keep ...string) bot.Turn {
	turn := turnOf(chat, 2, chat+" forget")
	turn.Forget, turn.Keep = true, keep
	turn.Audit = []bot.AuditEntry{{At: testDay, Actor: "enrollee", Action: "erase"}}
	return turn
}

// holdings lists all that a store holds of a chat, in words.
func holdings(t testing.TB, s *Store, chat string) []string {
	t.Helper()
	var all []string
	have := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	ctx := context.Background()
	c := mustLoad(t, s, chat)
	have("turn %d at %s", c.Turn, c.State.Node)
	rows, err := s.Pending(ctx, 0, 100)
	for _, row := range rows {
		if string(row.Chat) == chat {
			have("row of turn %d", row.Turn)
		}
	}
	h := s.chats.of(chat)
	err = errors.Join(err,
		s.Tickets(ctx, func(k bot.Ticket) error {
			if string(k.Chat) == chat {
				have("ticket")
			}
			return nil
		}),
		s.Quarantined(ctx, func(q bot.Quarantined) error {
			if string(q.Chat) == chat {
				have("quarantine")
			}
			return nil
		}),
		s.view(func(tx *bbolt.Tx) error {
			if tx.Bucket([]byte(bucketKeyboards)).Get(h[:]) != nil {
				have("buttons")
			}
			if tx.Bucket([]byte(bucketWakes)).Get(h[:]) != nil {
				have("wake")
			}
			for _, key := range ownedBy(tx, h) {
				_, kind, _ := splitOwned(key)
				have("owns %c", kind)
			}
			return tx.Bucket([]byte(bucketDead)).ForEach(func(_, v []byte) error {
				if bytes.Equal(deadChat(v), h[:]) {
					have("dead row")
				}
				return nil
			})
		}))
	if err != nil {
		t.Fatal(err)
	}
	ids, err := s.fileIDs(h)
	if err != nil {
		t.Fatal(err)
	}
	for range ids {
		have("letter")
	}
	return all
}

func TestForgettingErasesAllOfAChatButWhatIsKept(t *testing.T) {
	s, path := testStore(t, Options{})
	keep, drop := full(t, s, "telegram:1")
	other, _ := full(t, s, "telegram:2")
	before, neighbour := holdings(t, s, "telegram:1"), holdings(t, s, "telegram:2")
	if want := 3 + 12; len(before) < want-2 {
		t.Fatalf("the test erases little: %q", before)
	}
	oldID := mustIntake(t, s, keep).Files[0].ID
	mustCommit(t, s, forget("telegram:1", keep))
	for range 2 { // as it was committed, and as it is read from disk
		want := []string{"turn 3 at step-3", "row of turn 3", "owns i", "letter"}
		if got := holdings(t, s, "telegram:1"); !reflect.DeepEqual(got, want) {
			t.Errorf("it holds %q, want %q", got, want)
		}
		if got := holdings(t, s, "telegram:2"); !reflect.DeepEqual(got, neighbour) {
			t.Errorf("the other chat holds %q, before %q", got, neighbour)
		}
		in := mustIntake(t, s, keep)
		letter, err := s.File(t.Context(), "telegram:1", in.Files[0].ID)
		if err != nil || !bytes.Equal(letter, pdf(keep)) || in.Files[0].ID == oldID || in.Files[0].Name != keep+".pdf" {
			t.Errorf("the letter of the kept intake: %+v, %v", in.Files, err)
		}
		if _, err := s.File(t.Context(), "telegram:1", oldID); !errors.Is(err, bot.ErrNotFound) {
			t.Errorf("its old file: %v", err)
		}
		if _, err := s.Intake(t.Context(), drop); !errors.Is(err, bot.ErrNotFound) {
			t.Errorf("the erased intake: %v", err)
		}
		if c := mustLoad(t, s, "telegram:1"); len(c.State.Answers) != 0 {
			t.Errorf("the state still knows %v", c.State.Answers)
		}
		mustIntake(t, s, other)
		audit := 0
		if err := s.Audits(t.Context(), func(bot.AuditEntry) error { audit++; return nil }); err != nil || audit != 1 {
			t.Errorf("%d entries of the audit, %v", audit, err)
		}
		closeChecked(t, s)
		s = openTest(t, path, Options{})
	}
	if dead, err := s.Dead(t.Context()); err != nil || dead["blocked"] != 1 {
		t.Errorf("dead rows %v, %v", dead, err)
	}
	mustCommit(t, s, turnOf("telegram:1", 3, "u4"))
}

func mustIntake(t testing.TB, s *Store, ref string) dialog.Intake {
	t.Helper()
	in, err := s.Intake(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// After the first erasure the chat knows nothing of what stayed, and cannot name
// it when it is erased again.
func TestWhatWasKeptOnceStaysWhenTheChatIsErasedAgain(t *testing.T) {
	s, path := testStore(t, Options{})
	keep, _ := full(t, s, "telegram:1")
	mustCommit(t, s, forget("telegram:1", keep))
	closeChecked(t, s)
	s = openTest(t, path, Options{})
	again := turnOf("telegram:1", 3, "again")
	again.Forget = true
	mustCommit(t, s, again)
	in := mustIntake(t, s, keep)
	in.Status = "filed"
	for i, forgets := range []bool{false, true, true} { // the turn that changes it, and two that erase
		turn := turnOf("telegram:1", uint64(4+i), fmt.Sprint("later ", i))
		if turn.Forget = forgets; i < 2 {
			turn.Intakes = []dialog.Intake{in}
		}
		mustCommit(t, s, turn)
		in = mustIntake(t, s, keep)
		if letter, err := s.File(t.Context(), "telegram:1", in.Files[0].ID); err != nil || !bytes.Equal(letter, pdf(keep)) || in.Status != "filed" {
			t.Fatalf("after turn %d it has status %q, and its letter %v", 5+i, in.Status, err)
		}
	}
	if got, want := holdings(t, s, "telegram:1"), []string{"turn 7 at step-7", "row of turn 7", "owns i", "letter"}; !reflect.DeepEqual(got, want) {
		t.Errorf("it holds %q, want %q", got, want)
	}
	if _, n, err := s.Expire(t.Context(), time.Time{}, testDay.AddDate(0, 0, 1)); n != 1 || err != nil {
		t.Errorf("%d intakes are too old, %v", n, err)
	}
}

// The operator's own system must hear of an intake that stays, however late.
func TestNewsOfAKeptIntakeOutlivesTheErasure(t *testing.T) {
	s, path := testStore(t, Options{})
	keep, drop := full(t, s, "telegram:1")
	turn := turnOf("telegram:1", 2, "u3")
	turn.Rows = nil
	for _, ref := range []string{keep, drop} {
		turn.Rows = append(turn.Rows, bot.Outgoing{Handoff: &bot.Handoff{Ref: ref, Event: bot.HandoffSubmitted, At: testDay}})
	}
	news := mustCommit(t, s, turn)
	mustCommit(t, s, turnKey(turnAfter(forget("telegram:1", keep), 3), "forget"))
	for range 2 {
		row, err := s.Row(t.Context(), news[0])
		if err != nil || !reflect.DeepEqual(row.Handoff, turn.Rows[0].Handoff) || row.Turn != 3 {
			t.Errorf("news of the kept intake: %+v, %v", row, err)
		}
		if _, err := s.Row(t.Context(), news[1]); !errors.Is(err, bot.ErrNotFound) {
			t.Errorf("news of the erased intake: %v", err)
		}
		closeChecked(t, s)
		s = openTest(t, path, Options{})
	}
	if err := s.Settle(t.Context(), news[0], bot.Outcome{}); err != nil {
		t.Fatal(err)
	}
}

// Whoever works on a form that stays must go on finding it.
func TestTicketsOfAKeptIntakeOutliveTheErasure(t *testing.T) {
	s, path := testStore(t, Options{})
	keep, drop := full(t, s, "telegram:1") // with a ticket that is about no intake
	turn := turnOf("telegram:1", 2, "u3")
	for _, ref := range []string{keep, drop, "A-2026-000999"} {
		turn.Tickets = append(turn.Tickets, dialog.OpenTicket{Reason: dialog.TicketIntake, Ref: ref, Urgent: true, Lang: "es"})
	}
	mustCommit(t, s, turn)
	want := []bot.Ticket{{ID: 2, Chat: "telegram:1", Reason: dialog.TicketIntake, Opened: testDay, Ref: keep, Urgent: true, Lang: "es", Status: bot.TicketOpen}}
	for after := uint64(3); after < 5; after++ { // the second erasure does not name it
		names := []string{keep, "A-2026-000999"}[after-3:]
		mustCommit(t, s, turnKey(turnAfter(forget("telegram:1", names...), after), bot.InKey(fmt.Sprint("forget ", after))))
		var got []bot.Ticket
		if err := s.Tickets(t.Context(), func(k bot.Ticket) error { got = append(got, k); return nil }); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("tickets %+v, %v, want %+v", got, err, want)
		}
		owned, err := s.Belongings(t.Context(), "telegram:1")
		if err != nil || !reflect.DeepEqual(owned.Tickets, want) {
			t.Errorf("the chat owns the tickets %+v, %v", owned.Tickets, err)
		}
		closeChecked(t, s)
		s = openTest(t, path, Options{})
	}
}

// A state remembers only the last few intakes of its chat.
func TestWhatWasHandedOnStaysAlsoWhenTheTurnDoesNotNameIt(t *testing.T) {
	s, _ := testStore(t, Options{})
	keep, drop := full(t, s, "telegram:1")
	turn := turnOf("telegram:1", 2, "u3")
	turn.Intakes = []dialog.Intake{mustIntake(t, s, keep)}
	turn.Intakes[0].Status = "submitted"
	mustCommit(t, s, turn)
	mustCommit(t, s, turnAfter(forget("telegram:1"), 3))
	in := mustIntake(t, s, keep)
	if letter, err := s.File(t.Context(), "telegram:1", in.Files[0].ID); err != nil || !bytes.Equal(letter, pdf(keep)) {
		t.Errorf("its letter: %v", err)
	}
	if _, err := s.Intake(t.Context(), drop); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("the draft: %v", err)
	}
}

// News that was given up may be revived: the intake it tells of is still there.
func TestGivenUpNewsOfAKeptIntakeCanBeRevivedAfterTheErasure(t *testing.T) {
	s, path := testStore(t, Options{})
	keep, drop := full(t, s, "telegram:1")
	turn := turnOf("telegram:1", 2, "u3")
	turn.Rows = nil
	for _, ref := range []string{keep, drop} {
		turn.Rows = append(turn.Rows, bot.Outgoing{Handoff: &bot.Handoff{Ref: ref, Event: bot.HandoffSubmitted, At: testDay}})
	}
	for _, key := range mustCommit(t, s, turn) {
		if err := s.Settle(t.Context(), key, bot.Outcome{Dead: true, Reason: "refused"}); err != nil {
			t.Fatal(err)
		}
	}
	mustCommit(t, s, turnAfter(forget("telegram:1", keep), 3))
	closeChecked(t, s)
	s = openTest(t, path, Options{})
	var dead []DeadRow
	if err := s.DeadRows(t.Context(), func(d DeadRow) error { dead = append(dead, d); return nil }); err != nil || len(dead) != 1 || dead[0].Reason != "refused" {
		t.Fatalf("given up are %+v, %v", dead, err)
	}
	row, err := s.Revive(t.Context(), dead[0].Number)
	if err != nil || !reflect.DeepEqual(row.Handoff, turn.Rows[0].Handoff) {
		t.Errorf("revived: %+v, %v", row, err)
	}
}

func TestAnErasedReferenceIsNeverGivenAgain(t *testing.T) {
	s, path := testStore(t, Options{})
	full(t, s, "telegram:1") // 1 and 2
	mustCommit(t, s, forget("telegram:1"))
	for range 2 {
		if ref := s.TakeRef(2026); ref != "A-2026-000003" {
			t.Errorf("after two erased references comes %s", ref)
		}
		if ref := s.TakeRef(2027); ref != "A-2027-000001" {
			t.Errorf("in another year comes %s", ref)
		}
		closeChecked(t, s)
		s = openTest(t, path, Options{})
	}
}

func TestWhatATurnKeepsMustBeItsOwn(t *testing.T) {
	s, _ := testStore(t, Options{})
	keep, _ := full(t, s, "telegram:1")
	other, _ := full(t, s, "telegram:2")
	before := holdings(t, s, "telegram:1")
	for name, c := range map[string]struct {
		turn bot.Turn
		want error
	}{
		"another chat's":  {forget("telegram:1", other), ErrRef},
		"no reference":    {forget("telegram:1", "B-7"), ErrRef},
		"too many":        {forget("telegram:1", make([]string, maxKeep+1)...), ErrLimit},
		"a stale turn":    {turnAfter(forget("telegram:1", keep), 1), bot.ErrStale},
		"an event seen":   {turnKey(forget("telegram:1", keep), "telegram:1 u1"), bot.ErrSeen},
		"seen and stale":  {turnAfter(turnKey(forget("telegram:1", keep), "telegram:1 u1"), 0), bot.ErrSeen},
		"a large message": {turnText(forget("telegram:1", keep), maxRow), ErrLimit},
	} {
		if _, err := s.Commit(t.Context(), c.turn); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if got := holdings(t, s, "telegram:1"); !reflect.DeepEqual(got, before) {
			t.Fatalf("%s: it holds %q, before %q", name, got, before)
		}
	}
	// One that is gone, one named twice, and one that the turn itself stores.
	turn := forget("telegram:1", "A-2026-000999", keep, keep)
	in := mustIntake(t, s, keep)
	in.Status = "handed-over"
	turn.Intakes = []dialog.Intake{in}
	mustCommit(t, s, turn)
	got := mustIntake(t, s, keep)
	if got.Status != "handed-over" || got.Files[0].ID == in.Files[0].ID {
		t.Errorf("the turn's own intake came back as %+v", got)
	}
	if letter, err := s.File(t.Context(), "telegram:1", got.Files[0].ID); err != nil || !bytes.Equal(letter, pdf(keep)) {
		t.Errorf("its letter: %v", err)
	}
}

func turnAfter(t bot.Turn, after uint64) bot.Turn { t.After = after; return t }
func turnKey(t bot.Turn, key bot.InKey) bot.Turn  { t.Key = key; return t }
func turnText(t bot.Turn, size int) bot.Turn {
	t.Rows = []bot.Outgoing{{Say: dialog.Say{Text: strings.Repeat("x", size)}}}
	return t
}

func TestALetterThatIsLostKeepsNobodyFromBeingForgotten(t *testing.T) {
	var said notices
	s, _ := testStore(t, Options{Notice: said.note})
	keep, _ := full(t, s, "telegram:1")
	lost := mustIntake(t, s, keep).Files[0]
	if err := os.Remove(s.filePath(s.chats.of("telegram:1"), lost.ID)); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, forget("telegram:1", keep))
	if in := mustIntake(t, s, keep); !reflect.DeepEqual(in.Files, []dialog.File{lost}) {
		t.Errorf("letters %+v", in.Files)
	}
	if said.with("cannot be read") != 1 {
		t.Errorf("the operator is told %q", said.said)
	}
}

func TestAnErasureThatFailsChangesNothing(t *testing.T) {
	s, _ := testStore(t, Options{})
	keep, _ := full(t, s, "telegram:1")
	before := holdings(t, s, "telegram:1")
	healthy := s.writer.update
	failing(s, func() (error, error) { return syscall.ENOSPC, nil })
	_, err := s.Commit(t.Context(), forget("telegram:1", keep))
	wantError(t, err, syscall.ENOSPC)
	s.writer.update = healthy
	if got := holdings(t, s, "telegram:1"); !reflect.DeepEqual(got, before) {
		t.Errorf("it holds %q, before %q", got, before)
	}
	if _, err := s.File(t.Context(), "telegram:1", mustIntake(t, s, keep).Files[0].ID); err != nil {
		t.Errorf("the letter: %v", err)
	}
	mustCommit(t, s, forget("telegram:1", keep))
}

// When it is unknown whether the erasure is on disk, both sets of letters stay
// until the store is opened again and knows.
func TestAfterAnErasureOfUnknownFateNoLetterIsLost(t *testing.T) {
	now := testDay
	clock := func() time.Time { return now }
	s, path := testStore(t, Options{Now: clock})
	keep, _ := full(t, s, "telegram:1")
	failing(s, func() (error, error) { return nil, syscall.EIO })
	_, err := s.Commit(t.Context(), forget("telegram:1", keep))
	wantError(t, err, ErrRefused)
	if c := mustLoad(t, s, "telegram:1"); c.Turn != 3 { // readers see what may be on disk
		t.Errorf("turn %d", c.Turn)
	}
	closeChecked(t, s)
	s = openTest(t, path, Options{Now: clock})
	if _, err := s.File(t.Context(), "telegram:1", mustIntake(t, s, keep).Files[0].ID); err != nil {
		t.Errorf("the letter: %v", err)
	}
	now = time.Now().Add(48 * time.Hour)
	if n, err := s.CollectFiles(t.Context(), 24*time.Hour); n != 3 || err != nil {
		t.Errorf("%d files are collected, %v", n, err)
	}
	if _, err := s.File(t.Context(), "telegram:1", mustIntake(t, s, keep).Files[0].ID); err != nil {
		t.Errorf("the letter after the collection: %v", err)
	}
}

func TestReadersNeverMeetHalfAnErasure(t *testing.T) {
	s, _ := testStore(t, Options{})
	const chats, rounds = 4, 15
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for i := range chats {
		readers.Go(func() {
			for ctx.Err() == nil {
				chat := bot.ChatKey(fmt.Sprint("telegram:", i))
				_, err1 := s.Load(context.Background(), chat)
				rows, err2 := s.Pending(context.Background(), 0, 100)
				for _, row := range rows {
					if _, err := s.Row(context.Background(), row.Key); err != nil && !errors.Is(err, bot.ErrNotFound) {
						t.Error(err)
					}
				}
				err3 := s.Intakes(context.Background(), func(dialog.Intake) error { return nil })
				if err := errors.Join(err1, err2, err3); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	errs := race(chats, func(i int) error {
		chat := fmt.Sprint("telegram:", i)
		for n := range uint64(rounds) {
			turn := turnOf(chat, n, fmt.Sprint(chat, n))
			turn.Intakes = []dialog.Intake{intakeOf(makeRef(2026, uint32(i+1)).String(), "Ana")}
			turn.Forget = n%2 == 1
			if _, err := s.Commit(context.Background(), turn); err != nil {
				return err
			}
		}
		return nil
	})
	stop()
	readers.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if rows, err := s.Pending(t.Context(), 0, 100); err != nil || len(rows) != 2*chats { // of the last erasure and the turn after it
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestFilesThatNothingNamesAreCollectedOnceTheyAreOld(t *testing.T) {
	now := time.Now()
	s, path := testStore(t, Options{Now: func() time.Time { return now }})
	keep, drop := full(t, s, "telegram:1")
	mustPut(t, s, "telegram:1", "orphan")
	folder := s.folderPath(s.chats.of("telegram:1"))
	stray := []string{
		filepath.Join(folder, ".new-1234"), // of a write that a crash ended
		filepath.Join(path+".files", strings.Repeat("ab", hashSize), strings.Repeat("cd", fileIDSize)),
	}
	foreign := filepath.Join(path+".files", "notes", "keep.txt")
	for _, file := range append(stray, foreign) {
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	collect := func(after, olderThan time.Duration, want int) {
		t.Helper()
		now = time.Now().Add(after)
		if n, err := s.CollectFiles(t.Context(), olderThan); n != want || err != nil {
			t.Errorf("%d files are collected, %v, want %d", n, err, want)
		}
	}
	collect(0, 0, 0)                     // too young in any case
	collect(2*time.Hour, 3*time.Hour, 0) // too young for the caller
	collect(2*time.Hour, 0, 3)
	collect(2*time.Hour, 0, 0)
	for _, ref := range []string{keep, drop} {
		if _, err := s.File(t.Context(), "telegram:1", mustIntake(t, s, ref).Files[0].ID); err != nil {
			t.Errorf("the letter of %s: %v", ref, err)
		}
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("what is none of ours: %v", err)
	}
	if _, err := os.Stat(filepath.Dir(stray[1])); !errors.Is(err, os.ErrNotExist) {
		t.Error("the empty folder stays")
	}
}

func TestTheFilesOfADamagedConversationAreNotCollected(t *testing.T) {
	s, path := testStore(t, Options{})
	keep, _ := full(t, s, "telegram:1")
	ref, err := parseRef(keep)
	if err != nil {
		t.Fatal(err)
	}
	h := s.chats.of("telegram:1")
	closeChecked(t, s)
	editFile(t, path, bucketIntakes, ref[:], []byte{formOne, 2, 3})
	s, err = Open(path, Options{Now: func() time.Time { return time.Now().AddDate(1, 0, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n, err := s.CollectFiles(t.Context(), 0)
	wantError(t, err, ErrDamaged, keep)
	if ids, _ := s.fileIDs(h); n != 0 || len(ids) != 3 {
		t.Errorf("%d files are collected, %d are left", n, len(ids))
	}
}
