package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"imrbot/dialog"
	"imrbot/dialog/imr"
)

// Bounds of what assess reads, in bytes.
const (
	maxCaseFile = 1 << 20  // one object of facts; the facts themselves are bounded lower
	maxBatch    = 64 << 20 // a whole batch
	maxCaseLine = 1 << 20  // one line of a batch
)

// homeZone is where the Department is, and so where "today" is.
const homeZone = "America/Los_Angeles"

// newAssessCommand returns `imrbot assess`: the verdict on facts in a file.
func newAssessCommand() *cobra.Command { return assessCommand(time.Now) }

// assessCommand is newAssessCommand with its clock, which is asked only when
// nothing else says what day it is.
func assessCommand(now func() time.Time) *cobra.Command {
	a := assessor{now: now}
	var asJSON bool
	var today, batch string
	cmd := &cobra.Command{
		Use:   "assess [--json] [--today YYYY-MM-DD] FILE | --batch FILE",
		Short: "Assess the facts of a case by the decision table",
		Long: `Assess the facts of a case by the decision table.

FILE holds one JSON object of facts; - reads standard input. With --batch each
line of FILE is an object {"today": "YYYY-MM-DD", "facts": {…}}, today optional,
and each line of the output is the verdict on it, in the same order.

Without a day of its own a case is assessed on the day of --today, and without
that on today's date in ` + homeZone + `. At the first thing that is wrong the
command stops with status 2, naming file, line, key and value.`,
		Example: `  imrbot assess facts.json
  imrbot assess --json --today 2026-06-01 - < facts.json
  imrbot assess --json --batch cases.jsonl`,
		SilenceUsage: true,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case batch == "" && len(args) != 1:
				return badInput(errors.New("assess: give one FILE, or - for standard input, or --batch FILE"))
			case batch != "" && len(args) != 0:
				return badInput(fmt.Errorf("assess: %q: --batch takes the place of FILE", args[0]))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			a.in, a.out = cmd.InOrStdin(), cmd.OutOrStdout()
			if err := a.prepare(today, asJSON); err != nil {
				return err
			}
			if batch != "" {
				return a.batch(batch)
			}
			return a.single(args[0])
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the verdict as one line of JSON (a batch always does)")
	cmd.Flags().StringVar(&today, "today", "", "the day to assess on, YYYY-MM-DD")
	cmd.Flags().StringVar(&batch, "batch", "", "read many cases from a file, one JSON object a line (- for standard input)")
	return cmd
}

// assessor is one run of the command.
type assessor struct {
	now    func() time.Time
	in     io.Reader
	out    io.Writer
	rules  *dialog.Rules
	today  dialog.Date // none until it is needed, unless --today gave it
	asJSON bool
}

func (a *assessor) prepare(today string, asJSON bool) error {
	var err error
	if a.rules, err = imr.Rules(); err != nil {
		return fmt.Errorf("assess: %w", err)
	}
	a.asJSON = asJSON
	if today != "" {
		if a.today, err = dialog.ParseDate(today); err != nil {
			return badInput(fmt.Errorf("assess: --today: %w", err))
		}
	}
	return nil
}

// day returns the day of a case that names none.
func (a *assessor) day() (dialog.Date, error) {
	if a.today.IsZero() {
		zone, err := time.LoadLocation(homeZone)
		if err != nil {
			return dialog.Date{}, fmt.Errorf("assess: today: %w", err)
		}
		a.today = dialog.DateOf(a.now().In(zone))
	}
	return a.today, nil
}

// open returns the file, or standard input for "-", and its name for messages.
func (a *assessor) open(path string) (io.ReadCloser, string, error) {
	if path == "-" {
		return io.NopCloser(a.in), "stdin", nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, path, badInput(fmt.Errorf("assess: %w", err))
	}
	return f, path, nil
}

// atLine puts the place in front of what is wrong with a file.
func atLine(name string, line int, err error) error {
	return badInput(fmt.Errorf("%s:%d: %w", name, line, err))
}

// single assesses the one object of a file.
func (a *assessor) single(path string) error {
	in, name, err := a.open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	raw, err := io.ReadAll(io.LimitReader(in, maxCaseFile+1))
	if err != nil {
		return atLine(name, 1, err)
	}
	if len(raw) > maxCaseFile {
		return atLine(name, 1, fmt.Errorf("more than %d bytes", maxCaseFile))
	}
	facts, err := a.rules.ReadFacts(raw)
	if err != nil {
		return a.blame(name, raw, err)
	}
	today, err := a.day()
	if err != nil {
		return err
	}
	verdict, err := a.rules.Assess(facts, today)
	if err != nil {
		return a.blame(name, raw, err)
	}
	if a.asJSON {
		return a.line(a.out, verdict)
	}
	return writeVerdict(a.out, a.rules, verdict, today)
}

// blame finds the line of a fault in one object that may span many lines.
func (a *assessor) blame(name string, raw []byte, err error) error {
	var fact *dialog.FactError
	if !errors.As(err, &fact) {
		return fmt.Errorf("%s: %w", name, err)
	}
	line := fact.Line
	if line == 0 {
		line = dialog.FactLine(raw, fact.Key)
	}
	return atLine(name, line, err)
}

// batch assesses a file line by line, up to the first fault.
func (a *assessor) batch(path string) (err error) {
	in, name, err := a.open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	out := bufio.NewWriterSize(a.out, 1<<16)
	defer func() {
		// What stands before a fault has been assessed well and is shown.
		if flushed := out.Flush(); err == nil && flushed != nil {
			err = fmt.Errorf("assess: write: %w", flushed)
		}
	}()
	limited := &io.LimitedReader{R: in, N: maxBatch + 1}
	lines := bufio.NewScanner(limited)
	lines.Buffer(make([]byte, 1<<16), maxCaseLine)
	n := 0
	for lines.Scan() {
		n++
		if limited.N == 0 {
			return atLine(name, n, fmt.Errorf("the batch is longer than %d bytes", maxBatch))
		}
		if line := bytes.TrimSpace(lines.Bytes()); len(line) > 0 {
			if err := a.one(out, name, n, line); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return atLine(name, n+1, fmt.Errorf("the line is longer than %d bytes", maxCaseLine))
	} else if err != nil {
		return atLine(name, n+1, err)
	}
	return nil
}

// one assesses one line of a batch.
func (a *assessor) one(out io.Writer, name string, n int, line []byte) error {
	c, err := a.rules.ReadCase(line)
	if err != nil {
		return atLine(name, n, err)
	}
	if c.Today.IsZero() {
		if c.Today, err = a.day(); err != nil {
			return err
		}
	}
	verdict, err := a.rules.Assess(c.Facts, c.Today)
	if err != nil {
		var fact *dialog.FactError
		if errors.As(err, &fact) {
			return atLine(name, n, err)
		}
		return fmt.Errorf("%s:%d: %w", name, n, err)
	}
	return a.line(out, verdict)
}

// line writes a verdict as one line of JSON, with & < > as they are.
func (a *assessor) line(out io.Writer, verdict dialog.Verdict) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(verdict); err != nil {
		return fmt.Errorf("assess: write: %w", err)
	}
	return nil
}
