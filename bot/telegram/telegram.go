// Package telegram is the channel of enrollees on Telegram. It takes updates by
// long polling or by a webhook, hands each to the bot, and confirms it to
// Telegram only after its turn is committed; it sends what the outbox holds.
//
// The library github.com/go-telegram/bot serves for its models and its sending
// methods. Its own loops are not used: they confirm updates before they are
// handled.
//
// What an update becomes:
//
//   - a typed message, an edit, a press or a file of a private chat: an event
//   - what we cannot take (voice, a sticker, a group): an event that is answered
//     with how to go on
//   - what no person wrote to us: nothing
//   - what cannot be read at all: an entry in the quarantine, so that it holds
//     up nobody and is not lost unseen
package telegram

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	api "github.com/go-telegram/bot"

	"imrbot/bot"
	"imrbot/dialog"
)

// Name is the channel's name: what its chat keys begin with.
const Name = "telegram"

// Store is what the channel needs of the store.
type Store interface {
	// PutFile keeps the bytes of a file for a chat. It fails with
	// bot.ErrFileType or bot.ErrFileSize when it may not be kept.
	PutFile(ctx context.Context, chat bot.ChatKey, name string, data []byte) (dialog.File, error)
	// DropFile removes a file that no turn came to name.
	DropFile(chat bot.ChatKey, id string)
	// Quarantine keeps an event that cannot be handled, once for each key.
	Quarantine(ctx context.Context, key bot.InKey, q bot.Quarantined) error
}

// Queue tells how many rows wait to be sent.
type Queue interface {
	Depth(chat bot.ChatKey) int
	Full() bool
}

// Config is what an Adapter is made of. All but Document, Client and Log are
// required.
type Config struct {
	Token string
	// APIURL is the server of the Bot API, without a slash at its end.
	APIURL string
	// Handle carries an event through a turn, as bot.Bot.Handle does.
	Handle func(context.Context, bot.Inbound) ([]bot.Outgoing, error)
	// Watch tells whether a text shows a danger to life.
	Watch func(text, lang string) bool
	Store Store
	// Room tells whether a chat may hand over one more letter.
	Room  func(ctx context.Context, chat bot.ChatKey) (bool, error)
	Queue Queue
	// Document makes the file of a row with a Document, at most 50 MB, which
	// it hands over. It fails with bot.ErrNotFound when what the file is of was
	// erased. It is required only where such rows come.
	Document func(context.Context, bot.Outgoing) (bot.DocumentFile, error)
	// Interview has the words of the menu.
	Interview *dialog.Interview
	Client    *http.Client
	Log       *slog.Logger
	// PollSeconds is how long Telegram may hold a poll open; 0 means 50.
	PollSeconds int
}

// Adapter is the channel. It is safe for use by several goroutines.
type Adapter struct {
	Config
	api *api.Bot
	// told holds the chats that were told that they are ahead of us.
	told tellOnce
	// side bounds the calls that may be lost: answers to presses, signs.
	side    chan struct{}
	cleared recent
	state   state
	menus   sync.WaitGroup
}

// New returns an Adapter. It calls nobody. It fails on an empty token.
func New(cfg Config) (*Adapter, error) {
	if cfg.Client == nil {
		cfg.Client = newClient()
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.PollSeconds <= 0 {
		cfg.PollSeconds = pollSeconds
	}
	cfg.APIURL = strings.TrimRight(cfg.APIURL, "/")
	a := &Adapter{Config: cfg, side: make(chan struct{}, sideCalls)}
	lib, err := api.New(cfg.Token,
		api.WithSkipGetMe(),
		api.WithServerURL(cfg.APIURL),
		api.WithHTTPClient(time.Minute, cfg.Client),
		api.WithNotAsyncHandlers(),
		// The library's own handlers print whole updates.
		api.WithErrorsHandler(func(error) {}),
		api.WithDebugHandler(func(string, ...any) {}),
	)
	if err != nil {
		return nil, errors.New("telegram: the token is empty")
	}
	a.api = lib
	return a, nil
}

// newClient returns the client for calls to the API: every call has its context's
// deadline, and connections are kept for as many calls as run at once.
func newClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = parallelSends + 4
	transport.ResponseHeaderTimeout = 2 * time.Minute
	return &http.Client{Transport: transport}
}

// Channels returns the channels that send this adapter's rows, by name.
func (a *Adapter) Channels() map[string]bot.LimitedChannel {
	return map[string]bot.LimitedChannel{
		Name: {
			Channel: sender{a},
			Limits: bot.Limits{PerLane: perChat, Between: betweenSends, Parallel: parallelSends, Timeout: sendTimeout,
				Documents: parallelDocuments, DocumentTimeout: documentTimeout},
			Due: a.typing,
		},
		Name + bot.FetchSuffix: {
			Channel: fetcher{a},
			Limits:  bot.Limits{Parallel: parallelFetches, Timeout: fetchTimeout, MaxTries: fetchTries},
			GiveUp:  fetcher{a}.giveUp,
		},
	}
}

// chatKey names the conversation of a private chat.
func chatKey(id int64) bot.ChatKey { return bot.ChatKey(Name + ":" + strconv.FormatInt(id, 10)) }

// chatID undoes chatKey; 0 for a key of another channel.
func chatID(key bot.ChatKey) int64 {
	id, _ := strconv.ParseInt(strings.TrimPrefix(string(key), Name+":"), 10, 64)
	return id
}

// aside makes a call that may be lost: when too many are under way, or it
// fails, it is left out.
func (a *Adapter) aside(call func(ctx context.Context) error) {
	select {
	case a.side <- struct{}{}:
	default:
		return
	}
	go func() {
		defer func() { <-a.side }()
		ctx, cancel := context.WithTimeout(context.Background(), sideTimeout)
		defer cancel()
		if err := call(ctx); err != nil {
			a.Log.Debug("a call that may be lost was lost", "reason", classify(err).Reason)
		}
	}()
}

// Wait returns when no call that may be lost is under way.
func (a *Adapter) Wait() {
	for range sideCalls {
		a.side <- struct{}{}
	}
	for range sideCalls {
		<-a.side
	}
}

// typing shows that a reply is being written.
func (a *Adapter) typing(lane string) {
	id := chatID(bot.ChatKey(lane))
	if id == 0 {
		return
	}
	a.aside(func(ctx context.Context) error {
		_, err := a.api.SendChatAction(ctx, &api.SendChatActionParams{ChatID: id, Action: "typing"})
		return err
	})
}

// tellOnce remembers, of at most maxTold chats, who was told something already.
type tellOnce struct {
	mu   sync.Mutex
	told map[bot.ChatKey]bool
}

// first tells whether the chat was not told yet, and remembers it.
func (t *tellOnce) first(chat bot.ChatKey) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.told[chat] {
		return false
	}
	if t.told == nil || len(t.told) >= maxTold {
		t.told = make(map[bot.ChatKey]bool)
	}
	t.told[chat] = true
	return true
}

// forget makes the chat one that was not told.
func (t *tellOnce) forget(chat bot.ChatKey) {
	t.mu.Lock()
	delete(t.told, chat)
	t.mu.Unlock()
}

// recent remembers the last of some things done.
type recent struct {
	mu   sync.Mutex
	done [recentSize]string
	next int
}

func (r *recent) add(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done[r.next%recentSize] = what
	r.next++
}

func (r *recent) has(what string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.done {
		if d == what {
			return true
		}
	}
	return false
}
