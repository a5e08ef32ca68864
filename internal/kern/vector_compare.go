//go:build goexperiment.simd && amd64

package kern

// flipped is what inverts the result of the opposite comparison, if that is what the machine has: floats are compared by < and <=, integers by >.
func flipped(opposite bool) uint64 {
	if opposite {
		return ^uint64(0)
	}
	return 0
}

// compareVector compares rows as long as they fill words of dst, and returns how many; none of types that have no vector instructions.
func compareVector[T Number](dst []uint64, a, b []T, op comparison) int {
	dst = dst[:len(a)/64]
	switch x := any(a).(type) {
	case []int32:
		y := any(b).([]int32)
		if op == compareLt || op == compareGe {
			x, y = y, x
		}
		if flip := flipped(op == compareNe || op == compareLe || op == compareGe); op <= compareNe {
			int32Equal(dst, x, y, flip)
		} else {
			int32Greater(dst, x, y, flip)
		}
	case []int64:
		y := any(b).([]int64)
		if op == compareLt || op == compareGe {
			x, y = y, x
		}
		if flip := flipped(op == compareNe || op == compareLe || op == compareGe); op <= compareNe {
			int64Equal(dst, x, y, flip)
		} else {
			int64Greater(dst, x, y, flip)
		}
	case []float64:
		y := any(b).([]float64)
		if op == compareGt || op == compareGe {
			x, y = y, x
		}
		switch op {
		case compareEq, compareNe:
			float64Equal(dst, x, y, flipped(op == compareNe))
		case compareLt, compareGt:
			float64Less(dst, x, y, 0)
		default:
			float64LessEqual(dst, x, y, 0)
		}
	default:
		return 0
	}
	return 64 * len(dst)
}

// compareConstVector is compareVector with one right operand.
func compareConstVector[T Number](dst []uint64, a []T, b T, op comparison) int {
	dst = dst[:len(a)/64]
	switch x := any(a).(type) {
	case []int32:
		if flip := flipped(op == compareNe || op == compareLe || op == compareGe); op <= compareNe {
			int32EqualConst(dst, x, int32(b), false, flip)
		} else {
			int32GreaterConst(dst, x, int32(b), op == compareLt || op == compareGe, flip)
		}
	case []int64:
		if flip := flipped(op == compareNe || op == compareLe || op == compareGe); op <= compareNe {
			int64EqualConst(dst, x, int64(b), false, flip)
		} else {
			int64GreaterConst(dst, x, int64(b), op == compareLt || op == compareGe, flip)
		}
	case []float64:
		switch op {
		case compareEq, compareNe:
			float64EqualConst(dst, x, float64(b), false, flipped(op == compareNe))
		case compareLt, compareGt:
			float64LessConst(dst, x, float64(b), op == compareGt, 0)
		default:
			float64LessEqualConst(dst, x, float64(b), op == compareGe, 0)
		}
	default:
		return 0
	}
	return 64 * len(dst)
}
