package imr_test

import (
	"testing"
	"time"

	"imrbot/dialog"
	"imrbot/dialog/imr"
)

func TestTheInterviewPassesItsOwnCheck(t *testing.T) {
	interview, err := dialog.Parse(imr.FS, dialog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	proof, err := interview.Prove(dialog.Date{Year: 2026, Month: time.June, Day: 1})
	t.Logf("%+v in %v", proof, time.Since(start))
	if err != nil {
		t.Error(err)
	}
}
