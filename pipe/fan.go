package pipe

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/spi"
)

// fan is the sink of one relation. It passes the rows to all real sinks and counts the rows that fail the tests, whose flags are the columns after
// those of the relation. Its Commit makes nothing visible: the run commits the real loads when everything was written and every check passed.
type fan struct {
	schema dtype.Schema
	loads  []*load
	tests  []*running
	counts []*Check // row_count

	mu   sync.Mutex
	rows int64
}

// running is a test with what it found.
type running struct {
	check *Check
	test  test
	found []example // the first ones, in the order of the rows
	bad   int64
}

// example is a row that fails, with its place in the order.
type example struct {
	morsel uint64
	seq    int
	text   string
}

// examplesMax is how many failing rows a message shows.
const examplesMax = 3

// load is one real sink with its load.
type load struct {
	from, uri string // uri without secrets
	target    string // the uri as it is
	mode      spi.Mode
	key       []string
	options   spi.Options
	sink      spi.Sink
	meter     spi.Meter
	open      spi.Load
	receipts  []spi.Receipt
	rows      atomic.Int64
	done      bool // committed
}

// Begin implements spi.Sink.
func (f *fan) Begin(ctx context.Context, spec spi.LoadSpec) (spi.Load, error) {
	if len(spec.Schema.Fields) != len(f.schema.Fields)+len(f.tests) {
		return nil, bug.Errorf("a write of %d columns has %d", len(f.schema.Fields)+len(f.tests), len(spec.Schema.Fields))
	}
	for _, l := range f.loads {
		own := spi.LoadSpec{Schema: f.schema, Mode: l.mode, Key: l.key, Threads: spec.Threads, Options: l.options, Meter: &l.meter}
		var err error
		if l.open, err = l.sink.Begin(ctx, own); err != nil {
			return nil, errors.Join(err, f.Abort(context.WithoutCancel(ctx)))
		}
	}
	return f, nil
}

// Parallel implements spi.Load.
func (f *fan) Parallel() bool {
	for _, l := range f.loads {
		if !l.open.Parallel() {
			return false
		}
	}
	return true
}

// Writer implements spi.Load.
func (f *fan) Writer(ctx context.Context) (spi.Writer, error) {
	w := &fanWriter{f: f, tests: make([]running, len(f.tests))}
	for _, l := range f.loads {
		x, err := l.open.Writer(ctx)
		if err != nil {
			return nil, err
		}
		w.out = append(w.out, x)
	}
	return w, nil
}

// Commit implements spi.Load: it keeps the receipts for the real commit.
func (f *fan) Commit(_ context.Context, receipts []spi.Receipt) error {
	for _, r := range receipts {
		parts, ok := r.Data.([]spi.Receipt)
		if !ok || len(parts) != len(f.loads) {
			return bug.Errorf("a receipt for %d sinks holds %T", len(f.loads), r.Data)
		}
		for i, l := range f.loads {
			l.receipts = append(l.receipts, parts[i])
		}
	}
	return nil
}

// Abort implements spi.Load. Loads that are committed stay.
func (f *fan) Abort(ctx context.Context) error {
	var errs []error
	for _, l := range f.loads {
		if l.open != nil && !l.done {
			errs = append(errs, l.open.Abort(ctx))
			l.open = nil
		}
	}
	return errors.Join(errs...)
}

// fanWriter is one worker's part of a fan.
type fanWriter struct {
	f     *fan
	out   []spi.Writer
	tests []running
	rows  int64
	seq   int
}

// Write implements spi.Writer.
func (w *fanWriter) Write(ctx context.Context, b *data.Batch) error {
	n := len(w.f.schema.Fields)
	for i := range w.tests {
		w.tests[i].look(w.f.schema, b, b.Cols[n+i], w.seq)
	}
	w.rows += int64(b.Len)
	w.seq += b.Len
	own := b
	if len(b.Cols) > n {
		own = &data.Batch{}
		*own = *b
		own.Cols = b.Cols[:n:n]
	}
	for i, o := range w.out {
		if err := o.Write(ctx, own); err != nil {
			return err
		}
		w.f.loads[i].rows.Add(int64(b.Len))
	}
	return nil
}

// Close implements spi.Writer.
func (w *fanWriter) Close(ctx context.Context) (spi.Receipt, error) {
	parts := make([]spi.Receipt, len(w.out))
	var errs []error
	for i, o := range w.out {
		var err error
		if parts[i], err = o.Close(ctx); err != nil {
			errs = append(errs, err)
		}
	}
	w.f.mu.Lock()
	defer w.f.mu.Unlock()
	w.f.rows += w.rows
	for i := range w.tests {
		w.f.tests[i].merge(&w.tests[i])
	}
	return spi.Receipt{Rows: w.rows, Data: parts}, errors.Join(errs...)
}

// look counts the rows of a batch for which the flag is true.
func (r *running) look(s dtype.Schema, b *data.Batch, flag *data.Column, seq int) {
	flag = flag.Flatten()
	if flag.Len == 0 || flag.Bits.Count(b.Len) == 0 {
		return
	}
	for i := range b.Len {
		if flag.IsNull(i) || !flag.Bits.Get(i) {
			continue
		}
		r.bad++
		if len(r.found) < examplesMax {
			r.found = append(r.found, example{b.Morsel, seq + i, rowText(s, b, i)})
		}
	}
}

// merge adds what another worker found.
func (r *running) merge(o *running) {
	r.bad += o.bad
	r.found = append(r.found, o.found...)
	slices.SortFunc(r.found, func(a, b example) int { return cmp.Or(cmp.Compare(a.morsel, b.morsel), cmp.Compare(a.seq, b.seq)) })
	r.found = r.found[:min(len(r.found), examplesMax)]
}

// shownColumnsMax is how many columns of a row a message shows.
const shownColumnsMax = 8

// rowText shows a row as column=value pairs.
func rowText(s dtype.Schema, b *data.Batch, row int) string {
	var out []byte
	for i, f := range s.Fields {
		if i == shownColumnsMax {
			return string(append(out, ", …"...))
		}
		if i > 0 {
			out = append(out, ", "...)
		}
		out = append(append(out, f.Name...), '=')
		if b.Cols[i].IsNull(row) {
			out = append(out, "NULL"...)
			continue
		}
		out = append(out, shorten(string(data.AppendText(nil, b.Cols[i], row)))...)
	}
	return string(out)
}

// shorten cuts long values.
func shorten(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
