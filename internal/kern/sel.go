package kern

import "math/bits"

// SelIota fills dst with first, first+1, …
func SelIota(dst []uint32, first uint32) {
	for i := range dst {
		dst[i] = first + uint32(i)
	}
}

// SelFromBits writes the positions of the ones among the first n bits of a to dst,
// in order, and returns how many. dst has room for n of them, since writing
// without a branch touches the place after the last.
func SelFromBits(dst []uint32, a []uint64, n int) int {
	dst = dst[:n]
	k := 0
	for w := range Words(n) {
		x := a[w]
		base := uint32(w << 6)
		if rest := n - w<<6; rest < 64 {
			x &= tailMask(rest)
		}
		switch c := bits.OnesCount64(x); {
		case c == 64:
			d := (*[64]uint32)(dst[k:])
			for i := range d {
				d[i] = base + uint32(i)
			}
			k += 64
		case c <= 12:
			for ; x != 0; x &= x - 1 {
				dst[k] = base + uint32(bits.TrailingZeros64(x))
				k++
			}
		default:
			for i := base; x != 0; i, x = i+1, x>>1 {
				dst[k] = i
				k += int(x & 1)
			}
		}
	}
	return k
}

// BitsFromSel writes the bitmap of n bits in which the rows of sel are 1.
func BitsFromSel(dst []uint64, sel []uint32, n int) {
	dst = dst[:Words(n)]
	clear(dst)
	for _, r := range sel {
		dst[r>>6] |= 1 << (r & 63)
	}
}

// SelFilter keeps the rows of sel whose bit in a is 1 and returns how many. dst is
// as long as sel and may be sel.
func SelFilter(dst, sel []uint32, a []uint64) int {
	dst = dst[:len(sel)]
	k := 0
	for _, r := range sel {
		dst[k] = r
		k += int(a[r>>6] >> (r & 63) & 1)
	}
	return k
}

// SelValid sets bit i of dst where sel[i] is a row, not NoRow.
func SelValid(dst []uint64, sel []uint32) { NeConst(dst, sel, NoRow) }
