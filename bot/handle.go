package bot

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync"
	"time"

	"imrbot/dialog"
)

// Config is what a Bot is made of. Store, Reader and Interview are required.
type Config struct {
	Store     Store
	Reader    Reader
	Interview *dialog.Interview
	// Today gives the legal calendar day of a moment. Without it the day is
	// the one of the moment's own time zone.
	Today func(time.Time) dialog.Date
	Log   *slog.Logger // without it nothing is logged
	// Committed, if set, is called with the rows of each committed turn, in
	// the order of a chat's turns. It must not block.
	Committed func([]Outgoing)
}

// Bot takes inbound events and commits what follows from them. It is safe for
// use by several goroutines.
type Bot struct {
	Config
	seed  maphash.Seed
	chats [chatLocks]sync.Mutex // one turn at a time within a chat
}

const (
	// chatLocks is how many chats can be in a turn at once; two chats that
	// share a lock wait for each other, which costs time and nothing else.
	chatLocks = 1024
	// maxStale is how often a turn is computed anew when another process or
	// job of ours has moved the conversation on meanwhile.
	maxStale = 5
)

// New returns a Bot.
func New(cfg Config) *Bot {
	if cfg.Today == nil {
		cfg.Today = dialog.DateOf
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Bot{Config: cfg, seed: maphash.MakeSeed()}
}

// Handle carries one inbound event through a turn: load, read, step, commit.
// When it returns nil the event's effects are on disk and the platform may be
// told that we have it; an event handled before counts as handled. After an
// error nothing is acknowledged, and the platform will deliver again. The
// returned rows are the turn's outbox rows in order, to be sent; none for an
// event handled before.
func (b *Bot) Handle(ctx context.Context, in Inbound) ([]Outgoing, error) {
	lock := &b.chats[maphash.String(b.seed, string(in.Chat))%chatLocks]
	lock.Lock()
	defer lock.Unlock()
	for try := 0; ; try++ {
		rows, err := b.turn(ctx, in)
		switch {
		case errors.Is(err, ErrSeen):
			return nil, nil
		case errors.Is(err, ErrStale) && try < maxStale:
			continue
		case err != nil:
			return nil, fmt.Errorf("turn: %w", err)
		}
		return rows, nil
	}
}

func (b *Bot) turn(ctx context.Context, in Inbound) ([]Outgoing, error) {
	conv, err := b.Store.Load(ctx, in.Chat)
	if err != nil {
		return nil, err
	}
	today := b.Today(in.At)
	ref := b.Store.TakeRef(today.Year)
	turn := Turn{Chat: in.Chat, Key: in.Key, At: in.At, After: conv.Turn, State: conv.State, Settles: in.Settles}
	if in.Kind == InFetch {
		turn.Rows = []Outgoing{{Chat: in.Chat, Fetch: in.Fetch}}
	} else {
		head := dialog.Head{At: in.At, Today: today, Ref: ref, Message: in.Message}
		state, effects := b.Interview.Step(conv.State, b.event(in, head, conv.State))
		turn.State = state
		turn.carry(effects)
	}
	keys, err := b.Store.Commit(ctx, turn)
	if err != nil || turn.State.Ref != ref {
		b.Store.ReleaseRef(ref)
	}
	if err != nil {
		return nil, err
	}
	for i, key := range keys {
		turn.Rows[i].Key, turn.Rows[i].Turn = key, conv.Turn+1
	}
	if b.Committed != nil && len(keys) > 0 {
		b.Committed(turn.Rows)
	}
	return turn.Rows, nil
}

// carry takes the engine's effects into the turn. A turn in which a crisis or an
// urgent case was heard goes before others.
func (t *Turn) carry(effects []dialog.Effect) {
	urgency := Usual
	for _, effect := range effects {
		switch effect := effect.(type) {
		case dialog.Say:
			t.Rows = append(t.Rows, Outgoing{Chat: t.Chat, Say: effect})
		case dialog.OpenTicket:
			t.Tickets = append(t.Tickets, effect)
			if effect.Urgent {
				urgency = Urgent
			}
		case dialog.StoreIntake:
			t.Intakes = append(t.Intakes, effect.Intake)
		}
	}
	for i := range t.Rows {
		t.Rows[i].Urgency = urgency
	}
}

// event makes the engine's event of an inbound one. Text is read here, and a
// pressed entry looked up, because the engine asks nobody.
func (b *Bot) event(in Inbound, head dialog.Head, s dialog.State) dialog.Event {
	lang := in.Lang
	if s.Lang != "" {
		lang = s.Lang
	}
	switch in.Kind {
	case InPress:
		reading, _ := b.Reader.Entry(in.Value, lang)
		return dialog.Pressed{Head: head, Node: in.Node, Value: in.Value, Reading: reading}
	case InStart:
		reading, _ := b.Reader.Entry(b.Interview.Entry(in.Payload), lang)
		return dialog.Started{Head: head, Lang: in.Lang, Payload: in.Payload, Reading: reading}
	case InResume:
		return dialog.Resumed{Head: head, Lang: in.Lang}
	case InEdit:
		return dialog.Edited{Head: head, Text: in.Text, Reading: b.Reader.Read(in.Text, lang)}
	case InFile:
		return dialog.Sent{Head: head, File: in.File, Group: in.Group}
	case InReceived:
		return dialog.Received{Head: head, Kind: in.Received, Lang: in.Lang}
	case InContact:
		return dialog.Shared{Head: head, Phone: in.Text}
	}
	said := dialog.Said{Head: head, Text: in.Text}
	switch b.Interview.Need(s, in.Text) {
	case dialog.NeedNone:
		said.Reading.Lang = lang
	case dialog.NeedWatch:
		said.Reading = b.Reader.Watch(in.Text, lang)
	default:
		said.Reading = b.Reader.Read(in.Text, lang)
	}
	return said
}
