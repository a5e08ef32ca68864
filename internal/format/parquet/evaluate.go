package parquet

import (
	"bytes"
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
	"github.com/siksik-data/siksik/spi"
)

// evaluator computes which rows of a batch pass a pred.
type evaluator struct {
	p    *pred
	kids []*evaluator
	tmp  []uint64
	seen *data.Column // the dictionary that keep is for
	keep []uint8      // per code: 1 if its value passes
	set  map[string]struct{}
}

const batchWords = data.BatchRows / 64

func newEvaluator(p *pred) *evaluator {
	e := &evaluator{p: p, tmp: make([]uint64, batchWords)}
	for _, k := range p.kids {
		e.kids = append(e.kids, newEvaluator(k))
	}
	return e
}

// eval sets the bits of the rows that pass; of gives the batch's column at a position of the table's schema. Bits past n are clear.
func (e *evaluator) eval(dst []uint64, of func(col int) *data.Column, n int) {
	switch e.p.op {
	case spi.PredAnd, spi.PredOr:
		and := e.p.op == spi.PredAnd
		kern.FillBits(dst, n, and)
		for _, k := range e.kids {
			k.eval(e.tmp, of, n)
			if and {
				kern.BitmapAnd(dst, dst, e.tmp, n)
			} else {
				kern.BitmapOr(dst, dst, e.tmp, n)
			}
		}
	default:
		e.test(dst, of(e.p.col), n)
	}
}

// test evaluates a test on one column.
func (e *evaluator) test(dst []uint64, c *data.Column, n int) {
	if n == 0 {
		return
	}
	if c.Form == data.Const || c.Type.Kind == dtype.Null {
		kern.FillBits(dst, n, e.constant(c))
		return
	}
	switch e.p.op {
	case spi.PredIsNull, spi.PredNotNull:
		want := e.p.op == spi.PredNotNull
		if c.Valid == nil {
			kern.FillBits(dst, n, want)
		} else if want {
			kern.FillBits(dst, n, true)
			kern.BitmapAnd(dst, dst, c.Valid, n)
		} else {
			kern.BitmapNot(dst, c.Valid, n)
		}
		return
	}
	if c.Form == data.Dict {
		e.codes(dst, c, n)
	} else {
		e.flat(dst, c, n)
	}
	if c.Valid != nil {
		kern.BitmapAnd(dst, dst, c.Valid, n)
	}
}

// constant tests a column of one value.
func (e *evaluator) constant(c *data.Column) bool {
	null := c.IsNull(0)
	switch {
	case e.p.op == spi.PredIsNull:
		return null
	case e.p.op == spi.PredNotNull:
		return !null
	case null:
		return false
	}
	var one [1]uint64
	f, _ := c.Row(0)
	e.flat(one[:], f, 1)
	return one[0]&1 != 0
}

// codes tests each value of the dictionary once, and then looks the codes up.
func (e *evaluator) codes(dst []uint64, c *data.Column, n int) {
	if e.seen != c.Values {
		e.seen = c.Values
		size := c.Values.Len
		all := make([]uint64, data.Words(size))
		e.flat(all, c.Values, size)
		e.keep = e.keep[:0]
		for i := range size {
			e.keep = append(e.keep, uint8(all[i>>6]>>(i&63)&1))
		}
	}
	lookUp(dst, e.keep, c, n)
}

// flat tests the n values of a flat column, nulls aside. dst has as many bits, whatever the number.
func (e *evaluator) flat(dst []uint64, c *data.Column, n int) {
	p := e.p
	switch c.Type.Phys() {
	case dtype.PhysBits:
		e.bools(dst, c, n)
	case dtype.PhysI8:
		numbers(p, dst, data.FixedSlice[int8](c.Buf)[:n], e.tmp)
	case dtype.PhysI16:
		numbers(p, dst, data.FixedSlice[int16](c.Buf)[:n], e.tmp)
	case dtype.PhysI32:
		numbers(p, dst, data.FixedSlice[int32](c.Buf)[:n], e.tmp)
	case dtype.PhysI64:
		numbers(p, dst, data.FixedSlice[int64](c.Buf)[:n], e.tmp)
	case dtype.PhysU8:
		numbers(p, dst, c.Buf[:n], e.tmp)
	case dtype.PhysU16:
		numbers(p, dst, data.FixedSlice[uint16](c.Buf)[:n], e.tmp)
	case dtype.PhysU32:
		numbers(p, dst, data.FixedSlice[uint32](c.Buf)[:n], e.tmp)
	case dtype.PhysU64:
		numbers(p, dst, data.FixedSlice[uint64](c.Buf)[:n], e.tmp)
	case dtype.PhysF32:
		floats(p, dst, data.FixedSlice[float32](c.Buf)[:n])
	case dtype.PhysF64:
		floats(p, dst, data.FixedSlice[float64](c.Buf)[:n])
	case dtype.PhysI128:
		e.wide(dst, data.FixedSlice[data.Int128](c.Buf)[:n])
	default:
		e.views(dst, data.FixedSlice[data.View](c.Buf)[:n], c.Heap)
	}
}

func (e *evaluator) bools(dst []uint64, c *data.Column, n int) {
	for w := range data.Words(n) {
		var m uint64
		if e.p.passesInt(0) {
			m |= ^c.Bits[w]
		}
		if e.p.passesInt(1) {
			m |= c.Bits[w]
		}
		if rest := n - w*64; rest < 64 {
			m &= 1<<rest - 1
		}
		dst[w] = m
	}
}

// passesInt tests a small integer, for booleans.
func (p *pred) passesInt(x int64) bool {
	if p.op == spi.PredIn {
		for _, v := range p.values {
			if !v.Null && v.Int64() == x {
				return !p.negate
			}
		}
		return p.negate
	}
	v := p.values[0]
	return !v.Null && p.passesOrder(data.Int128From(x).Cmp(v.I))
}

// passesOrder tells whether a value that compares to the literal as order says passes.
func (p *pred) passesOrder(order int) bool {
	switch p.op {
	case spi.PredEq:
		return order == 0
	case spi.PredNe:
		return order != 0
	case spi.PredLt:
		return order < 0
	case spi.PredLe:
		return order <= 0
	case spi.PredGt:
		return order > 0
	default:
		return order >= 0
	}
}

// numbers tests integers; tmp is scratch for BatchRows bits, and longer inputs (dictionaries) bring their own.
func numbers[T kern.Integer](p *pred, dst []uint64, src []T, tmp []uint64) {
	n := len(src)
	if p.op == spi.PredIn {
		kern.FillBits(dst, n, false)
		if data.Words(n) > len(tmp) {
			tmp = make([]uint64, data.Words(n))
		}
		inList(p, dst, src, tmp)
		if p.negate {
			kern.BitmapNot(dst, dst, n)
		}
		return
	}
	v := p.values[0]
	if v.Null {
		kern.FillBits(dst, n, false)
		return
	}
	x := T(v.I.Lo)
	switch p.op {
	case spi.PredEq:
		kern.EqConst(dst, src, x)
	case spi.PredNe:
		kern.NeConst(dst, src, x)
	case spi.PredLt:
		kern.LtConst(dst, src, x)
	case spi.PredLe:
		kern.LeConst(dst, src, x)
	case spi.PredGt:
		kern.GtConst(dst, src, x)
	default:
		kern.GeConst(dst, src, x)
	}
}

// listLoops is the longest IN list that is tested value by value.
const listLoops = 8

func inList[T kern.Integer](p *pred, dst []uint64, src []T, tmp []uint64) {
	if len(p.values) <= listLoops {
		for _, v := range p.values {
			if !v.Null {
				kern.EqConst(tmp, src, T(v.I.Lo))
				kern.BitmapOr(dst, dst, tmp, len(src))
			}
		}
		return
	}
	set := make(map[T]struct{}, len(p.values))
	for _, v := range p.values {
		if !v.Null {
			set[T(v.I.Lo)] = struct{}{}
		}
	}
	for i, x := range src {
		if _, ok := set[x]; ok {
			dst[i>>6] |= 1 << (i & 63)
		}
	}
}

func floats[T kern.Float](p *pred, dst []uint64, src []T) {
	if p.op == spi.PredIn {
		kern.FillBits(dst, len(src), false)
		for i, x := range src {
			in := false
			for _, v := range p.values {
				in = in || !v.Null && compareFloats(float64(x), v.F) == 0
			}
			if in != p.negate {
				dst[i>>6] |= 1 << (i & 63)
			}
		}
		return
	}
	v := p.values[0]
	if v.Null {
		kern.FillBits(dst, len(src), false)
		return
	}
	x := T(v.F)
	switch p.op {
	case spi.PredEq:
		kern.TotalEqConst(dst, src, x)
	case spi.PredNe:
		kern.TotalNeConst(dst, src, x)
	case spi.PredLt:
		kern.TotalLtConst(dst, src, x)
	case spi.PredLe:
		kern.TotalLeConst(dst, src, x)
	case spi.PredGt:
		kern.TotalGtConst(dst, src, x)
	default:
		kern.TotalGeConst(dst, src, x)
	}
}

func (e *evaluator) wide(dst []uint64, src []data.Int128) {
	kern.FillBits(dst, len(src), false)
	p := e.p
	for i, x := range src {
		ok := false
		if p.op == spi.PredIn {
			for _, v := range p.values {
				ok = ok || !v.Null && v.I == x
			}
			ok = ok != p.negate
		} else {
			ok = !p.values[0].Null && p.passesOrder(x.Cmp(p.values[0].I))
		}
		if ok {
			dst[i>>6] |= 1 << (i & 63)
		}
	}
}

func kernViews(v []data.View) []kern.View {
	return unsafe.Slice((*kern.View)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
}

// views tests text.
func (e *evaluator) views(dst []uint64, src []data.View, heap [][]byte) {
	p, n := e.p, len(src)
	if p.op == spi.PredIn {
		e.viewsIn(dst, src, heap)
		return
	}
	if p.values[0].Null {
		kern.FillBits(dst, n, false)
		return
	}
	want := []byte(p.values[0].S)
	if p.op == spi.PredPrefix {
		kern.FillBits(dst, n, false)
		for i := range src {
			if bytes.HasPrefix(src[i].Bytes(heap), want) != p.negate {
				dst[i>>6] |= 1 << (i & 63)
			}
		}
		return
	}
	own := [][]byte{want}
	v := data.BufferView(want, 0, 0)
	k := kern.View{A: v.A, B: v.B}
	switch p.op {
	case spi.PredEq:
		kern.EqViewConst(dst, kernViews(src), heap, k, own)
	case spi.PredNe:
		kern.NeViewConst(dst, kernViews(src), heap, k, own)
	case spi.PredLt:
		kern.LtViewConst(dst, kernViews(src), heap, k, own)
	case spi.PredLe:
		kern.LeViewConst(dst, kernViews(src), heap, k, own)
	case spi.PredGt:
		kern.GtViewConst(dst, kernViews(src), heap, k, own)
	default:
		kern.GeViewConst(dst, kernViews(src), heap, k, own)
	}
}

func (e *evaluator) viewsIn(dst []uint64, src []data.View, heap [][]byte) {
	if e.set == nil {
		e.set = make(map[string]struct{}, len(e.p.values))
		for _, v := range e.p.values {
			if !v.Null {
				e.set[v.S] = struct{}{}
			}
		}
	}
	kern.FillBits(dst, len(src), false)
	for i := range src {
		if _, ok := e.set[string(src[i].Bytes(heap))]; ok != e.p.negate {
			dst[i>>6] |= 1 << (i & 63)
		}
	}
}
