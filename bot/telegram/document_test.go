package telegram_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"imrbot/bot"
	"imrbot/bot/telegram"
	"imrbot/bot/telegram/telegramtest"
	"imrbot/dialog"
)

func paperRow() bot.Outgoing {
	return bot.Outgoing{Key: 1, Chat: "telegram:1", Turn: 2, Document: &bot.Document{Kind: bot.DocumentPaper, Ref: "A-2026-000001"}}
}

// newPaper is a channel whose chats have one document.
func newPaper(t *testing.T, data []byte, err error) (*channel, *telegramtest.User) {
	c := newChannel(t)
	c.Document = func(_ context.Context, row bot.Outgoing) (bot.DocumentFile, error) {
		return bot.DocumentFile{Name: row.Document.Ref + ".pdf", Caption: "Su papel, «ñ» <b>", Data: data}, err
	}
	ana := c.server.User(1, "es")
	ana.Say("hola")
	return c, ana
}

func TestADocumentArrivesAsItWasMade(t *testing.T) {
	data := append([]byte("%PDF-1.7 "), bytes.Repeat([]byte{0, 255, '\n', '-'}, 500_000)...)
	c, ana := newPaper(t, data, nil)
	buttons, _ := c.sendRow(t, telegram.Name, say("Go on?", dialog.Button{Label: "Yes", Value: "yes"}))
	row := paperRow()
	row.Keyboard = buttons.Keyboard
	outcome, failed := c.sendRow(t, telegram.Name, row)
	if failed != nil || outcome != (bot.Outcome{}) {
		t.Fatalf("%+v, %v", outcome, failed)
	}
	got := ana.Replies()[1]
	if got.Kind != "document" || got.File.Name != "A-2026-000001.pdf" || got.Text != "Su papel, «ñ» <b>" || len(got.Entities) != 0 {
		t.Errorf("%+v", got)
	}
	if !bytes.Equal(c.server.FileData(got.File.ID), data) {
		t.Errorf("%d bytes arrived of %d, or others", len(c.server.FileData(got.File.ID)), len(data))
	}
	c.Wait()
	if len(ana.Replies()[0].Buttons) == 0 {
		t.Error("the document took the buttons of the open question away")
	}
}

func TestAFailedUploadProvesNoMoreThanItDoes(t *testing.T) {
	for kind, want := range map[telegramtest.FaultKind]bot.Fate{
		telegramtest.TooManyRequests: bot.FateRefused,
		telegramtest.InternalError:   bot.FateUnknown,
		telegramtest.ResetBefore:     bot.FateUnknown,
		telegramtest.ResetAfter:      bot.FateUnknown,
		telegramtest.CutBody:         bot.FateUnknown,
	} {
		c, _ := newPaper(t, []byte("%PDF"), nil)
		c.server.Inject(telegramtest.Fault{Kind: kind, Method: "sendDocument"})
		if _, failed := c.sendRow(t, telegram.Name, paperRow()); failed == nil || failed.Fate != want {
			t.Errorf("%v: %+v, want %v", kind, failed, want)
		}
		if _, failed := c.sendRow(t, telegram.Name, paperRow()); kind != telegramtest.TooManyRequests && failed != nil {
			t.Errorf("%v: sent again: %v", kind, failed)
		}
	}
	c, ana := newPaper(t, []byte("%PDF"), nil)
	ana.Block()
	if _, failed := c.sendRow(t, telegram.Name, paperRow()); failed == nil || failed.Fate != bot.FateDead || !failed.Gone {
		t.Errorf("blocked: %+v", failed)
	}
}

func TestADocumentThatCannotBeMadeHoldsUpNobody(t *testing.T) {
	secret := "disk full at Ana's letter"
	for _, d := range []struct {
		err   error
		quiet bool
	}{
		{fmt.Errorf("paper: %w", bot.ErrNotFound), true},
		{fmt.Errorf("paper: %w", bot.ErrDamaged), false},
		{errors.New(secret), false},
	} {
		c, ana := newPaper(t, nil, d.err)
		outcome, failed := c.sendRow(t, telegram.Name, paperRow())
		if d.quiet && (failed != nil || !outcome.Dead || outcome.Reason == "") {
			t.Errorf("%v: %+v, %+v", d.err, outcome, failed)
		}
		if !d.quiet && (failed == nil || failed.Fate != bot.FateDead || strings.Contains(failed.Error(), secret)) {
			t.Errorf("%v: %+v", d.err, failed)
		}
		if n := len(ana.Replies()); n != 0 {
			t.Errorf("%v: %d messages", d.err, n)
		}
	}
	c, _ := newPaper(t, nil, context.Canceled)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Channels()[telegram.Name].Send(ctx, paperRow())
	var failed *bot.SendError
	if !errors.As(err, &failed) || failed.Fate != bot.FateRefused {
		t.Errorf("while we stop: %v", err)
	}
	c.Document = nil
	if _, failed := c.sendRow(t, telegram.Name, paperRow()); failed == nil || failed.Fate != bot.FateDead {
		t.Errorf("with nobody to make it: %+v", failed)
	}
}

func TestAFileTooLargeForTelegramIsNotSentForEver(t *testing.T) {
	c, _ := newPaper(t, make([]byte, 51<<20), nil)
	if _, failed := c.sendRow(t, telegram.Name, paperRow()); failed == nil || failed.Fate != bot.FateDead {
		t.Errorf("%+v", failed)
	}
}
