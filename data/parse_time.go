package data

import (
	"encoding/binary"

	"github.com/siksik-data/siksik/dtype"
)

// cumDays are the days before each month of a year that is no leap year, and monthDays the lengths of its months; both from 1.
var (
	cumDays   = [16]uint16{0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334}
	monthDays = [16]uint8{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
)

// isoDays is DaysFromCivil for years 1 to 9999, with month and day checked. Year 0 is left to the slow path.
func isoDays(y, m, d uint32) (days int64, ok bool) {
	leap := y%4 == 0 && (y%100 != 0 || y%400 == 0)
	length := uint32(monthDays[m&15])
	after := uint32(0)
	if leap {
		if m == 2 {
			length = 29
		}
		if m > 2 {
			after = 1
		}
	}
	if m > 12 || d-1 >= length || y == 0 {
		return 0, false
	}
	p := y - 1
	return int64(p*365+p/4-p/100+p/400+uint32(cumDays[m&15])+after+d) - 719163, true
}

const (
	dateWord  = '0' | '0'<<8 | '0'<<16 | '0'<<24 | '-'<<32 | '0'<<40 | '0'<<48 | '-'<<56 // YYYY-MM-
	dateSeps  = 0xFF<<32 | 0xFF<<56
	clockWord = '0' | '0'<<8 | ' '<<16 | '0'<<24 | '0'<<32 | ':'<<40 | '0'<<48 | '0'<<56 // DD HH:MM
	clockSeps = 0xFF<<16 | 0xFF<<40
	letterT   = ('T' ^ ' ') << 16
)

// isoSeconds reads "YYYY-MM-DDTHH:MM:SS", with T or a space, from the first 19 bytes as seconds since the epoch.
func isoSeconds(b []byte) (sec int64, ok bool) {
	_ = b[18]
	x := binary.LittleEndian.Uint64(b) ^ dateWord
	y := binary.LittleEndian.Uint64(b[8:]) ^ clockWord
	if y&(0xFF<<16) == letterT {
		y ^= letterT
	}
	s1, s0 := uint32(b[17]-'0'), uint32(b[18]-'0')
	bad := (x+6*eachByte|x|(y+6*eachByte)|y)&highHalf | x&dateSeps | y&clockSeps
	if bad != 0 || b[16] != ':' || s1 > 5 || s0 > 9 {
		return 0, false
	}
	x, y = x*10+x>>8, y*10+y>>8 // each byte now holds the two digits that start there
	hour, minute := uint32(y>>24)&0xFF, uint32(y>>48)&0xFF
	days, ok := isoDays(uint32(x)&0xFF*100+uint32(x>>16)&0xFF, uint32(x>>40)&0xFF, uint32(y)&0xFF)
	return days*86400 + int64(hour*3600+minute*60+s1*10+s0), ok && hour < 24 && minute < 60
}

// ParseTimestamp reads a date with an optional time of day and an optional offset from UTC ("Z", "UTC", "+05:30") as units since the epoch, the offset
// applied; hasOffset says that there was one. Microseconds are cut, milliseconds and seconds rounded. Also infinity, -infinity and epoch.
func ParseTimestamp(b []byte, unit dtype.Unit) (v int64, hasOffset, ok bool) {
	if len(b) >= 19 {
		if sec, fine := isoSeconds(b); fine {
			rest := b[19:]
			frac := int64(0)
			if len(rest) > 1 && rest[0] == '.' && isDigit(rest[1]) {
				frac, rest = fraction(rest[1:], unit)
			}
			switch {
			case len(rest) == 0:
			case len(rest) == 1 && rest[0] == 'Z':
				hasOffset = true
			default:
				return parseTimestampSlow(b, unit)
			}
			if unit == dtype.Nano && (sec < -maxNanoSec || sec > maxNanoSec) {
				return parseTimestampSlow(b, unit)
			}
			return sec*unit.PerSecond() + frac, hasOffset, true
		}
	}
	return parseTimestampSlow(b, unit)
}

// maxNanoSec is a bound within which the nanoseconds of a second and its fraction fit 64 bits.
const maxNanoSec = 9223372035

var fracScale = [10]int64{1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 100, 10, 1}

// fraction reads the digits after the decimal point of seconds as units and returns the rest. Nanoseconds beyond the microsecond are cut;
// milliseconds and seconds are rounded, so that the result may be a whole second.
func fraction(b []byte, unit dtype.Unit) (int64, []byte) {
	v, n := int64(0), 0
	for n < len(b) && b[n]-'0' <= 9 {
		if n < 9 {
			v = v*10 + int64(b[n]-'0')
		}
		n++
	}
	v *= fracScale[min(n, 9)]
	switch unit {
	case dtype.Micro:
		v /= 1000
	case dtype.Milli:
		v = (v/1000 + 500) / 1000
	case dtype.Second:
		v = (v/1000 + 500_000) / 1_000_000
	}
	return v, b[n:]
}

// ParseClock is ParseTimestamp that reads the date and time of day as written, whatever the offset from UTC behind them is.
func ParseClock(b []byte, unit dtype.Unit) (v int64, ok bool) {
	v, hasOffset, ok := ParseTimestamp(b, unit)
	if hasOffset {
		v, _, ok = parseTimestampSlowly(b, unit, false)
	}
	return v, ok
}

func parseTimestampSlow(b []byte, unit dtype.Unit) (v int64, hasOffset, ok bool) {
	return parseTimestampSlowly(b, unit, true)
}

// parseTimestampSlowly is ParseTimestamp for all forms; without shift, an offset is only checked.
func parseTimestampSlowly(b []byte, unit dtype.Unit, shift bool) (v int64, hasOffset, ok bool) {
	b = trimSpace(b)
	if v, special := specialTime(b); special {
		return v, false, true
	}
	days, b, ok := scanDate(b)
	if !ok {
		return 0, false, false
	}
	sec, frac := int64(0), int64(0)
	if len(b) > 0 && (lower(b[0]) == 't' || isSpace(b[0])) {
		rest := trimSpace(b[1:])
		if len(rest) > 0 && isDigit(rest[0]) {
			if sec, frac, b, ok = scanClock(rest, unit); !ok {
				return 0, false, false
			}
			if b, ok = scanBC(b, &days); !ok {
				return 0, false, false
			}
		}
	}
	offset, hasOffset, ok := scanOffset(b)
	if !ok {
		return 0, false, false
	}
	if !shift {
		offset = 0
	}
	sec += days*86400 - offset
	v, ok = scaleSeconds(sec, frac, unit)
	return v, hasOffset, ok
}

// specialTime reads the named timestamps.
func specialTime(b []byte) (int64, bool) {
	switch {
	case is(b, "epoch"):
		return 0, true
	case is(b, "infinity"), is(b, "inf"):
		return TimestampInfinity, true
	case len(b) > 0 && b[0] == '-' && (is(b[1:], "infinity") || is(b[1:], "inf")):
		return -TimestampInfinity, true
	default:
		return 0, false
	}
}

// scaleSeconds is sec in units plus frac, if that is a finite timestamp.
func scaleSeconds(sec, frac int64, unit dtype.Unit) (int64, bool) {
	per := unit.PerSecond()
	if sec < 0 && frac > 0 {
		// Both parts on one side of zero, so that the product of the least second does not overflow.
		sec, frac = sec+1, frac-per
	}
	v := sec * per
	if v/per != sec || frac > 0 && v+frac < v || frac < 0 && v+frac > v {
		return 0, false
	}
	v += frac
	return v, v != TimestampInfinity && v > -TimestampInfinity
}

// scanInt reads 1 to width digits.
func scanInt(b []byte, width int) (v int64, rest []byte, ok bool) {
	n := 0
	for n < len(b) && n < width && isDigit(b[n]) {
		v = v*10 + int64(b[n]-'0')
		n++
	}
	return v, b[n:], n > 0
}

// scanDate reads a year of up to seven digits with an optional minus, month and day, separated by one of - / \ or a space, and " (BC)" after it.
func scanDate(b []byte) (days int64, rest []byte, ok bool) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		b = b[1:]
	}
	year, b, ok := scanInt(b, 7)
	if !ok || len(b) < 4 {
		return 0, nil, false
	}
	sep := b[0]
	if sep != '-' && sep != '/' && sep != '\\' && sep != ' ' {
		return 0, nil, false
	}
	month, b, ok := scanInt(b[1:], 2)
	if !ok || len(b) < 2 || b[0] != sep {
		return 0, nil, false
	}
	day, b, ok := scanInt(b[1:], 2)
	if !ok || len(b) > 0 && isDigit(b[0]) {
		return 0, nil, false
	}
	if neg {
		year = -year
	}
	if month < 1 || month > 12 || day < 1 {
		return 0, nil, false
	}
	if n := len(b); !neg && year > 0 && n >= 5 && isSpace(b[0]) && is(b[1:5], "(bc)") {
		year, b = 1-year, b[5:]
	}
	if int(day) > DaysInMonth(year, int(month)) {
		return 0, nil, false
	}
	days = DaysFromCivil(year, int(month), int(day))
	return days, b, days < DateInfinity && days > -DateInfinity
}

// scanBC reads " (BC)" after a time of day, which is where a timestamp's text has it, and moves the date there.
func scanBC(b []byte, days *int64) ([]byte, bool) {
	if len(b) < 5 || !isSpace(b[0]) || !is(b[1:5], "(bc)") {
		return b, true
	}
	y, m, d := CivilFromDays(*days)
	y = 1 - y
	*days = DaysFromCivil(y, m, d)
	return b[5:], d <= DaysInMonth(y, m)
}

// scanSixty reads up to two digits of a minute or second below 60; at the end of the text there are none of them, as after the colon of "11:".
func scanSixty(b []byte) (v int64, rest []byte, ok bool) {
	if len(b) == 0 {
		return 0, b, true
	}
	v, rest, ok = scanInt(b, 2)
	return v, rest, ok && v < 60
}

// scanClock reads H:MM[:SS[.fraction]], up to 24:00:00. The text may end after a colon.
func scanClock(b []byte, unit dtype.Unit) (sec, frac int64, rest []byte, ok bool) {
	hour, b, ok := scanInt(b, 2)
	if !ok || len(b) == 0 || b[0] != ':' {
		return 0, 0, nil, false
	}
	minute, b, ok := scanSixty(b[1:])
	if !ok {
		return 0, 0, nil, false
	}
	second := int64(0)
	if len(b) > 0 && b[0] == ':' {
		if second, b, ok = scanSixty(b[1:]); !ok {
			return 0, 0, nil, false
		}
		if len(b) > 1 && b[0] == '.' && isDigit(b[1]) {
			frac, b = fraction(b[1:], unit)
		}
	}
	if len(b) > 0 && isDigit(b[0]) || hour > 24 || hour == 24 && (minute|second|frac) != 0 {
		return 0, 0, nil, false
	}
	return hour*3600 + minute*60 + second, frac, b, true
}

// scanOffset reads the rest of a timestamp: nothing, or an offset from UTC in seconds.
func scanOffset(b []byte) (offset int64, has, ok bool) {
	b = trimSpace(b)
	switch {
	case len(b) == 0:
		return 0, false, true
	case is(b, "z"), is(b, "utc"), is(b, "gmt"):
		return 0, true, true
	case b[0] != '+' && b[0] != '-':
		return 0, false, false
	}
	sign := int64(1)
	if b[0] == '-' {
		sign = -1
	}
	b = b[1:]
	for _, unit := range [3]int64{3600, 60, 1} {
		if unit < 3600 && len(b) > 0 && b[0] == ':' {
			b = b[1:]
		}
		v, rest, fine := scanInt(b, 2)
		if !fine || len(b)-len(rest) != 2 && unit < 3600 || unit < 3600 && v > 59 {
			return 0, false, false
		}
		offset += v * unit
		b = rest
		if len(b) == 0 {
			return sign * offset, true, true
		}
	}
	return 0, false, false
}

// ParseDate reads YYYY-MM-DD as days since the epoch; single digits of month and day, other separators (/ \ and space), " (BC)", infinity, -infinity and
// epoch are accepted, and so is a time of day after the date, which is dropped.
func ParseDate(b []byte) (days int32, ok bool) {
	if len(b) == 10 {
		x := binary.LittleEndian.Uint64(b) ^ dateWord
		d1, d0 := uint32(b[8]-'0'), uint32(b[9]-'0')
		if (x+6*eachByte|x)&highHalf|x&dateSeps == 0 && d1 <= 9 && d0 <= 9 {
			x = x*10 + x>>8
			if v, ok := isoDays(uint32(x)&0xFF*100+uint32(x>>16)&0xFF, uint32(x>>40)&0xFF, d1*10+d0); ok {
				return int32(v), true
			}
		}
	}
	b = trimSpace(b)
	if v, special := specialTime(b); special {
		return int32(max(min(v, DateInfinity), -DateInfinity)), true
	}
	v, b, ok := scanDate(b)
	if !ok {
		return 0, false
	}
	if len(b) > 0 {
		if lower(b[0]) != 't' && !isSpace(b[0]) {
			return 0, false
		}
		if _, _, b, ok = scanClock(trimSpace(b[1:]), dtype.Micro); !ok {
			return 0, false
		}
		if _, _, ok = scanOffset(b); !ok {
			return 0, false
		}
	}
	return int32(v), true
}

// ParseTimeOf is ParseTime that also takes the time of day out of the text of a timestamp, as written there, whatever its offset from UTC is: that of
// "2026-03-01T09:30:00+02" is 09:30, and that of a date alone is midnight.
func ParseTimeOf(b []byte) (micros int64, ok bool) {
	if micros, ok = ParseTime(b); ok {
		return micros, true
	}
	b = trimSpace(b)
	if _, rest, dated := scanDate(b); dated {
		if len(rest) == 0 {
			return 0, true
		}
		if lower(rest[0]) != 't' && !isSpace(rest[0]) {
			return 0, false
		}
		b = trimSpace(rest[1:])
	}
	sec, frac, b, ok := scanClock(b, dtype.Micro)
	if !ok {
		return 0, false
	}
	_, _, ok = scanOffset(b)
	return sec*1_000_000 + frac, ok
}

// ParseTime reads HH:MM[:SS[.fraction]] as microseconds since midnight; 24:00:00 is accepted.
func ParseTime(b []byte) (micros int64, ok bool) {
	sec, frac, b, ok := scanClock(trimSpace(b), dtype.Micro)
	if !ok || len(b) > 0 {
		return 0, false
	}
	return sec*1_000_000 + frac, true
}
