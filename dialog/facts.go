package dialog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Facts are the answers that rules rest on: a fact's key and its value. Dates
// are written YYYY-MM-DD. An absent key means "not known", or "none" for a
// date; an empty value is a fault.
type Facts map[string]string

// FactDecl is one fact that rules declare.
type FactDecl struct {
	Decl
	Required  bool     // an assessment needs it
	When      *Cond    // the facts it may be given with; nil: any
	Past      bool     // of a date: may not lie after today
	NotBefore string   // of a date: the date that may not lie after it, or ""
	Sources   []Source // where it comes from
	Note      string   // for the people who check the rules
	Line      int      // in the rules' file
}

// FactError says what is wrong with one fact of somebody's facts. It repeats
// the value, which is somebody's answer: it belongs on a screen, not in a log.
type FactError struct {
	Key   string // "" when the fault belongs to no single fact
	Value string // as given; "" when absent
	Why   string
	Line  int // of the JSON it was read from, from 1; 0 when it was not
}

// Error names the key, the value and the reason.
func (e *FactError) Error() string {
	switch {
	case e.Key == "":
		return e.Why
	case e.Value == "":
		return fmt.Sprintf("%s: %s", clip(e.Key), e.Why)
	default:
		return fmt.Sprintf("%s = %q: %s", clip(e.Key), clip(e.Value), e.Why)
	}
}

// maxFactsJSON bounds the JSON of one person's facts, in bytes.
const maxFactsJSON = 64 << 10

// Facts returns the declared facts in their order; the caller owns the slice,
// the rules what is in it.
func (r *Rules) Facts() []FactDecl { return slices.Clone(r.facts) }

func (r *Rules) fact(key string) *FactDecl {
	for i := range r.facts {
		if r.facts[i].Key == key {
			return &r.facts[i]
		}
	}
	return nil
}

// ReadFacts reads one JSON object of facts. It is strict: an unknown key or
// value, "" in place of null, another type than a string, an impossible date, a
// key given twice, anything after the object and more than 64 KiB are errors, of
// type *FactError with the line. A null is an absent fact. Whether the facts go
// together is Validate's business.
func (r *Rules) ReadFacts(raw []byte) (Facts, error) {
	if len(raw) > maxFactsJSON {
		return nil, &FactError{Why: fmt.Sprintf("the facts are %d bytes long, at most %d", len(raw), maxFactsJSON), Line: 1}
	}
	facts := Facts{}
	err := readObject(raw, func(key string, value json.RawMessage, _ int) error {
		if r.fact(key) == nil {
			return &FactError{Key: key, Value: plain(value), Why: "there is no such fact" + didYouMean(key, r.factKeys())}
		}
		if bytes.Equal(value, []byte("null")) {
			return nil
		}
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return &FactError{Key: key, Value: plain(value), Why: "is not a string or null"}
		}
		facts[key] = text
		return r.readable(key, text)
	})
	if err != nil {
		return nil, err
	}
	return facts, nil
}

func (r *Rules) factKeys() []string {
	keys := make([]string, len(r.facts))
	for i := range r.facts {
		keys[i] = r.facts[i].Key
	}
	return keys
}

// readable checks one given value against its fact alone.
func (r *Rules) readable(key, value string) error {
	d := r.fact(key)
	switch {
	case d == nil:
		return &FactError{Key: key, Value: value, Why: "there is no such fact" + didYouMean(key, r.factKeys())}
	case value == "":
		return &FactError{Key: key, Why: `is empty (""); leave it out or write null when it is not known`}
	case d.Type == TypeChoice && !slices.Contains(d.Values, value):
		why := "is none of " + strings.Join(d.Values, ", ") + didYouMean(value, d.Values)
		return &FactError{Key: key, Value: value, Why: why}
	case d.Type == TypeDate:
		if _, err := ParseDate(value); err != nil {
			return &FactError{Key: key, Value: value, Why: "is not a day of the calendar written YYYY-MM-DD"}
		}
	case d.Type == TypeText && strings.TrimSpace(value) == "":
		return &FactError{Key: key, Value: value, Why: "is blank; leave it out or write null when it is not known"}
	case d.Type == TypeText && !utf8.ValidString(value):
		return &FactError{Key: key, Value: value, Why: "is not UTF-8 text"}
	}
	return nil
}

// Validate checks facts for an assessment on the day today: every key and value
// is one of the rules', every required fact is there, none is given outside its
// "when", and the dates are neither after today (where the rules say so) nor
// before the date they must follow. The error is a *FactError about the first
// fault, in the order of the facts.
func (r *Rules) Validate(f Facts, today Date) error {
	if !today.possible() {
		return &FactError{Key: "today", Value: today.String(), Why: "is not a day of the calendar"}
	}
	return r.validate(f, r.scope.Env(f, today))
}

func (r *Rules) validate(f Facts, env *Env) error {
	for _, key := range r.unknownKeys(f) {
		return r.readable(key, f[key])
	}
	for i := range r.facts {
		d := &r.facts[i]
		value, given := f[d.Key]
		if !given {
			if d.Required {
				return &FactError{Key: d.Key, Why: "is missing, and no assessment can do without it"}
			}
			continue
		}
		if err := r.readable(d.Key, value); err != nil {
			return err
		}
		if d.When != nil && !d.When.Holds(env) {
			return &FactError{Key: d.Key, Value: value, Why: "may be given only when " + d.When.String()}
		}
		if err := d.inTime(value, f, env.Today()); err != nil {
			return err
		}
	}
	return nil
}

// unknownKeys returns the keys that are no facts, sorted: the first error must
// not depend on the order of a map.
func (r *Rules) unknownKeys(f Facts) []string {
	known := 0
	for i := range r.facts {
		if _, given := f[r.facts[i].Key]; given {
			known++
		}
	}
	if known == len(f) {
		return nil
	}
	var unknown []string
	for key := range f {
		if r.fact(key) == nil {
			unknown = append(unknown, key)
		}
	}
	slices.Sort(unknown)
	return unknown
}

// inTime checks a date against today and against the date it must follow.
func (d *FactDecl) inTime(value string, f Facts, today Date) error {
	if d.Type != TypeDate {
		return nil
	}
	day, err := ParseDate(value)
	if err != nil {
		return &FactError{Key: d.Key, Value: value, Why: "is not a day of the calendar"}
	}
	if d.Past && day.After(today) {
		return &FactError{Key: d.Key, Value: value, Why: fmt.Sprintf("lies after today, %v", today)}
	}
	if d.NotBefore == "" {
		return nil
	}
	if first, err := ParseDate(f[d.NotBefore]); err == nil && day.Before(first) {
		return &FactError{Key: d.Key, Value: value, Why: fmt.Sprintf("lies before %s, %v", d.NotBefore, first)}
	}
	return nil
}

// Case is one line of a batch: somebody's facts and the day to assess them on,
// none when the line names no day.
type Case struct {
	Today Date
	Facts Facts
}

// ReadCase reads one JSON object {"today": "YYYY-MM-DD", "facts": {…}}, as
// strictly as ReadFacts; today may be null or absent. Errors are of type
// *FactError.
func (r *Rules) ReadCase(raw []byte) (Case, error) {
	var c Case
	err := readObject(raw, func(key string, value json.RawMessage, _ int) error {
		switch key {
		case "today":
			if err := c.Today.UnmarshalJSON(value); err != nil {
				return &FactError{Key: key, Value: plain(value), Why: "is not a day of the calendar written YYYY-MM-DD"}
			}
		case "facts":
			facts, err := r.ReadFacts(value)
			if err != nil {
				return err
			}
			c.Facts = facts
		default:
			return &FactError{Key: key, Value: plain(value), Why: `there is no such key; a case has "today" and "facts"`}
		}
		return nil
	})
	if err == nil && c.Facts == nil {
		err = &FactError{Key: "facts", Why: "are missing"}
	}
	if err != nil {
		return Case{}, err
	}
	return c, nil
}

// FactLine returns the line, from 1, on which a JSON object names a key, or 1
// when it does not: where to look for the fault that Validate found in facts
// that ReadFacts read.
func FactLine(raw []byte, key string) int {
	found := 1
	// An object that cannot be read to its end keeps the line found so far.
	_ = readObject(raw, func(k string, _ json.RawMessage, line int) error {
		if k == key {
			found = line
		}
		return nil
	})
	return found
}

// readObject reads raw as one JSON object with each key once and nothing after
// it, and hands each value with its key's line to each, in order. Every error
// is a *FactError with its line.
func readObject(raw []byte, each func(key string, value json.RawMessage, line int) error) error {
	if !utf8.Valid(raw) {
		return &FactError{Why: "is not UTF-8 text", Line: 1}
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	line := func() int { return 1 + bytes.Count(raw[:min(int(dec.InputOffset()), len(raw))], []byte("\n")) }
	fault := func(err error) error {
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return &FactError{Why: "the JSON ends too early", Line: 1 + bytes.Count(bytes.TrimSpace(raw), []byte("\n"))}
		}
		return &FactError{Why: fmt.Sprintf("is not JSON: %v", err), Line: line()}
	}
	start, err := dec.Token()
	if err != nil {
		return fault(err)
	}
	if start != json.Delim('{') {
		return &FactError{Why: "is not a JSON object {…}", Line: line()}
	}
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return fault(err)
		}
		key, at := token.(string), line() // within an object every key is a string
		if seen[key] {
			return &FactError{Key: key, Why: "stands there twice", Line: at}
		}
		seen[key] = true
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return fault(err)
		}
		if err := each(key, value, at); err != nil {
			var fact *FactError
			if errors.As(err, &fact) && fact.Line == 0 {
				fact.Line = at
			}
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return fault(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return &FactError{Why: "something stands after the JSON object", Line: line()}
	}
	return nil
}

// plain shows a JSON value in an error: a string without its quotes.
func plain(value json.RawMessage) string {
	var s string
	if err := json.Unmarshal(value, &s); err == nil && value[0] == '"' {
		return clip(s)
	}
	return clip(string(value))
}
