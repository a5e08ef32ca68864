package parquet

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/spi"
)

// passes is the naive twin of the scan's predicates: 1 true, 0 false, -1 unknown.
func passes(p spi.Pred, row func(col int) data.Scalar) int {
	truth := func(b bool) int {
		if b {
			return 1
		}
		return 0
	}
	switch p.Op {
	case spi.PredAnd, spi.PredOr:
		out := truth(p.Op == spi.PredAnd)
		for _, k := range p.Kids {
			x := passes(k, row)
			if x == truth(p.Op == spi.PredOr) {
				return x
			}
			if x < 0 {
				out = -1
			}
		}
		return out
	case spi.PredNot:
		if x := passes(p.Kids[0], row); x >= 0 {
			return 1 - x
		}
		return -1
	}
	v := row(p.Col)
	switch {
	case p.Op == spi.PredIsNull:
		return truth(v.Null)
	case p.Op == spi.PredNotNull:
		return truth(!v.Null)
	case v.Null:
		return -1
	case p.Op == spi.PredIn:
		for _, w := range p.Values {
			if naiveCompare(v, w) == 0 {
				return 1
			}
		}
		return 0
	case p.Op == spi.PredPrefix:
		return truth(strings.HasPrefix(v.S, p.Values[0].S))
	}
	c := naiveCompare(v, p.Values[0])
	return truth([]bool{c == 0, c != 0, c < 0, c <= 0, c > 0, c >= 0}[p.Op])
}

func naiveCompare(a, b data.Scalar) int {
	switch {
	case a.Type.Phys() == dtype.PhysView:
		return strings.Compare(a.S, b.S)
	case a.Type.IsFloat() && math.IsNaN(a.F) && math.IsNaN(b.F):
		return 0
	case a.Type.IsFloat() && math.IsNaN(a.F), a.Type.IsFloat() && a.F > b.F:
		return 1
	case a.Type.IsFloat() && math.IsNaN(b.F), a.Type.IsFloat() && a.F < b.F:
		return -1
	case a.Type.IsFloat():
		return 0
	}
	return a.I.Cmp(b.I)
}

// randomPred makes a predicate whose literals come from the rows, so that it is rarely always true or false.
func randomPred(r *rand.Rand, s dtype.Schema, rows [][]data.Scalar, deep int) spi.Pred {
	if deep > 0 && r.IntN(2) == 0 {
		op := []spi.PredOp{spi.PredAnd, spi.PredOr, spi.PredNot}[r.IntN(3)]
		p := spi.Pred{Op: op}
		n := 1
		if op != spi.PredNot {
			n = 1 + r.IntN(3)
		}
		for range n {
			p.Kids = append(p.Kids, randomPred(r, s, rows, deep-1))
		}
		return p
	}
	col := r.IntN(s.Len())
	op := spi.PredOp(r.IntN(int(spi.PredPrefix) + 1))
	p := spi.Pred{Op: op, Col: col}
	n := 1
	switch {
	case op == spi.PredIsNull || op == spi.PredNotNull:
		return p
	case op == spi.PredPrefix && s.Fields[col].Type.Kind != dtype.String, len(rows) == 0:
		return spi.Pred{Op: spi.PredNotNull, Col: col}
	case op == spi.PredIn:
		n = 1 + r.IntN(12)
	}
	for range n {
		v := rows[r.IntN(len(rows))][col]
		if v.Null {
			v = randomScalar(r, s.Fields[col].Type, profile{distinct: 3})
		}
		if op == spi.PredPrefix {
			v.S = v.S[:min(len(v.S), r.IntN(6))]
		}
		p.Values = append(p.Values, v)
	}
	return p
}

// sortedBatches makes rows whose first column ascends, so that pages and row groups can be pruned.
func sortedBatches(r *rand.Rand, s dtype.Schema, rows int) []*data.Batch {
	batches := randomBatches(r, s, rows)
	var all []data.Scalar
	for _, b := range batches {
		for i := range b.Len {
			all = append(all, b.Cols[0].Value(i))
		}
	}
	slices.SortStableFunc(all, func(a, b data.Scalar) int {
		if a.Null || b.Null {
			return boolInt(b.Null) - boolInt(a.Null)
		}
		return naiveCompare(a, b)
	})
	at := 0
	for _, b := range batches {
		bl := data.NewBuilder(s.Fields[0].Type, b.Len)
		for range b.Len {
			bl.AppendScalar(all[at])
			at++
		}
		b.Cols[0] = bl.Build()
	}
	return batches
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// flatSchema has so many columns c0, c1 … of random flat types but Null and Interval.
func flatSchema(r *rand.Rand, columns int) dtype.Schema {
	s := dtype.NewSchema()
	for i := range columns {
		ty := randomType(r, 0)
		for ty.Kind == dtype.Null || ty.Kind == dtype.Interval {
			ty = randomType(r, 0)
		}
		s.Fields = append(s.Fields, dtype.Field{Name: fmt.Sprintf("c%d", i), Type: ty})
	}
	return s
}

func TestFilteredScanEqualsScanThenFilter(t *testing.T) {
	seed := seedOf(t)
	pruned := 0
	for round := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, round))
		s := flatSchema(r, 1+r.IntN(4))
		deep := randomType(r, 2)
		batches := sortedBatches(r, s, 1+r.IntN(4000))
		full := dtype.NewSchema(append(slices.Clone(s.Fields), dtype.Field{Name: "deep", Type: deep})...)
		for _, b := range batches {
			b.Cols = append(b.Cols, randomColumn(r, deep, profile{0.2, 0}, b.Len))
		}
		fs := newMemFS()
		opts := randomSinkOptions(r)
		if err := write(fs, "f", full, batches, opts); err != nil {
			t.Fatal(err)
		}
		tab, err := openPaths(fs, nil, "f")
		if err != nil {
			t.Fatal(err)
		}
		var rows [][]data.Scalar
		for _, b := range batches {
			for i := range b.Len {
				var row []data.Scalar
				for _, c := range b.Cols {
					row = append(row, c.Value(i))
				}
				rows = append(rows, row)
			}
		}
		var where []spi.Pred
		for range 1 + r.IntN(2) {
			where = append(where, randomPred(r, s, rows, 2))
		}
		want := make([][]string, full.Len())
		for _, row := range rows {
			ok := true
			for _, p := range where {
				ok = ok && passes(p, func(c int) data.Scalar { return row[c] }) == 1
			}
			if ok {
				for i, v := range row {
					var b strings.Builder
					canon(&b, v)
					want[i] = append(want[i], b.String())
				}
			}
		}
		meter := &spi.Meter{}
		got := make([][]string, full.Len())
		spec := spi.ScanSpec{Cols: allCols(tab), Where: where, Limit: -1, Meter: meter}
		if r.IntN(3) == 0 { // the same predicates may come late
			spec.Dynamic = &spi.Dynamic{}
			spec.Dynamic.Slot().Tighten(where)
		}
		err = readAll(tab, spec, func(b *data.Batch) {
			for i, c := range b.Cols {
				got[i] = append(got[i], canonColumn(c)...)
			}
		})
		if err != nil {
			t.Fatalf("seed %d round %d: %v", seed, round, err)
		}
		if meter.Bytes.Load() < meter.TotalBytes.Load()/2 {
			pruned++
		}
		for i := range want {
			if !slices.Equal(got[i], want[i]) {
				var text []string
				for _, p := range where {
					text = append(text, p.Format(full.Names()))
				}
				t.Fatalf("seed %d round %d: column %d (%s) has %d rows, want %d\nwhere %.500s\noptions %v", seed, round, i,
					full.Fields[i].Type, len(got[i]), len(want[i]), strings.Join(text, " and "), opts)
			}
		}
	}
	if pruned == 0 {
		t.Error("no scan read less than half of its bytes")
	}
}
