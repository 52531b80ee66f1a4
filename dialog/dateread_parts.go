package dialog

// partOf reads a third of a month or year: "early March", "mid-2025", "a
// finales del mes pasado", "beginning of the year".
func (s *dateScan) partOf(i int) (dateMention, int) {
	if !s.is(i, wPart) {
		return dateMention{}, i
	}
	part, j := dateThirds{s.toks[i].n, s.toks[i].n}, i+1
	if s.mark(j) == '-' {
		j++
	}
	if s.is(j, wTo|wOr) { // mid to late, mid-to-late
		k := j + 1
		if s.mark(k) == '-' {
			k++
		}
		if s.is(k, wPart) && s.toks[k].n > part.first {
			part.last, j = s.toks[k].n, k+1
		}
	}
	j = s.after(j, wIn) // late in March
	linked := s.after(j, wOf)
	k := s.after(linked, wThe)
	if s.isUnit(k, unitMonth) && s.is(k+1, wOf) {
		k += 2 // del mes de
	}
	if year, month, next, told := s.monthYear(k); next > k {
		return s.monthPart(year, month, part, told), next
	}
	if unit, back, next := s.relUnit(linked, linked > j); next > linked && back != rolling {
		switch {
		case back < 0:
			return dateMention{err: ErrFutureDate}, next
		case unit == unitYear:
			return s.yearPart(s.today.Year-back, part, back > 0), next
		case unit == unitMonth:
			if back == 0 && !s.is(s.after(linked, wThe), wThis) && 10*part.first-9 > s.today.Day {
				back = 1 // the end of the month that has one
			}
			first := civil(s.today.Year, int(s.today.Month), 1).AddMonths(-back)
			return s.monthPart(first.Year, int(first.Month), part, true), next
		case unit == unitWeek && back > 0:
			return s.wholeUnit(unit, back), next
		}
	}
	if y, next := s.year(j, 0); next > j && y.kind == yearFull {
		return s.yearPart(y.n, part, true), next
	}
	return dateMention{}, i
}

// dateThirds are thirds of a month or year, 1 to 3.
type dateThirds struct{ first, last int }

// monthPart is the mention of a third of a month; where no year was told and
// it is yet to come, that of a year ago.
func (s *dateScan) monthPart(year, month int, part dateThirds, told bool) dateMention {
	third := func(year int) Span {
		span := monthSpan(year, month)
		last := span.To.Day
		span.From.Day = 10*part.first - 9
		if span.To.Day = 10 * part.last; part.last == 3 {
			span.To.Day = last
		}
		return span
	}
	span := third(year)
	if !told && span.From.After(s.today) {
		span = third(year - 1)
	}
	m := s.judge(span, slackDay)
	m.noYear = !told
	return m
}

// yearPart is the mention of a third of a year.
func (s *dateScan) yearPart(year int, part dateThirds, told bool) dateMention {
	if year < minDateYear {
		return dateMention{err: ErrNoSuchDay}
	}
	if !told && civil(year, 4*part.first-3, 1).After(s.today) {
		year--
	}
	return s.judge(Span{From: civil(year, 4*part.first-3, 1), To: monthSpan(year, 4*part.last).To, Grain: GrainYear}, 30)
}

// weekOfMonth reads "the first week of March", "la última semana de marzo".
func (s *dateScan) weekOfMonth(i int) (dateMention, int) {
	n, j, last := 0, i+1, s.is(i, wLast)
	if !last {
		day, next := s.dayNumber(i)
		if next == i || !day.ord || day.n < 1 || day.n > 4 {
			return dateMention{}, i
		}
		n, j = day.n, next
	}
	if !s.isUnit(j, unitWeek) || !s.is(j+1, wOf) {
		return dateMention{}, i
	}
	k := s.after(j+2, wThe)
	year, month, next, told := s.monthYear(k)
	if next == k {
		unit, back, end := s.relUnit(j+2, false)
		if end == j+2 || unit != unitMonth || back < 0 || back == rolling {
			return dateMention{}, i
		}
		first := civil(s.today.Year, int(s.today.Month), 1).AddMonths(-back)
		year, month, next, told = first.Year, int(first.Month), end, true
	}
	week := func(year int) Span {
		span := monthSpan(year, month)
		if last {
			span.From.Day = span.To.Day - 6
		} else {
			span.From.Day, span.To.Day = 7*n-6, 7*n
		}
		span.Grain = GrainWeek
		return span
	}
	span := week(year)
	if !told && span.From.After(s.today) {
		span = week(year - 1)
	}
	return s.judge(span, slackDay), next
}

// nthWeekday reads "first Monday of March", "el último viernes de enero" from
// the weekday on; next is i when it is none.
func (s *dateScan) nthWeekday(i int) (dateMention, int) {
	last := s.is(i-1, wLast)
	n := 0
	if s.is(i-1, wOrd) {
		n = s.toks[i-1].n
	}
	if !last && (n < 1 || n > 4) || !s.is(i+1, wOf) {
		return dateMention{}, i
	}
	k := s.after(i+2, wThe)
	year, month, next, told := s.monthYear(k)
	if next == k {
		return dateMention{}, i
	}
	pick := func(year int) Date {
		span := monthSpan(year, month)
		if last {
			return span.To.AddDays(-((weekdayOn(span.To) - s.toks[i].n + 7) % 7))
		}
		return span.From.AddDays((s.toks[i].n-weekdayOn(span.From)+7)%7 + 7*(n-1))
	}
	d := pick(year)
	if !told && d.After(s.today) {
		d = pick(year - 1)
	}
	return s.judge(oneDay(d, false), slackDay), next
}

// weekend reads "last weekend", "el fin de semana pasado", "this weekend".
func (s *dateScan) weekend(i int) (dateMention, int) {
	next := i + 1
	switch {
	case s.is(i, wWeekend):
	case s.is(i, wPart) && s.is(i+1, wOf) && s.isUnit(i+2, unitWeek):
		next = i + 3
	default:
		return dateMention{}, i
	}
	if s.is(i-1, wNext) || s.is(next, wNext) || s.is(next, wFollow) && s.is(next+1, wCome) {
		return dateMention{err: ErrFutureDate}, next + 1
	}
	wd := weekdayOn(s.today)
	saturday := s.today.AddDays(5 - wd)
	this := s.is(i-1, wThis)
	if wd < 5 && !this || wd >= 5 && (s.is(i-1, wLast) || s.is(next, wLast)) {
		saturday = saturday.AddDays(-7)
	}
	return s.judge(Span{From: saturday, To: saturday.AddDays(1), Grain: GrainWeek}, 1), s.after(next, wLast)
}
