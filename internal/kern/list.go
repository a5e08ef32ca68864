package kern

// Offset is an offset into the child of a list column: list i holds the elements
// offsets[i] to offsets[i+1].
type Offset interface{ ~int32 | ~int64 | ~uint32 }

// OffsetsFromLengths turns n lengths, none negative, into n+1 offsets from 0, and
// returns the first row whose end does not fit O, or -1.
func OffsetsFromLengths[O Offset, L Integer](dst []O, lengths []L) int {
	dst = dst[:len(lengths)+1]
	at := int64(0)
	dst[0] = 0
	for i, n := range lengths {
		at += int64(n)
		dst[i+1] = O(at)
		if int64(O(at)) != at {
			return i
		}
	}
	return -1
}

// Lengths turns n+1 offsets into n lengths.
func Lengths[O Offset](dst []int64, offsets []O) {
	offsets = offsets[:len(dst)+1]
	for i := range dst {
		dst[i] = int64(offsets[i+1] - offsets[i])
	}
}

// RepeatRows writes each row i counts[i] times, in order, and returns how many it
// wrote; dst has room for all.
func RepeatRows[L Integer](dst []uint32, counts []L) int {
	k := 0
	for i, n := range counts {
		d := dst[k : k+int(n)]
		for j := range d {
			d[j] = uint32(i)
		}
		k += int(n)
	}
	return k
}

// ExplodeRows writes for every element of every valid list its row and its place in
// the child, and returns how many. With outer, a null or empty list gives one row
// with NoRow for its element. rows and elems have room for all.
func ExplodeRows[O Offset](rows, elems []uint32, offsets []O, valid []uint64, outer bool) int {
	k := 0
	for i := range len(offsets) - 1 {
		lo, hi := uint32(offsets[i]), uint32(offsets[i+1])
		if !bitAt(valid, i) {
			hi = lo
		}
		n := int(hi - lo)
		r, e := rows[k:k+n], elems[k:k+n]
		for j := range r {
			r[j], e[j] = uint32(i), lo+uint32(j)
		}
		k += n
		if n == 0 && outer {
			rows[k], elems[k] = uint32(i), NoRow
			k++
		}
	}
	return k
}
