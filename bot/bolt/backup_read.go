package bolt

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
)

// manifest collects a line for each entry of a backup, on both sides.
type manifest struct {
	text bytes.Buffer
	sum  hash.Hash
	size int64
	to   io.Writer
}

// begin returns the writer of an entry that goes on to w.
func (m *manifest) begin(w io.Writer) io.Writer {
	m.sum, m.size, m.to = sha256.New(), 0, w
	return m
}

// Write is that of the entry under way.
func (m *manifest) Write(p []byte) (int, error) {
	n, err := m.to.Write(p)
	m.sum.Write(p[:n])
	m.size += int64(n)
	return n, err
}

func (m *manifest) end(name string) error {
	if m.text.Len() > maxManifest {
		return fmt.Errorf("manifest: %w", ErrLimit)
	}
	_, err := fmt.Fprintf(&m.text, "%x %d %s\n", m.sum.Sum(nil), m.size, name)
	return err
}

// sink takes the entries of a backup. put returns where one goes; it is closed
// after its last byte.
type sink interface {
	put(name string) (io.WriteCloser, error)
}

// discard is a sink for looking alone.
type discard struct{}

func (discard) put(string) (io.WriteCloser, error) { return discard{}, nil }

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func (discard) Close() error { return nil }

// readBackup reads a backup to its end and hands its entries to a sink. Nothing
// of them may be used before it returns without an error.
func readBackup(ctx context.Context, r io.Reader, to sink) (BackupReport, error) {
	b := &backupReader{ctx: ctx, tar: tar.NewReader(r), to: to}
	if err := b.all(); err != nil {
		if ctx.Err() != nil || errors.Is(err, errSink) {
			return BackupReport{}, err
		}
		return BackupReport{}, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	// What follows the end of the tar stream must be nothing, and age tells of a
	// cut only at the end of its own.
	n, err := io.Copy(io.Discard, r)
	if err == nil && n > maxPadding {
		err = fmt.Errorf("%d bytes follow its end", n)
	}
	if err != nil {
		return BackupReport{}, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	return b.report, nil
}

// maxPadding is what tar may add after its end.
const maxPadding = 64 << 10

// errSink: what was read could not be put down; the backup is not at fault.
var errSink = errors.New("write what the backup holds")

type backupReader struct {
	ctx      context.Context
	tar      *tar.Reader
	to       sink
	report   BackupReport
	manifest manifest
	entries  int
}

func (b *backupReader) all() error {
	for {
		head, err := b.tar.Next()
		if err == io.EOF {
			return errors.New("it is cut short: its list of entries is missing")
		}
		if err != nil {
			return err
		}
		if head.Typeflag != tar.TypeReg || head.Size < 0 || isSparse(head) {
			return fmt.Errorf("entry %d is no file", b.entries+1)
		}
		if head.Name == entryManifest {
			return b.compare(head.Size)
		}
		if err := b.entry(head); err != nil {
			return err
		}
		b.entries++
	}
}

// entry reads an entry that is where it may be.
func (b *backupReader) entry(head *tar.Header) error {
	limit := int64(0)
	var small bytes.Buffer
	var to io.WriteCloser = struct {
		io.Writer
		io.Closer
	}{&small, discard{}}
	switch {
	case head.Name == entryHead && b.entries == 0:
		limit = maxKeyFile
	case head.Name == entryStore && b.entries == 1:
		limit = head.Size
		b.report.StoreBytes = head.Size
	case head.Name == entryKey && b.entries == 2 && b.report.WithKey:
		limit = maxKeyFile
	case b.entries >= 2 && isFileEntry(head.Name):
		limit = maxFileValue
		b.report.Files++
		b.report.FileBytes += head.Size
	default:
		return fmt.Errorf("entry %d has no place in a backup", b.entries+1)
	}
	if head.Size > limit {
		return fmt.Errorf("entry %d has %d bytes, more than the %d it may have", b.entries+1, head.Size, limit)
	}
	if head.Name != entryHead {
		var err error
		if to, err = b.to.put(head.Name); err != nil {
			return fmt.Errorf("%w: %w", errSink, explain(err))
		}
	}
	put := &sinkWriter{w: to}
	_, err := io.Copy(ctxWriter{b.ctx, b.manifest.begin(put)}, b.tar)
	if closed := to.Close(); put.err == nil {
		put.err = closed
	}
	if put.err != nil {
		return fmt.Errorf("%w: %w", errSink, explain(put.err))
	}
	if err != nil {
		return err
	}
	if head.Name == entryHead {
		if err := b.head(small.Bytes()); err != nil {
			return err
		}
	}
	return b.manifest.end(head.Name)
}

func (b *backupReader) head(raw []byte) error {
	var head backupHead
	if err := json.Unmarshal(raw, &head); err != nil {
		return fmt.Errorf("its first entry: %w", err)
	}
	if head.Version != backupVersion {
		return fmt.Errorf("it has version %d, this imrbot knows version %d", head.Version, backupVersion)
	}
	b.report.Made, b.report.WithKey = head.Made, head.Key
	return nil
}

// compare compares what was read with the manifest, the last entry.
func (b *backupReader) compare(size int64) error {
	if size > maxManifest+maxKeyFile {
		return fmt.Errorf("its list of entries has %d bytes", size)
	}
	raw, err := io.ReadAll(b.tar)
	if err != nil {
		return err
	}
	want, got := strings.SplitAfter(string(raw), "\n"), strings.SplitAfter(b.manifest.text.String(), "\n")
	for i := range max(len(want), len(got)) {
		if i >= len(want) || i >= len(got) || want[i] != got[i] {
			return fmt.Errorf("entry %d is not what was written", i+1)
		}
	}
	if b.entries < 2 || b.report.WithKey && b.entries < 3 {
		return errors.New("it lacks the store or the key")
	}
	switch _, err := b.tar.Next(); err {
	case io.EOF:
		return nil
	case nil:
		return errors.New("an entry follows its list of entries")
	default:
		return err
	}
}

// isSparse tells whether an entry is a few bytes that stand for as many zeros as
// its maker likes. Whoever knows a public key of age can make a backup for it.
func isSparse(head *tar.Header) bool {
	for name := range head.PAXRecords {
		if strings.HasPrefix(name, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// isFileEntry tells whether a name is that of a letter.
func isFileEntry(name string) bool {
	parts := strings.Split(name, "/")
	if len(parts) != 3 || parts[0] != entryFiles {
		return false
	}
	_, chat := parseFileID(parts[1]) // a chat's hash is written like a file's id
	_, id := parseFileID(parts[2])
	return chat && id
}

// sinkWriter keeps the error of a sink apart from those of the backup.
type sinkWriter struct {
	w   io.Writer
	err error
}

func (s *sinkWriter) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.err = err
	return n, err
}
