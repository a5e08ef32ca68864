package compute

import (
	"math/rand/v2"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

func TestGatherReturnsTheRowsInAnyForm(t *testing.T) {
	var s Scratch
	eachColumn(t, allTypes, func(t *testing.T, r *rand.Rand, c *data.Column) {
		s.Reset()
		rows := []uint32{}
		for range 100 {
			if c.Len > 0 {
				rows = append(rows, uint32(r.IntN(c.Len)))
			}
		}
		out := Gather(&s, c, rows)
		checkColumn(t, out, c.Type, len(rows), func(i int) data.Scalar { return c.Value(int(rows[i])) })
		if out.Form != c.Form {
			t.Errorf("form %d became %d", c.Form, out.Form)
		}
		opt := make([]int32, 100)
		for i := range opt {
			opt[i] = int32(r.IntN(c.Len+1)) - 1
		}
		checkColumn(t, GatherNullable(&s, c, opt), c.Type, len(opt), func(i int) data.Scalar {
			if opt[i] < 0 {
				return data.NullScalar(c.Type)
			}
			return c.Value(int(opt[i]))
		})
		checkColumn(t, Flatten(&s, c), c.Type, c.Len, c.Value)
	})
}

func TestHashIsTheSameInEveryFormAndForEqualValues(t *testing.T) {
	var s Scratch
	first := data.FlatColumn(dtype.Of(dtype.Int64), make([]int64, 300), nil)
	eachColumn(t, allTypes, func(t *testing.T, r *rand.Rand, c *data.Column) {
		s.Reset()
		prefix := first.Slice(0, c.Len)
		for _, with := range [][]*data.Column{{c}, {prefix, c}, {c, c}} {
			flat := []*data.Column{}
			for _, k := range with {
				flat = append(flat, k.Flatten())
			}
			got, want := Hash(&s, with, c.Len), Hash(nil, flat, c.Len)
			for i := range got {
				if got[i] != want[i] {
					t.Errorf("row %d of %d: form %d hashes to %x, flat to %x", i, c.Len, c.Form, got[i], want[i])
					return
				}
			}
			seen := map[uint64]int{}
			for i := range got {
				j, ok := seen[got[i]]
				seen[got[i]] = i
				if a, b := c.Value(i), c.Value(j); ok && !looksEqual(a, b) {
					t.Errorf("%s and %s collide", a, b)
				}
			}
			for i := 1; i < len(got); i++ {
				if same(c.Value(i), c.Value(i-1)) && got[i] != got[i-1] {
					t.Errorf("equal values %s hash differently", c.Value(i))
				}
			}
		}
	})
}

// looksEqual is equality up to the sign of zero and the parts of an interval.
func looksEqual(a, b data.Scalar) bool {
	if a.Type.Kind == dtype.Interval && !a.Null && !b.Null {
		return intervalMicros(a.Iv) == intervalMicros(b.Iv)
	}
	return same(a, b) || a.String() == b.String()
}

func TestGatherAndHashAllocateNothingOnceWarm(t *testing.T) {
	var s Scratch
	r := rand.New(rand.NewPCG(1, 1))
	b := &data.Batch{Len: data.BatchRows}
	for _, typ := range []dtype.Type{dtype.Of(dtype.Int64), dtype.Of(dtype.String), dtype.DecimalOf(30, 2), dtype.Of(dtype.Bool)} {
		for _, form := range forms {
			b.Cols = append(b.Cols, randomColumn(r, typ, form, b.Len, 0.1))
		}
	}
	rows := make([]uint32, 0, b.Len)
	for i := 0; i < b.Len; i += 2 {
		rows = append(rows, uint32(i))
	}
	run := func() {
		s.Reset()
		Hash(&s, FilterBatch(&s, b, rows).Cols, len(rows))
	}
	run()
	if n := testing.AllocsPerRun(20, run); n != 0 {
		t.Errorf("%v allocations a batch", n)
	}
}
