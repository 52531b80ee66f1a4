package bolt

import (
	"archive/tar"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"go.etcd.io/bbolt"

	"imrbot/bot"
)

// A backup is a tar stream within an age file. Its entries, in this order:
//
//	backup.json              backupHead
//	store.db                 the store's file, as of one moment
//	key                      the key file, only if asked for
//	files/<chat>/<id>        the letters, sealed as they lie on disk
//	manifest                 a line an entry: SHA-256, size, name
//
// The manifest comes last because sizes and sums are known only then; a backup
// without it is cut short.
const (
	backupVersion  = 1
	entryHead      = "backup.json"
	entryStore     = "store.db"
	entryKey       = "key"
	entryFiles     = "files"
	entryManifest  = "manifest"
	snapshotSuffix = ".snapshot"
)

// backupHead is the first entry of a backup.
type backupHead struct {
	Version int       `json:"version"`
	Made    time.Time `json:"made"`
	Key     bool      `json:"key"`
}

// BackupOptions say how a backup is made.
type BackupOptions struct {
	// To are those who can open it, at least one.
	To []age.Recipient
	// WithKey puts the master key in: whoever can open the backup can then read
	// everything. Without it, the backup is worth nothing without the key file.
	WithKey bool
}

// BackupReport says what a backup holds.
type BackupReport struct {
	Made       time.Time
	WithKey    bool
	StoreBytes int64 // the size of the store's file
	Files      int   // how many letters
	FileBytes  int64 // of all letters
}

// Backup writes the store and its letters, as they are at one moment, to w,
// encrypted. Turns go on meanwhile; a store that is open for writing needs room
// on its disk for a copy of its file for as long, or Backup fails with ErrNoRoom.
// What is written is read again as it leaves, and its sizes and sums are
// compared. When Backup fails, what w got is worth nothing.
func (s *Store) Backup(ctx context.Context, w io.Writer, opt BackupOptions) (BackupReport, error) {
	s.upkeep.Lock() // no letter goes that the copy of the file names
	defer s.upkeep.Unlock()
	ring := s.ring.Load()
	if s.renameKey || ring.next != nil {
		return BackupReport{}, fmt.Errorf("backup: %w: a change of its master key is not finished; start the bot once, or run: imrbot key rotate", ErrKey)
	}
	sealed, err := age.Encrypt(w, opt.To...)
	if err != nil {
		return BackupReport{}, fmt.Errorf("backup: %w", err)
	}
	read, write := io.Pipe()
	type outcome struct {
		report BackupReport
		err    error
	}
	checked := make(chan outcome, 1)
	go func() { // ends when write is closed
		report, err := readBackup(ctx, read, discard{})
		read.CloseWithError(err)
		checked <- outcome{report, err}
	}()
	err = s.writeBackup(ctx, io.MultiWriter(sealed, write), opt.WithKey)
	write.CloseWithError(err)
	got := <-checked
	if err == nil {
		err = got.err
	}
	if err == nil {
		err = sealed.Close()
	}
	if err != nil {
		return BackupReport{}, fmt.Errorf("backup: %w", explain(err))
	}
	return got.report, nil
}

func (s *Store) writeBackup(ctx context.Context, w io.Writer, withKey bool) error {
	b := &backupWriter{ctx: ctx, tar: tar.NewWriter(w), made: s.now().UTC().Truncate(time.Second)}
	head, err := json.Marshal(backupHead{backupVersion, b.made, withKey})
	if err != nil {
		return err
	}
	if err := b.bytes(entryHead, head); err != nil {
		return err
	}
	if err := s.writeStore(b); err != nil {
		return err
	}
	if withKey {
		key, err := os.ReadFile(s.keyFile)
		if err != nil {
			return err
		}
		if err := b.bytes(entryKey, key); err != nil {
			return err
		}
	}
	if err := s.writeFiles(b); err != nil {
		return err
	}
	if err := b.bytes(entryManifest, b.manifest.text.Bytes()); err != nil {
		return err
	}
	return b.tar.Close()
}

// writeStore writes the store's file. Of a store that turns are committed to it
// first makes a copy: a read transaction that lasts as long as w is slow would
// stop the file from being mapped anew when it grows, and with it all turns.
func (s *Store) writeStore(b *backupWriter) error {
	if s.writer == nil {
		return s.db.View(func(tx *bbolt.Tx) error {
			return b.entry(entryStore, tx.Size(), func(w io.Writer) error {
				_, err := tx.WriteTo(w)
				return err
			})
		})
	}
	if err := s.fits(s.storedBytes()); err != nil {
		return err
	}
	snapshot := s.path + snapshotSuffix
	defer os.Remove(snapshot)
	f, err := os.OpenFile(snapshot, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	var size int64
	// Not view: an erasure would wait for the copy, and all readers for it.
	err = s.db.View(func(tx *bbolt.Tx) error {
		size, err = tx.WriteTo(f)
		return err
	})
	if err != nil {
		return err
	}
	return b.entry(entryStore, size, func(w io.Writer) error {
		_, err := io.Copy(w, io.NewSectionReader(f, 0, size))
		return err
	})
}

// writeFiles writes all letters. One that no turn was committed for may vanish
// meanwhile.
func (s *Store) writeFiles(b *backupWriter) error {
	folders, err := os.ReadDir(s.filesPath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, folder := range folders {
		raw, err := hex.DecodeString(folder.Name())
		if err != nil || len(raw) != hashSize || !folder.IsDir() {
			continue
		}
		ids, err := s.fileIDs(hashed(raw))
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := b.file(entryFiles+"/"+folder.Name()+"/"+id, s.filePath(hashed(raw), id)); err != nil {
				return err
			}
		}
	}
	return nil
}

// backupWriter writes entries and keeps their manifest.
type backupWriter struct {
	ctx      context.Context
	tar      *tar.Writer
	made     time.Time
	manifest manifest
}

func (b *backupWriter) bytes(name string, content []byte) error {
	return b.entry(name, int64(len(content)), func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

func (b *backupWriter) file(name, path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return b.entry(name, info.Size(), func(w io.Writer) error {
		_, err := io.CopyN(w, f, info.Size())
		return err
	})
}

// entry writes one entry; write must write size bytes.
func (b *backupWriter) entry(name string, size int64, write func(io.Writer) error) error {
	if err := b.ctx.Err(); err != nil {
		return err
	}
	head := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: b.made}
	if err := b.tar.WriteHeader(head); err != nil {
		return err
	}
	sum := b.manifest.begin(b.tar)
	if err := write(ctxWriter{b.ctx, sum}); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return b.manifest.end(name)
}

// ctxWriter fails when its context has ended.
type ctxWriter struct {
	ctx context.Context
	w   io.Writer
}

func (c ctxWriter) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.w.Write(p)
}

// VerifyBackup reads a whole backup and compares sizes and sums with its
// manifest. It fails with ErrBackup when it is no backup, none of the identities
// opens it, or it is not what was written.
func VerifyBackup(ctx context.Context, r io.Reader, identities ...age.Identity) (BackupReport, error) {
	plain, err := age.Decrypt(r, identities...)
	if err != nil {
		return BackupReport{}, fmt.Errorf("%w: it does not open: %w", ErrBackup, err)
	}
	return readBackup(ctx, plain, discard{})
}

// maxFileValue is the size of the largest sealed letter.
const maxFileValue = bot.MaxFileBytes + 1 + fileIDSize + overhead
