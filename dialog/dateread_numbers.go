package dialog

// chunk reads a number in words as it is spoken in one go, up to 99: "twenty
// six", "veinte y seis", "veintiséis", "third"; next is i when there is none.
func (s *dateScan) chunk(i int) (n, next int, ord bool) {
	if !s.is(i, wCard|wOrd) {
		return 0, i, false
	}
	n, next, ord = s.toks[i].n, i+1, s.is(i, wOrd)
	if n < 20 || n%10 != 0 || ord {
		return n, next, ord
	}
	j := next
	if s.mark(j) == '-' || s.is(j, wAnd) {
		j++
	}
	if s.is(j, wCard|wOrd) && s.toks[j].n >= 1 && s.toks[j].n <= 9 && !s.counts(j+1) {
		return n + s.toks[j].n, j + 1, s.is(j, wOrd)
	}
	return n, next, false
}

// counts tells whether what stands at i multiplies the number before it: dos
// mil, but not the "mil novecientos" of a year.
func (s *dateScan) counts(i int) bool {
	return s.is(i, wHundred) || s.is(i, wMil) && !s.is(i+1, wHundred)
}

// cardinal reads how many: up to four digits or words up to 999.
func (s *dateScan) cardinal(i int) (n, next int, ok bool) {
	if d := s.digits(i); d > 0 {
		j := i + 1
		decimal := (s.mark(j) == '.' || s.mark(j) == ',') && s.glued(j) && s.glued(j+1) && s.digits(j+1) > 0
		return s.toks[i].n, j, d <= 4 && !decimal && s.toks[i].n > 0
	}
	hundreds, j := 0, i
	if s.is(i+1, wHundred) && s.is(i, wOne|wCard) && s.toks[i].n < 10 {
		j++
	}
	if s.is(j, wHundred) {
		hundreds = s.toks[j].n
		if j > i {
			hundreds *= s.toks[i].n
		}
		j = s.after(j+1, wAnd)
	}
	n, next, ord := s.chunk(j)
	switch {
	case next > j && !ord:
		return hundreds + n, next, hundreds+n > 0
	case hundreds > 0:
		return hundreds, j, true
	}
	return 0, i, false
}

// dayNumber is a number that can be a day of the month, 0 to 99 as written.
type dayNumber struct {
	n    int
	ord  bool // 3rd, 1ro, twentieth
	word bool // in words
}

// dayNumber reads one at i; next is i when there is none.
func (s *dateScan) dayNumber(i int) (d dayNumber, next int) {
	switch digits := s.digits(i); {
	case digits == 1 || digits == 2:
		if s.glued(i+1) && s.is(i+1, wSuffix) {
			return dayNumber{n: s.toks[i].n, ord: true}, i + 2
		}
		if s.glued(i+1) && s.mark(i+1) == 0 && !s.is(i+1, wMonth) || s.isTime(i+1) || s.is(i+1, wMoney) || s.mark(i+1) == '%' {
			return d, i
		}
		if s.glued(i+1) && s.mark(i+1) == '.' && s.glued(i+2) && s.is(i+2, wSuffix) {
			return dayNumber{n: s.toks[i].n, ord: true}, i + 3 // 1.º
		}
		if s.is(i+1, wSuffix) && s.toks[i+1].n == 1 {
			return dayNumber{n: s.toks[i].n, ord: true}, i + 2 // 26 th
		}
		return dayNumber{n: s.toks[i].n}, i + 1
	case digits > 0:
		return d, i
	}
	n, next, ord := s.chunk(i)
	if next == i || s.counts(next) {
		return d, i
	}
	return dayNumber{n: n, ord: ord, word: true}, next
}

// isTime tells whether what follows a number makes it a time of day.
func (s *dateScan) isTime(i int) bool {
	return s.is(i, wTime) || s.mark(i) == ':' && s.glued(i) && s.digits(i+1) > 0 ||
		s.is(i, wOne) && (s.glued(i) || s.mark(i+1) == '.' && s.glued(i+1)) && !s.is(i+1, wMonth) && s.digits(i-1) > 0 && s.toks[i].role&wTo != 0
}

// How a year was given.
type yearKind int

const (
	yearNone  yearKind = iota
	yearFull           // four digits, or in words
	yearShort          // two digits
	yearTold           // last year, este año
)

type dateYear struct {
	n    int
	kind yearKind
}

// year reads the year that follows a day or month, with the words that link
// it: "March 20, 2026", "5 de marzo del año 2026", "5 marzo 26". sep is the
// mark between day and month, which may stand before the year too.
func (s *dateScan) year(i int, sep byte) (y dateYear, next int) {
	j := i
	if s.mark(j) == '.' && s.glued(j) {
		j++
	}
	if m := s.mark(j); m == ',' || m != 0 && m == sep {
		j++
	}
	linked := j
	for links := 0; links < 4 && s.is(j, wOf|wThe|wIn|wYearWord) && s.digits(j) == 0; links++ {
		j++
	}
	switch s.digits(j) {
	case 4:
		n := s.toks[j].n
		if n < 1000 || n > 2999 || s.is(j+1, wMoney|wTime) || s.is(j+1, wUnit) || s.glued(j+1) && s.mark(j+1) == 0 {
			return y, i
		}
		return dateYear{n, yearFull}, j + 1
	case 2:
		if s.isTime(j+1) || !s.ends(j+1) || s.is(j-1, wIn|wThe) {
			return y, i
		}
		return dateYear{s.toks[j].n, yearShort}, j + 1
	case 0:
	default:
		return y, i
	}
	if n, next := s.yearInWords(j); next > j {
		return dateYear{n, yearFull}, next
	}
	if unit, back, next := s.relUnit(linked, false); next > linked && unit == unitYear && back >= 0 {
		return dateYear{s.today.Year - back, yearTold}, next
	}
	if unit, back, next := s.relUnit(s.after(linked, wOf), false); next > linked && unit == unitYear && back >= 0 {
		return dateYear{s.today.Year - back, yearTold}, next
	}
	if n, next, ord := s.chunk(j); next > j && n >= 10 && !ord && s.ends(next) {
		return dateYear{n, yearShort}, next
	}
	return y, i
}

// yearInWords reads "twenty twenty six", "two thousand (and) six", "nineteen
// oh five", "dos mil veintiséis", "mil novecientos sesenta".
func (s *dateScan) yearInWords(i int) (n, next int) {
	century, j := 0, i
	switch {
	case s.is(i, wCard) && s.toks[i].n == 2 && s.is(i+1, wMil):
		century, j = 2000, s.after(i+2, wAnd)
	case s.is(i, wMil) && s.is(i+1, wHundred):
		century, j = 1000+s.toks[i+1].n, s.after(i+2, wAnd)
	case s.is(i, wCard) && (s.toks[i].n == 19 || s.toks[i].n == 20):
		century, j = s.toks[i].n*100, i+1
		if s.is(j, wHundred) {
			j = s.after(j+1, wAnd)
			break
		}
		if s.is(j, wOh) {
			if n, next, _ := s.chunk(j + 1); next > j+1 && n < 10 {
				return century + n, next
			}
			return 0, i
		}
		if n, next, ord := s.chunk(j); next > j && n >= 10 && !ord {
			return century + n, next
		}
		return 0, i
	default:
		return 0, i
	}
	if n, next, ord := s.chunk(j); next > j && !ord {
		return century + n, next
	}
	return century, j
}

// fullYear completes a year of two digits for a day of that year.
func (s *dateScan) fullYear(y int, month, day int) int {
	y += s.today.Year / 100 * 100
	if s.birth {
		if civil(y, month, day).After(s.today) {
			return y - 100
		}
		return y
	}
	if y > s.today.Year+10 {
		return y - 100
	}
	return y
}

// about reads a word or phrase that makes a date a rough one.
func (s *dateScan) about(i int) (next int, ok bool) {
	switch {
	case s.is(i, wMore) && s.is(i+1, wOr) && s.is(i+2, wLess):
		return i + 3, true
	case s.is(i, wAbout):
		return s.after(i+1, wOf), true
	}
	return i, false
}
