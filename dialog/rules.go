package dialog

import (
	"errors"
	"fmt"
	"slices"
)

// Rules are a decision table as rules.toml gives it: the facts it rests on, the
// rules in their order, and what is added to every outcome. Rules are never
// changed after ParseRules and safe for use by several goroutines.
type Rules struct {
	marks    []MarkDecl
	facts    []FactDecl
	outcomes []OutcomeDecl
	contacts []ContactDecl
	defines  []DefineDecl
	rules    []RuleDecl
	overlays []OverlayDecl
	adds     []AddContactDecl
	scope    *Scope // the facts and the definitions
	verdict  *Scope // the same, and what Probe finds
}

// MarkDecl says what a source's mark means.
type MarkDecl struct{ ID, Means string }

// OutcomeDecl says what an outcome means.
type OutcomeDecl struct{ ID, Means string }

// ContactDecl is a contact that rules may name, with the sources of its number.
type ContactDecl struct {
	ID string
	Contact
	Sources []Source
	Note    string
	Line    int // in the rules' file
}

// DefineDecl is a named condition, for people who read the table.
type DefineDecl struct{ Name, Is, Note string }

// RuleDecl is one rule. The first one that holds decides.
type RuleDecl struct {
	ID       string
	When     *Cond
	Outcome  string
	Then     string
	Contacts []string // ids, in the order to call
	Sources  []Source
	Note     string
	Line     int // in the rules' file

	sources  []Source // with those of the contacts
	contacts []Contact
}

// OverlayDecl is a date or a flag that is found for every outcome, after the
// rule and the overlays before it.
type OverlayDecl struct {
	Key     string
	Type    DeclType // TypeDate or TypeFlag
	Flag    *Cond    // of a flag
	Day     *Day     // of a date
	Sources []Source // cited when the flag holds, or there is a date
	Note    string
}

// Is returns the overlay's expression as it was written.
func (o OverlayDecl) Is() string {
	if o.Flag != nil {
		return o.Flag.String()
	}
	return o.Day.String()
}

// AddContactDecl adds a contact to the rule's own when its condition holds.
type AddContactDecl struct {
	Contact string
	When    *Cond
	First   bool // before the rule's own, else after them
	Sources []Source
	Note    string

	contact Contact
	sources []Source // with those of the contact
}

// The tables, in the order of the file, for listings; the caller owns the
// slices, the rules what is in them.

// Marks returns the declared marks.
func (r *Rules) Marks() []MarkDecl { return slices.Clone(r.marks) }

// Outcomes returns the declared outcomes.
func (r *Rules) Outcomes() []OutcomeDecl { return slices.Clone(r.outcomes) }

// Contacts returns the declared contacts.
func (r *Rules) Contacts() []ContactDecl { return slices.Clone(r.contacts) }

// Defines returns the named conditions.
func (r *Rules) Defines() []DefineDecl { return slices.Clone(r.defines) }

// Table returns the rules in the order in which they are tried.
func (r *Rules) Table() []RuleDecl { return slices.Clone(r.rules) }

// Overlays returns the dates and flags that every verdict has.
func (r *Rules) Overlays() []OverlayDecl { return slices.Clone(r.overlays) }

// AddedContacts returns the contacts that conditions add.
func (r *Rules) AddedContacts() []AddContactDecl { return slices.Clone(r.adds) }

// Scope returns the names that the rules' own conditions may use: the facts and
// the named conditions.
func (r *Rules) Scope() *Scope { return r.scope }

// VerdictScope returns Scope with what Probe finds: the choices rule, outcome
// and then, and every overlay under its key. Before Probe they are absent.
func (r *Rules) VerdictScope() *Scope { return r.verdict }

// ErrNoRule says that no rule holds for the facts: the table has a hole.
var ErrNoRule = errors.New("no rule holds for these facts")

// Assess checks the facts as Validate does and returns the verdict on them. The
// error is a *FactError about the facts, or wraps ErrNoRule. Facts stay the
// caller's.
func (r *Rules) Assess(f Facts, today Date) (Verdict, error) {
	if !today.possible() {
		return Verdict{}, &FactError{Key: "today", Value: today.String(), Why: "is not a day of the calendar"}
	}
	env := r.verdict.Env(f, today)
	if err := r.validate(f, env); err != nil {
		return Verdict{}, err
	}
	v, ok := r.Probe(env)
	if !ok {
		return Verdict{}, fmt.Errorf("assess: %w", ErrNoRule)
	}
	return v, nil
}

// Probe returns the verdict on the facts in env, checked or not, complete or
// not: what it would be if nothing more came. It leaves the verdict in env, so
// that conditions of VerdictScope can go on from there. It returns false, and
// leaves the names of the verdict absent, when no rule holds. The env must be
// of VerdictScope or of a scope made from it by With.
func (r *Rules) Probe(env *Env) (Verdict, bool) {
	r.forget(env)
	deciding := r.deciding(env)
	if deciding < 0 {
		return Verdict{}, false
	}
	rule := &r.rules[deciding]
	env.set("rule", rule.ID)
	env.set("outcome", rule.Outcome)
	env.set("then", rule.Then)
	v := Verdict{Outcome: rule.Outcome, Then: rule.Then, Rule: rule.ID,
		Results: make([]Result, 0, len(r.overlays)), Sources: slices.Clone(rule.sources)}
	for i := range r.overlays {
		r.overlays[i].add(env, &v)
	}
	r.addContacts(env, rule, &v)
	for _, key := range rule.When.keys {
		if value, given := env.given(key); given {
			v.Because = append(v.Because, Because{Fact: key, Value: value})
		}
	}
	return v, true
}

// deciding returns the index of the first rule that holds, or -1.
func (r *Rules) deciding(env *Env) int {
	for i := range r.rules {
		if r.rules[i].When.Holds(env) {
			return i
		}
	}
	return -1
}

// forget takes an earlier verdict out of the env.
func (r *Rules) forget(env *Env) {
	env.set("rule", "")
	env.set("outcome", "")
	env.set("then", "")
	for i := range r.overlays {
		o := &r.overlays[i]
		env.setDay(o.Key, Date{})
		env.setFlag(o.Key, false)
	}
}

func (o *OverlayDecl) add(env *Env, v *Verdict) {
	result := Result{Key: o.Key, Type: o.Type}
	if o.Flag != nil {
		result.Yes = o.Flag.Holds(env)
		env.setFlag(o.Key, result.Yes)
	} else {
		result.Day = o.Day.Of(env)
		env.setDay(o.Key, result.Day)
	}
	v.Results = append(v.Results, result)
	if result.Yes || !result.Day.IsZero() {
		v.Sources = addNew(v.Sources, o.Sources...)
	}
}

func (r *Rules) addContacts(env *Env, rule *RuleDecl, v *Verdict) {
	v.Contacts = make([]Contact, 0, len(rule.contacts)+1)
	for _, first := range []bool{true, false} {
		for i := range r.adds {
			if a := &r.adds[i]; a.First == first && a.When.Holds(env) {
				v.Contacts = addNew(v.Contacts, a.contact)
				v.Sources = addNew(v.Sources, a.sources...)
			}
		}
		if first {
			v.Contacts = addNew(v.Contacts, rule.contacts...)
		}
	}
}
