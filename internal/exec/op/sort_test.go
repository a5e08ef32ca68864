package op

import (
	"cmp"
	"fmt"
	"sort"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
)

// sortNaively sorts a copy of rows stably by the columns.
func sortNaively(rows rowsOf, cols []int, orders []defs.Order) rowsOf {
	out := append(rowsOf{}, rows...)
	sort.SliceStable(out, func(i, j int) bool {
		for k, c := range cols {
			a, b := out[i][c], out[j][c]
			if a.Null || b.Null {
				if a.Null != b.Null {
					return a.Null == orders[k].NullsFirst
				}
				continue
			}
			r := 0
			switch {
			case a.Type.Equal(tInt):
				r = cmp.Compare(a.Int64(), b.Int64())
			case a.Type.Equal(tString):
				r = cmp.Compare(a.S, b.S)
			default:
				r = compute.CompareRow(data.ConstColumn(a, 1), 0, data.ConstColumn(b, 1), 0)
			}
			if r != 0 {
				return (r < 0) != orders[k].Desc
			}
		}
		return false
	})
	return out
}

var sortCases = [][]dtype.Type{{tInt}, {tInt32}, {tString}, {tFloat}, {tBool, tInt}, {tString, tInt}, {dtype.DecimalOf(30, 2), tString},
	{dtype.ListOf(tInt), tFloat}, {tInt32, dtype.Of(dtype.Uint8), tBool, tInt}, {tString, tString, tFloat}}

func TestSortAndTopNOrderStably(t *testing.T) {
	for _, types := range sortCases {
		t.Run(fmt.Sprint(types), func(t *testing.T) {
			r := seeded(t)
			in := cols(0, append(append([]dtype.Type{}, types...), tInt)...)
			rows := randomRows(r, 700, 30, 0.15, typesOfCols(in)...)
			for i := range rows {
				rows[i][len(types)] = data.IntScalar(tInt, int64(i))
			}
			var keys []expr.SortKey
			var at []int
			var orders []defs.Order
			for i := range types {
				o := defs.Order{Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}
				keys = append(keys, expr.SortKey{Expr: ref(in[i]), Order: o})
				at, orders = append(at, i), append(orders, o)
			}
			want := sortNaively(rows, at, orders)
			matrix(t, want, func(v variant) phys.Node { return sortOf(source(v, rows, in), keys) })
			for _, n := range []int{0, 1, 10, 300, 5000} {
				part := want[:min(n, len(want))]
				matrix(t, part, func(v variant) phys.Node { return topOf(source(v, rows, in), keys, n) })
			}
		})
	}
}

func sortOf(in phys.Node, keys []expr.SortKey) phys.Node {
	n := &phys.Sort{Input: in, Keys: keys}
	n.Out = in.Info().Out
	return n
}

func topOf(in phys.Node, keys []expr.SortKey, n int) phys.Node {
	x := &phys.TopN{Input: in, Keys: keys, N: int64(n)}
	x.Out = in.Info().Out
	return x
}

func TestSortOfManyRowsInParallelIsStableAndDropsItsKey(t *testing.T) {
	r := seeded(t)
	in := cols(0, tInt, tString, tInt)
	rows := make(rowsOf, 50_000)
	for i := range rows {
		k := int64(r.Uint64())
		if i%2 == 0 {
			k = int64(r.IntN(100))
		}
		rows[i] = []data.Scalar{data.IntScalar(tInt, k), data.StringScalar(fmt.Sprintf("the common prefix of all: %d", k%7)), data.IntScalar(tInt, int64(i))}
	}
	for _, by := range [][]int{{0}, {1, 0}} {
		var keys []expr.SortKey
		for _, c := range by {
			keys = append(keys, expr.SortKey{Expr: ref(in[c])})
		}
		want := sortNaively(rows, by, make([]defs.Order, len(by)))
		for i := range want {
			want[i] = want[i][2:]
		}
		for _, threads := range []int{1, 3} {
			s := sortOf(source(variant{2000, threads, false}, rows, in), keys)
			s.Info().Out = in[2:]
			sameRows(t, fmt.Sprint(by), collect(t, s, threads), want)
			top := topOf(source(variant{2000, threads, false}, rows, in), keys, 1234)
			top.Info().Out = in[2:]
			sameRows(t, fmt.Sprint(by), collect(t, top, threads), want[:1234])
		}
	}
}
