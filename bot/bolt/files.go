package bolt

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"imrbot/bot"
	"imrbot/dialog"
)

// bucketFiles names sealed files in what is authenticated beside them. They lie
// beside the store, <store>.files/<chat hash>/<id>: photographs would bloat the
// file that every turn is written to.
const bucketFiles = "files"

// fileTypes are what a letter may be: what phones photograph and scanners make.
var fileTypes = []string{"image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "application/pdf"}

// PutFile seals data under the conversation's own key and stores it on disk
// before it returns. The type is told from the bytes, not from the name. It
// fails with bot.ErrFileSize, bot.ErrFileType, bot.ErrNotFound when the chat has no
// conversation yet, or with what the disk said; then nothing is kept.
func (s *Store) PutFile(ctx context.Context, chat bot.ChatKey, name string, data []byte) (dialog.File, error) {
	if err := ctx.Err(); err != nil {
		return dialog.File{}, err
	}
	if len(data) > bot.MaxFileBytes {
		return dialog.File{}, bot.ErrFileSize
	}
	kind := sniff(data)
	if !slices.Contains(fileTypes, kind) {
		return dialog.File{}, bot.ErrFileType
	}
	h := s.chats.of(string(chat))
	key, err := s.keyFor(h)
	if err != nil {
		return dialog.File{}, fmt.Errorf("file: %w", err)
	}
	if key.raw != nil {
		return dialog.File{}, fmt.Errorf("file: conversation %w", bot.ErrNotFound)
	}
	id, err := s.putFile(h, key, data)
	if err != nil {
		return dialog.File{}, err
	}
	return dialog.File{ID: id, Name: name, Type: kind, Size: int64(len(data))}, nil
}

// putFile seals data as a new file of a chat and returns its id.
func (s *Store) putFile(h hashed, key dataKey, data []byte) (string, error) {
	var raw [fileIDSize]byte
	rand.Read(raw[:]) // never fails: it ends the program instead
	id := hex.EncodeToString(raw[:])
	if err := writeFile(s.filePath(h, id), seal(key.aead, bucketFiles, h[:], raw[:], data)); err != nil {
		return "", fmt.Errorf("file: %w", explain(err))
	}
	return id, nil
}

// File returns the bytes of a file that PutFile stored; the caller owns them.
// It fails with bot.ErrNotFound or ErrDamaged.
func (s *Store) File(_ context.Context, chat bot.ChatKey, id string) ([]byte, error) {
	h := s.chats.of(string(chat))
	key, err := s.keyFor(h)
	if err != nil {
		return nil, fmt.Errorf("file: %w", err)
	}
	if key.raw != nil {
		return nil, fmt.Errorf("file: %w", bot.ErrNotFound)
	}
	return s.openFile(h, key, id)
}

func (s *Store) openFile(h hashed, key dataKey, id string) ([]byte, error) {
	raw, ok := parseFileID(id)
	if !ok {
		return nil, fmt.Errorf("file: %w", bot.ErrNotFound)
	}
	value, err := os.ReadFile(s.filePath(h, id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("file: %w", bot.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("file: %w", err)
	}
	if !bytes.Equal(headOf(value, len(raw)), raw) {
		return nil, fmt.Errorf("file: %w: it lies under another file's name", ErrDamaged)
	}
	data, err := open(key.aead, bucketFiles, h[:], value, len(raw))
	if err != nil {
		return nil, fmt.Errorf("file: %w", err)
	}
	return data, nil
}

// fileIDSize is the length of a file's id before it is written in hex.
const fileIDSize = 16

// parseFileID reads a file's id, which is its name too. Names of other forms are
// none of ours.
func parseFileID(id string) ([]byte, bool) {
	raw, err := hex.DecodeString(id)
	return raw, err == nil && len(raw) == fileIDSize && hex.EncodeToString(raw) == id
}

// filesPath is the folder of the folders of all chats.
func (s *Store) filesPath() string { return s.path + ".files" }

func (s *Store) folderPath(h hashed) string {
	return filepath.Join(s.filesPath(), hex.EncodeToString(h[:]))
}

func (s *Store) filePath(h hashed, id string) string {
	return filepath.Join(s.folderPath(h), id)
}

// sniff returns the media type that the bytes show.
func sniff(data []byte) string {
	if len(data) >= 12 && string(data[4:8]) == "ftyp" &&
		slices.Contains([]string{"heic", "heix", "mif1", "heim"}, string(data[8:12])) {
		return "image/heic"
	}
	return http.DetectContentType(data)
}

// writeFile writes a file that is there whole or not at all, also after a power
// cut.
func writeFile(path string, value []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".new-*") // mode 0600
	if errors.Is(err, fs.ErrNotExist) {
		// The folder was empty for a moment, and was removed.
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		f, err = os.CreateTemp(dir, ".new-*")
	}
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(value); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	// The folder may be new, and the one that holds it too.
	for range 3 {
		if err := syncDir(dir); err != nil {
			return err
		}
		dir = filepath.Dir(dir)
	}
	return nil
}

// DropFile removes a file that no turn came to name, if it can; else CollectFiles
// will.
func (s *Store) DropFile(chat bot.ChatKey, id string) {
	if _, ok := parseFileID(id); ok {
		os.Remove(s.filePath(s.chats.of(string(chat)), id))
	}
}
