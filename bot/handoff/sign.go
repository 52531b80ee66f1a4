package handoff

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// The headers of a message.
const (
	HeaderKey       = "Idempotency-Key"
	HeaderTimestamp = "Imrbot-Timestamp"
	HeaderSignature = "Imrbot-Signature"
)

// version is of the way of signing. Another way would be another header value
// beside this one, so that receivers can change over.
const version = "v1="

// Errors of Verify.
var (
	// ErrSignature: the message was not signed with this secret, or is not the
	// one that was.
	ErrSignature = errors.New("the signature does not fit")
	// ErrTimestamp: the message is too old, or from the future: it may be one
	// that somebody has kept and sends again.
	ErrTimestamp = errors.New("the timestamp is too far from now")
)

// Sign returns the value of Imrbot-Signature for a body and the value of
// Imrbot-Timestamp.
func Sign(secret, timestamp string, body []byte) string {
	return version + hex.EncodeToString(mac(secret, timestamp, body))
}

func mac(secret, timestamp string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(timestamp + "."))
	h.Write(body)
	return h.Sum(nil)
}

// Verify is what a receiver has to do before it believes a message: nil says that
// whoever knows the secret signed this body, at most tolerance before or after
// now; five minutes are usual. timestamp and signature are the header values,
// body the bytes as they came. Otherwise it fails with ErrSignature or
// ErrTimestamp. How long it takes tells nothing about the right signature.
//
// Verify says that a message is true, not that it is new: also pass over an
// Idempotency-Key that you have.
func Verify(secret, timestamp string, body []byte, signature string, tolerance time.Duration, now time.Time) error {
	// First the signature: of what is not signed, nothing is worth reading.
	if !hmac.Equal([]byte(Sign(secret, timestamp, body)), []byte(signature)) {
		return ErrSignature
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: it is no number", ErrTimestamp)
	}
	if off := now.Sub(time.Unix(seconds, 0)).Abs(); off > tolerance {
		return fmt.Errorf("%w: %s off", ErrTimestamp, off.Round(time.Second))
	}
	return nil
}
