package dialog

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Defect is one fault in a file that a person wrote: the interview, the rules,
// the sentences.
type Defect struct {
	File string
	Line int // from 1; 0 when the fault belongs to no single line
	Text string
}

// String writes "FILE:LINE: text", without the line where there is none.
func (d Defect) String() string {
	if d.Line <= 0 {
		return d.File + ": " + d.Text
	}
	return fmt.Sprintf("%s:%d: %s", d.File, d.Line, d.Text)
}

// Defects are all faults found in one reading, so that a writer sees every one
// of them at once. As an error they are one line each.
type Defects []Defect

// Error writes one defect a line, at most maxDefectLines of them.
func (ds Defects) Error() string {
	var b strings.Builder
	for i, d := range ds {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == maxDefectLines {
			fmt.Fprintf(&b, "and %d more", len(ds)-i)
			break
		}
		b.WriteString(d.String())
	}
	return b.String()
}

// Err returns the defects in the order of their lines as an error, or nil when
// there are none. It keeps a plain nil, which a nil Defects in an error is not.
func (ds Defects) Err() error {
	if len(ds) == 0 {
		return nil
	}
	slices.SortStableFunc(ds, func(a, b Defect) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
	return ds
}

// add appends one defect.
func (ds *Defects) add(file string, line int, format string, args ...any) {
	*ds = append(*ds, Defect{File: file, Line: line, Text: fmt.Sprintf(format, args...)})
}

// maxDefectLines bounds one error message: a wrong file can hold a fault a line.
const maxDefectLines = 200

// maxClip bounds what an error repeats of an unreadable value, in bytes.
const maxClip = 120

// clip shortens a value that an error repeats, at a letter's border.
func clip(s string) string {
	if len(s) <= maxClip {
		return s
	}
	cut := maxClip
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// didYouMean returns `; did you mean "name"?` for the candidate nearest to a
// misspelt name, or "" when none is near: at most one slip in three letters.
func didYouMean(name string, candidates []string) string {
	best, fewest := "", len(clip(name))/3+1
	for _, c := range candidates {
		if n := slips(clip(name), c, fewest); n < fewest {
			best, fewest = c, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}
