package parquet

import (
	"math/bits"
	"unsafe"

	"github.com/siksik-data/siksik/internal/kern"
)

// bitRuns reads the 1-bit case of hybrid straight into bitmaps: definition levels of a flat column, and booleans.
type bitRuns struct{ hybrid }

// plainBits returns a cursor over n bare bits, as PLAIN booleans are.
func plainBits(src []byte, n int) bitRuns {
	return bitRuns{hybrid{src: src, pos: len(src), w: 1, left: min(n, 8*len(src)), bad: n > 8*len(src)}}
}

// read writes the next n bits to dst from bit off on, and returns how many of them are ones.
func (r *bitRuns) read(dst []uint64, off, n int) (ones int) {
	for n > 0 {
		if r.left == 0 {
			r.run()
		}
		k := min(r.left, n)
		if r.bit < 0 {
			kern.SetBits(dst, off, k, r.rep != 0)
			ones += k * int(r.rep&1)
		} else {
			ones += r.copyBits(dst, off, k)
			r.bit += k
		}
		r.left -= k
		off += k
		n -= k
	}
	return ones
}

// copyBits copies k packed bits, a word at a time.
func (r *bitRuns) copyBits(dst []uint64, off, k int) (ones int) {
	p := unsafe.Pointer(unsafe.SliceData(r.src))
	for at := r.bit; k > 0; {
		n := min(k, 56, 64-off&63)
		v := load64(p, at>>3) >> (at & 7) & (1<<n - 1)
		w, s := off>>6, off&63
		dst[w] = dst[w]&^((1<<n-1)<<s) | v<<s
		ones += bits.OnesCount64(v)
		at += n
		off += n
		k -= n
	}
	return ones
}

// skip passes over n bits and returns how many are ones.
func (r *bitRuns) skip(n int) (ones int) {
	var buf [32]uint64
	for n > 0 {
		k := min(n, 64*len(buf))
		ones += r.read(buf[:], 0, k)
		n -= k
	}
	return ones
}
