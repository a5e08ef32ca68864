package fn

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
	"github.com/siksik-data/siksik/internal/sig"
)

// dayParts are the parts that a day has, whatever the time.
var dayParts = map[string]func(day int64) int64{
	"year":       func(d int64) int64 { y, _, _ := civil(d); return y },
	"month":      func(d int64) int64 { _, m, _ := civil(d); return int64(m) },
	"day":        func(d int64) int64 { _, _, x := civil(d); return int64(x) },
	"quarter":    func(d int64) int64 { _, m, _ := civil(d); return int64(m+2) / 3 },
	"decade":     func(d int64) int64 { y, _, _ := civil(d); return y / 10 },
	"century":    func(d int64) int64 { y, _, _ := civil(d); return eraOf(y, 100) },
	"millennium": func(d int64) int64 { y, _, _ := civil(d); return eraOf(y, 1000) },
	"era":        func(d int64) int64 { y, _, _ := civil(d); return int64(bit(y > 0)) },
	"dayofweek":  func(d int64) int64 { return floorMod(d+4, 7) },
	"isodow":     func(d int64) int64 { return floorMod(d+3, 7) + 1 },
	"dayofyear":  func(d int64) int64 { y, _, _ := civil(d); return d - data.DaysFromCivil(y, 1, 1) + 1 },
	"week":       func(d int64) int64 { _, w := isoWeek(d); return w },
	"isoyear":    func(d int64) int64 { y, _ := isoWeek(d); return y },
	"yearweek":   func(d int64) int64 { y, w := isoWeek(d); return y*100 + w*signOf(y) },
	"days_in_month": func(d int64) int64 {
		y, m, _ := civil(d)
		return int64(data.DaysInMonth(y, m))
	},
}

func signOf(x int64) int64 {
	if x < 0 {
		return -1
	}
	return 1
}

// eraOf numbers periods of size years from 1, without a period 0.
func eraOf(y, size int64) int64 {
	if y > 0 {
		return (y-1)/size + 1
	}
	return -(-y/size + 1)
}

// isoWeek is the ISO year and week: the week's Thursday decides.
func isoWeek(d int64) (year, week int64) {
	thursday := d - floorMod(d+3, 7) + 3
	y, _, _ := civil(thursday)
	return y, (thursday-data.DaysFromCivil(y, 1, 1))/7 + 1
}

// clockPart is the part of a time of day that is value mod m, divided by d, times k, where the numbers count nanoseconds.
type clockPart struct{ m, d, k int64 }

const nanosPerSecond = int64(1_000_000_000)

var clockParts = map[string]clockPart{
	"hour": {86400 * nanosPerSecond, 3600 * nanosPerSecond, 1}, "minute": {3600 * nanosPerSecond, 60 * nanosPerSecond, 1},
	"second": {60 * nanosPerSecond, nanosPerSecond, 1}, "millisecond": {60 * nanosPerSecond, 1_000_000, 1},
	"microsecond": {60 * nanosPerSecond, 1_000, 1}, "nanosecond": {60 * nanosPerSecond, 1, 1},
}

// in returns the part for values of a unit.
func (p clockPart) in(u dtype.Unit) clockPart {
	size := nanosPerSecond / u.PerSecond()
	p.m /= size
	if p.d < size {
		p.k, p.d = size/p.d, size
	}
	p.d /= size
	return p
}

// DateParts is the parts of dates, times and spans.
var DateParts = &Set{add: func(register adder) {
	for name, f := range dayParts {
		if name == "days_in_month" {
			register(map[string]Maker{name + ".date": strict(dayPart(f)), name + ".ts": strict(dayPart(f)), name + ".tz": strict(dayPart(f))})
			continue
		}
		register(instantParts(name))
	}
	for name := range clockParts {
		register(instantParts(name))
		register(map[string]Maker{name + ".time": strict(partBody(name))})
	}
	for _, name := range []string{"timezone", "timezone_hour", "timezone_minute"} {
		register(instantParts(name))
		register(map[string]Maker{name + ".time": strict(partBody(name))})
	}
	for name := range spanParts {
		register(map[string]Maker{name + ".interval": strict(partBody(name))})
	}
	for _, t := range []string{"date", "ts", "tz", "time", "interval"} {
		register(map[string]Maker{
			"date_part.string_" + t: partMaker,
			"epoch." + t:            strict(partBody("epoch")),
			"epoch_ms." + t:         strict(epochIn(1_000)),
			"epoch_us." + t:         strict(epochIn(1_000_000)),
			"epoch_ns." + t:         strict(epochIn(1_000_000_000)),
		})
	}
	for _, t := range []string{"date", "ts", "tz"} {
		register(map[string]Maker{"julian." + t: strict(partBody("julian"))})
	}
}}

// instantParts implements a part of dates and timestamps.
func instantParts(name string) map[string]Maker {
	return map[string]Maker{name + ".date": strict(partBody(name)), name + ".ts": strict(partBody(name)), name + ".tz": strict(partBody(name))}
}

// partMaker prepares a constant part; a varying one is read row by row.
func partMaker(consts []*data.Column, ret dtype.Type) (Impl, error) {
	name, ok := constText(consts[0])
	if !ok {
		return strictImpl(partRows), nil
	}
	part := sig.CanonicalPart(name)
	if part == "" {
		return nil, sig.UnknownPart(name)
	}
	run := strictImpl(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		if t := args[0].Type.Kind; !hasPart(t, part) {
			return nil, fault.New(fault.Type, "a %s has no part %s", args[0].Type, part)
		}
		return partBody(part)(c, args, n, valid)
	})
	return func(c *Ctx, args []*data.Column, n int) (*data.Column, error) { return run(c, args[1:], n) }, nil
}

// hasPart reports whether values of a kind have a part that date_part can be asked for.
func hasPart(t dtype.Kind, part string) bool {
	switch t {
	case dtype.Date:
		return part != "timezone" && part != "timezone_hour" && part != "timezone_minute"
	case dtype.Time:
		return part != "julian"
	default:
		return true
	}
}

// partRows computes each part that occurs for all rows once, and picks.
func partRows(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	names := textsOf(args[0])
	flat := compute.Flatten(c.Scratch, args[1])
	done := map[string]*data.Column{}
	dst := compute.Make[int64](c.Scratch, n)
	var gone nulls
	err := eachValid(valid, n, func(i int) error {
		part := sig.CanonicalPart(str(names.at(i)))
		if part == "" || part == "epoch" || part == "julian" {
			return atRow(i, sig.UnknownPart(string(names.at(i))))
		}
		col := done[part]
		if col == nil {
			var err error
			if col, err = partBody(part)(c, []*data.Column{flat}, n, valid); err != nil {
				return err
			}
			done[part] = col
		}
		dst[i] = col.Value(i).Int64()
		if col.IsNull(i) {
			gone.mark(c, i, n, valid)
		}
		return nil
	})
	return num(c, dst, gone.or(valid)), err
}

// partBody computes one part of a column of any temporal type.
func partBody(part string) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		a := args[0]
		switch {
		case a.Type.Kind == dtype.Interval:
			return spanPart(c, part, a, n, valid)
		case part == "epoch":
			return epochSeconds(c, a, n, valid)
		case part == "timezone", part == "timezone_hour", part == "timezone_minute":
			return zonePart(c, part, a, n, valid)
		}
		if a.Type.Kind == dtype.Timestamp && a.Type.Zone != "" {
			var err error
			if a, err = toLocal(c, a); err != nil {
				return nil, err
			}
		}
		if part == "julian" {
			return julianDay(c, a, n, valid)
		}
		if f := dayParts[part]; f != nil {
			if a.Type.Kind == dtype.Time {
				return nil, sig.UnknownPart(part)
			}
			return dayPart(f)(c, []*data.Column{a}, n, valid)
		}
		p, ok := clockParts[part]
		if !ok {
			return nil, bug.Errorf("unknown part %s", part)
		}
		return clockOf(c, p, a, n, valid)
	}
}

// dayPart applies f to the day of each row, and only when the day changes from row to row.
func dayPart(f func(int64) int64) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		a := args[0]
		if a.Type.Kind == dtype.Timestamp && a.Type.Zone != "" {
			var err error
			if a, err = toLocal(c, a); err != nil {
				return nil, err
			}
		}
		dst := compute.Make[int64](c.Scratch, n)
		valid = finite(c, a, n, valid)
		last, value := int64(0), f(0)
		if a.Type.Kind == dtype.Date {
			for i, d := range data.Slice[int32](a)[:n] {
				if day := int64(d); day != last {
					last, value = day, f(day)
				}
				dst[i] = value
			}
			return num(c, dst, valid), nil
		}
		per := kern.NewDivisor(daySeconds * a.Type.Unit.PerSecond())
		for i, v := range data.Slice[int64](a)[:n] {
			if day := per.Floor(v); day != last {
				last, value = day, f(day)
			}
			dst[i] = value
		}
		return num(c, dst, valid), nil
	}
}

// finite takes infinite dates and timestamps out of valid: they have no parts.
func finite(c *Ctx, a *data.Column, n int, valid data.Bitmap) data.Bitmap {
	var gone nulls
	switch a.Type.Kind {
	case dtype.Date:
		for i, d := range data.Slice[int32](a)[:n] {
			if d == int32(data.DateInfinity) || d == int32(-data.DateInfinity) {
				gone.mark(c, i, n, valid)
			}
		}
	case dtype.Timestamp:
		for i, v := range data.Slice[int64](a)[:n] {
			if v == data.TimestampInfinity || v == -data.TimestampInfinity {
				gone.mark(c, i, n, valid)
			}
		}
	default:
	}
	return gone.or(valid)
}

// clockOf computes a part of the time of day.
func clockOf(c *Ctx, p clockPart, a *data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	dst := compute.Make[int64](c.Scratch, n)
	if a.Type.Kind == dtype.Date {
		clear(dst)
		return num(c, dst, finite(c, a, n, valid)), nil
	}
	p = p.in(a.Type.Unit)
	src := data.Slice[int64](a)[:n]
	if a.Type.Kind == dtype.Time && p.m == dayMicros {
		p.m = 1 << 62 // 24:00:00 is a time of day, whose hour is 24
	}
	whole, unit := kern.NewDivisor(p.m), kern.NewDivisor(p.d)
	for i, v := range src {
		dst[i] = unit.Floor(whole.Mod(v)) * p.k
	}
	return num(c, dst, finite(c, a, n, valid)), nil
}

// epochSeconds is seconds with their fraction.
func epochSeconds(c *Ctx, a *data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	dst := compute.Make[float64](c.Scratch, n)
	if a.Type.Kind == dtype.Date {
		for i, d := range data.Slice[int32](a)[:n] {
			dst[i] = float64(int64(d) * daySeconds)
		}
	} else {
		per := float64(a.Type.Unit.PerSecond())
		for i, v := range data.Slice[int64](a)[:n] {
			dst[i] = float64(v) / per
		}
	}
	return num(c, dst, finite(c, a, n, valid)), nil
}

// epochIn counts units of 1/per seconds since the epoch, rounded down.
func epochIn(per int64) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		a := args[0]
		dst := compute.Make[int64](c.Scratch, n)
		for i := range dst {
			var v, from int64
			switch a.Type.Kind {
			case dtype.Date:
				v, from = int64(data.Slice[int32](a)[i])*daySeconds, 1
			case dtype.Interval:
				iv := data.Slice[data.Interval](a)[i]
				v, from = iv.Micros+(int64(iv.Days)+30*int64(iv.Months))*dayMicros, 1_000_000
			default:
				v, from = data.Slice[int64](a)[i], a.Type.Unit.PerSecond()
			}
			if from >= per {
				dst[i] = floorDiv(v, from/per)
				continue
			}
			dst[i] = v * (per / from)
			if dst[i]/(per/from) != v && valid.Get(i) && !infinite(a, i) {
				return nil, rowError(i, "%s does not fit 64 bits in units of 1/%d second", a.Value(i), per)
			}
		}
		return num(c, dst, finite(c, a, n, valid)), nil
	}
}

func infinite(a *data.Column, i int) bool {
	switch a.Type.Kind {
	case dtype.Date:
		d := int64(data.Slice[int32](a)[i])
		return d == data.DateInfinity || d == -data.DateInfinity
	case dtype.Timestamp:
		v := data.Slice[int64](a)[i]
		return v == data.TimestampInfinity || v == -data.TimestampInfinity
	default:
		return false
	}
}

// julianDay counts days from the epoch of the Julian day number, here beginning at midnight.
func julianDay(c *Ctx, a *data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	const epoch = 2440588
	dst := compute.Make[float64](c.Scratch, n)
	if a.Type.Kind == dtype.Date {
		for i, d := range data.Slice[int32](a)[:n] {
			dst[i] = float64(int64(d) + epoch)
		}
	} else {
		per := daySeconds * a.Type.Unit.PerSecond()
		for i, v := range data.Slice[int64](a)[:n] {
			dst[i] = float64(floorDiv(v, per)+epoch) + float64(floorMod(v, per))/float64(per)
		}
	}
	return num(c, dst, finite(c, a, n, valid)), nil
}

// zonePart is the offset of the zone in which an instant is shown.
func zonePart(c *Ctx, part string, a *data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	dst := compute.Make[int64](c.Scratch, n)
	clear(dst)
	if a.Type.Kind == dtype.Timestamp && a.Type.Zone != "" {
		z, err := c.zone(sessionZone(c, a.Type))
		if err != nil {
			return nil, err
		}
		per := a.Type.Unit.PerSecond()
		for i, v := range data.Slice[int64](a)[:n] {
			off := z.offset(floorDiv(v, per))
			switch part {
			case "timezone_hour":
				off /= 3600
			case "timezone_minute":
				off = off / 60 % 60
			}
			dst[i] = off
		}
	}
	return num(c, dst, finite(c, a, n, valid)), nil
}

// spanParts are the parts of an interval; months carry into years, days and micros into nothing above them.
var spanParts = map[string]func(iv data.Interval) int64{
	"year":        func(iv data.Interval) int64 { return int64(iv.Months) / 12 },
	"month":       func(iv data.Interval) int64 { return int64(iv.Months) % 12 },
	"quarter":     func(iv data.Interval) int64 { return int64(iv.Months)%12/3 + 1 },
	"decade":      func(iv data.Interval) int64 { return int64(iv.Months) / 120 },
	"century":     func(iv data.Interval) int64 { return int64(iv.Months) / 1200 },
	"millennium":  func(iv data.Interval) int64 { return int64(iv.Months) / 12000 },
	"day":         func(iv data.Interval) int64 { return int64(iv.Days) },
	"hour":        func(iv data.Interval) int64 { return iv.Micros / 3_600_000_000 },
	"minute":      func(iv data.Interval) int64 { return iv.Micros % 3_600_000_000 / 60_000_000 },
	"second":      func(iv data.Interval) int64 { return iv.Micros % 60_000_000 / 1_000_000 },
	"millisecond": func(iv data.Interval) int64 { return iv.Micros % 60_000_000 / 1_000 },
	"microsecond": func(iv data.Interval) int64 { return iv.Micros % 60_000_000 },
	"nanosecond":  func(iv data.Interval) int64 { return iv.Micros % 60_000_000 * 1_000 },
}

func spanPart(c *Ctx, part string, a *data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	src := data.Slice[data.Interval](a)[:n]
	if part == "epoch" {
		dst := compute.Make[float64](c.Scratch, n)
		for i, iv := range src {
			const yearSeconds = 365.25 * 86400
			dst[i] = float64(iv.Months/12)*yearSeconds + float64(int64(iv.Months%12)*30+int64(iv.Days))*float64(daySeconds) + float64(iv.Micros)/1e6
		}
		return num(c, dst, valid), nil
	}
	f := spanParts[part]
	if f == nil {
		return nil, sig.UnknownPart(part)
	}
	dst := compute.Make[int64](c.Scratch, n)
	for i, iv := range src {
		dst[i] = f(iv)
	}
	return num(c, dst, valid), nil
}
