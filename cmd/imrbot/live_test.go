package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"imrbot/bot/telegram/telegramtest"
)

// command runs the real program with these arguments in a folder and returns
// what it printed on each side.
func command(t *testing.T, dir string, args ...string) (out, errOut string, code int) {
	t.Helper()
	cmd := program(t, args...)
	cmd.Dir = dir
	var o, e strings.Builder
	cmd.Stdout, cmd.Stderr = &o, &e
	_ = cmd.Run()
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

// A running bot has its store for itself; commands reach it all the same.
func TestCommandsAreCarriedOutByTheRunningBot(t *testing.T) {
	t.Parallel()
	server := newServer(t, telegramtest.Quick())
	b := newBot(t, server)
	b.start()
	_, answers := reference(t, walkToADraft, "en")
	if err := enrollee(soon(t), server.User(7771001, "en"), walkToADraft, answers); err != nil {
		t.Fatal(err)
	}
	here := t.TempDir()

	out, errOut, code := command(t, here, "intake", "list", "--json", "--data", b.dir)
	var rows []intakeRow
	if err := json.Unmarshal([]byte(out), &rows); err != nil || len(rows) != 1 || code != 0 {
		t.Fatalf("intake list ended with %d: %v\n%s%s", code, err, out, errOut)
	}
	ref := rows[0].Ref
	if out, errOut, code = command(t, here, "intake", "show", ref, "--data", b.dir); code != 0 || !strings.Contains(out, ref) {
		t.Errorf("intake show ended with %d:\n%s%s", code, out, errOut)
	}
	if _, errOut, code = command(t, here, "intake", "show", "A-2026-999999", "--data", b.dir); code != exitBadInput || !strings.Contains(errOut, "A-2026-999999") {
		t.Errorf("intake show of nothing ended with %d:\n%s", code, errOut)
	}
	if out, errOut, code = command(t, here, "intake", "export", "--format", "pdf", "--out", "paper.pdf", ref, "--data", b.dir); code != 0 {
		t.Errorf("intake export ended with %d:\n%s%s", code, out, errOut)
	}
	if raw, err := os.ReadFile(filepath.Join(here, "paper.pdf")); err != nil || !strings.HasPrefix(string(raw), "%PDF") {
		t.Errorf("the paper is not where the caller meant it: %v", err)
	}
	if err := os.WriteFile(filepath.Join(here, "pass"), []byte("correct horse battery staple\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, errOut, code = command(t, here, "backup", "--to", "copy.age", "--passphrase-file", "pass", "--data", b.dir); code != 0 {
		t.Errorf("backup ended with %d:\n%s%s", code, out, errOut)
	}
	if _, err := os.Stat(filepath.Join(here, "copy.age")); err != nil {
		t.Error(err)
	}
	config := filepath.Join(here, "config.toml")
	text := "[telegram]\ntoken = \"" + server.Token() + "\"\napi_url = \"" + server.URL() + "\"\n[store]\npath = \"" + b.store() + "\"\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, errOut, code = command(t, here, "doctor"); code != 0 || !strings.Contains(out, "in use by the running bot") || !strings.Contains(out, "quarantine: is empty") {
		t.Errorf("doctor ended with %d:\n%s%s", code, out, errOut)
	}
	if out, errOut, code = command(t, here, "intake", "status", ref, "closed", "--data", b.dir); code != 0 || !strings.Contains(out, "told") {
		t.Errorf("intake status ended with %d:\n%s%s", code, out, errOut)
	}
	said(t, server.User(7771001, "en"), "closed")
	if out, errOut, code = command(t, here, "handoff", "list", "--data", b.dir); code != 0 || !strings.Contains(out, "nothing was given up") {
		t.Errorf("handoff list ended with %d:\n%s%s", code, out, errOut)
	}
	if _, errOut, code = command(t, here, "key", "rotate", "--data", b.dir); code == 0 || !strings.Contains(errOut, "running on this store") {
		t.Errorf("key rotate beside a running bot ended with %d:\n%s", code, errOut)
	}
	if runtime.GOOS != "windows" {
		if info, err := os.Stat(filepath.Dir(socketOf(b.store()))); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("the socket's folder: %v, %v", info, err)
		}
	}
	b.stop()
	if out, errOut, code = command(t, here, "intake", "list", "--config", config); code != 0 || !strings.Contains(out, ref) {
		t.Errorf("after the bot stopped, intake list ended with %d:\n%s%s", code, out, errOut)
	}
}
