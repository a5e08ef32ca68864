package postgres

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// table is a table, view or query.
type table struct {
	t      target
	from   string // what stands after FROM
	cols   []column
	schema dtype.Schema
	utf8   bool    // the server stores UTF-8, so that the collation "C" compares it by bytes
	pages  int64   // of a plain table that can be read in ranges of pages, else 0
	rows   float64 // the planner's estimate, or -1
	bytes  int64   // or -1
}

// newTable learns the columns from the server's description of the query.
func newTable(ctx context.Context, c *pgconn.PgConn, t target) (*table, error) {
	tab := &table{t: t, from: "(" + t.query + "\n) AS q", rows: -1, bytes: -1, utf8: c.ParameterStatus("server_encoding") == "UTF8"}
	if t.table != "" {
		if err := tab.find(ctx, c); err != nil {
			return nil, err
		}
	}
	desc, err := c.Prepare(ctx, "", "SELECT * FROM "+tab.from, nil)
	if err != nil {
		return nil, explain(ctx, "reading from", t, err)
	}
	seen := map[string]bool{}
	for _, f := range desc.Fields {
		col := columnOf(f.Name, f.DataTypeOID, f.TypeModifier, t.numeric)
		if seen[f.Name] {
			return nil, fault.New(fault.Name, "two columns of the query are called %q", f.Name).WithHint("give one of them another name with AS")
		}
		seen[f.Name] = true
		tab.cols = append(tab.cols, col)
		tab.schema.Fields = append(tab.schema.Fields, dtype.Field{Name: f.Name, Type: col.t})
	}
	return tab, nil
}

// find resolves the table's name and size.
func (t *table) find(ctx context.Context, c *pgconn.PgConn) error {
	r, err := splitName(t.t.table)
	if err != nil {
		return err
	}
	found, kind, err := lookup(ctx, c, t.t, r)
	if err != nil {
		return err
	}
	if kind == "" {
		return missingTable(ctx, c, t.t, r)
	}
	t.from = found.String()
	rows, err := ask(ctx, c, t.t, `SELECT c.reltuples, pg_table_size(c.oid), pg_relation_size(c.oid) / current_setting('block_size')::bigint,
		c.relkind IN ('r','m') AND current_setting('server_version_num')::int >= 140000 AND EXISTS (SELECT FROM pg_am a WHERE a.oid = c.relam AND a.amname = 'heap')
		FROM pg_class c WHERE c.oid = to_regclass($1)`, t.from)
	if err != nil || len(rows) != 1 {
		return err
	}
	if v, err := strconv.ParseFloat(rows[0][0], 64); err == nil && (kind == "r" || kind == "m") && v > 0 {
		t.rows = v
	}
	t.bytes, _ = strconv.ParseInt(rows[0][1], 10, 64)
	if rows[0][3] == "t" {
		t.pages, _ = strconv.ParseInt(rows[0][2], 10, 64)
	}
	return nil
}

func missingTable(ctx context.Context, c *pgconn.PgConn, t target, r relation) error {
	rows, _ := ask(ctx, c, t, "SELECT CASE WHEN schemaname = 'public' THEN '' ELSE schemaname || '.' END || name FROM (SELECT schemaname, tablename AS name FROM pg_tables UNION ALL SELECT schemaname, viewname FROM pg_views) x WHERE schemaname NOT IN ('pg_catalog','information_schema') ORDER BY 1 LIMIT 1000")
	var names []string
	for _, row := range rows {
		names = append(names, row[0])
	}
	e := fault.New(fault.NotFound, "no table %q in %s", t.table, t.place())
	if e.Hint = fault.DidYouMean(t.table, names); e.Hint == "" && len(names) > 0 {
		e.Hint = "tables: " + strings.Join(names[:min(len(names), 20)], ", ")
	}
	return e
}

// Schema implements spi.Table.
func (t *table) Schema() dtype.Schema { return t.schema }

// Stats implements spi.Table. The rows are the planner's estimate.
func (t *table) Stats(context.Context) (spi.Stats, error) {
	return spi.Stats{Rows: int64(t.rows), Bytes: t.bytes}, nil
}

// selectSQL writes the query of a scan, without conditions.
func (t *table) selectSQL(cols []int) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = quote(t.cols[c].name) + t.cols[c].cast
	}
	return "SELECT " + strings.Join(parts, ", ") + " FROM " + t.from
}
