package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"imrbot/bot/bolt"
)

// minPassphrase is the length of the shortest passphrase that is taken, in bytes.
const minPassphrase = 12

func newBackupCommand() *cobra.Command {
	var where storeFlags
	var to, passphrase string
	var recipients []string
	var withKey bool
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Write an encrypted backup of a store and its letters",
		Long: "Write a backup of a store and its letters, encrypted with age (age-encryption.org) to one or more recipients or\n" +
			"with a passphrase. Without --with-key it holds no master key, and is worth nothing without a copy of the key\n" +
			"file; with it, whoever opens the backup can read everything. A running bot writes it without a pause.",
		Example: "  imrbot backup --to imrbot.age --recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\n" +
			"  imrbot backup verify imrbot.age --identity key.txt",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			opt := bolt.BackupOptions{WithKey: withKey}
			var err error
			if opt.To, err = parseRecipients(recipients, inDir(cmd, passphrase)); err != nil {
				return badInput(err)
			}
			target := inDir(cmd, to)
			if err := freeTarget(target); err != nil {
				return badInput(err)
			}
			return where.look(cmd, func(store *bolt.Store) error {
				report, err := writeBackup(cmd.Context(), store, target, opt)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", to, describe(report))
				if withKey {
					fmt.Fprintln(cmd.ErrOrStderr(), "imrbot: THIS BACKUP HOLDS THE MASTER KEY. Whoever can open it can read everything: keep it, and what opens it, apart.")
				} else {
					fmt.Fprintln(cmd.ErrOrStderr(), "imrbot: THIS BACKUP HOLDS NO MASTER KEY. It is worth nothing without a copy of the key file: keep one, apart from the backup.")
				}
				return nil
			})
		},
	}
	addStoreFlags(cmd, &where)
	cmd.Flags().StringVar(&to, "to", "", "file to write, which must not exist yet")
	cmd.Flags().StringArrayVar(&recipients, "recipient", nil, "public key of one who can open it (age1…); may be repeated")
	cmd.Flags().StringVar(&passphrase, "passphrase-file", "", "file whose first line is the passphrase")
	cmd.Flags().BoolVar(&withKey, "with-key", false, "put the master key into the backup")
	cmd.AddCommand(newBackupVerifyCommand())
	return alsoLive(cmd)
}

func newBackupVerifyCommand() *cobra.Command {
	var identity, passphrase string
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Read a whole backup and compare it with its list of sums",
		Args:  exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			identities, err := parseIdentities(identity, passphrase)
			if err != nil {
				return badInput(err)
			}
			f, err := openBackup(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			report, err := bolt.VerifyBackup(cmd.Context(), bufio.NewReaderSize(f, 1<<20), identities...)
			if err != nil {
				return inputFault(args[0], err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: whole, %s\n", args[0], describe(report))
			return nil
		},
	}
	cmd.Flags().StringVar(&identity, "identity", "", "file with the secret key (AGE-SECRET-KEY-1…)")
	cmd.Flags().StringVar(&passphrase, "passphrase-file", "", "file whose first line is the passphrase")
	return cmd
}

func newRestoreCommand() *cobra.Command {
	var where storeFlags
	var identity, passphrase string
	var force bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Make a store of a backup",
		Long: "Make a store, with its letters, of a backup. It is read to its end and checked before anything takes its place.\n" +
			"When the backup holds no master key, put the copy of the key file in its place first: into the\n" +
			"data folder, or where [store] key_file of the configuration says. A key file that is replaced is kept beside the\n" +
			"new one, under its name with .replaced.",
		Example: "  imrbot restore imrbot.age --identity key.txt --data data",
		Args:    exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if where.data == "" {
				return badInput(errors.New("--data is empty; name a folder"))
			}
			path, opened, err := where.find(cmd)
			if err != nil {
				return err
			}
			identities, err := parseIdentities(identity, passphrase)
			if err != nil {
				return badInput(err)
			}
			f, err := openBackup(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			notices := cmd.ErrOrStderr()
			report, err := bolt.Restore(cmd.Context(), bufio.NewReaderSize(f, 1<<20), path, bolt.RestoreOptions{
				Identities: identities, Force: force, KeyFile: opened.KeyFile,
				Notice: func(text string) { fmt.Fprintln(notices, "imrbot:", text) },
			})
			switch {
			case errors.Is(err, bolt.ErrExists):
				return badInput(fmt.Errorf("%w; name another folder with --data, or replace it with --force", err))
			case errors.Is(err, bolt.ErrKey):
				return badInput(err)
			case err != nil:
				return inputFault(args[0], err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: restored, %s\n", path, describe(report))
			return nil
		},
	}
	addStoreFlags(cmd, &where)
	cmd.Flags().StringVar(&identity, "identity", "", "file with the secret key (AGE-SECRET-KEY-1…)")
	cmd.Flags().StringVar(&passphrase, "passphrase-file", "", "file whose first line is the passphrase")
	cmd.Flags().BoolVar(&force, "force", false, "replace the store that is there and its letters, and put its key aside")
	return cmd
}

// inputFault marks an error as the backup's own fault when it is.
func inputFault(file string, err error) error {
	err = fmt.Errorf("%s: %w", file, err)
	if errors.Is(err, bolt.ErrBackup) {
		return badInput(err)
	}
	return err
}

func openBackup(file string) (*os.File, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, badInput(err)
	}
	return f, nil
}

func describe(r bolt.BackupReport) string {
	key := "without the master key"
	if r.WithKey {
		key = "with the master key"
	}
	return fmt.Sprintf("made %s, store of %d bytes, %d letters of %d bytes, %s",
		r.Made.Format(time.RFC3339), r.StoreBytes, r.Files, r.FileBytes, key)
}

// freeTarget refuses to write over a file.
func freeTarget(to string) error {
	if to == "" {
		return errors.New("--to is missing; name the file to write")
	}
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("--to %s: there is such a file; a backup is never written over", to)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--to: %w", err)
	}
	return nil
}

// writeBackup writes a backup that is there whole or not at all. The file is read
// again before it gets its name.
func writeBackup(ctx context.Context, store *bolt.Store, to string, opt bolt.BackupOptions) (_ bolt.BackupReport, err error) {
	f, err := os.CreateTemp(filepath.Dir(to), ".imrbot-backup-*") // mode 0600
	if err != nil {
		return bolt.BackupReport{}, err
	}
	defer func() {
		f.Close()
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	wrote := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(f, wrote), 1<<20)
	report, err := store.Backup(ctx, out, opt)
	if err != nil {
		return report, err
	}
	if err := errors.Join(out.Flush(), f.Sync()); err != nil {
		return report, fmt.Errorf("backup: %w", err)
	}
	read := sha256.New()
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return report, fmt.Errorf("backup: %w", err)
	}
	if _, err := io.Copy(read, f); err != nil {
		return report, fmt.Errorf("backup: read it again: %w", err)
	}
	if !bytes.Equal(wrote.Sum(nil), read.Sum(nil)) {
		return report, errors.New("backup: the disk holds other bytes than were written")
	}
	if err := f.Close(); err != nil {
		return report, fmt.Errorf("backup: %w", err)
	}
	if err := os.Rename(f.Name(), to); err != nil {
		return report, fmt.Errorf("backup: %w", err)
	}
	return report, syncFolder(filepath.Dir(to))
}

// syncFolder makes the name of a new file durable.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" { // it cannot sync a folder, and need not
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("folder: %w", err)
	}
	defer d.Close()
	return d.Sync()
}

// parseRecipients returns those who can open a backup.
func parseRecipients(keys []string, passphraseFile string) ([]age.Recipient, error) {
	if (len(keys) > 0) == (passphraseFile != "") {
		return nil, errors.New("name who can open the backup: either --recipient or --passphrase-file")
	}
	if passphraseFile != "" {
		passphrase, err := readPassphrase(passphraseFile)
		if err != nil {
			return nil, err
		}
		r, err := age.NewScryptRecipient(passphrase)
		if err != nil {
			return nil, fmt.Errorf("--passphrase-file: %w", err)
		}
		return []age.Recipient{r}, nil
	}
	var to []age.Recipient
	for _, key := range keys {
		r, err := age.ParseX25519Recipient(strings.TrimSpace(key))
		if err != nil { // without the key: it may be the secret one
			return nil, errors.New("--recipient: it is no public key of age (age1…); make a pair with age-keygen")
		}
		to = append(to, r)
	}
	return to, nil
}

// parseIdentities returns what opens a backup.
func parseIdentities(file, passphraseFile string) ([]age.Identity, error) {
	if (file != "") == (passphraseFile != "") {
		return nil, errors.New("name what opens the backup: either --identity or --passphrase-file")
	}
	if passphraseFile != "" {
		passphrase, err := readPassphrase(passphraseFile)
		if err != nil {
			return nil, err
		}
		id, err := age.NewScryptIdentity(passphrase)
		if err != nil {
			return nil, fmt.Errorf("--passphrase-file: %w", err)
		}
		return []age.Identity{id}, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("--identity: %w", err)
	}
	defer f.Close()
	ids, err := age.ParseIdentities(f)
	if err != nil { // which may quote the secret key: not shown
		return nil, fmt.Errorf("--identity %s: it holds no secret key of age (AGE-SECRET-KEY-1…)", file)
	}
	return ids, nil
}

// readPassphrase reads the first line of a file.
func readPassphrase(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", fmt.Errorf("--passphrase-file: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return "", fmt.Errorf("--passphrase-file: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	line = strings.TrimSuffix(line, "\r")
	if len(line) < minPassphrase {
		return "", fmt.Errorf("--passphrase-file %s: its first line has %d bytes; a passphrase has at least %d", file, len(line), minPassphrase)
	}
	return line, nil
}
