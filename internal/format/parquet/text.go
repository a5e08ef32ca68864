package parquet

import (
	"encoding/binary"
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/kern"
)

// view makes the view of the n bytes at p+off; 12 bytes there must be readable.
func view(p unsafe.Pointer, off, n, buf int) data.View {
	a := uint64(n) | load64(p, off)<<32
	if n > data.InlineMax {
		return data.View{A: a, B: uint64(buf) | uint64(off)<<32}
	}
	return data.View{A: a & (1<<min(32+8*n, 64) - 1), B: load64(p, off+4) & (1<<(8*max(n-4, 0)) - 1)}
}

// takeViews makes views of the next strings; they refer to the page.
func (s *values) takeViews(dst []data.View) error {
	if s.form == formViews {
		if s.at+len(dst) > len(s.views) {
			return errShort
		}
		for i, v := range s.views[s.at : s.at+len(dst)] {
			if v.Len() > data.InlineMax {
				v.B |= uint64(s.buf)
			}
			dst[i] = v
		}
		s.at += len(dst)
		return nil
	}
	p, off, end, buf := unsafe.Pointer(unsafe.SliceData(s.data)), s.off, len(s.data), s.buf
	for i := range dst {
		n := int(uint32(load64(p, off)))
		off += 4
		if n > end-off {
			return errShort
		}
		dst[i] = view(p, off, n, buf)
		off += n
	}
	s.off = off
	return nil
}

// skipText passes over n strings of the page.
func (s *values) skipText(n int) error {
	p, off, end := unsafe.Pointer(unsafe.SliceData(s.data)), s.off, len(s.data)
	for ; n > 0; n-- {
		if off > end {
			return errShort
		}
		off += 4 + int(uint32(load64(p, off)))
	}
	if off > end {
		return errShort
	}
	s.off = off
	return nil
}

// indirect reports conversions of variable-length bytes to something else than views.
func indirect(cv conv) bool { return cv >= convDec32 && cv <= convDec128 || cv == convEnum }

// readIndirect reads n strings and converts each: decimals and enums are not worth a faster way.
func (s *values) readIndirect(c *chunk, v *vector, n int) error {
	if cap(s.text) < n {
		s.text = make([]data.View, max(n, blockValues))
	}
	views := s.text[:n]
	buf := s.buf
	s.buf = 0
	err := s.takeViews(views)
	s.buf = buf
	if err != nil {
		return err
	}
	return s.convertText(c.leaf, v.grow(n), views, [][]byte{s.data})
}

func (s *values) convertText(l *leafInfo, dst []byte, views []data.View, heap [][]byte) error {
	for i := range views {
		b := views[i].Bytes(heap)
		if l.conv != convEnum {
			x, ok := bigEndian(b)
			if !ok {
				return corrupt("a decimal has more than 128 bits")
			}
			if err := storeInt(l.conv, dst, i, x); err != nil {
				return err
			}
			continue
		}
		code, ok := s.enumCodes(l)[string(b)]
		if !ok {
			return corrupt("%q is not a value of the column's enum", b)
		}
		data.FixedSlice[uint32](dst)[i] = code
	}
	return nil
}

func (s *values) enumCodes(l *leafInfo) map[string]uint32 {
	if s.enum == nil {
		s.enum = make(map[string]uint32, len(l.typ.Values))
		for i, v := range l.typ.Values {
			s.enum[v] = uint32(i)
		}
	}
	return s.enum
}

// checkPageText fails if a page of text, or a part of it, is not UTF-8. Most pages are plain ASCII, which is seen without looking at single strings; length
// fields with a high byte merely lead to the slow way.
func checkPageText(b []byte, lengths bool, width int) error {
	if kern.ASCII(b) {
		return nil
	}
	var check kern.TextCheck
	for off := 0; off < len(b); off += width {
		if lengths {
			if off+4 > len(b) {
				return errShort
			}
			width = int(binary.LittleEndian.Uint32(b[off:]))
			off += 4
		}
		if width > len(b)-off {
			return errShort
		}
		if !check.Add(b[off : off+width]) {
			break
		}
	}
	if check.Sound() {
		return nil
	}
	return whichText(b, lengths, width)
}

// whichText is the error about the first text of a page that is not UTF-8, one of which is known to be there.
func whichText(b []byte, lengths bool, width int) error {
	for off := 0; off < len(b); off += width {
		if lengths {
			width = int(binary.LittleEndian.Uint32(b[off:]))
			off += 4
		}
		if s := b[off : off+width]; !kern.ValidUTF8(s) {
			return corrupt("text is not valid UTF-8: %q", s[:min(width, 40)])
		}
	}
	return corrupt("text is not valid UTF-8")
}

// checkViews is checkPageText for decoded views.
func checkViews(views []data.View, buf []byte) error {
	if kern.ASCII(buf) {
		return nil
	}
	heap := [][]byte{buf}
	var check kern.TextCheck
	for i := range views {
		if !check.Add(views[i].Bytes(heap)) {
			break
		}
	}
	if check.Sound() {
		return nil
	}
	for i := range views {
		if b := views[i].Bytes(heap); !kern.ValidUTF8(b) {
			return corrupt("text is not valid UTF-8: %q", b[:min(len(b), 40)])
		}
	}
	return corrupt("text is not valid UTF-8")
}

// deltaTextMax bounds the values and bytes of a page whose lengths are delta-coded, since a few bytes can claim a great many.
const (
	deltaTextMax  = 1 << 24
	deltaBytesMax = 1 << 28
)

// lengths reads a delta stream of lengths at the start of b and returns the rest of b.
func (s *values) lengths(dst []int32, b []byte) (out []int32, rest []byte, err error) {
	if err := s.delta.start(b, -1); err != nil {
		return nil, nil, err
	}
	n := s.delta.left
	if n > deltaTextMax {
		return nil, nil, unsupported("a page has %d delta-coded strings", n)
	}
	dst = dst[:0]
	for n > 0 {
		k := min(n, blockValues)
		if err := s.delta.read(s.ints[:k]); err != nil {
			return nil, nil, err
		}
		for _, x := range s.ints[:k] {
			if x < 0 || x > pageBytesMax {
				return nil, nil, corrupt("a page has a string of %d bytes", x)
			}
			dst = append(dst, int32(x))
		}
		n -= k
	}
	return dst, b[s.delta.end():], nil
}

// startDeltaText decodes DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY pages to views.
func (s *values) startDeltaText(c *chunk, b []byte) (err error) {
	if c.leaf.phys != ptBytes && (c.leaf.phys != ptFixed || c.head.enc == encDeltaLength) {
		return corrupt("a page has delta-coded text of type %s", physNames[c.leaf.phys])
	}
	var prefix, suffix []int32
	if len(b) == 0 {
		s.form = formEmpty
		return nil
	}
	if c.head.enc == encDeltaBytes {
		if prefix, b, err = s.lengths(nil, b); err != nil {
			return err
		}
	}
	if suffix, b, err = s.lengths(nil, b); err != nil {
		return err
	}
	if prefix != nil && len(prefix) != len(suffix) {
		return corrupt("a page has %d prefixes and %d suffixes", len(prefix), len(suffix))
	}
	if c.head.enc == encDeltaBytes {
		if b, err = joinPrefixes(c, b, prefix, suffix); err != nil {
			return err
		}
	}
	s.buf = len(c.bufs) - 1
	s.data = c.bufs[s.buf]
	s.off = len(s.data) - len(b)
	if c.leaf.phys == ptFixed {
		s.form = formFixed
		for i := range suffix {
			if int(suffix[i]) != s.width {
				return corrupt("a page has a value of %d bytes where all have %d", suffix[i], s.width)
			}
		}
		return nil
	}
	s.form, s.views = formViews, s.views[:0]
	off := s.off
	for _, n := range suffix {
		if int(n) > len(s.data)-off {
			return errShort
		}
		s.views = append(s.views, data.BufferView(s.data[off:off+int(n)], 0, off))
		off += int(n)
	}
	if c.leaf.conv == convText {
		return checkViews(s.views, s.data)
	}
	return nil
}

// joinPrefixes builds the whole strings in a new page buffer, and turns suffix into their lengths.
func joinPrefixes(c *chunk, b []byte, prefix, suffix []int32) ([]byte, error) {
	total, last, left := 0, 0, len(b)
	for i := range suffix {
		if int(prefix[i]) > last || int(suffix[i]) > left {
			return nil, corrupt("a string takes %d bytes of one with %d, and %d of %d", prefix[i], last, suffix[i], left)
		}
		left -= int(suffix[i])
		last = int(prefix[i] + suffix[i])
		if total += last; total > deltaBytesMax {
			return nil, unsupported("a page has over %d bytes of text", deltaBytesMax)
		}
	}
	out := c.buffer(total)
	at, prev := 0, 0
	for i := range suffix {
		p, n := int(prefix[i]), int(suffix[i])
		copy(out[at:at+p], out[prev:prev+p])
		copy(out[at+p:], b[:n])
		b = b[n:]
		prev = at
		suffix[i] = int32(p + n)
		at += p + n
	}
	c.bufs = append(c.bufs, out)
	return out, nil
}
