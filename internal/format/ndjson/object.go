package ndjson

import (
	"bytes"
	"math/bits"
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/fs"
)

// op is how a value is decoded; the frequent ones have a fast path in object.
type op uint8

const (
	opSkip op = iota // check it and pass over it
	opString
	opInt64
	opFloat64
	opTimestamp
	opOther
	opNone // no field: the guard of an empty prediction
)

func opOf(t dtype.Type) op {
	switch t.Kind {
	case dtype.String:
		return opString
	case dtype.Int64:
		return opInt64
	case dtype.Float64:
		return opFloat64
	case dtype.Timestamp:
		return opTimestamp
	default:
		return opOther
	}
}

// link is a prediction: the fields that followed last time and before that.
type link struct{ next, alt *field }

// field is a known key of an object. What the hot loop reads comes first, in one cache line.
type field struct {
	// pat is the text from the end of the previous value's comma to the value, as it was last: `"user_id":`, spaces included. The
	// words hold its first and its last eight bytes.
	w0, m0 uint64
	w1, m1 uint64
	off1   int32
	size   int32 // len(pat)
	op     op
	link
	stamp uint64  // the object that had this key last
	vec   *vec    // where the value goes, or nil for opSkip
	sub   *object // for skipped objects
	elem  *field  // for elements of skipped arrays
	pat   []byte
	name  string
}

// object is the expected shape of the objects at one place of the document.
type object struct {
	fields []*field
	index  map[string]*field // by name
	wanted []*field          // those with a vec
	start  link
	strict bool   // unknown keys are errors
	path   string // for messages
	other  *field // for keys beyond fieldsMax
}

const (
	fieldsMax  = 4096 // keys of one object that are learnt; data may have ever new ones
	patternMax = 256  // bytes of a key with its spaces that are compared at once
	depthMax   = 1000 // levels of nesting
)

var noField = func() *field {
	f := &field{op: opNone, w0: ^uint64(0), m0: ^uint64(0)}
	f.link = link{f, f}
	return f
}()

func newObject(path string, strict bool) *object {
	return &object{index: map[string]*field{}, strict: strict, path: path, start: link{noField, noField}}
}

// add makes a key known.
func (o *object) add(name string, v *vec) *field {
	f := &field{name: name, vec: v, w0: ^uint64(0), m0: ^uint64(0), link: link{noField, noField}}
	if v != nil {
		f.op = opOf(v.typ)
		o.wanted = append(o.wanted, f)
	}
	o.fields = append(o.fields, f)
	o.index[name] = f
	return f
}

// learn sets the text that announces the field.
func (f *field) learn(pat []byte) {
	if bytes.Equal(f.pat, pat) {
		return
	}
	f.pat = append(f.pat[:0], pat...)
	var b [8]byte
	copy(b[:], pat)
	f.w0, f.m0 = word(b), ^uint64(0)
	f.w1, f.m1, f.off1, f.size = 0, 0, 0, int32(len(pat))
	if n := len(pat); n < 8 {
		f.m0 = 1<<(8*uint(n)) - 1
	} else {
		copy(b[:], pat[n-8:])
		f.w1, f.m1, f.off1 = word(b), ^uint64(0), int32(n-8)
	}
}

func word(b [8]byte) uint64 { return fs.Load8(unsafe.Pointer(&b), 0) }

// hits reports whether the first and last eight bytes of the field's text stand at p; for texts of up to 16 bytes that is all of it.
func (f *field) hits(base unsafe.Pointer, p int) bool {
	return (fs.Load8(base, p)^f.w0)&f.m0|(fs.Load8(base, p+int(f.off1))^f.w1)&f.m1 == 0
}

// all reports whether the whole text of the field, whose ends were found, stands at p.
func (f *field) all(base unsafe.Pointer, p int) bool {
	return f.size <= 16 || string(f.pat) == unsafe.String((*byte)(unsafe.Add(base, p)), len(f.pat))
}

// object decodes the object whose brace stands before p into the row of its fields' vecs, and returns the place after it, or a negative
// number after a failure. It is the hot loop of the reader.
func (d *decoder) object(o *object, p, row int) int {
	base := d.base
	d.stamp++
	stamp := d.stamp
	got := 0
	prev := &o.start
	if d.depth++; d.depth > depthMax {
		return d.syntax(p, "nested deeper than %d levels", depthMax)
	}
	for {
		f := prev.next
		if f.hits(base, p) && f.all(base, p) {
			p += int(f.size)
		} else if f = prev.alt; f.hits(base, p) && f.all(base, p) {
			p += int(f.size)
		} else if f, p = d.key(o, prev, p); f == nil {
			break // an empty object, or a failure
		}
		c := fs.Load1(base, p)
		if f.op != opSkip {
			if f.stamp == stamp {
				f.vec.forget(row)
				got--
			}
			f.stamp = stamp
			got++
		}
		switch {
		case c == '"' && f.op <= opString:
			// Most strings end in their first word.
			e := p + 1
			w := fs.Load8(base, e)
			if m := stops(w); m == 0 {
				var wide uint64
				e, wide = scanString(base, e+8)
				w |= wide
			} else {
				n := bits.TrailingZeros64(m)
				e += n >> 3
				w &= 1<<(uint(n)&^7) - 1
			}
			switch {
			case fs.Load1(base, e) != '"' || w&highBits != 0:
				p = d.oddString(f, p, row)
			case f.op == opString:
				*(*data.View)(unsafe.Add(f.vec.ptr, row*16)) = fs.ViewAt(base, p+1, e-p-1)
				p = e + 1
			default:
				p = e + 1
			}
		case f.op == opSkip && c-'1' < 9:
			p = d.digits(p, fs.DigitsAt(fs.Load8(base, p)^fs.Zeros))
			if c = fs.Load1(base, p); c == '.' || c|0x20 == 'e' {
				p = d.fraction(p)
			}
		case f.op == opSkip:
			p = d.skip(f, p)
		case f.op == opInt64:
			v, e := scanInt(base, p)
			if e > 0 {
				*(*int64)(unsafe.Add(f.vec.ptr, row*8)) = v
				p = e
			} else {
				p = d.value(f.vec, p, row)
			}
		default:
			p = d.value(f.vec, p, row)
		}
		if p < 0 {
			return p
		}
		prev = &f.link
		c = fs.Load1(base, p)
		if c != ',' && c != '}' {
			p = d.space(p)
			if c = fs.Load1(base, p); c != ',' && c != '}' {
				return d.unexpected(p, "a comma or } after the value")
			}
		}
		p++
		if c == '}' {
			break
		}
	}
	d.depth--
	if got != len(o.wanted) {
		o.missing(stamp, row)
	}
	return p
}

// oddString takes the string at p, which has an escape, is not ASCII or is broken.
func (d *decoder) oddString(f *field, p, row int) int {
	if f.op == opSkip {
		return d.skipString(p + 1)
	}
	return d.value(f.vec, p, row)
}

// missing makes the fields null that the object with the stamp did not have.
func (o *object) missing(stamp uint64, row int) {
	for _, f := range o.wanted {
		if f.stamp != stamp {
			f.vec.setNull(row)
		}
	}
}

// key reads the key at p without a prediction, and remembers it for the next object. It returns the field and the place of its value; a nil
// field is the end of an empty object, or a failure if the place is negative.
func (d *decoder) key(o *object, prev *link, p int) (*field, int) {
	start := p
	p = d.space(p)
	if c := fs.Load1(d.base, p); c != '"' {
		if c == '}' && prev == &o.start {
			return nil, p + 1
		}
		return nil, d.unexpected(p, "a key in double quotes")
	}
	name, q, plain := d.text(p)
	if q < 0 {
		return nil, q
	}
	q = d.space(q)
	if fs.Load1(d.base, q) != ':' {
		return nil, d.unexpected(q, "a colon after the key")
	}
	q = d.space(q + 1)
	f := o.index[string(name)]
	if f == nil {
		switch {
		case o.strict:
			return nil, d.unknownKey(o, string(name), p)
		case len(o.fields) < fieldsMax:
			f = o.add(string(name), nil)
		case o.other == nil:
			o.other = &field{link: link{noField, noField}, w0: ^uint64(0), m0: ^uint64(0)}
			fallthrough
		default:
			return o.other, q
		}
	}
	if plain && q-start <= patternMax {
		f.learn(d.block[start:q])
	}
	if prev.next != f {
		prev.alt, prev.next = prev.next, f
	}
	return f, q
}
