package data

import (
	"math"
	"strconv"
	"time"

	"github.com/siksik-data/siksik/dtype"
)

// CivilFromDays converts days since 1970-01-01 to a proleptic Gregorian date. The algorithm counts in 400-year eras
// that start on 1 March (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
func CivilFromDays(days int64) (year int64, month, day int) {
	z := days + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = int(doy - (153*mp+2)/5 + 1)
	month = int(mp + 3)
	year = yoe + era*400
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}

// DaysFromCivil is the inverse of CivilFromDays; month and day must be in range.
func DaysFromCivil(year int64, month, day int) int64 {
	m := int64(month) - 3
	if month <= 2 {
		year--
		m += 12
	}
	era := floorDiv(year, 400)
	yoe := year - era*400
	doy := (153*m+2)/5 + int64(day) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// DaysInMonth returns the length of the month.
func DaysInMonth(year int64, month int) int {
	if month == 2 {
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 30 + (month+month>>3)&1
}

// The infinities of dates and timestamps.
const (
	DateInfinity      = int64(1<<31 - 1)
	TimestampInfinity = int64(1<<63 - 1)
)

func appendPadded(dst []byte, v int64, width int) []byte {
	var buf [20]byte
	s := strconv.AppendInt(buf[:0], v, 10)
	for n := width - len(s); n > 0; n-- {
		dst = append(dst, '0')
	}
	return append(dst, s...)
}

// AppendDate appends days since the epoch as YYYY-MM-DD, with " (BC)" for years before 1.
func AppendDate(dst []byte, days int64) []byte {
	switch days {
	case DateInfinity:
		return append(dst, "infinity"...)
	case -DateInfinity:
		return append(dst, "-infinity"...)
	}
	y, m, d := CivilFromDays(days)
	bc := y <= 0
	if bc {
		y = 1 - y
	}
	dst = append(appendPadded(dst, y, 4), '-')
	dst = append(appendPadded(dst, int64(m), 2), '-')
	dst = appendPadded(dst, int64(d), 2)
	if bc {
		dst = append(dst, " (BC)"...)
	}
	return dst
}

// AppendTimeOfDay appends units since midnight as HH:MM:SS with a fraction if it is not zero, trailing zeros cut.
func AppendTimeOfDay(dst []byte, v int64, unit dtype.Unit) []byte {
	per := unit.PerSecond()
	sec, frac := v/per, v%per
	dst = append(appendPadded(dst, sec/3600, 2), ':')
	dst = append(appendPadded(dst, sec/60%60, 2), ':')
	dst = appendPadded(dst, sec%60, 2)
	if frac == 0 {
		return dst
	}
	dst = append(dst, '.')
	width := len(strconv.FormatInt(per, 10)) - 1
	for frac%10 == 0 {
		frac /= 10
		width--
	}
	return appendPadded(dst, frac, width)
}

// AppendTimestamp appends a timestamp of type t as date and time; one with a zone is shown in that zone with its offset.
func AppendTimestamp(dst []byte, v int64, t dtype.Type) []byte {
	switch v {
	case TimestampInfinity:
		return append(dst, "infinity"...)
	case -TimestampInfinity:
		return append(dst, "-infinity"...)
	}
	per := t.Unit.PerSecond()
	offset := int64(0)
	if t.Zone != "" && t.Zone != "UTC" {
		if loc, err := LoadZone(t.Zone); err == nil {
			_, o := time.Unix(floorDiv(v, per), 0).In(loc).Zone()
			offset = int64(o)
		}
	}
	v += offset * per
	days := floorDiv(v, 86400*per)
	dst = append(AppendDate(dst, days), ' ')
	dst = AppendTimeOfDay(dst, v-days*86400*per, t.Unit)
	if t.Zone == "" {
		return dst
	}
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	dst = appendPadded(append(dst, sign), offset/3600, 2)
	if m := offset / 60 % 60; m != 0 {
		dst = appendPadded(append(dst, ':'), m, 2)
	}
	return dst
}

// AppendDuration appends an exact span as [-][D day[s] ]HH:MM:SS[.fraction].
func AppendDuration(dst []byte, v int64, unit dtype.Unit) []byte {
	if v < 0 {
		dst = append(dst, '-')
		v = -v
	}
	day := 86400 * unit.PerSecond()
	if d := v / day; d > 0 {
		dst = append(strconv.AppendInt(dst, d, 10), " day"...)
		if d > 1 {
			dst = append(dst, 's')
		}
		if v%day == 0 {
			return dst
		}
		dst = append(dst, ' ')
	}
	return AppendTimeOfDay(dst, v%day, unit)
}

// AppendInterval appends a calendar interval as "1 year 2 months 3 days 04:05:06.7".
func AppendInterval(dst []byte, v Interval) []byte {
	start := len(dst)
	part := func(n int64, name string) {
		if n == 0 {
			return
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		dst = append(append(strconv.AppendInt(dst, n, 10), ' '), name...)
		if n != 1 && n != -1 {
			dst = append(dst, 's')
		}
	}
	part(int64(v.Months/12), "year")
	part(int64(v.Months%12), "month")
	part(int64(v.Days), "day")
	if v.Micros != 0 || len(dst) == start {
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		m := v.Micros
		if m == math.MinInt64 { // which has no opposite
			return append(dst, "-2562047788:00:54.775808"...)
		}
		if m < 0 {
			dst = append(dst, '-')
			m = -m
		}
		dst = AppendTimeOfDay(dst, m, dtype.Micro)
	}
	return dst
}
