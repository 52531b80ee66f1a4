package telegram

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	api "github.com/go-telegram/bot"

	"imrbot/bot"
)

// badToken is how long to wait before a refused token is tried again: only the
// operator can help.
const badToken = time.Minute

// classify tells what a failed call proves. The reasons are our own words: an
// error of the library may quote the message, or the answer to it.
func classify(err error) *bot.SendError {
	e := &bot.SendError{Err: err}
	var limited *api.TooManyRequestsError
	var migrated *api.MigrateError
	var dial *net.OpError
	var dns *net.DNSError
	switch {
	case errors.As(err, &limited):
		e.Fate, e.RateLimited, e.Reason = bot.FateRefused, true, "Telegram asks to slow down"
		e.After = time.Duration(max(limited.RetryAfter, 1)) * time.Second
	case errors.As(err, &migrated):
		e.Fate, e.Gone, e.Reason = bot.FateDead, true, "the chat became a group"
	case errors.Is(err, api.ErrorForbidden):
		e.Fate, e.Gone, e.Reason = bot.FateDead, true, "the enrollee has blocked the bot or is gone"
	case errors.Is(err, api.ErrorBadRequest):
		e.Fate, e.Reason = bot.FateDead, "Telegram refuses the call"
		e.Gone = strings.Contains(err.Error(), "chat not found")
	case errors.Is(err, api.ErrorUnauthorized), errors.Is(err, api.ErrorNotFound):
		e.Fate, e.After, e.Reason = bot.FateRefused, badToken, "Telegram refuses the token"
	case errors.Is(err, api.ErrorConflict):
		e.Fate, e.Reason = bot.FateRefused, "another program uses this token"
	case errors.As(err, &dial) && dial.Op == "dial", errors.As(err, &dns):
		e.Fate, e.Reason = bot.FateRefused, "Telegram cannot be reached"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		e.Reason = "no answer in time"
	case strings.HasPrefix(err.Error(), "error response from telegram") && strings.Contains(err.Error(), " 413 "):
		e.Fate, e.Reason = bot.FateDead, "the file is too large for Telegram"
	case strings.HasPrefix(err.Error(), "error response from telegram"):
		e.Reason = fmt.Sprintf("Telegram has a fault (%s)", faultCode(err.Error()))
	default:
		e.Reason = "the connection broke, or the answer was no answer"
	}
	return e
}

// isUnknownForm tells of a call that Telegram says it carried out, in an answer
// whose details the library does not know.
func isUnknownForm(err error) bool {
	return err != nil && strings.HasPrefix(err.Error(), "error decode response result")
}

// faultCode finds the status in the library's sentence about a 5xx answer.
func faultCode(text string) string {
	for word := range strings.FieldsSeq(text) {
		if len(word) == 3 && word[0] == '5' && strings.Trim(word, "0123456789") == "" {
			return word
		}
	}
	return "unknown status"
}

// IsTokenRefused tells whether a call failed because Telegram does not know the
// token.
func IsTokenRefused(err error) bool {
	return errors.Is(err, api.ErrorUnauthorized) || errors.Is(err, api.ErrorNotFound)
}
