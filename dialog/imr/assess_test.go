package imr

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"imrbot/dialog"
)

func TestDatesOfOneVerdict(t *testing.T) {
	for _, c := range []struct {
		name, today string
		facts       dialog.Facts
		want        map[string]string // a date by its key; "" none
		late        bool
	}{
		{"six months after 31 August end on 28 February", "2026-02-28", dialog.Facts{"decision_date": "2025-08-31"},
			map[string]string{"file_by": "2026-02-28", "safe_by": ""}, false},
		{"the day after the last day is late", "2026-03-01", dialog.Facts{"decision_date": "2025-08-31"},
			map[string]string{"file_by": "2026-02-28"}, true},
		{"in a leap year six months after 31 August end on 29 February", "2024-02-29", dialog.Facts{"decision_date": "2023-08-31"},
			map[string]string{"file_by": "2024-02-29"}, false},
		{"30 August and 29 August meet on 28 February too", "2026-02-28", dialog.Facts{"decision_date": "2025-08-30"},
			map[string]string{"file_by": "2026-02-28"}, false},
		{"29 August keeps its day in a leap year", "2024-02-01", dialog.Facts{"decision_date": "2023-08-29"},
			map[string]string{"file_by": "2024-02-29"}, false},
		{"29 February gives 29 August", "2024-06-01", dialog.Facts{"decision_date": "2024-02-29"},
			map[string]string{"file_by": "2024-08-29"}, false},
		{"calendar months are longer than 180 days", "2026-01-15", dialog.Facts{"decision_date": "2025-07-15"},
			map[string]string{"file_by": "2026-01-15"}, false},
		{"never rolled past a Sunday", "2026-03-15", dialog.Facts{"decision_date": "2025-09-15"},
			map[string]string{"file_by": "2026-03-15"}, false},
		{"the first denial does not start the six months", "2026-06-01", dialog.Facts{"denial_date": "2026-01-10"},
			map[string]string{"file_by": "", "safe_by": "", "file_from": "2026-07-01"}, false},
		{"an experimental denial without a decision does", "2026-06-01", dialog.Facts{"denial_date": "2026-01-10", "reason": "experimental"},
			map[string]string{"file_by": "2026-07-10", "safe_by": ""}, false},
		{"with a decision it counts from the decision", "2026-06-01",
			dialog.Facts{"denial_date": "2026-01-10", "decision_date": "2026-03-01", "reason": "experimental"},
			map[string]string{"file_by": "2026-09-01"}, false},
		{"a late experimental denial", "2026-06-01", dialog.Facts{"denial_date": "2025-11-30", "reason": "experimental"},
			map[string]string{"file_by": "2026-05-30"}, true},
		{"the careful date when the plan answered late", "2026-06-01",
			dialog.Facts{"grievance_date": "2025-11-01", "decision_date": "2026-02-15"},
			map[string]string{"file_by": "2026-08-15", "safe_by": "2026-06-01"}, false},
		{"no careful date when it is not earlier", "2026-06-01",
			dialog.Facts{"grievance_date": "2026-02-01", "decision_date": "2026-02-20"},
			map[string]string{"file_by": "2026-08-20", "safe_by": ""}, false},
		{"no careful date when it is the same day", "2026-06-01",
			dialog.Facts{"grievance_date": "2026-02-01", "decision_date": "2026-03-03"},
			map[string]string{"file_by": "2026-09-03", "safe_by": ""}, false},
		{"the careful date alone while the plan is silent", "2026-06-01", dialog.Facts{"grievance_date": "2026-04-01"},
			map[string]string{"file_by": "", "safe_by": "2026-11-01", "file_from": ""}, false},
		{"nobody is late on the careful date", "2026-06-01", dialog.Facts{"grievance_date": "2024-04-01"},
			map[string]string{"file_by": "", "safe_by": "2024-11-01"}, false},
		{"an urgent case counts carefully from its denial", "2026-06-01",
			dialog.Facts{"serious_threat": "yes", "denial_date": "2026-02-10", "grievance_date": "2026-03-01"},
			map[string]string{"file_by": "", "safe_by": "2026-08-10"}, false},
		{"an urgent case with a decision does not", "2026-06-01",
			dialog.Facts{"serious_threat": "yes", "denial_date": "2026-01-10", "decision_date": "2026-05-10"},
			map[string]string{"file_by": "2026-11-10", "safe_by": ""}, false},
		{"file from thirty days after the grievance", "2026-06-01", dialog.Facts{"grievance_date": "2026-05-20"},
			map[string]string{"file_from": "2026-06-19"}, false},
		{"a hearing 120 days after the plan's resolution", "2026-06-01",
			dialog.Facts{"coverage": "medi-cal-plan", "decision_date": "2026-03-15"},
			map[string]string{"hearing_by": "2026-07-13"}, false},
		{"no hearing date once one is requested", "2026-06-01",
			dialog.Facts{"coverage": "medi-cal-plan", "decision_date": "2026-03-15", "state_hearing": "requested"},
			map[string]string{"hearing_by": ""}, false},
		{"no dates for somebody with Medicare", "2026-06-01",
			dialog.Facts{"coverage": "medicare", "decision_date": "2025-03-15", "grievance_date": "2025-01-01"},
			map[string]string{"file_by": "", "safe_by": "", "file_from": "", "hearing_by": ""}, false},
		{"dates for somebody with a self-funded plan", "2026-06-01",
			dialog.Facts{"self_funded": "yes", "decision_date": "2026-03-15"},
			map[string]string{"file_by": "2026-09-15"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			facts := merge(dialog.Facts{"coverage": "employer", "problem": "denied"}, c.facts)
			v, err := Assess(facts, date(t, c.today))
			if err != nil {
				t.Fatal(err)
			}
			for key, want := range c.want {
				if got := v.Date(key).String(); got != want {
					t.Errorf("%s = %q, want %q", key, got, want)
				}
			}
			if v.Flag("late") != c.late {
				t.Errorf("late = %v, want %v", v.Flag("late"), c.late)
			}
		})
	}
}

func TestDayThirtyCounts(t *testing.T) {
	for grievance, want := range map[string]string{
		"2026-05-03": "necessity-waiting", // 29 days ago
		"2026-05-02": "necessity-30-days", // 30
		"2026-05-01": "necessity-30-days",
	} {
		v, err := Assess(dialog.Facts{"coverage": "individual", "problem": "delayed", "grievance_date": grievance}, date(t, "2026-06-01"))
		if err != nil || v.Rule != want {
			t.Errorf("grievance on %s: rule %q, %v, want %q", grievance, v.Rule, err, want)
		}
	}
}

func TestFactsThatDoNotGoTogetherAreErrorsWithKeyAndValue(t *testing.T) {
	base := dialog.Facts{"coverage": "employer", "problem": "denied"}
	for _, c := range []struct {
		name       string
		facts      dialog.Facts
		key, value string
	}{
		{"coverage is required", dialog.Facts{"coverage": ""}, "coverage", ""},
		{"problem is required", dialog.Facts{"problem": ""}, "problem", ""},
		{"a date after today", dialog.Facts{"denial_date": "2026-06-02"}, "denial_date", "2026-06-02"},
		{"a day the calendar lacks", dialog.Facts{"grievance_date": "2026-02-29"}, "grievance_date", "2026-02-29"},
		{"a decision before its grievance", dialog.Facts{"grievance_date": "2026-03-02", "decision_date": "2026-03-01"}, "decision_date", "2026-03-01"},
		{"self_funded without an employer", dialog.Facts{"coverage": "other", "self_funded": "unknown"}, "self_funded", "unknown"},
		{"a regulator of Medi-Cal", dialog.Facts{"coverage": "medi-cal-plan", "regulator": "dmhc"}, "regulator", "dmhc"},
		{"a reason for a bill", dialog.Facts{"problem": "bill", "reason": "other"}, "reason", "other"},
		{"a service for poor care", dialog.Facts{"problem": "poor-care", "service": "MRI"}, "service", "MRI"},
		{"a pharmacy for a job plan", dialog.Facts{"pharmacy_benefit": "no"}, "pharmacy_benefit", "no"},
		{"a hearing for a job plan", dialog.Facts{"state_hearing": "held"}, "state_hearing", "held"},
		{"an unknown key", dialog.Facts{"coverge": "other"}, "coverge", "other"},
		{"an unknown value", dialog.Facts{"filer": "friend"}, "filer", "friend"},
	} {
		t.Run(c.name, func(t *testing.T) {
			facts := merge(base, c.facts)
			for k, v := range facts {
				if v == "" {
					delete(facts, k)
				}
			}
			_, err := Assess(facts, date(t, "2026-06-01"))
			var fact *dialog.FactError
			if !errors.As(err, &fact) || fact.Key != c.key || fact.Value != c.value {
				t.Fatalf("error %v, want one about %s = %q", err, c.key, c.value)
			}
			if !strings.Contains(err.Error(), c.key) || !strings.Contains(err.Error(), c.value) {
				t.Errorf("the message %q does not name %s and %q", err, c.key, c.value)
			}
		})
	}
}

func TestTodayItselfAndTheDayOfTheGrievanceAreAllowed(t *testing.T) {
	f := dialog.Facts{"coverage": "employer", "problem": "denied", "grievance_date": "2026-06-01", "decision_date": "2026-06-01", "denial_date": "2026-06-01"}
	if _, err := Assess(f, date(t, "2026-06-01")); err != nil {
		t.Error(err)
	}
	if _, err := Assess(f, dialog.Date{}); err == nil {
		t.Error("assessed on no day at all")
	}
}

// The contract of the JSON: keys, their order, null and empty lists.
func TestAVerdictIsWrittenWithTheAgreedKeysInTheAgreedOrder(t *testing.T) {
	v, err := Assess(dialog.Facts{"coverage": "workers-comp", "problem": "denied", "serious_threat": "unknown"}, date(t, "2026-06-01"))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"outcome":"outside","then":"","rule":"workers-comp","urgent":false,"file_by":null,"safe_by":null,` +
		`"file_from":null,"hearing_by":null,"late":false,"contacts":[],"because":[{"fact":"coverage","value":"workers-comp"}],"sources":[`
	got, err := json.Marshal(v)
	if err != nil || !strings.HasPrefix(string(got), want) {
		t.Fatalf("%v\n got %s\nwant %s…", err, got, want)
	}
}

func TestBecauseNamesTheGivenFactsOfTheRuleInTheirOrder(t *testing.T) {
	v, err := Assess(dialog.Facts{"coverage": "employer", "regulator": "unknown", "problem": "denied", "reason": "unknown",
		"serious_threat": "no", "grievance_date": "2026-01-05", "denial_date": "2026-01-02"}, date(t, "2026-06-01"))
	if err != nil {
		t.Fatal(err)
	}
	got, _ := json.Marshal(v.Because)
	const want = `[{"fact":"problem","value":"denied"},{"fact":"reason","value":"unknown"},{"fact":"grievance_date","value":"2026-01-05"}]`
	if string(got) != want {
		t.Errorf(" got %s\nwant %s", got, want)
	}
}

func TestTheRulesPassTheirOwnCheck(t *testing.T) {
	if err := mustRules(t).Check("rules.toml", date(t, "2026-06-01")); err != nil {
		t.Error(err)
	}
}

func BenchmarkAssess(b *testing.B) {
	rules := mustRules(b)
	today := date(b, "2026-06-01")
	// The last row of the table decides this one.
	facts := dialog.Facts{"filer": "self", "coverage": "medi-cal-plan", "problem": "modified", "reason": "not-covered",
		"service": "MRI", "pharmacy_benefit": "no", "serious_threat": "no", "denial_date": "2026-04-01", "state_hearing": "none"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rules.Assess(facts, today); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseRules(b *testing.B) {
	src, err := FS.ReadFile("rules.toml")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := dialog.ParseRules("rules.toml", src); err != nil {
			b.Fatal(err)
		}
	}
}
