package dialog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The files of an interview, as defects name them.
const (
	interviewFile = "interview.toml"
	rulesFile     = "rules.toml"
	othersFile    = "other_languages.toml"
)

// Proof counts what Prove has proved.
type Proof struct {
	Languages  int `json:"languages"`
	Steps      int `json:"steps"`
	Conditions int `json:"conditions"` // of steps, rules, facts, dates and parts of the verdict
	Rules      int `json:"rules"`
	Parts      int `json:"parts"` // of the verdict
	Words      int `json:"words"` // by which answers and commands are understood
	Cases      int `json:"cases"` // ways in which the answers can fall that were tried
}

// Check is Prove without its figures. The error is a Defects.
func (v *Interview) Check(today Date) error {
	_, err := v.Prove(today)
	return err
}

// Prove proves what Parse cannot see. With the rules' own Check it shows that
//
//   - every step can be asked, every part of the verdict and every variant of a
//     sentence said, every rule reached by the questions that are asked, and
//     every condition both hold and fail;
//   - a condition rests on what is known when it is looked at;
//   - a fact is asked only where the rules allow it, always where they need it,
//     and never left out where it would change the verdict;
//   - some rule holds whatever is answered, something follows every verdict,
//     and no answer to the form is left unsaved or unseen on the review;
//   - every reply that is a word of a list is understood in one way only, and
//     every button can be told from those beside it.
//
// It looks at today and at the fifteenth of its month, since on some days
// ("31 August") no month before has the day that a condition asks for. The error
// is a Defects: everything that is wrong, and each proof that was given up after
// maxTries cases.
func (v *Interview) Prove(today Date) (Proof, error) {
	c := &proofs{Interview: v}
	c.structure()
	c.language()
	// Conditions that look ahead would make the cases mean nothing.
	if c.order() && c.prepare(today) {
		c.reach()
		c.agree()
		c.ends()
	}
	c.table(today)
	proof := Proof{Languages: len(v.words.languages), Steps: len(v.steps), Conditions: len(v.conditions()),
		Rules: len(v.rules.rules), Parts: len(v.parts), Words: c.counted}
	for _, day := range c.days {
		proof.Cases += day.tried
	}
	return proof, c.defects.Err()
}

// prepare makes the cases of the days ready.
func (c *proofs) prepare(today Date) bool {
	for _, day := range addNew([]Date{today}, Date{today.Year, today.Month, 15}) {
		cases, err := c.newCases(day)
		if err != nil {
			c.defects.add(interviewFile, 0, "%v", err)
			return false
		}
		c.days = append(c.days, cases)
	}
	return true
}

// proofs is one run of Prove.
type proofs struct {
	*Interview
	days    []*cases
	defects Defects
	counted int  // words
	hole    bool // some answers have no rule
}

// table is the rules' own Check. A case without a rule that the questions lead
// to was noted already, with its line.
func (c *proofs) table(today Date) {
	err := c.rules.Check(rulesFile, today)
	if err == nil {
		return
	}
	for _, d := range asDefects(rulesFile, err) {
		if !c.hole || !strings.HasPrefix(d.Text, "no rule holds") {
			c.defects = append(c.defects, d)
		}
	}
}

// at is the line of a key of interview.toml ("step[2].when"), or of its table.
func (c *proofs) at(path string) int {
	if line, ok := c.lines[path]; ok {
		return line
	}
	if dot := strings.LastIndexByte(path, '.'); dot > 0 {
		return c.lines[path[:dot]]
	}
	return 0
}

// atStep notes a defect at a key of a step, or at the step ("").
func (c *proofs) atStep(i int, key, format string, args ...any) {
	path := fmt.Sprintf("step[%d]", i)
	if key != "" {
		path += "." + key
	}
	c.defects.add(interviewFile, c.at(path), "step %q: %s", c.steps[i].id, fmt.Sprintf(format, args...))
}

// structure finds what needs no cases.
func (c *proofs) structure() {
	seen := map[string]bool{}
	for i, p := range c.parts {
		if seen[p.id] {
			c.defects.add(interviewFile, c.at(fmt.Sprintf("part[%d]", i)), "the part %q stands here a second time: take one out", p.id)
		}
		seen[p.id] = true
	}
	if !seen["rule"] {
		c.defects.add(interviewFile, c.at(fmt.Sprintf("step[%d]", c.verdict)), "no [[part]] has the id \"rule\": the enrollee would not hear what the rules say; add one")
	}
	if len(c.rules.contacts) > 0 && !seen["contacts"] {
		c.defects.add(interviewFile, c.at(fmt.Sprintf("step[%d]", c.verdict)), "the rules have contacts, and no [[part]] has the id \"contacts\": the enrollee would not hear whom to call; add one")
	}
	for i := range c.steps {
		c.structureOf(i)
	}
	c.lists()
}

// structureOf looks at one step.
func (c *proofs) structureOf(i int) {
	s := &c.steps[i]
	if c.review >= 0 && s.section == "" && !s.gate && (s.kind.answers() || s.kind == kindFiles) {
		c.atStep(i, "id", "its answer would not be seen on the review: give it a section (%s)", strings.Join(c.sections, ", "))
	}
	if s.gate && !slices.ContainsFunc(c.steps[i+1:], func(later step) bool { return later.when != nil && slices.Contains(later.when.keys, s.key) }) {
		c.atStep(i, "gate", "it is a gate, and no later condition names %q: use its answer, or take the step out", s.key)
	}
	for _, flag := range []struct {
		name string
		set  bool
		fits bool
		who  string
	}{
		{"optional", s.optional, s.kind.answers() || s.kind == kindFiles, "a step that asks"},
		{"repeat", s.repeat, s.kind == kindNote, "a note"},
		{"form", s.both, s.fact, "a fact of the rules"},
		{"gate", s.gate, s.kind.answers() && !s.fact, "a question that is no fact"},
		{"verbatim", s.verbatim, s.kind.asks(), "a step that asks"},
		{"ticket", s.ticket != "", s.kind == kindSave || s.kind == kindVerdict, "a save or the verdict"},
		{"values", len(s.values) > 0, s.kind == kindChoice, "a choice"},
	} {
		if flag.set && !flag.fits {
			c.atStep(i, flag.name, "%s is for %s only, and would do nothing here: take it out", flag.name, flag.who)
		}
	}
}

// lists looks at what names steps and sections from outside.
func (c *proofs) lists() {
	for i, section := range c.sections {
		if !slices.ContainsFunc(c.steps, func(s step) bool { return s.section == section }) {
			c.defects.add(interviewFile, c.at(fmt.Sprintf("section[%d]", i)), "no step is in the section %q: take it out", section)
		}
	}
	for _, id := range c.askAgain {
		i := c.index[id]
		if k := c.steps[i].kind; i > c.verdict || k != kindDate && k != kindChoice {
			c.defects.add(interviewFile, c.at("ask_again"), "ask_again names %q: only a choice or a date before the verdict can change it; take it out", id)
		}
	}
	if c.voice != "" && c.steps[c.index[c.voice]].kind != kindChoice {
		c.defects.add(interviewFile, c.at("voice"), "voice names %q, which is no choice: only the values of a choice pick a variant of a sentence", c.voice)
	}
	if s := (&turn{Interview: c.Interview}).problemStep(); s != nil {
		for _, value := range s.values {
			if !slices.Contains(c.problems, value) {
				c.defects.add(interviewFile, c.at("problems"), "problems lacks %q of the step %q: put it where its gravity belongs", value, s.id)
			}
		}
		for _, value := range c.problems {
			if !slices.Contains(s.values, value) {
				c.defects.add(interviewFile, c.at("problems"), "problems has %q, and the step %q has no such value%s", value, s.id, didYouMean(value, s.values))
			}
		}
	}
}

// order finds conditions that name what is not known yet when they are looked
// at, and facts that no step asks for. It returns false when there is any of
// the first.
func (c *proofs) order() bool {
	before := len(c.defects)
	given := map[string]bool{} // by the verdict
	for _, key := range []string{"rule", "outcome", "then"} {
		given[key] = true
	}
	for _, o := range c.rules.overlays {
		given[o.Key] = true
	}
	first := map[string]int{}
	for i := range c.steps {
		if s := &c.steps[i]; s.kind.answers() {
			if _, known := first[s.key]; !known {
				first[s.key] = i
			}
		}
	}
	look := func(path, what string, when *Cond, i int, verdict bool) {
		if when == nil {
			return
		}
		for _, key := range when.keys {
			asked, isAsked := first[key]
			trouble := ""
			switch {
			case given[key] && !verdict:
				trouble = "which only the verdict gives: move it behind the verdict, or name an answer"
			case given[key]:
			case !isAsked:
				trouble = "and no step asks for it: add a step, or take it out of the condition"
			case asked >= i:
				trouble = fmt.Sprintf("which is asked only by the step %q: move that step before, or change the condition", c.steps[asked].id)
			}
			if trouble != "" {
				c.defects.add(interviewFile, c.at(path), "%s: its condition names %q, %s", what, key, trouble)
			}
		}
	}
	for i := range c.steps {
		look(fmt.Sprintf("step[%d].when", i), fmt.Sprintf("step %q", c.steps[i].id), c.steps[i].when, i, i > c.verdict)
	}
	for i, p := range c.parts {
		look(fmt.Sprintf("part[%d].when", i), fmt.Sprintf("part %q", p.id), p.when, c.verdict, true)
	}
	sound := len(c.defects) == before
	for i := range c.rules.facts {
		if d := &c.rules.facts[i]; first[d.Key] == 0 && (c.steps[0].key != d.Key || !c.steps[0].kind.answers()) {
			c.defects.add(rulesFile, d.Line, "no step asks for the fact %q: add a step to %s, or take the fact out", d.Key, interviewFile)
		}
	}
	return sound
}

// some looks for a case of the goal on any of the days, nil when there is none
// on all of them. It returns false when a proof was given up, and notes that.
func (c *proofs) some(as way, file string, line int, what string, goal func(*world) bool) (*world, bool) {
	for _, day := range c.days {
		w, err := day.find(as, goal)
		if errors.Is(err, errTooMany) {
			c.defects.add(file, line, "%s: %v, too many to prove anything; make its condition simpler", what, err)
			return nil, false
		}
		if w != nil {
			return w, true
		}
	}
	return nil, true
}

// can notes the defect when no case of the goal is found.
func (c *proofs) can(file string, line int, what, trouble string, goal func(*world) bool) {
	if w, told := c.some(fresh, file, line, what, goal); told && w == nil {
		c.defects.add(file, line, "%s: %s", what, trouble)
	}
}

// never notes the defect, with the case, when one of the goal is found.
func (c *proofs) never(as way, file string, line int, what, trouble string, goal func(*world) bool) {
	if w, _ := c.some(as, file, line, what, goal); w != nil {
		c.defects.add(file, line, "%s: %s", what, strings.ReplaceAll(trouble, "CASE", w.describe()))
	}
}
