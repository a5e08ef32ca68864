package ndjson

import (
	"math"
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/fs"
)

// value decodes the value at p into a row of v and returns the place after it, or a negative number.
func (d *decoder) value(v *vec, p, row int) int {
	c := fs.Load1(d.base, p)
	if c == 'n' {
		v.setNull(row)
		return d.literal(p, "null")
	}
	if c <= ' ' {
		if q := d.space(p); q > p {
			return d.value(v, q, row)
		}
		return d.unexpected(p, "a value")
	}
	switch v.typ.Kind {
	case dtype.String:
		if c != '"' {
			return d.raw(v, p, row)
		}
		return d.string(v, p, row)
	case dtype.JSON:
		return d.raw(v, p, row)
	case dtype.Bool:
		return d.bool(v, p, row)
	case dtype.Struct:
		if c != '{' {
			return d.misfit(v, p, row)
		}
		return d.object(v.obj, p+1, row)
	case dtype.List:
		return d.list(v, p, row)
	case dtype.Array:
		return d.array(v, p, row)
	case dtype.Map:
		return d.mapping(v, p, row)
	case dtype.Null:
		return d.misfit(v, p, row)
	case dtype.Float64:
		if f, e := fs.ShortFloat(d.base, p); e > 0 {
			*(*float64)(unsafe.Add(v.ptr, row*8)) = f
			return e
		}
	case dtype.Binary:
		return d.binary(v, p, row)
	}
	if c == '"' {
		return d.fromString(v, p, row)
	}
	return d.fromNumber(v, p, row)
}

// string stores a string with escapes or other than ASCII; object does the plain ones itself.
func (d *decoder) string(v *vec, p, row int) int {
	s, e, plain := d.text(p)
	if e < 0 {
		return e
	}
	if plain {
		data.FixedSlice[data.View](v.buf)[row] = fs.ViewAt(d.base, p+1, len(s))
	} else {
		data.FixedSlice[data.View](v.buf)[row] = d.keep(s)
	}
	return e
}

// raw stores the text of a value as it stands in the file.
func (d *decoder) raw(v *vec, p, row int) int {
	e := d.skip(&d.any, p)
	if e > 0 {
		data.FixedSlice[data.View](v.buf)[row] = fs.ViewAt(d.base, p, e-p)
	}
	return e
}

func (d *decoder) binary(v *vec, p, row int) int {
	if fs.Load1(d.base, p) != '"' {
		return d.misfit(v, p, row)
	}
	s, e, _ := d.text(p)
	if e < 0 {
		return e
	}
	b, ok := fs.AppendBinary(nil, s)
	if !ok {
		return d.misfit(v, p, row)
	}
	data.FixedSlice[data.View](v.buf)[row] = d.keep(b)
	return e
}

func (d *decoder) bool(v *vec, p, row int) int {
	switch fs.Load1(d.base, p) {
	case 't':
		v.bits.Set(row)
		return d.literal(p, "true")
	case 'f':
		v.bits.Clear(row)
		return d.literal(p, "false")
	case '"':
		if s, e, _ := d.text(p); e < 0 {
			return e
		} else if b, ok := data.ParseBool(s); ok && d.lenient {
			v.bits.SetTo(row, b)
			return e
		}
	}
	return d.misfit(v, p, row)
}

// fromString stores a value that JSON has no form of its own for: times, uuids and so on. Numbers in quotes are taken only where the type
// was declared, for inference must not change "0123" to 123.
func (d *decoder) fromString(v *vec, p, row int) int {
	s, e, _ := d.text(p)
	if e < 0 {
		return e
	}
	t := &v.typ
	if t.Kind == dtype.Timestamp {
		ts, _, ok := data.ParseTimestamp(s, t.Unit)
		if ok && (len(s) < 20 || !fs.Finer(s, t.Unit)) {
			*(*int64)(unsafe.Add(v.ptr, row*8)) = ts
			return e
		}
		return d.misfit(v, p, row)
	}
	if t.IsNumeric() && !d.lenient || !fs.StoreText(t, v.buf, row, s) {
		return d.misfit(v, p, row)
	}
	return e
}

// fromNumber stores a JSON number.
func (d *decoder) fromNumber(v *vec, p, row int) int {
	switch fs.Load1(d.base, p) {
	case '{', '[', 't', 'f':
		return d.misfit(v, p, row)
	}
	e := d.number(p)
	if e < 0 {
		return e
	}
	s := d.block[p:e]
	t := &v.typ
	switch {
	case !t.IsNumeric():
		return d.misfit(v, p, row)
	case fs.StoreText(t, v.buf, row, s):
		return e
	case t.IsInteger() && d.whole(t, v, row, s):
		return e
	default:
		return d.misfit(v, p, row)
	}
}

// whole stores an integer that is written with a point or an exponent, such as 1.0 or 1e3.
func (d *decoder) whole(t *dtype.Type, v *vec, row int, s []byte) bool {
	f, ok := data.ParseFloat64(s)
	if !ok || f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		return false
	}
	d.scratch = data.Int128From(int64(f)).AppendDecimal(d.scratch[:0], 0)
	return fs.StoreText(t, v.buf, row, d.scratch)
}

func (d *decoder) list(v *vec, p, row int) int {
	if fs.Load1(d.base, p) != '[' {
		return d.misfit(v, p, row)
	}
	kid := v.kids[0]
	if p++; fs.Load1(d.base, p) <= ' ' {
		p = d.space(p)
	}
	if fs.Load1(d.base, p) == ']' {
		v.offs[row+1] = int32(kid.n)
		return p + 1
	}
	for {
		kid.ensure(kid.n + 1)
		kid.n++
		if p = d.value(kid, p, kid.n-1); p < 0 {
			return p
		}
		c := fs.Load1(d.base, p)
		if c <= ' ' {
			p = d.space(p)
			c = fs.Load1(d.base, p)
		}
		if c == ']' {
			v.offs[row+1] = int32(kid.n)
			return p + 1
		}
		if c != ',' {
			return d.unexpected(p, "a comma or ] after the element")
		}
		p++
	}
}

func (d *decoder) array(v *vec, p, row int) int {
	start := p
	if fs.Load1(d.base, p) != '[' {
		return d.misfit(v, p, row)
	}
	n, size := 0, v.typ.Len
	p = d.space(p + 1)
	for c := fs.Load1(d.base, p); c != ']'; {
		if n == size {
			return d.misfit(v, start, row)
		}
		if p = d.value(v.kids[0], p, row*size+n); p < 0 {
			return p
		}
		n++
		p = d.space(p)
		if c = fs.Load1(d.base, p); c == ',' {
			p++
			if q := d.space(p); fs.Load1(d.base, q) == ']' {
				return d.unexpected(q, "a value")
			}
		} else if c != ']' {
			return d.unexpected(p, "a comma or ] after the element")
		}
	}
	if n != size {
		return d.misfit(v, start, row)
	}
	return p + 1
}

// mapping decodes an object with any keys into a list of entries.
func (d *decoder) mapping(v *vec, p, row int) int {
	if fs.Load1(d.base, p) != '{' {
		return d.misfit(v, p, row)
	}
	entries := v.kids[0]
	p = d.space(p + 1)
	for c := fs.Load1(d.base, p); c != '}'; {
		if c != '"' {
			return d.unexpected(p, "a key in double quotes")
		}
		entries.ensure(entries.n + 1)
		i := entries.n
		entries.n++
		wasLenient := d.lenient
		d.lenient = true // a key is always in quotes
		p = d.value(entries.kids[0], p, i)
		d.lenient = wasLenient
		if p < 0 {
			return p
		}
		if p = d.space(p); fs.Load1(d.base, p) != ':' {
			return d.unexpected(p, "a colon after the key")
		}
		if p = d.value(entries.kids[1], p+1, i); p < 0 {
			return p
		}
		p = d.space(p)
		if c = fs.Load1(d.base, p); c == ',' {
			p = d.space(p + 1)
			c = fs.Load1(d.base, p)
			if c == '}' {
				return d.unexpected(p, "a key in double quotes")
			}
		} else if c != '}' {
			return d.unexpected(p, "a comma or } after the value")
		}
	}
	v.offs[row+1] = int32(entries.n)
	return p + 1
}
