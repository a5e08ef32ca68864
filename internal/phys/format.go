package phys

import (
	"fmt"
	"strings"
	"time"

	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// Metrics are what a node did in one run.
type Metrics struct {
	Rows    int64 // rows put out
	Batches int64
	Bytes   int64         // bytes of the batches put out, or read from storage by a scan
	Time    time.Duration // over all workers, without the nodes below
	MemPeak int64         // largest reservation in bytes
	Spilled int64         // bytes written to disk
}

// FormatOptions say what Format, Mermaid and JSON show.
type FormatOptions struct {
	// Metrics returns what the node with the id did, if it ran; nil for a plan that has not run.
	Metrics func(id int) (Metrics, bool)
}

// Format returns the plan as an indented tree: a line a node with its operator, what it does, the estimated rows and whether it streams or buffers, and,
// with metrics, what it did.
func Format(root Node, opts FormatOptions) string {
	f := &formatter{opts: opts, shared: map[int]bool{}}
	f.node(root, 0)
	return f.b.String()
}

type formatter struct {
	b      strings.Builder
	opts   FormatOptions
	shared map[int]bool
}

func (f *formatter) node(n Node, depth int) {
	name, detail := Describe(n)
	text := name
	if detail != "" {
		text += " " + detail
	}
	f.b.WriteString(strings.Repeat("  ", depth) + text + "  " + f.marks(n) + "\n")
	if s, ok := n.(*Shared); ok {
		if f.shared[s.Key] {
			return
		}
		f.shared[s.Key] = true
	}
	for _, in := range n.Inputs() {
		f.node(in, depth+1)
	}
}

// marks is the part in parentheses: estimate, memory behaviour, metrics.
func (f *formatter) marks(n Node) string {
	b := n.Info()
	var parts []string
	var m Metrics
	ran := false
	if f.opts.Metrics != nil {
		m, ran = f.opts.Metrics(b.ID)
	}
	if ran {
		parts = append(parts, "rows "+count(m.Rows))
	}
	if b.Rows >= 0 {
		parts = append(parts, "est "+count(int64(b.Rows+0.5)))
	}
	parts = append(parts, Behaviour(n))
	if ran {
		parts = append(parts, metrics(m)...)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func metrics(m Metrics) []string {
	var parts []string
	if m.Time > 0 {
		parts = append(parts, m.Time.Round(10*time.Microsecond).String())
	}
	if m.Bytes > 0 {
		parts = append(parts, size(m.Bytes))
	}
	if m.MemPeak > 0 {
		parts = append(parts, "peak "+size(m.MemPeak))
	}
	if m.Spilled > 0 {
		parts = append(parts, "spilled "+size(m.Spilled))
	}
	return parts
}

// count writes thousands with underscores, as in 1_200_000.
func count(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "_" + s[i:]
	}
	return s
}

// size writes bytes in the largest unit that leaves a number of at least one.
func size(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	v, u := float64(n), 0
	for v >= 1024 && u < len(units)-1 {
		v, u = v/1024, u+1
	}
	if u == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[u])
}

// Behaviour tells how a node uses memory: Stream, Buffer or Spill.
func Behaviour(n Node) string {
	switch n.(type) {
	case *HashAgg, *Distinct, *HashJoin, *LoopJoin, *Sort, *TopN, *Shared, *Window:
		return Spill
	default:
		return Stream
	}
}

func windowDetail(n *Window) string {
	s := plan.FormatWindows(n.Items)
	if n.Top > 0 {
		s += fmt.Sprintf(" up to %d", n.Top)
	}
	return s
}

// Describe returns the operator's name and what it does, in one line.
func Describe(n Node) (name, detail string) {
	switch n := n.(type) {
	case *Scan:
		return "Scan", scanDetail(n)
	case *Memory:
		return "Memory", n.Name + " [" + names(n.Out) + "]"
	case *Values:
		return "Values", fmt.Sprintf("%d rows [%s]", len(n.Rows), names(n.Out))
	case *Filter:
		return "Filter", expr.FormatList(n.Conds)
	case *Project:
		return "Project", plan.FormatItems(n.Items)
	case *HashAgg:
		return aggDetail(n)
	case *HashJoin:
		return "HashJoin", joinDetail(n)
	case *LoopJoin:
		return "LoopJoin", loopDetail(n)
	case *Sort:
		return "Sort", expr.FormatKeys(n.Keys)
	case *TopN:
		return "TopN", fmt.Sprintf("%d by %s", n.N, expr.FormatKeys(n.Keys))
	case *Limit:
		return "Limit", limitDetail(n)
	case *Union:
		return "Union", fmt.Sprintf("of %d", len(n.Ins))
	case *Distinct:
		return "Distinct", distinctDetail(n)
	case *Window:
		return "Window", windowDetail(n)
	case *Unnest:
		return "Unnest", plan.FormatItems(n.Items)
	case *RowIndex:
		return "RowIndex", fmt.Sprintf("%s from %d", n.Col.Name, n.Offset)
	case *Shared:
		return "Shared", fmt.Sprintf("#%d", n.Key)
	case *Write:
		return "Write", n.Name + " " + n.Spec.Mode.String()
	default:
		bug.Panicf("unknown physical node %T", n)
		return "", ""
	}
}

func names(cols []expr.Col) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = c.Name
	}
	return strings.Join(parts, ", ")
}

func scanDetail(n *Scan) string {
	s := n.Name + " [" + names(n.Out) + "]"
	if len(n.Where) > 0 {
		s += " where " + plan.FormatPreds(n.Table, n.Where)
	}
	for i, t := range n.Tests {
		if i == 0 {
			s += " test "
		} else {
			s += ", "
		}
		s += expr.FormatList(t.Conds)
	}
	if n.Limit >= 0 {
		s += fmt.Sprintf(" limit %d", n.Limit)
	}
	if n.Dynamic != nil {
		s += " dynamic"
	}
	return s
}

func aggDetail(n *HashAgg) (name, detail string) {
	var parts []string
	if len(n.Keys) > 0 {
		parts = append(parts, "by "+plan.FormatItems(n.Keys))
	}
	if n.Sets != nil {
		parts = append(parts, fmt.Sprintf("sets %v", n.Sets))
	}
	if len(n.Aggs) > 0 {
		parts = append(parts, plan.FormatAggs(n.Aggs))
	}
	if len(n.Keys) == 0 {
		return "Aggregate", strings.Join(parts, " ")
	}
	if n.Ordered {
		parts = append(parts, "ordered")
	}
	return "HashAgg", strings.Join(parts, " ")
}

func joinDetail(n *HashJoin) string {
	s := n.Kind.String() + " on " + plan.FormatOn(n.On)
	if n.Residual != nil {
		s += " where " + expr.Format(n.Residual)
	}
	if n.BuildLeft {
		s += " build left"
	}
	if n.Ordered {
		s += " ordered"
	}
	if len(n.Filters) > 0 {
		s += " filters probe"
	}
	return s
}

func loopDetail(n *LoopJoin) string {
	if n.Residual == nil {
		return n.Kind.String()
	}
	return n.Kind.String() + " on " + expr.Format(n.Residual)
}

func limitDetail(n *Limit) string {
	var parts []string
	if n.Count >= 0 {
		parts = append(parts, fmt.Sprint(n.Count))
	}
	if n.Offset > 0 {
		parts = append(parts, fmt.Sprintf("offset %d", n.Offset))
	}
	return strings.Join(parts, " ")
}

func distinctDetail(n *Distinct) string {
	var parts []string
	if n.On != nil {
		parts = append(parts, "on ["+plan.FormatIDs(n.Input.Info().Out, n.On)+"]")
	}
	switch n.Keep {
	case defs.KeepLast:
		parts = append(parts, "keep last")
	case defs.KeepNone:
		parts = append(parts, "keep none")
	}
	if n.Ordered {
		parts = append(parts, "ordered")
	}
	return strings.Join(parts, " ")
}
