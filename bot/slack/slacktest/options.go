package slacktest

import "time"

// The ids of the one workspace and the one app of a Server.
const (
	TeamID = "T0000TEAM1"
	AppID  = "A0000APP01"
	// BotUserID is the bot as a person who is mentioned and is a member;
	// BotID is the bot as the author of messages.
	BotUserID = "U0000BOT01"
	BotID     = "B0000BOT01"
	// DeskChannel is a private channel that is there from the start, with the
	// bot in it.
	DeskChannel = "C0000DESK1"
)

// Options set up a Server. The zero value behaves as Slack does; of each
// duration 0 is Slack's value and a negative one stands for zero.
type Options struct {
	// The secrets that a bot must know; fixed ones by default.
	BotToken, AppToken, SigningSecret string
	// BotName is what people mention as @name; "imrbot" by default.
	BotName string
	// ChannelName is that of DeskChannel; "desk" by default.
	ChannelName string
	// Events are the events the app subscribed to ("message", "app_mention" ...);
	// all when empty.
	Events []string

	AckTimeout     time.Duration // for one envelope or delivery; 3 s
	TriggerTTL     time.Duration // a trigger_id works; 3 s
	ResponseURLTTL time.Duration // a response_url works; 30 min
	TicketTTL      time.Duration // a socket URL can be dialled; 30 s
	PingEvery      time.Duration // on an open socket; 10 s
	// Retries are the waits before an event is delivered again; 0, 1 min and
	// 5 min when nil. An empty slice means no retry.
	Retries []time.Duration
	// HTTPParallel is how many events are under way at once in HTTP mode; 1 by
	// default, which keeps their order. Slack promises no order.
	HTTPParallel int
	// MaxSockets is how many sockets the app may have open; 10.
	MaxSockets int

	Limits Limits

	// CountersOnly keeps no Call, no Delivery and no Fate, only Counters: for
	// loads without end.
	CountersOnly bool
	// MaxJournal bounds calls, deliveries, violations and fates, each; the
	// oldest go. 100,000 by default.
	MaxJournal int
	// MaxHistory bounds the messages kept of one channel; the oldest go.
	// 100,000 by default.
	MaxHistory int
	// MaxFileBytes bounds the bytes of all files; an upload past it is refused.
	// 256 MB by default.
	MaxFileBytes int64
}

// Limits are the rates a bot must keep to. The zero value counts violations of
// Slack's published limits and refuses nothing.
type Limits struct {
	// Enforce answers 429 with Retry-After, and refuses until it has passed.
	Enforce bool
	// PerChannel is the least time between two chat.postMessage in a channel; 1 s.
	PerChannel time.Duration
	// Jitter is how much too early a message may come, because arrival jitters
	// where sending did not; 50 ms.
	Jitter time.Duration
	// TierOne is how many apps.connections.open a minute are allowed. Slack
	// publishes "1+" and allows bursts; 20 by default. The other tiers are
	// Slack's: 20, 50 and 100 calls of a method a minute.
	TierOne int
}

// Quick returns options for tests: as Slack, but that an event is retried after
// milliseconds and an envelope waits one second for its ack.
func Quick() Options {
	return Options{
		AckTimeout: time.Second,
		Retries:    []time.Duration{0, 60 * time.Millisecond, 300 * time.Millisecond},
		PingEvery:  time.Second,
	}
}

func (o Options) withDefaults() Options {
	o.BotToken = orDefault(o.BotToken, "xoxb-slacktest-BOT-token-of-no-workspace")
	o.AppToken = orDefault(o.AppToken, "xapp-slacktest-APP-token-of-no-workspace")
	o.SigningSecret = orDefault(o.SigningSecret, "slacktest-signing-secret-of-no-app")
	o.BotName = orDefault(o.BotName, "imrbot")
	o.ChannelName = orDefault(o.ChannelName, "desk")
	o.AckTimeout = duration(o.AckTimeout, 3*time.Second)
	o.TriggerTTL = duration(o.TriggerTTL, 3*time.Second)
	o.ResponseURLTTL = duration(o.ResponseURLTTL, 30*time.Minute)
	o.TicketTTL = duration(o.TicketTTL, 30*time.Second)
	o.PingEvery = max(duration(o.PingEvery, 10*time.Second), time.Millisecond)
	if o.Retries == nil {
		o.Retries = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	o.HTTPParallel = max(o.HTTPParallel, 1)
	o.MaxSockets = orDefault(o.MaxSockets, 10)
	o.Limits.PerChannel = duration(o.Limits.PerChannel, time.Second)
	o.Limits.Jitter = duration(o.Limits.Jitter, 50*time.Millisecond)
	o.Limits.TierOne = orDefault(o.Limits.TierOne, 20)
	o.MaxJournal = orDefault(o.MaxJournal, 100_000)
	o.MaxHistory = orDefault(o.MaxHistory, 100_000)
	o.MaxFileBytes = orDefault(o.MaxFileBytes, 256<<20)
	return o
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

func duration(d, def time.Duration) time.Duration {
	if d < 0 {
		return 0
	}
	return orDefault(d, def)
}
