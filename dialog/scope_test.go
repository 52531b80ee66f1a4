package dialog

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// shopScope has one key of every type.
func shopScope(t testing.TB) *Scope {
	t.Helper()
	s, err := NewScope([]Decl{
		{Key: "size", Type: TypeChoice, Values: []string{"small", "large", "unknown"}},
		{Key: "colour", Type: TypeChoice, Values: []string{"red", "blue"}},
		{Key: "bought", Type: TypeDate},
		{Key: "words", Type: TypeText},
		{Key: "paid", Type: TypeFlag},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConditionsHoldAsWritten(t *testing.T) {
	s := shopScope(t)
	for _, d := range [][2]string{{"big", `size == "large"`}, {"old", `bought != none and today - bought >= 30`}, {"big_and_old", "big and old"}} {
		if err := s.Define(d[0], d[1]); err != nil {
			t.Fatal(err)
		}
	}
	env := s.Env(Facts{"size": "large", "bought": "2026-05-02", "words": "hello"}, Date{2026, time.June, 1})
	for src, want := range map[string]bool{
		`true`:                           true,
		`size == "large"`:                true,
		`"large" == size`:                true,
		`size != "large"`:                false,
		`size in ["small", "large"]`:     true,
		`size not in ["small", "large"]`: false,
		`not (size in ["small"])`:        true,
		`!(size in ["small"])`:           true,
		`colour == ""`:                   true,
		`colour == "red"`:                false,
		`words == "hello"`:               true,
		`words != ""`:                    true,
		`paid`:                           false,
		`not paid and big`:               true,
		`big_and_old`:                    true,
		`big_and_old and not old`:        false,
		`paid or (big ? old : paid)`:     true,
		`bought != none`:                 true,
		`bought == none`:                 false,
		`today - bought == 30`:           true,
		`today - bought > 30`:            false,
		`days(bought, 30) <= today`:      true,
		`months(bought, 1) == today + 1`: true,
		`bought < today && today > 0`:    true,
		`-1 < 0`:                         true,
		`if_before(bought, today) != none and if_before(today, bought) == none and if_before(today, none) == today`: true,
		`if_before(none, today) == none and if_before(none, none) == none and if_before(today, today) == none`:      true,
		`earliest(bought, today) == bought and earliest(none, today) == today and earliest(today, none) == today`:   true,
		`earliest(none, none) == none and months(none, 6) == none and days(none, 6) == none`:                        true,
		"big\n  and\told": true,
	} {
		cond, err := s.Compile(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if got := cond.Holds(env); got != want {
			t.Errorf("%s is %v, want %v", src, got, want)
		}
		if cond.String() != src {
			t.Errorf("%s is shown as %s", src, cond)
		}
	}
}

func TestConditionsThatCannotBeMeantAreRefused(t *testing.T) {
	s := shopScope(t)
	if err := s.Define("big", `size == "large"`); err != nil {
		t.Fatal(err)
	}
	for src, want := range map[string]string{
		``:                                    "",
		`size`:                                "condition",
		`bought`:                              "condition",
		`1 + 1`:                               "condition",
		`size == "huge"`:                      `"huge" is no value of size`,
		`"huge" != size`:                      `"huge" is no value of size`,
		`size == ""`:                          `"" is no value of size`,
		`size in ["small", "larg"]`:           `did you mean "large"?`,
		`size not in ["tiny"]`:                `"tiny" is no value`,
		`siez == "large"`:                     `did you mean "size"?`,
		`bigg`:                                `did you mean "big"?`,
		`size == 5`:                           "mismatched types",
		`bought == "2026-01-01"`:              "mismatched types",
		`paid == "yes"`:                       "mismatched types",
		`size and paid`:                       "",
		`size in words`:                       `"in" stands between`,
		`size in []`:                          `"in" stands between`,
		`size in ["small", words]`:            "values in quotes",
		`"small" in ["small"]`:                `"in" stands between`,
		`bought in [1, 2]`:                    "values in quotes",
		`words matches "a+"`:                  "operator",
		`words contains "a"`:                  "operator",
		`words startsWith "a"`:                "operator",
		`bought * 2 == 4`:                     "operator",
		`bought ** 2 == 4`:                    "operator",
		`len(words) > 2`:                      "no such function",
		`now() == today`:                      "no such function",
		`all([1], # > 0)`:                     `no function "all"`,
		`months(bought) == none`:              "two numbers",
		`months(bought, 1, 2) == none`:        "two numbers",
		`months(size, 1) == none`:             "",
		`today > 1000000`:                     "too large",
		`1.5 < 2`:                             "only names",
		`words.x == "a"`:                      "only names",
		`[1, 2] == [1, 2]`:                    "only names",
		`{"a": 1} == nil`:                     "only names",
		`let x = 1; x == 1`:                   "only names",
		`$env != nil`:                         "",
		`size == "large" |`:                   "",
		`(((`:                                 "",
		`months == days`:                      "not declared",
		strings.Repeat("not ", 2000) + "paid": "too long",
		strings.Repeat("paid or ", 499) + "paid;paid": "",
	} {
		cond, err := s.Compile(src)
		if err == nil {
			t.Errorf("%s was compiled: %v", clip(src), cond.Keys())
			continue
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error %q should name %q in one line", clip(src), err, want)
		}
	}
}

func TestDefinitionsCannotGrowWithoutEnd(t *testing.T) {
	s := shopScope(t)
	last := "paid"
	for i := range 40 {
		name := "d" + strings.Repeat("x", i)
		err := s.Define(name, last+" or "+last)
		if err != nil {
			if !strings.Contains(err.Error(), "too long") || i < 5 {
				t.Fatalf("definition %d: %v", i, err)
			}
			return
		}
		last = name
	}
	t.Error("forty definitions that double each time were all taken")
}

func TestDefectsInsideADefinitionCannotHideButNamesClash(t *testing.T) {
	s := shopScope(t)
	for name, is := range map[string]string{
		"size": "paid", "none": "paid", "today": "paid", "months": "paid", "and": "paid", "Big": "paid", "a-b": "paid", "": "paid",
		"ok": "nope", "day": "bought", "self": "self",
	} {
		if err := s.Define(name, is); err == nil {
			t.Errorf("define %q = %q was taken", name, is)
		}
	}
	if err := s.Define("ok", "paid"); err != nil {
		t.Fatal(err)
	}
	if err := s.Define("ok", "not paid"); err == nil {
		t.Error("a definition was replaced")
	}
	if _, err := s.With(Decl{Key: "ok", Type: TypeText}); err == nil {
		t.Error("a key took the name of a definition")
	}
}

func TestKeysOfAConditionAreInDeclarationOrderAndGoThroughDefinitions(t *testing.T) {
	s := shopScope(t)
	if err := s.Define("fit", `colour == "red" or paid`); err != nil {
		t.Fatal(err)
	}
	for src, want := range map[string][]string{
		`fit and size == "large"`:                  {"size", "colour", "paid"},
		`words == "" and today > 3`:                {"words"},
		`months(bought, 1) < today`:                {"bought"},
		`true`:                                     nil,
		`size in ["small", "large"] ? paid : paid`: {"size", "paid"},
	} {
		cond, err := s.Compile(src)
		if err != nil || !slices.Equal(cond.Keys(), want) {
			t.Errorf("%s: %v, %v, want %v", src, cond.Keys(), err, want)
		}
	}
	day, err := s.CompileDay(`months(bought, 6)`)
	if err != nil || !slices.Equal(day.Keys(), []string{"bought"}) || day.String() != `months(bought, 6)` {
		t.Error(day, err)
	}
}

func TestDaysAreReckonedOnTheCalendar(t *testing.T) {
	s := shopScope(t)
	today := Date{2026, time.June, 1}
	for _, c := range []struct{ src, bought, want string }{
		{"bought", "2026-05-02", "2026-05-02"},
		{"bought", "", ""},
		{"none", "2026-05-02", ""},
		{"today", "", "2026-06-01"},
		{"months(bought, 6)", "2025-08-31", "2026-02-28"},
		{"months(bought, 6)", "2023-08-31", "2024-02-29"},
		{"months(bought, 6)", "", ""},
		{"days(bought, 120)", "2026-01-15", "2026-05-15"},
		{"days(bought, 30)", "", ""},
		{"bought + 1", "2024-02-28", "2024-02-29"},
		{"bought - 5", "", ""},
		{`size == "large" ? today : bought`, "2026-01-15", "2026-01-15"},
	} {
		day, err := s.CompileDay(c.src)
		if err != nil {
			t.Fatal(err)
		}
		facts := Facts{"bought": c.bought}
		if got := day.Of(s.Env(facts, today)).String(); got != c.want {
			t.Errorf("%s with %q is %q, want %q", c.src, c.bought, got, c.want)
		}
	}
	for _, src := range []string{"size", "paid", "bought == none", "words", "1.5"} {
		if _, err := s.CompileDay(src); err == nil {
			t.Errorf("%s was taken for a day", src)
		}
	}
}

func TestUnfitValuesCountAsAbsent(t *testing.T) {
	s := shopScope(t)
	env := s.Env(Facts{"size": "huge", "colour": "green", "bought": "2026-02-30", "paid": "true", "nobody": "x"}, Date{2026, time.June, 1})
	cond, err := s.Compile(`size == "unknown" and colour == "" and bought == none and not paid`)
	if err != nil || !cond.Holds(env) {
		t.Errorf("unfit values are seen by conditions: %v", err)
	}
	if env.Today() != (Date{2026, time.June, 1}) {
		t.Error(env.Today())
	}
	for _, key := range []string{"size", "colour", "bought", "nobody"} {
		if value, given := env.given(key); given {
			t.Errorf("%s = %q counts as given", key, value)
		}
	}
	if _, given := s.Env(Facts{"size": "unknown"}, Date{}).given("size"); !given {
		t.Error("an answer of unknown does not count as given")
	}
}

func TestAScopeRefusesKeysItCannotUse(t *testing.T) {
	for _, d := range []Decl{
		{Key: "", Type: TypeText}, {Key: "A", Type: TypeText}, {Key: "a-b", Type: TypeText}, {Key: "1a", Type: TypeText},
		{Key: "today", Type: TypeDate}, {Key: "none", Type: TypeDate}, {Key: "in", Type: TypeText}, {Key: "size", Type: TypeText},
		{Key: "x", Type: "number"}, {Key: "x"}, {Key: "x", Type: TypeChoice}, {Key: "x", Type: TypeText, Values: []string{"a"}},
		{Key: "x", Type: TypeChoice, Values: []string{"a", "a"}}, {Key: "x", Type: TypeChoice, Values: []string{""}},
		{Key: strings.Repeat("x", 65), Type: TypeText},
	} {
		if _, err := shopScope(t).With(d); err == nil {
			t.Errorf("%+v was declared", d)
		}
	}
	many := make([]Decl, maxDecls+1)
	if _, err := NewScope(many); err == nil {
		t.Error("too many keys were declared")
	}
}

func TestAWiderScopeRunsTheConditionsOfTheNarrowOne(t *testing.T) {
	narrow := shopScope(t)
	cond, err := narrow.Compile(`size == "large"`)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := narrow.With(Decl{Key: "extra", Type: TypeFlag})
	if err != nil {
		t.Fatal(err)
	}
	if !cond.Holds(wide.Env(Facts{"size": "large"}, Date{})) {
		t.Error("the condition does not hold in the wider scope")
	}
	if _, ok := narrow.Decl("extra"); ok {
		t.Error("With changed the scope it was called on")
	}
	if err := wide.Define("only_here", "extra"); err != nil {
		t.Fatal(err)
	}
	if _, err := narrow.Compile("only_here"); err == nil {
		t.Error("Define changed another scope")
	}
	alien, err := wide.Compile("extra")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a condition ran on an environment without its key")
		}
	}()
	alien.Holds(narrow.Env(Facts{}, Date{}))
}

// Whatever is typed is refused or compiled, and what compiles can be run.
func TestNoExpressionThatCompilesFailsToRun(t *testing.T) {
	s := shopScope(t)
	if err := s.Define("big", `size == "large"`); err != nil {
		t.Fatal(err)
	}
	words := []string{"size", "colour", "bought", "words", "paid", "big", "none", "today", `"large"`, `"red"`, `""`, "1", "30", "==", "!=",
		"<", ">=", "and", "or", "not", "in", "(", ")", "[", "]", ",", "?", ":", "+", "-", "months(", "days(", "earliest(", "if_before(", "true"}
	rapid.Check(t, func(t *rapid.T) {
		src := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 12).Draw(t, "src"), " ")
		env := s.Env(Facts{"size": "large", "bought": "2026-05-02"}, Date{2026, time.June, 1})
		if cond, err := s.Compile(src); err == nil {
			cond.Holds(env)
		}
		if day, err := s.CompileDay(src); err == nil {
			day.Of(env)
		}
	})
}

func BenchmarkCondHolds(b *testing.B) {
	s := shopScope(b)
	cond, err := s.Compile(`size in ["small", "large"] and bought != none and today - bought >= 30 and not paid`)
	if err != nil {
		b.Fatal(err)
	}
	env := s.Env(Facts{"size": "large", "bought": "2026-05-02"}, Date{2026, time.June, 1})
	b.ReportAllocs()
	for b.Loop() {
		if !cond.Holds(env) {
			b.Fatal("does not hold")
		}
	}
}

func BenchmarkEnv(b *testing.B) {
	s := shopScope(b)
	facts := Facts{"size": "large", "bought": "2026-05-02"}
	b.ReportAllocs()
	for b.Loop() {
		s.Env(facts, Date{2026, time.June, 1})
	}
}
