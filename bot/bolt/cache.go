package bolt

import (
	"container/list"
	"sync"
)

// cache keeps the values used last, at most limit of them. It is safe for use
// by several goroutines.
type cache[V any] struct {
	limit int
	mu    sync.Mutex
	order *list.List // of *cached[V], the one used last in front
	at    map[hashed]*list.Element
}

type cached[V any] struct {
	key   hashed
	value V
}

func newCache[V any](limit int) *cache[V] {
	return &cache[V]{limit: limit, order: list.New(), at: make(map[hashed]*list.Element)}
}

func (c *cache[V]) get(key hashed) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.at[key]
	if !ok {
		var none V
		return none, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*cached[V]).value, true
}

func (c *cache[V]) put(key hashed, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.at[key]; ok {
		e.Value.(*cached[V]).value = value
		c.order.MoveToFront(e)
		return
	}
	c.at[key] = c.order.PushFront(&cached[V]{key, value})
	if c.order.Len() > c.limit {
		last := c.order.Back()
		delete(c.at, c.order.Remove(last).(*cached[V]).key)
	}
}

// drop forgets a key.
func (c *cache[V]) drop(key hashed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.at[key]; ok {
		c.order.Remove(e)
		delete(c.at, key)
	}
}
