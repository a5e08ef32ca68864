package kern

import "math/bits"

// SumGrouped adds values as D; integers wrap, and floats round at every step, so use
// SumFloatGrouped where the result must not depend on the order. From 0.
func SumGrouped[D, S Number](s []D, g []uint32, src []S, valid []uint64) {
	src = src[:len(g)]
	if valid == nil {
		for i, x := range g {
			s[x] += D(src[i])
		}
		return
	}
	for i, x := range g {
		if valid[i>>6]>>(uint(i)&63)&1 != 0 {
			s[x] += D(src[i])
		}
	}
}

// SumInt64Grouped adds into 64 bits until a sum overflows: it returns the row that
// did not go in, with all before it added and none after, or -1. The caller then
// widens the states to I128 and goes on from that row with SumI128Grouped. From 0.
func SumInt64Grouped[S Signed | ~uint8 | ~uint16 | ~uint32](s []int64, g []uint32, src []S, valid []uint64) int {
	src = src[:len(g)]
	if valid == nil {
		for i, x := range g {
			v := int64(src[i])
			p := s[x]
			r := p + v
			if (r^p)&(r^v) < 0 {
				return i
			}
			s[x] = r
		}
		return -1
	}
	for i, x := range g {
		v := int64(src[i]) & -int64(valid[i>>6]>>(uint(i)&63)&1)
		p := s[x]
		r := p + v
		if (r^p)&(r^v) < 0 {
			return i
		}
		s[x] = r
	}
	return -1
}

// SumI128Grouped adds word-sized integers into 128 bits, which 2^63 of them cannot
// overflow. It starts at row from, which is 0 but after SumInt64Grouped. From 0.
func SumI128Grouped[S Integer](s []I128, g []uint32, src []S, valid []uint64, from int) {
	src = src[:len(g)]
	signed := isSigned[S]()
	for i := from; i < len(g); i++ {
		if !bitAt(valid, i) {
			continue
		}
		v := src[i]
		ext := uint64(0)
		if signed {
			ext = uint64(int64(v) >> 63)
		}
		p := &s[g[i]]
		lo, c := bits.Add64(p.Lo, uint64(v), 0)
		hi, _ := bits.Add64(uint64(p.Hi), ext, c)
		p.Lo, p.Hi = lo, int64(hi)
	}
}

// AddI128Grouped adds 128-bit values and returns the first row whose sum does not
// fit, with all before it added and none after, or -1. From 0.
func AddI128Grouped(s []I128, g []uint32, src []I128, valid []uint64) int {
	src = src[:len(g)]
	for i, x := range g {
		if !bitAt(valid, i) {
			continue
		}
		r, o := s[x].addOver(src[i])
		if o < 0 {
			return i
		}
		s[x] = r
	}
	return -1
}
