package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.etcd.io/bbolt"

	"imrbot/bot"
)

// value is one sealed value as a file holds it.
type value struct {
	bucket          string
	key, head, body []byte
}

// valuesOf lists all sealed values of a chat that full made.
func valuesOf(t *testing.T, s *Store, chat string) []value {
	t.Helper()
	var all []value
	h := s.chats.of(chat)
	err := s.view(func(tx *bbolt.Tx) error {
		add := func(bucket string, key, v []byte, head int) {
			all = append(all, value{bucket, bytes.Clone(key), bytes.Clone(v[:1+head]), bytes.Clone(v[1+head:])})
		}
		for bucket, head := range map[string]int{bucketKeys: 0, bucketConversations: turnSize, bucketKeyboards: 8} {
			add(bucket, h[:], tx.Bucket([]byte(bucket)).Get(h[:]), head)
		}
		for _, bucket := range []string{bucketOutbox, bucketTickets} {
			tx.Bucket([]byte(bucket)).ForEach(func(_, v []byte) error {
				if name, err := rowNameOf(v); err == nil && name.chat == h {
					add(bucket, nil, v, rowHead)
				}
				return nil
			})
		}
		tx.Bucket([]byte(bucketDead)).ForEach(func(_, v []byte) error {
			add(bucketOutbox, nil, deadRow(v), rowHead)
			return nil
		})
		tx.Bucket([]byte(bucketIntakes)).ForEach(func(k, v []byte) error {
			add(bucketIntakes, k, v, hashSize)
			return nil
		})
		tx.Bucket([]byte(bucketQuarantine)).ForEach(func(_, v []byte) error {
			add(bucketQuarantine, nil, v, hashSize)
			return nil
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Whoever holds the file, the master key and even a copy of the old data key
// finds nothing of an erased chat after a compaction; before it, there is much.
func TestAfterForgettingAndCompactingNothingOfTheChatIsInTheFile(t *testing.T) {
	s, path := testStore(t, Options{})
	for i := range 200 { // the chat's values lie among many
		mustCommit(t, s, turnOf(fmt.Sprint("other:", i), 0, fmt.Sprint("other ", i)))
	}
	full(t, s, "telegram:8765309")
	h := s.chats.of("telegram:8765309")
	old := valuesOf(t, s, "telegram:8765309")
	if len(old) < 10 {
		t.Fatalf("only %d values: the test tests little", len(old))
	}
	var wrapped []byte
	for _, v := range old {
		if v.bucket == bucketKeys {
			wrapped = append(bytes.Clone(v.head), v.body...)
		}
	}
	raw, err := s.ring.Load().now.unsealDataKey(h, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	dataAEAD, err := newAEAD(raw)
	if err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, forget("telegram:8765309"))
	// left counts the old values of which any part of 24 bytes is in the file, and
	// those that open at any place of it under any key that ever was.
	left := func() (parts, opened int) {
		file := readFile(t, path)
		for _, v := range old {
			for at := 0; at+24 <= len(v.body); at += 24 {
				if bytes.Contains(file, v.body[at:at+24]) {
					parts++
					break
				}
			}
			at := bytes.Index(file, v.body[:12]) // the nonce
			for _, aead := range []struct{ open func(b []byte) error }{
				{func(b []byte) error { _, err := dataAEAD.Open(nil, nil, b, label(v.bucket, v.key, v.head)); return err }},
				{func(b []byte) error { _, err := s.own.Open(nil, nil, b, label(v.bucket, v.key, v.head)); return err }},
				{func(b []byte) error {
					_, err := s.ring.Load().now.aead.Open(nil, nil, b, label(v.bucket, v.key, v.head))
					return err
				}},
			} {
				if at >= 0 && at+len(v.body) <= len(file) && aead.open(file[at:at+len(v.body)]) == nil {
					opened++
				}
			}
		}
		return parts, opened
	}
	if parts, opened := left(); parts == 0 || opened == 0 {
		t.Errorf("before compacting %d old values are there in part and %d open: the test looks wrongly", parts, opened)
	}
	if err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if parts, opened := left(); parts != 0 || opened != 0 {
		t.Errorf("after compacting %d old values are there in part and %d open", parts, opened)
	}
	everyWindow(t, readFile(t, path), h, old, s, dataAEAD)
	for _, secret := range []string{string(raw), string(wrapped), "telegram:8765309", "secret of"} {
		if bytes.Contains(readFile(t, path), []byte(secret)) {
			t.Errorf("the file holds %q", secret)
		}
	}
	err = filepath.WalkDir(path+".files", func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("the letter %s is still there", p)
		}
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// everyWindow tries each old value's size, label and key at every place of the
// file where its first byte and a nonce could begin.
func everyWindow(t *testing.T, file []byte, h hashed, old []value, s *Store, data interface {
	Open(dst, nonce, ciphertext, additionalData []byte) ([]byte, error)
}) {
	t.Helper()
	for _, v := range old {
		l := label(v.bucket, v.key, v.head)
		for at := 0; at+len(v.body) <= len(file); at++ {
			window := file[at : at+len(v.body)]
			if bytes.Count(window[:12], []byte{0}) > 4 { // no nonce: an empty stretch of the file
				continue
			}
			if v.bucket == bucketKeys {
				if _, err := s.ring.Load().now.aead.Open(nil, nil, window, l); err == nil && h == hashed(v.key) && bytes.Equal(window, v.body) {
					t.Errorf("the erased data key opens at %d", at)
				}
				continue
			}
			if _, err := data.Open(nil, nil, window, l); err == nil {
				t.Errorf("a value of %s opens at %d", v.bucket, at)
			}
		}
	}
}

func TestCallsWaitForACompactionAndGoOn(t *testing.T) {
	s, path := testStore(t, Options{})
	fillChats(t, s, 300)
	ctx, stop := context.WithCancel(t.Context())
	var turns [6]uint64
	var work sync.WaitGroup
	for i := range turns {
		work.Go(func() {
			chat := fmt.Sprint("telegram:", i)
			for ctx.Err() == nil {
				keys, err := s.Commit(context.Background(), turnOf(chat, turns[i], fmt.Sprint(chat, turns[i])))
				if err == nil {
					err = s.Settle(context.Background(), keys[0], bot.Outcome{})
				}
				if err == nil {
					_, err = s.Pending(context.Background(), 0, 10)
				}
				if err != nil {
					t.Error(err)
					return
				}
				turns[i]++
				if c, err := s.Load(context.Background(), bot.ChatKey(chat)); err != nil || c.Turn != turns[i] {
					t.Errorf("%s: turn %d, %v, want %d", chat, c.Turn, err, turns[i])
				}
			}
		})
	}
	for range 10 {
		if err := s.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	work.Wait()
	closeChecked(t, s)
	s = openTest(t, path, Options{})
	for i, n := range turns {
		if c := mustLoad(t, s, fmt.Sprint("telegram:", i)); c.Turn != n || n == 0 {
			t.Errorf("chat %d has turn %d, want %d", i, c.Turn, n)
		}
	}
}

func TestACompactionShrinksTheFileAndKeepsItsNumbers(t *testing.T) {
	s, path := testStore(t, Options{})
	fillChats(t, s, 500)
	rows, err := s.Pending(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := s.Settle(t.Context(), row.Key, bot.Outcome{}); err != nil {
			t.Fatal(err)
		}
	}
	before := len(readFile(t, path))
	if err := s.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := len(readFile(t, path)); after >= before {
		t.Errorf("the file had %d bytes, and has %d", before, after)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	for range 2 {
		if keys := mustCommit(t, s, turnOf(fmt.Sprint("new:", before), 0, fmt.Sprint("new ", before))); keys[0] <= 500 {
			t.Errorf("outbox key %d was given before", keys[0])
		}
		before++
		_, err := Open(path, Options{ReadOnly: true})
		wantError(t, err, ErrBusy) // the new file is locked like the old one
		closeChecked(t, s)
		s = openTest(t, path, Options{})
	}
}

func TestACompactionWithoutRoomOrPlaceChangesNothing(t *testing.T) {
	s, path := testStore(t, Options{})
	mustCommit(t, s, turnOf("telegram:1", 0, "a"))
	s.room = func(string) (uint64, bool) { return spareRoom, true }
	wantError(t, s.Compact(t.Context()), ErrNoRoom, "16 MB are free")
	_, err := s.Backup(t.Context(), &bytes.Buffer{}, testBackup(false))
	wantError(t, err, ErrNoRoom)
	s.room = func(string) (uint64, bool) { return 0, false } // it is not known: then it is tried
	if err := s.Compact(t.Context()); err != nil {
		t.Error(err)
	}
	s.room = freeSpace
	if err := os.MkdirAll(filepath.Join(compactFile(path), "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(t.Context()); err == nil {
		t.Error("a compaction without a place for its file ended well")
	}
	mustCommit(t, s, turnOf("telegram:1", 1, "b"))
	if free, known := freeSpace(filepath.Dir(path)); known && free == 0 {
		t.Error("the disk of this test is full")
	}
}

func TestWhatACrashLeavesOfACompactionIsRemoved(t *testing.T) {
	s, path := testStore(t, Options{})
	mustCommit(t, s, turnOf("telegram:1", 0, "a"))
	closeChecked(t, s)
	for _, file := range []string{compactFile(path), path + snapshotSuffix} {
		if err := os.WriteFile(file, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s = openTest(t, path, Options{})
	mustLoad(t, s, "telegram:1")
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 2 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

func TestAStoreThatIsBrokenIsNotCompacted(t *testing.T) {
	s, _ := testStore(t, Options{})
	s.writer.update = func(fn func(*bbolt.Tx) error) error { panic("assertion failed") }
	_, err := s.Commit(t.Context(), turnOf("telegram:1", 0, "a"))
	wantError(t, err, ErrRefused)
	wantError(t, s.Compact(t.Context()), ErrRefused)
}

func TestUpkeepOfAReadOnlyOrClosedStoreSaysSo(t *testing.T) {
	s, path := testStore(t, Options{})
	mustCommit(t, s, turnOf("telegram:1", 0, "a"))
	closeChecked(t, s)
	ro := openTest(t, path, Options{ReadOnly: true})
	calls := func(s *Store) map[string]error {
		ctx := context.Background()
		_, collect := s.CollectFiles(ctx, 0)
		_, _, expire := s.Expire(ctx, testDay, testDay)
		return map[string]error{
			"compact": s.Compact(ctx), "rotate": s.Rotate(ctx, nil, nil), "collect": collect, "expire": expire,
			"audit": s.Audit(ctx, bot.AuditEntry{Actor: "a", Action: "b"}),
		}
	}
	for name, err := range calls(ro) {
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s of a store open for reading: %v", name, err)
		}
	}
	for name, err := range calls(s) {
		if !errors.Is(err, ErrClosed) && name != "collect" {
			t.Errorf("%s of a closed store: %v", name, err)
		}
	}
	_, err := s.Due(t.Context(), testDay, 1)
	wantError(t, err, ErrClosed)
	_, err = s.NextWake(t.Context())
	wantError(t, err, ErrClosed)
	wantError(t, s.Audits(t.Context(), func(bot.AuditEntry) error { return nil }), ErrClosed)
	_, err = s.Backup(t.Context(), &bytes.Buffer{}, testBackup(false))
	wantError(t, err, ErrClosed)
}
