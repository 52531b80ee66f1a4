package dialog

import (
	"fmt"
	"slices"

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
