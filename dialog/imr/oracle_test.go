package imr

import (
	"time"

	"imrbot/dialog"
)

// told is what the decision table must say, worked out a second time: plain Go
// and package time, none of dialog's code.
type told struct {
	rule, outcome, then                string
	urgent, late                       bool
	fileBy, safeBy, fileFrom, hearings string
	phones                             []string
}

const (
	helpCenter   = "1-888-466-2219"
	hca          = "1-888-804-3536"
	livanta      = "1-877-588-1123"
	ombudsman    = "1-888-452-8609"
	medicareLine = "1-800-633-4227"
	hicap        = "1-800-434-0222"
	stateHearing = "1-800-743-8525"
	mediCalLine  = "1-800-541-5555"
	mediCalRx    = "1-800-977-2273"
	ebsa         = "1-866-444-3272"
	cdiHotline   = "1-800-927-4357"
)

func among(s string, list ...string) bool {
	for _, l := range list {
		if s == l {
			return true
		}
	}
	return false
}

// oracle follows the table row by row.
func oracle(f dialog.Facts, today time.Time) told {
	t := oracleRow(f, today)
	t.urgent = f["serious_threat"] == "yes" || f["problem"] == "discharge"
	oracleDates(f, today, &t)
	t.phones = oraclePhones(f, t.rule)
	return t
}

func oracleRow(f dialog.Facts, today time.Time) told {
	coverage, problem, reason := f["coverage"], f["problem"], f["reason"]
	refused := among(problem, "denied", "modified", "delayed")
	switch {
	case coverage == "workers-comp":
		return told{rule: "workers-comp", outcome: "outside"}
	case among(coverage, "medicare", "medicare-advantage", "medicare-medi-cal") && problem == "discharge":
		return told{rule: "medicare-discharge", outcome: "outside"}
	case among(coverage, "medicare", "medicare-advantage"):
		return told{rule: "medicare", outcome: "outside"}
	case coverage == "medicare-medi-cal":
		return told{rule: "dual", outcome: "ask-help-center"}
	case coverage == "medi-cal-ffs":
		return told{rule: "medi-cal-ffs", outcome: "outside"}
	case coverage == "medi-cal-plan" && f["pharmacy_benefit"] == "yes":
		return told{rule: "medi-cal-rx", outcome: "outside"}
	case coverage == "medi-cal-plan" && f["state_hearing"] == "held":
		return told{rule: "hearing-held", outcome: "ask-help-center"}
	case coverage == "employer" && f["self_funded"] == "yes":
		return told{rule: "self-funded", outcome: "outside"}
	case f["regulator"] == "cdi":
		return told{rule: "cdi", outcome: "outside"}
	case problem == "discharge":
		return told{rule: "discharge", outcome: "imr-expedited"}
	case f["serious_threat"] == "yes" && refused:
		return told{rule: "urgent", outcome: "imr-expedited"}
	case f["serious_threat"] == "yes":
		return told{rule: "urgent", outcome: "complaint-urgent"}
	case problem == "cancelled":
		return told{rule: "cancelled", outcome: "complaint"}
	case reason == "experimental":
		return told{rule: "experimental", outcome: "imr"}
	}
	road, kind := "complaint", "complaint"
	if refused && among(reason, "not-medically-necessary", "not-emergency", "mixed", "unknown", "") ||
		problem == "emergency-bill" && reason != "experimental" {
		road, kind = "necessity", "imr"
	}
	grievance, filed := oracleDay(f["grievance_date"])
	switch {
	case f["decision_date"] != "":
		return told{rule: road + "-decided", outcome: kind}
	case filed && today.Sub(grievance) >= 30*24*time.Hour:
		return told{rule: road + "-30-days", outcome: kind}
	case filed:
		return told{rule: road + "-waiting", outcome: "grievance-first", then: kind}
	default:
		return told{rule: road + "-no-grievance", outcome: "grievance-first", then: kind}
	}
}

func oracleDates(f dialog.Facts, today time.Time, t *told) {
	if among(t.rule, "workers-comp", "medicare", "medicare-discharge", "medi-cal-ffs", "medi-cal-rx") {
		return
	}
	grievance, filed := oracleDay(f["grievance_date"])
	decision, decided := oracleDay(f["decision_date"])
	denial, denied := oracleDay(f["denial_date"])
	var fileBy, safeBy time.Time
	switch {
	case decided:
		fileBy = sixMonthsAfter(decision)
	case f["reason"] == "experimental" && denied:
		fileBy = sixMonthsAfter(denial)
	}
	if filed {
		safeBy = sixMonthsAfter(grievance.AddDate(0, 0, 30))
	}
	if t.rule == "urgent" && !decided && denied {
		if other := sixMonthsAfter(denial); safeBy.IsZero() || other.Before(safeBy) {
			safeBy = other
		}
	}
	if !fileBy.IsZero() {
		t.fileBy = fileBy.Format(time.DateOnly)
		t.late = today.After(fileBy)
	}
	if !safeBy.IsZero() && (fileBy.IsZero() || safeBy.Before(fileBy)) {
		t.safeBy = safeBy.Format(time.DateOnly)
	}
	if t.outcome == "grievance-first" {
		from := today
		if filed {
			from = grievance
		}
		t.fileFrom = from.AddDate(0, 0, 30).Format(time.DateOnly)
	}
	if f["coverage"] == "medi-cal-plan" && decided && among(f["state_hearing"], "", "none", "unknown") {
		t.hearings = decision.AddDate(0, 0, 120).Format(time.DateOnly)
	}
}

func oraclePhones(f dialog.Facts, rule string) []string {
	coverage, discharge := f["coverage"], f["problem"] == "discharge"
	var phones []string
	switch rule {
	case "workers-comp":
		return nil
	case "medicare-discharge":
		if coverage == "medicare-medi-cal" {
			return []string{livanta, ombudsman, helpCenter}
		}
		return []string{livanta}
	case "medicare":
		return []string{medicareLine, hicap}
	case "medi-cal-ffs":
		return []string{stateHearing, mediCalLine}
	case "medi-cal-rx":
		phones = []string{mediCalRx, stateHearing, helpCenter}
	case "hearing-held":
		return []string{helpCenter, ombudsman}
	case "self-funded":
		phones = []string{ebsa, helpCenter}
	case "cdi":
		phones = []string{cdiHotline, helpCenter}
	case "necessity-no-grievance", "complaint-no-grievance":
		phones = []string{helpCenter, hca}
	default:
		phones = []string{helpCenter}
	}
	if coverage == "medi-cal-plan" && discharge {
		phones = append(phones, ombudsman)
	}
	return phones
}

func oracleDay(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return t, err == nil
}

// sixMonthsAfter steps back from where AddDate overflows into the next month.
func sixMonthsAfter(t time.Time) time.Time {
	to := t.AddDate(0, 6, 0)
	for (int(t.Month())+6-1)%12+1 != int(to.Month()) {
		to = to.AddDate(0, 0, -1)
	}
	return to
}
