package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"imrbot/bot"
	"imrbot/dialog"
)

// Commit makes a turn durable in one transaction, with Turn.Forget also what it
// erases, and returns the keys of its
// outbox rows, in the order of Rows, after the fsync. Of a turn that fails,
// nothing is stored. The maps and slices of Turn.State must not change after
// the call. It fails with bot.ErrSeen, bot.ErrStale, ErrRef, ErrLimit,
// ErrReadOnly, ErrClosed or ErrRefused, with ctx's error if ctx ended before
// the writer took the turn, or with what the disk said.
//
// An event both seen and stale is seen: it is a repetition.
func (s *Store) Commit(ctx context.Context, t bot.Turn) ([]bot.OutKey, error) {
	if s.writer == nil {
		return nil, ErrReadOnly
	}
	j, err := s.prepare(ctx, &t)
	if err != nil {
		j.abandon()
		return nil, fmt.Errorf("prepare turn %d: %w", t.After+1, err)
	}
	if err := s.writer.do(ctx, j); err != nil {
		if !errors.Is(err, ErrRefused) { // after that it may be on disk all the same
			j.abandon()
		}
		return nil, fmt.Errorf("commit turn %d: %w", t.After+1, err)
	}
	if j.forget != nil {
		s.removeFiles(j.chat, j.forget.moved.old)
	}
	if j.keep {
		s.keepState(j.chat, j.conv, bot.Conversation{Turn: t.After + 1, State: t.State})
	}
	for _, in := range j.intakes {
		s.refs.use(in.key)
	}
	return j.out, nil
}

// turnJob is a turn encoded and sealed: the writer only compares and puts.
type turnJob struct {
	chat  hashed
	event hashed
	after uint64
	key   dataKey // to be stored when it is new, that is, when its raw bytes are known
	conv  []byte
	keep  bool // the state may be kept decoded
	// rows and tickets are numbered within the transaction, because numbers
	// must rise in the order of the commits: the sender goes on from the
	// highest it has seen and would miss a lower one that came later. They
	// are therefore sealed to chat, turn and index instead of to their key.
	rows    [][]byte
	tickets [][]byte
	intakes []sealedIntake
	settles bot.OutKey // a row to take out, or 0
	forget  *forgetting
	wake    uint64 // the second to wake at, or 0
	audit   [][]byte
	bytes   int
	out     []bot.OutKey // filled by put
}

// prepare does all the work that needs no write transaction. A turn that erases
// is changed to what is stored of it. The job is returned also with an error, to
// be abandoned.
func (s *Store) prepare(ctx context.Context, t *bot.Turn) (*turnJob, error) {
	if err := checkTurn(t); err != nil {
		return nil, err
	}
	j := &turnJob{
		chat:  s.chats.of(string(t.Chat)),
		event: s.events.of(string(t.Key)),
		after: t.After, settles: t.Settles, wake: wakeSecond(t.Wake),
	}
	var err error
	if t.Forget {
		err = s.prepareForgetting(ctx, j, t)
	} else {
		j.key, err = s.keyFor(j.chat)
	}
	if err != nil {
		return j, err
	}
	if j.audit, err = s.encodeAudit(t.Audit); err != nil {
		return j, fmt.Errorf("audit: %w", err)
	}
	raw, err := dialog.EncodeState(t.State)
	if err != nil {
		return j, err
	}
	if len(raw) > maxState {
		return j, fmt.Errorf("state of %d bytes: %w", len(raw), ErrLimit)
	}
	j.keep = keepable(raw)
	j.conv = sealConversation(j.key, j.chat, stored{turn: t.After + 1, chat: t.Chat, state: raw})
	j.bytes += len(j.conv)
	if err := j.sealRows(t); err != nil {
		return j, err
	}
	if err := j.sealTickets(t); err != nil {
		return j, err
	}
	return j, j.sealIntakes(t)
}

func checkTurn(t *bot.Turn) error {
	switch {
	case t.Chat == "" || len(t.Chat) > maxName:
		return fmt.Errorf("chat key of %d bytes: %w", len(t.Chat), ErrLimit)
	case t.Key == "" || len(t.Key) > maxName:
		return fmt.Errorf("event key of %d bytes: %w", len(t.Key), ErrLimit)
	case len(t.Rows) > maxRows:
		return fmt.Errorf("%d rows: %w", len(t.Rows), ErrLimit)
	case len(t.Tickets) > maxTickets:
		return fmt.Errorf("%d tickets: %w", len(t.Tickets), ErrLimit)
	case len(t.Intakes) > maxIntakes:
		return fmt.Errorf("%d intakes: %w", len(t.Intakes), ErrLimit)
	case len(t.Audit) > maxAudits:
		return fmt.Errorf("%d entries of the audit: %w", len(t.Audit), ErrLimit)
	case len(t.Keep) > maxKeep:
		return fmt.Errorf("%d intakes to keep: %w", len(t.Keep), ErrLimit)
	}
	return nil
}

func (j *turnJob) size() int { return j.bytes }

func (j *turnJob) check(t *txn) error {
	if t.hasSeen(j.event) || j.settles != 0 && t.outbox.Get(numberKey(uint64(j.settles))) == nil {
		return bot.ErrSeen
	}
	if storedTurn(t.conversations.Get(j.chat[:])) != j.after {
		return bot.ErrStale
	}
	for _, in := range j.intakes {
		if was := t.intakes.Get(in.key[:]); was != nil && !bytes.Equal(headOf(was, hashSize), j.chat[:]) {
			return fmt.Errorf("%w: %s is of another conversation", ErrRef, in.key)
		}
	}
	return nil
}

func (j *turnJob) put(t *txn) error {
	if j.forget != nil {
		if err := j.forget.put(t); err != nil {
			return err
		}
	}
	if j.key.raw != nil {
		if err := t.keys.Put(j.chat[:], t.master().sealDataKey(j.chat, j.key.raw)); err != nil {
			return fmt.Errorf("data key: %w", err)
		}
	}
	if err := t.conversations.Put(j.chat[:], j.conv); err != nil {
		return fmt.Errorf("conversation: %w", err)
	}
	if err := t.putSeen(j.event); err != nil {
		return err
	}
	if err := t.putWake(j.chat, j.wake); err != nil {
		return err
	}
	if err := t.putAudit(j.audit); err != nil {
		return err
	}
	if j.settles != 0 {
		if err := t.outbox.Delete(numberKey(uint64(j.settles))); err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
	}
	j.out = make([]bot.OutKey, 0, len(j.rows))
	for _, row := range j.rows {
		n, err := appendRow(t.outbox, row)
		if err != nil {
			return fmt.Errorf("outbox: %w", err)
		}
		j.out = append(j.out, bot.OutKey(n))
	}
	for _, ticket := range j.tickets {
		n, err := appendRow(t.tickets, ticket)
		if err != nil {
			return fmt.Errorf("ticket: %w", err)
		}
		if err := putOwned(t.owned, j.chat, ownedTicket, numberKey(n), false); err != nil {
			return err
		}
	}
	for _, in := range j.intakes {
		if err := t.putIntake(j.chat, in); err != nil {
			return err
		}
	}
	return nil
}

// erases names the chat whose data key goes.
func (j *turnJob) erases() []hashed {
	if j.forget == nil {
		return nil
	}
	return []hashed{j.chat}
}

// landed keeps a new data key at hand, before another job can take it away.
func (j *turnJob) landed(s *Store) {
	if j.key.raw != nil {
		s.keys.put(j.chat, dataKey{aead: j.key.aead})
	}
}

// abandon removes what a turn that is not committed has written beside the store.
func (j *turnJob) abandon() {
	if j != nil && j.forget != nil {
		j.forget.moved.abandon()
	}
}
