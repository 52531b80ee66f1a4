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
	"imrbot/dialog":            {nil, "the engine is pure: it asks nobody"},
	"imrbot/dialog/imr":        {[]string{"imrbot/dialog"}, "the interview is data for the engine"},
	"imrbot/kb":                {nil, "what staff edit stands on its own"},
	"imrbot/faq":               {[]string{"imrbot/kb"}, "the reader knows entries, and no dialog"},
	"imrbot/bot":               {[]string{"imrbot/dialog"}, "the turn never imports its stores and channels"},
	"imrbot/bot/bolt":          {[]string{"imrbot/bot", "imrbot/dialog"}, "a store serves the turn, and knows no channel"},
	"imrbot/bot/console":       {[]string{"imrbot/bot", "imrbot/dialog"}, "channels never import each other"},
	"imrbot/bot/telegram":      {[]string{"imrbot/bot", "imrbot/dialog"}, "channels never import each other"},
	"imrbot/bot/slack":         {[]string{"imrbot/bot", "imrbot/dialog"}, "channels never import each other"},
	"imrbot/cmd/imrbot/config": {nil, "what the operator says is read before any part of the bot is there"},
	"imrbot/cmd/imrbot":        {[]string{"imrbot/..."}, "the command wires everything"},
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
			if !strings.HasPrefix(imported, "imrbot/") || allowed(rule.may, imported) {
				continue
			}
			t.Errorf("%s imports %s: %s", path, imported, rule.why)
		}
	}
}

func allowed(may []string, path string) bool {
	for _, m := range may {
		if m == path || m == "imrbot/..." {
			return true
		}
	}
	return false
}
