package postgres

import (
	"context"
	"io"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
)

// reader takes rows off the wire and stores their values straight into column buffers, which it reuses.
type reader struct {
	s      *scan
	c      *pgconn.PgConn
	sql    string
	ctx    context.Context // of the query, which outlives single reads
	cancel context.CancelFunc
	res    *pgconn.ResultReader // nil before the first Read
	cols   []buffer
	batch  data.Batch
	row    int64
	done   bool
	closed bool
}

func newReader(ctx context.Context, s *scan, c *pgconn.PgConn, sql string) *reader {
	r := &reader{s: s, c: c, sql: sql, cols: make([]buffer, len(s.spec.Cols))}
	r.ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for i, c := range s.spec.Cols {
		r.cols[i].init(s.t.cols[c])
	}
	return r
}

// Read implements spi.Reader.
func (r *reader) Read(ctx context.Context) (*data.Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if r.done {
		return nil, io.EOF
	}
	stop := context.AfterFunc(ctx, r.cancel)
	defer stop()
	if r.res == nil {
		r.res = r.c.ExecParams(r.ctx, r.sql, nil, nil, nil, []int16{1})
	}
	for i := range r.cols {
		r.cols[i].reset()
	}
	n, bytes := 0, 0
	// Long texts end a batch early: a view's offset has 32 bits, and a batch should not be huge.
	for n < data.BatchRows && bytes < 64<<20 {
		if !r.res.NextRow() {
			r.done = true
			if _, err := r.res.Close(); err != nil {
				return nil, explain(ctx, "reading from", r.s.t.t, err)
			}
			break
		}
		for i, v := range r.res.Values() {
			if v == nil {
				r.cols[i].storeNull(n)
				continue
			}
			if problem := r.cols[i].store(n, v); problem != "" {
				return nil, r.misfit(i, n, problem)
			}
			bytes += len(v)
		}
		n++
	}
	if n == 0 {
		return nil, io.EOF
	}
	r.row += int64(n)
	r.batch.Cols, r.batch.Len = r.batch.Cols[:0], n
	for i := range r.cols {
		r.batch.Cols = append(r.batch.Cols, r.cols[i].column(n))
	}
	if m := r.s.spec.Meter; m != nil {
		m.Rows.Add(int64(n))
		m.Bytes.Add(int64(bytes))
	}
	return &r.batch, nil
}

// misfit is the error for a value that the column's type does not hold.
func (r *reader) misfit(i, n int, problem string) error {
	f := r.s.t.schema.Fields[r.s.spec.Cols[i]]
	e := fault.New(fault.Value, "%s does not fit the column's type %s", problem, f.Type)
	e.Pos = fault.Pos{Source: r.s.t.t.name(), Row: r.row + int64(n) + 1, Column: f.Name}
	return e.WithHint("cast it in a query, as in SELECT %s::text; numeric columns without precision take numeric=varchar or another decimal", quote(f.Name))
}

// Close implements spi.Reader. A query that has not ended is cancelled, and its connection given up.
func (r *reader) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	ended := r.done || r.res == nil
	r.done = true
	if !ended {
		hangUp(r.c)
		r.cancel()
		return nil
	}
	r.cancel()
	r.s.giveBack(r.c)
	return nil
}
