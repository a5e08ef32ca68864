package parquet

import (
	"encoding/binary"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/kern"
)

// form is how the values of the current page lie there.
type form uint8

const (
	formEmpty form = iota // none
	formCodes             // dictionary codes
	formFixed             // width bytes each
	formText              // length and bytes
	formViews             // decoded views
	formBits              // booleans
	formDelta             // a delta stream of integers
)

// values is the cursor over the values of the current page.
type values struct {
	form  form
	data  []byte // the page
	off   int    // cursor in data
	buf   int    // index of data in the chunk's bufs
	width int
	codes hybrid
	bits  bitRuns
	delta delta
	views []data.View // of formViews, with buffer 0
	at    int         // cursor in views
	check bool        // what is read must be checked to be UTF-8

	code32 []uint32
	ints   []int64
	small  []int32
	picked []byte
	text   []data.View
	enum   map[string]uint32
}

// blockValues is how many values go through scratch memory at once.
const blockValues = data.BatchRows

func (s *values) scratch() {
	if s.code32 == nil {
		s.code32 = make([]uint32, blockValues)
		s.ints = make([]int64, blockValues)
		s.small = make([]int32, blockValues)
	}
}

// start sets the cursor to the values b of the current page, which is the last of the chunk's bufs.
func (s *values) start(c *chunk, b []byte) error {
	s.scratch()
	s.buf = len(c.bufs) - 1
	s.data, s.at, s.check = c.bufs[s.buf], 0, false
	s.off = len(s.data) - len(b) // levels stand before
	s.form, s.width = formFixed, c.leaf.storedWidth()
	phys := c.leaf.phys
	switch c.head.enc {
	case encPlainDict, encRLEDict:
		return s.startCodes(c, b)
	case encPlain:
		switch phys {
		case ptBool:
			s.form, s.bits = formBits, plainBits(b, 8*len(b))
		case ptBytes:
			s.form = formText
		}
	case encRLE:
		if phys != ptBool || len(b) < 4 || int(binary.LittleEndian.Uint32(b)) > len(b)-4 {
			return corrupt("a page has run-length values of type %s in %d bytes", physNames[phys], len(b))
		}
		s.form, s.bits = formBits, bitRuns{hybrid{src: b[4 : 4+binary.LittleEndian.Uint32(b)], w: 1}}
	case encDelta:
		if phys != ptInt32 && phys != ptInt64 {
			return corrupt("a page has delta values of type %s", physNames[phys])
		}
		s.form = formDelta
		return s.delta.start(b, -1)
	case encDeltaLength, encDeltaBytes:
		return s.startDeltaText(c, b)
	case encByteStream:
		return s.startStreams(c, b)
	default:
		return unsupported("a page has encoding %d", c.head.enc)
	}
	s.check = s.form == formText && c.leaf.conv == convText // as it is read: most of a page may be skipped
	if c.leaf.conv == convFixedText {
		return checkPageText(b, false, s.width)
	}
	return nil
}

func (s *values) startCodes(c *chunk, b []byte) error {
	if len(b) == 0 {
		s.form = formEmpty
		return nil
	}
	if b[0] > 32 {
		return corrupt("a page has dictionary codes of %d bits", b[0])
	}
	s.form, s.codes = formCodes, hybrid{src: b[1:], w: int(b[0])}
	return nil
}

// startStreams undoes BYTE_STREAM_SPLIT, where byte k of every value stands in stream k.
func (s *values) startStreams(c *chunk, b []byte) error {
	w := s.width
	if w == 0 || c.leaf.phys == ptInt96 || len(b)%w != 0 {
		return corrupt("a page splits %d bytes of type %s into streams", len(b), physNames[c.leaf.phys])
	}
	n := len(b) / w
	out := c.buffer(len(b))
	for k := range w {
		stream := b[k*n : (k+1)*n]
		for i, x := range stream {
			out[i*w+k] = x
		}
	}
	c.bufs = append(c.bufs, out)
	s.data, s.off, s.buf = out, 0, len(c.bufs)-1
	return nil
}

// read appends the next n values to v. If alias is set, v may refer to the page.
func (s *values) read(c *chunk, v *vector, n int, alias bool) error {
	if n == 0 {
		return nil
	}
	switch s.form {
	case formCodes:
		return s.readCodes(c, v, n)
	case formFixed:
		if s.off+n*s.width > len(s.data) {
			return errShort
		}
		src := s.data[s.off : s.off+n*s.width]
		s.off += len(src)
		return s.appendStored(c, v, src, n, alias)
	case formText, formViews:
		v.resolve(&c.dict)
		if indirect(c.leaf.conv) {
			return s.readIndirect(c, v, n)
		}
		from := s.off
		err := s.takeViews(data.FixedSlice[data.View](v.grow(n)))
		if err == nil && s.check {
			err = checkPageText(s.data[from:s.off], true, 0)
		}
		return err
	case formBits:
		at := v.growBits(n)
		s.bits.read(v.bits, at, n)
		if s.bits.bad {
			return errShort
		}
	case formDelta:
		return s.readDelta(c, v, n)
	default:
		return errShort
	}
	return nil
}

var errShort = corrupt("a page has fewer values than it promises")

// appendStored converts n stored values.
func (s *values) appendStored(c *chunk, v *vector, src []byte, n int, alias bool) error {
	v.resolve(&c.dict)
	switch c.leaf.conv {
	case convSame:
		if alias && v.n == 0 && aligned(src) {
			v.cur, v.n, v.alias = src, n, true
			return nil
		}
		copy(v.grow(n), src)
		return nil
	case convFixedText, convFixedBytes:
		dst := data.FixedSlice[data.View](v.grow(n))
		from := s.off - len(src)
		for i := range dst {
			dst[i] = data.BufferView(src[i*s.width:(i+1)*s.width], s.buf, from+i*s.width)
		}
		return nil
	default:
		return convert(c.leaf.conv, v.grow(n), src, n, s.width)
	}
}

// readCodes keeps codes of text and of what is tested by its codes, and resolves those of everything else.
func (s *values) readCodes(c *chunk, v *vector, n int) error {
	d := &c.dict
	if d.n == 0 {
		return corrupt("a page has dictionary codes without a dictionary")
	}
	if v.takesCodes() {
		v.coded = true
		codes := v.growCodes(n)
		s.codes.read(codes)
		return s.checkCodes(codes, d)
	}
	v.resolve(d)
	for n > 0 {
		codes := s.code32[:min(n, blockValues)]
		s.codes.read(codes)
		if err := s.checkCodes(codes, d); err != nil {
			return err
		}
		gather(v.grow(len(codes)), d.fixed, codes, v.width)
		n -= len(codes)
	}
	return nil
}

func (s *values) checkCodes(codes []uint32, d *dictionary) error {
	if s.codes.void > 0 {
		return corrupt("a page packs %d dictionary codes of 0 bits into no bytes, where writers repeat one code,", s.codes.void)
	}
	if s.codes.bad {
		return errShort
	}
	if !kern.AllBelow(codes, d.n) {
		return corrupt("a code is not in the dictionary of %d values", d.n)
	}
	return nil
}

func (s *values) readDelta(c *chunk, v *vector, n int) error {
	for n > 0 {
		k := min(n, blockValues)
		if err := s.delta.read(s.ints[:k]); err != nil {
			return err
		}
		if err := s.appendInts(c, v, s.ints[:k]); err != nil {
			return err
		}
		n -= k
	}
	return nil
}

// appendInts appends decoded integers, which wrap to 32 bits where the column stores 32.
func (s *values) appendInts(c *chunk, v *vector, ints []int64) error {
	if c.leaf.phys == ptInt64 {
		return s.appendStored(c, v, data.FixedBytes(ints), len(ints), false)
	}
	for i, x := range ints {
		s.small[i] = int32(x)
	}
	return s.appendStored(c, v, data.FixedBytes(s.small[:len(ints)]), len(ints), false)
}

// skip passes over n values.
func (s *values) skip(n int) error {
	if n == 0 {
		return nil
	}
	switch s.form {
	case formCodes:
		s.codes.skip(n)
		if s.codes.bad {
			return errShort
		}
	case formFixed:
		if s.off += n * s.width; s.off > len(s.data) {
			return errShort
		}
	case formText:
		return s.skipText(n)
	case formViews:
		if s.at += n; s.at > len(s.views) {
			return errShort
		}
	case formBits:
		if s.bits.skip(n); s.bits.bad {
			return errShort
		}
	case formDelta:
		for n > 0 {
			k := min(n, blockValues)
			if err := s.delta.read(s.ints[:k]); err != nil {
				return err
			}
			n -= k
		}
	default:
		return errShort
	}
	return nil
}
