package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"imrbot/kb"
)

// loadKB reads the knowledge base in a folder, the embedded one when dir is
// empty. Files that cannot be read as their form are bad input, each with its line.
func loadKB(dir string) (*kb.Base, error) {
	fsys, name := kb.Embedded(), "kb"
	if dir != "" {
		fsys, name = os.DirFS(dir), dir
	}
	base, err := kb.Load(fsys, name)
	if err != nil {
		return nil, badInput(fmt.Errorf("the knowledge base %s cannot be read:\n%w", name, err))
	}
	return base, nil
}

// newKBCommand returns "imrbot kb" with its subcommands and those given.
func newKBCommand(extra ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "kb",
		Short: "The knowledge base: what the assistant answers, and whether it is in order",
		Long: "The knowledge base is a folder of files that need no programmer: one for each\n" +
			"question and language (entries/<id>.<language>.md), lists of phrasings\n" +
			"(near, crisis, human and smalltalk, like crisis.en.txt), concepts.txt, sets of words\n" +
			"that mean the same, and kb.toml, the settings of the checks. --kb names a folder to use in place of the built-in base.",
	}
	cmd.AddCommand(newKBListCommand(), newKBCheckCommand(), newKBExportCommand())
	cmd.AddCommand(extra...)
	return cmd
}

// kbFlag adds the flag that names another knowledge base.
func kbFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "kb", "", "folder of another knowledge base, in place of the built-in one")
}

func newKBListCommand() *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [--json] [--kb DIR]",
		Short: "List the entries: id, language, phrasings, reading level, title",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			base, err := loadKB(dir)
			if err != nil {
				return err
			}
			write := writeKBList
			if asJSON {
				write = writeKBListJSON
			}
			if err := write(cmd.OutOrStdout(), listKB(base)); err != nil {
				return fmt.Errorf("kb list: write: %w", err)
			}
			return nil
		},
	}
	kbFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the list as JSON")
	return cmd
}

// kbListed is one question in the list.
type kbListed struct {
	ID        string       `json:"id"`
	Languages []kbLanguage `json:"languages"`
}

// kbLanguage is a question in one language. Grade is the Flesch-Kincaid grade of
// an English answer, Inflesz the value of a Spanish one; other languages have none.
type kbLanguage struct {
	Lang      string   `json:"lang"`
	Title     string   `json:"title"`
	Phrasings int      `json:"phrasings"`
	Grade     *float64 `json:"grade,omitempty"`
	Inflesz   *float64 `json:"inflesz,omitempty"`
}

// listKB makes the list of a base, sorted by id, the languages in their own order.
func listKB(base *kb.Base) []kbListed {
	list := []kbListed{}
	for _, id := range base.IDs() {
		q := kbListed{ID: id}
		for _, lang := range base.Languages {
			e, ok := base.Entry(id, lang)
			if !ok {
				continue
			}
			l := kbLanguage{Lang: lang, Title: e.Title, Phrasings: len(e.Phrasings)}
			switch lang {
			case "en":
				l.Grade = oneDecimal(kb.Grade(e.Text(), base.Settings.Exempt))
			case "es":
				l.Inflesz = oneDecimal(kb.Inflesz(e.Text(), base.Settings.Exempt))
			}
			q.Languages = append(q.Languages, l)
		}
		list = append(list, q)
	}
	return list
}

// oneDecimal rounds: the formulas promise no more.
func oneDecimal(v float64) *float64 {
	v = math.Round(v*10) / 10
	return &v
}

func writeKBListJSON(w io.Writer, list []kbListed) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(list)
}

func writeKBList(w io.Writer, list []kbListed) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tLANGUAGE\tPHRASINGS\tREADING LEVEL\tTITLE")
	for _, q := range list {
		for _, l := range q.Languages {
			level := ""
			switch {
			case l.Grade != nil:
				level = fmt.Sprintf("grade %.1f", *l.Grade)
			case l.Inflesz != nil:
				level = fmt.Sprintf("INFLESZ %.1f", *l.Inflesz)
			}
			fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\n", q.ID, l.Lang, l.Phrasings, level, l.Title)
		}
	}
	return t.Flush()
}

func newKBCheckCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "check [--kb DIR]",
		Short: "Name everything that is wrong with the knowledge base, with file, line and remedy",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			base, err := loadKB(dir)
			var defects kb.Defects
			switch {
			case errors.As(err, &defects):
			case err != nil:
				return err
			default:
				defects = base.Check()
			}
			if len(defects) > 0 {
				fmt.Fprintln(cmd.ErrOrStderr(), defects)
				return badInput(fmt.Errorf("kb check: %s", counted(len(defects), "defect", "defects")))
			}
			fmt.Fprintln(cmd.OutOrStdout(), summaryKB(base))
			return nil
		},
	}
	kbFlag(cmd, &dir)
	return cmd
}

// summaryKB says how much a base without defects holds.
func summaryKB(base *kb.Base) string {
	phrasings := 0
	for _, entries := range base.Entries {
		for _, e := range entries {
			phrasings += len(e.Phrasings)
		}
	}
	return "ok: " + strings.Join([]string{
		counted(len(base.IDs()), "entry", "entries"),
		counted(len(base.Languages), "language", "languages"),
		counted(phrasings, "phrasing", "phrasings"),
	}, ", ")
}

// counted is a number with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func newKBExportCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "export [--kb DIR] TARGET",
		Short: "Write the knowledge base into a new folder, to edit it there",
		Args:  exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			base, err := loadKB(dir)
			if err != nil {
				return err
			}
			if err := kb.Export(base, args[0]); err != nil {
				err = fmt.Errorf("kb %w", err)
				if errors.Is(err, kb.ErrTarget) {
					return badInput(err)
				}
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s written to %s\n", counted(len(base.IDs()), "entry", "entries"), args[0])
			return nil
		},
	}
	kbFlag(cmd, &dir)
	return cmd
}
