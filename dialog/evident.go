package dialog

import (
	"strconv"
	"strings"
)

// Evident reports whether text is, just as it stands, one of the replies that
// state waits for: a command, a button's number or label, a day written
// YYYY-MM-DD, a telephone number. Then no reader could add anything, and a caller may leave the
// event's Reading zero.
func (v *Interview) Evident(state State, text string) bool {
	if len(text) > maxLine {
		return false
	}
	t := &turn{Interview: v, s: state}
	folded := fold(text)
	if folded == "" || strings.HasPrefix(text, "/") {
		return true
	}
	if state.Lang == "" {
		return false
	}
	if _, err := ParseDate(strings.TrimSpace(text)); err == nil {
		return true
	}
	if _, err := strconv.Atoi(folded); err == nil {
		return true
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
	for _, value := range s.values {
		for _, name := range s.names[value] {
			if folded == name {
				return true
			}
		}
	}
	return false
}

// openStep is the step that state stands at, or nil.
func (v *Interview) openStep(state State) *step {
	if i, ok := v.index[state.Node]; ok {
		return &v.steps[i]
	}
	return nil
}
