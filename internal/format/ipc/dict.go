package ipc

import (
	"context"
	"math"

	"github.com/siksik-data/siksik/data"
)

// values is the content of a dictionary.
type values struct {
	all  *data.Column // every entry, nulls included; it owns its memory
	live *data.Column // the entries that are not null, or nil if there are none
	code []uint32     // by entry: its row in live, noCode for null; nil if no entry is null
}

const noCode = math.MaxUint32 // the code of a null entry

func newValues(all *data.Column) *values {
	d := &values{all: all}
	if !all.HasNulls() {
		if all.Len > 0 {
			d.live = all
		}
		return d
	}
	d.code = make([]uint32, all.Len)
	rows := []uint32{}
	for i := range d.code {
		d.code[i] = noCode
		if !all.IsNull(i) {
			d.code[i] = uint32(len(rows))
			rows = append(rows, uint32(i))
		}
	}
	if len(rows) > 0 {
		d.live = gather(all, rows)
	}
	return d
}

// codesOf maps the entries to the codes of an enum column, which has its own order of values.
func (d *values) codesOf(n *node) ([]uint32, error) {
	out := make([]uint32, d.all.Len)
	of := make(map[string]uint32, len(n.typ.Values))
	for i, s := range n.typ.Values {
		of[s] = uint32(i)
	}
	for i := range out {
		s := string(d.all.Bytes(i))
		code, ok := of[s]
		if !ok && !d.all.IsNull(i) {
			e := n.wrong("a dictionary has a value that its enum lacks")
			e.Pos.Value = s
			return nil, e
		}
		out[i] = code
	}
	return out, nil
}

// loadDictionary reads the values of a dictionary batch and returns what the dictionary holds after it. The
// dictionaries that it refers to itself must be in dicts.
func (l *loader) loadDictionary(ctx context.Context, s *schema, m *dictMeta, dicts map[int64]*values, src source) error {
	d := s.dicts[m.id]
	b, err := l.load(ctx, m.batch, []*node{d.values}, nil, src)
	if err != nil {
		return err
	}
	defer b.free()
	v := &vec{dicts: dicts}
	c, err := v.read(b.parts[0], 0, b.rows)
	if err != nil {
		return err
	}
	c = c.Flatten()
	old := dicts[m.id]
	if m.delta && old == nil {
		return corrupt("a dictionary batch adds to dictionary %d, which does not exist", m.id)
	}
	if m.delta {
		join := data.NewBuilder(c.Type, old.all.Len+c.Len)
		join.AppendColumn(old.all, nil)
		join.AppendColumn(c, nil)
		dicts[m.id] = newValues(join.Build())
		return nil
	}
	dicts[m.id] = newValues(c.Clone())
	return nil
}

// coded reads dictionary codes.
func (v *vec) coded(p *part, lo, hi int) (*data.Column, error) {
	n := hi - lo
	d := v.dicts[p.n.dict.id]
	if d == nil {
		if p.nulls && v.col.Valid != nil && v.col.Valid.Count(n) == 0 || n == 0 {
			return data.NullColumn(p.n.typ, n).Flatten(), nil
		}
		return nil, p.n.wrong("dictionary %d does not come before its use", p.n.dict.id)
	}
	if err := v.readCodes(p, lo, hi, d.all.Len); err != nil {
		return nil, err
	}
	if p.n.enum {
		return v.enum(p, d)
	}
	if d.code != nil {
		v.dropNulls(d, n)
	}
	c := &v.col
	if d.live == nil {
		return data.NullColumn(p.n.typ, n).Flatten(), nil
	}
	c.Form, c.Codes, c.Values = data.Dict, v.codes, d.live
	c.Type = d.live.Type
	if c.Type.IsNested() {
		return c.Flatten(), nil
	}
	return c, nil
}

// readCodes widens the codes of the rows and checks them; null rows get code 0.
func (v *vec) readCodes(p *part, lo, hi, entries int) error {
	n := hi - lo
	v.codes = grown(v.codes, n)
	if n == 0 {
		return nil
	}
	src := p.bufs[1][lo*p.n.width : hi*p.n.width]
	var bad bool
	switch {
	case p.n.width == 1 && p.n.sign:
		bad = widen(v.codes, data.FixedSlice[int8](src), entries, v.col.Valid)
	case p.n.width == 1:
		bad = widen(v.codes, data.FixedSlice[uint8](src), entries, v.col.Valid)
	case p.n.width == 2 && p.n.sign:
		bad = widen(v.codes, data.FixedSlice[int16](src), entries, v.col.Valid)
	case p.n.width == 2:
		bad = widen(v.codes, data.FixedSlice[uint16](src), entries, v.col.Valid)
	case p.n.width == 4 && p.n.sign:
		bad = widen(v.codes, data.FixedSlice[int32](src), entries, v.col.Valid)
	case p.n.width == 4:
		bad = widen(v.codes, data.FixedSlice[uint32](src), entries, v.col.Valid)
	case p.n.sign:
		bad = widen(v.codes, data.FixedSlice[int64](src), entries, v.col.Valid)
	default:
		bad = widen(v.codes, data.FixedSlice[uint64](src), entries, v.col.Valid)
	}
	if bad {
		return p.n.wrong("a code lies outside of the %d entries of its dictionary", entries)
	}
	return nil
}

func widen[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](dst []uint32, src []T, entries int, valid data.Bitmap) (bad bool) {
	most := uint64(entries)
	for i, x := range src {
		dst[i] = uint32(x)
		if uint64(x) >= most { // a negative code is a huge one
			dst[i] = 0
			bad = bad || valid.Get(i)
		}
	}
	return bad
}

// dropNulls makes rows null whose entry is, and maps the codes to the entries that are not.
func (v *vec) dropNulls(d *values, n int) {
	c := &v.col
	valid := data.NewBitmap(n)
	for i := range n {
		k := uint32(noCode)
		if c.Valid.Get(i) {
			k = d.code[v.codes[i]]
		}
		v.codes[i] = 0
		if k != noCode {
			valid.Set(i)
			v.codes[i] = k
		}
	}
	c.Valid = valid
}

// enum gives the rows the codes that the enum's own order has.
func (v *vec) enum(p *part, d *values) (*data.Column, error) {
	c := &v.col
	of := v.enums[d]
	if of == nil {
		var err error
		if of, err = d.codesOf(p.n); err != nil {
			return nil, err
		}
		v.enums = map[*values][]uint32{d: of}
	}
	if d.code != nil {
		v.enumNulls(d)
	}
	out := space[uint32](v, c.Len, 4)
	for i, k := range v.codes {
		if len(of) > 0 {
			out[i] = of[k]
		} else {
			out[i] = 0
		}
	}
	c.Buf = data.FixedBytes(out)
	return c, nil
}

// enumNulls makes rows null whose entry is.
func (v *vec) enumNulls(d *values) {
	c := &v.col
	valid := data.NewBitmap(c.Len)
	for i, k := range v.codes {
		valid.SetTo(i, c.Valid.Get(i) && d.code[k] != noCode)
	}
	c.Valid = valid
}
