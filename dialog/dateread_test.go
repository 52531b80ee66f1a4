package dialog

import (
	"bufio"
	"errors"
	"os"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// dateLine is one line of testdata/dateread.
type dateLine struct {
	at    int
	text  string
	today Date
	want  string // the rest of the line, as describeSpan writes it
}

// dateLines reads a table; its head tells how the lines are written.
func dateLines(t testing.TB, name string) []dateLine {
	t.Helper()
	f, err := os.Open("testdata/dateread/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var lines []dateLine
	in := bufio.NewScanner(f)
	for at := 1; in.Scan(); at++ {
		if line := in.Text(); line != "" && !strings.HasPrefix(line, "#") {
			parts := strings.SplitN(line, " | ", 3)
			if len(parts) != 3 {
				t.Fatalf("%s:%d: %q is not text | today | reading", name, at, line)
			}
			today, err := ParseDate(parts[1])
			if err != nil {
				t.Fatalf("%s:%d: %v", name, at, err)
			}
			lines = append(lines, dateLine{at, parts[0], today, parts[2]})
		}
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// describeDays writes a span as one day, or as from..to.
func describeDays(s Span) string {
	if day, ok := s.Day(); ok {
		return day.String()
	}
	return s.From.String() + ".." + s.To.String()
}

// describeError writes an error as the tables do.
func describeError(err error) string {
	var two *AmbiguousDate
	switch {
	case errors.As(err, &two):
		return "? " + describeDays(two.First) + " or " + describeDays(two.Second)
	case errors.Is(err, ErrNoDate):
		return "! none"
	case errors.Is(err, ErrNoSuchDay):
		return "! no such day"
	case errors.Is(err, ErrFutureDate):
		return "! future"
	case errors.Is(err, ErrManyDates):
		return "! many"
	case errors.Is(err, ErrPartOfDate):
		return "! part"
	}
	return "! " + err.Error()
}

// describeSpan writes what ReadDate returned as the tables do.
func describeSpan(s Span, err error) string {
	if err != nil {
		return describeError(err)
	}
	text := describeDays(s) + " | " + s.Grain.String()
	if s.Exact {
		text += " | exact"
	}
	if s.Approx {
		text += " | approx"
	}
	return text
}

func TestDatesAreReadAsTheTablesSay(t *testing.T) {
	for name, least := range map[string]int{"en.txt": 150, "es.txt": 120} {
		lines := dateLines(t, name)
		if len(lines) < least {
			t.Errorf("%s: %d lines, want at least %d", name, len(lines), least)
		}
		for _, l := range lines {
			if got := describeSpan(ReadDate(l.text, l.today)); got != l.want {
				t.Errorf("%s:%d: %q on %v\n got %s\nwant %s", name, l.at, l.text, l.today, got, l.want)
			}
		}
	}
}

func TestDatesOfBirthAreReadAsTheTableSays(t *testing.T) {
	for _, l := range dateLines(t, "birth.txt") {
		d, err := ReadBirthDate(l.text, l.today)
		got := d.String()
		if err != nil {
			got = describeError(err)
		}
		if got != l.want {
			t.Errorf("birth.txt:%d: %q on %v\n got %s\nwant %s", l.at, l.text, l.today, got, l.want)
		}
		var two *AmbiguousDate
		if errors.As(err, &two) != !d.IsZero() && err != nil {
			t.Errorf("birth.txt:%d: %q gives %v with error %v: only an ambiguous date comes with an error", l.at, l.text, d, err)
		}
	}
}

func TestAccentsCaseAndWidthDoNotMatter(t *testing.T) {
	bare := func(text string) string {
		var b strings.Builder
		for _, r := range norm.NFD.String(text) {
			if !unicode.Is(unicode.Mn, r) {
				b.WriteRune(r)
			}
		}
		return b.String()
	}
	wide := func(text string) string {
		return strings.Map(func(r rune) rune {
			if r > ' ' && r < 0x7f && r != '\'' {
				return r - '!' + '！'
			}
			return r
		}, text)
	}
	for _, name := range []string{"en.txt", "es.txt"} {
		for _, l := range dateLines(t, name) {
			for form, text := range map[string]string{
				"without accents": bare(l.text), "in capitals": strings.ToUpper(l.text),
				"full-width": wide(l.text), "decomposed": norm.NFD.String(l.text),
			} {
				if got := describeSpan(ReadDate(text, l.today)); got != l.want {
					t.Errorf("%s:%d: %s %q\n got %s\nwant %s", name, l.at, form, text, got, l.want)
				}
			}
		}
	}
}

func TestEverySpanEndsByTodayAndBeginsBeforeItEnds(t *testing.T) {
	var lines []dateLine
	for _, name := range []string{"en.txt", "es.txt", "birth.txt"} {
		lines = append(lines, dateLines(t, name)...)
	}
	first := Date{Year: 2023, Month: 12, Day: 20}
	for off := range 800 { // over two turns of the year and a leap day
		today := first.AddDays(off)
		for _, l := range lines {
			s, err := ReadDate(l.text, today)
			checkSpan(t, l.text, today, s, err)
		}
	}
}

// failer is what a test and a property have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkSpan is what holds for every answer of ReadDate.
func checkSpan(t failer, text string, today Date, s Span, err error) {
	t.Helper()
	var two *AmbiguousDate
	switch {
	case errors.As(err, &two):
		if two.First != s || two.First == two.Second {
			t.Fatalf("%q on %v: %v beside the readings %v and %v", text, today, s, two.First, two.Second)
		}
		checkSpan(t, text, today, two.First, nil)
		checkSpan(t, text, today, two.Second, nil)
	case err != nil:
		if s != (Span{}) {
			t.Fatalf("%q on %v: %v beside the error %v", text, today, s, err)
		}
	case !s.From.possible() || !s.To.possible() || s.From.After(s.To) || s.To.After(today) || s.From.Year < 1900,
		s.Grain < GrainDay || s.Grain > GrainYear, s.Exact && (s.From != s.To || s.Approx || s.Grain != GrainDay):
		t.Fatalf("%q on %v: impossible span %+v", text, today, s)
	}
}

func TestOnlyTheFirstCharactersAreLookedAt(t *testing.T) {
	today := Date{Year: 2026, Month: 3, Day: 21}
	if _, err := ReadDate(strings.Repeat("ñ ", 150)+"2026-03-20", today); !errors.Is(err, ErrNoDate) {
		t.Errorf("a date after 300 characters: %v, want ErrNoDate", err)
	}
	if got := describeSpan(ReadDate(strings.Repeat("ñ ", 145)+"2026-03-20 and yesterday", today)); got != "2026-03-20 | day | exact" {
		t.Errorf("a date before the end of 300 characters: %s", got)
	}
}

func TestWithoutATodayThereIsNoDate(t *testing.T) {
	for _, today := range []Date{{}, {Year: 1899, Month: 12, Day: 31}, {Year: 2026, Month: 2, Day: 30}} {
		if s, err := ReadDate("yesterday", today); !errors.Is(err, ErrNoDate) || s != (Span{}) {
			t.Errorf("ReadDate on %+v: %v, %v", today, s, err)
		}
		if d, err := ReadBirthDate("May 5 1960", today); !errors.Is(err, ErrNoDate) || !d.IsZero() {
			t.Errorf("ReadBirthDate on %+v: %v, %v", today, d, err)
		}
	}
}

func TestErrorsHoldNothingOfTheText(t *testing.T) {
	today := Date{Year: 2026, Month: 3, Day: 21}
	for _, text := range []string{"3/2/2026", "2026-02-30", "2027-01-01", "3/1/26 and 3/9/26"} {
		_, err := ReadDate(text, today)
		if err == nil || strings.ContainsAny(err.Error(), "0123456789") {
			t.Errorf("%q: error %v", text, err)
		}
	}
}

func TestWordsOfTheTablesCanBeFound(t *testing.T) {
	for word, w := range dateWords {
		if len(word) > maxDateWord || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Errorf("%q can never be found: words are folded, of at most %d letters", word, maxDateWord)
		}
		if w.role == 0 {
			t.Errorf("%q means nothing", word)
		}
	}
	for _, s := range dateSpellings {
		if _, ok := dateWords[s.text]; !ok || len(s.text) > maxSpelled {
			t.Errorf("spelling %q is not in dateWords, or longer than %d letters", s.text, maxSpelled)
		}
	}
	for word := range notDateWords {
		if got := lookupDateWord([]byte(word), true); got.role != 0 {
			t.Errorf("%q is taken for %+v", word, got)
		}
	}
}

func BenchmarkReadDate(b *testing.B) {
	today := Date{Year: 2026, Month: 3, Day: 21}
	for _, text := range []string{"2026-03-20", "March 20, 2026", "hace como dos semanas", "i filed it on march 3rd i think", "la carta dice 12 de febrero y la recibí después"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ReadDate(text, today); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
