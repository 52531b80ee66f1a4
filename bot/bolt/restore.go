package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
)

// A restore reads the whole backup into <store>.restore, checks it there, and
// renames that folder to <store>.restored: from this moment it is decided. Then
// letters, key file and store take their places, in this order; what a crash
// leaves of that, the next Open or Restore finishes.
const (
	stagingSuffix = ".restore"
	decidedSuffix = ".restored"
	// displaced is where the letters go that were there before.
	displaced = "displaced"
)

// RestoreOptions say how a backup is restored.
type RestoreOptions struct {
	// Identities open the backup.
	Identities []age.Identity
	// KeyFile is the store's key file; "" means the store's path with ".key". It
	// must be there when the backup holds no key.
	KeyFile string
	// Force lets the backup take the place of a store, its letters and its key.
	Force  bool
	Notice func(string)
}

// Restore makes the store at path what a backup holds. Before anything takes its
// place the backup is read to its end, its sums are compared, and Check has
// passed on its store. When Restore fails, what was there before is untouched. It
// fails with ErrExists, ErrBackup, ErrBusy, ErrKey or ErrDamaged, or with what
// the disk said.
func Restore(ctx context.Context, r io.Reader, path string, opt RestoreOptions) (BackupReport, error) {
	if opt.Notice == nil {
		opt.Notice = func(string) {}
	}
	if opt.KeyFile == "" {
		opt.KeyFile = path + ".key"
	}
	plain, err := age.Decrypt(r, opt.Identities...)
	if err != nil {
		return BackupReport{}, fmt.Errorf("restore: %w: it does not open: %w", ErrBackup, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return BackupReport{}, fmt.Errorf("restore: %w", explain(err))
	}
	if err := finishRestore(path, opt.KeyFile, opt.Notice); err != nil {
		return BackupReport{}, err
	}
	release, err := claim(path, opt.Force)
	if err != nil {
		return BackupReport{}, fmt.Errorf("restore: %w", err)
	}
	defer release()
	staging := path + stagingSuffix
	report, err := stage(ctx, plain, staging, opt)
	if err == nil {
		err = os.Rename(staging, path+decidedSuffix)
	}
	if err != nil {
		os.RemoveAll(staging)
		return BackupReport{}, fmt.Errorf("restore: %w", explain(err))
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return BackupReport{}, fmt.Errorf("restore: %w", err)
	}
	return report, finishRestore(path, opt.KeyFile, func(string) {})
}

// claim makes sure that a store that is there may be replaced and is in nobody's
// use until release is called.
func claim(path string, force bool) (release func(), err error) {
	release = func() {}
	info, err := os.Stat(path)
	there := err == nil && info.Size() > 0
	letters, _ := os.ReadDir(path + ".files")
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, explain(err)
	case (there || len(letters) > 0) && !force:
		return nil, fmt.Errorf("%s: %w", path, ErrExists)
	case !there:
		return release, nil
	}
	db, err := openDB(path, false)
	if errors.Is(err, ErrBusy) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err != nil { // it may well be damaged: that is why it is replaced
		return release, nil
	}
	return func() { db.Close() }, nil
}

// stage reads a backup, decrypted, into a folder of its own and checks it there.
func stage(ctx context.Context, plain io.Reader, staging string, opt RestoreOptions) (BackupReport, error) {
	if err := os.RemoveAll(staging); err != nil { // of a restore that a crash ended
		return BackupReport{}, err
	}
	if err := os.MkdirAll(filepath.Join(staging, entryFiles), 0o700); err != nil {
		return BackupReport{}, err
	}
	report, err := readBackup(ctx, plain, folder(staging))
	if err != nil {
		return BackupReport{}, err
	}
	keyFile := opt.KeyFile
	if report.WithKey {
		keyFile = filepath.Join(staging, entryKey)
		if err := sameKey(keyFile, opt); err != nil {
			return BackupReport{}, err
		}
	}
	s, err := Open(filepath.Join(staging, entryStore), Options{KeyFile: keyFile, ReadOnly: true, Notice: opt.Notice})
	if err != nil {
		return BackupReport{}, err
	}
	if err := errors.Join(s.Check(ctx), s.Close()); err != nil {
		return BackupReport{}, err
	}
	return report, syncTree(staging)
}

// sameKey refuses to replace a key file by another unless forced to.
func sameKey(staged string, opt RestoreOptions) error {
	there, err := os.ReadFile(opt.KeyFile)
	if errors.Is(err, fs.ErrNotExist) || opt.Force {
		return nil
	}
	key, err2 := os.ReadFile(staged)
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	if strings.TrimSpace(string(there)) != strings.TrimSpace(string(key)) {
		return fmt.Errorf("%w: key file %s is another than that of the backup", ErrExists, opt.KeyFile)
	}
	return nil
}

// folder is a sink that keeps the entries as files.
type folder string

func (f folder) put(name string) (io.WriteCloser, error) {
	path := filepath.Join(string(f), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return syncFile{file}, nil
}

// syncFile is on disk once it is closed.
type syncFile struct{ *os.File }

func (f syncFile) Close() error { return errors.Join(f.Sync(), f.File.Close()) }

// syncTree makes the names in a folder and all folders in it durable.
func syncTree(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return syncDir(path)
	})
}

// pendingRestore finishes a restore that was interrupted before a store is
// opened.
func pendingRestore(path, keyFile string, opt Options) error {
	if !opt.ReadOnly {
		return finishRestore(path, keyFile, opt.Notice)
	}
	if _, err := os.Stat(path + decidedSuffix); err == nil {
		return fmt.Errorf("store %s: a restore of it was interrupted; start the bot once, or restore again", path)
	}
	return nil
}

// finishRestore puts in place what a restore has decided, if there is anything.
// Every step of it can be done again, also by two at once.
func finishRestore(path, keyFile string, notice func(string)) error {
	decided := path + decidedSuffix
	if _, err := os.Stat(decided); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	move := func(name, to string) error {
		err := os.Rename(filepath.Join(decided, name), to)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it is there already, or was not in the backup
		}
		return err
	}
	err := func() error {
		if _, err := os.Stat(filepath.Join(decided, entryFiles)); err == nil {
			err := os.Rename(path+".files", filepath.Join(decided, displaced))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		if err := move(entryFiles, path+".files"); err != nil {
			return err
		}
		if _, err := os.Stat(filepath.Join(decided, entryKey)); err == nil {
			os.Remove(newKeyFile(keyFile)) // of a change that the replaced store was in
		}
		if err := move(entryKey, keyFile); err != nil {
			return err
		}
		if err := errors.Join(syncDir(filepath.Dir(keyFile)), syncDir(filepath.Dir(path))); err != nil {
			return err
		}
		if err := move(entryStore, path); err != nil {
			return err
		}
		if err := syncDir(filepath.Dir(path)); err != nil {
			return err
		}
		return os.RemoveAll(decided)
	}()
	if err != nil {
		return fmt.Errorf("finish the restore of %s: %w", path, explain(err))
	}
	notice("A restore that was interrupted is now finished: " + path)
	return nil
}
