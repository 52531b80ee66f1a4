package dialog

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
)

// assess brings the verdict up to date with the facts and the day.
func (t *turn) assess() {
	key := t.factsKey()
	if t.s.Verdict != nil && t.s.VerdictKey == key && t.s.VerdictDay == t.head.Today {
		return
	}
	verdict, _ := t.rules.Probe(t.environment()) // without a rule the zero verdict: see tellVerdict
	t.s.Verdict, t.s.VerdictKey, t.s.VerdictDay = &verdict, key, t.head.Today
}

// factsKey changes when a fact does.
func (t *turn) factsKey() string {
	h := fnv.New64a()
	for i := range t.steps[:t.verdict] {
		if s := &t.steps[i]; s.fact {
			h.Write([]byte{0})
			h.Write([]byte(t.s.Answers[s.id].Value))
		}
	}
	return strconv.FormatUint(h.Sum64(), 16)
}

// print is a fingerprint of what the enrollee is told of the verdict.
func (t *turn) print() string {
	v := t.s.Verdict
	h := fnv.New64a()
	put := func(s string) { h.Write([]byte(s)); h.Write([]byte{0}) }
	put(v.Rule)
	put(v.Outcome)
	for _, r := range v.Results {
		put(strconv.Itoa(r.Day.Days()))
	}
	for _, c := range v.Contacts {
		put(c.Phone)
	}
	for _, b := range v.Because {
		put(b.Fact)
		put(b.Value)
	}
	for i := range t.parts {
		put(strconv.FormatBool(t.holds(t.parts[i].when)))
	}
	return strconv.FormatUint(h.Sum64(), 16)
}

// facts are the answers that are facts of the rules.
func (t *turn) facts() Facts {
	facts := Facts{}
	for id, a := range t.s.Answers {
		if s := &t.steps[t.index[id]]; s.fact && a.Value != "" {
			facts[s.key] = a.Value
		}
	}
	return facts
}

// tellVerdict says the verdict, paragraph by paragraph, and tells the desk of
// an urgent one.
func (t *turn) tellVerdict() {
	s := &t.steps[t.verdict]
	t.s.Node = s.id
	t.s.Told, t.s.ToldDay = t.print(), t.head.Today
	if t.s.Verdict.Rule == "" {
		t.ticket(TicketHuman)
		t.say("say.no-verdict", nil)
		return
	}
	blanks := t.blanks()
	var paragraphs []string
	for i := range t.parts {
		p := &t.parts[i]
		if !t.holds(p.when) || t.s.Filed && p.filing {
			continue
		}
		if p.own && len(paragraphs) > 0 {
			t.sayText(strings.Join(paragraphs, "\n\n"))
			paragraphs = nil
		}
		if text := t.paragraph(p, blanks); text != "" {
			paragraphs = append(paragraphs, text)
		}
	}
	if slices.ContainsFunc(t.askAgain, func(id string) bool { return t.s.Answers[id].Skipped }) {
		paragraphs = append(paragraphs, t.word("verdict.date-unknown", nil))
	}
	t.sayText(strings.Join(paragraphs, "\n\n"))
	if s.ticket != "" && t.s.Verdict.Flag("urgent") && t.s.Verdict.Outcome != outcomeOutside {
		t.ticket(s.ticket)
	}
}

// paragraph is one part of the verdict. Three are put together here: what the
// rule says, whom to call, and the answers that it rests on.
func (t *turn) paragraph(p *part, blanks map[string]any) string {
	switch p.id {
	case "rule":
		return t.word("rule."+t.s.Verdict.Rule, blanks)
	case "contacts":
		if len(t.s.Verdict.Contacts) == 0 {
			return ""
		}
		lines := []string{t.word("verdict.contacts", blanks)}
		for _, c := range t.s.Verdict.Contacts {
			lines = append(lines, "• "+t.contactName(c)+": "+c.Phone)
		}
		return strings.Join(lines, "\n")
	case "because":
		lines := []string{t.word("verdict.because", blanks)}
		for _, b := range t.s.Verdict.Because {
			for i := range t.steps[:t.verdict] {
				if s := &t.steps[i]; s.fact && s.key == b.Fact {
					lines = append(lines, "• "+t.sentence(s, "label")+": "+t.show(s, Answer{Value: b.Value}))
				}
			}
		}
		if len(lines) == 1 {
			return ""
		}
		return strings.Join(lines, "\n")
	}
	return t.word("verdict."+p.id, blanks)
}

// contactName is a contact's name in the conversation's language, where that
// differs from the one in the rules.
func (t *turn) contactName(c Contact) string {
	for i := range t.rules.contacts {
		if d := &t.rules.contacts[i]; d.Contact == c {
			if name := t.word("contact."+d.ID, nil); name != "" {
				return name
			}
		}
	}
	return c.Name
}

// blankNames are the blanks that any sentence may have, besides the dates of
// the verdict and their "<date>_in" (the days until then).
var blankNames = []string{"operator", "ref", "first_contact", "first_phone", "count", "n", "of", "value", "label", "name", "from", "to"}

// blanks fills the blanks of sentences from what is known.
func (t *turn) blanks() map[string]any {
	blanks := map[string]any{"operator": t.operator(), "ref": t.s.Ref}
	v := t.s.Verdict
	if v == nil {
		return blanks
	}
	for _, d := range v.Results {
		if !d.Day.IsZero() {
			blanks[d.Key] = t.words.longDate(t.s.Lang, d.Day)
			blanks[d.Key+"_in"] = d.Day.Days() - t.head.Today.Days()
		}
	}
	if len(v.Contacts) > 0 {
		blanks["first_contact"], blanks["first_phone"] = t.contactName(v.Contacts[0]), v.Contacts[0].Phone
	}
	return blanks
}

// refused names the sentence that tells why a value cannot stand beside the
// other facts, or "".
func (t *turn) refused(s *step, value string) string {
	if !s.fact || s.kind != kindDate {
		return ""
	}
	facts := t.facts()
	facts[s.key] = value
	for i := range t.rules.facts {
		d := &t.rules.facts[i]
		if other, given := facts[d.Key]; given && (d.Key == s.key || d.NotBefore == s.key) && d.inTime(other, facts, t.head.Today) != nil {
			return "say.date-order"
		}
	}
	return ""
}
