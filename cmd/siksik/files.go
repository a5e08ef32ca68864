package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	sk "github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/fault"
)

func newSchema() *cobra.Command {
	var format string
	var flags engineFlags
	cmd := &cobra.Command{
		Use:   "schema FILE",
		Short: "Print the columns and types of a file, glob or URL",
		Example: `  siksik schema logs.ndjson.gz
  siksik schema 's3://lake/events/*.parquet'
  siksik schema 'postgres://me@db/shop?table=orders' --format json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			eng, err := flags.open()
			if err != nil {
				return err
			}
			defer eng.Close()
			table := sk.SQLContext("SELECT column_name AS name, column_type AS type FROM (DESCRIBE SELECT * FROM relation)",
				map[string]sk.LazyFrame{"relation": sk.Scan(args[0])}).On(eng)
			c := sqlCommand{format: format}
			if err := c.checkFormat(); err != nil {
				return err
			}
			_, err = writeResult(cmd.Context(), table, c.outputFormat(""), "", cmd.OutOrStdout())
			return err
		},
	}
	flags.add(cmd.Flags())
	cmd.Flags().StringVar(&format, "format", "", "table, csv, tsv, json, ndjson, markdown")
	return cmd
}

func newConvert() *cobra.Command {
	var flags engineFlags
	var from, to string
	var options []string
	cmd := &cobra.Command{
		Use:   "convert IN OUT",
		Short: "Convert files between CSV, NDJSON, Parquet and Arrow IPC, or copy between stores",
		Example: `  siksik convert users.csv users.parquet
  siksik convert 's3://lake/logs/*.ndjson.gz' logs.parquet --option compression=zstd
  siksik convert data.txt out.csv --from csv`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			eng, err := flags.open()
			if err != nil {
				return err
			}
			defer eng.Close()
			src := sk.Scan(args[0])
			if from != "" {
				src = sk.ScanFormat(args[0], from)
			}
			load, err := loadOptions(to, options)
			if err != nil {
				return err
			}
			r, err := src.On(eng).Sink(cmd.Context(), args[1], load...)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s rows → %s\n", thousands(r.Rows), args[1])
			return nil
		},
	}
	flags.add(cmd.Flags())
	cmd.Flags().StringVar(&from, "from", "", "format of IN, where its name does not tell")
	cmd.Flags().StringVar(&to, "to", "", "format of OUT, where its name does not tell")
	cmd.Flags().StringArrayVar(&options, "option", nil, "an option of the output format, name=value; may be repeated")
	return cmd
}

// loadOptions reads name=value pairs.
func loadOptions(format string, pairs []string) ([]sk.LoadOption, error) {
	var out []sk.LoadOption
	if format != "" {
		out = append(out, sk.LoadFormat(format))
	}
	for _, p := range pairs {
		name, value, ok := strings.Cut(p, "=")
		if !ok {
			return nil, fault.New(fault.Usage, "an option is written name=value, not %q", p)
		}
		out = append(out, sk.LoadWith(name, value))
	}
	return out, nil
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  siksik version",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			version := "development"
			if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
				version = info.Main.Version
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "siksik %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
