// Package export writes an intake as PDF, CSV and JSON, and its schema.
//
// The PDF is a paper to sign and to keep, in the intake's language. The CSV has
// one row an intake, for a spreadsheet. The JSON is the one that
// schema/intake.schema.json describes; it is made for programs.
//
// Nothing here knows a store: the caller brings intakes, and the bytes of
// letters for the PDF.
package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"imrbot/dialog"
)

// JSON writes intakes as an array of the objects that [Schema] describes, one
// at a time, so that a long list needs no room. It ends at the first error of
// the list or of w and returns it; what was written then is no JSON.
func JSON(w io.Writer, intakes iter.Seq2[dialog.Intake, error]) error {
	first := true
	for in, err := range intakes {
		if err != nil {
			return err
		}
		raw, err := marshal(in)
		if err != nil {
			return fmt.Errorf("intake %s: %w", in.Ref, err)
		}
		opening := ",\n  "
		if first {
			opening, first = "[\n  ", false
		}
		if _, err := fmt.Fprintf(w, "%s%s", opening, raw); err != nil {
			return err
		}
	}
	closing := "\n]\n"
	if first {
		closing = "[]\n"
	}
	_, err := io.WriteString(w, closing)
	return err
}

// marshal writes one intake, indented to stand in an array.
func marshal(in dialog.Intake) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("  ", "  ")
	if err := enc.Encode(in); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
