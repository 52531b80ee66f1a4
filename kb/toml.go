package kb

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// tomlValue is a value of a TOML file that remembers its line, so that every
// defect can be told with the line on which it stands.
type tomlValue struct {
	line int
	kind string // "text", "number", "list", "table", else the TOML name
	str  string
	num  float64
	list []tomlValue
	keys []tomlKey
}

type tomlKey struct {
	name  string
	line  int
	value tomlValue
}

// get returns the value of a key.
func (v *tomlValue) get(name string) (*tomlValue, bool) {
	for i := range v.keys {
		if v.keys[i].name == name {
			return &v.keys[i].value, true
		}
	}
	return nil, false
}

// parseTOML reads a TOML document whose first line is line first of file. What
// is wrong with it is added to ds; then the result is nil.
func parseTOML(src []byte, file string, first int, ds *Defects) *tomlValue {
	var probe map[string]any // proves the whole document: syntax, types, duplicate keys
	if err := toml.Unmarshal(src, &probe); err != nil {
		line, text := first, err.Error()
		var de *toml.DecodeError
		if errors.As(err, &de) {
			row, _ := de.Position()
			line, text = first+row-1, strings.TrimPrefix(de.Error(), "toml: ")
		}
		ds.add(file, line, "this is not in the right form (%s): look for a missing quote or comma here or on the line above", text)
		return nil
	}
	t := tomlTree{newlines: newlineOffsets(src), first: first, size: len(src)}
	t.parser.Reset(src)
	root := &tomlValue{kind: "table", line: first}
	table := root
	for t.parser.NextExpression() {
		n := t.parser.Expression()
		switch n.Kind {
		case unstable.KeyValue:
			t.keyValue(table, n)
		case unstable.Table:
			table = t.header(root, n, false)
		case unstable.ArrayTable:
			table = t.header(root, n, true)
		}
	}
	if err := t.parser.Error(); err != nil { // the probe has accepted it
		ds.add(file, first, "this cannot be read: %v", err)
		return nil
	}
	return root
}

// tomlTree builds the tree of values.
type tomlTree struct {
	parser   unstable.Parser
	newlines []int
	first    int
	size     int
	last     int // line of the last node that knew its place
}

// line returns where a node stands; a node without a place stands where the last one did.
func (t *tomlTree) line(n *unstable.Node) int {
	if n.Raw.Length > 0 && int(n.Raw.Offset) < t.size {
		row, _ := slices.BinarySearch(t.newlines, int(n.Raw.Offset))
		t.last = t.first + row
	}
	return t.last
}

// keyValue puts one "a.b = value" into a table.
func (t *tomlTree) keyValue(table *tomlValue, n *unstable.Node) {
	var names []string
	line := 0
	for it := n.Key(); it.Next(); {
		k := it.Node()
		if l := t.line(k); line == 0 {
			line = l
		}
		names = append(names, string(k.Data))
	}
	for _, name := range names[:len(names)-1] {
		table = child(table, name, line)
	}
	t.last = line
	table.keys = append(table.keys, tomlKey{names[len(names)-1], line, t.value(n.Value())})
}

// header finds or makes the table of a "[a.b]" or "[[a.b]]" line.
func (t *tomlTree) header(root *tomlValue, n *unstable.Node, array bool) *tomlValue {
	table := root
	line := 0
	for it := n.Key(); it.Next(); {
		k := it.Node()
		if l := t.line(k); line == 0 {
			line = l
		}
		name := string(k.Data)
		if !array || !it.IsLast() {
			table = child(table, name, line)
			continue
		}
		list, ok := table.get(name)
		if !ok {
			table.keys = append(table.keys, tomlKey{name, line, tomlValue{line: line, kind: "list"}})
			list = &table.keys[len(table.keys)-1].value
		}
		list.list = append(list.list, tomlValue{line: line, kind: "table"})
		table = &list.list[len(list.list)-1]
	}
	return table
}

// child returns the table below a table, of a list of tables the last one.
func child(table *tomlValue, name string, line int) *tomlValue {
	v, ok := table.get(name)
	if !ok {
		table.keys = append(table.keys, tomlKey{name, line, tomlValue{line: line, kind: "table"}})
		return &table.keys[len(table.keys)-1].value
	}
	if v.kind == "list" && len(v.list) > 0 {
		return &v.list[len(v.list)-1]
	}
	return v
}

func (t *tomlTree) value(n *unstable.Node) tomlValue {
	v := tomlValue{line: t.line(n)}
	switch n.Kind {
	case unstable.String:
		v.kind, v.str = "text", string(n.Data)
	case unstable.Integer, unstable.Float:
		v.kind, v.num = "number", number(string(n.Data))
	case unstable.Array:
		v.kind = "list"
		for it := n.Children(); it.Next(); {
			if c := it.Node(); c.Kind != unstable.Comment {
				v.list = append(v.list, t.value(c))
			}
		}
	case unstable.InlineTable:
		v.kind = "table"
		for it := n.Children(); it.Next(); {
			if c := it.Node(); c.Kind == unstable.KeyValue {
				t.keyValue(&v, c)
			}
		}
	default:
		v.kind = n.Kind.String()
	}
	return v
}

// number reads a TOML number, NaN when it has another form.
func number(s string) float64 {
	s = strings.ReplaceAll(s, "_", "")
	if i, err := strconv.ParseInt(s, 0, 64); err == nil {
		return float64(i)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return f
}

// tomlReader takes typed values out of a table and notes every defect.
type tomlReader struct {
	file  string
	table *tomlValue
	ds    *Defects
}

// known reports every key that is not in names.
func (r tomlReader) known(names ...string) {
	for _, k := range r.table.keys {
		if slices.Contains(names, k.name) {
			continue
		}
		if near := nearest(k.name, names); near != "" {
			r.ds.add(r.file, k.line, "the key %q is unknown: did you mean %q?", k.name, near)
		} else {
			r.ds.add(r.file, k.line, "the key %q is unknown: take it out; known are %s", k.name, strings.Join(names, ", "))
		}
	}
}

// text returns a text, trimmed, and its line; "" and 0 when it is absent.
func (r tomlReader) text(name string) (string, int) {
	v, ok := r.table.get(name)
	if !ok {
		return "", 0
	}
	if v.kind != "text" {
		r.ds.add(r.file, v.line, "%s must be a text in quotes, like %s = \"…\"", name, name)
		return "", v.line
	}
	return strings.TrimSpace(v.str), v.line
}

// texts returns a list of texts, each trimmed, with their lines; nil when it is absent.
func (r tomlReader) texts(name string) (out []string, lines []int) {
	v, ok := r.table.get(name)
	if !ok {
		return nil, nil
	}
	if v.kind != "list" {
		r.ds.add(r.file, v.line, "%s must be a list of texts, like %s = [\"…\", \"…\"]", name, name)
		return nil, nil
	}
	out = []string{}
	for _, x := range v.list {
		if x.kind != "text" {
			r.ds.add(r.file, x.line, "%s must hold texts in quotes only, and here is a %s", name, x.kind)
			continue
		}
		out, lines = append(out, strings.TrimSpace(x.str)), append(lines, x.line)
	}
	return out, lines
}

// maxNumber is far above every limit that makes sense and far below what TOML cannot hold.
const maxNumber = 1_000_000

// positive returns a number above zero, 0 when it is absent.
func (r tomlReader) positive(name string) float64 {
	v, ok := r.table.get(name)
	if !ok {
		return 0
	}
	if v.kind != "number" || !(v.num > 0 && v.num <= maxNumber) {
		r.ds.add(r.file, v.line, "%s must be a number above 0 and no more than %d; to switch this check off, take the line out", name, maxNumber)
		return 0
	}
	return v.num
}

// nearest returns the name within two slips of s, "" when there is none.
func nearest(s string, names []string) string {
	best, at := "", 3
	for _, n := range names {
		if d := distance(s, n); d < at {
			best, at = n, d
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes; long words are never near.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
