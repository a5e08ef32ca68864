package parquet

import "encoding/binary"

// The types of Thrift's compact protocol.
const (
	tStop   = 0
	tTrue   = 1
	tFalse  = 2
	tByte   = 3
	tI16    = 4
	tI32    = 5
	tI64    = 6
	tDouble = 7
	tBinary = 8
	tList   = 9
	tSet    = 10
	tMap    = 11
	tStruct = 12
)

// nestMax bounds how deep structures of the metadata may nest, so that a hostile file cannot exhaust the stack.
const nestMax = 64

// compact reads Thrift's compact protocol. The first error sticks; after it every read gives zeros and every struct ends at once.
type compact struct {
	b    []byte
	pos  int
	deep int
	err  error
}

func (r *compact) fail(format string, args ...any) {
	if r.err == nil {
		r.err = corrupt(format, args...)
	}
	r.pos = len(r.b)
}

func (r *compact) byte() byte {
	if r.pos >= len(r.b) {
		r.fail("metadata ends early")
		return 0
	}
	r.pos++
	return r.b[r.pos-1]
}

func (r *compact) uvarint() uint64 {
	v, n := binary.Uvarint(r.b[r.pos:])
	if n <= 0 {
		r.fail("metadata has a broken number")
		return 0
	}
	r.pos += n
	return v
}

func (r *compact) zigzag() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// open starts a struct and returns its first field; see next.
func (r *compact) open(t byte) (id int, typ byte) {
	if t != tStruct {
		r.fail("metadata has type %d where a struct belongs", t)
		return 0, tStop
	}
	if r.deep++; r.deep > nestMax {
		r.fail("metadata nests deeper than %d", nestMax)
		return 0, tStop
	}
	return r.next(0)
}

// next returns the field after the one with the given id, or tStop at the end of the struct.
func (r *compact) next(last int) (id int, typ byte) {
	x := r.byte()
	if x == 0 {
		r.deep--
		return 0, tStop
	}
	if id = last + int(x>>4); x>>4 == 0 {
		id = int(int16(r.zigzag()))
	}
	if r.err != nil {
		return 0, tStop
	}
	return id, x & 15
}

func (r *compact) i64(t byte) int64 {
	switch t {
	case tByte:
		return int64(int8(r.byte()))
	case tI16, tI32, tI64:
		return r.zigzag()
	}
	r.fail("metadata has type %d where a number belongs", t)
	return 0
}

// i32 reads a number that must fit 32 bits.
func (r *compact) i32(t byte) int32 {
	v := r.i64(t)
	if v != int64(int32(v)) {
		r.fail("metadata has the number %d where 32 bits are allowed", v)
	}
	return int32(v)
}

func (r *compact) bool(t byte) bool {
	if t != tTrue && t != tFalse {
		r.fail("metadata has type %d where a boolean belongs", t)
	}
	return t == tTrue
}

// bytes returns a binary in place.
func (r *compact) bytes(t byte) []byte {
	if t != tBinary {
		r.fail("metadata has type %d where text belongs", t)
		return nil
	}
	n := r.uvarint()
	if n > uint64(len(r.b)-r.pos) {
		r.fail("metadata has text of %d bytes, %d are left", n, len(r.b)-r.pos)
		return nil
	}
	p := r.pos
	r.pos += int(n)
	return r.b[p:r.pos:r.pos]
}

func (r *compact) string(t byte) string { return string(r.bytes(t)) }

// list starts a list and returns its length and element type. Every element takes a byte at least, so the length is bounded by the input.
func (r *compact) list(t byte) (n int, elem byte) {
	if t != tList && t != tSet {
		r.fail("metadata has type %d where a list belongs", t)
		return 0, 0
	}
	x := r.byte()
	size := uint64(x >> 4)
	if size == 15 {
		size = r.uvarint()
	}
	if size > uint64(len(r.b)-r.pos) {
		r.fail("metadata has a list of %d elements in %d bytes", size, len(r.b)-r.pos)
		return 0, 0
	}
	return int(size), x & 15
}

// boolElem reads a boolean that stands in a list.
func (r *compact) boolElem(t byte) bool {
	if t != tTrue && t != tFalse {
		r.fail("metadata has type %d where a boolean belongs", t)
	}
	return r.byte() == tTrue
}

// skip passes over a value of type t.
func (r *compact) skip(t byte) {
	switch t {
	case tTrue, tFalse:
	case tByte:
		r.byte()
	case tI16, tI32, tI64:
		r.uvarint()
	case tDouble:
		if r.pos += 8; r.pos > len(r.b) {
			r.fail("metadata ends early")
		}
	case tBinary:
		r.bytes(t)
	case tList, tSet:
		r.skipList(t)
	case tMap:
		r.skipMap()
	case tStruct:
		for id, t := r.open(t); t != tStop; id, t = r.next(id) {
			r.skip(t)
		}
	default:
		r.fail("metadata has unknown type %d", t)
	}
}

func (r *compact) skipList(t byte) {
	if r.deep++; r.deep > nestMax {
		r.fail("metadata nests deeper than %d", nestMax)
	}
	n, elem := r.list(t)
	for ; n > 0 && r.err == nil; n-- {
		r.skipElem(elem)
	}
	r.deep--
}

// skipElem is skip for elements, where booleans take a byte.
func (r *compact) skipElem(t byte) {
	if t == tTrue || t == tFalse {
		t = tByte
	}
	r.skip(t)
}

func (r *compact) skipMap() {
	n := r.uvarint()
	if n == 0 {
		return
	}
	kv := r.byte()
	if r.deep++; r.deep > nestMax {
		r.fail("metadata nests deeper than %d", nestMax)
	}
	for ; n > 0 && r.err == nil; n-- {
		r.skipElem(kv >> 4)
		r.skipElem(kv & 15)
	}
	r.deep--
}
