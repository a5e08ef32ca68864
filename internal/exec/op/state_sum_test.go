package op

import (
	"math"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
)

// TestASumOfOneGroupIsThatOfManyGroups adds up batches with nulls and with values that leave 64 bits and come back, in a state of one group and in the
// first of several.
func TestASumOfOneGroupIsThatOfManyGroups(t *testing.T) {
	r := seeded(t)
	for _, arg := range []dtype.Kind{dtype.Int8, dtype.Int16, dtype.Int32, dtype.Int64, dtype.Uint8, dtype.Uint16, dtype.Uint32} {
		for _, name := range []string{"sum", "avg"} {
			typ := dtype.Of(dtype.Int128)
			if name == "avg" {
				typ = dtype.Of(dtype.Float64)
			}
			spec := &aggSpec{name: name, typ: typ, args: []dtype.Type{dtype.Of(arg)}}
			var states [2]state
			for i := range states {
				s, err := spec.plain()
				if err != nil {
					t.Fatal(err)
				}
				s.grow(1 + 2*i)
				states[i] = s
			}
			for range 20 {
				n := 1 + r.IntN(data.BatchRows)
				b := data.NewBuilder(dtype.Of(arg), n)
				for range n {
					v := int64(r.IntN(100))
					if arg == dtype.Int64 && r.IntN(3) == 0 {
						v = []int64{math.MaxInt64, math.MinInt64}[r.IntN(2)]
					}
					if r.IntN(4) == 0 {
						b.AppendNull()
					} else {
						b.AppendScalar(data.IntScalar(dtype.Of(arg), v))
					}
				}
				col, g := b.Build(), make([]uint32, n)
				var got [2]data.Scalar
				for _, s := range states {
					if err := s.update(&aggRows{args: []*data.Column{col}, n: n, scratch: &compute.Scratch{}}, g); err != nil {
						t.Fatal(err)
					}
				}
				for i, s := range states {
					c, err := s.arrange([]uint32{0}).result()
					if err != nil {
						t.Fatal(err)
					}
					got[i] = c.Value(0)
				}
				if got[0].String() != got[1].String() {
					t.Fatalf("%s of %s: %s for one group, %s for one of three", name, dtype.Of(arg), got[0], got[1])
				}
			}
		}
	}
}
