package bolt

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"imrbot/bot"
)

func mustAudits(t testing.TB, s *Store) []bot.AuditEntry {
	t.Helper()
	var all []bot.AuditEntry
	if err := s.Audits(t.Context(), func(e bot.AuditEntry) error { all = append(all, e); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheAuditKeepsItsEntriesInOrderAndSealed(t *testing.T) {
	s, path := testStore(t, Options{Now: func() time.Time { return testDay }})
	want := []bot.AuditEntry{
		{At: testDay, Actor: "U-staff-1", Action: "show-intake", Ref: "A-2026-000123"},
		{At: testDay.Add(time.Minute), Actor: "enrollee", Action: "erase"},
		{At: testDay, Actor: "retention", Action: "expire"},
	}
	if err := s.Audit(t.Context(), want[0]); err != nil {
		t.Fatal(err)
	}
	turn := turnOf("telegram:1", 0, "a")
	turn.Audit = want[1:2]
	mustCommit(t, s, turn)
	if _, err := s.Commit(t.Context(), turn); err == nil {
		t.Error("the same event again")
	}
	if err := s.Audit(t.Context(), bot.AuditEntry{Actor: "retention", Action: "expire"}); err != nil {
		t.Fatal(err)
	}
	closeChecked(t, s)
	for _, secret := range []string{"U-staff-1", "show-intake"} {
		if bytes.Contains(readFile(t, path), []byte(secret)) {
			t.Errorf("the file holds %q", secret)
		}
	}
	s = openTest(t, path, Options{})
	if got := mustAudits(t, s); !slices.Equal(got, want) {
		t.Errorf("audit %+v, want %+v", got, want)
	}
}

func TestAnAuditEntryIsShortAndComplete(t *testing.T) {
	s, _ := testStore(t, Options{})
	long := string(make([]byte, maxAuditText+1))
	for name, e := range map[string]bot.AuditEntry{
		"nobody":     {Action: "erase"},
		"nothing":    {Actor: "enrollee"},
		"long actor": {Actor: long, Action: "erase"},
		"long deed":  {Actor: "enrollee", Action: long},
		"long ref":   {Actor: "enrollee", Action: "erase", Ref: long},
	} {
		wantErrorOf(t, name, s.Audit(t.Context(), e), ErrLimit)
		turn := turnOf("telegram:1", 0, "a")
		turn.Audit = []bot.AuditEntry{e}
		_, err := s.Commit(t.Context(), turn)
		wantErrorOf(t, name, err, ErrLimit)
	}
	turn := turnOf("telegram:1", 0, "a")
	turn.Audit = make([]bot.AuditEntry, maxAudits+1)
	_, err := s.Commit(t.Context(), turn)
	wantErrorOf(t, "many", err, ErrLimit)
	if got := mustAudits(t, s); got != nil {
		t.Errorf("audit %+v", got)
	}
}

func TestAnEntryOfTheAuditGoesAfterSevenYearsAndNotBefore(t *testing.T) {
	now := testDay
	s, _ := testStore(t, Options{Now: func() time.Time { return now }})
	add := func(want int) {
		t.Helper()
		if err := s.Audit(t.Context(), bot.AuditEntry{At: time.Unix(0, 0), Actor: "a", Action: now.Format(time.DateOnly)}); err != nil {
			t.Fatal(err)
		}
		if got := mustAudits(t, s); len(got) != want {
			t.Errorf("on %s there are %d entries, want %d", now.Format(time.DateOnly), len(got), want)
		}
	}
	add(1)
	add(2)
	add(3)
	now = testDay.AddDate(7, 0, 0)
	add(4)
	now = now.AddDate(0, 0, 2)
	add(3) // two go with each that comes
	add(3)
	add(4)
}

func TestAPlaceInTheAuditIsItsOwn(t *testing.T) {
	s, path := testStore(t, Options{})
	for _, action := range []string{"one", "two", "three"} {
		if err := s.Audit(t.Context(), bot.AuditEntry{Actor: "a", Action: action}); err != nil {
			t.Fatal(err)
		}
	}
	closeChecked(t, s)
	_, value := firstEntry(t, path, bucketAudit)
	editFile(t, path, bucketAudit, numberKey(2), value)
	editFile(t, path, bucketAudit, numberKey(3), nil)
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	wantError(t, s.Check(context.Background()), ErrDamaged, "audit", "newest entries")
	var got []string
	err = s.Audits(t.Context(), func(e bot.AuditEntry) error { got = append(got, e.Action); return nil })
	wantError(t, err, ErrDamaged)
	if !slices.Equal(got, []string{"one"}) {
		t.Errorf("audit %v", got)
	}
}

func wantErrorOf(t *testing.T, name string, err, want error) {
	t.Helper()
	t.Run(name, func(t *testing.T) { wantError(t, err, want) })
}
