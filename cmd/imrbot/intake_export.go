package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"imrbot/bot"
	"imrbot/bot/bolt"
	"imrbot/bot/export"
	"imrbot/dialog"
	"imrbot/dialog/imr"
)

func newIntakeSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of an intake",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(export.Schema())
			return err
		},
	}
}

func newIntakeExportCommand() *cobra.Command { return intakeExportCommand(time.Now) }

func intakeExportCommand(now func() time.Time) *cobra.Command {
	x := &exportRun{}
	cmd := &cobra.Command{
		Use:   "export --format json|csv|pdf [--status S] [--since DATE] [--until DATE] [--outcome O] [REF...] [--out FILE|DIR]",
		Short: "Write intakes as JSON, CSV or PDF",
		Long: `Write the named intakes, or all of them, as JSON (an array of what "intake show
--json" prints; see "intake schema"), as CSV (one row an intake, UTF-8), or as PDF
(a paper to sign, with the photographed letters). The flags narrow the choice: an
intake is written when all of them fit. Days are those of California.

JSON and CSV go to standard output or to the file named with --out. So does the
PDF of one REF; those of any other choice go to the folder named with --out, each
as REF.pdf. What is
written holds medical information: files can be read by their owner alone.

A spreadsheet shows the accents of a CSV when it is imported as UTF-8 rather than
opened. A cell that would be taken for a formula begins with an apostrophe.`,
		Example: `  imrbot intake export --format csv --since 2026-06-01 --out june.csv
  imrbot intake export --format pdf A-2026-000001 --out case.pdf
  imrbot intake export --format pdf --status with-team --out papers`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			x.refs, x.out = args, inDir(cmd, x.out)
			if err := x.prepare(now()); err != nil {
				return err
			}
			return x.where.change(cmd, func(store *bolt.Store) error {
				return x.run(cmd.Context(), store, cmd.OutOrStdout())
			})
		},
	}
	f := cmd.Flags()
	addStoreFlags(cmd, &x.where)
	f.StringVar(&x.format, "format", "", "json, csv or pdf")
	f.StringVar(&x.status, "status", "", "only intakes of this status, for example with-team")
	f.StringVar(&x.outcome, "outcome", "", "only intakes of this outcome, for example imr")
	f.StringVar(&x.sinceText, "since", "", "only intakes first saved on this day or later, YYYY-MM-DD")
	f.StringVar(&x.untilText, "until", "", "only intakes first saved on this day or earlier, YYYY-MM-DD")
	f.StringVar(&x.out, "out", "", "file to write; of several PDFs the folder")
	f.StringVar(&x.operator, "operator", "", "name of whoever runs the assistant, for the PDF")
	f.BoolVar(&x.isDepartment, "is-department", false, "the Department itself runs the assistant, for the PDF")
	f.StringVar(&x.todayText, "today", "", "pretend that today is this day, for the PDF (YYYY-MM-DD)")
	return alsoLive(cmd)
}

// exportRun is one run of intake export.
type exportRun struct {
	where                                  storeFlags
	format, status, outcome, out, operator string
	sinceText, untilText, todayText        string
	isDepartment                           bool
	refs                                   []string

	since, until, today dialog.Date
	zone                *time.Location
	interview           *dialog.Interview
}

// prepare checks what was asked for, before the store is opened.
func (x *exportRun) prepare(now time.Time) (err error) {
	if !contains([]string{"json", "csv", "pdf"}, x.format) {
		return badInput(fmt.Errorf("--format %q: it is json, csv or pdf", x.format))
	}
	day, err := legalDay(x.todayText)
	if err != nil {
		return err
	}
	x.today = day(now)
	if x.zone, err = time.LoadLocation(legalZone); err != nil {
		return fmt.Errorf("time zone: %w", err)
	}
	if x.since, err = flagDate("--since", x.sinceText); err != nil {
		return err
	}
	if x.until, err = flagDate("--until", x.untilText); err != nil {
		return err
	}
	if !x.until.IsZero() && x.until.Before(x.since) {
		return badInput(fmt.Errorf("--until %s lies before --since %s", x.until, x.since))
	}
	x.interview, err = dialog.Parse(imr.FS, dialog.Options{Operator: x.operator, IsDepartment: x.isDepartment})
	if err != nil {
		return err
	}
	outcomes := []string{}
	for _, o := range x.interview.Rules().Outcomes() {
		outcomes = append(outcomes, o.ID)
	}
	if x.outcome != "" && !contains(outcomes, x.outcome) {
		return badInput(fmt.Errorf("--outcome %q: it is one of %s", x.outcome, strings.Join(outcomes, ", ")))
	}
	return nil
}

// flagDate reads the day of a flag; an absent one is none.
func flagDate(flag, text string) (dialog.Date, error) {
	if text == "" {
		return dialog.Date{}, nil
	}
	day, err := dialog.ParseDate(text)
	if err != nil {
		return day, badInput(fmt.Errorf("%s: %w", flag, err))
	}
	return day, nil
}

// run chooses the intakes first, so that nothing is written when something that
// was asked for is wrong, and writes them then. Of damaged intakes it writes the
// others, and fails.
func (x *exportRun) run(ctx context.Context, store *bolt.Store, stdout io.Writer) error {
	refs, damage, err := x.choose(ctx, store)
	if err != nil {
		return err
	}
	if err := recordAll(ctx, store, "export "+x.format, refs); err != nil {
		return err
	}
	if x.format == "pdf" {
		err = x.papers(ctx, store, refs, stdout)
	} else {
		err = x.toFile(x.out, stdout, func(w io.Writer) error {
			if x.format == "csv" {
				return export.CSV(w, x.interview, intakesOf(ctx, store, refs))
			}
			return export.JSON(w, intakesOf(ctx, store, refs))
		})
	}
	return errors.Join(err, damage)
}

// choose returns the references of the intakes to write, and what of the store
// could not be read.
func (x *exportRun) choose(ctx context.Context, store *bolt.Store) (refs []string, damage, err error) {
	statuses := x.interview.Statuses()
	take := func(in dialog.Intake) error {
		if !contains(statuses, in.Status) {
			statuses = append(statuses, in.Status)
		}
		if x.fits(in) {
			refs = append(refs, in.Ref)
		}
		return nil
	}
	if len(x.refs) == 0 {
		if err := store.Intakes(ctx, take); errors.Is(err, bolt.ErrDamaged) {
			damage = err
		} else if err != nil {
			return nil, nil, err
		}
	}
	for i, ref := range x.refs {
		if contains(x.refs[:i], ref) {
			return nil, nil, badInput(fmt.Errorf("intake %s is named twice", ref))
		}
		in, err := store.Intake(ctx, ref)
		switch {
		case errors.Is(err, bot.ErrNotFound):
			return nil, nil, badInput(fmt.Errorf("there is no intake %s; see imrbot intake list", ref))
		case errors.Is(err, bolt.ErrRef):
			return nil, nil, badInput(err)
		case err != nil:
			return nil, nil, err
		}
		if err := take(in); err != nil {
			return nil, nil, err
		}
	}
	if x.status != "" && !contains(statuses, x.status) {
		return nil, nil, badInput(fmt.Errorf("--status %q: no intake has it; there are %s", x.status, strings.Join(statuses, ", ")))
	}
	return refs, damage, nil
}

// fits tells whether an intake passes all flags.
func (x *exportRun) fits(in dialog.Intake) bool {
	day := dialog.DateOf(in.Created.In(x.zone))
	return (x.status == "" || in.Status == x.status) &&
		(x.outcome == "" || in.Verdict.Outcome == x.outcome) &&
		!day.Before(x.since) && (x.until.IsZero() || !day.After(x.until))
}

// intakesOf reads intakes one after the other.
func intakesOf(ctx context.Context, store *bolt.Store, refs []string) iter.Seq2[dialog.Intake, error] {
	return func(yield func(dialog.Intake, error) bool) {
		for _, ref := range refs {
			if in, err := store.Intake(ctx, ref); !yield(in, err) {
				return
			}
		}
	}
}

// papers writes the PDF of one named intake to a file or to standard output,
// and those of any other choice into a folder, however many they are.
func (x *exportRun) papers(ctx context.Context, store *bolt.Store, refs []string, stdout io.Writer) error {
	info, err := os.Stat(x.out)
	isFile, isFolder := err == nil && !info.IsDir(), err == nil && info.IsDir()
	switch one := len(x.refs) == 1; {
	case len(refs) == 0:
		return badInput(errors.New("no intake fits; see imrbot intake list"))
	case one && x.out == "" && isTerminal(stdout):
		return badInput(errors.New("a PDF is nothing for a terminal; name a file with --out"))
	case one && !isFolder:
		return x.paper(ctx, store, refs[0], x.out, stdout)
	case x.out == "":
		return badInput(errors.New("several PDFs need a folder: name it with --out, or name one REF"))
	case isFile, !isFolder && strings.HasSuffix(x.out, ".pdf"):
		return badInput(fmt.Errorf("--out %s: several PDFs need a folder; for one file name one REF", x.out))
	}
	if err := os.MkdirAll(x.out, 0o700); err != nil {
		return badInput(fmt.Errorf("--out: %w", err))
	}
	var failed []error
	for _, ref := range refs {
		if err := x.paper(ctx, store, ref, filepath.Join(x.out, ref+".pdf"), stdout); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// paper writes one PDF. A letter that cannot be read is named on the paper, and
// here, so that whoever runs the store hears of it.
func (x *exportRun) paper(ctx context.Context, store *bolt.Store, ref, path string, stdout io.Writer) error {
	in, err := store.Intake(ctx, ref)
	if err != nil {
		return err
	}
	var lost []error
	letters := func(file dialog.File) ([]byte, error) {
		data, err := store.Letter(ctx, ref, file.ID)
		if err != nil {
			lost = append(lost, fmt.Errorf("the paper was written without it: %w", err))
		}
		return data, err
	}
	err = x.toFile(path, stdout, func(w io.Writer) error {
		return export.PDF(w, in, export.PDFOptions{Interview: x.interview, Today: x.today, Zone: x.zone, Letters: letters})
	})
	return errors.Join(append([]error{err}, lost...)...)
}

// toFile writes to a file that only its owner can read, and that is there whole
// or not at all; without a path it writes to standard output.
func (x *exportRun) toFile(path string, stdout io.Writer, write func(io.Writer) error) (err error) {
	if path == "" {
		return write(stdout)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return badInput(fmt.Errorf("--out %s: it is not a regular file", path))
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".export-*") // mode 0600
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return badInput(fmt.Errorf("--out: %w", err))
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return os.Rename(f.Name(), path)
}
