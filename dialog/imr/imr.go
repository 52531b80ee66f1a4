// Package imr is the interview and the rules of the Department of Managed
// Health Care's IMR/Complaint form, as data for package dialog: rules.toml is
// the decision table, with the source and the mark of every rule beside it. A
// person who checks the law reads that file; this code only opens it.
package imr

import (
	"embed"
	"fmt"
	"sync"

	"imrbot/dialog"
)

// FS holds interview.toml, rules.toml and the locales, for dialog.Parse.
//
//go:embed interview.toml rules.toml other_languages.toml locales/*.toml
var FS embed.FS

// Rules returns the decision table of rules.toml. It is parsed once; the error
// says what is wrong with the embedded file, which the tests exclude.
func Rules() (*dialog.Rules, error) { return parsed() }

var parsed = sync.OnceValues(func() (*dialog.Rules, error) {
	src, err := FS.ReadFile("rules.toml")
	if err != nil {
		return nil, fmt.Errorf("rules.toml: %w", err)
	}
	return dialog.ParseRules("rules.toml", src)
})

// Assess returns the verdict of the embedded rules on facts, as
// dialog.Rules.Assess does. Today is the date in America/Los_Angeles.
func Assess(facts dialog.Facts, today dialog.Date) (dialog.Verdict, error) {
	rules, err := Rules()
	if err != nil {
		return dialog.Verdict{}, err
	}
	return rules.Assess(facts, today)
}
