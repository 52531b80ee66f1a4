package telegram

import (
	"bytes"
	"context"
	"errors"
	"strconv"

	api "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"imrbot/bot"
)

// sender sends messages and documents.
type sender struct{ *Adapter }

// Send sends one message as plain text: nothing an enrollee or an entry holds
// can be taken for markup. The buttons of an earlier turn are taken away
// afterwards, in a call that may be lost: a press on them is answered kindly.
func (s sender) Send(ctx context.Context, row bot.Outgoing) (bot.Outcome, error) {
	chat := chatID(row.Chat)
	if row.Document != nil {
		return s.document(ctx, chat, row)
	}
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
	arrived := isUnknownForm(err)
	if err != nil && !arrived {
		return bot.Outcome{}, classify(err)
	}
	outcome := bot.Outcome{}
	if markup != nil && !arrived {
		outcome.Keyboard = strconv.Itoa(sent.ID)
	}
	if row.Keyboard != "" && row.Keyboard != outcome.Keyboard {
		outcome.Cleared = true
		s.clear(chat, row.Keyboard)
	}
	return outcome, nil
}

// document makes a file and uploads it. The buttons of the chat stay where they
// are. When what it is of was erased meanwhile, nobody waits for it any more.
func (s sender) document(ctx context.Context, chat int64, row bot.Outgoing) (bot.Outcome, error) {
	if s.Document == nil {
		return bot.Outcome{}, &bot.SendError{Fate: bot.FateDead, Reason: "nothing here makes documents"}
	}
	file, err := s.Document(ctx, row)
	switch {
	case errors.Is(err, bot.ErrNotFound):
		return bot.Outcome{Dead: true, Reason: "what the document is of was erased"}, nil
	case ctx.Err() != nil:
		return bot.Outcome{}, &bot.SendError{Fate: bot.FateRefused, Reason: "the document was not made in time", Err: ctx.Err()}
	case err != nil:
		// What cannot be made now never can, and must not hold up the chat.
		return bot.Outcome{}, &bot.SendError{Fate: bot.FateDead, Reason: "the document cannot be made", Err: err}
	}
	_, err = s.api.SendDocument(ctx, &api.SendDocumentParams{
		ChatID: chat, Caption: file.Caption,
		Document: &models.InputFileUpload{Filename: file.Name, Data: bytes.NewReader(file.Data)},
	})
	if err != nil {
		return bot.Outcome{}, classify(err)
	}
	return bot.Outcome{}, nil
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
