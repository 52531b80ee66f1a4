package faq

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"imrbot/kb"
)

// cacheVersion is the form of a cache file. Raise it with every change to the
// form, to the features or to the training: an older file is then trained anew.
const cacheVersion = "imrbot reader 2\n"

// Open returns a reader for base with the default options. It takes what was
// learned from cacheFile when that was written for the same base (by its
// Fingerprint) and the same version of this package; otherwise it trains, and
// writes the file (whole or not at all). A missing, damaged or unwritable cache
// costs time, never correctness; "" means no cache. The error is Train's.
func Open(base *kb.Base, cacheFile string) (*Reader, error) {
	c, err := newCorpus(base)
	if err != nil {
		return nil, err
	}
	key := cacheKey(base)
	if t, err := readCache(cacheFile, key); err == nil && t.suits(c) {
		return newReader(base, c, t)
	}
	r, err := Train(base, Options{})
	if err != nil {
		return nil, err
	}
	if cacheFile != "" {
		// The reader is good without its cache; a full or read-only disk is the
		// store's to report.
		_ = writeCache(cacheFile, key, r.t)
	}
	return r, nil
}

// cacheKey names a base and this package's own data.
func cacheKey(base *kb.Base) [sha256.Size]byte {
	h := sha256.New()
	io.WriteString(h, cacheVersion+base.Fingerprint())
	files, _ := wordFiles.ReadDir("words") // embedded: the folder is there
	for _, f := range files {
		data, _ := wordFiles.ReadFile("words/" + f.Name())
		fmt.Fprintf(h, "\n%s %d\n", f.Name(), len(data))
		h.Write(data)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// suits tells whether a model has the sizes that the base asks for.
func (t *trained) suits(c *corpus) bool {
	return t.lin.classes == c.classes() && len(t.near.class) == len(c.messages)
}

var errCache = errors.New("cache: damaged or of another version")

func readCache(file string, key [sha256.Size]byte) (*trained, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxCacheBytes {
		return nil, errCache
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	head := len(cacheVersion) + 2*sha256.Size
	if len(data) < head || string(data[:len(cacheVersion)]) != cacheVersion ||
		!bytes.Equal(data[len(cacheVersion):][:sha256.Size], key[:]) {
		return nil, errCache
	}
	sum := sha256.Sum256(data[head:])
	if !bytes.Equal(data[len(cacheVersion)+sha256.Size:head], sum[:]) {
		return nil, errCache
	}
	return decodeTrained(data[head:])
}

func writeCache(file string, key [sha256.Size]byte, t *trained) error {
	body := encodeTrained(t)
	sum := sha256.Sum256(body)
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	tmp, err := os.CreateTemp(dir, ".reader-*")
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	defer os.Remove(tmp.Name())
	for _, part := range [][]byte{[]byte(cacheVersion), key[:], sum[:], body} {
		if _, err := tmp.Write(part); err != nil {
			tmp.Close()
			return fmt.Errorf("cache: %w", err)
		}
	}
	if err := errors.Join(tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	if err := os.Rename(tmp.Name(), file); err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	return nil
}

// encodeTrained writes a model in a fixed order: the same model, the same bytes.
func encodeTrained(t *trained) []byte {
	var e encoder
	keys := make([]uint64, len(t.feats.idf))
	for k, i := range t.feats.index {
		keys[i] = k
	}
	put(&e, keys)
	put(&e, t.feats.idf)
	put(&e, []float32{t.feats.unseen})
	put(&e, []int32{int32(t.lin.classes)})
	put(&e, t.lin.weights)
	put(&e, t.lin.bias)
	put(&e, t.near.start)
	put(&e, t.near.doc)
	put(&e, t.near.val)
	put(&e, t.near.class)
	put(&e, t.near.fold)
	put(&e, t.choice.weight)
	for _, l := range []*logit{t.gate, t.offer} {
		put(&e, l.mean)
		put(&e, l.scale)
		put(&e, l.weight)
		put(&e, []float64{l.bias})
	}
	put(&e, append([]float64{t.answer, t.suggest}, t.special[:]...))
	return e.buf
}

// decodeTrained reads what encodeTrained wrote, and checks that its parts fit.
func decodeTrained(data []byte) (*trained, error) {
	d := decoder{buf: data}
	t := &trained{feats: &features{}, lin: &linear{}, near: &neighbours{}, choice: &choice{}, gate: &logit{}, offer: &logit{}}
	keys := get[uint64](&d)
	t.feats.idf = get[float32](&d)
	unseen := get[float32](&d)
	classes := get[int32](&d)
	t.lin.weights, t.lin.bias = get[float32](&d), get[float32](&d)
	t.near.start, t.near.doc, t.near.val = get[int32](&d), get[int32](&d), get[float32](&d)
	t.near.class, t.near.fold = get[int32](&d), get[int8](&d)
	t.choice.weight = get[float64](&d)
	for _, l := range []*logit{t.gate, t.offer} {
		l.mean, l.scale, l.weight = get[float64](&d), get[float64](&d), get[float64](&d)
		if b := get[float64](&d); len(b) == 1 {
			l.bias = b[0]
		}
	}
	limits := get[float64](&d)
	if d.bad || len(d.buf) != 0 || len(unseen) != 1 || len(classes) != 1 || len(limits) != 2+numSpecial ||
		len(keys) != len(t.feats.idf) || len(t.lin.weights) != len(keys)*int(classes[0]) ||
		len(t.lin.bias) != int(classes[0]) || len(t.near.start) != len(keys)+1 ||
		len(t.near.doc) != len(t.near.val) || int(t.near.start[len(keys)]) != len(t.near.doc) ||
		len(t.near.class) != len(t.near.fold) || len(t.choice.weight) != numChoice {
		return nil, errCache
	}
	for _, l := range []*logit{t.gate, t.offer} {
		if n := len(l.weight); n != len(l.mean) || n != len(l.scale) || (n != 0 && n != numGate) {
			return nil, errCache
		}
	}
	t.feats.unseen, t.feats.weight = unseen[0], blockWeights
	t.feats.index = make(map[uint64]int32, len(keys))
	for i, k := range keys {
		t.feats.index[k] = int32(i)
	}
	t.lin.classes = int(classes[0])
	t.answer, t.suggest = limits[0], limits[1]
	copy(t.special[:], limits[2:])
	return t, nil
}

// number is what a cache holds slices of.
type number interface {
	int8 | int32 | uint64 | float32 | float64
}

type encoder struct{ buf []byte }

// put appends a slice: its length, then its numbers, little-endian.
func put[T number](e *encoder, xs []T) {
	e.buf = binary.LittleEndian.AppendUint64(e.buf, uint64(len(xs)))
	e.buf = slices.Grow(e.buf, len(xs)*binary.Size(T(0)))
	for _, x := range xs {
		switch v := any(x).(type) {
		case int8:
			e.buf = append(e.buf, byte(v))
		case int32:
			e.buf = binary.LittleEndian.AppendUint32(e.buf, uint32(v))
		case uint64:
			e.buf = binary.LittleEndian.AppendUint64(e.buf, v)
		case float32:
			e.buf = binary.LittleEndian.AppendUint32(e.buf, math.Float32bits(v))
		case float64:
			e.buf = binary.LittleEndian.AppendUint64(e.buf, math.Float64bits(v))
		}
	}
}

type decoder struct {
	buf []byte
	bad bool
}

// get takes the next slice off the buffer; after the first defect it gives
// nothing more and bad is set.
func get[T number](d *decoder) []T {
	size := binary.Size(T(0))
	if d.bad || len(d.buf) < 8 {
		d.bad = true
		return nil
	}
	n := binary.LittleEndian.Uint64(d.buf)
	d.buf = d.buf[8:]
	if n > uint64(len(d.buf)/size) {
		d.bad = true
		return nil
	}
	out := make([]T, n)
	if _, err := binary.Decode(d.buf[:int(n)*size], binary.LittleEndian, out); err != nil {
		d.bad = true
	}
	d.buf = d.buf[int(n)*size:]
	return out
}
