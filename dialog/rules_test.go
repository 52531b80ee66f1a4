package dialog

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// depositRules are the rules of another agency altogether: a board that helps
// tenants to get their deposit back.
const depositRules = `version = 1

[[mark]]
id = "L"
means = "the law itself"

[[outcome]]
id = "file"
means = "file with the board"
[[outcome]]
id = "wait"
means = "the landlord still has time"
[[outcome]]
id = "court"
means = "only a court can help"

[[contact]]
id = "board"
name = "Deposit Board"
phone = "555-0100"
sources = [{ cite = "board page", mark = "L" }]
[[contact]]
id = "clinic"
name = "Tenant Clinic"
phone = "555-0101"
sources = [{ cite = "clinic page", mark = "L" }]

[[fact]]
key = "home"
type = "choice"
values = ["flat", "room", "shop", "unknown"]
required = true
[[fact]]
key = "lease"
type = "choice"
values = ["written", "spoken"]
when = 'home in ["flat", "room"]'
[[fact]]
key = "left"
type = "date"
past = true
[[fact]]
key = "letter"
type = "date"
past = true
not_before = "left"
[[fact]]
key = "words"
type = "text"

[[define]]
name = "long_gone"
is = 'left != none and today >= days(left, 21)'

[[rule]]
id = "shop"
when = 'home == "shop"'
outcome = "court"
sources = [{ cite = "s. 1", mark = "L" }]
[[rule]]
id = "refused"
when = 'letter != none'
outcome = "file"
contacts = ["board"]
sources = [{ cite = "s. 2", mark = "L" }]
[[rule]]
id = "silent"
when = 'long_gone and lease == "written"'
outcome = "file"
contacts = ["board", "clinic"]
sources = [{ cite = "s. 3", mark = "L" }]
[[rule]]
id = "silent"
when = 'long_gone and lease != "written"'
outcome = "file"
contacts = ["clinic"]
sources = [{ cite = "s. 3", mark = "L" }]
[[rule]]
id = "early"
when = 'not long_gone'
outcome = "wait"
then = "file"
sources = [{ cite = "s. 4", mark = "L" }]

[[overlay]]
key = "by"
type = "date"
is = 'months(letter, 12)'
sources = [{ cite = "s. 5", mark = "L" }]
[[overlay]]
key = "overdue"
type = "flag"
is = 'by != none and today > by and rule == "refused"'
sources = [{ cite = "s. 6", mark = "L" }]

[[add_contact]]
contact = "clinic"
when = 'overdue'
place = "first"
sources = [{ cite = "s. 7", mark = "L" }]
`

func deposit(t testing.TB) *Rules {
	t.Helper()
	r, err := ParseRules("rules.toml", []byte(depositRules))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var june = Date{2026, time.June, 1}

func TestRulesOfAnotherAgencyGiveItsOwnVerdicts(t *testing.T) {
	r := deposit(t)
	for _, c := range []struct {
		name  string
		facts Facts
		want  string
	}{
		{"the first rule decides", Facts{"home": "shop", "letter": "2026-05-01"},
			`{"outcome":"court","then":"","rule":"shop","by":"2027-05-01","overdue":false,"contacts":[],` +
				`"because":[{"fact":"home","value":"shop"}],"sources":[{"cite":"s. 1","mark":"L"},{"cite":"s. 5","mark":"L"}]}`},
		{"an overlay may use the rule and the one before it, and adds a contact first", Facts{"home": "flat", "letter": "2025-05-31"},
			`{"outcome":"file","then":"","rule":"refused","by":"2026-05-31","overdue":true,` +
				`"contacts":[{"name":"Tenant Clinic","phone":"555-0101"},{"name":"Deposit Board","phone":"555-0100"}],` +
				`"because":[{"fact":"letter","value":"2025-05-31"}],"sources":[{"cite":"s. 2","mark":"L"},{"cite":"board page","mark":"L"},` +
				`{"cite":"s. 5","mark":"L"},{"cite":"s. 6","mark":"L"},{"cite":"s. 7","mark":"L"},{"cite":"clinic page","mark":"L"}]}`},
		{"the last day is not overdue", Facts{"home": "flat", "letter": "2025-06-01"},
			`{"outcome":"file","then":"","rule":"refused","by":"2026-06-01","overdue":false,` +
				`"contacts":[{"name":"Deposit Board","phone":"555-0100"}],"because":[{"fact":"letter","value":"2025-06-01"}],` +
				`"sources":[{"cite":"s. 2","mark":"L"},{"cite":"board page","mark":"L"},{"cite":"s. 5","mark":"L"}]}`},
		{"one row of the table with two outcomes", Facts{"home": "room", "lease": "spoken", "left": "2026-05-11"},
			`{"outcome":"file","then":"","rule":"silent","by":null,"overdue":false,"contacts":[{"name":"Tenant Clinic","phone":"555-0101"}],` +
				`"because":[{"fact":"lease","value":"spoken"},{"fact":"left","value":"2026-05-11"}],` +
				`"sources":[{"cite":"s. 3","mark":"L"},{"cite":"clinic page","mark":"L"}]}`},
		{"a later outcome", Facts{"home": "unknown", "words": "<b>&", "left": "2026-05-12"},
			`{"outcome":"wait","then":"file","rule":"early","by":null,"overdue":false,"contacts":[],` +
				`"because":[{"fact":"left","value":"2026-05-12"}],"sources":[{"cite":"s. 4","mark":"L"}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := r.Assess(c.facts, june)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(v)
			if err != nil || string(got) != c.want {
				t.Errorf("%v\n got %s\nwant %s", err, got, c.want)
			}
			var back Verdict
			if err := json.Unmarshal(got, &back); err != nil {
				t.Fatal(err)
			}
			again, err := json.Marshal(back)
			if err != nil || string(again) != c.want || !reflect.DeepEqual(v.Results, back.Results) {
				t.Errorf("read back as %s, %v", again, err)
			}
		})
	}
}

func TestProbeTakesUncheckedFactsAndLeavesTheVerdictInTheEnv(t *testing.T) {
	r := deposit(t)
	scope, err := r.VerdictScope().With(Decl{Key: "form_field", Type: TypeText})
	if err != nil {
		t.Fatal(err)
	}
	cond, err := scope.Compile(`rule == "refused" and outcome == "file" and then == "" and by != none and overdue and form_field == "x"`)
	if err != nil {
		t.Fatal(err)
	}
	env := scope.Env(Facts{"letter": "2025-01-01", "form_field": "x"}, june)
	if cond.Holds(env) {
		t.Error("the verdict is there before Probe")
	}
	v, ok := r.Probe(env)
	if !ok || v.Rule != "refused" || !v.Flag("overdue") || v.Date("by").String() != "2026-01-01" || !cond.Holds(env) {
		t.Errorf("%+v, %v", v, ok)
	}
	if v.Flag("nothing") || !v.Date("nothing").IsZero() {
		t.Error("a result nobody declared")
	}
	again, ok := r.Probe(env)
	if !ok || !reflect.DeepEqual(v, again) {
		t.Errorf("a second probe says %+v", again)
	}
}

func TestAHoleInTheTableIsAnErrorOfAssessAndFoundByCheck(t *testing.T) {
	src := strings.Replace(depositRules, "when = 'not long_gone'", `when = 'not long_gone and home != "room"'`, 1)
	r, err := ParseRules("rules.toml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Assess(Facts{"home": "room"}, june); !errors.Is(err, ErrNoRule) {
		t.Errorf("error %v, want ErrNoRule", err)
	}
	env := r.VerdictScope().Env(Facts{"home": "room"}, june)
	if v, ok := r.Probe(env); ok {
		t.Errorf("probe says %+v", v)
	}
	if err := r.Check("rules.toml", june); err == nil || !strings.Contains(err.Error(), "no rule holds for home=room") {
		t.Errorf("check says %v", err)
	}
}

func TestCheckFindsRulesThatNeverFireAndWhatIsLeftOver(t *testing.T) {
	if err := deposit(t).Check("rules.toml", june); err != nil {
		t.Fatal(err)
	}
	src := strings.Replace(depositRules, `when = 'letter != none'`, `when = 'letter != none and letter < left'`, 1)
	src = strings.Replace(src, `contacts = ["board", "clinic"]`, `contacts = ["clinic"]`, 1)
	src = strings.Replace(src, `outcome = "court"`, `outcome = "wait"`, 1)
	src = strings.Replace(src, `contacts = ["board"]`, `contacts = ["clinic"]`, 1)
	r, err := ParseRules("rules.toml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	err = r.Check("rules.toml", june)
	for _, want := range []string{`rule "refused" can never fire`, `the contact "board" is never given`, `no rule has the outcome "court"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("check does not say %s:\n%v", want, err)
		}
	}
	if line := lineOf(src, `id = "refused"`) - 1; !strings.Contains(err.Error(), "rules.toml:"+itoa(line)+": rule") {
		t.Errorf("the dead rule is on line %d:\n%v", line, err)
	}
}

func TestCheckGivesUpAloudWhenThereAreTooManyCases(t *testing.T) {
	var b strings.Builder
	b.WriteString("version = 1\n[[mark]]\nid=\"L\"\nmeans=\"x\"\n[[outcome]]\nid=\"o\"\nmeans=\"x\"\n")
	conds := make([]string, 12)
	for i := range conds {
		key := "k" + strings.Repeat("k", i)
		conds[i] = key + ` == "a"`
		b.WriteString("[[fact]]\nkey=\"" + key + "\"\ntype=\"choice\"\nvalues=[\"a\",\"b\",\"c\"]\n")
	}
	b.WriteString("[[rule]]\nid=\"r\"\noutcome=\"o\"\nsources=[{cite=\"x\",mark=\"L\"}]\nwhen='" + strings.Join(conds, " or ") + " or true'\n")
	r, err := ParseRules("big.toml", []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Check("big.toml", june); err == nil || !strings.Contains(err.Error(), "too many") {
		t.Errorf("check says %v", err)
	}
}

// Each change of the sound file is a defect on the line named.
func TestEveryDefectIsReportedWithItsLine(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"a wrong version", "version = 1", "version = 2", "reads version = 1"},
		{"an unknown table", "[[mark]]", "[[marks]]\n[[mark]]", "marks is unknown here"},
		{"an unknown key", `means = "the law itself"`, "means = \"the law itself\"\nmeens = \"x\"", `meens is unknown here; did you mean "means"?`},
		{"a missing key", `means = "file with the board"`, "", "means is missing"},
		{"an empty key", `name = "Deposit Board"`, `name = ""`, "name is empty"},
		{"a wrong type", `name = "Deposit Board"`, `name = 5`, "name is not a string"},
		{"a wrong list", `values = ["written", "spoken"]`, `values = "written"`, "values is not a list of strings"},
		{"a wrong element", `values = ["written", "spoken"]`, `values = ["written", 2]`, "values holds something else than strings"},
		{"a wrong bool", `required = true`, `required = "yes"`, "required is not true or false"},
		{"a wrong number", `version = 1`, `version = "1"`, "version is not a whole number"},
		{"a wrong table", "sources = [{ cite = \"s. 1\", mark = \"L\" }]", `sources = "s. 1"`, "sources is not a list of tables"},
		{"a wrong source", "sources = [{ cite = \"s. 1\", mark = \"L\" }]", `sources = ["s. 1"]`, "sources holds something else than tables"},
		{"no source", "sources = [{ cite = \"s. 1\", mark = \"L\" }]", ``, "no source"},
		{"an undeclared mark", `sources = [{ cite = "s. 1", mark = "L" }]`, `sources = [{ cite = "s. 1", mark = "U" }]`, `mark = "U" is none of the declared marks (L)`},
		{"a mark twice", "[[outcome]]\nid = \"file\"", "[[mark]]\nid = \"L\"\nmeans = \"x\"\n[[outcome]]\nid = \"file\"", `"L" stands there twice`},
		{"an outcome twice", `id = "wait"`, `id = "file"`, `id = "file" stands there twice`},
		{"a wrong id", `id = "wait"`, `id = "Wait!"`, "small letters, digits"},
		{"a contact twice", `id = "clinic"`, `id = "board"`, `id = "board" stands there twice`},
		{"an unknown contact", `contacts = ["board", "clinic"]`, `contacts = ["bord", "clinic"]`, `there is no contact "bord"; did you mean "board"?`},
		{"a contact twice in a rule", `contacts = ["board", "clinic"]`, `contacts = ["board", "board"]`, `the contact "board" stands there twice`},
		{"an unknown outcome", `outcome = "court"`, `outcome = "curt"`, `outcome = "curt" is not declared; did you mean "court"?`},
		{"an unknown then", `then = "file"`, `then = "fill"`, `then = "fill" is not declared`},
		{"a rule twice, apart", `id = "early"`, `id = "shop"`, `id = "shop" stands there twice`},
		{"a wrong condition", `when = 'home == "shop"'`, `when = 'home == "shp"'`, `"shp" is no value of home; did you mean "shop"?`},
		{"a condition that is a day", `when = 'letter != none'`, `when = 'letter'`, "should give a condition"},
		{"a day that is a condition", `is = 'months(letter, 12)'`, `is = 'letter == none'`, "should give a day"},
		{"no condition", `when = 'letter != none'`, ``, "when is missing"},
		{"a rule that uses a result", `when = 'letter != none'`, `when = 'by != none'`, `"by" is not declared`},
		{"an overlay before what it uses", `is = 'months(letter, 12)'`, `is = 'overdue ? none : letter'`, `"overdue" is not declared`},
		{"an overlay over an unknown rule", `rule == "refused"`, `rule == "refuse"`, `"refuse" is no value of rule; did you mean "refused"?`},
		{"an overlay of another type", "key = \"by\"\ntype = \"date\"", "key = \"by\"\ntype = \"text\"", "an overlay is a date or a flag"},
		{"an overlay with a fixed key", `key = "overdue"`, `key = "because"`, "every verdict has this key already"},
		{"an overlay with a fact's key", `key = "overdue"`, `key = "home"`, "is already a key"},
		{"a fact's type", "key = \"words\"\ntype = \"text\"", "key = \"words\"\ntype = \"flag\"", "a yes or no is a choice"},
		{"a fact's unknown type", "key = \"words\"\ntype = \"text\"", "key = \"words\"\ntype = \"number\"", `"number" is not choice`},
		{"a fact twice", `key = "words"`, `key = "home"`, "is already a key"},
		{"a choice without values", `values = ["written", "spoken"]`, ``, "a choice needs values"},
		{"a past text", "key = \"words\"\ntype = \"text\"", "key = \"words\"\ntype = \"text\"\npast = true", "for dates only"},
		{"not_before of no date", `not_before = "left"`, `not_before = "home"`, `"home" is no date among the facts before`},
		{"not_before of itself", `not_before = "left"`, `not_before = "letter"`, `"letter" is no date`},
		{"when of a later fact", `when = 'home in ["flat", "room"]'`, `when = 'left != none'`, `"left" is not declared`},
		{"a definition of a verdict's key", `name = "long_gone"`, `name = "rule"`, `every verdict has this key`},
		{"a definition that is wrong", `is = 'left != none and`, `is = 'lefft != none and`, `did you mean "left"?`},
		{"a wrong place", `place = "first"`, `place = "top"`, `it is "first" or "last"`},
		{"broken TOML", `[[contact]]`, `[[contact`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := strings.Index(depositRules, c.old)
			if at < 0 {
				t.Fatalf("the rules do not hold %q", c.old)
			}
			src := depositRules[:at] + c.new + depositRules[at+len(c.old):]
			_, err := ParseRules("rules.toml", []byte(src))
			var ds Defects
			if !errors.As(err, &ds) {
				t.Fatalf("error %v, want Defects", err)
			}
			// A row that misses something is named by its own first line.
			first := 1 + strings.Count(src[:at], "\n")
			last := first + strings.Count(c.new, "\n")
			for _, d := range ds {
				if strings.Contains(d.Text, c.want) && d.File == "rules.toml" && d.Line >= first-4 && d.Line <= last+1 {
					return
				}
			}
			t.Errorf("no defect %q around line %d in:\n%v", c.want, first, err)
		})
	}
}

func TestAllDefectsOfAFileAreReportedAtOnce(t *testing.T) {
	src := strings.NewReplacer(`id = "wait"`, `id = "file"`, `mark = "L" }]`+"\n[[rule]]\nid = \"refused\"", `mark = "X" }]`+"\n[[rule]]\nid = \"refused\"",
		`'months(letter, 12)'`, `'months(leter, 12)'`, `phone = "555-0101"`, `phone = 5550101`).Replace(depositRules)
	_, err := ParseRules("rules.toml", []byte(src))
	var ds Defects
	if !errors.As(err, &ds) {
		t.Fatal(err)
	}
	for _, line := range []int{lineOf(src, `id = "file"`) + 3, lineOf(src, `mark = "X"`), lineOf(src, "leter"), lineOf(src, "5550101")} {
		if !slices.ContainsFunc(ds, func(d Defect) bool { return d.Line == line }) {
			t.Errorf("no defect on line %d:\n%v", line, err)
		}
	}
}

func TestAnEmptyFileMissesEverything(t *testing.T) {
	_, err := ParseRules("empty.toml", nil)
	for _, want := range []string{"version", "no [[outcome]]", "no [[fact]]", "no [[rule]]"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
	if _, err := ParseRules("long.toml", make([]byte, maxTOML+1)); err == nil || !strings.Contains(err.Error(), "too many") {
		t.Errorf("a file that is too long: %v", err)
	}
}

func TestTheTablesOfRulesAreCopies(t *testing.T) {
	r := deposit(t)
	r.Table()[0].ID = "changed"
	r.Facts()[0].Key = "changed"
	r.Contacts()[0].Phone = "changed"
	r.Outcomes()[0].ID, r.Marks()[0].ID, r.Defines()[0].Name = "changed", "changed", "changed"
	r.Overlays()[0].Key, r.AddedContacts()[0].Contact = "changed", "changed"
	if !reflect.DeepEqual(tables(r), tables(deposit(t))) {
		t.Error("whoever asked for a table changed the rules")
	}
}

// tables gathers the names of all tables.
func tables(r *Rules) []string {
	return []string{r.Table()[0].ID, r.Facts()[0].Key, r.Contacts()[0].Phone, r.Outcomes()[0].ID, r.Marks()[0].ID,
		r.Defines()[0].Name, r.Overlays()[0].Key, r.Overlays()[0].Is(), r.Overlays()[1].Is(), r.AddedContacts()[0].Contact}
}

func lineOf(src, part string) int {
	return 1 + strings.Count(src[:strings.Index(src, part)], "\n")
}

func itoa(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

func FuzzParseRules(f *testing.F) {
	f.Add([]byte(depositRules))
	if src, err := os.ReadFile("imr/rules.toml"); err == nil {
		f.Add(src)
	}
	f.Add([]byte("a = [[[[{b.c.d = [1, {e = 2}]}]]]]\n[a.b]\n[[c.d]]\n[[c.d.e]]"))
	f.Add([]byte("[[fact]]\nkey=\"a\"\ntype=\"date\"\n[[rule]]\nwhen='a==none'"))
	f.Fuzz(func(t *testing.T, src []byte) {
		r, err := ParseRules("f.toml", src)
		if err != nil {
			var ds Defects
			if !errors.As(err, &ds) || len(ds) == 0 {
				t.Fatalf("error %T without defects", err)
			}
			for _, d := range ds {
				if d.Line < 0 || d.Line > 1+strings.Count(string(src), "\n") {
					t.Fatalf("defect on line %d of a file of %d lines", d.Line, 1+strings.Count(string(src), "\n"))
				}
			}
			return
		}
		// Rules that parse can be used.
		if v, ok := r.Probe(r.VerdictScope().Env(Facts{}, june)); ok {
			if _, err := json.Marshal(v); err != nil {
				t.Fatal(err)
			}
		}
	})
}
