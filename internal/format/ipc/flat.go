package ipc

import "encoding/binary"

// flat is a flatbuffer that is read with bounds checks. The first violation is remembered in bad, and what is read after it is zero, so
// that callers check once, at the end. All positions are byte positions in buf.
type flat struct {
	buf []byte
	bad bool
	// left bounds how many tables may still be visited: tables can be shared, and a small buffer could spell out a huge tree.
	left int
}

func newFlat(buf []byte) *flat { return &flat{buf: buf, left: len(buf) + 1} }

// ftable is a table in a flatbuffer; the zero ftable is absent and all its fields have their defaults.
type ftable struct {
	f           *flat
	at          int // start of the table
	vtable, len int // start and size of its vtable
}

// has reports whether the table is there.
func (t ftable) has() bool { return t.f != nil }

// span reports whether n bytes at the position lie inside the buffer, and remembers it if they do not.
func (f *flat) span(at, n int) bool {
	if at < 0 || n < 0 || at > len(f.buf) || n > len(f.buf)-at {
		f.bad = true
		return false
	}
	return true
}

func (f *flat) u16(at int) int {
	if !f.span(at, 2) {
		return 0
	}
	return int(binary.LittleEndian.Uint16(f.buf[at:]))
}

func (f *flat) u32(at int) uint32 {
	if !f.span(at, 4) {
		return 0
	}
	return binary.LittleEndian.Uint32(f.buf[at:])
}

func (f *flat) i64(at int) int64 {
	if !f.span(at, 8) {
		return 0
	}
	return int64(binary.LittleEndian.Uint64(f.buf[at:]))
}

// follow returns the position that the forward offset at the position points to.
func (f *flat) follow(at int) int {
	d := f.u32(at)
	if f.bad || d == 0 || uint64(d) > uint64(len(f.buf)) {
		f.bad = true
		return 0
	}
	return at + int(d)
}

// root returns the table that the buffer is about.
func (f *flat) root() ftable { return f.table(f.follow(0)) }

// table opens the table at the position.
func (f *flat) table(at int) ftable {
	f.left--
	if f.left < 0 {
		f.bad = true
	}
	back := int(int32(f.u32(at)))
	v := at - back
	n := f.u16(v)
	if f.bad || n < 4 || !f.span(v, n) {
		f.bad = true
		return ftable{}
	}
	return ftable{f: f, at: at, vtable: v, len: n}
}

// slot returns the position of field i of size bytes, or 0 if it is absent.
func (t ftable) slot(i, size int) int {
	if t.f == nil || t.f.bad || 4+2*i+2 > t.len {
		return 0
	}
	d := t.f.u16(t.vtable + 4 + 2*i)
	if d == 0 || !t.f.span(t.at+d, size) {
		return 0
	}
	return t.at + d
}

func (t ftable) byte(i int) byte {
	if p := t.slot(i, 1); p > 0 {
		return t.f.buf[p]
	}
	return 0
}

func (t ftable) short(i, def int) int {
	if p := t.slot(i, 2); p > 0 {
		return int(int16(t.f.u16(p)))
	}
	return def
}

func (t ftable) int(i, def int) int {
	if p := t.slot(i, 4); p > 0 {
		return int(int32(t.f.u32(p)))
	}
	return def
}

func (t ftable) long(i int) int64 {
	if p := t.slot(i, 8); p > 0 {
		return t.f.i64(p)
	}
	return 0
}

// sub returns the table that field i refers to, absent if the field is.
func (t ftable) sub(i int) ftable {
	if p := t.slot(i, 4); p > 0 {
		if at := t.f.follow(p); !t.f.bad {
			return t.f.table(at)
		}
	}
	return ftable{}
}

// vec returns the position and number of the elements of the vector in field i, each of size bytes.
func (t ftable) vec(i, size int) (at, n int) {
	p := t.slot(i, 4)
	if p == 0 {
		return 0, 0
	}
	at = t.f.follow(p)
	count := uint64(t.f.u32(at))
	if t.f.bad || count*uint64(size) > uint64(len(t.f.buf)) || !t.f.span(at+4, int(count)*size) {
		t.f.bad = true
		return 0, 0
	}
	return at + 4, int(count)
}

// str returns the text in field i, "" if it is absent. Its encoding is not checked.
func (t ftable) str(i int) string {
	at, n := t.vec(i, 1)
	if t.f == nil {
		return ""
	}
	return string(t.f.buf[at : at+n])
}

// tables returns the tables in the vector of field i.
func (t ftable) tables(i int) []ftable {
	at, n := t.vec(i, 4)
	if n == 0 || t.f.bad {
		return nil
	}
	out := make([]ftable, 0, n)
	for k := range n {
		p := t.f.follow(at + 4*k)
		if t.f.bad {
			return nil
		}
		out = append(out, t.f.table(p))
	}
	return out
}
