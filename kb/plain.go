package kb

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// PlainText turns Markdown into plain text that suits every channel: paragraphs
// with a blank line between them, bullets as "• " (nested ones indented by two
// spaces), no markup. A link becomes its address; a link whose words are not its
// address becomes "words (address)".
func PlainText(markdown string) string {
	s, _ := plain(markdown)
	return s
}

// plain returns the plain text and where its pieces come from.
func plain(markdown string) (string, lineMap) {
	src := []byte(markdown)
	w := &plainWriter{src: src, newlines: newlineOffsets(src)}
	doc := goldmark.New().Parser().Parse(text.NewReader(src))
	w.blocks(doc)
	return string(w.out), w.runs
}

// lineMap tells for each piece of a plain text on which line of the Markdown it stands.
type lineMap []lineRun

// lineRun says that the text from offset on comes from this line (0 is the first).
type lineRun struct{ offset, line int }

// at returns the line for an offset into the plain text.
func (m lineMap) at(offset int) int {
	i, exact := slices.BinarySearchFunc(m, offset, func(r lineRun, o int) int { return r.offset - o })
	if !exact {
		i--
	}
	if i < 0 {
		return 0
	}
	return m[i].line
}

// plainWriter walks a Markdown document. A break or a bullet is only noted at
// first and written together with the next words, so that a block without words
// leaves no gap.
type plainWriter struct {
	src      []byte
	newlines []int
	out      []byte
	runs     lineMap

	breaks int    // line ends owed before the next words
	marker string // indent and bullet owed before the next words
	indent string // for every further line of the open list item
	line   int    // of the words written last
}

// blocks writes the children of n, a blank line between them.
func (w *plainWriter) blocks(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		want := 2
		if c.Kind() == ast.KindList && !c.HasBlankPreviousLines() {
			want = 1
		}
		w.breaks = max(w.breaks, want)
		w.block(c)
	}
}

func (w *plainWriter) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.List:
		w.list(n)
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		w.rawLines(n, false)
	case *ast.HTMLBlock:
		w.rawLines(n, true)
	case *ast.ThematicBreak:
	case *ast.Paragraph, *ast.TextBlock, *ast.Heading:
		w.inlines(n)
	default:
		w.blocks(n)
	}
}

func (w *plainWriter) list(l *ast.List) {
	number := l.Start
	for c := l.FirstChild(); c != nil; c = c.NextSibling() {
		w.breaks = max(w.breaks, 1)
		bullet := "• "
		if l.IsOrdered() {
			bullet = fmt.Sprintf("%d. ", number)
			number++
		}
		if w.marker == "" {
			w.marker = w.indent
		}
		w.marker += bullet
		outer := w.indent
		w.indent += "  "
		// The words of the item follow its bullet on the same line.
		for b := c.FirstChild(); b != nil; b = b.NextSibling() {
			w.block(b)
			w.breaks = max(w.breaks, 1)
		}
		w.indent, w.marker = outer, ""
	}
}

// htmlTag is what is taken out of raw HTML; the words between tags stay.
var htmlTag = regexp.MustCompile(`(?s)<!--.*?-->|<[^>]*>`)

func (w *plainWriter) rawLines(n ast.Node, html bool) {
	lines := n.Lines()
	for i := range lines.Len() {
		seg := lines.At(i)
		s := strings.TrimRight(string(seg.Value(w.src)), "\r\n\t ")
		if html {
			s = strings.TrimSpace(htmlTag.ReplaceAllString(s, ""))
		}
		w.put(s, seg.Start)
		w.breaks = max(w.breaks, 1)
	}
}

func (w *plainWriter) inlines(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.inline(c)
	}
}

func (w *plainWriter) inline(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		v := n.Value(w.src)
		if !n.IsRaw() {
			v = unescape(v)
		}
		w.put(string(v), n.Segment.Start)
		if n.HardLineBreak() {
			w.breaks = max(w.breaks, 1)
		} else if n.SoftLineBreak() {
			w.put(" ", n.Segment.Start)
		}
	case *ast.String:
		w.put(string(n.Value), -1)
	case *ast.CodeSpan:
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			if t, ok := c.(*ast.Text); ok {
				w.put(strings.ReplaceAll(string(t.Value(w.src)), "\n", " "), t.Segment.Start)
			}
		}
	case *ast.AutoLink:
		w.put(string(n.Label(w.src)), n.Pos())
	case *ast.RawHTML:
	case *ast.Link:
		w.link(n)
	default:
		w.inlines(n)
	}
}

// link writes the words of a link and, unless they say it already, its address.
func (w *plainWriter) link(n *ast.Link) {
	inner := &plainWriter{src: w.src, newlines: w.newlines}
	inner.inlines(n)
	words, address := strings.TrimSpace(string(inner.out)), string(unescape(n.Destination))
	switch {
	case words == "":
		w.put(address, n.Pos())
	case strings.EqualFold(bareAddress(words), bareAddress(address)):
		w.inlines(n)
	default:
		w.inlines(n)
		w.put(" ("+address+")", -1)
	}
}

// bareAddress takes off what people leave out of an address.
func bareAddress(s string) string {
	for _, p := range []string{"https://", "http://", "mailto:", "tel:"} {
		s = strings.TrimPrefix(s, p)
	}
	return strings.TrimSuffix(s, "/")
}

// unescape resolves backslash escapes and character references in one pass, so
// that an escaped reference stays as it is written.
func unescape(v []byte) []byte {
	if bytes.IndexByte(v, '\\') < 0 && bytes.IndexByte(v, '&') < 0 {
		return v
	}
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		switch {
		case v[i] == '\\' && i+1 < len(v) && util.IsPunct(v[i+1]):
			i++
			out = append(out, v[i])
		case v[i] == '&':
			end := bytes.IndexByte(v[i:], ';') + 1
			if end == 0 || end > maxReference {
				out = append(out, '&')
				continue
			}
			ref := util.ResolveEntityNames(util.ResolveNumericReferences(bytes.Clone(v[i : i+end])))
			out = append(out, bytes.ReplaceAll(ref, []byte("\u00a0"), []byte(" "))...)
			i += end - 1
		default:
			out = append(out, v[i])
		}
	}
	return out
}

// maxReference is the length of the longest character reference of HTML, "&CounterClockwiseContourIntegral;".
const maxReference = 33

// put writes words that stand at an offset of the source; -1 means where the last ones stood.
func (w *plainWriter) put(s string, offset int) {
	if offset >= 0 {
		w.line, _ = slices.BinarySearch(w.newlines, offset)
	}
	if w.breaks > 0 || w.marker != "" || len(w.out) == 0 {
		s = strings.TrimLeft(s, " \t")
		if s == "" {
			return
		}
		w.out = bytes.TrimRight(w.out, " \t")
		if len(w.out) > 0 {
			w.out = append(w.out, strings.Repeat("\n", max(1, w.breaks))...)
		}
		if w.marker != "" {
			w.out = append(w.out, w.marker...)
		} else {
			w.out = append(w.out, w.indent...)
		}
		w.breaks, w.marker = 0, ""
	}
	if s == "" {
		return
	}
	if n := len(w.runs); n == 0 || w.runs[n-1].line != w.line {
		w.runs = append(w.runs, lineRun{len(w.out), w.line})
	}
	w.out = append(w.out, s...)
}

// newlineOffsets returns where each line of src ends.
func newlineOffsets(src []byte) []int {
	var out []int
	for i, c := range src {
		if c == '\n' {
			out = append(out, i)
		}
	}
	return out
}
