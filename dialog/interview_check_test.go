package dialog

import (
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// library reads the interview of another agency altogether: a public library.
func library(t testing.TB) *Interview {
	t.Helper()
	v, err := Parse(os.DirFS("testdata/library"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// change replaces text in one file of the library.
type change struct{ file, old, new string }

// changed returns the library with changes; each must change something.
func changed(t *testing.T, changes ...change) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	root := os.DirFS("testdata/library")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		src, err := fs.ReadFile(root, name)
		files[name] = &fstest.MapFile{Data: src}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		src := string(files[c.file].Data)
		if !strings.Contains(src, c.old) {
			t.Fatalf("%s holds no %q", c.file, c.old)
		}
		files[c.file] = &fstest.MapFile{Data: []byte(strings.Replace(src, c.old, c.new, 1))}
	}
	return files
}

// lineIn returns the line of a file's first text like that, with those before it
// having to come first.
func lineIn(t *testing.T, files fstest.MapFS, file, marks string) int {
	t.Helper()
	src, at, from := string(files[file].Data), 0, 0
	for mark := range strings.SplitSeq(marks, " … ") {
		i := strings.Index(src[from:], mark)
		if i < 0 {
			t.Fatalf("%s holds no %q", file, mark)
		}
		at, from = from+i, from+i+len(mark)
	}
	return 1 + strings.Count(src[:at], "\n")
}

const (
	iv = "interview.toml"
	rl = "rules.toml"
	en = "locales/en.toml"
	es = "locales/es.toml"
)

func TestTheInterviewOfAnotherAgencyPassesTheCheck(t *testing.T) {
	proof, err := library(t).Prove(june)
	if err != nil {
		t.Fatal(err)
	}
	if proof.Steps != 15 || proof.Rules != 4 || proof.Parts != 5 || proof.Languages != 2 || proof.Conditions != 20 || proof.Words < 90 || proof.Cases < 100 {
		t.Errorf("%+v", proof)
	}
}

// The date of an overlay may need a day that this month lacks six months before.
func TestTheCheckHoldsOnEveryDayOfTheYear(t *testing.T) {
	v := library(t)
	for day := (Date{2027, time.December, 20}); day.Before(Date{2028, time.March, 10}); day = day.AddDays(1) {
		if err := v.Check(day); err != nil {
			t.Errorf("%v: %v", day, err)
		}
	}
}

func TestTheCheckNamesEveryDefectWithFileAndLine(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes []change
		file    string
		at      string // of the line
		want    string
	}{
		{"a step that nobody reaches", []change{{iv, `when = 'objects and overdue'`, `when = 'objects and problem == "late"'`}},
			iv, `id = "why_late" … when`, `step "why_late": when = "objects and problem == \"late\"" can never hold: the step is never reached`},
		{"a condition that always holds", []change{{iv, `when = 'problem == "lost"'`, `when = 'reader == "self" or reader == "child"'`}},
			iv, `id = "brought_back" … when`, `always holds: take it out, or mend it`},
		{"a part that is never said", []change{{iv, `when = 'overdue'`, `when = 'overdue and outcome == "desk"'`}},
			iv, `id = "overdue" … when`, `part "overdue": when = "overdue and outcome == \"desk\"" can never hold: the part is never said`},
		{"an earlier step that looks ahead", []change{{iv, "id = \"reader\"\nkind = \"choice\"", "id = \"reader\"\nkind = \"choice\"\nwhen = 'problem == \"lost\"'"}},
			iv, `id = "reader" … when`, `step "reader": its condition names "problem", which is asked only by the step "problem"`},
		{"a step before the verdict that rests on it", []change{{iv, `when = 'problem == "lost"'`, `when = 'problem == "lost" and not overdue'`}},
			iv, `id = "brought_back" … when`, `its condition names "overdue", which only the verdict gives`},
		{"a part that rests on the form", []change{{iv, `when = 'overdue'`, `when = 'overdue and email != ""'`}},
			iv, `id = "overdue" … when`, `part "overdue": its condition names "email", which is asked only by the step "email"`},
		{"a condition on what nobody asks", []change{{iv, "[[step]]\nid = \"brought_back\"\nkind = \"date\"\nsection = \"book\"\nwhen = 'problem == \"lost\"'\n", ""}, {iv, `when = 'overdue'`, `when = 'overdue and brought_back == none'`},
			{en, "[brought_back]\nask = \"When did you bring the book back?\"\nlabel = \"Brought back\"\n\"=none\" = \"I did not\"\n\"~none\" = \"still have it\"\n", ""},
			{es, "[brought_back]\nask = \"¿Cuándo devolvió el libro?\"\nlabel = \"Devuelto\"\n\"=none\" = \"No lo devolví\"\n\"~none\" = \"todavía lo tengo\"\n", ""}},
			iv, `id = "overdue" … when`, `its condition names "brought_back", and no step asks for it`},
		{"a fact that no step asks for", []change{{rl, "[[define]]", "[[fact]]\nkey = \"shelf\"\ntype = \"text\"\n[[define]]"}},
			rl, "[[fact]]\nkey = \"shelf\"", `no step asks for the fact "shelf"`},
		{"a fact asked where the rules refuse it", []change{{iv, "when = 'problem == \"lost\"'\n", ""}},
			iv, "[[step]]\nid = \"brought_back\"", `step "brought_back": it asks for the fact "brought_back" when problem = late, and rules.toml allows it only when problem == "lost"`},
		{"a required fact that is not always asked", []change{{iv, "id = \"problem\"\nkind = \"choice\"", "id = \"problem\"\nkind = \"choice\"\nwhen = 'reader == \"child\"'"}},
			iv, `id = "problem" … when`, `the rules need the fact "problem", and it is not asked when reader = self`},
		{"a required fact that may be skipped", []change{{iv, "section = \"book\"\nstory = true", "section = \"book\"\noptional = true\nstory = true"}},
			iv, `id = "problem" … optional`, `it can be left without an answer, and the rules need the fact "problem"`},
		{"a fact left out where it matters", []change{{iv, `when = 'problem == "lost"'`, `when = 'problem == "lost" and reader == "self"'`}},
			iv, `id = "brought_back" … when`, `the fact "brought_back" is not asked, though the rule would hang on it, when`},
		{"a rule that the questions never lead to", []change{{iv, "kind = \"choice\"\nsection = \"book\"\nstory = true", "kind = \"choice\"\nvalues = [\"lost\", \"damaged\"]\nsection = \"book\"\nstory = true"}, {iv, `"damaged", "late"]`, `"damaged"]`},
			{en, "\"=late\" = \"It came back late\"\n", ""}, {en, "\"~late\" = \"late, too late\"\n", ""}, {es, "\"=late\" = \"Llegó tarde\"\n", ""}, {es, "\"~late\" = \"tarde, muy tarde\"\n", ""}},
			rl, `[[rule]]`, `rule "late-fee": the questions that the interview asks never lead to it`},
		{"facts without a rule", []change{{rl, `when = 'not has_letter'`, `when = 'not has_letter and reader == "self"'`}},
			rl, "[[rule]]\nid = \"no-letter\"", `the rules: none holds when reader = child`},
		{"a date that no answer gives", []change{{rl, `outcome == "desk" ? none : months`, `outcome == "desk" or problem != "" ? none : months`}},
			rl, "", `overlay "object_by": it never holds`},
		{"a contact that is never added", []change{{rl, `reader == "child" and outcome == "object"`, `overdue and outcome == "desk"`}},
			rl, "", `add_contact "front": it is never given`},
		{"two steps for one key at once", []change{{iv, "[[step]]\nid = \"email_ok\"", "[[step]]\nid = \"name2\"\nkey = \"name\"\nkind = \"line\"\nsection = \"you\"\nwhen = 'objects and reader == \"child\"'\n\n[[step]]\nid = \"email_ok\""},
			{en, "[email]", "[name2]\nask = \"And the child?\"\nlabel = \"Child\"\n[email]"}, {es, "[email]", "[name2]\nask = \"¿Y su hijo?\"\nlabel = \"Hijo\"\n[email]"}},
			iv, `id = "name2" … when`, `it asks for "name", and so does the step "name" when`},
		{"a verdict that nothing follows", []change{{iv, `when = 'outcome == "desk"'`, `when = 'outcome == "desk" and reader == "self"'`}},
			iv, "[[step]]\nid = \"verdict\"", `outcome "desk": nothing follows the verdict when reader = child, problem = late`},
		{"an answer that nobody saves", []change{{iv, "ticket = \"intake\"\nwhen = 'objects'", "ticket = \"intake\"\nwhen = 'objects and email != \"\"'"}},
			iv, `id = "name" … when`, `step "name": its answer is not saved when`},
		{"a form saved without a review", []change{{iv, "kind = \"review\"\nwhen = 'objects'", "kind = \"review\"\nwhen = 'objects and overdue'"}},
			iv, `id = "sent" … when`, `it saves the form without a review before it when`},
		{"an answer that the review does not show", []change{{iv, "kind = \"name\"\nsection = \"you\"", "kind = \"name\""}},
			iv, `id = "name"`, `its answer would not be seen on the review: give it a section (book, you)`},
		{"a section without steps", []change{{iv, "[[section]]\nid = \"you\"", "[[section]]\nid = \"you\"\n[[section]]\nid = \"home\""}, {en, `you = "YOU"`, "you = \"YOU\"\nhome = \"HOME\""}, {es, `you = "USTED"`, "you = \"USTED\"\nhome = \"CASA\""}},
			iv, "[[section]]\nid = \"home\"", `no step is in the section "home"`},
		{"a gate to nowhere", []change{{iv, "values = [\"yes\", \"no\"]", "values = [\"yes\", \"no\"]\ngate = true"}},
			iv, `id = "email_ok" … gate`, `it is a gate, and no later condition names "email_ok"`},
		{"a mark that does nothing", []change{{iv, "kind = \"note\"", "kind = \"note\"\noptional = true"}},
			iv, `id = "at-the-desk" … optional`, `optional is for a step that asks only`},
		{"a problem without its rank", []change{{iv, `problems = ["lost", "damaged", "late"]`, `problems = ["lost", "late"]`}},
			iv, `problems`, `problems lacks "damaged" of the step "problem"`},
		{"a rank without its problem", []change{{iv, `problems = ["lost", "damaged", "late"]`, `problems = ["lost", "damaged", "late", "stolen"]`}},
			iv, `problems`, `problems has "stolen", and the step "problem" has no such value`},
		{"a form key asked again", []change{{iv, `ask_again = ["letter_date"]`, `ask_again = ["email_ok"]`}},
			iv, `ask_again`, `ask_again names "email_ok": only a choice or a date before the verdict`},
		{"a voice that cannot choose", []change{{iv, `voice = "reader"`, `voice = "letter_date"`}, {en, "ask-child = \"What is it about? Your child may tell you.\"\n", ""}, {es, "ask-child = \"¿De qué se trata? Pregúntele a su hijo o hija.\"\n", ""}},
			iv, `voice`, `voice names "letter_date", which is no choice`},
		{"a part twice", []change{{iv, "[[part]]\nid = \"because\"", "[[part]]\nid = \"because\"\n[[part]]\nid = \"because\""}},
			iv, `id = "because" … [[part]]`, `the part "because" stands here a second time`},
		{"a verdict without the rule's words", []change{{iv, "[[part]]\nid = \"rule\"\n", ""}},
			iv, "[[step]]\nid = \"verdict\"", `no [[part]] has the id "rule"`},
		{"a verdict without contacts", []change{{iv, "[[part]]\nid = \"contacts\"\n", ""}},
			iv, "[[step]]\nid = \"verdict\"", `the rules have contacts, and no [[part]] has the id "contacts"`},
		{"a variant that nobody hears", []change{{en, "label = \"Why late\"", "ask-self = \"Why are you late?\"\nlabel = \"Why late\""}, {es, "label = \"Por qué va tarde\"", "ask-self = \"¿Por qué va usted tarde?\"\nlabel = \"Por qué va tarde\""},
			{iv, `when = 'objects and overdue'`, `when = 'objects and overdue and reader == "child"'`}},
			en, `ask-self`, `sentence "why_late.ask-self": the step is never reached with reader = self`},
		{"a variant before its voice", []change{{en, "label = \"Card\"", "ask-child = \"Whose?\"\nlabel = \"Card\""}, {es, "label = \"Tarjeta\"", "ask-child = \"¿De quién?\"\nlabel = \"Tarjeta\""}},
			en, `ask-child = "Whose?"`, `sentence "reader.ask-child": it is asked before "reader" is answered`},

		{"a sentence in one language only", []change{{es, "example = \"Por ejemplo: «perdido».\"\n", ""}},
			en, `example = "For example: «lost»."`, `sentence "problem.example": it is missing in locales/es.toml`},
		{"a blank that one language leaves out", []change{{es, `object-by = "Mándelo hasta el {{.object_by}}."`, `object-by = "Mándelo pronto."`}},
			es, `object-by`, `sentence "verdict.object-by": it lacks the blank {{.object_by}}, which locales/en.toml has`},
		{"a sentence longer than a message", []change{{en, `help = "Type «back»`, `help = "` + strings.Repeat("Type it. ", 500) + `Type «back»`}},
			en, `help = "Type`, `are the most of one message: shorten it`},
		{"a word for two values", []change{{es, `"~damaged" = "roto, mojado"`, `"~damaged" = "roto, lost"`}},
			es, `"~damaged"`, `"lost" is also a word for "lost" (locales/en.toml:`},
		{"a label that is a word for another value", []change{{en, `"=damaged" = "It is damaged"`, `"=damaged" = "Missing"`}},
			en, `"=damaged"`, `"Missing" is also a word for "lost"`},
		{"a word that is a command", []change{{en, `"~self" = "me, my own"`, `"~self" = "me, librarian"`}},
			en, `"~self"`, `"librarian" is also the command "human" (locales/en.toml:`},
		{"a yes that is a command", []change{{es, `yes = "sí, claro"`, `yes = "sí, claro, luego"`}},
			es, `yes = `, `"luego" is also the command "cancel" (locales/es.toml:`},
		{"a yes that is a no", []change{{es, `no = "no"`, `no = "no, y"`}},
			es, `no = `, `"y" is also the word for "yes" (locales/en.toml:`},
		{"a word for two commands", []change{{en, `status = "status"`, `status = "status, help"`}},
			en, `status = `, `"help" is`},
		{"a label twice beside each other", []change{{es, `"=child" = "De mi hijo o hija"`, `"=child" = "mia"`}},
			es, `"=child"`, `the label "mia" stands beside the same one of "reader.=self"`},
		{"a label that is too long", []change{{en, `"=self" = "Mine"`, `"=self" = "It is mine and nobody else has ever used it"`}},
			en, `"=self"`, `the label has 43 characters, and 40 are the most of a button`},
		{"a label that is a number", []change{{en, `"=self" = "Mine"`, `"=self" = "1"`}},
			en, `"=self"`, `the label "1" of the step "reader" cannot be typed`},
		{"a label without a letter", []change{{en, `"=self" = "Mine"`, `"=self" = "✔"`}},
			en, `"=self"`, `the label "✔" of the step "reader" cannot be typed`},
		{"two answers called the same", []change{{en, `label = "Papers"`, `label = "Letter"`}},
			en, `label = "Letter" … label = "Letter"`, `the label "Letter" stands beside the same one of "letter_date.label"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := changed(t, c.changes...)
			v, err := Parse(files, Options{})
			if err != nil {
				t.Fatalf("does not parse: %v", err)
			}
			line := 0
			if c.at != "" {
				line = lineIn(t, files, c.file, c.at)
			}
			err = v.Check(june)
			defects, ok := err.(Defects)
			if !ok {
				t.Fatalf("passes the check, want %s:%d: …%s", c.file, line, c.want)
			}
			if !slices.ContainsFunc(defects, func(d Defect) bool { return d.File == c.file && d.Line == line && strings.Contains(d.Text, c.want) }) {
				t.Errorf("want %s:%d: …%s\n got %v", c.file, line, c.want, err)
			}
		})
	}
}

func TestTheCheckNamesAllDefectsAtOnceInTheOrderOfFiles(t *testing.T) {
	v, err := Parse(changed(t, change{iv, `when = 'objects and overdue'`, `when = 'objects and problem == "late"'`},
		change{es, `"~damaged" = "roto, mojado"`, `"~damaged" = "roto, lost"`}, change{rl, `when = 'not has_letter'`, `when = 'not has_letter and reader == "self"'`}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defects, ok := v.Check(june).(Defects)
	if !ok || len(defects) < 3 || !slices.IsSortedFunc(defects, func(a, b Defect) int {
		if a.File != b.File {
			return strings.Compare(a.File, b.File)
		}
		return a.Line - b.Line
	}) {
		t.Fatalf("%v", defects)
	}
	for _, file := range []string{iv, rl, es} {
		if !slices.ContainsFunc(defects, func(d Defect) bool { return d.File == file }) {
			t.Errorf("none of %s: %v", file, defects)
		}
	}
}

func TestAProofOfTooManyCasesIsGivenUpAndSaysSo(t *testing.T) {
	v := library(t)
	c, err := v.newCases(june)
	if err != nil {
		t.Fatal(err)
	}
	p := proofs{Interview: v, days: []*cases{c}}
	p.can(iv, 7, "step", "trouble", func(w *world) bool {
		for range 20 {
			w.fork(2)
		}
		return false
	})
	want := iv + ":7: step: more than " + strconv.Itoa(maxTries) + " cases, too many to prove anything; make its condition simpler"
	if len(p.defects) != 1 || p.defects[0].String() != want || c.tried != maxTries {
		t.Errorf("%v after %d", p.defects, c.tried)
	}
}
