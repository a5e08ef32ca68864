package fs

import (
	"unsafe"

	"github.com/siksik-data/siksik/data"
)

// Scanning eight bytes at a time. The loads read up to 15 bytes past the place asked for, which buffers from Blocks allow. They are
// unchecked: bounds checks cost the NDJSON reader a fifth of its speed, and every caller stops at a line end that the buffer surely has.

// Load8 returns the eight bytes at base+off as a little-endian word.
func Load8(base unsafe.Pointer, off int) uint64 { return *(*uint64)(unsafe.Add(base, off)) }

// Load4 returns the four bytes at base+off as a little-endian word.
func Load4(base unsafe.Pointer, off int) uint32 { return *(*uint32)(unsafe.Add(base, off)) }

// Load1 returns the byte at base+off.
func Load1(base unsafe.Pointer, off int) byte { return *(*byte)(unsafe.Add(base, off)) }

// ViewAt returns the string view of the n bytes at base+off. A long string points to offset off of buffer 0, which must be the bytes at base.
func ViewAt(base unsafe.Pointer, off, n int) data.View {
	lo := Load8(base, off)
	switch {
	case n > data.InlineMax:
		return data.View{A: uint64(n) | lo<<32, B: uint64(off) << 32}
	case n > 8:
		hi := uint64(Load4(base, off+8)) & (1<<(8*uint(n)-64) - 1)
		return data.View{A: uint64(n) | lo<<32, B: lo>>32 | hi<<32}
	default:
		lo &= 1<<(8*uint(n)) - 1
		return data.View{A: uint64(n) | lo<<32, B: lo >> 32}
	}
}
