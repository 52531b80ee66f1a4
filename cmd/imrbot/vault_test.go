package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"filippo.io/age"

	"imrbot/bot"
	"imrbot/bot/bolt"
	"imrbot/dialog"
)

// storedChat makes a store in a folder of its own with one chat, whose intake
// bears the name, and a letter.
func storedChat(t *testing.T, name string) (data string) {
	t.Helper()
	data = t.TempDir()
	store, err := bolt.Open(filepath.Join(data, storeFile), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	chat := bot.ChatKey("telegram:1")
	_, err1 := store.Commit(t.Context(), bot.Turn{Chat: chat, Key: "u1"})
	letter, err2 := store.PutFile(t.Context(), chat, "letter.pdf", append([]byte("%PDF-1.7\n"), make([]byte, 3<<20)...))
	in := dialog.Intake{Ref: store.TakeRef(2026), Status: "submitted", Form: map[string]*string{"last_name": &name}, Files: []dialog.File{letter}}
	_, err3 := store.Commit(t.Context(), bot.Turn{Chat: chat, Key: "u2", After: 1, Intakes: []dialog.Intake{in}})
	if err := errors.Join(err1, err2, err3, store.Close()); err != nil {
		t.Fatal(err)
	}
	return data
}

// nameIn returns the name in the intake of a store that storedChat made, once it
// has read the letter too.
func nameIn(t *testing.T, data string) string {
	t.Helper()
	store, err := bolt.Open(filepath.Join(data, storeFile), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	in, err := store.Intake(t.Context(), "A-2026-000001")
	if err == nil {
		_, err = store.File(t.Context(), "telegram:1", in.Files[0].ID)
	}
	if err := errors.Join(err, store.Check(t.Context())); err != nil {
		t.Fatal(err)
	}
	return *in.Form["last_name"]
}

// keyPair makes a pair of age keys: the file of the secret one, and the public.
func keyPair(t *testing.T) (identity, recipient string) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return file(t, "identity.txt", "# a comment\n"+id.String()+"\n"), id.Recipient().String()
}

func TestABackupIsWrittenVerifiedAndRestored(t *testing.T) {
	identity, recipient := keyPair(t)
	_, other := keyPair(t)
	passphrase := file(t, "passphrase", "correct horse battery\nsecond line\n")
	for name, c := range map[string]struct{ to, from []string }{
		"recipients": {[]string{"--recipient", other, "--recipient", recipient}, []string{"--identity", identity}},
		"passphrase": {[]string{"--passphrase-file", passphrase}, []string{"--passphrase-file", passphrase}},
	} {
		for _, withKey := range []bool{true, false} {
			if !withKey && name == "passphrase" {
				continue // a passphrase is slow to try, by intent
			}
			t.Run(fmt.Sprintf("%s, key %v", name, withKey), func(t *testing.T) {
				data := storedChat(t, "Ana")
				to := filepath.Join(t.TempDir(), "imrbot.age")
				args := append([]string{"backup", "--data", data, "--to", to}, c.to...)
				if withKey {
					args = append(args, "--with-key")
				}
				out, errs, err := runBoth(t, args...)
				if err != nil || !strings.Contains(out, "1 letters") {
					t.Fatalf("%s, %v", out, err)
				}
				if loud := "THIS BACKUP HOLDS THE MASTER KEY"; strings.Contains(errs, loud) != withKey || !strings.Contains(errs, "THIS BACKUP HOLDS") {
					t.Errorf("with key %v it says %q", withKey, errs)
				}
				if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("mode %v, %v", info.Mode(), err)
				}
				if entries, _ := os.ReadDir(filepath.Dir(to)); len(entries) != 1 {
					t.Errorf("beside the backup lie %v", entries)
				}
				if out, err := runRoot(t, append([]string{"backup", "verify", to}, c.from...)...); err != nil || !strings.Contains(out, "whole") {
					t.Errorf("verify says %q, %v", out, err)
				}
				target := t.TempDir()
				restore := append([]string{"restore", to, "--data", target}, c.from...)
				if !withKey {
					_, err := runRoot(t, restore...)
					wantUsage(t, err, "put back the copy")
					copyKey(t, data, target)
				}
				if out, err := runRoot(t, restore...); err != nil || !strings.Contains(out, "restored") {
					t.Fatalf("restore says %q, %v", out, err)
				}
				if got := nameIn(t, target); got != "Ana" {
					t.Errorf("the restored store holds %q", got)
				}
				_, err = runRoot(t, restore...)
				wantUsage(t, err, "--force")
				if _, err := runRoot(t, append(restore, "--force")...); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func copyKey(t *testing.T, from, to string) {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(from, storeFile+".key"))
	if err == nil {
		err = os.WriteFile(filepath.Join(to, storeFile+".key"), key, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// runBoth runs a command and returns what it says on both its ends.
func runBoth(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	root := newRootCommand()
	root.SetOut(&out)
	root.SetErr(&errs)
	root.SetArgs(args)
	err = root.ExecuteContext(t.Context())
	return out.String(), errs.String(), err
}

func wantUsage(t *testing.T, err error, says string) {
	t.Helper()
	var usage usageError
	if !errors.As(err, &usage) || !strings.Contains(err.Error(), says) {
		t.Errorf("got %v, want bad input that says %q", err, says)
	}
}

func TestBadInputOfTheVaultCommandsIsRefused(t *testing.T) {
	identity, recipient := keyPair(t)
	secret, err := os.ReadFile(identity)
	if err != nil {
		t.Fatal(err)
	}
	secretKey := strings.Fields(string(secret))[3]
	data := storedChat(t, "Ana")
	there := file(t, "there", "x")
	short := file(t, "short", "too short\n")
	no := filepath.Join(t.TempDir(), "no", "such")
	to := filepath.Join(t.TempDir(), "imrbot.age")
	for says, args := range map[string][]string{
		"there is no store":           {"backup", "--data", no, "--to", to, "--recipient", recipient},
		"--to is missing":             {"backup", "--data", data, "--recipient", recipient},
		"never written over":          {"backup", "--data", data, "--to", there, "--recipient", recipient},
		"either --recipient or":       {"backup", "--data", data, "--to", to},
		"name who can open":           {"backup", "--data", data, "--to", to, "--recipient", recipient, "--passphrase-file", short},
		"it is no public key":         {"backup", "--data", data, "--to", to, "--recipient", secretKey},
		"has 9 bytes":                 {"backup", "--data", data, "--to", to, "--passphrase-file", short},
		"--passphrase-file: open":     {"backup", "--data", data, "--to", to, "--passphrase-file", no},
		"either --identity or":        {"backup", "verify", there},
		"holds no secret key":         {"backup", "verify", there, "--identity", there},
		"--identity: open":            {"backup", "verify", there, "--identity", no},
		"the backup cannot be used":   {"backup", "verify", there, "--identity", identity},
		"no such file":                {"backup", "verify", no, "--identity", identity},
		"cannot be used: it does not": {"restore", there, "--identity", identity, "--data", filepath.Join(no, "data")},
		"--data is empty":             {"restore", there, "--identity", identity, "--data", ""},
		"name what opens the backup":  {"restore", there, "--data", no},
		"a key file is never written": {"key", "new", there},
		"0 arguments were given":      {"key", "new"},
		"there is no command":         {"key", "old"},
		"name its folder with --data": {"key", "rotate", "--data", no},
		"takes no argument":           {"key", "rotate", "x"},
	} {
		_, err := runRoot(t, args...)
		wantUsage(t, err, says)
		if err != nil && strings.Contains(err.Error(), secretKey) {
			t.Errorf("%v: the error shows the secret key", args[:2])
		}
	}
	if _, err := os.Stat(to); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a refused backup left a file")
	}
}

func TestTheMasterKeyIsMadeAndChanged(t *testing.T) {
	data := storedChat(t, "Ana")
	path := filepath.Join(data, storeFile)
	was, err := os.ReadFile(path + ".key")
	if err != nil {
		t.Fatal(err)
	}
	out, errs, err := runBoth(t, "key", "rotate", "--data", data)
	if err != nil || !strings.Contains(out, "holds the new master key") || strings.Contains(errs, "keys") {
		t.Fatalf("%q, %q, %v", out, errs, err)
	}
	if now, err := os.ReadFile(path + ".key"); err != nil || bytes.Equal(was, now) {
		t.Errorf("the key file is the same, %v", err)
	}
	if got := nameIn(t, data); got != "Ana" {
		t.Errorf("the store holds %q", got)
	}
	if err := os.WriteFile(path+".key", was, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.Open(path, bolt.Options{}); !errors.Is(err, bolt.ErrKey) {
		t.Errorf("the old key: %v", err)
	}
	// A store can be made with a key that was made before.
	made := filepath.Join(t.TempDir(), storeFile+".key")
	if out, err := runRoot(t, "key", "new", made); err != nil || !strings.Contains(out, "Keep a copy") {
		t.Errorf("%q, %v", out, err)
	}
	store, err := bolt.Open(strings.TrimSuffix(made, ".key"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store.Close()
}

// A restore killed at any moment leaves the store that was there or the one of
// the backup, whole.
func TestARestoreThatIsKilledLeavesOneStoreOrTheOther(t *testing.T) {
	identity, recipient := keyPair(t)
	source := storedChat(t, "Eva")
	to := filepath.Join(t.TempDir(), "imrbot.age")
	if _, err := runRoot(t, "backup", "--data", source, "--to", to, "--recipient", recipient, "--with-key"); err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	data := storedChat(t, "Ana")
	path := filepath.Join(data, storeFile)
	// The process is killed as soon as one of these is there, or some moments later.
	signs := []string{".restore", ".restore/store.db", ".restore/key", ".restore/files/*/*", ".restored"}
	rounds := 20
	if testing.Short() {
		rounds = 5
	}
	for round := range rounds {
		cmd := program(t, "restore", to, "--identity", identity, "--data", data, "--force")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { cmd.Wait(); close(ended) }()
		for there := false; !there; {
			select {
			case <-ended:
				there = true
			default:
				names, _ := filepath.Glob(path + signs[round%len(signs)])
				there = len(names) > 0
				runtime.Gosched()
			}
		}
		for range rand.IntN(2000) {
			runtime.Gosched()
		}
		cmd.Process.Kill()
		<-ended
		name := nameIn(t, data)
		found[name]++
		if name != "Ana" && name != "Eva" {
			t.Fatalf("round %d: the store holds %q", round, name)
		}
		if name == "Eva" { // begin again with the other
			data = storedChat(t, "Ana")
			path = filepath.Join(data, storeFile)
		}
	}
	t.Logf("%d kills left %v", rounds, found)
}

// The key goes where the configuration says, and is changed there.
func TestRestoreAndRotateFindTheStoreByTheConfiguration(t *testing.T) {
	identity, recipient := keyPair(t)
	source := storedChat(t, "Ana")
	to := filepath.Join(t.TempDir(), "imrbot.age")
	if _, err := runRoot(t, "backup", "--data", source, "--to", to, "--recipient", recipient, "--with-key"); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path, key := filepath.Join(dir, "x.db"), filepath.Join(dir, "keys", "x.key")
	config := file(t, "config.toml", fmt.Sprintf("[store]\npath = %q\nkey_file = %q\n", path, key))
	if out, errs, err := runBoth(t, "restore", to, "--identity", identity, "--config", config); err != nil || !strings.Contains(out, path) {
		t.Fatalf("%q, %q, %v", out, errs, err)
	}
	was, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	out, errs, err := runBoth(t, "key", "rotate", "--config", config)
	if err != nil || !strings.Contains(out, key+" holds the new master key") {
		t.Fatalf("%q, %q, %v", out, errs, err)
	}
	if now, err := os.ReadFile(key); err != nil || bytes.Equal(was, now) {
		t.Errorf("the key file is the same, %v", err)
	}
	if _, err := runRoot(t, "restore", to, "--identity", identity, "--config", config, "--data", dir); err == nil {
		t.Error("two stores were named")
	}
}
