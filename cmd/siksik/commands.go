package main

import "github.com/spf13/cobra"

// commands lists the subcommands. Each is made by the function of its own file.
func commands() []*cobra.Command {
	return []*cobra.Command{
		runCommand(),
		newSQL(),
		newExplain(),
		newSchema(),
		newConvert(),
		newVersion(),
	}
}
