package dialog

import (
	"fmt"
	"slices"
	"strings"
)

// RulesVersion is the version of the rules' grammar that ParseRules reads.
const RulesVersion = 1

// Bounds of a rules file: a table longer than this is not read by people.
const (
	maxRules    = 500
	maxIDLength = 64
)

// ParseRules reads a rules file (TOML; file is its name in defects). All that
// is wrong with it comes back as one Defects, each with its line. The grammar:
//
//	version = 1
//	[[mark]]        id, means: how far a source was verified
//	[[outcome]]     id, means
//	[[contact]]     id, name, phone, sources, note
//	[[fact]]        key, type ("choice", "date", "text"), values (of a choice),
//	                required, when (condition: it may be given only then; may
//	                use the facts before it), past (of a date: not after today),
//	                not_before (key of the date before it in the file that may
//	                not lie after it), sources, note
//	[[define]]      name, is (condition), note; may use those before it
//	[[rule]]        id, when, outcome, then (outcome that follows later),
//	                contacts (ids, in the order to call), sources, note
//	[[overlay]]     key, type ("date", "flag"), is (day or condition), sources
//	                (cited when there is a day, or the flag holds), note; may use
//	                the overlays before it, and rule, outcome and then
//	[[add_contact]] contact (id), when, place ("first" or "last", against the
//	                rule's own contacts), sources, note; may use all of these
//
// The first rule that holds decides. An id may stand in several rules if they
// follow one another: one row of the table with several outcomes. Sources are
// written as [{ cite = "…", mark = "…" }]; every rule needs one. Conditions and
// days are what Scope describes.
func ParseRules(file string, src []byte) (*Rules, error) {
	f, top := openTOML(file, src)
	if top == nil {
		return nil, f.defects.Err()
	}
	p := rulesParser{Rules: &Rules{}, top: top}
	if v := top.integer("version"); v != RulesVersion {
		top.defect("version", "version = %d: this program reads version = %d", v, RulesVersion)
	}
	p.parseMarks()
	p.parseOutcomes()
	p.parseContacts()
	p.parseFacts()
	p.parseDefines()
	p.parseRules()
	p.parseOverlays()
	p.parseAdds()
	top.done()
	if err := f.defects.Err(); err != nil {
		return nil, err
	}
	return p.Rules, nil
}

type rulesParser struct {
	*Rules
	top *tomlTable
}

// rows reads one of the file's lists, which is never longer than maxRules.
func (p *rulesParser) rows(name string) []*tomlTable {
	rows := p.top.tables(name)
	if len(rows) > maxRules {
		rows[maxRules].defect("", "%d times [[%s]]: at most %d", len(rows), name, maxRules)
		rows = rows[:maxRules]
	}
	return rows
}

// id reads the name of a row, which no row of the list has yet.
func (p *rulesParser) id(t *tomlTable, key string, taken func(string) bool) string {
	id := t.needStr(key)
	switch {
	case id == "":
	case len(id) > maxIDLength || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "":
		t.defect(key, "%s = %q: small letters, digits, - and _ only, at most %d", key, clip(id), maxIDLength)
	case taken(id):
		t.defect(key, "%s = %q stands there twice", key, id)
	}
	return id
}

func (p *rulesParser) parseMarks() {
	for _, t := range p.rows("mark") {
		m := MarkDecl{ID: t.needStr("id"), Means: t.needStr("means")}
		if slices.Contains(p.markIDs(), m.ID) {
			t.defect("id", "id = %q stands there twice", clip(m.ID))
		}
		t.done()
		p.marks = append(p.marks, m)
	}
}

func (p *rulesParser) markIDs() []string {
	return idsOf(p.marks, func(m MarkDecl) string { return m.ID })
}

func (p *rulesParser) parseOutcomes() {
	for _, t := range p.rows("outcome") {
		taken := func(id string) bool { return slices.Contains(p.outcomeIDs(), id) }
		o := OutcomeDecl{ID: p.id(t, "id", taken), Means: t.needStr("means")}
		t.done()
		p.outcomes = append(p.outcomes, o)
	}
	if len(p.outcomes) == 0 {
		p.top.defect("", "no [[outcome]]: the rules could decide nothing")
	}
}

func (p *rulesParser) outcomeIDs() []string {
	return idsOf(p.outcomes, func(o OutcomeDecl) string { return o.ID })
}

func (p *rulesParser) parseContacts() {
	for _, t := range p.rows("contact") {
		taken := func(id string) bool { return p.contact(id) != nil }
		c := ContactDecl{ID: p.id(t, "id", taken), Note: t.str("note"), Line: t.line(""), Sources: p.sources(t, true)}
		c.Name, c.Phone = t.needStr("name"), t.needStr("phone")
		t.done()
		p.contacts = append(p.contacts, c)
	}
}

func (p *rulesParser) contact(id string) *ContactDecl {
	for i := range p.contacts {
		if p.contacts[i].ID == id {
			return &p.contacts[i]
		}
	}
	return nil
}

// named returns the contact of that id, or notes that there is none.
func (p *rulesParser) named(t *tomlTable, key, id string) *ContactDecl {
	c := p.contact(id)
	if c == nil && id != "" {
		ids := idsOf(p.contacts, func(c ContactDecl) string { return c.ID })
		t.defect(key, "there is no contact %q%s", clip(id), didYouMean(id, ids))
	}
	return c
}

// sources reads a row's sources; need asks for at least one.
func (p *rulesParser) sources(t *tomlTable, need bool) []Source {
	var list []Source
	for _, s := range t.tables("sources") {
		source := Source{Cite: s.needStr("cite"), Mark: s.needStr("mark")}
		if ids := p.markIDs(); source.Mark != "" && !slices.Contains(ids, source.Mark) {
			s.defect("mark", "mark = %q is none of the declared marks (%s)", clip(source.Mark), strings.Join(ids, ", "))
		}
		s.done()
		list = append(list, source)
	}
	if need && len(list) == 0 {
		t.defect("", "no source: write where this comes from, as in sources = [{ cite = \"…\", mark = \"…\" }]")
	}
	return list
}

func (p *rulesParser) parseFacts() {
	p.scope = &Scope{}
	for _, t := range p.rows("fact") {
		d := FactDecl{Note: t.str("note"), Required: t.boolean("required"), Line: t.line(""), Sources: p.sources(t, false)}
		d.Decl = Decl{Key: t.needStr("key"), Type: DeclType(t.needStr("type")), Values: t.strs("values")}
		d.Past, d.NotBefore = t.boolean("past"), t.str("not_before")
		if d.Type == TypeFlag {
			t.defect("type", "a fact is a choice, a date or a text; a yes or no is a choice")
		}
		if d.Type != TypeDate && (d.Past || d.NotBefore != "") {
			t.defect("key", "past and not_before are for dates only")
		}
		if t.str("when") != "" {
			d.When = p.cond(p.scope, t, "when")
		}
		if d.NotBefore != "" {
			if first, ok := p.scope.Decl(d.NotBefore); !ok || first.Type != TypeDate {
				t.defect("not_before", "not_before = %q is no date among the facts before this one", clip(d.NotBefore))
			}
		}
		p.scope = p.declare(p.scope, t, d.Decl)
		t.done()
		p.facts = append(p.facts, d)
	}
	if len(p.facts) == 0 {
		p.top.defect("", "no [[fact]]: the rules would have nothing to rest on")
	}
}

// declare adds a key to a scope, or notes why it cannot be.
func (p *rulesParser) declare(s *Scope, t *tomlTable, d Decl) *Scope {
	if d.Key == "" || d.Type == "" {
		return s // noted as missing
	}
	if slices.Contains(verdictKeys, d.Key) {
		t.defect("key", "key = %q: every verdict has this key already", d.Key)
		return s
	}
	next, err := s.With(d)
	if err != nil {
		t.defect("key", "%v", err)
		return s
	}
	return next
}

// cond reads a condition that must be there.
func (p *rulesParser) cond(s *Scope, t *tomlTable, key string) *Cond {
	src := t.needStr(key)
	if src == "" {
		return nil
	}
	cond, err := s.Compile(src)
	if err != nil {
		t.defect(key, "%s: %v", key, err)
	}
	return cond
}

func (p *rulesParser) parseDefines() {
	for _, t := range p.rows("define") {
		d := DefineDecl{Name: t.needStr("name"), Is: t.needStr("is"), Note: t.str("note")}
		if d.Name != "" && d.Is != "" {
			if slices.Contains(verdictKeys, d.Name) {
				t.defect("name", "name = %q: every verdict has this key", d.Name)
			} else if err := p.scope.Define(d.Name, d.Is); err != nil {
				t.defect("is", "define %s: %v", clip(d.Name), err)
			}
		}
		t.done()
		p.defines = append(p.defines, d)
	}
}

func (p *rulesParser) parseRules() {
	for _, t := range p.rows("rule") {
		d := RuleDecl{Note: t.str("note"), Line: t.line(""), Sources: p.sources(t, true), Contacts: t.strs("contacts")}
		d.ID = p.id(t, "id", func(id string) bool {
			ids := p.ruleIDs()
			return slices.Contains(ids, id) && ids[len(ids)-1] != id
		})
		d.Outcome, d.Then = p.outcome(t, "outcome", t.needStr("outcome")), p.outcome(t, "then", t.str("then"))
		d.When = p.cond(p.scope, t, "when")
		d.sources = addNew(d.sources, d.Sources...)
		for i, id := range d.Contacts {
			key := fmt.Sprintf("contacts[%d]", i)
			if slices.Contains(d.Contacts[:i], id) {
				t.defect(key, "the contact %q stands there twice", clip(id))
			}
			if c := p.named(t, key, id); c != nil {
				d.contacts = append(d.contacts, c.Contact)
				d.sources = addNew(d.sources, c.Sources...)
			}
		}
		t.done()
		p.rules = append(p.rules, d)
	}
	if len(p.rules) == 0 {
		p.top.defect("", "no [[rule]]")
	}
}

func (p *rulesParser) ruleIDs() []string {
	return idsOf(p.rules, func(d RuleDecl) string { return d.ID })
}

// outcome checks the name of an outcome; "" is checked elsewhere.
func (p *rulesParser) outcome(t *tomlTable, key, id string) string {
	if ids := p.outcomeIDs(); id != "" && !slices.Contains(ids, id) {
		t.defect(key, "%s = %q is not declared%s", key, clip(id), didYouMean(id, ids))
	}
	return id
}

// parseOverlays makes the verdict's scope, one overlay after the other.
func (p *rulesParser) parseOverlays() {
	p.verdict = p.scope
	outcomes := slices.DeleteFunc(addNew(nil, p.outcomeIDs()...), isEmpty)
	rules := slices.DeleteFunc(addNew(nil, p.ruleIDs()...), isEmpty)
	if len(outcomes) > 0 && len(rules) > 0 {
		found, err := p.scope.With(Decl{Key: "rule", Type: TypeChoice, Values: rules},
			Decl{Key: "outcome", Type: TypeChoice, Values: outcomes},
			Decl{Key: "then", Type: TypeChoice, Values: outcomes})
		if err != nil {
			p.top.defect("", "%v", err)
		} else {
			p.verdict = found
		}
	}
	for _, t := range p.rows("overlay") {
		d := OverlayDecl{Key: t.needStr("key"), Type: DeclType(t.needStr("type")), Note: t.str("note"), Sources: p.sources(t, false)}
		switch d.Type {
		case TypeFlag:
			d.Flag = p.cond(p.verdict, t, "is")
		case TypeDate:
			d.Day = p.day(p.verdict, t, "is")
		default:
			t.str("is")
			t.defect("type", "type = %q: an overlay is a date or a flag", clip(string(d.Type)))
			d.Type = ""
		}
		p.verdict = p.declare(p.verdict, t, Decl{Key: d.Key, Type: d.Type})
		t.done()
		p.overlays = append(p.overlays, d)
	}
}

func isEmpty(s string) bool { return s == "" }

// day reads an expression for a day that must be there.
func (p *rulesParser) day(s *Scope, t *tomlTable, key string) *Day {
	src := t.needStr(key)
	if src == "" {
		return nil
	}
	day, err := s.CompileDay(src)
	if err != nil {
		t.defect(key, "%s: %v", key, err)
	}
	return day
}

func (p *rulesParser) parseAdds() {
	for _, t := range p.rows("add_contact") {
		d := AddContactDecl{Contact: t.needStr("contact"), Note: t.str("note"), Sources: p.sources(t, false)}
		d.When = p.cond(p.verdict, t, "when")
		switch place := t.needStr("place"); place {
		case "first":
			d.First = true
		case "last", "":
		default:
			t.defect("place", "place = %q: it is \"first\" or \"last\"", clip(place))
		}
		d.sources = addNew(d.sources, d.Sources...)
		if c := p.named(t, "contact", d.Contact); c != nil {
			d.contact = c.Contact
			d.sources = addNew(d.sources, c.Sources...)
		}
		t.done()
		p.adds = append(p.adds, d)
	}
}

func idsOf[T any](list []T, id func(T) string) []string {
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = id(list[i])
	}
	return ids
}
