// Command bench measures siksik side by side with the engines it is compared with, on the same files in one run.
//
//	go run . tpch -sf 1             the 22 TPC-H queries
//	go run . all                    every suite
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

// command runs one subcommand.
func command(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("no command: %s", usage())
	}
	switch args[0] {
	case "gen":
		return generate(ctx, args)
	case "kernels":
		return kernels(ctx, args)
	case "pgo":
		return collectProfile(ctx, args)
	}
	if suitesOf(args[0]) == nil {
		return fmt.Errorf("unknown command %q\n%s", args[0], usage())
	}
	return measure(ctx, args)
}
