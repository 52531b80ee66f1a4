package bolt

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"sync"
)

const (
	keySize  = 32 // bytes of the master key and of each data key
	hashSize = 16 // bytes of a hashed chat or seen key
	overhead = 28 // bytes that sealing adds: nonce and tag
	formOne  = 1  // the version byte before every stored value
)

// hashed stands for a ChatKey or InKey in the file: both are personal.
type hashed [hashSize]byte

// master is a master key. What is sealed under it is keys alone. It is safe for
// use by several goroutines.
type master struct {
	key  []byte
	aead cipher.AEAD
}

// keyring is the master keys that a store's keys may be sealed under: one, and
// while it is changed the next one too.
type keyring struct{ now, next *master }

func newMaster(key []byte) (*master, error) {
	sealing, err := subkey(key, "imrbot store 1: seal data keys")
	if err != nil {
		return nil, err
	}
	aead, err := newAEAD(sealing)
	if err != nil {
		return nil, err
	}
	return &master{key: key, aead: aead}, nil
}

func subkey(key []byte, purpose string) ([]byte, error) {
	sub, err := hkdf.Key(sha256.New, key, nil, purpose, keySize)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	return sub, nil
}

// newAEAD returns AES-256-GCM that draws a fresh random nonce for each value
// and stores it before the ciphertext.
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("cipher: %w", err)
	}
	return aead, nil
}

// hasher names personal keys by a keyed hash, so that the file does not tell
// who talks to us, nor lets anyone without the key test a guess.
type hasher struct{ pool *sync.Pool }

func newHasher(key []byte) hasher {
	return hasher{&sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

func (h hasher) of(name string) hashed {
	m := h.pool.Get().(hash.Hash)
	defer h.pool.Put(m)
	m.Reset()
	m.Write([]byte(name))
	var sum [sha256.Size]byte
	m.Sum(sum[:0])
	return hashed(sum[:hashSize])
}

// dataKey is the key of one conversation. All that is stored of the
// conversation is sealed under it: without it, the rest is noise.
type dataKey struct {
	aead cipher.AEAD
	// raw is the key itself, known only until it is stored.
	raw []byte
}

func newDataKey() (dataKey, error) {
	raw := freshKey()
	aead, err := newAEAD(raw)
	return dataKey{aead: aead, raw: raw}, err
}

// sealDataKey returns a key as bucket "keys" holds it.
func (m *master) sealDataKey(chat hashed, raw []byte) []byte {
	return seal(m.aead, bucketKeys, chat[:], nil, raw)
}

// unsealDataKey undoes sealDataKey.
func (m *master) unsealDataKey(chat hashed, value []byte) ([]byte, error) {
	raw, err := open(m.aead, bucketKeys, chat[:], value, 0)
	if err == nil && len(raw) != keySize {
		err = fmt.Errorf("%w: data key of %d bytes", ErrDamaged, len(raw))
	}
	return raw, err
}

// openDataKey unwraps a value of bucket "keys". It keeps no reference to it.
func (r *keyring) openDataKey(chat hashed, value []byte) (dataKey, error) {
	raw, err := r.now.unsealDataKey(chat, value)
	if err != nil && r.next != nil {
		raw, err = r.next.unsealDataKey(chat, value)
	}
	if err != nil {
		return dataKey{}, err
	}
	aead, err := newAEAD(raw)
	return dataKey{aead: aead}, err
}

// seal returns a stored value: the version byte, head in clear, then nonce,
// ciphertext and tag. Bucket, key and head are authenticated with it, so that a
// value moved elsewhere in the file does not open. Rows that get their key only
// within the transaction are sealed with an empty key; their head names them.
func seal(aead cipher.AEAD, bucket string, key, head, plain []byte) []byte {
	out := make([]byte, 0, 1+len(head)+len(plain)+overhead)
	out = append(out, formOne)
	out = append(out, head...)
	return aead.Seal(out, nil, plain, label(bucket, key, out))
}

// open undoes seal, for a head of headLen bytes. The plaintext is a new slice.
func open(aead cipher.AEAD, bucket string, key, value []byte, headLen int) ([]byte, error) {
	if len(value) < 1+headLen+overhead {
		return nil, fmt.Errorf("%w: value of %d bytes is cut short", ErrDamaged, len(value))
	}
	if value[0] != formOne {
		return nil, fmt.Errorf("%w: value is of form %d, this program knows form %d", ErrDamaged, value[0], formOne)
	}
	head := value[:1+headLen]
	plain, err := aead.Open(nil, nil, value[1+headLen:], label(bucket, key, head))
	if err != nil {
		return nil, fmt.Errorf("%w: value does not open under its key", ErrDamaged)
	}
	return plain, nil
}

// label joins what is authenticated beside the ciphertext. Within a bucket the
// widths of key and head are fixed, so no two pairs give the same label.
func label(bucket string, key, head []byte) []byte {
	l := make([]byte, 0, len(bucket)+1+len(key)+len(head))
	l = append(l, bucket...)
	l = append(l, 0)
	l = append(l, key...)
	return append(l, head...)
}
