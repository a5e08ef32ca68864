package parquet

import (
	"bytes"
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// writeBounds are the bounds of a page or chunk, as stored bytes.
type writeBounds struct {
	min, max []byte
	some     bool // there is a value
	nan      bool // a NaN was among them, so that the bounds must not be written
}

// compareStored orders stored values.
func compareStored(o order, a, b []byte) int {
	switch o {
	case orderI32:
		return cmp(int32(binary.LittleEndian.Uint32(a)), int32(binary.LittleEndian.Uint32(b)))
	case orderI64:
		return cmp(int64(binary.LittleEndian.Uint64(a)), int64(binary.LittleEndian.Uint64(b)))
	case orderU32:
		return cmp(binary.LittleEndian.Uint32(a), binary.LittleEndian.Uint32(b))
	case orderU64:
		return cmp(binary.LittleEndian.Uint64(a), binary.LittleEndian.Uint64(b))
	case orderF32:
		return cmp(math.Float32frombits(binary.LittleEndian.Uint32(a)), math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case orderF64:
		return cmp(math.Float64frombits(binary.LittleEndian.Uint64(a)), math.Float64frombits(binary.LittleEndian.Uint64(b)))
	case orderDecimal:
		x, _ := bigEndian(a)
		y, _ := bigEndian(b)
		return x.Cmp(y)
	}
	return bytes.Compare(a, b)
}

func cmp[T int32 | int64 | uint32 | uint64 | float32 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// merge widens b to o.
func (b *writeBounds) merge(ord order, o *writeBounds) {
	b.nan = b.nan || o.nan
	if !o.some {
		return
	}
	if !b.some || compareStored(ord, o.min, b.min) < 0 {
		b.min = o.min
	}
	if !b.some || compareStored(ord, o.max, b.max) > 0 {
		b.max = o.max
	}
	b.some = true
}

// usable reports whether the bounds can be written.
func (b *writeBounds) usable(o order) bool { return b.some && !b.nan && o != orderNone }

// bounds returns the bounds of values [lo, hi). With codes, each distinct value is looked at once: seen holds, per code, the last page
// that had it.
func (l *leafWriter) bounds(lo, hi int, d *dictBuilder, coded bool, seen []int32, page int32) writeBounds {
	var b writeBounds
	if lo == hi || l.order == orderNone {
		return b
	}
	switch {
	case coded:
		for _, c := range d.codes[lo:hi] {
			if seen[c] != page {
				seen[c] = page
				b.add(l.order, l.value(d.first[c]))
			}
		}
	case l.order == orderI32:
		b.numbers(l, extremes(l, lo, hi, func(p []byte) int32 { return int32(binary.LittleEndian.Uint32(p)) }))
	case l.order == orderI64:
		b.numbers(l, extremes(l, lo, hi, func(p []byte) int64 { return int64(binary.LittleEndian.Uint64(p)) }))
	default:
		for i := lo; i < hi; i++ {
			b.add(l.order, l.value(i))
		}
	}
	b.zeros(l.order)
	return b
}

// numbers sets the bounds to the values at two positions.
func (b *writeBounds) numbers(l *leafWriter, at [2]int) {
	b.min, b.max, b.some = l.value(at[0]), l.value(at[1]), true
}

// extremes returns the positions of the least and greatest value.
func extremes[T int32 | int64](l *leafWriter, lo, hi int, load func([]byte) T) [2]int {
	w := l.width
	first := load(l.buf[lo*w:])
	least, most, at := first, first, [2]int{lo, lo}
	for i := lo + 1; i < hi; i++ {
		v := load(l.buf[i*w:])
		if v < least {
			least, at[0] = v, i
		}
		if v > most {
			most, at[1] = v, i
		}
	}
	return at
}

func (b *writeBounds) add(o order, v []byte) {
	if o == orderF32 && isNaN32(v) || o == orderF64 && isNaN64(v) {
		b.nan = true
		return
	}
	if !b.some {
		b.min, b.max, b.some = v, v, true
		return
	}
	if compareStored(o, v, b.min) < 0 {
		b.min = v
	} else if compareStored(o, v, b.max) > 0 {
		b.max = v
	}
}

func isNaN32(v []byte) bool {
	f := math.Float32frombits(binary.LittleEndian.Uint32(v))
	return f != f
}

func isNaN64(v []byte) bool {
	f := math.Float64frombits(binary.LittleEndian.Uint64(v))
	return f != f
}

// zeros gives the bounds of floats the sign that covers both zeros, as the format asks.
func (b *writeBounds) zeros(o order) {
	if !b.some {
		return
	}
	switch o {
	case orderF32:
		if math.Float32frombits(binary.LittleEndian.Uint32(b.min)) == 0 {
			b.min = []byte{0, 0, 0, 0x80}
		}
		if math.Float32frombits(binary.LittleEndian.Uint32(b.max)) == 0 {
			b.max = make([]byte, 4)
		}
	case orderF64:
		if math.Float64frombits(binary.LittleEndian.Uint64(b.min)) == 0 {
			b.min = []byte{0, 0, 0, 0, 0, 0, 0, 0x80}
		}
		if math.Float64frombits(binary.LittleEndian.Uint64(b.max)) == 0 {
			b.max = make([]byte, 8)
		}
	}
}

// boundBytes is the longest bound of text that is written.
const boundBytes = 64

// shortMin returns a value that is not above v.
func (l *leafWriter) shortMin(v []byte) (out []byte, exact bool) {
	if l.width > 0 || len(v) <= boundBytes {
		return v, true
	}
	return v[:cut(v, l.typ.IsText())], false
}

// cut returns the length to which v can be shortened; text is not cut within a character.
func cut(v []byte, text bool) int {
	n := boundBytes
	for text && n > 0 && !utf8.RuneStart(v[n]) {
		n--
	}
	return n
}

// shortMax returns a value that is not below v: the shortened one with its last character, or byte, moved up.
func (l *leafWriter) shortMax(v []byte) (out []byte, exact bool) {
	if l.width > 0 || len(v) <= boundBytes {
		return v, true
	}
	text := l.typ.IsText()
	out = append([]byte(nil), v[:cut(v, text)]...)
	for len(out) > 0 {
		if !text {
			if last := len(out) - 1; out[last] < 0xff {
				out[last]++
				return out, false
			}
			out = out[:len(out)-1]
			continue
		}
		r, size := utf8.DecodeLastRune(out)
		out = out[:len(out)-size]
		if next := r + 1; r != utf8.RuneError && utf8.ValidRune(next) {
			return utf8.AppendRune(out, next), false
		}
	}
	return v, true
}
