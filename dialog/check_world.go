package dialog

import (
	"fmt"
	"slices"
	"strings"
)

// way is which answers a proof lets happen.
type way int

const (
	// fresh: every question is answered once, in order. What is found in it can
	// happen.
	fresh way = iota
	// stale: besides, an answer to a part of the form may be left from before an
	// earlier answer changed. What is not found in it cannot happen.
	stale
	// told: besides, a fact that is not asked, and that the rules allow, may be
	// known all the same.
	told
)

// world is one of the cases, as far as it has been looked at.
type world struct {
	*cases
	way     way
	script  []fork
	at      int
	left    map[string][]any // by key: the values it can still have
	applied []int8           // by step: 0 not looked at, 1 applies, -1 does not
	ruling  int              // the rule that decides; noRule, or notYet looked at
	dead    bool             // the case contradicts itself
}

// fork is a choice that was taken, and of how many.
type fork struct{ took, of int }

const (
	noRule = -1
	notYet = -2
)

// find looks for a case for which the goal holds. It returns nil when there is
// none, and fails when there are too many cases to tell.
func (c *cases) find(as way, goal func(*world) bool) (*world, error) {
	w := &world{cases: c, way: as, left: map[string][]any{}, applied: make([]int8, len(c.steps))}
	for range maxTries {
		c.tried++
		w.at, w.ruling, w.dead = 0, notYet, false
		clear(w.left)
		clear(w.applied)
		if goal(w) && !w.dead {
			return w, nil
		}
		last := len(w.script) - 1
		for ; last >= 0 && w.script[last].took+1 == w.script[last].of; last-- {
		}
		if last < 0 {
			return nil, nil
		}
		w.script = w.script[:last+1]
		w.script[last].took++
	}
	return nil, errTooMany
}

// errTooMany says that a proof was given up.
var errTooMany = fmt.Errorf("more than %d cases", maxTries)

// fork takes one of n ways; find sees to it that each has its turn.
func (w *world) fork(n int) int {
	if n < 2 || w.dead {
		return 0
	}
	if w.at == len(w.script) {
		w.script = append(w.script, fork{0, n})
	}
	w.at++
	return w.script[w.at-1].took
}

// holds tells whether a condition holds; nil always does.
func (w *world) holds(cond *Cond) bool {
	return cond == nil || w.eval(w.trees[cond]).(bool)
}

// applies tells whether a step's condition holds.
func (w *world) applies(i int) bool {
	if w.applied[i] == 0 {
		w.applied[i] = -1
		if w.holds(w.steps[i].when) {
			w.applied[i] = 1
		}
	}
	return w.applied[i] > 0
}

// asked returns the step that asks for a key, or -1.
func (w *world) asked(key string) int {
	for _, i := range w.asking[key] {
		if w.applies(i) {
			return i
		}
	}
	return -1
}

// domain returns the values that a key can still have.
func (w *world) domain(key string) []any {
	if left, known := w.left[key]; known {
		return left
	}
	absent := w.scope.defaults[w.scope.byKey[key] : w.scope.byKey[key]+1]
	w.left[key] = absent // while it is being found out
	fact := w.rules.fact(key)
	values := absent
	if i := w.asked(key); i >= 0 {
		values = w.answers[i]
	} else if fact != nil && w.way == told && w.holds(fact.When) {
		values = w.open[key]
	} else if fact == nil && w.way != fresh {
		for _, i := range w.asking[key] {
			values = addNew(slices.Clip(values), w.answers[i]...)
		}
	}
	w.left[key] = values
	return values
}

// value fixes the value of a name.
func (w *world) value(name string) any {
	switch name {
	case "today":
		return w.today.Days()
	case "rule", "outcome", "then":
		return w.decided(name)
	}
	if i, ok := w.overlay[name]; ok {
		if w.rule() == noRule {
			return w.scope.defaults[w.scope.byKey[name]]
		}
		return w.eval(w.trees[w.rules.overlays[i].is()])
	}
	values := w.inOrder(name, w.domain(name))
	if len(values) == 0 {
		w.dead = true
		return w.scope.defaults[w.scope.byKey[name]]
	}
	i := w.fork(len(values))
	w.left[name] = values[i : i+1]
	return values[i]
}

// decided is what the deciding rule says.
func (w *world) decided(name string) any {
	said := ""
	if i := w.rule(); i != noRule {
		d := &w.rules.rules[i]
		said = map[string]string{"rule": d.ID, "outcome": d.Outcome, "then": d.Then}[name]
	}
	if said == "" {
		return w.scope.defaults[w.scope.byKey[name]]
	}
	return said
}

// rule returns the rule that decides, or noRule.
func (w *world) rule() int {
	if w.ruling == notYet {
		w.ruling = slices.IndexFunc(w.rules.rules, func(d RuleDecl) bool { return w.holds(d.When) })
	}
	return w.ruling
}

// inOrder leaves out the days that contradict the order of two dates.
func (w *world) inOrder(key string, values []any) []any {
	for later, earlier := range w.after {
		other := earlier
		if key == earlier {
			other = later
		} else if key != later {
			continue
		}
		known := w.left[other]
		if len(known) != 1 || known[0] == any(0) {
			continue
		}
		values = slices.DeleteFunc(slices.Clone(values), func(value any) bool {
			day, with := value.(int), known[0].(int)
			return day > 0 && (key == later && day < with || key == earlier && day > with)
		})
	}
	return values
}

// is tells whether a key has a value, and fixes no more than that.
func (w *world) is(key string, value any) bool {
	values := w.domain(key)
	if !slices.Contains(values, value) {
		return false
	}
	if len(values) == 1 {
		return true
	}
	if w.fork(2) == 0 {
		w.left[key] = []any{value}
		return true
	}
	w.left[key] = slices.DeleteFunc(slices.Clone(values), func(other any) bool { return other == value })
	return false
}

// describe writes the case for people: the answers that it hangs on.
func (w *world) describe() string {
	var parts []string
	seen := map[string]bool{}
	say := func(key string) {
		values, known := w.left[key]
		if !known || seen[key] || len(values) == 0 {
			return
		}
		seen[key] = true
		value := values[0]
		if d, _ := w.scope.Decl(key); d.Type == TypeDate {
			if value = FromDays(value.(int)).String(); values[0] == any(0) {
				value = "none"
			}
		}
		if value == any("") {
			value = "none"
		}
		parts = append(parts, fmt.Sprintf("%s = %v", key, value))
	}
	for i := range w.steps {
		say(w.steps[i].key)
	}
	for i := range w.rules.facts {
		say(w.rules.facts[i].Key)
	}
	if len(parts) == 0 {
		return "any answers"
	}
	return strings.Join(parts, ", ")
}
