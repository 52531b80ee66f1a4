package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imrbot/bot"
	"imrbot/dialog"
)

// finishedForm fills the whole form in at a terminal, with a letter of the plan of
// twenty days ago, and returns its reference.
func finishedForm(t *testing.T, data string) (ref, today string) {
	t.Helper()
	now := dialog.DateOf(time.Now().In(mustConfig(t).Desk.TimeZone.Location))
	letter := filepath.Join(t.TempDir(), "carta.png")
	writeFile(t, letter, photo)
	c := startTalk(t, data, "--lang", "es", "--today", now.String())
	walk := append([]string{}, wholeForm[1:]...)
	for i, line := range walk {
		if line == "[none]" {
			walk[i+1] = now.AddDays(-20).String() // the plan's decision
			break
		}
	}
	c.walk(walk, letter)
	c.end()
	if ref = refs.FindString(strings.Join(c.lines, "\n")); ref == "" {
		t.Fatalf("no receipt; said last %+v", c.last)
	}
	return ref, now.String()
}

// status runs intake status and returns its output and exit code.
func status(t *testing.T, data string, args ...string) (string, int) {
	t.Helper()
	out, err := program(t, append([]string{"intake", "status", "--data", data}, args...)...).CombinedOutput()
	if exit, ok := err.(*exec.ExitError); ok {
		return string(out), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out), 0
}

func statusOf(t *testing.T, data, ref string) string {
	t.Helper()
	var in dialog.Intake
	runJSON(t, &in, "intake", "show", ref, "--json", "--data", data)
	return in.Status
}

func TestTheEnrolleeHearsOfAStatusBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	ref, today := finishedForm(t, data)
	for _, d := range []struct{ status, told string }{
		{"review", "revisando"}, {"papers", "papel"}, {"filed", "present"}, {"closed", "cerr"}, {"with-team", ""},
	} {
		out, code := status(t, data, ref, d.status)
		if code != 0 || !strings.Contains(out, ref+": "+d.status) || !strings.Contains(out, "told") {
			t.Fatalf("%s: exit %d: %s", d.status, code, out)
		}
		if got := statusOf(t, data, ref); got != d.status {
			t.Errorf("stored is %s, want %s", got, d.status)
		}
		c := startTalk(t, data, "--today", today)
		first := strings.SplitN(strings.Join(c.lines, "\n"), "\n(", 2)[0]
		if d.told != "" && (!strings.Contains(first, ref) || !strings.Contains(strings.ToLower(first), d.told)) {
			t.Errorf("%s: the next chat begins with %q", d.status, c.lines)
		}
		if d.told != "" && strings.Contains(strings.Join(c.lines[1:], "\n"), ref) {
			t.Errorf("%s: it is said twice: %q", d.status, c.lines)
		}
		c.end()
	}
	if out, code := status(t, data, ref, "with-team"); code != 0 || !strings.Contains(out, "already") {
		t.Errorf("the same again: exit %d: %s", code, out)
	}
	audits := map[string]int{}
	store, err := openStore(data, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	err = store.Audits(t.Context(), func(e bot.AuditEntry) error {
		if e.Actor == actorOperator && e.Ref == ref && strings.HasPrefix(e.Action, "status ") {
			audits[e.Action]++
		}
		return nil
	})
	if err != nil || audits["status filed"] != 1 || len(audits) != 5 {
		t.Errorf("the audit holds %v, %v", audits, err)
	}
}

// A turn that knows no reminders takes an enrollee's next one away.
func TestAStatusLeavesTheNextReminderInPlace(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	ref, _ := finishedForm(t, data)
	if out, code := status(t, data, ref, "review"); code != 0 {
		t.Fatalf("exit %d: %s", code, out)
	}
	store, err := openStore(data, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if next, err := store.NextWake(t.Context()); err != nil || next.Before(time.Now().AddDate(0, 0, 60)) {
		t.Errorf("the next reminder is at %v, %v; the last day to file is in about 160 days", next, err)
	}
}

func TestAStatusThatCannotBeIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	letter := filepath.Join(t.TempDir(), "letter.png")
	writeFile(t, letter, photo)
	c := startTalk(t, data)
	c.walk(walkToADraft[1:], letter)
	c.end()
	ref := refs.FindString(strings.Join(c.lines, "\n"))
	for _, d := range []struct {
		args []string
		want []string
	}{
		{[]string{ref, "done"}, []string{"done", "review, papers, filed, closed, with-team"}},
		{[]string{ref, "draft"}, []string{"draft", "review, papers"}},
		{[]string{ref, "review"}, []string{ref, "draft", "filed or closed"}},
		{[]string{"A-2026-000777", "filed"}, []string{"A-2026-000777", "intake list"}},
		{[]string{"nonsense", "filed"}, []string{"nonsense"}},
		{[]string{ref}, []string{"usage"}},
		{[]string{ref, "filed", "--config", filepath.Join(data, "none.toml")}, []string{"--data", "--config"}},
	} {
		out, code := status(t, data, d.args...)
		if code != exitBadInput {
			t.Errorf("%v: exit %d: %s", d.args, code, out)
		}
		for _, part := range d.want {
			if !strings.Contains(out, part) {
				t.Errorf("%v does not say %q: %s", d.args, part, out)
			}
		}
	}
	if out, code := status(t, filepath.Join(data, "none"), ref, "filed"); code != exitBadInput || !strings.Contains(out, "no store") {
		t.Errorf("no store: exit %d: %s", code, out)
	}
	if got := statusOf(t, data, ref); got != "draft" {
		t.Errorf("stored is %s", got)
	}
	if out, code := status(t, data, ref, "filed"); code != 0 || statusOf(t, data, ref) != "filed" {
		t.Errorf("a draft is filed: exit %d: %s", code, out)
	}
}

func TestTheStatusOfAnIntakeThatOutlivedItsEnrolleesDataIsSetAndToldNobody(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	ref, today := finishedForm(t, data)
	c := startTalk(t, data, "--today", today)
	c.say("/forget")
	c.press("yes")
	c.end()
	out, code := status(t, data, ref, "filed")
	if code != 0 || !strings.Contains(out, "nobody is told") || statusOf(t, data, ref) != "filed" {
		t.Errorf("exit %d: %s; stored is %s", code, out, statusOf(t, data, ref))
	}
	c = startTalk(t, data, "--today", today)
	c.end()
	if all := strings.Join(c.lines, "\n"); strings.Contains(all, ref) {
		t.Errorf("who was forgotten hears of %s:\n%s", ref, all)
	}
}
