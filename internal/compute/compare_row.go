package compute

import (
	"cmp"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/kern"
)

// compareNested compares lists, arrays and structs row by row; null rows get whatever their kids compare to.
func compareNested(op CmpOp, dst data.Bitmap, a, b *data.Column) {
	clear(dst)
	for i := range a.Len {
		if a.IsNull(i) || b.IsNull(i) {
			continue
		}
		if holds(op, CompareRow(a, i, b, i)) {
			dst.Set(i)
		}
	}
}

// holds reports whether an order of -1, 0 or 1 satisfies the comparison.
func holds(op CmpOp, order int) bool {
	switch op {
	case Eq:
		return order == 0
	case Ne:
		return order != 0
	case Lt:
		return order < 0
	case Le:
		return order <= 0
	case Gt:
		return order > 0
	default:
		return order >= 0
	}
}

// CompareRow orders row i of a and row j of b, of one type and in any form: negative, 0 or positive. Null equals null and is above all
// values, at the top and inside. It is for nested values and cold paths.
func CompareRow(a *data.Column, i int, b *data.Column, j int) int {
	an, bn := a.IsNull(i), b.IsNull(j)
	if an || bn {
		return boolOrder(an, bn)
	}
	t := a.Type
	a, i = a.Row(i)
	b, j = b.Row(j)
	switch p := t.Phys(); p {
	case dtype.PhysBits:
		return boolOrder(a.Bits.Get(i), b.Bits.Get(j))
	case dtype.PhysI8:
		return at[int8](a, i, b, j)
	case dtype.PhysI16:
		return at[int16](a, i, b, j)
	case dtype.PhysI32:
		return at[int32](a, i, b, j)
	case dtype.PhysI64:
		return at[int64](a, i, b, j)
	case dtype.PhysU8:
		return at[uint8](a, i, b, j)
	case dtype.PhysU16:
		return at[uint16](a, i, b, j)
	case dtype.PhysU32:
		return at[uint32](a, i, b, j)
	case dtype.PhysU64:
		return at[uint64](a, i, b, j)
	case dtype.PhysF32:
		return floatOrder(float64(data.FixedSlice[float32](a.Buf)[i]), float64(data.FixedSlice[float32](b.Buf)[j]))
	case dtype.PhysF64:
		return floatOrder(data.FixedSlice[float64](a.Buf)[i], data.FixedSlice[float64](b.Buf)[j])
	case dtype.PhysI128:
		return data.FixedSlice[data.Int128](a.Buf)[i].Cmp(data.FixedSlice[data.Int128](b.Buf)[j])
	case dtype.PhysInterval:
		return intervalMicros(data.FixedSlice[data.Interval](a.Buf)[i]).Cmp(intervalMicros(data.FixedSlice[data.Interval](b.Buf)[j]))
	case dtype.PhysView:
		return kern.CompareView(views(a)[i], a.Heap, views(b)[j], b.Heap)
	case dtype.PhysList:
		return compareItems(a.Kids[0], int(a.Offsets[i]), int(a.Offsets[i+1]), b.Kids[0], int(b.Offsets[j]), int(b.Offsets[j+1]))
	case dtype.PhysArray:
		w := t.Len
		return compareItems(a.Kids[0], i*w, (i+1)*w, b.Kids[0], j*w, (j+1)*w)
	case dtype.PhysStruct:
		for k := range a.Kids {
			if o := CompareRow(a.Kids[k], i, b.Kids[k], j); o != 0 {
				return o
			}
		}
		return 0
	default:
		bug.Panicf("comparison of physical type %d", p)
		return 0
	}
}

func at[T word](a *data.Column, i int, b *data.Column, j int) int {
	return cmp.Compare(data.FixedSlice[T](a.Buf)[i], data.FixedSlice[T](b.Buf)[j])
}

// floatOrder is the total order in which NaN is above all numbers; cmp.Compare has it below.
func floatOrder(a, b float64) int {
	if a != a || b != b {
		return boolOrder(a != a, b != b)
	}
	return cmp.Compare(a, b)
}

// boolOrder puts false below true.
func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// compareItems orders two lists lexicographically; a prefix is below the longer list.
func compareItems(a *data.Column, alo, ahi int, b *data.Column, blo, bhi int) int {
	for ; alo < ahi && blo < bhi; alo, blo = alo+1, blo+1 {
		if o := CompareRow(a, alo, b, blo); o != 0 {
			return o
		}
	}
	return cmp.Compare(ahi-alo, bhi-blo)
}
