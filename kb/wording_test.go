package kb

import (
	"strings"
	"testing"
	"testing/fstest"
)

func wording(t *testing.T, settings string) *Wording {
	t.Helper()
	base, err := Load(fstest.MapFS{"kb.toml": {Data: []byte(settings)}, "entries/a.en.md": {Data: []byte("+++\ntitle = 'A'\n+++\nYes.\n")}}, "D")
	if err != nil {
		t.Fatal(err)
	}
	return base.Wording()
}

const wordingSettings = `
max_grade = 5
min_inflesz = 70
known_links = ["www.example.gov"]
exempt = ["Independent Review Organization"]
forbidden = ["you will win"]
[[known_phones]]
phone = "1-888-466-2219"
name = "Help Center"
called = ["Help Center", "Centro de Ayuda"]
`

func TestWordingHoldsOtherTextsToTheSettings(t *testing.T) {
	w := wording(t, wordingSettings)
	for _, c := range []struct {
		name, text string
		example    bool
		want       string
	}{
		{"in order", "Call the Help Center at 1-888-466-2219, or see www.example.gov.", false, ""},
		{"an unknown number", "Call 1-888-466-2218.", false, "f.toml:7: the phone number 1-888-466-2218 is not among known_phones"},
		{"a swapped number", "Call the bank at 1-888-466-2219.", false, "f.toml:7: the phone number 1-888-466-2219 belongs to Help Center"},
		{"an unknown address", "See www.example.net.", false, "f.toml:7: the address www.example.net is not among known_links"},
		{"a promise", "You will win.", false, `f.toml:7: the sentence "x" says "You will win", which no answer may say`},
		{"a number for nobody", "For example: 415-555-0123, ana@example.com.", true, ""},
		{"a number for nobody outside an example", "Call 415-555-0123.", false, "the phone number 415-555-0123 is not among known_phones"},
		{"a real number in an example", "For example: 415-554-0123.", true, "the phone number 415-554-0123 is not among known_phones"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := w.Facts(`the sentence "x"`, "f.toml", 7, c.text, c.example)
			if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0].String(), c.want)) {
				t.Errorf("%v, want %q", got, c.want)
			}
		})
	}
}

func TestWordingTellsTheLevelAndWhatIsBeyondTheLimit(t *testing.T) {
	w := wording(t, wordingSettings)
	const hard = "Administrative organizations habitually misunderstand complicated determinations."
	for _, c := range []struct {
		lang, text, want string
		measured         bool
	}{
		{"en", "The cat sat on the mat.", "", true},
		{"en", "The Independent Review Organization sat on the mat.", "", true},
		{"en", hard, `f.toml:7: the sentence "x" reads at school grade`, true},
		{"es", "El gato come pan.", "", true},
		{"es", "Administraciones extraordinariamente incomprensibles determinan procedimientos.", `f.toml:7: the sentence "x" reads at INFLESZ`, true},
		{"fr", hard, "", false},
	} {
		level, got, measured := w.Level(`the sentence "x"`, "f.toml", 7, c.lang, c.text)
		if measured != c.measured || c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0].String(), c.want)) {
			t.Errorf("%s %q: %v, %v", c.lang, c.text, got, measured)
		}
		if c.lang == "en" && level != Grade(c.text, []string{"Independent Review Organization"}) {
			t.Errorf("%q has the level %v", c.text, level)
		}
	}
}

func TestWordingLooksForNothingThatTheSettingsLeaveOut(t *testing.T) {
	w := wording(t, "")
	if got := w.Facts("it", "f.toml", 7, "You will win. Call 1-888-466-2218 or www.example.net.", false); got != nil {
		t.Errorf("%v", got)
	}
}
