package telegramtest

import (
	"bytes"
	"container/list"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// What the published server keeps to.
const (
	offsetAhead = 10      // an offset further past the next id is not believed
	maxBatch    = 4 << 20 // bytes of one answer to getUpdates
	conflictGap = 3 * time.Second
)

// lane is a row of updates that the webhook delivers in order. What is in two
// lanes may overtake each other, as at Telegram: messages of a chat are one
// lane, the presses of a person another, changes of the bot's membership a third.
type lane struct {
	kind byte // 'm', 'p' or 'c'
	id   int64
}

func chatLane(chat int64) lane   { return lane{'m', chat} }
func pressLane(user int64) lane  { return lane{'p', user} }
func memberLane(chat int64) lane { return lane{'c', chat} }

// update waits until the bot confirms it.
type update struct {
	id      int64
	lane    lane
	body    []byte
	expires time.Time
}

// queue is what the bot has not confirmed, in order.
type queue struct {
	waiting *list.List // of *update
	byID    map[int64]*list.Element
	next    int64     // the id of the next update
	soonest time.Time // nothing expires before
}

func (q *queue) init(first int64) {
	*q = queue{waiting: list.New(), byID: map[int64]*list.Element{}, next: first}
}

// head is the oldest id, or the next one when nothing waits.
func (q *queue) head() int64 {
	if front := q.waiting.Front(); front != nil {
		return front.Value.(*update).id
	}
	return q.next
}

func (q *queue) remove(u *update) {
	if e := q.byID[u.id]; e != nil {
		q.waiting.Remove(e)
		delete(q.byID, u.id)
	}
}

// polling is the one long poll there may be, and what slows a bad poller down.
type polling struct {
	wake       chan struct{} // of the waiting poll: an update came
	abort      chan string   // of the waiting poll: why it must end
	lastOffset int64
	lastAt     time.Time
	conflictAt time.Time // a 409 before this is held back
}

// defaultUpdates are the kinds a bot gets without asking.
var defaultUpdates = []string{"message", "edited_message", "callback_query", "my_chat_member"}

func allowedUpdates(names []string) map[string]bool {
	if len(names) == 0 {
		names = defaultUpdates
	}
	set := map[string]bool{}
	for _, n := range names {
		set[strings.ToLower(n)] = true
	}
	return set
}

// allowedNames is the remembered allowed_updates, nil for the default.
func (s *Server) allowedNames() []string {
	if maps.Equal(s.allowed, allowedUpdates(nil)) {
		return nil
	}
	return slices.Sorted(maps.Keys(s.allowed))
}

// setAllowed takes over allowed_updates; without it the old value stays, and
// one that cannot be read is ignored, as Telegram does.
func (s *Server) setAllowed(a args) {
	var names []string
	if found, err := a.object("allowed_updates", &names); found && err == nil {
		s.allowed = allowedUpdates(names)
	}
}

// push queues an update of a kind the bot wants. It returns its id, or 0. The
// caller holds the lock.
func (s *Server) push(kind string, lane lane, payload any) int64 {
	if !s.allowed[kind] {
		return 0
	}
	return s.pushRaw(kind, lane, fmt.Appendf(nil, "%q:%s}", kind, mustJSON(payload)))
}

// pushRaw queues an update whose body is the rest of an object.
func (s *Server) pushRaw(kind string, lane lane, rest []byte) int64 {
	id := s.queue.next
	s.queue.next++
	s.journal.totals.Updates++
	if s.queue.waiting.Len() >= s.opt.MaxPending {
		s.journal.leave(id, "full")
		return id
	}
	ttl := s.opt.UpdateTTL
	if kind == "callback_query" && s.opt.QueryTimeout < ttl {
		ttl = s.opt.QueryTimeout
	}
	u := &update{id: id, lane: lane, expires: time.Now().Add(ttl)}
	u.body = append(fmt.Appendf(nil, `{"update_id":%d,`, id), rest...)
	if s.queue.waiting.Len() == 0 || u.expires.Before(s.queue.soonest) {
		s.queue.soonest = u.expires
	}
	s.queue.byID[id] = s.queue.waiting.PushBack(u)
	if s.webhook != nil {
		s.webhook.enqueue(u)
		return id
	}
	if s.poll.wake != nil {
		select {
		case s.poll.wake <- struct{}{}:
		default: // it is awake already
		}
	}
	return id
}

// Raw queues any update: object is its JSON without update_id, which the
// server puts in. It need not be valid. allowed_updates does not filter it;
// the webhook delivers it in the lane of chat. It returns the update's id.
func (s *Server) Raw(chat int64, object string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	rest := bytes.TrimSpace([]byte(object))
	rest = bytes.TrimPrefix(rest, []byte("{"))
	if len(bytes.TrimSpace(rest)) == 1 { // "}": no comma may stand before it
		rest = []byte(`"raw":null}`)
	}
	return s.pushRaw("raw", chatLane(chat), rest)
}

// JumpIDs lets update ids go on from next, or from a random place when next is
// 0, as Telegram does after a week without updates. It returns the next id. It
// fails while updates wait, when Telegram does not do it either.
func (s *Server) JumpIDs(next int64) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.queue.waiting.Len(); n > 0 {
		return 0, fmt.Errorf("telegramtest: ids cannot jump while %d updates wait", n)
	}
	if next == 0 {
		next = 1 + s.rand.Int64N(1<<31-1<<20)
	}
	s.queue.next = next
	return next, nil
}

// PendingIDs returns the ids of the updates the bot has not confirmed, in order.
func (s *Server) PendingIDs() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	var ids []int64
	for e := s.queue.waiting.Front(); e != nil; e = e.Next() {
		ids = append(ids, e.Value.(*update).id)
	}
	return ids
}

// NextUpdateID is the id the next update will have.
func (s *Server) NextUpdateID() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.next
}

// leave takes an update out of the queue for good.
func (s *Server) leave(u *update, by string) {
	s.queue.remove(u)
	s.journal.leave(u.id, by)
}

// expire drops what waited too long.
func (s *Server) expire() {
	now := time.Now()
	if s.queue.waiting.Len() == 0 || now.Before(s.queue.soonest) {
		return
	}
	s.queue.soonest = now.Add(s.opt.UpdateTTL)
	for e := s.queue.waiting.Front(); e != nil; {
		u := e.Value.(*update)
		e = e.Next()
		if !u.expires.After(now) {
			s.leave(u, "expired")
		} else if u.expires.Before(s.queue.soonest) {
			s.queue.soonest = u.expires
		}
	}
}

func (s *Server) dropPending() {
	for s.queue.waiting.Len() > 0 {
		s.leave(s.queue.waiting.Front().Value.(*update), "dropped")
	}
}

// rawBatch is a JSON array of updates, not to be checked.
type rawBatch []byte

// take confirms what offset confirms and returns what the bot may have now.
func (s *Server) take(offset int64, limit int) (rawBatch, []int64) {
	s.expire()
	q := &s.queue
	if offset < 0 {
		offset += q.next // counted from the end
	}
	// Ids in the queue only rise: they can jump only while it is empty.
	for offset <= q.next+offsetAhead && q.head() < min(offset, q.next) {
		s.leave(q.waiting.Front().Value.(*update), "offset")
	}
	batch := []byte{'['}
	var ids []int64
	for e := q.waiting.Front(); e != nil && len(ids) < limit && len(batch) < maxBatch; e = e.Next() {
		u := e.Value.(*update)
		if len(ids) > 0 {
			batch = append(batch, ',')
		}
		batch = append(batch, u.body...)
		ids = append(ids, u.id)
	}
	return append(batch, ']'), ids
}

var errAbandoned = &apiError{Code: 499, Description: "the caller went away"}

func getUpdates(s *Server, c *call) (any, *apiError) {
	if s.webhook != nil {
		return nil, s.conflict(c, "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
	}
	offset := c.args.integer("offset", 0, -1<<31, 1<<62)
	limit := int(c.args.integer("limit", 100, 1, 100))
	timeout := time.Duration(c.args.integer("timeout", 0, 0, 1<<31)) * time.Second
	timeout = min(timeout, s.opt.MaxPoll)
	s.setAllowed(c.args)

	// Telegram slows down who asks the same again and again.
	if gap := s.opt.RepeatPollWait; offset == s.poll.lastOffset && time.Since(s.poll.lastAt) < gap {
		timeout = max(timeout, min(gap, s.opt.MaxPoll))
	}
	s.poll.lastOffset, s.poll.lastAt = offset, time.Now()

	batch, ids := s.take(offset, limit)
	if len(ids) == 0 && timeout > 0 {
		var err *apiError
		if batch, ids, err = s.longPoll(c, offset, limit, timeout); err != nil {
			return nil, err
		}
	}
	c.rec.Updates = ids
	return batch, nil
}

// longPoll ends another poll and waits for an update. It leaves the lock while
// it waits.
func (s *Server) longPoll(c *call, offset int64, limit int, timeout time.Duration) (rawBatch, []int64, *apiError) {
	s.abortPoll("terminated by other getUpdates request; make sure that only one bot instance is running")
	wake, abort := make(chan struct{}, 1), make(chan string, 1)
	s.poll.wake, s.poll.abort = wake, abort
	s.journal.signal()
	s.mu.Unlock()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	why := ""
	select {
	case <-wake:
		wait(c.ctx, s.opt.PollGather)
	case <-timer.C:
	case why = <-abort:
	case <-c.ctx.Done():
	}
	s.mu.Lock()
	if s.poll.abort == abort {
		s.poll.wake, s.poll.abort = nil, nil
	} else if why == "" {
		why = <-abort // it was ended while it awoke
	}
	switch {
	case why != "":
		return nil, nil, s.conflict(c, why)
	case c.ctx.Err() != nil:
		return nil, nil, errAbandoned
	}
	batch, ids := s.take(offset, limit)
	return batch, ids, nil
}

// abortPoll ends the waiting poll, if there is one.
func (s *Server) abortPoll(why string) {
	if s.poll.abort != nil {
		s.poll.abort <- why
		s.poll.wake, s.poll.abort = nil, nil
	}
}

// conflict is a 409. A second one soon after is held back, without the lock.
func (s *Server) conflict(c *call, why string) *apiError {
	err := &apiError{Code: 409, Description: "Conflict: " + why}
	now := time.Now()
	if now.Before(s.poll.conflictAt) && s.opt.ConflictDelay > 0 {
		s.mu.Unlock()
		wait(c.ctx, s.opt.ConflictDelay)
		s.mu.Lock()
		return err
	}
	s.poll.conflictAt = now.Add(min(conflictGap, s.opt.ConflictDelay))
	return err
}
