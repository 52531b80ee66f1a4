package kb

// Wording judges words that stand in no entry by what the base's settings say
// of answers: what else the program says must be as true and as easy to read.
// It belongs to one goroutine.
type Wording struct{ c checker }

// Wording makes the settings ready. What of them cannot be used is passed over;
// Check reports it.
func (b *Base) Wording() *Wording {
	w := &Wording{c: checker{base: b}}
	w.c.compile()
	return w
}

// Facts returns what is wrong with a text whatever its language: a phone number
// that is not known, that stands without a name of its owner or lacks its area
// code, an address that is not known, a forbidden sentence. In an example there
// may be a number that is given to nobody (415-555-0123) and an address at
// example.com. What names the text for messages ("the sentence rule.urgent");
// file and line are where it stands.
func (w *Wording) Facts(what, file string, line int, text string, example bool) Defects {
	add := w.begin(what, file, line)
	w.c.examples = example
	if w.c.base.Settings.KnownPhones != nil {
		w.c.numbers(text, add)
	}
	if w.c.base.Settings.KnownLinks != nil {
		w.c.links(text, add)
	}
	w.c.forbidden(text, add)
	return w.c.ds
}

// Level returns how hard a text is to read, as [Grade] or [Inflesz] of its
// language give it, and the defect when that is beyond the settings' limit. It
// returns false for a language that has no measure here.
func (w *Wording) Level(what, file string, line int, lang, text string) (float64, Defects, bool) {
	w.c.level(lang, text, w.begin(what, file, line))
	switch lang {
	case "en":
		return gradeOf(text, w.c.names), w.c.ds, true
	case "es":
		return infleszOf(text, w.c.names), w.c.ds, true
	}
	return 0, nil, false
}

// begin starts on another text.
func (w *Wording) begin(what, file string, line int) func(int, string, ...any) {
	w.c.ds, w.c.what = nil, what
	return func(_ int, format string, args ...any) {
		w.c.ds.add(file, line, format, args...)
	}
}
