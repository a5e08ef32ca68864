// Command siksik runs SQL over files and databases, and pipelines between them.
//
// What lives here: flags, printing, exit codes, progress, and the list of the connectors that the program has. What does not: anything that computes.
//
// Exit codes: 0 done · 1 failed, or interrupted · 2 wrong usage, or a mistake in a pipeline or query · 3 a check failed, and nothing was written.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/pipe"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitCheck  = 3
)

func main() { os.Exit(start(os.Args[1:])) }

// start runs the program until it ends or is interrupted. The first Ctrl-C cancels what runs, which then removes what it had begun to write; the second
// one kills the program.
func start(args []string) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Reset(os.Interrupt, syscall.SIGTERM)
		cancel(fault.New(fault.Cancelled, "interrupted"))
	}()
	defer interruptibleStdin(ctx)()
	return execute(ctx, args, os.Stdin, os.Stdout, os.Stderr)
}

// execute runs the program with the given streams and returns its exit code.
func execute(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	root := rootCommand()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	if cause := context.Cause(ctx); ctx.Err() != nil && cause != nil {
		err = cause
	}
	printError(errs, err)
	return exitCode(err)
}

// rootCommand is the program without arguments: it shows help.
func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "siksik",
		Short: "SQL over files and databases, and pipelines between them",
		Long:  "siksik reads files, object stores and databases, computes with SQL, and loads the result anywhere.",
		Example: `  siksik sql -c "SELECT country, count(*) FROM 'users.parquet' GROUP BY ALL"
  siksik run dau.yaml --set since=2026-02-01
  siksik convert users.csv users.parquet
  siksik schema 'logs/*.ndjson.gz'`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError(c, err)
	})
	root.AddCommand(commands()...)
	for _, c := range root.Commands() {
		c.Args = positional(c.Args)
	}
	root.Args = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		e := fault.New(fault.Usage, "no command %q", args[0])
		var names []string
		for _, k := range c.Commands() {
			names = append(names, k.Name())
		}
		if e.Hint = fault.DidYouMean(args[0], names); e.Hint == "" {
			e.Hint = "commands: " + strings.Join(names, ", ")
		}
		return e
	}
	return root
}

// positional makes errors of a command's arguments usage errors.
func positional(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if check == nil {
			return nil
		}
		if err := check(c, args); err != nil {
			return usageError(c, err)
		}
		return nil
	}
}

// usageError is an error of flags or arguments with how to call the command.
func usageError(c *cobra.Command, err error) error {
	e := fault.New(fault.Usage, "%s", err)
	if name, ok := strings.CutPrefix(err.Error(), "unknown flag: --"); ok {
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := fault.Nearest(name, names); near != "" {
			return e.WithHint("did you mean --%s?", near)
		}
	}
	return e.WithHint("usage: %s; more with %s --help", c.UseLine(), c.CommandPath())
}

// printError shows an error as people read it.
func printError(w io.Writer, err error) {
	var failed *pipe.CheckError
	if errors.As(err, &failed) {
		for _, f := range failed.Unwrap() {
			fmt.Fprintln(w, "error: "+fault.Render(f))
		}
		return
	}
	fmt.Fprintln(w, "error: "+fault.Render(err))
}

// exitCode is the program's result for an error.
func exitCode(err error) int {
	switch fault.CodeOf(err) {
	case fault.Check:
		return exitCheck
	case fault.Usage, fault.Syntax, fault.Name, fault.Type:
		return exitUsage
	default:
		return exitFailed
	}
}
