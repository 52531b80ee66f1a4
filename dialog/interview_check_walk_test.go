package dialog

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/expr-lang/expr/ast"
	"pgregory.net/rapid"
)

// walked is a conversation that answers every question as a case has it.
type walked struct {
	asked []string // steps and notes that were said
	text  string   // all that was said
	rules []string // that decided on the way
	state State
}

// walk carries the engine itself through the interview with the answers of a
// case, by buttons only.
func walk(t *testing.T, v *Interview, w *world, lang string) walked {
	t.Helper()
	head := Head{At: time.Date(2026, 6, 1, 19, 0, 0, 0, time.UTC), Today: w.today, Ref: "A-2026-000123"}
	var out walked
	state, _ := v.Step(State{}, Started{Head: head, Lang: lang})
	state, effects := v.Step(state, Pressed{Head: head, Node: Home, Value: "file"})
	for range 3 * len(v.steps) {
		for _, effect := range effects {
			if say, ok := effect.(Say); ok {
				out.text += say.Text + "\n\n"
				out.asked = addNew(out.asked, say.Node)
			}
		}
		if state.Verdict != nil {
			out.rules = addNew(out.rules, state.Verdict.Rule)
		}
		i, open := v.index[state.Node]
		if !open || state.Node == "" {
			out.state = state
			return out
		}
		if state.Pending != nil {
			t.Fatalf("a small question of kind %q stands open", state.Pending.Kind)
		}
		state, effects = v.Step(state, Pressed{Head: head, Node: state.Node, Value: reply(w, i)})
	}
	t.Fatalf("no end after %v", out.asked)
	return out
}

// reply is the button, or the text, that gives a step its answer of the case.
func reply(w *world, i int) string {
	s := &w.steps[i]
	switch s.kind {
	case kindNotice:
		return "agree"
	case kindReview:
		return "submit"
	case kindFiles:
		return "skip"
	}
	switch value := w.value(s.key).(type) {
	case int:
		if value == 0 {
			return "none"
		}
		return FromDays(value).String()
	case string:
		if value == "" {
			return "skip"
		}
		return value
	}
	return "skip"
}

// What the check says can happen happens, in the engine itself: each step is
// asked, each rule decides, each part is said, and the rules take the facts.
func TestTheEngineGoesWhereTheCheckSaysThatItCan(t *testing.T) {
	for _, dir := range []string{"testdata/library", "imr"} {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			v, err := Parse(os.DirFS(dir), Options{})
			if err != nil {
				t.Fatal(err)
			}
			c, err := v.newCases(Date{2026, time.June, 15})
			if err != nil {
				t.Fatal(err)
			}
			// Whoever leaves a part of the form out is asked twice: give it all.
			for i := range c.steps {
				if s := &c.steps[i]; i > c.verdict && !s.optional && s.kind != kindDate && s.kind.answers() {
					c.answers[i] = slices.DeleteFunc(c.answers[i], func(value any) bool { return value == any("") })
				}
			}
			try := func(what string, goal func(*world) bool, reached func(walked, *world) bool) {
				w, err := c.find(fresh, goal)
				if err != nil || w == nil {
					t.Errorf("%s: no case: %v", what, err)
					return
				}
				for _, lang := range v.Languages() {
					got := walk(t, v, w, lang)
					if !reached(got, w) {
						t.Errorf("%s: not reached in %s by %s: %v, rules %v", what, lang, w.describe(), got.asked, got.rules)
					}
					facts := (&turn{Interview: v, s: got.state}).facts()
					if verdict, err := v.rules.Assess(facts, w.today); err != nil || verdict.Rule != got.state.Verdict.Rule {
						t.Errorf("%s: the rules say %q of %v, and the engine %q: %v", what, verdict.Rule, facts, got.state.Verdict.Rule, err)
					}
				}
			}
			for i := range v.steps {
				s := &v.steps[i]
				try("step "+s.id, func(w *world) bool { return w.applies(i) }, func(got walked, _ *world) bool { return slices.Contains(got.asked, s.id) })
				for _, value := range s.values {
					if s.kind == kindChoice {
						try(s.id+" = "+value, func(w *world) bool { return w.applies(i) && w.is(s.key, value) },
							func(got walked, _ *world) bool {
								return slices.Contains(got.asked, s.id) && got.state.Verdict.Rule != ""
							})
					}
				}
			}
			for i := range v.rules.rules {
				id := v.rules.rules[i].ID
				try("rule "+id, func(w *world) bool { return w.rule() == i }, func(got walked, _ *world) bool { return slices.Contains(got.rules, id) })
			}
			for i := range v.parts {
				p := &v.parts[i]
				if p.id == "rule" {
					continue
				}
				try("part "+p.id, func(w *world) bool { return w.rule() != noRule && w.holds(p.when) && w.fills(p) }, func(got walked, _ *world) bool {
					text := v.words.say(got.state.Lang, "verdict."+p.id, (&turn{Interview: v, s: got.state, head: Head{Today: c.today}}).blanks())
					return strings.Contains(got.text, strings.TrimSpace(text))
				})
			}
		})
	}
}

// The check reads conditions with an evaluator of its own, which must agree with
// the one that the engine uses.
func TestTheCheckReadsConditionsAsTheEngineDoes(t *testing.T) {
	scope, err := NewScope([]Decl{
		{Key: "kind", Type: TypeChoice, Values: []string{"a", "b", "unknown"}}, {Key: "size", Type: TypeChoice, Values: []string{"s", "l"}},
		{Key: "sent", Type: TypeDate}, {Key: "got", Type: TypeDate}, {Key: "words", Type: TypeText},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := scope.Define("old", `sent != none and today >= days(sent, 30)`); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		src := condition(t, 3)
		cond, err := scope.Compile(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		facts := Facts{"kind": rapid.SampledFrom([]string{"a", "b", "unknown", ""}).Draw(t, "kind"), "size": rapid.SampledFrom([]string{"s", "l", ""}).Draw(t, "size"),
			"sent": rapid.SampledFrom([]string{"", "2026-05-01", "2026-05-02", "2026-05-03", "2025-12-01"}).Draw(t, "sent"),
			"got":  rapid.SampledFrom([]string{"", "2026-05-02", "2026-06-01"}).Draw(t, "got"), "words": rapid.SampledFrom([]string{"", "x"}).Draw(t, "words")}
		env := scope.Env(facts, june)
		c := &cases{Interview: &Interview{scope: scope, rules: &Rules{}}, today: june, trees: map[*Cond]ast.Node{}}
		if err := c.read(cond); err != nil {
			t.Fatal(err)
		}
		w := &world{cases: c, left: map[string][]any{}, ruling: noRule}
		for _, d := range scope.decls {
			w.left[d.Key] = []any{env.vals[d.Key]}
		}
		if got, want := w.holds(cond), cond.Holds(env); got != want {
			t.Fatalf("%s of %v: the check says %v, the engine %v", src, facts, got, want)
		}
	})
}

// condition draws a condition that compiles.
func condition(t *rapid.T, depth int) string {
	day := func() string {
		return rapid.SampledFrom([]string{"sent", "got", "today", "none", "days(sent, 30)", "months(got, 6)", "months(days(sent, 30), -1)",
			"earliest(sent, got)", "if_before(got, sent)", "sent + 3", "(kind == \"a\" ? sent : got)", "today - 30"}).Draw(t, "day")
	}
	leaf := rapid.IntRange(0, 5).Draw(t, "form")
	if depth > 0 && leaf < 3 {
		a, b := condition(t, depth-1), condition(t, depth-1)
		switch rapid.IntRange(0, 4).Draw(t, "join") {
		case 0:
			return "(" + a + " and " + b + ")"
		case 1:
			return "(" + a + " || " + b + ")"
		case 2:
			return "not (" + a + ")"
		case 3:
			return "(" + a + " ? " + b + " : old)"
		default:
			return "(" + a + ") == (" + b + ")"
		}
	}
	switch leaf {
	case 3:
		return day() + rapid.SampledFrom([]string{" == ", " != ", " < ", " <= ", " > ", " >= "}).Draw(t, "order") + day()
	case 4:
		return rapid.SampledFrom([]string{"old", "true", `words != ""`, `"x" == words`, `words + "y" == "xy"`, `today - sent > 30`, `-3 < got - sent`, `words < "z"`}).Draw(t, "other")
	default:
		return rapid.SampledFrom([]string{`kind == "a"`, `kind != "unknown"`, `kind in ["a", "b"]`, `not (size in ["s"])`, `size == ""`, `"l" == size`}).Draw(t, "choice")
	}
}

// Whatever conditions an operator writes, the check comes to an end and says
// what it found.
func TestTheCheckSurvivesAnyConditions(t *testing.T) {
	whens := []string{`problem == "lost"`, `object_by != none and not overdue`, `objects and email != ""`, `outcome == "wait"`, `reader == "child"`, `letter_date == none`,
		`rule == "billed"`, `brought_back > letter_date`, `days(letter_date, 3) < today`, `email_ok == "yes"`, `name == "Ana"`, `overdue`, `has_letter`, `today > letter_date`}
	rapid.Check(t, func(rt *rapid.T) {
		var changes []change
		for _, old := range []string{`when = 'problem == "lost"'`, `when = 'overdue'`, `when = 'objects and overdue'`, `when = 'outcome == "desk"'`} {
			a, b := rapid.SampledFrom(whens).Draw(rt, "a"), rapid.SampledFrom(whens).Draw(rt, "b")
			join := rapid.SampledFrom([]string{" and ", " or ", " and not "}).Draw(rt, "join")
			changes = append(changes, change{iv, old, "when = '" + a + join + "(" + b + ")'"})
		}
		v, err := Parse(changed(t, changes...), Options{})
		if err != nil {
			rt.Fatalf("%v: %v", changes, err)
		}
		if err := v.Check(june); err != nil && len(err.(Defects)) == 0 {
			rt.Fatalf("%v: an error without a defect", changes)
		}
	})
}

// A reader of the library in conversation with the engine, from the greeting to
// the receipt, in words and with buttons.
func TestALibraryTalksThroughTheSameEngine(t *testing.T) {
	v := library(t)
	head := Head{At: time.Date(2026, 6, 1, 19, 0, 0, 0, time.UTC), Today: june, Ref: "A-2026-000007"}
	state, said := State{}, ""
	var stored *Intake
	send := func(ev Event) {
		var effects []Effect
		state, effects = v.Step(state, ev)
		raw, err := EncodeState(state)
		if err != nil {
			t.Fatal(err)
		}
		if state, err = DecodeState(raw); err != nil {
			t.Fatal(err)
		}
		said = ""
		for _, effect := range effects {
			switch effect := effect.(type) {
			case Say:
				said += effect.Text + "\n"
			case StoreIntake:
				stored = &effect.Intake
			}
		}
	}
	send(Started{Head: head, Lang: "es"})
	for _, c := range []struct{ reply, want string }{
		{"mi libro", "¿Está de acuerdo?"},
		{"acepto", "¿De quién es la tarjeta?"},
		{"mi hija", "¿De qué se trata? Pregúntele a su hijo o hija."},
		{"english", "We go on in English."},
		{"lost", "When did you bring the book back?"},
		{"still have it", "Which date is on the letter"},
		{"2026-04-27", "The time ended on Saturday, May 30, 2026."},
		{"Ana Gómez", "What is your email address?"},
		{"ana", "What is your email address?"},
		{"ana@example.com", "May we write to that address?"},
		{"yes", "Why is it late?"},
		{"We were away.", "Send a photo of the letter."},
		{"done", "• Card: My child's"},
		{"send it", "Your number is A-2026-000007. It is with the library."},
	} {
		send(Said{Head: head, Text: c.reply})
		if !strings.Contains(said, c.want) {
			t.Fatalf("to %q it says %q, want %q", c.reply, said, c.want)
		}
	}
	if stored == nil || stored.Status != "with-desk" || stored.Verdict.Rule != "billed" || !stored.Verdict.Flag("overdue") || *stored.Facts["reader"] != "child" ||
		*stored.Form["name"] != "Ana Gómez" || *stored.Form["why_late"] != "We were away." || len(stored.Verdict.Contacts) != 2 {
		t.Errorf("%+v", stored)
	}
}

// What an agency is about stands in its files only.
func TestTheEngineHoldsNoWordOfAnyAgency(t *testing.T) {
	agency := regexp.MustCompile(`(?i)\b(medicare|medi-cal|medicaid|health|hospital|doctor|insurance|grievance|dmhc|imr-|help center|1-8\d\d-\d{3})`)
	files, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "doc.go" {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(src), "\n") {
			code, _, _ := strings.Cut(line, "//")
			if found := agency.FindString(code); found != "" {
				t.Errorf("%s:%d: the engine says %q; that belongs into an interview's files", name, n+1, found)
			}
		}
	}
}
