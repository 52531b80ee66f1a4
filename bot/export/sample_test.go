package export

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imrbot/dialog"
)

var samples = flag.String("samples", "", "folder to write PDFs to, to look at")

// Test_samples_to_look_at writes papers of every kind for a person to look at:
// go test ./bot/export -run samples -samples DIR
func Test_samples_to_look_at(t *testing.T) {
	if *samples == "" {
		t.Skip("no -samples DIR")
	}
	helpers := parse(t, dialog.Options{Operator: "Health Helpers"})
	files := []dialog.File{{ID: "1", Name: "denial letter.jpg", Type: "image/jpeg"}, {ID: "2", Name: "screen.png", Type: "image/png"},
		{ID: "3", Name: "IMG_0001.HEIC", Type: "image/heic"}, {ID: "4", Name: "plan letter.pdf", Type: "application/pdf"}, {ID: "5", Name: "turned.jpg", Type: "image/jpeg"}}
	letters := drawer(map[string][]byte{"1": jpegOf(t, photo(1200, 1600)), "2": pngOf(t, photo(800, 1400)), "5": withExif(jpegOf(t, photo(1600, 1200)), 6)})
	write := func(name string, v *dialog.Interview, in *dialog.Intake) {
		t.Helper()
		if in == nil {
			t.Fatalf("%s: nothing was stored", name)
		}
		f, err := os.Create(filepath.Join(*samples, name+".pdf"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := PDF(f, *in, PDFOptions{Interview: v, Today: today, Letters: letters, Zone: time.UTC}); err != nil {
			t.Fatal(err)
		}
	}
	for _, lang := range []string{"en", "es"} {
		write("self-"+lang, helpers, walk(t, helpers, lang, selfCase(), files...))
		long := selfCase()
		long["filer"], long["story"] = "assistant", strings.TrimSpace(strings.Repeat("She asked the plan in March. It said no. We wrote again. ", 180))
		long["condition"] = "Kopf" + strings.Repeat("schmerz", 40)
		long["assistant_form_signed"] = "no"
		long["plan_name"] = "王小明 Ünal 🙂"
		long["decision_date"] = "2025-11-02"
		long["grievance_date"] = "2025-10-20"
		long["denial_date"] = "2025-09-02"
		long["why_late"] = "She was in the hospital."
		write("helper-long-"+lang, helpers, walk(t, helpers, lang, long, files...))
		parent := map[string]string{"filer": "parent", "problem": "delayed", "serious_threat": "yes", "coverage": "medi-cal-plan", "plan_name": "L.A. Care",
			"state_hearing": "none", "reason": "unknown", "service": "insulin pump", "story": "Mi hijo espera desde abril. No contestan.", "decision_date": "2026-05-02", "grievance_date": "2026-04-20"}
		write("parent-urgent-"+lang, helpers, walk(t, helpers, lang, parent))
		draft := map[string]string{"filer": "self", "problem": "denied", "coverage": "individual", "reason": "not-medically-necessary", "grievance_date": "2026-05-20", "serious_threat": "unknown"}
		write("draft-"+lang, parse(t, dialog.Options{}), walk(t, parse(t, dialog.Options{}), lang, draft))
	}
	dept := parse(t, dialog.Options{IsDepartment: true, Operator: "the Department"})
	write("department-en", dept, walk(t, dept, "en", selfCase()))
}
