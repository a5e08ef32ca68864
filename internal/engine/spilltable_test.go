package engine

import (
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"math/rand/v2"
	"sync/atomic"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/refimpl"
	"github.com/siksik-data/siksik/spi"
)

// watched is a table whose reads a test can follow, and interrupt. It takes no memory of the engine.
type watched struct {
	schema  dtype.Schema
	batches []*data.Batch
	reads   atomic.Int64
	onRead  atomic.Pointer[func(read int64)] // or nil
}

// watchedRows is the size of a batch of a watched table; a split has four of them.
const watchedRows = 256

// newWatched makes n rows: k has few rows a value, g about forty values, v is unique, f a double, s a text of which some are long.
func newWatched(seed uint64, n int) *watched {
	r := rand.New(rand.NewPCG(seed, 11))
	w := &watched{}
	names := []string{"k", "g", "v", "f", "s"}
	types := []dtype.Type{dtype.Of(dtype.Int64), dtype.Of(dtype.Int32), dtype.Of(dtype.Int64), dtype.Of(dtype.Float64), dtype.Of(dtype.String)}
	for i, name := range names {
		w.schema.Fields = append(w.schema.Fields, dtype.Field{Name: name, Type: types[i]})
	}
	for at := 0; at < n; at += watchedRows {
		rows := min(watchedRows, n-at)
		b := &data.Batch{Len: rows}
		build := make([]*data.Builder, len(types))
		for i, t := range types {
			build[i] = data.NewBuilder(t, rows)
		}
		for i := range rows {
			text := fmt.Sprintf("text %d", r.IntN(n))
			if r.IntN(4) == 0 {
				text = fmt.Sprintf("a longer text that does not fit a view, number %d", r.IntN(n))
			}
			values := []data.Scalar{data.IntScalar(types[0], int64(r.IntN(n*3/4))*1_000_003), data.IntScalar(types[1], int64(r.IntN(40))),
				data.IntScalar(types[2], int64(at+i)), {Type: types[3], F: float64(r.IntN(n)) / 8}, {Type: types[4], S: text}}
			for j, v := range values {
				if j != 2 && r.IntN(50) == 0 {
					v = data.NullScalar(types[j])
				}
				build[j].AppendScalar(v)
			}
		}
		for _, x := range build {
			b.Cols = append(b.Cols, x.Build())
		}
		w.batches = append(w.batches, b)
	}
	return w
}

func (w *watched) Schema() dtype.Schema { return w.schema }

func (w *watched) Stats(context.Context) (spi.Stats, error) { return spi.Stats{Rows: -1}, nil }

func (w *watched) Scan(_ context.Context, spec spi.ScanSpec) (spi.Scan, error) {
	return &watchedScan{w, spec}, nil
}

// watchedScan reads the columns of a spec.
type watchedScan struct {
	w    *watched
	spec spi.ScanSpec
}

func (s *watchedScan) Splits(context.Context) iter.Seq2[spi.Split, error] {
	return func(yield func(spi.Split, error) bool) {
		for at := 0; at < len(s.w.batches); at += 4 {
			if !yield(spi.Split{Data: s.w.batches[at:min(at+4, len(s.w.batches))]}, nil) {
				return
			}
		}
	}
}

func (s *watchedScan) Open(_ context.Context, x spi.Split) (spi.Reader, error) {
	return &watchedReader{watchedScan: s, left: x.Data.([]*data.Batch)}, nil
}

func (s *watchedScan) Residual() []spi.Pred { return s.spec.Where }

func (s *watchedScan) Close() error { return nil }

type watchedReader struct {
	*watchedScan
	left []*data.Batch
}

func (r *watchedReader) Read(context.Context) (*data.Batch, error) {
	n := r.w.reads.Add(1)
	if f := r.w.onRead.Load(); f != nil {
		(*f)(n)
	}
	if len(r.left) == 0 {
		return nil, io.EOF
	}
	b := &data.Batch{Len: r.left[0].Len}
	for _, c := range r.spec.Cols {
		b.Cols = append(b.Cols, r.left[0].Cols[c])
	}
	r.left = r.left[1:]
	return b, nil
}

func (r *watchedReader) Close() error { return nil }

// digest sums up rows and their order.
type digest struct {
	hash maphash.Hash
	rows int
}

var digestSeed = maphash.MakeSeed()

func newDigest() *digest {
	d := &digest{}
	d.hash.SetSeed(digestSeed)
	return d
}

func (d *digest) add(b *data.Batch) error {
	row := make([]data.Scalar, len(b.Cols))
	for i := range b.Len {
		for j, c := range b.Cols {
			row[j] = c.Value(i)
		}
		d.rows++
		if _, err := d.hash.WriteString(refimpl.Key(row) + "\n"); err != nil {
			return err
		}
	}
	return nil
}

func (d *digest) String() string { return fmt.Sprintf("%d rows, %x", d.rows, d.hash.Sum64()) }
