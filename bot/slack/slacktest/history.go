package slacktest

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// cursor hides a place in a list.
func cursor(n int64) string {
	return base64.StdEncoding.EncodeToString([]byte("next:" + strconv.FormatInt(n, 10)))
}

func parseCursor(text string) (int64, *apiError) {
	raw, err := base64.StdEncoding.DecodeString(text)
	digits, ok := strings.CutPrefix(string(raw), "next:")
	n, err2 := strconv.ParseInt(digits, 10, 64)
	if err != nil || !ok || err2 != nil || n < 0 {
		return 0, failed("invalid_cursor")
	}
	return n, nil
}

// paged is one page of a list by limit and cursor; next is "" at its end.
func paged[T any](c *call, all []T, def, most int) (page []T, next string, err *apiError) {
	start := int64(0)
	if text := c.args.str("cursor"); text != "" {
		if start, err = parseCursor(text); err != nil {
			return nil, "", err
		}
	}
	start = min(start, int64(len(all)))
	end := min(start+int64(c.args.integer("limit", def, most)), int64(len(all)))
	if end < int64(len(all)) {
		next = cursor(end)
	}
	return append([]T{}, all[start:end]...), next, nil
}

// span is what a call asks of time: messages with low < ts < high, or the
// bounds too.
type span struct {
	low, high         int64
	hasLow, hasHigh   bool
	inclusive, lowest bool
}

func (c *call) span() (span, *apiError) {
	sp := span{high: 1 << 62, inclusive: c.args.flag("inclusive")}
	var ok bool
	if t := c.args.str("oldest"); t != "" && t != "0" {
		if sp.low, ok = parseTS(t); !ok {
			return sp, failed("invalid_ts_oldest")
		}
		sp.hasLow = true
	}
	if t := c.args.str("latest"); t != "" && t != "now" {
		if sp.high, ok = parseTS(t); !ok {
			return sp, failed("invalid_ts_latest")
		}
		sp.hasHigh = true
	}
	// With oldest alone the page nearest to it comes first.
	sp.lowest = sp.hasLow && !sp.hasHigh
	if sp.hasLow && !sp.inclusive {
		sp.low++
	}
	if sp.hasHigh && !sp.inclusive {
		sp.high--
	}
	return sp, nil
}

func (s *Server) conversationsHistory(c *call) (answer, *apiError) {
	ch, err := s.joined(c.args.str("channel"))
	if err != nil {
		return nil, err
	}
	sp, err := c.span()
	if err != nil {
		return nil, err
	}
	limit := c.args.integer("limit", 100, 999)
	if text := c.args.str("cursor"); text != "" {
		at, err := parseCursor(text)
		if err != nil {
			return nil, err
		}
		if sp.lowest {
			sp.low = max(sp.low, at)
		} else {
			sp.high = min(sp.high, at)
		}
	}
	page, more := ch.page(sp, limit)
	out := answer{"messages": wires(page, c.args.flag("include_all_metadata")), "has_more": more, "pin_count": 0}
	metadata := map[string]any{"next_cursor": ""}
	if more {
		next := page[len(page)-1].at - 1
		if sp.lowest {
			next = page[0].at + 1
		}
		metadata["next_cursor"] = cursor(next)
	}
	out["response_metadata"] = metadata
	if t := c.args.str("latest"); t != "" {
		out["latest"] = t
	}
	return out, nil
}

// page is what shows in the channel within a span, the newest first.
func (c *channel) page(sp span, limit int) (page []*message, more bool) {
	from, to := c.index(sp.low), c.index(sp.high+1)
	step, i := -1, to-1
	if sp.lowest {
		step, i = 1, from
	}
	for ; i >= from && i < to; i += step {
		if !c.messages[i].inChannel() {
			continue
		}
		if len(page) == limit {
			more = true
			break
		}
		page = append(page, c.messages[i])
	}
	if sp.lowest {
		slices.Reverse(page)
	}
	return page, more
}

func wires(all []*message, metadata bool) []answer {
	out := make([]answer, 0, len(all))
	for _, m := range all {
		out = append(out, m.wire(metadata))
	}
	return out
}

// conversationsReplies gives a thread, oldest first. Its first message leads
// the first page whatever the span; of a reply's ts only that reply comes.
func (s *Server) conversationsReplies(c *call) (answer, *apiError) {
	ch, err := s.joined(c.args.str("channel"))
	if err != nil {
		return nil, err
	}
	sp, err := c.span()
	if err != nil {
		return nil, err
	}
	m := s.messages[c.args.str("ts")]
	if m == nil || m.channel != ch || m.onlyFor != "" {
		return nil, failed("thread_not_found")
	}
	all := []*message{m}
	for _, r := range m.replies {
		if r.at >= sp.low && r.at <= sp.high {
			all = append(all, r)
		}
	}
	limit := c.args.integer("limit", 1000, 1000)
	start := 0
	if text := c.args.str("cursor"); text != "" {
		at, err := parseCursor(text)
		if err != nil {
			return nil, err
		}
		start = len(all)
		if i := slices.IndexFunc(all, func(m *message) bool { return m.at >= at }); i > 0 {
			start = i
		}
	}
	end := min(start+limit, len(all))
	metadata := map[string]any{"next_cursor": ""}
	if end < len(all) {
		metadata["next_cursor"] = cursor(all[end].at)
	}
	return answer{
		"messages": wires(all[start:end], c.args.flag("include_all_metadata")),
		"has_more": end < len(all), "response_metadata": metadata,
	}, nil
}
