package bolt

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"imrbot/bot"
)

// BenchmarkUpkeep measures what is done to a store of 100,000 conversations
// beside its turns.
func BenchmarkUpkeep(b *testing.B) {
	s := benchOpen(b)
	fillFast(b, s, 100_000)
	ctx := context.Background()
	b.Run("compact", func(b *testing.B) { repeat(b, func() error { return s.Compact(ctx) }) })
	b.Run("rotate", func(b *testing.B) { repeat(b, func() error { return s.Rotate(ctx, nil, nil) }) })
	b.Run("check", func(b *testing.B) { repeat(b, func() error { return s.Check(ctx) }) })
	b.Run("backup", func(b *testing.B) {
		repeat(b, func() error {
			_, err := s.Backup(ctx, io.Discard, testBackup(false))
			return err
		})
	})
	b.Run("expire-none", func(b *testing.B) {
		repeat(b, func() error {
			_, _, err := s.Expire(ctx, testDay.AddDate(-1, 0, 0), testDay)
			return err
		})
	})
	b.Run("forget", func(b *testing.B) {
		turn := uint64(0)
		repeat(b, func() error {
			t := turnOf("telegram:1", turn, fmt.Sprint("forget ", turn, time.Now().UnixNano()))
			t.Forget = true
			conv, err := s.Load(ctx, t.Chat)
			if err != nil {
				return err
			}
			t.After = conv.Turn
			_, err = s.Commit(ctx, t)
			turn++
			return err
		})
	})
	b.Run("due", func(b *testing.B) {
		t := turnOf("telegram:due", 0, "due")
		t.Wake = testDay
		s.Commit(ctx, t) // seen already when the benchmark runs again
		repeat(b, func() error {
			due, err := s.Due(ctx, testDay, 10)
			if len(due) != 1 || due[0] != bot.ChatKey("telegram:due") {
				b.Fatalf("due %v", due)
			}
			return err
		})
	})
	rate := 0.0
	b.Run("expire-all", func(b *testing.B) {
		start := time.Now()
		n, _, err := s.Expire(ctx, testDay.AddDate(1, 0, 0), testDay)
		if err != nil {
			b.Fatal(err)
		}
		if n > 10 { // the first run of several finds them all
			rate = float64(n) / time.Since(start).Seconds()
		}
		b.ReportMetric(rate, "conversations/s")
	})
}

func repeat(b *testing.B, do func() error) {
	for b.Loop() {
		if err := do(); err != nil {
			b.Fatal(err)
		}
	}
}
