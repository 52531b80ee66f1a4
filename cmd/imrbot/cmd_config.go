package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"imrbot/cmd/imrbot/config"
)

// configName is the file that is read when none is named and it is there.
const configName = "config.toml"

// newConfigCommand returns `imrbot config`.
func newConfigCommand() *cobra.Command { return configCommand(os.Environ) }

func configCommand(environ func() []string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check and show the configuration of imrbot run",
		Long: `Check and show the configuration of imrbot run: one TOML file, and for each of its
keys the environment variable IMRBOT_SECTION_KEY, which wins over the file.
config.example.toml explains every key.`,
		Example: "  imrbot config check\n  imrbot config show --config /etc/imrbot/config.toml",
	}
	cmd.AddCommand(
		configSubcommand("check", "Name everything that is wrong with the configuration, at once", environ, writeChecked),
		configSubcommand("show", "Print every key, its value and where it comes from; secrets as ****", environ,
			func(out io.Writer, _ string, c *config.Config) error {
				_, err := io.WriteString(out, c.Masked())
				return err
			}),
	)
	return cmd
}

func configSubcommand(name, short string, environ func() []string, write func(io.Writer, string, *config.Config) error) *cobra.Command {
	var named string
	cmd := &cobra.Command{
		Use:   name + " [--config FILE]",
		Short: short,
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path := configPath(named)
			c, err := loadConfig(path, environ(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if err := write(cmd.OutOrStdout(), path, c); err != nil {
				return fmt.Errorf("config: write: %w", err)
			}
			return nil
		},
	}
	addConfigFlag(cmd, &named)
	return cmd
}

// addConfigFlag adds --config to a command; its value is for configPath.
func addConfigFlag(cmd *cobra.Command, named *string) {
	cmd.Flags().StringVar(named, "config", "", "the file to read (without it "+configName+" of the working directory, if it is there)")
}

// configPath returns the file to read: the named one, else config.toml when it
// is there, else "", which means the environment alone.
func configPath(named string) string {
	if named != "" {
		return named
	}
	if _, err := os.Stat(configName); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return configName
}

// loadConfig reads the configuration and writes its warnings to notices. Every
// defect is bad input.
func loadConfig(path string, env []string, notices io.Writer) (*config.Config, error) {
	c, warnings, err := config.Load(path, env)
	for _, w := range warnings {
		fmt.Fprintln(notices, "imrbot: warning:", w)
	}
	if err != nil {
		return nil, badInput(fmt.Errorf("the configuration cannot be used:\n%w", err))
	}
	return c, nil
}

// writeChecked says that a configuration is in order, and what it switches on.
func writeChecked(out io.Writer, path string, c *config.Config) error {
	if path == "" {
		path = "the environment alone (there is no " + configName + ")"
	}
	telegram, handoff, http := "off", "off", "off"
	if c.Telegram.On() {
		telegram = c.Telegram.Mode
	}
	if c.Handoff.On() {
		handoff = "on"
	}
	if c.HTTP.On() {
		http = c.HTTP.Listen
	}
	_, err := fmt.Fprintf(out, "%s: in order\ntelegram  %s\nhttp      %s\nhandoff   %s\nstore     %s\n", path, telegram, http, handoff, c.Store.Path)
	return err
}
