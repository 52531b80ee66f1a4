package dialog

// settle makes one mention of those found.
func (s *dateScan) settle() (dateMention, error) {
	var best dateMention
	var failed error
	have := false
	for _, m := range s.found[:s.nfound] {
		switch {
		case m.err == ErrManyDates:
			return m, m.err
		case m.err != nil && failed == nil, m.err == ErrNoSuchDay:
			failed = m.err
		case m.err != nil:
		case !have:
			best, have = m, true
		default:
			joined, ok := s.join(best, m)
			if !ok {
				return m, ErrManyDates
			}
			best = joined
		}
	}
	switch {
	case !have && failed == nil:
		return best, ErrNoDate
	case !have:
		return best, failed
	case failed == ErrNoSuchDay:
		return best, ErrManyDates
	case failed != nil:
		best.span.Exact = false
	}
	return best, nil
}

// join makes one mention of two that do not exclude each other: what both of
// them hold, the reading of an ambiguous one that the other confirms, or the
// day that a weekday beside it fits. They may still tell of two things, so what
// is not the same in both is not exact.
func (s *dateScan) join(a, b dateMention) (dateMention, bool) {
	if one := a.span.From == a.span.To; b.wday > 0 && a.wday == 0 && one && s.beside(a.to, b.from) {
		// "March 6, a Friday"
		switch wd := b.wday - 1; {
		case weekdayOn(a.span.From) == wd:
			a.two = false
			return a, true
		case a.two && weekdayOn(a.other.From) == wd:
			a.span, a.two = a.other, false
			return a, true
		}
	}
	if b.two && !a.two {
		a, b = b, a
	}
	if y := a.span; a.noYear && b.span.Grain == GrainYear {
		a.span = a.span.inYear(b.span.From.Year, s.today)
	} else if b.noYear && y.Grain == GrainYear {
		b.span = b.span.inYear(y.From.Year, s.today)
	}
	switch {
	case a.two && b.two:
		return a, a.span == b.span && a.other == b.other
	case a.two && (b.span.holds(a.span) || a.span.holds(b.span)):
		a.two = false
	case a.two && (b.span.holds(a.other) || a.other.holds(b.span)):
		a.span, a.two = a.other, false
	case a.two:
		return a, false
	}
	same := a.span.From == b.span.From && a.span.To == b.span.To
	a.span.Exact, b.span.Exact = a.span.Exact && same, b.span.Exact && same
	switch {
	case same && a.span.Exact:
		return a, true
	case a.span.holds(b.span):
		return b, true
	case !b.span.holds(a.span) && a.span.overlaps(b.span):
		if b.span.Grain < a.span.Grain {
			a.span.Grain = b.span.Grain
		}
		if b.span.From.After(a.span.From) {
			a.span.From = b.span.From
		}
		if b.span.To.Before(a.span.To) {
			a.span.To = b.span.To
		}
		a.span.Approx = a.span.Approx || b.span.Approx
		return a, true
	}
	return a, b.span.holds(a.span)
}

// beside tells whether only marks and articles stand between two tokens.
func (s *dateScan) beside(i, j int) bool {
	for ; i < j; i++ {
		if s.mark(i) == 0 && !s.is(i, wOne|wThe) {
			return false
		}
	}
	return true
}

// overlaps tells whether a day lies in both spans.
func (s Span) overlaps(other Span) bool {
	return !other.From.After(s.To) && !other.To.Before(s.From)
}

// inYear is the span a number of years off, with From in that year; a day that
// the year does not have, or has not had by today, is left where it is.
func (s Span) inYear(year int, today Date) Span {
	moved := s
	moved.From.Year, moved.To.Year = year, year+s.To.Year-s.From.Year
	if !moved.From.possible() || moved.From.After(today) {
		return s
	}
	moved.To.Day = min(moved.To.Day, daysIn(moved.To.Year, moved.To.Month))
	if s.From != s.To && s.To.Day == daysIn(s.To.Year, s.To.Month) {
		moved.To.Day = daysIn(moved.To.Year, moved.To.Month)
	}
	return moved
}
