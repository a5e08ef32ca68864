package op

import (
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/kern"
)

// The value types of data and kern have the same layout; internal/compute tests it.

// kviews reads views as kern does.
func kviews(v []data.View) []kern.View {
	return unsafe.Slice((*kern.View)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
}

// kwide reads 128-bit integers as kern does.
func kwide(v []data.Int128) []kern.I128 {
	return unsafe.Slice((*kern.I128)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
}

// dwide is the inverse of kwide.
func dwide(v []kern.I128) []data.Int128 {
	return unsafe.Slice((*data.Int128)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
}

// sumPairs reads the windows of float sums as pairs of words.
func sumPairs(v []kern.FloatSum) []data.Int128 {
	return unsafe.Slice((*data.Int128)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
}

// fsums is the inverse of sumPairs.
func fsums(v []data.Int128) []kern.FloatSum {
	return unsafe.Slice((*kern.FloatSum)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
}

// wordsOf reads sums as words.
func wordsOf[T kern.PairSums | kern.SquareSums](v []T) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*int(unsafe.Sizeof(*new(T)))/8)
}

// signed reads row numbers with kern.NoRow as int32 with -1.
func signed(rows []uint32) []int32 {
	return unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(rows))), len(rows))
}

// sized returns s with length n, reallocated if it is too short; the content is unspecified.
//
//go:noinline
func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, max(n, 2*cap(s)))
	}
	return s[:n]
}

// widened returns s with length n, the old elements kept and new ones zero.
//
//go:noinline
func widened[T any](s []T, n int) []T {
	if n <= cap(s) {
		old := len(s)
		s = s[:n]
		if old < n {
			clear(s[old:])
		}
		return s
	}
	out := make([]T, n, max(n, 2*cap(s), 64))
	copy(out, s)
	return out
}

// The place of a row: morsels order first, then rows within the morsel.
const placeRowBits = 40

func place(morsel uint64, row int64) uint64 { return morsel<<placeRowBits | uint64(row) }

// byteHeap keeps bytes of long strings in buffers that never move. A place in it is buffer<<32 | offset, as in the B word of a view.
type byteHeap struct {
	bufs [][]byte
	size int64
}

// add copies b and returns its place.
func (h *byteHeap) add(b []byte) uint64 {
	last := len(h.bufs) - 1
	if last < 0 || cap(h.bufs[last])-len(h.bufs[last]) < len(b) {
		next := min(max(1<<10, int(h.size)), 16<<20)
		h.bufs = append(h.bufs, make([]byte, 0, max(next, len(b))))
		last++
		h.size += int64(cap(h.bufs[last]))
	}
	off := len(h.bufs[last])
	h.bufs[last] = append(h.bufs[last], b...)
	return uint64(last) | uint64(off)<<32
}

// view copies the string of v, which lies over bufs, if it is long.
func (h *byteHeap) view(v data.View, bufs [][]byte) data.View {
	if v.Len() <= data.InlineMax {
		return v
	}
	return data.View{A: v.A, B: h.add(v.Bytes(bufs))}
}
