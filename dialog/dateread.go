package dialog

import "errors"

// Grain is the unit of the calendar that a writer fixed.
type Grain int

// The grains, from fine to coarse. The zero Grain belongs to the zero Span.
const (
	GrainNone  Grain = iota
	GrainDay         // a day, or a few that surround it
	GrainWeek        // a week, or weeks ago
	GrainMonth       // a month, a third of one, or months ago
	GrainYear        // a year, a third of one, or years ago
)

// String names the grain: "none", "day", "week", "month" or "year".
func (g Grain) String() string {
	switch g {
	case GrainDay:
		return "day"
	case GrainWeek:
		return "week"
	case GrainMonth:
		return "month"
	case GrainYear:
		return "year"
	default:
		return "none"
	}
}

// Span is what a text says about a day: it lies between From and To, both
// included. From ≤ To ≤ today, and From is not before 1900-01-01.
type Span struct {
	From, To Date
	// Grain is the unit the writer fixed; From and To may be closer together or
	// further apart than that unit.
	Grain Grain
	// Exact is set for one unmistakable calendar day, written with its year:
	// "2026-03-20", "March 20, 2026", "20 de marzo de 2026", "3/20/26". Any
	// other reading, also one of a single day, has to be said back.
	Exact bool
	// Approx is set where the writer said so: about, como, más o menos, a few,
	// two or three, before, after.
	Approx bool
}

// Day returns the one day that the span holds; false when it holds several.
func (s Span) Day() (Date, bool) { return s.From, s.From == s.To && !s.From.IsZero() }

// holds tells whether every day of other lies in s.
func (s Span) holds(other Span) bool {
	return !other.From.Before(s.From) && !other.To.After(s.To)
}

// What ReadDate and ReadBirthDate answer when they have no date to give. The
// errors hold nothing of the text, so they may be logged.
var (
	// ErrNoDate: nothing in the text looks like a date.
	ErrNoDate = errors.New("date: the text names none")
	// ErrNoSuchDay: a date is written that the calendar does not have, such as
	// 2026-02-30, February 29 of a common year or 13/13/2026, or one before
	// 1900; for a date of birth also one that makes the person older than 120.
	ErrNoSuchDay = errors.New("date: there is no such day")
	// ErrFutureDate: all of the dates in the text come after today.
	ErrFutureDate = errors.New("date: it comes after today")
	// ErrManyDates: the text names dates that exclude each other.
	ErrManyDates = errors.New("date: the text names more than one")
	// ErrPartOfDate: a date of birth without its day, month or year. ReadDate
	// never returns it.
	ErrPartOfDate = errors.New("date: day, month and year are needed")
)

// AmbiguousDate is the error for a text with two readings, both of them
// possible and not after today; the enrollee has to be asked which one is
// meant. First is the likelier one: month before day in 3/5/26, the nearer one
// in "last Friday".
type AmbiguousDate struct{ First, Second Span }

// Error names neither of the readings, so it may be logged.
func (*AmbiguousDate) Error() string { return "date: the text can be read in two ways" }

// Limits of the readers of dates. What an enrollee means stands within the
// first line or two; numbers and years beyond these are not dates here.
const (
	maxDateRunes = 300  // characters looked at
	minDateYear  = 1900 // first year that is read
	maxDateAge   = 120  // years a person can be old
)

// ReadDate reads the one date that a text in English, Spanish or both names,
// as told on the day today. Only the first 300 characters are looked at. The
// dates asked for lie in the past, so a year, month or week that is left out is
// the latest one that does not come after today.
//
// It returns the span that holds the date; with an *AmbiguousDate the span is
// the first of its readings. The other errors are ErrNoDate (also when today is
// none), ErrNoSuchDay, ErrFutureDate and ErrManyDates.
//
// What is taken for what (today is Saturday 2026-03-21):
//
//	said                               read as
//	2026-03-20, March 20 2026          that day, exact
//	3/20/26, 20/3/2026                 the one order that the calendar allows, exact
//	20/3/26                            the same, not exact: it could begin with the year
//	3/2/26                             ambiguous, month first: March 2 or February 3
//	3/5/26                             2026-03-05, not exact: May 3 is yet to come
//	3/2/95, March 2 27                 1995; years up to ten ahead of today are the future
//	03202026, three numbers alone      the possible orders, never exact
//	3-20, 14, 14th, fourteen           only where the text holds nothing else
//	March 20, 3/20                     the latest such day, at most a year back
//	February 29                        no such day where neither this nor last year has it
//	the 14th, el 14                    the latest 14th
//	today, tonight, this morning       today
//	yesterday, last night, anoche      one day back
//	Friday, el viernes                 the latest one; said on a Friday ambiguous: today or 7 days back
//	last Friday, el viernes pasado     the latest one before today; ambiguous when it is 1 or 2 days
//	                                   back: that one or the one before it
//	this past Friday                   the latest one before today
//	this Friday                        that of this week, Monday to Sunday
//	Friday March 20                    the weekday decides between two readings; if it fits none,
//	                                   the date counts
//	Friday of last week                that of the week before, Monday to Sunday
//	this week                          Sunday or Monday to today
//	last week                          Sunday to Sunday (weeks begin on either); said on a Sunday
//	                                   13 days back to yesterday
//	this past week, in the last month  seven days, a month, up to today
//	last weekend                       the latest Saturday and Sunday before today
//	week of March 2                    that day and the six after it
//	first week of March                days 1–7; second 8–14, third 15–21, fourth 22–28, last: the last 7
//	in March, March 2025               the month, up to today
//	early, mid, late March             days 1–10, 11–20, 21 to the end
//	early, mid, late 2025              four months each
//	last March                         ambiguous when this year's is over: this year's or last year's
//	marzo pasado                       the latest March before this month
//	3 days ago                         that day; "about": give or take a fifth, at least 1 day
//	hace 8 días, hace 15 días          7–8 and 14–15 days back: said for one and two weeks
//	10 business days ago               7 days for 5, give or take 2
//	2 weeks ago                        give or take 2 days; "about": 2 days more for each week
//	a month ago                        give or take 4 days, one more for each further month;
//	                                   "about": 3 more for each month
//	a year ago                         give or take 30 days; "about": 60
//	a couple of                        about two
//	a few, several, unos               2 to 6 days; 2 to 5 weeks, months, years
//	two or three weeks ago             from the longer to the shorter
//	over a month ago, más de un mes    from half as much again (at least one unit more)
//	almost, casi                       down to three quarters; "less than": down to today
//	two weeks ago today, on Friday     exactly so many weeks before that day
//	about, before, after March 2       give or take 3 days; a week 3, a month 7, a year 30
//	I think, creo, not, due            as without it, never exact
//	in March ... March 3               what both of them hold, not exact
//	March 6, a Friday                  the weekday only confirms the date
//	a date and a later one than today  the date that is not in the future
//	2 weeks, 30 days, summer, Easter   no date
func ReadDate(text string, today Date) (Span, error) {
	if !today.possible() || today.Year < minDateYear {
		return Span{}, ErrNoDate
	}
	s := dateScan{today: today}
	var tokens [64]dateToken
	s.toks = scanDate(tokens[:0], text)
	s.look()
	m, err := s.settle()
	if err != nil {
		return Span{}, err
	}
	span := s.finish(m.span)
	if m.two {
		return span, &AmbiguousDate{First: span, Second: s.finish(m.other)}
	}
	return span, nil
}

// ReadBirthDate reads a date of birth: day, month and year are needed, as in
// "May 5 1960", "5 de mayo de 1960", "5/5/60" or, alone in the text, 05051960
// or 050560. A year of two digits is in the latest century that does not put
// the day after today. Where day and month can change places the month comes
// first, and the error is an *AmbiguousDate beside the date, so that it is said
// back. The other errors are those of ReadDate and ErrPartOfDate; their date is
// none.
func ReadBirthDate(text string, today Date) (Date, error) {
	if !today.possible() || today.Year < minDateYear {
		return Date{}, ErrNoDate
	}
	s := dateScan{today: today, birth: true}
	var tokens [64]dateToken
	s.toks = scanDate(tokens[:0], text)
	s.look()
	m, err := s.settle()
	oldest := today.AddMonths(-12 * (maxDateAge + 1)).AddDays(1)
	switch {
	case err != nil:
		return Date{}, err
	case !m.full:
		return Date{}, ErrPartOfDate
	case m.two && m.other.From.Before(oldest):
		m.two = false
	case m.two && m.span.From.Before(oldest):
		m.span, m.two = m.other, false
	}
	if m.span.From.Before(oldest) {
		return Date{}, ErrNoSuchDay
	}
	if m.two {
		return m.span.From, &AmbiguousDate{First: m.span, Second: m.other}
	}
	return m.span.From, nil
}

// dateScan is one text on its way to a date.
type dateScan struct {
	toks  []dateToken
	today Date
	birth bool
	// found are the mentions of dates, in the order of the text. More than
	// these are too many to be one date anyway.
	found  [4]dateMention
	nfound int
}

// dateMention is one place of the text that names a date.
type dateMention struct {
	span, other Span // other only with two
	two         bool
	err         error // ErrNoSuchDay, ErrFutureDate, ErrManyDates or nil
	slack       int   // days to add at both ends for "about"
	full        bool  // day, month and year are all written
	noYear      bool  // the year was left out and taken to be the latest
	wday        int   // of a weekday without more: 1 Monday … 7 Sunday; else 0
	from, to    int   // its tokens: [from, to)
}

// look finds the mentions from left to right.
func (s *dateScan) look() {
	for i := 0; i < len(s.toks) && s.nfound < len(s.found); {
		m, next := s.mention(i)
		if next <= i {
			i = s.pass(i)
			continue
		}
		m.from, m.to = i, next
		s.qualify(&m)
		s.found[s.nfound] = m
		s.nfound++
		i = max(next, m.to)
	}
}

// qualify applies the words around a mention: about, before, more or less.
func (s *dateScan) qualify(m *dateMention) {
	i := m.from
	for back := 0; back < 4 && s.is(i-1, wThe|wOn|wIn|wOf|wOne); back++ {
		i--
	}
	if s.is(i-1, wBefore|wAfter) && s.is(i-2, wUnit) {
		m.err = ErrManyDates // two days after March 3: the day itself is asked for
	}
	approx := s.is(i-1, wAbout|wBefore|wAfter) || s.is(i-1, wLess) && s.is(i-2, wOr)
	if next, ok := s.about(m.to); ok {
		approx, m.to = true, next
	} else if s.is(m.to, wOr) && s.is(m.to+1, wSo) {
		approx, m.to = true, m.to+2
	}
	if approx || m.span.Approx {
		m.span, m.other = m.span.widen(m.slack), m.other.widen(m.slack)
	}
}

// widen returns a span for a day that was told roughly.
func (s Span) widen(days int) Span {
	s.From, s.To = s.From.AddDays(-days), s.To.AddDays(days)
	s.Approx, s.Exact = true, false
	return s
}

// finish applies the writer's doubt and the ends of the calendar to a reading.
func (s *dateScan) finish(span Span) Span {
	if span.Exact {
		for i := range s.toks {
			if s.is(i, wHedge) {
				span.Exact = false
			}
		}
	}
	first := Date{Year: minDateYear, Month: 1, Day: 1}
	if span.From.Before(first) {
		span.From = first
	}
	if span.To.After(s.today) {
		span.To = s.today
	}
	return span
}
