package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"

	"imrbot/bot/bolt"
)

func newKeyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "key",
		Short:   "Make and change the master key of a store",
		Example: "  imrbot key new /safe/place/imrbot.db.key\n  imrbot key rotate --data data",
	}
	cmd.AddCommand(newKeyNewCommand(), newKeyRotateCommand())
	return cmd
}

func newKeyNewCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new FILE",
		Short: "Make a file with a new master key, for a store that is not made yet",
		Args:  exactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := bolt.CreateKey(args[0])
			if errors.Is(err, fs.ErrExist) {
				return badInput(fmt.Errorf("%s: there is such a file; a key file is never written over", args[0]))
			}
			if errors.Is(err, fs.ErrNotExist) {
				return badInput(err)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: a new master key. Keep a copy elsewhere: without it nothing sealed under it can be read.\n", args[0])
			return nil
		},
	}
}

func newKeyRotateCommand() *cobra.Command {
	var where storeFlags
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Change the master key of a store",
		Long: "Change the master key of a store: a new key file is made and takes the place of the old one, and the store is\n" +
			"written anew, so that nothing in it opens under the old key. The bot must not be running. Whatever ends this\n" +
			"command early, the next start goes on with it. Backups made before need the OLD key file: keep it with them.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return where.change(cmd, func(store *bolt.Store) error {
				notices := cmd.ErrOrStderr()
				if err := store.Rotate(cmd.Context(), nil, progressOn(notices, "keys")); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s holds the new master key. Keep a copy elsewhere, and the old one with the backups made before.\n", store.KeyFile())
				// Pages that are free hold keys sealed under the old one.
				if err := store.Compact(cmd.Context()); err != nil {
					return fmt.Errorf("the key is changed, but what the old one opens is still in free pages of the store: %w", err)
				}
				return nil
			})
		},
	}
	addStoreFlags(cmd, &where)
	return cmd
}

// progressOn returns what shows progress on a terminal; on anything else nil.
func progressOn(out io.Writer, what string) func(done, total int) {
	if !isTerminal(out) {
		return nil
	}
	return func(done, total int) {
		fmt.Fprintf(out, "\r%d of %d %s", done, total, what)
		if done == total {
			fmt.Fprintln(out)
		}
	}
}
