package fn

import (
	"strconv"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
)

// Strftime is times as text.
var Strftime = &Set{add: func(register adder) {
	register(map[string]Maker{
		"strftime.date_string":  formatMaker(0, 1),
		"strftime.ts_string":    formatMaker(0, 1),
		"strftime.tz_string":    formatMaker(0, 1),
		"strftime.time_string":  formatMaker(0, 1),
		"strftime.format_first": formatMaker(1, 0),
	})
	for _, t := range []string{"date", "ts", "tz"} {
		register(map[string]Maker{
			"dayname." + t:   strict(nameOf(func(d int64) string { return dayNames[floorMod(d+4, 7)] })),
			"monthname." + t: strict(nameOf(func(d int64) string { _, m, _ := civil(d); return monthNames[m-1] })),
		})
	}
}}

// nameOf makes text of a day.
func nameOf(f func(day int64) string) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		days, valid, err := daysOf(c, args[0], n, valid)
		if err != nil {
			return nil, err
		}
		return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) { return append(dst, f(days[i])...), true, nil })
	}
}

// daysOf returns the days since the epoch of dates and timestamps, infinite ones being taken out of valid.
func daysOf(c *Ctx, a *data.Column, n int, valid data.Bitmap) ([]int64, data.Bitmap, error) {
	a, err := unzoned(c, a)
	if err != nil {
		return nil, nil, err
	}
	col, err := dayPart(func(d int64) int64 { return d })(c, []*data.Column{a}, n, valid)
	if err != nil {
		return nil, nil, err
	}
	return data.FixedSlice[int64](col.Buf)[:n], col.Valid, nil
}

// unzoned brings a timestamp with a zone to what clocks show, and flattens a constant.
func unzoned(c *Ctx, a *data.Column) (*data.Column, error) {
	a = compute.Flatten(c.Scratch, a)
	if a.Type.Kind == dtype.Timestamp && a.Type.Zone != "" {
		return toLocal(c, a)
	}
	return a, nil
}

// formatMaker prepares a constant format.
func formatMaker(at, format int) Maker {
	return func(consts []*data.Column, ret dtype.Type) (Impl, error) {
		var fixed *dateFormat
		if text, ok := constText(consts[format]); ok {
			f, err := parseFormat(text)
			if err != nil {
				return nil, err
			}
			fixed = f
		}
		return strictImpl(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
			return formatRows(c, args[at], textsOf(args[format]), fixed, n, valid)
		}), nil
	}
}

func formatRows(c *Ctx, a *data.Column, formats texts, fixed *dateFormat, n int, valid data.Bitmap) (*data.Column, error) {
	typ := a.Type
	a = compute.Flatten(c.Scratch, a)
	z, err := c.zone(sessionZone(c, typ))
	if err != nil {
		return nil, err
	}
	per := typ.Unit.PerSecond()
	var last string
	f := fixed
	return build(c, n, valid, func(dst []byte, i int) ([]byte, bool, error) {
		if infinite(a, i) {
			return data.AppendText(dst, a, i), true, nil
		}
		if own := str(formats.at(i)); fixed == nil && (f == nil || own != last) {
			if f, err = parseFormat(own); err != nil {
				return nil, false, err
			}
			last = own
		}
		var m moment
		switch typ.Kind {
		case dtype.Date:
			m.setDay(int64(data.Slice[int32](a)[i]))
		case dtype.Time:
			m.setDay(0)
			m.setClock(data.Slice[int64](a)[i], per)
		default:
			v := data.Slice[int64](a)[i]
			m.offset = z.offset(floorDiv(v, per))
			v += m.offset * per
			m.setDay(floorDiv(v, daySeconds*per))
			m.setClock(floorMod(v, daySeconds*per), per)
			if typ.Zone != "" {
				m.zone = sessionZone(c, typ)
			}
		}
		return f.append(dst, &m), true, nil
	})
}

// moment is a date and time taken apart.
type moment struct {
	day                  int64
	year                 int64
	month, dom           int
	hour, minute, second int64
	nanos                int64
	offset               int64
	zone                 string
}

func (m *moment) setDay(day int64) {
	m.day = day
	m.year, m.month, m.dom = civil(day)
}

func (m *moment) setClock(v, per int64) {
	sec := v / per
	m.hour, m.minute, m.second = sec/3600, sec/60%60, sec%60
	m.nanos = v % per * (nanosPerSecond / per)
}

// append writes m by the format.
func (f *dateFormat) append(dst []byte, m *moment) []byte {
	for i := range f.items {
		it := &f.items[i]
		switch it.code {
		case 0:
			dst = append(dst, it.lit...)
		case 'a':
			dst = append(dst, dayNames[floorMod(m.day+4, 7)][:3]...)
		case 'A':
			dst = append(dst, dayNames[floorMod(m.day+4, 7)]...)
		case 'b', 'h':
			dst = append(dst, monthNames[m.month-1][:3]...)
		case 'B':
			dst = append(dst, monthNames[m.month-1]...)
		case 'p':
			dst = append(dst, "AMPM"[m.hour/12%2*2:][:2]...)
		case 'f':
			dst = m.appendFraction(dst, it.width)
		case 'z':
			dst = appendOffset(dst, m.offset)
		case 'Z':
			dst = append(dst, m.zone...)
		case 'Y':
			dst = appendYear(dst, m.year)
		default:
			v, width := m.number(it.code)
			if it.bare {
				width = 1
			}
			dst = appendPadded(dst, v, width)
		}
	}
	return dst
}

// number is the value of a numeric specifier with its width.
func (m *moment) number(code byte) (v int64, width int) {
	switch code {
	case 'w':
		return floorMod(m.day+4, 7), 1
	case 'u':
		return floorMod(m.day+3, 7) + 1, 1
	case 'd':
		return int64(m.dom), 2
	case 'm':
		return int64(m.month), 2
	case 'y':
		return max(m.year, -m.year) % 100, 2
	case 'G':
		y, _ := isoWeek(m.day)
		return y, 4
	case 'V':
		_, w := isoWeek(m.day)
		return w, 2
	case 'H':
		return m.hour, 2
	case 'I':
		return (m.hour+11)%12 + 1, 2
	case 'M':
		return m.minute, 2
	case 'S':
		return m.second, 2
	case 'g':
		return m.nanos / 1_000_000, 3
	case 'n':
		return m.nanos, 9
	case 'j':
		return m.dayOfYear(), 3
	case 'U':
		return (m.dayOfYear() + 6 - floorMod(m.day+4, 7)) / 7, 2
	default: // 'W'
		return (m.dayOfYear() + 6 - floorMod(m.day+3, 7)) / 7, 2
	}
}

func (m *moment) dayOfYear() int64 { return m.day - data.DaysFromCivil(m.year, 1, 1) + 1 }

func (m *moment) appendFraction(dst []byte, width int) []byte {
	switch width {
	case 3:
		return appendPadded(dst, m.nanos/1_000_000, 3)
	case 9:
		return appendPadded(dst, m.nanos, 9)
	default:
		return appendPadded(dst, m.nanos/1_000, 6)
	}
}

// appendYear pads the years 0 to 9999 to four digits.
func appendYear(dst []byte, y int64) []byte {
	if y < 0 {
		return strconv.AppendInt(dst, y, 10)
	}
	return appendPadded(dst, y, 4)
}

func appendPadded(dst []byte, v int64, width int) []byte {
	if v < 0 {
		dst, v = append(dst, '-'), -v
	}
	if width == 2 && v < 100 {
		return append(dst, byte('0'+v/10), byte('0'+v%10))
	}
	from := len(dst)
	for ; width > 1; width-- {
		dst = append(dst, '0')
	}
	k := len(dst)
	dst = strconv.AppendInt(dst, v, 10)
	// The digits move over as many of the zeros as there are digits but one.
	zeros, digits := k-from, len(dst)-k
	over := min(zeros, digits-1)
	copy(dst[k-over:], dst[k:])
	return dst[:len(dst)-over]
}

// appendOffset writes +HH or +HH:MM.
func appendOffset(dst []byte, off int64) []byte {
	sign := byte('+')
	if off < 0 {
		sign, off = '-', -off
	}
	dst = appendPadded(append(dst, sign), off/3600, 2)
	if m := off / 60 % 60; m != 0 {
		dst = appendPadded(append(dst, ':'), m, 2)
	}
	return dst
}
