package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"imrbot/bot"
	"imrbot/bot/bolt"
)

// maxAudited is how many intakes of one export are recorded one by one.
const maxAudited = 1000

// record notes that somebody at the command line did something to an intake.
func record(ctx context.Context, store *bolt.Store, action, ref string) error {
	return store.Audit(ctx, bot.AuditEntry{At: time.Now(), Actor: actorOperator, Action: action, Ref: ref})
}

// recordAll notes the same of many intakes: of very many only how many.
func recordAll(ctx context.Context, store *bolt.Store, action string, refs []string) error {
	if len(refs) > maxAudited {
		return record(ctx, store, fmt.Sprintf("%s of %d intakes", action, len(refs)), "")
	}
	for _, ref := range refs {
		if err := record(ctx, store, action, ref); err != nil {
			return err
		}
	}
	return nil
}

// recording is a channel of which is noted what of an intake, or of all that is
// stored of somebody, left the bot.
type recording struct {
	bot.Channel
	store *bolt.Store
}

// Send sends, and notes it. What was sent and could not be noted is sent again:
// it is better to have it twice than to have no record of it.
func (r recording) Send(ctx context.Context, row bot.Outgoing) (bot.Outcome, error) {
	outcome, err := r.Channel.Send(ctx, row)
	if err != nil || outcome.Dead {
		return outcome, err
	}
	switch {
	case row.Handoff != nil:
		err = r.store.Audit(ctx, bot.AuditEntry{At: time.Now(), Actor: "bot", Action: "hand off", Ref: row.Handoff.Ref})
	case row.Document != nil:
		err = r.store.Audit(ctx, bot.AuditEntry{At: time.Now(), Actor: "bot", Action: "send " + string(row.Document.Kind) + " to its enrollee", Ref: row.Document.Ref})
	}
	if err != nil {
		return bot.Outcome{}, &bot.SendError{Fate: bot.FateUnknown, Reason: "what was sent cannot be recorded", Err: err}
	}
	return outcome, nil
}

func newAuditCommand() *cobra.Command {
	var where storeFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "List who saw, sent, exported or erased what",
		Long: "List the record of who saw, sent, exported, changed or erased what. It is only ever added to, and holds nothing\n" +
			"personal of an enrollee.",
		Example: "  imrbot audit --json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list := []bot.AuditEntry{}
			err := where.look(cmd, func(store *bolt.Store) error {
				return store.Audits(cmd.Context(), func(e bot.AuditEntry) error {
					list = append(list, e)
					return nil
				})
			})
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), list)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "WHEN\tWHO\tWHAT\tINTAKE")
			for _, e := range list {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", e.At.Format(time.RFC3339), e.Actor, e.Action, e.Ref)
			}
			return w.Flush()
		},
	}
	addStoreFlags(cmd, &where)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return alsoLive(cmd)
}
