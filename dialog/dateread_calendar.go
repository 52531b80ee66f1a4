package dialog

import "time"

// civil makes a Date of numbers, possible or not.
func civil(year, month, day int) Date {
	return Date{Year: year, Month: time.Month(month), Day: day}
}

// oneDay is the span of a single day.
func oneDay(d Date, exact bool) Span { return Span{From: d, To: d, Grain: GrainDay, Exact: exact} }

// monthSpan is the span of a whole month.
func monthSpan(year, month int) Span {
	return Span{From: civil(year, month, 1), To: civil(year, month, daysIn(year, time.Month(month))), Grain: GrainMonth}
}

// judge is the mention of a span: an error when all of it lies in the future.
func (s *dateScan) judge(span Span, slack int) dateMention {
	if span.From.After(s.today) {
		return dateMention{err: ErrFutureDate}
	}
	return dateMention{span: span, slack: slack}
}

// slackDay is what "about" adds to a day of the calendar.
const slackDay = 3

// dated is the mention of a day and a month, with or without a year.
func (s *dateScan) dated(y dateYear, month, day int) dateMention {
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return dateMention{err: ErrNoSuchDay}
	}
	if y.kind == yearNone {
		return s.latest(month, day)
	}
	if y.kind == yearShort {
		y.n = s.fullYear(y.n, month, day)
	}
	d := civil(y.n, month, day)
	if !d.possible() || d.Year < minDateYear {
		return dateMention{err: ErrNoSuchDay}
	}
	m := s.judge(oneDay(d, y.kind == yearFull), slackDay)
	m.full = y.kind != yearTold
	return m
}

// latest is the mention of a day and month of this year or the last one.
func (s *dateScan) latest(month, day int) dateMention {
	for year := s.today.Year; year >= s.today.Year-1; year-- {
		if d := civil(year, month, day); d.possible() && !d.After(s.today) {
			return dateMention{span: oneDay(d, false), slack: slackDay, noYear: true}
		}
	}
	return dateMention{err: ErrNoSuchDay}
}

// latestDay is the mention of a day of the month alone: the latest one.
func (s *dateScan) latestDay(day int) dateMention {
	year, month := s.today.Year, int(s.today.Month)
	for range 4 { // no two months in a row lack the 31st, and none the 28th
		if d := civil(year, month, day); d.possible() && !d.After(s.today) {
			return dateMention{span: oneDay(d, false), slack: slackDay}
		}
		if month--; month == 0 {
			year, month = year-1, 12
		}
	}
	return dateMention{err: ErrNoSuchDay}
}

// either makes one mention of two readings; those that are impossible or in
// the future fall away.
func either(a, b dateMention) dateMention {
	switch {
	case a.err == nil && b.err == nil:
		if a.span == b.span {
			return a
		}
		a.other, a.two = b.span, true
		a.span.Exact, a.other.Exact = false, false
		return a
	case a.err == nil && b.err == ErrFutureDate:
		a.span.Exact = false
		return a
	case b.err == nil && a.err == ErrFutureDate:
		b.span.Exact = false
		return b
	case a.err == nil, a.err == ErrFutureDate:
		return a
	}
	return b
}

// dayMonth reads a day before its month: "20 March", "the first of May, 2025",
// "5 de marzo del 2026", "20-Mar-26", "el 5 del mes pasado".
func (s *dateScan) dayMonth(i int) (dateMention, int) {
	day, j := s.dayNumber(i)
	if j == i || day.n > 99 {
		return dateMention{}, i
	}
	other, many := dayNumber{}, false
	if s.is(j, wOr|wAnd|wTo) {
		if d, k := s.dayNumber(s.after(j+1, wThe)); k > j+1 {
			many = !s.is(j, wOr)
			other, j = d, k
		}
	}
	sep := byte(0)
	if m := s.mark(j); m == '-' || m == '/' || m == '.' || m == ',' {
		sep = m
		j++
	}
	k := s.after(j, wOf)
	if unit, back, next := s.relUnit(k, false); k > j && next > k && unit == unitMonth && back >= 0 {
		return s.dayOfMonthBack(day.n, back), next
	}
	if k > j {
		if m := s.after(k, wThe); s.isUnit(m, unitMonth) && s.is(m+1, wOf) {
			k = m + 2 // del mes de
		} else if s.isUnit(m, unitMonth) {
			return s.latestDay(day.n), m + 1 // of the month
		}
	}
	if !s.is(k, wMonth) {
		return s.dayOfNumber(i, day, j)
	}
	month, linked := s.toks[k].n, k > j || sep == '-' || sep == '/'
	y, next := s.year(k+1, sep)
	switch {
	case s.is(k, wAgo) && !linked && y.kind == yearNone,
		s.is(k, wShort) && day.word && !day.ord && !linked:
		return dateMention{}, i
	case y.kind == yearNone && s.mark(next) == '.' && s.glued(next):
		next++
	}
	m := s.dated(y, month, day.n)
	if many {
		m = dateMention{err: ErrManyDates}
	} else if other.n > 0 {
		m = either(m, s.dated(y, month, other.n))
	}
	return m, next
}

// dayOfNumber reads "el 9 del 3 del 2026", from the "del" at j on.
func (s *dateScan) dayOfNumber(i int, day dayNumber, j int) (dateMention, int) {
	month, k := s.dayNumber(j + 1)
	if !s.is(j, wOf) || k == j+1 || month.word || month.ord || !s.is(k, wOf) {
		return dateMention{}, i
	}
	y, next := s.year(k, 0)
	if next == k || y.kind == yearTold {
		return dateMention{}, i
	}
	m := s.dated(y, month.n, day.n)
	m.span.Exact = false
	return m, next
}

// dayOfMonthBack is a day of this month (0), the last one (1) or the one before.
func (s *dateScan) dayOfMonthBack(day, back int) dateMention {
	first := civil(s.today.Year, int(s.today.Month), 1).AddMonths(-back)
	return s.dated(dateYear{first.Year, yearTold}, int(first.Month), day)
}

// monthDay reads a month before its day: "March 20", "mar. 3rd, 2026", "marzo
// 5", "march twentieth twenty twenty six".
func (s *dateScan) monthDay(i int) (dateMention, int) {
	if s.is(i, wAgo) {
		return dateMention{}, i
	}
	j, sep := i+1, byte(0)
	if s.mark(j) == '.' && s.glued(j) {
		j++
	}
	if m := s.mark(j); m == '-' || m == '/' || m == ',' {
		sep = m
		j++
	}
	j, about := s.about(j)
	for links := 0; links < 2 && s.is(j, wThe|wOn); links++ {
		j++
	}
	day, next := s.dayNumber(j)
	if next == j || s.is(next, wUnit) || about && !s.ends(next) {
		return dateMention{}, i
	}
	other, many := dayNumber{}, false
	if s.is(next, wOr|wAnd|wTo) {
		if d, k := s.dayNumber(s.after(next+1, wThe)); k > next+1 && s.ends(k) {
			many = !s.is(next, wOr)
			other, next = d, k
		}
	}
	y, end := s.year(next, sep)
	if y.kind == yearNone {
		y = s.yearBefore(i)
	}
	if s.is(i, wShort) && day.word && !day.ord && y.kind == yearNone && !s.alone(i, end) {
		return dateMention{}, i // "may one …"
	}
	m := s.dated(y, s.toks[i].n, day.n)
	if s.mark(end) == '-' && s.glued(end) && s.digits(end+1) > 0 {
		return dateMention{err: ErrManyDates}, s.runEnd(end + 1) // March 3-5
	}
	switch {
	case many:
		return dateMention{err: ErrManyDates}, end
	case other.n > 0:
		m = either(m, s.dated(y, s.toks[i].n, other.n))
	case y.kind == yearShort && day.word && !day.ord && (day.n == 19 || day.n == 20):
		// "march twenty twenty six" is a day of 2026, or all of March 2026.
		if whole := s.judge(monthSpan(day.n*100+y.n, s.toks[i].n), 7); whole.err == nil {
			m = either(m, whole)
		}
	}
	m.span.Approx = m.span.Approx || about
	return m, end
}

// yearBefore is the year of "2026 March 3" and "2026-Mar-03".
func (s *dateScan) yearBefore(i int) dateYear {
	if m := s.mark(i - 1); m == '-' || m == '/' || m == ',' {
		i--
	}
	if s.digits(i-1) == 4 && s.toks[i-1].n >= minDateYear && s.toks[i-1].n <= 2099 {
		return dateYear{s.toks[i-1].n, yearFull}
	}
	return dateYear{}
}

// monthYear reads a month without a day; told is whether a year is with it.
// Without one it is the latest that has begun.
func (s *dateScan) monthYear(i int) (year, month, next int, told bool) {
	if !s.is(i, wMonth) {
		return 0, 0, i, false
	}
	month = s.toks[i].n
	y, next := s.year(i+1, 0)
	if y.kind == yearFull || y.kind == yearTold {
		return y.n, month, next, true
	}
	year = s.today.Year
	if month > int(s.today.Month) {
		year--
	}
	return year, month, i + 1, false
}

// wholeMonth reads a month alone: "in March", "March 2025", "last March",
// "marzo pasado". In the midst of a sentence it needs a word that places it:
// April and May are people too.
func (s *dateScan) wholeMonth(i int) (dateMention, int) {
	year, month, next, told := s.monthYear(i)
	if next == i {
		return dateMention{}, i
	}
	if told {
		if year < minDateYear {
			return dateMention{err: ErrNoSuchDay}, next
		}
		return s.judge(monthSpan(year, month), 7), next
	}
	switch {
	case s.is(i-1, wNext), s.is(next, wNext), s.is(next, wFollow) && s.is(next+1, wCome):
		return dateMention{err: ErrFutureDate}, next + 1
	case s.is(i-1, wThis):
		return s.judge(monthSpan(s.today.Year, month), 7), next
	case s.is(i-1, wLast), s.is(next, wLast):
		if month == int(s.today.Month) {
			year--
		}
		m := s.judge(monthSpan(year, month), 7)
		if s.is(i-1, wLast) && year == s.today.Year {
			m = either(m, s.judge(monthSpan(year-1, month), 7))
		}
		return m, s.after(next, wLast)
	case s.is(i, wAgo):
		return dateMention{}, i
	case s.is(i-1, wIn|wOf|wAbout|wBefore|wAfter|wOr), s.alone(i, next):
		m := s.judge(monthSpan(year, month), 7)
		m.noYear = true
		return m, next
	}
	return dateMention{}, i
}

// dayAlone reads a day of the month, or a year, without anything beside it:
// "the 14th", "el 14", "14", "in 2025".
func (s *dateScan) dayAlone(i int) (dateMention, int) {
	if d := s.digits(i); d == 4 || d == 6 || d == 8 {
		return s.packed(i)
	}
	day, next := s.dayNumber(i)
	if next == i || day.n < 1 || day.n > 31 || s.is(i-1, wPage) {
		return dateMention{}, i
	}
	dayWord := s.isUnit(i-1, unitDay)
	switch {
	case s.alone(i, next):
	case !s.ends(next):
		return dateMention{}, i
	case day.word && day.ord:
		if !(s.is(i-1, wThe) && s.is(i-2, wOn)) && !dayWord {
			return dateMention{}, i
		}
	case !s.is(i-1, wThe|wOn) && !dayWord && !(day.ord && s.is(i-1, wIn|wAbout)):
		return dateMention{}, i
	}
	return s.latestDay(day.n), next
}

// packed reads four digits that are a year, and eight (or, for a birth, six)
// digits alone that are a date without marks.
func (s *dateScan) packed(i int) (dateMention, int) {
	n, next := s.toks[i].n, i+1
	alone := s.alone(i, next)
	switch {
	case s.digits(i) == 4:
		if n < minDateYear || n > 2099 || !alone && (!s.is(i-1, wIn|wYearWord) || !s.ends(next)) {
			return dateMention{}, i
		}
		return s.judge(Span{From: civil(n, 1, 1), To: civil(n, 12, 31), Grain: GrainYear}, 30), next
	case !alone:
		return dateMention{}, i
	case s.digits(i) == 6:
		if !s.birth {
			return dateMention{}, i
		}
		y := dateYear{n % 100, yearShort}
		return either(s.dated(y, n/10000, n/100%100), s.dated(y, n/100%100, n/10000)), next
	}
	first := s.dated(dateYear{n / 10000, yearFull}, n/100%100, n%100)
	y := dateYear{n % 10000, yearFull}
	m := either(s.dated(y, n/1000000, n/10000%100), s.dated(y, n/10000%100, n/1000000))
	if first.err == nil {
		m = first
	}
	m.span.Exact = false
	return m, next
}
