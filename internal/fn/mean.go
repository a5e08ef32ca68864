package fn

import (
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
)

// meanOf divides sums by counts as avg does. The optimiser makes it of an avg whose sums and counts are found in parts, so it is linked always.
func meanOf(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	scale := 1.0
	if t := args[0].Type; t.Kind == dtype.Decimal {
		scale = math.Pow10(int(t.Scale))
	}
	dst, none := compute.Make[float64](c.Scratch, n), nulls{}
	for i := range dst {
		count := intAt(args[1], i)
		if count.Sign() == 0 {
			none.mark(c, i, n, valid)
			continue
		}
		dst[i] = wide(intAt(args[0], i)).Float64() / (wide(count).Float64() * scale)
	}
	return num(c, dst, none.or(valid)), nil
}
