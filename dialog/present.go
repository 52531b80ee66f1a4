package dialog

import (
	"maps"
	"slices"
	"strings"
)

// Presented is an intake in the words that the enrollee read, for a page that
// people read. The caller owns its slices.
type Presented struct {
	Lang string // the language of the words: the one asked for, if the interview speaks it
	// Operator is what the sentences call whoever runs the assistant.
	Operator string
	// Filed tells that the intake is filed: nothing here then says that a day
	// to file still stands.
	Filed bool
	// Verdict is the verdict on the intake's facts as of the day asked for; the
	// one that the intake holds is of the day it was stored. It is the zero
	// Verdict, and Paragraphs are none, when no rule holds.
	Verdict    Verdict
	Paragraphs []Paragraph
	// Deadline tells in a sentence which date still stands, or is "".
	Deadline string
	// Sections hold every answer of the intake, in the order of the interview.
	Sections []Section
}

// Paragraph is one part of the verdict: a text, and the lines beneath it of the
// parts "contacts" (a name and a phone number) and "because" (an answer).
type Paragraph struct {
	Part  string
	Text  string
	Lines []Line
}

// Section is a group of answers. The last one may have no ID and no Title: it
// holds what the intake has under keys that this interview does not know.
type Section struct {
	ID, Title string
	Lines     []Line
}

// Line is a name and a value, as people read them. Value is "" when nothing was
// given: skipped, not known, or none; the intake does not tell which.
type Line struct {
	Key, Label, Value string
}

// Options returns what the interview was parsed with.
func (v *Interview) Options() Options { return v.opt }

// LongDate writes a day as an enrollee reads it, and none as "".
func (v *Interview) LongDate(lang string, day Date) string {
	return v.words.longDate(v.language(lang), day)
}

// Present puts an intake into the words of a language, as of a day. Of a
// language that the interview does not speak it gives English, or the first it
// has. Letters are counted, not named.
func (v *Interview) Present(in Intake, lang string, today Date) Presented {
	t := v.reader(in, lang, today)
	defer func() { v.envs.Put(t.env) }()
	t.assess()
	p := Presented{Lang: t.s.Lang, Operator: t.operator(), Filed: t.s.Filed, Verdict: *t.s.Verdict, Sections: t.answers(in)}
	if p.Verdict.Rule == "" {
		return p
	}
	p.Deadline = strings.TrimSpace(t.withDeadline(""))
	blanks := t.blanks()
	for i := range t.parts {
		if part := &t.parts[i]; t.holds(part.when) && !(t.s.Filed && part.filing) {
			if shown, ok := t.presentPart(part, blanks); ok {
				p.Paragraphs = append(p.Paragraphs, shown)
			}
		}
	}
	return p
}

// reader returns a turn that stands where the intake was stored, to read from.
func (v *Interview) reader(in Intake, lang string, today Date) *turn {
	t := &turn{Interview: v, head: Head{At: in.Created, Today: today}, s: State{Lang: v.language(lang), Answers: map[string]Answer{},
		Ref: in.Ref, Status: in.Status, Filed: in.Filed || in.Status == StatusFiled, Created: in.Created, Files: in.Files}}
	for i := range v.steps {
		s := &v.steps[i]
		values := in.Form
		if s.fact {
			values = in.Facts
		}
		if value, given := values[s.key]; given && s.kind.answers() && !s.gate {
			t.s.Answers[s.id] = Answer{}
			if value != nil {
				t.s.Answers[s.id] = Answer{Value: *value}
			}
		}
	}
	t.environment()
	return t
}

// presentPart is one part of the verdict, and whether there is anything to say.
func (t *turn) presentPart(p *part, blanks map[string]any) (Paragraph, bool) {
	out := Paragraph{Part: p.id}
	switch p.id {
	case "rule":
		out.Text = t.word("rule."+t.s.Verdict.Rule, blanks)
	case "contacts":
		for _, c := range t.s.Verdict.Contacts {
			out.Lines = append(out.Lines, Line{Label: t.contactName(c), Value: c.Phone})
		}
	case "because":
		for _, b := range t.s.Verdict.Because {
			for i := range t.steps[:t.verdict] {
				if s := &t.steps[i]; s.fact && s.key == b.Fact {
					out.Lines = append(out.Lines, t.line(s, Answer{Value: b.Value}))
				}
			}
		}
	}
	if p.id == "contacts" || p.id == "because" {
		if len(out.Lines) == 0 {
			return out, false
		}
	}
	if p.id != "rule" {
		out.Text = t.word("verdict."+p.id, blanks)
	}
	return out, out.Text != ""
}

// answers are all answers of the intake, by section.
func (t *turn) answers(in Intake) []Section {
	facts, form := maps.Clone(in.Facts), maps.Clone(in.Form)
	rows := map[string][]Line{}
	for i := range t.steps {
		s := &t.steps[i]
		a, answered := t.s.Answers[s.id]
		if s.fact {
			delete(facts, s.key)
		}
		if !s.fact || s.both {
			delete(form, s.key)
		}
		switch {
		case s.kind == kindFiles && len(t.s.Files) > 0:
			count := t.word("say.files-count", map[string]any{"count": len(t.s.Files)})
			rows[s.section] = append(rows[s.section], Line{Key: s.key, Label: t.sentence(s, "label"), Value: count})
		case answered:
			rows[s.section] = append(rows[s.section], t.line(s, a))
		}
	}
	var list []Section
	for _, id := range t.sections {
		if len(rows[id]) > 0 {
			list = append(list, Section{ID: id, Title: t.word("section."+id, nil), Lines: rows[id]})
		}
	}
	rest := append(strange(facts), strange(form)...)
	if rest = append(rows[""], rest...); len(rest) > 0 {
		list = append(list, Section{Lines: rest})
	}
	return list
}

// line is an answer under the name that the review gives it.
func (t *turn) line(s *step, a Answer) Line {
	line := Line{Key: s.key, Label: t.sentence(s, "label")}
	if a.Value == "" {
		return line
	}
	if line.Value = t.show(s, a); line.Value == "" {
		line.Value = a.Value // a value that this interview does not know
	}
	return line
}

// strange are answers under keys that the interview does not know.
func strange(values map[string]*string) []Line {
	var list []Line
	for _, key := range slices.Sorted(maps.Keys(values)) {
		line := Line{Key: key, Label: key}
		if values[key] != nil {
			line.Value = *values[key]
		}
		list = append(list, line)
	}
	return list
}
