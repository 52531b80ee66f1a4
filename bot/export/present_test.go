package export

import (
	"strings"
	"testing"

	"imrbot/dialog"
)

func TestAnIntakeIsPresentedInTheWordsOfTheReviewScreen(t *testing.T) {
	v := parse(t, dialog.Options{Operator: "Health Helpers"})
	late := selfCase()
	late["filer"], late["decision_date"], late["grievance_date"], late["why_late"] = "assistant", "2025-11-02", "2025-10-20", "no letter came"
	child := map[string]string{"filer": "parent", "problem": "delayed", "coverage": "medi-cal-plan", "serious_threat": "yes"}
	for _, lang := range v.Languages() {
		for _, answers := range []map[string]string{selfCase(), late, child} {
			e := enroll(t, v, lang, answers, dialog.File{ID: "1", Name: "a.jpg"})
			p := v.Present(*e.intake, lang, today)
			if p.Lang != lang || p.Operator != "Health Helpers" {
				t.Errorf("language %q, operator %q", p.Lang, p.Operator)
			}
			lines := 0
			for _, section := range p.Sections {
				if !strings.Contains(e.review, "\n"+section.Title+"\n") {
					t.Errorf("%s: the review has no section %q", lang, section.Title)
				}
				for _, line := range section.Lines {
					lines++
					want := "• " + line.Label + ": " + line.Value
					if !strings.Contains(e.review, want) {
						t.Errorf("%s: the review does not say %q", lang, want)
					}
				}
			}
			if n := strings.Count(e.review, "\n• "); n != lines {
				t.Errorf("%s: the review has %d answers, the presentation %d", lang, n, lines)
			}
			if p.Deadline != "" && !strings.HasSuffix(e.review, p.Deadline) {
				t.Errorf("%s: the review ends otherwise than with %q", lang, p.Deadline)
			}
			if p.Verdict.Rule != e.intake.Verdict.Rule || len(p.Paragraphs) < 4 {
				t.Errorf("%s: rule %q with %d paragraphs, the intake has %q", lang, p.Verdict.Rule, len(p.Paragraphs), e.intake.Verdict.Rule)
			}
		}
	}
}

func TestPresentSpeaksAnyOfItsLanguagesAndEnglishForOthers(t *testing.T) {
	v := parse(t, dialog.Options{})
	in := *walk(t, v, "es", selfCase())
	for asked, want := range map[string]string{"es": "es", "es-MX": "es", "en": "en", "fr": "en", "": "en"} {
		if got := v.Present(in, asked, today).Lang; got != want {
			t.Errorf("asked for %q it speaks %q, want %q", asked, got, want)
		}
	}
	if v.LongDate("es", today) != "lunes, 1 de junio de 2026" || v.LongDate("es", dialog.Date{}) != "" {
		t.Error("the day is written otherwise")
	}
}

func TestPresentKeepsWhatItDoesNotKnow(t *testing.T) {
	v := parse(t, dialog.Options{})
	in := *walk(t, v, "en", selfCase())
	coverage, old := "lottery", "9"
	in.Facts["coverage"], in.Form["shoe_size"], in.Form["hat"] = &coverage, &old, nil
	p := v.Present(in, "en", today)
	last := p.Sections[len(p.Sections)-1]
	if last.ID != "" || last.Title != "" || len(last.Lines) != 2 || last.Lines[0].Label != "hat" || last.Lines[1].Value != "9" {
		t.Errorf("the last section is %+v", last)
	}
	found := false
	for _, section := range p.Sections {
		for _, line := range section.Lines {
			found = found || line.Key == "coverage" && line.Value == "lottery"
		}
	}
	if !found {
		t.Error("a value that the interview does not know is lost")
	}
}

func TestPresentWithoutFactsHasNoVerdictAndChangesNothing(t *testing.T) {
	v := parse(t, dialog.Options{})
	p := v.Present(dialog.Intake{}, "en", today)
	if len(p.Sections) != 0 || p.Deadline != "" {
		t.Errorf("%+v", p)
	}
	in := walk(t, v, "en", selfCase())
	before := len(in.Form) + len(in.Facts)
	v.Present(*in, "es", today)
	if len(in.Form)+len(in.Facts) != before {
		t.Error("Present took something from the intake")
	}
}
