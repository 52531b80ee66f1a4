package imr_test

import (
	"testing"

	"imrbot/dialog"
	"imrbot/dialog/imr"
)

// Text that is taken without a reading must never be one in which a crisis or
// a question could hide.
func TestOnlyRepliesThatAreNothingElseAreEvident(t *testing.T) {
	interview, err := dialog.Parse(imr.FS, dialog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		node, text string
		want       bool
	}{
		{"problem", "2", true},
		{"problem", "It said no to care or a drug", true},
		{"problem", "they said no", false},
		{"problem", "they said no and i cant breathe", false},
		{"problem", "i want to die", false},
		{"grievance_date", "2026-03-20", true},
		{"grievance_date", "last friday", false},
		{"phone", "415 555 0123", true},
		{"phone", "help 415 555 0123 i cant breathe", false},
		{"email", "ana@example.com", true},
		{"membership_number", "XYZ123456", true},
		{"membership_number", "i took 40 pills", false},
		{"story", "they denied it", false},
		{"first_name", "Ana", false},
		{"", "how long does it take", false},
		{"", "/help", true},
		{"", "", true},
		{"", "/ i want to kill myself", false},
		{"", "/human now i am dying", false},
		{"problem", "911", false},
		{"problem", "988", false},
		{"membership_number", "help 911", false},
		{"problem", "ambulance", false},
	} {
		state := dialog.State{Lang: "en", Node: c.node, Answers: map[string]dialog.Answer{}}
		if got := interview.Evident(state, c.text); got != c.want {
			t.Errorf("at %q, %q: %t, want %t", c.node, c.text, got, c.want)
		}
	}
}
