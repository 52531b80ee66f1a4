package dialog

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// anyDate draws a day with many ends of months and years among them.
func anyDate(t *rapid.T, label string) Date {
	if rapid.Bool().Draw(t, label+" at an end") {
		y := rapid.IntRange(minYear, maxYear).Draw(t, label+" year")
		m := time.Month(rapid.IntRange(1, 12).Draw(t, label+" month"))
		d := rapid.SampledFrom([]int{1, 28, 29, 30, 31}).Draw(t, label+" day")
		return Date{y, m, min(d, daysIn(y, m))}
	}
	return FromDays(rapid.IntRange(1, maxDays).Draw(t, label))
}

func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

func TestDateArithmeticAgreesWithPackageTime(t *testing.T) {
	first := Date{1, time.January, 1}
	rapid.Check(t, func(t *rapid.T) {
		d, e := anyDate(t, "d"), anyDate(t, "e")
		if want := int(d.utc().Sub(first.utc())/(24*time.Hour)) + 1; d.Year < 290 && d.Days() != want {
			t.Fatalf("%v.Days() = %d, want %d", d, d.Days(), want)
		}
		if got := FromDays(d.Days()); got != d {
			t.Fatalf("FromDays(%d) = %v, want %v", d.Days(), got, d)
		}
		n := rapid.IntRange(-2000, 2000).Draw(t, "n")
		if want := d.utc().AddDate(0, 0, n); want.Year() >= minYear && want.Year() <= maxYear && !d.AddDays(n).utc().Equal(want) {
			t.Fatalf("%v.AddDays(%d) = %v, want %v", d, n, d.AddDays(n), want)
		}
		if d.Compare(e) != d.utc().Compare(e.utc()) || d.Before(e) != d.utc().Before(e.utc()) || d.After(e) != d.utc().After(e.utc()) {
			t.Fatalf("%v and %v are compared otherwise than by package time", d, e)
		}
		if parsed, err := ParseDate(d.String()); err != nil || parsed != d || d.String() != d.utc().Format(time.DateOnly) {
			t.Fatalf("ParseDate(%q) = %v, %v", d.String(), parsed, err)
		}
	})
}

func TestAMonthLaterIsTheSameDayOrTheLastOfTheMonth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate(t, "d")
		n := rapid.IntRange(-40, 40).Draw(t, "n")
		first := time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
		if first.Year() < minYear || first.Year() > maxYear {
			return
		}
		got := d.AddMonths(n)
		last := first.AddDate(0, 1, -1).Day()
		if got.Year != first.Year() || got.Month != first.Month() || got.Day != min(d.Day, last) {
			t.Fatalf("%v.AddMonths(%d) = %v", d, n, got)
		}
	})
}

func TestDateArithmeticStaysInTheCalendarAndNoneStaysNone(t *testing.T) {
	first, last := Date{1, time.January, 1}, Date{9999, time.December, 31}
	const far = int(^uint(0) >> 1)
	for _, c := range []struct {
		name      string
		got, want Date
	}{
		{"days before the first", first.AddDays(-1), first},
		{"days after the last", last.AddDays(1), last},
		{"very many days", first.AddDays(far), last},
		{"very many days back", last.AddDays(-far - 1), first},
		{"months before the first", first.AddMonths(-1), first},
		{"months after the last", last.AddMonths(1), last},
		{"very many months", first.AddMonths(far), last},
		{"very many months back", last.AddMonths(-far - 1), first},
		{"none and days", Date{}.AddDays(3), Date{}},
		{"none and months", Date{}.AddMonths(3), Date{}},
		{"the number of the last day", FromDays(maxDays), last},
		{"a number past it", FromDays(far), last},
		{"zero", FromDays(0), Date{}},
		{"below zero", FromDays(-5), Date{}},
		{"the zero time", DateOf(time.Time{}), Date{}},
		{"a time in its own zone", DateOf(time.Date(2026, 6, 1, 23, 30, 0, 0, time.FixedZone("", -7*3600))), Date{2026, time.June, 1}},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	if (Date{}).Days() != 0 || !(Date{}).Before(first) {
		t.Error("none is not before every day")
	}
}

func TestParseDateRefusesWhatIsNoDay(t *testing.T) {
	for _, s := range []string{"", "2026-02-29", "2026-02-30", "2026-00-10", "2026-13-01", "2026-01-00", "2026-01-32",
		"0000-01-01", "2026-1-1", "26-01-01", " 2026-01-01", "2026-01-01 ", "2026/01/01", "01/02/2026", "2026-01-01T00:00:00Z",
		"+026-01-01", "2026-+1-01", "２０２６-01-01", "1900-02-29", "12026-01-01", "2026-01-0a"} {
		if d, err := ParseDate(s); err == nil || d != (Date{}) {
			t.Errorf("ParseDate(%q) = %v, %v; want an error and none", s, d, err)
		}
	}
	for _, s := range []string{"2000-02-29", "2024-02-29", "0001-01-01", "9999-12-31"} {
		if d, err := ParseDate(s); err != nil || d.String() != s {
			t.Errorf("ParseDate(%q) = %v, %v", s, d, err)
		}
	}
}

func TestDatesAreWrittenAndReadBack(t *testing.T) {
	type holder struct {
		A Date          `json:"a"`
		B Date          `json:"b"`
		M map[Date]bool `json:"m"`
	}
	in := holder{A: Date{2024, time.February, 29}, M: map[Date]bool{{2026, time.June, 1}: true}}
	raw, err := json.Marshal(in)
	if err != nil || string(raw) != `{"a":"2024-02-29","b":null,"m":{"2026-06-01":true}}` {
		t.Fatalf("%s, %v", raw, err)
	}
	var out holder
	if err := json.Unmarshal(raw, &out); err != nil || out.A != in.A || out.B != in.B || !out.M[Date{2026, time.June, 1}] {
		t.Errorf("%+v, %v", out, err)
	}
	for _, bad := range []string{`""`, `5`, `"2026-02-30"`, `{}`, `true`, `"x"`} {
		d := Date{2026, time.June, 1}
		if err := json.Unmarshal([]byte(bad), &d); err == nil || d != (Date{2026, time.June, 1}) {
			t.Errorf("%s was read as %v, %v", bad, d, err)
		}
	}
	var d Date
	if err := d.UnmarshalText([]byte("2026-02-30")); err == nil {
		t.Error("an impossible day was read as text")
	}
	if err := d.UnmarshalText([]byte("2026-02-28")); err != nil || d.String() != "2026-02-28" {
		t.Error(d, err)
	}
	if err := d.UnmarshalText(nil); err != nil || !d.IsZero() {
		t.Error(d, err)
	}
}

func BenchmarkAddMonths(b *testing.B) {
	d := Date{2025, time.August, 31}
	for b.Loop() {
		if d.AddMonths(6).Days() == 0 {
			b.Fatal("none")
		}
	}
}
