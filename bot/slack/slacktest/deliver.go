package slacktest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// event is one thing to deliver: an event, which is retried, or an
// interaction, which is not. It is pending until it is acknowledged or lost.
type event struct {
	kind           string
	event, subtype string
	id             string // event_id
	channel, ts    string
	payload        json.RawMessage
	accepts        bool              // a payload may come with the ack
	form           map[string]string // of a slash command, for HTTP
	fate           *Fate             // of an event
	interaction    *Interaction      // of anything else
	extra          bool              // a copy: nobody waits for it

	// Of the attempt under way.
	attempt  int
	reason   string // why it is delivered again
	fault    Fault
	released bool // was held back already
	delivery *Delivery
	envelope string
	socket   *socket
	timer    *time.Timer
	wait     int // counts timers: one that was stopped must not act
}

// stopTimer stops what the event waits for, also when the timer has fired
// already and only waits for the lock.
func (ev *event) stopTimer() {
	ev.wait++
	if ev.timer != nil {
		ev.timer.Stop()
	}
}

// after runs f under the lock when d has passed, unless the server closes.
func (s *Server) after(ev *event, d time.Duration, f func()) {
	ev.stopTimer()
	wait := ev.wait
	ev.timer = time.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.closing.Err() == nil && ev.wait == wait {
			f()
			s.signal()
		}
	})
}

// dispatch makes the next attempt at a delivery. The caller holds the lock.
func (s *Server) dispatch(ev *event) {
	if s.closing.Err() != nil {
		return
	}
	if !ev.released && !ev.extra && ev.event != unknownEvent {
		ev.fault = s.faults.draw(ev.kind, ev.event, ev.channel)
	}
	if ev.fault.Kind == LoseEvent {
		s.note(ev, "lost")
		s.lose(ev)
		return
	}
	if ev.fault.Kind == HoldBack && !ev.released {
		ev.released = true
		s.held = append(s.held, ev)
		s.after(ev, ev.fault.Delay, func() { s.releaseHeld(ev) })
		return
	}
	s.attempt(ev)
	ev.released = false
	// What was held back has been overtaken now.
	for _, h := range slices.Clone(s.held) {
		s.releaseHeld(h)
	}
}

func (s *Server) releaseHeld(ev *event) {
	i := slices.Index(s.held, ev)
	if i < 0 {
		return
	}
	s.held = slices.Delete(s.held, i, i+1)
	ev.stopTimer()
	s.dispatch(ev)
}

// attempt delivers once, as the app's mode wants it.
func (s *Server) attempt(ev *event) {
	ev.envelope = "" // that of an earlier attempt
	if ev.fault.Kind == UnknownContent {
		s.emit(unknownEvent, "", ev.channel, "", answer{"channel": ev.channel})
	}
	switch {
	case s.down:
		s.note(ev, "outage")
		s.failAttempt(ev)
	case ev.fault.Kind == LoseDelivery:
		s.note(ev, "lost")
		s.failAttempt(ev)
	case s.target != nil:
		s.note(ev, "")
		s.target.send(ev)
	default:
		s.attemptSocket(ev)
	}
}

// note begins the journal's entry of an attempt.
func (s *Server) note(ev *event, ended string) {
	j := &s.journal
	j.tries++
	j.totals.Deliveries++
	if ev.fault.Kind != None {
		j.totals.Faults[ev.fault.Kind]++
	}
	if ev.fate != nil {
		ev.fate.Attempts++
	}
	ev.delivery = &Delivery{
		Seq: j.tries, At: time.Now(), Kind: ev.kind, Event: ev.event, Subtype: ev.subtype, EventID: ev.id,
		EnvelopeID: ev.envelope, Channel: ev.channel, TS: ev.ts, Attempt: ev.attempt, Ended: ended, Fault: ev.fault.Kind,
	}
	if j.full {
		j.deliveries.add(ev.delivery)
	}
}

// failAttempt retries an event, or gives it up. An interaction is never
// retried: the person sees that it failed.
func (s *Server) failAttempt(ev *event) {
	delete(s.envelopes, ev.envelope)
	if ev.extra {
		return
	}
	if ev.kind != kindEvent || ev.attempt >= len(s.opt.Retries) {
		s.lose(ev)
		return
	}
	d := s.opt.Retries[ev.attempt]
	ev.attempt++
	ev.reason = s.retryReason(ev.delivery.Ended)
	s.after(ev, d, func() { s.dispatch(ev) })
}

// retryReason says in Slack's words why an attempt failed.
func (s *Server) retryReason(ended string) string {
	switch {
	case s.target == nil:
		return "timeout"
	case strings.HasPrefix(ended, "status"):
		return "http_error"
	case ended == "connection failed":
		return "connection_failed"
	}
	return "http_timeout"
}

func (s *Server) lose(ev *event) {
	delete(s.pending, ev)
	ev.stopTimer()
	if ev.fate != nil {
		ev.fate.Lost = true
		s.journal.totals.Lost++
	}
	if ev.interaction != nil {
		ev.interaction.fail(ev.delivery.Ended)
	}
	s.signal()
}

// acknowledge ends a delivery the app answered.
func (s *Server) acknowledge(ev *event, payload json.RawMessage) {
	ev.stopTimer()
	delete(s.envelopes, ev.envelope)
	if ev.fault.Kind == LoseAck {
		ev.delivery.Ended = "ack lost"
		s.failAttempt(ev)
		return
	}
	ev.delivery.Ended, ev.delivery.AckedAt = "acked", time.Now()
	s.signal()
	if ev.extra {
		return
	}
	delete(s.pending, ev)
	if ev.fate != nil {
		ev.fate.AckedAt = ev.delivery.AckedAt
		s.journal.totals.Acked++
	}
	if ev.interaction != nil {
		ev.interaction.succeed(payload)
	}
	if ev.fault.Kind == DeliverTwice {
		again := *ev
		again.extra, again.fate, again.interaction, again.fault, again.timer = true, nil, nil, Fault{}, nil
		again.attempt, again.reason = 1, "timeout"
		s.dispatch(&again)
	}
}

// awaitAck gives the app its time for an ack.
func (s *Server) awaitAck(ev *event) {
	s.after(ev, s.opt.AckTimeout, func() {
		ev.delivery.Ended = "timeout"
		s.failAttempt(ev)
	})
}

// Redeliver delivers an acknowledged or lost event once more, as Slack does
// now and then: with its event_id and, in Socket Mode, a new envelope_id.
// The last 10,000 events are known; none with CountersOnly.
func (s *Server) Redeliver(eventID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ev := s.recent[eventID]
	if ev == nil {
		return fmt.Errorf("slacktest: no event %q to deliver again", eventID)
	}
	again := *ev
	again.extra, again.fate, again.fault, again.timer = true, nil, Fault{}, nil
	again.attempt, again.reason = 1, "timeout"
	s.dispatch(&again)
	return nil
}

// maxRecent bounds the events that Redeliver knows.
const maxRecent = 10_000

// remember keeps an event for Redeliver.
func (s *Server) remember(ev *event) {
	if !s.journal.full {
		return
	}
	s.recent[ev.id] = ev
	s.recentIDs.most = maxRecent
	if len(s.recentIDs.items) == maxRecent {
		for _, id := range s.recentIDs.items[:maxRecent/4] {
			delete(s.recent, id)
		}
	}
	s.recentIDs.add(ev.id)
}
