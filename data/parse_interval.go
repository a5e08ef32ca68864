package data

import (
	"math"
	"math/bits"

	"github.com/siksik-data/siksik/dtype"
)

// intervalUnit is what one of a named unit amounts to; exactly one part is set.
type intervalUnit struct {
	names  string // separated by blanks
	months int64
	days   int64
	nanos  int64
}

var intervalUnits = [...]intervalUnit{
	{names: "year years yr yrs y", months: 12},
	{names: "month months mon mons mo", months: 1},
	{names: "day days d", days: 1},
	{names: "hour hours hr hrs h", nanos: 3600e9},
	{names: "minute minutes min mins m", nanos: 60e9},
	{names: "second seconds sec secs s", nanos: 1e9},
	{names: "millisecond milliseconds msecond mseconds msec msecs ms", nanos: 1e6},
	{names: "microsecond microseconds usecond useconds usec usecs us", nanos: 1e3},
	{names: "nanosecond nanoseconds nsec nsecs ns", nanos: 1},
	{names: "week weeks w", days: 7},
	{names: "quarter quarters q", months: 3},
	{names: "decade decades dec decs", months: 120},
	{names: "century centuries cent c", months: 1200},
	{names: "millennium millenniums millennia millenium mil mils", months: 12000},
}

// secondUnit is the unit of a number without one.
const secondUnit = 5

func findIntervalUnit(word []byte) *intervalUnit {
	for i := range intervalUnits {
		names := intervalUnits[i].names
		for len(names) > 0 {
			n := 0
			for n < len(names) && names[n] != ' ' {
				n++
			}
			if is(word, names[:n]) {
				return &intervalUnits[i]
			}
			names = names[min(n+1, len(names)):]
		}
	}
	return nil
}

// intervalSum adds up parts with overflow noted.
type intervalSum struct {
	months, days, micros int64
	ok                   bool
}

func (s *intervalSum) add(to *int64, n, each int64) {
	hi, lo := bits.Mul64(magnitude(n), magnitude(each))
	v, neg := int64(lo), (n < 0) != (each < 0)
	if hi != 0 || v < 0 && (!neg || v != math.MinInt64) {
		s.ok = false
		return
	}
	if neg {
		v = -v
	}
	r := *to + v
	if (r > *to) != (v > 0) && v != 0 {
		s.ok = false
	}
	*to = r
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return uint64(-v)
	}
	return uint64(v)
}

// amount adds whole units and frac billionths of one. A fraction of months spills to days (30 a month), one of days to microseconds.
func (s *intervalSum) amount(u *intervalUnit, whole, frac int64) {
	switch {
	case u.months > 0:
		s.add(&s.months, whole, u.months)
		months := frac * u.months // billionths of a month
		s.add(&s.months, months/1e9, 1)
		days := months % 1e9 * 30
		s.add(&s.days, days/1e9, 1)
		s.add(&s.micros, days%1e9*86400/1000, 1)
	case u.days > 0:
		s.add(&s.days, whole, u.days)
		days := frac * u.days
		s.add(&s.days, days/1e9, 1)
		s.add(&s.micros, days%1e9*86400/1000, 1)
	case u.nanos >= 1000:
		s.add(&s.micros, whole, u.nanos/1000)
		s.add(&s.micros, mulDivBillion(frac, u.nanos/1000), 1)
	default:
		s.add(&s.micros, whole/1000, 1)
	}
}

// mulDivBillion is frac * k / 10^9, where frac is below 10^9 in magnitude.
func mulDivBillion(frac, k int64) int64 {
	hi, lo := bits.Mul64(magnitude(frac), uint64(k))
	q, _ := bits.Div64(hi, lo, 1e9)
	if frac < 0 {
		return -int64(q)
	}
	return int64(q)
}

// ParseInterval reads amounts with units ("1 year 2 mons -3 days", "1mo2d", "2 hours ago") and at most one clock time "[-]H:MM[:SS[.fraction]]",
// in any order, as AppendInterval writes them. Fractions of a unit go into the next smaller part; a last number without unit counts seconds.
func ParseInterval(b []byte) (Interval, bool) {
	b = trimSpace(b)
	if len(b) > 0 && b[0] == '@' {
		b = trimSpace(b[1:])
	}
	s := intervalSum{ok: true}
	any, clock := false, false
	for len(b) > 0 {
		if any && is(b, "ago") {
			s.months, s.days, s.micros = -s.months, -s.days, -s.micros
			b = nil
			break
		}
		neg := b[0] == '-'
		b = b[signLen(b):]
		n := 0
		for n < len(b) && isDigit(b[n]) {
			n++
		}
		if n > 19 || n == 0 && (len(b) == 0 || b[0] != '.') {
			return Interval{}, false
		}
		if n > 0 && n < len(b) && b[n] == ':' {
			rest, ok := s.clock(b, neg)
			if !ok || clock {
				return Interval{}, false
			}
			any, clock, b = true, true, trimSpace(rest)
			continue
		}
		rest, ok := s.item(b, n, neg)
		if !ok {
			return Interval{}, false
		}
		any, b = true, trimSpace(rest)
	}
	v := Interval{int32(s.months), int32(s.days), s.micros}
	return v, any && s.ok && int64(v.Months) == s.months && int64(v.Days) == s.days
}

// item reads n digits, an optional fraction and a unit.
func (s *intervalSum) item(b []byte, n int, neg bool) (rest []byte, ok bool) {
	whole, _ := digits(b[:n])
	if whole > math.MaxInt64 && !(neg && whole == 1<<63) {
		return nil, false
	}
	b = b[n:]
	frac := int64(0)
	if len(b) > 0 && b[0] == '.' {
		before := len(b)
		frac, b = fraction(b[1:], dtype.Nano)
		if before-len(b) == 1 && n == 0 {
			return nil, false
		}
	}
	b = trimSpace(b)
	n = 0
	for n < len(b) && lower(b[n])-'a' < 26 {
		n++
	}
	u := findIntervalUnit(b[:n])
	if len(b) == 0 {
		u = &intervalUnits[secondUnit]
	}
	if u == nil {
		return nil, false
	}
	sign := int64(1)
	if neg {
		sign = -1
	}
	s.amount(u, sign*int64(whole), sign*frac)
	return b[n:], s.ok
}

// clock reads H:MM[:SS[.fraction]] with any number of hours. The text may end after a colon.
func (s *intervalSum) clock(b []byte, neg bool) (rest []byte, ok bool) {
	hours, b, ok := scanInt(b, 10)
	if !ok || len(b) == 0 || b[0] != ':' {
		return nil, false
	}
	minute, b, ok := scanSixty(b[1:])
	if !ok {
		return nil, false
	}
	second, frac := int64(0), int64(0)
	if len(b) > 0 && b[0] == ':' {
		if second, b, ok = scanSixty(b[1:]); !ok {
			return nil, false
		}
		if len(b) > 0 && b[0] == '.' {
			frac, b = fraction(b[1:], dtype.Micro)
		}
	}
	v := minute*60e6 + second*1e6 + frac
	if neg {
		hours, v = -hours, -v
	}
	s.add(&s.micros, hours, 3600e6)
	s.add(&s.micros, v, 1)
	return b, s.ok && (len(b) == 0 || isSpace(b[0]))
}
