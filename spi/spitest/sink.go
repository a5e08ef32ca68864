package spitest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/spi"
)

// SinkCase is a sink to check.
type SinkCase struct {
	// Open returns a sink on a target that does not exist yet; each subtest calls it once.
	Open func(t *testing.T) spi.Sink
	// Read returns what the target of the last Open holds, and whether it exists. Types may differ from what was written if Compare
	// says how to compare.
	Read func(t *testing.T) (rows []*data.Batch, exists bool)
	// Schema is what is written. It has an int64 column "id". Zero means a schema of a few plain types.
	Schema dtype.Schema
	// Modes are the modes that the sink supports. Upsert's key is id.
	Modes []spi.Mode
	// Ordered says that Read gives the rows in the order written.
	Ordered bool
	// Rows is how many rows are written; 0 means 2,500.
	Rows int
	// Text writes a row for the comparison, instead of Text: for systems that keep a value in another type.
	Text func(b *data.Batch, row int) string
}

// PlainSchema is a schema that every system has types for.
func PlainSchema() dtype.Schema {
	return dtype.NewSchema(
		dtype.Field{Name: "id", Type: dtype.Of(dtype.Int64)},
		dtype.Field{Name: "name", Type: dtype.Of(dtype.String)},
		dtype.Field{Name: "score", Type: dtype.Of(dtype.Float64)},
		dtype.Field{Name: "n", Type: dtype.Of(dtype.Int32)},
		dtype.Field{Name: "at", Type: dtype.TimestampOf(dtype.Micro, "")},
		dtype.Field{Name: "on", Type: dtype.Of(dtype.Date)},
		dtype.Field{Name: "ok", Type: dtype.Of(dtype.Bool)},
	)
}

// RunSink checks a sink against the contracts of spi.Sink, spi.Load and spi.Writer.
func RunSink(t *testing.T, c SinkCase) {
	if c.Schema.Len() == 0 {
		c.Schema = PlainSchema()
	}
	if c.Rows == 0 {
		c.Rows = 2500
	}
	if c.Text == nil {
		c.Text = Text
	}
	if len(c.Modes) == 0 {
		t.Fatal("SinkCase.Modes is empty: say which modes the sink supports")
	}
	t.Run("writes all types and nulls", func(t *testing.T) {
		sink := c.Open(t)
		rows := Random(c.Schema, c.Rows, 1)
		c.load(t, sink, spi.LoadSpec{Mode: c.Modes[0]}, rows, 1)
		c.want(t, rows)
	})
	t.Run("several writers", func(t *testing.T) {
		sink := c.Open(t)
		rows := Random(c.Schema, c.Rows, 2)
		c.load(t, sink, spi.LoadSpec{Mode: c.Modes[0]}, rows, 4)
		c.want(t, rows)
	})
	t.Run("no rows make an empty target", func(t *testing.T) {
		sink := c.Open(t)
		c.load(t, sink, spi.LoadSpec{Mode: c.Modes[0]}, nil, 1)
		if got, exists := c.Read(t); !exists || count(got) != 0 {
			t.Fatalf("%d rows, exists %v; want an empty target", count(got), exists)
		}
	})
	t.Run("abort leaves nothing", c.abort)
	t.Run("abort keeps what was there", c.abortKeeps)
	for _, m := range c.Modes {
		t.Run(m.String(), func(t *testing.T) { c.mode(t, m) })
	}
	for _, m := range []spi.Mode{spi.Replace, spi.Append, spi.Upsert, spi.Create} {
		if !slices.Contains(c.Modes, m) {
			t.Run("refuses "+m.String(), func(t *testing.T) { c.refuses(t, m) })
		}
	}
}

// load runs one load with so many writers, and commits it.
func (c SinkCase) load(t *testing.T, sink spi.Sink, spec spi.LoadSpec, rows []*data.Batch, threads int) {
	t.Helper()
	ctx := context.Background()
	spec.Schema, spec.Threads = c.Schema, threads
	if spec.Mode == spi.Upsert && spec.Key == nil {
		spec.Key = []string{"id"}
	}
	load, err := sink.Begin(ctx, spec)
	if err != nil {
		t.Fatal(err)
	}
	receipts, err := Write(ctx, load, rows, threads)
	if err != nil {
		load.Abort(ctx)
		t.Fatal(err)
	}
	if err := load.Commit(ctx, receipts); err != nil {
		t.Fatal(err)
	}
	if err := load.Abort(ctx); err != nil {
		t.Fatalf("Abort after Commit: %v", err)
	}
	n := int64(0)
	for _, r := range receipts {
		n += r.Rows
	}
	if want := int64(count(rows)); n != want {
		t.Fatalf("the receipts count %d rows, want %d", n, want)
	}
}

// Write feeds the batches to writers of the load, several at a time if it takes that, and returns their receipts.
func Write(ctx context.Context, load spi.Load, rows []*data.Batch, threads int) ([]spi.Receipt, error) {
	if !load.Parallel() {
		threads = 1
	}
	var mu sync.Mutex
	var receipts []spi.Receipt
	var first error
	var group sync.WaitGroup
	for k := range threads {
		group.Go(func() {
			r, err := writePart(ctx, load, rows, k, threads)
			mu.Lock()
			defer mu.Unlock()
			if err != nil && first == nil {
				first = err
			}
			receipts = append(receipts, r)
		})
	}
	group.Wait()
	return receipts, first
}

// writePart writes every threads-th batch. What it hands over is overwritten afterwards, as the contract allows.
func writePart(ctx context.Context, load spi.Load, rows []*data.Batch, k, threads int) (spi.Receipt, error) {
	w, err := load.Writer(ctx)
	if err != nil {
		return spi.Receipt{}, err
	}
	for i := k; i < len(rows); i += threads {
		b := rows[i].Clone()
		if err := w.Write(ctx, b); err != nil {
			w.Close(ctx)
			return spi.Receipt{}, err
		}
		for _, c := range b.Cols {
			clear(c.Buf)
			for _, h := range c.Heap {
				clear(h)
			}
		}
	}
	return w.Close(ctx)
}

func (c SinkCase) texts(rows []*data.Batch) []string {
	var out []string
	for _, b := range rows {
		for i := range b.Len {
			out = append(out, c.Text(b, i))
		}
	}
	if !c.Ordered {
		slices.Sort(out)
	}
	return out
}

// want checks what the target holds.
func (c SinkCase) want(t *testing.T, rows []*data.Batch) {
	t.Helper()
	got, exists := c.Read(t)
	if !exists {
		t.Fatal("the target does not exist")
	}
	g, w := c.texts(got), c.texts(rows)
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("row %d is\n  %s\nwant\n  %s", i, g[i], w[i])
		}
	}
	if len(g) != len(w) {
		t.Fatalf("%d rows, want %d", len(g), len(w))
	}
}

func (c SinkCase) abort(t *testing.T) {
	sink := c.Open(t)
	ctx, cancel := context.WithCancel(context.Background())
	load, err := sink.Begin(ctx, spi.LoadSpec{Schema: c.Schema, Mode: c.Modes[0], Key: c.key(c.Modes[0]), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Write(ctx, load, Random(c.Schema, c.Rows, 3), 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	for range 2 {
		if err := load.Abort(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if got, exists := c.Read(t); exists && count(got) > 0 {
		t.Fatalf("%d rows after Abort", count(got))
	}
}

func (c SinkCase) key(m spi.Mode) []string {
	if m == spi.Upsert {
		return []string{"id"}
	}
	return nil
}

func (c SinkCase) abortKeeps(t *testing.T) {
	for _, m := range c.Modes {
		if m == spi.Create {
			continue
		}
		sink := c.Open(t)
		ctx := context.Background()
		old := Random(c.Schema, 100, 4)
		c.load(t, sink, spi.LoadSpec{Mode: c.Modes[0]}, old, 1)
		load, err := sink.Begin(ctx, spi.LoadSpec{Schema: c.Schema, Mode: m, Key: c.key(m), Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Write(ctx, load, Random(c.Schema, c.Rows, 5), 1); err != nil {
			t.Fatal(err)
		}
		if err := load.Abort(ctx); err != nil {
			t.Fatal(err)
		}
		c.want(t, old)
	}
}

// mode loads twice and checks what the second load made of the first.
func (c SinkCase) mode(t *testing.T, m spi.Mode) {
	sink := c.Open(t)
	first, second := Random(c.Schema, 300, 6), Random(c.Schema, 200, 7)
	c.load(t, sink, spi.LoadSpec{Mode: m}, first, 1)
	c.want(t, first)
	switch m {
	case spi.Replace:
		c.load(t, sink, spi.LoadSpec{Mode: m}, second, 1)
		c.want(t, second)
	case spi.Append:
		c.load(t, sink, spi.LoadSpec{Mode: m}, second, 1)
		c.want(t, append(slices.Clone(first), second...))
	case spi.Upsert:
		// Ids count from 0, so that the second load replaces the first 200 rows.
		c.load(t, sink, spi.LoadSpec{Mode: m}, second, 1)
		c.want(t, append(slices.Clone(second), first[0].Slice(200, 300)))
	case spi.Create:
		load, err := sink.Begin(context.Background(), spi.LoadSpec{Schema: c.Schema, Mode: m, Threads: 1})
		if err == nil {
			var receipts []spi.Receipt
			if receipts, err = Write(context.Background(), load, second, 1); err == nil {
				err = load.Commit(context.Background(), receipts)
			}
			load.Abort(context.Background())
		}
		if err == nil {
			t.Fatal("create over an existing target succeeded")
		}
		c.want(t, first)
	}
}

// refuses checks that an unsupported mode is an error that a person can read, and not something else done silently.
func (c SinkCase) refuses(t *testing.T, m spi.Mode) {
	load, err := c.Open(t).Begin(context.Background(), spi.LoadSpec{Schema: c.Schema, Mode: m, Key: c.key(m), Threads: 1})
	if err == nil {
		load.Abort(context.Background())
		t.Fatal(fmt.Errorf("mode %s was accepted; either support it or refuse it", m))
	}
	if code := fault.CodeOf(err); code == "" {
		t.Fatalf("the error has no code: %v", err)
	}
}
