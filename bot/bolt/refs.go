package bolt

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.etcd.io/bbolt"
)

// refKey is a reference as a key: the year in two bytes, its number in four.
type refKey [6]byte

func makeRef(year int, seq uint32) refKey {
	var k refKey
	binary.BigEndian.PutUint16(k[:], uint16(year))
	binary.BigEndian.PutUint32(k[2:], seq)
	return k
}

func (k refKey) year() int   { return int(binary.BigEndian.Uint16(k[:])) }
func (k refKey) seq() uint32 { return binary.BigEndian.Uint32(k[2:]) }

// String writes the reference as enrollees are told it: "A-2026-000123".
func (k refKey) String() string { return fmt.Sprintf("A-%04d-%06d", k.year(), k.seq()) }

// parseRef reads exactly what String writes, for years 1 to 9999 and numbers
// from 1. It fails with ErrRef.
func parseRef(ref string) (refKey, error) {
	year, seq, ok := strings.Cut(strings.TrimPrefix(ref, "A-"), "-")
	y, err1 := strconv.ParseUint(year, 10, 16)
	n, err2 := strconv.ParseUint(seq, 10, 32)
	if ok && err1 == nil && err2 == nil && y >= 1 && y <= maxRefYear && n >= 1 {
		if k := makeRef(int(y), uint32(n)); k.String() == ref {
			return k, nil
		}
	}
	return refKey{}, fmt.Errorf("%w: %q is not written like A-2026-000123", ErrRef, ref[:min(len(ref), 32)])
}

const maxRefYear = 9999

// refs hands out references. Which are under way is known in memory alone: a
// reference is taken for good by the commit of its intake, so after a crash
// those that were only reserved are free again.
type refs struct {
	mu   sync.Mutex
	next map[int]uint32   // by year: the lowest number never handed out
	free map[int][]uint32 // by year: numbers given back, ascending
	out  map[refKey]struct{}
}

func newRefs(next map[int]uint32) *refs {
	return &refs{next: next, free: make(map[int][]uint32), out: make(map[refKey]struct{})}
}

// TakeRef reserves the lowest free reference of a year from 1 to 9999 for a
// turn under way. No two callers hold the same. A year outside that range, an
// exhausted one, and more than 65,536 references held at a time give "", under
// which no intake can be committed.
func (s *Store) TakeRef(year int) string { return s.refs.take(year) }

// ReleaseRef gives back a reference that TakeRef reserved and no commit used.
// Any other reference, a committed one included, it leaves alone.
func (s *Store) ReleaseRef(ref string) {
	if k, err := parseRef(ref); err == nil {
		s.refs.release(k)
	}
}

func (r *refs) take(year int) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if year < 1 || year > maxRefYear || len(r.out) >= refsOut {
		return ""
	}
	var k refKey
	if free := r.free[year]; len(free) > 0 {
		k = makeRef(year, free[0])
		r.free[year] = slices.Delete(free, 0, 1)
	} else {
		n := max(r.next[year], 1)
		if n == math.MaxUint32 {
			return ""
		}
		k = makeRef(year, n)
		r.next[year] = n + 1
	}
	r.out[k] = struct{}{}
	return k.String()
}

func (r *refs) release(k refKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.out[k]; !ok {
		return
	}
	delete(r.out, k)
	year, seq := k.year(), k.seq()
	i, _ := slices.BinarySearch(r.free[year], seq)
	r.free[year] = slices.Insert(r.free[year], i, seq)
}

// use tells that a reference is committed, reserved before or not.
func (r *refs) use(k refKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.out, k)
	year, seq := k.year(), k.seq()
	if i, ok := slices.BinarySearch(r.free[year], seq); ok {
		r.free[year] = slices.Delete(r.free[year], i, i+1)
	}
	if seq >= max(r.next[year], 1) && seq < math.MaxUint32 {
		r.next[year] = seq + 1
	}
}

// nextRefs finds, for each year, the number after the highest that was committed,
// erased since or not.
func (s *Store) nextRefs() (map[int]uint32, error) {
	next := make(map[int]uint32)
	err := s.view(func(tx *bbolt.Tx) error {
		erased, err := highest(tx.Bucket([]byte(bucketMeta)), s.own)
		if err != nil {
			return fmt.Errorf("%w; restore a backup", err)
		}
		for year, seq := range erased {
			next[year] = after(seq)
		}
		c := tx.Bucket([]byte(bucketIntakes)).Cursor()
		k, _ := c.Last()
		for k != nil {
			if len(k) != len(refKey{}) {
				return fmt.Errorf("%w: intake's key of %d bytes", ErrDamaged, len(k))
			}
			last := refKey(k)
			next[last.year()] = max(next[last.year()], after(last.seq()))
			first := makeRef(last.year(), 0)
			if k, _ = c.Seek(first[:]); k != nil {
				k, _ = c.Prev()
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find the highest reference: %w", err)
	}
	return next, nil
}

// after is the number that follows, if there is one.
func after(seq uint32) uint32 {
	if seq < math.MaxUint32 {
		return seq + 1
	}
	return seq
}
