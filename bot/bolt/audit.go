package bolt

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"imrbot/bot"
)

// The audit is a list that is only ever added to. Its entries are sealed to their
// numbers, which follow one another, so that Check finds one that was changed,
// moved or taken out. In clear before each is the day it was added, by the
// store's clock: it decides when the entry goes, not the time the entry names.

// dayHead is the clear head of an entry.
const dayHead = 4

// Audit adds an entry. An entry of an At that is zero gets the store's time. It
// fails with ErrLimit when a text is empty that must not be, or is longer than
// 128 bytes, and otherwise as Commit does.
func (s *Store) Audit(ctx context.Context, e bot.AuditEntry) error {
	if s.writer == nil {
		return ErrReadOnly
	}
	raw, err := s.encodeAudit([]bot.AuditEntry{e})
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	if err := s.writer.do(ctx, auditJob(raw)); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

func (s *Store) encodeAudit(entries []bot.AuditEntry) ([][]byte, error) {
	var all [][]byte
	for _, e := range entries {
		if e.Actor == "" || e.Action == "" || max(len(e.Actor), len(e.Action), len(e.Ref)) > maxAuditText {
			return nil, fmt.Errorf("actor of %d, action of %d, reference of %d bytes: %w", len(e.Actor), len(e.Action), len(e.Ref), ErrLimit)
		}
		if e.At.IsZero() {
			e.At = s.now()
		}
		e.At = e.At.UTC()
		raw, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		all = append(all, raw)
	}
	return all, nil
}

// auditJob is entries, encoded.
type auditJob [][]byte

func (j auditJob) size() int        { return len(j) * 4 * maxAuditText }
func (j auditJob) check(*txn) error { return nil }
func (j auditJob) put(t *txn) error { return t.putAudit(j) }

// putAudit appends entries and lets the oldest go when their time is over.
func (t *txn) putAudit(entries [][]byte) error {
	for _, raw := range entries {
		n, err := t.audit.NextSequence()
		if err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		key := numberKey(n)
		day := binary.BigEndian.AppendUint32(nil, t.today)
		if err := t.audit.Put(key, seal(t.store.own, bucketAudit, key, day, raw)); err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		for range auditDrop {
			if err := t.trimAudit(n); err != nil {
				return fmt.Errorf("audit: %w", err)
			}
		}
	}
	return nil
}

// trimAudit drops the oldest entry when it is older than auditDays, or one of
// more than maxAudit; n is the number of the newest.
func (t *txn) trimAudit(n uint64) error {
	k, v := t.audit.Cursor().First()
	day := headOf(v, dayHead)
	if len(k) != 8 || day == nil {
		return nil // damaged: Check will say so
	}
	tooOld := uint64(binary.BigEndian.Uint32(day))+auditDays < uint64(t.today)
	if !tooOld && n-binary.BigEndian.Uint64(k) < maxAudit {
		return nil
	}
	return t.audit.Delete(k)
}

// Audits calls fn for every entry, the oldest first. An error of fn ends the
// listing and is returned; damaged entries are passed over and named in the error
// at the end.
func (s *Store) Audits(ctx context.Context, fn func(bot.AuditEntry) error) error {
	return scan(ctx, s, bucketAudit, func(_ *bbolt.Tx, key, value []byte) (bot.AuditEntry, error) {
		return s.decodeAudit(key, value)
	}, fn)
}

func (s *Store) decodeAudit(key, value []byte) (bot.AuditEntry, error) {
	var e bot.AuditEntry
	plain, err := open(s.own, bucketAudit, key, value, dayHead)
	if err == nil {
		err = json.Unmarshal(plain, &e)
	}
	if err != nil {
		return e, fmt.Errorf("%w: audit entry: %w", ErrDamaged, err)
	}
	return e, nil
}
