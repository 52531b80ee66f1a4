package console

import (
	"bufio"
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"imrbot/dialog"
)

func TestJSONShowsOneObjectAMessageAndTheEndOfATurn(t *testing.T) {
	var out bytes.Buffer
	screen := NewJSON(&out)
	rows := []dialog.Say{
		{Node: "home", Text: "Hi <you> & \"all\""},
		{Node: "problem", Fact: "problem", Text: "What?", Buttons: []dialog.Button{{Label: "Sí", Value: "yes"}}},
	}
	for _, say := range rows {
		if err := screen.Show(say); err != nil {
			t.Fatal(err)
		}
	}
	if err := screen.End(); err != nil {
		t.Fatal(err)
	}
	want := `{"node":"home","fact":"","text":"Hi <you> & \"all\"","buttons":[]}
{"node":"problem","fact":"problem","text":"What?","buttons":[{"label":"Sí","value":"yes"}]}
{"turn":"end"}
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestPlainWrapsAtSpacesAndNumbersTheButtons(t *testing.T) {
	var out bytes.Buffer
	screen := NewPlain(&out, 20, "you> ", false)
	say := dialog.Say{Text: "Una pregunta bastante larga para la pantalla.\n\nFin", Buttons: []dialog.Button{{Label: "Sí"}, {Label: "No"}}}
	if err := screen.Show(say); err != nil {
		t.Fatal(err)
	}
	want := "Una pregunta\nbastante larga para\nla pantalla.\n\nFin\n  #1 Sí\n  #2 No\n\n"
	if out.String() != want {
		t.Errorf("got\n%q\nwant\n%q", out.String(), want)
	}
}

// An enrollee's own words come back on the review: they must not steer the
// terminal of whoever reads them.
func TestPlainLetsNoEscapeSequenceThrough(t *testing.T) {
	var out bytes.Buffer
	screen := NewPlain(&out, 0, "", false)
	say := dialog.Say{Text: "name\x1b[2J\x07\u009b31m\r", Buttons: []dialog.Button{{Label: "a\x1bb"}}}
	if err := screen.Show(say); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.ContainsAny(got, "\x1b\x07\u009b\r") {
		t.Errorf("got %q", got)
	}
}

func TestALongLineIsCutAndTheNextOneIsWhole(t *testing.T) {
	lines := bufio.NewReaderSize(strings.NewReader(strings.Repeat("é", maxLine)+"\nnext\nlast"), 64)
	for _, want := range []int{maxLine, 4, 4} {
		line, err := readLine(lines)
		if err != nil && line == "" {
			t.Fatal(err)
		}
		if len(line) != want {
			t.Errorf("a line of %d bytes, want %d", len(line), want)
		}
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("a line with words", 7)
	f.Add("unbreakablewordthatislong", 5)
	f.Fuzz(func(t *testing.T, line string, width int) {
		width %= 200
		if !utf8.ValidString(line) || strings.Contains(line, "\n") {
			return
		}
		pieces := wrap(line, width)
		if got := strings.Join(pieces, " "); got != line {
			t.Errorf("%q came back as %q", line, got)
		}
	})
}
