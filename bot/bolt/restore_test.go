package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"filippo.io/age"
)

// A supervisor starts the bot again while a restore is being finished.
func TestTwoThatFinishARestoreAtOnceLoseNoLetter(t *testing.T) {
	rounds := 200
	if testing.Short() {
		rounds = 50
	}
	for round := range rounds {
		path := filepath.Join(t.TempDir(), "imrbot.db")
		decided := path + decidedSuffix
		err := errors.Join(os.MkdirAll(filepath.Join(decided, entryFiles), 0o700), os.MkdirAll(path+".files", 0o700),
			os.WriteFile(filepath.Join(path+".files", "old"), nil, 0o600),
			os.WriteFile(filepath.Join(decided, entryFiles, "letter"), nil, 0o600),
			os.WriteFile(filepath.Join(decided, entryStore), nil, 0o600))
		if err != nil {
			t.Fatal(err)
		}
		var both sync.WaitGroup
		begin := make(chan struct{})
		for range 2 {
			both.Go(func() {
				<-begin
				if err := pendingRestore(path, path+".key", Options{Notice: func(string) {}}); err != nil {
					t.Error(err)
				}
			})
		}
		close(begin)
		both.Wait()
		if _, err := os.Stat(filepath.Join(path+".files", "letter")); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if left, _ := filepath.Glob(path + ".restor*"); len(left) > 0 {
			t.Fatalf("round %d: left are %q", round, left)
		}
	}
}

// Whoever waits for a store must not get the file that was replaced meanwhile.
func TestAStoreThatIsReplacedWhileOneWaitsForItIsNotOpened(t *testing.T) {
	s, path := testStore(t, Options{})
	closeChecked(t, s)
	held, err := openDB(path, false)
	if err != nil {
		t.Fatal(err)
	}
	copyFile(t, path, path+".other")
	opened := make(chan error)
	go func() {
		db, err := openDB(path, false)
		if err == nil { // then it must be the one that is there, and locked
			other, err2 := openDB(path, false)
			if err2 == nil {
				other.Close()
				err = errors.New("a file that was replaced was opened")
			}
			db.Close()
		}
		opened <- err
	}()
	for range 1000 { // it opens the file; on a slow machine later, and then it gets the new one
		yield()
	}
	renamed := os.Rename(path+".other", path)
	held.Close()
	if err := <-opened; renamed != nil || err != nil && !errors.Is(err, ErrBusy) {
		t.Errorf("%v, %v", err, renamed)
	}
}

func TestABackupOfAnOlderVersionIsRestored(t *testing.T) {
	frozen := filepath.Join("testdata", "store-1.db")
	for _, withKey := range []bool{true, false} {
		entries := [][2]string{{entryHead, fmt.Sprintf(`{"version":1,"made":"2026-06-01T12:00:00Z","key":%v}`, withKey)}, {entryStore, string(readFile(t, frozen))}}
		if withKey {
			entries = append(entries, [2]string{entryKey, string(readFile(t, frozen+".key"))})
		}
		path := filepath.Join(t.TempDir(), "imrbot.db")
		if !withKey {
			copyFile(t, frozen+".key", path+".key")
		}
		if err := restoreInto(t, forge(t, append(entries, [2]string{entryManifest, ""})...), path, false); err != nil {
			t.Fatalf("with its key %v: %v", withKey, err)
		}
		mustIntake(t, openTest(t, path, Options{}), "A-2026-000123")
	}
}

func TestAKeyFileThatARestoreReplacesIsKept(t *testing.T) {
	s, _ := testStore(t, Options{})
	backup := mustBackup(t, s, true)
	path := filepath.Join(t.TempDir(), "imrbot.db")
	keyFile := filepath.Join(filepath.Dir(path), "keys", "k")
	opt := RestoreOptions{Identities: []age.Identity{testIdentity()}, KeyFile: keyFile, Force: true}
	var replaced [][]byte
	for range 3 {
		if _, err := Restore(t.Context(), bytes.NewReader(backup), path, opt); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(keyFile); err != nil {
			t.Fatal(err)
		}
		if _, err := CreateKey(keyFile); err != nil {
			t.Fatal(err)
		}
		replaced = append(replaced, readFile(t, keyFile))
	}
	for range 2 { // the second time nothing is replaced
		if _, err := Restore(t.Context(), bytes.NewReader(backup), path, opt); err != nil {
			t.Fatal(err)
		}
	}
	for i, suffix := range []string{"", "-2", "-3"} {
		if got := readFile(t, keyFile+".replaced"+suffix); !bytes.Equal(got, replaced[i]) {
			t.Errorf("%q holds another key", suffix)
		}
	}
	if left, _ := filepath.Glob(keyFile + "*"); len(left) != 4 {
		t.Errorf("there are %q", left)
	}
	openTest(t, path, Options{KeyFile: keyFile})
}
