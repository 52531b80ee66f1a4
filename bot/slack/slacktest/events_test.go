package slacktest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

func TestStaffMessageComesAsSlackSendsIt(t *testing.T) {
	s := start(t, Quick())
	rosa := s.Staff("U1", "Rosa", true)
	a := connect(t, s)
	ts := must[string](t)(rosa.Post(DeskChannel, ">> 5 < 6 & see https://x.org 👍"))
	ev := inner[slackevents.MessageEvent](t, a.take(t))
	if ev.Text != "&gt;&gt; 5 &lt; 6 &amp; see <https://x.org> :+1:" || ev.TimeStamp != ts || ev.User != "U1" || ev.ChannelType != "group" || ev.BotID != "" {
		t.Errorf("event %+v", ev)
	}
	if len(ev.Blocks.BlockSet) != 1 || ev.ClientMsgID == "" {
		t.Errorf("blocks %+v", ev.Blocks)
	}
	reply := must[string](t)(rosa.Reply(ts, "more"))
	if ev := inner[slackevents.MessageEvent](t, a.take(t)); ev.ThreadTimeStamp != ts || ev.TimeStamp != reply {
		t.Errorf("reply %+v", ev)
	}
	if err := s.AwaitQuiet(within(t)); err != nil {
		t.Fatal(err)
	}
	for _, f := range s.Fates() {
		if f.AckedAt.IsZero() || f.Attempts != 1 || f.Lost {
			t.Errorf("fate %+v", f)
		}
	}
}

func TestMentionIsTwoEventsWithOneTimestamp(t *testing.T) {
	s := start(t, Quick())
	rosa := s.Staff("U1", "Rosa", true)
	a := connect(t, s)
	rosa.Post(DeskChannel, "@imrbot queue")
	first, second := a.take(t), a.take(t)
	message, mention := inner[slackevents.MessageEvent](t, first), inner[slackevents.AppMentionEvent](t, second)
	if message.TimeStamp != mention.TimeStamp || eventID(first) == eventID(second) {
		t.Errorf("%s and %s, %s and %s", message.TimeStamp, mention.TimeStamp, eventID(first), eventID(second))
	}
	if mention.Text != "<@"+BotUserID+"> queue" {
		t.Errorf("text %q", mention.Text)
	}
}

func TestBotsOwnPostsComeBack(t *testing.T) {
	s := start(t, Quick())
	a := connect(t, s)
	c := client(s)
	c.PostMessage(DeskChannel, slack.MsgOptionText("hi <@"+BotUserID+">", false), slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "row", EventPayload: map[string]any{"k": "v"}}))
	if ev := inner[slackevents.MessageEvent](t, a.take(t)); ev.BotID != BotID || ev.User != BotUserID || ev.SubType != "" || ev.Message.Metadata.EventType != "" {
		t.Errorf("event %+v", ev)
	}
	c.PostMessage(DeskChannel, slack.MsgOptionText("hi", false), slack.MsgOptionUsername("desk"))
	if ev := inner[slackevents.MessageEvent](t, a.take(t)); ev.SubType != "bot_message" || ev.User != "" || ev.Username != "desk" {
		t.Errorf("event %+v", ev)
	}
}

func TestEditsDeletesAndPreviews(t *testing.T) {
	s := start(t, Quick())
	rosa := s.Staff("U1", "Rosa", true)
	a := connect(t, s)
	ts := must[string](t)(rosa.Post(DeskChannel, "helo"))
	a.take(t)
	if err := rosa.Edit(ts, "hello @imrbot"); err != nil {
		t.Fatal(err)
	}
	ev := inner[slackevents.MessageEvent](t, a.take(t))
	if ev.SubType != "message_changed" || ev.Message.Text != "hello <@"+BotUserID+">" || ev.PreviousMessage.Text != "helo" || ev.Message.Edited == nil || ev.Message.Timestamp != ts {
		t.Errorf("changed %+v", ev)
	}
	if ev.TimeStamp == ts {
		t.Error("the change has the ts of the message")
	}
	if m := inner[slackevents.AppMentionEvent](t, a.take(t)); m.TimeStamp != ts || m.Edited == nil {
		t.Errorf("mention by an edit %+v", m)
	}
	if err := s.Unfurl(ts); err != nil {
		t.Fatal(err)
	}
	if ev := inner[slackevents.MessageEvent](t, a.take(t)); ev.SubType != "message_changed" || ev.Message.Text != ev.PreviousMessage.Text || len(ev.Message.Attachments) != 1 {
		t.Errorf("preview %+v", ev)
	}
	if err := rosa.Delete(ts); err != nil {
		t.Fatal(err)
	}
	if ev := inner[slackevents.MessageEvent](t, a.take(t)); ev.SubType != "message_deleted" || ev.DeletedTimeStamp != ts || ev.PreviousMessage.User != "U1" {
		t.Errorf("deleted %+v", ev)
	}
	if err := rosa.Edit(ts, "x"); err == nil {
		t.Error("a deleted message was edited")
	}
}

func TestTombstoneComesAsAChange(t *testing.T) {
	s := start(t, Quick())
	rosa := s.Staff("U1", "Rosa", true)
	a := connect(t, s)
	ts := must[string](t)(rosa.Post(DeskChannel, "first"))
	rosa.Reply(ts, "second")
	a.take(t)
	a.take(t)
	rosa.Delete(ts)
	ev := inner[slackevents.MessageEvent](t, a.take(t))
	if ev.SubType != "message_changed" || ev.Message.SubType != "tombstone" || ev.PreviousMessage.Text != "first" {
		t.Errorf("event %+v", ev)
	}
}

func TestComingAndGoing(t *testing.T) {
	s := start(t, Quick())
	a := connect(t, s)
	ben := s.Hire("U2", "Ben")
	if ev := inner[slackevents.TeamJoinEvent](t, a.take(t)); ev.User.ID != "U2" {
		t.Errorf("team_join %+v", ev)
	}
	ben.Join(DeskChannel)
	if ev := inner[slackevents.MemberJoinedChannelEvent](t, a.take(t)); ev.User != "U2" || ev.Channel != DeskChannel || ev.ChannelType != "G" {
		t.Errorf("joined %+v", ev)
	}
	if ev := inner[slackevents.MessageEvent](t, a.take(t)); ev.SubType != "channel_join" {
		t.Errorf("message %+v", ev)
	}
	if _, err := ben.Post(DeskChannel, "hi"); err != nil {
		t.Error(err)
	}
	a.take(t)
	ben.Leave(DeskChannel)
	if ev := inner[slackevents.MemberLeftChannelEvent](t, a.take(t)); ev.User != "U2" {
		t.Errorf("left %+v", ev)
	}
	a.take(t)
	if _, err := ben.Post(DeskChannel, "hi"); err == nil {
		t.Error("who left can write")
	}
	if ben.Channel(DeskChannel) != nil {
		t.Error("who left can read")
	}
	ben.OpenHome()
	if ev := inner[slackevents.AppHomeOpenedEvent](t, a.take(t)); ev.User != "U2" || ev.Tab != "home" || ev.View != nil {
		t.Errorf("home %+v", ev)
	}
	ben.Direct("psst")
	if ev := inner[slackevents.MessageEvent](t, a.take(t)); ev.ChannelType != "im" {
		t.Errorf("direct %+v", ev)
	}
}

func TestUnackedEventComesAgainWithANewEnvelope(t *testing.T) {
	o := Quick()
	o.AckTimeout = 20 * time.Millisecond
	s := start(t, o)
	rosa := s.Staff("U1", "Rosa", true)
	a := connect(t, s)
	rosa.Post(DeskChannel, "hello")
	first := a.next(t)
	second := a.next(t)
	if eventID(first) != eventID(second) || first.Request.EnvelopeID == second.Request.EnvelopeID {
		t.Errorf("%s %s, then %s %s", eventID(first), first.Request.EnvelopeID, eventID(second), second.Request.EnvelopeID)
	}
	if second.Request.RetryAttempt != 1 || second.Request.RetryReason != "timeout" {
		t.Errorf("request %+v", second.Request)
	}
	third, fourth := a.next(t), a.next(t)
	if third.Request.RetryAttempt != 2 || fourth.Request.RetryAttempt != 3 {
		t.Errorf("attempts %d %d", third.Request.RetryAttempt, fourth.Request.RetryAttempt)
	}
	if err := s.AwaitQuiet(within(t)); err != nil {
		t.Fatal(err)
	}
	if f := s.Fates()[0]; !f.Lost || f.Attempts != 4 || !f.AckedAt.IsZero() {
		t.Errorf("fate %+v", f)
	}
	a.Ack(*first.Request) // too late, and nothing breaks
}

func TestWithoutASocketEventsAreLostAndHistoryRemains(t *testing.T) {
	s := start(t, Quick())
	rosa := s.Staff("U1", "Rosa", true)
	rosa.Post(DeskChannel, "is anybody there?")
	if err := s.AwaitQuiet(within(t)); err != nil {
		t.Fatal(err)
	}
	if c := s.Counters(); c.Lost != 1 || c.Acked != 0 || c.Deliveries != 4 {
		t.Errorf("counters %+v", c)
	}
	for _, d := range s.Deliveries() {
		if d.Ended != "no socket" {
			t.Errorf("delivery %+v", d)
		}
	}
	h := must[*slack.GetConversationHistoryResponse](t)(client(s).GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: DeskChannel}))
	if len(h.Messages) != 1 {
		t.Errorf("history %+v", h.Messages)
	}
}

func TestEventWaitsForASocketUntilItsLastRetry(t *testing.T) {
	o := Quick()
	o.Retries = []time.Duration{0, 0, 200 * time.Millisecond}
	s := start(t, o)
	rosa := s.Staff("U1", "Rosa", true)
	rosa.Post(DeskChannel, "hello")
	a := connect(t, s)
	if ev := a.take(t); ev.Request.RetryAttempt != 3 {
		t.Errorf("attempt %d", ev.Request.RetryAttempt)
	}
	if err := s.AwaitQuiet(within(t)); err != nil {
		t.Fatal(err)
	}
	if f := s.Fates()[0]; f.Lost || f.AckedAt.IsZero() {
		t.Errorf("fate %+v", f)
	}
}

func TestDisconnectsAndOutagesLetTheClientComeBack(t *testing.T) {
	s := start(t, Quick())
	rosa := s.Staff("U1", "Rosa", true)
	a := connect(t, s)
	again := func(sockets uint64) {
		t.Helper()
		if err := s.Await(within(t), func() bool { return s.Counters().Sockets == sockets && s.Sockets() == 1 }); err != nil {
			t.Fatal(err)
		}
	}
	s.Disconnect("warning")
	again(2)
	s.Disconnect("refresh_requested")
	again(3)
	s.CutSockets()
	again(4)
	s.Down()
	if s.Sockets() != 0 {
		t.Error("a socket outlived the beginning of an outage")
	}
	_, err := client(s).AuthTest()
	if code, ok := err.(slack.StatusCodeError); !ok || code.Code != 503 {
		t.Errorf("during an outage: %v", err)
	}
	rosa.Post(DeskChannel, "lost")
	if err := s.AwaitQuiet(within(t)); err != nil {
		t.Fatal(err)
	}
	s.Up()
	again(5)
	rosa.Post(DeskChannel, "found")
	if ev := inner[slackevents.MessageEvent](t, a.take(t)); ev.Text != "found" {
		t.Errorf("text %q", ev.Text)
	}
}

func TestTicketIsGoodOnce(t *testing.T) {
	s := start(t, Quick())
	_, address, err := client(s).StartSocketModeContext(within(t))
	if err != nil {
		t.Fatal(err)
	}
	address = "http" + strings.TrimPrefix(address, "ws")
	if status, _ := get(t, address); status != 400 { // no websocket, but the ticket is used
		t.Errorf("status %d", status)
	}
	if status, _ := get(t, address); status != 401 {
		t.Errorf("status %d the second time", status)
	}
}

func TestDeliveryFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		kind     FaultKind
		attempts []string // how the attempts at "one" ended
		texts    []string // as they arrive
	}{
		"lost on the way": {LoseDelivery, []string{"lost", "acked"}, []string{"one", "two"}},
		"ack lost":        {LoseAck, []string{"ack lost", "acked"}, []string{"one", "one", "two"}},
		"twice":           {DeliverTwice, []string{"acked", "acked"}, []string{"one", "one", "two"}},
		"overtaken":       {HoldBack, []string{"acked"}, []string{"two", "one"}},
		"never":           {LoseEvent, []string{"lost"}, []string{"two"}},
		"broken before":   {BreakEnvelope, []string{"acked"}, []string{"one", "two"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, Quick())
			rosa := s.Staff("U1", "Rosa", true)
			a := connect(t, s)
			s.Inject(Fault{Kind: tt.kind, Method: "events_api", Event: "message", Delay: time.Minute})
			one := must[string](t)(rosa.Post(DeskChannel, "one"))
			texts := []string{}
			if tt.kind != HoldBack {
				for range len(tt.texts) - 1 {
					texts = append(texts, inner[slackevents.MessageEvent](t, a.take(t)).Text)
				}
			}
			rosa.Post(DeskChannel, "two")
			for len(texts) < len(tt.texts) {
				texts = append(texts, inner[slackevents.MessageEvent](t, a.take(t)).Text)
			}
			if !slices.Equal(texts, tt.texts) {
				t.Errorf("arrived %v", texts)
			}
			if err := s.AwaitQuiet(within(t)); err != nil {
				t.Fatal(err)
			}
			if err := s.Await(within(t), func() bool { return slices.Equal(ended(s, one), tt.attempts) }); err != nil {
				t.Errorf("ended %v: %v", ended(s, one), err)
			}
		})
	}
}

func ended(s *Server, ts string) []string {
	all := []string{}
	for _, d := range s.Deliveries() {
		if d.TS == ts {
			all = append(all, d.Ended)
		}
	}
	return all
}

func TestUnknownContentIsRetriedUntilAcked(t *testing.T) {
	s := start(t, Quick())
	rosa := s.Staff("U1", "Rosa", true)
	a := connect(t, s)
	s.Inject(Fault{Kind: UnknownContent})
	rosa.Post(DeskChannel, "one")
	ev := a.next(t)
	if ev.Type != socketmode.EventTypeErrorBadMessage {
		t.Fatalf("event %v", ev)
	}
	a.ackAny(ev)
	a.take(t)
	f, err := s.AwaitEvent(within(t), func(f Fate) bool { return f.Event == unknownEvent && !f.AckedAt.IsZero() })
	if err != nil || f.Attempts != 1 {
		t.Errorf("%+v %v", f, err)
	}
}

func TestRedeliverRepeatsAnEvent(t *testing.T) {
	s := start(t, Quick())
	a := connect(t, s)
	s.Staff("U1", "Rosa", true).Post(DeskChannel, "one")
	first := a.take(t)
	if err := s.AwaitQuiet(within(t)); err != nil {
		t.Fatal(err)
	}
	if err := s.Redeliver(eventID(first)); err != nil {
		t.Fatal(err)
	}
	if second := a.take(t); eventID(second) != eventID(first) || second.Request.EnvelopeID == first.Request.EnvelopeID {
		t.Errorf("again %+v", second.Request)
	}
	if s.Redeliver("Ev0") == nil {
		t.Error("an event that never was came again")
	}
}

func TestRestartedClientGetsWhatWasNotAcked(t *testing.T) {
	o := Quick()
	o.AckTimeout = 50 * time.Millisecond
	s := start(t, o)
	rosa := s.Staff("U1", "Rosa", true)
	a := connect(t, s)
	rosa.Post(DeskChannel, "one")
	a.next(t)
	s.CutSockets() // the ack would go to a socket that did not bring it
	if err := s.Await(within(t), func() bool { return s.Counters().Sockets == 2 }); err != nil {
		t.Fatal(err)
	}
	if ev := a.take(t); ev.Request.RetryAttempt == 0 {
		t.Errorf("request %+v", ev.Request)
	}
	if err := s.AwaitQuiet(within(t)); err != nil {
		t.Fatal(err)
	}
}

func TestOnlySubscribedEventsCome(t *testing.T) {
	o := Quick()
	o.Events = []string{"app_mention"}
	s := start(t, o)
	s.Staff("U1", "Rosa", true).Post(DeskChannel, "@imrbot hi")
	if all := s.Fates(); len(all) != 1 || all[0].Event != "app_mention" {
		t.Errorf("events %+v", all)
	}
}

func TestRemovedAndInvitedBot(t *testing.T) {
	s := start(t, Quick())
	a := connect(t, s)
	rosa := s.Staff("U1", "Rosa", true)
	if err := s.RemoveBot(DeskChannel); err != nil {
		t.Fatal(err)
	}
	if ev := inner[slackevents.GroupLeftEvent](t, a.take(t)); ev.Channel != DeskChannel {
		t.Errorf("left %+v", ev)
	}
	rosa.Post(DeskChannel, "unheard")
	_, _, err := client(s).PostMessage(DeskChannel, slack.MsgOptionText("x", false))
	want(t, err, "channel_not_found")
	if err := s.InviteBot(DeskChannel); err != nil {
		t.Fatal(err)
	}
	if ev := inner[slackevents.MemberJoinedChannelEvent](t, a.take(t)); ev.User != BotUserID {
		t.Errorf("joined %+v", ev)
	}
}

func TestSocketThatEndsAfterItsHello(t *testing.T) {
	s := start(t, Quick())
	s.Inject(Fault{Kind: ResetAfter, Method: "socket", Times: 3})
	a := connect(t, s)
	if err := s.Await(within(t), func() bool { return s.Counters().Sockets == 4 && s.Sockets() == 1 }); err != nil {
		t.Fatal(err)
	}
	if n := s.Counters().Methods["apps.connections.open"]; n != 4 {
		t.Errorf("%d connections were asked for", n)
	}
	s.WriteSocket(`{"type":`)
	s.WriteSocket(`[]`)
	s.Emit("link_shared", map[string]any{"channel": DeskChannel})
	for {
		ev := a.next(t)
		a.ackAny(ev)
		if ev.Type == socketmode.EventTypeEventsAPI {
			break
		}
	}
	if err := s.AwaitQuiet(within(t)); err != nil {
		t.Fatal(err)
	}
}
