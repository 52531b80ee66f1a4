package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"imrbot/dialog"
	"imrbot/kb"
)

// newCheckCommand returns `imrbot check`.
func newCheckCommand() *cobra.Command { return checkCommand(time.Now) }

func checkCommand(now func() time.Time) *cobra.Command {
	var f checkFiles
	var today string
	var asJSON, screens bool
	cmd := &cobra.Command{
		Use:   "check [--interview DIR] [--kb DIR] [--screens] [--json]",
		Short: "Prove that the interview, its rules, its words and the knowledge base are in order",
		Long: `Prove that the interview, its rules, its words and the knowledge base are in
order, and name everything that is not, at once, with file, line and remedy.

Of the interview and its rules it tries every way in which the answers can fall:
every question can be asked, every rule reached, every sentence said; no fact is
asked where the rules refuse it, or left out where they need it; something follows
every verdict; no word means two things. Every sentence that people can see is
held to the settings of the knowledge base (kb.toml): its reading level, its phone
numbers, what may never be said. An interview of your own needs a knowledge base
of your own beside it, or its phone numbers are not known.

Without folders the interview and the knowledge base that come with the program
are checked. When anything is wrong the command stops with status 2.`,
		Example: `  imrbot check
  imrbot check --screens
  imrbot check --interview my/interview --kb my/kb`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			day, err := legalDay(today)
			if err != nil {
				return err
			}
			c := checkRun{Languages: []string{}, Defects: []checkDefect{}}
			if err := c.run(f, day(now())); err != nil {
				return err
			}
			return c.report(cmd.OutOrStdout(), cmd.ErrOrStderr(), asJSON, screens)
		},
	}
	cmd.Flags().StringVar(&f.interview, "interview", "", "folder of an interview, instead of the one that comes with the program")
	cmd.Flags().StringVar(&f.kb, "kb", "", "folder of a knowledge base, instead of the one that comes with the program")
	cmd.Flags().StringVar(&today, "today", "", "the day to try the rules on, YYYY-MM-DD")
	cmd.Flags().BoolVar(&screens, "screens", false, "list how hard each screen is to read, the hardest first")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write one object of JSON")
	return cmd
}

// checkFiles says what to check; "" is what comes with the program.
type checkFiles struct{ interview, kb string }

// checkRun is one run of the command. Its JSON is what --json writes.
type checkRun struct {
	OK        bool          `json:"ok"`
	Defects   []checkDefect `json:"defects"`
	Interview dialog.Proof  `json:"interview"`
	Sentences int           `json:"sentences"` // held to the settings of the knowledge base
	Languages []string      `json:"languages"` // of the interview
	Screens   []checkScreen `json:"screens"`   // with a reading level, the hardest of each language first
	KB        string        `json:"kb"`        // what the knowledge base holds

	limits map[string]float64
}

// checkDefect is one thing that is wrong.
type checkDefect struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
	Text string `json:"text"`
}

// checkScreen is the reading level of one screen.
type checkScreen struct {
	Lang  string  `json:"lang"`
	ID    string  `json:"id"`
	File  string  `json:"file"`
	Line  int     `json:"line"`
	Scale string  `json:"scale"` // "grade" (less is easier) or "INFLESZ" (more is easier)
	Level float64 `json:"level"`
}

func (d checkDefect) String() string { return kb.Defect(d).String() }

// run checks everything; an error is about what cannot be read at all.
func (c *checkRun) run(f checkFiles, today dialog.Date) error {
	fsys, name, err := interviewFS(f.interview)
	if err != nil {
		return badInput(fmt.Errorf("check: --interview: %w", err))
	}
	interview, err := dialog.Parse(fsys, dialog.Options{})
	if err == nil {
		c.Languages = interview.Languages()
		c.Interview, err = interview.Prove(today)
	}
	if err := c.note(name, err); err != nil {
		return err
	}
	base, err := loadKB(f.kb)
	var defects kb.Defects
	switch {
	case errors.As(err, &defects):
	case err != nil:
		return err
	default:
		defects = base.Check()
		c.KB = strings.TrimPrefix(summaryKB(base), "ok: ")
		if interview != nil {
			c.wording(name, interview, base)
		}
	}
	for _, d := range defects {
		c.Defects = append(c.Defects, checkDefect(d))
	}
	c.OK = len(c.Defects) == 0
	return nil
}

// note keeps the defects of the interview under the names of its files.
func (c *checkRun) note(name string, err error) error {
	var defects dialog.Defects
	if err != nil && !errors.As(err, &defects) {
		return fmt.Errorf("check: %w", err)
	}
	for _, d := range defects {
		c.Defects = append(c.Defects, checkDefect{path.Join(name, d.File), d.Line, d.Text})
	}
	return nil
}

// wording holds all that the interview says to the knowledge base's settings.
func (c *checkRun) wording(name string, interview *dialog.Interview, base *kb.Base) {
	w := base.Wording()
	c.limits = map[string]float64{"en": base.Settings.MaxGrade, "es": base.Settings.MinInflesz}
	scales := map[string]string{"en": "grade", "es": "INFLESZ"}
	add := func(defects kb.Defects) {
		for _, d := range defects {
			if !slices.Contains(c.Defects, checkDefect(d)) { // a contact may be the same in every language
				c.Defects = append(c.Defects, checkDefect(d))
			}
		}
	}
	for _, lang := range interview.Languages() {
		for _, s := range interview.Screens(lang) {
			c.Sentences++
			what, file := fmt.Sprintf("the sentence %q", s.ID), path.Join(name, s.File)
			add(w.Facts(what, file, s.Line, s.Text, s.Example))
			if s.Short {
				continue
			}
			level, defects, measured := w.Level(what, file, s.Line, lang, s.Text)
			add(defects)
			if measured {
				c.Screens = append(c.Screens, checkScreen{lang, s.ID, file, s.Line, scales[lang], *oneDecimal(level)})
			}
		}
	}
	for _, s := range interview.OtherScreens() {
		c.Sentences++
		add(w.Facts(fmt.Sprintf("the sentence in the language %q", s.ID), path.Join(name, s.File), s.Line, s.Text, false))
	}
	slices.SortStableFunc(c.Screens, func(a, b checkScreen) int {
		if a.Lang != b.Lang {
			return strings.Compare(a.Lang, b.Lang)
		}
		harder := 0
		if a.Level > b.Level {
			harder = -1
		} else if a.Level < b.Level {
			harder = 1
		}
		if a.Scale == "INFLESZ" {
			return -harder
		}
		return harder
	})
}

// report writes what was found, and fails when anything is wrong.
func (c *checkRun) report(out, errs io.Writer, asJSON, screens bool) error {
	var err error
	switch {
	case asJSON:
		if !screens {
			c.Screens = []checkScreen{}
		}
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		err = enc.Encode(c)
	default:
		err = c.write(out, errs, screens)
	}
	if err != nil {
		return fmt.Errorf("check: write: %w", err)
	}
	if !c.OK {
		return badInput(fmt.Errorf("check: %s", counted(len(c.Defects), "defect", "defects")))
	}
	return nil
}

// write is report for people.
func (c *checkRun) write(out, errs io.Writer, screens bool) error {
	if screens {
		t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "LANGUAGE\tREADING LEVEL\tSCREEN\tPLACE")
		for _, s := range c.Screens {
			fmt.Fprintf(t, "%s\t%s %.1f\t%s\t%s:%d\n", s.Lang, s.Scale, s.Level, s.ID, s.File, s.Line)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	for _, d := range c.Defects {
		if _, err := fmt.Fprintln(errs, d); err != nil {
			return err
		}
	}
	if !c.OK {
		return nil
	}
	_, err := fmt.Fprintf(out, "ok\ninterview: %s, %s, %s, %s of the verdict, %s; %s tried\nwords: %s understood; %s%s\nknowledge base: %s\n",
		counted(c.Interview.Steps, "step", "steps"), counted(c.Interview.Languages, "language", "languages"),
		counted(c.Interview.Rules, "rule", "rules"), counted(c.Interview.Parts, "part", "parts"),
		counted(c.Interview.Conditions, "condition", "conditions"), counted(c.Interview.Cases, "case", "cases"),
		counted(c.Interview.Words, "word", "words"), counted(c.Sentences, "sentence", "sentences"), c.hardest(), c.KB)
	return err
}

// hardest names the hardest screen of each language.
func (c *checkRun) hardest() string {
	text, last := "", ""
	for _, s := range c.Screens {
		if s.Lang == last {
			continue
		}
		last = s.Lang
		text += fmt.Sprintf("; the hardest in %s is %q, %s %.1f", s.Lang, s.ID, s.Scale, s.Level)
		if limit := c.limits[s.Lang]; limit > 0 {
			text += fmt.Sprintf(" (limit %g)", limit)
		}
	}
	return text
}
