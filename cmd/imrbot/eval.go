package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"imrbot/faq"
	"imrbot/kb"
)

// newKBEvalCommand returns "imrbot kb eval": how well a knowledge base is read.
func newKBEvalCommand() *cobra.Command {
	var dir string
	var asJSON, misses bool
	cmd := &cobra.Command{
		Use:   "eval [--kb DIR] [--json] [FILE]",
		Short: "Measure how well questions are read",
		Long: "Reads every question of FILE and reports how many were answered right, answered\n" +
			"wrong, offered, refused. FILE holds one JSON object a line:\n" +
			`  {"q":"…","lang":"en","ids":["…"],"kind":"in|near|far|crisis|human|calm"}` + "\n" +
			"A file that ends in .txt is read in the form of faq/testdata/dev.en.txt (the language is\n" +
			"the part before .txt). Without FILE: the development set that comes with the program.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return badInput(fmt.Errorf("kb eval: one file at most, not %d", len(args)))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			base, err := loadKB(dir)
			if err != nil {
				return err
			}
			qs, err := evalQuestions(args, base.Languages)
			if err != nil {
				return badInput(err)
			}
			if err := fitsBase(args, qs, base); err != nil {
				return badInput(err)
			}
			r, err := faq.Open(base, askCache(base.Fingerprint()))
			if err != nil {
				return badInput(fmt.Errorf("knowledge base: %w", err))
			}
			rep := faq.Evaluate(r, qs)
			if !misses {
				rep.Misses = nil
			}
			if asJSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				enc.SetEscapeHTML(false)
				return enc.Encode(rep)
			}
			return writeReport(cmd.OutOrStdout(), rep)
		},
	}
	cmd.Flags().StringVar(&dir, "kb", "", "folder of another knowledge base, in place of the built-in one")
	cmd.Flags().BoolVar(&asJSON, "json", false, "the report as one JSON object")
	cmd.Flags().BoolVar(&misses, "misses", false, "list every question that was not read as it should have been")
	return cmd
}

// fitsBase tells whether a knowledge base has the languages and entries that the
// questions name.
func fitsBase(args []string, qs []faq.Question, base *kb.Base) error {
	file := "the development set"
	if len(args) > 0 {
		file = args[0]
	}
	ids := base.IDs()
	for _, q := range qs {
		if !slices.Contains(base.Languages, q.Lang) {
			return fmt.Errorf("%s:%d: lang: %q is none of %s", file, q.Line, q.Lang, strings.Join(base.Languages, ", "))
		}
		for _, id := range q.IDs {
			if !slices.Contains(ids, id) {
				return fmt.Errorf("%s:%d: ids: the knowledge base has no entry %q", file, q.Line, id)
			}
		}
	}
	return nil
}

// evalQuestions reads the evaluation set of the arguments, or the embedded one.
func evalQuestions(args []string, langs []string) ([]faq.Question, error) {
	if len(args) == 0 {
		return faq.DevSet(langs)
	}
	f, err := os.Open(args[0])
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if base, ok := strings.CutSuffix(args[0], ".txt"); ok {
		lang := base[strings.LastIndexAny(base, "./\\")+1:]
		if !slices.Contains(langs, lang) {
			return nil, fmt.Errorf("%s: a script is named like questions.en.txt, by one of %s", args[0], strings.Join(langs, ", "))
		}
		return faq.ReadScript(args[0], f, lang)
	}
	return faq.ReadQuestions(args[0], f)
}

// writeReport prints a report for people.
func writeReport(out io.Writer, rep faq.Report) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	langs := slices.Sorted(maps.Keys(rep.Languages))
	fmt.Fprintf(w, "\tall\t%s\t\n", strings.Join(langs, "\t"))
	row := func(name string, f func(faq.Tally) string) {
		fmt.Fprintf(w, "%s\t%s\t", name, f(rep.All))
		for _, l := range langs {
			fmt.Fprintf(w, "%s\t", f(rep.Languages[l]))
		}
		fmt.Fprintln(w)
	}
	rate := func(name string, f func(faq.Tally) (float64, int)) {
		row(name, func(t faq.Tally) string {
			if x, n := f(t); n > 0 {
				return fmt.Sprintf("%.1f %%", 100*x)
			}
			return "–"
		})
	}
	row("questions", func(t faq.Tally) string { return fmt.Sprint(t.Questions) })
	rate("told right", func(t faq.Tally) (float64, int) { return t.Right, t.In })
	rate("told wrong", func(t faq.Tally) (float64, int) { return t.Wrong, t.In })
	rate("right one first", func(t faq.Tally) (float64, int) { return t.Top1, t.In })
	rate("told or among three", func(t faq.Tally) (float64, int) { return t.Three, t.In })
	rate("nothing offered", func(t faq.Tally) (float64, int) { return t.Lost, t.In })
	rate("near miss told", func(t faq.Tally) (float64, int) { return t.NearTold, t.Near })
	rate("far off told", func(t faq.Tally) (float64, int) { return t.FarTold, t.Far })
	rate("far off, nothing offered", func(t faq.Tally) (float64, int) { return t.FarNone, t.Far })
	rate("crisis seen", func(t faq.Tally) (float64, int) { return t.CrisisSeen, t.Crisis })
	row("false alarms", func(t faq.Tally) string { return fmt.Sprintf("%d of %d", t.FalseAlarm, t.Others) })
	rate("person wanted, seen", func(t faq.Tally) (float64, int) { return t.HumanSeen, t.Human })
	row("person, not wanted", func(t faq.Tally) string { return fmt.Sprint(t.HumanFalse) })
	rate("language right", func(t faq.Tally) (float64, int) { return t.Language, t.Questions })
	fmt.Fprintf(w, "\nwhat each part adds\ttold right\ttold wrong\tamong three\tnear told\t\n")
	for _, s := range rep.Ablation {
		fmt.Fprintf(w, "%s\t%.1f %%\t%.1f %%\t%.1f %%\t%.1f %%\t\n", s.Name, 100*s.Right, 100*s.Wrong, 100*s.Three, 100*s.NearTold)
	}
	fmt.Fprintf(w, "\nscore\tquestions\tmean score\tright\t\n")
	for _, b := range rep.Bins {
		fmt.Fprintf(w, "%.1f–%.1f\t%d\t%.2f\t%.2f\t\n", b.Low, b.High, b.N, b.Score, b.Right)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\ncalibration error %.3f; a reading takes %.2f ms (median), %.2f ms (99 of 100)\n", rep.ECE, rep.P50, rep.P99)
	if len(rep.Confusion) > 0 {
		fmt.Fprintln(out, "\nmost often taken for one another")
		for _, c := range rep.Confusion[:min(len(rep.Confusion), 12)] {
			fmt.Fprintf(out, "  %d × %s → %s\n", c.N, c.Want, c.Got)
		}
	}
	for _, m := range rep.Misses {
		ids := ""
		for _, h := range m.Hits {
			ids += fmt.Sprintf(" %s %.2f", h.ID, h.Score)
		}
		fmt.Fprintf(out, "  %s %s → %s%s | %s\n", m.Kind, strings.Join(m.IDs, " "), m.Got, ids, m.Q)
	}
	return nil
}
