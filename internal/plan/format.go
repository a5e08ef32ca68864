package plan

import (
	"fmt"
	"strings"

	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/spi"
)

// Format returns the plan as an indented tree with one line a node. The text is stable, so that tests can compare it. The input of a shared plan is shown
// below its first use.
func Format(root Node) string {
	f := &formatter{shared: map[int]bool{}}
	f.node(root, 0)
	return f.b.String()
}

// SameText reports whether Format gives the same text for both plans. What they have in common is not written out.
func SameText(a, b Node) bool {
	if a == b {
		return true
	}
	x, y := a.Inputs(), b.Inputs()
	if len(x) != len(y) || line(a) != line(b) {
		return false
	}
	for i := range x {
		if !SameText(x[i], y[i]) {
			return false
		}
	}
	return true
}

type formatter struct {
	b      strings.Builder
	shared map[int]bool
}

func (f *formatter) node(n Node, depth int) {
	f.b.WriteString(strings.Repeat("  ", depth) + line(n) + "\n")
	if s, ok := n.(*Shared); ok {
		if f.shared[s.ID] {
			return
		}
		f.shared[s.ID] = true
	}
	for _, in := range n.Inputs() {
		f.node(in, depth+1)
	}
}

// line describes the node itself.
func line(n Node) string {
	switch n := n.(type) {
	case *Scan:
		return scanLine(n)
	case *Memory:
		rows := 0
		for _, b := range n.Batches {
			rows += b.Len
		}
		return fmt.Sprintf("Memory %s [%s] %d rows", n.Name, FormatCols(n.Out), rows)
	case *Values:
		return valuesLine(n)
	case *Filter:
		return "Filter " + expr.Format(n.Cond)
	case *Project:
		return "Project " + FormatItems(n.Items)
	case *Aggregate:
		return aggregateLine(n)
	case *Join:
		return joinLine(n)
	case *Apply:
		return applyLine(n)
	case *Sort:
		s := "Sort " + expr.FormatKeys(n.Keys)
		if n.Limit >= 0 {
			s += fmt.Sprintf(" limit %d", n.Limit)
		}
		return s
	case *Limit:
		return limitLine(n)
	case *Union:
		return fmt.Sprintf("Union [%s]", FormatCols(n.Out))
	case *Distinct:
		return distinctLine(n)
	case *Window:
		return "Window " + FormatWindows(n.Items)
	case *Unnest:
		return unnestLine(n)
	case *RowIndex:
		return fmt.Sprintf("RowIndex %s from %d", col(n.Col), n.Offset)
	case *Shared:
		return fmt.Sprintf("Shared #%d [%s]", n.ID, FormatCols(n.Out))
	case *Write:
		return fmt.Sprintf("Write %s mode %s", n.Name, n.Spec.Mode)
	default:
		return bug.Errorf("unknown plan node %T", n).Error()
	}
}

func col(c expr.Col) string { return fmt.Sprintf("%s#%d", c.Name, c.ID) }

// FormatCols returns columns as name#id, separated by commas.
func FormatCols(cols []expr.Col) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = col(c)
	}
	return strings.Join(parts, ", ")
}

// FormatItems returns items as "expression as name#id", or only name#id for a column that is handed on.
func FormatItems(items []Item) string {
	parts := make([]string, len(items))
	for i, it := range items {
		if r, ok := it.Expr.(*expr.Ref); ok && r.Col.ID == it.Col.ID {
			parts[i] = col(it.Col)
			continue
		}
		parts[i] = expr.Format(it.Expr) + " as " + col(it.Col)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// FormatPreds returns predicates over the columns of a table as one condition.
func FormatPreds(t spi.Table, preds []spi.Pred) string {
	names := t.Schema().Names()
	parts := make([]string, len(preds))
	for i, p := range preds {
		parts[i] = p.Format(names)
	}
	return strings.Join(parts, " and ")
}

func scanLine(n *Scan) string {
	s := fmt.Sprintf("Scan %s [%s]", n.Name, FormatCols(n.Out))
	if len(n.Where) > 0 {
		s += " where " + FormatPreds(n.Table, n.Where)
	}
	if n.Limit >= 0 {
		s += fmt.Sprintf(" limit %d", n.Limit)
	}
	return s
}

func valuesLine(n *Values) string {
	const most = 3
	s := fmt.Sprintf("Values [%s]", FormatCols(n.Out))
	if len(n.Rows) > most {
		return s + fmt.Sprintf(" %d rows", len(n.Rows))
	}
	if len(n.Rows) == 0 {
		return s + " no rows"
	}
	for _, r := range n.Rows {
		s += " (" + expr.FormatList(r) + ")"
	}
	return s
}

// FormatAggs returns aggregates as "call as name#id".
func FormatAggs(aggs []AggItem) string {
	parts := make([]string, len(aggs))
	for i, a := range aggs {
		parts[i] = a.Agg.Format() + " as " + col(a.Col)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// FormatWindows returns window calls as "call as name#id".
func FormatWindows(items []WinItem) string {
	parts := make([]string, len(items))
	for i, it := range items {
		parts[i] = it.Win.Format() + " as " + col(it.Col)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func aggregateLine(n *Aggregate) string {
	s := "Aggregate"
	if len(n.Keys) > 0 {
		s += " by " + FormatItems(n.Keys)
	}
	if n.Sets != nil {
		s += fmt.Sprintf(" sets %v", n.Sets)
	}
	if len(n.Aggs) > 0 {
		s += " " + FormatAggs(n.Aggs)
	}
	return s
}

// FormatOn returns the equalities of a join.
func FormatOn(list []On) string {
	parts := make([]string, len(list))
	for i, on := range list {
		sign := " = "
		if on.NullSafe {
			sign = " is not distinct from "
		}
		parts[i] = expr.Format(on.Left) + sign + expr.Format(on.Right)
	}
	return strings.Join(parts, " and ")
}

func joinLine(n *Join) string {
	s := "Join " + n.Kind.String()
	if len(n.On) > 0 {
		s += " on " + FormatOn(n.On)
	}
	if n.Residual != nil {
		s += " where " + expr.Format(n.Residual)
	}
	if n.Kind == defs.Mark {
		s += " mark " + col(n.Mark)
	}
	if n.BuildLeft {
		s += " build left"
	}
	return s
}

func applyLine(n *Apply) string {
	s := "Apply " + n.Kind.String()
	if n.Cond != nil {
		s += " where " + expr.Format(n.Cond)
	}
	if n.Kind == defs.Mark {
		s += " mark " + col(n.Mark)
	}
	return s
}

func limitLine(n *Limit) string {
	s := "Limit"
	if n.Count >= 0 {
		s += fmt.Sprintf(" %d", n.Count)
	}
	if n.Offset > 0 {
		s += fmt.Sprintf(" offset %d", n.Offset)
	}
	return s
}

// FormatIDs returns the columns with the ids by name.
func FormatIDs(cols []expr.Col, ids []expr.ColID) string {
	var parts []string
	for _, id := range ids {
		for _, c := range cols {
			if c.ID == id {
				parts = append(parts, col(c))
			}
		}
	}
	return strings.Join(parts, ", ")
}

func distinctLine(n *Distinct) string {
	s := "Distinct"
	if n.On != nil {
		s += " on [" + FormatIDs(n.Input.Cols(), n.On) + "]"
	}
	switch n.Keep {
	case defs.KeepLast:
		s += " keep last"
	case defs.KeepNone:
		s += " keep none"
	}
	return s
}

func unnestLine(n *Unnest) string {
	s := "Unnest " + FormatItems(n.Items)
	if n.Outer {
		s += " outer"
	}
	if len(n.Drop) > 0 {
		s += " drop [" + FormatIDs(n.Input.Cols(), n.Drop) + "]"
	}
	return s
}
