package dialog

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func screen(t *testing.T, list []Screen, id string) Screen {
	t.Helper()
	i := slices.IndexFunc(list, func(s Screen) bool { return s.ID == id })
	if i < 0 {
		t.Fatalf("no screen %q", id)
	}
	return list[i]
}

func TestAScreenIsWhatAnEnrolleeReads(t *testing.T) {
	v := library(t)
	list := v.Screens("en")
	for _, c := range []struct{ id, text string }{
		{"problem", "What is it about?\n\nEach one has its own rule."},
		{"problem-child", "What is it about? Your child may tell you.\n\nEach one has its own rule."},
		{"problem.example", "Sorry, I did not get that.\nFor example: «lost».\n\nWhat is it about?\n\nEach one has its own rule."},
		{"reader", "Whose card is it?"},
		{"rule.billed", "You can object to the bill."},
		{"verdict.object-by", "Send it by Thursday, October 15, 2026."},
		{"at-the-desk.ask", "Bring your card to the desk."},
		{"sent.ask", "Thank you. Your number is A-2026-000123. It is with the library."},
		{"say.status-with-desk", "Your letter A-2026-000123 is with the library."},
		{"say.files-count", "2 files"},
		{"button.file", "My book"},
		{"problem.=late", "It came back late"},
		{"contact.front", "• Front Desk: 1-800-555-0100"},
	} {
		if s := screen(t, list, c.id); s.Text != c.text || s.Line == 0 || s.File != en && s.File != rl {
			t.Errorf("%+v, want %q", s, c.text)
		}
	}
	for id, short := range map[string]bool{"problem": false, "problem.label": true, "button.file": true, "contact.front": true, "rule.billed": false, "section.you": true} {
		if s := screen(t, list, id); s.Short != short {
			t.Errorf("%q is short: %v", id, s.Short)
		}
	}
	for _, s := range list {
		if s.Text == "" || strings.Contains(s.Text, "{{") || strings.Contains(s.ID, "~") || strings.HasPrefix(s.ID, "word.") || s.Example != strings.HasSuffix(s.ID, ".example") {
			t.Errorf("%+v", s)
		}
	}
	if len(v.Screens("es")) != len(list) || v.Screens("fr") != nil || len(v.OtherScreens()) != 0 {
		t.Error("the languages do not say the same")
	}
}

func TestScreensNameTheLineAndTheOperator(t *testing.T) {
	files := changed(t, change{en, `[rule]`, "[contact]\nfront = \"The Desk\"\n[rule]"})
	files["other_languages.toml"] = &fstest.MapFile{Data: []byte("version = 1\n\n[[language]]\ncode = \"fr\"\nname = \"French\"\nwords = \"bonjour, merci\"\nsay = \"Non.\"\n")}
	v, err := Parse(files, Options{Operator: "Book Friends"})
	if err != nil {
		t.Fatal(err)
	}
	list := v.Screens("en")
	if s := screen(t, list, "contact.front"); s.Text != "• The Desk: 1-800-555-0100" || s.File != en || s.Line != lineIn(t, files, en, `front = "The Desk"`) {
		t.Errorf("%+v", s)
	}
	if s := screen(t, list, "contact.office"); s.File != rl || s.Line != lineIn(t, files, rl, "[[contact]] … [[contact]]") {
		t.Errorf("%+v", s)
	}
	if others := v.OtherScreens(); len(others) != 1 || others[0] != (Screen{ID: "fr", File: "other_languages.toml", Line: 7, Text: "Non."}) {
		t.Errorf("%+v", others)
	}
	if s := screen(t, list, "say.passed-on"); !strings.Contains(s.Text, "I asked Book Friends.") || s.Line != lineIn(t, files, en, "passed-on") {
		t.Errorf("%+v", s)
	}
}
