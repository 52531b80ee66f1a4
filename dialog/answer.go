package dialog

import (
	"slices"
	"strconv"
	"strings"
)

// grip is how surely a message was understood as an answer.
type grip int

const (
	gripNone   grip = iota // not an answer
	gripLikely             // an answer, unless it is a question; said back first
	gripSure               // an answer
)

// taken is a message understood as the answer to a step, or why it was not.
type taken struct {
	grip  grip
	value string
	// ask is the small question to ask of a likely answer; nil asks whether
	// it is right.
	ask *Pending
	// hint is the sentence that says what is wrong ("say.date-future"), "" for
	// the step's own example.
	hint string
}

// maxShort is how many words a reply may have that is taken for a failed answer
// rather than for a question, when it does not sound like one.
const maxShort = 4

// answered handles text while a step is open.
func (t *turn) answered(text, folded string, r Reading) {
	s := &t.steps[t.index[t.s.Node]]
	unknown := t.words.listed(folded, "word.unknown")
	switch {
	case s.optional && s.kind != kindChoice && s.kind != kindDate && (t.words.listed(folded, "word.none") || t.words.listed(folded, "word.no")),
		unknown && s.kind == kindDate,
		(unknown || t.words.listed(folded, "word.none")) && s.kind != kindChoice && t.index[s.id] > t.verdict && s.kind.answers():
		t.skip()
		return
	}
	asks := t.soundsLikeQuestion(text, folded)
	aside := r.Kind == ReadAnswer || r.Kind == ReadSuggest
	got := t.understand(s, text, folded)
	if got.grip == gripSure && folded == t.s.Calm {
		got.grip = gripLikely // it was read as a crisis: said back before it counts
	}
	switch {
	case got.grip == gripSure && s.kind.free() && (r.Kind == ReadSmall && countWords(folded) <= 3 || t.words.onlyPolite(folded)):
		t.ask(t.word("say.small-open", nil))
	case got.grip == gripSure && s.kind.free() && asks && (aside || s.kind != kindText && strings.ContainsAny(text, "?¿")):
		t.s.Pending = &Pending{Kind: PendingDoubt, Value: got.value, Hits: r.Hits[:min(len(r.Hits), MaxHits)]}
		t.askPending()
	case got.grip == gripSure && s.kind.free() && r.Kind == ReadHuman && countWords(folded) <= 8:
		t.human()
	case got.grip == gripSure:
		t.chosen(s, got.value)
	case r.Kind == ReadHuman, asks && aside:
		t.digress(r)
	case got.grip == gripLikely:
		t.guess(text, folded)
		delete(t.s.Guesses, s.id)
		if t.s.Pending = got.ask; t.s.Pending == nil {
			t.s.Pending = &Pending{Kind: PendingConfirm}
		}
		t.s.Pending.Value = got.value
		t.askPending()
	case got.hint == "" && !asks && countWords(folded) > maxShort && t.guess(text, folded):
		t.ask(t.word("say.noted", nil))
	case r.Kind == ReadAnswer && got.hint == "" && countWords(folded) > maxShort:
		t.digress(r)
	case asks && got.hint == "" && folded != "":
		t.s.Pending = &Pending{Kind: PendingPerson}
		t.askPending()
	case r.Kind == ReadSmall && got.hint == "":
		t.ask(t.word("say.small-open", nil))
	case t.otherLanguage(text):
	default:
		t.miss(s, got.hint)
	}
}

// free tells whether almost any words are an answer to such a step.
func (k stepKind) free() bool { return k == kindText || k == kindLine || k == kindName }

// chosen takes a value for a step: typed and understood, or tapped.
func (t *turn) chosen(s *step, value string) {
	switch {
	case value == "skip" && (s.optional || s.kind == kindFiles):
		t.skipStep(s)
	case s.kind == kindReview && value == "edit":
		t.edit()
	case s.kind == kindDate && value == "none", s.kind == kindDate && value == "":
		t.accept(s, Answer{})
	case s.kind == kindNotice && value != "agree", s.kind == kindReview && value != "submit",
		s.kind == kindChoice && !slices.Contains(s.values, value), value == "":
		t.miss(s, "")
	default:
		if hint := t.refused(s, value); hint != "" {
			t.miss(s, hint)
			return
		}
		t.accept(s, Answer{Value: value})
	}
}

// miss is a reply that was not understood: first the example, then the ways
// around the question. It never ends the conversation and never repeats itself
// word for word more than the question itself.
func (t *turn) miss(s *step, hint string) {
	t.s.Misses = min(t.s.Misses+1, 2)
	lead := t.word("say.miss", nil)
	if hint != "" {
		lead = t.word(hint, nil)
	}
	if example := t.sentence(s, "example"); example != "" {
		lead += "\n" + example
	}
	if t.s.Misses == 1 || s.kind == kindReview {
		t.ask(lead)
		return
	}
	text := strings.Join([]string{lead, t.sentence(s, "ask"), t.word("say.stuck", nil)}, "\n\n")
	t.askText(s, text, append(t.choices(s), t.button("human")))
}

// soundsLikeQuestion tells a question by its mark or its first word.
func (t *turn) soundsLikeQuestion(text, folded string) bool {
	if strings.ContainsAny(text, "?¿") {
		return true
	}
	return t.words.opens(folded, "word.question")
}

// understand reads text as the answer to a step.
func (t *turn) understand(s *step, text, folded string) taken {
	switch s.kind {
	case kindChoice:
		return t.understandChoice(s, text, folded)
	case kindNotice:
		if t.words.listed(folded, "word.agree") || t.words.listed(folded, "word.yes") || folded == "1" {
			return taken{grip: gripSure, value: "agree"}
		}
		return taken{hint: "say.must-agree"}
	case kindReview:
		return t.understandReview(folded)
	case kindFiles:
		if t.words.listed(folded, "word.done") || t.words.listed(folded, "word.none") || t.words.listed(folded, "word.no") || folded == "1" {
			return taken{grip: gripSure, value: "skip"}
		}
		return taken{}
	case kindDate:
		return t.understandDate(s, text, folded)
	default:
		return t.understandField(s, text, folded)
	}
}

// understandChoice finds the value that a reply means: its number, its label
// or one of its words in any language, these with a slip, or these within a
// longer reply, which is said back before it counts.
func (t *turn) understandChoice(s *step, text, folded string) taken {
	if folded == "" {
		return taken{}
	}
	values := s.values
	if s.optional {
		values = append(slices.Clip(values), "skip")
	}
	if folded[0] >= '0' && folded[0] <= '9' {
		if n, err := strconv.Atoi(folded); err == nil && n >= 1 && n <= len(values) {
			return taken{grip: gripSure, value: values[n-1]}
		}
	}
	grip := gripSure
	if s.careful {
		grip = gripLikely
	}
	var close, within []string
	best := 3
	for _, value := range values {
		for i, name := range s.names[value] {
			if folded == name {
				if s.careful && i > 0 && countWords(folded) > 2 {
					return taken{grip: gripLikely, value: value}
				}
				return taken{grip: gripSure, value: value}
			}
			if n, ok := nearly(folded, name); ok && n <= best {
				if n < best {
					best, close = n, nil
				}
				close = addNew(close, value)
			}
			// A word of two letters within a sentence says nothing.
			if len(name) > 2 && holdsPhrase(folded, name) {
				within = append(within, name)
			}
		}
	}
	if len(close) == 1 {
		return taken{grip: grip, value: close[0]}
	}
	if slices.Contains(s.values, "other") && !slices.Contains(s.values, "unknown") && t.words.listed(folded, "word.unknown") {
		return taken{grip: gripLikely, value: "other"}
	}
	if value := s.opening(text); value != "" {
		return taken{grip: gripLikely, value: value}
	}
	if value := s.valueOf(longest(within)); value != "" && countWords(folded) <= 40 {
		return taken{grip: gripLikely, value: value}
	}
	return taken{}
}

// opening is the yes or no with which a longer reply begins, parted from the
// rest by a mark: "no, it is only money". Without the mark it may be another
// sentence altogether ("no puede esperar").
func (s *step) opening(text string) string {
	at := strings.IndexAny(text, ",.;:!\n")
	if at < 0 {
		return ""
	}
	first := fold(text[:at])
	for _, value := range []string{"yes", "no"} {
		if slices.Contains(s.values, value) && slices.Contains(s.names[value], first) {
			return value
		}
	}
	return ""
}

// longest drops the phrases that are part of a longer one.
func longest(phrases []string) []string {
	return slices.DeleteFunc(slices.Clone(phrases), func(p string) bool {
		return slices.ContainsFunc(phrases, func(q string) bool { return len(q) > len(p) && holdsPhrase(q, p) })
	})
}

// valueOf is the one value that all the phrases name, or "".
func (s *step) valueOf(phrases []string) string {
	found := ""
	for _, phrase := range phrases {
		for _, value := range s.values {
			if slices.Contains(s.names[value], phrase) {
				if found != "" && found != value {
					return ""
				}
				found = value
			}
		}
	}
	return found
}

// pick finds the button that a typed reply means: its number or its label.
func (t *turn) pick(folded string, buttons []Button) (Button, bool) {
	if n, err := strconv.Atoi(folded); err == nil && n >= 1 && n <= len(buttons) {
		return buttons[n-1], true
	}
	for _, b := range buttons {
		if _, ok := nearly(folded, fold(b.Label)); ok && folded != "" {
			return b, true
		}
	}
	return Button{}, false
}
