package dialog

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Screen is something that an enrollee may read, put together as it is said,
// for whoever judges its words.
type Screen struct {
	// ID names it: "coverage" for a question with why it is asked,
	// "coverage-parent" for its variant, else the sentence ("rule.urgent").
	ID   string
	File string // within the interview's folder
	Line int    // from 1, of the sentence it begins with
	Text string // plain text; its blanks hold examples
	// Short tells a button, a label or a name: too short for a reading level.
	Short bool
	// Example tells an example of an answer, said with its question.
	Example bool
}

// Screens returns all that is said in one of Languages, in the order of its
// file: each question with its reason, each example, each rule and part of the
// verdict, each sentence of the engine, each button and label. The caller owns
// the slice. Of a language that the interview does not speak it returns nil.
func (v *Interview) Screens(lang string) []Screen {
	if !slices.Contains(v.words.languages, lang) {
		return nil
	}
	var list []Screen
	blanks := v.examples(lang)
	say := func(id string) string { return v.words.say(lang, id, blanks) }
	for _, id := range v.words.sentences(lang) {
		if _, words := v.words.lists[lang][id]; words || strings.HasPrefix(id, "date.") || strings.HasPrefix(id, "contact.") {
			continue
		}
		step, what, _ := strings.Cut(id, ".")
		i, isStep := v.index[step]
		text, name := say(id), id
		switch {
		case isStep && v.steps[i].kind.asks() && (what == "why" || strings.HasPrefix(what, "why-")):
			continue // with the question
		case isStep && v.steps[i].kind.asks() && strings.HasPrefix(what, "ask"):
			variant := strings.TrimPrefix(what, "ask")
			name = step + variant
			text += v.reason(step, variant, say)
		case isStep && strings.HasPrefix(what, "example"): // said with the question, to a reply that was not understood
			variant := strings.TrimPrefix(what, "example")
			text = say("say.miss") + "\n" + text + "\n\n" + say(step+".ask"+variant) + v.reason(step, variant, say)
		}
		short := step == "button" || step == "section" || what == "label" || strings.HasPrefix(what, "=") || strings.HasPrefix(what, "label-") ||
			slices.Contains(pieces, id)
		list = append(list, Screen{ID: name, File: v.words.files[lang], Line: v.words.lines[lang][id], Text: text, Short: short,
			Example: isStep && strings.HasPrefix(what, "example")})
	}
	for i := range v.rules.contacts {
		list = append(list, v.contactScreen(lang, &v.rules.contacts[i]))
	}
	slices.SortStableFunc(list, func(a, b Screen) int {
		if a.File != b.File {
			return strings.Compare(a.File, b.File)
		}
		return a.Line - b.Line
	})
	return list
}

// pieces are parts of other sentences.
var pieces = []string{"say.our-team", "say.skipped", "say.so-far", "say.progress", "say.files-count"}

// reason is why a question is asked, as a paragraph of its own.
func (v *Interview) reason(step, variant string, say func(string) string) string {
	for _, id := range []string{step + ".why" + variant, step + ".why"} {
		if why := say(id); why != "" {
			return "\n\n" + why
		}
	}
	return ""
}

// contactScreen is the line of a contact in the verdict.
func (v *Interview) contactScreen(lang string, c *ContactDecl) Screen {
	s := Screen{ID: "contact." + c.ID, File: rulesFile, Line: c.Line, Short: true, Text: "• " + c.Name + ": " + c.Phone}
	if name := v.words.say(lang, s.ID, nil); name != "" {
		s.File, s.Line, s.Text = v.words.files[lang], v.words.lines[lang][s.ID], "• "+name+": "+c.Phone
	}
	return s
}

// OtherScreens returns the one line that is said in each language that the
// interview does not speak; its ID is the language's code.
func (v *Interview) OtherScreens() []Screen {
	list := make([]Screen, len(v.others))
	for i, o := range v.others {
		list[i] = Screen{ID: o.code, File: othersFile, Line: o.line, Text: o.say}
	}
	return list
}

// examples fills every blank that sentences may have.
func (v *Interview) examples(lang string) map[string]any {
	operator := v.opt.Operator
	if operator == "" {
		operator = v.words.say(lang, "say.our-team", nil)
	}
	day := v.words.longDate(lang, Date{2026, time.October, 15})
	blanks := map[string]any{"operator": operator, "ref": "A-2026-000123", "count": 2, "n": 3, "of": 12, "value": day,
		"label": "", "name": "scan-1.jpg", "from": day, "to": day, "first_contact": "", "first_phone": ""}
	for i := range v.steps {
		if s := &v.steps[i]; s.kind == kindDate {
			blanks["label"] = v.words.say(lang, s.id+".label", nil)
			break
		}
	}
	if len(v.rules.contacts) > 0 {
		c := &v.rules.contacts[0]
		if name := v.words.say(lang, "contact."+c.ID, nil); name != "" {
			blanks["first_contact"] = name
		} else {
			blanks["first_contact"] = c.Name
		}
		blanks["first_phone"] = c.Phone
	}
	for _, o := range v.rules.overlays {
		blanks[o.Key], blanks[fmt.Sprint(o.Key, "_in")] = day, 30
	}
	return blanks
}
