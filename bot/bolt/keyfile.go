package bolt

import (
	"crypto/rand"
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

// loadKey returns the master key of the store at path. It makes the key file
// only when neither it nor the store exists: a store whose key file is missing
// must never be given another key.
func loadKey(path string, stored bool, opt Options) ([]byte, error) {
	file := opt.KeyFile
	if file == "" {
		file = path + ".key"
	}
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
	return createKey(file, opt.Notice)
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

func createKey(file string, notice func(string)) (_ []byte, err error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", explain(err))
	}
	defer func() {
		if err != nil { // half a key is worse than none: the next start would refuse it
			f.Close()
			os.Remove(file)
		}
	}()
	key := make([]byte, keySize)
	rand.Read(key)
	if _, err := fmt.Fprintf(f, "%s%s\n", keyForm, base64.StdEncoding.EncodeToString(key)); err != nil {
		return nil, fmt.Errorf("key file %s: %w", file, explain(err))
	}
	if err := f.Sync(); err != nil {
		return nil, fmt.Errorf("key file %s: %w", file, explain(err))
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("key file %s: %w", file, explain(err))
	}
	if err := syncDir(filepath.Dir(file)); err != nil {
		return nil, err
	}
	notice(fmt.Sprintf("A new key file was made: %s. Keep a copy of this file elsewhere; without it nothing in the store can be read.", file))
	return key, nil
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
