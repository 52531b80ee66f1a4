package telegram

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	api "github.com/go-telegram/bot"

	"imrbot/bot"
)

// secretHeader is where Telegram shows the secret that setWebhook gave it.
const secretHeader = "X-Telegram-Bot-Api-Secret-Token"

// webhook is the handler of deliveries. It answers
//
//	401  without the right secret
//	405  to anything but POST
//	413  to a body of more than 8 MB
//	503  when the update could not be stored: Telegram delivers it again
//	200  when the update is on disk, handled before, or in the quarantine
//
// broken is called when the store refuses every turn and has to be opened again.
type webhook struct {
	*Adapter
	secret [sha256.Size]byte
	broken func(error)
}

// Handler returns the handler of deliveries for a webhook with that secret.
// broken is called once the store takes no more turns until it is opened again.
func (a *Adapter) Handler(secret string, broken func(error)) http.Handler {
	return &webhook{Adapter: a, secret: sha256.Sum256([]byte(secret)), broken: broken}
}

// ServeHTTP takes one delivery.
func (w *webhook) ServeHTTP(out http.ResponseWriter, req *http.Request) {
	// Sums of one length compare in constant time whatever was sent.
	given := sha256.Sum256([]byte(req.Header.Get(secretHeader)))
	if subtle.ConstantTimeCompare(given[:], w.secret[:]) != 1 {
		w.Log.Warn("a delivery without the right secret was refused")
		http.Error(out, "wrong secret", http.StatusUnauthorized)
		return
	}
	if req.Method != http.MethodPost {
		http.Error(out, "deliveries are posted", http.StatusMethodNotAllowed)
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(out, req.Body, webhookBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		w.Log.Error("a delivery of more than 8 MB was refused")
		http.Error(out, "too large", http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		http.Error(out, "cut short", http.StatusBadRequest)
		return
	}
	w.hear()
	// Telegram hanging up must not end a commit that may be under way.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(req.Context()), takeTimeout)
	defer cancel()
	if !json.Valid(raw) {
		err = w.quarantine(ctx, raw, "", "it is no JSON")
	} else {
		err = w.take(ctx, raw)
	}
	if err != nil {
		w.complain(err)
		if errors.Is(err, bot.ErrRefused) {
			w.broken(err)
		}
		http.Error(out, "not stored", http.StatusServiceUnavailable)
		return
	}
	out.WriteHeader(http.StatusOK)
}

// SetWebhook has Telegram deliver to url with that secret, tries until it does,
// and returns when ctx ends. It fails with ErrToken. Updates that wait are kept.
func (a *Adapter) SetWebhook(ctx context.Context, url, secret string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer a.menus.Wait()
	defer cancel()
	err := a.begin(ctx, func(ctx context.Context) error {
		_, err := a.api.SetWebhook(ctx, &api.SetWebhookParams{
			URL: url, SecretToken: secret, AllowedUpdates: allowed, MaxConnections: webhookConnections,
		})
		return err
	})
	if err == nil {
		a.Log.Info("Telegram delivers to the webhook")
		<-ctx.Done()
	}
	return unlessEnded(ctx, err)
}
