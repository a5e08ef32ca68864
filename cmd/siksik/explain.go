package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	sk "github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/pipe"
)

// explainFormats are the values of explain's --format.
var explainFormats = []string{"text", "mermaid", "json"}

func newExplain() *cobra.Command {
	var flags engineFlags
	var text, format string
	var analyze bool
	var set []string
	cmd := &cobra.Command{
		Use:   "explain [PIPELINE.yaml]",
		Short: "Show the plan of a query or pipeline",
		Example: `  siksik explain -c "SELECT status, count(*) FROM 'logs.csv' GROUP BY ALL"
  siksik explain --analyze -c "FROM 'big.parquet' WHERE x > 3"     # runs it; rows, time and memory per operator
  siksik explain dau.yaml --format mermaid`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(explainFormats, format) {
				e := fault.New(fault.Usage, "no explain format %q", format)
				return e.WithHint("formats: %s", strings.Join(explainFormats, ", "))
			}
			eng, err := flags.open()
			if err != nil {
				return err
			}
			defer eng.Close()
			if len(args) == 1 {
				return explainPipeline(cmd, eng, args[0], format, set)
			}
			if text == "" {
				b, err := io.ReadAll(cmd.InOrStdin())
				if err != nil {
					return err
				}
				text = string(b)
			}
			return eng.Execute(cmd.Context(), text, func(r sk.Result) error {
				return explainResult(cmd.Context(), cmd.OutOrStdout(), r, format, analyze)
			})
		},
	}
	flags.add(cmd.Flags())
	cmd.Flags().StringVarP(&text, "command", "c", "", "the query (default: standard input)")
	cmd.Flags().StringVar(&format, "format", "text", "text, mermaid or json")
	cmd.Flags().BoolVar(&analyze, "analyze", false, "run the query and show what each operator did")
	cmd.Flags().StringArrayVar(&set, "set", nil, "a parameter of the pipeline, name=value; may be repeated")
	return cmd
}

func explainResult(ctx context.Context, w io.Writer, r sk.Result, format string, analyze bool) error {
	if r.Frame == nil {
		_, err := io.WriteString(w, r.Text)
		return err
	}
	explain := r.Frame.ExplainAs
	if analyze {
		explain = r.Frame.ExplainAnalyze
	}
	out, err := explain(ctx, format)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, strings.TrimRight(out, "\n"))
	return err
}

// explainPipeline shows the plan of each sink of a pipeline.
func explainPipeline(cmd *cobra.Command, eng *sk.Engine, path, format string, set []string) error {
	p, err := loadPipeline(cmd, path)
	if err != nil {
		return err
	}
	params, err := parameters(set)
	if err != nil {
		return err
	}
	out, err := p.Explain(cmd.Context(), format, pipe.Options{Engine: eng, Params: params, Env: os.LookupEnv})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), strings.TrimRight(out, "\n"))
	return err
}
