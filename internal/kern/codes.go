package kern

import "unsafe"

// AllBelow reports whether all values of a are below n, which is at most 1<<30.
func AllBelow(a []uint32, n int) bool {
	if n > 1<<30 {
		return false
	}
	if hasVectors && len(a) >= 16 {
		return allBelowVector(a, uint32(n))
	}
	return allBelowWords(a, uint32(n))
}

// allBelowWords takes two values in one word: adding 2^31-n to each half sets its top bit where the value is too large.
func allBelowWords(a []uint32, n uint32) bool {
	const tops = 1<<63 | 1<<31
	lane := uint64(1<<31 - n)
	add := lane<<32 | lane
	var over uint64
	for len(a) >= 8 {
		x := (*[4]uint64)(unsafe.Pointer(unsafe.SliceData(a)))
		over |= x[0] | (x[0]&^tops + add) | x[1] | (x[1]&^tops + add) | x[2] | (x[2]&^tops + add) | x[3] | (x[3]&^tops + add)
		a = a[8:]
	}
	for _, v := range a {
		over |= uint64(v) | (uint64(v)&^tops + lane)
	}
	return over&tops == 0
}

// UnpackBits unpacks numbers of w bits, which stand in src one behind the other from its first bit on, the lowest bit first, and returns how
// many it unpacked: a multiple of eight, some fewer than dst and src have room for, and none where this machine has no faster way
// than its caller's own.
func UnpackBits(dst []uint32, src []byte, w int) int {
	if hasVectors && w <= unpackVectorMax {
		return unpackVector(dst, src, w)
	}
	return 0
}

// unpackVectorMax is the greatest width whose numbers lie in four bytes each, wherever they start.
const unpackVectorMax = 25
