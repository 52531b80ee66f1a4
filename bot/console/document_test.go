package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imrbot/bot"
)

// In all of these the console has no screen: a document that was shown there would
// be a panic.
func sendDocument(t *testing.T, folder string, err error) (bot.Outcome, string) {
	t.Helper()
	var said bytes.Buffer
	c := New(Config{Folder: folder, Notices: &said, Document: func(context.Context, bot.Outgoing) (bot.DocumentFile, error) {
		return bot.DocumentFile{Name: "my-data.zip", Caption: "Here it is.", Data: []byte("PK")}, err
	}})
	outcome, err := c.Send(t.Context(), bot.Outgoing{Chat: Chat, Document: &bot.Document{Kind: bot.DocumentData}})
	if err != nil {
		t.Fatalf("a document ends the conversation: %v", err)
	}
	return outcome, said.String()
}

func TestADocumentBecomesAFileThatOnlyItsOwnerCanRead(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"my-data.zip", "my-data-2.zip", "my-data-3.zip"} {
		outcome, said := sendDocument(t, folder, nil)
		path := filepath.Join(folder, name)
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 2 {
			t.Fatalf("%v, %v", info, err)
		}
		if outcome.Dead || said != "imrbot: the file is here: "+path+"\n" {
			t.Errorf("%+v, said %q", outcome, said)
		}
	}
}

func TestWhatGoesWrongWithADocumentIsSaidAndEndsNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if outcome, said := sendDocument(t, file, nil); !outcome.Dead || !strings.Contains(said, "could not be written") || !strings.Contains(said, file) {
		t.Errorf("no folder: %+v, said %q", outcome, said)
	}
	folder := t.TempDir()
	if outcome, said := sendDocument(t, folder, errors.New("page 301")); !outcome.Dead || !strings.Contains(said, "page 301") {
		t.Errorf("it cannot be made: %+v, said %q", outcome, said)
	}
	if outcome, said := sendDocument(t, folder, fmt.Errorf("paper: %w", bot.ErrNotFound)); !outcome.Dead || said != "" {
		t.Errorf("erased: %+v, said %q", outcome, said)
	}
	if list, err := os.ReadDir(folder); err != nil || len(list) != 0 {
		t.Errorf("%v was written, %v", list, err)
	}
}
