package sqlite

import (
	"context"
	"fmt"
	"iter"
	"os"
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// table is a table, view or query. Each scan has a connection of its own.
type table struct {
	t      target
	from   string // what stands after FROM
	schema dtype.Schema
	binary bool // the database's text is UTF-8, so that text compares by its bytes
	rows   int64
}

// newTable learns the columns.
func newTable(ctx context.Context, c *conn, t target) (*table, error) {
	tab := &table{t: t, from: "(" + t.query + "\n)", rows: -1}
	if t.table != "" {
		names, err := c.objects(ctx, "main")
		if err != nil {
			return nil, err
		}
		name, ok := find(names, t.table)
		if !ok {
			return nil, missingTable(t, names)
		}
		tab.from = quote(name)
	}
	s, err := c.prepare(ctx, "SELECT * FROM "+tab.from)
	if err != nil {
		return nil, err
	}
	var unknown []int
	for i := range s.columns() {
		t, ok := typeOf(s.declared(i))
		if !ok {
			unknown = append(unknown, i)
		}
		tab.schema.Fields = append(tab.schema.Fields, dtype.Field{Name: s.name(i), Type: t})
	}
	s.close()
	if err := tab.learnTypes(ctx, c, unknown); err != nil {
		return nil, err
	}
	err = c.rows(ctx, "PRAGMA encoding", func(s *stmt) { tab.binary = s.str(0) == "UTF-8" })
	if err == nil && t.table != "" {
		// Rowids are mostly dense, so that the largest is a fair estimate, found by one walk down the tree. Views have none.
		if c.rows(ctx, "SELECT max(rowid) FROM "+tab.from, func(s *stmt) { tab.rows = s.int64(0) }) != nil {
			tab.rows = -1
		}
	}
	return tab, err
}

func missingTable(t target, names []string) error {
	e := fault.New(fault.NotFound, "no table %q in %s", t.table, t.path)
	if e.Hint = fault.DidYouMean(t.table, names); e.Hint == "" {
		e.Hint = "tables: " + strings.Join(names, ", ")
	}
	return e
}

// learnTypes finds the types of columns whose declaration does not say them, from the storage classes of all values.
func (t *table) learnTypes(ctx context.Context, c *conn, cols []int) error {
	if len(cols) == 0 {
		return nil
	}
	var parts []string
	for _, i := range cols {
		name := quote(t.schema.Fields[i].Name)
		for _, class := range []string{"integer", "real", "text", "blob"} {
			parts = append(parts, fmt.Sprintf("max(typeof(%s)='%s')", name, class))
		}
	}
	var wrong error
	err := c.rows(ctx, "SELECT "+strings.Join(parts, ",")+" FROM "+t.from, func(s *stmt) {
		for k, i := range cols {
			f := &t.schema.Fields[i]
			ints, reals, texts, blobs := s.int64(4*k) == 1, s.int64(4*k+1) == 1, s.int64(4*k+2) == 1, s.int64(4*k+3) == 1
			switch {
			case blobs && (ints || reals || texts):
				wrong = fault.New(fault.Type, "column %q of %s mixes blobs with other values and has no declared type", f.Name, t.name()).
					WithHint("cast it in a query, as in SELECT CAST(%s AS TEXT)", quote(f.Name))
			case blobs:
				f.Type = dtype.Of(dtype.Binary)
			case texts:
				f.Type = dtype.Of(dtype.String)
			case reals:
				f.Type = dtype.Of(dtype.Float64)
			case ints:
				f.Type = dtype.Of(dtype.Int64)
			default:
				f.Type = dtype.Of(dtype.String)
			}
		}
	})
	if err != nil {
		return err
	}
	return wrong
}

// name says what is read, for messages.
func (t *table) name() string {
	if t.t.table != "" {
		return t.t.path + ", table " + t.t.table
	}
	return t.t.path + ", query"
}

// Schema implements spi.Table.
func (t *table) Schema() dtype.Schema { return t.schema }

// Stats implements spi.Table. The rows are an estimate.
func (t *table) Stats(context.Context) (spi.Stats, error) {
	s := spi.Stats{Rows: t.rows, Bytes: -1}
	if st, err := os.Stat(t.t.path); err == nil && t.t.query == "" {
		s.Bytes = st.Size()
	}
	return s, nil
}

// Scan implements spi.Table.
func (t *table) Scan(_ context.Context, spec spi.ScanSpec) (spi.Scan, error) {
	sc := &scan{t: t, spec: spec}
	w := &where{t: t}
	var conds []string
	for _, p := range spec.Where {
		if cond, ok := w.cond(p, false); ok {
			conds = append(conds, cond)
		} else {
			sc.residual = append(sc.residual, p)
		}
	}
	cols := make([]string, len(spec.Cols))
	for i, c := range spec.Cols {
		cols[i] = quote(t.schema.Fields[c].Name)
	}
	if len(cols) == 0 {
		cols = []string{"1"}
	}
	sc.sql = "SELECT " + strings.Join(cols, ", ") + " FROM " + t.from
	if len(conds) > 0 {
		sc.sql += " WHERE " + strings.Join(conds, " AND ")
	}
	if spec.Limit >= 0 && len(sc.residual) == 0 {
		sc.sql += fmt.Sprintf(" LIMIT %d", spec.Limit)
	}
	return sc, nil
}

// scan is one running scan of a single split: rows come in the order in which SQLite delivers them.
type scan struct {
	t        *table
	spec     spi.ScanSpec
	sql      string
	residual []spi.Pred
}

// Splits implements spi.Scan.
func (s *scan) Splits(context.Context) iter.Seq2[spi.Split, error] {
	return func(yield func(spi.Split, error) bool) {
		yield(spi.Split{Name: s.t.name(), Rows: -1, Bytes: -1}, nil)
	}
}

// Open implements spi.Scan.
func (s *scan) Open(ctx context.Context, _ spi.Split) (spi.Reader, error) {
	c, err := openRead(s.t.t)
	if err != nil {
		return nil, err
	}
	st, err := c.prepare(ctx, s.sql)
	if err != nil {
		c.close()
		return nil, err
	}
	return newReader(s, c, st), nil
}

// Residual implements spi.Scan.
func (s *scan) Residual() []spi.Pred { return s.residual }

// Close implements spi.Scan.
func (s *scan) Close() error { return nil }
