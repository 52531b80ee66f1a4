package kb

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Defect is one thing that is wrong with a knowledge base, told so that whoever
// edits it knows what to do.
type Defect struct {
	File string // as the caller named it, with slashes
	Line int    // from 1; 0 when the defect concerns the file as a whole
	Text string // what is wrong and how to put it right
}

// String returns "FILE:LINE: text"; without a line "FILE: text".
func (d Defect) String() string {
	switch {
	case d.File == "":
		return d.Text
	case d.Line == 0:
		return d.File + ": " + d.Text
	}
	return d.File + ":" + strconv.Itoa(d.Line) + ": " + d.Text
}

// Defects is every defect that was found, sorted by file and line. As an error
// it prints one a line.
type Defects []Defect

// maxPrinted keeps a base that is wrong in every line from flooding a terminal.
const maxPrinted = 500

// Error returns one line for each defect.
func (ds Defects) Error() string {
	var b strings.Builder
	for i, d := range ds {
		if i == maxPrinted {
			fmt.Fprintf(&b, "\n… and %d more", len(ds)-maxPrinted)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(d.String())
	}
	return b.String()
}

// add appends a defect.
func (ds *Defects) add(file string, line int, format string, args ...any) {
	*ds = append(*ds, Defect{File: file, Line: line, Text: fmt.Sprintf(format, args...)})
}

// sorted returns the defects in the order of files and lines, nil when there are none.
func (ds Defects) sorted() Defects {
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
