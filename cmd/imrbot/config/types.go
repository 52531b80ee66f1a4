package config

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"
)

// masked stands for every secret that is printed.
const masked = "****"

// Secret is a value that no print, log or JSON shows: they show "****". The zero
// Secret is not set.
type Secret struct{ value string }

// IsSet tells whether there is a secret.
func (s Secret) IsSet() bool { return s.value != "" }

// Reveal returns the secret itself, for the one call that needs it.
func (s Secret) Reveal() string { return s.value }

// String returns "****", or "" when the secret is not set.
func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return masked
}

// Format keeps every verb of fmt from the secret, also those that do not ask String.
func (s Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, s.String()) }

// MarshalText keeps JSON and slog from the secret. It never fails.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// fromText is a value that reads itself from a text, and says in plain words
// what is wrong with it. Its String gives a text that reads back the same.
type fromText interface {
	parse(text string) error
	String() string
}

// Hours is a span of one local day, in minutes since midnight: 0 <= Start < End <= 1440.
type Hours struct{ Start, End int }

var hoursForm = regexp.MustCompile(`^(\d{1,2}):(\d\d) ?[-–] ?(\d{1,2}):(\d\d)$`)

func (h *Hours) parse(text string) error {
	m := hoursForm.FindStringSubmatch(text)
	if m == nil {
		return errors.New(`is not a span of hours; write it like "09:00-19:00"`)
	}
	minutes := func(hour, minute string) (int, bool) {
		hh, _ := strconv.Atoi(hour) // one or two digits, by the form
		mm, _ := strconv.Atoi(minute)
		return hh*60 + mm, mm < 60 && hh*60+mm <= 24*60
	}
	start, ok := minutes(m[1], m[2])
	end, ok2 := minutes(m[3], m[4])
	if !ok || !ok2 {
		return errors.New("holds a time that no clock shows; hours go from 00:00 to 24:00, minutes from 00 to 59")
	}
	if start >= end {
		return errors.New("ends before it begins; the first time must be the earlier one of the same day")
	}
	*h = Hours{start, end}
	return nil
}

// String writes "09:00-19:00".
func (h Hours) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", h.Start/60, h.Start%60, h.End/60, h.End%60)
}

// Holds tells whether a local time of day, in minutes since midnight, is within
// the span: Start is, End is not.
func (h Hours) Holds(minute int) bool { return h.Start <= minute && minute < h.End }

// Period is a length of time of the calendar. At most one of its fields is not
// zero; the zero Period means "without end".
type Period struct{ Years, Months, Days int }

var periodForm = regexp.MustCompile(`^(\d{1,6})(d|mo|y)$`)

// maxYears bounds a period: what is kept longer is kept for good.
const maxYears = 100

func (p *Period) parse(text string) error {
	*p = Period{}
	if text == "" {
		return nil
	}
	m := periodForm.FindStringSubmatch(text)
	if m == nil {
		return errors.New(`is not a length of time; write a whole number with d (days), mo (months) or y (years), like "400d", "18mo" or "7y", or "" to keep everything`)
	}
	n, _ := strconv.Atoi(m[1]) // at most six digits, by the form
	most := 0
	switch m[2] {
	case "d":
		p.Days, most = n, maxYears*366
	case "mo":
		p.Months, most = n, maxYears*12
	default:
		p.Years, most = n, maxYears
	}
	if n == 0 {
		return errors.New(`would delete everything at once; the shortest is "1d", and "" keeps everything`)
	}
	if n > most {
		return fmt.Errorf(`is longer than %d years; to keep everything write ""`, maxYears)
	}
	return nil
}

// String writes "400d", "18mo", "7y", or "" for the zero Period.
func (p Period) String() string {
	switch {
	case p.Days > 0:
		return strconv.Itoa(p.Days) + "d"
	case p.Months > 0:
		return strconv.Itoa(p.Months) + "mo"
	case p.Years > 0:
		return strconv.Itoa(p.Years) + "y"
	}
	return ""
}

// Cutoff returns the moment before which things are older than the period, and
// false for the zero Period, which nothing outlives. A day that the earlier
// month does not have becomes that month's last day: what is to be kept a month
// is never deleted before a month is over.
func (p Period) Cutoff(now time.Time) (time.Time, bool) {
	if p == (Period{}) {
		return time.Time{}, false
	}
	cut := now.AddDate(-p.Years, -p.Months, -p.Days)
	if p.Days == 0 && cut.Day() != now.Day() {
		cut = cut.AddDate(0, 0, -cut.Day()) // AddDate ran over into the next month
	}
	return cut, true
}

// Zone is a time zone of the IANA list.
type Zone struct{ *time.Location }

func (z *Zone) parse(text string) error {
	// "" and "Local" mean what the machine happens to have.
	location, err := time.LoadLocation(text)
	if err != nil || text == "" || text == "Local" {
		return errors.New(`is not a time zone; write its name in the IANA list, like "America/Los_Angeles"`)
	}
	z.Location = location
	return nil
}

// String returns the zone's name, "" for the zero Zone.
func (z Zone) String() string {
	if z.Location == nil {
		return ""
	}
	return z.Location.String()
}
