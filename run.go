package siksik

import (
	"cmp"
	"context"
	"iter"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/engine"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/spi"
)

// query binds and plans the frame.
func (f LazyFrame) query(ctx context.Context) (*engine.Query, error) {
	return f.engine().Query(ctx, f.node)
}

// Schema returns the columns that the frame will have. It binds the query, which opens its sources, and reads no rows.
func (f LazyFrame) Schema(ctx context.Context) (dtype.Schema, error) {
	q, err := f.query(ctx)
	if err != nil {
		return dtype.Schema{}, err
	}
	return q.Schema(), nil
}

// Collect runs the query and returns its rows.
func (f LazyFrame) Collect(ctx context.Context) (*DataFrame, error) {
	q, err := f.query(ctx)
	if err != nil {
		return nil, err
	}
	batches, err := q.Collect(ctx)
	if err != nil {
		return nil, err
	}
	return newDataFrame(q.Schema(), batches), nil
}

// Each runs the query and calls fn for each batch in order, on the calling goroutine. A batch is borrowed: it is valid until fn returns.
// It is the fastest way through a large result.
func (f LazyFrame) Each(ctx context.Context, fn func(*data.Batch) error) error {
	q, err := f.query(ctx)
	if err != nil {
		return err
	}
	return q.Run(ctx, fn)
}

// Batches runs the query and yields its rows in order, without holding them all. Batches belong to the caller. After an error nothing follows.
func (f LazyFrame) Batches(ctx context.Context) iter.Seq2[*data.Batch, error] {
	return func(yield func(*data.Batch, error) bool) {
		r, err := f.Prepare(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		r.batches(ctx)(yield)
	}
}

// batches yields copies of the batches.
func (r *Running) batches(ctx context.Context) iter.Seq2[*data.Batch, error] {
	return func(yield func(*data.Batch, error) bool) {
		err := r.Each(ctx, func(b *data.Batch) error {
			if !yield(b.Clone(), nil) {
				return exec.Stop
			}
			return nil
		})
		if err != nil && err != exec.Stop {
			yield(nil, err)
		}
	}
}

// Explain describes the plan as written, as optimised and as it runs.
func (f LazyFrame) Explain(ctx context.Context) (string, error) {
	return f.ExplainAs(ctx, engine.ExplainText)
}

// Mermaid describes the plan as a Mermaid flow chart.
func (f LazyFrame) Mermaid(ctx context.Context) (string, error) {
	return f.ExplainAs(ctx, engine.ExplainMermaid)
}

// ExplainAs describes the plan as "text", "mermaid" or "json".
func (f LazyFrame) ExplainAs(ctx context.Context, format string) (string, error) {
	q, err := f.query(ctx)
	if err != nil {
		return "", err
	}
	return q.Explain(format)
}

// ExplainAnalyze runs the query and describes the plan with rows, time and memory of each operator, as "text", "mermaid" or "json".
func (f LazyFrame) ExplainAnalyze(ctx context.Context, format string) (string, error) {
	q, err := f.query(ctx)
	if err != nil {
		return "", err
	}
	return q.Analyze(ctx, format)
}

// Progress is how far a running query is; see Watch.
type Progress struct {
	Source     string // the scanned table
	Rows       int64  // rows read
	Bytes      int64  // bytes of storage read
	TotalBytes int64  // bytes that will be read, as far as known
	Rejected   int64  // rows skipped or sent to a reject file
	Nulled     int64  // values replaced by null
}

// Running is a query that can be watched from another goroutine while it runs.
type Running struct{ q *engine.Query }

// Prepare binds and plans the frame, to be run once with Running.Each.
func (f LazyFrame) Prepare(ctx context.Context) (*Running, error) {
	q, err := f.query(ctx)
	if err != nil {
		return nil, err
	}
	return &Running{q}, nil
}

// Schema returns the output columns.
func (r *Running) Schema() dtype.Schema { return r.q.Schema() }

// Each is LazyFrame.Each.
func (r *Running) Each(ctx context.Context, fn func(*data.Batch) error) error {
	return r.q.Run(ctx, fn)
}

// Explain is LazyFrame.ExplainAs.
func (r *Running) Explain(format string) (string, error) { return r.q.Explain(format) }

// Progress returns the state of each scan. It may be called at any time, from any goroutine.
func (r *Running) Progress() []Progress {
	var out []Progress
	for _, s := range r.q.Scans() {
		m := s.Meter
		out = append(out, Progress{Source: s.Name, Rows: m.Rows.Load(), Bytes: m.Bytes.Load(), TotalBytes: m.TotalBytes.Load(),
			Rejected: m.Rejected.Load(), Nulled: m.Nulled.Load()})
	}
	return out
}

// Receipt is what a finished load wrote.
type Receipt struct {
	Path string
	Rows int64
}

// LoadOption changes how a sink is loaded.
type LoadOption func(*frame.Write)

// AppendRows adds to what is there instead of replacing it.
func AppendRows() LoadOption { return func(w *frame.Write) { w.Mode = spi.Append } }

// UpsertBy replaces the rows with the same key and adds the others.
func UpsertBy(key ...string) LoadOption {
	return func(w *frame.Write) { w.Mode, w.Key = spi.Upsert, key }
}

// LoadFormat names the format where the path does not tell.
func LoadFormat(name string) LoadOption {
	engine.LinkWriters()
	return func(w *frame.Write) { w.Format = name }
}

// LoadWith sets an option of the format or connector by name.
func LoadWith(name string, value any) LoadOption {
	return func(w *frame.Write) { w.Options[name] = value }
}

// SinkTo is the frame that loads f into a file or database by path or URL; running it yields one row with the number of rows written.
func (f LazyFrame) SinkTo(path string, opts ...LoadOption) LazyFrame {
	engine.LinkWriters()
	return f.sinkTo(path, "", opts)
}

// sinkTo is SinkTo for a format whose writer is linked; "" is the one that path or opts tell.
func (f LazyFrame) sinkTo(path, format string, opts []LoadOption) LazyFrame {
	w := &frame.Write{Input: f.node, Path: path, Options: spi.Options{}}
	for _, o := range opts {
		o(w)
	}
	w.Format = cmp.Or(format, w.Format)
	return f.with(w)
}

// Sink runs the query and loads its rows into a file or database. Either all rows become visible or none.
func (f LazyFrame) Sink(ctx context.Context, path string, opts ...LoadOption) (Receipt, error) {
	return f.SinkTo(path, opts...).load(ctx, path)
}

// load runs a frame that loads.
func (f LazyFrame) load(ctx context.Context, path string) (Receipt, error) {
	q, err := f.query(ctx)
	if err != nil {
		return Receipt{}, err
	}
	n, err := q.Written(ctx)
	return Receipt{Path: path, Rows: n}, err
}

// SinkCSV writes a CSV file.
func (f LazyFrame) SinkCSV(ctx context.Context, path string, opts ...LoadOption) (Receipt, error) {
	engine.CSVWriter.Link()
	return f.sinkTo(path, "csv", opts).load(ctx, path)
}

// SinkNDJSON writes a file of newline-delimited JSON.
func (f LazyFrame) SinkNDJSON(ctx context.Context, path string, opts ...LoadOption) (Receipt, error) {
	engine.NDJSONWriter.Link()
	return f.sinkTo(path, "ndjson", opts).load(ctx, path)
}

// SinkParquet writes a Parquet file.
func (f LazyFrame) SinkParquet(ctx context.Context, path string, opts ...LoadOption) (Receipt, error) {
	engine.ParquetWriter.Link()
	return f.sinkTo(path, "parquet", opts).load(ctx, path)
}

// SinkIPC writes an Arrow IPC file.
func (f LazyFrame) SinkIPC(ctx context.Context, path string, opts ...LoadOption) (Receipt, error) {
	engine.IPCWriter.Link()
	return f.sinkTo(path, "ipc", opts).load(ctx, path)
}

// SinkTable loads an opened sink of any connector.
func (f LazyFrame) SinkTable(ctx context.Context, name string, sink spi.Sink, opts ...LoadOption) (Receipt, error) {
	w := &frame.Write{Input: f.node, Path: name, Sink: sink, Options: spi.Options{}}
	for _, o := range opts {
		o(w)
	}
	return f.with(w).load(ctx, name)
}
