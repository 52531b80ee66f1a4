package telegram

import "time"

// The limits of the channel, each with its reason.
const (
	// perChat and betweenSends are Telegram's: one message a second to a chat
	// and thirty a second in all. Both are kept with a little to spare, because
	// what leaves evenly here may arrive less evenly there.
	perChat      = time.Second + 20*time.Millisecond
	betweenSends = 35 * time.Millisecond
	// parallelSends is how many calls may wait for Telegram at once.
	parallelSends = 32
	sendTimeout   = 30 * time.Second
	// A document of 45 MB over a slow line takes minutes, and holds up only
	// its own chat and other documents: two at once take 200 MB of memory.
	parallelDocuments = 2
	documentTimeout   = 5 * time.Minute
	// A letter of 20 MB over a slow line takes minutes, and holds up nothing
	// but the next letter of the same enrollee.
	parallelFetches = 4
	fetchTimeout    = 5 * time.Minute
	// fetchTries is when a file is given up and the enrollee told: after about
	// two hours.
	fetchTries = 120
	// goneTries is the same for a file that Telegram says it may not have: after
	// two minutes.
	goneTries = 8

	// pollSeconds is how long Telegram holds a poll open while nothing comes.
	pollSeconds = 50
	// pollBatch is how many updates one poll brings, the API's most.
	pollBatch = 100
	// pollBody is the size of the largest answer to a poll that is read.
	pollBody = 64 << 20
	// takers is how many chats of one poll are handled at once: their commits
	// share an fsync.
	takers = 64
	// firstPause doubles with each failed poll up to maxPause.
	firstPause = time.Second
	maxPause   = time.Minute
	// idleReset is a silence after which the cursor is dropped: update ids
	// restart at a random place when a week was quiet.
	idleReset = 24 * time.Hour

	// webhookBody is the size of the largest update that a webhook takes.
	webhookBody = 8 << 20
	// webhookConnections is how many updates Telegram may deliver at once.
	webhookConnections = 40
	// takeTimeout is how long a delivery may wait for its commit. Telegram
	// gives up after about a minute and delivers again.
	takeTimeout = 40 * time.Second

	// maxWait is how long a message may have waited for us: Telegram keeps it
	// a day.
	maxWait = 36 * time.Hour
	// maxFails is how often an update is tried that alone cannot be stored.
	maxFails = 5
	// maxAhead is how many replies an enrollee may be ahead of us before
	// messages are left aside until we have caught up: it bounds what one chat
	// can cost. maxPressesAhead is the same for presses, which are easily made
	// and easily made again.
	maxAhead        = 150
	maxPressesAhead = 20
	// maxFetchesAhead is how many files of an enrollee may wait to be fetched:
	// a case takes twenty.
	maxFetchesAhead = 40
	maxTold         = 10_000

	// menuTries is how often setting the menu is tried at a start.
	menuTries = 5
	// sideCalls is how many calls that may be lost are made at once.
	sideCalls   = 16
	sideTimeout = 10 * time.Second
	recentSize  = 64
	// maxLabel is the longest label of a button that shares its row, in
	// characters: two of them fit a small phone.
	maxLabel = 14
	// maxData is the API's limit of a button's data, in bytes.
	maxData = 64
	// maxCaption is the longest caption of a file that is only its name, in
	// characters. A longer one tells a story, and is read as a message.
	maxCaption = 80
)
