package telegramtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEachFaultHasItsEffectAndItsFate(t *testing.T) {
	for _, c := range []struct {
		kind    FaultKind
		applied bool
		outcome Outcome
		code    int  // of the answer, 0 for one that cannot be read
		answers bool // something readable arrives
	}{
		{InternalError, false, Refused, 500, true},
		{BadGateway, false, Refused, 0, false},
		{TooManyRequests, false, Refused, 429, true},
		{ResetBefore, false, ResetBeforeApply, 0, false},
		{ResetAfter, true, ResetAfterApply, 0, false},
		{CutBody, true, BodyCut, 0, false},
		{Slow, true, Applied, 0, true},
	} {
		t.Run(c.kind.String(), func(t *testing.T) {
			s := start(t, Quick())
			u := ana(t, s)
			s.Inject(Fault{Kind: c.kind, Method: "sendMessage", Chat: u.ID(), Delay: 20 * time.Millisecond})
			began := time.Now()
			r, err := try(s, "sendMessage", fields{"chat_id": u.ID(), "text": "x"})
			if (err == nil) != c.answers || r.Code != c.code {
				t.Errorf("answer %+v, %v", r, err)
			}
			if c.kind == Slow && time.Since(began) < 20*time.Millisecond {
				t.Error("a slow answer was fast")
			}
			if got := len(u.Replies()) == 1; got != c.applied {
				t.Errorf("applied: %v, want %v", got, c.applied)
			}
			calls := s.Journal()
			last := calls[len(calls)-1]
			if last.Outcome != c.outcome || last.Fault != c.kind || last.WasApplied() != c.applied {
				t.Errorf("journal %+v", last)
			}
		})
	}
}

func TestAMessageSentAgainAfterAResetIsThereTwice(t *testing.T) {
	s := start(t, Quick())
	u := ana(t, s)
	s.Inject(Fault{Kind: ResetAfter, Method: "sendMessage"})
	for range 2 {
		try(s, "sendMessage", fields{"chat_id": u.ID(), "text": "once"})
	}
	sent(t, s, fields{"chat_id": u.ID(), "text": "another"})
	if got := len(u.Replies()); got != 3 {
		t.Errorf("%d messages", got)
	}
	d := s.Duplicates()
	if len(d) != 1 || len(d[0].Seqs) != 2 || d[0].Chat != u.ID() || !strings.Contains(d[0].Body, `"once"`) {
		t.Errorf("duplicates %+v", d)
	}
}

func TestAResetAfterGetUpdatesConfirmsAndLosesTheAnswer(t *testing.T) {
	s := start(t, Quick())
	u := s.User(1, "en")
	u.Say("one")
	first := updates(t, s, nil)[0].UpdateID
	u.Say("two")
	s.Inject(Fault{Kind: ResetAfter, Method: "getUpdates"})
	if _, err := try(s, "getUpdates", fields{"offset": first + 1}); err == nil {
		t.Fatal("an answer came")
	}
	if got := s.PendingIDs(); !slices.Equal(got, []int64{first + 1}) {
		t.Errorf("pending %v", got)
	}
	if got := updates(t, s, fields{"offset": first + 1}); len(got) != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestScriptedFaultsStrikeWhatTheySay(t *testing.T) {
	s := start(t, Quick())
	u := ana(t, s)
	s.Inject(Fault{Kind: InternalError, Method: "sendMessage", Skip: 1, Times: 2})
	var codes []int
	for i := range 5 {
		codes = append(codes, callAPI(t, s, "sendMessage", fields{"chat_id": u.ID(), "text": fmt.Sprint(i)}).Code)
		must(t, s, "getMe", nil)
	}
	if want := []int{0, 500, 500, 0, 0}; !slices.Equal(codes, want) {
		t.Errorf("codes %v, want %v", codes, want)
	}
	s.Inject(Fault{Kind: InternalError, Times: -1})
	s.SetFaults(Faults{Rate: 1, Kinds: []FaultKind{InternalError}})
	refused(t, s, "getMe", nil, 500, "Internal Server Error")
	s.ClearFaults()
	sent(t, s, fields{"chat_id": u.ID(), "text": "all is well"})
}

func TestRandomFaultsAreTheSameForTheSameSeed(t *testing.T) {
	run := func(seed uint64, order []int64) map[int64][]int {
		s := start(t, Quick())
		for _, id := range []int64{1, 2} {
			s.User(id, "en").Say("hi")
		}
		s.SetFaults(Faults{Seed: seed, Rate: 0.5, Kinds: []FaultKind{InternalError}})
		codes := map[int64][]int{}
		for i, id := range order {
			codes[id] = append(codes[id], callAPI(t, s, "sendMessage", fields{"chat_id": id, "text": fmt.Sprint(i)}).Code)
		}
		return codes
	}
	a := run(7, []int64{1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2})
	b := run(7, []int64{1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2})
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("the fates hang on the order of chats:\n%v\n%v", a, b)
	}
	if c := run(8, []int64{1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2}); fmt.Sprint(a) == fmt.Sprint(c) {
		t.Errorf("another seed gives the same: %v", c)
	}
	for id, codes := range a {
		if n := len(codes); !slices.Contains(codes, 500) || !slices.Contains(codes, 0) {
			t.Errorf("chat %d: %v of %d calls", id, codes, n)
		}
	}
}

func TestTheRateIsCountedAndNothingRefusedByDefault(t *testing.T) {
	s := start(t, Quick())
	u := ana(t, s)
	for i := range 3 {
		sent(t, s, fields{"chat_id": u.ID(), "text": fmt.Sprint(i)})
	}
	v := s.Violations()
	if len(v) != 2 || v[0].Rule != "chat" || v[0].Refused || v[0].Chat != u.ID() || s.Counters().Violations != 2 {
		t.Errorf("violations %+v", v)
	}
}

func TestTheOverallRateIsCounted(t *testing.T) {
	o := Quick()
	o.Limits = Limits{PerChat: -1, Overall: 3}
	s := start(t, o)
	u := ana(t, s)
	for i := range 4 {
		sent(t, s, fields{"chat_id": u.ID(), "text": fmt.Sprint(i)})
	}
	if v := s.Violations(); len(v) != 1 || v[0].Rule != "all" {
		t.Errorf("violations %+v", v)
	}
}

func TestA429ReallyRefusesUntilItHasPassed(t *testing.T) {
	o := Quick()
	o.Limits.Enforce = true
	s := start(t, o)
	ana(t, s)
	s.User(2, "en").Say("hi")
	began := time.Now()
	for _, c := range []struct {
		after  time.Duration // since the first message
		method string
		chat   int64
		retry  int // 0 when it passes
	}{
		{0, "sendMessage", 1001, 0},
		{100 * time.Millisecond, "sendMessage", 1001, 1}, // too soon: refused until 1.1 s
		{200 * time.Millisecond, "sendMessage", 2, 0},    // another chat
		{300 * time.Millisecond, "sendChatAction", 1001, 0},
		{1050 * time.Millisecond, "sendMessage", 1001, 1}, // a second has passed, the refusal has not
		{1101 * time.Millisecond, "sendMessage", 1001, 0},
		{2060 * time.Millisecond, "sendMessage", 1001, 0}, // within the slack
	} {
		err := s.checkRate(&call{method: methodNamed(c.method), started: began.Add(c.after), rec: Call{Chat: c.chat}})
		if got := err != nil; got != (c.retry > 0) || got && err.RetryAfter != c.retry {
			t.Errorf("%s to %d after %v: %+v, want retry after %d", c.method, c.chat, c.after, err, c.retry)
		}
	}
	if v := s.Violations(); len(v) != 1 || !v[0].Refused || v[0].Early != 900*time.Millisecond {
		t.Errorf("violations %+v", v)
	}
}

func TestA429SaysHowLongToWait(t *testing.T) {
	o := Quick()
	o.Limits.Enforce = true
	s := start(t, o)
	u := ana(t, s)
	sent(t, s, fields{"chat_id": u.ID(), "text": "one"})
	r := refused(t, s, "sendMessage", fields{"chat_id": u.ID(), "text": "two"}, 429, "Too Many Requests: retry after 1")
	if r.Parameters.RetryAfter != 1 || len(u.Replies()) != 1 {
		t.Errorf("parameters %+v, %d messages", r.Parameters, len(u.Replies()))
	}
}

func TestAScripted429RefusesTheChatUntilThen(t *testing.T) {
	s := start(t, Quick())
	u := ana(t, s)
	s.Inject(Fault{Kind: TooManyRequests, Method: "sendMessage", RetryAfter: 30})
	for range 2 {
		refused(t, s, "sendMessage", fields{"chat_id": u.ID(), "text": "x"}, 429, "Too Many Requests: retry after 30")
	}
}

func TestA429OfAPollRefusesNoMessage(t *testing.T) {
	s := start(t, Quick())
	u := ana(t, s)
	s.Inject(Fault{Kind: TooManyRequests, Method: "getUpdates", RetryAfter: 30})
	refused(t, s, "getUpdates", nil, 429, "Too Many Requests: retry after 30")
	must(t, s, "getUpdates", nil)
	sent(t, s, fields{"chat_id": u.ID(), "text": "x"})
}

func TestTheJournalIsBounded(t *testing.T) {
	o := Quick()
	o.MaxJournal = 8
	s := start(t, o)
	for range 20 {
		must(t, s, "getMe", nil)
	}
	calls := s.Journal()
	if n := len(calls); n > 8 || n < 6 || calls[n-1].Seq != 20 {
		t.Errorf("%d calls, the last %+v", n, calls[n-1])
	}
	if c := s.Counters(); c.Calls != 20 || c.Methods["getMe"] != 20 {
		t.Errorf("counters %+v", c)
	}
	if b, err := json.Marshal(calls[0].Outcome); err != nil || string(b) != `"applied"` {
		t.Errorf("outcome %s %v", b, err)
	}
}

func BenchmarkAPersonAndTheAnswer(b *testing.B) {
	o := Quick()
	o.CountersOnly, o.MaxTranscript, o.Limits = true, 20, Limits{PerChat: -1, Overall: -1}
	s := start(b, o)
	u := s.User(1, "es")
	offset := s.NextUpdateID()
	for b.Loop() {
		u.Say("hola")
		for _, got := range updates(b, s, fields{"offset": offset, "timeout": 10}) {
			offset = got.UpdateID + 1
			sent(b, s, fields{"chat_id": 1, "text": "<b>hola</b>", "parse_mode": "HTML", "reply_markup": inline("yes", "no")})
		}
	}
}
