package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"imrbot/dialog"
	"imrbot/dialog/imr"
)

// runMain makes the test binary the real program, so that a test can start it
// as a process of its own, and kill it.
const runMain = "IMRBOT_TEST_RUN_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(runMain) == "1" {
		main()
		return
	}
	flag.Parse()
	// Most of these tests wait: for Telegram's pace, for a program to start.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// program returns the real program with these arguments.
func program(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), runMain+"=1")
	return cmd
}

// shown is one object of chat --json.
type shown struct {
	Node    string          `json:"node"`
	Fact    string          `json:"fact"`
	Text    string          `json:"text"`
	Buttons []dialog.Button `json:"buttons"`
	Turn    string          `json:"turn"`
}

// talk is a chat --json under way.
type talk struct {
	t      testing.TB
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Scanner
	newest []dialog.Button
	last   shown
	lines  []string
}

// trained is the cache of the reader, trained once for all tests.
var trained = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "imrbot-test-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if _, err := openReader(dir); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, readerFile))
})

func startTalk(t testing.TB, data string, args ...string) *talk {
	t.Helper()
	return startHeard(t, io.Discard, data, args...)
}

// startHeard is startTalk with an ear for what is said on standard error.
func startHeard(t testing.TB, notices io.Writer, data string, args ...string) *talk {
	t.Helper()
	cache, err := trained()
	if err == nil {
		err = os.WriteFile(filepath.Join(data, readerFile), cache, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := &talk{t: t, cmd: program(t, append([]string{"chat", "--json", "--data", data, "--today", "2026-06-01"}, args...)...)}
	c.cmd.Stderr = notices
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewScanner(out)
	c.out.Buffer(nil, 1<<20)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.in.Close(); c.cmd.Process.Kill(); c.cmd.Wait() })
	c.read()
	return c
}

// read takes the messages of one turn.
func (c *talk) read() []shown {
	c.t.Helper()
	var turn []shown
	for c.out.Scan() {
		var m shown
		if err := json.Unmarshal(c.out.Bytes(), &m); err != nil {
			c.t.Fatalf("%s: %v", c.out.Text(), err)
		}
		if m.Turn == "end" {
			return turn
		}
		c.lines = append(c.lines, fmt.Sprintf("(%s %s) %s", m.Node, m.Fact, m.Text))
		c.last = m
		if len(m.Buttons) > 0 {
			c.newest = m.Buttons
		}
		turn = append(turn, m)
	}
	c.t.Fatalf("the program ended within a turn; said last:\n%s", strings.Join(c.lines[max(0, len(c.lines)-6):], "\n"))
	return nil
}

func (c *talk) say(line string) []shown {
	c.t.Helper()
	c.lines = append(c.lines, "> "+line)
	if _, err := io.WriteString(c.in, line+"\n"); err != nil {
		c.t.Fatal(err)
	}
	return c.read()
}

// press presses the newest button of that value; it returns false when there
// is none.
func (c *talk) press(value string) bool {
	c.t.Helper()
	for i, b := range c.newest {
		if b.Value == value {
			c.say(fmt.Sprintf("#%d", i+1))
			return true
		}
	}
	return false
}

// follow answers from a sheet until no question is left.
func (c *talk) follow(sheet map[string]string) {
	c.t.Helper()
	for range 200 {
		value := sheet[c.last.Fact]
		switch {
		case c.last.Fact != "" && value != "":
			if !c.press(value) {
				c.say(value)
			}
		case c.last.Fact != "":
			if !c.press("none") && !c.press("unknown") && !c.press("skip") {
				c.t.Fatalf("nothing on the sheet for %s", c.last.Fact)
			}
		case c.press("agree"), c.press("submit"):
		case c.last.Node == dialog.Home:
			return
		case c.press("no"), c.press("skip"):
		default:
			c.t.Fatalf("no way on from %+v", c.last)
		}
	}
	c.t.Fatal("no end")
}

// walk says and does the lines of a walk: "[value]" presses a button, "!photo"
// hands the file over, everything else is typed.
func (c *talk) walk(lines []string, file string) {
	c.t.Helper()
	for _, line := range lines {
		switch {
		case line == "!photo":
			c.say("!file " + file)
		case strings.HasPrefix(line, "["):
			if !c.press(strings.Trim(line, "[]")) {
				c.t.Fatalf("no button %s on %+v", line, c.last)
			}
		default:
			c.say(line)
		}
	}
}

// end closes the input; the program ends by itself.
func (c *talk) end() {
	c.t.Helper()
	c.in.Close()
	if err := c.cmd.Wait(); err != nil {
		c.t.Fatalf("chat: %v", err)
	}
}

var formSheet = map[string]string{
	"first_name": "Ana", "last_name": "Núñez", "date_of_birth": "1960-05-05", "guardian_name": "Luz Núñez",
	"assistant_name": "Eva Paz", "assistant_relation": "sister", "assistant_phone": "415-555-0100", "assistant_form_signed": "no",
	"street": "12 Main St", "city": "Fresno", "state": "CA", "zip": "93701", "phone": "559-555-0123",
	"plan_name": "Blue Shield", "condition": "torn knee", "care_received": "no", "story": "They refused it twice.",
	"why_late": "I was in the hospital.",
}

// Every rule of the decision table is reached through the chat, in both
// languages, and the stored intake holds every fact that was told.
func TestEveryRoadThroughTheChatStoresItsFacts(t *testing.T) {
	rules, err := imr.Rules()
	if err != nil {
		t.Fatal(err)
	}
	sheets := sheetsForEveryRule(t, rules)
	for i, rule := range rules.Table() {
		lang := []string{"en", "es"}[i%2]
		if testing.Short() && i > 4 {
			break
		}
		t.Run(rule.ID+"/"+lang, func(t *testing.T) {
			t.Parallel()
			facts := sheets[rule.ID]
			sheet := map[string]string{}
			for key, value := range formSheet {
				sheet[key] = value
			}
			for key, value := range facts {
				sheet[key] = value
			}
			data := t.TempDir()
			c := startTalk(t, data, "--lang", lang)
			if !c.press("file") {
				t.Fatal("no way to begin")
			}
			c.follow(sheet)
			c.end()
			checkStored(t, data, facts, rules)
		})
	}
}

// checkStored compares intake show with the facts.
func checkStored(t *testing.T, data string, facts dialog.Facts, rules *dialog.Rules) {
	t.Helper()
	want, err := rules.Assess(facts, dialog.Date{Year: 2026, Month: 6, Day: 1})
	if err != nil {
		t.Fatal(err)
	}
	var list []intakeRow
	runJSON(t, &list, "intake", "list", "--json", "--data", data)
	if want.Outcome == "outside" {
		if len(list) != 0 {
			t.Errorf("an intake was stored for outcome outside: %+v", list)
		}
		return
	}
	if len(list) != 1 || list[0].Outcome != want.Outcome {
		t.Fatalf("stored: %+v, want one of outcome %s", list, want.Outcome)
	}
	var in dialog.Intake
	runJSON(t, &in, "intake", "show", list[0].Ref, "--json", "--data", data)
	for key, value := range facts {
		if in.Facts[key] == nil || *in.Facts[key] != value {
			t.Errorf("fact %s is not stored as %q", key, value)
		}
	}
	got, _ := json.Marshal(in.Verdict)
	expected, _ := json.Marshal(want)
	if string(got) != string(expected) {
		t.Errorf("verdict\n%s\nwant\n%s", got, expected)
	}
}

func runJSON(t testing.TB, into any, args ...string) {
	t.Helper()
	out, err := program(t, args...).Output()
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	if err := json.Unmarshal(out, into); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
}

// sheetsForEveryRule draws facts until each rule has fired once.
func sheetsForEveryRule(t *testing.T, rules *dialog.Rules) map[string]dialog.Facts {
	t.Helper()
	const seed = 11
	r := rand.New(rand.NewPCG(seed, seed))
	t.Logf("seed %d", seed)
	today := dialog.Date{Year: 2026, Month: 6, Day: 1}
	sheets := map[string]dialog.Facts{}
	distinct := map[string]bool{}
	for _, rule := range rules.Table() {
		distinct[rule.ID] = true
	}
	for range 200_000 {
		facts := drawFacts(r, rules, today)
		v, err := rules.Assess(facts, today)
		if err == nil && sheets[v.Rule] == nil {
			sheets[v.Rule] = facts
		}
		if len(sheets) == len(distinct) {
			return sheets
		}
	}
	t.Fatal("some rule never fired")
	return nil
}

func drawFacts(r *rand.Rand, rules *dialog.Rules, today dialog.Date) dialog.Facts {
	facts := dialog.Facts{}
	for _, fact := range rules.Facts() {
		if fact.When != nil && !fact.When.Holds(rules.Scope().Env(facts, today)) {
			continue
		}
		switch {
		case fact.Type == dialog.TypeChoice:
			facts[fact.Key] = fact.Values[r.IntN(len(fact.Values))]
		case fact.Type == dialog.TypeDate && r.IntN(2) == 0:
			facts[fact.Key] = today.AddDays(-r.IntN(300)).String()
		}
	}
	return facts
}

func TestAKilledChatGoesOnAtTheSameQuestion(t *testing.T) {
	data := t.TempDir()
	c := startTalk(t, data)
	c.press("file")
	c.press("agree")
	c.press("self")
	for _, next := range []string{"denied", "no", "medi-cal-plan"} {
		if !c.press(next) {
			t.Fatalf("no button %s", next)
		}
		want := c.last
		if err := c.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		c.cmd.Wait()
		c = startTalk(t, data)
		if c.last.Node != want.Node || c.last.Fact != want.Fact || c.last.Text != want.Text {
			t.Errorf("after the kill: %+v\nbefore: %+v", c.last, want)
		}
	}
	c.end()
}

func TestNothingTypedLiesInTheStoreInClear(t *testing.T) {
	data := t.TempDir()
	c := startTalk(t, data)
	c.press("file")
	sheet := map[string]string{"filer": "self", "problem": "denied", "serious_threat": "no", "coverage": "individual",
		"reason": "experimental", "service": "proton beam for my spine"}
	for key, value := range formSheet {
		sheet[key] = value
	}
	c.follow(sheet)
	c.end()
	err := filepath.WalkDir(data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if filepath.Base(path) == readerFile { // the knowledge base, no enrollee's words
			return nil
		}
		for _, secret := range []string{"proton beam", "Núñez", "559-555-0123", "torn knee", "experimental", "console:local"} {
			if strings.Contains(string(raw), secret) {
				t.Errorf("%s holds %q in clear", filepath.Base(path), secret)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestBadInputEndsWithStatusTwoAndNamesItsFault(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"chat", "--today", "2026-02-30"}, "2026-02-30"},
		{[]string{"chat", "--lang", "fr"}, "fr"},
		{[]string{"chat", "extra"}, "extra"},
		{[]string{"chat", "--colour"}, "--colour"},
		{[]string{"nonsense"}, "nonsense"},
		{[]string{"intake", "nonsense"}, "nonsense"},
		{[]string{"intake", "list", "--data", filepath.Join(t.TempDir(), "none")}, "none"},
		{[]string{"intake", "show"}, "REF"},
	} {
		cmd := program(t, c.args...)
		cmd.Dir = t.TempDir()
		out, err := cmd.CombinedOutput()
		exit, ok := err.(*exec.ExitError)
		if !ok || exit.ExitCode() != exitBadInput || !strings.Contains(string(out), c.want) {
			t.Errorf("imrbot %v: %v, said %q; want status 2 and %q", c.args, err, out, c.want)
		}
		if entries, _ := os.ReadDir(cmd.Dir); len(entries) != 0 {
			t.Errorf("imrbot %v wrote %v", c.args, entries)
		}
	}
}
