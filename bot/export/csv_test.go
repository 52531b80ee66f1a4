package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"imrbot/dialog"
)

// readBack reads a CSV with the standard library, as maps by column.
func readBack(t testing.TB, raw []byte) []map[string]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	var list []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, cell := range row {
			m[rows[0][i]] = cell
		}
		list = append(list, m)
	}
	return list
}

func TestTheColumnsStayAsTheyAre(t *testing.T) {
	want, err := os.ReadFile("testdata/columns.txt")
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(Columns(parse(t, dialog.Options{})), "\n") + "\n"
	if got != string(want) {
		t.Errorf("the columns of the CSV changed; whoever reads it by column must know. If it is meant, change testdata/columns.txt.\nwant:\n%s\ngot:\n%s", want, got)
	}
}

func TestEveryAnswerArrivesInItsColumn(t *testing.T) {
	v := parse(t, dialog.Options{})
	hard := "«Ünïcödé» Nguyễn, \"quoted\"\nsecond line; with\ttab, " + strings.Repeat("very long ", 900) + "end"
	for _, lang := range v.Languages() {
		in := *walk(t, v, lang, selfCase(), dialog.File{ID: "1", Name: "carta, uno.jpg"}, dialog.File{ID: "2", Name: "dos.pdf"})
		for key := range in.Form {
			if key == "story" || key == "street" || key == "condition" {
				in.Form[key] = &hard
			}
		}
		var b bytes.Buffer
		if err := CSV(&b, v, list(in, in)); err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(b.Bytes()) || !bytes.HasSuffix(b.Bytes(), []byte("\r\n")) {
			t.Error("it is not UTF-8 with CRLF")
		}
		rows := readBack(t, b.Bytes())
		if len(rows) != 2 {
			t.Fatalf("%d rows", len(rows))
		}
		row := rows[1]
		check := func(column, want string) {
			if row[column] != want {
				t.Errorf("%s: %s is %q, want %q", lang, column, row[column], want)
			}
		}
		check("ref", in.Ref)
		check("status", "with-team")
		check("created", "2026-06-01T19:00:00Z")
		check("language", lang)
		facts, form := 0, 0
		for key, value := range in.Facts {
			if value != nil {
				check("facts."+key, *value)
				facts++
			}
		}
		for key, value := range in.Form {
			if value != nil && key != "letters" {
				check("form."+key, *value)
				form++
			}
		}
		if facts < 10 || form < 26 {
			t.Errorf("%s: %d facts and %d fields: the intake is not filled", lang, facts, form)
		}
		check("letters", "carta, uno.jpg\ndos.pdf")
		check("verdict.outcome", "imr")
		check("verdict.rule", "necessity-decided")
		check("verdict.file_by", "2026-10-15")
		check("verdict.late", "false")
		check("verdict.because", "problem: denied\nreason: not-medically-necessary\ndecision_date: 2026-04-15")
		check("other", "")
		if !strings.Contains(row["verdict.contacts"], "1-888-466-2219") || row["verdict.sources"] == "" {
			t.Errorf("%s: contacts %q, sources %q", lang, row["verdict.contacts"], row["verdict.sources"])
		}
	}
}

func TestWhatTheInterviewDoesNotKnowIsKeptInOther(t *testing.T) {
	v := parse(t, dialog.Options{})
	in := *walk(t, v, "en", selfCase())
	old := "of an older form"
	in.Form["fax"], in.Facts["mood"] = &old, nil
	in.Verdict.Results = append(in.Verdict.Results, dialog.Result{Key: "call_by", Type: dialog.TypeDate, Day: today})
	var b bytes.Buffer
	if err := CSV(&b, v, list(in)); err != nil {
		t.Fatal(err)
	}
	var got map[string]*string
	if err := json.Unmarshal([]byte(readBack(t, b.Bytes())[0]["other"]), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got["form.fax"] == nil || *got["form.fax"] != old || got["verdict.call_by"] == nil || *got["verdict.call_by"] != "2026-06-01" {
		t.Errorf("other = %v", got)
	}
	if _, ok := got["facts.mood"]; !ok {
		t.Errorf("other = %v", got)
	}
}

func TestNoCellBeginsAFormula(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "",
		"plain":                    "plain",
		"a=b":                      "a=b",
		"=1+1":                     "'=1+1",
		"+1 415 555 0123":          "'+1 415 555 0123",
		"-5":                       "'-5",
		"@SUM(A1)":                 "'@SUM(A1)",
		"\t=1":                     "'\t=1",
		"\tx":                      "'\tx",
		"\rx":                      "'\nx",
		"\nx":                      "'\nx",
		"  =cmd|' /C calc'!A0":     "'  =cmd|' /C calc'!A0",
		"\u00a0+1":                 "'\u00a0+1",
		"\ufeff=1":                 "'\ufeff=1",
		"\u200b=1":                 "'\u200b=1",
		"＝1+1":                     "'＝1+1",
		"'=1":                      "'=1",
		" ":                        " ",
		"one\r\ntwo\rthree":        "one\ntwo\nthree",
		"\xff=1":                   "\ufffd=1",
		"=HYPERLINK(\"http://x\")": "'=HYPERLINK(\"http://x\")",
	} {
		if got := Plain(text); got != want {
			t.Errorf("Plain(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestAFormulaInAnyAnswerIsDisarmed(t *testing.T) {
	v := parse(t, dialog.Options{})
	in := *walk(t, v, "en", selfCase(), dialog.File{ID: "1", Name: "=1.jpg"})
	rapid.Check(t, func(t *rapid.T) {
		bad := rapid.StringMatching(`[ \t\n\x{a0}]{0,3}[-=+@＝][-=+@a-z0-9(),"'\n ]{0,20}`).Draw(t, "formula")
		for key := range in.Form {
			in.Form[key] = &bad
		}
		for key := range in.Facts {
			in.Facts[key] = &bad
		}
		in.Status, in.Language = bad, bad
		var b bytes.Buffer
		if err := CSV(&b, v, list(in)); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[1]) != len(rows[0]) {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for i, cell := range rows[1] {
			if seen := strings.TrimSpace(cell); seen != "" && strings.ContainsRune("=+-@＝", []rune(seen)[0]) {
				t.Fatalf("%s begins a formula: %q", rows[0][i], cell)
			}
		}
	})
}
