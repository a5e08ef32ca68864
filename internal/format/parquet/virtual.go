package parquet

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
)

// constReader gives the same value for every row: partition values, file names, columns that a file lacks.
type constReader struct {
	value *data.Column // one row
	out   data.Column
}

func newConst(s data.Scalar) *constReader {
	return &constReader{value: data.ConstColumn(s, 1).Values}
}

func (c *constReader) open(*group) error            { return nil }
func (c *constReader) skip(int)                     {}
func (c *constReader) done() error                  { return nil }
func (c *constReader) chunks(dst []*chunk) []*chunk { return dst }
func (c *constReader) make(n int) *data.Column {
	c.out = data.Column{Type: c.value.Type, Form: data.Const, Len: n, Values: c.value}
	return &c.out
}

func (c *constReader) read(n int, sel []uint32) (*data.Column, error) {
	if sel != nil {
		n = len(sel)
	}
	return c.make(n), nil
}

// rowNumbers counts the rows of the file, from first on.
type rowNumbers struct {
	first int64
	next  int64
	vals  []int64
}

func (r *rowNumbers) open(g *group) error {
	r.next = r.first + g.firstRow
	return nil
}

func (r *rowNumbers) skip(n int)                   { r.next += int64(n) }
func (r *rowNumbers) done() error                  { return nil }
func (r *rowNumbers) chunks(dst []*chunk) []*chunk { return dst }

func (r *rowNumbers) read(n int, sel []uint32) (*data.Column, error) {
	r.vals = r.vals[:0]
	if sel == nil {
		for i := range n {
			r.vals = append(r.vals, r.next+int64(i))
		}
	}
	for _, s := range sel {
		r.vals = append(r.vals, r.next+int64(s))
	}
	r.next += int64(n)
	return data.FlatColumn(dtype.Of(dtype.Int64), r.vals, nil), nil
}

// widenReader converts a file's column to the wider type that the table has.
type widenReader struct {
	reader
	to  dtype.Type
	buf []byte
	out data.Column
}

func (w *widenReader) read(n int, sel []uint32) (*data.Column, error) {
	c, err := w.reader.read(n, sel)
	if err != nil {
		return nil, err
	}
	if c.Type.Kind == dtype.Null {
		return data.NullColumn(w.to, c.Len), nil
	}
	from, to := c.Type.Phys(), w.to.Phys()
	w.out = *c
	w.out.Type = w.to
	if from == to {
		return &w.out, nil
	}
	if size := c.Len * to.Width(); cap(w.buf) < size {
		w.buf = data.AlignedBytes(max(size, data.BatchRows*to.Width()))
	}
	w.out.Buf = w.buf[:c.Len*to.Width()]
	switch from {
	case dtype.PhysI8:
		widenInt(&w.out, data.Slice[int8](c), to)
	case dtype.PhysI16:
		widenInt(&w.out, data.Slice[int16](c), to)
	case dtype.PhysI32:
		widenInt(&w.out, data.Slice[int32](c), to)
	case dtype.PhysI64:
		widenInt(&w.out, data.Slice[int64](c), to)
	case dtype.PhysU8:
		widenInt(&w.out, data.Slice[uint8](c), to)
	case dtype.PhysU16:
		widenInt(&w.out, data.Slice[uint16](c), to)
	case dtype.PhysU32:
		widenInt(&w.out, data.Slice[uint32](c), to)
	case dtype.PhysU64:
		for i, x := range data.Slice[uint64](c) {
			data.Slice[data.Int128](&w.out)[i] = data.Int128{Lo: x}
		}
	case dtype.PhysF32:
		kern.Convert(data.Slice[float64](&w.out), data.Slice[float32](c))
	default:
		return nil, corrupt("no conversion from %s to %s", c.Type, w.to)
	}
	return &w.out, nil
}

// widenInt converts integers to a representation that holds them all.
func widenInt[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32](out *data.Column, src []T, to dtype.Phys) {
	switch to {
	case dtype.PhysI16:
		kern.Convert(data.Slice[int16](out), src)
	case dtype.PhysI32:
		kern.Convert(data.Slice[int32](out), src)
	case dtype.PhysI64:
		kern.Convert(data.Slice[int64](out), src)
	case dtype.PhysU16:
		kern.Convert(data.Slice[uint16](out), src)
	case dtype.PhysU32:
		kern.Convert(data.Slice[uint32](out), src)
	case dtype.PhysU64:
		kern.Convert(data.Slice[uint64](out), src)
	case dtype.PhysF64:
		kern.Convert(data.Slice[float64](out), src)
	default:
		dst := data.Slice[data.Int128](out)
		for i, x := range src {
			dst[i] = data.Int128From(int64(x))
		}
	}
}
