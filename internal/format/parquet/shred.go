package parquet

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// entries is where shredding stands in a column: for each entry of the leaves below, its levels so far and the row of the column that it
// is for, or -1 once a null or an empty list has ended it.
type entries struct {
	rep, def []uint8
	row      []int32
}

// shred appends a column of a batch to the leaves of its target.
func (t *target) shred(c *data.Column) error {
	if t.leaf != nil && t.leaf.maxRep == 0 && t.leaf.maxDef <= 1 {
		return t.leaf.appendFlat(c)
	}
	e := &entries{rep: make([]uint8, c.Len), def: make([]uint8, c.Len), row: make([]int32, c.Len)}
	for i := range e.row {
		e.row[i] = int32(i)
	}
	return t.descend(c, e)
}

// descend takes over e, whose rows are of c.
func (t *target) descend(c *data.Column, e *entries) error {
	if c.Form != data.Flat {
		return t.resolve(c, e)
	}
	if t.optional {
		for i, r := range e.row {
			switch {
			case r < 0:
			case c.IsNull(int(r)):
				e.row[i] = -1
			default:
				e.def[i]++
			}
		}
	} else if c.HasNulls() {
		for _, r := range e.row {
			if r >= 0 && c.IsNull(int(r)) {
				return errRequired(t.name)
			}
		}
	}
	switch {
	case t.leaf != nil:
		return t.leaf.appendEntries(c, e)
	case t.typ.Kind == dtype.Struct:
		return t.fields(c.Kids, e)
	case t.typ.Kind == dtype.Map:
		in := t.elements(c, e)
		kid := c.Kids[0]
		if kid.Form != data.Flat {
			kid = kid.Flatten()
		}
		return t.fields(kid.Kids, in)
	default:
		return t.kids[0].descend(c.Kids[0], t.elements(c, e))
	}
}

func errRequired(name string) error {
	return fault.New(fault.Value, "column %q is declared without nulls and has one", name)
}

// resolve follows the codes of a Dict column, or the single row of a Const one.
func (t *target) resolve(c *data.Column, e *entries) error {
	if t.typ.IsNested() || c.Form == data.Dict && c.Valid != nil {
		return t.descend(c.Flatten(), e)
	}
	for i, r := range e.row {
		if r >= 0 {
			_, k := c.Row(int(r))
			e.row[i] = int32(k)
		}
	}
	return t.descend(c.Values, e)
}

// fields hands every kid its own copy.
func (t *target) fields(kids []*data.Column, e *entries) error {
	for i, k := range t.kids {
		own := e
		if i < len(t.kids)-1 {
			own = &entries{append([]uint8(nil), e.rep...), append([]uint8(nil), e.def...), append([]int32(nil), e.row...)}
		}
		if err := k.descend(kids[i], own); err != nil {
			return err
		}
	}
	return nil
}

// elements replaces each entry of a list by those of its elements.
func (t *target) elements(c *data.Column, e *entries) *entries {
	out := &entries{}
	for i, r := range e.row {
		lo, hi := int32(0), int32(0)
		switch {
		case r < 0:
		case t.typ.Kind == dtype.Array:
			lo, hi = r*int32(t.typ.Len), (r+1)*int32(t.typ.Len)
		default:
			lo, hi = c.Offsets[r], c.Offsets[r+1]
		}
		if lo == hi {
			out.rep, out.def, out.row = append(out.rep, e.rep[i]), append(out.def, e.def[i]), append(out.row, -1)
			continue
		}
		for j := lo; j < hi; j++ {
			rep := t.rep
			if j == lo {
				rep = e.rep[i]
			}
			out.rep, out.def, out.row = append(out.rep, rep), append(out.def, e.def[i]+1), append(out.row, j)
		}
	}
	return out
}
