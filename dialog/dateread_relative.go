package dialog

// mention reads the date that begins at token i; next is i when none does.
func (s *dateScan) mention(i int) (m dateMention, next int) {
	t := &s.toks[i]
	switch {
	case t.mark != 0 || t.role == 0 && t.digits == 0:
		return m, i
	case t.digits > 0 && t.glued && i > 0 && s.mark(i-1) == 0 && !s.is(i-1, wMonth):
		return m, i // part of a name such as A1234
	case t.digits > 0:
		if m, next = s.numeric(i); next > i {
			return m, next
		}
	}
	if t.digits > 0 || t.role&(wCard|wOrd) != 0 {
		if m, next = s.dayMonth(i); next > i {
			return m, next
		}
		if m, next = s.weekOfMonth(i); next > i {
			return m, next
		}
	}
	if m, next = s.ago(i); next > i {
		return m, next
	}
	switch {
	case t.digits > 0 || t.role&(wCard|wOrd) != 0:
		return s.dayAlone(i)
	case t.role&wMonth != 0:
		if m, next = s.monthDay(i); next > i {
			return m, next
		}
		return s.wholeMonth(i)
	case t.role&wWday != 0:
		return s.weekday(i)
	}
	return s.relative(i)
}

// relative reads what is told from today: yesterday, last week, early March.
func (s *dateScan) relative(i int) (m dateMention, next int) {
	if m, next = s.nearDay(i); next > i {
		return m, next
	}
	if m, next = s.weekend(i); next > i {
		return m, next
	}
	if m, next = s.partOf(i); next > i {
		return m, next
	}
	if k := s.after(i, wThe); s.is(k, wLast) {
		if m, next = s.weekOfMonth(k); next > k {
			return m, next
		}
	}
	if s.isUnit(i, unitWeek) && s.is(i+1, wOf) {
		k := s.after(i+2, wThe)
		if k < len(s.toks) {
			if day, next := s.mention(k); next > k && day.err == nil && !day.two && day.span.From == day.span.To {
				from := day.span.From
				return s.judge(Span{From: from, To: from.AddDays(6), Grain: GrainWeek}, slackDay), next
			}
		}
	}
	unit, back, next := s.relUnit(i, false)
	if next == i || unit < unitWeek {
		return m, i
	}
	if back >= 0 {
		k := next
		if s.mark(k) == ',' {
			k++
		}
		k, about := s.about(k)
		k = s.after(s.after(k, wOn|wIn), wThe)
		if unit == unitWeek && s.is(k, wWday) && !s.is(k, wShort) {
			return s.weekdayOf(s.toks[k].n, back), k + 1
		}
		if day, end := s.dayNumber(s.after(k, wOn)); unit == unitMonth && k > next && end > k && s.ends(end) {
			m := s.dayOfMonthBack(day.n, back)
			m.span.Approx = about
			return m, end
		}
	}
	return s.wholeUnit(unit, back), next
}

// nearDay reads today, yesterday, the day before yesterday, last night, this
// morning and their Spanish fellows.
func (s *dateScan) nearDay(i int) (dateMention, int) {
	back, next := 0, i
	switch {
	case s.isUnit(i, unitDay) && s.is(i+1, wBefore) && s.is(i+2, wRelDay) && s.toks[i+2].n == 1 && s.toks[i+1].n == 1:
		back, next = 2, i+3
		if n, end, ok := s.cardinal(i - 1); ok && end == i && n <= maxDateUnits {
			back = n + 1 // two days before yesterday
		}
	case s.is(i, wBefore) && s.toks[i].n == 1:
		k := s.after(i+1, wOf)
		if !s.is(k, wRelDay) || s.toks[k].n != 1 {
			return dateMention{}, i
		}
		back, next = 2, k+1
	case s.is(i, wDayPart) && s.toks[i].n == 1 && s.is(i+1, wBefore) && s.is(i+2, wLast):
		back, next = 2, i+3
	case s.is(i, wLast) && s.is(i+1, wRelDay) && s.toks[i+1].n == -1: // pasado mañana
		back, next = -1, i+2
	case s.is(i, wLast) && s.is(i+1, wDayPart):
		back, next = 1, i+2
	case s.is(i, wDayPart) && s.toks[i].n == 1 && s.is(i+1, wLast):
		back, next = 1, i+2
	case s.is(i, wThis) && s.is(i+1, wDayPart):
		back, next = 0, i+2
	case s.is(i, wRelDay) && !(s.is(i, wDayPart) && s.is(i-1, wThe|wOf|wIn|wDayPart|wRelDay|wOn) || s.is(i, wDayPart) && s.is(i-1, wFollow) && s.is(i-2, wRelDay)):
		back, next = s.toks[i].n, i+1
	default:
		return dateMention{}, i
	}
	if back < 0 {
		return dateMention{err: ErrFutureDate}, next
	}
	if s.is(next, wHace) && s.toks[next].n == 1 { // hoy hace dos semanas
		if q, end := s.quantity(next + 1); end > next+1 && q.whole() {
			return dateMention{span: oneDay(q.back(s.today.AddDays(-back), q.lo), false), slack: 1}, end
		}
	}
	return dateMention{span: oneDay(s.today.AddDays(-back), false), slack: 1}, next
}

// rolling is what relUnit gives as back for "this past week", "in the last week": not the week of
// the calendar but the days up to today.
const rolling = 100

// relUnit reads a unit told from today: "this month" has back 0, "last week",
// "la semana pasada" 1, "el año antepasado" 2, "next week" -1. Where bare is
// set, "the month" alone is this month.
func (s *dateScan) relUnit(i int, bare bool) (unit, back, next int) {
	j := s.after(i, wThe)
	k := j
	switch {
	case s.is(j, wThis):
		k++
		if s.is(k, wThis) {
			k++ // este mismo mes
		}
		if s.is(k, wLast) {
			back, k = rolling, k+1
		}
	case s.is(j, wLast):
		back, k = 1, j+1
		if s.is(j-1, wThe) && s.is(j-2, wIn) && s.toks[j].n == 0 {
			back = rolling // in the last month
		}
	case s.is(j, wPrior):
		back, k = 2, j+1
	case s.is(j, wNext):
		back, k = -1, j+1
	}
	if !s.is(k, wUnit) {
		return 0, 0, i
	}
	unit, next = s.toks[k].n, k+1
	if k > j {
		return unit, back, next
	}
	switch {
	case s.is(next, wBefore) && s.is(next+1, wLast):
		return unit, 2, next + 2
	case s.is(next, wLast):
		return unit, 1, next + 1
	case s.is(next, wPrior):
		return unit, 2, next + 1
	case s.is(next, wNext):
		return unit, -1, next + 1
	case s.is(next, wFollow) && s.is(next+1, wCome):
		return unit, -1, next + 2
	case bare:
		return unit, 0, next
	}
	return 0, 0, i
}

// weekdayOn returns the weekday of a day, 0 for Monday.
func weekdayOn(d Date) int { return (d.Days() + 6) % 7 }

// wholeUnit is the mention of a week, month or year told from today.
func (s *dateScan) wholeUnit(unit, back int) dateMention {
	if back < 0 {
		return dateMention{err: ErrFutureDate}
	}
	t := s.today
	if back == rolling {
		switch unit {
		case unitMonth:
			return dateMention{span: Span{From: t.AddMonths(-1), To: t, Grain: GrainMonth}, slack: 7}
		case unitYear:
			return dateMention{span: Span{From: t.AddMonths(-12), To: t, Grain: GrainYear}, slack: 30}
		default:
			return dateMention{span: Span{From: t.AddDays(-7), To: t, Grain: GrainWeek}, slack: slackDay}
		}
	}
	switch unit {
	case unitMonth:
		first := civil(t.Year, int(t.Month), 1).AddMonths(-back)
		return s.judge(monthSpan(first.Year, int(first.Month)), 7)
	case unitYear:
		year := t.Year - back
		return s.judge(Span{From: civil(year, 1, 1), To: civil(year, 12, 31), Grain: GrainYear}, 30)
	}
	// Weeks begin on Sunday for some and on Monday for others: a Sunday belongs
	// to both, and on a Sunday "last week" can be either of two.
	wd := weekdayOn(t)
	monday := t.AddDays(-wd)
	span := Span{From: monday.AddDays(-7*back - 1), To: monday.AddDays(-7*back + 6), Grain: GrainWeek}
	if wd == 6 {
		span.From = span.From.AddDays(1)
		if back > 0 {
			span.To = t.AddDays(-7*(back-1) - 1)
		}
	}
	return s.judge(span, slackDay)
}

// weekdayOf is a weekday of this week (back 0) or an earlier one, Monday first.
func (s *dateScan) weekdayOf(wd, back int) dateMention {
	if back == rolling {
		return s.weekdayBack(wd, false)
	}
	return s.judge(oneDay(s.today.AddDays(wd-weekdayOn(s.today)-7*back), false), 1)
}

// weekdayBack is the latest such weekday before today, or with last, where
// that one is only a day or two back, either it or the one before.
func (s *dateScan) weekdayBack(wd int, last bool) dateMention {
	back := (weekdayOn(s.today) - wd + 6) % 7
	m := dateMention{span: oneDay(s.today.AddDays(-back-1), false), slack: 1}
	if last && back < 2 {
		m.other, m.two = oneDay(s.today.AddDays(-back-8), false), true
	}
	return m
}

// weekday reads "Friday", "last Friday", "el viernes pasado", "Friday of last
// week", and a weekday with its date, "Friday, March 20".
func (s *dateScan) weekday(i int) (dateMention, int) {
	wd, j := s.toks[i].n, i+1
	if s.mark(j) == '.' && s.glued(j) && s.is(i, wShort) {
		j++
	}
	if m, next := s.weekdayWithDate(wd, j); next > j {
		return m, next
	}
	if m, next := s.nthWeekday(i); next > i {
		return m, next
	}
	if m, next := s.ago(s.after(j, wHace)); next > j && m.span.Grain == GrainWeek && m.err == nil {
		// "Friday two weeks ago": the Friday nearest to that day.
		middle := FromDays((m.span.From.Days() + m.span.To.Days()) / 2)
		off := (wd - weekdayOn(middle) + 10) % 7
		return s.judge(oneDay(middle.AddDays(off-3), false), 1), next
	}
	of := s.after(j, wOf)
	if unit, back, next := s.relUnit(of, false); next > of && unit == unitWeek {
		if back < 0 {
			return dateMention{err: ErrFutureDate}, next
		}
		return s.weekdayOf(wd, back), next
	}
	prev := i - 1
	if s.is(prev, wEach) || s.is(prev, wThe) && s.is(prev-1, wEach) {
		return dateMention{}, i
	}
	switch {
	case s.is(prev, wNext), s.is(j, wNext):
		return dateMention{err: ErrFutureDate}, s.after(j, wNext)
	case s.is(j, wFollow) && s.is(j+1, wCome):
		return dateMention{err: ErrFutureDate}, j + 2
	case s.is(j, wPrior), s.is(prev, wPrior), s.is(j, wBefore) && s.is(j+1, wLast):
		m := s.weekdayBack(wd, false)
		m.span = oneDay(m.span.From.AddDays(-7), false)
		if s.is(j, wBefore) {
			j++
		}
		return m, s.after(j, wPrior|wLast)
	case s.is(prev, wLast) && s.is(prev-1, wThis):
		return s.weekdayBack(wd, false), j
	case s.is(prev, wLast), s.is(j, wLast):
		return s.weekdayBack(wd, true), s.after(j, wLast)
	case s.is(prev, wThis) && !s.is(i, wShort):
		return s.weekdayOf(wd, 0), j
	case s.is(i, wShort) && !s.is(prev, wOn|wThe) && !s.alone(i, j):
		return dateMention{}, i
	case s.is(prev, wCard) && s.toks[prev].n > 1, s.digits(prev) > 0:
		return dateMention{}, i // two Mondays
	case wd == weekdayOn(s.today):
		day := oneDay(s.today, false)
		return dateMention{span: day, other: oneDay(s.today.AddDays(-7), false), two: true, slack: 1, wday: wd + 1}, j
	}
	m := s.weekdayBack(wd, false)
	m.wday = wd + 1
	return m, j
}

// weekdayWithDate reads the date that follows a weekday and tries it against
// the weekday; next is j when no date follows.
func (s *dateScan) weekdayWithDate(wd, j int) (m dateMention, next int) {
	k := j
	if s.mark(k) == ',' {
		k++
	}
	for links := 0; links < 3 && (s.is(k, wThe|wOn) || s.isUnit(k, unitDay)); links++ {
		k++
	}
	if k >= len(s.toks) || s.mark(k) != 0 {
		return m, j
	}
	if s.digits(k) > 0 {
		m, next = s.numeric(k)
	}
	if next <= k {
		m, next = s.dayMonth(k)
	}
	if next <= k && s.is(k, wMonth) {
		m, next = s.monthDay(k)
	}
	if next <= k {
		day, end := s.dayNumber(k)
		if end == k || day.n < 1 || day.n > 31 || !s.ends(end) || s.mark(j) == ',' && !day.ord && k == j+1 {
			return m, j
		}
		return s.latestDayOn(wd, day.n), end
	}
	if m.err != nil {
		return m, next
	}
	fits := func(span Span) bool { return span.From == span.To && weekdayOn(span.From) == wd }
	switch {
	case m.two && fits(m.other) && !fits(m.span):
		m.span, m.two = m.other, false
	case m.two && fits(m.span) && !fits(m.other):
		m.two = false
	case m.two || fits(m.span):
	case !m.full && m.span.Grain == GrainDay:
		// A year was left out: last year's day may be the one that fits.
		d := m.span.From
		if d.Year--; d.possible() && weekdayOn(d) == wd {
			m = either(m, dateMention{span: oneDay(d, false)})
		}
	default:
		m.span.Exact = false
	}
	return m, next
}

// latestDayOn is the latest such day of a month, within a year, that falls on
// that weekday; where none does, the weekday is taken for a slip.
func (s *dateScan) latestDayOn(wd, day int) dateMention {
	m := s.latestDay(day)
	first := civil(s.today.Year, int(s.today.Month), 1)
	for range 13 {
		d := civil(first.Year, int(first.Month), day)
		if d.possible() && !d.After(s.today) && weekdayOn(d) == wd {
			m.span = oneDay(d, false)
			break
		}
		first = first.AddMonths(-1)
	}
	return m
}
