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
// leaves of that, the next Open or Restore finishes. Each step of this can be
// done again, but not by two at once: a second would take the letters that the
// first has just put in place for those that were there before. So whoever does
// any of it holds the lock on <store>.restoring.
const (
	lockSuffix    = ".restoring"
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
	// A key file that makes room is kept as <key file>.replaced, or .replaced-2
	// and so on: older backups may need it.
	Force  bool
	Notice func(string)
}

// Restore makes the store at path what a backup holds. Before anything takes its
// place the backup is read to its end, its sums are compared, and Check has
// passed on its store; a store of an older version is brought to this program's
// there. When Restore fails before it is decided, what was there before is
// untouched. It fails with ErrExists, ErrBackup, ErrBusy, ErrKey, ErrVersion or
// ErrDamaged, or with what the disk said.
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
	unlock, err := lockFile(path + lockSuffix)
	if err != nil {
		return BackupReport{}, fmt.Errorf("restore: %s: %w", path, err)
	}
	defer unlock()
	if err := finishEarlier(path, opt.KeyFile, opt.Notice); err != nil {
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
	return report, finishRestore(path, opt.KeyFile, opt.Notice)
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
	if err := stagedKeys(staging, report.WithKey, opt); err != nil {
		return BackupReport{}, err
	}
	// For writing: an older store is brought to this version here, where a
	// failure does no harm.
	s, err := Open(filepath.Join(staging, entryStore), Options{KeyFile: filepath.Join(staging, entryKey), Notice: opt.Notice})
	if err != nil {
		return BackupReport{}, err
	}
	if err := errors.Join(s.Check(ctx), s.Close()); err != nil {
		return BackupReport{}, err
	}
	if !report.WithKey { // else it would be put in place
		if err := os.Remove(filepath.Join(staging, entryKey)); err != nil {
			return BackupReport{}, err
		}
	}
	return report, syncTree(staging)
}

// stagedKeys sees to it that the store's key is where it can be checked with, and
// can be put in place.
func stagedKeys(staging string, withKey bool, opt RestoreOptions) error {
	staged := filepath.Join(staging, entryKey)
	if withKey {
		return roomForKey(staged, opt)
	}
	// A copy: to open a store may change its key file.
	ring, err := loadKeys(filepath.Join(staging, entryStore), opt.KeyFile, true, Options{ReadOnly: true, Notice: opt.Notice})
	if err != nil {
		return err
	}
	if ring.next != nil { // a change of keys was not finished
		if err := placeKey(newKeyFile(staged), ring.next.key); err != nil {
			return err
		}
	}
	return placeKey(staged, ring.now.key)
}

// roomForKey refuses to replace a key file by another unless forced to, and finds
// out while nothing is decided yet whether a key can be put in its place.
func roomForKey(staged string, opt RestoreOptions) error {
	same, err := sameKey(staged, opt.KeyFile)
	switch {
	case err == nil && same:
		return nil
	case err == nil && !opt.Force:
		return fmt.Errorf("%w: key file %s is another than that of the backup", ErrExists, opt.KeyFile)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	dir := filepath.Dir(opt.KeyFile)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	f, err := os.CreateTemp(dir, ".key-*")
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// sameKey compares two key files. It fails with fs.ErrNotExist when one is not
// there.
func sameKey(one, other string) (bool, error) {
	a, err1 := os.ReadFile(one)
	b, err2 := os.ReadFile(other)
	return strings.TrimSpace(string(a)) == strings.TrimSpace(string(b)), errors.Join(err1, err2)
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
	if _, err := os.Stat(path + decidedSuffix); err != nil {
		return nil
	}
	if opt.ReadOnly {
		return fmt.Errorf("store %s: a restore of it was interrupted; start the bot once, or restore again", path)
	}
	unlock, err := lockFile(path + lockSuffix)
	if err != nil {
		return fmt.Errorf("store %s: a restore of it is under way: %w", path, err)
	}
	defer unlock()
	return finishEarlier(path, keyFile, opt.Notice)
}

// finishEarlier finishes a restore that was interrupted, if there is one.
func finishEarlier(path, keyFile string, notice func(string)) error {
	if _, err := os.Stat(path + decidedSuffix); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := finishRestore(path, keyFile, notice); err != nil {
		return err
	}
	notice("A restore that was interrupted is now finished: " + path)
	return nil
}

// finishRestore puts in place what a restore has decided. Every step of it can be
// done again.
func finishRestore(path, keyFile string, notice func(string)) error {
	decided := path + decidedSuffix
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
		if err := finishKey(filepath.Join(decided, entryKey), keyFile, notice); err != nil {
			return err
		}
		if err := syncDir(filepath.Dir(path)); err != nil {
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
	return nil
}

// finishKey puts a backup's key in place, if it holds one. The key may lie on
// another disk than the store, to which no file can be renamed.
func finishKey(decided, keyFile string, notice func(string)) error {
	key, err := readKey(decided, notice)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it is there already, or was not in the backup
	}
	if err != nil {
		return err
	}
	// The second is of a change of keys that the replaced store was in.
	if err := setAside(newKeyFile(keyFile), decided, notice); err != nil {
		return err
	}
	if same, err := sameKey(keyFile, decided); err == nil && same {
		return os.Remove(decided)
	}
	if err := setAside(keyFile, decided, notice); err != nil {
		return err
	}
	if err := placeKey(keyFile, key); err != nil {
		return err
	}
	return os.Remove(decided)
}

// maxReplaced is how many replaced key files are kept; nobody restores that often.
const maxReplaced = 1000

// setAside renames a key file that is there and another than the one that takes
// its place.
func setAside(file, by string, notice func(string)) error {
	same, err := sameKey(file, by)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case same:
		return os.Remove(file)
	}
	for n := 1; n <= maxReplaced; n++ {
		to := file + ".replaced"
		if n > 1 {
			to = fmt.Sprintf("%s-%d", to, n)
		}
		if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			if err := os.Rename(file, to); err != nil {
				return err
			}
			notice(fmt.Sprintf("The key file that was replaced is kept: %s. Backups made under it need it.", to))
			return nil
		}
	}
	return fmt.Errorf("%s.replaced and %d more are there already; put some elsewhere", file, maxReplaced-1)
}
