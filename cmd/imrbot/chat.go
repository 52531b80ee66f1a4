package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"imrbot/bot"
	"imrbot/bot/console"
	"imrbot/dialog"
	"imrbot/dialog/imr"
)

func newChatCommand() *cobra.Command {
	var data, lang, today string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "chat",
		Short: "Talk with the assistant in this terminal",
		Long: "Talk with the assistant in this terminal. Everything is stored (sealed) under --data; starting again goes on\n" +
			"where you were. Type a message, «#2» to press the second button, «!file PATH» to hand over a file.",
		Example: "  imrbot chat\n  imrbot chat --lang es\n  printf '#1\\n#1\\n' | imrbot chat --data /tmp/try --json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if data == "" {
				return badInput(errors.New("--data is empty; name a folder"))
			}
			day, err := legalDay(today)
			if err != nil {
				return err
			}
			interview, err := dialog.Parse(imr.FS, dialog.Options{})
			if err != nil {
				return err
			}
			if lang != "" && !contains(interview.Languages(), lang) {
				return badInput(fmt.Errorf("--lang %q: it is one of %v", lang, interview.Languages()))
			}
			notice := func(text string) { fmt.Fprintln(cmd.ErrOrStderr(), "imrbot:", text) }
			store, err := openStore(data, notice)
			if err != nil {
				return err
			}
			defer store.Close()
			reader, err := openReader(data)
			if err != nil {
				return err
			}
			papers, err := newDocuments(store, interview, day)
			if err != nil {
				return err
			}
			c := console.New(console.Config{
				Bot:   bot.New(bot.Config{Store: store, Reader: reader, Interview: interview, Today: day}),
				Store: store, Outbox: store, Files: store, In: cmd.InOrStdin(), Notices: cmd.ErrOrStderr(),
				Screen: chatScreen(cmd.InOrStdin(), cmd.OutOrStdout(), asJSON),
				Lang:   lang, Now: time.Now, Session: rand.Text(),
				Document: papers.make, Folder: data,
			})
			if err := c.Run(cmd.Context()); err != nil {
				return err
			}
			return store.Close()
		},
	}
	cmd.Flags().StringVar(&data, "data", "data", "folder of the store")
	cmd.Flags().StringVar(&lang, "lang", "", "language to begin in: en or es")
	cmd.Flags().StringVar(&today, "today", "", "pretend that today is this day (YYYY-MM-DD)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a message, for scripts")
	return cmd
}

// chatScreen is the screen for the given ends: a terminal gets a prompt, lines
// of its width and, unless NO_COLOR is set, weight; a script gets neither.
func chatScreen(in io.Reader, out io.Writer, asJSON bool) console.Screen {
	if asJSON {
		return console.NewJSON(out)
	}
	prompt, width, styled := "", 0, false
	if isTerminal(out) {
		width, styled = 78, os.Getenv("NO_COLOR") == ""
		if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n >= 20 {
			width = min(n-2, 100)
		}
		if isTerminal(in) {
			prompt = "you> "
		}
	}
	return console.NewPlain(out, width, prompt, styled)
}

// isTerminal tells whether a stream is a terminal.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
