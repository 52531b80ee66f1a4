package dialog

import (
	"fmt"
	"slices"
	"strings"
)

// both proves that a condition can hold, and can fail.
func (c *proofs) both(path, what, idle string, when *Cond, holds func(*world) bool) {
	line := c.at(path)
	condition := "its condition"
	if when != nil {
		condition = fmt.Sprintf("when = %q", clip(strings.Join(strings.Fields(when.src), " ")))
	}
	c.can(interviewFile, line, what, fmt.Sprintf("%s can never hold: %s", condition, idle), holds)
	if when != nil {
		c.can(interviewFile, line, what, condition+" always holds: take it out, or mend it",
			func(w *world) bool { return !w.holds(when) })
	}
}

// reach proves that everything can be reached.
func (c *proofs) reach() {
	for i := range c.steps {
		s := &c.steps[i]
		if s.when != nil {
			c.both(fmt.Sprintf("step[%d].when", i), fmt.Sprintf("step %q", s.id), "the step is never reached; mend it, or take the step out", s.when,
				func(w *world) bool { return w.applies(i) })
		}
	}
	for i := range c.parts {
		p := &c.parts[i]
		c.both(fmt.Sprintf("part[%d].when", i), fmt.Sprintf("part %q", p.id), "the part is never said; mend it, or take the part out", p.when,
			func(w *world) bool { return w.rule() != noRule && w.holds(p.when) && w.fills(p) })
	}
	r := c.rules
	for i := range r.rules {
		c.can(rulesFile, r.rules[i].Line, fmt.Sprintf("rule %q", r.rules[i].ID),
			"the questions that the interview asks never lead to it: ask for the facts it rests on, or take it out",
			func(w *world) bool { return w.rule() == i })
	}
	for i := range r.overlays {
		o := &r.overlays[i]
		c.can(rulesFile, 0, fmt.Sprintf("overlay %q", o.Key), "it never holds, whatever is answered: mend it, or take it out",
			func(w *world) bool { return w.value(o.Key) != any(false) && w.value(o.Key) != any(0) })
	}
	for i := range r.adds {
		c.can(rulesFile, 0, fmt.Sprintf("add_contact %q", r.adds[i].Contact), "it is never given, whatever is answered: mend its condition, or take it out",
			func(w *world) bool { return w.rule() != noRule && w.holds(r.adds[i].When) })
	}
	c.variants()
}

// fills tells whether a part of the verdict has something to say.
func (w *world) fills(p *part) bool {
	rule := &w.rules.rules[w.rule()]
	switch p.id {
	case "contacts":
		return len(rule.contacts) > 0 || slices.ContainsFunc(w.rules.adds, func(a AddContactDecl) bool { return w.holds(a.When) })
	case "because":
		return slices.ContainsFunc(rule.When.keys, func(key string) bool {
			return w.asked(key) >= 0 && w.value(key) != w.scope.defaults[w.scope.byKey[key]]
		})
	}
	return true
}

// variants proves that each variant of a sentence has somebody to be said to.
func (c *proofs) variants() {
	voice, ok := c.index[c.voice]
	if !ok || c.steps[voice].kind != kindChoice {
		return
	}
	tried := map[string]bool{}
	for _, lang := range c.words.languages {
		for _, id := range sortedKeys(c.words.lines[lang]) {
			step, _, _ := strings.Cut(id, ".")
			variant := id[strings.LastIndex(id, "-")+1:]
			i, isStep := c.index[step]
			if what := strings.TrimPrefix(id, step+"."); !isStep || !strings.Contains(what, "-"+variant) || strings.HasPrefix(what, "=") ||
				strings.HasPrefix(what, "~") || !c.voiceHas(variant) || !c.words.has(lang, id) {
				continue
			}
			line := c.words.lines[lang][id]
			if i <= voice {
				c.defects.add(c.words.files[lang], line, "sentence %q: it is asked before %q is answered, so the variant is never said: take it out", id, c.voice)
				continue
			}
			if key := step + "-" + variant; !tried[key] {
				tried[key] = true
				c.can(c.words.files[lang], line, fmt.Sprintf("sentence %q", id), fmt.Sprintf("the step is never reached with %s = %s: take the variant out", c.voice, variant),
					func(w *world) bool { return w.applies(i) && w.applies(voice) && w.is(c.steps[voice].key, variant) })
			}
		}
	}
}

// agree proves that the questions and the rules agree on when a fact counts.
func (c *proofs) agree() {
	for i := range c.steps {
		s := &c.steps[i]
		d := c.rules.fact(s.key)
		if !s.kind.answers() {
			continue
		}
		for _, j := range c.days[0].asking[s.key] {
			if j < i {
				c.never(stale, interviewFile, c.at(fmt.Sprintf("step[%d].when", i)), fmt.Sprintf("step %q", s.id),
					fmt.Sprintf("it asks for %q, and so does the step %q when CASE: let their conditions exclude each other", s.key, c.steps[j].id),
					func(w *world) bool { return w.applies(i) && w.applies(j) })
			}
		}
		if d != nil && d.When != nil {
			c.never(stale, interviewFile, c.at(fmt.Sprintf("step[%d].when", i)), fmt.Sprintf("step %q", s.id),
				fmt.Sprintf("it asks for the fact %q when CASE, and %s allows it only when %s: put that into the step's condition", s.key, rulesFile, strings.Join(strings.Fields(d.When.src), " ")),
				func(w *world) bool { return w.applies(i) && !w.holds(d.When) })
		}
	}
	for i := range c.rules.facts {
		c.enough(&c.rules.facts[i])
	}
	before, last := len(c.defects), c.rules.rules[len(c.rules.rules)-1].Line
	c.never(stale, rulesFile, last, "the rules", "none holds when CASE: add a rule for that", func(w *world) bool { return w.rule() == noRule })
	c.hole = len(c.defects) > before
}

// enough proves that a fact is asked wherever the verdict needs it.
func (c *proofs) enough(d *FactDecl) {
	steps := c.days[0].asking[d.Key]
	if len(steps) == 0 {
		return // noted by order
	}
	line := c.at(fmt.Sprintf("step[%d].when", steps[0]))
	what := fmt.Sprintf("step %q", c.steps[steps[0]].id)
	if d.Required {
		for _, i := range steps {
			if s := &c.steps[i]; s.optional || s.kind == kindDate {
				c.atStep(i, "optional", "it can be left without an answer, and the rules need the fact %q: do not let it be, or take \"required\" from the fact", d.Key)
			}
		}
		c.never(stale, interviewFile, line, what, fmt.Sprintf("the rules need the fact %q, and it is not asked when CASE: let the step apply there", d.Key),
			func(w *world) bool { return w.asked(d.Key) < 0 })
		return
	}
	r := c.rules
	var ends []func(*world) any
	var names []string
	ends, names = append(ends, func(w *world) any { return w.rule() }), append(names, "the rule")
	for i := range r.overlays {
		ends, names = append(ends, func(w *world) any { return w.value(r.overlays[i].Key) }), append(names, fmt.Sprintf("%q", r.overlays[i].Key))
	}
	for i := range r.adds {
		ends, names = append(ends, func(w *world) any { return w.rule() != noRule && w.holds(r.adds[i].When) }), append(names, "the contacts")
	}
	for i, end := range ends {
		before := len(c.defects)
		c.never(told, interviewFile, line, what, fmt.Sprintf("the fact %q is not asked, though %s would hang on it, when CASE: let the step apply there too", d.Key, names[i]),
			func(w *world) bool { return w.changes(d, end) })
		if len(c.defects) > before {
			return // once is enough for one fact
		}
	}
}

// changes tells whether a fact that is not asked would make a difference to an
// end, if it were known.
func (w *world) changes(d *FactDecl, end func(*world) any) bool {
	if w.asked(d.Key) >= 0 || !w.holds(d.When) {
		return false
	}
	values := w.open[d.Key]
	w.left[d.Key] = values[:1]
	without := end(w)
	i := 1 + w.fork(len(values)-1)
	if i >= len(values) {
		return false
	}
	w.left[d.Key], w.ruling = values[i:i+1], notYet
	if end(w) == without {
		return false
	}
	// The others must still be allowed beside it.
	return !slices.ContainsFunc(w.rules.facts, func(other FactDecl) bool {
		return other.When != nil && slices.Contains(other.When.keys, d.Key) &&
			w.value(other.Key) != w.scope.defaults[w.scope.byKey[other.Key]] && !w.holds(other.When)
	})
}

// ends proves that every verdict leads to an end, and that nothing that was
// answered gets lost on the way there.
func (c *proofs) ends() {
	for _, outcome := range c.rules.outcomes {
		c.never(stale, interviewFile, c.at(fmt.Sprintf("step[%d]", c.verdict)), fmt.Sprintf("outcome %q", outcome.ID),
			"nothing follows the verdict when CASE: add a note, a save or a question for it",
			func(w *world) bool {
				return w.rule() != noRule && w.rules.rules[w.rule()].Outcome == outcome.ID && !slices.ContainsFunc(w.later(w.verdict+1), w.applies)
			})
	}
	for i := c.verdict + 1; i < len(c.steps); i++ {
		s := &c.steps[i]
		saves := func(w *world) bool {
			return slices.ContainsFunc(w.later(i+1), func(j int) bool { return w.steps[j].kind == kindSave && w.applies(j) })
		}
		line, what := c.at(fmt.Sprintf("step[%d].when", i)), fmt.Sprintf("step %q", s.id)
		if s.kind.answers() || s.kind == kindFiles {
			c.never(stale, interviewFile, line, what, "its answer is not saved when CASE: let a step of kind \"save\" come after it there",
				func(w *world) bool { return w.rule() != noRule && w.applies(i) && !saves(w) })
		}
		if s.kind == kindSave && c.review >= 0 && s.status != statusDraft {
			c.never(stale, interviewFile, line, what, "it saves the form without a review before it when CASE: let the review apply there, or save a draft",
				func(w *world) bool {
					return w.rule() != noRule && w.applies(i) && (c.review > i || !w.applies(c.review))
				})
		}
	}
}

// later lists the steps from one on.
func (c *cases) later(from int) []int {
	list := make([]int, 0, len(c.steps))
	for i := from; i < len(c.steps); i++ {
		list = append(list, i)
	}
	return list
}
