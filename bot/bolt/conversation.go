package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"imrbot/bot"
	"imrbot/dialog"
)

// turnSize is the clear head of a conversation's value: its turn, which the
// writer compares without opening the value.
const turnSize = 8

// errNoKey: a conversation has no data key, because it is new.
var errNoKey = errors.New("no data key")

// Load returns the conversation of a chat; the zero Conversation when there is
// none. The maps and slices of its State may be shared with other callers: give
// it to dialog.Step, which copies, and change nothing in place. Load fails with
// ErrDamaged when what is stored does not open, and with ErrClosed.
func (s *Store) Load(ctx context.Context, chat bot.ChatKey) (bot.Conversation, error) {
	if err := ctx.Err(); err != nil {
		return bot.Conversation{}, err
	}
	h := s.chats.of(string(chat))
	kept, isKept := s.states.get(h)
	var c stored
	none, known := false, false
	err := s.view(func(tx *bbolt.Tx) (err error) {
		value := tx.Bucket([]byte(bucketConversations)).Get(h[:])
		none = value == nil
		known = isKept && kept.tag == tagOf(value)
		if none || known {
			return nil
		}
		c, err = s.openConversation(tx, h, value)
		return err
	})
	if err != nil {
		return bot.Conversation{}, fmt.Errorf("load conversation: %w", err)
	}
	if none {
		return bot.Conversation{}, nil
	}
	if known {
		return kept.conv, nil
	}
	state, err := dialog.DecodeState(c.state)
	if err != nil {
		return bot.Conversation{}, fmt.Errorf("load conversation: %w", err)
	}
	return bot.Conversation{Turn: c.turn, State: state}, nil
}

// keepable tells whether the state encoded as raw may be kept decoded: it is
// small, and decoding would give the same. JSON replaces bytes that are no
// UTF-8, and what is loaded must not depend on whether we restarted since.
func keepable(raw []byte) bool {
	return len(raw) <= cachedState && !bytes.Contains(raw, []byte(`\ufffd`))
}

// keptState is a conversation kept decoded, with the tag of the value it was
// decoded from: no two values have the same, and an erased conversation that
// begins anew counts its turns from the same number.
type keptState struct {
	tag  [tagSize]byte
	conv bot.Conversation
}

const tagSize = 16

// tagOf returns the end of a sealed value, which authenticates it.
func tagOf(value []byte) (tag [tagSize]byte) {
	copy(tag[:], value[max(len(value)-tagSize, 0):])
	return tag
}

// keepState keeps a committed conversation decoded. Two commits of one chat may
// arrive here in the wrong order; Load compares the tag with the stored one.
func (s *Store) keepState(h hashed, value []byte, c bot.Conversation) {
	// What the codec does to these.
	c.State.Version = dialog.StateVersion
	c.State.Created = c.State.Created.Round(0)
	c.State.Last = c.State.Last.Round(0)
	s.states.put(h, keptState{tagOf(value), c})
}

// Conversations calls fn for every conversation, in no order that means
// anything. Turns may be committed meanwhile: each conversation is whole, all
// together are no snapshot. An error of fn ends the listing and is returned;
// damaged conversations are passed over and named in the error at the end.
func (s *Store) Conversations(ctx context.Context, fn func(bot.ChatKey, bot.Conversation) error) error {
	decode := func(tx *bbolt.Tx, key, value []byte) (stored, error) {
		if len(key) != hashSize {
			return stored{}, fmt.Errorf("%w: key of %d bytes", ErrDamaged, len(key))
		}
		return s.openConversation(tx, hashed(key), value)
	}
	return scan(ctx, s, bucketConversations, decode, func(c stored) error {
		state, err := dialog.DecodeState(c.state)
		if err != nil {
			return fmt.Errorf("conversation: %w", err)
		}
		return fn(c.chat, bot.Conversation{Turn: c.turn, State: state})
	})
}

// stored is a conversation as the file holds it, opened.
type stored struct {
	turn  uint64
	chat  bot.ChatKey
	state []byte // what EncodeState wrote
}

func (s *Store) openConversation(tx *bbolt.Tx, h hashed, value []byte) (stored, error) {
	k, err := s.dataKey(tx, h)
	if errors.Is(err, errNoKey) {
		return stored{}, fmt.Errorf("%w: the conversation has no data key", ErrDamaged)
	}
	if err != nil {
		return stored{}, err
	}
	plain, err := open(k.aead, bucketConversations, h[:], value, turnSize)
	if err != nil {
		return stored{}, err
	}
	if len(plain) < 2 || len(plain) < 2+int(binary.BigEndian.Uint16(plain)) {
		return stored{}, fmt.Errorf("%w: conversation without its chat key", ErrDamaged)
	}
	end := 2 + int(binary.BigEndian.Uint16(plain))
	return stored{turn: storedTurn(value), chat: bot.ChatKey(plain[2:end]), state: plain[end:]}, nil
}

// sealConversation returns the value of a conversation: turn, then sealed the
// length and bytes of the chat key, then the state.
func sealConversation(k dataKey, h hashed, c stored) []byte {
	plain := make([]byte, 0, 2+len(c.chat)+len(c.state))
	plain = binary.BigEndian.AppendUint16(plain, uint16(len(c.chat)))
	plain = append(plain, c.chat...)
	plain = append(plain, c.state...)
	var head [turnSize]byte
	binary.BigEndian.PutUint64(head[:], c.turn)
	return seal(k.aead, bucketConversations, h[:], head[:], plain)
}

// storedTurn reads the turn of a conversation's value; 0 when there is none.
func storedTurn(value []byte) uint64 {
	if len(value) < 1+turnSize {
		return 0
	}
	return binary.BigEndian.Uint64(value[1:])
}

// dataKey returns a conversation's data key; errNoKey when it has none. The
// cache agrees with the file: a key is only ever changed by an erasure, which no
// transaction of fn's kind overlaps (see Store.gate).
func (s *Store) dataKey(tx *bbolt.Tx, h hashed) (dataKey, error) {
	if k, ok := s.keys.get(h); ok {
		return k, nil
	}
	value := tx.Bucket([]byte(bucketKeys)).Get(h[:])
	if value == nil {
		return dataKey{}, errNoKey
	}
	k, err := s.ring.Load().openDataKey(h, value)
	if err != nil {
		return dataKey{}, fmt.Errorf("data key: %w", err)
	}
	s.keys.put(h, k)
	return k, nil
}

// keyFor returns the data key to seal a turn under; it is a new one, with its
// raw bytes, when the conversation has none. A turn that takes the key from the
// cache at the moment an erasure takes it away is stale when it is committed.
func (s *Store) keyFor(h hashed) (k dataKey, err error) {
	if k, ok := s.keys.get(h); ok {
		return k, nil
	}
	err = s.view(func(tx *bbolt.Tx) (err error) {
		k, err = s.dataKey(tx, h)
		return err
	})
	if errors.Is(err, errNoKey) {
		return newDataKey()
	}
	return k, err
}
