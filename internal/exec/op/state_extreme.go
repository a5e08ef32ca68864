package op

import (
	"math"
	"math/bits"
	"strings"
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
)

// extreme returns the state of min, max and their variants.
func (s *aggSpec) extreme(t dtype.Type) (state, error) {
	least := strings.HasPrefix(s.name, "min")
	switch t.Phys() {
	case dtype.PhysBits:
		return &boolState{and: least}, nil
	case dtype.PhysI8:
		return intExtreme[uint8, int8](s, least, math.MinInt8, math.MaxInt8), nil
	case dtype.PhysI16:
		return intExtreme[uint16, int16](s, least, math.MinInt16, math.MaxInt16), nil
	case dtype.PhysI32:
		return intExtreme[uint32, int32](s, least, math.MinInt32, math.MaxInt32), nil
	case dtype.PhysI64:
		return intExtreme[uint64, int64](s, least, math.MinInt64, math.MaxInt64), nil
	case dtype.PhysU8:
		return intExtreme[uint8, uint8](s, least, 0, math.MaxUint8), nil
	case dtype.PhysU16:
		return intExtreme[uint16, uint16](s, least, 0, math.MaxUint16), nil
	case dtype.PhysU32:
		return intExtreme[uint32, uint32](s, least, 0, math.MaxUint32), nil
	case dtype.PhysU64:
		return intExtreme[uint64, uint64](s, least, 0, math.MaxUint64), nil
	case dtype.PhysF32:
		return floatExtreme[uint32, float32](s, least), nil
	case dtype.PhysF64:
		return floatExtreme[uint64, float64](s, least), nil
	case dtype.PhysI128:
		x := &extremeState[data.Int128]{typ: s.typ, fold: wideFold(kern.MinI128Grouped), start: data.Int128{Lo: math.MaxUint64, Hi: math.MaxInt64}}
		if !least {
			x.fold, x.start = wideFold(kern.MaxI128Grouped), data.Int128{Hi: math.MinInt64}
		}
		return x, nil
	case dtype.PhysView:
		return &textState{typ: s.typ, least: least}, nil
	default:
		return newLogState(s)
	}
}

func intExtreme[W word, T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](s *aggSpec, least bool, lowest, highest T) state {
	if least {
		return newExtreme[W](s, kern.MinGrouped[T], highest)
	}
	return newExtreme[W](s, kern.MaxGrouped[T], lowest)
}

func floatExtreme[W word, T float32 | float64](s *aggSpec, least bool) state {
	nan, inf := T(math.NaN()), T(math.Inf(-1))
	switch {
	case least:
		return newExtreme[W](s, kern.MinFloatGrouped[T], nan)
	case s.name == "max":
		return newExtreme[W](s, kern.MaxFloatGrouped[T], inf)
	default:
		return newExtreme[W](s, kern.MaxNumberGrouped[T], nan)
	}
}

// newExtreme returns a state that keeps values of T by their bits, in a W of the same size: only the fold, a call for a batch, knows what they are,
// and the machine code of the rest is there once for each size.
func newExtreme[W word, T data.Fixed](s *aggSpec, fold func(s []T, g []uint32, src []T, valid []uint64), start T) state {
	return &extremeState[W]{typ: s.typ, start: *(*W)(unsafe.Pointer(&start)), fold: func(s []W, g []uint32, src []W, valid []uint64) {
		fold(data.FixedSlice[T](data.FixedBytes(s)), g, data.FixedSlice[T](data.FixedBytes(src)), valid)
	}}
}

// wideFold adapts a kernel of 128-bit integers.
func wideFold(f func(s []kern.I128, g []uint32, src []kern.I128, valid []uint64)) func(s []data.Int128, g []uint32, src []data.Int128, valid []uint64) {
	return func(s []data.Int128, g []uint32, src []data.Int128, valid []uint64) {
		f(kwide(s), g, kwide(src), valid)
	}
}

// extremeState is the least or greatest value of a fixed-width type, or one that bits are folded into.
type extremeState[T data.Fixed] struct {
	typ   dtype.Type
	seen  seenSet
	v     []T
	start T
	fold  func(s []T, g []uint32, src []T, valid []uint64)
}

func (s *extremeState[T]) grow(n int) {
	s.seen.grow(n)
	old := len(s.v)
	s.v = widened(s.v, n)
	kern.Fill(s.v[old:], s.start)
}

func (s *extremeState[T]) update(r *aggRows, g []uint32) error {
	c := r.args[0]
	s.seen.update(g, c.Valid, r.filtered)
	s.fold(s.v, g, data.Slice[T](c), c.Valid)
	return nil
}

func (s *extremeState[T]) merge(src state, lo, hi int, g []uint32) error {
	o := src.(*extremeState[T])
	s.seen.merge(&o.seen, lo, hi, g)
	s.fold(s.v, g, o.v[lo:hi], nil)
	return nil
}

func (s *extremeState[T]) arrange(rows []uint32) state {
	if rows == nil {
		return s
	}
	return &extremeState[T]{typ: s.typ, start: s.start, fold: s.fold, seen: s.seen.arrange(rows), v: arranged(s.v, rows)}
}

func (s *extremeState[T]) result() (*data.Column, error) {
	return data.FlatColumn(s.typ, append([]T(nil), s.v...), s.seen.valid()), nil
}

func (s *extremeState[T]) bytes() int64 {
	return s.seen.bytes() + int64(cap(s.v)*s.typ.Phys().Width())
}

func (s *extremeState[T]) reset() {
	s.seen.reset()
	s.v = s.v[:0]
}

// boolState is bool_and and bool_or, and so min and max of bools.
type boolState struct {
	and  bool
	seen seenSet
	bits data.Bitmap
	n    int
}

func (s *boolState) grow(n int) {
	s.seen.grow(n)
	s.bits = widened(s.bits, data.Words(n))
	if s.and {
		kern.SetBits(s.bits, s.n, n-s.n, true)
	}
	s.n = n
}

func (s *boolState) update(r *aggRows, g []uint32) error {
	c := r.args[0]
	s.seen.update(g, c.Valid, r.filtered)
	if s.and {
		kern.AndGrouped(s.bits, g, c.Bits, c.Valid)
	} else {
		kern.OrGrouped(s.bits, g, c.Bits, c.Valid)
	}
	return nil
}

func (s *boolState) merge(src state, lo, hi int, g []uint32) error {
	o := src.(*boolState)
	s.seen.merge(&o.seen, lo, hi, g)
	for i := lo; i < hi; i++ {
		switch v := o.bits.Get(i); {
		case s.and && !v:
			s.bits.Clear(int(g[i-lo]))
		case !s.and && v:
			s.bits.Set(int(g[i-lo]))
		}
	}
	return nil
}

func (s *boolState) arrange(rows []uint32) state {
	if rows == nil {
		return s
	}
	out := &boolState{and: s.and, seen: s.seen.arrange(rows), bits: data.NewBitmap(len(rows)), n: len(rows)}
	kern.TakeBits(out.bits, s.bits, rows)
	return out
}

func (s *boolState) result() (*data.Column, error) {
	return data.BoolColumn(append(data.Bitmap{}, s.bits...), s.n, s.seen.valid()), nil
}

func (s *boolState) bytes() int64 { return s.seen.bytes() + 8*int64(cap(s.bits)) }

// textState is the least or greatest string.
type textState struct {
	typ   dtype.Type
	least bool
	seen  data.Bitmap
	v     []data.View
	heap  byteHeap
}

func (s *textState) grow(n int) {
	s.v = widened(s.v, n)
	s.seen = widened(s.seen, data.Words(n))
}

func (s *textState) update(r *aggRows, g []uint32) error {
	c := r.args[0]
	s.fold(data.Slice[data.View](c), c.Heap, c.Valid, g)
	return nil
}

func (s *textState) fold(v []data.View, heap [][]byte, valid data.Bitmap, g []uint32) {
	if len(s.v) == 1 && valid == nil {
		s.foldOne(v[:len(g)], heap)
		return
	}
	for i, x := range g {
		if valid != nil && !valid.Get(i) {
			continue
		}
		if s.seen.Get(int(x)) {
			// Mostly the first four bytes decide.
			a, b := bits.ReverseBytes32(uint32(v[i].A>>32)), bits.ReverseBytes32(uint32(s.v[x].A>>32))
			if a != b && (a < b) != s.least || a == b && !s.beats(v[i], heap, s.v[x]) {
				continue
			}
		}
		s.seen.Set(int(x))
		s.set(int(x), v[i], heap)
	}
}

// foldOne is fold for one group. Nearly all strings lose by their first four bytes or are the short one that is held, which one branch tells.
func (s *textState) foldOne(v []data.View, heap [][]byte) {
	if len(v) == 0 {
		return
	}
	if !s.seen.Get(0) {
		s.seen.Set(0)
		s.set(0, v[0], heap)
	}
	flip := ^uint32(0)
	if s.least {
		flip = 0
	}
	held, key, long := s.one(flip)
	for _, x := range v {
		loses := (key - int64(bits.ReverseBytes32(uint32(x.A>>32))^flip)) >> 63
		other := int64(x.A ^ held.A | x.B ^ held.B | long)
		same := (other|-other)>>63 + 1
		if loses|same != 0 || !s.beats(x, heap, held) {
			continue
		}
		s.set(0, x, heap)
		held, key, long = s.one(flip)
	}
}

// one returns what the only group holds: its view, its first bytes in the order that is wanted, and 0 if it is short, so that only it has that
// view.
func (s *textState) one(flip uint32) (held data.View, key int64, long uint64) {
	held = s.v[0]
	if held.Len() > data.InlineMax {
		long = 1
	}
	return held, int64(bits.ReverseBytes32(uint32(held.A>>32)) ^ flip), long
}

// beats reports whether a string comes before or after the one held so far, whichever is wanted.
func (s *textState) beats(v data.View, heap [][]byte, held data.View) bool {
	if v == held && v.Len() <= data.InlineMax {
		return false
	}
	order := kern.CompareView(kern.View(v), heap, kern.View(held), s.heap.bufs)
	return order != 0 && (order < 0) == s.least
}

// set stores a string in the place of the old one if it fits there.
func (s *textState) set(g int, v data.View, heap [][]byte) {
	old := s.v[g]
	if v.Len() > data.InlineMax && old.Len() >= v.Len() {
		copy(old.Bytes(s.heap.bufs), v.Bytes(heap))
		s.v[g] = data.View{A: v.A, B: old.B}
		return
	}
	s.v[g] = s.heap.view(v, heap)
}

func (s *textState) merge(src state, lo, hi int, g []uint32) error {
	o := src.(*textState)
	valid := data.NewBitmap(hi - lo)
	for i := lo; i < hi; i++ {
		valid.SetTo(i-lo, o.seen.Get(i))
	}
	s.fold(o.v[lo:hi], o.heap.bufs, valid, g)
	return nil
}

func (s *textState) arrange(rows []uint32) state {
	if rows == nil {
		return s
	}
	out := &textState{typ: s.typ, least: s.least, v: arranged(s.v, rows), heap: s.heap, seen: data.NewBitmap(len(rows))}
	kern.TakeBits(out.seen, s.seen, rows)
	return out
}

func (s *textState) result() (*data.Column, error) {
	c := data.FlatColumn(s.typ, append([]data.View(nil), s.v...), nil)
	c.Heap = s.heap.bufs
	if s.seen.Count(len(s.v)) < len(s.v) {
		c.Valid = append(data.Bitmap{}, s.seen...)
	}
	return c, nil
}

func (s *textState) bytes() int64 { return 16*int64(cap(s.v)) + 8*int64(cap(s.seen)) + s.heap.size }
