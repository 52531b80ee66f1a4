package export

import (
	"io"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"imrbot/dialog"
)

func TestTheFontsHaveTheLettersOfNames(t *testing.T) {
	both, err := faces()
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range both {
		const names = "Nguyễn Thị Đặng Łukasz Ñuñez Ö ß Þór Çelik Ağa Škoda Őrs Ţepeş Ýr ŵ Ωμέγα Жуков Їжак «¿¡» – — ‘’ “” … • € ₫ ½ ° №"
		if got, replaced := f.printable(names); replaced || got != names {
			t.Errorf("font %d: %q", i, got)
		}
		if f[missingSign] == 0 {
			t.Errorf("font %d lacks the sign for what it lacks", i)
		}
	}
}

func TestWrappedTextLosesNoWordAndFits(t *testing.T) {
	both, err := faces()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.OneOf(rapid.SampledFrom([]rune(" \n abñé")), rapid.Rune())).Draw(t, "text")
		limit := float64(rapid.IntRange(30, 500).Draw(t, "limit"))
		f := both[rapid.IntRange(0, 1).Draw(t, "font")]
		ready, _ := f.printable(text)
		lines := f.wrap(ready, bodySize, limit)
		for _, line := range lines {
			if f.width(line, bodySize) > limit {
				t.Fatalf("%q is wider than %v", line, limit)
			}
			for _, r := range line {
				if _, has := f[r]; !has {
					t.Fatalf("%q is printed, and the font lacks it", r)
				}
			}
		}
		bare := func(s string) string {
			return strings.Map(func(r rune) rune {
				if unicode.IsSpace(r) && r != '\u00a0' {
					return -1
				}
				return r
			}, s)
		}
		if got, want := bare(strings.Join(lines, "")), bare(ready); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func TestWrapBreaksAtSpacesFirst(t *testing.T) {
	f := face{}
	for r := ' '; r < 127; r++ {
		f[r] = 500
	}
	for text, want := range map[string]string{
		"":                        "",
		"one two three":           "one two|three",
		"one\n\ntwo\n":            "one||two",
		"  one   two ":            "one two",
		"abcdefghijklmnop":        "abcdefghij|klmnop",
		"a abcdefghijklmnop b":    "a|abcdefghij|klmnop b",
		"exactlyten exactlyten b": "exactlyten|exactlyten|b",
	} {
		if got := strings.Join(f.wrap(text, 10, 50), "|"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzPDF(f *testing.F) {
	v := parse(f, dialog.Options{})
	base := *walk(f, v, "es", selfCase())
	for _, seed := range []string{"", "plain", "王 🙂 \x00\xff", strings.Repeat("x", 3000), "a\n\n\nb", "\u0301\u0301", "(\\)\r\n", "\ufffe\uffff", "<</Type /Page>> endstream"} {
		f.Add(seed, seed, "image/jpeg", []byte(seed))
	}
	f.Add("", "", "image/png", pngOf(f, photo(4, 4)))
	f.Add("", "", "image/jpeg", withExif(jpegOf(f, photo(4, 4)), 5))
	f.Fuzz(func(t *testing.T, text, name, kind string, letter []byte) {
		in := base
		in.Form = map[string]*string{"story": &text, "first_name": &name, name: &text}
		in.Ref, in.Status = name, name
		in.Files = []dialog.File{{ID: "1", Name: name, Type: kind}}
		err := PDF(io.Discard, in, PDFOptions{Interview: v, Today: today, Letters: drawer(map[string][]byte{"1": letter})})
		if err != nil && strings.Count(text, "\n") < 1000 && len(text) < 100_000 {
			t.Fatal(err)
		}
	})
}

func FuzzCSVCell(f *testing.F) {
	for _, seed := range []string{"", "=1", " \t+1", "\xff", "'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Plain(text)
		if got != "" && strings.ContainsRune(formulaSigns, firstRune(got)) {
			t.Fatalf("%q begins a formula", got)
		}
		if Plain(got) != got {
			t.Fatalf("%q changes once more", got)
		}
	})
}

func BenchmarkPDF(b *testing.B) {
	v := parse(b, dialog.Options{})
	in := *walk(b, v, "es", selfCase())
	for b.Loop() {
		if err := PDF(io.Discard, in, PDFOptions{Interview: v, Today: today}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPDFWithFourPhotographs(b *testing.B) {
	v := parse(b, dialog.Options{})
	file := dialog.File{ID: "1", Name: "a.jpg", Type: "image/jpeg"}
	in := *walk(b, v, "es", selfCase(), file, file, file, file)
	letters := drawer(map[string][]byte{"1": jpegOf(b, photo(3000, 4000))})
	for b.Loop() {
		if err := PDF(io.Discard, in, PDFOptions{Interview: v, Today: today, Letters: letters}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCSVOf10000(b *testing.B) {
	v := parse(b, dialog.Options{})
	in := *walk(b, v, "en", selfCase())
	many := func(yield func(dialog.Intake, error) bool) {
		for range 10_000 {
			if !yield(in, nil) {
				return
			}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := CSV(io.Discard, v, many); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(time.Millisecond), "ms/10000")
}
