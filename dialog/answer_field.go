package dialog

import (
	"errors"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	// secretNumber is a Social Security number as it is written: 123-45-6789,
	// also with spaces or dots.
	secretNumber = regexp.MustCompile(`(?:^|[^\d-])\d{3}[-. ]\d{2}[-. ]\d{4}(?:$|[^\d-])`)
	dashedSecret = regexp.MustCompile(`\b\d{3} \d{2} \d{4}\b`) // of folded text, whatever the dashes
	namedSecret  = regexp.MustCompile(`\b(ssn|social|seguro social)\b.*\b\d{9}\b|\b\d{9}\b.*\b(ssn|social security|seguro social)\b`)
	zipCode      = regexp.MustCompile(`^\d{5}(-?\d{4})?$`)
	cardNumber   = regexp.MustCompile(`^[A-Z0-9][A-Z0-9 -]{2,29}$`)
	phoneWithin  = regexp.MustCompile(`\+?[\d(][\d\s().-]{6,24}\d`)
	emailWithin  = regexp.MustCompile(`\S+@\S+[^\s.,;:!?]`)
	phoneShape   = regexp.MustCompile(`^\+?[\d\s().-]{7,25}$`)
)

// holdsSecretNumber tells whether text holds a Social Security number, which is
// never stored: written as one, or called one.
func holdsSecretNumber(text, folded string) bool {
	return secretNumber.MatchString(text) || dashedSecret.MatchString(folded) && !phoneShape.MatchString(strings.TrimSpace(text)) || namedSecret.MatchString(folded)
}

// understandField reads the answer to a step that takes a piece of text of one
// form. What is wrong with it is named by a sentence.
func (t *turn) understandField(s *step, text, folded string) taken {
	if folded == "" {
		return taken{}
	}
	if s.kind.free() && s.kind != kindName && (t.words.listed(folded, "word.yes") || t.words.listed(folded, "word.no")) {
		return taken{}
	}
	switch s.kind {
	case kindText:
		return taken{grip: gripSure, value: cut(text, maxText)}
	case kindLine:
		return taken{grip: gripSure, value: cut(oneLine1(text), maxLine)}
	case kindName:
		return t.understandName(text)
	case kindPhone:
		if digits := phoneDigits(phoneWithin.FindString(text)); digits != "" {
			return taken{grip: gripSure, value: digits}
		}
		return taken{hint: "say.bad-phone"}.unlessWords(text)
	case kindEmail:
		address, err := mail.ParseAddress(emailWithin.FindString(text))
		if err != nil || !strings.Contains(address.Address[strings.LastIndex(address.Address, "@"):], ".") || len(address.Address) > maxLine {
			return taken{hint: "say.bad-email"}.unlessWords(text)
		}
		return taken{grip: gripSure, value: address.Address}
	case kindZip:
		if code := strings.ReplaceAll(text, " ", ""); zipCode.MatchString(code) {
			return taken{grip: gripSure, value: code}
		}
		return taken{hint: "say.bad-zip"}.unlessWords(text)
	case kindID:
		if id := strings.ToUpper(oneLine1(text)); isCardNumber(id) {
			return taken{grip: gripSure, value: id}
		}
		return taken{hint: "say.bad-id"}.unlessWords(text)
	case kindBirth:
		return t.understandBirth(text)
	}
	return taken{}
}

// isCardNumber tells a number from a card, with or without gaps, from a
// sentence that holds a number ("help 911"): every group has digits.
func isCardNumber(id string) bool {
	if !cardNumber.MatchString(id) {
		return false
	}
	for group := range strings.FieldsFuncSeq(id, func(r rune) bool { return r == ' ' || r == '-' }) {
		if !strings.ContainsAny(group, "0123456789") {
			return false
		}
	}
	return strings.ContainsAny(id, "0123456789")
}

// unlessWords keeps the hint for what looks like a try at a number or address;
// of a sentence in words nothing is said but the step's own example, so that a
// question can still be read as one.
func (a taken) unlessWords(text string) taken {
	if !strings.ContainsAny(text, "0123456789@") {
		a.hint = ""
	}
	return a
}

func (t *turn) understandName(text string) taken {
	name := oneLine1(text)
	for _, lang := range t.words.languages {
		for _, opening := range t.words.list(lang, "word.my-name-is") {
			if rest, ok := cutFold(name, opening); ok {
				name = rest
			}
		}
	}
	letters := 0
	for _, r := range name {
		switch {
		case unicode.IsLetter(r), unicode.Is(unicode.M, r):
			letters++
		case strings.ContainsRune(" -.'’,", r):
		default:
			return taken{}
		}
	}
	if folded := fold(name); t.words.listed(folded, "word.yes") || t.words.listed(folded, "word.no") {
		return taken{grip: gripLikely, value: name} // a name it may be, a slip it is more often
	}
	if letters == 0 || utf8.RuneCountInString(name) > 60 || len(strings.Fields(name)) > 5 {
		return taken{}
	}
	return taken{grip: gripSure, value: name}
}

// cutFold cuts a folded opening of whole words off text.
func cutFold(text, opening string) (string, bool) {
	words := strings.Fields(text)
	n := countWords(opening)
	if len(words) <= n || fold(strings.Join(words[:n], " ")) != opening {
		return text, false
	}
	return strings.Join(words[n:], " "), true
}

// phoneDigits returns a telephone number of North America as 415-555-0123, or
// "" when text is none.
func phoneDigits(text string) string {
	if !phoneShape.MatchString(strings.TrimSpace(text)) {
		return ""
	}
	var d []byte
	for i := range len(text) {
		if text[i] >= '0' && text[i] <= '9' {
			d = append(d, text[i])
		}
	}
	if len(d) == 11 && d[0] == '1' {
		d = d[1:]
	}
	if len(d) != 10 || d[0] < '2' || d[3] < '2' {
		return ""
	}
	return string(d[:3]) + "-" + string(d[3:6]) + "-" + string(d[6:])
}

// understandDate reads a day on or before today. A day that is not written in
// full is said back before it counts.
func (t *turn) understandDate(s *step, text, folded string) taken {
	if t.words.listed(folded, "word.none") || t.words.listed(folded, "word.no") || t.namesNone(s, folded) || slices.Contains(s.names["none"], folded) {
		return taken{grip: gripSure, value: "none"}
	}
	if s.optional && t.words.listed(folded, "word.unknown") {
		return taken{grip: gripSure, value: "skip"}
	}
	if d, err := ParseDate(strings.TrimSpace(text)); err == nil {
		if d.After(t.head.Today) {
			return taken{hint: "say.date-future"}
		}
		return taken{grip: gripSure, value: d.String()}
	}
	span, err := ReadDate(text, t.head.Today)
	day, whole := span.Day()
	var two *AmbiguousDate
	switch {
	case errors.As(err, &two):
		days := []string{s.countWith(two.First).String(), s.countWith(two.Second).String()}
		return taken{grip: gripLikely, value: days[0], ask: &Pending{Kind: PendingDay, Options: days}}
	case errors.Is(err, ErrFutureDate):
		return taken{hint: "say.date-future"}
	case errors.Is(err, ErrNoSuchDay):
		return taken{hint: "say.date-impossible"}
	case errors.Is(err, ErrManyDates):
		return taken{hint: "say.date-many"}
	case err != nil:
		return taken{}
	case whole && span.Exact && day.After(t.head.Today.AddMonths(-oldMonths)):
		return taken{grip: gripSure, value: day.String()}
	case whole:
		return taken{grip: gripLikely, value: day.String()}
	}
	return taken{grip: gripLikely, value: s.countWith(span).String(),
		ask: &Pending{Kind: PendingRough, Options: []string{span.From.String(), span.To.String()}}}
}

// oldMonths is the age of a day beyond which it is said back first: more often
// it is a slip, or another date altogether.
const oldMonths = 36

// countWith is the day of an interval to count with: the earlier one, from which
// a deadline comes sooner, or the later where the step says that an early day
// would promise too much.
func (s *step) countWith(span Span) Date {
	if s.rough == "later" {
		return span.To
	}
	return span.From
}

// namesNone tells whether the reply says that there is no such date.
func (t *turn) namesNone(s *step, folded string) bool {
	for _, lang := range t.words.languages {
		for _, phrase := range t.words.list(lang, s.id+".~none") {
			if folded == phrase || countWords(folded) <= 8 && holdsPhrase(folded, phrase) && !strings.ContainsAny(folded, "0123456789") {
				return true
			}
		}
	}
	return false
}

func (t *turn) understandBirth(text string) taken {
	d, err := ReadBirthDate(text, t.head.Today)
	var two *AmbiguousDate
	switch {
	case err == nil:
		return taken{grip: gripSure, value: d.String()}
	case errors.As(err, &two):
		days := []string{two.First.From.String(), two.Second.From.String()}
		return taken{grip: gripLikely, value: days[0], ask: &Pending{Kind: PendingDay, Options: days}}
	case errors.Is(err, ErrManyDates):
		return taken{hint: "say.date-many"}
	case errors.Is(err, ErrFutureDate):
		return taken{hint: "say.date-future"}
	case errors.Is(err, ErrNoSuchDay):
		return taken{hint: "say.date-impossible"}
	}
	return taken{}
}

// oneLine1 joins the lines of text.
func oneLine1(text string) string { return strings.Join(strings.Fields(text), " ") }

// cut shortens text to at most limit characters.
func cut(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit])
}
