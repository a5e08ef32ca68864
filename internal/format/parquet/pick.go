package parquet

import (
	"encoding/binary"
	"unsafe"

	"github.com/siksik-data/siksik/data"
)

// aligned reports whether b starts on an 8-byte boundary.
func aligned(b []byte) bool { return uintptr(unsafe.Pointer(unsafe.SliceData(b)))&7 == 0 }

// pick appends the values at the ascending positions sel[i]-base, counted from the cursor, and moves the cursor n values on.
func (s *values) pick(c *chunk, v *vector, sel []uint32, base, n int) error {
	if len(sel) == 0 {
		return s.skip(n)
	}
	switch s.form {
	case formCodes:
		return s.pickCodes(c, v, sel, base, n)
	case formFixed:
		return s.pickFixed(c, v, sel, base, n)
	case formBits:
		var buf [data.BatchRows / 64]uint64
		s.bits.read(buf[:], 0, n)
		if s.bits.bad {
			return errShort
		}
		at := v.growBits(len(sel))
		for i, x := range sel {
			k := int(x) - base
			v.bits.SetTo(at+i, buf[k>>6]>>(k&63)&1 != 0)
		}
		return nil
	case formDelta:
		if err := s.delta.read(s.ints[:n]); err != nil {
			return err
		}
		for i, x := range sel {
			s.ints[i] = s.ints[int(x)-base]
		}
		return s.appendInts(c, v, s.ints[:len(sel)])
	}
	for i := 0; i < len(sel); {
		// Runs of neighbours are read together.
		j := i + 1
		for j < len(sel) && sel[j] == sel[j-1]+1 {
			j++
		}
		from := int(sel[i]) - base
		if err := s.skip(from); err != nil {
			return err
		}
		if err := s.read(c, v, j-i, false); err != nil {
			return err
		}
		base += from + j - i
		n -= from + j - i
		i = j
	}
	return s.skip(n)
}

func (s *values) pickCodes(c *chunk, v *vector, sel []uint32, base, n int) error {
	d := &c.dict
	if d.n == 0 {
		return corrupt("a page has dictionary codes without a dictionary")
	}
	if v.takesCodes() {
		v.coded = true
		codes := v.growCodes(len(sel))
		s.takeCodes(codes, sel, base, n)
		return s.checkCodes(codes, d)
	}
	v.resolve(d)
	codes := s.code32[:len(sel)]
	s.takeCodes(codes, sel, base, n)
	if err := s.checkCodes(codes, d); err != nil {
		return err
	}
	gather(v.grow(len(sel)), d.fixed, codes, v.width)
	return nil
}

// takeCodes decodes the codes at the positions sel[i]-base of the next n. dst may be s.code32.
func (s *values) takeCodes(dst, sel []uint32, base, n int) {
	if len(sel)*denseCodes < n || n > blockValues {
		s.codes.pick(dst, sel, base, n)
		return
	}
	all := s.code32[:n]
	s.codes.read(all)
	for i, x := range sel {
		dst[i] = all[int(x)-base] // sel ascends, so that i never overtakes what is read
	}
}

// denseCodes: if every so manieth code is wanted, decoding all of them at once is quicker.
const denseCodes = 6

func (s *values) pickFixed(c *chunk, v *vector, sel []uint32, base, n int) error {
	w := s.width
	if s.off+n*w > len(s.data) {
		return errShort
	}
	src := s.data[s.off:]
	cv := c.leaf.conv
	if cv == convFixedText || cv == convFixedBytes {
		v.resolve(&c.dict)
		dst := data.FixedSlice[data.View](v.grow(len(sel)))
		for i, x := range sel {
			at := (int(x) - base) * w
			dst[i] = data.BufferView(src[at:at+w], s.buf, s.off+at)
		}
		s.off += n * w
		return nil
	}
	s.off += n * w
	if cap(s.picked) < len(sel)*w {
		s.picked = data.AlignedBytes(blockValues * w)
	}
	out := s.picked[:len(sel)*w]
	switch w {
	case 4:
		for i, x := range sel {
			binary.LittleEndian.PutUint32(out[4*i:], binary.LittleEndian.Uint32(src[(int(x)-base)*4:]))
		}
	case 8:
		for i, x := range sel {
			binary.LittleEndian.PutUint64(out[8*i:], binary.LittleEndian.Uint64(src[(int(x)-base)*8:]))
		}
	default:
		for i, x := range sel {
			copy(out[i*w:(i+1)*w], src[(int(x)-base)*w:])
		}
	}
	return s.appendStored(c, v, out, len(sel), false)
}
