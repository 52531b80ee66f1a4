package telegramtest

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// FaultKind is one way a call can go wrong between a bot and Telegram.
type FaultKind int

// The kinds. Those up to ResetBefore happen before the call is applied, the
// others after.
const (
	None            FaultKind = iota
	InternalError             // 500, nothing applied
	BadGateway                // 502 with an HTML body, nothing applied
	TooManyRequests           // 429; of a message, the chat's next are refused too until it has passed
	ResetBefore               // connection reset, nothing applied
	ResetAfter                // applied, then connection reset: the bot cannot know
	CutBody                   // applied, the answer ends in its middle
	Slow                      // applied, the answer comes late
)

func (k FaultKind) String() string {
	return [...]string{"none", "500", "502", "429", "reset before", "reset after", "cut body", "slow"}[k]
}

func (k FaultKind) before() bool { return k > None && k <= ResetBefore }

// Fault is one scripted fault; see Inject.
type Fault struct {
	Kind FaultKind
	// Method it strikes; "" is any the bot calls. "file" is a download, "webhook"
	// a delivery to the bot: there the kinds up to ResetBefore mean it
	// never arrived, and the others that the bot's answer got lost.
	Method string
	Chat   int64 // strikes calls for this chat only; 0 is any
	Times  int   // how many calls it strikes; 0 is one, negative every one
	Skip   int   // lets so many matching calls pass first

	RetryAfter int           // seconds, for TooManyRequests; 1 by default
	Delay      time.Duration // for Slow; 100 ms by default
}

// Faults are random faults: each call is struck with probability Rate. The
// same seed strikes the n-th call of a method for a chat in the same way,
// whatever other chats do meanwhile.
type Faults struct {
	Seed  uint64 // the caller prints it
	Rate  float64
	Kinds []FaultKind // drawn from evenly; all when empty
	// Methods that are struck. Empty: all but getMe, webhook and file.
	Methods []string

	RetryAfter int
	Delay      time.Duration
}

// Inject adds scripted faults. The first that matches a call and is not used
// up strikes; they go before random ones.
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

// faultPlan decides the fate of calls. counts numbers the calls of a method
// for a chat, so that a fate does not hang on how chats interleave.
type faultPlan struct {
	script []Fault
	random Faults
	counts map[faultKey]uint64
}

type faultKey struct {
	method string
	chat   int64
}

// maxFaultKeys bounds counts; past it all chats begin to count anew.
const maxFaultKeys = 1 << 20

func (p *faultPlan) init() {
	*p = faultPlan{counts: map[faultKey]uint64{}}
}

func (p *faultPlan) draw(method string, chat int64) Fault {
	for i := range p.script {
		f := &p.script[i]
		if f.Method != "" && !strings.EqualFold(f.Method, method) || f.Chat != 0 && f.Chat != chat {
			continue
		}
		if f.Method == "" && method == "webhook" {
			continue // nobody means the other direction by "any call"
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
	return p.drawRandom(method, chat)
}

func (p *faultPlan) drawRandom(method string, chat int64) Fault {
	r := p.random
	if r.Rate <= 0 {
		return Fault{}
	}
	if len(r.Methods) == 0 && slices.Contains([]string{"getMe", "webhook", "file"}, method) ||
		len(r.Methods) > 0 && !slices.Contains(r.Methods, method) {
		return Fault{}
	}
	if len(p.counts) > maxFaultKeys {
		clear(p.counts)
	}
	key := faultKey{method, chat}
	p.counts[key]++
	dice := rand.New(rand.NewPCG(r.Seed^hash(method), uint64(chat)*0x9e3779b97f4a7c15+p.counts[key]))
	if dice.Float64() >= r.Rate {
		return Fault{}
	}
	kinds := r.Kinds
	if len(kinds) == 0 {
		kinds = []FaultKind{InternalError, BadGateway, TooManyRequests, ResetBefore, ResetAfter, CutBody, Slow}
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
