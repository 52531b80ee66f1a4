package dialog

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestDefectsAreOneLineEachInTheOrderOfTheFile(t *testing.T) {
	var ds Defects
	if ds.Err() != nil {
		t.Error("no defects are an error")
	}
	ds.add("b.toml", 2, "second %d", 2)
	ds.add("a.toml", 9, "later")
	ds.add("a.toml", 3, "first")
	ds.add("a.toml", 0, "whole")
	err := fmt.Errorf("start: %w", ds.Err())
	const want = "start: a.toml: whole\na.toml:3: first\na.toml:9: later\nb.toml:2: second 2"
	if err.Error() != want {
		t.Errorf("got %q\nwant %q", err, want)
	}
	var found Defects
	if !errors.As(err, &found) || len(found) != 4 {
		t.Error("the defects cannot be found in the error again")
	}
}

func TestAThousandDefectsMakeABoundedMessage(t *testing.T) {
	var ds Defects
	for i := range 1000 {
		ds.add("a.toml", i+1, "x")
	}
	text := ds.Error()
	if lines := strings.Count(text, "\n") + 1; lines != maxDefectLines+1 || !strings.HasSuffix(text, "and 800 more") {
		t.Errorf("%d lines, ending %q", lines, text[len(text)-20:])
	}
}

func TestDidYouMeanNamesTheNearestOrNothing(t *testing.T) {
	names := []string{"regulator", "reason", "problem"}
	for word, want := range map[string]string{
		"regulater": `; did you mean "regulator"?`, "resaon": `; did you mean "reason"?`, "xyz": "", "": "", "p": "",
	} {
		if got := didYouMean(word, names); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

func TestClipCutsAtALettersBorder(t *testing.T) {
	long := strings.Repeat("é", maxClip)
	if got := clip(long); !strings.HasSuffix(got, "é…") || len(got) > maxClip+len("…") {
		t.Errorf("%q", got)
	}
	if clip("short") != "short" {
		t.Error("a short text was changed")
	}
}
