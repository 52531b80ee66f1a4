package slacktest

import (
	"math"
	"time"
)

// Violation is one call that came sooner than the limits allow.
type Violation struct {
	At      time.Time
	Method  string
	Channel string
	Rule    string        // "channel" or "tier"
	Early   time.Duration // how much too soon
	Refused bool          // with 429; else it was only counted
}

// limiter watches how fast calls come.
type limiter struct {
	posted  map[string]time.Time   // by channel: the newest message
	calls   map[string][]time.Time // by method: those of the last minute
	refused map[string]time.Time   // by method and channel: until
}

// maxLimited bounds each of the limiter's maps; channels are few in tests.
const maxLimited = 10_000

func (l *limiter) init() {
	l.posted, l.calls, l.refused = map[string]time.Time{}, map[string][]time.Time{}, map[string]time.Time{}
}

// penalty refuses further such calls for that long.
func (l *limiter) penalty(c *call, d time.Duration) {
	if len(l.refused) < maxLimited {
		l.refused[limitKey(c)] = c.started.Add(d)
	}
}

func limitKey(c *call) string {
	if c.method.posts {
		return c.method.name + " " + c.rec.Channel
	}
	return c.method.name
}

// checkRate counts a call and returns 429 when it must be refused: for the rest
// of an earlier 429 in either mode, and for a violation when enforcing.
func (s *Server) checkRate(c *call) *apiError {
	l, now := &s.limits, c.started
	if until, ok := l.refused[limitKey(c)]; ok {
		if until.After(now) {
			return tooMany(until.Sub(now))
		}
		delete(l.refused, limitKey(c))
	}
	rule, early := s.tooSoon(c)
	if rule != "" {
		s.journal.violation(Violation{now, c.method.name, c.rec.Channel, rule, early, s.opt.Limits.Enforce})
		if s.opt.Limits.Enforce {
			l.penalty(c, early)
			return tooMany(early)
		}
	}
	if c.method.posts && (len(l.posted) < maxLimited || !l.posted[c.rec.Channel].IsZero()) {
		l.posted[c.rec.Channel] = now
	}
	if !c.method.posts && s.perMinute(c.method) > 0 {
		l.calls[c.method.name] = append(l.calls[c.method.name], now)
	}
	return nil
}

// tooSoon says which limit a call now breaks, and by how much.
func (s *Server) tooSoon(c *call) (rule string, early time.Duration) {
	l, now := &s.limits, c.started
	if c.method.posts {
		if last := l.posted[c.rec.Channel]; !last.IsZero() {
			if early := last.Add(s.opt.Limits.PerChannel).Sub(now); early > s.opt.Limits.Jitter {
				return "channel", early
			}
		}
		return "", 0
	}
	most := s.perMinute(c.method)
	if most == 0 {
		return "", 0
	}
	recent := l.calls[c.method.name]
	for len(recent) > 0 && now.Sub(recent[0]) >= time.Minute {
		recent = recent[1:]
	}
	// No more than the newest that the limit asks about are kept.
	if len(recent) > most {
		recent = recent[len(recent)-most:]
	}
	l.calls[c.method.name] = recent
	if len(recent) == most {
		return "tier", recent[0].Add(time.Minute).Sub(now)
	}
	return "", 0
}

// perMinute is the limit of a method's tier, 0 for one without.
func (s *Server) perMinute(m method) int {
	switch m.tier {
	case 1:
		return s.opt.Limits.TierOne
	case 2:
		return 20
	case 3:
		return 50
	case 4:
		return 100
	}
	return 0
}

func tooMany(d time.Duration) *apiError {
	return &apiError{code: "ratelimited", retryAfter: max(int(math.Ceil(d.Seconds())), 1)}
}
