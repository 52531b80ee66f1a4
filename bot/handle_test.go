package bot_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"imrbot/bot"
	"imrbot/dialog"
	"imrbot/dialog/imr"
)

// memory is a Store in memory, with faults on demand.
type memory struct {
	mu      sync.Mutex
	convs   map[bot.ChatKey]bot.Conversation
	seen    map[bot.InKey]bool
	outbox  map[bot.OutKey]bot.Outgoing
	intakes map[string]dialog.Intake
	tickets []dialog.OpenTicket
	next    bot.OutKey
	refs    int
	free    []string
	fail    error // what the next commit says
	stale   int   // how many commits find that the conversation moved on
	// noSettle is how many settlements fail; settled is what became of rows.
	noSettle int
	settled  map[bot.OutKey]bot.Outcome
	wakes    map[bot.ChatKey]time.Time
	// broken are chats whose conversation cannot be read.
	broken map[bot.ChatKey]bool
}

func newMemory() *memory {
	return &memory{convs: map[bot.ChatKey]bot.Conversation{}, seen: map[bot.InKey]bool{},
		outbox: map[bot.OutKey]bot.Outgoing{}, intakes: map[string]dialog.Intake{},
		settled: map[bot.OutKey]bot.Outcome{}, wakes: map[bot.ChatKey]time.Time{}, broken: map[bot.ChatKey]bool{}}
}

func (m *memory) Load(_ context.Context, chat bot.ChatKey) (bot.Conversation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken[chat] {
		return bot.Conversation{}, bot.ErrDamaged
	}
	return m.convs[chat], nil
}

func (m *memory) Due(_ context.Context, now time.Time, limit int) ([]bot.ChatKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	chats := slices.SortedFunc(maps.Keys(m.wakes), func(a, b bot.ChatKey) int {
		return cmp.Or(m.wakes[a].Compare(m.wakes[b]), cmp.Compare(a, b))
	})
	chats = slices.DeleteFunc(chats, func(c bot.ChatKey) bool { return m.wakes[c].IsZero() || m.wakes[c].After(now) })
	return chats[:min(len(chats), limit)], nil
}

func (m *memory) Commit(_ context.Context, t bot.Turn) ([]bot.OutKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.fail != nil:
		return nil, m.fail
	case m.seen[t.Key] || t.Settles != 0 && m.outbox[t.Settles].Key == 0:
		return nil, bot.ErrSeen
	case m.stale > 0:
		m.stale--
		return nil, bot.ErrStale
	case m.convs[t.Chat].Turn != t.After:
		return nil, bot.ErrStale
	}
	m.seen[t.Key] = true
	delete(m.outbox, t.Settles)
	m.wakes[t.Chat] = t.Wake
	m.convs[t.Chat] = bot.Conversation{Turn: t.After + 1, State: t.State}
	var keys []bot.OutKey
	for _, row := range t.Rows {
		m.next++
		row.Key, row.Chat, row.Turn = m.next, t.Chat, t.After+1
		m.outbox[m.next] = row
		keys = append(keys, m.next)
	}
	for _, in := range t.Intakes {
		m.intakes[in.Ref] = in
	}
	m.tickets = append(m.tickets, t.Tickets...)
	return keys, nil
}

func (m *memory) Pending(_ context.Context, after bot.OutKey, limit int) ([]bot.Outgoing, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var rows []bot.Outgoing
	for _, key := range slices.Sorted(maps.Keys(m.outbox)) {
		if key > after && len(rows) < limit {
			rows = append(rows, m.outbox[key])
		}
	}
	return rows, nil
}

func (m *memory) Row(_ context.Context, key bot.OutKey) (bot.Outgoing, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	row, ok := m.outbox[key]
	if !ok {
		return row, bot.ErrNotFound
	}
	return row, nil
}

func (m *memory) Settle(_ context.Context, key bot.OutKey, outcome bot.Outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.noSettle > 0 {
		m.noSettle--
		return errors.New("disk full")
	}
	m.settled[key] = outcome
	delete(m.outbox, key)
	return nil
}

func (m *memory) Intake(_ context.Context, ref string) (dialog.Intake, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	in, ok := m.intakes[ref]
	if !ok {
		return in, bot.ErrNotFound
	}
	return in, nil
}

// outcome is what became of a row.
func (m *memory) outcome(key bot.OutKey) bot.Outcome {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.settled[key]
}

// left is how many rows are in the outbox.
func (m *memory) left() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.outbox)
}

func (m *memory) TakeRef(year int) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.free); n > 0 {
		ref := m.free[n-1]
		m.free = m.free[:n-1]
		return ref
	}
	m.refs++
	return fmt.Sprintf("A-%d-%06d", year, m.refs)
}

func (m *memory) ReleaseRef(ref string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free = append(m.free, ref)
}

// parrot reads nothing.
type parrot struct{}

func (parrot) Read(string, string) dialog.Reading          { return dialog.Reading{} }
func (parrot) Watch(string, string) dialog.Reading         { return dialog.Reading{} }
func (parrot) Entry(string, string) (dialog.Reading, bool) { return dialog.Reading{}, false }

func newBot(t *testing.T, store bot.Store) *bot.Bot {
	t.Helper()
	interview, err := dialog.Parse(imr.FS, dialog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return bot.New(bot.Config{Store: store, Reader: parrot{}, Interview: interview})
}

// toADraft is a conversation that ends in a stored draft.
var toADraft = []string{"file", "i agree", "me", "they said no", "no", "something else", "not medically necessary",
	"skip", "none", "none", "none"}

func text(chat, key, words string) bot.Inbound {
	return bot.Inbound{Chat: bot.ChatKey(chat), Key: bot.InKey(key), At: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC), Text: words}
}

func TestAnEventDeliveredTwiceTakesEffectOnce(t *testing.T) {
	store := newMemory()
	b := newBot(t, store)
	first, err := b.Handle(t.Context(), text("c:1", "in:1", "file"))
	if err != nil || len(first) == 0 {
		t.Fatalf("first: %d rows, %v", len(first), err)
	}
	again, err := b.Handle(t.Context(), text("c:1", "in:1", "file"))
	if err != nil || len(again) != 0 {
		t.Errorf("again: %d rows, %v; want none and no error", len(again), err)
	}
	if n := len(store.outbox); n != len(first) {
		t.Errorf("%d rows in the outbox, want %d", n, len(first))
	}
}

func TestNothingIsAcknowledgedWhenTheStoreFails(t *testing.T) {
	store := newMemory()
	b := newBot(t, store)
	full := errors.New("disk full")
	store.fail = full
	if rows, err := b.Handle(t.Context(), text("c:1", "in:1", "file")); !errors.Is(err, full) || rows != nil {
		t.Errorf("%d rows, %v; want the store's error", len(rows), err)
	}
	store.fail = nil
	if rows, err := b.Handle(t.Context(), text("c:1", "in:1", "file")); err != nil || len(rows) == 0 {
		t.Errorf("delivered again: %d rows, %v", len(rows), err)
	}
}

func TestATurnIsComputedAnewWhenTheConversationMovedOn(t *testing.T) {
	store := newMemory()
	b := newBot(t, store)
	store.stale = 2
	if rows, err := b.Handle(t.Context(), text("c:1", "in:1", "file")); err != nil || len(rows) == 0 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	store.stale = 100
	if _, err := b.Handle(t.Context(), text("c:1", "in:2", "yes")); !errors.Is(err, bot.ErrStale) {
		t.Errorf("%v; want it to give up some time", err)
	}
}

func TestManyChatsAtOnceGetTheirOwnReferences(t *testing.T) {
	store := newMemory()
	b := newBot(t, store)
	const chats = 50
	var wg sync.WaitGroup
	for i := range chats {
		wg.Go(func() {
			chat := fmt.Sprintf("c:%d", i)
			for n, words := range toADraft {
				if _, err := b.Handle(t.Context(), text(chat, fmt.Sprintf("in:%d:%d", i, n), words)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if len(store.intakes) != chats {
		t.Errorf("%d intakes, want %d", len(store.intakes), chats)
	}
	if store.refs > 2*chats {
		t.Errorf("%d references were drawn for %d intakes", store.refs, chats)
	}
}

// failing is a channel that fails at one row.
type failing struct {
	at   int
	sent []string
}

var errGone = errors.New("gone")

func (f *failing) Send(_ context.Context, row bot.Outgoing) (bot.Outcome, error) {
	if len(f.sent) == f.at {
		return bot.Outcome{}, errGone
	}
	f.sent = append(f.sent, row.Say.Text)
	return bot.Outcome{}, nil
}

func TestDrainSendsInOrderAndKeepsWhatItCouldNotSend(t *testing.T) {
	store := newMemory()
	for i := range 250 {
		turn := bot.Turn{Chat: "c:1", Key: bot.InKey(fmt.Sprint(i)), After: uint64(i), Rows: []bot.Outgoing{{Say: dialog.Say{Text: fmt.Sprint(i)}}}}
		if _, err := store.Commit(t.Context(), turn); err != nil {
			t.Fatal(err)
		}
	}
	channel := &failing{at: 120}
	if err := bot.Drain(t.Context(), store, "c:1", channel); !errors.Is(err, errGone) {
		t.Fatalf("%v, want the channel's error", err)
	}
	channel.at = -1
	if err := bot.Drain(t.Context(), store, "c:1", channel); err != nil {
		t.Fatal(err)
	}
	for i, got := range channel.sent {
		if got != fmt.Sprint(i) {
			t.Fatalf("row %d came as number %d", i, len(got))
		}
	}
	if len(channel.sent) != 250 || len(store.outbox) != 0 {
		t.Errorf("%d sent, %d left", len(channel.sent), len(store.outbox))
	}
}
