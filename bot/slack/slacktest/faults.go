package slacktest

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"
)

// FaultKind is one way a call or a delivery can go wrong.
type FaultKind int

// The kinds that strike calls. Those up to SignInPage happen before the call is
// applied, the others after.
const (
	None            FaultKind = iota
	ServerError               // 500 with HTML, nothing applied
	Unavailable               // 503 with HTML, nothing applied
	TooManyRequests           // 429 with Retry-After; the method refuses until it has passed
	RateLimitedBody           // 200, "ratelimited" in the body and no Retry-After
	InternalError             // 200, "internal_error", nothing applied
	FatalError                // 200, "fatal_error", nothing applied
	ResetBefore               // connection reset, nothing applied
	SignInPage                // 200 with the HTML of the sign-in page

	InternalErrorAfter // "internal_error" though it was applied, which Slack reserves the right to do
	FatalErrorAfter    // "fatal_error" though it was applied
	GatewayTimeout     // 504 though it was applied
	ResetAfter         // applied, then connection reset: the bot cannot know
	CutBody            // applied, the answer ends in its middle
	Slow               // applied, the answer comes late
)

// The kinds that strike deliveries.
const (
	LoseDelivery   FaultKind = 100 + iota // this attempt never arrives; an event is retried
	LoseAck                               // it arrives, its ack gets lost; an event is retried
	DeliverTwice                          // acknowledged, and delivered once more with a new envelope_id
	HoldBack                              // the next delivery, or Delay, overtakes it
	BreakEnvelope                         // half a JSON comes before it (Socket Mode)
	UnknownContent                        // an envelope nobody knows comes before it
	LoseEvent                             // never attempted: only the history knows
)

var kindNames = map[FaultKind]string{
	None: "none", ServerError: "500", Unavailable: "503", TooManyRequests: "429",
	RateLimitedBody: "ratelimited in body", InternalError: "internal_error", FatalError: "fatal_error",
	ResetBefore: "reset before", SignInPage: "sign-in page", InternalErrorAfter: "internal_error after",
	FatalErrorAfter: "fatal_error after", GatewayTimeout: "504 after", ResetAfter: "reset after",
	CutBody: "cut body", Slow: "slow", LoseDelivery: "delivery lost", LoseAck: "ack lost",
	DeliverTwice: "delivered twice", HoldBack: "held back", BreakEnvelope: "broken envelope",
	UnknownContent: "unknown envelope", LoseEvent: "event lost",
}

func (k FaultKind) String() string { return kindNames[k] }

func (k FaultKind) before() bool   { return k > None && k <= SignInPage }
func (k FaultKind) hidden() bool   { return k >= InternalErrorAfter && k <= CutBody }
func (k FaultKind) delivery() bool { return k >= LoseDelivery }

// Fault is one scripted fault; see Inject.
type Fault struct {
	Kind FaultKind
	// Method it strikes, in Slack's spelling; "" is any. Besides the methods of
	// the Web API: "file" is a download, "upload" the bytes of an upload,
	// "response_url" a post to one, "socket" the dialling of one (where the
	// kinds that come after mean: hello, and at once a disconnect); and for the
	// kinds that strike deliveries "events_api", "interactive",
	// "slash_commands".
	Method  string
	Event   string // of deliveries: strikes only this type, as "app_mention" or "block_actions"
	Channel string // strikes only this channel; "" is any
	Times   int    // how many it strikes; 0 is one, negative every one
	Skip    int    // lets so many that match pass first

	RetryAfter int           // seconds, for TooManyRequests; 1 by default
	Delay      time.Duration // for Slow and HoldBack; 100 ms by default
}

// Faults are random faults. The same seed strikes the n-th call of a method in
// a channel in the same way, whatever goes on elsewhere meanwhile.
type Faults struct {
	Seed uint64  // the caller prints it
	Rate float64 // probability that a call is struck
	// Kinds are drawn from evenly. Empty: all but SignInPage.
	Kinds []FaultKind
	// Methods that are struck. Empty: all but auth.test and
	// apps.connections.open.
	Methods []string

	DeliveryRate  float64     // probability that an attempt at a delivery is struck
	DeliveryKinds []FaultKind // empty: all but LoseEvent

	RetryAfter int
	Delay      time.Duration
}

// Inject adds scripted faults. The first that matches and is not used up
// strikes; they go before random ones.
func (s *Server) Inject(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		if f.Times == 0 {
			f.Times = 1
		}
		s.faults.script = append(s.faults.script, f)
	}
}

// SetFaults replaces the random faults; the zero value ends them.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.random = f
	clear(s.faults.counts)
}

// ClearFaults ends scripted and random faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.init()
}

// faultPlan decides the fate of calls and deliveries. counts numbers them by
// method and channel, so that a fate does not hang on how channels interleave.
type faultPlan struct {
	script []Fault
	random Faults
	counts map[faultKey]uint64
}

type faultKey struct{ method, channel string }

// maxFaultKeys bounds counts; past it all begin to count anew.
const maxFaultKeys = 1 << 20

func (p *faultPlan) init() { *p = faultPlan{counts: map[faultKey]uint64{}} }

var deliveryMethods = []string{kindEvent, kindInteractive, kindSlash}

func (p *faultPlan) draw(method, event, channel string) Fault {
	delivery := slices.Contains(deliveryMethods, method)
	for i := range p.script {
		f := &p.script[i]
		if f.Kind.delivery() != delivery || f.Method != "" && f.Method != method ||
			f.Event != "" && f.Event != event || f.Channel != "" && f.Channel != channel {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		struck := *f
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				p.script = slices.Delete(p.script, i, i+1)
			}
		}
		return struck.complete()
	}
	return p.drawRandom(method, channel, delivery)
}

func (p *faultPlan) drawRandom(method, channel string, delivery bool) Fault {
	r := p.random
	rate, kinds, first, last := r.Rate, r.Kinds, ServerError, Slow
	if delivery {
		rate, kinds, first, last = r.DeliveryRate, r.DeliveryKinds, LoseDelivery, UnknownContent
	} else if len(r.Methods) > 0 && !slices.Contains(r.Methods, method) ||
		len(r.Methods) == 0 && (method == "auth.test" || method == "apps.connections.open") {
		return Fault{}
	}
	if rate <= 0 {
		return Fault{}
	}
	if len(p.counts) > maxFaultKeys {
		clear(p.counts)
	}
	key := faultKey{method, channel}
	p.counts[key]++
	dice := rand.New(rand.NewPCG(r.Seed^hash(method, channel), p.counts[key]))
	if dice.Float64() >= rate {
		return Fault{}
	}
	if len(kinds) == 0 {
		for k := first; k <= last; k++ {
			if k != SignInPage {
				kinds = append(kinds, k)
			}
		}
	}
	return Fault{Kind: kinds[dice.IntN(len(kinds))], RetryAfter: r.RetryAfter, Delay: r.Delay}.complete()
}

func (f Fault) complete() Fault {
	f.RetryAfter = orDefault(f.RetryAfter, 1)
	f.Delay = orDefault(f.Delay, 100*time.Millisecond)
	return f
}

// hash is the same on every run, unlike maphash.
func hash(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return h.Sum64()
}
