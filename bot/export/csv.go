package export

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	"unicode"

	"imrbot/dialog"
)

// The columns besides those of the interview's own keys. The names of facts and
// of form fields are told apart by what stands before them, as in the JSON:
// "service" is both a fact and a field.
var (
	headColumns  = []string{"ref", "status", "created", "language"}
	otherColumns = []string{"letters", "other"}
)

// Columns returns the columns of the CSV, in their order: ref, status, created,
// language, "facts.<key>" and "form.<key>" in the order of the interview,
// "verdict.<field>", letters and other. An interview without new keys keeps its
// columns.
func Columns(v *dialog.Interview) []string {
	list := append([]string(nil), headColumns...)
	for _, k := range v.Keys() {
		if k.Fact {
			list = append(list, "facts."+k.Key)
		}
	}
	for _, k := range v.Keys() {
		if k.Form && !k.Files {
			list = append(list, "form."+k.Key)
		}
	}
	list = append(list, "verdict.outcome", "verdict.then", "verdict.rule")
	for _, o := range v.Rules().Overlays() {
		list = append(list, "verdict."+o.Key)
	}
	list = append(list, "verdict.contacts", "verdict.because", "verdict.sources")
	return append(list, otherColumns...)
}

// CSV writes a header and one row an intake: RFC 4180 (comma, CRLF, quotes) in
// UTF-8 without a byte order mark. Lists are written one item a line within
// their cell. "other" holds, as JSON, what an intake has under keys that the
// interview does not know.
//
// A cell that a spreadsheet would take for a formula gets an apostrophe before
// it, telephone numbers with a plus too; see [Plain].
//
// It ends at the first error of the list or of w and returns it.
func CSV(w io.Writer, v *dialog.Interview, intakes iter.Seq2[dialog.Intake, error]) error {
	columns := Columns(v)
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(columns); err != nil {
		return err
	}
	row := make([]string, len(columns))
	for in, err := range intakes {
		if err != nil {
			return err
		}
		cells, err := cellsOf(in, columns)
		if err != nil {
			return fmt.Errorf("intake %s: %w", in.Ref, err)
		}
		for i, column := range columns {
			row[i] = Plain(cells[column])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// cellsOf are the cells of one row by their columns.
func cellsOf(in dialog.Intake, columns []string) (map[string]string, error) {
	known := make(map[string]bool, len(columns))
	for _, column := range columns {
		known[column] = true
	}
	cells := map[string]string{"ref": in.Ref, "status": in.Status, "created": in.Created.Format(time.RFC3339), "language": in.Language}
	strange := map[string]*string{}
	keep := func(prefix string, values map[string]*string) {
		for key, value := range values {
			switch {
			case !known[prefix+key] && (prefix != "form." || key != "letters"):
				strange[prefix+key] = value
			case value != nil:
				cells[prefix+key] = *value
			}
		}
	}
	keep("facts.", in.Facts)
	keep("form.", in.Form)
	for key, value := range verdictCells(in.Verdict) {
		if known[key] {
			cells[key] = value
		} else {
			strange[key] = &value
		}
	}
	var letters []string
	for _, file := range in.Files {
		letters = append(letters, file.Name)
	}
	cells["letters"] = strings.Join(letters, "\n")
	if len(strange) > 0 {
		raw, err := json.Marshal(strange)
		if err != nil {
			return nil, err
		}
		cells["other"] = string(raw)
	}
	return cells, nil
}

func verdictCells(v dialog.Verdict) map[string]string {
	cells := map[string]string{"verdict.outcome": v.Outcome, "verdict.then": v.Then, "verdict.rule": v.Rule}
	for _, r := range v.Results {
		switch {
		case r.Type == dialog.TypeFlag:
			cells["verdict."+r.Key] = fmt.Sprint(r.Yes)
		default:
			cells["verdict."+r.Key] = r.Day.String()
		}
	}
	var contacts, because, sources []string
	for _, c := range v.Contacts {
		contacts = append(contacts, c.Name+": "+c.Phone)
	}
	for _, b := range v.Because {
		because = append(because, b.Fact+": "+b.Value)
	}
	for _, s := range v.Sources {
		sources = append(sources, s.Cite+" ["+s.Mark+"]")
	}
	cells["verdict.contacts"] = strings.Join(contacts, "\n")
	cells["verdict.because"] = strings.Join(because, "\n")
	cells["verdict.sources"] = strings.Join(sources, "\n")
	return cells
}

// formulaSigns begin a formula in one spreadsheet or another; the wide ones do
// so in East Asian ones.
const formulaSigns = "=+-@\t\r\n＝＋－＠"

// Plain returns text that no spreadsheet takes for a formula: where it begins
// with one of = + - @, a tab or a line break, also after blanks or signs that
// are not seen, an apostrophe is put before it. Line ends become "\n"; what is
// no UTF-8 becomes U+FFFD.
func Plain(text string) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	if strings.Contains(text, "\r") {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	}
	if text == "" {
		return text
	}
	seen := strings.TrimLeftFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Cc)
	})
	if strings.ContainsRune(formulaSigns, firstRune(text)) || seen != "" && strings.ContainsRune(formulaSigns, firstRune(seen)) {
		return "'" + text
	}
	return text
}

func firstRune(text string) rune {
	for _, r := range text {
		return r
	}
	return 0
}
