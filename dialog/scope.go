package dialog

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/expr-lang/expr/vm"
)

// DeclType is what a declared key holds.
type DeclType string

// The types of a key. In an expression a choice and a text are strings, a date
// is a day number (Date.Days) and a flag is true or false.
const (
	TypeChoice DeclType = "choice" // one of Values
	TypeText   DeclType = "text"   // free text
	TypeDate   DeclType = "date"   // a civil day, or none
	TypeFlag   DeclType = "flag"   // yes or no; facts are never flags, results of rules may be
)

// unknownValue is the value of a choice that an absent answer stands for,
// where the choice has it.
const unknownValue = "unknown"

// Decl declares one key that expressions may name.
type Decl struct {
	Key    string // small letters, digits and _; begins with a letter
	Type   DeclType
	Values []string // of a choice: its values, at least one
}

// absent is what an expression sees where the key has no value.
func (d Decl) absent() any {
	switch d.Type {
	case TypeDate:
		return 0
	case TypeFlag:
		return false
	case TypeChoice:
		if slices.Contains(d.Values, unknownValue) {
			return unknownValue
		}
	}
	return ""
}

// Scope is the set of names that expressions may use: the declared keys, the
// defined conditions, and
//
//	none                the date that was not given (0)
//	today               the day of the assessment
//	months(day, n)      the day n calendar months later, the month's last day
//	                    where that month is too short; none stays none
//	days(day, n)        the day n days later; none stays none
//	earliest(a, b)      the earlier of two days; none counts as no day at all
//	if_before(a, b)     the day a if it lies before b or b is none, else none
//
// with the operators `and or not`, `== !=`, `< <= > >=`, `+ -`, `in [..]`,
// `not in [..]` and `condition ? a : b`, nothing else. Every expression
// terminates and none can fail when it is run. A key without a value is "" for
// a text, none for a date, false for a flag, and for a choice "unknown" if that
// is one of its values, else "".
//
// A Scope is safe for use by several goroutines once its last Define is done.
type Scope struct {
	decls    []Decl
	byKey    map[string]int
	defaults []any   // by declaration, boxed once
	choices  [][]any // by declaration: the values of a choice, boxed once
	defined  []definition
}

// definition is a named condition.
type definition struct {
	name, is string
	nodes    int // of its tree with the definitions in it written out
}

// reserved names cannot be keys: they mean something in every expression.
var reserved = []string{"none", "today", "months", "days", "earliest", "if_before", "and", "or", "not", "in", "true", "false",
	"nil", "let", "if", "else", "matches", "contains", "startsWith", "endsWith"}

var keyPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// maxDecls bounds the keys and the definitions of one scope and the values of
// one choice, each.
const maxDecls = 500

// NewScope declares keys. It fails on the first name that is not a key, is
// taken, or has the wrong values for its type.
func NewScope(decls []Decl) (*Scope, error) {
	return (&Scope{byKey: map[string]int{}}).With(decls...)
}

// With returns a new scope with further keys; s stays as it is. Conditions
// compiled in s run on the environments of the new scope too.
func (s *Scope) With(more ...Decl) (*Scope, error) {
	next := &Scope{
		decls:    slices.Clone(s.decls),
		byKey:    make(map[string]int, len(s.decls)+len(more)),
		defaults: slices.Clone(s.defaults),
		choices:  slices.Clone(s.choices),
		defined:  slices.Clone(s.defined),
	}
	for i, d := range next.decls {
		next.byKey[d.Key] = i
	}
	if len(s.decls)+len(more) > maxDecls {
		return nil, fmt.Errorf("%d keys: at most %d", len(s.decls)+len(more), maxDecls)
	}
	for _, d := range more {
		if err := next.declare(d); err != nil {
			return nil, err
		}
	}
	return next, nil
}

func (s *Scope) declare(d Decl) error {
	if err := s.free(d.Key); err != nil {
		return err
	}
	switch d.Type {
	case TypeChoice:
		if len(d.Values) == 0 || len(d.Values) > maxDecls {
			return fmt.Errorf("key %q: a choice needs values, 1 to %d", d.Key, maxDecls)
		}
		for i, v := range d.Values {
			if v == "" || slices.Contains(d.Values[:i], v) {
				return fmt.Errorf("key %q: the value %q is empty or stands there twice", d.Key, v)
			}
		}
	case TypeText, TypeDate, TypeFlag:
		if len(d.Values) > 0 {
			return fmt.Errorf("key %q: only a choice has values, this is a %s", d.Key, d.Type)
		}
	default:
		return fmt.Errorf("key %q: the type %q is not choice, text, date or flag", d.Key, clip(string(d.Type)))
	}
	d.Values = slices.Clone(d.Values)
	s.byKey[d.Key] = len(s.decls)
	s.decls = append(s.decls, d)
	s.defaults = append(s.defaults, d.absent())
	boxed := make([]any, len(d.Values))
	for i, v := range d.Values {
		boxed[i] = v
	}
	s.choices = append(s.choices, boxed)
	return nil
}

// free fails when a name cannot be given to a key or a definition.
func (s *Scope) free(name string) error {
	if !keyPattern.MatchString(name) {
		return fmt.Errorf("name %q: small letters, digits and _ only, a letter first, at most 64", clip(name))
	}
	if slices.Contains(reserved, name) {
		return fmt.Errorf("name %q: is a word of the expressions themselves", name)
	}
	if _, taken := s.byKey[name]; taken {
		return fmt.Errorf("name %q: is already a key", name)
	}
	if s.definition(name) != nil {
		return fmt.Errorf("name %q: is already defined", name)
	}
	return nil
}

// Define gives a condition a name, to be used like a key that is true or false.
// It may use what is declared and defined so far.
func (s *Scope) Define(name, is string) error {
	if err := s.free(name); err != nil {
		return err
	}
	if len(s.defined) >= maxDecls {
		return fmt.Errorf("name %q: at most %d definitions", name, maxDecls)
	}
	cond, err := s.Compile(is)
	if err != nil {
		return err
	}
	s.defined = append(s.defined, definition{name: name, is: is, nodes: cond.nodes})
	return nil
}

func (s *Scope) definition(name string) *definition {
	for i := range s.defined {
		if s.defined[i].name == name {
			return &s.defined[i]
		}
	}
	return nil
}

// Decls returns the declared keys in the order of their declaration; the caller
// owns the slice, not the Values in it.
func (s *Scope) Decls() []Decl { return slices.Clone(s.decls) }

// Decl returns the declaration of a key.
func (s *Scope) Decl(key string) (Decl, bool) {
	i, ok := s.byKey[key]
	if !ok {
		return Decl{}, false
	}
	return s.decls[i], true
}

// names lists all that an expression may name, for suggestions.
func (s *Scope) names() []string {
	names := append([]string(nil), reserved[:6]...)
	for _, d := range s.decls {
		names = append(names, d.Key)
	}
	for _, d := range s.defined {
		names = append(names, d.name)
	}
	return names
}

// Env holds the values of one scope's keys, and runs conditions on them. It
// belongs to one goroutine.
type Env struct {
	scope *Scope
	facts Facts
	vals  map[string]any
	vm    vm.VM
}

// Env gives every key of the scope its value of facts, or the absent one. A
// date that is none, and a value that the choice does not have, count as
// absent; keys that the scope does not declare are ignored, and a flag is never
// given. The facts stay the caller's, and may not change while the Env is used.
func (s *Scope) Env(facts Facts, today Date) *Env {
	e := &Env{scope: s, facts: facts, vals: make(map[string]any, len(s.decls)+1)}
	e.vals["today"] = today.Days()
	for i, d := range s.decls {
		e.vals[d.Key] = s.defaults[i]
		if value := facts[d.Key]; value != "" {
			e.set(d.Key, value)
		}
	}
	return e
}

// reset makes e what Env gives for no facts, so that it can be used again.
func (e *Env) reset(today Date) {
	clear(e.facts)
	e.vals["today"] = today.Days()
	for i := range e.scope.decls {
		e.vals[e.scope.decls[i].Key] = e.scope.defaults[i]
	}
}

// give adds a fact. The Env must own its facts.
func (e *Env) give(key, value string) {
	e.facts[key] = value
	e.set(key, value)
}

// Today returns the day that the Env was made for.
func (e *Env) Today() Date { return FromDays(e.vals["today"].(int)) }

// set changes the value of a choice, text or date as Env does; "" takes it away.
func (e *Env) set(key, value string) {
	i, ok := e.scope.byKey[key]
	if !ok {
		return
	}
	d := &e.scope.decls[i]
	v := e.scope.defaults[i]
	switch d.Type {
	case TypeChoice:
		if n := slices.Index(d.Values, value); n >= 0 {
			v = e.scope.choices[i][n]
		}
	case TypeText:
		v = value
	case TypeDate:
		if day, err := ParseDate(value); err == nil {
			v = day.Days()
		}
	}
	e.vals[key] = v
}

// setDay changes the value of a date; none takes it away.
func (e *Env) setDay(key string, day Date) {
	if i, ok := e.scope.byKey[key]; ok && e.scope.decls[i].Type == TypeDate {
		e.vals[key] = day.Days()
	}
}

// setFlag changes the value of a flag.
func (e *Env) setFlag(key string, yes bool) {
	if i, ok := e.scope.byKey[key]; ok && e.scope.decls[i].Type == TypeFlag {
		e.vals[key] = yes
	}
}

// given returns the value of a key as the facts give it. A value that counts as
// absent is not given, but for "unknown" where somebody said just that.
func (e *Env) given(key string) (string, bool) {
	value := e.facts[key]
	if value == "" {
		return "", false
	}
	i, ok := e.scope.byKey[key]
	return value, ok && (e.vals[key] != e.scope.defaults[i] || value == unknownValue)
}

// Cond is a compiled condition. It is never changed and safe for use by several
// goroutines; each brings its own Env.
type Cond struct {
	src     string
	program *vm.Program
	keys    []string
	days    []int // whole numbers it names, for the days that a check tries
	nodes   int
}

// String returns the condition as it was written.
func (c *Cond) String() string { return c.src }

// Keys returns the declared keys that the condition rests on, directly or
// through definitions, in the order of their declaration; the caller owns it.
func (c *Cond) Keys() []string { return slices.Clone(c.keys) }

// Holds reports whether the condition holds. The Env must be of the scope that
// compiled the condition or of one made from it by With; another one is a
// programming error and panics.
func (c *Cond) Holds(e *Env) bool {
	yes, err := e.vm.Run(c.program, e.vals)
	if err != nil {
		panic(fmt.Errorf("condition %q: run on the environment of another scope: %w", c.src, err))
	}
	return yes.(bool)
}

// Day is a compiled expression that gives a day. It is never changed and safe
// for use by several goroutines; each brings its own Env.
type Day struct{ cond Cond }

// String returns the expression as it was written.
func (d *Day) String() string { return d.cond.src }

// Keys is what Cond.Keys is for a condition.
func (d *Day) Keys() []string { return d.cond.Keys() }

// Of returns the day, or none. The Env is what it is for Cond.Holds.
func (d *Day) Of(e *Env) Date {
	n, err := e.vm.Run(d.cond.program, e.vals)
	if err != nil {
		panic(fmt.Errorf("day %q: run on the environment of another scope: %w", d.cond.src, err))
	}
	return FromDays(n.(int))
}

// errTooLong is the answer to an expression that nobody could check by eye.
var errTooLong = errors.New("the expression is too long")
