package dialog

// numeric reads a date in digits and marks: 2026-03-20, 3/20/26, 20.3.2026,
// 3/20, 03/2026. Telephone numbers, amounts and the like have the wrong shape.
func (s *dateScan) numeric(i int) (dateMention, int) {
	group, sep, next := s.groups(i)
	if sep == 0 || s.glued(next) && !s.closes(next) {
		return dateMention{}, i
	}
	a, b, c := s.toks[group[0]], s.toks[group[1]], dateToken{}
	if group[2] == 0 {
		return s.twoNumbers(a, b, sep, i, next)
	}
	c = s.toks[group[2]]
	switch {
	case a.digits == 4 && b.digits <= 2 && c.digits <= 2:
		return s.dated(dateYear{a.n, yearFull}, b.n, c.n), next
	case a.digits > 2 || b.digits > 2 || c.digits != 4 && c.digits != 2,
		c.digits == 2 && (a.n > 31 || b.n > 31):
		return dateMention{}, i
	}
	y := dateYear{c.n, yearFull}
	if c.digits == 2 {
		y.kind = yearShort
	}
	m := s.inOrder(y, a.n, b.n)
	if y.kind == yearShort && m.err == nil && !m.two {
		// Two digits are enough where they cannot be anything but the year.
		m.span.Exact = a.n <= 12 && b.n > 12 || a.n == b.n
	}
	if sep == ' ' {
		m.span.Exact = false
	}
	return m, next
}

// inOrder reads two numbers as month and day, and as day and month.
func (s *dateScan) inOrder(y dateYear, a, b int) dateMention {
	return either(s.dated(y, a, b), s.dated(y, b, a))
}

// groups collects two or three numbers that one kind of mark parts; sep is
// that mark, ' ' for three numbers alone in the text, 0 for none.
func (s *dateScan) groups(i int) (group [3]int, sep byte, next int) {
	group[0] = i
	if s.digits(i+1) > 0 && s.digits(i+2) > 0 && s.alone(i, i+3) {
		return [3]int{i, i + 1, i + 2}, ' ', i + 3
	}
	n, j := 1, i+1
	for n < 3 {
		mark := s.mark(j)
		if mark != '/' && mark != '-' && mark != '.' || sep != 0 && mark != sep || s.digits(j+1) == 0 {
			break
		}
		// Marks stand close to their numbers; spaces are left only around slashes
		// and in a full date.
		if (!s.glued(j) || !s.glued(j+1)) && mark != '/' &&
			!(mark == '-' && (n == 2 || s.mark(j+2) == '-' && s.digits(j+3) > 0)) {
			break
		}
		group[n], sep = j+1, mark
		n++
		j += 2
	}
	if n == 1 {
		return group, 0, i
	}
	return group, sep, j
}

// closes tells whether a number may end where something is glued to it.
func (s *dateScan) closes(i int) bool {
	switch s.mark(i) {
	case 0:
		return s.is(i, wIsoT) && s.digits(i+1) > 0
	case '%', '$', '#':
		return false
	}
	return !(s.glued(i+1) && s.digits(i+1) > 0)
}

// twoNumbers reads a date of two numbers: 3/20, 03/2026, 2026-03.
func (s *dateScan) twoNumbers(a, b dateToken, sep byte, i, next int) (dateMention, int) {
	year, month := 0, 0
	switch {
	case a.digits <= 2 && b.digits == 4:
		year, month = b.n, a.n
	case a.digits == 4 && b.digits <= 2 && sep != '.':
		year, month = a.n, b.n
	}
	if year > 0 {
		if month < 1 || month > 12 || year < minDateYear || year > 2099 || sep == '.' && !s.alone(i, next) {
			return dateMention{}, i
		}
		return s.judge(monthSpan(year, month), 7), next
	}
	placed := s.is(i-1, wThe|wOn|wIn|wAbout) || s.is(i-1, wWday)
	switch {
	case a.digits > 2 || b.digits > 2 || a.n > 31 || b.n > 31 || a.n == 0 || b.n == 0,
		sep == '.', sep == '-' && !placed && !s.alone(i, next),
		s.is(next, wUnit|wMoney|wTime), s.is(next, wOf) && !s.is(next, wTo) && !placed, s.isUnit(i-1, unitHour),
		a.n == 24 && b.n == 7, a.n == 1 && b.n == 2 && !placed && !s.alone(i, next):
		return dateMention{}, i
	}
	return s.inOrder(dateYear{}, a.n, b.n), next
}

// pass returns where to look on when nothing at i names a date. What makes
// numbers something else is passed together with them.
func (s *dateScan) pass(i int) int {
	switch {
	case s.digits(i) > 0:
		return s.runEnd(i)
	case s.mark(i) == '$', s.mark(i) == '#':
		if s.digits(i+1) > 0 {
			return s.runEnd(i + 1)
		}
	case s.is(i, wPage):
		j := i + 1
		for skip := 0; skip < 2 && (s.mark(j) == '#' || s.mark(j) == '.' || s.mark(j) == ':'); skip++ {
			j++
		}
		if s.digits(j) > 0 {
			return s.runEnd(j)
		}
	}
	return i + 1
}

// runEnd returns the end of what is glued to the number at i.
func (s *dateScan) runEnd(i int) int {
	j := i + 1
	for s.glued(j) && (s.mark(j) == 0 || s.glued(j+1) && s.digits(j+1) > 0) {
		j++
	}
	return j
}
