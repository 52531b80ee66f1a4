package bolt

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"imrbot/bot"
	"imrbot/dialog"
)

// Letters outside the transactions. A file is written before the turn that names
// it is committed, and removed after the one that names it no more; what a crash
// leaves between the two is named by nothing, and CollectFiles removes it.

// moving seals the letters of a conversation anew under its next key.
type moving struct {
	store    *Store
	chat     hashed
	from, to dataKey
	old      []string          // the files that were there before
	ids      map[string]string // by old id: the new one
}

func (s *Store) newMoving(chat hashed, from, to dataKey) (*moving, error) {
	old, err := s.fileIDs(chat)
	return &moving{store: s, chat: chat, from: from, to: to, old: old, ids: make(map[string]string)}, err
}

// turn seals anew the letters that a turn itself names.
func (m *moving) turn(ctx context.Context, t *bot.Turn) (err error) {
	if t.State.Files, err = m.files(ctx, t.State.Files); err != nil {
		return err
	}
	t.State.Parked = slices.Clone(t.State.Parked)
	for i, p := range t.State.Parked {
		if t.State.Parked[i].Files, err = m.files(ctx, p.Files); err != nil {
			return err
		}
	}
	t.Intakes = slices.Clone(t.Intakes)
	for i, in := range t.Intakes {
		if t.Intakes[i].Files, err = m.files(ctx, in.Files); err != nil {
			return err
		}
	}
	return nil
}

// files returns the list with the new ids. A letter that is lost or damaged
// stays lost: it must not keep anyone from being forgotten.
func (m *moving) files(ctx context.Context, list []dialog.File) ([]dialog.File, error) {
	list = slices.Clone(list)
	for i, f := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		id, done := m.ids[f.ID]
		if !done && m.from.aead != nil {
			data, err := m.store.openFile(m.chat, m.from, f.ID)
			switch {
			case errors.Is(err, bot.ErrNotFound), errors.Is(err, ErrDamaged):
				m.store.notice("A letter that was to be kept cannot be read: " + err.Error())
				continue
			case err != nil:
				return nil, err
			}
			if id, err = m.store.putFile(m.chat, m.to, data); err != nil {
				return nil, err
			}
			m.ids[f.ID] = id
		}
		if id != "" {
			list[i].ID = id
		}
	}
	return list, nil
}

// abandon removes the new files.
func (m *moving) abandon() {
	if m == nil {
		return
	}
	for _, id := range m.ids {
		os.Remove(m.store.filePath(m.chat, id)) // else CollectFiles will
	}
}

// fileIDs lists the files of a chat.
func (s *Store) fileIDs(chat hashed) ([]string, error) {
	entries, err := os.ReadDir(s.folderPath(chat))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("files: %w", explain(err))
	}
	var ids []string
	for _, e := range entries {
		if _, ok := parseFileID(e.Name()); ok {
			ids = append(ids, e.Name())
		}
	}
	return ids, nil
}

// removeFiles removes files that were erased, and their folder when nothing else
// is in it. While a backup runs, which may still need them, and when it fails, it
// leaves them to CollectFiles.
func (s *Store) removeFiles(chat hashed, ids []string) {
	if len(ids) == 0 || !s.upkeep.TryLock() {
		return
	}
	defer s.upkeep.Unlock()
	for _, id := range ids {
		os.Remove(s.filePath(chat, id))
	}
	os.Remove(s.folderPath(chat)) // fails when it is not empty
}

// CollectFiles removes files of letters that no conversation and no intake
// names, as a crash leaves them, and returns how many there were. A file younger
// than olderThan, and in any case one younger than an hour, stays: the turn that
// names it may be under way. The files of a conversation that is damaged stay
// too; the error names it, after all others were looked at.
func (s *Store) CollectFiles(ctx context.Context, olderThan time.Duration) (int, error) {
	if s.writer == nil {
		return 0, ErrReadOnly
	}
	s.upkeep.Lock()
	defer s.upkeep.Unlock()
	before := s.now().Add(-max(olderThan, minFileAge))
	folders, err := os.ReadDir(s.filesPath())
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("collect files: %w", explain(err))
	}
	count := 0
	var found problems
	for _, folder := range folders {
		if err := ctx.Err(); err != nil {
			return count, err
		}
		raw, err := hex.DecodeString(folder.Name())
		if err != nil || len(raw) != hashSize || !folder.IsDir() {
			continue
		}
		n, err := s.collect(hashed(raw), before)
		count += n
		if err != nil {
			found.add(fmt.Errorf("collect files: %w", err))
		}
	}
	return count, found.err()
}

// collect removes the orphans of one chat. It lists the files before it reads
// which are named, so that one that is named meanwhile is none.
func (s *Store) collect(chat hashed, before time.Time) (int, error) {
	folder := s.folderPath(chat)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return 0, explain(err)
	}
	var named map[string]bool
	if err := s.view(func(tx *bbolt.Tx) (err error) {
		named, err = s.namedFiles(tx, chat)
		return err
	}); err != nil {
		return 0, err
	}
	count := 0
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || named[e.Name()] || !info.Mode().IsRegular() || !info.ModTime().Before(before) {
			continue
		}
		if err := os.Remove(filepath.Join(folder, e.Name())); err != nil {
			return count, explain(err)
		}
		count++
	}
	os.Remove(folder) // fails when it is not empty
	return count, nil
}

// namedFiles returns the ids of the letters that a chat's state and intakes name.
func (s *Store) namedFiles(tx *bbolt.Tx, chat hashed) (map[string]bool, error) {
	named := make(map[string]bool)
	add := func(list []dialog.File) {
		for _, f := range list {
			named[f.ID] = true
		}
	}
	value := tx.Bucket([]byte(bucketConversations)).Get(chat[:])
	if value != nil {
		c, err := s.openConversation(tx, chat, value)
		if err != nil {
			return nil, err
		}
		state, err := dialog.DecodeState(c.state)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		add(state.Files)
		for _, p := range state.Parked {
			add(p.Files)
		}
	}
	for _, key := range ownedBy(tx, chat) {
		_, kind, of := splitOwned(key)
		if kind != ownedIntake {
			continue
		}
		in, err := s.decodeIntake(tx, of, tx.Bucket([]byte(bucketIntakes)).Get(of))
		if err != nil {
			return nil, err
		}
		add(in.Files)
	}
	return named, nil
}
