package export

import (
	"errors"
	"fmt"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"imrbot/dialog"
)

// The paper is of the size "letter" of the United States; measures are in
// points, from its upper left corner.
const (
	pageWidth, pageHeight = 612.0, 792.0
	left, top             = 60.0, 54.0
	right, bottom         = pageWidth - left, pageHeight - 66.0
	wholeWidth            = right - left
	footer                = pageHeight - 42.0

	bodySize    = 10.5
	smallSize   = 9.0
	titleSize   = 17.0
	headSize    = 12.5
	lineHeight  = 1.38 // of the size of the letters
	ascent      = 1.05 // of the same: from the upper edge of a line to its foot
	labelWidth  = 158.0
	wholeLines  = 8 // a block of no more lines is never parted
	fewestLines = 2 // of a longer one stand together at the foot and the head of a page
)

// errPages: the text does not fit the pages that a paper may have.
var errPages = fmt.Errorf("the text fills more than %d pages", maxPages)

// sheet lays text out on pages. Headings wait for what comes beneath them, so
// that none is left alone at the foot of a page.
type sheet struct {
	pdf   *fpdf.Fpdf
	faces [2]face
	y     float64
	// heads wait to be drawn with the next block.
	heads []heading
	// gap is the room to leave before the next block, unless a page begins.
	gap float64
	// replaced tells that some character could not be printed.
	replaced bool
	err      error
}

type heading struct {
	text string
	size float64
}

// style is how a block of text is set.
type style struct {
	size float64
	bold bool
	x    float64 // from the left margin
	wide float64
}

var body = style{size: bodySize, wide: wholeWidth}

func newSheet(title, lang string, day dialog.Date) (*sheet, error) {
	both, err := faces()
	if err != nil {
		return nil, err
	}
	title, _ = both[0].printable(title) // fpdf panics at what is no UTF-8
	pdf := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: pageWidth, Ht: pageHeight}})
	at := time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, time.UTC)
	pdf.SetCreationDate(at)
	pdf.SetModificationDate(at)
	pdf.SetCatalogSort(true)
	pdf.SetProducer("imrbot", true)
	pdf.SetTitle(title, true)
	pdf.SetLang(lang)
	pdf.SetMargins(left, top, left)
	pdf.SetAutoPageBreak(false, 0)
	pdf.AddUTF8FontFromBytes("noto", "", regularTTF)
	pdf.AddUTF8FontFromBytes("noto", "B", boldTTF)
	s := &sheet{pdf: pdf, faces: both}
	s.newPage()
	return s, nil
}

func (s *sheet) newPage() {
	if s.pdf.PageCount() >= maxPages {
		s.err = errPages
		return
	}
	s.pdf.AddPage()
	s.y, s.gap = top, 0
}

// fits tells whether a block of that height fits what is left of the page.
func (s *sheet) fits(height float64) bool { return s.y+height <= bottom+0.01 }

// room makes room for a block of that height and draws the headings that wait
// for it.
func (s *sheet) room(height float64) {
	if s.err != nil {
		return
	}
	all := s.gap + height
	for _, h := range s.heads {
		all += h.height()
	}
	if !s.fits(all) && s.y > top {
		s.newPage()
	}
	if s.y > top {
		s.y += s.gap
	}
	s.gap = 0
	heads := s.heads
	s.heads = nil
	for _, h := range heads {
		if s.y > top {
			s.y += h.size
		}
		text := s.print(true, h.text)
		s.pdf.Bookmark(text, 0, s.y)
		for _, line := range s.face(true).wrap(text, h.size, wholeWidth) {
			s.draw(style{size: h.size, bold: true}, line)
		}
		s.pdf.SetDrawColor(150, 150, 150)
		s.pdf.SetLineWidth(0.6)
		s.pdf.Line(left, s.y+2, right, s.y+2)
		s.y += 7
	}
}

// height is about what a heading takes, with the room before it.
func (h heading) height() float64 { return h.size*(1+lineHeight) + 7 }

// heading puts a heading over the next block.
func (s *sheet) heading(text string) {
	s.heads = append(s.heads, heading{text, headSize})
}

// print makes text ready for a font.
func (s *sheet) print(bold bool, text string) string {
	text, replaced := s.face(bold).printable(text)
	s.replaced = s.replaced || replaced
	return text
}

// face is the regular or the bold font.
func (s *sheet) face(bold bool) face {
	if bold {
		return s.faces[1]
	}
	return s.faces[0]
}

// lines breaks text into the lines of a style.
func (s *sheet) lines(st style, text string) []string {
	return s.face(st.bold).wrap(s.print(st.bold, text), st.size, st.wide)
}

// draw draws one line and goes on to the next.
func (s *sheet) draw(st style, line string) {
	if s.err != nil {
		return
	}
	s.at(st, s.y, line)
	s.y += st.size * lineHeight
}

// at draws one line whose upper edge is y.
func (s *sheet) at(st style, y float64, line string) {
	weight := ""
	if st.bold {
		weight = "B"
	}
	s.pdf.SetFont("noto", weight, st.size)
	s.pdf.Text(left+st.x, y+st.size*ascent, line)
}

// text sets a paragraph.
func (s *sheet) text(st style, text string) {
	lines := s.lines(st, text)
	s.block(st, lines)
	s.gap = st.size * 0.5
}

// block draws lines, whole when they are few, else over pages.
func (s *sheet) block(st style, lines []string) {
	high := st.size * lineHeight
	for i, line := range lines {
		rest := len(lines) - i
		switch {
		case i == 0 && rest <= wholeLines:
			s.room(float64(rest) * high)
		case i == 0:
			s.room(fewestLines * high)
		case len(lines) <= wholeLines:
		case rest == fewestLines && !s.fits(fewestLines*high), !s.fits(high):
			s.newPage()
		}
		s.draw(st, line)
	}
}

// row sets a label and its value, side by side when the value is short.
func (s *sheet) row(label, value string, boldValue bool) {
	name := style{size: bodySize, bold: true, wide: labelWidth - 12}
	what := style{size: bodySize, bold: boldValue, x: labelWidth, wide: wholeWidth - labelWidth}
	names, values := s.lines(name, label+":"), s.lines(what, value)
	if len(values) > wholeLines {
		name.wide = wholeWidth
		names = s.lines(name, label+":")
		what.x, what.wide = 0, wholeWidth
		values = s.lines(what, value)
		high := bodySize * lineHeight
		s.room(float64(len(names)+fewestLines) * high)
		for _, line := range names {
			s.draw(name, line)
		}
		s.block(what, values)
		s.gap = 5
		return
	}
	s.room(float64(max(len(names), len(values))) * bodySize * lineHeight)
	y := s.y
	for _, line := range names {
		s.draw(name, line)
	}
	end := s.y
	s.y = y
	for _, line := range values {
		s.draw(what, line)
	}
	s.y = max(s.y, end)
	s.gap = 3
}

// bullet sets a text with a point before it.
func (s *sheet) bullet(text string) {
	st := style{size: bodySize, x: 14, wide: wholeWidth - 14}
	lines := s.lines(st, text)
	s.room(float64(len(lines)) * bodySize * lineHeight)
	s.at(style{size: bodySize, x: 2}, s.y, "•")
	for _, line := range lines {
		s.draw(st, line)
	}
	s.gap = 2
}

// box sets paragraphs in a frame that is never parted: short texts only.
func (s *sheet) box(paragraphs []string, bold func(i int) bool) {
	const pad = 9.0
	type piece struct {
		st    style
		lines []string
	}
	var pieces []piece
	high := 2 * pad
	for i, text := range paragraphs {
		st := style{size: bodySize, bold: bold(i), x: pad + 2, wide: wholeWidth - 2*pad - 4}
		p := piece{st, s.lines(st, text)}
		pieces = append(pieces, p)
		high += float64(len(p.lines))*bodySize*lineHeight + 4
	}
	high -= 4
	s.room(high)
	if s.err != nil {
		return
	}
	s.pdf.SetDrawColor(60, 60, 60)
	s.pdf.SetLineWidth(1)
	s.pdf.Rect(left, s.y, wholeWidth, high, "D")
	end := s.y + high
	s.y += pad
	for _, p := range pieces {
		for _, line := range p.lines {
			s.draw(p.st, line)
		}
		s.y += 4
	}
	s.y, s.gap = end, 10
}

// footers writes the reference and the number of the page under each page.
func (s *sheet) footers(ref string, page func(n, of int) string) {
	st := style{size: smallSize}
	of := s.pdf.PageCount()
	for n := 1; n <= of; n++ {
		s.pdf.SetPage(n)
		s.pdf.SetFont("noto", "", smallSize+1) // so that the next one is written on this page too
		s.at(st, footer, s.print(false, ref))
		text := s.print(false, page(n, of))
		s.at(style{size: smallSize, x: wholeWidth - s.face(false).width(text, smallSize)}, footer, text)
	}
}

// write ends the paper.
func (s *sheet) write(w io.Writer) error {
	if err := errors.Join(s.err, s.pdf.Error()); err != nil {
		return err
	}
	return s.pdf.Output(w)
}
