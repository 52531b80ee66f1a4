package dialog

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// tomlFile reads one TOML file for people: everything that is wrong in it is
// noted with its line, where a plain decoder stops at the first wrong type.
type tomlFile struct {
	name    string
	lines   map[string]int // "rule[2].when" -> its line
	defects Defects
}

// tomlTable is one table of the file. Its readers note a defect for a value of
// the wrong type and return the zero value; done notes the keys nobody read.
type tomlTable struct {
	file *tomlFile
	path string // "" for the whole file, else as in tomlFile.lines
	vals map[string]any
	read map[string]bool
}

// maxTOML bounds a file, in bytes. The TOML library compares each key of a table
// with all others, so that a larger file of one table would take minutes.
const maxTOML = 256 << 10

// openTOML parses the whole file. On a syntax error, which leaves nothing to go
// on with, the table is nil and the defect noted.
func openTOML(name string, src []byte) (*tomlFile, *tomlTable) {
	f := &tomlFile{name: name}
	if len(src) > maxTOML {
		f.defects.add(name, 0, "%d bytes are too many, at most %d", len(src), maxTOML)
		return f, nil
	}
	vals := map[string]any{}
	if err := toml.Unmarshal(src, &vals); err != nil {
		line := 0
		var at *toml.DecodeError
		if errors.As(err, &at) {
			line, _ = at.Position()
		}
		f.defects.add(name, line, "%s", clip(strings.TrimPrefix(err.Error(), "toml: ")))
		return f, nil
	}
	f.lines = tomlLines(src)
	return f, &tomlTable{file: f, vals: vals, read: map[string]bool{}}
}

// tomlLines finds the line of every table, key and element of a file that has
// parsed.
func tomlLines(src []byte) map[string]int {
	l := tomlLocator{lines: map[string]int{}, counts: map[string]int{}}
	for i, b := range src {
		if b == '\n' {
			l.breaks = append(l.breaks, i)
		}
	}
	l.parser.Reset(src)
	at := ""
	for l.parser.NextExpression() {
		switch n := l.parser.Expression(); n.Kind {
		case unstable.Table:
			at = l.path("", n.Key())
		case unstable.ArrayTable:
			at = l.element(n)
		case unstable.KeyValue:
			l.keyValue(at, n)
		}
	}
	return l.lines
}

type tomlLocator struct {
	parser unstable.Parser
	breaks []int // offsets of the line breaks
	lines  map[string]int
	counts map[string]int // tables seen of each array
}

// maxTOMLPath bounds a path: deeper than this lies nothing that is read, and
// paths of paths would cost the square of a hostile file.
const maxTOMLPath = 300

func (l *tomlLocator) note(path string, n *unstable.Node) {
	if n.Raw.Length == 0 {
		return
	}
	if _, known := l.lines[path]; !known {
		l.lines[path] = sort.SearchInts(l.breaks, int(n.Raw.Offset)) + 1
	}
}

// path joins the parts of a key, and notes the line of each.
func (l *tomlLocator) path(at string, key unstable.Iterator) string {
	for len(at) <= maxTOMLPath && key.Next() {
		n := key.Node()
		at = join(at, string(n.Data))
		if count := l.counts[at]; count > 0 {
			at = fmt.Sprintf("%s[%d]", at, count-1)
		}
		l.note(at, n)
	}
	return at
}

// element is path for the header of one more table of an array.
func (l *tomlLocator) element(n *unstable.Node) string {
	at, last := "", (*unstable.Node)(nil)
	for key := n.Key(); len(at) <= maxTOMLPath && key.Next(); {
		if last != nil {
			if count := l.counts[at]; count > 0 {
				at = fmt.Sprintf("%s[%d]", at, count-1)
			}
		}
		last = key.Node()
		at = join(at, string(last.Data))
	}
	l.counts[at]++
	at = fmt.Sprintf("%s[%d]", at, l.counts[at]-1)
	l.note(at, last)
	return at
}

func (l *tomlLocator) keyValue(at string, n *unstable.Node) {
	l.value(l.path(at, n.Key()), n.Value())
}

func (l *tomlLocator) value(at string, n *unstable.Node) {
	if len(at) > maxTOMLPath {
		return
	}
	l.note(at, n)
	switch n.Kind {
	case unstable.InlineTable:
		for kids := n.Children(); kids.Next(); {
			if kid := kids.Node(); kid.Kind == unstable.KeyValue {
				l.keyValue(at, kid)
			}
		}
	case unstable.Array:
		i := 0
		for kids := n.Children(); kids.Next(); {
			if kid := kids.Node(); kid.Kind != unstable.Comment {
				l.value(fmt.Sprintf("%s[%d]", at, i), kid)
				i++
			}
		}
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// line returns the line of one of the table's keys, or of the table itself when
// the key is "" or has no line of its own.
func (t *tomlTable) line(key string) int {
	if key != "" {
		if n, ok := t.file.lines[join(t.path, key)]; ok {
			return n
		}
	}
	return max(t.file.lines[t.path], 1)
}

// defect notes a defect at one of the table's keys, or at the table ("").
func (t *tomlTable) defect(key, format string, args ...any) {
	t.file.defects.add(t.file.name, t.line(key), format, args...)
}

func (t *tomlTable) take(key string) (any, bool) {
	t.read[key] = true
	v, ok := t.vals[key]
	return v, ok
}

// str reads a string; "" when absent.
func (t *tomlTable) str(key string) string {
	v, ok := t.take(key)
	if !ok {
		return ""
	}
	s, ok := v.(string)
	if !ok {
		t.defect(key, "%s is not a string", key)
	}
	return s
}

// needStr reads a string that must be there.
func (t *tomlTable) needStr(key string) string {
	s := t.str(key)
	if _, there := t.vals[key]; !there {
		t.defect("", "%s is missing", key)
	} else if _, isString := t.vals[key].(string); isString && s == "" {
		t.defect(key, "%s is empty", key)
	}
	return s
}

// strs reads an array of strings; nil when absent.
func (t *tomlTable) strs(key string) []string {
	v, ok := t.take(key)
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		t.defect(key, "%s is not a list of strings", key)
		return nil
	}
	out := make([]string, 0, len(list))
	for i, element := range list {
		s, ok := element.(string)
		if !ok {
			t.defect(fmt.Sprintf("%s[%d]", key, i), "%s holds something else than strings", key)
			continue
		}
		out = append(out, s)
	}
	return out
}

// boolean reads true or false; false when absent.
func (t *tomlTable) boolean(key string) bool {
	v, ok := t.take(key)
	if !ok {
		return false
	}
	b, ok := v.(bool)
	if !ok {
		t.defect(key, "%s is not true or false", key)
	}
	return b
}

// integer reads a whole number; 0 when absent.
func (t *tomlTable) integer(key string) int64 {
	v, ok := t.take(key)
	if !ok {
		return 0
	}
	n, ok := v.(int64)
	if !ok {
		t.defect(key, "%s is not a whole number", key)
	}
	return n
}

// integers reads an array of whole numbers; nil when absent.
func (t *tomlTable) integers(key string) []int64 {
	v, ok := t.take(key)
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		t.defect(key, "%s is not a list of whole numbers", key)
		return nil
	}
	out := make([]int64, 0, len(list))
	for i, element := range list {
		n, ok := element.(int64)
		if !ok {
			t.defect(fmt.Sprintf("%s[%d]", key, i), "%s holds something else than whole numbers", key)
			continue
		}
		out = append(out, n)
	}
	return out
}

// tables reads an array of tables, [[key]] or inline; nil when absent.
func (t *tomlTable) tables(key string) []*tomlTable {
	v, ok := t.take(key)
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		t.defect(key, "%s is not a list of tables; write [[%s]]", key, key)
		return nil
	}
	out := make([]*tomlTable, 0, len(list))
	for i, element := range list {
		path := fmt.Sprintf("%s[%d]", join(t.path, key), i)
		vals, ok := element.(map[string]any)
		if !ok {
			t.defect(fmt.Sprintf("%s[%d]", key, i), "%s holds something else than tables", key)
			continue
		}
		out = append(out, &tomlTable{file: t.file, path: path, vals: vals, read: map[string]bool{}})
	}
	return out
}

// done notes every key of the table that nothing has read.
func (t *tomlTable) done() {
	known := slices.Sorted(maps.Keys(t.read))
	for _, key := range slices.Sorted(maps.Keys(t.vals)) {
		if !t.read[key] {
			t.defect(key, "%s is unknown here%s", clip(key), didYouMean(key, known))
		}
	}
}
