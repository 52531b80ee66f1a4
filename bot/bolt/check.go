package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"imrbot/bot"
	"imrbot/dialog"
)

// Check reads the whole store and returns nil when all of this holds:
//
//   - the file's pages are as bbolt wants them;
//   - every conversation has a data key and every data key a conversation;
//   - every value opens under its key and reads as what it is;
//   - every outbox row and ticket belongs to a turn that its conversation has
//     committed, no two to the same place in one turn, and per conversation
//     they follow in the order of the turns;
//   - what was given up, and where buttons are shown, belongs to a conversation;
//   - every intake belongs to a conversation and bears its own reference;
//   - intakes and tickets are listed by conversation, each once;
//   - wakes and their times match one to one and belong to conversations;
//   - the audit has no gap;
//   - seen keys and their days match one to one.
//
// Otherwise the error joins the problems, at most 100 of them, with nothing
// personal in it. Commits wait while Check runs, about a second for each
// 100,000 conversations.
func (s *Store) Check(ctx context.Context) (err error) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	// With a write transaction open, no page changes under the check of pages.
	tx, err := s.db.Begin(s.writer != nil)
	if err != nil {
		return fmt.Errorf("check store: %w", explain(err))
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("check store: %w: %v", ErrDamaged, r)
		}
		tx.Rollback()
	}()
	c := &checker{ctx: ctx, store: s, tx: tx}
	for problem := range tx.Check() {
		c.found.add(fmt.Errorf("%w: file: %w", ErrDamaged, problem))
	}
	parts := []struct {
		bucket string
		check  func(key, value []byte) error
	}{
		{bucketKeys, c.dataKey},
		{bucketConversations, c.conversation},
		{bucketOutbox, c.rows(bucketOutbox, c.outboxChat)},
		{bucketTickets, c.rows(bucketTickets, c.ticketChat)},
		{bucketDead, c.dead},
		{bucketKeyboards, c.keyboard},
		{bucketIntakes, c.intake},
		{bucketQuarantine, func(_, value []byte) error { _, err := c.store.decodeQuarantined(value); return err }},
		{bucketOwned, c.owned},
		{bucketWakes, c.wake},
		{bucketWakeTimes, c.wakeTime},
		{bucketAudit, c.audit()},
		{bucketSeen, c.seen},
		{bucketSeenDays, c.seenDay},
	}
	c.meta()
	for _, p := range parts {
		if err := c.each(p.bucket, p.check); err != nil {
			return fmt.Errorf("check store: %w", err)
		}
	}
	if a, b := c.counts[bucketIntakes]+c.counts[bucketTickets], c.counts[bucketOwned]; a != b {
		c.found.add(damaged("%d intakes and tickets are listed %d times", a, b))
	}
	if a, b := c.counts[bucketWakes], c.counts[bucketWakeTimes]; a != b {
		c.found.add(damaged("%d wakes have %d times", a, b))
	}
	if a, b := c.counts[bucketSeen], c.counts[bucketSeenDays]; a != b {
		c.found.add(fmt.Errorf("%w: %d seen keys have %d days", ErrDamaged, a, b))
	}
	return c.found.err()
}

// checker is one run of Check.
type checker struct {
	ctx    context.Context
	store  *Store
	tx     *bbolt.Tx
	found  problems
	counts map[string]int
}

// each checks every entry of a bucket. It fails only when ctx ends.
func (c *checker) each(bucket string, check func(key, value []byte) error) error {
	if c.counts == nil {
		c.counts = make(map[string]int)
	}
	cur := c.tx.Bucket([]byte(bucket)).Cursor()
	for k, v := cur.First(); k != nil; k, v = cur.Next() {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		c.counts[bucket]++
		if err := check(k, v); err != nil {
			c.found.add(fmt.Errorf("%s, entry %d: %w", bucket, c.counts[bucket], err))
		}
	}
	return nil
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

func (c *checker) get(bucket string, key []byte) []byte {
	return c.tx.Bucket([]byte(bucket)).Get(key)
}

// meta checks the store's own keys, and what is remembered of erased intakes.
func (c *checker) meta() {
	meta := c.tx.Bucket([]byte(bucketMeta))
	ring := c.store.ring.Load()
	if !ring.now.fits(meta) {
		c.found.add(damaged("meta %s", metaCanary))
	}
	for _, name := range metaKeys {
		if _, err := ring.now.get(meta, name); err != nil {
			c.found.add(err)
		}
	}
	if _, err := highest(meta, c.store.own); err != nil {
		c.found.add(err)
	}
}

// owned checks that what is listed is there, and is that conversation's.
func (c *checker) owned(key, value []byte) error {
	chat, kind, of := splitOwned(key)
	if kind == 0 || !bytes.Equal(value, []byte{formOne}) && !(kind == ownedIntake && value[0] == formOne && isKept(value)) {
		return damaged("key of %d and value of %d bytes", len(key), len(value))
	}
	if !bytes.Equal(headOf(c.get(ownedBuckets[kind], of), hashSize), chat[:]) {
		return damaged("an entry of %s that is not there, or another conversation's", ownedBuckets[kind])
	}
	return nil
}

func (c *checker) dataKey(key, value []byte) error {
	if len(key) != hashSize {
		return damaged("key of %d bytes", len(key))
	}
	if c.get(bucketConversations, key) == nil {
		return damaged("data key without a conversation")
	}
	_, err := c.store.ring.Load().openDataKey(hashed(key), value)
	return err
}

func (c *checker) conversation(key, value []byte) error {
	if len(key) != hashSize {
		return damaged("key of %d bytes", len(key))
	}
	// The cache may know a key that the file has lost.
	if c.get(bucketKeys, key) == nil {
		return damaged("conversation without a data key")
	}
	conv, err := c.store.openConversation(c.tx, hashed(key), value)
	if err != nil {
		return err
	}
	if c.store.chats.of(string(conv.chat)) != hashed(key) {
		return damaged("conversation of another chat")
	}
	if conv.turn == 0 {
		return damaged("conversation without a turn")
	}
	_, err = dialog.DecodeState(conv.state)
	return err
}

// rows returns the check of the outbox or of the tickets; chat reads a row and
// returns whose it says it is, and of which turn.
func (c *checker) rows(bucket string, chat func(value []byte) (rowName, bot.ChatKey, error)) func(key, value []byte) error {
	last := make(map[hashed]rowName)
	return func(key, value []byte) error {
		if len(key) != 8 {
			return damaged("key of %d bytes", len(key))
		}
		if n := binary.BigEndian.Uint64(key); n == 0 || n > c.tx.Bucket([]byte(bucket)).Sequence() {
			return damaged("number %d was never given", n)
		}
		name, of, err := chat(value)
		if err != nil {
			return err
		}
		if c.store.chats.of(string(of)) != name.chat {
			return damaged("row of another chat")
		}
		if turn := storedTurn(c.get(bucketConversations, name.chat[:])); name.turn == 0 || name.turn > turn {
			return damaged("row of turn %d, of which %d are committed", name.turn, turn)
		}
		was, ok := last[name.chat]
		if ok && (name.turn < was.turn || name.turn == was.turn && name.index <= was.index) {
			return damaged("row %d of turn %d after row %d of turn %d", name.index, name.turn, was.index, was.turn)
		}
		last[name.chat] = name
		return nil
	}
}

func (c *checker) outboxChat(value []byte) (rowName, bot.ChatKey, error) {
	var row bot.Outgoing
	name, err := c.store.openRow(c.tx, bucketOutbox, value, &row)
	if err == nil && row.Turn != name.turn {
		err = damaged("row of turn %d says turn %d", name.turn, row.Turn)
	}
	return name, row.Chat, err
}

func (c *checker) ticketChat(value []byte) (rowName, bot.ChatKey, error) {
	var t bot.Ticket
	name, err := c.store.openRow(c.tx, bucketTickets, value, &t)
	return name, t.Chat, err
}

// dead checks a row that was given up; nothing is said of its order.
func (c *checker) dead(_, value []byte) error {
	if deadRow(value) == nil {
		return damaged("dead row of %d bytes", len(value))
	}
	var row bot.Outgoing
	_, err := c.store.openRow(c.tx, bucketOutbox, deadRow(value), &row)
	return err
}

func (c *checker) keyboard(key, value []byte) error {
	if len(key) != hashSize {
		return damaged("key of %d bytes", len(key))
	}
	head := headOf(value, 8)
	if head == nil {
		return damaged("keyboard of %d bytes", len(value))
	}
	if turn := storedTurn(c.get(bucketConversations, key)); binary.BigEndian.Uint64(head) > turn {
		return damaged("keyboard of a turn that is not committed")
	}
	_, err := c.store.openOwned(c.tx, bucketKeyboards, key, hashed(key), value, 8)
	return err
}

func (c *checker) intake(key, value []byte) error {
	in, err := c.store.decodeIntake(c.tx, key, value)
	if err != nil {
		return err
	}
	if ref := refKey(key).String(); in.Ref != ref {
		return damaged("intake %s says %s", ref, in.Ref)
	}
	if owner := headOf(value, hashSize); c.get(bucketConversations, owner) == nil || c.get(bucketKeys, owner) == nil {
		return damaged("intake %s without its conversation", in.Ref)
	}
	return nil
}

func (c *checker) wake(key, value []byte) error {
	if len(key) != hashSize || wakeOf(value) == 0 {
		return damaged("wake has %d and %d bytes", len(key), len(value))
	}
	if c.get(bucketConversations, key) == nil {
		return damaged("wake without a conversation")
	}
	if c.get(bucketWakeTimes, wakeKey(wakeOf(value), hashed(key))) == nil {
		return damaged("wake without its time")
	}
	return nil
}

func (c *checker) wakeTime(key, value []byte) error {
	if len(key) != wakeTimeKey || !bytes.Equal(value, []byte{formOne}) {
		return damaged("time of wake has %d and %d bytes", len(key), len(value))
	}
	if wakeOf(c.get(bucketWakes, key[8:])) != binary.BigEndian.Uint64(key) {
		return damaged("time of a wake that is not there")
	}
	return nil
}

// audit returns the check of the entries, whose numbers follow one another.
func (c *checker) audit() func(key, value []byte) error {
	last := c.tx.Bucket([]byte(bucketAudit)).Sequence()
	entries := c.tx.Bucket([]byte(bucketAudit)).Cursor()
	if k, _ := entries.Last(); len(k) == 8 && binary.BigEndian.Uint64(k) != last {
		c.found.add(damaged("the newest entries of the audit are missing"))
	} else if k == nil && last > 0 {
		c.found.add(damaged("the audit is missing"))
	}
	var before uint64
	return func(key, value []byte) error {
		if len(key) != 8 {
			return damaged("key of %d bytes", len(key))
		}
		n := binary.BigEndian.Uint64(key)
		gap := before != 0 && n != before+1
		before = n
		if gap {
			return damaged("entries before number %d are missing", n)
		}
		_, err := c.store.decodeAudit(key, value)
		return err
	}
}

func (c *checker) seen(key, value []byte) error {
	if len(key) != hashSize || len(value) != seenValue || value[0] != formOne {
		return damaged("seen key has %d and %d bytes", len(key), len(value))
	}
	return nil
}

func (c *checker) seenDay(key, value []byte) error {
	if len(key) != daysKey || len(value) != daysValue || value[0] != formOne {
		return damaged("day of seen key has %d and %d bytes", len(key), len(value))
	}
	was := c.get(bucketSeen, value[1:])
	if len(was) != seenValue || !bytes.Equal(was[1:], key[:4]) {
		return damaged("day of a seen key that is not there")
	}
	return nil
}
