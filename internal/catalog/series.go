package catalog

import (
	"context"
	"io"
	"iter"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
)

// Series is the table of the values First, First+Step, … of which there are Count: what range and generate_series read. They are of Type, which is stored as
// int64. Nothing of it is in memory.
type Series struct {
	Name        string
	Type        dtype.Type
	First, Step int64
	Count       int64
}

// Schema implements spi.Table: one column.
func (s *Series) Schema() dtype.Schema {
	return dtype.NewSchema(dtype.Field{Name: s.Name, Type: s.Type, Required: true})
}

// Stats implements spi.Table.
func (s *Series) Stats(context.Context) (spi.Stats, error) {
	st := spi.Stats{Rows: s.Count, Exact: true, Bytes: -1}
	if s.Count > 0 {
		lo, hi := s.First, s.First+(s.Count-1)*s.Step
		if lo > hi {
			lo, hi = hi, lo
		}
		t := s.Type
		st.Cols = []spi.ColStats{{Min: data.IntScalar(t, lo), Max: data.IntScalar(t, hi), HasBounds: true, Distinct: s.Count}}
	}
	return st, nil
}

// Scan implements spi.Table; it applies no predicates.
func (s *Series) Scan(_ context.Context, spec spi.ScanSpec) (spi.Scan, error) {
	return &seriesScan{s: s, spec: spec}, nil
}

// seriesScan cuts the numbers into splits.
type seriesScan struct {
	s    *Series
	spec spi.ScanSpec
}

// splitRows is how many numbers one split has.
const splitRows = 64 * data.BatchRows

// Splits implements spi.Scan.
func (x *seriesScan) Splits(ctx context.Context) iter.Seq2[spi.Split, error] {
	return func(yield func(spi.Split, error) bool) {
		for lo := int64(0); lo < x.s.Count; lo += splitRows {
			if ctx.Err() != nil {
				yield(spi.Split{}, context.Cause(ctx))
				return
			}
			n := min(splitRows, x.s.Count-lo)
			if !yield(spi.Split{Name: x.s.Name, Rows: n, Bytes: -1, Data: [2]int64{lo, lo + n}}, nil) {
				return
			}
		}
	}
}

// Open implements spi.Scan.
func (x *seriesScan) Open(_ context.Context, split spi.Split) (spi.Reader, error) {
	at := split.Data.([2]int64)
	return &seriesReader{x: x, at: at[0], end: at[1]}, nil
}

// Residual implements spi.Scan.
func (x *seriesScan) Residual() []spi.Pred { return x.spec.Where }

// Close implements spi.Scan.
func (x *seriesScan) Close() error { return nil }

type seriesReader struct {
	x       *seriesScan
	at, end int64
	vals    []int64
	out     data.Batch
}

// Read implements spi.Reader.
func (r *seriesReader) Read(context.Context) (*data.Batch, error) {
	n := min(int64(data.BatchRows), r.end-r.at)
	if n <= 0 {
		return nil, io.EOF
	}
	if r.vals == nil {
		r.vals = make([]int64, data.BatchRows)
	}
	s := r.x.s
	first := s.First + r.at*s.Step
	for i := range r.vals[:n] {
		r.vals[i] = first + int64(i)*s.Step
	}
	r.at += n
	r.out.Len, r.out.Cols = int(n), r.out.Cols[:0]
	for range r.x.spec.Cols {
		r.out.Cols = append(r.out.Cols, data.FlatColumn(s.Type, r.vals[:n], nil))
	}
	if m := r.x.spec.Meter; m != nil {
		m.Rows.Add(n)
	}
	return &r.out, nil
}

// Close implements spi.Reader.
func (r *seriesReader) Close() error { return nil }
