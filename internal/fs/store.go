package fs

import (
	"math"
	"slices"
	"unsafe"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// StoreText parses b, the whole text of a value, as the fixed-width type t and stores it as element row of buf. It reports whether the
// text is a value of the type. Text, booleans and nested types are not for it. A fraction of seconds finer than the type's unit does not
// fit; a decimal is rounded to its scale, as a cast does.
func StoreText(t *dtype.Type, buf []byte, row int, b []byte) bool {
	at := unsafe.Add(unsafe.Pointer(unsafe.SliceData(buf)), row*t.Phys().Width())
	switch t.Kind {
	case dtype.Int64:
		v, ok := data.ParseInt64(b)
		*(*int64)(at) = v
		return ok
	case dtype.Int8, dtype.Int16, dtype.Int32:
		return storeInt(t.Kind, at, b)
	case dtype.Uint8, dtype.Uint16, dtype.Uint32, dtype.Uint64:
		return storeUint(t.Kind, at, b)
	case dtype.Int128:
		v, ok := data.ParseInt128(b)
		*(*data.Int128)(at) = v
		return ok
	case dtype.Float64:
		v, ok := data.ParseFloat64(b)
		*(*float64)(at) = v
		return ok
	case dtype.Float32:
		v, ok := data.ParseFloat32(b)
		*(*float32)(at) = v
		return ok
	case dtype.Date:
		v, ok := data.ParseDate(b)
		*(*int32)(at) = v
		return ok && !hasClock(b)
	case dtype.Time:
		v, ok := data.ParseTime(b)
		*(*int64)(at) = v
		return ok && !Finer(b, dtype.Micro)
	case dtype.Timestamp:
		v, _, ok := data.ParseTimestamp(b, t.Unit)
		*(*int64)(at) = v
		return ok && (len(b) <= 19 || !Finer(b, t.Unit))
	default:
		return storeRare(t, at, b)
	}
}

func storeInt(k dtype.Kind, at unsafe.Pointer, b []byte) bool {
	v, ok := data.ParseInt64(b)
	switch k {
	case dtype.Int8:
		*(*int8)(at) = int8(v)
		return ok && v == int64(int8(v))
	case dtype.Int16:
		*(*int16)(at) = int16(v)
		return ok && v == int64(int16(v))
	default:
		*(*int32)(at) = int32(v)
		return ok && v == int64(int32(v))
	}
}

func storeUint(k dtype.Kind, at unsafe.Pointer, b []byte) bool {
	v, ok := data.ParseUint64(b)
	switch k {
	case dtype.Uint8:
		*(*uint8)(at) = uint8(v)
		return ok && v <= math.MaxUint8
	case dtype.Uint16:
		*(*uint16)(at) = uint16(v)
		return ok && v <= math.MaxUint16
	case dtype.Uint32:
		*(*uint32)(at) = uint32(v)
		return ok && v <= math.MaxUint32
	default:
		*(*uint64)(at) = v
		return ok
	}
}

func storeRare(t *dtype.Type, at unsafe.Pointer, b []byte) bool {
	switch t.Kind {
	case dtype.Decimal:
		v, ok := data.ParseDecimal(b, int(t.Precision), int(t.Scale))
		switch t.Phys() {
		case dtype.PhysI32:
			*(*int32)(at) = int32(v.Lo)
		case dtype.PhysI64:
			*(*int64)(at) = int64(v.Lo)
		default:
			*(*data.Int128)(at) = v
		}
		return ok
	case dtype.UUID:
		v, ok := data.ParseUUID(b)
		*(*data.Int128)(at) = v
		return ok
	case dtype.Interval:
		v, ok := data.ParseInterval(b)
		*(*data.Interval)(at) = v
		return ok
	case dtype.Duration:
		v, ok := parseDuration(b, t.Unit)
		*(*int64)(at) = v
		return ok
	case dtype.Enum:
		i := slices.Index(t.Values, string(b))
		*(*uint32)(at) = uint32(max(i, 0))
		return i >= 0
	default:
		return false
	}
}

// parseDuration reads an exact span: an interval's text without months.
func parseDuration(b []byte, u dtype.Unit) (int64, bool) {
	neg := len(b) > 1 && b[0] == '-' && b[1] >= '0' && b[1] <= '9'
	if neg {
		b = b[1:] // the sign before a duration is the whole span's
	}
	iv, ok := data.ParseInterval(b)
	if !ok || iv.Months != 0 {
		return 0, false
	}
	v := data.Int128From(int64(iv.Days)*86_400_000_000 + iv.Micros).Lo
	us := int64(v)
	switch u {
	case dtype.Nano:
		if us > math.MaxInt64/1000 || us < math.MinInt64/1000 {
			return 0, false
		}
		us *= 1000
	case dtype.Milli:
		ok = us%1000 == 0
		us /= 1000
	case dtype.Second:
		ok = us%1_000_000 == 0
		us /= 1_000_000
	}
	if neg {
		us = -us
	}
	return us, ok
}

// hasClock reports whether the text of a date goes on with a time of day other than midnight, which a date would lose.
func hasClock(b []byte) bool {
	if len(b) <= 10 {
		return false
	}
	for i := 5; i < len(b); i++ {
		if b[i] != ':' {
			continue
		}
		for _, c := range b[i-2:] {
			if c >= '1' && c <= '9' {
				return true
			}
		}
		return false
	}
	return false
}

// Finer reports whether the text of a time has a fraction of seconds with digits other than zero below the unit.
func Finer(b []byte, u dtype.Unit) bool {
	keep := [...]int{dtype.Micro: 6, dtype.Nano: 9, dtype.Milli: 3, dtype.Second: 0}[u]
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] != '.' {
			continue
		}
		for _, c := range b[min(i+1+keep, len(b)):] {
			if c < '0' || c > '9' {
				return false
			}
			if c != '0' {
				return true
			}
		}
		return false
	}
	return false
}

// AppendBinary appends the bytes that b spells in the text form of a blob: \xAA for one byte, all else for itself.
func AppendBinary(dst, b []byte) ([]byte, bool) {
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			dst = append(dst, b[i])
			continue
		}
		if i+3 >= len(b) || b[i+1] != 'x' {
			return dst, false
		}
		h, l := hexDigit(b[i+2]), hexDigit(b[i+3])
		if h > 15 || l > 15 {
			return dst, false
		}
		dst = append(dst, h<<4|l)
		i += 3
	}
	return dst, true
}

func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	default:
		return 0xFF
	}
}
