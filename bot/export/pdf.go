package export

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"imrbot/dialog"
)

// PDFOptions say how a paper is made.
type PDFOptions struct {
	// Interview has the words of the answers and of the verdict, and says who
	// runs the assistant. It is needed.
	Interview *dialog.Interview
	// Today is the day of printing: the verdict and its dates are those of this
	// day. It is needed.
	Today dialog.Date
	// Zone is the one in which the day of saving is told; nil means that of
	// Intake.Created.
	Zone *time.Location
	// Letters returns the bytes of a letter of the intake. Nil, or an error,
	// lets the paper say that the file was not found.
	Letters func(dialog.File) ([]byte, error)
	// NoLetters, if set, lets the paper show no letters, and say why.
	NoLetters NoLetters
}

// NoLetters is why a paper shows no letters.
type NoLetters string

// The reasons for NoLetters.
const (
	LettersApart NoLetters = "letter-apart" // they come beside the paper, as files
	LettersLarge NoLetters = "letter-large" // with them the paper would be too large
)

// PDF writes an intake as a paper to sign and keep, in the intake's language:
// who has it, the verdict with its reasons and dates, whom to call, every
// answer, how to file, a line to sign on, and the photographed letters.
//
// Equal input gives equal bytes. Characters that the fonts lack (they have
// Latin, Greek and Cyrillic ones) are printed as U+FFFD, and the paper says so.
// Letters that cannot be shown are named with the reason. It fails when
// something in opt is missing, when the text fills more than 300 pages, or
// with what w said; then what was written is no PDF.
func PDF(w io.Writer, in dialog.Intake, opt PDFOptions) error {
	if opt.Interview == nil || opt.Today.IsZero() {
		return errors.New("pdf: the interview and the day of printing are needed")
	}
	all, err := allWords()
	if err != nil {
		return fmt.Errorf("pdf: %w", err)
	}
	shown := opt.Interview.Present(in, in.Language, opt.Today)
	p := &paper{in: in, opt: opt, shown: shown, words: all.tongue(shown.Lang)}
	if p.sheet, err = newSheet(p.words["title"]+" "+in.Ref, shown.Lang, opt.Today); err != nil {
		return fmt.Errorf("pdf: %w", err)
	}
	p.letters = readLetters(in.Files, opt.NoLetters, opt.Letters)
	p.head()
	p.verdict()
	p.answers()
	p.filing()
	p.signature()
	p.letterPages()
	p.footers(in.Ref, func(n, of int) string {
		return p.word("page", "n", strconv.Itoa(n), "of", strconv.Itoa(of))
	})
	if err := p.write(w); err != nil {
		return fmt.Errorf("pdf of %s: %w", in.Ref, err)
	}
	return nil
}

// paper is one PDF under way.
type paper struct {
	*sheet
	in      dialog.Intake
	opt     PDFOptions
	shown   dialog.Presented
	words   map[string]string
	letters []letter
}

// word is a sentence with its blanks filled: the one that the Department says,
// if there is one and it runs the assistant.
func (p *paper) word(id string, values ...string) string {
	if p.isDepartment() && p.words[id+"-department"] != "" {
		id += "-department"
	}
	return fill(p.words[id], append(values, "operator", p.shown.Operator, "ref", p.in.Ref, "status", p.in.Status)...)
}

// The status and the outcome that a paper is not signed for.
const (
	statusDraft    = "draft"
	outcomeOutside = "outside"
)

// isDepartment tells whether the agency itself runs the assistant.
func (p *paper) isDepartment() bool { return p.opt.Interview.Options().IsDepartment }

// who tells who has the intake.
func (p *paper) who() string {
	id := "who-" + p.in.Status
	if p.shown.Filed && !p.isDepartment() && p.words[id+"-filed"] != "" {
		id += "-filed"
	}
	if p.words[id] != "" {
		return p.word(id)
	}
	return p.word("who-other")
}

func (p *paper) head() {
	for _, line := range p.lines(style{size: titleSize, bold: true, wide: wholeWidth}, p.words["title"]) {
		p.draw(style{size: titleSize, bold: true}, line)
	}
	p.gap = 8
	p.row(p.words["number"], p.in.Ref, true)
	created := p.in.Created
	if p.opt.Zone != nil {
		created = created.In(p.opt.Zone)
	}
	p.row(p.words["saved-on"], p.opt.Interview.LongDate(p.shown.Lang, dialog.DateOf(created)), false)
	p.row(p.words["printed-on"], p.opt.Interview.LongDate(p.shown.Lang, p.opt.Today), false)
	p.gap = 10
	box := []string{p.who()}
	if p.shown.Deadline != "" {
		box = append(box, p.shown.Deadline)
	}
	p.box(box, func(int) bool { return true })
	p.text(style{size: smallSize, wide: wholeWidth}, p.word("program"))
}

// dateParts are the parts of the verdict that name a day to keep.
var dateParts = []string{"file-from", "file-by", "file-by-today", "late", "safe-by", "safe-by-today", "date-outside", "late-outside",
	"hearing-by", "hearing-by-today", "hearing-by-past", "hearing-requested"}

// urgentParts are the parts that come before all others.
var urgentParts = []string{"urgent", "urgent-work"}

func (p *paper) verdict() {
	if len(p.shown.Paragraphs) == 0 {
		return
	}
	p.heading(p.words["road"])
	for _, part := range p.shown.Paragraphs {
		if slices.Contains(urgentParts, part.Part) {
			p.box([]string{part.Text}, func(int) bool { return true })
		}
	}
	for _, part := range p.shown.Paragraphs {
		if !slices.Contains(dateParts, part.Part) && !slices.Contains(urgentParts, part.Part) && len(part.Lines) == 0 {
			p.text(body, part.Text)
		}
	}
	p.heading(p.words["dates"])
	for _, part := range p.shown.Paragraphs {
		if slices.Contains(dateParts, part.Part) {
			p.text(body, part.Text)
		}
	}
	p.dropHeading()
	for _, part := range p.shown.Paragraphs {
		if len(part.Lines) > 0 {
			p.heading(strings.TrimSuffix(part.Text, ":"))
			for _, line := range part.Lines {
				p.row(line.Label, line.Value, part.Part == "contacts")
			}
		}
	}
}

// dropHeading takes back headings that nothing came beneath.
func (p *paper) dropHeading() { p.heads = nil }

func (p *paper) answers() {
	for _, section := range p.shown.Sections {
		title := section.Title
		if title == "" {
			title = p.words["more-answers"]
		}
		p.heading(title)
		for _, line := range section.Lines {
			value := line.Value
			if value == "" {
				value = p.words["not-given"]
			}
			p.row(line.Label, value, false)
			if line.Key == "letters" {
				p.letterList()
			}
		}
	}
}

// filing tells how to file, unless others decide. When the Department has it
// already, it tells only what to send with it.
func (p *paper) filing() {
	if p.shown.Verdict.Outcome == outcomeOutside {
		return
	}
	if p.isDepartment() || p.shown.Filed {
		p.heading(p.words["filing-department"])
	} else {
		p.heading(p.words["filing"])
		p.text(body, p.words["filing-yourself"])
		for _, way := range []string{"filing-online", "filing-fax", "filing-mail"} {
			p.bullet(p.words[way])
		}
		p.gap = 6
		p.text(body, p.words["filing-signature"])
	}
	p.text(body, p.words["filing-copies"])
}

// signature has the lines to sign on; a draft has none.
func (p *paper) signature() {
	if p.replaced {
		p.text(style{size: smallSize, wide: wholeWidth}, p.words["signs-missing"])
	}
	if p.in.Status == statusDraft || p.shown.Verdict.Outcome == outcomeOutside {
		return
	}
	signs := []string{"sign-patient"}
	if filer := p.in.Facts["filer"]; filer != nil && *filer == "parent" {
		signs = []string{"sign-parent"}
	} else if filer != nil && *filer == "assistant" {
		signs = append(signs, "sign-helper")
	}
	const lineRoom = 52.0
	p.heading(p.words["signature"])
	text := p.lines(body, p.word("signature-text"))
	p.room(float64(len(text))*bodySize*lineHeight + float64(len(signs))*lineRoom)
	for _, line := range text {
		p.draw(body, line)
	}
	for _, id := range signs {
		p.signLine(p.words[id], lineRoom)
	}
}

// signLine draws a line to sign on and one for the date.
func (p *paper) signLine(name string, high float64) {
	const dateAt = 350.0
	if p.err != nil {
		return
	}
	y := p.y + high - 16
	p.pdf.SetDrawColor(0, 0, 0)
	p.pdf.SetLineWidth(0.7)
	p.pdf.Line(left, y, left+dateAt-20, y)
	p.pdf.Line(left+dateAt, y, right, y)
	p.at(style{size: smallSize}, y+2, p.print(false, name))
	p.at(style{size: smallSize, x: dateAt}, y+2, p.print(false, p.words["sign-date"]))
	p.y += high
}
