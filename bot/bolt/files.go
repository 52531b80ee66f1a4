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

// Errors of PutFile, to be told to whoever sent the file.
var (
	ErrFileSize = fmt.Errorf("files may have at most %d MB", bot.MaxFileBytes>>20)
	ErrFileType = errors.New("only photographs (JPEG, PNG, GIF, WebP, HEIC) and PDF files can be kept")
)

// PutFile seals data under the conversation's own key and stores it on disk
// before it returns. The type is told from the bytes, not from the name. It
// fails with ErrFileSize, ErrFileType, bot.ErrNotFound when the chat has no
// conversation yet, or with what the disk said; then nothing is kept.
func (s *Store) PutFile(ctx context.Context, chat bot.ChatKey, name string, data []byte) (dialog.File, error) {
	if err := ctx.Err(); err != nil {
		return dialog.File{}, err
	}
	if len(data) > bot.MaxFileBytes {
		return dialog.File{}, ErrFileSize
	}
	kind := sniff(data)
	if !slices.Contains(fileTypes, kind) {
		return dialog.File{}, ErrFileType
	}
	h := s.master.chats.of(string(chat))
	key, fresh, err := s.keyFor(h)
	if err != nil {
		return dialog.File{}, fmt.Errorf("file: %w", err)
	}
	if fresh {
		return dialog.File{}, fmt.Errorf("file: conversation %w", bot.ErrNotFound)
	}
	var raw [16]byte
	rand.Read(raw[:]) // never fails: it ends the program instead
	id := hex.EncodeToString(raw[:])
	if err := writeFile(s.filePath(h, id), seal(key.aead, bucketFiles, h[:], raw[:], data)); err != nil {
		return dialog.File{}, fmt.Errorf("file: %w", explain(err))
	}
	return dialog.File{ID: id, Name: name, Type: kind, Size: int64(len(data))}, nil
}

// File returns the bytes of a file that PutFile stored; the caller owns them.
// It fails with bot.ErrNotFound or ErrDamaged.
func (s *Store) File(_ context.Context, chat bot.ChatKey, id string) ([]byte, error) {
	raw, err := hex.DecodeString(id)
	if err != nil || len(raw) != 16 {
		return nil, fmt.Errorf("file: %w", bot.ErrNotFound)
	}
	h := s.master.chats.of(string(chat))
	key, fresh, err := s.keyFor(h)
	if err != nil {
		return nil, fmt.Errorf("file: %w", err)
	}
	value, err := os.ReadFile(s.filePath(h, id))
	if fresh || errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("file: %w", bot.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("file: %w", err)
	}
	if len(value) < 1+len(raw) || !bytes.Equal(value[1:1+len(raw)], raw) {
		return nil, fmt.Errorf("file: %w: it lies under another file's name", ErrDamaged)
	}
	data, err := open(key.aead, bucketFiles, h[:], value, len(raw))
	if err != nil {
		return nil, fmt.Errorf("file: %w", err)
	}
	return data, nil
}

func (s *Store) filePath(h hashed, id string) string {
	return filepath.Join(s.path+".files", hex.EncodeToString(h[:]), id)
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
