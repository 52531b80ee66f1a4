package bolt_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imrbot/bot"
	"imrbot/bot/bolt"
	"imrbot/dialog"
	"imrbot/dialog/imr"
	"imrbot/faq"
	"imrbot/kb"
)

// walk is an enrollee's way through the interview: "[value]" presses a button,
// everything else is typed. Two questions to the knowledge base are on the way.
var walk = strings.Split(`file
[agree]
[self]
[denied]
[no]
how long does a review take?
[employer]
[unknown]
i dont know
not medically necessary
MRI of the knee
2026-03-20
2026-04-15
[none]
Ana
[skip]
García
1960-05-05
[F]
12 Main Street, Apt 5
Fresno
CA
93701
559-555-0123
[skip]
ana@example.com
[yes]
Blue Shield
XYZ123456
[skip]
[skip]
torn knee
[no]
will my medical records stay private
[skip]
They refused the MRI twice although my doctor asked for it, and I cannot walk well.
[skip]
[no]
[submit]`, "\n")

// kbReader is the reader of the embedded knowledge base.
type kbReader struct{ *faq.Reader }

func (r kbReader) Read(text, lang string) dialog.Reading {
	read := r.Reader.Read(text, lang)
	out := dialog.Reading{Lang: read.Lang}
	if read.Kind == faq.KindAnswer {
		out.Kind = dialog.ReadAnswer
		out.Hits = []dialog.Hit{{ID: read.Hits[0].ID, Title: read.Hits[0].Title, Answer: read.Answer}}
	}
	return out
}

func (r kbReader) Watch(text, lang string) dialog.Reading {
	return dialog.Reading{Lang: r.Reader.Watch(text, lang).Lang}
}

func (r kbReader) Entry(string, string) (dialog.Reading, bool) { return dialog.Reading{}, false }

// BenchmarkWholeTurn measures durable turns of enrollees who walk the real
// interview: load, read, step, commit with fsync. It runs them by turns with
// the bare group commit on the same store, and reports their part of its rate.
// The budget for 64 chats is 0.5.
func BenchmarkWholeTurn(b *testing.B) {
	base, err := kb.Load(kb.Embedded(), "kb")
	if err != nil {
		b.Fatal(err)
	}
	reader, err := faq.Train(base, faq.Options{})
	if err != nil {
		b.Fatal(err)
	}
	interview, err := dialog.Parse(imr.FS, dialog.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for _, chats := range []int{1, 64} {
		b.Run(fmt.Sprintf("chats=%d", chats), func(b *testing.B) {
			store, err := bolt.Open(filepath.Join(b.TempDir(), "imrbot.db"), bolt.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { store.Close() })
			handler := bot.New(bot.Config{Store: store, Reader: kbReader{reader}, Interview: interview})
			var bare, full time.Duration
			turns := 0
			for run := 0; b.Loop(); run++ {
				n := len(walk) * chats
				bare += bolt.Spread(b, chats, n, bolt.BareRunner(b, store, run))
				full += bolt.Spread(b, chats, n, func(chat, i int) error { return oneTurn(b, handler, run, chat, i) })
				turns += n
			}
			b.ReportMetric(float64(turns)/bare.Seconds(), "bare-turns/s")
			b.ReportMetric(float64(turns)/full.Seconds(), "whole-turns/s")
			b.ReportMetric(bare.Seconds()/full.Seconds(), "whole/bare")
		})
	}
}

// oneTurn takes an enrollee one line further.
func oneTurn(b *testing.B, handler *bot.Bot, run, chat, i int) error {
	line := walk[i%len(walk)]
	in := bot.Inbound{
		Chat: bot.ChatKey(fmt.Sprintf("telegram:%d:%d:%d", run, chat, i/len(walk))), Key: bot.InKey(fmt.Sprintf("u:%d:%d:%d", run, chat, i)),
		At: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC), Text: line, Lang: "en",
	}
	if strings.HasPrefix(line, "[") {
		conv, err := handler.Store.Load(b.Context(), in.Chat)
		if err != nil {
			return err
		}
		in.Kind, in.Node, in.Value = bot.InPress, conv.State.Node, strings.Trim(line, "[]")
	}
	_, err := handler.Handle(b.Context(), in)
	return err
}
