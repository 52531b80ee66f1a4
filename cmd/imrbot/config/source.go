package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// Limits on what is read, in bytes.
const (
	maxFile   = 64 << 10 // the TOML library compares each key of a table with all others
	maxSecret = 4 << 10
)

// given is one value as it was given, with its place.
type given struct {
	value any // a string from the environment, else what the TOML library makes of it
	from  origin
}

// source is one file as it was read.
type source struct {
	sections map[string]any // by name; what is not a table is not a section
	lines    map[string]int // by "section" and "section.key"
}

// readLimited reads a small file; open tells whether others than its owner may
// read or write it. The error says what is wrong and does not name the file.
func readLimited(path string, limit int) (data []byte, open bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false, plainError(err)
	}
	defer f.Close() // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, false, plainError(err)
	}
	if info.IsDir() {
		return nil, false, errors.New("is a folder; give the name of a file")
	}
	data, err = io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil {
		return nil, false, plainError(err)
	}
	if len(data) > limit {
		return nil, false, fmt.Errorf("is longer than %d bytes; is it the right file?", limit)
	}
	// Windows tells nothing of the kind in the mode.
	open = runtime.GOOS != "windows" && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0
	return data, open, nil
}

// plainError says what kept a file from being read.
func plainError(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("is not there; check the name and the folder")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("may not be read by this user; change its owner or its mode")
	}
	if at := (*fs.PathError)(nil); errors.As(err, &at) {
		err = at.Err
	}
	return fmt.Errorf("cannot be read: %w", err)
}

// parseFile reads the text of the file. The defect, if any, has a line and a text.
func parseFile(text []byte) (source, *Defect) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // some editors of Windows write one
	s := source{sections: map[string]any{}}
	err := toml.Unmarshal(text, &s.sections)
	if err == nil {
		s.lines = linesOf(text)
		return s, nil
	}
	d := &Defect{Line: 0, Text: syntaxText(err)}
	if at := (*toml.DecodeError)(nil); errors.As(err, &at) {
		d.Line, _ = at.Position()
	}
	return source{}, d
}

// syntaxText says what is wrong with the form of the file. What the library says
// is repeated only where it repeats at most a letter of the file: more could be
// part of a secret.
func syntaxText(err error) string {
	text := strings.TrimPrefix(err.Error(), "toml: ")
	switch {
	case strings.Contains(text, "already"):
		return "a key or a section stands here that stands above too; keep one of them"
	case strings.Contains(text, "should be a table"):
		return "this makes a section of what is a value above; keep one of them"
	case strings.Contains(text, "unable to parse") || len(text) > maxShown || !utf8.ValidString(text):
		text = "a value cannot be read"
	}
	return "this is not in the form of TOML (" + text + "); texts stand in quotes: look for a missing quote, = or bracket here and on the line above"
}

// linesOf finds the lines of the sections and their keys in a file that has parsed.
func linesOf(text []byte) map[string]int {
	l := locator{lines: map[string]int{}}
	for i, b := range text {
		if b == '\n' {
			l.breaks = append(l.breaks, i)
		}
	}
	l.parser.Reset(text)
	var table []string
	for l.parser.NextExpression() {
		switch n := l.parser.Expression(); n.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = l.note(nil, n.Key())
		case unstable.KeyValue:
			l.keyValue(table, n)
		}
	}
	return l.lines
}

type locator struct {
	parser unstable.Parser
	breaks []int // offsets of the line breaks
	lines  map[string]int
}

func (l *locator) keyValue(table []string, n *unstable.Node) {
	path := l.note(table, n.Key())
	if value := n.Value(); value.Kind == unstable.InlineTable && len(path) < 2 {
		for kids := value.Children(); kids.Next(); {
			if kid := kids.Node(); kid.Kind == unstable.KeyValue {
				l.keyValue(path, kid)
			}
		}
	}
}

// note keeps the line on which each part of a key first stands. It returns the
// path to the key; deeper than section and key there is nothing to find.
func (l *locator) note(table []string, key unstable.Iterator) []string {
	path := append([]string(nil), table...)
	for len(path) < 2 && key.Next() {
		n := key.Node()
		path = append(path, string(n.Data))
		name := strings.Join(path, ".")
		if _, known := l.lines[name]; !known && n.Raw.Length > 0 {
			l.lines[name] = sort.SearchInts(l.breaks, int(n.Raw.Offset)) + 1
		}
	}
	return path
}
