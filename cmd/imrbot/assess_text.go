package main

import (
	"fmt"
	"io"
	"strings"

	"imrbot/dialog"
)

// textPage gathers plain text for a terminal, in aligned columns.
type textPage struct{ b strings.Builder }

// pageWidth is where long text goes on in the next line.
const pageWidth = 100

// row writes a label and its text; further lines of the text, and all of it when
// the label is too long for its column, stand under it.
func (p *textPage) row(indent int, label, text string) {
	const column = 14
	margin := strings.Repeat(" ", indent+column)
	lines := wrapText(text, pageWidth-len(margin))
	if len(label) < column {
		fmt.Fprintf(&p.b, "%s%-*s%s\n", strings.Repeat(" ", indent), column, label, lines[0])
		lines = lines[1:]
	} else {
		p.b.WriteString(strings.Repeat(" ", indent) + label + "\n")
	}
	for _, line := range lines {
		p.b.WriteString(margin + line + "\n")
	}
}

// rows writes several texts under one label; without any, a dash.
func (p *textPage) rows(indent int, label string, texts []string) {
	if len(texts) == 0 {
		p.row(indent, label, "–")
	}
	for _, text := range texts {
		p.row(indent, label, text)
		label = ""
	}
}

func (p *textPage) heading(text string) {
	if p.b.Len() > 0 {
		p.b.WriteByte('\n')
	}
	p.b.WriteString(text + "\n")
}

func (p *textPage) writeTo(out io.Writer) error {
	_, err := io.WriteString(out, p.b.String())
	return err
}

// wrapText breaks text at spaces; a word longer than the width stands alone.
func wrapText(text string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len([]rune(*last))+1+len([]rune(word)) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}

// sourceTexts writes sources with their marks in front.
func sourceTexts(sources []dialog.Source) []string {
	texts := make([]string, len(sources))
	for i, s := range sources {
		texts[i] = fmt.Sprintf("[%s] %s", s.Mark, s.Cite)
	}
	return texts
}

// writeVerdict writes a verdict for the people who check the rules.
func writeVerdict(out io.Writer, rules *dialog.Rules, v dialog.Verdict, today dialog.Date) error {
	var p textPage
	means := map[string]string{}
	for _, o := range rules.Outcomes() {
		means[o.ID] = o.ID + ": " + o.Means
	}
	p.row(0, "today", today.String())
	p.row(0, "rule", v.Rule)
	p.row(0, "outcome", means[v.Outcome])
	if v.Then != "" {
		p.row(0, "then", means[v.Then])
	}
	for _, r := range v.Results {
		switch {
		case r.Type == dialog.TypeFlag && r.Yes:
			p.row(0, r.Key, "yes")
		case r.Type == dialog.TypeFlag:
			p.row(0, r.Key, "no")
		case r.Day.IsZero():
			p.row(0, r.Key, "–")
		default:
			p.row(0, r.Key, r.Day.String())
		}
	}
	var contacts, because []string
	for _, c := range v.Contacts {
		contacts = append(contacts, c.Phone+"  "+c.Name)
	}
	for _, b := range v.Because {
		because = append(because, b.Fact+" = "+b.Value)
	}
	p.rows(0, "call", contacts)
	p.rows(0, "because", because)
	p.rows(0, "sources", sourceTexts(v.Sources))
	if err := p.writeTo(out); err != nil {
		return fmt.Errorf("assess: write: %w", err)
	}
	return nil
}
