package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"imrbot/bot"
	"imrbot/bot/bolt"
	"imrbot/bot/export"
	"imrbot/dialog"
)

// maxDocument is the size of the largest file that an enrollee is sent, in bytes:
// Telegram takes 50 MB from a bot, counted in whichever way.
const maxDocument = 45 << 20

// documents makes the files that rows of the outbox promise, of what is stored
// when they are sent. It is safe for use by several goroutines.
type documents struct {
	store     *bolt.Store
	interview *dialog.Interview
	today     func(time.Time) dialog.Date
	now       func() time.Time
	zone      *time.Location // of the days that a paper tells
	limit     int            // bytes of one file
}

// newDocuments returns what makes the files of a store.
func newDocuments(store *bolt.Store, interview *dialog.Interview, today func(time.Time) dialog.Date) (*documents, error) {
	zone, err := time.LoadLocation(legalZone)
	if err != nil {
		return nil, fmt.Errorf("time zone: %w", err)
	}
	return &documents{store: store, interview: interview, today: today, now: time.Now, zone: zone, limit: maxDocument}, nil
}

// make returns the file of a row; the caller owns it. Equal stored data gives
// equal bytes on the same day. It fails with bot.ErrNotFound when what the file is
// of was erased, with bot.ErrDamaged when it cannot be read, or when ctx ends.
func (d *documents) make(ctx context.Context, row bot.Outgoing) (bot.DocumentFile, error) {
	if row.Document.Kind == bot.DocumentData {
		return d.data(ctx, row)
	}
	return d.paper(ctx, row)
}

// paper makes the PDF of an intake of the row's own chat.
func (d *documents) paper(ctx context.Context, row bot.Outgoing) (file bot.DocumentFile, err error) {
	ref := row.Document.Ref
	owner, err := d.store.ChatOf(ctx, ref)
	if err == nil && owner != row.Chat {
		err = bot.ErrNotFound
	}
	var in dialog.Intake
	if err == nil {
		in, err = d.store.Intake(ctx, ref)
	}
	if err == nil {
		file.Caption, err = export.Word(in.Language, "paper-caption", "ref", in.Ref)
	}
	if err == nil {
		file.Data, err = d.pdf(in, "", func(f dialog.File) ([]byte, error) { return d.store.Letter(ctx, in.Ref, f.ID) })
	}
	if err == nil && len(file.Data) > d.limit {
		file.Data, err = d.pdf(in, export.LettersLarge, nil)
	}
	if err == nil {
		err = ctx.Err() // letters that were not read in time are no lost letters
	}
	if err != nil {
		return bot.DocumentFile{}, fmt.Errorf("paper of %s: %w", ref, err)
	}
	file.Name = in.Ref + ".pdf"
	return file, nil
}

func (d *documents) pdf(in dialog.Intake, without export.NoLetters, letters func(dialog.File) ([]byte, error)) ([]byte, error) {
	var b bytes.Buffer
	err := export.PDF(&b, in, export.PDFOptions{
		Interview: d.interview, Today: d.today(d.now()), Zone: d.zone, Letters: letters, NoLetters: without,
	})
	return b.Bytes(), err
}
