package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"imrbot/bot"
	"imrbot/dialog"
)

// Forgetting: a turn that erases its conversation, but for what was handed on.
// An intake that is no draft was: the staff works on it, and the enrollee was
// told that it stays. What the staff finds it by, and what the operator's own
// system has not heard of it yet, stays with it.

// statusDraft is the status of an intake that the enrollee has not handed on.
const statusDraft = "draft"

// forgetting is what a turn that erases its conversation prepares.
type forgetting struct {
	erasure
	kept  []sealedIntake // intakes that stay, under the new key
	rows  []sealedRow    // and what tells of them
	moved *moving
}

// sealedRow is a value that stays where it is.
type sealedRow struct {
	bucket     string
	key, value []byte
}

// storedRow is a row or ticket as it lies in a bucket, opened.
type storedRow struct {
	bucket string
	key    []byte
	head   []byte // of a dead row: what lies before the row itself
	name   rowName
	row    any
}

// prepareForgetting draws a new data key, seals anew what stays, and names in t
// the letters that stay by their new ids, and all intakes that do.
func (s *Store) prepareForgetting(ctx context.Context, j *turnJob, t *bot.Turn) (err error) {
	j.forget = &forgetting{erasure: erasure{chat: j.chat}}
	var kept []dialog.Intake
	var rows []storedRow
	var old dataKey
	err = s.view(func(tx *bbolt.Tx) (err error) {
		if tx.Bucket([]byte(bucketSeen)).Get(j.event[:]) != nil {
			return bot.ErrSeen
		}
		if err := survey(tx, &j.forget.erasure); err != nil {
			return err
		}
		if j.forget.turn != t.After {
			return bot.ErrStale
		}
		if old, err = s.dataKey(tx, j.chat); err != nil && !errors.Is(err, errNoKey) {
			// Without its key a conversation can be erased, but nothing of it kept.
			if len(t.Keep) > 0 {
				return err
			}
		}
		t.Keep = append(slices.Clone(t.Keep), s.handedOn(tx, j.forget.owned)...)
		if kept, err = s.keptIntakes(tx, j.chat, t); err != nil {
			return err
		}
		rows = s.keptRows(tx, &j.forget.erasure, t.Keep)
		return nil
	})
	if err != nil {
		return err
	}
	if j.key, err = newDataKey(); err != nil {
		return err
	}
	if j.forget.moved, err = s.newMoving(j.chat, old, j.key); err != nil {
		return err
	}
	if err := j.forget.moved.turn(ctx, t); err != nil {
		return err
	}
	if err := j.keepIntakes(ctx, kept); err != nil {
		return err
	}
	return j.keepRows(rows)
}

// keepIntakes seals intakes that stay, with their letters, under the new key.
func (j *turnJob) keepIntakes(ctx context.Context, kept []dialog.Intake) (err error) {
	for _, in := range kept {
		if in.Files, err = j.forget.moved.files(ctx, in.Files); err != nil {
			return err
		}
		sealed, err := j.sealIntake(in)
		if err != nil {
			return err
		}
		sealed.kept = true
		j.forget.kept = append(j.forget.kept, sealed)
	}
	return nil
}

// keepRows seals rows and tickets that stay under the new key.
func (j *turnJob) keepRows(rows []storedRow) error {
	for _, r := range rows {
		sealedFor := r.bucket
		if sealedFor == bucketDead {
			sealedFor = bucketOutbox // a dead row is the outbox's, as it was
		}
		value, err := sealRow(j.key, sealedFor, r.name, r.row)
		if err != nil {
			return err
		}
		value = append(slices.Clip(r.head), value...)
		j.bytes += len(value)
		j.forget.rows = append(j.forget.rows, sealedRow{r.bucket, r.key, value})
	}
	return nil
}

// handedOn returns the references of the intakes that stay in any case: those
// that are no drafts, and those that an earlier erasure kept. One that cannot be
// read is no use to anyone, and stays only if it was kept before.
func (s *Store) handedOn(tx *bbolt.Tx, owned [][]byte) []string {
	var refs []string
	for _, key := range owned {
		_, kind, of := splitOwned(key)
		if kind != ownedIntake || len(of) != len(refKey{}) {
			continue
		}
		stays := isKept(tx.Bucket([]byte(bucketOwned)).Get(key))
		if !stays {
			in, err := s.decodeIntake(tx, of, tx.Bucket([]byte(bucketIntakes)).Get(of))
			stays = err == nil && in.Status != statusDraft
		}
		if stays {
			refs = append(refs, refKey(of).String())
		}
	}
	return refs
}

// keptRows reads the tickets of kept intakes, and the rows that bring news of
// them to the operator's own system, also those that were given up and can be
// revived. One that cannot be read is of no use and goes.
func (s *Store) keptRows(tx *bbolt.Tx, e *erasure, keep []string) []storedRow {
	if len(keep) == 0 {
		return nil
	}
	var rows []storedRow
	add := func(r storedRow, value []byte) {
		ref := ""
		var err error
		if r.bucket == bucketTickets {
			var ticket bot.Ticket
			r.name, err = s.openRow(tx, r.bucket, value, &ticket)
			r.row, ref = ticket, ticket.Ref
		} else {
			var out bot.Outgoing
			r.name, err = s.openRow(tx, bucketOutbox, value, &out)
			if r.row = out; out.Handoff != nil {
				ref = out.Handoff.Ref
			}
		}
		if err == nil && ref != "" && slices.Contains(keep, ref) {
			rows = append(rows, r)
		}
	}
	for _, key := range e.rows {
		add(storedRow{bucket: bucketOutbox, key: key}, tx.Bucket([]byte(bucketOutbox)).Get(key))
	}
	for _, key := range e.owned {
		if _, kind, of := splitOwned(key); kind == ownedTicket {
			add(storedRow{bucket: bucketTickets, key: of}, tx.Bucket([]byte(bucketTickets)).Get(of))
		}
	}
	c := tx.Bucket([]byte(bucketDead)).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if row := deadRow(v); row != nil && bytes.Equal(deadChat(v), e.chat[:]) {
			head := bytes.Clone(v[:len(v)-len(row)])
			add(storedRow{bucket: bucketDead, key: bytes.Clone(k), head: head}, row)
		}
	}
	return rows
}

// keptIntakes reads the intakes of a chat that a turn keeps and does not store
// itself. One that is not there any more is none to keep, and leaves t.Keep.
func (s *Store) keptIntakes(tx *bbolt.Tx, chat hashed, t *bot.Turn) ([]dialog.Intake, error) {
	stored := make(map[string]bool, len(t.Intakes))
	for _, in := range t.Intakes {
		stored[in.Ref] = true
	}
	var kept []dialog.Intake
	for _, ref := range t.Keep {
		key, err := parseRef(ref)
		if err != nil {
			return nil, fmt.Errorf("keep: %w", err)
		}
		value := tx.Bucket([]byte(bucketIntakes)).Get(key[:])
		if value == nil || stored[ref] {
			continue
		}
		if !bytes.Equal(headOf(value, hashSize), chat[:]) {
			return nil, fmt.Errorf("keep: %w: %s is of another conversation", ErrRef, key)
		}
		in, err := s.decodeIntake(tx, key[:], value)
		if err != nil {
			return nil, fmt.Errorf("keep: %w", err)
		}
		stored[ref] = true
		kept = append(kept, in)
	}
	t.Keep = slices.DeleteFunc(t.Keep, func(ref string) bool { return !stored[ref] })
	return kept, nil
}

// put erases, and puts back what stays, but not what went meanwhile.
func (f *forgetting) put(t *txn) error {
	var there []sealedIntake
	for _, in := range f.kept {
		if t.intakes.Get(in.key[:]) != nil {
			there = append(there, in)
		}
	}
	var rows []sealedRow
	for _, row := range f.rows {
		if t.rowsOf(row.bucket).Get(row.key) != nil {
			rows = append(rows, row)
		}
	}
	if err := t.erase(&f.erasure); err != nil {
		return err
	}
	for _, in := range there {
		if err := t.putIntake(f.chat, in); err != nil {
			return err
		}
	}
	for _, row := range rows {
		if err := t.rowsOf(row.bucket).Put(row.key, row.value); err != nil {
			return fmt.Errorf("%s: %w", row.bucket, err)
		}
		if row.bucket == bucketTickets {
			if err := putOwned(t.owned, f.chat, ownedTicket, row.key, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// rowsOf returns one of the buckets that keptRows reads.
func (t *txn) rowsOf(bucket string) *bbolt.Bucket {
	switch bucket {
	case bucketTickets:
		return t.tickets
	case bucketDead:
		return t.dead
	}
	return t.outbox
}
