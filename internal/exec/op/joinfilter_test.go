package op

import (
	"math/rand/v2"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// The bounds that a scan is told are those of the keys that are not null, whatever the width; keys that are all null have none.
func TestBoundsOfIntegerKeys(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for _, p := range []dtype.Type{
		dtype.Of(dtype.Int8), dtype.Of(dtype.Int16), dtype.Of(dtype.Int32), dtype.Of(dtype.Int64), dtype.Of(dtype.Uint8), dtype.Of(dtype.Uint16),
		dtype.Of(dtype.Uint32), dtype.Of(dtype.Date),
	} {
		for _, share := range []float64{0, 0.3, 1} {
			b := data.NewBuilder(p, 0)
			lo, hi, some := int64(0), int64(0), false
			for range 1 + r.IntN(300) {
				if r.Float64() < share {
					b.AppendNull()
					continue
				}
				v := int64(r.IntN(100))
				if !p.IsUnsigned() {
					v -= 50
				}
				b.AppendScalar(data.IntScalar(p, v))
				if !some {
					lo, hi, some = v, v, true
				}
				lo, hi = min(lo, v), max(hi, v)
			}
			got, err := boundsOf(b.Build())
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case !some && len(got) > 0:
				t.Errorf("seed %d: %v: nulls have the bounds %v", seed, p, got)
			case some && (len(got) != 2 || got[0].Int64() != lo || got[1].Int64() != hi || !got[0].Type.Equal(p)):
				t.Errorf("seed %d: %v: the bounds are %v, want %d and %d", seed, p, got, lo, hi)
			}
		}
	}
}
