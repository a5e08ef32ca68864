package compute

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
)

// CmpOp is a comparison.
type CmpOp uint8

// The comparisons.
const (
	Eq CmpOp = iota
	Ne
	Lt
	Le
	Gt
	Ge
)

// mirrored is the comparison with sides swapped.
var mirrored = [...]CmpOp{Eq: Eq, Ne: Ne, Lt: Gt, Le: Ge, Gt: Lt, Ge: Le}

// Compare computes a op b for two columns of one type; null where either side is null. Floats are in the total order, in which NaN equals
// NaN and is above all numbers, and -0 equals 0. Text compares by bytes, intervals by their length with months of 30 days. Inside of lists
// and structs, null equals null and is above all values.
func Compare(s *Scratch, op CmpOp, a, b *data.Column) *data.Column {
	if a.Form == data.Const && b.Form != data.Const {
		a, b, op = b, a, mirrored[op]
	}
	out, _ := MapStrict(s, a, b, boolType, func(a, b *data.Column) (*data.Column, error) {
		return compare(s, op, a, b), nil
	})
	return out
}

// compare takes Flat columns, one of which may be Const.
func compare(s *Scratch, op CmpOp, a, b *data.Column) *data.Column {
	n := a.Len
	valid := both(s, validOf(a), validOf(b), n)
	if a.Form == data.Const {
		a, b, op = b, a, mirrored[op]
	}
	dst := s.Bits(n)
	bConst := b.Form == data.Const
	switch a.Type.Phys() {
	case dtype.PhysBits:
		compareBits(op, dst, a.Bits, Flatten(s, b).Bits, n)
	case dtype.PhysI8:
		compareInts[int8](op, dst, a, b, bConst)
	case dtype.PhysI16:
		compareInts[int16](op, dst, a, b, bConst)
	case dtype.PhysI32:
		compareInts[int32](op, dst, a, b, bConst)
	case dtype.PhysI64:
		compareInts[int64](op, dst, a, b, bConst)
	case dtype.PhysU8:
		compareInts[uint8](op, dst, a, b, bConst)
	case dtype.PhysU16:
		compareInts[uint16](op, dst, a, b, bConst)
	case dtype.PhysU32:
		compareInts[uint32](op, dst, a, b, bConst)
	case dtype.PhysU64:
		compareInts[uint64](op, dst, a, b, bConst)
	case dtype.PhysF32:
		compareFloats[float32](op, dst, a, b, bConst)
	case dtype.PhysF64:
		compareFloats[float64](op, dst, a, b, bConst)
	case dtype.PhysI128:
		if bConst {
			compareWideConst(op, dst, wide(a), kern.I128(valueOf[data.Int128](b)))
		} else {
			compareWide(op, dst, wide(a), wide(b))
		}
	case dtype.PhysInterval:
		compareWide(op, dst, normalIntervals(s, a), normalIntervals(s, Flatten(s, b)))
	case dtype.PhysView:
		if bConst {
			compareViewConst(op, dst, a, b.Values)
		} else {
			compareViews(op, dst, a, b)
		}
	default:
		compareNested(op, dst, a, b)
	}
	return s.Bool(dst, valid, n)
}

// compareBits orders false below true.
func compareBits(op CmpOp, dst, a, b data.Bitmap, n int) {
	switch op {
	case Eq:
		kern.BitmapXnor(dst, a, b, n)
	case Ne:
		kern.BitmapXor(dst, a, b, n)
	case Lt:
		kern.BitmapAndNot(dst, b, a, n)
	case Le:
		kern.BitmapOrNot(dst, b, a, n)
	case Gt:
		kern.BitmapAndNot(dst, a, b, n)
	default:
		kern.BitmapOrNot(dst, a, b, n)
	}
}

func compareInts[T word](op CmpOp, dst data.Bitmap, ac, bc *data.Column, bConst bool) {
	a := data.Slice[T](ac)
	if bConst {
		v := valueOf[T](bc)
		switch op {
		case Eq:
			kern.EqConst(dst, a, v)
		case Ne:
			kern.NeConst(dst, a, v)
		case Lt:
			kern.LtConst(dst, a, v)
		case Le:
			kern.LeConst(dst, a, v)
		case Gt:
			kern.GtConst(dst, a, v)
		default:
			kern.GeConst(dst, a, v)
		}
		return
	}
	b := data.Slice[T](bc)
	switch op {
	case Eq:
		kern.Eq(dst, a, b)
	case Ne:
		kern.Ne(dst, a, b)
	case Lt:
		kern.Lt(dst, a, b)
	case Le:
		kern.Le(dst, a, b)
	case Gt:
		kern.Gt(dst, a, b)
	default:
		kern.Ge(dst, a, b)
	}
}

func compareFloats[T float32 | float64](op CmpOp, dst data.Bitmap, ac, bc *data.Column, bConst bool) {
	a := data.Slice[T](ac)
	if bConst {
		v := valueOf[T](bc)
		switch op {
		case Eq:
			kern.TotalEqConst(dst, a, v)
		case Ne:
			kern.TotalNeConst(dst, a, v)
		case Lt:
			kern.TotalLtConst(dst, a, v)
		case Le:
			kern.TotalLeConst(dst, a, v)
		case Gt:
			kern.TotalGtConst(dst, a, v)
		default:
			kern.TotalGeConst(dst, a, v)
		}
		return
	}
	b := data.Slice[T](bc)
	switch op {
	case Eq:
		kern.TotalEq(dst, a, b)
	case Ne:
		kern.TotalNe(dst, a, b)
	case Lt:
		kern.TotalLt(dst, a, b)
	case Le:
		kern.TotalLe(dst, a, b)
	case Gt:
		kern.TotalGt(dst, a, b)
	default:
		kern.TotalGe(dst, a, b)
	}
}

func compareWide(op CmpOp, dst data.Bitmap, a, b []kern.I128) {
	switch op {
	case Eq:
		kern.EqI128(dst, a, b)
	case Ne:
		kern.NeI128(dst, a, b)
	case Lt:
		kern.LtI128(dst, a, b)
	case Le:
		kern.LeI128(dst, a, b)
	case Gt:
		kern.GtI128(dst, a, b)
	default:
		kern.GeI128(dst, a, b)
	}
}

func compareWideConst(op CmpOp, dst data.Bitmap, a []kern.I128, b kern.I128) {
	switch op {
	case Eq:
		kern.EqI128Const(dst, a, b)
	case Ne:
		kern.NeI128Const(dst, a, b)
	case Lt:
		kern.LtI128Const(dst, a, b)
	case Le:
		kern.LeI128Const(dst, a, b)
	case Gt:
		kern.GtI128Const(dst, a, b)
	default:
		kern.GeI128Const(dst, a, b)
	}
}

func compareViews(op CmpOp, dst data.Bitmap, a, b *data.Column) {
	x, y := views(a), views(b)
	switch op {
	case Eq:
		kern.EqView(dst, x, a.Heap, y, b.Heap)
	case Ne:
		kern.NeView(dst, x, a.Heap, y, b.Heap)
	case Lt:
		kern.LtView(dst, x, a.Heap, y, b.Heap)
	case Le:
		kern.LeView(dst, x, a.Heap, y, b.Heap)
	case Gt:
		kern.GtView(dst, x, a.Heap, y, b.Heap)
	default:
		kern.GeView(dst, x, a.Heap, y, b.Heap)
	}
}

// compareViewConst compares with row 0 of b, a Flat column.
func compareViewConst(op CmpOp, dst data.Bitmap, a, b *data.Column) {
	x, v := views(a), views(b)[0]
	switch op {
	case Eq:
		kern.EqViewConst(dst, x, a.Heap, v, b.Heap)
	case Ne:
		kern.NeViewConst(dst, x, a.Heap, v, b.Heap)
	case Lt:
		kern.LtViewConst(dst, x, a.Heap, v, b.Heap)
	case Le:
		kern.LeViewConst(dst, x, a.Heap, v, b.Heap)
	case Gt:
		kern.GtViewConst(dst, x, a.Heap, v, b.Heap)
	default:
		kern.GeViewConst(dst, x, a.Heap, v, b.Heap)
	}
}

// Distinct computes IS DISTINCT FROM, or IS NOT DISTINCT FROM if not is set: never null, null being equal to null.
func Distinct(s *Scratch, not bool, a, b *data.Column) *data.Column {
	n := a.Len
	aok, bok := validity(s, a), validity(s, b)
	if aok == nil && bok == nil {
		if not {
			return Compare(s, Eq, a, b)
		}
		return Compare(s, Ne, a, b)
	}
	eq := Flatten(s, Compare(s, Eq, a, b))
	out := s.Bits(n)
	onlyBoth, neither := realBits(s, eq.Valid, n), s.Bits(n)
	kern.BitmapAnd(out, eq.Bits, onlyBoth, n)
	kern.BitmapOr(neither, realBits(s, aok, n), realBits(s, bok, n), n)
	kern.BitmapOrNot(out, out, neither, n)
	if !not {
		kern.BitmapNot(out, out, n)
	}
	return s.Bool(out, nil, n)
}

// realBits makes bits of a validity that may be nil.
func realBits(s *Scratch, valid data.Bitmap, n int) data.Bitmap {
	if valid != nil {
		return valid
	}
	all := s.Bits(n)
	kern.FillBits(all, n, true)
	return all
}

// validity returns the validity of any form as bits over the rows; nil if there is no null.
func validity(s *Scratch, c *data.Column) data.Bitmap {
	switch {
	case constNull(c), c.Form != data.Const && c.Type.Kind == dtype.Null:
		return s.Zeros(c.Len)
	case c.Form == data.Const:
		return nil
	default:
		return c.Valid
	}
}
