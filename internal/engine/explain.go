package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/mem"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
)

// The formats of Explain.
const (
	ExplainText    = "text"
	ExplainMermaid = "mermaid"
	ExplainJSON    = "json"
)

// Explain describes the plan. Text shows the plan as bound, as optimised and as it runs; the other formats show the last.
func (q *Query) Explain(format string) (string, error) {
	if format == ExplainText || format == "" {
		return "-- as written\n" + plan.Format(q.Bound) + "\n-- optimised\n" + plan.Format(q.Final) + "\n-- as it runs\n" +
			phys.Format(q.Root, phys.FormatOptions{}), nil
	}
	return q.render(format, phys.FormatOptions{})
}

func (q *Query) render(format string, opts phys.FormatOptions) (string, error) {
	switch format {
	case ExplainText, "":
		return phys.Format(q.Root, opts), nil
	case ExplainMermaid:
		return phys.Mermaid(q.Root, opts), nil
	case ExplainJSON:
		b, err := phys.JSON(q.Root, opts)
		return string(b), err
	default:
		formats := []string{ExplainText, ExplainMermaid, ExplainJSON}
		e := fault.New(fault.Usage, "no explain format %q", format)
		return "", e.WithHint("formats: text, mermaid, json; %s", fault.DidYouMean(format, formats))
	}
}

// Analyze runs the query, throws its rows away, and describes the plan with what each operator did.
func (q *Query) Analyze(ctx context.Context, format string) (string, error) {
	q.prof.Timing = true
	start := time.Now()
	if err := q.Run(ctx, func(*data.Batch) error { return nil }); err != nil {
		return "", err
	}
	total := time.Since(start)
	out, err := q.render(format, phys.FormatOptions{Metrics: q.metrics})
	if err == nil && (format == ExplainText || format == "") {
		out += fmt.Sprintf("total %.3f s, peak memory %s\n", total.Seconds(), mem.FormatBytes(q.peak))
	}
	return out, err
}

// metrics translates what the run measured for a node.
func (q *Query) metrics(id int) (phys.Metrics, bool) {
	s := q.prof.Stat(id)
	return phys.Metrics{Rows: s.RowsOut.Load(), Batches: s.BatchesOut.Load(), Bytes: s.Bytes.Load(), Time: time.Duration(s.Nanos.Load()),
		MemPeak: s.MemPeak.Load(), Spilled: s.Spilled.Load()}, true
}
