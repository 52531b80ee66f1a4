package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// noArgs refuses arguments as bad input.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return badInput(fmt.Errorf("%s takes no argument, and was given %q", cmd.CommandPath(), args[0]))
	}
	return nil
}

// exactArgs wants n arguments, else it is bad input.
func exactArgs(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return badInput(fmt.Errorf("%s: %d arguments were given; usage: %s", cmd.CommandPath(), len(args), cmd.UseLine()))
		}
		return nil
	}
}
