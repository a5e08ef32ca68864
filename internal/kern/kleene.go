package kern

// Three-valued logic over (value, validity) pairs. A nil aok or bok means that all
// rows are valid; values of invalid rows may be anything. The result's value bits
// are 0 where it is null. dst and dok may be the operands' own slices.

// KleeneAnd is false where an operand is false, true where both are true, else null.
func KleeneAnd(dst, dok, a, aok, b, bok []uint64, n int) {
	w := Words(n)
	dst, dok, a, b = dst[:w], dok[:w], a[:w], b[:w]
	for i := range dst {
		x, xok, y, yok := a[i], wordAt(aok, i), b[i], wordAt(bok, i)
		dok[i] = xok&yok | xok&^x | yok&^y
		dst[i] = x & y & xok & yok
	}
	trim(dst, n)
	trim(dok, n)
}

// KleeneOr is true where an operand is true, false where both are false, else null.
func KleeneOr(dst, dok, a, aok, b, bok []uint64, n int) {
	w := Words(n)
	dst, dok, a, b = dst[:w], dok[:w], a[:w], b[:w]
	for i := range dst {
		x, xok, y, yok := a[i], wordAt(aok, i), b[i], wordAt(bok, i)
		x, y = x&xok, y&yok
		dok[i] = xok&yok | x | y
		dst[i] = x | y
	}
	trim(dst, n)
	trim(dok, n)
}

// KleeneNot negates the valid rows; the validity stays what it is.
func KleeneNot(dst, a, aok []uint64, n int) {
	w := Words(n)
	dst, a = dst[:w], a[:w]
	for i := range dst {
		dst[i] = wordAt(aok, i) &^ a[i]
	}
	trim(dst, n)
}
