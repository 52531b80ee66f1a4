package dialog

import (
	"slices"
	"strings"
)

// minStory is how many words a message must have for answers to other questions
// to be read out of it.
const minStory = 5

// minWholeStory is how many words it takes to offer them as the enrollee's own
// account of what happened.
const minWholeStory = 25

// guess reads answers to steps still open out of a longer message, and keeps
// them to be asked for confirmation. It tells whether it found any.
func (t *turn) guess(text, folded string) bool {
	if countWords(folded) < minStory || t.s.Ref != "" && t.s.Status != statusDraft {
		return false
	}
	text = cut(text, maxGuessed)
	folded = fold(text)
	found := false
	for i := range t.steps {
		s := &t.steps[i]
		if _, answered := t.s.Answers[s.id]; !s.story || answered || s.kind == kindText {
			continue
		}
		if value := t.guessStep(s, text, folded); value != "" {
			t.keepGuess(s, value)
			found = true
		}
	}
	for i := range t.steps {
		if s := &t.steps[i]; found && s.story && s.kind == kindText && countWords(folded) >= minWholeStory {
			t.keepGuess(s, cut(text, maxText))
		}
	}
	return found
}

func (t *turn) keepGuess(s *step, value string) {
	if t.s.Guesses == nil {
		t.s.Guesses = map[string]string{}
	}
	t.s.Guesses[s.id] = value
}

// guessStep reads one step's answer out of a story, or "".
func (t *turn) guessStep(s *step, text, folded string) string {
	switch s.kind {
	case kindChoice:
		return t.guessChoice(s, folded)
	case kindDate:
		return t.guessDate(s, text)
	default:
		return t.guessName(s, folded)
	}
}

// guessChoice finds the one value that the story names by a phrase of two words
// or more, or by one long word. Of several problems the gravest comes first and
// the next is kept for afterwards.
func (t *turn) guessChoice(s *step, folded string) string {
	var phrases, named []string
	for _, value := range s.values {
		if value == "unknown" || value == "other" {
			continue // what a story does not say is no answer
		}
		for _, name := range s.names[value] {
			if (strings.Contains(name, " ") || len(name) >= 6) && holdsPhrase(folded, name) {
				phrases = append(phrases, name)
			}
		}
	}
	for _, phrase := range longest(phrases) {
		named = addNew(named, s.valueOf([]string{phrase}))
	}
	if s == t.problemStep() && len(named) > 1 {
		slices.SortStableFunc(named, func(a, b string) int {
			return slices.Index(t.problems, a) - slices.Index(t.problems, b)
		})
		t.s.Also = named[1]
		return named[0]
	}
	if len(named) != 1 {
		return ""
	}
	return named[0]
}

// problemStep is the step whose values are ranked by gravity, or nil.
func (t *turn) problemStep() *step {
	for i := range t.steps {
		if s := &t.steps[i]; len(t.problems) > 0 && slices.Contains(s.values, t.problems[0]) {
			return s
		}
	}
	return nil
}

// guessDate finds the one day in the sentence that speaks of the step's event.
func (t *turn) guessDate(s *step, text string) string {
	found := ""
	for _, sentence := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".!?;\n", r) }) {
		folded := fold(sentence)
		if !slices.ContainsFunc(t.words.languages, func(lang string) bool {
			return slices.ContainsFunc(t.words.list(lang, s.id+".~story"), func(phrase string) bool { return holdsPhrase(folded, phrase) })
		}) {
			continue
		}
		span, err := ReadDate(sentence, t.head.Today)
		day, whole := span.Day()
		if err != nil || !whole {
			continue
		}
		if found != "" && found != day.String() {
			return ""
		}
		found = day.String()
	}
	return found
}

// guessName finds the first of the listed names that the story holds.
func (t *turn) guessName(s *step, folded string) string {
	for _, lang := range t.words.languages {
		for i, name := range t.words.list(lang, s.id+".~story") {
			if holdsPhrase(folded, name) {
				return t.words.names[lang][s.id+".~story"][i]
			}
		}
	}
	return ""
}

// askOrConfirm asks the open step, or whether the guess at its answer is right.
func (t *turn) askOrConfirm(s *step) {
	value, ok := t.s.Guesses[s.id]
	if !ok || t.s.Editing == s.id {
		t.ask()
		return
	}
	delete(t.s.Guesses, s.id)
	if t.refused(s, value) != "" {
		t.ask()
		return
	}
	t.s.Pending = &Pending{Kind: PendingGuess, Value: value}
	t.askPending()
}

// longDate writes a day, kept as text, as an enrollee reads it.
func (t *turn) longDate(day string) string {
	d, err := ParseDate(day)
	if err != nil {
		return day
	}
	return t.words.longDate(t.s.Lang, d)
}
