package handoff

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"imrbot/bot"
)

// judge tells what an answer proves; nil when the receiver has the message. The
// reasons are our own words: a body may quote the intake.
func judge(resp *http.Response, now time.Time) *bot.SendError {
	status := resp.StatusCode
	if status >= 200 && status < 300 {
		return nil
	}
	e := &bot.SendError{Reason: fmt.Sprintf("the receiver answered with status %d", status)}
	switch {
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests:
		e.Fate = bot.FateRefused
	case status >= 500:
		e.Fate = bot.FateUnknown // it may have failed after it stored the message
	default:
		e.Fate = bot.FateDead
		return e
	}
	e.After = retryAfter(resp.Header.Get("Retry-After"), now)
	return e
}

// retryAfter reads a wait from a header, seconds or an HTTP date, at most an
// hour; 0 when it names none.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if header == "" {
		return 0
	}
	if strings.Trim(header, "0123456789") == "" {
		seconds, err := strconv.ParseInt(header, 10, 32)
		if err != nil {
			return maxRetryAfter // more digits than an hour has
		}
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return max(0, min(at.Sub(now), maxRetryAfter))
}

// unanswered tells what a call without an answer proves. The error itself holds
// the address, which may hold a secret.
func unanswered(err error) *bot.SendError {
	e := &bot.SendError{Err: err}
	var op *net.OpError
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err, &cert):
		e.Fate, e.Reason = bot.FateRefused, "the receiver's certificate is not to be trusted"
	case errors.As(err, &dns), errors.As(err, &op) && op.Op == "dial":
		e.Fate, e.Reason = bot.FateRefused, "the receiver cannot be reached"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		e.Reason = "no answer in time"
	default:
		e.Reason = "the connection broke, or the answer was no answer"
	}
	return e
}
