package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"imrbot/dialog/imr"
)

func TestRulesPrintsEveryRuleWithItsSourceAndItsNumbers(t *testing.T) {
	out, err := run(t, "", newRulesCommand())
	if err != nil {
		t.Fatal(err)
	}
	rules, err := imr.Rules()
	if err != nil {
		t.Fatal(err)
	}
	squeezed := strings.Join(strings.Fields(out), " ")
	at := 0
	for _, r := range rules.Table() {
		i := strings.Index(squeezed[at:], ". "+r.ID+" → "+r.Outcome)
		if i < 0 {
			t.Fatalf("rule %s is not printed, or not in its place", r.ID)
		}
		at += i
		for _, part := range []string{oneLine(r.When), "[" + r.Sources[0].Mark + "] " + r.Sources[0].Cite, r.Note} {
			if !strings.Contains(squeezed[at:], strings.Join(strings.Fields(part), " ")) {
				t.Errorf("rule %s is printed without %q", r.ID, part)
			}
		}
	}
	for _, c := range rules.Contacts() {
		if !strings.Contains(squeezed, c.Phone) {
			t.Errorf("%s is not printed", c.Name)
		}
	}
	for _, f := range rules.Facts() {
		if !strings.Contains(squeezed, f.Key+" ("+string(f.Type)+")") {
			t.Errorf("the fact %s is not printed", f.Key)
		}
	}
	for _, o := range rules.Outcomes() {
		if !strings.Contains(squeezed, " "+o.ID+" "+o.Means) {
			t.Errorf("the outcome %s is not explained", o.ID)
		}
	}
	for i, line := range strings.Split(out, "\n") {
		if n := len([]rune(line)); n > 110 || strings.TrimRight(line, " ") != line {
			t.Errorf("line %d is %d letters long or ends in spaces: %q", i+1, n, line)
		}
	}
}

func TestRulesAsJSONHoldTheWholeTable(t *testing.T) {
	out, err := run(t, "", newRulesCommand(), "--json")
	if err != nil {
		t.Fatal(err)
	}
	var table rulesJSON
	dec := json.NewDecoder(strings.NewReader(out))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&table); err != nil {
		t.Fatal(err)
	}
	rules, err := imr.Rules()
	if err != nil {
		t.Fatal(err)
	}
	if len(table.Rules) != len(rules.Table()) || len(table.Overlays) != len(rules.Overlays()) || len(table.AddContacts) != len(rules.AddedContacts()) ||
		len(table.Defines) != len(rules.Defines()) || len(table.Facts) != len(rules.Facts()) || len(table.Contacts) != len(rules.Contacts()) ||
		len(table.Outcomes) != len(rules.Outcomes()) || len(table.Marks) != len(rules.Marks()) {
		t.Errorf("a table is not whole: %+v", table)
	}
	if strings.Contains(out, "null") {
		t.Error("there is a null in the table")
	}
	if first := table.Rules[0]; first.ID != "workers-comp" || first.When != `coverage == "workers-comp"` || len(first.Contacts) != 0 || first.Sources[0].Mark != "S" {
		t.Errorf("the first rule is %+v", first)
	}
}

func TestRulesTakesNoArguments(t *testing.T) {
	_, err := run(t, "", newRulesCommand(), "all")
	var usage usageError
	if !errors.As(err, &usage) {
		t.Error(err)
	}
}
