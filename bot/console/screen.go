package console

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"imrbot/dialog"
)

// JSON is a Screen for scripts: one object a message, and {"turn":"end"} after
// each turn.
type JSON struct{ w *bufio.Writer }

// NewJSON returns a Screen that writes to w.
func NewJSON(w io.Writer) *JSON { return &JSON{bufio.NewWriter(w)} }

// message is a Say as JSON shows it; its buttons are never null.
type message struct {
	Node    string          `json:"node"`
	Fact    string          `json:"fact"`
	Text    string          `json:"text"`
	Buttons []dialog.Button `json:"buttons"`
}

// Show writes one object.
func (j *JSON) Show(say dialog.Say) error {
	m := message{say.Node, say.Fact, say.Text, say.Buttons}
	if m.Buttons == nil {
		m.Buttons = []dialog.Button{}
	}
	return j.write(m)
}

// End writes {"turn":"end"}.
func (j *JSON) End() error {
	return j.write(struct {
		Turn string `json:"turn"`
	}{"end"})
}

// Prompt does nothing.
func (j *JSON) Prompt() error { return nil }

func (j *JSON) write(v any) error {
	enc := json.NewEncoder(j.w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	return j.w.Flush()
}

// Plain is a Screen for people: wrapped text, numbered buttons.
type Plain struct {
	w      *bufio.Writer
	width  int    // characters of a line; 0 leaves lines as they are
	prompt string // shown before a line is awaited
	style  style
}

// style holds the escape sequences of a terminal; the zero style has none.
type style struct{ dim, bold, off string }

// NewPlain returns a Screen that writes to w, wrapped to width characters (0:
// not at all), with the prompt before each line, and with weight and faintness
// when styled; nothing is told by them alone.
func NewPlain(w io.Writer, width int, prompt string, styled bool) *Plain {
	p := &Plain{w: bufio.NewWriter(w), width: width, prompt: prompt}
	if styled {
		p.style = style{dim: "\x1b[2m", bold: "\x1b[1m", off: "\x1b[0m"}
	}
	return p
}

// Show writes one message.
func (p *Plain) Show(say dialog.Say) error {
	for line := range strings.SplitSeq(printable(say.Text), "\n") {
		for _, piece := range wrap(line, p.width) {
			fmt.Fprintln(p.w, piece)
		}
	}
	for i, b := range say.Buttons {
		fmt.Fprintf(p.w, "  %s#%d%s %s\n", p.style.bold, i+1, p.style.off, printable(b.Label))
	}
	fmt.Fprintln(p.w)
	return p.w.Flush()
}

// printable takes out what could steer a terminal: an enrollee's own words come
// back on the review.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (r < ' ' || r >= 0x7f && r < 0xa0) {
			return -1
		}
		return r
	}, text)
}

// End does nothing: the empty line after a message is enough.
func (p *Plain) End() error { return nil }

// Prompt shows the prompt.
func (p *Plain) Prompt() error {
	if p.prompt != "" {
		fmt.Fprint(p.w, p.style.dim, p.prompt, p.style.off)
	}
	return p.w.Flush()
}

// wrap breaks a line at spaces into lines of at most width characters.
func wrap(line string, width int) []string {
	if width <= 0 || utf8.RuneCountInString(line) <= width {
		return []string{line}
	}
	var lines []string
	var b strings.Builder
	length := -1 // of the line at hand; -1 before its first word
	for word := range strings.SplitSeq(line, " ") {
		n := utf8.RuneCountInString(word)
		if length >= 0 && length+1+n > width {
			lines = append(lines, b.String())
			b.Reset()
			length = -1
		}
		if length >= 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word)
		length += 1 + n
	}
	return append(lines, b.String())
}
