package handoff

import "time"

// The limits of the channel, each with its reason.
const (
	// timeout ends one call: a receiver that stores a message needs less.
	timeout = 30 * time.Second
	// maxAnswer is how much of an answer's body, and of its headers, is read,
	// in bytes. Nothing in it is used.
	maxAnswer = 64 << 10
	// maxRetryAfter is the longest wait that a receiver may ask for.
	maxRetryAfter = time.Hour
	// patience is how long a message is tried: over a long weekend in which
	// nobody looks after the receiver.
	patience = 4 * 24 * time.Hour
	// maxTries is there because a Channel must have one; patience ends first,
	// for a receiver may ask for another try after a second, and no sooner.
	maxTries  = int(patience / time.Second)
	userAgent = "imrbot-handoff"
)
