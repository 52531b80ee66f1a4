package dialog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Date is a civil day in the Gregorian calendar, without a time or a zone. The
// zero Date means "none". Dates lie between 0001-01-01 and 9999-12-31; the
// arithmetic below stops at those ends instead of leaving them.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// The ends of the calendar that Date can hold.
const (
	minYear = 1
	maxYear = 9999
	// maxDays is Date{9999, time.December, 31}.Days().
	maxDays = 3652059
	// maxMonths bounds AddMonths: more than this leaves the calendar from any day.
	maxMonths = 12 * maxYear
)

// ParseDate reads exactly YYYY-MM-DD. A day that the calendar does not have
// (2026-02-30), year 0000, spaces and every other way of writing are errors.
func ParseDate(s string) (Date, error) {
	if len(s) != len("2006-01-02") || s[4] != '-' || s[7] != '-' {
		return Date{}, fmt.Errorf("date %q: is not written as YYYY-MM-DD", clip(s))
	}
	year, ok1 := digits(s[0:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:10])
	if !ok1 || !ok2 || !ok3 {
		return Date{}, fmt.Errorf("date %q: is not written as YYYY-MM-DD", clip(s))
	}
	d := Date{Year: year, Month: time.Month(month), Day: day}
	if !d.possible() {
		return Date{}, fmt.Errorf("date %q: the calendar has no such day", s)
	}
	return d, nil
}

// digits reads a string that consists of ASCII digits only.
func digits(s string) (int, bool) {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// DateOf returns the civil day of t in t's own zone; the zero time gives none.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	y, m, d := t.Date()
	return Date{Year: y, Month: m, Day: d}
}

// possible reports whether the calendar has the day, none excluded.
func (d Date) possible() bool {
	return d.Year >= minYear && d.Year <= maxYear &&
		d.Month >= time.January && d.Month <= time.December &&
		d.Day >= 1 && d.Day <= daysIn(d.Year, d.Month)
}

// IsZero reports whether d is none.
func (d Date) IsZero() bool { return d == Date{} }

// String writes d as YYYY-MM-DD, and none as "".
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return string(d.append(make([]byte, 0, 10)))
}

// append writes the ten characters of a day that is not none.
func (d Date) append(b []byte) []byte {
	y, m, day := d.Year, int(d.Month), d.Day
	return append(b,
		byte('0'+y/1000%10), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-',
		byte('0'+m/10%10), byte('0'+m%10), '-',
		byte('0'+day/10%10), byte('0'+day%10))
}

// daysIn returns the length of a month, 28 to 31.
func daysIn(year int, month time.Month) int {
	switch month {
	case time.April, time.June, time.September, time.November:
		return 30
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	default:
		return 31
	}
}

// Days counts the days from 0001-01-01, which is day 1; none is 0. Comparing
// and subtracting these numbers compares and subtracts the days themselves.
func (d Date) Days() int {
	if d.IsZero() {
		return 0
	}
	// The year is taken to begin in March, so that the leap day comes last.
	y, m := d.Year, int(d.Month)
	if m <= 2 {
		y--
		m += 12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + d.Day - 306
}

// FromDays is the inverse of Days: 1 gives 0001-01-01. Zero and negative
// numbers give none; numbers past 9999-12-31 give that last day.
func FromDays(n int) Date {
	if n <= 0 {
		return Date{}
	}
	z := min(n, maxDays) + 305 // days since 0000-03-01
	era := z / 146097
	doe := z % 146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d := Date{Year: yoe + era*400, Month: time.Month(mp + 3), Day: doy - (153*mp+2)/5 + 1}
	if d.Month > 12 {
		d.Month -= 12
		d.Year++
	}
	return d
}

// AddDays returns the day n days later, or earlier for n < 0. None stays none.
func (d Date) AddDays(n int) Date {
	if d.IsZero() {
		return d
	}
	n = min(max(n, -maxDays), maxDays)
	return FromDays(max(d.Days()+n, 1))
}

// AddMonths returns the same day of the month n calendar months later, or the
// month's last day where that month is too short: 31 August plus six is 28 or
// 29 February. None stays none.
func (d Date) AddMonths(n int) Date {
	if d.IsZero() {
		return d
	}
	n = min(max(n, -maxMonths), maxMonths)
	months := d.Year*12 + int(d.Month) - 1 + n
	switch {
	case months < minYear*12:
		return Date{Year: minYear, Month: time.January, Day: 1}
	case months >= (maxYear+1)*12:
		return Date{Year: maxYear, Month: time.December, Day: 31}
	}
	to := Date{Year: months / 12, Month: time.Month(months%12 + 1), Day: d.Day}
	to.Day = min(to.Day, daysIn(to.Year, to.Month))
	return to
}

// Compare returns -1, 0 or +1 as d is earlier than, the same as or later than
// e. None is earlier than every day.
func (d Date) Compare(e Date) int {
	a, b := d.Days(), e.Days()
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

// Before reports whether d is earlier than e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After reports whether d is later than e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// MarshalText writes what String writes.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate reads, and "" as none.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// MarshalJSON writes "YYYY-MM-DD", and none as null.
func (d Date) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	b := append(make([]byte, 0, 12), '"')
	return append(d.append(b), '"'), nil
}

// UnmarshalJSON reads what MarshalJSON writes; anything else is an error.
func (d *Date) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		*d = Date{}
		return nil
	}
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("date %s: is not a string or null", clip(string(data)))
	}
	parsed, err := ParseDate(s)
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
