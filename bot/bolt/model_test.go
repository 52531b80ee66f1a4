package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imrbot/bot"
	"imrbot/dialog"
)

// model is what a Store means, in memory.
type model struct {
	turns      map[bot.ChatKey]uint64
	states     map[bot.ChatKey][]byte
	seen       map[bot.InKey]bool
	rows       []bot.Outgoing
	lastRow    bot.OutKey
	tickets    []bot.Ticket
	lastTicket bot.TicketID
	intakes    map[string]string // status by reference
	created    map[string]time.Time
	owners     map[string]bot.ChatKey
	held       map[string]bool
	// What the operations of upkeep_model_test.go are about.
	spent   map[string]bool // references that were given and erased
	last    map[bot.ChatKey]time.Time
	wakes   map[bot.ChatKey]time.Time
	audit   []bot.AuditEntry
	letters map[bot.ChatKey]string // the letter that the state names
	kept    map[string]bool        // references that an erasure kept
}

func newModel() *model {
	return &model{
		turns: map[bot.ChatKey]uint64{}, states: map[bot.ChatKey][]byte{}, seen: map[bot.InKey]bool{},
		intakes: map[string]string{}, created: map[string]time.Time{}, owners: map[string]bot.ChatKey{}, held: map[string]bool{},
		spent: map[string]bool{}, last: map[bot.ChatKey]time.Time{}, wakes: map[bot.ChatKey]time.Time{}, letters: map[bot.ChatKey]string{}, kept: map[string]bool{},
	}
}

// commit returns what a Store must return, and does what it must do.
func (m *model) commit(t bot.Turn) ([]bot.OutKey, error) {
	if m.seen[t.Key] {
		return nil, bot.ErrSeen
	}
	if m.turns[t.Chat] != t.After {
		return nil, bot.ErrStale
	}
	for _, in := range t.Intakes {
		if owner, ok := m.owners[in.Ref]; ok && owner != t.Chat {
			return nil, ErrRef
		}
	}
	for _, ref := range t.Keep {
		if owner, ok := m.owners[ref]; ok && owner != t.Chat {
			return nil, ErrRef
		}
	}
	if t.Forget {
		t.Keep = slices.Clone(t.Keep)
		for ref, owner := range m.owners {
			if owner == t.Chat && m.intakes[ref] != statusDraft {
				t.Keep = append(t.Keep, ref)
			}
		}
		for _, in := range t.Intakes {
			if slices.Contains(t.Keep, in.Ref) {
				m.owners[in.Ref] = t.Chat
			}
		}
		m.erase(t.Chat, t.Keep)
		m.keep(t)
	}
	m.seen[t.Key] = true
	m.last[t.Chat] = t.State.Last
	delete(m.wakes, t.Chat)
	if !t.Wake.IsZero() {
		m.wakes[t.Chat] = t.Wake
	}
	m.audit = append(m.audit, t.Audit...)
	m.turns[t.Chat]++
	m.states[t.Chat], _ = dialog.EncodeState(t.State)
	var keys []bot.OutKey
	for _, row := range t.Rows {
		m.lastRow++
		keys = append(keys, m.lastRow)
		m.rows = append(m.rows, bot.Outgoing{Key: m.lastRow, Chat: t.Chat, Say: row.Say, Turn: t.After + 1})
	}
	for _, o := range t.Tickets {
		m.lastTicket++
		m.tickets = append(m.tickets, bot.Ticket{ID: m.lastTicket, Chat: t.Chat, Reason: o.Reason,
			Opened: t.At, Ref: o.Ref, Urgent: o.Urgent, Deadline: o.Deadline, Lang: o.Lang, Status: bot.TicketOpen})
	}
	for _, in := range t.Intakes {
		m.intakes[in.Ref] = in.Status
		m.created[in.Ref] = in.Created
		m.owners[in.Ref] = t.Chat
		delete(m.held, in.Ref)
	}
	return keys, nil
}

func TestAStoreDoesWhatItsModelDoesAcrossRestarts(t *testing.T) {
	dir, run := t.TempDir(), 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		p := &pair{model: newModel(), path: filepath.Join(dir, fmt.Sprint(run), "imrbot.db")}
		p.open(r)
		defer func() { p.store.Close() }()
		r.Repeat(map[string]func(*rapid.T){
			"":        p.compare,
			"commit":  p.commit,
			"commit2": p.commit, // most of what happens
			"settle":  p.settle,
			"take":    p.take,
			"release": p.release,
			"forget":  p.forget,
			"expire":  p.expire,
			"audit":   p.addAudit,
			"due":     p.due,
			"letter":  p.letter,
			"collect": p.collect,
			"compact": p.compact,
			"rotate":  p.rotate,
			"restore": p.restore,
			"reopen": func(r *rapid.T) {
				p.close(r)
				p.open(r)
				clear(p.model.held) // what was only reserved is free again
			},
		})
		p.close(r)
		p.open(r)
		p.compare(r)
	})
}

// pair is a store beside its model.
type pair struct {
	model *model
	store *Store
	path  string
}

func (p *pair) open(r *rapid.T) {
	s, err := Open(p.path, Options{})
	if err != nil {
		r.Fatal(err)
	}
	p.store = s
}

func (p *pair) close(r *rapid.T) {
	if err := errors.Join(p.store.Check(context.Background()), p.store.Close()); err != nil {
		r.Fatal(err)
	}
}

func drawChat(r *rapid.T) bot.ChatKey {
	return bot.ChatKey(fmt.Sprintf("telegram:%d", rapid.IntRange(1, 4).Draw(r, "chat")))
}

func (p *pair) commit(r *rapid.T) { p.turn(r, false) }

func (p *pair) turn(r *rapid.T, forget bool) {
	chat := drawChat(r)
	after := p.model.turns[chat]
	if rapid.IntRange(0, 5).Draw(r, "stale") == 0 {
		after = uint64(rapid.IntRange(0, 5).Draw(r, "after"))
	}
	turn := bot.Turn{
		Chat: chat, At: testDay, After: after,
		Key: bot.InKey(fmt.Sprint("update:", rapid.IntRange(1, 60).Draw(r, "key"))),
		State: dialog.State{
			Lang: rapid.SampledFrom([]string{"", "en", "es"}).Draw(r, "lang"),
			Node: rapid.String().Draw(r, "node"),
			Answers: rapid.MapOfN(rapid.StringMatching(`[a-z]{1,4}`), rapid.Custom(func(r *rapid.T) dialog.Answer {
				return dialog.Answer{Value: rapid.String().Draw(r, "value"), Skipped: rapid.Bool().Draw(r, "skipped")}
			}), 0, 4).Draw(r, "answers"),
			Path: rapid.SliceOfN(rapid.String(), 0, 3).Draw(r, "path"),
			Last: drawDay(r, "last"),
		},
		Wake: drawDay(r, "wake"),
	}
	if id := p.model.letters[chat]; id != "" {
		turn.State.Files = []dialog.File{{ID: id}}
	}
	if forget {
		p.forgetful(r, &turn)
	}
	for range rapid.IntRange(0, 3).Draw(r, "says") {
		turn.Rows = append(turn.Rows, bot.Outgoing{Say: dialog.Say{Node: "n", Text: rapid.String().Draw(r, "text")}})
	}
	if rapid.IntRange(0, 3).Draw(r, "ticket") == 0 {
		turn.Tickets = []dialog.OpenTicket{{Reason: dialog.TicketHuman, Urgent: rapid.Bool().Draw(r, "urgent"), Lang: "es"}}
		if n := rapid.IntRange(0, 6).Draw(r, "about"); n > 0 {
			turn.Tickets[0].Ref = makeRef(2026, uint32(n)).String()
		}
	}
	if rapid.IntRange(0, 3).Draw(r, "intake") == 0 {
		ref := makeRef(2026, uint32(rapid.IntRange(1, 6).Draw(r, "ref"))).String()
		turn.Intakes = []dialog.Intake{intakeOf(ref, "Ana")}
		turn.Intakes[0].Created = drawDay(r, "created")
		turn.Intakes[0].Status = rapid.SampledFrom([]string{statusDraft, "submitted", "filed"}).Draw(r, "status")
	}
	want, wantErr := p.model.commit(turn)
	got, err := p.store.Commit(context.Background(), turn)
	if !errors.Is(err, wantErr) || !slices.Equal(got, want) {
		r.Fatalf("commit: %v, %v; the model says %v, %v", got, err, want, wantErr)
	}
	if err == nil && len(turn.State.Files) > 0 {
		p.moved(r, turn)
	}
}

func (p *pair) settle(r *rapid.T) {
	key := bot.OutKey(rapid.IntRange(0, int(p.model.lastRow)+1).Draw(r, "row"))
	if err := p.store.Settle(context.Background(), key, bot.Outcome{}); err != nil {
		r.Fatal(err)
	}
	p.model.rows = slices.DeleteFunc(p.model.rows, func(o bot.Outgoing) bool { return o.Key == key })
}

func (p *pair) take(r *rapid.T) {
	ref := p.store.TakeRef(2026)
	if p.model.held[ref] || p.model.owners[ref] != "" || p.model.spent[ref] {
		r.Fatalf("%s is taken", ref)
	}
	p.model.held[ref] = true
}

func (p *pair) release(r *rapid.T) {
	ref := makeRef(2026, uint32(rapid.IntRange(1, 8).Draw(r, "ref"))).String()
	p.store.ReleaseRef(ref)
	delete(p.model.held, ref)
}

func (p *pair) compare(r *rapid.T) {
	ctx := context.Background()
	for i := range 5 {
		chat := bot.ChatKey(fmt.Sprintf("telegram:%d", i))
		c, err := p.store.Load(ctx, chat)
		if err != nil || c.Turn != p.model.turns[chat] {
			r.Fatalf("%s: turn %d, %v; the model says %d", chat, c.Turn, err, p.model.turns[chat])
		}
		if raw, _ := dialog.EncodeState(c.State); c.Turn > 0 && !bytes.Equal(raw, p.model.states[chat]) {
			r.Fatalf("%s: state %s; the model says %s", chat, raw, p.model.states[chat])
		}
	}
	rows, err := p.store.Pending(ctx, 0, pendingRows)
	if err != nil || len(rows) != len(p.model.rows) {
		r.Fatalf("%d rows, %v; the model says %d", len(rows), err, len(p.model.rows))
	}
	for i, row := range rows {
		if !reflect.DeepEqual(row, p.model.rows[i]) {
			r.Fatalf("row %+v; the model says %+v", row, p.model.rows[i])
		}
	}
	var tickets []bot.Ticket
	err = p.store.Tickets(ctx, func(t bot.Ticket) error { tickets = append(tickets, t); return nil })
	if err != nil || !slices.Equal(tickets, p.model.tickets) {
		r.Fatalf("tickets %+v, %v; the model says %+v", tickets, err, p.model.tickets)
	}
	intakes := map[string]string{}
	err = p.store.Intakes(ctx, func(in dialog.Intake) error { intakes[in.Ref] = in.Status; return nil })
	if err != nil || !reflect.DeepEqual(intakes, p.model.intakes) {
		r.Fatalf("intakes %v, %v; the model says %v", intakes, err, p.model.intakes)
	}
	p.compareUpkeep(r)
}
