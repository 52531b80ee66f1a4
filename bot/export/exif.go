package export

import (
	"bytes"
	"encoding/binary"
)

// orientation returns how a picture must be turned to stand upright, as its
// EXIF data give it: 1 (as it is) to 8.
func orientation(kind string, data []byte) int {
	switch kind {
	case "jpeg":
		found := 1
		walkJPEG(data, func(marker byte, segment []byte) {
			if body, is := bytes.CutPrefix(segment[4:], []byte("Exif\x00\x00")); marker == 0xe1 && is {
				found = tiffOrientation(body)
			}
		})
		return found
	case "png":
		return tiffOrientation(chunk(data, 8, binary.BigEndian, true, "eXIf"))
	case "webp":
		body := chunk(data, 12, binary.LittleEndian, false, "EXIF")
		return tiffOrientation(bytes.TrimPrefix(body, []byte("Exif\x00\x00")))
	}
	return 1
}

// tiffOrientation reads the tag 0x0112 of the first directory of EXIF data.
func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if string(b[:2]) == "MM" {
		order = binary.BigEndian
	}
	at := uint64(order.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return 1
	}
	n := uint64(order.Uint16(b[at:]))
	for i := range n {
		entry := at + 2 + 12*i
		if entry+12 > uint64(len(b)) {
			break
		}
		if order.Uint16(b[entry:]) == 0x0112 {
			if o := int(order.Uint16(b[entry+8:])); o >= 1 && o <= 8 {
				return o
			}
		}
	}
	return 1
}

// chunk returns the body of the first chunk of that name in a PNG (the length
// before the name, a checksum after the body) or a RIFF file, or nil.
func chunk(data []byte, at int, order binary.ByteOrder, isPNG bool, name string) []byte {
	for at+8 <= len(data) {
		head, size := data[at:at+4], uint64(order.Uint32(data[at+4:]))
		next := uint64(at) + 8 + size + size%2
		if isPNG {
			head, size = data[at+4:at+8], uint64(order.Uint32(data[at:]))
			next = uint64(at) + 12 + size
		}
		if uint64(at)+8+size > uint64(len(data)) {
			return nil
		}
		if string(head) == name {
			return data[at+8 : uint64(at)+8+size]
		}
		if next > uint64(len(data)) {
			return nil
		}
		at = int(next)
	}
	return nil
}

// webpSize returns the size of the picture within a WebP file. The one that the
// file's head names is of the canvas alone.
func webpSize(data []byte) (wide, high int) {
	if b := chunk(data, 12, binary.LittleEndian, false, "VP8 "); len(b) >= 10 {
		wide = int(binary.LittleEndian.Uint16(b[6:]) & 0x3fff)
		high = int(binary.LittleEndian.Uint16(b[8:]) & 0x3fff)
	}
	if b := chunk(data, 12, binary.LittleEndian, false, "VP8L"); len(b) >= 5 {
		bits := binary.LittleEndian.Uint32(b[1:])
		wide, high = max(wide, int(bits&0x3fff)+1), max(high, int(bits>>14&0x3fff)+1)
	}
	if b := chunk(data, 12, binary.LittleEndian, false, "VP8X"); len(b) >= 10 {
		wide = max(wide, 1+int(b[4])|int(b[5])<<8|int(b[6])<<16)
		high = max(high, 1+int(b[7])|int(b[8])<<8|int(b[9])<<16)
	}
	return wide, high
}

// bareJPEG returns a JPEG without what is not the picture: EXIF data with its
// place and preview, comments, and whatever follows the end, such as a film.
// Of a file that is no JPEG it returns nil. One cut short gets an end.
func bareJPEG(data []byte) []byte {
	out := make([]byte, 0, len(data)+2)
	out = append(out, 0xff, 0xd8)
	scans := 0
	walkJPEG(data, func(marker byte, segment []byte) {
		switch {
		case marker >= 0xe0 && marker <= 0xef && marker != 0xe0 && marker != 0xee, marker == 0xfe:
			return // 0xe0 and 0xee say what the colours mean
		case marker == 0xda:
			scans++
		}
		out = append(out, segment...)
	})
	if scans == 0 {
		return nil
	}
	return append(out, 0xff, 0xd9)
}

// walkJPEG calls fn with each segment of a JPEG: its marker, and its bytes from
// the marker on (so at least 4, the length after the marker); after a scan's
// head (0xda) with the picture's data too. It ends with the picture.
func walkJPEG(data []byte, fn func(marker byte, segment []byte)) {
	at := 2
	for at+4 <= len(data) && data[at] == 0xff {
		marker := data[at+1]
		switch {
		case marker == 0xff: // padding
			at++
			continue
		case marker == 0xd9:
			return
		case marker == 0x01 || marker >= 0xd0 && marker <= 0xd7:
			at += 2
			continue
		}
		end := at + 2 + int(binary.BigEndian.Uint16(data[at+2:]))
		if end < at+4 || end > len(data) {
			return
		}
		if marker == 0xda {
			end = scanEnd(data, end)
		}
		fn(marker, data[at:end])
		at = end
	}
}

// scanEnd returns where the data of a scan end: at the next marker that is not
// part of them.
func scanEnd(data []byte, at int) int {
	for {
		i := bytes.IndexByte(data[at:], 0xff)
		if i < 0 || at+i+1 >= len(data) {
			return len(data)
		}
		at += i
		if next := data[at+1]; next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7) {
			return at
		}
		at++
	}
}
