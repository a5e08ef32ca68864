package data

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
	"unsafe"
)

// The parsers read one whole value from its text. They are exact, allocate nothing for well-formed input, ignore spaces around the value,
// and report with ok whether all of the text was one value of the type that fits.

// trimSpace cuts blanks at both ends; the common value has none.
func trimSpace(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isDigit(c byte) bool { return c-'0' <= 9 }

// lower returns c in lower case if it is an ASCII letter, and something that is no lower-case letter if it is not.
func lower(c byte) byte { return c | 0x20 }

// is reports whether b is the lower-case word, ignoring ASCII case.
func is(b []byte, word string) bool {
	if len(b) != len(word) {
		return false
	}
	for i := range b {
		if lower(b[i]) != word[i] {
			return false
		}
	}
	return true
}

const (
	eachByte  = 0x0101010101010101
	zeroChars = '0' * eachByte
	highHalf  = 0xF0 * eachByte
)

// eightDigits returns the number that eight ASCII digits spell, if they are all digits.
func eightDigits(b []byte) (uint64, bool) {
	x := binary.LittleEndian.Uint64(b) ^ zeroChars
	if (x+6*eachByte|x)&highHalf != 0 {
		return 0, false
	}
	x = x*10 + x>>8
	const pairs = 0x000000FF000000FF
	return ((x&pairs)*(100+1000000<<32) + (x>>16&pairs)*(1+10000<<32)) >> 32, true
}

// ParseInt64 reads a decimal integer: an optional sign and digits.
func ParseInt64(b []byte) (int64, bool) {
	if len(b) > 0 && isDigit(b[0]) && len(b) <= 18 {
		v, ok := digits(b)
		if ok {
			return int64(v), true
		}
	}
	b = trimSpace(b)
	if len(b) == 0 {
		return 0, false
	}
	neg := b[0] == '-'
	v, ok := ParseUint64(b[signLen(b):])
	switch {
	case !ok || !isDigit(b[signLen(b)]):
		return 0, false
	case neg:
		return -int64(v), v <= 1<<63
	default:
		return int64(v), v < 1<<63
	}
}

func signLen(b []byte) int {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		return 1
	}
	return 0
}

// digits reads 0 to 19 digits, which cannot overflow.
func digits(b []byte) (uint64, bool) {
	v := uint64(0)
	for len(b) >= 8 {
		x, ok := eightDigits(b)
		if !ok {
			return 0, false
		}
		v, b = v*1e8+x, b[8:]
	}
	if len(b) >= 4 {
		x := binary.LittleEndian.Uint32(b) ^ '0'*(eachByte&math.MaxUint32)
		if (x+6*(eachByte&math.MaxUint32)|x)&(highHalf&math.MaxUint32) != 0 {
			return 0, false
		}
		x = x*10 + x>>8 // bytes 0 and 2 hold two digits each
		v, b = v*1e4+uint64(x&0xFF*100+x>>16&0xFF), b[4:]
	}
	for _, c := range b {
		d := uint64(c - '0')
		if d > 9 {
			return 0, false
		}
		v = v*10 + d
	}
	return v, true
}

// ParseUint64 reads a decimal integer: an optional plus sign and digits.
func ParseUint64(b []byte) (uint64, bool) {
	b = trimSpace(b)
	if len(b) > 0 && b[0] == '+' {
		b = b[1:]
	}
	if len(b) == 0 {
		return 0, false
	}
	for len(b) > 19 && b[0] == '0' {
		b = b[1:]
	}
	if len(b) <= 19 {
		return digits(b)
	}
	v, ok := digits(b[:19])
	last := uint64(b[19] - '0')
	if !ok || len(b) > 20 || last > 9 || v > math.MaxUint64/10 || v == math.MaxUint64/10 && last > math.MaxUint64%10 {
		return 0, false
	}
	return v*10 + last, true
}

// mulAdd returns v*m + a for a magnitude v in 128 unsigned bits.
func mulAdd(hi, lo, m, a uint64) (uint64, uint64, bool) {
	over, top := bits.Mul64(hi, m)
	carry, low := bits.Mul64(lo, m)
	low, c := bits.Add64(low, a, 0)
	top, c2 := bits.Add64(top, carry, c)
	return top, low, over == 0 && c2 == 0
}

// ParseInt128 reads a decimal integer: an optional sign and digits.
func ParseInt128(b []byte) (Int128, bool) {
	if v, ok := ParseInt64(b); ok {
		return Int128From(v), true
	}
	b = trimSpace(b)
	neg := len(b) > 0 && b[0] == '-'
	b = b[signLen(b):]
	if len(b) == 0 {
		return Int128{}, false
	}
	var hi, lo uint64
	for _, c := range b {
		d := uint64(c - '0')
		if d > 9 {
			return Int128{}, false
		}
		var ok bool
		if hi, lo, ok = mulAdd(hi, lo, 10, d); !ok {
			return Int128{}, false
		}
	}
	return signed128(hi, lo, neg)
}

func signed128(hi, lo uint64, neg bool) (Int128, bool) {
	v := Int128{lo, int64(hi)}
	if neg {
		return v.Neg(), hi < 1<<63 || hi == 1<<63 && lo == 0
	}
	return v, hi < 1<<63
}

// pow10f are the powers of ten that a float64 holds exactly.
var pow10f = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
	1e21, 1e22}

// decimalText is a number in pieces: mantissa * 10^exp, the mantissa being cut if there were more than 19 significant digits.
type decimalText struct {
	mant   uint64
	exp    int
	neg    bool
	cut    bool
	digits int // significant digits in the text
}

// scanDecimal reads [sign] digits [. digits] [e [sign] digits], all of b.
func scanDecimal(b []byte) (d decimalText, ok bool) {
	i := signLen(b)
	d.neg = i > 0 && b[0] == '-'
	start := i
	point := -1
	mant := uint64(0)
	for ; i < len(b); i++ {
		c := b[i] - '0'
		if c <= 9 {
			mant = mant*10 + uint64(c)
			continue
		}
		if b[i] != '.' || point >= 0 {
			break
		}
		point = i
	}
	d.digits = i - start
	if point >= 0 {
		d.digits--
		d.exp = point + 1 - i
	}
	if d.digits == 0 {
		return d, false
	}
	d.mant = mant
	if d.digits > 19 {
		d.long(b[start:i])
	}
	if i < len(b) && lower(b[i]) == 'e' {
		e, fine := ParseInt64(b[i+1:])
		if !fine || isSpace(b[i+1]) {
			return d, false
		}
		d.exp += int(max(min(e, 1e6), -1e6))
		i = len(b)
	}
	return d, i == len(b)
}

// long counts the digits of a number without its leading zeros and keeps the first 19 of them.
func (d *decimalText) long(b []byte) {
	d.mant, d.digits = 0, 0
	for _, c := range b {
		if c == '.' || d.digits == 0 && c == '0' {
			continue
		}
		d.digits++
		if d.digits > 19 {
			d.cut = true
			d.exp++
			continue
		}
		d.mant = d.mant*10 + uint64(c-'0')
	}
}

// ParseFloat64 reads a decimal number with optional point and exponent, or nan, inf or infinity with optional sign, ignoring case. The
// result is the nearest float64; a number beyond all floats is not ok.
func ParseFloat64(b []byte) (float64, bool) {
	b = trimSpace(b)
	d, ok := scanDecimal(b)
	if !ok {
		return parseSpecialFloat(b)
	}
	if !d.cut && d.mant <= 1<<53 && d.exp >= -22 && d.exp <= 22 {
		// Both are exact, so that one rounding gives the nearest float (Clinger's fast path).
		v := float64(d.mant)
		if d.exp < 0 {
			v /= pow10f[-d.exp]
		} else {
			v *= pow10f[d.exp]
		}
		if d.neg {
			v = -v
		}
		return v, true
	}
	v, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(b), len(b)), 64)
	return v, err == nil
}

func parseSpecialFloat(b []byte) (float64, bool) {
	sign := 1
	if n := signLen(b); n > 0 {
		if b[0] == '-' {
			sign = -1
		}
		b = b[1:]
	}
	switch {
	case is(b, "nan"):
		return math.NaN(), true
	case is(b, "inf"), is(b, "infinity"):
		return math.Inf(sign), true
	default:
		return 0, false
	}
}

// ParseFloat32 is ParseFloat64 for float32: the result is the nearest float32.
func ParseFloat32(b []byte) (float32, bool) {
	b = trimSpace(b)
	d, ok := scanDecimal(b)
	if !ok {
		v, ok := parseSpecialFloat(b)
		return float32(v), ok
	}
	if !d.cut && d.mant <= 1<<24 && d.exp >= -10 && d.exp <= 10 {
		v := float32(d.mant)
		if d.exp < 0 {
			v /= float32(pow10f[-d.exp])
		} else {
			v *= float32(pow10f[d.exp])
		}
		if d.neg {
			v = -v
		}
		return v, true
	}
	v, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(b), len(b)), 32)
	return float32(v), err == nil
}

// ParseBool reads true, t, yes, y, 1, false, f, no, n or 0, ignoring case.
func ParseBool(b []byte) (v, ok bool) {
	b = trimSpace(b)
	switch len(b) {
	case 1:
		switch b[0] {
		case 't', 'T', 'y', 'Y', '1':
			return true, true
		case 'f', 'F', 'n', 'N', '0':
			return false, true
		}
		return false, false
	case 2:
		return false, is(b, "no")
	case 3:
		return true, is(b, "yes")
	case 4:
		return true, is(b, "true")
	default:
		return false, is(b, "false")
	}
}

// hexValue is the value of each hexadecimal digit and 0xFF for all else.
var hexValue = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xFF
	}
	for i := range byte(10) {
		t['0'+i] = i
	}
	for i := range byte(6) {
		t['a'+i], t['A'+i] = 10+i, 10+i
	}
	return t
}()

// ParseUUID reads 32 hexadecimal digits, with or without hyphens between groups of whole bytes and braces around all. The result has the top
// bit flipped, so that UUIDs order like their text.
func ParseUUID(b []byte) (Int128, bool) {
	b = trimSpace(b)
	if len(b) > 2 && b[0] == '{' && b[len(b)-1] == '}' {
		b = b[1 : len(b)-1]
	}
	var word [2]uint64
	n := 0
	for i := 0; i < len(b); i++ {
		if b[i] == '-' && n > 0 && n&1 == 0 && n < 32 && b[i-1] != '-' {
			continue
		}
		h := hexValue[b[i]]
		if h > 15 || n == 32 {
			return Int128{}, false
		}
		word[n>>4] = word[n>>4]<<4 | uint64(h)
		n++
	}
	return Int128{word[1], int64(word[0] ^ 1<<63)}, n == 32
}
