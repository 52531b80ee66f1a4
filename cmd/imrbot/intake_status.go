package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"imrbot/bot"
	"imrbot/bot/bolt"
	"imrbot/dialog"
)

// actorOperator is who set a status by the command line.
const actorOperator = "operator"

func newIntakeStatusCommand() *cobra.Command {
	var where storeFlags
	cmd := &cobra.Command{
		Use:   "status REF review|papers|filed|closed|with-team",
		Short: "Set the status of an intake, and tell the enrollee",
		Long: `Set the status of an intake. The enrollee is told in the chat, in the words of the
interview; while the bot does not run, the message waits in the store.

  review     somebody is reading it
  papers     papers are asked for
  filed      it was filed where it belongs: no more reminders of the day to file
  closed     the staff are done with it
  with-team  back to where it was after the enrollee handed it in

A draft can only be filed or closed. With --config the store, the name of whoever
runs the assistant and the hours of reminders are those of the configuration.`,
		Example: "  imrbot intake status A-2026-000001 filed\n  imrbot intake status A-2026-000001 papers --config config.toml",
		Args:    exactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return where.change(cmd, func(store *bolt.Store) error {
				handler, err := statusHandler(cmd, &where, store)
				if err != nil {
					return err
				}
				return setStatus(cmd.Context(), handler, store, args[0], args[1], cmd.OutOrStdout())
			})
		},
	}
	addStoreFlags(cmd, &where)
	return alsoLive(cmd)
}

// statusHandler returns the bot that sets a status: the running one, or one that
// is made for it as the configuration says.
func statusHandler(cmd *cobra.Command, where *storeFlags, store *bolt.Store) (*bot.Bot, error) {
	if live, ok := liveIn(cmd); ok {
		return live.bot, nil
	}
	var env []string // with --data alone nothing else is configured
	if where.config != "" {
		env = os.Environ()
	}
	cfg, err := loadConfig(where.config, env, io.Discard) // its warnings were shown
	if err != nil {
		return nil, err
	}
	interview, err := loadInterview(cfg)
	if err != nil {
		return nil, err
	}
	day, err := legalDay("")
	if err != nil {
		return nil, err
	}
	turns := turnConfig(cfg)
	turns.Store, turns.Interview, turns.Today = store, interview, day
	turns.Reader = reader{} // a status has no text to read
	return bot.New(turns), nil
}

// setStatus sets the status of an intake in a turn of its chat.
func setStatus(ctx context.Context, handler *bot.Bot, store *bolt.Store, ref, status string, out io.Writer) error {
	if list := staffStatuses(handler.Interview); !contains(list, status) {
		return badInput(fmt.Errorf("status %q: it is one of %s", status, strings.Join(list, ", ")))
	}
	in, err := store.Intake(ctx, ref)
	switch {
	case errors.Is(err, bot.ErrNotFound), errors.Is(err, bolt.ErrRef):
		return badInput(fmt.Errorf("there is no intake %s; see imrbot intake list", ref))
	case err != nil:
		return err
	case in.Status == status:
		_, err := fmt.Fprintf(out, "%s: %s already; nothing was changed\n", ref, status)
		return err
	case in.Status == "draft" && status != dialog.StatusFiled && status != dialog.StatusClosed:
		return badInput(fmt.Errorf("%s is a draft: it can be %s or %s, and was not changed", ref, dialog.StatusFiled, dialog.StatusClosed))
	}
	rows, err := tellStatus(ctx, handler, store, ref, status)
	if err != nil {
		return err
	}
	if now, err := store.Intake(ctx, ref); err != nil || now.Status != status {
		return errors.Join(fmt.Errorf("%s was not changed: its conversation does not take the status %s", ref, status), err)
	}
	told := "nobody is told: its enrollee had their data erased, or there is nothing to say"
	if slices.ContainsFunc(rows, func(row bot.Outgoing) bool { return row.Say.Text != "" }) {
		told = "the enrollee is told when the bot runs"
	}
	_, err = fmt.Fprintf(out, "%s: %s (it was %s); %s\n", ref, status, in.Status, told)
	return err
}

// tellStatus carries the status through a turn of the intake's chat, and returns
// the turn's rows.
func tellStatus(ctx context.Context, handler *bot.Bot, store *bolt.Store, ref, status string) ([]bot.Outgoing, error) {
	chat, err := store.ChatOf(ctx, ref)
	if err != nil {
		return nil, err
	}
	return handler.Handle(ctx, bot.Inbound{
		Chat: chat, Key: bot.InKey("operator:" + rand.Text()), At: time.Now(), Kind: bot.InStatus,
		Ref: ref, Status: status, Actor: actorOperator,
	})
}

// staffStatuses are the statuses that the staff give an intake.
func staffStatuses(interview *dialog.Interview) []string {
	list := []string{dialog.StatusReview, dialog.StatusPapers, dialog.StatusFiled, dialog.StatusClosed}
	for _, status := range interview.Statuses() {
		if status != "draft" && !contains(list, status) {
			list = append(list, status)
		}
	}
	return list
}
