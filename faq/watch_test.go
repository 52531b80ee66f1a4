package faq

import (
	"os"
	"strings"
	"testing"
)

// watched are the messages of one file of testdata/watch.
func watched(t *testing.T, name string) []string {
	t.Helper()
	raw, err := os.ReadFile("testdata/watch/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.SplitSeq(string(raw), "\n") {
		if line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestWhatOthersWroteIsWatchedAsWellAsBefore measures a danger to life and the
// wish for a person on messages of many hands that never saw the patterns. The
// bounds are a little under what was last measured; they rise with the reader and
// are never lowered. What is missing to all of the first file is what is left to
// do.
func TestWhatOthersWroteIsWatchedAsWellAsBefore(t *testing.T) {
	r := reader(t)
	for _, c := range []struct {
		file        string
		kind        Kind
		least, most float64
	}{
		{"crisis.en", KindCrisis, 0.63, 1}, {"crisis.es", KindCrisis, 0.71, 1},
		{"calm.en", KindCrisis, 0, 0.03}, {"calm.es", KindCrisis, 0, 0.055},
		{"human.en", KindHuman, 0.52, 1}, {"human.es", KindHuman, 0.52, 1},
		{"other.en", KindHuman, 0, 0.05}, {"other.es", KindHuman, 0, 0.02},
	} {
		lines := watched(t, c.file)
		seen := 0
		for _, line := range lines {
			if r.Watch(line, c.file[len(c.file)-2:]).Kind == c.kind {
				seen++
			}
		}
		share := float64(seen) / float64(len(lines))
		t.Logf("%s: %d of %d are read as %s (%.1f %%)", c.file, seen, len(lines), c.kind, 100*share)
		if share < c.least || share > c.most {
			t.Errorf("%s: %.3f are read as %s, which was %.3f to %.3f", c.file, share, c.kind, c.least, c.most)
		}
	}
}
