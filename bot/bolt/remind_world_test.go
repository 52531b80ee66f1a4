package bolt_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imrbot/bot"
	"imrbot/bot/bolt"
	"imrbot/dialog"
	"imrbot/dialog/imr"
)

var worldSeed = flag.Uint64("world", 0, "play only the world of this seed")

// The hours in which enrollees may be reminded, on their clocks.
const (
	wakeFrom = 9
	wakeTo   = 19
)

const (
	enrollees  = 12
	worldDays  = 400
	crashEvery = 30 // hours, on average
	// maxEvents bounds what one enrollee does.
	maxEvents = 400
)

// TestEveryReminderComesOnceThroughCrashesOverAYear lets enrollees live through
// more than a year, hour by hour, with the real engine, bot and store. The bot
// crashes at random moments: while it idles, between looking for who is due and
// the turn, before a commit, after it, and before sending; sometimes it is down
// for days. The oracle says what each enrollee must hear, hour by hour.
func TestEveryReminderComesOnceThroughCrashesOverAYear(t *testing.T) {
	interview, err := dialog.Parse(imr.FS, dialog.Options{Operator: "Health Helpers"})
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	wanted := 1000
	if testing.Short() {
		wanted = 100
	}
	seed, only := uint64(time.Now().UnixNano()), *worldSeed != 0
	if only {
		seed = *worldSeed
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("play it again with: go test ./bot/bolt -run EveryReminderComesOnce -world %d", seed)
		}
	})
	total := newTally()
	for ; total.sum("crash") < wanted; seed++ {
		w := newWorld(t, seed, interview, zone)
		w.live()
		total.add(w.tally)
		if only || t.Failed() {
			break
		}
	}
	t.Logf("%d crashes, %d reminders, worlds up to seed %d: %s", total.sum("crash"), total.sum("said in"), seed, total)
	if only || t.Failed() || testing.Short() {
		return
	}
	for _, must := range []string{"crash idle", "crash due", "crash before commit", "crash after commit", "crash sending", "down for days",
		"said file", "said safe", "said hearing", "said unfinished", "said papers", "said wake", "late", "said on a day of 23 or 25 hours",
		"said in es", "said in en", "date past", "date at a month's end", "taken back", "stopped", "filed", "closed", "erased", "facts changed"} {
		if total[must] == 0 {
			t.Errorf("it never came to this: %s", must)
		}
	}
}

// errCrash is what a dead program would have said.
var errCrash = errors.New("the program is dead")

// world is one store, its enrollees and their calendar.
type world struct {
	t     *testing.T
	rnd   *rand.Rand
	zone  *time.Location
	path  string
	now   time.Time
	store *bolt.Store
	bot   *bot.Bot
	make  func(bot.Store) *bot.Bot
	dead  bool
	armed string // the moment of the next crash
	upAt  time.Time
	all   []*enrollee
	tally tally
	// landed is called with a turn that is on disk.
	landed func(bot.Turn)
}

func newWorld(t *testing.T, seed uint64, interview *dialog.Interview, zone *time.Location) *world {
	w := &world{t: t, rnd: rand.New(rand.NewPCG(seed, 7)), zone: zone, path: filepath.Join(t.TempDir(), "imrbot.db"), tally: newTally()}
	w.make = func(s bot.Store) *bot.Bot {
		return bot.New(bot.Config{Store: s, Reader: deaf{}, Interview: interview, Wake: bot.WakingHours(zone, wakeFrom*60, wakeTo*60),
			Today: func(at time.Time) dialog.Date { return dialog.DateOf(at.In(zone)) }})
	}
	start := time.Date(2025, 9, 1+w.rnd.IntN(900), 0, 0, 0, 0, zone)
	w.now = start.Add(time.Duration(w.rnd.IntN(60)) * time.Minute)
	for i := range enrollees {
		w.all = append(w.all, newEnrollee(w.rnd, i, civilOf(start)))
	}
	return w
}

// deaf reads nothing.
type deaf struct{}

func (deaf) Read(string, string) dialog.Reading          { return dialog.Reading{} }
func (deaf) Watch(string, string) dialog.Reading         { return dialog.Reading{} }
func (deaf) Entry(string, string) (dialog.Reading, bool) { return dialog.Reading{}, false }

// mortal is the store as the bot sees it, with the moments at which the program
// can die around it.
type mortal struct {
	*bolt.Store
	w *world
}

// dies tells whether the program is dead, or dies now.
func (w *world) dies(moment string) bool {
	if !w.dead && w.armed == moment {
		w.dead, w.armed = true, ""
		w.tally["crash "+moment]++
	}
	return w.dead
}

func (m mortal) Due(ctx context.Context, now time.Time, limit int) ([]bot.ChatKey, error) {
	due, err := m.Store.Due(ctx, now, limit)
	if len(due) > 0 && m.w.dies("due") || m.w.dead {
		return nil, errCrash
	}
	slices.Sort(due) // the store's order is of its secret: a seed could not be played again
	return due, err
}

func (m mortal) Commit(ctx context.Context, t bot.Turn) ([]bot.OutKey, error) {
	if m.w.dies("before commit") {
		return nil, errCrash
	}
	keys, err := m.Store.Commit(ctx, t)
	if err == nil {
		m.w.landed(t)
	}
	if m.w.dies("after commit") {
		return nil, errCrash
	}
	return keys, err
}

func (w *world) open() {
	store, err := bolt.Open(w.path, bolt.Options{Now: func() time.Time { return w.now }})
	if err != nil {
		w.t.Fatal(err)
	}
	w.store, w.dead = store, false
	w.bot = w.make(mortal{store, w})
}

func (w *world) close() {
	if err := w.store.Close(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) today() civil { return civilOf(w.now.In(w.zone)) }

func (w *world) awake() bool {
	hour := w.now.In(w.zone).Hour()
	return hour >= wakeFrom && hour < wakeTo
}

// live goes through the calendar hour by hour.
func (w *world) live() {
	w.open()
	defer func() { w.close() }()
	for range worldDays * 24 {
		w.now = w.now.Add(time.Hour)
		if w.armed == "" && w.rnd.IntN(crashEvery) == 0 {
			w.armed = []string{"idle", "due", "before commit", "after commit", "after commit", "sending"}[w.rnd.IntN(6)]
		}
		for w.now.After(w.upAt) && !w.hour() {
			w.restart()
		}
		if w.t.Failed() {
			return
		}
	}
}

// restart ends a program that died and begins it anew, at once or much later.
func (w *world) restart() {
	w.close()
	w.upAt = w.now
	switch n := w.rnd.IntN(10); {
	case n == 0:
		w.upAt = w.now.Add(time.Duration(w.rnd.IntN(12*24)) * time.Hour)
		w.tally["down for days"]++
	case n < 4:
		w.upAt = w.now.Add(time.Duration(w.rnd.IntN(20)) * time.Hour)
	}
	w.open()
}

// hour lets happen what falls into an hour. It returns false when the program
// died in it.
func (w *world) hour() bool {
	if w.dies("idle") || !w.send() {
		return false
	}
	for _, e := range w.all {
		if !w.act(e) {
			return false
		}
	}
	w.landed = func(bot.Turn) {}
	if err := w.bot.RemindDue(w.t.Context(), mortal{w.store, w}, w.now); err != nil && !errors.Is(err, errCrash) {
		w.t.Error(err)
	}
	if w.dead || !w.send() {
		return false
	}
	for _, e := range w.all {
		if list := e.owes(w.today()); w.awake() && len(list) > 0 {
			w.t.Errorf("%s: enrollee %d still does not hear of %v; %+v", w.now.In(w.zone), e.id, list, e.life)
		}
	}
	return true
}

// send delivers what waits in the outbox. A crash between a delivery and its
// settlement is left out: there a message can come twice (see package bot).
func (w *world) send() bool {
	rows, err := w.store.Pending(w.t.Context(), 0, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, row := range rows {
		w.landed = func(bot.Turn) {}
		if w.dies("sending") {
			return false
		}
		back, err := w.bot.TakeBack(w.t.Context(), row, w.now)
		switch {
		case w.dead:
			return false
		case err != nil:
			w.t.Fatal(err)
		case back:
			w.tally["taken back"]++
			continue
		}
		w.heard(row)
		if err := w.store.Settle(w.t.Context(), row.Key, bot.Outcome{}); err != nil {
			w.t.Fatal(err)
		}
	}
	return true
}

// heard judges what reached an enrollee.
func (w *world) heard(row bot.Outgoing) {
	text := row.Say.Text
	if row.Reminder == nil {
		if strings.HasPrefix(text, "A reminder") || strings.HasPrefix(text, "Un aviso") {
			w.t.Errorf("%s: not marked as a reminder: %q", w.now.In(w.zone), text)
		}
		return
	}
	var e *enrollee
	for _, e = range w.all {
		if e.chat() == row.Chat {
			break
		}
	}
	if !w.awake() {
		w.t.Errorf("%s: enrollee %d is reminded at night", w.now.In(w.zone), e.id)
	}
	missed := len(e.owes(w.today().AddDate(0, 0, -1)))
	o, err := e.hears(text, w.today())
	if err != nil {
		w.t.Errorf("%s: enrollee %d: %v; %+v", w.now.In(w.zone), e.id, err, e.life)
	}
	if spanish := strings.Contains(text, "avisos"); spanish != (e.lang == "es") {
		w.t.Errorf("enrollee %d speaks %s and hears %q", e.id, e.lang, text)
	}
	w.tally["said "+o.kind]++
	w.tally["said in "+e.lang]++
	if missed > 0 {
		w.tally["late"]++
	}
	y, m, d := w.now.In(w.zone).Date()
	if length := time.Date(y, m, d+1, 0, 0, 0, 0, w.zone).Sub(time.Date(y, m, d, 0, 0, 0, 0, w.zone)); length != 24*time.Hour {
		w.tally["said on a day of 23 or 25 hours"]++
	}
	if !o.about.IsZero() && o.about.AddDate(0, 0, 1).Day() == 1 {
		w.tally["date at a month's end"]++
	}
	if !o.about.IsZero() && o.about.Before(w.today()) {
		w.tally["date past"]++
	}
}

// act lets an enrollee, or the staff, do what is planned for by now. It returns
// false when the program died over it: the platform then delivers the event again.
func (w *world) act(e *enrollee) bool {
	for len(e.plan) > 0 && !e.plan[0].at.After(w.now) {
		if e.flight != nil && w.now.Sub(e.flight.in.At) >= 24*time.Hour {
			e.flight = nil // a platform keeps an event for a day
		}
		if e.flight == nil {
			conv, err := w.store.Load(w.t.Context(), e.chat())
			if err != nil {
				w.t.Fatal(err)
			}
			in, apply := e.plan[0].next(e, conv.State)
			if apply == nil {
				e.plan = e.plan[1:]
				continue
			}
			if e.events++; e.events > maxEvents {
				w.t.Fatalf("%s: enrollee %d comes to no end: at %q, pending %+v; %+v", w.now, e.id, conv.State.Node, conv.State.Pending, e.life)
			}
			in.Chat, in.Lang, in.Key = e.chat(), e.lang, bot.InKey(fmt.Sprintf("in:%d:%d", e.id, e.events))
			in.At = w.now
			e.flight = &flight{in: in, apply: apply}
		}
		f := e.flight
		w.landed = func(t bot.Turn) {
			if f.landed {
				w.t.Errorf("enrollee %d: an event took effect twice", e.id)
			}
			f.landed = true
			f.apply(w.today())
			w.tally.note(f.in, t)
			e.observe(t, w.today(), f.in.Kind != bot.InStatus)
		}
		for range 2 { // sometimes a platform delivers again what it knows that we have
			if _, err := w.bot.Handle(w.t.Context(), f.in); err != nil && !w.dead {
				w.t.Fatalf("enrollee %d: %v", e.id, err)
			}
			if w.dead {
				return false
			}
		}
		if !f.landed {
			w.t.Fatalf("enrollee %d: an event took no effect", e.id)
		}
		if e.flight = nil; !w.send() {
			return false
		}
	}
	return true
}
