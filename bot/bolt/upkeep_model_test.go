package bolt

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"pgregory.net/rapid"

	"imrbot/bot"
	"imrbot/dialog"
)

// erase is what forgetting and expiring mean.
func (m *model) erase(chat bot.ChatKey, keep []string) {
	m.rows = slices.DeleteFunc(m.rows, func(o bot.Outgoing) bool { return o.Chat == chat })
	stays := func(ref string) bool { return m.owners[ref] == chat && (slices.Contains(keep, ref) || m.kept[ref]) }
	m.tickets = slices.DeleteFunc(m.tickets, func(t bot.Ticket) bool { return t.Chat == chat && !stays(t.Ref) })
	for ref, owner := range m.owners {
		if owner == chat && !stays(ref) {
			m.eraseIntake(ref)
		}
	}
	delete(m.states, chat)
	delete(m.wakes, chat)
	delete(m.last, chat)
}

// keep marks what is there to be kept, and what the turn itself stores of it.
func (m *model) keep(t bot.Turn) {
	for _, ref := range t.Keep {
		stored := slices.ContainsFunc(t.Intakes, func(in dialog.Intake) bool { return in.Ref == ref })
		if m.owners[ref] == t.Chat || stored {
			m.kept[ref] = true
		}
	}
}

func (m *model) eraseIntake(ref string) {
	delete(m.intakes, ref)
	delete(m.owners, ref)
	delete(m.created, ref)
	delete(m.kept, ref)
	m.spent[ref] = true
}

// drawDay draws one of a few days, or none.
func drawDay(r *rapid.T, name string) time.Time {
	n := rapid.IntRange(0, 3).Draw(r, name)
	if n == 0 {
		return time.Time{}
	}
	return testDay.AddDate(0, 0, n)
}

func (p *pair) forget(r *rapid.T) { p.turn(r, true) }

func (p *pair) forgetful(r *rapid.T, turn *bot.Turn) {
	turn.Forget = true
	turn.Audit = []bot.AuditEntry{{At: testDay, Actor: "enrollee", Action: "erase"}}
	for range rapid.IntRange(0, 2).Draw(r, "kept") {
		turn.Keep = append(turn.Keep, makeRef(2026, uint32(rapid.IntRange(1, 6).Draw(r, "keep"))).String())
	}
}

// letter stores a letter, and the turn that names it.
func (p *pair) letter(r *rapid.T) {
	chat := drawChat(r)
	file, err := p.store.PutFile(context.Background(), chat, "letter.pdf", pdf(string(chat)))
	if p.model.turns[chat] == 0 {
		if !errors.Is(err, bot.ErrNotFound) {
			r.Fatalf("a letter of nobody: %v", err)
		}
		return
	}
	if err != nil {
		r.Fatal(err)
	}
	p.model.letters[chat] = file.ID
	p.turn(r, false) // perhaps of another chat: then the letter is named later, or never
}

// moved takes the new name of a letter from the store, and reads it.
func (p *pair) moved(r *rapid.T, turn bot.Turn) {
	c, err := p.store.Load(context.Background(), turn.Chat)
	if err != nil || len(c.State.Files) != 1 {
		r.Fatalf("files %v, %v", c.State.Files, err)
	}
	id := c.State.Files[0].ID
	if turn.Forget == (id == turn.State.Files[0].ID) {
		r.Fatalf("the letter %s became %s", turn.State.Files[0].ID, id)
	}
	data, err := p.store.File(context.Background(), turn.Chat, id)
	if err != nil || !bytes.Equal(data, pdf(string(turn.Chat))) {
		r.Fatalf("letter %s: %v", id, err)
	}
	p.model.letters[turn.Chat] = id
	p.model.states[turn.Chat], _ = dialog.EncodeState(c.State)
}

func pdf(text string) []byte { return []byte("%PDF-1.7\n" + text) }

func (p *pair) collect(r *rapid.T) {
	if n, err := p.store.CollectFiles(context.Background(), 0); n != 0 || err != nil {
		r.Fatalf("%d young files are collected, %v", n, err)
	}
}

func (p *pair) expire(r *rapid.T) {
	conversations, intakes := drawDay(r, "conversations"), drawDay(r, "intakes")
	wantIntakes := 0
	for ref, created := range p.model.created {
		if !created.IsZero() && created.Before(intakes) {
			p.model.eraseIntake(ref)
			wantIntakes++
		}
	}
	wantConversations := 0
	for chat, last := range p.model.last {
		ofChat := func(o bot.Outgoing) bool { return o.Chat == chat }
		if conversations.IsZero() || !last.Before(conversations) || !p.model.wakes[chat].Before(conversations) || p.model.owns(chat) ||
			last.IsZero() && slices.ContainsFunc(p.model.rows, ofChat) {
			continue
		}
		p.model.erase(chat, nil)
		delete(p.model.turns, chat)
		delete(p.model.letters, chat)
		wantConversations++
	}
	gotConversations, gotIntakes, err := p.store.Expire(context.Background(), conversations, intakes)
	if err != nil || gotConversations != wantConversations || gotIntakes != wantIntakes {
		r.Fatalf("%d conversations and %d intakes expired, %v; the model says %d and %d",
			gotConversations, gotIntakes, err, wantConversations, wantIntakes)
	}
}

func (m *model) owns(chat bot.ChatKey) bool {
	for _, owner := range m.owners {
		if owner == chat {
			return true
		}
	}
	return false
}

func (p *pair) addAudit(r *rapid.T) {
	e := bot.AuditEntry{At: testDay, Actor: "staff", Action: rapid.StringMatching(`[a-z]{1,5}`).Draw(r, "action")}
	if err := p.store.Audit(context.Background(), e); err != nil {
		r.Fatal(err)
	}
	p.model.audit = append(p.model.audit, e)
}

func (p *pair) due(r *rapid.T) {
	ctx := context.Background()
	var want []bot.ChatKey
	var first time.Time
	now := drawDay(r, "now")
	for chat, at := range p.model.wakes {
		if !at.After(now) {
			want = append(want, chat)
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	got, err := p.store.Due(ctx, now, 10)
	if err != nil || len(got) != len(want) {
		r.Fatalf("due %v, %v; the model says %v", got, err, want)
	}
	for i, chat := range got {
		if !slices.Contains(want, chat) || i > 0 && p.model.wakes[chat].Before(p.model.wakes[got[i-1]]) {
			r.Fatalf("due %v of %v", got, p.model.wakes)
		}
	}
	if next, err := p.store.NextWake(ctx); err != nil || !next.Equal(first) {
		r.Fatalf("next wake %v, %v; the model says %v", next, err, first)
	}
}

func (p *pair) compact(r *rapid.T) {
	if err := p.store.Compact(context.Background()); err != nil {
		r.Fatal(err)
	}
}

func (p *pair) rotate(r *rapid.T) {
	was, _ := os.ReadFile(p.path + ".key")
	if err := p.store.Rotate(context.Background(), nil, nil); err != nil {
		r.Fatal(err)
	}
	if now, err := os.ReadFile(p.path + ".key"); err != nil || bytes.Equal(was, now) {
		r.Fatalf("the key file is the same, %v", err)
	}
}

// restore goes on with what a backup of the store gives.
func (p *pair) restore(r *rapid.T) {
	ctx := context.Background()
	id := testIdentity()
	var out bytes.Buffer
	if _, err := p.store.Backup(ctx, &out, BackupOptions{To: []age.Recipient{id.Recipient()}, WithKey: true}); err != nil {
		r.Fatal(err)
	}
	p.close(r)
	// Another folder, or the same.
	force := rapid.Bool().Draw(r, "force")
	if !force {
		p.path = filepath.Join(filepath.Dir(p.path), "r"+strings.TrimSuffix(filepath.Base(p.path), ".db")+".db")
	}
	if _, err := Restore(ctx, &out, p.path, RestoreOptions{Identities: []age.Identity{id}, Force: force}); err != nil {
		r.Fatal(err)
	}
	p.open(r)
	clear(p.model.held)
}

func (p *pair) compareUpkeep(r *rapid.T) {
	var audit []bot.AuditEntry
	err := p.store.Audits(context.Background(), func(e bot.AuditEntry) error { audit = append(audit, e); return nil })
	if err != nil || !slices.Equal(audit, p.model.audit) {
		r.Fatalf("audit %v, %v; the model says %v", audit, err, p.model.audit)
	}
	for chat, id := range p.model.letters {
		c, err := p.store.Load(context.Background(), chat)
		if err != nil || len(c.State.Files) == 0 {
			continue // it is not named yet
		}
		if id != c.State.Files[0].ID {
			continue // a newer one is not named yet
		}
		if _, err := p.store.File(context.Background(), chat, id); err != nil {
			r.Fatalf("the letter of %s: %v", chat, err)
		}
	}
}
