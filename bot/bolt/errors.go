package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	bolterrors "go.etcd.io/bbolt/errors"

	"imrbot/bot"
)

// Errors of Open. Each comes wrapped in a sentence that names the file and what
// to do.
var (
	// ErrBusy: another process has the store open.
	ErrBusy = errors.New("another imrbot is running on this store")
	// ErrKey: the key file is missing, unreadable, or belongs to another
	// store. Nothing was changed.
	ErrKey = errors.New("the store cannot be opened with this key")
	// ErrVersion: the store was written by a newer program.
	ErrVersion = errors.New("the store is of an unknown version")
)

// Errors of a Store at work, besides those of package bot.
var (
	// ErrClosed: the store is closed.
	ErrClosed = errors.New("the store is closed")
	// ErrReadOnly: the store was opened for reading only.
	ErrReadOnly = errors.New("the store is open for reading only")
	// ErrRefused: an earlier commit failed in a way that leaves it unknown
	// what the disk holds. The store takes no more turns until it is opened
	// again.
	ErrRefused = bot.ErrRefused
	// ErrRef: an intake's reference is no reference, or belongs to another
	// conversation.
	ErrRef = bot.ErrRef
	// ErrNoRoom: the disk has no room for a second copy of the store.
	ErrNoRoom = errors.New("the disk has no room for a copy of the store")
	// ErrBackup: a backup is none, does not open, or is not what was written.
	ErrBackup = errors.New("the backup cannot be used")
	// ErrExists: a restore would replace a store, its letters or its key.
	ErrExists = errors.New("there is a store already, which this would replace")
	// ErrDamaged: a stored value, or the file itself, is not what was written.
	ErrDamaged = bot.ErrDamaged
	// ErrLimit: a turn is larger than the store takes.
	ErrLimit = bot.ErrLimit
)

// explain puts a sentence for people before an error of the disk; other errors
// it returns as they are. The result wraps err.
func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("%w; stop it first, or use another store", ErrBusy)
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen):
		return ErrClosed
	case outOfSpace(err):
		return fmt.Errorf("the disk is full or a size limit is reached; nothing was stored, make room: %w", err)
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("the disk is mounted read-only; nothing was stored: %w", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("this user may not write the store; check owner and mode of the file and its folder: %w", err)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum),
		errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrInvalidMapping):
		return fmt.Errorf("%w: this is no store, or its first pages are destroyed; restore a backup: %w", ErrDamaged, err)
	}
	return err
}

// outOfSpace tells whether err says that there is no room.
func outOfSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}
