package kern

// comparison names one of the six.
type comparison uint8

const (
	compareEq comparison = iota
	compareNe
	compareLt
	compareLe
	compareGt
	compareGe
)

// Comparisons of floats with a constant under the total order: a constant that is a
// number needs only the machine's comparison, or the inverse of its opposite where
// NaN must count as greater.

// TotalEqConst is TotalEq with one right operand.
func TotalEqConst[T Float](dst []uint64, a []T, b T) {
	if b != b {
		IsNaN(dst, a)
		return
	}
	EqConst(dst, a, b)
}

// TotalNeConst is TotalNe with one right operand.
func TotalNeConst[T Float](dst []uint64, a []T, b T) {
	if b != b {
		Eq(dst, a, a)
		return
	}
	NeConst(dst, a, b)
}

// TotalLtConst is TotalLt with one right operand.
func TotalLtConst[T Float](dst []uint64, a []T, b T) {
	if b != b {
		Eq(dst, a, a)
		return
	}
	LtConst(dst, a, b)
}

// TotalLeConst is TotalLe with one right operand.
func TotalLeConst[T Float](dst []uint64, a []T, b T) {
	if b != b {
		FillBits(dst, len(a), true)
		return
	}
	LeConst(dst, a, b)
}

// TotalGtConst is TotalGt with one right operand.
func TotalGtConst[T Float](dst []uint64, a []T, b T) {
	if b != b {
		FillBits(dst, len(a), false)
		return
	}
	LeConst(dst, a, b)
	BitmapNot(dst, dst, len(a))
}

// TotalGeConst is TotalGe with one right operand.
func TotalGeConst[T Float](dst []uint64, a []T, b T) {
	if b != b {
		IsNaN(dst, a)
		return
	}
	LtConst(dst, a, b)
	BitmapNot(dst, dst, len(a))
}

// IsNaN sets the bits of the rows that are NaN.
func IsNaN[T Float](dst []uint64, a []T) { Ne(dst, a, a) }

// LeastFloat is the smaller of a and b under the total order: a number beats NaN.
func LeastFloat[T Float](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i, x := range a {
		y := b[i]
		if y < x || x != x {
			x = y
		}
		dst[i] = x
	}
}

// GreatestFloat is the larger of a and b under the total order: NaN beats a number.
func GreatestFloat[T Float](dst, a, b []T) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i, x := range a {
		y := b[i]
		if y > x || y != y {
			x = y
		}
		dst[i] = x
	}
}
