package parquet

import (
	"encoding/binary"
	"unsafe"

	"github.com/siksik-data/siksik/internal/kern"
)

//go:generate go run ./gen

// pad is how many readable bytes follow every buffer that decoders work on: they load whole words past the last value.
const pad = 64

func load64(p unsafe.Pointer, off int) uint64 { return *(*uint64)(unsafe.Add(p, off)) }

// hybrid is a resumable cursor over RLE and bit-packed runs of w-bit values, w <= 32. src must be followed by pad readable bytes. Past the
// end, or on a broken run, it serves zeros and sets bad, which callers check after each read.
type hybrid struct {
	src  []byte
	pos  int // byte offset of the next run header
	w    int
	left int // values left in the current run
	bit  int // bit offset of the next packed value; -1 in a repeat run
	rep  uint32
	bad  bool
	void int // values of a packed run that has no bytes to hold them; bad is set as well
}

// run starts the next run.
func (h *hybrid) run() {
	head, n := binary.Uvarint(h.src[h.pos:])
	if n <= 0 || head>>1 == 0 || head > 1<<32 {
		h.stop()
		return
	}
	h.pos += n
	h.left = int(head >> 1)
	if head&1 == 0 {
		size := (h.w + 7) / 8
		if h.pos+size > len(h.src) {
			h.stop()
			return
		}
		v := load64(unsafe.Pointer(unsafe.SliceData(h.src)), h.pos) & (1<<(8*size) - 1)
		h.rep, h.bit = uint32(v), -1
		h.pos += size
		h.bad = h.bad || v>>h.w != 0
		return
	}
	h.bit = h.pos * 8
	if h.w == 0 {
		// Values of no bits are all alike, so that writers put eight or more of them into a repeat run. A longer packed run promises values
		// that no byte of the file stands for, and nothing could tell a broken length from a right one.
		if h.left *= 8; h.left > 8 {
			h.void = h.left
			h.stop()
		}
		return
	}
	// Some writers cut the padding of the last run short.
	h.left = min(h.left*8, (len(h.src)-h.pos)*8/h.w)
	h.pos = min(h.pos+int(head>>1)*h.w, len(h.src))
	if h.left == 0 {
		h.stop()
	}
}

func (h *hybrid) stop() { h.left, h.bit, h.rep, h.bad = 1<<40, -1, 0, true }

// read decodes the next len(dst) values.
func (h *hybrid) read(dst []uint32) {
	for len(dst) > 0 {
		if h.left == 0 {
			h.run()
		}
		n := min(h.left, len(dst))
		if h.bit < 0 {
			d := dst[:n]
			for i := range d {
				d[i] = h.rep
			}
		} else {
			unpack(dst[:n], h.src, h.bit, h.w)
			h.bit += n * h.w
		}
		h.left -= n
		dst = dst[n:]
	}
}

// skip passes over n values.
func (h *hybrid) skip(n int) {
	for n > 0 {
		if h.left == 0 {
			h.run()
		}
		k := min(h.left, n)
		if h.bit >= 0 {
			h.bit += k * h.w
		}
		h.left -= k
		n -= k
	}
}

// pick decodes the values at the ascending positions sel[i]-base, counted from the cursor, into dst, and moves the cursor n values on.
func (h *hybrid) pick(dst, sel []uint32, base, n int) {
	p := unsafe.Pointer(unsafe.SliceData(h.src))
	mask := uint64(1)<<h.w - 1
	for i := 0; n > 0; {
		if h.left == 0 {
			h.run()
		}
		k := min(h.left, n)
		if h.bit < 0 {
			for ; i < len(sel) && int(sel[i]) < base+k; i++ {
				dst[i] = h.rep
			}
		} else {
			for ; i < len(sel) && int(sel[i]) < base+k; i++ {
				b := h.bit + (int(sel[i])-base)*h.w
				dst[i] = uint32(load64(p, b>>3) >> (b & 7) & mask)
			}
			h.bit += k * h.w
		}
		h.left -= k
		base += k
		n -= k
	}
}

// bytes decodes the next len(dst) values, which must not exceed limit, as bytes; it reports whether they do not.
func (h *hybrid) bytes(dst []uint8, limit uint8) bool {
	var buf [256]uint32
	for len(dst) > 0 {
		n := min(len(dst), len(buf))
		h.read(buf[:n])
		top := uint32(0)
		for i, v := range buf[:n] {
			dst[i] = uint8(v)
			top = max(top, v)
		}
		if top > uint32(limit) {
			return false
		}
		dst = dst[n:]
	}
	return !h.bad
}

// unpack decodes len(dst) w-bit values starting at a bit offset of src, which pad readable bytes follow.
func unpack(dst []uint32, src []byte, bit, w int) {
	if w == 0 {
		clear(dst)
		return
	}
	if len(dst) >= 32 && bit&7 == 0 {
		n := kern.UnpackBits(dst, src[bit>>3:], w)
		if n == 0 {
			n = unpackers[w](dst, src[bit>>3:])
		}
		dst = dst[n:]
		bit += n * w
	}
	p := unsafe.Pointer(unsafe.SliceData(src))
	mask := uint64(1)<<w - 1
	for i := range dst {
		dst[i] = uint32(load64(p, bit>>3) >> (bit & 7) & mask)
		bit += w
	}
}
