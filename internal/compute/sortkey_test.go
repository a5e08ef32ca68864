package compute

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
)

// twinSort orders two rows by several keys.
func twinSort(cols []*data.Column, orders []defs.Order, i, j int) int {
	for k, c := range cols {
		a, b := c.Value(i), c.Value(j)
		o := orders[k]
		var r int
		switch {
		case a.Null && b.Null:
			continue
		case a.Null || b.Null:
			r = 1
			if a.Null == o.NullsFirst {
				r = -1
			}
		default:
			r = twinOrder(a, b)
			if o.Desc {
				r = -r
			}
		}
		if r != 0 {
			return r
		}
	}
	return 0
}

func TestSortKeysOrderAsTheValuesDo(t *testing.T) {
	var s Scratch
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 4))
		s.Reset()
		const n = 40
		var cols []*data.Column
		var types []dtype.Type
		var orders []defs.Order
		for range r.IntN(4) + 1 {
			typ := allTypes[r.IntN(len(allTypes))]
			types = append(types, typ)
			cols = append(cols, randomColumn(r, typ, forms[r.IntN(3)], n, []float64{0, 0.3}[r.IntN(2)]))
			orders = append(orders, defs.Order{Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0})
		}
		k := NewSortKeys(types, orders)
		buf, ends := k.EncodeBytes(nil, []int{0}, cols, n)
		var words [][]uint64
		if k.Words() > 0 {
			words = k.EncodeWords(&s, cols, n)
		}
		for i := range n {
			for j := range n {
				want := cmp.Compare(twinSort(cols, orders, i, j), 0)
				if got := bytes.Compare(buf[ends[i]:ends[i+1]], buf[ends[j]:ends[j+1]]); got != want {
					t.Fatalf("seed %d, %v %v: bytes of rows %d and %d compare %d, want %d", seed, types, orders, i, j, got, want)
				}
				got := 0
				for _, w := range words {
					if got == 0 {
						got = cmp.Compare(w[i], w[j])
					}
				}
				if words != nil && got != want {
					t.Fatalf("seed %d, %v %v: words of rows %d and %d compare %d, want %d", seed, types, orders, i, j, got, want)
				}
			}
		}
	}
}
