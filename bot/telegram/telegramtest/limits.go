package telegramtest

import (
	"math"
	"time"
)

// Violation is one message that came sooner than the limits allow.
type Violation struct {
	At      time.Time
	Chat    int64
	Rule    string        // "chat" or "all"
	Early   time.Duration // how much too soon
	Refused bool          // with 429; else it was only counted
}

// limiter watches how fast messages come. What belongs to a chat is in Chat.
type limiter struct {
	recent       []time.Time // when the last Overall messages came, a ring
	next         int
	refusedUntil time.Time
	chats        map[int64]time.Time // refused until, also of chats nobody knows
}

// maxPenalties bounds limiter.chats; those that are over go first.
const maxPenalties = 10_000

// penalty refuses messages to a chat until then; chat 0 means to all.
func (l *limiter) penalty(chat int64, until time.Time) {
	if chat == 0 {
		l.refusedUntil = until
		return
	}
	if l.chats == nil {
		l.chats = map[int64]time.Time{}
	}
	if len(l.chats) >= maxPenalties {
		for id, t := range l.chats {
			if t.Before(time.Now()) {
				delete(l.chats, id)
			}
		}
	}
	if len(l.chats) < maxPenalties {
		l.chats[chat] = until
	}
}

// checkRate counts a message and returns 429 when it must be refused: for the
// rest of an earlier 429 in either mode, and for a violation when enforcing.
func (s *Server) checkRate(c *call) *apiError {
	if !c.method.sends {
		return nil
	}
	now := c.started
	l := &s.limits
	until := l.refusedUntil
	if t, ok := l.chats[c.rec.Chat]; ok {
		if t.After(until) {
			until = t
		}
		if !t.After(now) {
			delete(l.chats, c.rec.Chat)
		}
	}
	if until.After(now) {
		return tooMany(wholeSeconds(until.Sub(now)))
	}
	rule, early := s.tooSoon(c.rec.Chat, now)
	if rule != "" {
		s.journal.violation(Violation{now, c.rec.Chat, rule, early, s.opt.Limits.Enforce})
	}
	if rule != "" && s.opt.Limits.Enforce {
		seconds := wholeSeconds(early)
		chat := c.rec.Chat
		if rule == "all" {
			chat = 0
		}
		l.penalty(chat, now.Add(time.Duration(seconds)*time.Second))
		return tooMany(seconds)
	}
	if chat := s.chats[c.rec.Chat]; chat != nil {
		chat.lastSent = now
	}
	if limit := s.opt.Limits.Overall; limit > 0 {
		if len(l.recent) < limit {
			l.recent = append(l.recent, now)
		} else {
			l.recent[l.next] = now
			l.next = (l.next + 1) % limit
		}
	}
	return nil
}

// tooSoon says which limit a message now would break, and by how much.
func (s *Server) tooSoon(id int64, now time.Time) (rule string, early time.Duration) {
	slack := s.opt.Limits.Slack
	if chat := s.chats[id]; chat != nil && !chat.lastSent.IsZero() {
		if early := chat.lastSent.Add(s.opt.Limits.PerChat).Sub(now); early > slack {
			return "chat", early
		}
	}
	l := &s.limits
	if limit := s.opt.Limits.Overall; limit > 0 && len(l.recent) == limit {
		if early := l.recent[l.next].Add(time.Second).Sub(now); early > slack {
			return "all", early
		}
	}
	return "", 0
}

func wholeSeconds(d time.Duration) int {
	return max(int(math.Ceil(d.Seconds())), 1)
}
