// Command imrbot helps members of California health plans when their plan says
// no: a conversation that finds the right road and date, answers from a
// reviewed knowledge base, and an intake for the people who help.
//
//	imrbot chat     talk with it in the terminal, no account needed
//	imrbot --help   everything else
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
	_ "time/tzdata" // the legal day must not hang on the machine's own files

	"github.com/spf13/cobra"

	"imrbot/dialog"
)

// Exit codes.
const (
	exitFailed   = 1 // something outside the command's input went wrong
	exitBadInput = 2 // a file, flag or argument is wrong; nothing was written
)

func main() {
	err := newRootCommand().ExecuteContext(context.WithValue(context.Background(), argsKey{}, os.Args[1:]))
	if err == nil || errors.Is(err, errCarriedOut) {
		return
	}
	fmt.Fprintln(os.Stderr, "imrbot:", err)
	var bad usageError
	if errors.As(err, &bad) {
		os.Exit(exitBadInput)
	}
	os.Exit(exitFailed)
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "imrbot",
		Short: "The assistant that helps when a California health plan says no",
		Example: "  imrbot chat\n" +
			"  imrbot ask how long does a review take\n" +
			"  imrbot assess --today 2026-06-01 facts.json",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return badInput(err) })
	root.AddCommand(
		newRunCommand(),
		newChatCommand(),
		newAskCommand(),
		newAssessCommand(),
		newRulesCommand(),
		newCheckCommand(),
		newDoctorCommand(),
		newIntakeCommand(),
		newAuditCommand(),
		newHandoffCommand(),
		newConfigCommand(),
		newKeyCommand(),
		newBackupCommand(),
		newRestoreCommand(),
		newKBCommand(newKBEvalCommand(), newConvertCommand()),
	)
	for _, sub := range root.Commands() {
		if sub.HasSubCommands() && sub.RunE == nil {
			sub.RunE = needSubcommand
		}
	}
	root.RunE = needSubcommand
	root.Args = cobra.ArbitraryArgs
	return root
}

// needSubcommand answers a command that only groups others.
func needSubcommand(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return badInput(fmt.Errorf("%s: there is no command %q; see %s --help", cmd.CommandPath(), args[0], cmd.CommandPath()))
	}
	return cmd.Help()
}

// legalZone is the zone whose calendar counts.
const legalZone = "America/Los_Angeles"

// legalDay returns the function that gives the legal day of a moment, or a
// fixed one when a day is given.
func legalDay(fixed string) (func(time.Time) dialog.Date, error) {
	if fixed != "" {
		day, err := dialog.ParseDate(fixed)
		if err != nil {
			return nil, badInput(fmt.Errorf("--today: %w", err))
		}
		return func(time.Time) dialog.Date { return day }, nil
	}
	zone, err := time.LoadLocation(legalZone)
	if err != nil {
		return nil, fmt.Errorf("time zone: %w", err)
	}
	return func(t time.Time) dialog.Date { return dialog.DateOf(t.In(zone)) }, nil
}
