package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"imrbot/bot"
	"imrbot/bot/bolt"
	"imrbot/dialog"
)

func newIntakeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "intake",
		Short:   "List, show and export stored intakes, and set how far they are",
		Example: "  imrbot intake list\n  imrbot intake show A-2026-000001 --json\n  imrbot intake export --format csv --since 2026-06-01 --out june.csv",
	}
	cmd.AddCommand(newIntakeListCommand(), newIntakeShowCommand(), newIntakeExportCommand(), newIntakeSchemaCommand(),
		newIntakeStatusCommand())
	return cmd
}

// intakeRow is one line of intake list.
type intakeRow struct {
	Ref     string    `json:"ref"`
	Status  string    `json:"status"`
	Created time.Time `json:"created"`
	Outcome string    `json:"outcome"`
}

func newIntakeListCommand() *cobra.Command {
	var where storeFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the intakes by reference",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			rows := []intakeRow{}
			err := where.look(cmd, func(store *bolt.Store) error {
				return store.Intakes(cmd.Context(), func(in dialog.Intake) error {
					rows = append(rows, intakeRow{in.Ref, in.Status, in.Created, in.Verdict.Outcome})
					return nil
				})
			})
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), rows)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "REF\tSTATUS\tCREATED\tOUTCOME")
			for _, row := range rows {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", row.Ref, row.Status, row.Created.Format(time.RFC3339), row.Outcome)
			}
			return w.Flush()
		},
	}
	addStoreFlags(cmd, &where)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return alsoLive(cmd)
}

func newIntakeShowCommand() *cobra.Command {
	var where storeFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show REF",
		Short: "Show one intake",
		Args:  exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var in dialog.Intake
			err := where.change(cmd, func(store *bolt.Store) (err error) {
				if in, err = store.Intake(cmd.Context(), args[0]); err != nil {
					return err
				}
				return record(cmd.Context(), store, "show", in.Ref)
			})
			if errors.Is(err, bot.ErrNotFound) {
				return badInput(fmt.Errorf("there is no intake %s; see imrbot intake list", args[0]))
			}
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), in)
			}
			return printIntake(cmd.OutOrStdout(), in)
		},
	}
	addStoreFlags(cmd, &where)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return alsoLive(cmd)
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printIntake shows an intake to a person.
func printIntake(out io.Writer, in dialog.Intake) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\t%s\t%s\n", in.Ref, in.Status, in.Created.Format(time.RFC3339))
	fmt.Fprintf(w, "language\t%s\n", in.Language)
	for _, group := range []struct {
		name   string
		values map[string]*string
	}{{"FACTS", in.Facts}, {"FORM", in.Form}} {
		fmt.Fprintf(w, "\n%s\n", group.name)
		keys := make([]string, 0, len(group.values))
		for key := range group.values {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			value := "-"
			if v := group.values[key]; v != nil {
				value = strings.ReplaceAll(*v, "\n", " / ")
			}
			fmt.Fprintf(w, "%s\t%s\n", key, value)
		}
	}
	for _, file := range in.Files {
		fmt.Fprintf(w, "letter\t%s (%s, %d bytes)\n", file.Name, file.Type, file.Size)
	}
	fmt.Fprintf(w, "\nVERDICT\noutcome\t%s (rule %s)\n", in.Verdict.Outcome, in.Verdict.Rule)
	for _, r := range in.Verdict.Results {
		switch {
		case r.Type == dialog.TypeFlag:
			fmt.Fprintf(w, "%s\t%t\n", r.Key, r.Yes)
		case !r.Day.IsZero():
			fmt.Fprintf(w, "%s\t%s\n", r.Key, r.Day)
		}
	}
	return w.Flush()
}
