package slacktest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

func TestCloseEndsEverything(t *testing.T) {
	s, err := New(Quick())
	if err != nil {
		t.Fatal(err)
	}
	rosa := s.Staff("U1", "Rosa", true)
	connect(t, s)
	rosa.Post(DeskChannel, "never acknowledged")
	press := rosa.Shortcut("x")
	ended := make(chan error, 2)
	go func() { ended <- s.Await(context.Background(), func() bool { return false }) }()
	go func() { ended <- press.Await(context.Background()) }()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := <-ended; !errors.Is(err, errClosed) {
			t.Errorf("awaiting ended with %v", err)
		}
	}
	if _, err := rosa.Post(DeskChannel, "after"); err != nil {
		t.Errorf("the journal and the channel stay: %v", err)
	}
	if len(s.Deliveries()) == 0 {
		t.Error("the journal is gone")
	}
}

// What several people, a bot and faults do at once must not race, and must
// add up.
func TestManyAtOnceAddUp(t *testing.T) {
	o := Quick()
	o.AckTimeout = 20 * time.Second // a slow machine must not look like a fault
	s := start(t, o)
	a := connect(t, s)
	c := client(s)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case ev := <-a.events:
				if ev.Request != nil {
					a.Ack(*ev.Request)
				}
			case <-stop:
				return
			}
		}
	}()
	const people, each = 8, 25
	var all sync.WaitGroup
	for i := range people {
		p := s.Staff(fmt.Sprintf("U%d", i), fmt.Sprintf("P%d", i), true)
		all.Go(func() {
			for j := range each {
				ts, err := p.Post(DeskChannel, fmt.Sprint(j))
				if err != nil {
					t.Error(err)
				}
				p.Reply(ts, "reply")
				p.Edit(ts, "edited")
				p.React(ts, "eyes")
				p.OpenHome()
			}
		})
		all.Go(func() {
			for j := range each {
				meta := slack.SlackMetadata{EventType: "row", EventPayload: map[string]any{"key": fmt.Sprintf("%d-%d", i, j)}}
				_, ts, err := c.PostMessage(DeskChannel, say("bot"), slack.MsgOptionMetadata(meta))
				if err != nil {
					t.Error(err)
				}
				c.UpdateMessage(DeskChannel, ts, say("updated"))
				c.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: DeskChannel, IncludeAllMetadata: true})
				c.PublishView(p.ID(), slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{section("x")}}}, "")
				p.Channel(DeskChannel)
				s.MetadataCounts("key")
			}
		})
	}
	all.Wait()
	if err := s.AwaitQuiet(within(t)); err != nil {
		t.Fatal(err)
	}
	close(stop)
	<-stopped
	if n := len(s.Staff("U0", "", true).Channel(DeskChannel)); n != 2*people*each {
		t.Errorf("%d messages", n)
	}
	counts := s.MetadataCounts("key")
	for key, n := range counts {
		if n != 1 {
			t.Errorf("%s was posted %d times", key, n)
		}
	}
	if len(counts) != people*each {
		t.Errorf("%d keys", len(counts))
	}
	if c := s.Counters(); c.Lost != 0 || c.Acked != c.Events {
		t.Errorf("counters %+v", c)
	}
}

// BenchmarkPostAndAck is a message of a person until its ack has come, beside
// a call of the Web API: what the server costs a load test.
func BenchmarkPostAndAck(b *testing.B) {
	o := Quick()
	o.CountersOnly = true
	s := start(b, o)
	rosa := s.Staff("U1", "Rosa", true)
	a := connect(b, s)
	ctx := within(b)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case ev := <-a.events:
				a.Ack(*ev.Request)
			case <-stop:
				return
			}
		}
	}()
	for b.Loop() {
		rosa.Post(DeskChannel, "hello")
		if err := s.AwaitQuiet(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPostMessage(b *testing.B) {
	o := Quick()
	o.CountersOnly = true
	o.Events = []string{"none"} // the call alone
	s := start(b, o)
	c := client(s)
	for b.Loop() {
		if _, _, err := c.PostMessage(DeskChannel, say("hello")); err != nil {
			b.Fatal(err)
		}
	}
}
