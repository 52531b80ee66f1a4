package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"imrbot/bot"
	"imrbot/bot/bolt"
	"imrbot/bot/handoff"
	"imrbot/bot/telegram"
	"imrbot/cmd/imrbot/config"
	"imrbot/dialog"
	"imrbot/faq"
	"imrbot/kb"
)

func newRunCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the bot: talk with enrollees on Telegram",
		Long: "Run the bot until it is told to stop (Ctrl-C or SIGTERM). What it was told is on disk before Telegram hears that\n" +
			"we have it; stopping or killing it at any moment loses nothing.",
		Example: "  imrbot run --config config.toml\n  IMRBOT_TELEGRAM_TOKEN=123:abc imrbot run",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loadConfig(configPath(path), os.Environ(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			log := newLog(cmd.ErrOrStderr(), cfg.Log)
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return serve(ctx, cfg, log)
		},
	}
	addConfigFlag(cmd, &path)
	return cmd
}

// newLog returns the log that the configuration asks for.
func newLog(out io.Writer, cfg config.Log) *slog.Logger {
	opt := &slog.HandlerOptions{Level: cfg.SlogLevel()}
	if cfg.Format == "json" {
		return slog.New(slog.NewJSONHandler(out, opt))
	}
	return slog.New(slog.NewTextHandler(out, opt))
}

// service is the running bot: what was opened, and what runs until the end.
type service struct {
	cfg       *config.Config
	log       *slog.Logger
	store     *bolt.Store
	interview *dialog.Interview
	reader    reader
	sender    *bot.Sender
	bot       *bot.Bot
	telegram  *telegram.Adapter
	// stop ends the run; its cause is what serve returns.
	stop context.CancelCauseFunc
}

// serve opens everything, runs until ctx ends or something cannot go on, and
// closes everything. It returns nil when it was told to stop.
func serve(ctx context.Context, cfg *config.Config, log *slog.Logger) (err error) {
	if !cfg.Telegram.On() {
		log.Warn("Telegram is switched off: the configuration has no [telegram]")
		return badInput(errors.New("no channel is switched on: put [telegram] token into the configuration (ask @BotFather for one)"))
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	s := &service{cfg: cfg, log: log, stop: stop}
	if err := s.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	return s.run(ctx)
}

// open makes all parts, from the store up. After an error nothing is left open.
func (s *service) open() (err error) {
	if s.interview, err = loadInterview(s.cfg); err != nil {
		return err
	}
	if s.reader, err = openConfiguredReader(s.cfg); err != nil {
		return err
	}
	s.store, err = bolt.Open(s.cfg.Store.Path, bolt.Options{
		KeyFile: s.cfg.Store.KeyFile,
		Notice:  func(text string) { s.log.Warn(text) },
	})
	if err != nil {
		return err
	}
	if err := s.wire(); err != nil {
		s.store.Close()
		return err
	}
	return nil
}

// wire makes the turn, its channels and the sender, which know each other.
func (s *service) wire() error {
	day, err := legalDay("")
	if err != nil {
		return err
	}
	turns := turnConfig(s.cfg)
	turns.Store, turns.Reader, turns.Interview, turns.Today, turns.Log = s.store, s.reader, s.interview, day, s.log
	turns.Busy = func() bool { return s.sender.Backlog() > busyBacklog }
	turns.Committed = func(rows []bot.Outgoing) { s.sender.Add(rows) }
	s.bot = bot.New(turns)
	papers, err := newDocuments(s.store, s.interview, day)
	if err != nil {
		return err
	}
	channels := map[string]bot.LimitedChannel{}
	if t := s.cfg.Telegram; t.On() {
		s.telegram, err = telegram.New(telegram.Config{
			Token: t.Token.Reveal(), APIURL: t.APIURL, Handle: s.bot.Handle, Watch: s.reader.crisis,
			Store: s.store, Room: s.room, Queue: lateQueue{s}, Interview: s.interview, Document: papers.make, Log: s.log,
		})
		if err != nil {
			return err
		}
		maps.Copy(channels, s.telegram.Channels())
	}
	if h := s.cfg.Handoff; h.On() {
		hook, err := handoff.New(handoff.Config{URL: h.WebhookURL, Secret: h.WebhookSecret.Reveal(), Intakes: s.store})
		if err != nil {
			return err
		}
		maps.Copy(channels, hook.Channels())
	}
	for name, channel := range channels {
		channel.Channel = recording{channel.Channel, s.store}
		channels[name] = channel
	}
	s.sender = bot.NewSender(bot.SenderConfig{
		Outbox: s.store, Channels: channels, Log: s.log,
		Broken:   s.broken,
		TakeBack: func(ctx context.Context, row bot.Outgoing) (bool, error) { return s.bot.TakeBack(ctx, row, time.Now()) },
	})
	return nil
}

// turnConfig is what turns need to know of the configuration. Whoever makes turns
// on the store of the running bot must know the same: a turn that knows no
// reminders would take an enrollee's next one away.
func turnConfig(cfg *config.Config) bot.Config {
	turns := bot.Config{
		Handoff: cfg.Handoff.On(),
		Papers:  func(chat bot.ChatKey) bool { return strings.HasPrefix(string(chat), telegram.Name+":") },
	}
	if r := cfg.Reminders; r.Enabled {
		turns.Wake = bot.WakingHours(cfg.Desk.TimeZone.Location, r.Hours.Start, r.Hours.End)
	}
	return turns
}

// room tells whether a chat may hand over one more letter.
func (s *service) room(ctx context.Context, chat bot.ChatKey) (bool, error) {
	conv, err := s.store.Load(ctx, chat)
	return err == nil && !conv.State.FilesFull(), err
}

// busyBacklog is how many waiting rows keep reminders waiting: about a minute's
// work at Telegram's rate.
const busyBacklog = 1500

// lateQueue is the sender, which is made after those who ask it.
type lateQueue struct{ s *service }

func (q lateQueue) Depth(chat bot.ChatKey) int { return q.s.sender.Depth(chat) }
func (q lateQueue) Full() bool                 { return q.s.sender.Full() }

// run runs the parts until ctx ends, in the order in which they need each
// other, and ends them in the other: first nothing more is taken, then what is
// under way is finished.
func (s *service) run(ctx context.Context) error {
	if err := s.sender.Load(ctx); err != nil {
		return err
	}
	server, err := s.listen()
	if err != nil {
		return err
	}
	live := s.listenLive()
	sending, stopSending := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSending()
	var senders, takers sync.WaitGroup
	senders.Go(func() { s.sender.Run(sending) })
	takers.Go(func() { s.keepHouse(ctx) })
	takers.Go(func() { s.bot.Remind(ctx, s.store, time.Now) })
	takers.Go(func() { s.takeUpdates(ctx) })
	s.log.Info("running", "store", s.cfg.Store.Path, "http", server.address(), "waiting", s.sender.Backlog())
	<-ctx.Done()
	s.log.Info("stopping: messages under way are finished, the rest is on disk")
	server.close()
	live.close()
	takers.Wait()
	stopSending()
	senders.Wait()
	if s.telegram != nil {
		s.telegram.Wait()
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	s.log.Info("stopped")
	return nil
}

// takeUpdates takes enrollees' messages until ctx ends.
func (s *service) takeUpdates(ctx context.Context) {
	t := s.cfg.Telegram
	var err error
	if t.Webhook() {
		err = s.telegram.SetWebhook(ctx, t.WebhookURL, t.WebhookSecret.Reveal())
	} else {
		err = s.telegram.Poll(ctx)
	}
	switch {
	case errors.Is(err, telegram.ErrToken):
		s.stop(badInput(fmt.Errorf("[telegram] token: %w", err)))
	case err != nil:
		s.broken(err)
	}
}

// broken ends the run because the store takes nothing more.
func (s *service) broken(err error) {
	s.stop(fmt.Errorf("nothing more is taken, and nothing that was not stored was confirmed; start imrbot again: %w", err))
}

// houseHour is when the store is put in order: when the fewest people write.
const houseHour = 3

// houseSoon is how long after a start what is old is erased for the first time.
const houseSoon = 10 * time.Minute

// keepHouse puts the store in order every night, until ctx ends.
func (s *service) keepHouse(ctx context.Context) {
	// A machine that is off every night must erase too.
	pause := time.NewTimer(houseSoon)
	defer pause.Stop()
	select {
	case <-ctx.Done():
		return
	case <-pause.C:
		s.expire(ctx)
	}
	for {
		now := time.Now().In(s.cfg.Desk.TimeZone.Location)
		next := time.Date(now.Year(), now.Month(), now.Day(), houseHour, 0, 0, 0, now.Location())
		if !next.After(now) {
			next = next.AddDate(0, 0, 1)
		}
		timer := time.NewTimer(next.Sub(now))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
			s.putInOrder(ctx)
		}
	}
}

// putInOrder erases what is older than the operator keeps it, removes files that
// nothing refers to, and gives back the room of what was erased: only then are
// its bytes gone from the disk.
func (s *service) putInOrder(ctx context.Context) {
	s.expire(ctx)
	s.report(ctx, "compacting the store", s.store.Compact(ctx))
}

// expire erases what is older than the operator keeps it.
func (s *service) expire(ctx context.Context) {
	now := time.Now()
	conversationsBefore, _ := s.cfg.Privacy.RetainConversations.Cutoff(now)
	intakesBefore, _ := s.cfg.Privacy.RetainIntakes.Cutoff(now)
	conversations, intakes, err := s.store.Expire(ctx, conversationsBefore, intakesBefore)
	s.report(ctx, "erasing what is old", err, "conversations", conversations, "intakes", intakes)
	files, err := s.store.CollectFiles(ctx, time.Hour)
	s.report(ctx, "removing files that nothing refers to", err, "files", files)
}

// report logs a piece of house-keeping.
func (s *service) report(ctx context.Context, what string, err error, args ...any) {
	switch {
	case err != nil && ctx.Err() == nil:
		s.log.Error(what+" failed; it is tried again tomorrow", "error", err)
	case err == nil:
		s.log.Info(what, args...)
	}
}

// loadInterview parses the interview of the configuration.
func loadInterview(cfg *config.Config) (*dialog.Interview, error) {
	fsys, name, err := interviewFS(cfg.Interview.Dir)
	if err != nil {
		return nil, badInput(fmt.Errorf("[interview] dir: %w", err))
	}
	interview, err := dialog.Parse(fsys, dialog.Options{Operator: cfg.Operator.Name, IsDepartment: cfg.Operator.IsDepartment})
	if err != nil {
		return nil, badInput(fmt.Errorf("the interview %s cannot be read:\n%w", name, err))
	}
	return interview, nil
}

// openConfiguredReader trains the reader of the configuration's knowledge base,
// or takes it from its cache beside the store.
func openConfiguredReader(cfg *config.Config) (reader, error) {
	base, err := loadKB("")
	if err != nil {
		return reader{}, err
	}
	if cfg.KB.Dir != "" {
		over, err := loadKB(cfg.KB.Dir)
		if err != nil {
			return reader{}, err
		}
		base = kb.Overlay(base, over)
	}
	folder := filepath.Dir(cfg.Store.Path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return reader{}, fmt.Errorf("store folder: %w", err)
	}
	r, err := faq.Open(base, filepath.Join(folder, readerFile))
	return reader{r}, err
}

// crisis tells whether a text shows a danger to life.
func (r reader) crisis(text, lang string) bool { return r.Watch(text, lang).Kind == dialog.ReadCrisis }
