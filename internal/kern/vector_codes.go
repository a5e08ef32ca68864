//go:build goexperiment.simd && amd64

package kern

import (
	"simd/archsimd"
	"unsafe"
)

// allBelowVector is allBelowWords for eight values or more.
func allBelowVector(a []uint32, n uint32) bool {
	most := archsimd.LoadUint32x8((*[8]uint32)(a[len(a)-8:]))
	for len(a) >= 32 {
		x := (*[32]uint32)(a)
		p := archsimd.LoadUint32x8((*[8]uint32)(x[0:])).Max(archsimd.LoadUint32x8((*[8]uint32)(x[8:])))
		q := archsimd.LoadUint32x8((*[8]uint32)(x[16:])).Max(archsimd.LoadUint32x8((*[8]uint32)(x[24:])))
		most = most.Max(p.Max(q))
		a = a[32:]
	}
	for len(a) >= 8 {
		most = most.Max(archsimd.LoadUint32x8((*[8]uint32)(a)))
		a = a[8:]
	}
	// All are below n if n is the greatest and is not among them.
	limit := archsimd.BroadcastUint32x8(n)
	if most.Max(limit).Equal(limit).ToBits() != 0xFF || most.Equal(limit).ToBits() != 0 {
		archsimd.ClearAVXUpperBits()
		return false
	}
	archsimd.ClearAVXUpperBits()
	return true
}

// spread says how eight packed numbers of one width come into their lanes: which bytes each lane takes of the 16 that its half loads, and by
// how many bits it shifts them.
type spread struct {
	bytes [32]int8
	shift [8]uint32
	half  int // where the upper four numbers start, in bytes
}

var spreads = func() (all [unpackVectorMax + 1]spread) {
	for w := 1; w <= unpackVectorMax; w++ {
		s := &all[w]
		s.half = 4 * w / 8
		for i := range 8 {
			bit := w * i
			if i >= 4 {
				bit -= 8 * s.half
			}
			s.shift[i] = uint32(bit & 7)
			for k := range 4 {
				s.bytes[4*i+k] = int8(bit>>3 + k)
			}
		}
	}
	return all
}()

// unpackVector unpacks eight numbers at a time, as long as 16 bytes can be loaded for both halves of them.
func unpackVector(dst []uint32, src []byte, w int) int {
	if w == 0 {
		return 0
	}
	s := &spreads[w]
	n := min(len(dst)/8, (len(src)-s.half-16)/w+1)
	if len(src) < s.half+16 || n == 0 {
		return 0
	}
	places, shift, mask := archsimd.LoadInt8x32(&s.bytes), archsimd.LoadUint32x8(&s.shift), archsimd.BroadcastUint32x8(1<<w-1)
	to, from, half := unsafe.Pointer(unsafe.SliceData(dst)), unsafe.Pointer(unsafe.SliceData(src)), s.half
	for range n {
		var x archsimd.Uint8x32
		x = x.SetLo(archsimd.LoadUint8x16((*[16]byte)(from))).SetHi(archsimd.LoadUint8x16((*[16]byte)(unsafe.Add(from, half))))
		x.PermuteOrZeroGrouped(places).AsUint32x8().ShiftRight(shift).And(mask).Store((*[8]uint32)(to))
		to, from = unsafe.Add(to, 32), unsafe.Add(from, w)
	}
	archsimd.ClearAVXUpperBits()
	return 8 * n
}
