package dialog

import (
	"io/fs"
	"slices"
	"strings"
)

// interviewParser puts an interview together from interview.toml, noting
// defects on the way; see the package comment for the grammar.
type interviewParser struct {
	*Interview
	file *tomlFile
}

func (v *Interview) parseInterview(fsys fs.FS, name string) Defects {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return Defects{{File: name, Text: err.Error()}}
	}
	file, top := openTOML(name, src)
	if top == nil {
		return file.defects
	}
	v.lines = file.lines
	p := &interviewParser{Interview: v, file: file}
	if top.integer("version") != 1 {
		top.defect("version", "version = 1 is the one that this program reads")
	}
	for _, row := range top.tables("section") {
		v.sections = append(v.sections, row.needStr("id"))
		if row.boolean("carry") {
			v.carried = append(v.carried, row.str("id"))
		}
		row.done()
	}
	for _, row := range top.tables("link") {
		v.links = append(v.links, link{name: row.needStr("name"), entry: row.needStr("entry")})
		row.done()
	}
	steps := top.tables("step")
	p.declare(top, steps)
	for _, row := range top.tables("define") {
		if err := v.scope.Define(row.needStr("name"), row.needStr("is")); err != nil {
			row.defect("is", "%v", err)
		}
		row.done()
	}
	for _, row := range steps {
		p.step(row)
	}
	for _, row := range top.tables("part") {
		v.parts = append(v.parts, part{id: row.needStr("id"), own: row.boolean("own_message"), when: p.cond(row)})
		row.done()
	}
	p.whole(top)
	for _, row := range top.tables("reminder") {
		p.reminder(row)
	}
	top.done()
	return file.defects
}

// keyOf is the key that a step fills: its own, or its id.
func keyOf(row *tomlTable) string {
	if key := row.str("key"); key != "" {
		return key
	}
	return row.str("id")
}

// declare makes the keys of the form known to the conditions, beside the facts
// and what a verdict gives.
func (p *interviewParser) declare(top *tomlTable, rows []*tomlTable) {
	p.scope = p.rules.VerdictScope()
	for _, row := range rows {
		d := Decl{Key: keyOf(row), Type: TypeText}
		kind := stepKind(row.str("kind"))
		if _, known := p.scope.Decl(d.Key); known || !kind.answers() {
			continue
		}
		switch kind {
		case kindChoice:
			d.Type, d.Values = TypeChoice, row.strs("values")
		case kindDate, kindBirth:
			d.Type = TypeDate
		}
		scope, err := p.scope.With(d)
		if err != nil {
			row.defect("id", "%v", err)
			continue
		}
		p.scope = scope
	}
}

// cond compiles the row's when; nil where it has none.
func (p *interviewParser) cond(row *tomlTable) *Cond {
	src := row.str("when")
	if strings.TrimSpace(src) == "" {
		return nil
	}
	cond, err := p.scope.Compile(src)
	if err != nil {
		row.defect("when", "when = %q: %v", clip(src), err)
	}
	return cond
}

func (p *interviewParser) step(row *tomlTable) {
	s := step{id: row.needStr("id"), key: keyOf(row), section: row.str("section"), kind: stepKind(row.needStr("kind")),
		values: row.strs("values"), when: p.cond(row), optional: row.boolean("optional"), both: row.boolean("form"), gate: row.boolean("gate"), verbatim: row.boolean("verbatim"), careful: row.boolean("careful"),
		story: row.boolean("story"), rough: row.str("rough"), repeat: row.boolean("repeat"), status: row.str("status"), ticket: TicketReason(row.str("ticket")), line: row.line("")}
	row.done()
	if !keyPattern.MatchString(strings.ReplaceAll(s.id, "-", "_")) {
		row.defect("id", "id = %q: an id has small letters, digits, - and _, and begins with a letter", clip(s.id))
	}
	if _, twice := p.index[s.id]; twice {
		row.defect("id", "id = %q stands here a second time; give this step another", s.id)
	}
	if !slices.Contains(knownKinds, s.kind) {
		names := make([]string, len(knownKinds))
		for i, kind := range knownKinds {
			names[i] = string(kind)
		}
		row.defect("kind", "kind = %q is none of %s%s", s.kind, strings.Join(names, ", "), didYouMean(string(s.kind), names))
	}
	if s.section != "" && !slices.Contains(p.sections, s.section) {
		row.defect("section", "section = %q is not declared%s", s.section, didYouMean(s.section, p.sections))
	}
	if (s.kind == kindSave) != (s.status != "") {
		row.defect("status", "a step of kind \"save\" has a status, and no other step has one")
	}
	if !slices.Contains([]TicketReason{"", TicketIntake, TicketUrgent}, s.ticket) {
		row.defect("ticket", "ticket = %q is none of intake, urgent", s.ticket)
	}
	if s.rough != "" && (s.kind != kindDate || s.rough != "earlier" && s.rough != "later") {
		row.defect("rough", "rough = %q: a date has \"earlier\" or \"later\", other steps have none", clip(s.rough))
	}
	if s.story && !slices.Contains([]stepKind{kindChoice, kindDate, kindLine, kindText}, s.kind) {
		row.defect("story", "only a choice, a date, a line or a text can be guessed from a story")
	}
	p.stepFact(row, &s)
	p.index[s.id] = len(p.steps)
	p.steps = append(p.steps, s)
}

// stepFact takes over what the rules say of the step's key.
func (p *interviewParser) stepFact(row *tomlTable, s *step) {
	if !s.kind.answers() {
		return
	}
	if fact := p.rules.fact(s.key); fact != nil {
		s.fact = true
		fits := map[DeclType][]stepKind{TypeChoice: {kindChoice}, TypeDate: {kindDate}, TypeText: {kindText, kindLine}}[fact.Type]
		if !slices.Contains(fits, s.kind) {
			row.defect("kind", "the rules declare the fact %q as a %s, so kind is %q", s.key, fact.Type, fits[0])
		}
		for i, value := range s.values {
			if !slices.Contains(fact.Values, value) {
				row.defect("values", "values[%d] = %q: the fact %q has no such value%s", i, value, s.key, didYouMean(value, fact.Values))
			}
		}
		if len(s.values) == 0 {
			s.values = fact.Values
		}
	}
	if s.kind == kindChoice && len(s.values) < 2 {
		row.defect("values", "a choice has at least two values")
	}
}

// whole checks what only the whole interview shows.
func (p *interviewParser) whole(top *tomlTable) {
	if len(p.steps) == 0 || len(p.steps) > maxSteps {
		top.defect("step", "%d steps: an interview has 1 to %d", len(p.steps), maxSteps)
	}
	for i, s := range p.steps {
		switch {
		case s.kind == kindVerdict && p.verdict < 0:
			p.verdict = i
		case s.kind == kindReview && p.review < 0:
			p.review = i
		case s.kind == kindVerdict || s.kind == kindReview:
			p.file.defects.add(p.file.name, s.line, "an interview has one step of kind %q; take this one out", s.kind)
		case s.fact && p.verdict >= 0:
			p.file.defects.add(p.file.name, s.line, "step %q asks for a fact after the verdict; move it before", s.id)
		}
	}
	if p.verdict < 0 {
		top.defect("step", "there is no step of kind \"verdict\": the enrollee would never be told")
	}
	p.askAgain = p.stepNames(top, "ask_again")
	p.problems = top.strs("problems")
	if len(p.problems) > 0 && (&turn{Interview: p.Interview}).problemStep() == nil {
		top.defect("problems", "no step has the value %q", p.problems[0])
	}
	if p.deadline = top.str("deadline"); p.deadline != "" {
		if d, ok := p.rules.VerdictScope().Decl(p.deadline); !ok || d.Type != TypeDate {
			top.defect("deadline", "deadline = %q: the rules have no date of that name", p.deadline)
		}
	}
	if p.voice = top.str("voice"); p.voice != "" {
		if _, ok := p.index[p.voice]; !ok {
			top.defect("voice", "voice = %q: there is no such step", p.voice)
		}
	}
}

// stepNames reads a list of step ids.
func (p *interviewParser) stepNames(top *tomlTable, key string) []string {
	names := top.strs(key)
	for _, name := range names {
		if _, ok := p.index[name]; !ok {
			top.defect(key, "%s: there is no step %q", key, name)
		}
	}
	return names
}
