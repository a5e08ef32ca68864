package parquet

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
)

// compacter gathers the surviving rows of a column into memory of its own. It may gather its own output again.
type compacter struct {
	buf   [2][]byte // alternating, so that a second gather does not read what it writes
	codes [2][]uint32
	valid [2]data.Bitmap
	bits  [2]data.Bitmap
	out   [2]data.Column
	turn  int
}

// resolve returns the values of a column of codes, whose dictionary has values of a fixed width.
func (k *compacter) resolve(c *data.Column) *data.Column {
	t := k.turn ^ 1
	w, n := c.Type.Phys().Width(), c.Len
	if cap(k.buf[t]) < n*w {
		k.buf[t] = data.AlignedBytes(max(n, data.BatchRows) * w)
	}
	gather(k.buf[t][:n*w], c.Values.Buf, c.Codes[:n], w)
	k.turn = t
	k.out[t] = data.Column{Type: c.Type, Len: n, Valid: c.Valid, Buf: k.buf[t][:n*w]}
	return &k.out[t]
}

// gather returns the rows of c at the ascending positions sel.
func (k *compacter) gather(c *data.Column, sel []uint32) *data.Column {
	k.turn ^= 1
	t := k.turn
	out := &k.out[t]
	n := len(sel)
	*out = *c
	out.Len = n
	phys := c.Type.Phys()
	if c.Form == data.Const || phys == dtype.PhysNull {
		return out
	}
	if c.Type.IsNested() {
		b := data.NewBuilder(c.Type, n)
		b.AppendColumn(c, sel)
		*out = *b.Build()
		return out
	}
	if c.Valid != nil {
		k.valid[t] = roomy(k.valid[t], n)
		kern.TakeBits(k.valid[t], c.Valid, sel)
		out.Valid = k.valid[t][:data.Words(n)]
	}
	if c.Form == data.Dict {
		if cap(k.codes[t]) < n {
			k.codes[t] = make([]uint32, max(n, data.BatchRows))
		}
		out.Codes = k.codes[t][:n]
		kern.Take(out.Codes, c.Codes, sel)
		return out
	}
	if phys == dtype.PhysBits {
		k.bits[t] = roomy(k.bits[t], n)
		kern.TakeBits(k.bits[t], c.Bits, sel)
		out.Bits = k.bits[t][:data.Words(n)]
		return out
	}
	w := phys.Width()
	if cap(k.buf[t]) < n*w {
		k.buf[t] = data.AlignedBytes(max(n, data.BatchRows) * w)
	}
	out.Buf = k.buf[t][:n*w]
	switch w {
	case 1:
		kern.Take(out.Buf, c.Buf, sel)
	case 2:
		kern.Take(data.FixedSlice[uint16](out.Buf), data.FixedSlice[uint16](c.Buf), sel)
	case 4:
		kern.Take(data.FixedSlice[uint32](out.Buf), data.FixedSlice[uint32](c.Buf), sel)
	case 8:
		kern.Take(data.FixedSlice[uint64](out.Buf), data.FixedSlice[uint64](c.Buf), sel)
	default:
		kern.Take(data.FixedSlice[data.Int128](out.Buf), data.FixedSlice[data.Int128](c.Buf), sel)
	}
	return out
}
