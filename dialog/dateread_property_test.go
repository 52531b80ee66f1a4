package dialog

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var (
	monthsEn = []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	monthsEs = []string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}
	unitsEs  = []string{"", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce", "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiuno", "veintidós", "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho", "veintinueve", "treinta", "treinta y uno"}
	tensEs   = []string{"", "", "", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"}
	unitsEn  = []string{"", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"}
	tensEn   = []string{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
)

// sayEn and sayEs write 1 to 99 in words.
func sayEn(n int) string {
	if n < 20 {
		return unitsEn[n]
	}
	return strings.TrimSpace(tensEn[n/10] + " " + unitsEn[n%10])
}

func sayEs(n int) string {
	switch {
	case n <= 31:
		return unitsEs[n]
	case n%10 == 0:
		return tensEs[n/10]
	}
	return tensEs[n/10] + " y " + unitsEs[n%10]
}

// ordinal writes 1st, 2nd, 3rd, 4th, 11th.
func ordinal(n int) string {
	suffix := "th"
	if n/10 != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprint(n, suffix)
}

// exactForms are ways to write a day that leave no doubt about it.
func exactForms(d Date) []string {
	en, es := monthsEn[d.Month-1], monthsEs[d.Month-1]
	yearEs := "dos mil " + sayEs(d.Year%100)
	if d.Year < 2000 {
		yearEs = "mil novecientos " + sayEs(d.Year%100)
	}
	if d.Year%100 == 0 {
		yearEs = map[int]string{1900: "mil novecientos", 2000: "dos mil"}[d.Year]
	}
	forms := []string{
		d.String(),
		fmt.Sprintf("%04d/%d/%d", d.Year, d.Month, d.Day),
		fmt.Sprintf("%s %d, %d", en, d.Day, d.Year),
		fmt.Sprintf("%s %d %d", strings.ToLower(en), d.Day, d.Year),
		fmt.Sprintf("%s. %d, %d", en[:3], d.Day, d.Year),
		fmt.Sprintf("%s %s, %d", en, ordinal(d.Day), d.Year),
		fmt.Sprintf("the %s of %s, %d", ordinal(d.Day), en, d.Year),
		fmt.Sprintf("%d %s %d", d.Day, en, d.Year),
		fmt.Sprintf("%02d-%s-%d", d.Day, en[:3], d.Year),
		fmt.Sprintf("the letter says %s %d, %d, page 2 of 3", en, d.Day, d.Year),
		fmt.Sprintf("%d de %s de %d", d.Day, es, d.Year),
		fmt.Sprintf("%d de %s del %d", d.Day, es, d.Year),
		fmt.Sprintf("el %d de %s del año %d", d.Day, es, d.Year),
		fmt.Sprintf("%s %d, %d", es, d.Day, d.Year),
		fmt.Sprintf("%d %s %d", d.Day, es, d.Year),
		fmt.Sprintf("%s de %s de %s", sayEs(d.Day), es, yearEs),
		fmt.Sprintf("%s %s %s", es, sayEs(d.Day), yearEs),
		fmt.Sprintf("recibí la carta del %d de %s de %d a las 3", d.Day, es, d.Year),
	}
	if d.Day == 1 {
		forms = append(forms, fmt.Sprintf("primero de %s de %d", es, d.Year), fmt.Sprintf("the first of %s %d", en, d.Year))
	}
	if d.Year%100 >= 10 {
		forms = append(forms, fmt.Sprintf("%s %s %s %s", en, sayEn(d.Day), sayEn(d.Year/100), sayEn(d.Year%100)))
	}
	if d.Day > 12 || d.Day == int(d.Month) {
		forms = append(forms, fmt.Sprintf("%d/%d/%d", d.Month, d.Day, d.Year), fmt.Sprintf("%d-%d-%d", d.Day, d.Month, d.Year),
			fmt.Sprintf("%02d.%02d.%d", d.Month, d.Day, d.Year))
	}
	return forms
}

// drawToday draws a day on which somebody writes, and drawPast one before it.
func drawToday(t *rapid.T) Date {
	return FromDays(rapid.IntRange(Date{Year: 2024, Month: 1, Day: 1}.Days(), Date{Year: 2060, Month: 12, Day: 31}.Days()).Draw(t, "today"))
}

func drawPast(t *rapid.T, today Date) Date {
	return FromDays(rapid.IntRange(Date{Year: 1900, Month: 1, Day: 1}.Days(), today.Days()).Draw(t, "day"))
}

func TestADayWrittenInFullIsReadBackExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		today := drawToday(t)
		d := drawPast(t, today)
		for _, text := range exactForms(d) {
			s, err := ReadDate(text, today)
			if want := oneDay(d, true); err != nil || s != want {
				t.Fatalf("%q on %v: %+v, %v; want %v", text, today, s, err, d)
			}
		}
	})
}

func TestADayOfTheLastYearIsReadBackWithoutItsYear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		today := drawToday(t)
		d := today.AddDays(-rapid.IntRange(0, 364).Draw(t, "back"))
		en, es := monthsEn[d.Month-1], monthsEs[d.Month-1]
		for _, text := range []string{
			fmt.Sprintf("%s %d", en, d.Day), fmt.Sprintf("on %s %s", en[:3], ordinal(d.Day)), fmt.Sprintf("%d %s", d.Day, en),
			fmt.Sprintf("el %d de %s", d.Day, es), fmt.Sprintf("%s %d", es, d.Day), fmt.Sprintf("creo que fue el %s de %s", sayEs(d.Day), es),
			fmt.Sprintf("i think it was %s %s", en, sayEn(d.Day)),
		} {
			s, err := ReadDate(text, today)
			if want := oneDay(d, false); err != nil || s != want {
				t.Fatalf("%q on %v: %+v, %v; want %v", text, today, s, err, d)
			}
		}
	})
}

func TestTwoNumbersThatCanChangePlacesAreAskedAbout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		today := drawToday(t)
		d := drawPast(t, today)
		if d.Day > 12 || d.Day == int(d.Month) {
			t.Skip("one reading")
		}
		swapped := civil(d.Year, d.Day, int(d.Month))
		text := fmt.Sprintf("%d/%d/%d", d.Month, d.Day, d.Year)
		s, err := ReadDate(text, today)
		var two *AmbiguousDate
		switch {
		case swapped.After(today):
			if err != nil || s != oneDay(d, false) {
				t.Fatalf("%q on %v: %+v, %v; want only %v", text, today, s, err, d)
			}
		case !errors.As(err, &two) || two.First.From != d || two.Second.From != swapped:
			t.Fatalf("%q on %v: %+v, %v; want %v or %v", text, today, s, err, d, swapped)
		}
	})
}

func TestWhatIsToldFromTodayHoldsTheDayItMeans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		today := drawToday(t)
		n := rapid.IntRange(2, 60).Draw(t, "n")
		units := rapid.IntRange(2, 11).Draw(t, "units")
		for text, day := range map[string]Date{
			fmt.Sprintf("%d days ago", n):                 today.AddDays(-n),
			fmt.Sprintf("about %d days ago", n):           today.AddDays(-n),
			fmt.Sprintf("hace %s días", sayEs(n)):         today.AddDays(-n),
			fmt.Sprintf("%s weeks ago", sayEn(units)):     today.AddDays(-7 * units),
			fmt.Sprintf("hace como %d semanas", units):    today.AddDays(-7 * units),
			fmt.Sprintf("%d months ago", units):           today.AddMonths(-units),
			fmt.Sprintf("hace %s meses", sayEs(units)):    today.AddMonths(-units),
			fmt.Sprintf("%d semanas atrás", units):        today.AddDays(-7 * units),
			fmt.Sprintf("%d weeks ago today", units):      today.AddDays(-7 * units),
			fmt.Sprintf("hace %d o %d días", n, n+1):      today.AddDays(-n),
			fmt.Sprintf("in %s", monthsEn[today.Month-1]): today,
			"yesterday": today.AddDays(-1), "ayer": today.AddDays(-1), "antier": today.AddDays(-2), "esta semana": today, "this month": today,
		} {
			s, err := ReadDate(text, today)
			checkSpan(t, text, today, s, err)
			if err != nil || !s.holds(oneDay(day, false)) {
				t.Fatalf("%q on %v: %+v, %v does not hold %v", text, today, s, err, day)
			}
		}
	})
}

func TestADateOfBirthWrittenInFullIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		today := drawToday(t)
		d := today.AddDays(-rapid.IntRange(0, 120*365).Draw(t, "age"))
		for _, text := range append(exactForms(d), fmt.Sprintf("%s %d, '%02d", monthsEn[d.Month-1], d.Day, d.Year%100)) {
			if strings.Contains(text, "'") && d.AddMonths(1200).Compare(today) <= 0 {
				continue // two digits are the latest such year
			}
			got, err := ReadBirthDate(text, today)
			if err != nil || got != d {
				t.Fatalf("%q on %v: %v, %v; want %v", text, today, got, err, d)
			}
		}
	})
}

func FuzzReadDate(f *testing.F) {
	for _, name := range []string{"en.txt", "es.txt", "birth.txt"} {
		for _, l := range dateLines(f, name) {
			f.Add(l.text, l.today.Days())
		}
	}
	f.Add("0st wk of feB", 739665)
	f.Add("10mZo000Año 2026", 739637)
	f.Add("\xff\xfe 3/\u2044\u0661", 1)
	f.Add(strings.Repeat("1/", 200), 739000)
	f.Fuzz(func(t *testing.T, text string, day int) {
		today := FromDays(day)
		s, err := ReadDate(text, today)
		checkSpan(t, text, today, s, err)
		d, err := ReadBirthDate(text, today)
		if !d.IsZero() && (!d.possible() || d.After(today) || d.Year < 1900) {
			t.Fatalf("%q on %v: born %v, %v", text, today, d, err)
		}
	})
}
