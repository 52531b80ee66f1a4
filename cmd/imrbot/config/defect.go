package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Defect is one thing that is wrong with the configuration.
type Defect struct {
	Place string // the file, or "environment VARIABLE"
	Line  int    // of the file, from 1; 0 when no single line is at fault
	Key   string // "section.key", "[section]", or "" when it is about the whole file
	Value string // as it is shown: in quotes, shortened, a secret as ****; "" when none is given
	Text  string // what is wrong, and what to do
}

// String writes "FILE:LINE: section.key = value: what is wrong, what to do".
func (d Defect) String() string {
	var b strings.Builder
	b.WriteString(d.Place)
	if d.Line > 0 {
		fmt.Fprintf(&b, ":%d", d.Line)
	}
	if d.Key != "" {
		b.WriteString(": " + d.Key)
	}
	if d.Value != "" {
		b.WriteString(" = " + d.Value)
	}
	b.WriteString(": " + d.Text)
	return b.String()
}

// Warning is something that works and should yet be looked at. It has the form
// of a Defect.
type Warning Defect

// String writes a warning in the form of a defect.
func (w Warning) String() string { return Defect(w).String() }

// Defects are all defects of a configuration, those of the file first, by line.
// No text of theirs holds a secret.
type Defects []Defect

// maxDefects bounds what is printed: a wrong file can hold a defect a line.
const maxDefects = 100

// Error writes one defect a line, at most maxDefects of them.
func (ds Defects) Error() string {
	var b strings.Builder
	for i, d := range ds {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == maxDefects {
			fmt.Fprintf(&b, "and %d more", len(ds)-i)
			break
		}
		b.WriteString(d.String())
	}
	return b.String()
}

// err returns the defects in order as an error, and a plain nil for none.
func (ds Defects) err() error {
	if len(ds) == 0 {
		return nil
	}
	inFile := func(d Defect) int {
		if strings.HasPrefix(d.Place, envPlace) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(ds, func(a, b Defect) int {
		return cmp.Or(inFile(a)-inFile(b), a.Line-b.Line)
	})
	return ds
}

// origin is where a value stands.
type origin struct {
	file   string
	line   int
	env    string // the variable, when it is from the environment
	secret string // the file that holds the secret, when it stands in one
}

// envPlace begins the place of what is in the environment.
const envPlace = "environment"

func (o origin) place() (string, int) {
	switch {
	case o.env != "":
		return envPlace + " " + o.env, 0
	case o.file != "":
		return o.file, o.line
	}
	return envPlace, 0
}

// Bounds of what is repeated to people, in bytes.
const (
	maxShown = 100
	maxName  = 40
)

// tokenForm is what the token of a Telegram bot looks like, in whatever key it
// was put by mistake; credentials are what stands before the @ of an address.
var (
	tokenForm   = regexp.MustCompile(`\d+:[A-Za-z0-9_-]{16,}`)
	credentials = regexp.MustCompile(`//[^/?#@]*@`)
	// nameForm is what can be repeated of an unknown name: a password that stands
	// where a name should stand mostly is not of this form.
	nameForm = regexp.MustCompile(`^[A-Za-z_-]+$`)
)

// minSecret is the length from which a secret is looked for in other values, in
// bytes: shorter ones are found in ordinary words.
const minSecret = 8

// hide takes out of a value everything that is or looks like a secret.
func hide(value string, secrets []string) string {
	for _, s := range secrets {
		if len(s) >= minSecret && (strings.Contains(value, s) || len(value) >= minSecret && strings.Contains(s, value)) {
			return masked
		}
	}
	value = tokenForm.ReplaceAllString(value, masked)
	return credentials.ReplaceAllString(value, "//"+masked+"@")
}

// show returns a text as messages repeat it: without secrets, shortened, in quotes.
func show(value string, secrets []string) string {
	value = hide(value, secrets)
	if len(value) > maxShown {
		cut := maxShown
		for cut > 0 && !utf8.RuneStart(value[cut]) {
			cut--
		}
		value = value[:cut] + "…"
	}
	return strconv.Quote(value)
}

// showName returns an unknown name as messages repeat it; "…" when it could be
// anything but a name.
func showName(name string, secrets []string) string {
	if len(name) > maxName || !nameForm.MatchString(name) || hide(name, secrets) != name {
		return "…"
	}
	return name
}

// nearest returns the candidate with the fewest slips to a misspelt name, at
// most one in three letters and three in all; "" when there is none.
func nearest(name string, candidates []string) string {
	if len(name) > maxName {
		return ""
	}
	best, fewest := "", min(len(name)/3, 3)+1
	for _, c := range candidates {
		if n := slips(strings.ToLower(name), strings.ToLower(c)); n < fewest {
			best, fewest = c, n
		}
	}
	return best
}

// slips counts the letters to add, drop, replace, or swap with the next that
// make b of a: the restricted Damerau-Levenshtein distance, in bytes.
func slips(a, b string) int {
	var before []int // the row above the last
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
