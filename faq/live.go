package faq

import "sync/atomic"

// Live holds the reader in use and lets another one take its place while
// messages are being read. Safe for use by many goroutines; make it with NewLive.
type Live struct{ current atomic.Pointer[Reader] }

// NewLive returns a holder of r, which must not be nil.
func NewLive(r *Reader) *Live {
	l := &Live{}
	l.current.Store(r)
	return l
}

// Swap makes r the reader of every call that begins from now on, and returns
// the one before. That one stays usable for calls under way; it holds no
// resources but memory.
func (l *Live) Swap(r *Reader) *Reader { return l.current.Swap(r) }

// Reader returns the reader in use: for several calls that must agree.
func (l *Live) Reader() *Reader { return l.current.Load() }

// Read reads a message with the reader in use; see Reader.Read.
func (l *Live) Read(text, hint string) Reading { return l.Reader().Read(text, hint) }

// Entry looks an entry up in the base in use; see Reader.Entry.
func (l *Live) Entry(id, lang string) (title, answer string, ok bool) {
	return l.Reader().Entry(id, lang)
}
