package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
)

// personalBuckets hold what is sealed under an enrollee's key, and the key.
var personalBuckets = []string{"keys", "conversations", "outbox", "dead", "keyboards", "tickets", "intakes", "quarantine", "owned"}

// sealedValues adds the values of all personal buckets of a store's file, as they
// lie there, and of its sealed letters.
func sealedValues(t *testing.T, data string, into map[string]string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	raw, err := os.ReadFile(filepath.Join(data, storeFile))
	if err == nil {
		err = os.WriteFile(path, raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		for _, name := range personalBuckets {
			bucket := tx.Bucket([]byte(name))
			if bucket == nil {
				return fmt.Errorf("the store has no bucket %s", name)
			}
			err := bucket.ForEach(func(_, v []byte) error {
				if len(v) > 40 {
					into[string(v)] = name
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	err = errors.Join(err, eachFile(filepath.Join(data, storeFile+".files"), func(_ string, raw []byte) { into[string(raw)] = "a letter" }))
	if err != nil {
		t.Fatal(err)
	}
}

func eachFile(dir string, fn func(path string, raw []byte)) error {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		fn(path, raw)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Whoever has the disk and the key file finds nothing of an enrollee who had only
// a draft, once they were forgotten and the store was compacted: no key of theirs
// at any moment, no value sealed under one, no letter, and no part of these.
func TestAfterForgettingAndCompactingNothingOfADraftCanBeDecrypted(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	letter := filepath.Join(t.TempDir(), "letter.png")
	if err := os.WriteFile(letter, noisyPNG(t, 60), 0o600); err != nil {
		t.Fatal(err)
	}
	c := startTalk(t, data)
	old := map[string]string{}
	for _, line := range append(walkToADraft[1:], "Can I have a person call me about this, please?") {
		c.walk([]string{line}, letter)
		sealedValues(t, data, old)
	}
	var list []intakeRow
	c.end()
	runJSON(t, &list, "intake", "list", "--json", "--data", data)
	kinds := map[string]int{}
	for _, kind := range old {
		kinds[kind]++
	}
	if len(list) != 1 || list[0].Status != "draft" || kinds["keys"] != 1 || kinds["conversations"] < 10 || kinds["intakes"] == 0 || kinds["a letter"] != 1 {
		t.Fatalf("the test tests little: intakes %+v, values %v", list, kinds)
	}
	c = startTalk(t, data)
	c.say("/forget")
	if !c.press("yes") {
		t.Fatalf("no way to agree: %+v", c.last)
	}
	c.end()
	store, err := openStore(data, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	if left := remains(t, data, old); len(left) == 0 {
		t.Error("before compacting nothing is found: the test looks wrongly")
	}
	if err := errors.Join(store.Compact(t.Context()), store.Check(t.Context()), store.Close()); err != nil {
		t.Fatal(err)
	}
	if left := remains(t, data, old); len(left) > 0 {
		t.Errorf("after compacting there is left of old values: %v", left)
	}
	runJSON(t, &list, "intake", "list", "--json", "--data", data)
	if len(list) != 0 {
		t.Errorf("intakes are left: %+v", list)
	}
	err = eachFile(filepath.Join(data, storeFile+".files"), func(path string, _ []byte) { t.Errorf("%s is left", path) })
	if err != nil {
		t.Fatal(err)
	}
}

// remains counts, by kind, the values of which any 24 bytes in a row that begin at
// a multiple of 24 lie somewhere in the files of a data folder.
func remains(t *testing.T, data string, values map[string]string) map[string]int {
	t.Helper()
	left := map[string]int{}
	err := eachFile(data, func(path string, raw []byte) {
		if filepath.Base(path) == readerFile {
			return // the knowledge base
		}
		for value, kind := range values {
			for at := 0; at+24 <= len(value); at += 24 {
				if part := value[at : at+24]; bytes.Contains(raw, []byte(part)) && !clearHead(at, kind) {
					left[kind+" in "+filepath.Base(path)]++
					break
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// clearHead tells whether a part of a value lies in the hash of its chat, which
// whoever comes back has again.
func clearHead(at int, kind string) bool {
	return at == 0 && kind != "keys" && kind != "conversations" && kind != "keyboards" && kind != "a letter"
}
