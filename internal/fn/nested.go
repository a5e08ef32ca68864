package fn

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/sig"
)

// Nested is structs and maps.
var Nested = &Set{add: func(register adder) {
	register(map[string]Maker{
		"struct_pack.any":              strict0(structPack),
		"struct_insert.struct_any":     lenient(structInsert),
		"row.any":                      strict0(rowOf),
		"struct_extract.struct_string": fieldMaker(func(t dtype.Type, k data.Scalar) (int, error) { return sig.FieldByName(t, k.S) }),
		"struct_extract.struct_bigint": fieldMaker(func(_ dtype.Type, k data.Scalar) (int, error) { return int(k.Int64()) - 1, nil }),
		"map.list_list":                strict(mapOf),
		"map":                          plain(emptyMap),
		"map_from_entries.list":        strict(mapFromEntries),
		"map_keys.map":                 strict(mapPart(0)),
		"map_values.map":               strict(mapPart(1)),
		"map_entries.map":              strict(mapEntries),
		"map_extract.map_any":          lenient(mapExtract),
		"map_extract_value.map_any":    lenient(mapValue),
		"map_contains.map_any":         strict(mapContains),
		"map_concat.map":               lenient(mapConcat),
		"cardinality.map":              strict(countItems),
		"cardinality.list":             strict(countItems),
	})
}}

// structOf is the struct column of c.Ret over kids.
func structOf(c *Ctx, kids []*data.Column, n int, valid data.Bitmap) *data.Column {
	out := c.Scratch.Column()
	out.Type, out.Len, out.Valid, out.Kids = c.Ret, n, valid, kids
	return out
}

// structPack takes name, value, name, value.
func structPack(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	kids := c.Scratch.Columns(len(args) / 2)
	for k := range kids {
		kids[k] = args[2*k+1]
	}
	return structOf(c, kids, n, nil), nil
}

func structInsert(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	own := args[0].Kids
	kids := c.Scratch.Columns(len(own) + len(args)/2)
	for k, kid := range own {
		kids[k] = compute.Flatten(c.Scratch, kid)
	}
	for k := len(own); k < len(kids); k++ {
		kids[k] = args[2*(k-len(own))+2]
	}
	return structOf(c, kids, n, args[0].Valid), nil
}

func rowOf(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	kids := c.Scratch.Columns(len(args))
	copy(kids, args)
	return structOf(c, kids, n, nil), nil
}

// fieldMaker is a field found by a constant.
func fieldMaker(find func(t dtype.Type, key data.Scalar) (int, error)) Maker {
	return func(consts []*data.Column, _ dtype.Type) (Impl, error) {
		var key data.Scalar
		if consts[1] != nil {
			key = consts[1].Value(0)
		}
		run := strictImpl(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
			a := args[0]
			k, err := find(a.Type, key)
			if err != nil {
				return nil, err
			}
			kid := compute.Flatten(c.Scratch, a.Kids[k])
			if a.Valid == nil {
				return kid, nil
			}
			return masked(c, kid, valid, n), nil
		})
		return func(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
			if key.Null {
				return c.Scratch.Null(c.Ret, n), nil
			}
			return run(c, args[:1], n)
		}, nil
	}
}

// masked makes the rows of a Flat column null that valid leaves out.
func masked(c *Ctx, a *data.Column, valid data.Bitmap, n int) *data.Column {
	if a.Type.Kind == dtype.Null {
		return a
	}
	return compute.IfThenElse(c.Scratch, a.Type, c.Scratch.Bool(valid, nil, n), a, c.Scratch.Null(a.Type, n))
}

// mapOver is the map column of c.Ret over offsets, keys and values.
func mapOver(c *Ctx, offsets []int32, keys, values *data.Column, valid data.Bitmap) *data.Column {
	entry := c.Scratch.Column()
	entry.Type, entry.Len, entry.Kids = c.Ret.Elem(), keys.Len, c.Scratch.Columns(2)
	entry.Kids[0], entry.Kids[1] = keys, values
	return listOf(c, offsets, entry, valid)
}

func emptyMap(c *Ctx, _ []*data.Column, n int) (*data.Column, error) {
	b := data.NewBuilder(c.Ret, 1)
	b.CloseList()
	return c.Scratch.Const(b.Build(), n), nil
}

// mapOf pairs two lists of one length.
func mapOf(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	k, h := hashed(c, args[0])
	v := listsOf(args[1])
	keys, values := newPicked(c, n), newPicked(c, n)
	var seen rowSet
	for i := range n {
		if valid.Get(i) {
			lo, hi := k.at(i)
			from, to := v.at(i)
			if hi-lo != to-from {
				return nil, rowError(i, "a map needs as many values as keys, not %d keys and %d values", hi-lo, to-from)
			}
			seen.reset()
			for j := range hi - lo {
				if err := checkKey(&seen, h, k.kid, lo+j, i); err != nil {
					return nil, err
				}
				keys.add(lo + j)
				values.add(from + j)
			}
		}
		keys.close()
		values.close()
	}
	t := c.Ret
	return mapOver(c, keys.offsets, gathered(c, k.kid, t.Fields[0].Type, keys.rows), gathered(c, v.kid, t.Fields[1].Type, values.rows), valid), nil
}

// checkKey refuses null and repeated keys.
func checkKey(seen *rowSet, h []uint64, kid *data.Column, j, row int) error {
	if kid.IsNull(j) {
		return rowError(row, "a map key must not be null")
	}
	if !seen.add(h[j], kid, j) {
		return rowError(row, "the map key %s appears twice", kid.Value(j))
	}
	return nil
}

// gathered is a Flat column of rows of kid, -1 being null.
func gathered(c *Ctx, kid *data.Column, t dtype.Type, rows []int32) *data.Column {
	if kid.Len == 0 || t.Kind == dtype.Null {
		return compute.Flatten(c.Scratch, c.Scratch.Null(t, len(rows)))
	}
	return compute.Flatten(c.Scratch, compute.GatherNullable(c.Scratch, kid, rows))
}

func mapFromEntries(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	x := listsOf(args[0])
	kid := compute.Flatten(c.Scratch, x.kid)
	key := compute.Flatten(c.Scratch, kid.Kids[0])
	h := compute.Hash(c.Scratch, []*data.Column{key}, key.Len)
	p := newPicked(c, n)
	var seen rowSet
	for i := range n {
		if valid.Get(i) {
			seen.reset()
			lo, hi := x.at(i)
			for j := lo; j < hi; j++ {
				if kid.IsNull(j) {
					return nil, rowError(i, "an entry of a map must not be null")
				}
				if err := checkKey(&seen, h, key, j, i); err != nil {
					return nil, err
				}
				p.add(j)
			}
		}
		p.close()
	}
	t := c.Ret
	return mapOver(c, p.offsets, gathered(c, key, t.Fields[0].Type, p.rows), gathered(c, kid.Kids[1], t.Fields[1].Type, p.rows), valid), nil
}

// mapPart is the keys or the values as a list.
func mapPart(k int) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		a := args[0]
		return listOf(c, a.Offsets[:n+1], compute.Flatten(c.Scratch, a.Kids[0].Kids[k]), valid), nil
	}
}

func mapEntries(c *Ctx, args []*data.Column, _ int, _ data.Bitmap) (*data.Column, error) {
	return c.Scratch.As(args[0], c.Ret), nil
}

// lookUp finds the entry of each row's key, or -1.
func lookUp(c *Ctx, m, key *data.Column, n int) []int32 {
	rows := compute.Make[int32](c.Scratch, n)
	keys := m.Kids[0].Kids[0]
	for i := range rows {
		rows[i] = -1
		if m.IsNull(i) || key.IsNull(i) {
			continue
		}
		for j := int(m.Offsets[i]); j < int(m.Offsets[i+1]); j++ {
			if compute.CompareRow(keys, j, key, i) == 0 {
				rows[i] = int32(j)
				break
			}
		}
	}
	return rows
}

// mapExtract is the value of a key in a list of one, an empty list where there is none.
func mapExtract(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	args = flatten(c, args)
	found := lookUp(c, args[0], args[1], n)
	p := newPicked(c, n)
	for i := range n {
		if found[i] >= 0 {
			p.add(int(found[i]))
		}
		p.close()
	}
	return listOf(c, p.offsets, gathered(c, args[0].Kids[0].Kids[1], c.Ret.Elem(), p.rows), args[0].Valid), nil
}

func mapValue(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	return gathered(c, args[0].Kids[0].Kids[1], c.Ret, lookUp(c, args[0], args[1], n)), nil
}

func mapContains(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	flat := flatten(c, args)
	dst := c.Scratch.Zeros(n)
	for i, row := range lookUp(c, flat[0], flat[1], n) {
		dst[i>>6] |= bit(row >= 0) << (uint(i) & 63)
	}
	return c.Scratch.Bool(dst, valid, n), nil
}

// mapConcat keeps the first place and the last value of each key.
func mapConcat(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	kid, starts := joined(c, args, c.Ret.Elem())
	key := compute.Flatten(c.Scratch, kid.Kids[0])
	keys, values := newPicked(c, n), newPicked(c, n)
	for i := range n {
		from := len(keys.rows)
		for k, a := range args {
			if a.IsNull(i) {
				continue
			}
			for j := starts[k] + int(a.Offsets[i]); j < starts[k]+int(a.Offsets[i+1]); j++ {
				at := from
				for at < len(keys.rows) && compute.CompareRow(key, int(keys.rows[at]), key, j) != 0 {
					at++
				}
				if at < len(keys.rows) {
					values.rows[at] = int32(j)
					continue
				}
				keys.add(j)
				values.add(j)
			}
		}
		keys.close()
	}
	t := c.Ret
	return mapOver(c, keys.offsets, gathered(c, key, t.Fields[0].Type, keys.rows), gathered(c, kid.Kids[1], t.Fields[1].Type, values.rows), nil), nil
}
