package handoff_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"imrbot/bot/handoff"
)

// The right signatures were computed by openssl:
// printf '%s' "$timestamp.$body" | openssl dgst -sha256 -hmac "$secret"
func TestSignaturesAreTheOnesThatOthersCompute(t *testing.T) {
	for _, v := range []struct{ secret, timestamp, body, want string }{
		{"sixteen letters!", "1780315200", `{"event":"ping","at":"2026-06-01T12:00:00Z","key":"AAAAAAAAAAAAAAAAAAAAAAAAAA"}`, "v1=c53443728da56c2a8d470ba147a841680a589e27971a7576294a44d272eb3831"},
		{"una contraseña de más de 16", "0", "", "v1=3d42e267b7d8fa49bd511f881321e8d7c0aae07b006884bcc387327a0d9da03c"},
		{"k", "1780315200", `{"name":"Ñandú"}`, "v1=41f422e4cb7d9fc753a83e042416a3fafccea4112579c94ecc5f030e2755cd2f"},
	} {
		if got := handoff.Sign(v.secret, v.timestamp, []byte(v.body)); got != v.want {
			t.Errorf("%s.%s: %s, want %s", v.timestamp, v.body, got, v.want)
		}
	}
}

func TestOnlyTheRightMessageOfNowIsVerified(t *testing.T) {
	const stamp, body = "1780315200", `{"a":"4.b"}`
	good := handoff.Sign(secret, stamp, []byte(body))
	now := time.Unix(1780315200, 0)
	for name, v := range map[string]struct {
		secret, stamp, body, signature string
		now                            time.Time
		want                           error
	}{
		"the right one":                {secret, stamp, body, good, now, nil},
		"at the end of the tolerance":  {secret, stamp, body, good, now.Add(5 * time.Minute), nil},
		"a clock behind":               {secret, stamp, body, good, now.Add(-5 * time.Minute), nil},
		"too old":                      {secret, stamp, body, good, now.Add(5*time.Minute + time.Second), handoff.ErrTimestamp},
		"from the future":              {secret, stamp, body, good, now.Add(-5*time.Minute - time.Second), handoff.ErrTimestamp},
		"another secret":               {secret + "x", stamp, body, good, now, handoff.ErrSignature},
		"another body":                 {secret, stamp, body + " ", good, now, handoff.ErrSignature},
		"a newer timestamp":            {secret, "1780315201", body, good, now, handoff.ErrSignature},
		"no signature":                 {secret, stamp, body, "", now, handoff.ErrSignature},
		"without the version":          {secret, stamp, body, strings.TrimPrefix(good, "v1="), now, handoff.ErrSignature},
		"another version":              {secret, stamp, body, strings.Replace(good, "v1", "v2", 1), now, handoff.ErrSignature},
		"in capitals":                  {secret, stamp, body, strings.ToUpper(good), now, handoff.ErrSignature},
		"cut short":                    {secret, stamp, body, good[:len(good)-1], now, handoff.ErrSignature},
		"the point moved":              {secret, stamp + `.{"a":"4`, `b"}`, good, now, handoff.ErrTimestamp},
		"a timestamp that is a word":   {secret, "now", body, handoff.Sign(secret, "now", []byte(body)), now, handoff.ErrTimestamp},
		"a timestamp without an end":   {secret, "99999999999999999999", body, handoff.Sign(secret, "99999999999999999999", []byte(body)), now, handoff.ErrTimestamp},
		"the last moment of all times": {secret, "9223372036854775807", body, handoff.Sign(secret, "9223372036854775807", []byte(body)), now, handoff.ErrTimestamp},
		"the first of all times":       {secret, "-9223372036854775808", body, handoff.Sign(secret, "-9223372036854775808", []byte(body)), now, handoff.ErrTimestamp},
	} {
		if err := handoff.Verify(v.secret, v.stamp, []byte(v.body), v.signature, 5*time.Minute, v.now); !errors.Is(err, v.want) {
			t.Errorf("%s: %v, want %v", name, err, v.want)
		}
	}
}

// FuzzVerify: what was not signed is never verified.
func FuzzVerify(f *testing.F) {
	f.Add("1780315200", []byte("{}"), "v1=00")
	f.Add("9223372036854775807", []byte(nil), "")
	f.Fuzz(func(t *testing.T, stamp string, body []byte, signature string) {
		if handoff.Verify(secret, stamp, body, signature, time.Hour, day) == nil {
			t.Fatal("verified")
		}
		if err := handoff.Verify(secret, stamp, body, handoff.Sign(secret, stamp, body), time.Hour, day); err != nil && !errors.Is(err, handoff.ErrTimestamp) {
			t.Fatal(err)
		}
	})
}

// A receiver: it believes only what is signed, and takes every key once.
func ExampleVerify() {
	const secret = "put-32-characters-at-random-here"
	have := map[string]bool{} // in earnest: a unique column beside the cases
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 8<<20))
		if err != nil || handoff.Verify(secret, r.Header.Get("Imrbot-Timestamp"), body, r.Header.Get("Imrbot-Signature"), 5*time.Minute, time.Now()) != nil {
			http.Error(w, "not signed", http.StatusUnauthorized)
			return
		}
		if key := r.Header.Get("Idempotency-Key"); !have[key] {
			have[key] = true // store the intake and the key in one transaction
			fmt.Println("stored")
		}
		w.WriteHeader(http.StatusNoContent) // only after it is stored
	}))
	defer receiver.Close()
	w, err := handoff.New(handoff.Config{URL: receiver.URL, Secret: secret})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(w.Ping(context.Background()))
	// Output:
	// stored
	// 204 <nil>
}
