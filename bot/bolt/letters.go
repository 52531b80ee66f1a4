package bolt

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"go.etcd.io/bbolt"

	"imrbot/bot"
	"imrbot/dialog"
)

// Letter returns the bytes of a letter of an intake, by the reference and the
// letter's id; the caller owns them. It fails with bot.ErrNotFound when there is
// no such intake, the letter is not one of its own, or its file is gone, with
// ErrRef, and with ErrDamaged.
func (s *Store) Letter(ctx context.Context, ref, id string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	key, err := parseRef(ref)
	if err != nil {
		return nil, err
	}
	var owner hashed
	err = s.view(func(tx *bbolt.Tx) error {
		value := tx.Bucket([]byte(bucketIntakes)).Get(key[:])
		if value == nil {
			return fmt.Errorf("intake %s: %w", key, bot.ErrNotFound)
		}
		in, err := s.decodeIntake(tx, key[:], value)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(in.Files, func(f dialog.File) bool { return f.ID == id }) {
			return fmt.Errorf("letter of intake %s: %w", key, bot.ErrNotFound)
		}
		owner = hashed(headOf(value, hashSize))
		return nil
	})
	if err != nil {
		return nil, err
	}
	data, err := s.fileOf(owner, id)
	if err != nil {
		return nil, fmt.Errorf("letter of intake %s: %w", key, err)
	}
	return data, nil
}

// fileOf returns the bytes of a file of a conversation.
func (s *Store) fileOf(h hashed, id string) ([]byte, error) {
	raw, err := hex.DecodeString(id)
	if err != nil || len(raw) != 16 {
		return nil, fmt.Errorf("file: %w", bot.ErrNotFound)
	}
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
