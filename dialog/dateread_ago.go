package dialog

// dateQuantity is a stretch of time: "about two or three weeks".
type dateQuantity struct {
	lo, hi   int // how many units, at least and at most
	unit     int
	half     bool // and a half
	about    bool
	rough    bool // a few, two or three: lo and hi already say how rough
	more     bool // more than
	almost   bool // not quite
	less     bool // less than
	business bool // working days
	hace     bool // said in Spanish, where 8 and 15 days are one and two weeks
}

// The longest stretches that are read, in their unit; with them the arithmetic
// stays far inside the calendar.
const maxDateUnits = 2000

// ago reads a stretch of time that ends today: "two weeks ago", "hace como un
// mes", "dos semanas atrás"; also one that begins today, which is an error:
// "in two weeks", "dentro de un mes".
func (s *dateScan) ago(i int) (dateMention, int) {
	j := s.after(i, wHace)
	hace := j > i
	if !hace && s.is(i, wIn) {
		k := s.after(i+1, wOf)
		if _, next := s.quantity(k); next > k && !s.is(next, wAgo) {
			return dateMention{err: ErrFutureDate}, next
		}
		return dateMention{}, i
	}
	if n, k, ok := s.cardinal(j); ok && s.is(k, wWday) && n <= 52 && (hace || s.is(k+1, wAgo)) {
		m := s.weekdayBack(s.toks[k].n, false) // two Mondays ago
		m.span = oneDay(m.span.From.AddDays(-7*(n-1)), false)
		return m, s.after(k+1, wAgo)
	}
	q, next := s.quantity(j)
	if next == j || !hace && !s.is(next, wAgo) {
		return dateMention{}, i
	}
	next = s.after(next, wAgo)
	q.hace = hace && s.toks[i].n == 1
	m := dateMention{}
	m.span, m.slack = q.span(s.today)
	if m.span.To.Year < minDateYear {
		return dateMention{}, i
	}
	if q.whole() {
		return s.agoOn(m, q, next)
	}
	return m, next
}

// whole tells whether the quantity can be counted to the day: "two weeks", but
// not "about two weeks".
func (q dateQuantity) whole() bool {
	return q.lo == q.hi && !q.half && !q.rough && !q.about && !q.more && !q.almost && !q.less && !q.business
}

// agoOn reads the day that may follow "two weeks ago": today, yesterday, or
// for weeks a weekday.
func (s *dateScan) agoOn(m dateMention, q dateQuantity, next int) (dateMention, int) {
	k := s.after(s.after(next, wOn), wThe)
	weeks := q.lo
	switch {
	case s.is(k, wRelDay) && s.toks[k].n >= 0 && k == next:
		return dateMention{span: oneDay(q.back(s.today.AddDays(-s.toks[k].n), q.lo), false), slack: 1}, k + 1
	case q.unit == unitWeek && s.is(k, wWday) && !s.is(k, wShort):
		// "a week ago Friday" counts from last Friday; others mean the Friday
		// nearest to the day a week ago.
		wd := s.toks[k].n
		nearest := s.today.AddDays(-7*weeks + (wd-weekdayOn(s.today)+10)%7 - 3)
		counted := s.weekdayBack(wd, false).span.From
		if wd == weekdayOn(s.today) {
			counted = s.today
		}
		return either(s.judge(oneDay(nearest, false), 1),
			s.judge(oneDay(counted.AddDays(-7*weeks), false), 1)), k + 1
	}
	return m, next
}

// quantity reads a stretch of time; next is i when there is none.
func (s *dateScan) quantity(i int) (q dateQuantity, next int) {
	j := s.modifiers(i, &q)
	counted := j
	switch {
	case s.is(j, wHalf): // half a year, medio año
		q.half, j = true, s.after(j+1, wOne)
	case s.is(s.after(j, wOne), wCouple):
		q.lo, q.hi, q.about = 2, 2, true
		j = s.after(s.after(j, wOne)+1, wOf)
	case s.is(s.after(j, wOne), wFew):
		q.lo, q.hi, q.rough = 2, 5, true
		j = s.after(s.after(j, wOne)+1, wOf)
	default:
		j = s.count(j, &q)
	}
	if s.is(j, wAnd) && s.is(j+1, wOne) && s.is(j+2, wHalf) { // two and a half weeks
		q.half, j = true, j+3
	}
	if s.is(j, wBusiness) {
		q.business, j = true, j+1
	}
	if !s.is(j, wUnit) || s.digits(j) > 0 {
		return q, i
	}
	q.unit = s.toks[j].n
	if q.rough && q.unit == unitDay && q.hi == 5 && q.lo == 2 {
		q.hi = 6
	}
	j++
	if s.is(j, wBusiness) {
		q.business, j = true, j+1
	}
	bare := j == counted+1
	if s.is(j, wOr) && q.lo == q.hi { // a week or two
		if n, k, ok := s.cardinal(j + 1); ok && n > q.hi {
			q.hi, q.rough, j = n, true, k
		}
	}
	if s.is(j, wAnd) {
		switch k := s.after(j+1, wOne); {
		case s.is(k, wHalf):
			q.half, j = true, k+1
			if bare { // mes y medio
				q.lo, q.hi, bare = 1, 1, false
			}
		case s.is(k, wChange):
			q.more, j = true, k+1
		}
	}
	if end, ok := s.about(j); ok && !s.is(j, wFew) {
		q.about, j = true, end
	} else if s.is(j, wOr) && s.is(j+1, wSo) {
		q.about, j = true, j+2
	}
	if bare || q.hi > maxDateUnits || q.lo > q.hi {
		return q, i
	}
	return q, j
}

// modifiers reads what comes before the number: about, more than, almost.
func (s *dateScan) modifiers(i int, q *dateQuantity) int {
	for range 4 {
		k := i
		if s.is(k+1, wLittle) || s.is(k, wLittle) && s.is(k+1, wMore|wLess) {
			k = s.after(s.after(k, wOne), wLittle)
		}
		switch next, ok := s.about(k); {
		case s.is(k, wFew) && !s.is(k+1, wCard|wHundred|wOne) && s.digits(k+1) == 0:
			return i // unas semanas: a few
		case ok:
			q.about, i = true, next
		case s.is(k, wMore):
			q.more, i = true, s.after(k+1, wThan|wOf)
		case s.is(k, wLess) && s.is(k+1, wThan|wOf):
			q.less, i = true, k+2
		case s.is(k, wAlmost):
			q.almost, i = true, k+1
		case s.is(k, wFiller) && !s.is(k, wOne|wTo):
			i = k + 1 // hace ya, hace exactamente
		default:
			return i
		}
	}
	return i
}

// count reads the number of units, or two of them: "2", "a", "two or three".
func (s *dateScan) count(i int, q *dateQuantity) int {
	if s.is(i, wOne) && !s.is(i+1, wHundred) {
		q.lo, q.hi = 1, 1
		if s.is(i+1, wOr) { // una o dos semanas
			if n, k, ok := s.cardinal(i + 2); ok && n > 1 {
				q.hi, q.rough = n, true
				return k
			}
		}
		return i + 1
	}
	n, j, ok := s.cardinal(i)
	if !ok {
		return i
	}
	q.lo, q.hi = n, n
	if s.is(j, wOr|wTo) || s.mark(j) == '-' {
		if m, k, ok := s.cardinal(j + 1); ok && m > n {
			q.hi, q.rough, j = m, true, k
		}
	}
	return j
}

// span is the stretch of days that a quantity before today lies in, and what
// to add at both ends for "about"; the table at ReadDate tells how wide.
func (q dateQuantity) span(today Date) (Span, int) {
	span, slack := q.plain(today)
	switch {
	case q.more:
		far := q
		far.more, far.about = false, false
		far.lo, far.hi = q.hi+max(1, q.hi/2), q.hi+max(1, q.hi/2)
		span.From = far.back(today, far.hi)
		span.To = q.back(today, q.lo)
		span.Approx, slack = true, 0
	case q.almost:
		span.From = q.back(today, q.hi)
		span.To = span.From.AddDays(max(1, (today.Days()-span.From.Days())/4))
		span.Approx, slack = true, 0
	case q.less:
		span.From, span.To = q.back(today, q.hi), today
		span.Approx, slack = true, 0
	}
	if q.rough {
		span.Approx, slack = true, 0
	}
	if q.about {
		span.Approx = true
	}
	return span, slack
}

// back is the day so many units before today.
func (q dateQuantity) back(today Date, n int) Date {
	switch q.unit {
	case unitHour:
		return today.AddDays(-n / 24)
	case unitDay:
		if q.business {
			return today.AddDays(-n - (n+4)/5*2)
		}
		return today.AddDays(-n)
	case unitWeek, unitFortnight:
		days := 7
		if q.unit == unitFortnight {
			days = 15
		}
		half := 0
		if q.half {
			half = days / 2
		}
		return today.AddDays(-days*n - half)
	case unitMonth:
		d := today.AddMonths(-n)
		if q.half {
			d = d.AddDays(-15)
		}
		return d
	default:
		months := 12 * n
		if q.half {
			months += 6
		}
		return today.AddMonths(-months)
	}
}

// plain is the span without the words that make it wider.
func (q dateQuantity) plain(today Date) (Span, int) {
	span := Span{From: q.back(today, q.hi), To: q.back(today, q.lo)}
	wide, slack := 0, 0
	switch q.unit {
	case unitHour:
		span.Grain, slack = GrainDay, 1
		span.From = today.AddDays(-(q.hi + 23) / 24)
	case unitDay:
		span.Grain, slack = GrainDay, max(1, q.hi/5)
		switch {
		case q.business:
			wide = 2
		case q.hace && q.lo == q.hi && (q.hi == 8 || q.hi == 15):
			span.Grain, span.To = GrainWeek, span.To.AddDays(1)
		}
	case unitWeek:
		span.Grain, wide, slack = GrainWeek, 2, min(2*q.hi, 14)
	case unitFortnight:
		span.Grain, wide, slack = GrainWeek, 2, slackDay
	case unitMonth:
		span.Grain, wide, slack = GrainMonth, min(3+max(q.hi, 1), 15), min(3*max(q.hi, 1), 30)
	case unitYear:
		span.Grain, wide, slack = GrainYear, 30, 30
	}
	if q.rough {
		wide = 0
	}
	span.From, span.To = span.From.AddDays(-wide), span.To.AddDays(wide)
	if span.To.After(today) {
		span.To = today
	}
	return span, slack
}
