package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"imrbot/bot"
	"imrbot/bot/bolt"
	"imrbot/bot/export"
	"imrbot/bot/handoff"
)

func newHandoffCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "handoff",
		Short: "Look after the messages to your own system ([handoff] webhook_url)",
		Example: "  imrbot handoff test --config config.toml\n  imrbot handoff list --config config.toml\n" +
			"  imrbot handoff replay 3 --config config.toml\n  imrbot handoff schema",
	}
	cmd.AddCommand(newHandoffListCommand(), newHandoffReplayCommand(), newHandoffTestCommand(), newHandoffSchemaCommand())
	return cmd
}

func newHandoffSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a message to your own system",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(export.HandoffSchema())
			return err
		},
	}
}

// lostNews is one line of handoff list.
type lostNews struct {
	Number uint64           `json:"number"`
	Ref    string           `json:"ref"`
	Event  bot.HandoffEvent `json:"event"`
	Reason string           `json:"reason"`
	At     time.Time        `json:"at"`
	Key    string           `json:"key"`
}

// lost lists what was given up, in the order in which it was.
func lost(ctx context.Context, store *bolt.Store) ([]lostNews, error) {
	list := []lostNews{}
	err := store.DeadRows(ctx, func(d bolt.DeadRow) error {
		if h := d.Row.Handoff; h != nil {
			list = append(list, lostNews{d.Number, h.Ref, h.Event, d.Reason, h.At.UTC(), h.Key})
		}
		return nil
	})
	return list, err
}

func newHandoffListCommand() *cobra.Command {
	var where storeFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the messages to your own system that were given up",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list []lostNews
			err := where.look(cmd, func(store *bolt.Store) (err error) {
				list, err = lost(cmd.Context(), store)
				return err
			})
			if list == nil {
				return err
			}
			// What can be read is shown also when another row is damaged.
			if asJSON {
				return errors.Join(writeJSON(cmd.OutOrStdout(), list), err)
			}
			return errors.Join(printLost(cmd.OutOrStdout(), list), err)
		},
	}
	addStoreFlags(cmd, &where)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return alsoLive(cmd)
}

func printLost(out io.Writer, list []lostNews) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(out, "nothing was given up")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NUMBER\tREF\tEVENT\tHAPPENED\tGIVEN UP BECAUSE")
	for _, n := range list {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", n.Number, n.Ref, n.Event, n.At.Format(time.RFC3339), n.Reason)
	}
	return w.Flush()
}

func newHandoffReplayCommand() *cobra.Command {
	var where storeFlags
	var all bool
	cmd := &cobra.Command{
		Use:   "replay NUMBER | --all",
		Short: "Put messages that were given up back into the outbox",
		Long: "Put one message that was given up, or all of them, back into the outbox, behind what waits there. Each is sent\n" +
			"with the latest that is stored of its intake and with the key it had, so that your system can tell what it has.\n" +
			"The numbers are those of imrbot handoff list. What was put back leaves when the bot runs.",
		Example: "  imrbot handoff replay 3 --config config.toml\n  imrbot handoff replay --all --config config.toml",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := replayed(args, all)
			if err != nil {
				return badInput(err)
			}
			count := 0
			err = where.change(cmd, func(store *bolt.Store) error {
				rows, err := replay(cmd.Context(), store, number)
				if live, ok := liveIn(cmd); ok {
					live.sender.Add(rows)
				}
				count = len(rows)
				return err
			})
			if err == nil || count > 0 {
				fmt.Fprintf(cmd.OutOrStdout(), "%d put back; sent when the bot runs\n", count)
			}
			return err
		},
	}
	addStoreFlags(cmd, &where)
	cmd.Flags().BoolVar(&all, "all", false, "all that were given up, in the order in which they were")
	return alsoLive(cmd)
}

// replayed reads which message to put back; 0 for all.
func replayed(args []string, all bool) (uint64, error) {
	if all != (len(args) == 0) || len(args) > 1 {
		return 0, errors.New("handoff replay: give the number of one message (see imrbot handoff list), or --all")
	}
	if all {
		return 0, nil
	}
	number, err := strconv.ParseUint(args[0], 10, 64)
	if err != nil || number == 0 {
		return 0, fmt.Errorf("handoff replay: %q is no number of a message; see imrbot handoff list", args[0])
	}
	return number, nil
}

// replay revives one message, or all when number is 0, and returns their rows.
func replay(ctx context.Context, store *bolt.Store, number uint64) ([]bot.Outgoing, error) {
	list, damage := lost(ctx, store)
	var rows []bot.Outgoing
	for _, n := range list {
		if number != 0 && n.Number != number {
			continue
		}
		row, err := store.Revive(ctx, n.Number)
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	if number != 0 && len(rows) == 0 && damage == nil {
		return nil, badInput(fmt.Errorf("no message with the number %d was given up; see imrbot handoff list", number))
	}
	if number != 0 && len(rows) == 1 {
		damage = nil // of others
	}
	return rows, damage
}

func newHandoffTestCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Send a signed ping to your own system, and say what came back",
		Long: "Send a message of the event \"ping\", which holds no intake, to [handoff] webhook_url, signed as all messages are,\n" +
			"and say what came back. Ends with status 1 when your system did not take it. The bot may be running.",
		Example: "  imrbot handoff test --config config.toml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loadConfig(configPath(path), os.Environ(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if !cfg.Handoff.On() {
				return badInput(errors.New("the configuration names no system of yours: set [handoff] webhook_url and webhook_secret"))
			}
			hook, err := handoff.New(handoff.Config{URL: cfg.Handoff.WebhookURL, Secret: cfg.Handoff.WebhookSecret.Reveal()})
			if err != nil {
				return badInput(err)
			}
			started := time.Now()
			status, err := hook.Ping(cmd.Context())
			var failed *bot.SendError
			if errors.As(err, &failed) {
				return fmt.Errorf("your system did not take the ping: %s", failed.Reason)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "your system took the ping: status %d after %s\n", status, time.Since(started).Round(time.Millisecond))
			return nil
		},
	}
	addConfigFlag(cmd, &path)
	return cmd
}
