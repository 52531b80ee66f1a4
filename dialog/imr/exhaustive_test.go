package imr

import (
	"fmt"
	"slices"
	"testing"

	"imrbot/dialog"
)

// The values of the facts, written out a second time.
var (
	coverages = []string{"employer", "individual", "covered-california", "medi-cal-plan", "medi-cal-ffs", "medicare",
		"medicare-advantage", "medicare-medi-cal", "workers-comp", "other", "unknown"}
	problems = []string{"denied", "modified", "delayed", "emergency-bill", "bill", "discharge", "cancelled",
		"provider-left", "poor-care", "other"}
	reasons = []string{"not-medically-necessary", "experimental", "not-emergency", "not-covered", "out-of-network",
		"other", "mixed", "unknown"}
	yesNo      = []string{"yes", "no", "unknown"}
	regulators = []string{"dmhc", "cdi", "unknown"}
	hearings   = []string{"none", "requested", "held", "unknown"}
)

// plans lists every allowed way to have coverage.
func plans() []dialog.Facts {
	var out []dialog.Facts
	for _, c := range coverages {
		switch c {
		case "employer":
			for _, self := range yesNo {
				for _, r := range regulators {
					out = append(out, dialog.Facts{"coverage": c, "self_funded": self, "regulator": r})
				}
			}
		case "individual", "covered-california":
			for _, r := range regulators {
				out = append(out, dialog.Facts{"coverage": c, "regulator": r})
			}
		case "medi-cal-plan":
			for _, drug := range yesNo {
				for _, h := range hearings {
					out = append(out, dialog.Facts{"coverage": c, "pharmacy_benefit": drug, "state_hearing": h})
				}
			}
		default:
			out = append(out, dialog.Facts{"coverage": c})
		}
	}
	return out
}

// troubles lists every allowed problem with its reason and its danger.
func troubles() []dialog.Facts {
	var out []dialog.Facts
	for _, threat := range yesNo {
		for _, p := range problems {
			if !among(p, "denied", "modified", "delayed", "emergency-bill") {
				out = append(out, dialog.Facts{"problem": p, "serious_threat": threat})
				continue
			}
			for _, r := range reasons {
				out = append(out, dialog.Facts{"problem": p, "serious_threat": threat, "reason": r})
			}
		}
	}
	return out
}

// calendars lists the days around every border of the table.
func calendars(today dialog.Date) []dialog.Facts {
	ago := func(days int) string { return today.AddDays(-days).String() }
	grievances := []string{"", ago(0), ago(29), ago(30), ago(31), today.AddMonths(-7).String()}
	decisions := []string{"", ago(0), today.AddMonths(-6).AddDays(1).String(), today.AddMonths(-6).String(),
		today.AddMonths(-6).AddDays(-1).String(), today.AddMonths(-7).AddDays(2).String()}
	denials := []string{"", ago(3), today.AddMonths(-9).String()}
	var out []dialog.Facts
	for _, g := range grievances {
		for _, d := range decisions {
			if g != "" && d != "" && d < g {
				continue
			}
			for _, n := range denials {
				f := dialog.Facts{}
				for key, day := range map[string]string{"grievance_date": g, "decision_date": d, "denial_date": n} {
					if day != "" {
						f[key] = day
					}
				}
				out = append(out, f)
			}
		}
	}
	return out
}

// The facts filer and service are left out of the combinations: this proves
// that nothing in the verdict rests on them.
func TestNoVerdictRestsOnWhoFilesOrOnTheServicesName(t *testing.T) {
	rules := mustRules(t)
	rest := func(keys []string) {
		if slices.Contains(keys, "filer") || slices.Contains(keys, "service") {
			t.Errorf("a verdict rests on one of %v: enumerate it in the exhaustive test", keys)
		}
	}
	for _, r := range rules.Table() {
		rest(r.When.Keys())
	}
	for _, o := range rules.Overlays() {
		if o.Flag != nil {
			rest(o.Flag.Keys())
		} else {
			rest(o.Day.Keys())
		}
	}
	for _, a := range rules.AddedContacts() {
		rest(a.When.Keys())
	}
}

// Every allowed combination of the facts, on days whose borders fall on a plain
// day, at the end of February of a leap year and at the end of August.
func TestEveryCombinationOfFactsGivesWhatTheTableSays(t *testing.T) {
	rules := mustRules(t)
	noDates, err := rules.Scope().Compile("no_dates")
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range []string{"2026-06-01", "2024-02-29", "2025-08-31"} {
		t.Run(day, func(t *testing.T) {
			t.Parallel()
			today := date(t, day)
			utc, _ := oracleDay(day)
			fired, cases := map[string]int{}, 0
			dates := calendars(today)
			for _, plan := range plans() {
				for _, trouble := range troubles() {
					for _, dates := range dates {
						f := merge(plan, trouble, dates)
						v, err := rules.Assess(f, today)
						if err != nil {
							t.Fatalf("%v: %v", f, err)
						}
						want := oracle(f, utc)
						if got := said(v); got != fmt.Sprint(want) {
							t.Fatalf("facts %v on %s\n got %s\nwant %v", f, day, got, want)
						}
						if fault := wrongTurn(f, v, today); fault != "" {
							t.Fatalf("facts %v on %s: %s", f, day, fault)
						}
						fired[v.Rule+" "+v.Outcome]++
						cases++
					}
					env := rules.Scope().Env(merge(plan, trouble), today)
					if noDates.Holds(env) != among(oracle(merge(plan, trouble), utc).rule, "workers-comp", "medicare",
						"medicare-discharge", "medi-cal-ffs", "medi-cal-rx") {
						t.Fatalf("no_dates is wrong for %v %v", plan, trouble)
					}
				}
			}
			for _, r := range rules.Table() {
				if fired[r.ID+" "+r.Outcome] == 0 {
					t.Errorf("rule %s with outcome %s never fired", r.ID, r.Outcome)
				}
			}
			t.Logf("%s: %d combinations (%d coverages × %d problems × %d calendars), every one of %d rows fired",
				day, cases, len(plans()), len(troubles()), len(dates), len(rules.Table()))
		})
	}
}

// said writes a verdict as told is printed.
func said(v dialog.Verdict) string {
	t := told{rule: v.Rule, outcome: v.Outcome, then: v.Then, urgent: v.Flag("urgent"), late: v.Flag("late"),
		fileBy: v.Date("file_by").String(), safeBy: v.Date("safe_by").String(),
		fileFrom: v.Date("file_from").String(), hearings: v.Date("hearing_by").String()}
	for _, c := range v.Contacts {
		t.phones = append(t.phones, c.Phone)
	}
	return fmt.Sprint(t)
}

// wrongTurn names the wrong turn that a verdict takes, or "". It does not look at
// how the verdict was found.
func wrongTurn(f dialog.Facts, v dialog.Verdict, today dialog.Date) string {
	var phones []string
	for _, c := range v.Contacts {
		phones = append(phones, c.Phone)
	}
	medicare := among(f["coverage"], "medicare", "medicare-advantage", "medicare-medi-cal")
	danger := f["serious_threat"] == "yes" || f["problem"] == "discharge"
	outside := v.Outcome == "outside"
	decision, _ := dialog.ParseDate(f["decision_date"])
	fileBy := v.Date("file_by")
	switch {
	case danger != v.Flag("urgent"):
		return "urgent is not what the danger says"
	case danger && v.Outcome == "grievance-first":
		return "someone in danger is told to wait"
	case danger && !outside && v.Outcome != "ask-help-center" && !among(v.Outcome, "imr-expedited", "complaint-urgent"):
		return "someone in danger is not sent the urgent way"
	case medicare && f["problem"] == "discharge" && (len(phones) == 0 || phones[0] != livanta):
		return "a Medicare discharge is not sent to Livanta first"
	case f["reason"] == "experimental" && v.Outcome == "grievance-first":
		return "an experimental denial is sent back to the plan"
	case f["problem"] == "cancelled" && v.Outcome == "grievance-first":
		return "a cancelled enrollee is made to wait"
	case f["reason"] == "not-covered" && outside && !others(f):
		return "a not-covered letter is turned away"
	case outside && !others(f):
		return "turned away without another agency in charge"
	case !fileBy.IsZero() && !decision.IsZero() && fileBy.After(decision.AddMonths(6)):
		return "file_by is later than six calendar months after the decision"
	case !fileBy.IsZero() && !decision.IsZero() && f["denial_date"] != "" && fileBy != decision.AddMonths(6):
		return "file_by is not counted from the decision"
	case v.Flag("late") && (fileBy.IsZero() || !today.After(fileBy)):
		return "called late on or before the last day"
	case v.Outcome == "grievance-first" && f["decision_date"] != "":
		return "sent back to the plan that has already decided"
	case v.Outcome == "grievance-first" && !v.Date("file_from").After(today):
		return "told to wait for a day that has come"
	case v.Outcome != "grievance-first" && (v.Then != "" || !v.Date("file_from").IsZero()):
		return "told to wait without being told to wait"
	case !slices.Contains(phones, helpCenter) && !among(v.Rule, "workers-comp", "medicare", "medicare-discharge", "medi-cal-ffs"):
		return "the Help Center is not among the contacts"
	case !slices.Contains(phones, helpCenter) && v.Rule == "medicare-discharge" && f["coverage"] == "medicare-medi-cal":
		return "the Help Center is not among the contacts of somebody with Medi-Cal"
	case len(v.Sources) == 0:
		return "no source"
	}
	for _, s := range v.Sources {
		if !among(s.Mark, "S", "V", "2") {
			return "an unverified source"
		}
	}
	return ""
}

// others tells whether another agency is in charge, by the exclusions alone.
func others(f dialog.Facts) bool {
	return among(f["coverage"], "workers-comp", "medicare", "medicare-advantage", "medi-cal-ffs") ||
		f["coverage"] == "medicare-medi-cal" && f["problem"] == "discharge" ||
		f["pharmacy_benefit"] == "yes" || f["self_funded"] == "yes" || f["regulator"] == "cdi"
}

func merge(parts ...dialog.Facts) dialog.Facts {
	out := dialog.Facts{}
	for _, p := range parts {
		for k, v := range p {
			out[k] = v
		}
	}
	return out
}

func mustRules(t testing.TB) *dialog.Rules {
	t.Helper()
	rules, err := Rules()
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func date(t testing.TB, s string) dialog.Date {
	t.Helper()
	d, err := dialog.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestUnknownAnswersAndAbsentOnesGiveTheSameVerdict is what lets the
// combinations above leave absent answers out.
func TestUnknownAnswersAndAbsentOnesGiveTheSameVerdict(t *testing.T) {
	rules := mustRules(t)
	today := date(t, "2026-06-01")
	utc, _ := oracleDay("2026-06-01")
	for _, plan := range plans() {
		for _, trouble := range troubles() {
			for _, calendar := range []dialog.Facts{{}, {"grievance_date": "2026-05-01"}, {"decision_date": "2026-05-01"}} {
				full := merge(plan, trouble, calendar)
				bare := dialog.Facts{}
				for k, v := range full {
					if v != "unknown" || k == "coverage" {
						bare[k] = v
					}
				}
				v, err := rules.Assess(bare, today)
				if err != nil {
					t.Fatalf("%v: %v", bare, err)
				}
				if got, want := said(v), fmt.Sprint(oracle(full, utc)); got != want {
					t.Fatalf("facts %v\n got %s\nwant %s", bare, got, want)
				}
			}
		}
	}
}
