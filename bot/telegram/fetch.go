package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	api "github.com/go-telegram/bot"

	"imrbot/bot"
	"imrbot/dialog"
)

// fetcher brings files here. The turn that takes the file in also settles its
// row: however often a fetch is begun, the file is taken once.
type fetcher struct{ *Adapter }

// Send fetches one file, keeps it and hands it to the bot.
func (f fetcher) Send(ctx context.Context, row bot.Outgoing) (bot.Outcome, error) {
	f.typing(string(row.Chat))
	remote, err := f.api.GetFile(ctx, &api.GetFileParams{FileID: row.Fetch.Remote})
	if errors.Is(err, api.ErrorBadRequest) && !containsFold(err.Error(), "temporarily") {
		return bot.Outcome{}, f.tell(ctx, row, refusal(err))
	}
	if err != nil {
		failed := classify(err)
		if failed.Fate == bot.FateDead {
			failed.MaxTries = goneTries // Telegram says "wrong, or not there just now"
		}
		failed.Fate = bot.FateRefused // to ask again does no harm
		return bot.Outcome{}, failed
	}
	if room, err := f.Room(ctx, row.Chat); err != nil {
		return bot.Outcome{}, &bot.SendError{Fate: bot.FateRefused, Reason: "the conversation cannot be read", Err: err}
	} else if !room {
		in := f.event(row)
		in.Kind, in.Group = bot.InFile, row.Fetch.Group
		return bot.Outcome{}, f.handle(ctx, in)
	}
	data, err := f.download(ctx, remote.FilePath)
	if err != nil {
		return bot.Outcome{}, err
	}
	file, err := f.Store.PutFile(ctx, row.Chat, row.Fetch.Name, data)
	switch {
	case errors.Is(err, bot.ErrFileSize):
		return bot.Outcome{}, f.tell(ctx, row, dialog.ReceivedFileTooBig)
	case errors.Is(err, bot.ErrFileType):
		return bot.Outcome{}, f.tell(ctx, row, dialog.ReceivedFileType)
	case err != nil:
		return bot.Outcome{}, &bot.SendError{Fate: bot.FateRefused, Reason: "the file cannot be kept", Err: err}
	}
	in := f.event(row)
	in.Kind, in.File, in.Group = bot.InFile, file, row.Fetch.Group
	err = f.handle(ctx, in)
	if err != nil {
		f.Store.DropFile(row.Chat, file.ID) // it will be fetched anew
	}
	return bot.Outcome{}, err
}

// refusal is what to tell of a file that Telegram does not give out.
func refusal(err error) dialog.ReceivedKind {
	if containsFold(err.Error(), "too big") {
		return dialog.ReceivedFileTooBig
	}
	return dialog.ReceivedFileLost
}

// giveUp tells the enrollee that a file could not be fetched.
func (f fetcher) giveUp(ctx context.Context, row bot.Outgoing) error {
	return f.tell(ctx, row, dialog.ReceivedFileLost)
}

// tell hands the bot, in place of the file, why there is none.
func (f fetcher) tell(ctx context.Context, row bot.Outgoing, what dialog.ReceivedKind) error {
	in := f.event(row)
	in.Kind, in.Received = bot.InReceived, what
	return f.handle(ctx, in)
}

// event is the part of a fetched file's event that does not hang on the outcome.
func (f fetcher) event(row bot.Outgoing) bot.Inbound {
	return bot.Inbound{
		Chat: row.Chat, Key: bot.InKey(fmt.Sprintf("%s:file:%d", Name, row.Key)), At: time.Now(),
		Message: row.Fetch.Message, Lang: row.Fetch.Lang, Settles: row.Key,
	}
}

// handle commits the turn of a fetched file.
func (f fetcher) handle(ctx context.Context, in bot.Inbound) error {
	_, err := f.Handle(ctx, in)
	if reason := ofOneChat(err); reason != "" {
		return &bot.SendError{Fate: bot.FateDead, Reason: "the turn of a file: " + reason, Err: err}
	}
	if err != nil {
		return &bot.SendError{Fate: bot.FateRefused, Reason: "the turn of a file cannot be committed", Err: err}
	}
	return nil
}

// download reads a file from Telegram. Its address holds the token: no error of
// the client may be shown.
func (f fetcher) download(ctx context.Context, path string) ([]byte, error) {
	fail := func(reason string, err error) error {
		return &bot.SendError{Fate: bot.FateRefused, Reason: reason, Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.APIURL+"/file/bot"+f.Token+"/"+path, nil)
	if err != nil {
		return nil, fail("Telegram names no address of the file", nil)
	}
	resp, err := f.Client.Do(req)
	if err != nil {
		return nil, fail("the file cannot be downloaded", nil)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fail(fmt.Sprintf("the file is answered with status %d", resp.StatusCode), nil)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, bot.MaxFileBytes+1))
	if err != nil {
		return nil, fail("the download broke", nil)
	}
	if resp.ContentLength >= 0 && int64(len(data)) < min(resp.ContentLength, bot.MaxFileBytes+1) {
		return nil, fail("the download ended early", nil)
	}
	return data, nil
}
