package fn

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
	"github.com/siksik-data/siksik/internal/sig"
)

// DateTrunc is date_trunc.
var DateTrunc = &Set{add: func(register adder) {
	for _, t := range []string{"date", "anyts", "anytz", "interval"} {
		register(map[string]Maker{"date_trunc.string_" + t: truncMaker})
	}
}}

// fixedParts are the parts of one length, in nanoseconds, with the distance of their first start from the epoch. Weeks start on Mondays.
var fixedParts = map[string]struct{ size, from int64 }{
	"nanosecond": {1, 0}, "microsecond": {1_000, 0}, "millisecond": {1_000_000, 0}, "second": {nanosPerSecond, 0}, "epoch": {nanosPerSecond, 0},
	"minute": {60 * nanosPerSecond, 0}, "hour": {3600 * nanosPerSecond, 0}, "day": {86400 * nanosPerSecond, 0}, "dayofweek": {86400 * nanosPerSecond, 0},
	"isodow": {86400 * nanosPerSecond, 0}, "dayofyear": {86400 * nanosPerSecond, 0}, "julian": {86400 * nanosPerSecond, 0},
	"week": {7 * 86400 * nanosPerSecond, -3 * 86400 * nanosPerSecond}, "yearweek": {7 * 86400 * nanosPerSecond, -3 * 86400 * nanosPerSecond},
}

// calendarParts are the parts whose length varies: each maps a day to the first day of its period.
var calendarParts = map[string]func(day int64) int64{
	"month":      func(d int64) int64 { _, _, x := civil(d); return d - int64(x) + 1 },
	"quarter":    func(d int64) int64 { y, m, _ := civil(d); return data.DaysFromCivil(y, (m-1)/3*3+1, 1) },
	"year":       func(d int64) int64 { y, _, _ := civil(d); return data.DaysFromCivil(y, 1, 1) },
	"decade":     func(d int64) int64 { y, _, _ := civil(d); return data.DaysFromCivil(y/10*10, 1, 1) },
	"century":    func(d int64) int64 { y, _, _ := civil(d); return data.DaysFromCivil(y/100*100, 1, 1) },
	"millennium": func(d int64) int64 { y, _, _ := civil(d); return data.DaysFromCivil(y/1000*1000, 1, 1) },
	"isoyear":    func(d int64) int64 { y, _ := isoWeek(d); j := data.DaysFromCivil(y, 1, 4); return j - floorMod(j+3, 7) },
}

// truncMaker prepares a constant part; a varying one is done part by part.
func truncMaker(consts []*data.Column, ret dtype.Type) (Impl, error) {
	name, ok := constText(consts[0])
	if !ok {
		return strictImpl(truncRows), nil
	}
	part := sig.CanonicalPart(name)
	if !truncates(part) {
		return nil, sig.UnknownPart(name)
	}
	run := strictImpl(truncBody(part))
	return func(c *Ctx, args []*data.Column, n int) (*data.Column, error) { return run(c, args[1:], n) }, nil
}

func truncates(part string) bool {
	_, fixed := fixedParts[part]
	return fixed || calendarParts[part] != nil
}

func truncRows(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	names := textsOf(args[0])
	flat := compute.Flatten(c.Scratch, args[1])
	done := map[string]*data.Column{}
	out := data.NewBuilder(c.Ret, n)
	for i := range n {
		if !valid.Get(i) {
			out.AppendNull()
			continue
		}
		part := sig.CanonicalPart(str(names.at(i)))
		if !truncates(part) {
			return nil, atRow(i, sig.UnknownPart(string(names.at(i))))
		}
		col := done[part]
		if col == nil {
			var err error
			if col, err = truncBody(part)(c, []*data.Column{flat}, n, valid); err != nil {
				return nil, err
			}
			done[part] = col
		}
		out.AppendColumn(col, []uint32{uint32(i)})
	}
	return out.Build(), nil
}

func truncBody(part string) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		a := args[0]
		switch {
		case a.Type.Kind == dtype.Interval:
			return truncInterval(c, part, a, n, valid)
		case a.Type.Kind == dtype.Date:
			return truncDate(c, part, a, n, valid)
		}
		local, z, err := localOf(c, a)
		if err != nil {
			return nil, err
		}
		dst := compute.Make[int64](c.Scratch, n)
		unit := a.Type.Unit
		truncTimes(dst, data.Slice[int64](local)[:n], part, unit)
		if z != nil {
			if p, ok := fixedParts[part]; ok && p.size <= 60*nanosPerSecond {
				// Below an hour, offsets do not matter, and going by the instant keeps repeated hours apart.
				truncTimes(dst, data.Slice[int64](a)[:n], part, unit)
			} else {
				fromLocal(z, dst, unit.PerSecond())
			}
		}
		return num(c, dst, valid), nil
	}
}

// localOf returns the column as clocks show it, with the zone to go back by, which is nil where there is nothing to convert.
func localOf(c *Ctx, a *data.Column) (*data.Column, *zone, error) {
	name := sessionZone(c, a.Type)
	if name == "" || name == "UTC" {
		return a, nil, nil
	}
	z, err := c.zone(name)
	if err != nil {
		return nil, nil, err
	}
	local, err := toLocal(c, a)
	return local, z, err
}

// truncTimes rounds local times of a unit down. Infinite ones stay.
func truncTimes(dst, src []int64, part string, unit dtype.Unit) {
	per := unit.PerSecond()
	if p, ok := fixedParts[part]; ok {
		size, from := p.size/(nanosPerSecond/per), p.from/(nanosPerSecond/per)
		if size <= 1 {
			copy(dst, src)
			return
		}
		div := kern.NewDivisor(size)
		for i, v := range src {
			dst[i] = v - div.Mod(v-from)
		}
	} else {
		f, day := calendarParts[part], kern.NewDivisor(daySeconds*per)
		last, start := int64(0), f(0)
		for i, v := range src {
			if d := day.Floor(v); d != last {
				last, start = d, f(d)
			}
			dst[i] = start * (daySeconds * per)
		}
	}
	for i, v := range src {
		if v == data.TimestampInfinity || v == -data.TimestampInfinity {
			dst[i] = v
		}
	}
}

// truncDate gives the timestamp of the start of the period.
func truncDate(c *Ctx, part string, a *data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	dst, src := compute.Make[int64](c.Scratch, n), data.Slice[int32](a)[:n]
	f := calendarParts[part]
	week := part == "week" || part == "yearweek"
	last, start := int64(0), int64(0)
	if f != nil {
		start = f(0)
	}
	const most = int64(1<<63-1) / dayMicros
	for i, d := range src {
		day := int64(d)
		switch {
		case day == data.DateInfinity:
			dst[i] = data.TimestampInfinity
			continue
		case day == -data.DateInfinity:
			dst[i] = -data.TimestampInfinity
			continue
		case week:
			day -= floorMod(day+3, 7)
		case f != nil:
			if day != last {
				last, start = day, f(day)
			}
			day = start
		}
		if (day > most || day < -most) && valid.Get(i) {
			return nil, rowError(i, "the date %s is out of the range of timestamps", a.Value(i))
		}
		dst[i] = day * dayMicros
	}
	return num(c, dst, valid), nil
}

// truncInterval drops the parts below.
func truncInterval(c *Ctx, part string, a *data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	dst := compute.Make[data.Interval](c.Scratch, n)
	months := map[string]int32{"month": 1, "quarter": 3, "year": 12, "isoyear": 12, "decade": 120, "century": 1200, "millennium": 12000}[part]
	p, fixed := fixedParts[part]
	for i, iv := range data.Slice[data.Interval](a)[:n] {
		switch {
		case months > 0:
			iv = data.Interval{Months: iv.Months / months * months}
		case part == "week" || part == "yearweek":
			iv = data.Interval{Months: iv.Months, Days: iv.Days / 7 * 7}
		case fixed && p.size >= 86400*nanosPerSecond:
			iv.Micros = 0
		case fixed && p.size > 1000:
			iv.Micros -= iv.Micros % (p.size / 1000)
		}
		dst[i] = iv
	}
	return num(c, dst, valid), nil
}
