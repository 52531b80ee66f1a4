package telegram

import (
	"context"
	"strconv"

	api "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"imrbot/bot"
)

// sender sends messages.
type sender struct{ *Adapter }

// Send sends one message as plain text: nothing an enrollee or an entry holds
// can be taken for markup. The buttons of an earlier turn are taken away
// afterwards, in a call that may be lost: a press on them is answered kindly.
func (s sender) Send(ctx context.Context, row bot.Outgoing) (bot.Outcome, error) {
	chat := chatID(row.Chat)
	noPreview := true
	params := &api.SendMessageParams{
		ChatID: chat, Text: row.Say.Text,
		LinkPreviewOptions: &models.LinkPreviewOptions{IsDisabled: &noPreview},
	}
	markup := keyboard(row.Say.Node, row.Say.Buttons)
	if markup != nil {
		params.ReplyMarkup = markup
	}
	sent, err := s.api.SendMessage(ctx, params)
	if err != nil {
		return bot.Outcome{}, classify(err)
	}
	outcome := bot.Outcome{}
	if markup != nil {
		outcome.Keyboard = strconv.Itoa(sent.ID)
	}
	if row.Keyboard != "" && row.Keyboard != outcome.Keyboard {
		outcome.Cleared = true
		s.clear(chat, row.Keyboard)
	}
	return outcome, nil
}

// clear takes the buttons off a message, once.
func (a *Adapter) clear(chat int64, message string) {
	id, err := strconv.Atoi(message)
	what := strconv.FormatInt(chat, 10) + "/" + message
	if err != nil || a.cleared.has(what) {
		return
	}
	a.cleared.add(what)
	a.aside(func(ctx context.Context) error {
		_, err := a.api.EditMessageReplyMarkup(ctx, &api.EditMessageReplyMarkupParams{ChatID: chat, MessageID: id})
		return err
	})
}
