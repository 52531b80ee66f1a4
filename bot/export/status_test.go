package export

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"imrbot/dialog"
)

// Every status that an intake can have has a sentence of its own in every
// language, and the paper says by it who has the intake. Only a paper of a form
// that nobody filed says that its day still stands, and how to file it.
func TestThePaperSaysWhoHasItForEveryStatus(t *testing.T) {
	all, err := allWords()
	if err != nil {
		t.Fatal(err)
	}
	helpers := parse(t, dialog.Options{Operator: "Health Helpers"})
	stands := map[string][]string{
		"en": {"Your date to file is still", "Thursday, October 15, 2026, at the latest", "YOUR DATE", "916-255-5241", "not yet filed"},
		"es": {"15 de octubre de 2026", "SU FECHA", "916-255-5241", "Todavía no"},
	}
	for _, lang := range helpers.Languages() {
		good := *walk(t, helpers, lang, selfCase())
		for _, status := range helpers.Statuses() {
			for _, filed := range []bool{false, true} {
				in := good
				in.Status, in.Filed = status, filed && status != "draft" && status != "with-team" && status != "review"
				got := flat(makePDF(t, in, PDFOptions{Interview: helpers, Today: today}).text())
				filed := in.Filed || status == dialog.StatusFiled
				id := "who-" + status
				if filed && all[lang][id+"-filed"] != "" {
					id += "-filed"
				}
				want := fill(all[lang][id], "operator", "Health Helpers")
				if want == "" {
					t.Errorf("%s: the status %q has no sentence", lang, status)
				}
				mustHold(t, got, want)
				for _, still := range stands[lang] {
					if filed && strings.Contains(got, still) {
						t.Errorf("%s: %s is filed, and its paper says %q", lang, status, still)
					}
				}
				if !filed && !strings.Contains(got, stands[lang][len(stands[lang])-2]) {
					t.Errorf("%s: %s is not filed, and its paper does not say how to", lang, status)
				}
			}
		}
		if !slices.ContainsFunc(stands[lang], func(still string) bool {
			return strings.Contains(flat(makePDF(t, good, PDFOptions{Interview: helpers, Today: today}).text()), still)
		}) {
			t.Errorf("%s: nothing that is looked for is in the paper of a form that is not filed", lang)
		}
	}
}

func TestTheDepartmentsPaperNamesEveryStatusAsItsOwn(t *testing.T) {
	all, err := allWords()
	if err != nil {
		t.Fatal(err)
	}
	v := parse(t, dialog.Options{IsDepartment: true})
	for _, lang := range v.Languages() {
		in := *walk(t, v, lang, selfCase())
		for _, status := range v.Statuses() {
			in.Status, in.Filed = status, status == dialog.StatusClosed
			want := all[lang]["who-"+status+"-department"]
			if want == "" {
				t.Errorf("%s: the status %q has no sentence of the Department", lang, status)
			}
			mustHold(t, makePDF(t, in, PDFOptions{Interview: v, Today: today}).text(), want)
		}
	}
}

func TestTheSchemaTakesEveryStatusAndNoOther(t *testing.T) {
	v, s := parse(t, dialog.Options{}), compiled(t)
	in := *walk(t, v, "en", selfCase())
	for _, status := range append(v.Statuses(), "at-the-lawyer", "") {
		in.Status, in.Filed = status, status == dialog.StatusClosed
		raw, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		if known, err := slices.Contains(v.Statuses(), status), judge(t, s, raw); known != (err == nil) {
			t.Errorf("%q: %v", status, err)
		}
	}
}
