package slacktest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

// start runs a server for one test.
func start(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func client(s *Server, options ...slack.Option) *slack.Client {
	return slack.New(s.BotToken(), append([]slack.Option{
		slack.OptionAPIURL(s.URL()), slack.OptionAppLevelToken(s.AppToken()),
		slack.OptionLog(log.New(io.Discard, "", 0)),
	}, options...)...)
}

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// want compares the error code of the Web API.
func want(t testing.TB, err error, code string) {
	t.Helper()
	var said slack.SlackErrorResponse
	if !errors.As(err, &said) || said.Err != code {
		t.Errorf("error %v, want %s", err, code)
	}
}

// app is a bot of socket mode that a test drives by hand.
type app struct {
	*socketmode.Client
	events chan socketmode.Event
}

// connect opens a socket and waits for it. Events of the connection itself are
// swallowed, the rest waits in events.
func connect(t testing.TB, s *Server) *app {
	t.Helper()
	before := s.Counters().Sockets
	a := &app{
		Client: socketmode.New(client(s), socketmode.OptionLog(log.New(io.Discard, "", 0))),
		events: make(chan socketmode.Event, 1000),
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{}, 2)
	go func() { a.RunContext(ctx); ended <- struct{}{} }()
	go func() {
		defer func() { ended <- struct{}{} }()
		for {
			select {
			case <-ctx.Done():
				return
			case ev := <-a.Events:
				switch ev.Type {
				case socketmode.EventTypeConnecting, socketmode.EventTypeConnected, socketmode.EventTypeHello,
					socketmode.EventTypeDisconnect, socketmode.EventTypeConnectionError, socketmode.EventTypeIncomingError:
				default:
					a.events <- ev
				}
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-ended; <-ended })
	if err := s.Await(within(t), func() bool { return s.Counters().Sockets > before }); err != nil {
		t.Fatal(err)
	}
	return a
}

// next is the next event; it is not acknowledged.
func (a *app) next(t testing.TB) socketmode.Event {
	t.Helper()
	select {
	case ev := <-a.events:
		return ev
	case <-within(t).Done():
		t.Fatal("no event came")
		return socketmode.Event{}
	}
}

// take is the next event, acknowledged with a payload.
func (a *app) take(t testing.TB, payload ...any) socketmode.Event {
	t.Helper()
	ev := a.next(t)
	if err := a.Ack(*ev.Request, payload...); err != nil {
		t.Fatal(err)
	}
	return ev
}

// ackAny acknowledges whatever came, also what the client could not read.
func (a *app) ackAny(ev socketmode.Event) {
	if ev.Request != nil {
		a.Ack(*ev.Request)
		return
	}
	bad, ok := ev.Data.(*socketmode.ErrorBadMessage)
	var raw struct {
		EnvelopeID string `json:"envelope_id"`
	}
	if ok && json.Unmarshal(bad.Message, &raw) == nil {
		a.AckCtx(context.Background(), raw.EnvelopeID, nil)
	}
}

// inner is what an event is about.
func inner[T any](t testing.TB, ev socketmode.Event) *T {
	t.Helper()
	outer, ok := ev.Data.(slackevents.EventsAPIEvent)
	if !ok {
		t.Fatalf("%s is no event of the Events API: %v", ev.Type, ev.Data)
	}
	v, ok := outer.InnerEvent.Data.(*T)
	if !ok {
		t.Fatalf("event %T", outer.InnerEvent.Data)
	}
	return v
}

func eventID(ev socketmode.Event) string {
	var outer struct {
		EventID string `json:"event_id"`
	}
	json.Unmarshal(ev.Request.Payload, &outer)
	return outer.EventID
}

func callback(t testing.TB, ev socketmode.Event) slack.InteractionCallback {
	t.Helper()
	c, ok := ev.Data.(slack.InteractionCallback)
	if !ok {
		t.Fatalf("%s is no interaction: %v", ev.Type, ev.Data)
	}
	return c
}

func plain(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, text, false, false)
}

func section(text string) slack.Block {
	return slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, text, false, false), nil, nil)
}

func buttonRow(action, value, label string) slack.Block {
	return slack.NewActionBlock("", slack.NewButtonBlockElement(action, value, plain(label)))
}

func isBot(m Message) bool { return m.Bot }

// get fetches an address without a token.
func get(t testing.TB, address string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}
