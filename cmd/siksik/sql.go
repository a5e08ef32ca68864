package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	sk "github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/fault"
)

// sqlCommand is the state of `siksik sql`.
type sqlCommand struct {
	engineFlags
	text, file, format, out string
	cpuProfile              string
	timing, stats           bool
	types                   []string // of the last query's columns, for --stats
	stdout, stderr          io.Writer
}

func newSQL() *cobra.Command {
	c := &sqlCommand{}
	cmd := &cobra.Command{
		Use:   "sql",
		Short: "Run SQL over files, stores and databases; without a query on a terminal, open a shell",
		Example: `  siksik sql -c "SELECT status, count(*) FROM 'logs.csv' GROUP BY ALL"
  siksik sql -f report.sql --format csv -o report.csv
  echo "SELECT 1" | siksik sql --format json
  siksik sql -c "SELECT * FROM 's3://lake/events/*.parquet' LIMIT 5" --timing
  siksik sql                                        # the shell`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.stdout, c.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return c.run(cmd)
		},
	}
	c.add(cmd.Flags())
	cmd.Flags().StringVarP(&c.text, "command", "c", "", "the SQL text; statements are separated by ;")
	cmd.Flags().StringVarP(&c.file, "file", "f", "", "a file of SQL")
	cmd.Flags().StringVar(&c.format, "format", "", "table, csv, tsv, json, ndjson, markdown, parquet or arrow (default: table, or by the name of -o)")
	cmd.Flags().StringVarP(&c.out, "output", "o", "", "write the result of the last query to this file or URL")
	cmd.Flags().BoolVar(&c.timing, "timing", false, "print time and rows of each statement on stderr")
	cmd.Flags().BoolVar(&c.stats, "stats", false, "print a line of JSON about the whole call on stderr")
	cmd.Flags().StringVar(&c.cpuProfile, "cpuprofile", "", "write a profile of the processor time to this file")
	_, _ = cmd.Flags().MarkHidden("stats"), cmd.Flags().MarkHidden("cpuprofile")
	return cmd
}

func (c *sqlCommand) run(cmd *cobra.Command) error {
	if c.file != "" && cmd.Flags().Changed("command") {
		return fault.New(fault.Usage, "both -c and -f give the query").WithHint("leave one of them out")
	}
	if err := c.checkFormat(); err != nil {
		return err
	}
	text, shell, err := c.source(cmd)
	if err != nil {
		return err
	}
	eng, err := c.open()
	if err != nil {
		return err
	}
	defer eng.Close()
	if shell {
		return runShell(cmd.Context(), eng, c)
	}
	err = profiled(c.cpuProfile, func() error { return c.execute(cmd.Context(), eng, text) })
	if err != nil || !c.stats {
		return err
	}
	return printStats(c.stderr, c.types)
}

// source finds the text: -c, -f, or standard input, which on a terminal means the shell.
func (c *sqlCommand) source(cmd *cobra.Command) (text string, shell bool, err error) {
	switch {
	case c.text != "" || cmd.Flags().Changed("command"):
		return c.text, false, nil
	case c.file != "":
		b, err := os.ReadFile(c.file)
		if err != nil {
			return "", false, fault.Wrap(fault.NotFound, err, "cannot read the SQL file")
		}
		return string(b), false, nil
	case isTerminal(os.Stdin):
		return "", true, nil
	default:
		b, err := io.ReadAll(cmd.InOrStdin())
		return string(b), false, err
	}
}

// isTerminal reports whether a file is a character device.
func isTerminal(f *os.File) bool {
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}

// execute runs the statements of a text, each before the next. With -o, the rows of the last query go to the file and all others to standard output.
func (c *sqlCommand) execute(ctx context.Context, eng *sk.Engine, text string) error {
	start := time.Now()
	return eng.Execute(ctx, text, func(r sk.Result) error {
		defer func() { start = time.Now() }()
		out := ""
		if r.Last {
			out = c.out
		}
		rows, err := c.show(ctx, r, out)
		c.report(ctx, start, rows, r.Frame, err)
		return err
	})
}

// show writes the result of one statement to a file, or to standard output if out is empty, and returns its number of rows.
func (c *sqlCommand) show(ctx context.Context, r sk.Result, out string) (int64, error) {
	if r.Frame == nil {
		_, err := io.WriteString(c.stdout, r.Text)
		return max(r.Rows, 0), err
	}
	return writeResult(ctx, *r.Frame, c.outputFormat(out), out, c.stdout)
}

// report prints the line of --timing, and notes for --stats what a query returned.
func (c *sqlCommand) report(ctx context.Context, start time.Time, rows int64, query *sk.LazyFrame, err error) {
	if err != nil {
		return
	}
	if c.timing {
		fmt.Fprintf(c.stderr, "time: %.3f s, rows: %d\n", time.Since(start).Seconds(), rows)
	}
	if c.stats && query != nil {
		c.types = columnTypes(ctx, query)
	}
}
