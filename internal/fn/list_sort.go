package fn

import (
	"math"
	"slices"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
)

// ListStats is the order of lists and aggregates over them.
var ListStats = &Set{add: func(register adder) {
	register(map[string]Maker{
		"list_sort.list":         strict(listSort(false)),
		"list_reverse_sort.list": strict(listSort(true)),
		"list_min.list":          strict(listExtreme(-1)),
		"list_max.list":          strict(listExtreme(1)),
		"list_sum.list":          strict(listSum),
		"list_avg.list":          strict(listStat(mean)),
		"list_product.list":      strict(listStat(product)),
		"list_median.list":       strict(listStat(median)),
		"list_std_samp.list":     strict(listStat(func(v []float64) (float64, bool) { x, ok := variance(v); return math.Sqrt(x), ok })),
		"list_var_samp.list":     strict(listStat(variance)),
		"list_bool_and.boollist": strict(listBool(true)),
		"list_bool_or.boollist":  strict(listBool(false)),
	})
}}

// sortOrder reads ASC or DESC.
func sortOrder(s []byte) (desc bool, err error) {
	switch strings.ToUpper(str(s)) {
	case "ASC", "DEFAULT":
		return false, nil
	case "DESC":
		return true, nil
	default:
		return false, fault.New(fault.Value, "the order of list_sort is ASC or DESC, not %s", fault.Quote(str(s)))
	}
}

// nullOrder reads NULLS FIRST or NULLS LAST.
func nullOrder(s []byte) (first bool, err error) {
	switch strings.ToUpper(str(s)) {
	case "NULLS FIRST":
		return true, nil
	case "NULLS LAST", "DEFAULT":
		return false, nil
	default:
		return false, fault.New(fault.Value, "the place of nulls in list_sort is NULLS FIRST or NULLS LAST, not %s", fault.Quote(str(s)))
	}
}

// listSort sorts stably; nulls come last unless asked for otherwise.
func listSort(reverse bool) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		kid := listsOf(args[0]).kid
		var fail error
		out, err := repick(c, args[0], n, valid, func(p *picked, i, lo, hi int) {
			desc, first, rest := reverse, false, args[1:]
			var err error
			if !reverse && len(rest) > 0 {
				desc, err = sortOrder(textsOf(rest[0]).at(i))
				rest = rest[1:]
			}
			if len(rest) > 0 && err == nil {
				first, err = nullOrder(textsOf(rest[0]).at(i))
			}
			if err != nil && fail == nil {
				fail = atRow(i, err)
			}
			from := len(p.rows)
			for j := lo; j < hi; j++ {
				p.add(j)
			}
			slices.SortStableFunc(p.rows[from:], func(a, b int32) int { return orderRows(kid, int(a), int(b), desc, first) })
		})
		if fail != nil {
			return nil, fail
		}
		return out, err
	}
}

func orderRows(kid *data.Column, a, b int, desc, nullsFirst bool) int {
	x, y := kid.IsNull(a), kid.IsNull(b)
	switch {
	case x && y:
		return 0
	case x != y:
		if x == nullsFirst {
			return -1
		}
		return 1
	}
	order := compute.CompareRow(kid, a, kid, b)
	if desc {
		return -order
	}
	return order
}

func listExtreme(sign int) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		kid := listsOf(args[0]).kid
		return pick(c, args[0], n, valid, func(_, lo, hi int) int {
			best := -1
			for j := lo; j < hi; j++ {
				if !kid.IsNull(j) && (best < 0 || compute.CompareRow(kid, j, kid, best)*sign > 0) {
					best = j
				}
			}
			return best
		})
	}
}

// listSum adds in 128 bits, or in doubles. The sum of nothing is null.
func listSum(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	x := listsOf(args[0])
	if x.kid.Type.IsFloat() {
		return listStat(total)(c, args, n, valid)
	}
	dst := compute.Make[data.Int128](c.Scratch, n)
	clear(dst)
	var gone nulls
	err := eachValid(valid, n, func(i int) error {
		lo, hi := x.at(i)
		sum, some := wide(data.Int128{}), false
		for j := lo; j < hi; j++ {
			if x.kid.IsNull(j) {
				continue
			}
			v := wide(boolOrInt(x.kid, j))
			next := sum.Add(v)
			if (v.Hi < 0) == (sum.Hi < 0) && (next.Hi < 0) != (sum.Hi < 0) {
				return rowError(i, "overflow in list_sum")
			}
			sum, some = next, true
		}
		if !some {
			gone.mark(c, i, n, valid)
		}
		dst[i] = data.Int128(sum)
		return nil
	})
	return num(c, dst, gone.or(valid)), err
}

func boolOrInt(kid *data.Column, j int) data.Int128 {
	if kid.Type.Kind == dtype.Bool {
		f, k := kid.Row(j)
		return data.Int128{Lo: bit(f.Bits.Get(k))}
	}
	return intAt(kid, j)
}

// listStat computes a number from the values of each list that are not null, as doubles; ok is false where there is none.
func listStat(f func(v []float64) (float64, bool)) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		x := listsOf(args[0])
		col, err := compute.Cast(c.Scratch, x.kid, dtype.Of(dtype.Float64), false)
		if err != nil {
			return nil, err
		}
		col = compute.Flatten(c.Scratch, col)
		all := data.FixedSlice[float64](col.Buf)
		dst := compute.Make[float64](c.Scratch, n)
		buf := compute.Make[float64](c.Scratch, len(all))
		var gone nulls
		for i := range dst {
			dst[i] = 0
			if !valid.Get(i) {
				continue
			}
			lo, hi := x.at(i)
			v := buf[:0]
			for j := lo; j < hi; j++ {
				if !col.IsNull(j) {
					v = append(v, all[j])
				}
			}
			r, ok := f(v)
			if dst[i] = r; !ok {
				gone.mark(c, i, n, valid)
			}
		}
		return num(c, dst, gone.or(valid)), nil
	}
}

func total(v []float64) (float64, bool) {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s, len(v) > 0
}

func mean(v []float64) (float64, bool) {
	s, ok := total(v)
	return s / float64(max(len(v), 1)), ok
}

func product(v []float64) (float64, bool) {
	p := 1.0
	for _, x := range v {
		p *= x
	}
	return p, len(v) > 0
}

// median sorts v.
func median(v []float64) (float64, bool) {
	if len(v) == 0 {
		return 0, false
	}
	slices.Sort(v)
	k := len(v) / 2
	if len(v)%2 == 1 {
		return v[k], true
	}
	return v[k-1] + (v[k]-v[k-1])/2, true
}

// variance is that of a sample; it needs two values.
func variance(v []float64) (float64, bool) {
	if len(v) < 2 {
		return 0, false
	}
	m, _ := mean(v)
	s := 0.0
	for _, x := range v {
		s += (x - m) * (x - m)
	}
	return s / float64(len(v)-1), true
}

// listBool is whether all elements, or any, are true; null for an empty list.
func listBool(all bool) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		x, dst := listsOf(args[0]), c.Scratch.Zeros(n)
		var gone nulls
		for i := range n {
			if !valid.Get(i) {
				continue
			}
			lo, hi := x.at(i)
			some, result := false, all
			for j := lo; j < hi; j++ {
				if !x.kid.IsNull(j) {
					some = true
					if boolOrInt(x.kid, j).Lo != bit(all) {
						result = !all
					}
				}
			}
			if dst.SetTo(i, result); !some {
				gone.mark(c, i, n, valid)
			}
		}
		return c.Scratch.Bool(dst, gone.or(valid), n), nil
	}
}
