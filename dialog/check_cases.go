package dialog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// maxTries bounds the cases of one proof: a second of work or two.
const maxTries = 200_000

// cases tries the ways in which the answers to an interview can fall on one
// day. It is lazy: a proof looks at conditions, a condition asks for the answers
// it rests on, and only an answer that was asked for takes one value after the
// other. So a proof costs what its conditions need, not what there is.
type cases struct {
	*Interview
	today    Date
	trees    map[*Cond]ast.Node
	asking   map[string][]int      // by key: the steps that fill it, in their order
	answers  [][]any               // by step: what it can put under its key
	open     map[string][]any      // by fact: nothing, and all that the rules allow
	overlay  map[string]int        // by key
	after    map[string]string     // by date: the date that it does not lie before
	literals map[string][]any      // by text key: what conditions compare it with
	shifts   map[string][][]offset // by date key: what conditions count from it
	tried    int
}

// offset is one step of counting from a date.
type offset struct {
	months bool
	n      int
}

// newCases prepares the cases of one day.
func (v *Interview) newCases(today Date) (*cases, error) {
	c := &cases{Interview: v, today: today, trees: map[*Cond]ast.Node{}, asking: map[string][]int{}, open: map[string][]any{},
		overlay: map[string]int{}, after: map[string]string{}, literals: map[string][]any{}, shifts: map[string][][]offset{}}
	for _, cond := range v.conditions() {
		if err := c.read(cond); err != nil {
			return nil, fmt.Errorf("condition %q: %w", cond.src, err)
		}
	}
	for i := range v.rules.overlays {
		c.overlay[v.rules.overlays[i].Key] = i
	}
	for _, cond := range v.conditions() {
		c.survey(c.trees[cond], nil)
	}
	for i := range v.steps {
		if s := &v.steps[i]; s.kind.answers() {
			c.asking[s.key] = append(c.asking[s.key], i)
		}
	}
	c.answers = make([][]any, len(v.steps))
	for i := range v.steps {
		if s := &v.steps[i]; s.kind.answers() {
			c.answers[i] = c.valuesOf(s)
		}
	}
	for i := range v.rules.facts {
		d := &v.rules.facts[i]
		c.open[d.Key] = c.tries(d.Decl, d.Values, true)
		if d.NotBefore != "" {
			c.after[d.Key] = d.NotBefore
		}
	}
	return c, nil
}

// conditions lists every condition and every day of the rules and the interview.
func (v *Interview) conditions() []*Cond {
	var list []*Cond
	add := func(c *Cond) {
		if c != nil {
			list = append(list, c)
		}
	}
	r := v.rules
	for i := range r.facts {
		add(r.facts[i].When)
	}
	for i := range r.rules {
		add(r.rules[i].When)
	}
	for i := range r.overlays {
		add(r.overlays[i].is())
	}
	for i := range r.adds {
		add(r.adds[i].When)
	}
	for i := range v.steps {
		add(v.steps[i].when)
	}
	for i := range v.parts {
		add(v.parts[i].when)
	}
	return list
}

// is is the overlay's expression, of either type.
func (o *OverlayDecl) is() *Cond {
	if o.Flag != nil {
		return o.Flag
	}
	return &o.Day.cond
}

// read keeps a condition's tree, with its definitions written out.
func (c *cases) read(cond *Cond) error {
	config := c.scope.config()
	tree, err := parser.ParseWithConfig(cond.src, config)
	if err != nil {
		return oneLine(err)
	}
	r := resolver{scope: c.scope, config: config, used: make([]bool, len(c.scope.decls))}
	c.trees[cond], err = r.resolve(tree.Node)
	return err
}

// survey notes what a condition compares texts with, and what it counts from
// dates: there lie the values that can make a difference.
func (c *cases) survey(n ast.Node, from []offset) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		if i, ok := c.overlay[n.Value]; ok {
			c.survey(c.trees[c.rules.overlays[i].is()], from)
		} else if d, ok := c.scope.Decl(n.Value); ok && d.Type == TypeDate {
			if !slices.ContainsFunc(c.shifts[n.Value], func(other []offset) bool { return slices.Equal(other, from) }) {
				c.shifts[n.Value] = append(c.shifts[n.Value], slices.Clone(from))
			}
		}
	case *ast.UnaryNode:
		c.survey(n.Node, from)
	case *ast.ConditionalNode:
		c.survey(n.Cond, nil)
		c.survey(n.Exp1, from)
		c.survey(n.Exp2, from)
	case *ast.CallNode:
		c.surveyCall(n, from)
	case *ast.BinaryNode:
		c.surveyBinary(n, from)
	}
}

func (c *cases) surveyCall(n *ast.CallNode, from []offset) {
	count, isNumber := n.Arguments[1].(*ast.IntegerNode)
	if name := n.Callee.(*ast.IdentifierNode).Value; isNumber && (name == "months" || name == "days") {
		c.survey(n.Arguments[0], append([]offset{{name == "months", count.Value}}, from...))
		return
	}
	c.survey(n.Arguments[0], from)
	c.survey(n.Arguments[1], from)
}

func (c *cases) surveyBinary(n *ast.BinaryNode, from []offset) {
	for _, pair := range [][2]ast.Node{{n.Left, n.Right}, {n.Right, n.Left}} {
		switch other := pair[1].(type) {
		case *ast.IntegerNode: // today - date > 30 counts days, too
			c.survey(pair[0], append([]offset{{false, other.Value}}, from...))
			c.survey(pair[0], append([]offset{{false, -other.Value}}, from...))
		case *ast.StringNode:
			if key, ok := pair[0].(*ast.IdentifierNode); ok {
				c.literals[key.Value] = addNew(c.literals[key.Value], any(other.Value))
			}
		default:
			c.survey(pair[0], from)
		}
	}
}

// valuesOf lists what a step can put under its key.
func (c *cases) valuesOf(s *step) []any {
	d, ok := c.scope.Decl(s.key)
	if !ok {
		return nil
	}
	// Whoever insists may leave out a date, and any part of the form.
	return c.tries(d, s.values, s.optional || s.kind == kindDate || c.index[s.id] > c.verdict)
}

// tries lists the values of a key that can make a difference, with or without
// the absent one.
func (c *cases) tries(d Decl, values []string, absent bool) []any {
	var list []any
	if absent {
		list = append(list, d.absent())
	}
	switch d.Type {
	case TypeChoice:
		for _, value := range values {
			list = addNew(list, any(value))
		}
	case TypeText:
		list = addNew(list, any("x"))
		for _, literal := range c.literals[d.Key] {
			if absent || literal != any("") {
				list = addNew(list, literal)
			}
		}
	case TypeDate:
		for _, shift := range append(c.shifts[d.Key], nil) {
			day := c.today
			for _, o := range slices.Backward(shift) {
				if o.months {
					day = day.AddMonths(-o.n)
				} else {
					day = day.AddDays(-o.n)
				}
			}
			for near := -1; near <= 1; near++ {
				if try := day.AddDays(near); !try.IsZero() && !try.After(c.today) {
					list = addNew(list, any(try.Days()))
				}
			}
		}
	}
	return list
}

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
