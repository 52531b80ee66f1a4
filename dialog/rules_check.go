package dialog

import (
	"fmt"
	"slices"
	"strings"
)

// maxCases bounds the cases that Check tries: some seconds of work.
const maxCases = 3_000_000

// Check proves what parsing cannot see: that every rule can fire, that some
// rule holds in every case, and that no contact and no outcome is left
// over. It tries every allowed combination of the facts that the rules
// rest on; for a date it tries none, today, and the days around every number in
// the conditions, read as days and as months before today (and after it, where
// the date may lie in the future). The error is a Defects; rules with more than
// maxCases combinations are one too.
func (r *Rules) Check(file string, today Date) error {
	c := prover{Rules: r, env: r.scope.Env(Facts{}, today), fired: make([]bool, len(r.rules))}
	c.plan(today)
	var ds Defects
	c.try(0)
	if c.tried > maxCases {
		ds.add(file, 0, "more than %d cases: too many to prove anything; split the rules", maxCases)
		return ds
	}
	for i, fired := range c.fired {
		if !fired {
			ds.add(file, r.rules[i].Line, "rule %q can never fire: it never holds, or an earlier rule decides first", r.rules[i].ID)
		}
	}
	if c.hole != "" {
		ds.add(file, 0, "no rule holds for %s", c.hole)
	}
	r.unused(file, &ds)
	return ds.Err()
}

// prover tries cases.
type prover struct {
	*Rules
	env    *Env
	facts  []*FactDecl // the rules rest on, in order
	values [][]string  // of each: what to try; "" is absent
	tried  int
	fired  []bool
	hole   string // the first case that no rule holds for
}

// plan chooses the facts and their values.
func (c *prover) plan(today Date) {
	needed := map[string]bool{}
	numbers := []int{0}
	for i := range c.rules {
		numbers = addNew(numbers, c.rules[i].When.days...)
		for _, key := range c.rules[i].When.keys {
			needed[key] = true
		}
	}
	for i := len(c.Rules.facts) - 1; i >= 0; i-- { // a condition names earlier facts only
		if d := &c.Rules.facts[i]; needed[d.Key] && d.When != nil {
			for _, key := range d.When.keys {
				needed[key] = true
			}
		}
	}
	for i := range c.Rules.facts {
		if d := &c.Rules.facts[i]; needed[d.Key] {
			c.facts = append(c.facts, d)
			c.values = append(c.values, d.tries(today, numbers))
		}
	}
}

// tries lists the values that can make a difference.
func (d *FactDecl) tries(today Date, numbers []int) []string {
	var values []string
	if !d.Required && !slices.Contains(d.Values, unknownValue) {
		values = append(values, "") // else absent is the same as unknown, or an error
	}
	switch d.Type {
	case TypeChoice:
		return append(values, d.Values...)
	case TypeText:
		return append(values, "x")
	}
	for _, n := range numbers {
		for _, day := range []Date{today.AddDays(-n), today.AddMonths(-n), today.AddDays(n), today.AddMonths(n)} {
			for _, near := range []Date{day.AddDays(-1), day, day.AddDays(1)} {
				if !d.Past || !near.After(today) {
					values = addNew(values, near.String())
				}
			}
		}
	}
	return values
}

// try gives the facts from the i-th on all their values.
func (c *prover) try(i int) {
	if i == len(c.facts) {
		c.decide()
		return
	}
	d := c.facts[i]
	if d.When != nil && !d.When.Holds(c.env) {
		c.try(i + 1)
		return
	}
	for _, value := range c.values[i] {
		if c.tried > maxCases || !c.follows(d, value) {
			continue
		}
		c.env.set(d.Key, value)
		c.try(i + 1)
	}
	c.env.set(d.Key, "")
}

// follows keeps a date from lying before the one it must follow.
func (c *prover) follows(d *FactDecl, value string) bool {
	if d.NotBefore == "" || value == "" {
		return true
	}
	day, err := ParseDate(value)
	return err == nil && day.Days() >= c.env.vals[d.NotBefore].(int)
}

func (c *prover) decide() {
	c.tried++
	if i := c.deciding(c.env); i >= 0 {
		c.fired[i] = true
	} else if c.hole == "" {
		c.hole = c.describe()
	}
}

// describe writes the case at hand for people.
func (c *prover) describe() string {
	var parts []string
	for _, d := range c.facts {
		value := c.env.vals[d.Key]
		if days, isDay := value.(int); isDay {
			value = FromDays(days)
		}
		parts = append(parts, fmt.Sprintf("%s=%v", d.Key, value))
	}
	return strings.Join(parts, " ")
}

// unused notes what nothing refers to: most often a slip in the rule that should.
func (r *Rules) unused(file string, ds *Defects) {
	for _, contact := range r.contacts {
		named := slices.ContainsFunc(r.rules, func(d RuleDecl) bool { return slices.Contains(d.Contacts, contact.ID) }) ||
			slices.ContainsFunc(r.adds, func(d AddContactDecl) bool { return d.Contact == contact.ID })
		if !named {
			ds.add(file, 0, "the contact %q is never given", contact.ID)
		}
	}
	for _, outcome := range r.outcomes {
		if !slices.ContainsFunc(r.rules, func(d RuleDecl) bool { return d.Outcome == outcome.ID || d.Then == outcome.ID }) {
			ds.add(file, 0, "no rule has the outcome %q", outcome.ID)
		}
	}
}
