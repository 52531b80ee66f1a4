package export

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"imrbot/dialog"
	"imrbot/dialog/imr"
)

var today = dialog.Date{Year: 2026, Month: time.June, Day: 1}

func parse(t testing.TB, opt dialog.Options) *dialog.Interview {
	t.Helper()
	v, err := dialog.Parse(imr.FS, opt)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// enrollee answers an interview: by the fact or form key that is asked, with a
// choice's value, a date or words; what they do not know they skip.
type enrollee struct {
	t       testing.TB
	v       *dialog.Interview
	lang    string
	answers map[string]string
	files   []dialog.File
	state   dialog.State
	head    dialog.Head
	intake  *dialog.Intake
	last    dialog.Say
	review  string // the review screen, as it was shown last
}

// walk takes an enrollee through the interview and returns the intake that was
// stored last, or nil.
func walk(t testing.TB, v *dialog.Interview, lang string, answers map[string]string, files ...dialog.File) *dialog.Intake {
	t.Helper()
	return enroll(t, v, lang, answers, files...).intake
}

// enroll is walk, and returns the enrollee.
func enroll(t testing.TB, v *dialog.Interview, lang string, answers map[string]string, files ...dialog.File) *enrollee {
	t.Helper()
	e := &enrollee{t: t, v: v, lang: lang, answers: answers, files: files,
		head: dialog.Head{At: time.Date(2026, 6, 1, 19, 0, 0, 0, time.UTC), Today: today, Ref: "A-2026-000123"}}
	e.step(dialog.Started{Head: e.head, Lang: lang})
	e.press("file")
	e.press("agree")
	for range 300 {
		if e.state.Node == "" && e.state.Pending == nil {
			return e
		}
		e.answer()
	}
	t.Fatalf("the interview does not end; it stands at %q: %s", e.state.Node, e.last.Text)
	return nil
}

func (e *enrollee) step(ev dialog.Event) {
	var effects []dialog.Effect
	e.state, effects = e.v.Step(e.state, ev)
	for _, effect := range effects {
		switch effect := effect.(type) {
		case dialog.Say:
			e.last = effect
		case dialog.StoreIntake:
			e.intake = &effect.Intake
		}
	}
}

func (e *enrollee) offers(value string) bool {
	return slices.ContainsFunc(e.last.Buttons, func(b dialog.Button) bool { return b.Value == value })
}

func (e *enrollee) press(value string) {
	e.t.Helper()
	if !e.offers(value) {
		e.t.Fatalf("no button %q under %q", value, e.last.Text)
	}
	e.step(dialog.Pressed{Head: e.head, Node: e.last.Node, Value: value})
}

func (e *enrollee) say(text string) {
	e.step(dialog.Said{Head: e.head, Text: text, Reading: dialog.Reading{Lang: e.lang}})
}

func (e *enrollee) answer() {
	value, given := e.answers[e.last.Fact]
	if e.last.Fact == "" {
		value, given = e.answers[e.state.Node] // a question that only opens others
	}
	switch {
	case e.state.Node == "review":
		e.review = e.last.Text
		e.press("submit")
	case e.last.Fact == "letters":
		for _, file := range e.files {
			e.step(dialog.Sent{Head: e.head, File: file})
		}
		e.press("skip")
	case given && e.offers(value):
		e.press(value)
	case given:
		e.say(value)
	case e.offers("yes") && strings.HasPrefix(e.last.Node, "pending"):
		e.press("yes")
	case e.offers("skip"):
		e.press("skip")
	case e.offers("none"):
		e.press("none")
	case e.offers("no"):
		e.press("no")
	case e.offers("unknown"):
		e.press("unknown")
	case len(e.last.Buttons) > 0:
		e.press(e.last.Buttons[0].Value)
	default:
		e.say(fallback(e.last.Fact))
	}
}

// fallback is a likely answer to a question that cannot be skipped.
func fallback(key string) string {
	switch {
	case strings.Contains(key, "phone"):
		return "415-555-0123"
	case key == "zip":
		return "95814"
	case key == "date_of_birth":
		return "1960-05-05"
	case key == "state":
		return "CA"
	}
	return "Ana García"
}

// selfCase fills the whole form; every optional question is answered too.
func selfCase() map[string]string {
	return map[string]string{"filer": "self", "problem": "denied", "serious_threat": "no", "coverage": "employer", "self_funded": "no",
		"regulator": "dmhc", "reason": "not-medically-necessary", "service": "MRI of the left knee", "grievance_date": "2026-03-20",
		"decision_date": "2026-04-15", "denial_date": "2026-03-02", "first_name": "Łukasz", "middle_initial": "Q", "last_name": "Nguyễn Đặng",
		"date_of_birth": "1960-05-05", "gender": "M", "street": "1234 Main Street, Apt 5", "city": "Sacramento", "state": "CA", "zip": "95814",
		"phone": "415-555-0123", "second_phone": "415-555-0124", "email": "lukasz@example.com", "email_ok": "yes", "plan_name": "Blue Shield",
		"membership_number": "XYZ123456789", "medical_group": "Hill Physicians", "employer": "City of Sacramento", "condition": "torn meniscus",
		"care_received": "no", "doctor_name": "Dr. Müller", "doctor_phone": "415-555-0125",
		"story": "My knee gives way when I climb stairs. The plan wants therapy first, but I had twelve weeks of it.", "more_questions": "yes",
		"language": "Polish", "letters_in_language": "yes", "race_ethnicity": "White"}
}

// list is an iterator over intakes.
func list(intakes ...dialog.Intake) iter.Seq2[dialog.Intake, error] {
	return func(yield func(dialog.Intake, error) bool) {
		for _, in := range intakes {
			if !yield(in, nil) {
				return
			}
		}
	}
}

// photo is a picture of a letter with an arrow up and to the right: its upper
// left quarter is dark.
func photo(wide, high int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, wide, high))
	draw.Draw(m, m.Bounds(), image.NewUniform(color.RGBA{250, 248, 240, 255}), image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(0, 0, wide/2, high/4), image.NewUniform(color.RGBA{30, 60, 120, 255}), image.Point{}, draw.Src)
	for y := high / 3; y < high*9/10; y += max(1, high/30) {
		draw.Draw(m, image.Rect(wide/10, y, wide*9/10, y+max(1, high/90)), image.NewUniform(color.Gray{80}), image.Point{}, draw.Src)
	}
	return m
}

func jpegOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withExif puts EXIF data with an orientation, and a place, into a JPEG.
func withExif(jpg []byte, orientation byte) []byte {
	tiff := []byte("MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00")
	tiff = append(tiff, orientation, 0, 0, 0, 0, 0, 0)
	segment := append([]byte("Exif\x00\x00"), append(tiff, "GPS 38.58 -121.49"...)...)
	n := len(segment) + 2
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1, byte(n >> 8), byte(n)}, segment...)
	return append(out, jpg[2:]...)
}

// drawer returns letters by their ids.
func drawer(letters map[string][]byte) func(dialog.File) ([]byte, error) {
	return func(f dialog.File) ([]byte, error) {
		if data, ok := letters[f.ID]; ok {
			return data, nil
		}
		return nil, fmt.Errorf("no letter %s", f.ID)
	}
}
