package export

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"image/color"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"imrbot/dialog"
)

// read is a PDF taken apart: the text of each page, line by line in the order
// in which it is drawn, and the rest as it stands.
type read struct {
	pages []string
	feet  []float64 // of each page: how high above its lower edge the lowest line but the footer stands, in points
	raw   string
}

func (r read) text() string { return strings.Join(r.pages, "\f") }

var (
	streams = regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`)
	shown   = regexp.MustCompile(`(?s) ([\d.]+) Td \(((?:\\.|[^\\)])*)\) Tj`)
	escaped = strings.NewReplacer(`\\`, `\`, `\(`, `(`, `\)`, `)`, `\r`, "\r")
)

// makePDF writes a paper and takes it apart.
func makePDF(t testing.TB, in dialog.Intake, opt PDFOptions) read {
	t.Helper()
	var b bytes.Buffer
	if err := PDF(&b, in, opt); err != nil {
		t.Fatal(err)
	}
	return takeApart(t, b.Bytes())
}

func takeApart(t testing.TB, pdf []byte) read {
	t.Helper()
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || !bytes.HasSuffix(pdf, []byte("%%EOF\n")) {
		t.Fatal("it is no PDF")
	}
	r := read{raw: string(pdf)}
	for _, s := range streams.FindAllSubmatch(pdf, -1) {
		z, err := zlib.NewReader(bytes.NewReader(s[1]))
		if err != nil {
			continue
		}
		page, err := io.ReadAll(z)
		if err != nil || !bytes.Contains(page, []byte(" Tj ET")) {
			continue
		}
		var lines []string
		foot := pageHeight
		for _, m := range shown.FindAllSubmatch(page, -1) {
			lines = append(lines, decodeUTF16([]byte(escaped.Replace(string(m[2])))))
			y, err := strconv.ParseFloat(string(m[1]), 64)
			if err != nil {
				t.Fatal(err)
			}
			if y > pageHeight-footer {
				foot = min(foot, y)
			}
		}
		r.feet = append(r.feet, foot)
		r.pages = append(r.pages, strings.Join(lines, "\n"))
	}
	return r
}

func decodeUTF16(b []byte) string {
	var u []uint16
	for i := 0; i+1 < len(b); i += 2 {
		u = append(u, uint16(b[i])<<8|uint16(b[i+1]))
	}
	return string(utf16.Decode(u))
}

// flat is text without its line breaks, to look for what was wrapped.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

func mustHold(t testing.TB, text string, all ...string) {
	t.Helper()
	for _, want := range all {
		if !strings.Contains(flat(text), flat(want)) {
			t.Errorf("the paper does not say %q", want)
		}
	}
}

func TestThePaperSaysWhatASignerMustKnow(t *testing.T) {
	v := parse(t, dialog.Options{Operator: "Health Helpers"})
	for lang, want := range map[string][]string{
		"en": {"Answers for the IMR/Complaint form", "A-2026-000123", "Monday, June 1, 2026",
			"This form is saved with Health Helpers. It is not yet filed with the Department.", "Your date to file is still Thursday, October 15, 2026.",
			"You likely can ask for an Independent Medical Review", "I say this because you answered", "Wednesday, April 15, 2026", "DMHC Help Center:", "1-888-466-2219",
			"www.HealthHelp.ca.gov", "916-255-5241", "980 9th Street, Suite 500, Sacramento, CA 95814-2725", "Mail and fax need a signature.",
			"Send copies, never the originals.", "Signature of the patient", "Date", "Page 1 of"},
		"es": {"Respuestas para el formulario IMR/queja", "A-2026-000123", "lunes, 1 de junio de 2026",
			"Sus respuestas las guarda Health Helpers. Todavía no se han presentado al Departamento.", "jueves, 15 de octubre de 2026",
			"Revisión Médica Independiente", "Le digo esto porque usted contestó", "Centro de Ayuda", "1-888-466-2219",
			"Mande copias, nunca los originales.", "Firma del paciente", "Fecha", "Página 1 de"},
	} {
		in := walk(t, v, lang, selfCase())
		got := makePDF(t, *in, PDFOptions{Interview: v, Today: today})
		mustHold(t, got.text(), want...)
		p := v.Present(*in, lang, today)
		for _, section := range p.Sections {
			for _, line := range section.Lines {
				mustHold(t, got.text(), line.Label+":")
				if line.Value != "" {
					mustHold(t, got.text(), line.Value)
				}
			}
		}
		for _, part := range p.Paragraphs {
			mustHold(t, got.text(), strings.TrimSuffix(part.Text, ":"))
		}
		for n, page := range got.pages {
			if !strings.Contains(page, "A-2026-000123") {
				t.Errorf("%s: page %d does not name the reference", lang, n+1)
			}
		}
	}
}

func TestWhoSignsAndWhoHasItFollowTheCase(t *testing.T) {
	helpers := parse(t, dialog.Options{Operator: "Health Helpers"})
	department := parse(t, dialog.Options{IsDepartment: true})
	as := func(filer string) map[string]string { a := selfCase(); a["filer"] = filer; return a }
	waiting := selfCase()
	delete(waiting, "decision_date")
	waiting["grievance_date"] = "2026-05-20"
	notYet := "not yet filed with the Department"
	for name, c := range map[string]struct {
		v         *dialog.Interview
		answers   map[string]string
		says, not []string
	}{
		"a parent": {helpers, as("parent"), []string{"Signature of the parent or guardian", notYet}, []string{"Signature of the patient"}},
		"a helper": {helpers, as("assistant"), []string{"Signature of the patient", "Signature of the helper", "Authorized Assistant Form", notYet}, []string{"parent or guardian"}},
		"a draft":  {helpers, waiting, []string{"This is a draft.", notYet, "You can file from Friday, June 19, 2026"}, []string{"Signature of"}},
		"the Department": {department, as("self"), []string{"The Department has this form.", "Signature of the patient", "Send copies, never the originals"},
			[]string{notYet, "Your date to file is still", "916-255-5241", "It is not the Department"}},
		"the Department's draft": {department, waiting, []string{"This is a draft. It is not filed yet."}, []string{"Signature of"}},
	} {
		got := flat(makePDF(t, *walk(t, c.v, "en", c.answers), PDFOptions{Interview: c.v, Today: today}).text())
		for _, want := range c.says {
			if !strings.Contains(got, want) {
				t.Errorf("%s: the paper does not say %q", name, want)
			}
		}
		for _, no := range c.not {
			if strings.Contains(got, no) {
				t.Errorf("%s: the paper says %q", name, no)
			}
		}
	}
}

func TestAStatusOfTheStaffIsToldAsItIs(t *testing.T) {
	v := parse(t, dialog.Options{Operator: "Health Helpers"})
	in := *walk(t, v, "en", selfCase())
	in.Status = "at-the-lawyer"
	got := makePDF(t, in, PDFOptions{Interview: v, Today: today}).text()
	mustHold(t, got, "This form is with Health Helpers. Its state there is «at-the-lawyer».")
}

func TestTheDatesAreThoseOfTheDayOfPrinting(t *testing.T) {
	v := parse(t, dialog.Options{})
	in := *walk(t, v, "en", selfCase())
	for day, want := range map[string]string{
		"2026-10-14": "send the form to the Department by Thursday, October 15, 2026",
		"2026-10-15": "today, Thursday, October 15, 2026, is the last day",
		"2026-10-16": "The six months ended on Thursday, October 15, 2026. Send the form anyway, now",
	} {
		d, err := dialog.ParseDate(day)
		if err != nil {
			t.Fatal(err)
		}
		mustHold(t, makePDF(t, in, PDFOptions{Interview: v, Today: d}).text(), want)
	}
	in.Created = time.Date(2026, 6, 2, 4, 0, 0, 0, time.UTC)
	zone := time.FixedZone("PDT", -7*60*60)
	mustHold(t, makePDF(t, in, PDFOptions{Interview: v, Today: today, Zone: zone}).text(), "First saved on: Monday, June 1, 2026")
}

func TestALongStoryIsWholeOverItsPages(t *testing.T) {
	v := parse(t, dialog.Options{})
	in := *walk(t, v, "es", selfCase())
	var story strings.Builder
	for i := 0; story.Len() < 10_000; i++ {
		fmt.Fprintf(&story, "Frase %d: el plan dijo que no, ¿y por qué? ", i)
		if i%9 == 0 {
			story.WriteString("\n\n")
		}
	}
	text := story.String() + strings.Repeat("ñ", 500) + "."
	in.Form["story"] = &text
	got := makePDF(t, in, PDFOptions{Interview: v, Today: today})
	joined := strings.ReplaceAll(got.text(), "\n", " ")
	for i := range 200 {
		if s := fmt.Sprintf("Frase %d:", i); strings.Contains(text, s) && !strings.Contains(joined, s) {
			t.Errorf("%q is missing", s)
		}
	}
	if n := strings.Count(got.text(), "ñ"); n < 500 {
		t.Errorf("%d letters of the long word", n)
	}
	if len(got.pages) < 5 {
		t.Errorf("%d pages", len(got.pages))
	}
}

func TestNoHeadingIsLeftAloneAtTheFootOfAPage(t *testing.T) {
	v := parse(t, dialog.Options{})
	in := *walk(t, v, "en", selfCase(), dialog.File{ID: "1", Name: "a.pdf", Type: "application/pdf"})
	headings := map[string]bool{"Your dates": true, "ABOUT YOU": true, "YOUR PLAN": true, "WHAT HAPPENED": true, "YOUR LETTERS": true,
		"How to file with the Department": true, "Signature": true, "I say this because you answered": true, "Whom to call, in this order": true}
	for n := range 60 {
		story := strings.Repeat("line\n", n) + "end"
		in.Form["story"], in.Form["street"] = &story, &story
		got := makePDF(t, in, PDFOptions{Interview: v, Today: today})
		seen := 0
		for i, page := range got.pages {
			if got.feet[i] < pageHeight-bottom {
				t.Errorf("%d lines: a line of page %d stands %.0f above the edge, in the margin", n, i+1, got.feet[i])
			}
			lines := strings.Split(page, "\n")
			for j, line := range lines {
				if headings[line] {
					seen++
					if j+1 >= len(lines)-2 { // the footer's two
						t.Errorf("%d lines: %q stands alone at the foot of page %d", n, line, i+1)
					}
				}
			}
		}
		if seen != len(headings) {
			t.Fatalf("%d headings of %d", seen, len(headings))
		}
		last := flat(got.pages[len(got.pages)-1])
		if strings.Contains(last, "Signature of the patient") != strings.Contains(last, "I have read the answers") {
			t.Errorf("%d lines: the line to sign on is parted from what is signed", n)
		}
	}
}

func TestSignsThatTheFontLacksAreSeenToBeMissing(t *testing.T) {
	v := parse(t, dialog.Options{})
	in := *walk(t, v, "en", selfCase())
	name, story := "王小明", "Đặng Nguyễn, Łódź, Ñandú, Ö, Ωμέγα, Жук e\u0301 \u202eevil 🙂 \x00\x01 tab\there \xff"
	in.Form["plan_name"], in.Form["story"] = &name, &story
	got := makePDF(t, in, PDFOptions{Interview: v, Today: today}).text()
	mustHold(t, got, "���", "Đặng Nguyễn, Łódź, Ñandú, Ö, Ωμέγα, Жук é evil � tab here �", "Some signs could not be printed here.")
	in.Form["plan_name"], in.Form["story"] = nil, nil
	if got := makePDF(t, in, PDFOptions{Interview: v, Today: today}).text(); strings.Contains(got, "Some signs") {
		t.Error("the paper speaks of signs that are not missing")
	}
}

func TestEqualInputGivesEqualBytes(t *testing.T) {
	v := parse(t, dialog.Options{})
	files := []dialog.File{{ID: "1", Name: "a.jpg", Type: "image/jpeg"}, {ID: "2", Name: "b.jpg", Type: "image/jpeg"},
		{ID: "3", Name: "c.png", Type: "image/png"}, {ID: "1", Name: "again.jpg", Type: "image/jpeg"}}
	in := *walk(t, v, "es", selfCase(), files...)
	other := photo(30, 40)
	other.(interface{ Set(x, y int, c color.Color) }).Set(20, 30, color.Black)
	opt := PDFOptions{Interview: v, Today: today, Letters: drawer(map[string][]byte{
		"1": jpegOf(t, photo(30, 40)), "2": jpegOf(t, other), "3": pngOf(t, photo(30, 40))})}
	var first []byte
	for range 20 {
		var b bytes.Buffer
		if err := PDF(&b, in, opt); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b.Bytes()
		}
		if !bytes.Equal(first, b.Bytes()) {
			t.Fatal("the bytes differ")
		}
	}
}

func TestWhatIsBesideThePagesNamesNobody(t *testing.T) {
	v := parse(t, dialog.Options{Operator: "Health Helpers"})
	got := makePDF(t, *walk(t, v, "es", selfCase()), PDFOptions{Interview: v, Today: today})
	if !strings.Contains(got.raw, "/Lang (es)") {
		t.Error("the language of the document is not told")
	}
	info := got.raw[strings.LastIndex(got.raw, "/Producer"):]
	title := regexp.MustCompile(`(?s)/Title \((.*?)\)\n`).FindStringSubmatch(info)
	if title == nil || !strings.Contains(decodeUTF16([]byte(escaped.Replace(title[1]))), "Respuestas para el formulario IMR/queja A-2026-000123") {
		t.Errorf("title %q", title)
	}
	if !strings.Contains(info, "/CreationDate (D:20260601000000") {
		t.Error("the date of the document is not the day of printing")
	}
	for _, key := range []string{"/Author", "/Subject", "/Keywords", "/Metadata"} {
		if strings.Contains(info, key) {
			t.Errorf("the document has %s", key)
		}
	}
}

func TestPDFRefusesWhatItCannotMake(t *testing.T) {
	v := parse(t, dialog.Options{})
	in := *walk(t, v, "en", selfCase())
	if err := PDF(io.Discard, in, PDFOptions{Today: today}); err == nil {
		t.Error("without an interview")
	}
	if err := PDF(io.Discard, in, PDFOptions{Interview: v}); err == nil {
		t.Error("without a day")
	}
	endless := strings.Repeat("\n.", 60*maxPages)
	in.Form["story"] = &endless
	if err := PDF(io.Discard, in, PDFOptions{Interview: v, Today: today}); !errors.Is(err, errPages) {
		t.Errorf("a text without end: %v", err)
	}
	if err := PDF(full{}, *walk(t, v, "en", selfCase()), PDFOptions{Interview: v, Today: today}); !errors.Is(err, errFull) {
		t.Errorf("a full disk: %v", err)
	}
}

var errFull = errors.New("no room")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestAnIntakeOfNothingIsAPaperToo(t *testing.T) {
	v := parse(t, dialog.Options{})
	got := makePDF(t, dialog.Intake{Language: "tlh"}, PDFOptions{Interview: v, Today: today})
	mustHold(t, got.text(), "Answers for the IMR/Complaint form")
}
