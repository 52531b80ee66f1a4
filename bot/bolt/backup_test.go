package bolt

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"go.etcd.io/bbolt"

	"imrbot/bot"
)

// everything returns all values of a store and all its letters, by place.
func everything(t testing.TB, s *Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := s.view(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			all["sequence of "+string(name)] = fmt.Sprint(b.Sequence())
			return b.ForEach(func(k, v []byte) error {
				all[fmt.Sprintf("%s %x", name, k)] = string(v)
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(s.filesPath(), func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(s.filesPath(), p)
			all["file "+rel] = string(readFile(t, p))
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return all
}

func mustBackup(t testing.TB, s *Store, withKey bool) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := s.Backup(t.Context(), &out, testBackup(withKey)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func restoreInto(t testing.TB, backup []byte, path string, force bool) error {
	t.Helper()
	_, err := Restore(t.Context(), bytes.NewReader(backup), path, RestoreOptions{Identities: []age.Identity{testIdentity()}, Force: force})
	return err
}

func TestABackupRestoresToAnIdenticalStore(t *testing.T) {
	for _, readOnly := range []bool{false, true} {
		for _, withKey := range []bool{false, true} {
			t.Run(fmt.Sprintf("readOnly=%v,withKey=%v", readOnly, withKey), func(t *testing.T) {
				s, path := testStore(t, Options{})
				fillChats(t, s, 50)
				full(t, s, "telegram:1")
				full(t, s, "telegram:2")
				mustCommit(t, s, forget("telegram:2"))
				if readOnly {
					closeChecked(t, s)
					s = openTest(t, path, Options{ReadOnly: true})
				}
				want := everything(t, s)
				var out bytes.Buffer
				report, err := s.Backup(t.Context(), &out, testBackup(withKey))
				if err != nil || report.Files != 3 || report.WithKey != withKey || report.StoreBytes == 0 {
					t.Errorf("report %+v, %v", report, err)
				}
				if got := everything(t, s); !reflect.DeepEqual(got, want) {
					t.Error("the backup changed the store")
				}
				if again, err := VerifyBackup(t.Context(), bytes.NewReader(out.Bytes()), testIdentity()); err != nil || again != report {
					t.Errorf("verified %+v, %v, want %+v", again, err, report)
				}
				target := filepath.Join(t.TempDir(), "new", "imrbot.db")
				if !withKey {
					wantError(t, restoreInto(t, out.Bytes(), target, false), ErrKey, "is missing; put back the copy")
					copyFile(t, path+".key", target+".key")
				}
				if err := restoreInto(t, out.Bytes(), target, false); err != nil {
					t.Fatal(err)
				}
				restored := openTest(t, target, Options{})
				if got := everything(t, restored); !reflect.DeepEqual(got, want) {
					t.Errorf("%d places restored, %d backed up, or they hold something else", len(got), len(want))
				}
				if got := holdings(t, restored, "telegram:1"); !reflect.DeepEqual(got, holdings(t, s, "telegram:1")) {
					t.Errorf("it holds %q", got)
				}
				entries, err := os.ReadDir(filepath.Dir(target))
				if err != nil || len(entries) != 3 {
					t.Errorf("the folder holds %v, %v", entries, err)
				}
				for _, e := range entries {
					if info, err := e.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
						t.Errorf("%s has mode %v", e.Name(), info.Mode())
					}
				}
			})
		}
	}
}

func TestABackupHoldsTheMasterKeyOnlyWhenAskedAndNothingInClear(t *testing.T) {
	s, path := testStore(t, Options{})
	full(t, s, "telegram:1")
	key := bytes.TrimSpace(readFile(t, path+".key"))
	for _, withKey := range []bool{false, true} {
		backup := mustBackup(t, s, withKey)
		plain, err := age.Decrypt(bytes.NewReader(backup), testIdentity())
		if err != nil {
			t.Fatal(err)
		}
		inside, err := io.ReadAll(plain)
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(inside, key); got != withKey {
			t.Errorf("with key %v: the key is in it: %v", withKey, got)
		}
		for _, secret := range []string{"telegram:1", "secret of", string(key)} {
			if bytes.Contains(backup, []byte(secret)) || secret != string(key) && bytes.Contains(inside, []byte(secret)) {
				t.Errorf("the backup holds %q", secret)
			}
		}
	}
}

func TestTurnsAndErasuresGoOnDuringABackup(t *testing.T) {
	s, path := testStore(t, Options{})
	fillChats(t, s, 200) // more than age holds back before it writes
	keep, _ := full(t, s, "telegram:1")
	want := everything(t, s)
	var out bytes.Buffer
	// Whoever takes the backup is slow: meanwhile the chat forgets all. What comes
	// before the copy of the file is made is age's header.
	_, err := s.Backup(t.Context(), writerFunc(func(p []byte) (int, error) {
		if _, err := os.Stat(path + snapshotSuffix); err == nil {
			_, err := s.Commit(context.Background(), forget("telegram:1", keep))
			if err != nil && !errors.Is(err, bot.ErrSeen) {
				t.Error(err)
			}
		}
		return out.Write(p)
	}), testBackup(true))
	if err != nil {
		t.Fatal(err)
	}
	if c := mustLoad(t, s, "telegram:1"); c.Turn != 3 {
		t.Fatalf("the test erased nothing: turn %d", c.Turn)
	}
	target := filepath.Join(t.TempDir(), "imrbot.db")
	if err := restoreInto(t, out.Bytes(), target, false); err != nil {
		t.Fatal(err)
	}
	restored := openTest(t, target, Options{})
	got := everything(t, restored)
	for place, value := range want {
		if got[place] != value {
			t.Errorf("%s is not as it was when the backup began", place)
		}
	}
	if _, err := os.Stat(path + snapshotSuffix); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the copy of the file is still there")
	}
	s.now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	if n, err := s.CollectFiles(t.Context(), 0); n != 3 || err != nil {
		t.Errorf("%d erased letters were left for the collection, %v", n, err)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestABackupThatFailsSaysSo(t *testing.T) {
	s, path := testStore(t, Options{})
	full(t, s, "telegram:1")
	full1 := errors.New("the stick is full")
	n := 0
	_, err := s.Backup(t.Context(), writerFunc(func(p []byte) (int, error) {
		if n++; n > 1 {
			return 0, full1
		}
		return len(p), nil
	}), testBackup(true))
	wantError(t, err, full1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Backup(ctx, io.Discard, testBackup(true))
	wantError(t, err, context.Canceled)
	if _, err := s.Backup(t.Context(), io.Discard, BackupOptions{}); err == nil {
		t.Error("a backup that nobody can open was made")
	}
	if _, err := os.Stat(path + snapshotSuffix); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the copy of the file is still there")
	}
	mustBackup(t, s, false)
}

// forge makes a backup of entries of one's own, sealed for the right recipient.
func forge(t *testing.T, entries ...[2]string) []byte {
	t.Helper()
	var out bytes.Buffer
	sealed, err := age.Encrypt(&out, testIdentity().Recipient())
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(sealed)
	var list strings.Builder
	for _, e := range entries {
		name, content := e[0], e[1]
		if name == entryManifest && content == "" {
			content = list.String()
		}
		head := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(content)), Mode: 0o600}
		if name == "link" {
			head = &tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: content}
			content = ""
		}
		if err := w.WriteHeader(head); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&list, "%x %d %s\n", sha256.Sum256([]byte(content)), len(content), name)
	}
	if err := errors.Join(w.Close(), sealed.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// forgeSparse makes a backup whose store is one byte that stands for size bytes.
func forgeSparse(t *testing.T, size int64) []byte {
	t.Helper()
	record := func(name, value string) string { // with its own length in front
		for n := len(name) + len(value) + 3; ; n++ {
			if r := fmt.Sprintf("%d %s=%s\n", n, name, value); len(r) == n {
				return r
			}
		}
	}
	records := record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0") +
		record("GNU.sparse.name", entryStore) + record("GNU.sparse.realsize", fmt.Sprint(size))
	block := func(name string, kind byte, content string) []byte {
		b := make([]byte, 512)
		copy(b, name)
		copy(b[100:], "0000600\x000000000\x000000000\x00")
		copy(b[124:], fmt.Sprintf("%011o\x0000000000000\x00", len(content)))
		copy(b[148:], "        ")
		b[156] = kind
		copy(b[257:], "ustar\x0000")
		sum := 0
		for _, c := range b {
			sum += int(c)
		}
		copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
		b = append(b, content...)
		return append(b, make([]byte, (512-len(content)%512)%512)...)
	}
	var out bytes.Buffer
	sealed, err := age.Encrypt(&out, testIdentity().Recipient())
	if err != nil {
		t.Fatal(err)
	}
	stream := block(entryHead, '0', `{"version":1,"made":"2026-06-01T12:00:00Z","key":false}`)
	stream = append(stream, block("pax", 'x', records)...)
	stream = append(stream, block(entryStore, '0', "1\n0\n1\n"+strings.Repeat("\x00", 506)+"x")...)
	if _, err := sealed.Write(stream); err != nil {
		t.Fatal(err)
	}
	if err := sealed.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestABackupThatIsNotWhatWasWrittenIsRefusedAndNothingIsTouched(t *testing.T) {
	s, path := testStore(t, Options{})
	full(t, s, "telegram:1")
	good := mustBackup(t, s, true)
	head := [2]string{entryHead, `{"version":1,"made":"2026-06-01T12:00:00Z","key":false}`}
	store := [2]string{entryStore, "no store"}
	list := [2]string{entryManifest, ""}
	letter := entryFiles + "/" + strings.Repeat("ab", hashSize) + "/" + strings.Repeat("cd", fileIDSize)
	closeChecked(t, s)
	copyFile(t, path+".key", path+".kept")
	cases := map[string]struct {
		backup []byte
		want   error
	}{
		"no backup":                     {[]byte("PK\x03\x04 something else"), ErrBackup},
		"nothing":                       {nil, ErrBackup},
		"cut in its middle":             {good[:len(good)/2], ErrBackup},
		"cut at its end":                {good[:len(good)-1], ErrBackup},
		"with a flipped bit":            {flipped(good, len(good)/2), ErrBackup},
		"a forged store":                {forge(t, head, store, list), ErrDamaged},
		"without its list":              {forge(t, head, store), ErrBackup},
		"with another list":             {forge(t, head, store, [2]string{entryManifest, "x\n"}), ErrBackup},
		"with more after its list":      {forge(t, head, store, list, [2]string{letter, "x"}), ErrBackup},
		"without a store":               {forge(t, head, list), ErrBackup},
		"without a head":                {forge(t, store, list), ErrBackup},
		"of a newer version":            {forge(t, [2]string{entryHead, `{"version":2}`}, store, list), ErrBackup},
		"with a head that is no JSON":   {forge(t, [2]string{entryHead, `x`}, store, list), ErrBackup},
		"with a key it does not claim":  {forge(t, head, store, [2]string{entryKey, "x"}, list), ErrBackup},
		"that climbs out":               {forge(t, head, store, [2]string{"files/../../../evil", "x"}, list), ErrBackup},
		"with an absolute name":         {forge(t, head, store, [2]string{"/tmp/evil", "x"}, list), ErrBackup},
		"with a link":                   {forge(t, head, store, [2]string{"link", "/etc/passwd"}, list), ErrBackup},
		"with a store of endless zeros": {forgeSparse(t, 1<<60), ErrBackup},
		"with a huge letter":            {forge(t, head, store, [2]string{letter, strings.Repeat("x", maxFileValue+1)}, list), ErrBackup},
		"with a letter twice":           {forge(t, head, store, [2]string{letter, "x"}, [2]string{letter, "x"}, list), errSink},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := VerifyBackup(t.Context(), bytes.NewReader(c.backup), testIdentity()); c.want == ErrBackup {
				wantError(t, err, ErrBackup)
			}
			for _, force := range []bool{false, true} {
				target := path
				if !force {
					target = filepath.Join(t.TempDir(), "imrbot.db")
					copyFile(t, path+".key", target+".key")
				}
				before := treeOf(t, filepath.Dir(target))
				wantError(t, restoreInto(t, c.backup, target, force), c.want)
				if after := treeOf(t, filepath.Dir(target)); !reflect.DeepEqual(before, after) {
					t.Errorf("the folder was changed: %d files before, %d after", len(before), len(after))
				}
			}
		})
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	_, err = VerifyBackup(t.Context(), bytes.NewReader(good), other)
	wantError(t, err, ErrBackup, "does not open")
}

func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

func treeOf(t testing.TB, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all[p] = string(readFile(t, p))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestARestoreReplacesAStoreOnlyByForceAndWhenNobodyUsesIt(t *testing.T) {
	s, _ := testStore(t, Options{})
	full(t, s, "telegram:1")
	want := everything(t, s)
	backup := mustBackup(t, s, true)
	there, path := testStore(t, Options{})
	full(t, there, "telegram:9")
	wantError(t, restoreInto(t, backup, path, true), ErrBusy)
	closeChecked(t, there)
	before := treeOf(t, filepath.Dir(path))
	wantError(t, restoreInto(t, backup, path, false), ErrExists, path)
	if !reflect.DeepEqual(before, treeOf(t, filepath.Dir(path))) {
		t.Error("the refused restore changed something")
	}
	// Letters or another key alone are not replaced either.
	for name, remove := range map[string][]string{"letters": {path}, "key": {path, path + ".files"}} {
		for _, file := range remove {
			if err := os.RemoveAll(file); err != nil {
				t.Fatal(err)
			}
		}
		if err := restoreInto(t, backup, path, false); !errors.Is(err, ErrExists) {
			t.Errorf("another store's %s: %v", name, err)
		}
	}
	// A store that is damaged can be replaced; a change of keys it was in goes too.
	if err := errors.Join(os.WriteFile(path, bytes.Repeat([]byte("x"), 40000), 0o600), copyIfThere(path+".key", newKeyFile(path+".key"))); err != nil {
		t.Fatal(err)
	}
	if err := restoreInto(t, backup, path, true); err != nil {
		t.Fatal(err)
	}
	var said notices
	restored := openTest(t, path, Options{Notice: said.note})
	if got := everything(t, restored); !reflect.DeepEqual(got, want) {
		t.Error("the store is not that of the backup")
	}
	if len(said.said) > 0 {
		t.Errorf("unexpected notices: %q", said.said)
	}
}

// After the decision, every step of putting the backup in place can be the last
// before a crash: the next start finishes it.
func TestARestoreThatIsInterruptedIsFinishedByTheNextStart(t *testing.T) {
	s, _ := testStore(t, Options{})
	full(t, s, "telegram:1")
	want := everything(t, s)
	backup := mustBackup(t, s, true)
	moves := []string{"", "displace", entryFiles, entryKey, entryStore, "clear"}
	for done := range moves {
		t.Run(fmt.Sprint("after ", moves[:done+1]), func(t *testing.T) {
			there, path := testStore(t, Options{})
			full(t, there, "telegram:9")
			closeChecked(t, there)
			opt := RestoreOptions{Identities: []age.Identity{testIdentity()}, KeyFile: path + ".key", Force: true, Notice: func(string) {}}
			plain, err := age.Decrypt(bytes.NewReader(backup), testIdentity())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := stage(t.Context(), plain, path+stagingSuffix, opt); err != nil {
				t.Fatal(err)
			}
			decided := path + decidedSuffix
			rename := func(from, to string) error { return os.Rename(from, to) }
			steps := []func() error{
				func() error { return rename(path+stagingSuffix, decided) },
				func() error { return rename(path+".files", filepath.Join(decided, displaced)) },
				func() error { return rename(filepath.Join(decided, entryFiles), path+".files") },
				func() error { return rename(filepath.Join(decided, entryKey), path+".key") },
				func() error { return rename(filepath.Join(decided, entryStore), path) },
				func() error { return os.RemoveAll(filepath.Join(decided, displaced)) },
			}
			for _, step := range steps[:done+1] {
				if err := step(); err != nil {
					t.Fatal(err)
				}
			}
			_, err = Open(path, Options{ReadOnly: true})
			if err == nil || !strings.Contains(err.Error(), "a restore of it was interrupted") {
				t.Errorf("read-only: %v", err)
			}
			var said notices
			restored := openTest(t, path, Options{Notice: said.note})
			if got := everything(t, restored); !reflect.DeepEqual(got, want) {
				t.Error("the store is not that of the backup")
			}
			if said.with("interrupted is now finished") != 1 {
				t.Errorf("the operator is told %q", said.said)
			}
			if _, err := os.Stat(decided); !errors.Is(err, fs.ErrNotExist) {
				t.Error("the folder of the restore is still there")
			}
		})
	}
}

// Before the decision, a crash leaves only a folder that the next restore clears.
func TestWhatACrashLeavesBeforeTheDecisionIsCleared(t *testing.T) {
	s, _ := testStore(t, Options{})
	mustCommit(t, s, turnOf("telegram:1", 0, "a"))
	backup := mustBackup(t, s, true)
	path := filepath.Join(t.TempDir(), "imrbot.db")
	half := filepath.Join(path+stagingSuffix, entryStore)
	if err := errors.Join(os.MkdirAll(filepath.Dir(half), 0o700), os.WriteFile(half, []byte("half"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := restoreInto(t, backup, path, false); err != nil {
		t.Fatal(err)
	}
	openTest(t, path, Options{})
}

func FuzzNoBackupMakesItsReaderPanicOrWritesElsewhere(f *testing.F) {
	var out bytes.Buffer
	b := &backupWriter{ctx: context.Background(), tar: tar.NewWriter(&out)}
	letter := entryFiles + "/" + strings.Repeat("ab", hashSize) + "/" + strings.Repeat("cd", fileIDSize)
	err := errors.Join(b.bytes(entryHead, []byte(`{"version":1,"key":true}`)), b.bytes(entryStore, []byte("store")),
		b.bytes(entryKey, []byte("key")), b.bytes(letter, []byte("letter")), b.bytes(entryManifest, b.manifest.text.Bytes()), b.tar.Close())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add(out.Bytes()[:1000])
	f.Fuzz(func(t *testing.T, raw []byte) {
		seen := names{}
		_, err := readBackup(context.Background(), bytes.NewReader(raw), seen)
		for name := range seen {
			if name != entryStore && name != entryKey && !isFileEntry(name) {
				t.Errorf("%q is to be written", name)
			}
		}
		if err == nil && (len(seen) == 0 || !bytes.Contains(raw, []byte(entryManifest))) {
			t.Errorf("%d bytes are taken for a backup", len(raw))
		}
	})
}

type names map[string]bool

func (n names) put(name string) (io.WriteCloser, error) {
	n[name] = true
	return discard{}, nil
}
