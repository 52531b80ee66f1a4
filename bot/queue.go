package bot

import (
	"container/heap"
	"time"
)

// Limits is how fast the calls of one channel may follow each other.
type Limits struct {
	// PerLane is the least time between the end of one call of a lane and the
	// start of the next.
	PerLane time.Duration
	// Between is the least time between the starts of two calls of the
	// channel, whatever their lanes.
	Between time.Duration
	// Parallel is how many calls may be under way; 0 means 16.
	Parallel int
	// Timeout ends one call; 0 means a minute.
	Timeout time.Duration
	// MaxTries is when a row is given up. 0 means after 1,500 tries, about a
	// day, and only when others were delivered meanwhile: an outage costs nobody
	// a message.
	MaxTries int
	// Documents is how many of the Parallel calls may carry a Document, which
	// take long and a lot of memory; 0 means 2. Others do not wait for them.
	Documents int
	// DocumentTimeout ends a call with a Document; 0 means five minutes.
	DocumentTimeout time.Duration
}

// timeout ends the call for a row.
func (l Limits) timeout(row Outgoing) time.Duration {
	switch {
	case row.Document != nil && l.DocumentTimeout > 0:
		return l.DocumentTimeout
	case row.Document != nil:
		return defaultDocumentTimeout
	case l.Timeout > 0:
		return l.Timeout
	}
	return defaultTimeout
}

const (
	defaultParallel = 16
	defaultTimeout  = time.Minute
	defaultTries    = 1500
	// maxUnknown is how often a row is sent of which nobody can tell whether it
	// arrives, while rows of others do.
	maxUnknown = 10
	// A file of 45 MB over a slow line takes minutes.
	defaultDocuments       = 2
	defaultDocumentTimeout = 5 * time.Minute
	// firstBackoff doubles with each try up to maxBackoff.
	firstBackoff = time.Second
	maxBackoff   = time.Minute
	// Of the last rateWindow calls of a channel, rateShare too early ones mean
	// that the whole channel is too fast, not one lane of it.
	rateWindow = 8
	rateShare  = 6
)

// queue decides which row is sent when. It knows no network, no store and no
// clock: the time comes with each call. It holds keys alone, about 100 bytes a
// lane and 24 a row.
type queue struct {
	lanes    map[string]*lane
	channels map[string]*channel
	waiting  laneHeap // lanes that may not be sent yet, the soonest first
	size     int      // rows that wait or are under way
}

// channel is the common limit of the lanes of one platform.
type channel struct {
	limits Limits
	ready  laneHeap // lanes whose first row may be sent, the most urgent first
	heavy  laneHeap // the same of lanes whose first row is a Document
	flying int
	loaded int       // of those flying, with a Document
	next   time.Time // no call of the channel starts before
	late   [rateWindow]bool
	calls  int
	// delivered counts the rows that arrived.
	delivered int
}

// lane is the queue of one chat.
type lane struct {
	name    string
	channel *channel
	rows    []waitingRow
	flying  bool
	loaded  bool      // flying with a Document
	ready   time.Time // the first row is not sent before
	tries   int       // of the first row
	// unknown counts the tries of the first row whose fate is unknown although
	// rows of others arrived since the one before; others is their count then.
	unknown, others int
	gone            OutKey // rows up to this one are dead: nobody was there to get them
}

type waitingRow struct {
	key      OutKey
	urgency  Urgency
	document bool
}

func newQueue(limits map[string]Limits) *queue {
	q := &queue{lanes: map[string]*lane{}, channels: map[string]*channel{}}
	q.waiting.less = func(a, b *lane) bool { return a.ready.Before(b.ready) }
	for name, l := range limits {
		if l.Parallel <= 0 {
			l.Parallel = defaultParallel
		}
		if l.Documents <= 0 {
			l.Documents = defaultDocuments
		}
		c := &channel{limits: l}
		c.ready.less, c.heavy.less = moreUrgent, moreUrgent
		q.channels[name] = c
	}
	return q
}

// moreUrgent tells which of two lanes is served first.
func moreUrgent(a, b *lane) bool {
	if x, y := a.rows[0], b.rows[0]; x.urgency != y.urgency {
		return x.urgency > y.urgency
	} else {
		return x.key < y.key
	}
}

// add takes a row in behind the others of its lane. It returns false when no
// channel sends such rows.
func (q *queue) add(channelName, laneName string, row waitingRow) bool {
	c := q.channels[channelName]
	if c == nil {
		return false
	}
	l := q.lanes[laneName]
	if l == nil {
		l = &lane{name: laneName, channel: c}
		q.lanes[laneName] = l
	}
	l.rows = append(l.rows, row)
	q.size++
	if len(l.rows) == 1 && !l.flying {
		heap.Push(&q.waiting, l)
	}
	return true
}

// next returns the lane whose first row is to be sent now, marked as under way.
// Without one it returns nil and how long to wait for the next; never is a wait
// that only another call of add or done can end.
func (q *queue) next(now time.Time) (*lane, time.Duration) {
	for len(q.waiting.list) > 0 && !q.waiting.list[0].ready.After(now) {
		l := heap.Pop(&q.waiting).(*lane)
		if l.rows[0].document {
			heap.Push(&l.channel.heavy, l)
		} else {
			heap.Push(&l.channel.ready, l)
		}
	}
	wait := never
	for _, c := range q.channels {
		from := c.first()
		if from == nil || c.flying >= c.limits.Parallel {
			continue
		}
		if c.next.After(now) {
			wait = min(wait, c.next.Sub(now))
			continue
		}
		l := heap.Pop(from).(*lane)
		l.flying, l.loaded = true, l.rows[0].document
		c.flying++
		if l.loaded {
			c.loaded++
		}
		c.next = now.Add(c.limits.Between)
		return l, 0
	}
	if len(q.waiting.list) > 0 {
		wait = min(wait, q.waiting.list[0].ready.Sub(now))
	}
	return nil, wait
}

// first returns the heap whose first lane is to be served next, nil when none may.
func (c *channel) first() *laneHeap {
	if len(c.heavy.list) == 0 || c.loaded >= c.limits.Documents {
		if len(c.ready.list) == 0 {
			return nil
		}
		return &c.ready
	}
	if len(c.ready.list) == 0 || moreUrgent(c.heavy.list[0], c.ready.list[0]) {
		return &c.heavy
	}
	return &c.ready
}

const never = time.Duration(1<<63 - 1)

// settled ends a call whose row is out of the outbox, because it arrived or not.
func (q *queue) settled(l *lane, now time.Time, arrived bool) {
	l.rows = l.rows[1:]
	l.tries, l.unknown = 0, 0
	if arrived {
		l.channel.delivered++
	}
	q.size--
	l.channel.note(false)
	q.land(l, now.Add(l.channel.limits.PerLane))
}

// tried counts a failed call and tells whether its row may be tried again. A call
// that was only too early costs no attempt. A row of which nobody can tell whether
// it arrives, while others do, is not sent for ever: it may arrive each time.
func (q *queue) tried(l *lane, f *SendError) bool {
	if f.RateLimited {
		return true
	}
	c := l.channel
	othersArrive := c.delivered > l.others
	if l.tries == 0 {
		othersArrive = false
	}
	if f.Fate == FateUnknown && othersArrive {
		l.unknown++
	}
	if l.tries == 0 || othersArrive {
		l.others = c.delivered
	}
	l.tries++
	limit := c.limits.MaxTries
	if f.MaxTries > 0 && (limit == 0 || f.MaxTries < limit) {
		limit = f.MaxTries
	}
	if limit > 0 {
		return l.tries < limit
	}
	return l.unknown < maxUnknown && (l.tries < defaultTries || !othersArrive)
}

// again ends a call whose row is to be tried again: not before the platform
// allows it, else after a pause that grows. jitter, from 0 to 1, spreads the
// tries of lanes that failed together.
func (q *queue) again(l *lane, f *SendError, now time.Time, jitter float64) {
	wait := max(f.After, l.channel.limits.PerLane)
	if f.After == 0 {
		wait = max(wait, backoff(l.tries, jitter))
	}
	if l.channel.note(f.RateLimited) {
		if until := now.Add(f.After); until.After(l.channel.next) {
			l.channel.next = until
		}
	}
	q.land(l, now.Add(wait))
}

// land puts a lane whose call has ended back into the queue, or forgets it.
func (q *queue) land(l *lane, ready time.Time) {
	l.channel.flying--
	if l.loaded {
		l.channel.loaded--
	}
	l.flying, l.loaded, l.ready = false, false, ready
	if len(l.rows) > 0 {
		heap.Push(&q.waiting, l)
		return
	}
	// A lane without rows stays known until its pause is over: a row that
	// comes meanwhile has to wait for it. prune forgets it afterwards.
	l.rows = nil
}

// prune forgets lanes that have nothing to send and need not wait.
func (q *queue) prune(now time.Time) {
	for name, l := range q.lanes {
		if len(l.rows) == 0 && !l.flying && !l.ready.After(now) {
			delete(q.lanes, name)
		}
	}
}

// note counts a call and tells whether the channel as a whole is too fast.
func (c *channel) note(late bool) bool {
	c.late[c.calls%rateWindow] = late
	c.calls++
	n := 0
	for _, l := range c.late {
		if l {
			n++
		}
	}
	return late && n >= rateShare
}

// backoff is how long to wait after so many failed tries: a second, doubled
// with each, at most a minute, and up to a quarter more by jitter from 0 to 1.
func backoff(tries int, jitter float64) time.Duration {
	wait := firstBackoff
	for range min(tries, 16) - 1 {
		wait = min(2*wait, maxBackoff)
	}
	return wait + time.Duration(float64(wait)/4*min(max(jitter, 0), 1))
}

// laneHeap is a heap of lanes that knows where each is.
type laneHeap struct {
	list []*lane
	less func(a, b *lane) bool
}

func (h *laneHeap) Len() int           { return len(h.list) }
func (h *laneHeap) Less(i, j int) bool { return h.less(h.list[i], h.list[j]) }
func (h *laneHeap) Swap(i, j int)      { h.list[i], h.list[j] = h.list[j], h.list[i] }

// Push is heap.Interface's.
func (h *laneHeap) Push(x any) { h.list = append(h.list, x.(*lane)) }

// Pop is heap.Interface's.
func (h *laneHeap) Pop() any {
	n := len(h.list) - 1
	l := h.list[n]
	h.list[n], h.list = nil, h.list[:n]
	return l
}
