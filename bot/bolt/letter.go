package bolt

import (
	"context"
	"fmt"
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
	var chat bot.ChatKey
	err = s.view(func(tx *bbolt.Tx) (err error) {
		if err = s.hasLetter(tx, key, id); err == nil {
			chat, err = s.chatOf(tx, key)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("letter of intake %s: %w", key, err)
	}
	data, err := s.File(ctx, chat, id)
	if err != nil {
		return nil, fmt.Errorf("letter of intake %s: %w", key, err)
	}
	return data, nil
}

// hasLetter fails when an intake has no such letter.
func (s *Store) hasLetter(tx *bbolt.Tx, key refKey, letter string) error {
	value := tx.Bucket([]byte(bucketIntakes)).Get(key[:])
	if value == nil {
		return bot.ErrNotFound
	}
	in, err := s.decodeIntake(tx, key[:], value)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(in.Files, func(f dialog.File) bool { return f.ID == letter }) {
		return bot.ErrNotFound
	}
	return nil
}

// chatOf returns the chat that an intake belongs to. The intake names its
// conversation only by a hash; the conversation knows the rest.
func (s *Store) chatOf(tx *bbolt.Tx, key refKey) (bot.ChatKey, error) {
	value := tx.Bucket([]byte(bucketIntakes)).Get(key[:])
	if value == nil {
		return "", bot.ErrNotFound
	}
	head := headOf(value, hashSize)
	if head == nil {
		return "", fmt.Errorf("%w: value of %d bytes is cut short", ErrDamaged, len(value))
	}
	owner := hashed(head)
	value = tx.Bucket([]byte(bucketConversations)).Get(owner[:])
	if value == nil {
		return "", fmt.Errorf("conversation: %w", bot.ErrNotFound)
	}
	c, err := s.openConversation(tx, owner, value)
	return c.chat, err
}
