package bolt

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// keyForm begins every key file: what it is, and the version of its form.
const keyForm = "imrbot-key-1:"

// newKeyFile is where the next master key lies while the one in file is changed.
func newKeyFile(file string) string { return file + ".new" }

// loadKeys returns the master key of the store at path and, when a change of it
// was not finished, the next one. It makes the key file only when neither it nor
// the store exists: a store whose key file is missing must never be given
// another key.
func loadKeys(path, file string, stored bool, opt Options) (*keyring, error) {
	key, err := loadKey(path, file, stored, opt)
	if err != nil {
		return nil, err
	}
	ring := &keyring{}
	if ring.now, err = newMaster(key); err != nil {
		return nil, err
	}
	key, err = readKey(newKeyFile(file), opt.Notice)
	if errors.Is(err, fs.ErrNotExist) {
		return ring, nil
	}
	if err != nil {
		return nil, err
	}
	ring.next, err = newMaster(key)
	return ring, err
}

func loadKey(path, file string, stored bool, opt Options) ([]byte, error) {
	if info, err := os.Stat(file); err == nil && info.Size() == 0 && !stored && !opt.ReadOnly {
		// A first start was killed between making the file and writing it:
		// no key was ever in it, and nothing is stored.
		if err := os.Remove(file); err != nil {
			return nil, fmt.Errorf("key file: %w", explain(err))
		}
	}
	key, err := readKey(file, opt.Notice)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if stored {
		return nil, fmt.Errorf("store %s: its key file %s is missing; put back the copy you kept of it, without it nothing can be read: %w",
			path, file, ErrKey)
	}
	if opt.ReadOnly {
		return nil, fmt.Errorf("store %s: there is no store and no key file %s: %w", path, file, fs.ErrNotExist)
	}
	if key, err = CreateKey(file); err != nil {
		return nil, err
	}
	opt.Notice(fmt.Sprintf("A new key file was made: %s. Keep a copy of this file elsewhere; without it nothing in the store can be read.", file))
	return key, nil
}

func readKey(file string, notice func(string)) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", explain(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	// Windows reports modes that say nothing about who may read.
	if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		notice(fmt.Sprintf("The key file %s can be read by other users of this machine; run: chmod 600 %s", file, file))
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", file, err)
	}
	return parseKey(file, string(text))
}

func parseKey(file, text string) ([]byte, error) {
	coded, ok := strings.CutPrefix(strings.TrimSpace(text), keyForm)
	if !ok {
		return nil, fmt.Errorf("key file %s: does not begin with %q; put back the copy you kept of it (with no store yet, delete it): %w",
			file, keyForm, ErrKey)
	}
	key, err := base64.StdEncoding.Strict().DecodeString(coded)
	if err != nil || len(key) != keySize {
		return nil, fmt.Errorf("key file %s: is cut short or mistyped; put back the copy you kept of it (with no store yet, delete it): %w",
			file, ErrKey)
	}
	return key, nil
}

// CreateKey makes a file (mode 0600) with a new master key and returns the key.
// It fails with fs.ErrExist when there is such a file already.
func CreateKey(file string) (_ []byte, err error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", explain(err))
	}
	key := freshKey()
	if err := writeKey(f, key); err != nil {
		os.Remove(file) // half a key is worse than none: the next start would refuse it
		return nil, fmt.Errorf("key file %s: %w", file, explain(err))
	}
	return key, syncDir(filepath.Dir(file))
}

// placeKey makes a key file that is there whole or not at all, also after a
// power cut.
func placeKey(file string, key []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".key-*") // mode 0600
	if err != nil {
		return fmt.Errorf("key file: %w", explain(err))
	}
	err = writeKey(f, key)
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("key file %s: %w", file, explain(err))
	}
	return syncDir(filepath.Dir(file))
}

// writeKey writes a key into f and closes it.
func writeKey(f *os.File, key []byte) error {
	_, err := fmt.Fprintf(f, "%s%s\n", keyForm, base64.StdEncoding.EncodeToString(key))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir makes the names of new files in a folder durable.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // it cannot sync a folder, and need not
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("folder: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("folder %s: %w", dir, explain(err))
	}
	return nil
}
