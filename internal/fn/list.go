package fn

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/compute"
)

// Lists is making, cutting and joining lists.
var Lists = &Set{add: func(register adder) {
	register(map[string]Maker{
		"list_value.any":                     strict0(listValue),
		"array_value.any":                    strict0(arrayValue),
		"list_extract.list":                  strict(itemAt(1)),
		"list_get.list":                      strict(itemAt(0)),
		"list_first.list":                    strict(endItem(true)),
		"list_last.list":                     strict(endItem(false)),
		"list_any_value.list":                strict(anyItem),
		"list_slice.list":                    strict(listSlice),
		"list_head.list":                     strict(listHead),
		"list_tail.list":                     strict(listTail),
		"list_gather.list":                   strict(listGather),
		"list_reverse.list":                  strict(listReverse),
		"list_drop_nulls.list":               strict(dropNulls),
		"list_count.list":                    strict(countPresent),
		"flatten.list":                       strict(flattenLists),
		"array_to_string.list_string_string": lenient(joinItems),
		"list_concat.list":                   lenient(listConcat),
		"concat_op.list":                     strict(concatLists),
		"list_append.list":                   lenient(listAppend(0, 1)),
		"list_prepend.list":                  lenient(listAppend(1, 0)),
		"list_resize.list":                   lenient(listResize),
		"list_zip.list_list":                 lenient(listZip),
	})
}}

// strict0 is lenient for functions without arguments, too: the result of none is a constant.
func strict0(f func(c *Ctx, args []*data.Column, n int) (*data.Column, error)) Maker {
	full := lenient(f)
	return func(consts []*data.Column, ret dtype.Type) (Impl, error) {
		impl, err := full(consts, ret)
		if len(consts) > 0 {
			return impl, err
		}
		return func(c *Ctx, _ []*data.Column, n int) (*data.Column, error) {
			out, err := f(c, nil, 1)
			if err != nil {
				return nil, err
			}
			return c.Scratch.Const(out, n), nil
		}, nil
	}
}

// lists reads a list argument of a body: row i has the rows [lo, hi) of kid.
type lists struct {
	offsets []int32
	kid     *data.Column
	mask    int
}

func listsOf(a *data.Column) lists {
	if a.Form == data.Const {
		return lists{a.Values.Offsets, a.Values.Kids[0], 0}
	}
	return lists{a.Offsets, a.Kids[0], -1}
}

func (x lists) at(i int) (lo, hi int) {
	i &= x.mask
	return int(x.offsets[i]), int(x.offsets[i+1])
}

// picked collects lists as rows of one column.
type picked struct {
	offsets []int32
	rows    []int32 // -1 is null
}

func newPicked(c *Ctx, n int) *picked {
	p := &picked{offsets: compute.Make[int32](c.Scratch, n+1)[:1], rows: compute.Make[int32](c.Scratch, 4*n+16)[:0]}
	p.offsets[0] = 0
	return p
}

func (p *picked) add(row int) { p.rows = append(p.rows, int32(row)) }

func (p *picked) close() { p.offsets = append(p.offsets, int32(len(p.rows))) }

func (p *picked) column(c *Ctx, kid *data.Column, valid data.Bitmap) *data.Column {
	elem := c.Ret.Elem()
	var items *data.Column
	if kid.Len == 0 {
		items = c.Scratch.Null(elem, len(p.rows))
	} else {
		items = compute.GatherNullable(c.Scratch, kid, p.rows)
	}
	return listOf(c, p.offsets, compute.Flatten(c.Scratch, items), valid)
}

// pick makes an element or null of every row: f returns the row of the child or -1.
func pick(c *Ctx, a *data.Column, n int, valid data.Bitmap, f func(i, lo, hi int) int) (*data.Column, error) {
	x := listsOf(a)
	rows := compute.Make[int32](c.Scratch, n)
	for i := range rows {
		rows[i] = -1
		if valid.Get(i) {
			lo, hi := x.at(i)
			rows[i] = int32(f(i, lo, hi))
		}
	}
	if x.kid.Len == 0 || c.Ret.Kind == dtype.Null {
		return c.Scratch.Null(c.Ret, n), nil
	}
	return compute.GatherNullable(c.Scratch, x.kid, rows), nil
}

// repick makes a list of elements of every row's list.
func repick(c *Ctx, a *data.Column, n int, valid data.Bitmap, f func(p *picked, i, lo, hi int)) (*data.Column, error) {
	x, out := listsOf(a), newPicked(c, n)
	for i := range n {
		if valid.Get(i) {
			lo, hi := x.at(i)
			f(out, i, lo, hi)
		}
		out.close()
	}
	return out.column(c, x.kid, valid), nil
}

// interleave puts row i of every argument side by side.
func interleave(c *Ctx, args []*data.Column, n int, elem dtype.Type) *data.Column {
	all := compute.Concat(c.Scratch, elem, args)
	rows := compute.Make[uint32](c.Scratch, n*len(args))
	for i := range n {
		for j := range args {
			rows[i*len(args)+j] = uint32(j*n + i)
		}
	}
	return compute.Flatten(c.Scratch, compute.Gather(c.Scratch, all, rows))
}

func listValue(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	offsets := compute.Make[int32](c.Scratch, n+1)
	for i := range offsets {
		offsets[i] = int32(i * len(args))
	}
	if len(args) == 0 {
		return listOf(c, offsets, data.NewBuilder(c.Ret.Elem(), 0).Build(), nil), nil
	}
	return listOf(c, offsets, interleave(c, args, n, c.Ret.Elem()), nil), nil
}

func arrayValue(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	out := c.Scratch.Column()
	out.Type, out.Len, out.Kids = c.Ret, n, c.Scratch.Columns(1)
	if len(args) == 0 {
		out.Kids[0] = data.NewBuilder(c.Ret.Elem(), 0).Build()
		return out, nil
	}
	out.Kids[0] = interleave(c, args, n, c.Ret.Elem())
	return out, nil
}

// itemAt is one element, counted from base, or from the end if negative.
func itemAt(base int64) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		index := numsOf[int64](args[1])
		return pick(c, args[0], n, valid, func(i, lo, hi int) int {
			k := index.at(i)
			if k < 0 {
				k += int64(hi - lo)
			} else {
				k -= base
			}
			if k < 0 || k >= int64(hi-lo) {
				return -1
			}
			return lo + int(k)
		})
	}
}

func endItem(first bool) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		return pick(c, args[0], n, valid, func(_, lo, hi int) int {
			switch {
			case lo == hi:
				return -1
			case first:
				return lo
			default:
				return hi - 1
			}
		})
	}
}

func anyItem(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	kid := listsOf(args[0]).kid
	return pick(c, args[0], n, valid, func(_, lo, hi int) int {
		for j := lo; j < hi; j++ {
			if !kid.IsNull(j) {
				return j
			}
		}
		return -1
	})
}

func listSlice(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	first, last := numsOf[int64](args[1]), numsOf[int64](args[2])
	step := nums[int64]{vals: []int64{1}}
	if len(args) > 3 {
		step = numsOf[int64](args[3])
	}
	bad := -1
	out, err := repick(c, args[0], n, valid, func(p *picked, i, lo, hi int) {
		s, size := step.at(i), int64(hi-lo)
		a, b := first.at(i), last.at(i)
		switch {
		case s == 0:
			bad = i
		case s > 0:
			from, to := clampSlice(a, b, size)
			for k := from; k < to; k += min(s, size) {
				p.add(lo + int(k))
			}
		default:
			to, from := clampSlice(b, a, size)
			for k := from - 1; k >= to; k -= min(-s, size) {
				p.add(lo + int(k))
			}
		}
	})
	if bad >= 0 {
		return nil, rowError(bad, "the step of a slice must not be zero")
	}
	return out, err
}

func listHead(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	count := numsOf[int64](args[1])
	return repick(c, args[0], n, valid, func(p *picked, i, lo, hi int) {
		for j := lo; j < lo+int(headSize(count.at(i), int64(hi-lo))); j++ {
			p.add(j)
		}
	})
}

// headSize is how many of size elements a count takes; a negative one leaves so many out.
func headSize(k, size int64) int64 {
	if k < 0 {
		return max(size+k, 0)
	}
	return min(k, size)
}

func listTail(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	count := numsOf[int64](args[1])
	return repick(c, args[0], n, valid, func(p *picked, i, lo, hi int) {
		for j := hi - int(headSize(count.at(i), int64(hi-lo))); j < hi; j++ {
			p.add(j)
		}
	})
}

func listGather(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	at := listsOf(args[1])
	index := data.FixedSlice[int64](compute.Flatten(c.Scratch, at.kid).Buf)
	bad := -1
	out, err := repick(c, args[0], n, valid, func(p *picked, i, lo, hi int) {
		from, to := at.at(i)
		for j := from; j < to; j++ {
			if at.kid.IsNull(j) {
				p.add(-1)
				continue
			}
			k := index[j]
			if k < 0 {
				k += int64(hi - lo)
			}
			if k < 0 || k >= int64(hi-lo) {
				bad = i
				continue
			}
			p.add(lo + int(k))
		}
	})
	if bad >= 0 {
		return nil, rowError(bad, "a position of %s is outside of a list of %d", args[1].Value(bad), len(args[0].Value(bad).Kids))
	}
	return out, err
}

func listReverse(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	return repick(c, args[0], n, valid, func(p *picked, _, lo, hi int) {
		for j := hi - 1; j >= lo; j-- {
			p.add(j)
		}
	})
}

func dropNulls(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	kid := listsOf(args[0]).kid
	return repick(c, args[0], n, valid, func(p *picked, _, lo, hi int) {
		for j := lo; j < hi; j++ {
			if !kid.IsNull(j) {
				p.add(j)
			}
		}
	})
}

func countPresent(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	x, dst := listsOf(args[0]), compute.Make[int64](c.Scratch, n)
	for i := range dst {
		lo, hi := x.at(i)
		dst[i] = 0
		for j := lo; j < hi; j++ {
			if !x.kid.IsNull(j) {
				dst[i]++
			}
		}
	}
	return num(c, dst, valid), nil
}

// flattenLists joins the lists of a list; null ones count as empty.
func flattenLists(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	a := compute.Flatten(c.Scratch, args[0])
	kid := compute.Flatten(c.Scratch, a.Kids[0])
	offsets := compute.Make[int32](c.Scratch, n+1)
	switch kid.Type.Kind {
	case dtype.List:
		for i, o := range a.Offsets[:n+1] {
			offsets[i] = kid.Offsets[o]
		}
	default:
		return nil, bug.Errorf("flatten of a list of %s", kid.Type)
	}
	return listOf(c, offsets, kid.Kids[0], valid), nil
}

// joinItems writes elements as text with a separator between them, which is a comma where it is null.
func joinItems(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	x, sep := listsOf(args[0]), textsOf(args[1])
	valid := args[0].Valid
	if len(args) > 2 {
		valid = and(c.Scratch, valid, args[2].Valid, n)
	}
	kid := compute.Flatten(c.Scratch, x.kid)
	return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
		lo, hi := x.at(i)
		later := false
		for j := lo; j < hi; j++ {
			gone := kid.IsNull(j)
			if gone && len(args) < 3 {
				continue
			}
			switch {
			case !later:
			case args[1].Valid.Get(i):
				dst = append(dst, sep.at(i)...)
			default:
				dst = append(dst, ',')
			}
			later = true
			if gone {
				dst = append(dst, textsOf(args[2]).at(i)...)
				continue
			}
			dst = appendText(dst, kid, j)
		}
		return dst, true, nil
	})
}
