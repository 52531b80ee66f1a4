package bolt

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"imrbot/bot"
	"imrbot/dialog"
)

func TestAFirstOpenMakesFolderStoreAndKeyForTheirOwnerAlone(t *testing.T) {
	var n notices
	_, path := testStore(t, Options{Notice: n.note})
	for name, mode := range map[string]os.FileMode{filepath.Dir(path): 0o700, path: 0o600, path + ".key": 0o600} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != mode {
			t.Errorf("%s has mode %o, want %o", name, got, mode)
		}
	}
	if n.with("Keep a copy of this file elsewhere") != 1 {
		t.Errorf("no loud note about the key file: %q", n.said)
	}
}

func TestALaterOpenIsSilentAndKeepsTheKey(t *testing.T) {
	s, path := testStore(t, Options{})
	mustCommit(t, s, turnOf("telegram:1", 0, "a"))
	before := readFile(t, path+".key")
	closeChecked(t, s)
	var n notices
	s = openTest(t, path, Options{Notice: n.note})
	if len(n.said) != 0 {
		t.Errorf("unexpected notices: %q", n.said)
	}
	if !bytes.Equal(before, readFile(t, path+".key")) {
		t.Error("the key file changed")
	}
	if c := mustLoad(t, s, "telegram:1"); c.Turn != 1 {
		t.Errorf("turn %d after reopening, want 1", c.Turn)
	}
}

func TestAKeyFileOthersCanReadIsWarnedOf(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes do not tell who may read")
	}
	s, path := testStore(t, Options{})
	closeChecked(t, s)
	if err := os.Chmod(path+".key", 0o640); err != nil {
		t.Fatal(err)
	}
	var n notices
	openTest(t, path, Options{Notice: n.note})
	if n.with("chmod 600") != 1 {
		t.Errorf("no warning: %q", n.said)
	}
}

// storeBytes returns what must not change when Open refuses.
func storeBytes(t *testing.T, path string) []byte { return readFile(t, path) }

func TestOpenRefusesAndLeavesTheStoreAsItWas(t *testing.T) {
	otherKey := keyForm + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, keySize)) + "\n"
	writeKey := func(text string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path+".key", []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	meta := func(key, value string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) { editFile(t, path, bucketMeta, []byte(key), []byte(value)) }
	}
	cases := []struct {
		name  string
		spoil func(t *testing.T, path string)
		want  error
		says  string
	}{
		{"the key file is lost", func(t *testing.T, path string) { os.Remove(path + ".key") }, ErrKey, "put back the copy"},
		{"the key is of another store", writeKey(otherKey), ErrKey, "belongs to another store"},
		{"the key file is empty", writeKey(""), ErrKey, "does not begin"},
		{"the key is cut short", writeKey(otherKey[:30]), ErrKey, "cut short or mistyped"},
		{"the key form is newer", writeKey(strings.Replace(otherKey, "-1:", "-2:", 1)), ErrKey, "does not begin"},
		{"the version is newer", meta(metaVersion, "3"), ErrVersion, "use the newer imrbot"},
		{"the version is no number", meta(metaVersion, "x"), ErrDamaged, "restore a backup"},
		{"the canary is garbage", meta(metaCanary, "x"), ErrKey, "belongs to another store"},
		{"the key of chat names is garbage", meta(metaChats, "x"), ErrDamaged, "restore a backup"},
		{"the key of event names is garbage", meta(metaEvents, "x"), ErrDamaged, "restore a backup"},
		{"the store's own key is garbage", meta(metaOwn, "x"), ErrDamaged, "restore a backup"},
		{"the erased references are garbage", meta(metaRefs, "x"), ErrDamaged, "restore a backup"},
		{"the file is no store", func(t *testing.T, path string) {
			if err := os.WriteFile(path, bytes.Repeat([]byte("text "), 9000), 0o600); err != nil {
				t.Fatal(err)
			}
		}, ErrDamaged, "restore a backup"},
		{"the file lacks its end", func(t *testing.T, path string) {
			if err := os.Truncate(path, 16<<10); err != nil {
				t.Fatal(err)
			}
		}, ErrDamaged, "restore a backup"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, path := testStore(t, Options{})
			for i := range 20 {
				mustCommit(t, s, turnOf("telegram:1", uint64(i), fmt.Sprint("key ", i)))
			}
			closeChecked(t, s)
			c.spoil(t, path)
			before := storeBytes(t, path)
			_, err := Open(path, Options{})
			wantError(t, err, c.want, path, c.says)
			if !bytes.Equal(before, storeBytes(t, path)) {
				t.Error("the refused store was changed")
			}
			if c.name == "the key file is lost" {
				if _, err := os.Stat(path + ".key"); err == nil {
					t.Error("a new key was made for an old store")
				}
			}
		})
	}
}

// editFile changes one value of a closed store behind its back; nil deletes.
func editFile(t testing.TB, path, bucket string, key, value []byte) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bbolt.Tx) error {
		if value == nil {
			return tx.Bucket([]byte(bucket)).Delete(key)
		}
		return tx.Bucket([]byte(bucket)).Put(key, value)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAStoreOfAnotherProgramIsRefused(t *testing.T) {
	s, path := testStore(t, Options{})
	closeChecked(t, s)
	os.Remove(path)
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("widgets"))
		return err
	}), db.Close())
	if err != nil {
		t.Fatal(err)
	}
	if _, err = Open(path, Options{}); err == nil || !strings.Contains(err.Error(), "not made by imrbot") {
		t.Errorf("got %v", err)
	}
}

func TestAStartKilledBeforeTheStoreWasMadeIsRepaired(t *testing.T) {
	for name, leave := range map[string]func(path string) error{
		"only the key": func(path string) error { return os.Remove(path) },
		"an empty key": func(path string) error { return errors.Join(os.Remove(path), os.Truncate(path+".key", 0)) },
		"an empty file": func(path string) error {
			return os.Truncate(path, 0)
		},
		"a file without buckets": func(path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				return err
			}
			return db.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, path := testStore(t, Options{})
			closeChecked(t, s)
			key := readFile(t, path+".key")
			if err := leave(path); err != nil {
				t.Fatal(err)
			}
			var n notices
			s = openTest(t, path, Options{Notice: n.note})
			mustCommit(t, s, turnOf("telegram:1", 0, "a"))
			if kept := bytes.Equal(key, readFile(t, path+".key")); kept != (name != "an empty key") {
				t.Errorf("the key was kept: %v", kept)
			}
			if n.with("A new, empty store was made") != 1 {
				t.Errorf("the operator is not told that the store is empty: %q", n.said)
			}
		})
	}
}

func TestASecondOpenNamesTheFileAndTheReason(t *testing.T) {
	_, path := testStore(t, Options{})
	errs := race(2, func(i int) error {
		_, err := Open(path, Options{ReadOnly: i == 1})
		return err
	})
	for _, err := range errs {
		wantError(t, err, ErrBusy, path, "another imrbot is running on this store")
	}
}

func TestReadOnlyStoresAreReadTogetherAndTakeNoTurn(t *testing.T) {
	s, path := testStore(t, Options{})
	turn := turnOf("telegram:1", 0, "a")
	ref := s.TakeRef(2026)
	turn.Intakes = []dialog.Intake{intakeOf(ref, "Ana")}
	keys := mustCommit(t, s, turn)
	closeChecked(t, s)
	before := storeBytes(t, path)
	a := openTest(t, path, Options{ReadOnly: true})
	b := openTest(t, path, Options{ReadOnly: true})
	for _, s := range []*Store{a, b} {
		if in, err := s.Intake(t.Context(), ref); err != nil || in.Ref != ref {
			t.Errorf("intake %v, %v", in.Ref, err)
		}
		_, err := s.Commit(t.Context(), turnOf("telegram:1", 1, "b"))
		wantError(t, err, ErrReadOnly)
		wantError(t, s.Settle(t.Context(), keys[0], bot.Outcome{}), ErrReadOnly)
	}
	closeChecked(t, a)
	closeChecked(t, b)
	if !bytes.Equal(before, storeBytes(t, path)) {
		t.Error("reading changed the file")
	}
}

func TestAReadOnlyOpenMakesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "imrbot.db")
	if _, err := Open(path, Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, os.ErrNotExist) {
		t.Error("the folder was made")
	}
}

func TestAFolderInPlaceOfTheFileIsRefused(t *testing.T) {
	path := t.TempDir()
	if _, err := Open(path, Options{}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("got %v", err)
	}
}

func TestAClosedStoreSaysSo(t *testing.T) {
	s, _ := testStore(t, Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	ctx := context.Background()
	_, err := s.Load(ctx, "telegram:1")
	wantError(t, err, ErrClosed)
	_, err = s.Commit(ctx, turnOf("telegram:1", 0, "a"))
	wantError(t, err, ErrClosed)
	_, err = s.Pending(ctx, 0, 1)
	wantError(t, err, ErrClosed)
	wantError(t, s.Settle(ctx, 1, bot.Outcome{}), ErrClosed)
	wantError(t, s.Intakes(ctx, func(dialog.Intake) error { return nil }), ErrClosed)
	wantError(t, s.Tickets(ctx, func(bot.Ticket) error { return nil }), ErrClosed)
	wantError(t, s.Check(ctx), ErrClosed)
}
