package compute

import (
	"bytes"
	"math/bits"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
)

// toText writes every value as data.AppendText does.
func (k *conv) toText() *data.Column {
	c := k.c
	if c.Type.Kind == dtype.Enum {
		return k.enumToText()
	}
	t := k.s.Text(c.Len)
	for i := range c.Len {
		if !c.Valid.Get(i) {
			continue
		}
		t.Buf = data.AppendText(t.Buf, c, i)
		t.Row(i)
	}
	return t.Column(k.s, k.to, k.valid)
}

func (k *conv) enumToText() *data.Column {
	t := k.s.Text(k.c.Len)
	for i, code := range data.Slice[uint32](k.c) {
		if k.c.Valid.Get(i) {
			t.Buf = append(t.Buf, k.c.Type.Values[code]...)
			t.Row(i)
		}
	}
	return t.Column(k.s, k.to, k.valid)
}

// fromText parses text, or JSON as text.
func (k *conv) fromText() (*data.Column, error) {
	if k.c.Type.Kind == dtype.JSON && k.to.Kind != dtype.JSON {
		k.c = k.unquoted()
	}
	switch k.to.Kind {
	case dtype.Bool:
		return k.parseBools(), nil
	case dtype.Int8:
		return parseInts[int8](k), nil
	case dtype.Int16:
		return parseInts[int16](k), nil
	case dtype.Int32:
		return parseInts[int32](k), nil
	case dtype.Int64:
		return parseInts[int64](k), nil
	case dtype.Uint8:
		return parseInts[uint8](k), nil
	case dtype.Uint16:
		return parseInts[uint16](k), nil
	case dtype.Uint32:
		return parseInts[uint32](k), nil
	case dtype.Uint64:
		return parsed(k, parseUint), nil
	case dtype.Int128:
		return parsed(k, parseWide), nil
	case dtype.Float32:
		return parsed(k, data.ParseFloat32), nil
	case dtype.Float64:
		return parsed(k, data.ParseFloat64), nil
	case dtype.Decimal:
		return k.parseDecimals(), nil
	case dtype.Date:
		return parsed(k, data.ParseDate), nil
	case dtype.Time:
		return parsed(k, data.ParseTimeOf), nil
	case dtype.Timestamp:
		return k.parseTimestamps()
	case dtype.Duration:
		return k.parseDurations(), nil
	case dtype.Interval:
		return parsed(k, data.ParseInterval), nil
	case dtype.UUID:
		return parsed(k, data.ParseUUID), nil
	case dtype.Enum:
		return k.parseEnums(), nil
	case dtype.Binary:
		return k.parseBinary(), nil
	case dtype.JSON:
		return k.checkJSON(), nil
	case dtype.List, dtype.Array, dtype.Struct, dtype.Map:
		return k.parseNested(), nil
	default:
		return nil, bug.Errorf("no cast from text to %s", k.to)
	}
}

// parsed reads every value with parse; rows that are null are zero.
func parsed[T data.Fixed](k *conv, parse func([]byte) (T, bool)) *data.Column {
	dst := Make[T](k.s, k.c.Len)
	heap, valid := k.c.Heap, k.c.Valid
	src := data.Slice[data.View](k.c)
	var zero T
	for i := range src {
		v, ok := parse(src[i].Bytes(heap))
		if !ok {
			v = zero
			if valid.Get(i) && !k.reject(i) {
				return nil
			}
		}
		dst[i] = v
	}
	return Flat(k.s, k.to, dst, k.valid)
}

// parseInt reads integers; see looseInt for what else.
func parseInt(b []byte) (int64, bool) {
	if v, ok := data.ParseInt64(b); ok {
		return v, true
	}
	v, ok := looseInt(b)
	return int64(v.Lo), ok && v.IsInt64()
}

// shortInt reads one to eight digits out of a view: moved to the top of a word and padded with zeros, they are always eight.
func shortInt(v data.View) (int64, bool) {
	const each = 0x0101010101010101
	n := uint(uint32(v.A))
	x := (v.A>>32|v.B<<32)<<(64-8*n) ^ '0'*each>>(64-8*n)<<(64-8*n)
	if n-1 > 7 || (x+6*each|x)&(0xF0*each) != 0 {
		return 0, false
	}
	x = x*10 + x>>8
	const pairs = 0x000000FF000000FF
	return int64(((x&pairs)*(100+1000000<<32) + (x>>16&pairs)*(1+10000<<32)) >> 32), true
}

func parseUint(b []byte) (uint64, bool) {
	if v, ok := data.ParseUint64(b); ok {
		return v, true
	}
	v, ok := looseInt(b)
	return v.Lo, ok && v.Hi == 0
}

func parseWide(b []byte) (data.Int128, bool) {
	if v, ok := data.ParseInt128(b); ok {
		return v, true
	}
	if v, ok := looseInt(b); ok {
		return v, true
	}
	return widestInt(b)
}

// widestInt reads a number with a point and 39 digits before it, which no decimal has, and rounds it.
func widestInt(b []byte) (data.Int128, bool) {
	whole, frac, point := bytes.Cut(bytes.TrimSpace(b), []byte{'.'})
	v, ok := data.ParseInt128(whole)
	if !ok || !point {
		return v, false
	}
	for _, c := range frac {
		if c < '0' || c > '9' {
			return v, false
		}
	}
	if len(frac) == 0 || frac[0] < '5' {
		return v, true
	}
	up := data.Int128From(1)
	if v.Sign() < 0 {
		up = data.Int128From(-1)
	}
	lo, carry := bits.Add64(v.Lo, up.Lo, 0)
	r := data.Int128{Lo: lo, Hi: v.Hi + up.Hi + int64(carry)}
	return r, r.Sign() == v.Sign() || v.Sign() == 0
}

// looseInt reads what casts take for an integer besides plain digits: a point or an exponent, which are rounded, hexadecimal after 0x,
// binary after 0b, and single underscores between digits.
func looseInt(b []byte) (data.Int128, bool) {
	b = bytes.TrimSpace(b)
	if bytes.IndexByte(b, '_') >= 0 {
		var buf [64]byte
		out := buf[:0]
		for i, c := range b {
			if c != '_' {
				out = append(out, c)
			} else if i == 0 || i == 2 && b[0] == '0' && b[1] > '9' || i+1 == len(b) || hexDigit(b[i-1]) > 15 || hexDigit(b[i+1]) > 15 {
				return data.Int128{}, false
			}
		}
		b = out
	}
	if len(b) < 3 || b[0] != '0' || b[1]|0x20 != 'x' && b[1]|0x20 != 'b' {
		return data.ParseDecimal(b, 38, 0)
	}
	shift := uint(4)
	if b[1]|0x20 == 'b' {
		shift = 1
	}
	var v data.Int128
	for _, c := range b[2:] {
		d := hexDigit(c)
		if d>>shift != 0 || v.Hi>>(63-shift) != 0 {
			return data.Int128{}, false
		}
		v = data.Int128{Lo: v.Lo<<shift | uint64(d), Hi: v.Hi<<shift | int64(v.Lo>>(64-shift))}
	}
	return v, true
}

// parseInts reads the integers that fit an int64.
func parseInts[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32](k *conv) *data.Column {
	dst := Make[T](k.s, k.c.Len)
	heap, valid := k.c.Heap, k.c.Valid
	src := data.Slice[data.View](k.c)
	for i := range src {
		v, ok := shortInt(src[i])
		if !ok {
			v, ok = parseInt(src[i].Bytes(heap))
		}
		dst[i] = T(v)
		if (!ok || int64(T(v)) != v) && valid.Get(i) && !k.reject(i) {
			return nil
		}
	}
	return Flat(k.s, k.to, dst, k.valid)
}

func (k *conv) parseBools() *data.Column {
	bits := k.s.Zeros(k.c.Len)
	src := data.Slice[data.View](k.c)
	for i := range src {
		v, ok := data.ParseBool(src[i].Bytes(k.c.Heap))
		if !ok && k.c.Valid.Get(i) && !k.reject(i) {
			return nil
		}
		if v && ok {
			bits.Set(i)
		}
	}
	return k.s.Bool(bits, k.valid, k.c.Len)
}

func (k *conv) parseDecimals() *data.Column {
	switch k.to.Phys() {
	case dtype.PhysI32:
		return decimalsOf[int32](k)
	case dtype.PhysI64:
		return decimalsOf[int64](k)
	}
	p, scale := int(k.to.Precision), int(k.to.Scale)
	dst := Make[data.Int128](k.s, k.c.Len)
	src := data.Slice[data.View](k.c)
	for i := range src {
		v, ok := data.ParseDecimal(src[i].Bytes(k.c.Heap), p, scale)
		if !ok && k.c.Valid.Get(i) && !k.reject(i) {
			return nil
		}
		dst[i] = v
	}
	return Flat(k.s, k.to, dst, k.valid)
}

func decimalsOf[T int32 | int64](k *conv) *data.Column {
	p, scale := int(k.to.Precision), int(k.to.Scale)
	dst := Make[T](k.s, k.c.Len)
	src := data.Slice[data.View](k.c)
	for i := range src {
		v, ok := data.ParseDecimal(src[i].Bytes(k.c.Heap), p, scale)
		if !ok && k.c.Valid.Get(i) && !k.reject(i) {
			return nil
		}
		dst[i] = T(v.Lo)
	}
	return Flat(k.s, k.to, dst, k.valid)
}

// epochWord is the one text of a time that is an instant without naming a zone.
var epochWord = []byte("epoch")

// parseTimestamps reads timestamps; text without an offset is the clock in the zone of the type, or in a zone that is named behind it. Without a zone, an
// offset or a zone in the text does not matter.
func (k *conv) parseTimestamps() (*data.Column, error) {
	zone, err := location(k.to.Zone)
	if err != nil {
		return nil, err
	}
	unit, per := k.to.Unit, k.to.Unit.PerSecond()
	dst := Make[int64](k.s, k.c.Len)
	src := data.Slice[data.View](k.c)
	for i := range src {
		b := src[i].Bytes(k.c.Heap)
		v, offset, ok := data.ParseTimestamp(b, unit)
		if offset && k.to.Zone == "" {
			v, ok = data.ParseClock(b, unit)
		}
		if !ok {
			v, ok = parseZoned(b, k.to)
			offset = ok
		}
		if !ok {
			v = 0
			if k.c.Valid.Get(i) && !k.reject(i) {
				return nil, nil
			}
		}
		if zone != nil && !offset && !infiniteTime(v) && (v != 0 || !bytes.EqualFold(bytes.TrimSpace(b), epochWord)) {
			v = fromLocal(v, per, zone)
		}
		dst[i] = v
	}
	return Flat(k.s, k.to, dst, k.valid), nil
}

// parseZoned reads a timestamp with the name of a zone behind it, such as "2026-01-17 12:00:00 Europe/Paris", as a value of a type.
func parseZoned(b []byte, to dtype.Type) (int64, bool) {
	b = bytes.TrimSpace(b)
	at := bytes.LastIndexByte(b, ' ')
	if at < 0 || at+1 == len(b) || b[at+1] < 'A' {
		return 0, false
	}
	v, offset, ok := data.ParseTimestamp(b[:at], to.Unit)
	if !ok || offset {
		return 0, false
	}
	zone, err := location(string(b[at+1:]))
	if err != nil {
		return 0, false
	}
	if to.Zone == "" || infiniteTime(v) {
		return v, true
	}
	return fromLocal(v, to.Unit.PerSecond(), zone), true
}

func (k *conv) parseDurations() *data.Column {
	dst := Make[int64](k.s, k.c.Len)
	src := data.Slice[data.View](k.c)
	for i := range src {
		b := src[i].Bytes(k.c.Heap)
		// A duration has one sign for all of its parts, where an interval has one for each.
		neg := len(b) > 1 && b[0] == '-' && bytes.IndexByte(b[1:], '-') < 0
		if neg {
			b = b[1:]
		}
		iv, ok := data.ParseInterval(b)
		v, fits := intervalCount(iv, k.to)
		if neg {
			v = -v
		}
		dst[i] = v
		if !(ok && fits) && k.c.Valid.Get(i) && !k.reject(i) {
			return nil
		}
	}
	return Flat(k.s, k.to, dst, k.valid)
}

func (k *conv) parseEnums() *data.Column {
	codes := make(map[string]uint32, len(k.to.Values))
	for i, v := range k.to.Values {
		codes[v] = uint32(i)
	}
	dst := Make[uint32](k.s, k.c.Len)
	src := data.Slice[data.View](k.c)
	for i := range src {
		code, ok := codes[string(src[i].Bytes(k.c.Heap))]
		dst[i] = code
		if !ok && k.c.Valid.Get(i) && !k.reject(i) {
			return nil
		}
	}
	return Flat(k.s, k.to, dst, k.valid)
}

// parseBinary reads bytes in which \xAB stands for the byte AB. Other bytes stand for themselves if they are ASCII.
func (k *conv) parseBinary() *data.Column {
	t := k.s.Text(k.c.Len)
	src := data.Slice[data.View](k.c)
	for i := range src {
		if !k.c.Valid.Get(i) {
			continue
		}
		if appendBinary(t, src[i].Bytes(k.c.Heap)) {
			t.Row(i)
			continue
		}
		t.Drop()
		if !k.reject(i) {
			return nil
		}
	}
	return t.Column(k.s, k.to, k.valid)
}

func appendBinary(t *Text, b []byte) bool {
	for len(b) > 0 {
		switch {
		case b[0] == '\\':
			if len(b) < 4 || b[1] != 'x' {
				return false
			}
			hi, lo := hexDigit(b[2]), hexDigit(b[3])
			if hi > 15 || lo > 15 {
				return false
			}
			t.Buf = append(t.Buf, hi<<4|lo)
			b = b[4:]
		case b[0] >= 0x80:
			return false
		default:
			t.Buf = append(t.Buf, b[0])
			b = b[1:]
		}
	}
	return true
}

// hexDigit is the value of a hexadecimal digit, or above 15.
func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	default:
		return 255
	}
}

// unquoted returns JSON as text in which string values have lost their quotes and escapes, and the JSON null is null.
func (k *conv) unquoted() *data.Column {
	t := k.s.Text(k.c.Len)
	src := data.Slice[data.View](k.c)
	for i := range src {
		b := bytes.TrimSpace(src[i].Bytes(k.c.Heap))
		switch {
		case !k.c.Valid.Get(i):
		case bytes.Equal(b, nullWord):
			if !k.owned() {
				ok := k.s.Bits(k.c.Len)
				copy(ok, realBits(k.s, k.c.Valid, k.c.Len))
				k.valid = ok
			}
			k.valid.Clear(i)
		case len(b) >= 2 && b[0] == '"':
			t.Buf = AppendUnquoted(t.Buf, b)
			t.Row(i)
		default:
			t.Set(i, b)
		}
	}
	return t.Column(k.s, dtype.Of(dtype.String), k.valid)
}

var nullWord = []byte("null")
