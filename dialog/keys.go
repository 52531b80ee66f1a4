package dialog

import "slices"

// KeyDecl is one key under which an Intake may hold an answer.
type KeyDecl struct {
	Key string
	// Fact and Form tell where: in Intake.Facts, in Intake.Form, or in both.
	Fact, Form bool
	Type       DeclType // TypeChoice, TypeText or TypeDate
	Values     []string // of a choice
	// Files tells the key that names the letters.
	Files bool
}

// Keys returns the keys of the interview's intakes, in the order in which they
// are asked; the caller owns the slice.
func (v *Interview) Keys() []KeyDecl {
	var list []KeyDecl
	for i := range v.steps {
		s := &v.steps[i]
		if s.gate || !s.kind.answers() && s.kind != kindFiles {
			continue
		}
		k := KeyDecl{Key: s.key, Fact: s.fact, Form: !s.fact || s.both, Type: TypeText, Files: s.kind == kindFiles}
		switch s.kind {
		case kindChoice:
			k.Type, k.Values = TypeChoice, slices.Clone(s.values)
		case kindDate, kindBirth:
			k.Type = TypeDate
		}
		list = append(list, k)
	}
	return list
}

// Statuses returns what an intake's Status may be: first those that the interview
// saves under, in the order of its steps, then those that only the staff give.
// The caller owns the slice.
func (v *Interview) Statuses() []string {
	var list []string
	for i := range v.steps {
		if s := &v.steps[i]; s.kind == kindSave {
			list = addNew(list, s.status)
		}
	}
	return addNew(list, staffStatuses...)
}
