package dialog

import "time"

// Limits. Each keeps one enrollee, or one operator's file, from costing the
// others: memory, a message too long for a phone, a state too large to store.
const (
	maxSource  = 1 << 20 // bytes of one interview, rules or locale file
	maxSteps   = 200     // steps of an interview
	maxMessage = 10_000  // characters looked at of one message; longer ones are cut
	maxText    = 10_000  // characters kept of one free-text answer: all that is looked at
	maxLine    = 200     // characters kept of a one-line answer
	maxGuessed = 3_000   // characters of a story that are read for guesses
	maxFiles   = 20      // files of one intake
	maxWaiting = 20      // tickets that a conversation remembers having opened
	maxDone    = 5       // finished intakes that a conversation remembers

	maxReminderKinds = 10  // [[reminder]] of an interview
	maxReminderDays  = 10  // days of one of them
	maxReminderAhead = 365 // days that a reminder may come before its date

	// maxReminded is how many threads of reminders are remembered as settled:
	// more than the intakes of one conversation can have at once, which is 67.
	maxReminded = 100

	// MaxSay is the number of characters of one message. Telegram takes
	// 4,096; the rest is room for what an adapter adds.
	MaxSay = 3_800
	// MaxHits is the number of entries of a Reading that are looked at.
	MaxHits = 3
	// MaxReminders is the number of reminders that a conversation has at once.
	MaxReminders = 50
	// MaxFileName is the length of a file's name in bytes.
	MaxFileName = 120
)

// longSilence is how long an enrollee must have been away to be told where
// they were.
const longSilence = time.Hour
