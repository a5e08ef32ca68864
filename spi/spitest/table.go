package spitest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
)

// TableCase is a table to check.
type TableCase struct {
	// Open opens the table. Each call opens it anew.
	Open func(t *testing.T) spi.Table
	// Rows is what the table holds, with the columns of its schema.
	Rows []*data.Batch
	// Schema is the schema that the table must have, or empty.
	Schema dtype.Schema
	// Ordered says that the splits, one after another, give Rows in order. Otherwise rows are compared as a set.
	Ordered bool
	// Seed makes the random predicates; 0 means 1.
	Seed uint64
}

// RunTable checks a table against the contracts of spi.Table, spi.Scan and spi.Reader.
func RunTable(t *testing.T, c TableCase) {
	if c.Seed == 0 {
		c.Seed = 1
	}
	t.Run("schema", c.schema)
	t.Run("all columns", func(t *testing.T) { c.compare(t, c.all(), nil, 1) })
	t.Run("rereads the same", func(t *testing.T) {
		table := c.Open(t)
		for range 2 {
			c.equal(t, c.read(t, table, c.all(), nil, 1), c.Rows)
		}
	})
	t.Run("projection in any order, with repeats", c.projections)
	t.Run("no columns counts rows", c.counts)
	t.Run("four threads read the same", func(t *testing.T) { c.compare(t, c.all(), nil, 4) })
	t.Run("predicates and residual", c.predicates)
	t.Run("key sets", c.keySets)
	t.Run("places of rows", c.places)
	t.Run("limit", c.limits)
	t.Run("cancelled", c.cancelled)
	t.Run("closed early", c.closedEarly)
	t.Run("statistics hold", c.stats)
}

func (c TableCase) all() []int {
	n := c.Schema.Len()
	if n == 0 && len(c.Rows) > 0 {
		n = len(c.Rows[0].Cols)
	}
	cols := make([]int, n)
	for i := range cols {
		cols[i] = i
	}
	return cols
}

func (c TableCase) schema(t *testing.T) {
	got := c.Open(t).Schema()
	if c.Schema.Len() > 0 && !got.Equal(c.Schema) {
		t.Fatalf("schema %s\nwant   %s", got, c.Schema)
	}
}

func (c TableCase) compare(t *testing.T, cols []int, where []spi.Pred, threads int) {
	t.Helper()
	c.equal(t, c.read(t, c.Open(t), cols, where, threads), Project(c.Rows, cols))
}

// equal compares rows, in order if the table has one.
func (c TableCase) equal(t *testing.T, got, want []*data.Batch) {
	t.Helper()
	EqualRows(t, got, want, c.Ordered)
}

// EqualRows fails the test unless the batches hold the same rows, in the same order if ordered is set.
func EqualRows(t *testing.T, got, want []*data.Batch, ordered bool) {
	t.Helper()
	g, w := Texts(got), Texts(want)
	if !ordered {
		slices.Sort(g)
		slices.Sort(w)
	}
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("row %d is\n  %s\nwant\n  %s", i, g[i], w[i])
		}
	}
	if len(g) != len(w) {
		t.Fatalf("%d rows, want %d", len(g), len(w))
	}
}

func (c TableCase) read(t *testing.T, table spi.Table, cols []int, where []spi.Pred, threads int) []*data.Batch {
	t.Helper()
	out, _, err := Read(context.Background(), table, spi.ScanSpec{Cols: cols, Where: where, Limit: -1, Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Read runs a scan with spec.Threads readers at a time and returns copies of all batches, in the order of the splits, and the residual
// predicates. It checks the rules of batches on the way.
func Read(ctx context.Context, table spi.Table, spec spi.ScanSpec) (batches []*data.Batch, residual []spi.Pred, err error) {
	scan, err := table.Scan(ctx, spec)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if e := scan.Close(); err == nil {
			err = e
		}
	}()
	type piece struct {
		n       int
		batches []*data.Batch
	}
	var mu sync.Mutex
	var pieces []piece
	var first error
	work := make(chan struct {
		n     int
		split spi.Split
	})
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var group sync.WaitGroup
	for range max(spec.Threads, 1) {
		group.Go(func() {
			for w := range work {
				b, err := readSplit(ctx, table, scan, w.split, spec)
				mu.Lock()
				pieces = append(pieces, piece{w.n, b})
				if err != nil && first == nil {
					first = err
					stop()
				}
				mu.Unlock()
			}
		})
	}
	n := 0
	for split, err := range scan.Splits(ctx) {
		if err != nil {
			mu.Lock()
			if first == nil {
				first = err
			}
			mu.Unlock()
			break
		}
		work <- struct {
			n     int
			split spi.Split
		}{n, split}
		n++
	}
	close(work)
	group.Wait()
	slices.SortFunc(pieces, func(a, b piece) int { return a.n - b.n })
	for _, p := range pieces {
		batches = append(batches, p.batches...)
	}
	return batches, scan.Residual(), first
}

func readSplit(ctx context.Context, table spi.Table, scan spi.Scan, split spi.Split, spec spi.ScanSpec) (out []*data.Batch, err error) {
	r, err := scan.Open(ctx, split)
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := r.Close(); err == nil {
			err = e
		}
		if e := r.Close(); err == nil && e != nil {
			err = fmt.Errorf("the second Close failed: %w", e)
		}
	}()
	for {
		b, err := r.Read(ctx)
		if err == io.EOF {
			if _, again := r.Read(ctx); again != io.EOF {
				return out, fmt.Errorf("after io.EOF, Read returned %v", again)
			}
			return out, nil
		}
		if err != nil {
			return out, err
		}
		if err := checkBatch(b, table.Schema(), spec.Cols); err != nil {
			return out, fmt.Errorf("split %s: %w", split.Name, err)
		}
		out = append(out, b.Clone())
	}
}

// checkBatch checks what every batch must satisfy.
func checkBatch(b *data.Batch, s dtype.Schema, cols []int) error {
	if b.Len < 1 || b.Len > data.BatchRows {
		return fmt.Errorf("a batch of %d rows", b.Len)
	}
	if len(b.Cols) != len(cols) {
		return fmt.Errorf("a batch of %d columns, want %d", len(b.Cols), len(cols))
	}
	for i, c := range b.Cols {
		if want := s.Fields[cols[i]].Type; !c.Type.Equal(want) {
			return fmt.Errorf("column %d has type %s, want %s", i, c.Type, want)
		}
		if c.Len != b.Len {
			return fmt.Errorf("column %d has %d rows of %d", i, c.Len, b.Len)
		}
	}
	return nil
}

func (c TableCase) projections(t *testing.T) {
	all := c.all()
	r := rand.New(rand.NewPCG(c.Seed, 3))
	back := slices.Clone(all)
	slices.Reverse(back)
	c.compare(t, back, nil, 1)
	for range 5 {
		cols := make([]int, 1+r.IntN(3))
		for i := range cols {
			cols[i] = r.IntN(len(all))
		}
		c.compare(t, cols, nil, 2)
	}
}

func count(batches []*data.Batch) int {
	n := 0
	for _, b := range batches {
		n += b.Len
	}
	return n
}

func (c TableCase) counts(t *testing.T) {
	if got, want := count(c.read(t, c.Open(t), nil, nil, 1)), count(c.Rows); got != want {
		t.Fatalf("%d rows without columns, want %d", got, want)
	}
}

// predicates checks that what a scan drops fails the predicates, and that it keeps what passes; with the residual applied, the rows must
// be exactly those that pass.
func (c TableCase) predicates(t *testing.T) {
	table := c.Open(t)
	if count(c.Rows) == 0 {
		return
	}
	r := rand.New(rand.NewPCG(c.Seed, 4))
	for i := range 20 {
		where := []spi.Pred{RandomPred(r, table.Schema(), c.Rows, 2)}
		if i%3 == 0 {
			where = append(where, RandomPred(r, table.Schema(), c.Rows, 1))
		}
		got, residual, err := Read(context.Background(), table, spi.ScanSpec{Cols: c.all(), Where: where, Limit: -1, Threads: 1 + i%2})
		if err != nil {
			t.Fatal(err)
		}
		text := spi.Pred{Op: spi.PredAnd, Kids: where}.Format(table.Schema().Names())
		g, w := keep(got, residual), keep(c.Rows, where)
		if !slices.Equal(g, w) {
			t.Fatalf("seed %d: where %s: %d rows, want %d", c.Seed, text, len(g), len(w))
		}
	}
}

// keep returns the rows that pass all predicates, sorted.
func keep(batches []*data.Batch, where []spi.Pred) []string {
	out := []string{}
	for _, b := range batches {
		for i := range b.Len {
			pass := true
			for _, p := range where {
				pass = pass && Holds(p, b, i)
			}
			if pass {
				out = append(out, Text(b, i))
			}
		}
	}
	slices.Sort(out)
	return out
}

func (c TableCase) limits(t *testing.T) {
	total := int64(count(c.Rows))
	for _, limit := range []int64{0, 1, total / 2, total, total + 10} {
		got, _, err := Read(context.Background(), c.Open(t), spi.ScanSpec{Cols: c.all(), Limit: limit, Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		// More rows than the limit are allowed: it is a hint. Fewer are not.
		if n := int64(count(got)); n < min(limit, total) || n > total {
			t.Fatalf("%d rows with limit %d of %d", n, limit, total)
		}
	}
}

func (c TableCase) cancelled(t *testing.T) {
	table := c.Open(t)
	ctx, cancel := context.WithCancel(context.Background())
	scan, err := table.Scan(ctx, spi.ScanSpec{Cols: c.all(), Limit: -1, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer scan.Close()
	cancel()
	for split, err := range scan.Splits(ctx) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("splits: %v, want context.Canceled", err)
			}
			return
		}
		r, err := scan.Open(ctx, split)
		if err == nil {
			for err == nil {
				_, err = r.Read(ctx)
			}
			r.Close()
		}
		if err != io.EOF && !errors.Is(err, context.Canceled) {
			t.Fatalf("read: %v, want context.Canceled", err)
		}
	}
}

func (c TableCase) closedEarly(t *testing.T) {
	table := c.Open(t)
	ctx := context.Background()
	scan, err := table.Scan(ctx, spi.ScanSpec{Cols: c.all(), Limit: -1, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	for split, err := range scan.Splits(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		r, err := scan.Open(ctx, split)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Read(ctx); err != nil && err != io.EOF {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		break
	}
	for range 2 {
		if err := scan.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func (c TableCase) stats(t *testing.T) {
	st, err := c.Open(t).Stats(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if n := int64(count(c.Rows)); st.Exact && st.Rows != n {
		t.Fatalf("exactly %d rows by statistics, %d in the table", st.Rows, n)
	}
	for i, col := range st.Cols {
		if !col.HasBounds {
			if col.Exact {
				t.Fatalf("column %d has exact bounds, but none", i)
			}
			continue
		}
		least, greatest := !col.Exact, !col.Exact
		for _, b := range c.Rows {
			for row := range b.Len {
				if v := b.Cols[i].Value(row); !v.Null && (compare(v, col.Min) < 0 || compare(v, col.Max) > 0) {
					t.Fatalf("column %d: %s is outside of %s … %s", i, v, col.Min, col.Max)
				} else if !v.Null {
					least, greatest = least || compare(v, col.Min) == 0, greatest || compare(v, col.Max) == 0
				}
			}
		}
		if !least || !greatest {
			t.Fatalf("column %d: no row has the exact bound %s or %s", i, col.Min, col.Max)
		}
	}
}
