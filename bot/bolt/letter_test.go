package bolt

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"imrbot/bot"
	"imrbot/dialog"
)

func TestALetterIsFoundByItsIntakeAndByNoOther(t *testing.T) {
	s, path := testStore(t, Options{})
	mustCommit(t, s, turnOf("chat:1", 0, "in:1"))
	mustCommit(t, s, turnOf("chat:2", 0, "in:2"))
	letter := []byte("%PDF-1.7 the plan says no")
	file, err := s.PutFile(t.Context(), "chat:1", "letter.pdf", letter)
	if err != nil {
		t.Fatal(err)
	}
	unlisted, err := s.PutFile(t.Context(), "chat:1", "other.pdf", letter)
	if err != nil {
		t.Fatal(err)
	}
	var refs []string
	for chat, files := range map[string][]dialog.File{"chat:1": {file}, "chat:2": {{ID: "00000000000000000000000000000000"}}} {
		ref := s.TakeRef(2026)
		turn := turnOf(chat, 1, "submit:"+chat)
		turn.Intakes = []dialog.Intake{{Ref: ref, Files: files}}
		mustCommit(t, s, turn)
		if chat == "chat:1" {
			refs = append([]string{ref}, refs...)
		} else {
			refs = append(refs, ref)
		}
	}

	got, err := s.Letter(t.Context(), refs[0], file.ID)
	if err != nil || !bytes.Equal(got, letter) {
		t.Errorf("Letter = %q, %v", got, err)
	}
	for name, c := range map[string]struct {
		ref, id string
		want    error
	}{
		"an intake that is not there":           {"A-2026-000999", file.ID, bot.ErrNotFound},
		"no reference":                          {"letter", file.ID, ErrRef},
		"a file of the chat outside the intake": {refs[0], unlisted.ID, bot.ErrNotFound},
		"the letter of another intake":          {refs[1], file.ID, bot.ErrNotFound},
		"a letter whose file was never stored":  {refs[1], "00000000000000000000000000000000", bot.ErrNotFound},
		"an id that is none":                    {refs[0], "../../etc/passwd", bot.ErrNotFound},
	} {
		if _, err := s.Letter(t.Context(), c.ref, c.id); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	looking, err := Open(path, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := looking.Letter(t.Context(), refs[0], file.ID); err != nil || !bytes.Equal(got, letter) {
		t.Errorf("from a store that is only looked at: %q, %v", got, err)
	}
	if err := os.RemoveAll(path + ".files"); err != nil {
		t.Fatal(err)
	}
	if _, err := looking.Letter(t.Context(), refs[0], file.ID); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("a file that is gone: %v", err)
	}
	if err := looking.Close(); err != nil {
		t.Fatal(err)
	}
}
