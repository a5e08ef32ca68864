package fn

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
)

// joined puts the children of several lists behind each other and says where each begins.
func joined(c *Ctx, args []*data.Column, elem dtype.Type) (kid *data.Column, starts []int) {
	kids := c.Scratch.Columns(len(args))
	starts = make([]int, len(args))
	at := 0
	for k, a := range args {
		kids[k] = a.Kids[0]
		starts[k] = at
		at += kids[k].Len
	}
	return compute.Concat(c.Scratch, elem, kids), starts
}

func listConcat(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	return concatLists(c, args, n, nil)
}

func concatLists(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	args = flatten(c, args)
	kid, starts := joined(c, args, c.Ret.Elem())
	out := newPicked(c, n)
	for i := range n {
		for k, a := range args {
			if a.IsNull(i) || !valid.Get(i) {
				continue
			}
			for j := int(a.Offsets[i]); j < int(a.Offsets[i+1]); j++ {
				out.add(starts[k] + j)
			}
		}
		out.close()
	}
	return out.column(c, kid, valid), nil
}

// listAppend puts the item of every row at one end of its list; a null list counts as empty.
func listAppend(list, item int) func(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	return func(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
		a, it := args[list], args[item]
		kid := compute.Concat(c.Scratch, c.Ret.Elem(), []*data.Column{a.Kids[0], it})
		at := a.Kids[0].Len
		out := newPicked(c, n)
		for i := range n {
			if list > item {
				out.add(at + i)
			}
			if !a.IsNull(i) {
				for j := int(a.Offsets[i]); j < int(a.Offsets[i+1]); j++ {
					out.add(j)
				}
			}
			if list < item {
				out.add(at + i)
			}
			out.close()
		}
		return out.column(c, kid, nil), nil
	}
}

// listResize cuts lists, or fills them with the third argument.
func listResize(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	a, size := args[0], numsOf[int64](args[1])
	cols := []*data.Column{a.Kids[0]}
	if len(args) > 2 {
		cols = append(cols, args[2])
	}
	kid := compute.Concat(c.Scratch, c.Ret.Elem(), cols)
	out := newPicked(c, n)
	for i := range n {
		want := int64(0)
		if !a.IsNull(i) && !args[1].IsNull(i) {
			want = size.at(i)
		}
		if want < 0 || want > textMax {
			return nil, rowError(i, "a list cannot have the size %d", want)
		}
		lo, hi := int64(a.Offsets[i]), int64(a.Offsets[i+1])
		for k := range want {
			switch {
			case lo+k < hi:
				out.add(int(lo + k))
			case len(args) > 2:
				out.add(a.Kids[0].Len + i)
			default:
				out.add(-1)
			}
		}
		out.close()
	}
	return out.column(c, kid, a.Valid), nil
}

// listZip makes structs of the elements at each position; shorter lists give nulls.
func listZip(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	offsets := compute.Make[int32](c.Scratch, n+1)
	offsets[0] = 0
	rows := make([][]int32, len(args))
	for i := range n {
		longest := int32(0)
		for _, a := range args {
			if !a.IsNull(i) {
				longest = max(longest, a.Offsets[i+1]-a.Offsets[i])
			}
		}
		for k, a := range args {
			for j := range longest {
				row := int32(-1)
				if !a.IsNull(i) && a.Offsets[i]+j < a.Offsets[i+1] {
					row = a.Offsets[i] + j
				}
				rows[k] = append(rows[k], row)
			}
		}
		offsets[i+1] = offsets[i] + longest
	}
	entry := c.Scratch.Column()
	entry.Type, entry.Len, entry.Kids = c.Ret.Elem(), int(offsets[n]), c.Scratch.Columns(len(args))
	for k, a := range args {
		var col *data.Column
		if a.Kids[0].Len == 0 {
			col = c.Scratch.Null(entry.Type.Fields[k].Type, len(rows[k]))
		} else {
			col = compute.GatherNullable(c.Scratch, a.Kids[0], rows[k])
		}
		entry.Kids[k] = compute.Flatten(c.Scratch, col)
	}
	return listOf(c, offsets, entry, nil), nil
}
