// Command bench measures siksik side by side with the engines it is compared with, on the same files in one run.
//
//	go run . all                    every workload
//	go run . dau                    the main job
//	go run . scan                   the scans
//	go run . gen                    only make the data
//
// It installs the peers and makes the data at the first use. README.md tells what is measured and how.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := command(ctx, os.Args[1:])
	switch {
	case err == nil:
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

const usage = `usage: bench COMMAND [flags]

  all    run every workload on siksik and its peers, print tables, write results/*.json
  dau    run the main job only
  scan   run the scans only
  gen    make data only; with -what also the data of the demo and the examples

bench COMMAND -h lists the flags.`

// command runs one subcommand.
func command(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("no command: %s", usage)
	}
	switch args[0] {
	case "all":
		return measure(ctx, args, func(string) bool { return true })
	case "dau":
		return measure(ctx, args, func(name string) bool { return name == "dau" })
	case "scan":
		return measure(ctx, args, func(name string) bool { return name != "dau" })
	case "gen":
		return generate(ctx, args)
	}
	return fmt.Errorf("unknown command %q\n%s", args[0], usage)
}
