package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"imrbot/dialog"
)

// midnight is 00:30 in Los Angeles' tomorrow as London counts it: still 31 May
// where the Department is.
var midnight = time.Date(2026, 6, 1, 6, 30, 0, 0, time.UTC)

// run executes one command as the program does, and returns what it wrote.
func run(t *testing.T, stdin string, sub *cobra.Command, args ...string) (out string, err error) {
	t.Helper()
	root := &cobra.Command{Use: "imrbot", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(sub)
	var stdout, stderr bytes.Buffer
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	root.SetArgs(append([]string{sub.Name()}, args...))
	err = root.Execute()
	if stderr.Len() > 0 {
		t.Errorf("stderr: %s", stderr.String())
	}
	return stdout.String(), err
}

func assess(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	return run(t, stdin, assessCommand(func() time.Time { return midnight }), args...)
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAssessWritesTheVerdictAsOneLineOfJSON(t *testing.T) {
	facts := `{"coverage": "employer", "problem": "denied", "reason": "unknown", "decision_date": "2026-04-15"}`
	const want = `{"outcome":"imr","then":"","rule":"necessity-decided","urgent":false,"file_by":"2026-10-15","safe_by":null,` +
		`"file_from":null,"hearing_by":null,"late":false,"contacts":[{"name":"DMHC Help Center","phone":"1-888-466-2219"}],` +
		`"because":[{"fact":"problem","value":"denied"},{"fact":"reason","value":"unknown"},{"fact":"decision_date","value":"2026-04-15"}],"sources":[`
	for name, run := range map[string]func() (string, error){
		"a file": func() (string, error) {
			return assess(t, "", "--json", "--today", "2026-06-01", file(t, "f.json", facts))
		},
		"standard input": func() (string, error) { return assess(t, facts, "--json", "--today=2026-06-01", "-") },
	} {
		out, err := run()
		if err != nil || !strings.HasPrefix(out, want) || strings.Count(out, "\n") != 1 || !json.Valid([]byte(out)) {
			t.Errorf("%s: %v\n got %s\nwant %s", name, err, out, want)
		}
		if strings.Contains(out, `\u0026`) {
			t.Errorf("%s: HTML escapes in %s", name, out)
		}
	}
}

func TestAssessWithoutJSONIsForReading(t *testing.T) {
	facts := `{"coverage": "medi-cal-plan", "problem": "discharge", "grievance_date": "2026-05-20"}`
	out, err := assess(t, facts, "--today", "2026-06-01", "-")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"today         2026-06-01\n", "rule          discharge\n", "outcome       imr-expedited: ", "urgent        yes\n",
		"safe_by       2026-12-19\n", "file_by       –\n", "late          no\n", "1-888-466-2219 DMHC Help Center\n", "1-888-452-8609 Medi-Cal Ombudsman\n",
		"because       problem = discharge\n", "[S] DMHC form page"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	out, err = assess(t, `{"coverage": "other", "problem": "bill"}`, "--today", "2026-06-01", "-")
	if err != nil || !strings.Contains(out, "then          complaint: ") || !strings.Contains(out, "file_from     2026-07-01\n") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = assess(t, `{"coverage": "workers-comp", "problem": "bill"}`, "-")
	if err != nil || !strings.Contains(out, "call          –\n") || !strings.Contains(out, "today         2026-05-31\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestABatchTakesEachLinesDayThenTheFlagsThenTodayAtTheDepartment(t *testing.T) {
	batch := `{"today":"2026-03-01","facts":{"coverage":"other","problem":"denied"}}

{"facts":{"coverage":"other","problem":"bill"}}` + "\r\n  \n" + `{"today":null,"facts":{"coverage":"other","problem":"bill"}}`
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"--today", "2026-06-01"}, []string{"2026-03-31", "2026-07-01", "2026-07-01"}},
		{nil, []string{"2026-03-31", "2026-06-30", "2026-06-30"}},
	} {
		out, err := assess(t, "", append([]string{"--json", "--batch", file(t, "b.jsonl", batch)}, c.args...)...)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if len(lines) != len(c.want) {
			t.Fatalf("%d lines, want %d:\n%s", len(lines), len(c.want), out)
		}
		for i, line := range lines {
			var v dialog.Verdict
			if err := json.Unmarshal([]byte(line), &v); err != nil || v.Date("file_from").String() != c.want[i] {
				t.Errorf("line %d: file_from %v, want %s (%v)", i+1, v.Date("file_from"), c.want[i], err)
			}
		}
	}
}

func TestABadSingleFileWritesNothingAndNamesThePlace(t *testing.T) {
	for _, c := range []struct{ name, facts, want string }{
		{"an unknown value", "{\n  \"coverage\": \"employer\",\n  \"problem\": \"denid\"\n}", `:3: problem = "denid": is none of`},
		{"an unknown key", "{\n  \"coverge\": \"employer\"}", `:2: coverge = "employer": there is no such fact; did you mean "coverage"?`},
		{"facts that do not go together", "{\n\"coverage\": \"other\",\n\"problem\": \"bill\",\n\n\"regulator\": \"dmhc\"}", `:5: regulator = "dmhc": may be given only when`},
		{"a decision before its grievance", "{\"coverage\": \"other\",\n\"problem\": \"bill\",\n\"decision_date\": \"2026-05-01\",\n\"grievance_date\": \"2026-05-02\"}",
			`:3: decision_date = "2026-05-01": lies before grievance_date`},
		{"a date after today", "{\"coverage\": \"other\",\n\"problem\": \"bill\", \"denial_date\": \"2026-06-02\"}", `:2: denial_date = "2026-06-02": lies after today`},
		{"a missing fact", "{\n\"coverage\": \"other\"\n}", `:1: problem: is missing`},
		{"a number", "{\n\"coverage\": 1}", `:2: coverage = "1": is not a string`},
		{"no JSON", "{\n\"coverage\": oops}", `:2: is not JSON`},
		{"an early end", "{\n\"coverage\": \"other\"\n", `:2: the JSON ends too early`},
		{"nothing", "", `:1: the JSON ends too early`},
		{"two objects", "{\"coverage\":\"other\",\"problem\":\"bill\"}\n{}", `:2: something stands after`},
		{"too much", strings.Repeat(" ", maxCaseFile+1), `:1: more than`},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := file(t, "facts.json", c.facts)
			for _, args := range [][]string{{"--json", path}, {path}, {"--json", "-"}} {
				out, err := assess(t, c.facts, append(args, "--today", "2026-06-01")...)
				want := path + c.want
				if args[len(args)-1] == "-" {
					want = "stdin" + c.want
				}
				var usage usageError
				if out != "" || !errors.As(err, &usage) || !strings.HasPrefix(err.Error(), want) {
					t.Errorf("%v: wrote %q\n got %v\nwant %s", args, out, err, want)
				}
			}
		})
	}
}

func TestABatchStopsAtTheFirstFaultWithTheLinesBeforeItWritten(t *testing.T) {
	good := `{"today":"2026-06-01","facts":{"coverage":"other","problem":"bill"}}` + "\n"
	for _, c := range []struct{ name, line, want string }{
		{"an unknown value", `{"facts":{"coverage":"x","problem":"bill"}}`, `coverage = "x": is none of`},
		{"facts that do not go together", `{"facts":{"coverage":"other","problem":"bill","reason":"other"}}`, `reason = "other": may be given only when`},
		{"no facts", `{"today":"2026-06-01"}`, `facts: are missing`},
		{"an impossible day", `{"today":"2026-06-31","facts":{"coverage":"other","problem":"bill"}}`, `today = "2026-06-31": is not a day`},
		{"an unknown key", `{"day":"2026-06-01","facts":{}}`, `day = "2026-06-01": there is no such key`},
		{"no JSON", `oops`, `is not JSON`},
		{"a line without an end", `{"facts":{"coverage":"` + strings.Repeat("x", maxCaseLine) + `"}}`, `the line is longer than`},
		{"a long line of facts", `{"facts":{"service":"` + strings.Repeat("x", 70_000) + `"}}`, `the facts are 70014 bytes long`},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := file(t, "b.jsonl", good+"\n"+good+c.line+"\n"+good)
			out, err := assess(t, "", "--json", "--batch", path)
			var usage usageError
			if want := fmt.Sprintf("%s:4: %s", path, c.want); !errors.As(err, &usage) || !strings.HasPrefix(err.Error(), want) {
				t.Errorf(" got %v\nwant %s", err, want)
			}
			if strings.Count(out, "\n") != 2 {
				t.Errorf("wrote %d lines before the fault, want 2", strings.Count(out, "\n"))
			}
		})
	}
	out, err := assess(t, good+"oops", "--batch", "-")
	if err == nil || !strings.HasPrefix(err.Error(), "stdin:2: ") || strings.Count(out, "\n") != 1 {
		t.Errorf("%v after %q", err, out)
	}
}

func TestABatchThatIsTooLongIsRefused(t *testing.T) {
	blank := strings.Repeat(" ", 1<<19) + "\n"
	_, err := assess(t, strings.Repeat(blank, maxBatch/len(blank)+1), "--batch", "-")
	if err == nil || !strings.Contains(err.Error(), "the batch is longer than") {
		t.Error(err)
	}
}

func TestWrongUseOfAssessIsBadInput(t *testing.T) {
	for _, args := range [][]string{{}, {"a", "b"}, {"a", "--batch", "b"}, {"--today", "2026-06-31", "-"}, {"--today", "tomorrow", "-"},
		{filepath.Join(t.TempDir(), "absent.json")}, {"--batch", filepath.Join(t.TempDir(), "absent.jsonl")}, {t.TempDir()}} {
		out, err := assess(t, "{}", args...)
		var usage usageError
		if out != "" || !errors.As(err, &usage) {
			t.Errorf("%v: wrote %q, %v", args, out, err)
		}
	}
	if badInput(nil) != nil {
		t.Error("no error became one")
	}
}

// failing is an output that is full.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestAFullOutputIsAnErrorOfItsOwn(t *testing.T) {
	for _, args := range [][]string{{"--json", "-"}, {"-"}, {"--batch", "-"}} {
		stdin := `{"coverage":"other","problem":"bill"}`
		if args[0] == "--batch" {
			stdin = `{"facts":` + stdin + `}`
		}
		cmd := newAssessCommand()
		cmd.SilenceErrors = true
		cmd.SetIn(strings.NewReader(stdin))
		cmd.SetOut(failing{})
		cmd.SetArgs(append(args, "--today", "2026-06-01"))
		err := cmd.Execute()
		var usage usageError
		if err == nil || errors.As(err, &usage) || !strings.Contains(err.Error(), "full") {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func BenchmarkBatchLine(b *testing.B) {
	line := `{"today":"2026-06-01","facts":{"filer":"self","coverage":"medi-cal-plan","problem":"modified","reason":"not-covered",` +
		`"service":"MRI","pharmacy_benefit":"no","serious_threat":"no","denial_date":"2026-04-01","state_hearing":"none"}}` + "\n"
	b.ReportAllocs()
	b.SetBytes(int64(len(line)))
	cmd := newAssessCommand()
	cmd.SetIn(strings.NewReader(strings.Repeat(line, b.N)))
	cmd.SetOut(new(bytes.Buffer))
	cmd.SetArgs([]string{"--batch", "-"})
	if err := cmd.Execute(); err != nil {
		b.Fatal(err)
	}
}
