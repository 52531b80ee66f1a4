package bolt

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"imrbot/bot"
)

func TestFilesAreSealedUnderTheirConversation(t *testing.T) {
	s, path := testStore(t, Options{})
	mustCommit(t, s, turnOf("chat:1", 0, "in:1"))
	mustCommit(t, s, turnOf("chat:2", 0, "in:2"))
	letter := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("diagnosis: torn knee "), 100)...)

	file, err := s.PutFile(t.Context(), "chat:1", "letter.pdf", letter)
	if err != nil {
		t.Fatal(err)
	}
	if file.Type != "application/pdf" || file.Size != int64(len(letter)) || file.Name != "letter.pdf" {
		t.Errorf("file %+v", file)
	}
	back, err := s.File(t.Context(), "chat:1", file.ID)
	if err != nil || !bytes.Equal(back, letter) {
		t.Errorf("the file came back otherwise: %v", err)
	}
	if _, err := s.File(t.Context(), "chat:2", file.ID); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("another conversation reads the file: %v", err)
	}
	var stored string
	err = filepath.WalkDir(path+".files", func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			stored = p
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	raw := readFile(t, stored)
	if bytes.Contains(raw, []byte("torn knee")) {
		t.Error("the letter lies on disk in clear")
	}
	info, err := os.Stat(stored)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	raw[len(raw)-1] ^= 1
	if err := os.WriteFile(stored, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.File(t.Context(), "chat:1", file.ID); !errors.Is(err, ErrDamaged) {
		t.Errorf("a damaged file: %v", err)
	}
}

func TestOnlyPhotographsAndPDFsOfModestSizeAreKept(t *testing.T) {
	s, path := testStore(t, Options{})
	mustCommit(t, s, turnOf("chat:1", 0, "in:1"))
	png := []byte("\x89PNG\r\n\x1a\n rest")
	for _, c := range []struct {
		name string
		chat bot.ChatKey
		data []byte
		want error
	}{
		{"script.pdf", "chat:1", []byte("#!/bin/sh\nrm -rf /"), bot.ErrFileType},
		{"page.png", "chat:1", []byte("<html><script>alert(1)</script>"), bot.ErrFileType},
		{"empty.pdf", "chat:1", nil, bot.ErrFileType},
		{"huge.png", "chat:1", append(png, make([]byte, bot.MaxFileBytes)...), bot.ErrFileSize},
		{"stranger.png", "chat:9", png, bot.ErrNotFound},
	} {
		if _, err := s.PutFile(t.Context(), c.chat, c.name, c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if _, err := os.Stat(path + ".files"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was kept: %v", err)
	}
}
