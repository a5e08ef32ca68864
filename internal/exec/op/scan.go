package op

import (
	"context"
	"io"
	"iter"
	"slices"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/eval"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/spi"
)

func (b *builder) scan(n *phys.Scan) ([]exec.Leg, error) {
	s := &scan{node: n, meter: b.prof.Meter(n.ID), mem: b.account(n.ID, "scan"), threads: b.threads}
	for _, t := range n.Tests {
		prog, err := eval.CompileFilter(t.Conds, t.Cols)
		if err != nil {
			return nil, err
		}
		s.tests = append(s.tests, spi.RowTest{Cols: t.Source, New: func() spi.RowTester { return rowTester{prog.Worker()} }})
	}
	return b.source(n, s), nil
}

// scan reads a table: its tasks are the table's splits. What the table does not filter itself, the readers filter.
type scan struct {
	node    *phys.Scan
	meter   *spi.Meter
	mem     *exec.Account
	threads int
	tests   []spi.RowTest

	run    spi.Scan
	filter *filter // the residual predicates, or nil
	sieved bool    // the scan applies key sets itself
	next   func() (spi.Split, error, bool)
	stop   func()
}

// rowTester evaluates conditions of a scan; see spi.RowTester.
type rowTester struct{ conds *eval.FilterWorker }

// Select implements spi.RowTester.
func (t rowTester) Select(ctx context.Context, cols []*data.Column, n int) ([]uint32, bool, error) {
	return t.conds.Select(ctx, &data.Batch{Cols: cols, Len: n})
}

// Open implements exec.Source. It is called when the pipelines that tighten Dynamic have ended.
func (s *scan) Open(ctx context.Context) error {
	n := s.node
	spec := spi.ScanSpec{Cols: n.Source, Where: n.Where, Tests: s.tests, Limit: n.Limit, Dynamic: n.Dynamic, Threads: s.threads,
		Meter: s.meter, Reserve: s.mem.Grow}
	var err error
	if s.run, err = n.Table.Scan(ctx, spec); err != nil {
		return err
	}
	rest := s.run.Residual()
	if extra := missing(n.Source, rest); len(extra) > 0 {
		if err := s.run.Close(); err != nil {
			return err
		}
		spec.Cols = append(slices.Clone(n.Source), extra...)
		if s.run, err = n.Table.Scan(ctx, spec); err != nil {
			return err
		}
		rest = s.run.Residual()
	}
	if x, ok := s.run.(spi.SetScan); ok {
		s.sieved = x.AppliesSets()
	}
	if len(rest) > 0 {
		if err := s.residual(rest, spec.Cols); err != nil {
			return err
		}
	}
	s.next, s.stop = iter.Pull2(s.run.Splits(ctx))
	return nil
}

// missing returns the columns that the predicates read and that are not among cols.
func missing(cols []int, preds []spi.Pred) []int {
	var out []int
	for _, p := range preds {
		for _, c := range p.Columns(nil) {
			if !slices.Contains(cols, c) && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// residual prepares the filter for batches with the schema positions read.
func (s *scan) residual(preds []spi.Pred, read []int) error {
	schema := s.node.Table.Schema()
	all := make([]expr.Col, schema.Len())
	for i, f := range schema.Fields {
		all[i] = expr.Col{ID: expr.ColID(-1 - i), Name: f.Name, Type: f.Type}
	}
	in := make([]expr.Col, len(read))
	for i, p := range read {
		in[i] = all[p]
	}
	prog, err := eval.CompileFilter([]expr.Expr{eval.FromPreds(preds, all)}, in)
	if err != nil {
		return err
	}
	s.filter = &filter{prog: prog}
	if len(read) > len(s.node.Source) {
		s.filter.picks = make([]int, len(s.node.Source))
		for i := range s.filter.picks {
			s.filter.picks[i] = i
		}
	}
	return nil
}

// Next implements exec.Source.
func (s *scan) Next(context.Context) (exec.Task, error) {
	split, err, ok := s.next()
	if !ok {
		return nil, io.EOF
	}
	return split, err
}

// Worker implements exec.Source.
func (s *scan) Worker(int) exec.Reader {
	r := &scanReader{s: s}
	if s.filter != nil {
		r.sel = s.filter.selector()
	}
	if s.node.Dynamic != nil && !s.sieved {
		r.sieve = &sieve{dynamic: s.node.Dynamic, source: s.node.Source}
	}
	return r
}

// Close implements exec.Source.
func (s *scan) Close() error {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
	if s.run == nil {
		return nil
	}
	run := s.run
	s.run = nil
	return run.Close()
}

type scanReader struct {
	s      *scan
	cur    spi.Reader
	out    data.Batch
	sel    selector
	sieve  *sieve // or nil
	picked data.Batch
	rest   *data.Batch // what is left of a batch that was too long
	first  int         // row of the table's batch at which the current one begins
	rows   []uint32    // of the current one: those that passed the filter; nil: all
}

// Start implements exec.Reader.
func (r *scanReader) Start(ctx context.Context, t exec.Task) error {
	if err := r.Close(); err != nil {
		return err
	}
	var err error
	if r.sieve != nil {
		r.sieve.start()
	}
	r.cur, err = r.s.run.Open(ctx, t.(spi.Split))
	return err
}

// Read implements exec.Reader.
func (r *scanReader) Read(ctx context.Context) (*data.Batch, error) {
	for {
		b, err := r.batch(ctx)
		if err != nil {
			return nil, err
		}
		b, err = r.passing(ctx, b)
		if err != nil {
			return nil, err
		}
		if b != nil {
			r.out = *b
			return &r.out, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
}

// passing returns the rows of b that pass the filter and the sieve, or nil if there are none.
func (r *scanReader) passing(ctx context.Context, b *data.Batch) (*data.Batch, error) {
	var rows []uint32 // nil: all
	r.rows = nil
	if r.s.filter != nil {
		some, all, err := r.sel.conds.Select(ctx, b)
		if err != nil {
			return nil, r.fail(ctx, err)
		}
		if !all {
			if len(some) == 0 {
				return nil, nil
			}
			rows = some
		}
		b = pick(&r.picked, b, r.s.filter.picks)
	}
	if r.sieve != nil {
		some, all := r.sieve.keep(b, rows)
		if !all && len(some) == 0 {
			return nil, nil
		}
		rows = some
	}
	if r.rows = rows; rows == nil {
		return b, nil
	}
	return r.sel.take(b, rows), nil
}

// batch returns the next batch of the table, cut to at most data.BatchRows rows.
func (r *scanReader) batch(ctx context.Context) (*data.Batch, error) {
	b := r.rest
	r.rest = nil
	if b == nil {
		var err error
		if b, err = r.cur.Read(ctx); err != nil {
			return nil, err
		}
		r.first = -data.BatchRows
	}
	r.first += data.BatchRows
	if b.Len > data.BatchRows {
		r.rest = b.Slice(data.BatchRows, b.Len)
		b = b.Slice(0, data.BatchRows)
	}
	return b, nil
}

// fail completes an error of the filter.
func (r *scanReader) fail(ctx context.Context, err error) error {
	if e, ok := exec.AtRow(err).(*exec.RowError); ok {
		return r.Locate(ctx, e.Row, e.Err)
	}
	return err
}

// Locate implements exec.Locator.
func (r *scanReader) Locate(ctx context.Context, row int, err *fault.Error) error {
	l, ok := r.cur.(spi.Locator)
	if !ok {
		return err
	}
	if r.rows != nil {
		row = int(r.rows[row])
	}
	place, failed := l.Locate(ctx, r.first+row)
	if failed != nil {
		// The value is what has to be mended, even if its place cannot be told.
		return err
	}
	c := *err
	c.Pos.Source, c.Pos.Line, c.Pos.Row = place.Source, place.Line, place.Row
	return &c
}

// Close implements exec.Reader.
func (r *scanReader) Close() error {
	r.rest = nil
	if r.cur == nil {
		return nil
	}
	cur := r.cur
	r.cur = nil
	return cur.Close()
}
