package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// runCheck runs "check" on the first of June 2026.
func runCheck(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := checkCommand(func() time.Time { return midnight })
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err = cmd.Execute()
	return out.String(), errs.String(), err
}

const libraryDir = "../../dialog/testdata/library"

// libraryCopy copies the interview of a library, with one text of one file
// replaced.
func libraryCopy(t *testing.T, file, old, new string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(libraryDir)); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, file)
	src, err := os.ReadFile(name)
	if err != nil || !bytes.Contains(src, []byte(old)) {
		t.Fatalf("%s holds no %q: %v", name, old, err)
	}
	if err := os.WriteFile(name, bytes.Replace(src, []byte(old), []byte(new), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// libraryKB is a knowledge base whose settings fit the library.
func libraryKB(t *testing.T, settings string) string {
	t.Helper()
	return kbFolder(t, map[string]string{"entries/a.en.md": kbEntry, "entries/a.es.md": kbEntry, "kb.toml": settings})
}

func TestCheckPassesWhatComesWithTheProgram(t *testing.T) {
	start := time.Now()
	out, errs, err := runCheck(t)
	if err != nil || errs != "" || !strings.HasPrefix(out, "ok\ninterview: ") || !strings.Contains(out, "\nwords: ") || !strings.Contains(out, "the hardest in es is") || !strings.Contains(out, "\nknowledge base: ") {
		t.Errorf("%v\n%s%s", err, out, errs)
	}
	t.Logf("%v\n%s", time.Since(start), out)
}

func TestCheckPassesAnotherAgencysFolders(t *testing.T) {
	out, errs, err := runCheck(t, "--interview", libraryDir, "--kb", libraryKB(t, "max_grade = 9"))
	if err != nil || errs != "" || !strings.HasPrefix(out, "ok\ninterview: 15 steps, 2 languages, 4 rules, 5 parts of the verdict, 20 conditions; ") ||
		!strings.Contains(out, "(limit 9)") || !strings.HasSuffix(out, "\nknowledge base: 1 entry, 2 languages, 4 phrasings\n") {
		t.Errorf("%v\n%s%s", err, out, errs)
	}
}

func TestCheckNamesAllThatIsWrongEverywhereAtOnce(t *testing.T) {
	dir := libraryCopy(t, "interview.toml", `when = 'objects and overdue'`, `when = 'objects and problem == "late"'`)
	kb := libraryKB(t, "max_grade = 3\nforbidden = ['the mat', 'on the list']\nknown_phones = ['1-800-555-0100']")
	out, errs, err := runCheck(t, "--interview", dir, "--kb", kb)
	wantBadInput(t, err)
	if out != "" || !strings.Contains(fmt.Sprint(err), "defects") {
		t.Errorf("%q %v", out, err)
	}
	for _, want := range []struct{ file, text string }{
		{dir + "/interview.toml:100: ", `step "why_late": when = `},
		{place(t, dir+"/locales/en.toml", "human-again ="), `the sentence "say.human-again" says "on the list", which no answer may say`},
		{dir + "/rules.toml:23: ", `the phone number 1-800-555-0101 is not among known_phones`},
		{dir + "/locales/en.toml:", `the sentence "say.deadline" reads at school grade`},
		{kb + "/entries/a.en.md:5: ", `the answer says "the mat"`},
		{kb + "/entries/a.es.md:5: ", `the answer says "the mat"`},
	} {
		found := 0
		for _, line := range strings.Split(errs, "\n") {
			if strings.HasPrefix(line, want.file) && strings.Contains(line, want.text) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%d lines like %s…%s in\n%s", found, want.file, want.text, errs)
		}
	}
}

func TestCheckLooksAtTheKnowledgeBaseWhenTheInterviewCannotBeRead(t *testing.T) {
	dir := libraryCopy(t, "rules.toml", `type = "choice"`, `type = "choise"`)
	_, errs, err := runCheck(t, "--interview", dir, "--kb", libraryKB(t, "forbidden = ['the mat']"))
	wantBadInput(t, err)
	if !strings.Contains(errs, dir+"/rules.toml:") || !strings.Contains(errs, "a.en.md:5: the answer says") {
		t.Errorf("%s", errs)
	}
	_, errs, err = runCheck(t, "--interview", libraryCopy(t, "interview.toml", `problems = ["lost"`, `problems = ["lots"`), "--kb", kbFolder(t, map[string]string{"entries/a.en.md": "x"}))
	wantBadInput(t, err)
	if !strings.Contains(errs, "interview.toml:") || !strings.Contains(errs, "entries/a.en.md:1:") {
		t.Errorf("%s", errs)
	}
}

func TestCheckListsScreensWithTheHardestFirst(t *testing.T) {
	out, _, err := runCheck(t, "--screens", "--interview", libraryDir, "--kb", libraryKB(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	table, _, _ := strings.Cut(out, "ok\n")
	last, seen := map[string]float64{}, map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(table), "\n")[1:] {
		var lang, scale, id, place string
		var level float64
		if n, err := fmt.Sscan(line, &lang, &scale, &level, &id, &place); n != 5 {
			t.Fatalf("%q: %v", line, err)
		}
		if previous, known := last[lang]; known && (scale == "grade" && level > previous || scale == "INFLESZ" && level < previous) {
			t.Errorf("%q stands after %v", line, previous)
		}
		last[lang], seen[lang] = level, seen[lang]+1
	}
	if seen["en"] < 50 || seen["en"] != seen["es"] {
		t.Errorf("%v", seen)
	}
}

func TestCheckAsJSONIsOneObject(t *testing.T) {
	for _, c := range []struct {
		args    []string
		ok      bool
		screens bool
	}{
		{[]string{"--json", "--interview", libraryDir, "--kb", libraryKB(t, "")}, true, false},
		{[]string{"--json", "--screens", "--interview", libraryDir, "--kb", libraryKB(t, "forbidden = ['the mat']")}, false, true},
	} {
		out, errs, err := runCheck(t, c.args...)
		var got checkRun
		dec := json.NewDecoder(strings.NewReader(out))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&got); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if got.OK != c.ok || (err == nil) != c.ok || (len(got.Defects) == 0) != c.ok || (len(got.Screens) > 0) != c.screens || got.Interview.Steps != 15 || len(got.Languages) != 2 || errs != "" {
			t.Errorf("%v: %s%s", err, out, errs)
		}
		if !c.ok {
			wantBadInput(t, err)
			if d := got.Defects[0]; d.Line != 5 || !strings.HasSuffix(d.File, "a.en.md") || d.Text == "" {
				t.Errorf("%+v", d)
			}
		}
	}
}

func TestCheckRefusesWhatItCannotRead(t *testing.T) {
	for _, args := range [][]string{
		{"all"}, {"--today", "yesterday"}, {"--interview", filepath.Join(t.TempDir(), "none")}, {"--interview", "check_test.go"}, {"--interview", t.TempDir(), "--kb", filepath.Join(t.TempDir(), "none")},
	} {
		out, _, err := runCheck(t, args...)
		wantBadInput(t, err)
		if out != "" {
			t.Errorf("%v wrote %q", args, out)
		}
	}
}

// place is "FILE:LINE: " of the line that begins so.
func place(t *testing.T, file, start string) string {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(src), "\n") {
		if strings.HasPrefix(line, start) {
			return fmt.Sprintf("%s:%d: ", file, i+1)
		}
	}
	t.Fatalf("%s: no line begins with %q", file, start)
	return ""
}
