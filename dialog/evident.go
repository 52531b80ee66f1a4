package dialog

import (
	"strconv"
	"strings"
)

// Need is how much of a reading the reply to a state needs.
type Need int

// The needs, from the whole to nothing.
const (
	NeedAll   Need = iota // which entry is asked for, if any
	NeedWatch             // whether it is a crisis, or the wish for a person
	NeedNone              // the text is evident
)

// Need returns how much of a reading of text a step from state can use. Less
// than that must not be given; more does no harm.
func (v *Interview) Need(state State, text string) Need {
	if v.Evident(state, text) {
		return NeedNone
	}
	s := v.openStep(state)
	t := &turn{Interview: v, s: state}
	if s == nil || !s.kind.free() || state.Pending != nil || len(text) > maxMessage || t.soundsLikeQuestion(text, fold(text)) {
		return NeedAll
	}
	return NeedWatch
}

// Evident reports whether text is, just as it stands, one of the replies that
// state waits for: a command, a button's number or label, a day written
// YYYY-MM-DD, a telephone number. Then no reader could add anything, and a
// caller may leave the event's Reading zero.
func (v *Interview) Evident(state State, text string) bool {
	if len(text) > maxLine {
		return false
	}
	t := &turn{Interview: v, s: state}
	folded := fold(text)
	if folded == "" {
		return true
	}
	if strings.HasPrefix(text, "/") {
		name, rest := t.command(text, folded)
		return name != "unknown" && rest == ""
	}
	// A command in plain words; but a farewell may be more than that, and so may
	// the wish to be forgotten; that for a person is the reader's to hear.
	if name, _ := t.command(text, folded); name != "" && name != "cancel" && name != "human" && name != "forget" {
		return true
	}
	if state.Lang == "" {
		return false
	}
	if _, err := ParseDate(strings.TrimSpace(text)); err == nil {
		return true
	}
	// The number of a button; 911 and 988 are none.
	if n, err := strconv.Atoi(folded); err == nil {
		return n >= 1 && n <= maxSteps
	}
	s := v.openStep(state)
	if state.Pending != nil || s == nil {
		return t.words.listed(folded, "word.yes") || t.words.listed(folded, "word.no")
	}
	switch s.kind {
	case kindPhone:
		return phoneDigits(text) != ""
	case kindEmail:
		return countWords(text) == 1 && t.understandField(s, text, folded).grip == gripSure
	case kindZip, kindID:
		return t.understandField(s, text, folded).grip == gripSure
	}
	for _, labels := range s.labels {
		for _, label := range labels {
			if folded == fold(label) {
				return true
			}
		}
	}
	return t.words.listed(folded, "word.yes") || t.words.listed(folded, "word.no")
}

// openStep is the step that state stands at, or nil.
func (v *Interview) openStep(state State) *step {
	if i, ok := v.index[state.Node]; ok {
		return &v.steps[i]
	}
	return nil
}
