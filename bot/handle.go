package bot

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"runtime/debug"
	"slices"
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
	// Wake gives the moment from now on at which an enrollee may be reminded
	// of what is due on a day; nil sends no reminders.
	Wake func(day dialog.Date, now time.Time) time.Time
	// Busy, if set, tells that so much waits to be sent that reminders have to
	// wait for another minute.
	Busy func() bool
	// Papers tells whether the channel of a chat can show documents.
	Papers func(ChatKey) bool
	// Handoff tells that the operator's own system wants news of intakes.
	Handoff bool
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

func (b *Bot) turn(ctx context.Context, in Inbound) (_ []Outgoing, err error) {
	defer func() {
		// One event at which we fail must not end the bot for everybody, at each
		// start anew.
		if r := recover(); r != nil {
			b.Log.Error("a fault of the program", "at", string(debug.Stack()))
			err = ErrFault
		}
	}()
	conv, err := b.Store.Load(ctx, in.Chat)
	if err != nil {
		return nil, err
	}
	today := b.Today(in.At)
	ref := b.Store.TakeRef(today.Year)
	used := false
	defer func() {
		if !used {
			b.Store.ReleaseRef(ref)
		}
	}()
	turn := Turn{Chat: in.Chat, Key: in.Key, At: in.At, After: conv.Turn, State: conv.State, Settles: in.Settles}
	switch in.Kind {
	case InFetch:
		turn.Rows = []Outgoing{{Chat: in.Chat, Fetch: in.Fetch}}
	default:
		if in.Kind == InRemind {
			// One wake is one event, however often it is begun.
			turn.Key = InKey(fmt.Sprintf("wake:%s:%d:%d", in.Chat, conv.Turn, conv.State.Last.UnixNano()))
		}
		head := dialog.Head{At: in.At, Today: today, Ref: ref, Message: in.Message}
		if event := b.event(in, head, conv.State); event != nil {
			state, effects := b.Interview.Step(conv.State, event)
			turn.State = state
			b.carry(&turn, conv.State, effects)
			markReminder(&turn, event)
		}
		if err := b.settleStatus(ctx, &turn, in, conv.State); err != nil {
			return nil, err
		}
	}
	turn.Wake = b.wake(turn.State, in.At)
	keys, err := b.Store.Commit(ctx, turn)
	if err != nil {
		return nil, err
	}
	used = turn.State.Ref == ref
	for i, key := range keys {
		turn.Rows[i].Key, turn.Rows[i].Turn = key, conv.Turn+1
	}
	if b.Committed != nil && len(keys) > 0 {
		b.Committed(turn.Rows)
	}
	return turn.Rows, nil
}

// carry takes the engine's effects into the turn that began at a state. A turn
// in which a crisis or an urgent case was heard goes before others.
func (b *Bot) carry(t *Turn, before dialog.State, effects []dialog.Effect) {
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
		case dialog.GiveData:
			t.Audit = append(t.Audit, AuditEntry{At: t.At, Actor: actorEnrollee, Action: "give-data"})
			t.Rows = append(t.Rows, Outgoing{Chat: t.Chat, Document: &Document{Kind: DocumentData}})
		case dialog.Forget:
			t.Forget, t.Keep = true, handedOver(before)
			t.Audit = append(t.Audit, AuditEntry{At: t.At, Actor: actorEnrollee, Action: "erase"})
			// News that waits is erased with the rest, and the letters of what
			// stays get new ids.
			for _, ref := range t.Keep {
				b.handOn(t, ref, HandoffChanged)
			}
		}
	}
	for _, in := range t.Intakes {
		b.tellOf(t, before, in) // after what is said: a paper follows its receipt
	}
	for i := range t.Rows {
		if t.Rows[i].Urgency == Usual {
			t.Rows[i].Urgency = urgency
		}
	}
}

// actorEnrollee is the actor of what an enrollee did to their own data.
const actorEnrollee = "enrollee"

// statusDraft is the status of an intake that is not handed over yet.
const statusDraft = "draft"

// tellOf adds what follows from an intake being stored: a paper for the enrollee
// when it is handed over, and news for the operator's own system.
func (b *Bot) tellOf(t *Turn, before dialog.State, in dialog.Intake) {
	if in.Status == statusDraft {
		return
	}
	first := !slices.Contains(handedOver(before), in.Ref)
	if first && b.Papers != nil && b.Papers(t.Chat) {
		t.Rows = append(t.Rows, Outgoing{Chat: t.Chat, Document: &Document{Kind: DocumentPaper, Ref: in.Ref}})
	}
	event := HandoffChanged
	if first {
		event = HandoffSubmitted
	}
	b.handOn(t, in.Ref, event)
}

// handOn adds news of an intake, if the operator's own system wants any.
func (b *Bot) handOn(t *Turn, ref string, event HandoffEvent) {
	if b.Handoff {
		t.Rows = append(t.Rows, Outgoing{Chat: t.Chat, Handoff: &Handoff{Key: rand.Text(), Ref: ref, Event: event, At: t.At}})
	}
}

// handedOver lists the intakes of a state that are no drafts: whoever erases
// their data is told that these stay.
func handedOver(s dialog.State) []string {
	var refs []string
	for _, d := range s.Done {
		if d.Status != statusDraft {
			refs = append(refs, d.Ref)
		}
	}
	if s.Ref != "" && s.Status != "" && s.Status != statusDraft {
		refs = append(refs, s.Ref)
	}
	return refs
}

// settleStatus stores a status that the staff set on an intake whose answers the
// conversation no longer holds, and notes who set it.
func (b *Bot) settleStatus(ctx context.Context, t *Turn, in Inbound, before dialog.State) error {
	if in.Kind != InStatus {
		return nil
	}
	t.Audit = append(t.Audit, AuditEntry{At: in.At, Actor: in.Actor, Action: "status " + in.Status, Ref: in.Ref})
	at := func(s dialog.State) int {
		return slices.IndexFunc(s.Done, func(d dialog.Done) bool { return d.Ref == in.Ref && d.Status == in.Status })
	}
	i, stranger := at(t.State), !knows(before, in.Ref)
	if slices.ContainsFunc(t.Intakes, func(i dialog.Intake) bool { return i.Ref == in.Ref }) || !stranger && (i < 0 || at(before) >= 0) {
		return nil
	}
	intake, err := b.Store.Intake(ctx, in.Ref)
	if err != nil {
		return err
	}
	if stranger && (intake.Status == statusDraft || intake.Status == in.Status || !b.Interview.StaffStatus(in.Status)) {
		return nil
	}
	if stranger {
		intake.Filed = dialog.FiledAfter(intake.Filed, in.Status)
	} else {
		intake.Filed = t.State.Done[i].Filed
	}
	intake.Status = in.Status
	t.Intakes = append(t.Intakes, intake)
	if !stranger {
		b.tellOf(t, before, intake)
	} else if b.Handoff {
		// It stayed when its enrollee was forgotten, or is too old to be remembered:
		// they are told nothing more.
		t.Rows = append(t.Rows, Outgoing{Chat: t.Chat, Handoff: &Handoff{Ref: in.Ref, Event: HandoffChanged, At: t.At}})
	}
	return nil
}

// knows tells whether a state names the intake.
func knows(s dialog.State, ref string) bool {
	return s.Ref == ref || slices.ContainsFunc(s.Done, func(d dialog.Done) bool { return d.Ref == ref }) ||
		slices.ContainsFunc(s.Parked, func(p dialog.Parked) bool { return p.Ref == ref })
}

// event makes the engine's event of an inbound one, nil when nothing is to be
// done. Text is read here, and a pressed entry looked up, because the engine
// asks nobody.
func (b *Bot) event(in Inbound, head dialog.Head, s dialog.State) dialog.Event {
	lang := in.Lang
	if s.Lang != "" {
		lang = s.Lang
	}
	switch in.Kind {
	case InPress:
		reading, _ := b.Reader.Entry(in.Value, lang)
		return dialog.Pressed{Head: head, Node: in.Node, Value: in.Value, Reading: reading, Lang: in.Lang}
	case InStart:
		reading, _ := b.Reader.Entry(b.Interview.Entry(in.Payload), lang)
		return dialog.Started{Head: head, Lang: in.Lang, Payload: in.Payload, Reading: reading}
	case InResume:
		return dialog.Resumed{Head: head, Lang: in.Lang}
	case InEdit:
		return dialog.Edited{Head: head, Text: in.Text, Reading: b.Reader.Read(in.Text, lang)}
	case InFile:
		return dialog.Sent{Head: head, File: in.File, Group: in.Group, Lang: in.Lang}
	case InReceived:
		return dialog.Received{Head: head, Kind: in.Received, Lang: in.Lang}
	case InContact:
		return dialog.Shared{Head: head, Phone: in.Text}
	case InStatus:
		return dialog.StatusSet{Head: head, Ref: in.Ref, Status: in.Status}
	case InRemind:
		return b.reminder(head, s)
	case InMissed:
		return dialog.Missed{Head: head, ID: in.Reminder.ID, Day: b.Today(in.Reminder.At)}
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
