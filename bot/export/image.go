package export

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/gif" // letters may be GIF
	"image/jpeg"
	"image/png"
	"strconv"
	"unicode/utf8"

	"codeberg.org/go-pdf/fpdf"
	xdraw "golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // letters may be WebP

	"imrbot/dialog"
)

// letter is a letter as the paper shows or names it.
type letter struct {
	name string
	// why names the sentence that tells what became of it: "letter-shown", or
	// why it is not shown.
	why string
	// data is a JPEG or PNG, as kind tells, of a letter that is shown.
	data   []byte
	kind   string
	wide   int // pixels
	high   int
	orient int // as EXIF gives it, 1 to 8
}

// readLetters gets the letters and makes those ready that can be shown; none when
// there is a reason that holds for all.
func readLetters(files []dialog.File, all NoLetters, get func(dialog.File) ([]byte, error)) []letter {
	list := make([]letter, 0, len(files))
	used, shown := 0, 0
	for _, file := range files {
		l := letter{name: shortName(file.Name)}
		switch {
		case all != "":
			l.why = string(all)
		case !embeddable(file.Type):
			l.why = "letter-kind"
		case shown == maxLetters || used+int(file.Size) > maxLetterBytes:
			l.why = "letter-large"
		case get == nil:
			l.why = "letter-missing"
		default:
			data, err := get(file)
			if err != nil {
				l.why = "letter-missing"
				break
			}
			l.prepare(data)
		}
		if l.why == "" && used+len(l.data) > maxLetterBytes {
			l.why, l.data = "letter-large", nil
		}
		if l.why == "" {
			l.why = "letter-shown"
			used += len(l.data)
			shown++
		}
		list = append(list, l)
	}
	return list
}

// embeddable tells the media types that can be put on a page.
func embeddable(kind string) bool {
	switch kind {
	case "image/jpeg", "image/png", "image/gif", "image/webp":
		return true
	}
	return false
}

func shortName(name string) string {
	if utf8.RuneCountInString(name) <= maxFileName {
		return name
	}
	return string([]rune(name)[:maxFileName-1]) + "…"
}

// prepare makes the bytes of a picture ready for the PDF, or tells why not. A
// JPEG goes in as it is, but without what the camera wrote beside the picture:
// the place where it was taken is nobody's business.
func (l *letter) prepare(data []byte) {
	config, kind, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || config.Width <= 0 || config.Height <= 0 {
		l.why = "letter-damaged"
		return
	}
	l.wide, l.high = config.Width, config.Height
	l.orient = orientation(kind, data)
	if kind == "jpeg" {
		l.kind = "jpeg"
		if config.Width*config.Height > maxShownPixels {
			l.why = "letter-large"
			return
		}
		if l.data = bareJPEG(data); l.data == nil {
			l.why = "letter-damaged"
		}
		return
	}
	if kind == "webp" {
		config.Width, config.Height = webpSize(data)
	}
	if config.Width*config.Height > maxDecodedPixels {
		l.why = "letter-large"
		return
	}
	l.redraw(data, kind)
}

// redraw decodes a picture and encodes it anew: on white, since paper is, and
// no larger than a page can show.
func (l *letter) redraw(data []byte, kind string) {
	src, _, err := image.Decode(bytes.NewReader(data))
	if err != nil || src.Bounds().Empty() {
		l.why = "letter-damaged"
		return
	}
	l.wide, l.high = src.Bounds().Dx(), src.Bounds().Dy()
	if edge := max(l.wide, l.high); edge > longestEdge {
		l.wide, l.high = max(1, l.wide*longestEdge/edge), max(1, l.high*longestEdge/edge)
	}
	page := image.NewRGBA(image.Rect(0, 0, l.wide, l.high))
	draw.Draw(page, page.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	xdraw.ApproxBiLinear.Scale(page, page.Bounds(), src, src.Bounds(), xdraw.Over, nil)
	var b bytes.Buffer
	if kind == "webp" { // mostly photographs
		l.kind = "jpeg"
		err = jpeg.Encode(&b, page, &jpeg.Options{Quality: 88})
	} else {
		l.kind = "png"
		err = png.Encode(&b, page)
	}
	if err != nil {
		l.why = "letter-damaged"
		return
	}
	l.data = b.Bytes()
}

// letterList names every letter and what became of it.
func (p *paper) letterList() {
	for i, l := range p.letters {
		p.row(strconv.Itoa(i+1)+". "+l.name, p.word(l.why), false)
	}
}

// letterPages shows each letter that can be shown on a page of its own.
func (p *paper) letterPages() {
	for i, l := range p.letters {
		if l.why != "letter-shown" || p.err != nil {
			continue
		}
		p.newPage()
		title := p.word("letter-page", "n", strconv.Itoa(i+1), "of", strconv.Itoa(len(p.letters)), "name", l.name)
		p.text(style{size: smallSize, bold: true, wide: wholeWidth}, title)
		if err := p.picture("letter-"+strconv.Itoa(i), i, l); err != nil && p.err == nil {
			p.err = fmt.Errorf("letter %d: %w", i+1, err)
		}
	}
}

// turned are, for each EXIF orientation from 1, the matrices that bring a
// picture in the unit square upright within it.
var turned = [8][6]float64{
	{1, 0, 0, 1, 0, 0}, {-1, 0, 0, 1, 1, 0}, {-1, 0, 0, -1, 1, 1}, {1, 0, 0, -1, 0, 1},
	{0, -1, -1, 0, 1, 1}, {0, -1, 1, 0, 0, 1}, {0, 1, 1, 0, 0, 0}, {0, 1, -1, 0, 1, 0},
}

// picture draws a letter upright, as large as the rest of the page allows.
func (p *paper) picture(name string, n int, l letter) error {
	info := p.pdf.RegisterImageOptionsReader(name, fpdf.ImageOptions{ImageType: l.kind}, bytes.NewReader(l.data))
	if err := p.pdf.Error(); err != nil {
		return err
	}
	if err := distinct(info, n); err != nil {
		return err
	}
	wide, high := float64(l.wide), float64(l.high)
	if l.orient >= 5 {
		wide, high = high, wide
	}
	y := p.y + 6
	scale := min(wholeWidth/wide, (bottom-y)/high)
	wide, high = wide*scale, high*scale
	m := turned[l.orient-1]
	p.pdf.TransformBegin()
	p.pdf.Transform(fpdf.TransformMatrix{A: wide * m[0], B: high * m[1], C: wide * m[2], D: high * m[3],
		E: left + (wholeWidth-wide)/2 + wide*m[4], F: pageHeight - y - high + high*m[5]})
	p.pdf.ImageOptions(name, 0, pageHeight-1, 1, 1, false, fpdf.ImageOptions{ImageType: l.kind}, 0, "")
	p.pdf.TransformEnd()
	return p.pdf.Error()
}

// distinct gives a picture a width of its own, by less than a pixel: fpdf sorts
// pictures by width and writes those of one width in the order of a map, so
// that equal papers would differ.
func distinct(info *fpdf.ImageInfoType, n int) error {
	raw, err := info.GobEncode()
	if err != nil {
		return err
	}
	var data, mask, palette []byte
	var number, bits int
	var wide, high, scale, dpi float64
	var space, filter, parms string
	var trns []int
	fields := []any{&data, &mask, &number, &wide, &high, &space, &palette, &bits, &filter, &parms, &trns, &scale, &dpi}
	dec := gob.NewDecoder(bytes.NewReader(raw))
	for _, field := range fields {
		if err := dec.Decode(field); err != nil {
			return err
		}
	}
	wide += float64(n) / 1000
	var out bytes.Buffer
	enc := gob.NewEncoder(&out)
	for _, field := range fields {
		if err := enc.Encode(field); err != nil {
			return err
		}
	}
	return info.GobDecode(out.Bytes())
}
