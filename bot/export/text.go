package export

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// The fonts of the paper; their license lies beside them.
var (
	//go:embed font/NotoSans-Regular.ttf
	regularTTF []byte
	//go:embed font/NotoSans-Bold.ttf
	boldTTF []byte
)

// missingSign stands for every character that the fonts do not have.
const missingSign = '\ufffd'

// face tells how wide the characters of a font are, in thousandths of its size,
// and so which ones it has.
type face map[rune]int

// faces are the widths of the regular and the bold font, measured once.
var faces = sync.OnceValues(func() ([2]face, error) {
	var list [2]face
	for i, ttf := range [][]byte{regularTTF, boldTTF} {
		f, err := measureFont(ttf)
		if err != nil {
			return list, fmt.Errorf("font: %w", err)
		}
		list[i] = f
	}
	return list, nil
})

func measureFont(ttf []byte) (face, error) {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		return nil, err
	}
	out := face{}
	var buf sfnt.Buffer
	for r := ' '; r <= 0xffff; r++ { // the PDF writer knows no characters beyond
		glyph, err := f.GlyphIndex(&buf, r)
		if err != nil {
			return nil, err
		}
		if glyph == 0 {
			continue
		}
		wide, err := f.GlyphAdvance(&buf, glyph, fixed.I(1000), font.HintingNone)
		if err != nil {
			return nil, err
		}
		out[r] = wide.Round()
	}
	return out, nil
}

// width returns how wide a line of text is at a size, in points.
func (f face) width(text string, size float64) float64 {
	sum := 0
	for _, r := range text {
		sum += f[r]
	}
	return float64(sum) * size / 1000
}

// printable returns text as the font can show it: composed, without signs that
// are not seen, with missingSign in the place of each character that the font
// lacks. It tells whether any was replaced.
func (f face) printable(text string) (string, bool) {
	plain := true
	for i := range len(text) {
		if text[i] != '\n' && (text[i] < ' ' || text[i] > '~') {
			plain = false
			break
		}
	}
	if plain {
		return text, false
	}
	var b strings.Builder
	replaced := false
	text = strings.ReplaceAll(strings.ToValidUTF8(text, string(missingSign)), "\r\n", "\n")
	for _, r := range norm.NFC.String(text) {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			b.WriteByte('\n')
		case unicode.IsSpace(r) && r != '\u00a0':
			b.WriteByte(' ')
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector):
		case f[r] == 0 && unicode.Is(unicode.Mn, r): // it has no width of its own
			if _, has := f[r]; !has {
				r, replaced = missingSign, true
			}
			b.WriteRune(r)
		case f[r] == 0 || r == missingSign:
			b.WriteRune(missingSign)
			replaced = true
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), replaced
}

// wrap breaks text into lines no wider than limit points at a size: at its line
// breaks, at spaces, and within words that fill a line alone.
func (f face) wrap(text string, size, limit float64) []string {
	var lines []string
	most := int(limit * 1000 / size)
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, f.wrapLine(line, most)...)
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func (f face) wrapLine(line string, most int) []string {
	var lines []string
	var b strings.Builder
	used := 0
	flush := func() {
		lines = append(lines, b.String())
		b.Reset()
		used = 0
	}
	for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ' ' }) {
		wide := 0
		for _, r := range word {
			wide += f[r]
		}
		if used > 0 && used+f[' ']+wide > most {
			flush()
		}
		if used > 0 {
			b.WriteByte(' ')
			used += f[' ']
		}
		if wide <= most {
			b.WriteString(word)
			used += wide
			continue
		}
		for _, r := range word {
			if used > 0 && used+f[r] > most {
				flush()
			}
			b.WriteRune(r)
			used += f[r]
		}
	}
	if b.Len() > 0 || len(lines) == 0 {
		flush()
	}
	return lines
}
