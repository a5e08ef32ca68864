package data

import "math/bits"

// pow10u are the powers of ten of a uint64.
var pow10u = func() (t [20]uint64) {
	t[0] = 1
	for i := 1; i < len(t); i++ {
		t[i] = t[i-1] * 10
	}
	return t
}()

// tinyExponent is where an exponent is rather a mistake than a way to write zero.
const tinyExponent = 1 << 15

// ParseDecimal reads a number, exponents included, as decimal(precision, scale): its value times 10^scale, rounded to nearest with
// halves away from zero. A value of more digits than the precision has is not ok, nor is one
// whose exponent is below all reason.
func ParseDecimal(b []byte, precision, scale int) (Int128, bool) {
	b = trimSpace(b)
	d, ok := scanDecimal(b)
	if !ok {
		return Int128{}, false
	}
	hi, lo, up := uint64(0), d.mant, false
	if d.cut {
		hi, lo, d.exp, up = wideMantissa(b)
	}
	if d.exp < -tinyExponent {
		return Int128{}, false
	}
	shift := d.exp + scale
	if hi == 0 && !up && uint(shift) < 20 {
		if h, l := bits.Mul64(lo, pow10u[shift]); h == 0 && l < 1<<63 {
			v := int64(l)
			if d.neg {
				v = -v
			}
			return Int128From(v), precision > 18 || l < pow10u[precision]
		}
	}
	switch {
	case hi|lo == 0:
		return Int128{}, true
	case shift > 38:
		return Int128{}, false
	case shift >= 0:
		for ; shift > 0 && ok; shift -= min(shift, 19) {
			hi, lo, ok = mulAdd(hi, lo, pow10u[min(shift, 19)], 0)
			up = false
		}
		if up {
			hi, lo = increment(hi, lo)
		}
	default:
		hi, lo = divRound(hi, lo, -shift)
	}
	if !ok || !below10(hi, lo, precision) {
		return Int128{}, false
	}
	return signed128(hi, lo, d.neg)
}

// wideMantissa rereads a number of more than 19 significant digits and keeps 38 of them. exp is their exponent, and up says that the first
// digit dropped was 5 or more.
func wideMantissa(b []byte) (hi, lo uint64, exp int, up bool) {
	point, n := false, 0
	for i := signLen(b); i < len(b); i++ {
		c := b[i] - '0'
		if c > 9 {
			if b[i] == '.' {
				point = true
				continue
			}
			e, _ := ParseInt64(b[i+1:]) // scanDecimal has checked it
			exp += int(max(min(e, 1e6), -1e6))
			break
		}
		if point {
			exp--
		}
		if n == 0 && c == 0 {
			continue
		}
		if n++; n > 38 {
			up = n == 39 && c >= 5 || n > 39 && up
			exp++
			continue
		}
		hi, lo, _ = mulAdd(hi, lo, 10, uint64(c))
	}
	return hi, lo, exp, up
}

// divRound divides by 10^k and rounds halves up.
func divRound(hi, lo uint64, k int) (uint64, uint64) {
	if k > 39 {
		return 0, 0
	}
	half := false
	for ; k > 0; k-- {
		var r uint64
		hi, r = hi/10, hi%10
		lo, r = bits.Div64(r, lo, 10)
		half = r >= 5
	}
	if half {
		return increment(hi, lo)
	}
	return hi, lo
}

func increment(hi, lo uint64) (uint64, uint64) {
	lo, c := bits.Add64(lo, 1, 0)
	return hi + c, lo
}

// below10 reports whether the magnitude is below 10^k, k up to 38.
func below10(hi, lo uint64, k int) bool {
	if k <= 19 {
		return hi == 0 && lo < pow10u[k]
	}
	phi, plo := bits.Mul64(pow10u[19], pow10u[k-19])
	return hi < phi || hi == phi && lo < plo
}
