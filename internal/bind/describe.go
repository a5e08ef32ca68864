package bind

import (
	"fmt"
	"slices"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sql/ast"
	"github.com/siksik-data/siksik/internal/sql/parse"
)

// textTable makes rows of text columns; nil stands for null.
func (b *Binder) textTable(names []string, rows [][]any) plan.Node {
	out := &plan.Values{}
	for _, n := range names {
		out.Out = append(out.Out, b.col(n, dtype.Of(dtype.String)))
	}
	for _, r := range rows {
		var row []expr.Expr
		for _, v := range r {
			if s, ok := v.(string); ok {
				row = append(row, &expr.Lit{Value: data.StringScalar(s)})
			} else {
				row = append(row, &expr.Lit{Value: data.NullScalar(dtype.Of(dtype.String))})
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// source binds what DESCRIBE and SUMMARIZE are about.
func (b *Binder) source(q *ast.Query, t ast.TableRef, outer *scope) (plan.Node, error) {
	if q != nil {
		rel, err := b.query(q, outer)
		return rel.node, err
	}
	rel, err := b.tableRef(t, outer)
	return rel.node, err
}

// describe lists the columns of a relation, or all relations.
func (b *Binder) describe(d *ast.Describe, outer *scope) (plan.Node, error) {
	if d.Query == nil && d.Table == nil {
		return b.show(&ast.Show{Span: d.Span, What: "all tables"})
	}
	n, err := b.source(d.Query, d.Table, outer)
	if err != nil {
		return nil, err
	}
	var rows [][]any
	padded := padsRows(n)
	for _, c := range n.Cols() {
		about := b.declared(c.ID)
		if padded {
			about[0] = "YES"
		}
		rows = append(rows, append([]any{c.Name, c.Type.SQL()}, about...))
	}
	return b.textTable([]string{"column_name", "column_type", "null", "key", "default", "extra"}, rows), nil
}

// origin is the column of a table in memory that a column of a query is.
type origin struct {
	rows *catalog.Rows
	at   int
}

// declared says what CREATE TABLE says about a column: whether it may be null, its key, its default, and nothing else. Other columns may be null.
func (b *Binder) declared(id expr.ColID) []any {
	out := []any{"YES", nil, nil, nil}
	o, ok := b.origins[id]
	if !ok {
		return out
	}
	if d := o.rows.Defaults; d != nil && d[o.at] != "" {
		out[2] = d[o.at]
	}
	for _, r := range o.rows.Rules {
		if !slices.Contains(r.Columns, o.at) {
			continue
		}
		switch {
		case r.Kind == catalog.NotNull:
			out[0] = "NO"
		case r.Primary:
			out[1] = "PRI"
		case r.Kind == catalog.Unique && out[1] == nil:
			out[1] = "UNI"
		}
	}
	return out
}

// padsRows reports whether a plan has a join that makes up nulls.
func padsRows(n plan.Node) bool {
	if j, ok := n.(*plan.Join); ok && j.Kind != defs.Inner && j.Kind != defs.Cross {
		return true
	}
	return slices.ContainsFunc(n.Inputs(), padsRows)
}

// show lists tables or a setting.
func (b *Binder) show(s *ast.Show) (plan.Node, error) {
	switch s.What {
	case "all tables":
		return b.allTables()
	case "tables":
		var rows [][]any
		for _, n := range b.cat.Names() {
			rows = append(rows, []any{n})
		}
		return b.textTable([]string{"name"}, rows), nil
	case "databases":
		return b.textTable([]string{"database_name"}, [][]any{{"memory"}}), nil
	}
	v, ok := b.opts.Settings[strings.ToLower(s.What)]
	if !ok {
		var names []string
		for n := range b.opts.Settings {
			names = append(names, n)
		}
		e := fault.New(fault.Name, "no setting %q", s.What)
		return nil, b.fail(s.Span, e.WithHint("%s", fault.DidYouMean(s.What, names)))
	}
	return b.textTable([]string{s.What}, [][]any{{v}}), nil
}

// allTables lists the relations with their columns.
func (b *Binder) allTables() (plan.Node, error) {
	text, texts, flag := dtype.Of(dtype.String), dtype.ListOf(dtype.Of(dtype.String)), dtype.Of(dtype.Bool)
	out := &plan.Values{Out: []expr.Col{b.col("database", text), b.col("schema", text), b.col("name", text), b.col("column_names", texts),
		b.col("column_types", texts), b.col("temporary", flag)}}
	for _, name := range b.cat.Names() {
		n, err := b.entry(b.cat.Get(name))
		if err != nil {
			return nil, err
		}
		names, types := data.Scalar{Type: texts}, data.Scalar{Type: texts}
		for _, c := range n.Cols() {
			names.Kids = append(names.Kids, data.StringScalar(c.Name))
			types.Kids = append(types.Kids, data.StringScalar(c.Type.SQL()))
		}
		row := []data.Scalar{data.StringScalar("memory"), data.StringScalar("main"), data.StringScalar(name), names, types, data.BoolScalar(false)}
		var exprs []expr.Expr
		for _, v := range row {
			exprs = append(exprs, &expr.Lit{Value: v})
		}
		out.Rows = append(out.Rows, exprs)
	}
	return out, nil
}

// summarize writes a query with one row for each column, over a shared source.
func (b *Binder) summarize(s *ast.Summarize, outer *scope) (plan.Node, error) {
	n, err := b.source(s.Query, s.Table, outer)
	if err != nil {
		return nil, err
	}
	def := &cte{name: "summarized", shared: b.share(n)}
	var parts []string
	for _, c := range n.Cols() {
		def.names = append(def.names, c.Name)
		parts = append(parts, summaryOf(c))
	}
	if len(parts) == 0 {
		return nil, b.failf(s.Span, fault.Usage, "there are no columns to summarize")
	}
	text := strings.Join(parts, " UNION ALL ")
	stmts, err := parse.Statements(text)
	if err != nil {
		return nil, err
	}
	outside := b.text
	b.text = text
	defer func() { b.text = outside }()
	rel, err := b.query(stmts[0].(*ast.Query), &scope{ctes: []*cte{def}})
	return rel.node, err
}

// summaryOf is the SELECT that summarises one column.
func summaryOf(c expr.Col) string {
	q := ast.FormatIdent(c.Name)
	stat := func(f string) string {
		if c.Type.IsNumeric() {
			return fmt.Sprintf(f, q)
		}
		return "NULL"
	}
	bounds := "min(" + q + ")::VARCHAR AS min, max(" + q + ")::VARCHAR AS max"
	if c.Type.IsNested() && c.Type.Kind != dtype.List && c.Type.Kind != dtype.Array {
		bounds = "NULL::VARCHAR AS min, NULL::VARCHAR AS max"
	}
	return "SELECT " + ast.FormatString(c.Name) + " AS column_name, " + ast.FormatString(c.Type.SQL()) + " AS column_type, " + bounds +
		", approx_count_distinct(" + q + ") AS approx_unique, " +
		"(" + stat("avg(%s)::DOUBLE") + ")::VARCHAR AS avg, (" + stat("stddev_samp(%s::DOUBLE)") + ")::VARCHAR AS std, " +
		"(" + stat("quantile_cont(%s::DOUBLE, 0.25)") + ")::VARCHAR AS q25, (" + stat("quantile_cont(%s::DOUBLE, 0.5)") + ")::VARCHAR AS q50, (" +
		stat("quantile_cont(%s::DOUBLE, 0.75)") + ")::VARCHAR AS q75, count(*) AS count, " +
		"round(100.0 * (count(*) - count(" + q + ")) / nullif(count(*), 0), 2)::DECIMAL(9,2) AS null_percentage FROM summarized"
}
