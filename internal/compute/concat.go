package compute

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
)

// Concat returns the rows of all columns, one column after the other, as one Flat column of type t, which all of them have. Text shares its
// buffers.
func Concat(s *Scratch, t dtype.Type, cols []*data.Column) *data.Column {
	flat := s.Columns(len(cols))
	n, nulls := 0, false
	for i, c := range cols {
		flat[i] = Flatten(s, c)
		n += c.Len
		nulls = nulls || flat[i].Valid != nil
	}
	out := s.Column()
	out.Type, out.Len = t, n
	if nulls {
		out.Valid = s.Bits(n)
		at := 0
		for _, c := range flat {
			if c.Valid == nil {
				kern.SetBits(out.Valid, at, c.Len, true)
			} else {
				kern.CopyBits(out.Valid, at, c.Valid, 0, c.Len)
			}
			at += c.Len
		}
	}
	switch p := t.Phys(); p {
	case dtype.PhysNull:
	case dtype.PhysBits:
		out.Bits = s.Bits(n)
		at := 0
		for _, c := range flat {
			kern.CopyBits(out.Bits, at, c.Bits, 0, c.Len)
			at += c.Len
		}
	case dtype.PhysView:
		concatViews(s, out, flat)
	case dtype.PhysList:
		concatLists(s, out, flat)
	case dtype.PhysArray, dtype.PhysStruct:
		out.Kids = s.Columns(len(t.Fields))
		for k, f := range t.Fields {
			parts := s.Columns(len(flat))
			for i, c := range flat {
				parts[i] = c.Kids[k]
			}
			out.Kids[k] = Concat(s, f.Type, parts)
		}
	default:
		w := p.Width()
		out.Buf = Make[uint8](s, n*w)
		at := 0
		for _, c := range flat {
			at += copy(out.Buf[at:], c.Buf[:c.Len*w])
		}
	}
	return out
}

// concatViews joins the heaps and shifts the views to their place in it.
func concatViews(s *Scratch, out *data.Column, cols []*data.Column) {
	dst := Make[data.View](s, out.Len)
	bufs := 0
	for _, c := range cols {
		bufs += len(c.Heap)
	}
	out.Heap = s.Heaps(bufs)
	at, base := 0, 0
	for _, c := range cols {
		kern.ShiftViews(kernViews(dst[at:at+c.Len]), views(c), base)
		copy(out.Heap[base:], c.Heap)
		at += c.Len
		base += len(c.Heap)
	}
	out.Buf = data.FixedBytes(dst)
}

func concatLists(s *Scratch, out *data.Column, cols []*data.Column) {
	offsets := Make[int32](s, out.Len+1)
	kids := s.Columns(len(cols))
	offsets[0] = 0
	at := 0
	for i, c := range cols {
		lo, hi := int32(0), int32(0)
		if c.Len > 0 {
			lo, hi = c.Offsets[0], c.Offsets[c.Len]
		}
		shift := offsets[at] - lo
		for j := range c.Len {
			offsets[at+j+1] = c.Offsets[j+1] + shift
		}
		at += c.Len
		kids[i] = c.Kids[0].Slice(int(lo), int(hi))
	}
	out.Offsets = offsets
	out.Kids = s.Columns(1)
	out.Kids[0] = Concat(s, out.Type.Elem(), kids)
}

// Merge puts columns together that hold different rows of one result: row j of parts[k] becomes row rows[k][j] of n rows. Every row is in
// exactly one part.
func Merge(s *Scratch, t dtype.Type, parts []*data.Column, rows [][]uint32, n int) *data.Column {
	if len(parts) == 1 && parts[0].Form == data.Const {
		return resized(s, parts[0], n)
	}
	from := Make[uint32](s, n)
	base := uint32(0)
	for k, p := range parts {
		for j, r := range rows[k] {
			from[r] = base + uint32(j)
		}
		base += uint32(p.Len)
	}
	return gather(s, Concat(s, t, parts), from, false)
}

// IfThenElse takes a where cond is true and b where it is false or null. All have the same number of rows, a and b the type t.
func IfThenElse(s *Scratch, t dtype.Type, cond, a, b *data.Column) *data.Column {
	n := cond.Len
	if cond.Form == data.Const || cond.Type.Kind == dtype.Null {
		if cond.Type.Kind != dtype.Null && !constNull(cond) && cond.Values.Bits.Get(0) {
			return a
		}
		return b
	}
	truth := Truth(s, cond)
	p := t.Phys()
	if p.Width() == 0 && p != dtype.PhysBits || p == dtype.PhysNull {
		return choose(s, t, truth, a, b, n)
	}
	out := s.Column()
	out.Type, out.Len = t, n
	aok, bok := validity(s, a), validity(s, b)
	if aok != nil || bok != nil {
		out.Valid = s.Bits(n)
		kern.BitmapBlend(out.Valid, truth, realBits(s, aok, n), realBits(s, bok, n), n)
	}
	a, b = Flatten(s, a), Flatten(s, b)
	switch {
	case p == dtype.PhysBits:
		out.Bits = s.Bits(n)
		kern.BitmapBlend(out.Bits, truth, a.Bits, b.Bits, n)
	case p == dtype.PhysView:
		both := s.Columns(2)
		both[0], both[1] = a, b
		dst := Make[data.View](s, n)
		joined := s.Column()
		joined.Len = 2 * n
		concatViews(s, joined, both)
		v := views(joined)
		kern.Blend(kernViews(dst), truth, v[:n], v[n:])
		out.Buf, out.Heap = data.FixedBytes(dst), joined.Heap
	default:
		out.Buf = blend(s, p.Width(), truth, a.Buf, b.Buf, n)
	}
	return out
}

// blend chooses between fixed-width values.
func blend(s *Scratch, width int, cond data.Bitmap, a, b []byte, n int) []byte {
	switch width {
	case 1:
		return blendOf[uint8](s, cond, a, b, n)
	case 2:
		return blendOf[uint16](s, cond, a, b, n)
	case 4:
		return blendOf[uint32](s, cond, a, b, n)
	case 8:
		return blendOf[uint64](s, cond, a, b, n)
	default:
		return blendOf[data.Int128](s, cond, a, b, n)
	}
}

func blendOf[T data.Fixed](s *Scratch, cond data.Bitmap, a, b []byte, n int) []byte {
	dst := Make[T](s, n)
	kern.Blend(dst, cond, data.FixedSlice[T](a)[:n], data.FixedSlice[T](b)[:n])
	return data.FixedBytes(dst)
}

// choose is IfThenElse for nested types: the rows are gathered from both sides laid end to end.
func choose(s *Scratch, t dtype.Type, truth data.Bitmap, a, b *data.Column, n int) *data.Column {
	both := s.Columns(2)
	both[0], both[1] = a, b
	rows := Make[uint32](s, n)
	for i := range rows {
		rows[i] = uint32(i + n)
		if truth.Get(i) {
			rows[i] = uint32(i)
		}
	}
	return gather(s, Concat(s, t, both), rows, false)
}

// Coalesce takes each row from the first column where it is not null.
func Coalesce(s *Scratch, t dtype.Type, cols []*data.Column) *data.Column {
	out := cols[0]
	for _, c := range cols[1:] {
		given := IsNull(s, out, true)
		if given.Form == data.Const && given.Values.Bits.Get(0) {
			break
		}
		out = IfThenElse(s, t, given, out, c)
	}
	return out
}
