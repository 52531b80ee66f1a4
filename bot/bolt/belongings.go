package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"imrbot/bot"
	"imrbot/dialog"
)

// Belongings returns all that is stored of one chat, as of one moment; the caller
// owns it, but the bytes of its letters are to be had with File and Letter. What
// is damaged is passed over and counted, and the Notice of Options tells of it.
// It fails with bot.ErrNotFound when there is no such conversation, and with
// ErrDamaged when its key is lost, and with it everything.
//
// Not part of it is what tells nobody's words: which events were seen, which
// message shows buttons, and the audit, which names nobody.
func (s *Store) Belongings(ctx context.Context, chat bot.ChatKey) (bot.Belongings, error) {
	if err := ctx.Err(); err != nil {
		return bot.Belongings{}, err
	}
	g := gathering{store: s, chat: s.chats.of(string(chat))}
	if err := s.view(g.all); err != nil {
		return bot.Belongings{}, fmt.Errorf("belongings: %w", err)
	}
	if g.damage.errs != nil {
		s.notice(fmt.Sprintf("Of what is stored of a chat some cannot be read: %v. Run: imrbot doctor", g.damage.err()))
	}
	return g.Belongings, nil
}

// gathering is one Belongings under way.
type gathering struct {
	bot.Belongings
	store  *Store
	chat   hashed
	damage problems
}

func (g *gathering) all(tx *bbolt.Tx) error {
	value := tx.Bucket([]byte(bucketConversations)).Get(g.chat[:])
	if value == nil {
		return bot.ErrNotFound
	}
	if _, err := g.store.dataKey(tx, g.chat); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	g.conversation(tx, value)
	g.owned(tx)
	g.Waiting = g.rows(tx, bucketOutbox, func(v []byte) []byte { return v })
	g.Dead = g.rows(tx, bucketDead, deadRow)
	g.quarantined(tx)
	if second := wakeOf(tx.Bucket([]byte(bucketWakes)).Get(g.chat[:])); second != 0 {
		g.Wake = time.Unix(int64(second), 0).UTC()
	}
	return nil
}

// read notes what could not be read, and tells whether it could.
func (g *gathering) read(err error) bool {
	if err != nil {
		g.damage.add(err)
		g.Unreadable++
	}
	return err == nil
}

func (g *gathering) conversation(tx *bbolt.Tx, value []byte) {
	c, err := g.store.openConversation(tx, g.chat, value)
	var state dialog.State
	if err == nil {
		state, err = dialog.DecodeState(c.state)
	}
	if g.read(err) {
		g.Conversation = bot.Conversation{Turn: c.turn, State: state}
	}
}

// owned takes the intakes and tickets.
func (g *gathering) owned(tx *bbolt.Tx) {
	for _, key := range ownedBy(tx, g.chat) {
		_, kind, of := splitOwned(key)
		value := tx.Bucket([]byte(ownedBuckets[kind])).Get(of)
		switch {
		case kind == ownedIntake && len(of) == len(refKey{}):
			if in, err := g.store.decodeIntake(tx, of, value); g.read(err) {
				g.Intakes = append(g.Intakes, in)
			}
		case kind == ownedTicket:
			if ticket, err := g.store.decodeTicket(tx, of, value); g.read(err) {
				g.Tickets = append(g.Tickets, ticket)
			}
		default:
			g.read(fmt.Errorf("%w: a key of what a conversation owns", ErrDamaged))
		}
	}
}

// rows takes the chat's rows of a bucket, in which row finds them. Those of other
// chats are known by their clear heads, and not opened.
func (g *gathering) rows(tx *bbolt.Tx, bucket string, row func(value []byte) []byte) []bot.Outgoing {
	var list []bot.Outgoing
	c := tx.Bucket([]byte(bucket)).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		v = row(v)
		if !bytes.Equal(headOf(v, hashSize), g.chat[:]) || len(k) != 8 {
			continue
		}
		out := bot.Outgoing{}
		if bucket == bucketOutbox {
			out.Key = bot.OutKey(binary.BigEndian.Uint64(k))
		}
		if _, err := g.store.openRow(tx, bucketOutbox, v, &out); g.read(err) {
			list = append(list, out)
		}
	}
	return list
}

func (g *gathering) quarantined(tx *bbolt.Tx) {
	c := tx.Bucket([]byte(bucketQuarantine)).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if !bytes.Equal(headOf(v, hashSize), g.chat[:]) {
			continue
		}
		if q, err := g.store.decodeQuarantined(v); g.read(err) {
			g.Quarantined = append(g.Quarantined, q)
		}
	}
}

// ChatOf returns the chat that an intake belongs to. It fails as Intake does.
func (s *Store) ChatOf(ctx context.Context, ref string) (bot.ChatKey, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	key, err := parseRef(ref)
	if err != nil {
		return "", err
	}
	var chat bot.ChatKey
	err = s.view(func(tx *bbolt.Tx) (err error) {
		chat, err = s.chatOf(tx, key)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("intake %s: %w", key, err)
	}
	return chat, nil
}
