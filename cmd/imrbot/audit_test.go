package main

import (
	"testing"

	"imrbot/bot"
)

// Whoever looks at an intake, exports it or changes its status is recorded, and
// so is what its enrollee did.
func TestWhoSawWhatIsRecorded(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	ref, _ := finishedForm(t, data)
	if got := statusOf(t, data, ref); got != "with-team" { // looks at it
		t.Fatalf("status %q", got)
	}
	if out, errOut, code := command(t, data, "intake", "export", "--format", "csv", "--data", data); code != 0 {
		t.Fatalf("export ended with %d:\n%s%s", code, out, errOut)
	}
	if out, code := status(t, data, ref, "filed"); code != 0 {
		t.Fatalf("status ended with %d:\n%s", code, out)
	}
	var list []bot.AuditEntry
	runJSON(t, &list, "audit", "--json", "--data", data)
	var got []string
	for _, e := range list {
		if e.Actor != "operator" || e.At.IsZero() {
			t.Errorf("%+v", e)
		}
		got = append(got, e.Action+" "+e.Ref)
	}
	want := []string{"show " + ref, "export csv " + ref, "status filed " + ref}
	if len(got) != len(want) {
		t.Fatalf("recorded %q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("recorded %q, want %q", got[i], want[i])
		}
	}
}
