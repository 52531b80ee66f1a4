package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"imrbot/bot"
	"imrbot/dialog"
)

// BenchmarkTurn measures the store's part of a turn (load, encode, seal,
// commit with fsync) against the bare group commit: the same committer, the
// same puts of the same sizes, the bytes made beforehand. Compare the lines of
// one run; the disk sets the absolute figures.
func BenchmarkTurn(b *testing.B) {
	for _, chats := range []int{1, 64} {
		b.Run(fmt.Sprintf("bare/chats=%d", chats), func(b *testing.B) { benchBare(b, chats) })
		b.Run(fmt.Sprintf("full/chats=%d", chats), func(b *testing.B) { benchFull(b, chats) })
	}
}

// BenchmarkTurnRatio runs bare and full by turns on one store, so that a slow
// moment of the disk hits both, and reports full as a part of bare.
func BenchmarkTurnRatio(b *testing.B) {
	for _, chats := range []int{1, 64} {
		b.Run(fmt.Sprintf("chats=%d", chats), func(b *testing.B) { benchRatio(b, chats) })
	}
}

// BenchmarkStored measures a full turn of 64 chats at a time in stores of
// different sizes: "same" are 64 chats that talk on, "spread" is each turn in a
// conversation that no cache knows.
func BenchmarkStored(b *testing.B) {
	sizes := []int{1_000, 100_000}
	if *million {
		sizes = []int{1_000, 1_000_000}
	}
	for _, stored := range sizes {
		b.Run(fmt.Sprintf("conversations=%d", stored), func(b *testing.B) {
			s := benchOpen(b)
			names := fillFast(b, s, stored)
			b.Run("same", func(b *testing.B) { benchStored(b, s, names[:64]) })
			b.Run("spread", func(b *testing.B) { benchStored(b, s, names) })
		})
	}
}

// BenchmarkOpen measures Open of a store with 100,000 conversations.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "imrbot.db")
	s, err := Open(path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	fillFast(b, s, 100_000)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := Open(path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// benchState is a conversation in the middle of the form: 24 answers.
func benchState() dialog.State {
	s := dialog.State{Lang: "es", Node: "doctor_phone", Answers: map[string]dialog.Answer{}, Last: testDay}
	for i := range 24 {
		step := fmt.Sprintf("step-number-%d", i)
		s.Path = append(s.Path, step)
		s.Answers[step] = dialog.Answer{Value: fmt.Sprintf("an answer of common length %d", i)}
	}
	return s
}

func benchSays() []bot.Outgoing {
	return []bot.Outgoing{{Say: dialog.Say{
		Node: "doctor_phone", Fact: "doctor_phone",
		Text:    "What is your doctor's phone number? We ask so that the reviewers can reach the doctor if a paper is missing.",
		Buttons: []dialog.Button{{Label: "Skip this question", Value: "skip"}, {Label: "A person, please", Value: "human"}},
	}}}
}

func benchOpen(b *testing.B) *Store {
	s, err := Open(filepath.Join(b.TempDir(), "imrbot.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

// spread runs n turns on `chats` goroutines and reports the rate.
func spread(b *testing.B, chats, n int, turn func(chat, i int) error) time.Duration {
	var left atomic.Int64
	left.Store(int64(n))
	var all sync.WaitGroup
	start := time.Now()
	for chat := range chats {
		all.Go(func() {
			for i := 0; left.Add(-1) >= 0; i++ {
				if err := turn(chat, i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(start)
}

func fullTurn(s *Store, chat bot.ChatKey, key string, says []bot.Outgoing) ([]bot.OutKey, error) {
	ctx := context.Background()
	conv, err := s.Load(ctx, chat)
	if err != nil {
		return nil, err
	}
	state := conv.State
	if conv.Turn == 0 {
		state = benchState()
	}
	state.Misses++
	return s.Commit(ctx, bot.Turn{Chat: chat, Key: bot.InKey(key), At: testDay, After: conv.Turn, State: state, Rows: says})
}

func fullRunner(s *Store, run int) func(chat, i int) error {
	says := benchSays()
	return func(chat, i int) error {
		_, err := fullTurn(s, bot.ChatKey(fmt.Sprintf("telegram:%d", chat)), fmt.Sprintf("telegram:update:%d:%d:%d", run, chat, i), says)
		return err
	}
}

// bareJob puts what a turn puts, of bytes made beforehand, and checks nothing.
type bareJob struct {
	chat, event hashed
	conv, row   []byte
}

func (j *bareJob) size() int        { return len(j.conv) + len(j.row) }
func (j *bareJob) check(*txn) error { return nil }
func (j *bareJob) put(t *txn) error {
	if err := t.conversations.Put(j.chat[:], j.conv); err != nil {
		return err
	}
	if err := t.putSeen(j.event); err != nil {
		return err
	}
	_, err := appendRow(t.outbox, j.row)
	return err
}

func bareRunner(b *testing.B, s *Store, run int) func(chat, i int) error {
	model, err := s.prepare(b.Context(), &bot.Turn{Chat: "telegram:1", Key: "k", State: benchState(), Rows: benchSays()})
	if err != nil {
		b.Fatal(err)
	}
	return func(chat, i int) error {
		j := &bareJob{conv: model.conv, row: model.rows[0]}
		binary.BigEndian.PutUint64(j.chat[:], uint64(chat+1)*0x9E3779B97F4A7C15)
		// Spread like a hash would be.
		binary.BigEndian.PutUint64(j.event[:], uint64(run<<48|chat<<32|i+1)*0x9E3779B97F4A7C15)
		return s.writer.do(context.Background(), j)
	}
}

func benchBare(b *testing.B, chats int) {
	s := benchOpen(b)
	turn := bareRunner(b, s, 0)
	b.ResetTimer()
	took := spread(b, chats, b.N, turn)
	b.ReportMetric(float64(b.N)/took.Seconds(), "turns/s")
}

func benchFull(b *testing.B, chats int) {
	s := benchOpen(b)
	b.ReportAllocs()
	b.ResetTimer()
	took := spread(b, chats, b.N, fullRunner(s, 0))
	b.ReportMetric(float64(b.N)/took.Seconds(), "turns/s")
}

func benchRatio(b *testing.B, chats int) {
	s := benchOpen(b)
	const slice = 50 // turns of a chat before the other kind has its go
	var bare, full time.Duration
	turns := 0
	for run := 0; b.Loop(); run++ {
		bare += spread(b, chats, slice*chats, bareRunner(b, s, run))
		full += spread(b, chats, slice*chats, fullRunner(s, run))
		turns += slice * chats
	}
	b.ReportMetric(float64(turns)/bare.Seconds(), "bare-turns/s")
	b.ReportMetric(float64(turns)/full.Seconds(), "full-turns/s")
	b.ReportMetric(bare.Seconds()/full.Seconds(), "full/bare")
}

// million has BenchmarkStored use a store of a million conversations, which takes
// about a minute and 4 GB of disk to make.
var million = flag.Bool("million", false, "measure with 1,000,000 conversations in place of 100,000")

// fillFast stores n conversations without rows, many in one transaction, and
// returns their names. It leaves the store as years would: the events were
// forgotten long ago, and the file has few free pages, the list of which bbolt
// writes with every commit.
func fillFast(b *testing.B, s *Store, n int) []bot.ChatKey {
	names := make([]bot.ChatKey, n)
	state := benchState()
	const batch = 20_000
	for from := 0; from < n; from += batch {
		err := s.db.Update(func(tx *bbolt.Tx) error {
			t := newTxn(tx, s)
			for i := from; i < min(from+batch, n); i++ {
				names[i] = bot.ChatKey(fmt.Sprintf("telegram:fill:%d", i))
				turn := bot.Turn{Chat: names[i], Key: bot.InKey("fill:" + names[i]), At: testDay, State: state}
				j, err := s.prepare(b.Context(), &turn)
				if err == nil {
					err = j.put(t)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range []string{bucketSeen, bucketSeenDays} {
			if err := tx.DeleteBucket([]byte(name)); err != nil {
				return err
			}
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, s.Compact(b.Context())); err != nil {
		b.Fatal(err)
	}
	return names
}

// benchStored runs turns on 64 goroutines, each with its own part of the chats.
func benchStored(b *testing.B, s *Store, names []bot.ChatKey) {
	says, run := benchSays(), time.Now().UnixNano()
	took := spread(b, 64, b.N, func(chat, i int) error {
		mine := len(names) / 64
		name := names[chat*mine+(i*7919)%mine]
		key := fmt.Sprintf("turn:%d:%d:%d", run, chat, i)
		_, err := fullTurn(s, name, key, says)
		return err
	})
	b.ReportMetric(float64(b.N)/took.Seconds(), "turns/s")
}
