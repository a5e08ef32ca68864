package compute

import (
	"errors"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/kern"
)

// nested casts lists, arrays, structs and maps by casting their kids.
func (k *conv) nested() (*data.Column, error) {
	from, to := k.c.Type, k.to
	switch {
	case from.Kind == dtype.Struct && to.Kind == dtype.Struct:
		return k.structs()
	case from.Kind == dtype.List && to.Kind == dtype.List, from.Kind == dtype.Map && to.Kind == dtype.Map:
		return k.lists(k.c.Offsets)
	case from.Kind == dtype.Array && to.Kind == dtype.Array && from.Len == to.Len:
		return k.arrays()
	case from.Kind == dtype.Array && to.Kind == dtype.Array: // of another length, which only nulls can take
		k.asList()
		return k.listToArray()
	case from.Kind == dtype.Array && to.Kind == dtype.List:
		return k.lists(k.asList())
	case from.Kind == dtype.List && to.Kind == dtype.Array:
		return k.listToArray()
	default:
		return nil, bug.Errorf("no cast from %s to %s", from, to)
	}
}

// kid casts the elements or a field. Errors are reported for the whole value, by the parent row that rowOf gives.
func (k *conv) kid(c *data.Column, to dtype.Type, rowOf func(int) int) (*data.Column, error) {
	out, err := Cast(k.s, c, to, k.try)
	var re *RowError
	if errors.As(err, &re) {
		return nil, &RowError{rowOf(re.Row), re.Err}
	}
	return out, err
}

// masked hides the values of a field where its struct is null, so that they cannot fail.
func (k *conv) masked(c *data.Column, valid data.Bitmap) *data.Column {
	if valid == nil {
		return c
	}
	flat := k.s.Column()
	*flat = *Flatten(k.s, c)
	if flat.Type.Kind == dtype.Null {
		return flat
	}
	flat.Valid = both(k.s, valid, flat.Valid, flat.Len)
	if p := flat.Type.Phys(); p == dtype.PhysView || p == dtype.PhysList {
		rows := Make[uint32](k.s, flat.Len)
		kern.SelIota(rows, 0)
		flat = gather(k.s, flat, rows, false)
		k.s.blankNulls(flat)
	}
	return flat
}

// structs casts by name where the source has every name of the target, else by position.
func (k *conv) structs() (*data.Column, error) {
	from, to := k.c.Type, k.to
	out := k.s.Column()
	out.Type, out.Len, out.Valid = to, k.c.Len, k.valid
	out.Kids = k.s.Columns(len(to.Fields))
	at := fieldMap(from, to)
	for i, f := range to.Fields {
		kid, err := k.kid(k.masked(k.c.Kids[at[i]], k.valid), f.Type, func(row int) int { return row })
		if err != nil {
			return nil, err
		}
		out.Kids[i] = kid
	}
	return out, nil
}

// fieldMap gives the source field of each target field. Rows have fields without names.
func fieldMap(from, to dtype.Type) []int {
	at := make([]int, len(to.Fields))
	for i, f := range to.Fields {
		at[i] = -1
		for j, g := range from.Fields {
			if f.Name != "" && strings.EqualFold(f.Name, g.Name) {
				at[i] = j
				break
			}
		}
		if at[i] < 0 {
			for n := range at {
				at[n] = n
			}
			return at
		}
	}
	return at
}

func (k *conv) lists(offsets []int32) (*data.Column, error) {
	n := k.c.Len
	lo, hi := int32(0), int32(0)
	if n > 0 {
		lo, hi = offsets[0], offsets[n]
	}
	items := k.c.Kids[0].Slice(int(lo), int(hi))
	kid, err := k.kid(items, k.to.Elem(), func(item int) int {
		row := 0
		for int(offsets[row+1]-lo) <= item {
			row++
		}
		return row
	})
	if err != nil {
		return nil, err
	}
	out := k.s.Column()
	out.Type, out.Len, out.Valid = k.to, n, k.valid
	out.Offsets = Make[int32](k.s, n+1)
	out.Offsets[0] = 0
	for i := range n {
		out.Offsets[i+1] = offsets[i+1] - lo
	}
	out.Kids = k.s.Columns(1)
	out.Kids[0] = kid
	return out, nil
}

func (k *conv) arrays() (*data.Column, error) {
	width := k.to.Len
	items := k.masked(k.c.Kids[0], stretch(k.s, k.valid, k.c.Len, width))
	kid, err := k.kid(items, k.to.Elem(), func(item int) int { return item / width })
	if err != nil {
		return nil, err
	}
	out := k.s.Column()
	out.Type, out.Len, out.Valid = k.to, k.c.Len, k.valid
	out.Kids = k.s.Columns(1)
	out.Kids[0] = kid
	return out, nil
}

// stretch repeats every bit width times; nil stays nil.
func stretch(s *Scratch, valid data.Bitmap, n, width int) data.Bitmap {
	if valid == nil {
		return nil
	}
	out := s.Bits(n * width)
	for i := range n {
		kern.SetBits(out, i*width, width, valid.Get(i))
	}
	return out
}

// asList makes k.c a list of the same elements, without those of null arrays, and returns its offsets.
func (k *conv) asList() []int32 {
	n, width := k.c.Len, k.c.Type.Len
	offsets := Make[int32](k.s, n+1)
	items := Make[uint32](k.s, n*width)[:0]
	for i := range n {
		offsets[i] = int32(len(items))
		for j := 0; j < width && k.c.Valid.Get(i); j++ {
			items = append(items, uint32(i*width+j))
		}
	}
	offsets[n] = int32(len(items))
	list := k.s.Column()
	*list = data.Column{Type: dtype.ListOf(k.c.Type.Elem()), Len: n, Valid: k.valid, Offsets: offsets, Kids: k.s.Columns(1)}
	list.Kids[0] = gather(k.s, k.c.Kids[0], items, false)
	k.c = list
	return offsets
}

// listToArray needs lists of the right length.
func (k *conv) listToArray() (*data.Column, error) {
	n, width := k.c.Len, k.to.Len
	items := Make[uint32](k.s, n*width)[:0]
	for i := range n {
		lo, hi := int(k.c.Offsets[i]), int(k.c.Offsets[i+1])
		ok := k.c.Valid.Get(i)
		if ok && hi-lo != width {
			if ok = false; !k.reject(i) {
				return nil, nil
			}
		}
		for j := range width {
			if ok {
				items = append(items, uint32(lo+j))
			} else {
				items = append(items, kern.NoRow)
			}
		}
	}
	array := k.s.Column()
	*array = data.Column{Type: dtype.ArrayOf(k.c.Type.Elem(), width), Len: n, Valid: k.valid, Kids: k.s.Columns(1)}
	array.Kids[0] = gather(k.s, k.c.Kids[0], items, true)
	k.c = array
	return k.arrays()
}
