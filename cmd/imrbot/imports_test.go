package main

import (
	"go/build"
	"os/exec"
	"strings"
	"testing"
)

// importRules says which packages of ours a package may import, and why. A
// package that is not listed may import none.
var importRules = map[string]struct {
	may []string
	why string
}{
	"imrbot/dialog":       {nil, "the engine is pure: it asks nobody"},
	"imrbot/dialog/imr":   {[]string{"imrbot/dialog"}, "the interview is data for the engine"},
	"imrbot/kb":           {nil, "what staff edit stands on its own"},
	"imrbot/faq":          {[]string{"imrbot/kb"}, "the reader knows entries, and no dialog"},
	"imrbot/bot":          {[]string{"imrbot/dialog"}, "the turn never imports its stores and channels"},
	"imrbot/bot/bolt":     {[]string{"imrbot/bot", "imrbot/dialog"}, "a store serves the turn, and knows no channel"},
	"imrbot/bot/console":  {[]string{"imrbot/bot", "imrbot/dialog"}, "channels never import each other"},
	"imrbot/bot/telegram": {[]string{"imrbot/bot", "imrbot/dialog"}, "channels never import each other"},
	"imrbot/bot/slack":    {[]string{"imrbot/bot", "imrbot/dialog"}, "channels never import each other"},
	"imrbot/bot/handoff":  {[]string{"imrbot/bot", "imrbot/dialog"}, "channels never import each other; of the store it knows only that intakes can be read"},
	"imrbot/bot/export":   {[]string{"imrbot/dialog", "imrbot/dialog/imr"}, "a paper is made of an intake and its words; whoever has a store brings them"},
	"imrbot/cmd/imrbot":   {[]string{"imrbot/..."}, "the command wires everything"},

	"imrbot/bot/slack/slacktest":       {nil, "a server for tests shares no mistake with what it tests"},
	"imrbot/bot/telegram/telegramtest": {nil, "a fake that knows our code would share its mistakes"},
	"imrbot/cmd/imrbot/config":         {nil, "what the operator says is read before any part of the bot is there"},
}

func TestPackagesImportOnlyWhatTheirRoomAllows(t *testing.T) {
	out, err := exec.Command("go", "list", "imrbot/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, path := range strings.Fields(string(out)) {
		rule, known := importRules[path]
		if !known {
			t.Errorf("%s: no rule says what it may import; add one here", path)
			continue
		}
		pkg, err := build.Import(path, ".", 0)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, imported := range append(pkg.Imports, pkg.TestImports...) {
			if !strings.HasPrefix(imported, "imrbot/") || allowed(rule.may, imported) || isFake(imported) {
				continue
			}
			t.Errorf("%s imports %s: %s", path, imported, rule.why)
		}
		for _, imported := range pkg.Imports {
			if isFake(imported) {
				t.Errorf("%s imports %s: what is shipped holds no fakes", path, imported)
			}
		}
	}
}

// isFake says whether a package of ours exists for tests: any test may import it.
func isFake(path string) bool {
	return strings.HasPrefix(path, "imrbot/") && strings.HasSuffix(path, "test")
}

func allowed(may []string, path string) bool {
	for _, m := range may {
		if m == path || m == "imrbot/..." {
			return true
		}
	}
	return false
}
