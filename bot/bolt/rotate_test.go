package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sync/atomic"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"imrbot/bot"
)

// manyChats is so many that a change of keys takes three steps.
const manyChats = 2*rotateKeys + 10

func fillChats(t testing.TB, s *Store, n int) {
	t.Helper()
	err := errors.Join(race(64, func(i int) error {
		for ; i < n; i += 64 {
			if _, err := s.Commit(context.Background(), turnOf(fmt.Sprint("many:", i), 0, fmt.Sprint("many ", i))); err != nil {
				return err
			}
		}
		return nil
	})...)
	if err != nil {
		t.Fatal(err)
	}
}

func sealedKeys(t testing.TB, s *Store) map[string]string {
	t.Helper()
	keys := map[string]string{}
	err := s.view(func(tx *bbolt.Tx) error {
		for _, name := range append(metaKeys, metaCanary) {
			keys["meta "+name] = string(tx.Bucket([]byte(bucketMeta)).Get([]byte(name)))
		}
		return tx.Bucket([]byte(bucketKeys)).ForEach(func(k, v []byte) error {
			keys[string(k)] = string(v)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestAfterAChangeOfKeysEverythingOpensUnderTheNewOneAlone(t *testing.T) {
	s, path := testStore(t, Options{})
	fillChats(t, s, manyChats)
	keep, _ := full(t, s, "telegram:1")
	before, sealed := holdings(t, s, "telegram:1"), sealedKeys(t, s)
	oldKey := readFile(t, path+".key")
	var steps []int
	var total int
	if err := s.Rotate(t.Context(), nil, func(done, of int) { steps, total = append(steps, done), of }); err != nil {
		t.Fatal(err)
	}
	if want := []int{rotateKeys, 2 * rotateKeys, manyChats + 1}; !reflect.DeepEqual(steps, want) || total != manyChats+1 {
		t.Errorf("progress %v of %d, want %v", steps, total, want)
	}
	for key, value := range sealedKeys(t, s) {
		if value == sealed[key] {
			t.Errorf("key %x is sealed as it was", key)
		}
	}
	mustCommit(t, s, turnOf("telegram:new", 0, "new"))
	if _, err := os.Stat(newKeyFile(path + ".key")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the new key file is still beside the old one")
	}
	if info, err := os.Stat(path + ".key"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file has mode %v, %v", info.Mode(), err)
	}
	for range 2 {
		if got := holdings(t, s, "telegram:1"); !reflect.DeepEqual(got, before) {
			t.Errorf("it holds %q, before %q", got, before)
		}
		if _, err := s.File(t.Context(), "telegram:1", mustIntake(t, s, keep).Files[0].ID); err != nil {
			t.Error(err)
		}
		_, err := s.Commit(t.Context(), turnOf("telegram:1", 7, "telegram:1 u1"))
		wantError(t, err, bot.ErrSeen) // events have the names they had
		mustLoad(t, s, "many:7")
		closeChecked(t, s)
		s = openTest(t, path, Options{})
	}
	closeChecked(t, s)
	newKey := readFile(t, path+".key")
	if err := os.WriteFile(path+".key", oldKey, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path, Options{})
	wantError(t, err, ErrKey, "belongs to another store")
	if err := os.WriteFile(path+".key", newKey, 0o600); err != nil {
		t.Fatal(err)
	}
	openTest(t, path, Options{})
}

func TestAKeyThatCannotBeChangedToIsRefused(t *testing.T) {
	s, path := testStore(t, Options{})
	key := s.ring.Load().now.key
	wantError(t, s.Rotate(t.Context(), key, nil), errSameKey)
	wantError(t, s.Rotate(t.Context(), key[:7], nil), ErrKey)
	if _, err := os.Stat(newKeyFile(path + ".key")); !errors.Is(err, os.ErrNotExist) {
		t.Error("a key file was made")
	}
	chosen := bytes.Repeat([]byte{9}, keySize)
	if err := s.Rotate(t.Context(), chosen, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := readKey(path+".key", func(string) {}); err != nil || !bytes.Equal(got, chosen) {
		t.Errorf("the key file holds another key, %v", err)
	}
}

// stopRotation changes the key until the given number of transactions, and
// leaves the store as a crash would there. With -1, all is done but the renaming.
func stopRotation(t *testing.T, steps int) (path string) {
	t.Helper()
	s, path := testStore(t, Options{})
	fillChats(t, s, manyChats)
	full(t, s, "telegram:1")
	if steps < 0 {
		// A folder in the way of the key file lets all but the renaming be done.
		if err := errors.Join(os.Rename(path+".key", path+".was"), os.MkdirAll(filepath.Join(path+".key", "x"), 0o700)); err != nil {
			t.Fatal(err)
		}
	} else {
		healthy, n := s.writer.update, 0
		failing(s, func() (error, error) {
			if n++; n > steps {
				return syscall.ENOSPC, nil
			}
			return nil, nil
		})
		defer func() { s.writer.update = healthy }()
	}
	err := s.Rotate(t.Context(), nil, nil)
	if err == nil {
		t.Fatal("the change of keys was not stopped")
	}
	if steps >= 0 {
		wantError(t, err, syscall.ENOSPC, "both key files are needed")
		// Turns go on, also those of new chats.
		s.writer.update = func(fn func(*bbolt.Tx) error) error { return s.db.Update(fn) }
		mustCommit(t, s, turnOf("telegram:between", 0, "between"))
		mustCommit(t, s, turnOf("many:3", 1, "many again"))
	}
	closeChecked(t, s)
	if steps < 0 {
		if err := errors.Join(os.RemoveAll(path+".key"), os.Rename(path+".was", path+".key")); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestAChangeOfKeysIsFinishedByTheNextStart(t *testing.T) {
	for _, steps := range []int{0, 1, 2, -1} {
		t.Run(fmt.Sprint("after ", steps, " steps"), func(t *testing.T) {
			path := stopRotation(t, steps)
			newKey := readFile(t, newKeyFile(path+".key"))
			ro := openTest(t, path, Options{ReadOnly: true})
			want := holdings(t, ro, "telegram:1")
			mustLoad(t, ro, "many:3")
			if _, err := ro.Backup(t.Context(), &bytes.Buffer{}, testBackup(false)); !errors.Is(err, ErrKey) {
				t.Errorf("a backup in the middle of it: %v", err)
			}
			closeChecked(t, ro)
			var said notices
			s := openTest(t, path, Options{Notice: said.note})
			if said.with("master key") == 0 {
				t.Errorf("the operator is told %q", said.said)
			}
			if !bytes.Equal(readFile(t, path+".key"), newKey) {
				t.Error("the new key file is not in place")
			}
			if _, err := os.Stat(newKeyFile(path + ".key")); !errors.Is(err, os.ErrNotExist) {
				t.Error("the new key file is still beside the old one")
			}
			if got := holdings(t, s, "telegram:1"); !reflect.DeepEqual(got, want) {
				t.Errorf("it holds %q, before %q", got, want)
			}
			for i := range manyChats {
				mustLoad(t, s, fmt.Sprint("many:", i))
			}
			closeChecked(t, s)
			var quiet notices
			openTest(t, path, Options{Notice: quiet.note})
			if len(quiet.said) > 0 {
				t.Errorf("the start after that says %q", quiet.said)
			}
		})
	}
}

func TestHalfAChangeOfKeysIsRefusedWithoutTheNewKey(t *testing.T) {
	path := stopRotation(t, 1)
	file := newKeyFile(path + ".key")
	for says, spoil := range map[string]func() error{
		"is missing; put it back": func() error { return os.Rename(file, file+".kept") },
		"to another key than":     func() error { _, err := CreateKey(file); return err },
		"is cut short":            func() error { return os.Truncate(file, 30) },
	} {
		if err := errors.Join(copyIfThere(file, file+".kept"), os.Remove(file), spoilFrom(file, says, spoil)); err != nil {
			t.Fatal(err)
		}
		before := storeBytes(t, path)
		_, err := Open(path, Options{})
		wantError(t, err, ErrKey, says)
		if !bytes.Equal(before, storeBytes(t, path)) {
			t.Error("the refused store was changed")
		}
		os.Remove(file)
		if err := copyIfThere(file+".kept", file); err != nil {
			t.Fatal(err)
		}
	}
	openTest(t, path, Options{})
}

func copyIfThere(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

// spoilFrom puts the file back for those ways of spoiling it that need it.
func spoilFrom(file, says string, spoil func() error) error {
	if says != "to another key than" {
		if err := copyIfThere(file+".kept", file); err != nil {
			return err
		}
	}
	return spoil()
}

func TestTurnsOfNewChatsGoOnWhileTheKeyIsChanged(t *testing.T) {
	s, path := testStore(t, Options{})
	fillChats(t, s, manyChats)
	stop := make(chan struct{})
	var chats atomic.Int64
	done := make(chan error, 1)
	go func() {
		done <- errors.Join(race(8, func(i int) error {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return nil
				default:
				}
				chat := fmt.Sprintf("telegram:%d:%d", i, n)
				turns := []bot.Turn{turnOf(chat, 0, chat), turnOf(chat, 1, chat+" again")}
				turns[1].Forget = n%2 == 0
				for _, turn := range turns {
					if _, err := s.Commit(context.Background(), turn); err != nil {
						return err
					}
				}
				chats.Add(1)
			}
		})...)
	}()
	for range 3 {
		if err := s.Rotate(t.Context(), nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	closeChecked(t, s)
	s = openTest(t, path, Options{}) // and checks every key at the end
	if n := len(sealedKeys(t, s)); n < manyChats+int(chats.Load()) || chats.Load() == 0 {
		t.Errorf("%d keys of %d chats", n, chats.Load())
	}
}

func TestADamagedDataKeyDoesNotStopTheChangeOfKeys(t *testing.T) {
	s, path := testStore(t, Options{})
	mustCommit(t, s, turnOf("telegram:1", 0, "a"))
	mustCommit(t, s, turnOf("telegram:2", 0, "b"))
	h := s.chats.of("telegram:1")
	closeChecked(t, s)
	editFile(t, path, bucketKeys, h[:], []byte{formOne, 2, 3})
	var said notices
	s, err := Open(path, Options{Notice: said.note})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Rotate(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	if said.with("1 data keys are damaged") != 1 {
		t.Errorf("the operator is told %q", said.said)
	}
	mustLoad(t, s, "telegram:2")
	_, err = s.Load(t.Context(), "telegram:1")
	wantError(t, err, ErrDamaged)
}

func TestAKeyFileIsNeverWrittenOver(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	key, err := CreateKey(file)
	if err != nil || len(key) != keySize {
		t.Fatalf("%d bytes, %v", len(key), err)
	}
	if _, err := CreateKey(file); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second key: %v", err)
	}
	if got, err := readKey(file, func(string) {}); err != nil || !bytes.Equal(got, key) {
		t.Errorf("the file holds another key, %v", err)
	}
}
