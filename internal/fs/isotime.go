package fs

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
)

// AppendTimestamp appends a timestamp with sep between date and time, and Z for UTC, as files hold it. Fractions have three, six or nine digits, or
// none if they are zero.
func AppendTimestamp(dst []byte, v int64, t *dtype.Type, sep byte) []byte {
	per := t.Unit.PerSecond()
	days := v / (86400 * per)
	rest := v % (86400 * per)
	if rest < 0 {
		days--
		rest += 86400 * per
	}
	// The years 1 to 9999; others, and zones, take the long way.
	if days < -719162 || days > 2932896 || t.Zone != "" && t.Zone != "UTC" {
		start := len(dst)
		dst = data.AppendTimestamp(dst, v, *t)
		for i := start; i < len(dst); i++ {
			if dst[i] == ' ' && i+1 < len(dst) && dst[i+1] != '(' {
				dst[i] = sep
				break
			}
		}
		return dst
	}
	dst = append(AppendDate(dst, days), sep)
	sec := rest / per
	dst = two(append(two(append(two(dst, sec/3600), ':'), sec/60%60), ':'), sec%60)
	frac := rest % per
	if frac != 0 {
		width := 0
		for p := per; p > 1; p /= 10 {
			width++
		}
		for width > 3 && frac%1000 == 0 {
			frac /= 1000
			width -= 3
		}
		dst = append(dst, '.')
		for p := width - 1; p >= 0; p-- {
			d := frac
			for range p {
				d /= 10
			}
			dst = append(dst, byte('0'+d%10))
		}
	}
	if t.Zone != "" {
		dst = append(dst, 'Z')
	}
	return dst
}

// AppendDate appends a date as YYYY-MM-DD.
func AppendDate(dst []byte, days int64) []byte {
	if days < -719162 || days > 2932896 {
		return data.AppendDate(dst, days)
	}
	y, m, d := data.CivilFromDays(days)
	dst = append(two(two(dst, y/100), y%100), '-')
	return two(append(two(dst, int64(m)), '-'), int64(d))
}

func two(dst []byte, v int64) []byte { return append(dst, byte('0'+v/10), byte('0'+v%10)) }
