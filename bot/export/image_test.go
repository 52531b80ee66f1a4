package export

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"strings"
	"testing"

	"imrbot/dialog"
)

func TestEveryEXIFOrientationStandsUpright(t *testing.T) {
	// Where the first row and the first column of the picture are when it stands
	// upright, by the EXIF standard: side of row 0, side of column 0.
	sides := [8][2]string{{"top", "left"}, {"top", "right"}, {"bottom", "right"}, {"bottom", "left"},
		{"left", "top"}, {"right", "top"}, {"right", "bottom"}, {"left", "bottom"}}
	place := func(m [6]float64, u, v float64) (float64, float64) {
		return m[0]*u + m[2]*v + m[4], m[1]*u + m[3]*v + m[5]
	}
	side := func(x1, y1, x2, y2 float64) string { // of an edge of the unit square
		switch {
		case y1 == 1 && y2 == 1:
			return "top"
		case y1 == 0 && y2 == 0:
			return "bottom"
		case x1 == 0 && x2 == 0:
			return "left"
		}
		return "right"
	}
	for i, m := range turned {
		x1, y1 := place(m, 0, 1) // the upper edge of the picture is its first row
		x2, y2 := place(m, 1, 1)
		if got := side(x1, y1, x2, y2); got != sides[i][0] {
			t.Errorf("orientation %d: the first row is at the %s, want %s", i+1, got, sides[i][0])
		}
		x1, y1 = place(m, 0, 0) // the left edge is its first column
		x2, y2 = place(m, 0, 1)
		if got := side(x1, y1, x2, y2); got != sides[i][1] {
			t.Errorf("orientation %d: the first column is at the %s, want %s", i+1, got, sides[i][1])
		}
	}
	plain := jpegOf(t, photo(20, 10))
	for o := byte(1); o <= 8; o++ {
		if got := orientation("jpeg", withExif(plain, o)); got != int(o) {
			t.Errorf("orientation %d is read as %d", o, got)
		}
	}
	for _, o := range []byte{0, 9, 255} {
		if got := orientation("jpeg", withExif(plain, o)); got != 1 {
			t.Errorf("orientation %d is read as %d", o, got)
		}
	}
	if orientation("jpeg", plain) != 1 {
		t.Error("a picture without EXIF is turned")
	}
}

func TestThePlaceOfAPhotographDoesNotEnterThePaper(t *testing.T) {
	plain := jpegOf(t, photo(60, 40))
	film := append(withExif(plain, 6), "ftypmp42 a film behind the picture"...)
	film = append(film[:2:2], append([]byte("\xff\xfe\x00\x0bmy secret"), film[2:]...)...)
	bare := bareJPEG(film)
	for _, secret := range []string{"GPS", "film", "secret"} {
		if bytes.Contains(bare, []byte(secret)) {
			t.Errorf("%q is still there", secret)
		}
	}
	if !bytes.Equal(bare, plain) {
		t.Error("the picture itself changed")
	}
	for cut := range len(film) {
		bare := bareJPEG(film[:cut])
		if bare != nil && !bytes.HasSuffix(bare, []byte{0xff, 0xd9}) {
			t.Fatalf("cut at %d: no end", cut)
		}
	}
	if _, err := jpeg.Decode(bytes.NewReader(bare)); err != nil {
		t.Error(err)
	}
}

// hugePNG is a PNG that claims a size, and has hardly any bytes.
func hugePNG(wide, high uint32) []byte {
	head := binary.BigEndian.AppendUint32([]byte("IHDR"), wide)
	head = append(binary.BigEndian.AppendUint32(head, high), 8, 2, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(head))
}

func TestLettersAreShownOrNamedWithTheReason(t *testing.T) {
	var animated bytes.Buffer
	pal := image.NewPaletted(image.Rect(0, 0, 40, 30), color.Palette{color.Transparent, color.Black})
	if err := gif.Encode(&animated, pal, nil); err != nil {
		t.Fatal(err)
	}
	bigJPEG := jpegOf(t, photo(16, 16))
	at := bytes.Index(bigJPEG, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(bigJPEG[at+5:], 65535)
	binary.BigEndian.PutUint16(bigJPEG[at+7:], 65535)
	// A WebP whose canvas is small and whose picture is not.
	webp := []byte("RIFF\x30\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x0f\x00\x00\x0f\x00\x00VP8 \x0a\x00\x00\x00\x10\x02\x00\x9d\x01\x2a\xff\x3f\xff\x3f")
	letters := map[string][]byte{"jpeg": jpegOf(t, photo(30, 40)), "turned": withExif(jpegOf(t, photo(40, 30)), 8), "png": pngOf(t, photo(3000, 200)),
		"gif": animated.Bytes(), "cut": jpegOf(t, photo(30, 40))[:100], "text": []byte("hello"), "empty": {}, "hugepng": hugePNG(50_000, 50_000),
		"hugejpeg": bigJPEG, "webp": webp, "heic": []byte("x"), "pdf": []byte("%PDF-1.7")}
	var files []dialog.File
	for _, f := range []struct{ id, kind string }{{"jpeg", "image/jpeg"}, {"turned", "image/jpeg"}, {"png", "image/png"}, {"gif", "image/gif"},
		{"cut", "image/jpeg"}, {"text", "image/png"}, {"empty", "image/jpeg"}, {"hugepng", "image/png"}, {"hugejpeg", "image/jpeg"}, {"webp", "image/webp"},
		{"heic", "image/heic"}, {"pdf", "application/pdf"}, {"gone", "image/jpeg"}} {
		files = append(files, dialog.File{ID: f.id, Name: f.id, Type: f.kind})
	}
	want := map[string]string{"jpeg": "letter-shown", "turned": "letter-shown", "png": "letter-shown", "gif": "letter-shown", "cut": "letter-damaged",
		"text": "letter-damaged", "empty": "letter-damaged", "hugepng": "letter-large", "hugejpeg": "letter-large", "webp": "letter-large",
		"heic": "letter-kind", "pdf": "letter-kind", "gone": "letter-missing"}
	for _, l := range readLetters(files, "", drawer(letters)) {
		if l.why != want[l.name] {
			t.Errorf("%s: %s, want %s", l.name, l.why, want[l.name])
		}
		if (l.data != nil) != (l.why == "letter-shown") {
			t.Errorf("%s: %d bytes", l.name, len(l.data))
		}
		if max(l.wide, l.high) > longestEdge && l.name == "png" {
			t.Errorf("%s: %d × %d", l.name, l.wide, l.high)
		}
	}
	v := parse(t, dialog.Options{Operator: "Health Helpers"})
	in := *walk(t, v, "en", selfCase(), files...)
	got := makePDF(t, in, PDFOptions{Interview: v, Today: today, Letters: drawer(letters)})
	mustHold(t, got.text(), "Letters: 13 files", "1. jpeg: It is shown on a page at the end.", "11. heic: It is not shown. This kind of file cannot be put on a page.",
		"13. gone: It is not shown. The file could not be read.", "Letter 2 of 13: turned", "Letter 4 of 13: gif")
	if n := strings.Count(got.raw, "/Subtype /Image"); n != 4 {
		t.Errorf("%d pictures, want 4", n)
	}
}

func TestTooManyBytesOfLettersAreNamedAndNotShown(t *testing.T) {
	var files []dialog.File
	big := jpegOf(t, photo(30, 40))
	scan := bytes.Index(big, []byte{0xff, 0xda})
	big = append(big[:len(big)-2:len(big)-2], make([]byte, maxLetterBytes/3)...) // the data of its scan
	if scan < 0 {
		t.Fatal("no scan")
	}
	for range maxLetters + 2 {
		files = append(files, dialog.File{ID: "big", Name: "big.jpg", Type: "image/jpeg"})
	}
	shown := 0
	for _, l := range readLetters(files, "", drawer(map[string][]byte{"big": big})) {
		if l.why == "letter-shown" {
			shown++
		} else if l.why != "letter-large" || l.data != nil {
			t.Errorf("%s, %d bytes", l.why, len(l.data))
		}
	}
	if shown != 2 {
		t.Errorf("%d letters of a third of the room are shown", shown)
	}
	small := drawer(map[string][]byte{"big": jpegOf(t, photo(3, 4))})
	shown = 0
	for _, l := range readLetters(files, "", small) {
		if l.why == "letter-shown" {
			shown++
		}
	}
	if shown != maxLetters {
		t.Errorf("%d letters are shown, at most %d", shown, maxLetters)
	}
	asked := 0
	readLetters([]dialog.File{{Type: "image/jpeg", Size: maxLetterBytes + 1}}, "", func(dialog.File) ([]byte, error) {
		asked++
		return nil, errors.New("no")
	})
	if asked > 0 {
		t.Error("a letter that is too large is read from the disk first")
	}
}
