package telegramtest

import "time"

// Options set up a Server. The zero value behaves as Telegram does; of each
// duration 0 is Telegram's value and a negative one stands for zero.
type Options struct {
	// Token is what the bot must present; a fixed one by default.
	Token string
	// Username is the bot's, without @; "imr_test_bot" by default.
	Username string
	// FirstUpdateID is the id of the first update; 100,000,001 by default.
	FirstUpdateID int64
	// Seed decides what is random here but the faults, which have their own:
	// where ids restart, how long a webhook waits at most. The caller prints it.
	Seed uint64

	QueryTimeout   time.Duration // a press is answered within; 150 s
	UpdateTTL      time.Duration // an update waits at most; 24 h
	FileLinkTTL    time.Duration // a file_path works; 1 h
	MaxPoll        time.Duration // a long poll lasts at most; 50 s
	PollGather     time.Duration // a long poll waits for more after the first update; 2 ms
	RepeatPollWait time.Duration // the same offset asked again so soon waits as long; 3 s
	ConflictDelay  time.Duration // the second 409 so soon is held back as long; 3 s

	WebhookRetryMin time.Duration // the first wait after a refused delivery; 1 s
	WebhookRetryMax time.Duration // waits stop doubling between this and twice this; 60 s
	WebhookTimeout  time.Duration // for one delivery; 60 s

	Limits Limits

	// CountersOnly keeps no Call, no Confirmation and no text for Duplicates,
	// only Counters: for loads without end.
	CountersOnly bool
	// MaxJournal bounds calls, confirmations, violations and fingerprints, each;
	// the oldest go. 200,000 by default.
	MaxJournal int
	// MaxTranscript bounds the messages kept of one chat; an older one is "not
	// found". 1,000 by default.
	MaxTranscript int
	// MaxPending bounds updates nobody fetched; what comes on top is dropped and
	// counted. 100,000 by default, as at Telegram.
	MaxPending int
	// MaxFileBytes bounds the bytes of all files; the oldest go. 256 MB by default.
	MaxFileBytes int64
}

// Limits are the rates a bot must keep to. A zero value counts violations of
// Telegram's published limits and refuses nothing.
type Limits struct {
	// Enforce answers 429 with retry_after, and refuses until it has passed.
	Enforce bool
	// PerChat is the least time between two messages in a chat; 1 s.
	PerChat time.Duration
	// Overall is how many messages a second the bot may send; 30. Negative: any.
	Overall int
	// Slack is how much too early a message may come, because arrival jitters
	// where sending did not; 50 ms.
	Slack time.Duration
}

// Quick returns options for tests: as Telegram, but that the waits of the
// server itself (409, repeated polls, webhook retries) are milliseconds.
func Quick() Options {
	return Options{
		RepeatPollWait:  -1,
		ConflictDelay:   -1,
		WebhookRetryMin: 5 * time.Millisecond,
		WebhookRetryMax: 40 * time.Millisecond,
		WebhookTimeout:  5 * time.Second,
	}
}

func (o Options) withDefaults() Options {
	o.Token = orDefault(o.Token, "700000001:AAtelegramtest-TOKEN-of-no-bot-at-all")
	o.Username = orDefault(o.Username, "imr_test_bot")
	o.FirstUpdateID = orDefault(o.FirstUpdateID, 100_000_001)
	o.QueryTimeout = duration(o.QueryTimeout, 150*time.Second)
	o.UpdateTTL = duration(o.UpdateTTL, 24*time.Hour)
	o.FileLinkTTL = duration(o.FileLinkTTL, time.Hour)
	o.MaxPoll = duration(o.MaxPoll, 50*time.Second)
	o.PollGather = duration(o.PollGather, 2*time.Millisecond)
	o.RepeatPollWait = duration(o.RepeatPollWait, 3*time.Second)
	o.ConflictDelay = duration(o.ConflictDelay, 3*time.Second)
	o.WebhookRetryMin = duration(o.WebhookRetryMin, time.Second)
	o.WebhookRetryMax = duration(o.WebhookRetryMax, time.Minute)
	o.WebhookTimeout = duration(o.WebhookTimeout, time.Minute)
	o.Limits.PerChat = duration(o.Limits.PerChat, time.Second)
	o.Limits.Overall = orDefault(o.Limits.Overall, 30)
	o.Limits.Slack = duration(o.Limits.Slack, 50*time.Millisecond)
	o.MaxJournal = orDefault(o.MaxJournal, 200_000)
	o.MaxTranscript = orDefault(o.MaxTranscript, 1_000)
	o.MaxPending = orDefault(o.MaxPending, 100_000)
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
