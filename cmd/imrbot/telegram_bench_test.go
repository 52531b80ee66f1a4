package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	api "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"imrbot/bot/telegram/telegramtest"
)

const (
	benchEnrollees = 1000
	// benchRate is how many messages a second come while latency is measured.
	// Each has two answers, which stays below the thirty that Telegram lets a
	// bot send.
	benchRate = 12
	benchTime = 15 * time.Second
)

// BenchmarkTelegram measures, with 1,000 enrollees, how fast updates are taken
// (each is on disk before it is confirmed) and how long an enrollee waits for an
// answer; beside it a bot of the bare library that echoes, keeps nothing and
// confirms before it handles. Both talk to the same kind of server in one run.
func BenchmarkTelegram(b *testing.B) {
	for _, who := range []struct {
		name  string
		start func(b *testing.B, server *telegramtest.Server)
	}{
		{"imrbot", func(b *testing.B, server *telegramtest.Server) { newBot(b, server).start() }},
		{"bare-echo", startEcho},
	} {
		b.Run(who.name, func(b *testing.B) {
			for b.Loop() {
				server := newServer(b, telegramtest.Quick())
				who.start(b, server)
				b.ReportMetric(takenPerSecond(b, server), "updates/s")
				p50, p99 := latency(b, server)
				b.ReportMetric(float64(p50.Microseconds())/1000, "p50-ms")
				b.ReportMetric(float64(p99.Microseconds())/1000, "p99-ms")
			}
		})
	}
}

// startEcho starts a bot of the library as its own example has it.
func startEcho(b *testing.B, server *telegramtest.Server) {
	echo, err := api.New(server.Token(), api.WithServerURL(server.URL()), api.WithDefaultHandler(
		func(ctx context.Context, bot *api.Bot, u *models.Update) {
			if u.Message != nil {
				_, _ = bot.SendMessage(ctx, &api.SendMessageParams{ChatID: u.Message.Chat.ID, Text: u.Message.Text})
			}
		}))
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	b.Cleanup(cancel)
	go echo.Start(ctx)
}

// takenPerSecond is how many updates a second are confirmed while all enrollees
// write at once.
func takenPerSecond(b *testing.B, server *telegramtest.Server) float64 {
	first := server.User(1, "en")
	first.Say("hello")
	if _, err := first.AwaitReplies(b.Context(), 1); err != nil { // it runs
		b.Fatal(err)
	}
	start := time.Now()
	for i := range benchEnrollees {
		server.User(int64(10_000+i), "en").Say(fmt.Sprintf("message %d", i))
	}
	if err := server.AwaitConfirmed(b.Context()); err != nil {
		b.Fatal(err)
	}
	return benchEnrollees / time.Since(start).Seconds()
}

// latency is how long enrollees wait for the first answer to a message that
// comes when the bot is not behind.
func latency(b *testing.B, server *telegramtest.Server) (p50, p99 time.Duration) {
	if err := server.Await(b.Context(), func() bool { return quietFor(server, 2*time.Second) }); err != nil {
		b.Fatal(err)
	}
	var mu sync.Mutex
	var waits []time.Duration
	var all sync.WaitGroup
	ticker := time.NewTicker(time.Second / benchRate)
	defer ticker.Stop()
	for i := range int(benchTime.Seconds() * benchRate) {
		<-ticker.C
		all.Go(func() {
			user := server.User(int64(500_000+i), "en")
			sent := time.Now()
			user.Say("how long does a review take?")
			if _, err := user.AwaitReplies(b.Context(), 1); err != nil {
				return
			}
			mu.Lock()
			waits = append(waits, time.Since(sent))
			mu.Unlock()
		})
	}
	all.Wait()
	slices.Sort(waits)
	return waits[len(waits)/2], waits[len(waits)*99/100]
}

// quietFor tells whether the bot has sent nothing for a while.
func quietFor(server *telegramtest.Server, d time.Duration) bool {
	calls := server.Journal()
	for i := len(calls) - 1; i >= 0; i-- {
		if calls[i].Method == "sendMessage" {
			return time.Since(calls[i].At) > d
		}
	}
	return true
}
