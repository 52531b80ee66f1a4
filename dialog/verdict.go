package dialog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Contact is somebody to call.
type Contact struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
}

// Source is where a rule comes from: the citation and the mark that says how
// far it was verified.
type Source struct {
	Cite string `json:"cite"`
	Mark string `json:"mark"`
}

// Because is one given fact that the deciding rule rests on.
type Because struct {
	Fact  string `json:"fact"`
	Value string `json:"value"`
}

// Result is one date or flag that the rules add to every outcome.
type Result struct {
	Key  string
	Type DeclType // TypeDate or TypeFlag
	Day  Date     // of a date; none when there is none
	Yes  bool     // of a flag
}

// Verdict is what rules say of somebody's facts. Its JSON is one object: the
// keys outcome, then and rule, the results by their keys in the order of the
// rules (a date as YYYY-MM-DD or null), then contacts, because and sources,
// which are never null. It owns its slices.
type Verdict struct {
	Outcome  string
	Then     string // the outcome that this one leads to later, or ""
	Rule     string // the id of the rule that decided
	Results  []Result
	Contacts []Contact // in the order to call; may be empty
	Because  []Because // in the order of the facts
	Sources  []Source  // of the rule, of the results that hold, of the numbers
}

func (v Verdict) result(key string) Result {
	for _, r := range v.Results {
		if r.Key == key {
			return r
		}
	}
	return Result{}
}

// Date returns the date of that key, or none.
func (v Verdict) Date(key string) Date { return v.result(key).Day }

// Flag returns the flag of that key; false when there is none.
func (v Verdict) Flag(key string) bool { return v.result(key).Yes }

// verdictKeys are the JSON keys that no result may take.
var verdictKeys = []string{"outcome", "then", "rule", "contacts", "because", "sources"}

// MarshalJSON writes the object that Verdict describes.
func (v Verdict) MarshalJSON() ([]byte, error) {
	w := objectWriter{}
	w.put("outcome", v.Outcome)
	w.put("then", v.Then)
	w.put("rule", v.Rule)
	for _, r := range v.Results {
		if r.Type == TypeFlag {
			w.put(r.Key, r.Yes)
		} else {
			w.put(r.Key, r.Day)
		}
	}
	w.put("contacts", orEmpty(v.Contacts))
	w.put("because", orEmpty(v.Because))
	w.put("sources", orEmpty(v.Sources))
	return w.close()
}

// orEmpty keeps null out of the JSON.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// objectWriter writes a JSON object with its keys in the order given.
type objectWriter struct {
	buf bytes.Buffer
	err error
}

func (w *objectWriter) put(key string, value any) {
	if w.err != nil {
		return
	}
	separator := byte(',')
	if w.buf.Len() == 0 {
		separator = '{'
	}
	w.buf.WriteByte(separator)
	enc := json.NewEncoder(&w.buf)
	enc.SetEscapeHTML(false)
	w.err = enc.Encode(key)
	w.buf.Truncate(w.buf.Len() - 1) // the line break that Encode ends with
	w.buf.WriteByte(':')
	if w.err == nil {
		w.err = enc.Encode(value)
		w.buf.Truncate(w.buf.Len() - 1)
	}
}

func (w *objectWriter) close() ([]byte, error) {
	if w.err != nil {
		return nil, fmt.Errorf("verdict: %w", w.err)
	}
	w.buf.WriteByte('}')
	return w.buf.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON writes, also of rules with other
// results: a key that is none of the fixed ones is a flag when it holds true or
// false, a date when it holds a day or null, and an error otherwise.
func (v *Verdict) UnmarshalJSON(raw []byte) error {
	var out Verdict
	err := readObject(raw, func(key string, value json.RawMessage, _ int) error {
		switch key {
		case "outcome":
			return json.Unmarshal(value, &out.Outcome)
		case "then":
			return json.Unmarshal(value, &out.Then)
		case "rule":
			return json.Unmarshal(value, &out.Rule)
		case "contacts":
			return json.Unmarshal(value, &out.Contacts)
		case "because":
			return json.Unmarshal(value, &out.Because)
		case "sources":
			return json.Unmarshal(value, &out.Sources)
		}
		r := Result{Key: key, Type: TypeDate}
		if yes := bytes.Equal(value, []byte("true")); yes || bytes.Equal(value, []byte("false")) {
			r.Type, r.Yes = TypeFlag, yes
		} else if err := r.Day.UnmarshalJSON(value); err != nil {
			return fmt.Errorf("%s: %w", clip(key), err)
		}
		out.Results = append(out.Results, r)
		return nil
	})
	if err != nil {
		return fmt.Errorf("verdict: %w", err)
	}
	*v = out
	return nil
}

// addNew appends what the list does not hold yet.
func addNew[T comparable](list []T, more ...T) []T {
	for _, m := range more {
		if !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}

// recall puts a verdict found earlier on the same facts into env, as Probe
// would by finding it anew.
func (r *Rules) recall(env *Env, v *Verdict) {
	env.set("rule", v.Rule)
	env.set("outcome", v.Outcome)
	env.set("then", v.Then)
	for _, result := range v.Results {
		env.setDay(result.Key, result.Day)
		env.setFlag(result.Key, result.Yes)
	}
}
