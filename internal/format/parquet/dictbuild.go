package parquet

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// dictBuilder numbers the distinct values of a leaf in order of their first appearance.
type dictBuilder struct {
	slots []uint32 // code+1 by hash, or 0
	codes []uint32 // of each value
	first []int    // for each code, the value that it stands for
	bytes int      // of the dictionary page
	seed  maphash.Seed
}

const (
	// dictBytesMax is where a dictionary stops to pay: it should stay in a cache.
	dictBytesMax = 1 << 20
	// dictSample is how many values decide whether distinct ones are too many.
	dictSample = 4096
)

// build fills codes, or reports false if a dictionary does not pay: too large, or not much smaller than the values.
func (d *dictBuilder) build(l *leafWriter) bool {
	if l.phys == ptBool || l.vals == 0 || l.typ.Kind == 0 {
		return false
	}
	if d.slots == nil {
		d.slots, d.seed = make([]uint32, 1<<12), maphash.MakeSeed()
	}
	clear(d.slots)
	d.codes, d.first, d.bytes = d.codes[:0], d.first[:0], 0
	for i := 0; i < l.vals; i += dictSample {
		if !d.add(l, i, min(i+dictSample, l.vals)) {
			return false
		}
		n := i + dictSample
		if len(d.first) > n/2 && n >= dictSample || d.bytes > dictBytesMax {
			return false
		}
	}
	perCode := bits.Len(uint(len(d.first) - 1))
	return d.bytes+l.vals*perCode/8 < len(l.buf)+4*len(l.ends)
}

// add numbers the values [lo, hi).
func (d *dictBuilder) add(l *leafWriter, lo, hi int) bool {
	switch l.width {
	case 4:
		for i := lo; i < hi; i++ {
			x := binary.LittleEndian.Uint32(l.buf[4*i:])
			d.number(l, i, mix(uint64(x)), 4)
		}
	case 8:
		for i := lo; i < hi; i++ {
			x := binary.LittleEndian.Uint64(l.buf[8*i:])
			d.number(l, i, mix(x), 8)
		}
	default:
		for i := lo; i < hi; i++ {
			v := l.value(i)
			d.number(l, i, maphash.Bytes(d.seed, v), len(v)+4)
		}
	}
	return true
}

// mix spreads the bits of x over the upper half of the product.
func mix(x uint64) uint64 {
	hi, lo := bits.Mul64(x^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	return hi ^ lo
}

// number appends the code of value i, which has hash h and takes size bytes in a dictionary.
func (d *dictBuilder) number(l *leafWriter, i int, h uint64, size int) {
	mask := uint64(len(d.slots) - 1)
	for s := h & mask; ; s = (s + 1) & mask {
		c := d.slots[s]
		if c == 0 {
			d.first = append(d.first, i)
			d.slots[s] = uint32(len(d.first))
			d.codes = append(d.codes, uint32(len(d.first)-1))
			d.bytes += size
			if 2*len(d.first) > len(d.slots) {
				d.grow(l)
			}
			return
		}
		if d.same(l, d.first[c-1], i) {
			d.codes = append(d.codes, c-1)
			return
		}
	}
}

func (d *dictBuilder) same(l *leafWriter, i, j int) bool {
	switch l.width {
	case 4:
		return binary.LittleEndian.Uint32(l.buf[4*i:]) == binary.LittleEndian.Uint32(l.buf[4*j:])
	case 8:
		return binary.LittleEndian.Uint64(l.buf[8*i:]) == binary.LittleEndian.Uint64(l.buf[8*j:])
	}
	return bytes.Equal(l.value(i), l.value(j))
}

func (d *dictBuilder) grow(l *leafWriter) {
	d.slots = make([]uint32, 2*len(d.slots))
	mask := uint64(len(d.slots) - 1)
	for c, i := range d.first {
		var h uint64
		switch l.width {
		case 4:
			h = mix(uint64(binary.LittleEndian.Uint32(l.buf[4*i:])))
		case 8:
			h = mix(binary.LittleEndian.Uint64(l.buf[8*i:]))
		default:
			h = maphash.Bytes(d.seed, l.value(i))
		}
		s := h & mask
		for d.slots[s] != 0 {
			s = (s + 1) & mask
		}
		d.slots[s] = uint32(c + 1)
	}
}
