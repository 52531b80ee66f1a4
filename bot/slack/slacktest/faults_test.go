package slacktest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

func say(text string) slack.MsgOption { return slack.MsgOptionText(text, false) }

func TestFaultsShowAndApplyAsTheySay(t *testing.T) {
	for name, tt := range map[string]struct {
		kind    FaultKind
		applied bool
		seen    func(error) bool
	}{
		"500":                  {ServerError, false, status(500)},
		"503":                  {Unavailable, false, status(503)},
		"429":                  {TooManyRequests, false, limited(2 * time.Second)},
		"ratelimited in body":  {RateLimitedBody, false, code("ratelimited")},
		"internal_error":       {InternalError, false, code("internal_error")},
		"fatal_error":          {FatalError, false, code("fatal_error")},
		"reset before":         {ResetBefore, false, broken},
		"sign-in page":         {SignInPage, false, broken},
		"internal_error after": {InternalErrorAfter, true, code("internal_error")},
		"fatal_error after":    {FatalErrorAfter, true, code("fatal_error")},
		"504":                  {GatewayTimeout, true, status(504)},
		"reset after":          {ResetAfter, true, broken},
		"cut":                  {CutBody, true, broken},
		"slow":                 {Slow, true, func(err error) bool { return err == nil }},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, Quick())
			rosa := s.Staff("U1", "Rosa", true)
			s.Inject(Fault{Kind: tt.kind, Method: "chat.postMessage", RetryAfter: 2, Delay: time.Millisecond})
			_, _, err := client(s).PostMessage(DeskChannel, say("once"))
			if !tt.seen(err) {
				t.Errorf("the bot sees %v", err)
			}
			if n := len(rosa.Channel(DeskChannel)); (n == 1) != tt.applied {
				t.Errorf("%d messages", n)
			}
			calls := s.Calls()
			if last := calls[len(calls)-1]; last.WasApplied() != tt.applied || last.Fault != tt.kind || last.Method != "chat.postMessage" {
				t.Errorf("journal %+v", last)
			}
			_, _, err = client(s).PostMessage(DeskChannel, say("again"))
			if (err == nil) != (tt.kind != TooManyRequests) { // which holds until it has passed
				t.Errorf("the next call: %v", err)
			}
		})
	}
}

func status(n int) func(error) bool {
	return func(err error) bool {
		var code slack.StatusCodeError
		return errors.As(err, &code) && code.Code == n
	}
}

func limited(d time.Duration) func(error) bool {
	return func(err error) bool {
		var limit *slack.RateLimitedError
		return errors.As(err, &limit) && limit.RetryAfter == d
	}
}

func code(want string) func(error) bool {
	return func(err error) bool {
		var said slack.SlackErrorResponse
		return errors.As(err, &said) && said.Err == want
	}
}

func broken(err error) bool {
	var said slack.SlackErrorResponse
	return err != nil && !errors.As(err, &said) && !status(500)(err)
}

func TestScriptedFaultsMatchAndRunOut(t *testing.T) {
	s := start(t, Quick())
	s.AddChannel("C2", "second", false, true)
	c := client(s)
	s.Inject(
		Fault{Kind: ServerError, Method: "chat.postMessage", Channel: "C2", Skip: 1, Times: 2},
		Fault{Kind: Unavailable, Method: "chat.update", Times: -1},
	)
	var got []bool
	for i := range 5 {
		if _, _, err := c.PostMessage(DeskChannel, say("x")); err != nil {
			t.Errorf("the other channel was struck: %v", err)
		}
		_, _, err := c.PostMessage("C2", say(fmt.Sprint(i)))
		got = append(got, err == nil)
	}
	if !slices.Equal(got, []bool{true, false, false, true, true}) {
		t.Errorf("calls went well: %v", got)
	}
	for range 3 {
		if _, _, _, err := c.UpdateMessage("C2", "1", say("x")); !status(503)(err) {
			t.Errorf("update: %v", err)
		}
	}
	s.ClearFaults()
	_, _, _, err := c.UpdateMessage("C2", "1", say("x"))
	want(t, err, "message_not_found")
}

func TestRandomFaultsAreTheSameForTheSameSeed(t *testing.T) {
	run := func(seed uint64, noise bool) (fates []FaultKind) {
		s := start(t, Quick())
		s.AddChannel("C2", "noise", false, true)
		s.SetFaults(Faults{Seed: seed, Rate: 0.5, Kinds: []FaultKind{ServerError, InternalErrorAfter, RateLimitedBody}})
		c := client(s)
		for i := range 40 {
			if noise {
				c.PostMessage("C2", say("noise"))
			}
			c.PostMessage(DeskChannel, say(fmt.Sprint(i)))
		}
		for _, call := range s.Calls() {
			if call.Channel == DeskChannel {
				fates = append(fates, call.Fault)
			}
		}
		return fates
	}
	one := run(7, false)
	if !slices.Equal(one, run(7, true)) {
		t.Error("what another channel did changed the fates")
	}
	if slices.Equal(one, run(8, false)) {
		t.Error("two seeds gave the same fates")
	}
	if n := len(slices.DeleteFunc(slices.Clone(one), func(k FaultKind) bool { return k == None })); n < 8 || n > 32 {
		t.Errorf("%d of 40 calls were struck at a rate of a half", n)
	}
}

func TestRandomDeliveryFaultsLoseNothingThatIsRetried(t *testing.T) {
	o := Quick()
	o.Retries = slices.Repeat([]time.Duration{time.Millisecond}, 20)
	s := start(t, o)
	rosa := s.Staff("U1", "Rosa", true)
	a := connect(t, s)
	s.SetFaults(Faults{Seed: 3, DeliveryRate: 0.4, Delay: time.Millisecond})
	for i := range 40 {
		rosa.Post(DeskChannel, fmt.Sprint(i))
	}
	done := make(chan error, 1)
	go func() { done <- s.AwaitQuiet(within(t)) }()
	for {
		select {
		case ev := <-a.events:
			a.ackAny(ev)
			continue
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
		}
		break
	}
	c := s.Counters()
	for _, k := range []FaultKind{LoseDelivery, LoseAck, DeliverTwice, HoldBack, BreakEnvelope, UnknownContent} {
		if c.Faults[k] == 0 {
			t.Errorf("no fault %v in %v", k, c.Faults)
		}
	}
	for _, f := range s.Fates() {
		if f.Event == "message" && f.AckedAt.IsZero() {
			t.Errorf("fate %+v", f)
		}
	}
}

func TestRatesAreCountedAndOnRequestEnforced(t *testing.T) {
	for _, enforce := range []bool{false, true} {
		o := Quick()
		o.Limits.Enforce = enforce
		o.Limits.TierOne = 2
		s := start(t, o)
		s.AddChannel("C2", "second", false, true)
		c := client(s)
		var errs []error
		for _, ch := range []string{DeskChannel, "C2", DeskChannel, DeskChannel} {
			_, _, err := c.PostMessage(ch, say("x"))
			errs = append(errs, err)
		}
		if errs[0] != nil || errs[1] != nil || limited(time.Second)(errs[2]) != enforce || limited(time.Second)(errs[3]) != enforce {
			t.Errorf("enforce %v: %v", enforce, errs)
		}
		for i := range 3 {
			_, _, err := c.StartSocketModeContext(within(t))
			if (err != nil) != (enforce && i == 2) {
				t.Errorf("enforce %v: connection %d: %v", enforce, i, err)
			}
		}
		v := s.Violations()
		if len(v) == 0 || v[0].Rule != "channel" || v[0].Channel != DeskChannel || v[0].Refused != enforce || v[0].Early <= 0 {
			t.Errorf("violations %+v", v)
		}
		if last := v[len(v)-1]; last.Rule != "tier" || last.Method != "apps.connections.open" {
			t.Errorf("violations %+v", v)
		}
	}
}

func TestCountersOnlyKeepsNoJournal(t *testing.T) {
	o := Quick()
	o.CountersOnly = true
	s := start(t, o)
	s.Staff("U1", "Rosa", true).Post(DeskChannel, "x")
	client(s).PostMessage(DeskChannel, say("y"))
	if len(s.Calls())+len(s.Deliveries())+len(s.Fates()) != 0 {
		t.Error("a journal was kept")
	}
	if c := s.Counters(); c.Methods["chat.postMessage"] != 1 || c.Events != 2 {
		t.Errorf("counters %+v", c)
	}
}

func TestOldestGoWhenAChannelIsFull(t *testing.T) {
	o := Quick()
	o.MaxHistory, o.MaxJournal = 40, 40
	s := start(t, o)
	rosa := s.Staff("U1", "Rosa", true)
	first := must[string](t)(rosa.Post(DeskChannel, "0"))
	for i := range 100 {
		rosa.Post(DeskChannel, fmt.Sprint(i+1))
	}
	all := rosa.Channel(DeskChannel)
	if n := len(all); n > 40 || n < 30 || all[n-1].Shown != "100" {
		t.Errorf("%d messages are kept, the last %q", n, all[n-1].Shown)
	}
	if _, ok := rosa.Message(first); ok {
		t.Error("the oldest is still there")
	}
	if n := len(s.Fates()); n > 40 {
		t.Errorf("%d fates are kept", n)
	}
}
