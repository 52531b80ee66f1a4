package bolt_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What must be said, written from the requirement and not from the code:
//
//   - 30, 14, 7 and 2 days before the day to file, the last day for a hearing and
//     the careful day (that one only while it is ahead), as far as those days come
//     after the one on which the enrollee was told of the date;
//   - "Has the plan answered?" on the day from which a draft may be filed;
//   - an unfinished interview, a day and a week after the last word;
//   - papers asked for, 3 and 10 days after the asking;
//   - what was missed: once for each thing, with the truth about its date;
//   - nothing once reminders are stopped, the form is filed or closed, all is
//     erased, or others decide.

// civil is a day of the calendar, at midnight in UTC.
type civil = time.Time

func civilOf(at time.Time) civil {
	y, m, d := at.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// sixMonths is the same day six months later, or the last of that month.
func sixMonths(day civil) civil {
	first := time.Date(day.Year(), day.Month()+6, 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(day.Day(), last)-1)
}

func daysUntil(from, to civil) int { return int(to.Sub(from).Hours() / 24) }

// owed is one reminder that must come.
type owed struct {
	kind  string
	about civil  // of a date
	ref   string // of an intake
}

func (o owed) String() string {
	if o.about.IsZero() {
		return strings.TrimSuffix(o.kind+" "+o.ref, " ")
	}
	return o.kind + " of " + o.about.Format(time.DateOnly)
}

// facts are what the enrollee answers. A zero day is none.
type facts struct {
	coverage, reason, threat, selfFunded string
	grievance, decision, denial          civil
}

// outside tells whether others decide.
func (f facts) outside() bool { return f.coverage == "employer" && f.selfFunded == "yes" }

// urgent tells whether the case need not wait for the plan.
func (f facts) urgent() bool { return f.threat == "yes" && f.coverage != "medicare-medi-cal" }

// waits tells whether the case waits for the plan, and until when.
func (f facts) waits(today civil) (civil, bool) {
	if !f.decision.IsZero() || f.urgent() || f.reason == "experimental" || f.coverage == "medicare-medi-cal" {
		return civil{}, false
	}
	from := f.grievance.AddDate(0, 0, 30)
	if f.grievance.IsZero() {
		from = today.AddDate(0, 0, 30)
	}
	return from, today.Before(from)
}

// dates are the days that count: file, safe and hearing, as far as there are.
func (f facts) dates() map[string]civil {
	out := map[string]civil{}
	switch {
	case !f.decision.IsZero():
		out["file"] = sixMonths(f.decision)
	case f.reason == "experimental" && !f.denial.IsZero():
		out["file"] = sixMonths(f.denial)
	}
	var safe civil
	if !f.grievance.IsZero() {
		safe = sixMonths(f.grievance.AddDate(0, 0, 30))
	}
	if f.urgent() && f.decision.IsZero() && !f.denial.IsZero() {
		if by := sixMonths(f.denial); safe.IsZero() || by.Before(safe) {
			safe = by
		}
	}
	if by, ok := out["file"]; !safe.IsZero() && (!ok || safe.Before(by)) {
		out["safe"] = safe
	}
	if f.coverage == "medi-cal-plan" && !f.decision.IsZero() {
		out["hearing"] = f.decision.AddDate(0, 0, 120)
	}
	return out
}

// life is what is known of one enrollee by what happened.
type life struct {
	facts
	told, last civil // zero: not yet
	open       bool  // a question of the interview waits
	draft      bool
	ref        string
	papers     civil // the day they were asked for
	over       bool  // filed or closed
	stopped    bool
	erased     bool
	said       map[string]civil // by owed.String: the day of the last
}

// owes lists what must be said on a day.
func (l *life) owes(today civil) []owed {
	if l.stopped || l.erased {
		return nil
	}
	var list []owed
	add := func(o owed, days ...civil) {
		key := o.String()
		if o.kind == "wake" {
			key = o.kind + " " + o.ref // a draft waits for one day at a time
		}
		if slices.ContainsFunc(days, func(day civil) bool { return !day.After(today) && day.After(l.said[key]) }) {
			list = append(list, o)
		}
	}
	if !l.papers.IsZero() {
		add(owed{kind: "papers", ref: l.ref}, l.papers.AddDate(0, 0, 3), l.papers.AddDate(0, 0, 10))
	}
	if l.over || !l.told.IsZero() && l.outside() {
		return list
	}
	if l.open {
		add(owed{kind: "unfinished"}, l.last.AddDate(0, 0, 1), l.last.AddDate(0, 0, 7))
	}
	if l.told.IsZero() {
		return list
	}
	dates := l.dates()
	if by, ok := dates["file"]; ok && (by.Before(l.told) || by.AddDate(0, 0, 30).Before(l.last)) {
		return list
	}
	for _, kind := range []string{"file", "safe", "hearing"} {
		by, ok := dates[kind]
		if !ok || kind == "safe" && by.Before(today) {
			continue
		}
		var days []civil
		for _, n := range []int{30, 14, 7, 2} {
			if day := by.AddDate(0, 0, -n); day.After(l.told) {
				days = append(days, day)
			}
		}
		add(owed{kind: kind, about: by}, days...)
	}
	if from, waits := l.waits(l.told); waits && l.draft && !l.open {
		add(owed{kind: "wake", ref: l.ref}, from)
	}
	return list
}

// hears takes a reminder that reached the enrollee on a day. It fails when that
// is not owed, or what it says of its date is not true.
func (l *life) hears(text string, today civil) (owed, error) {
	o, left, err := read(text)
	if err != nil {
		return o, err
	}
	list := l.owes(today)
	i := slices.IndexFunc(list, func(want owed) bool { return want.kind == o.kind && want.ref == o.ref && want.about.Equal(o.about) })
	if i < 0 {
		return o, fmt.Errorf("%v is not owed; owed are %v", o, list)
	}
	if !o.about.IsZero() {
		if want := daysUntil(today, o.about); left != max(want, -1) {
			return o, fmt.Errorf("%v: it says %d days, true are %d", o, left, want)
		}
	}
	if l.said == nil {
		l.said = map[string]civil{}
	}
	l.said[o.String()] = today
	return o, nil
}

var (
	enDay = regexp.MustCompile(`(Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday), ([A-Z][a-z]+) (\d+), (\d{4})`)
	esDay = regexp.MustCompile(`(domingo|lunes|martes|miércoles|jueves|viernes|sábado), (\d+) de ([a-z]+) de (\d{4})`)
	refs  = regexp.MustCompile(`A-\d{4}-\d{6}`)
	left  = regexp.MustCompile(`(?:You have|That is in|Le quedan?|Faltan?) (\d+) (?:day|día)`)

	esMonths = strings.Fields("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre")
	esWeek   = strings.Fields("domingo lunes martes miércoles jueves viernes sábado")

	// tells is a piece of the text by which an enrollee knows what it is about.
	tells = []struct{ kind, en, es string }{
		{"safe", "to be on the safe side", "para ir a la segura"},
		{"hearing", "ask for a State Hearing", "pedir una audiencia estatal"},
		{"unfinished", "your form is not finished yet", "su formulario todavía no está terminado"},
		{"papers", "more papers are needed for your form", "le faltan papeles"},
		{"wake", "has the plan answered?", "¿ya contestó el plan?"},
		{"file", "send the form", "mandar el formulario"},
	}
)

// read understands a reminder as an enrollee would. Of a date it returns the days
// left, 0 for today and -1 when it says that it has passed.
func read(text string) (owed, int, error) {
	first, _, _ := strings.Cut(text, "\n")
	var o owed
	for _, tell := range tells {
		if strings.Contains(first, tell.en) || strings.Contains(first, tell.es) {
			o.kind = tell.kind
			break
		}
	}
	switch o.kind {
	case "":
		return o, 0, fmt.Errorf("no reminder: %q", text)
	case "unfinished":
		return o, 0, nil
	case "papers", "wake":
		o.ref = refs.FindString(first)
		return o, 0, nil
	}
	var err error
	if o.about, err = readDay(first); err != nil {
		return o, 0, err
	}
	if m := left.FindStringSubmatch(first); m != nil {
		n, err := strconv.Atoi(m[1])
		return o, n, err
	}
	for _, word := range []string{"today, ", "hoy, "} {
		if strings.Contains(first, word) {
			return o, 0, nil
		}
	}
	for _, word := range []string{" was ", " fue "} {
		if strings.Contains(first, word) {
			return o, -1, nil
		}
	}
	return o, 0, fmt.Errorf("it says nothing of the days left: %q", first)
}

// readDay reads the one day of a text, whose weekday must be right.
func readDay(text string) (civil, error) {
	var day civil
	var week int
	if m := enDay.FindStringSubmatch(text); m != nil {
		var err error
		if day, err = time.Parse("January 2 2006", m[2]+" "+m[3]+" "+m[4]); err != nil {
			return day, err
		}
		for week = 0; time.Weekday(week).String() != m[1]; week++ {
		}
	} else if m := esDay.FindStringSubmatch(text); m != nil {
		d, _ := strconv.Atoi(m[2])
		y, _ := strconv.Atoi(m[4])
		day = time.Date(y, time.Month(slices.Index(esMonths, m[3])+1), d, 0, 0, 0, 0, time.UTC)
		week = slices.Index(esWeek, m[1])
	} else {
		return day, fmt.Errorf("it names no day: %q", text)
	}
	if int(day.Weekday()) != week {
		return day, fmt.Errorf("%s is no %s", day.Format(time.DateOnly), time.Weekday(week))
	}
	return day, nil
}
