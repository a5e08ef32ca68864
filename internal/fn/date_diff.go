package fn

import (
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/sig"
)

// DateDiff is distances between dates and times.
var DateDiff = &Set{add: func(register adder) {
	for _, t := range []string{"anydate", "anyts", "anytz", "time"} {
		register(map[string]Maker{
			"date_diff.string_" + t + "_" + t: diffMaker(boundaries),
			"date_sub.string_" + t + "_" + t:  diffMaker(wholeParts),
		})
	}
	for _, t := range []string{"date", "ts", "tz"} {
		register(map[string]Maker{
			"age.any" + t + "_any" + t: strict(ageBetween),
			"age.today_" + t:           strict(ageToday),
			"last_day." + t:            strict(lastDay),
		})
	}
}}

// difference computes a number from two local times in microseconds, or nanoseconds for a column of these.
// ok is false if it does not fit.
type difference func(part string, a, b, per int64) (v int64, ok bool)

// diffMaker prepares a constant part.
func diffMaker(f difference) Maker {
	return func(consts []*data.Column, ret dtype.Type) (Impl, error) {
		fixed := ""
		if name, ok := constText(consts[0]); ok {
			if fixed = sig.CanonicalPart(name); fixed == "" {
				return nil, sig.UnknownPart(name)
			}
		}
		return strictImpl(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
			a, per, valid, err := timesOf(c, args[1], n, valid)
			if err != nil {
				return nil, err
			}
			b, _, valid, err := timesOf(c, args[2], n, valid)
			if err != nil {
				return nil, err
			}
			dst, names := compute.Make[int64](c.Scratch, n), textsOf(args[0])
			part := fixed
			err = eachValid(valid, n, func(i int) error {
				if fixed == "" {
					if part = sig.CanonicalPart(str(names.at(i))); part == "" {
						return atRow(i, sig.UnknownPart(string(names.at(i))))
					}
				}
				if part == "era" {
					return fault.New(fault.Unsupported, "eras are not counted between two times; take the difference of date_part('era', …)")
				}
				if kind := args[1].Type.Kind; kind == dtype.Time && !clockPartName(part) {
					return fault.New(fault.Type, "a %s has no part %s", args[1].Type, part)
				}
				var ok bool
				if dst[i], ok = f(part, a[i], b[i], per); !ok {
					return atRow(i, fault.New(fault.Value, "the difference in %ss is out of range", part))
				}
				return nil
			})
			return num(c, dst, valid), err
		}), nil
	}
}

// timesOf returns any temporal column as local times with their units per second; infinite ones are taken out of valid.
func timesOf(c *Ctx, a *data.Column, n int, valid data.Bitmap) ([]int64, int64, data.Bitmap, error) {
	a, err := unzoned(c, a)
	if err != nil {
		return nil, 0, nil, err
	}
	valid = finite(c, a, n, valid)
	if a.Type.Kind != dtype.Date {
		return data.Slice[int64](a)[:n], a.Type.Unit.PerSecond(), valid, nil
	}
	dst := compute.Make[int64](c.Scratch, n)
	for i, d := range data.Slice[int32](a)[:n] {
		dst[i] = int64(d) * daySeconds
	}
	return dst, 1, valid, nil
}

// clockPartName reports whether times of day have the part.
func clockPartName(part string) bool {
	_, ok := clockParts[part]
	return ok || part == "epoch"
}

// boundaries counts how often the part changes from a to b. Weeks are counted as whole seven days.
func boundaries(part string, a, b, per int64) (v int64, ok bool) {
	if p, fixed := fixedParts[part]; fixed && part != "week" && part != "yearweek" {
		return stepsBetween(p.size, a, b, per, func(v, size int64) int64 { return floorDiv(v, size) })
	}
	return calendarSteps(part, a, b, per), true
}

func calendarSteps(part string, a, b, per int64) int64 {
	day := daySeconds * per
	da, db := floorDiv(a, day), floorDiv(b, day)
	switch part {
	case "week", "yearweek":
		return (db - da) / 7
	case "isoyear":
		x, _ := isoWeek(da)
		y, _ := isoWeek(db)
		return y - x
	case "year":
		return monthsOf(db)/12 - monthsOf(da)/12
	case "month":
		return monthsOf(db) - monthsOf(da)
	case "quarter":
		return floorDiv(monthsOf(db), 3) - floorDiv(monthsOf(da), 3)
	case "decade":
		return monthsOf(db)/120 - monthsOf(da)/120
	case "century":
		return monthsOf(db)/1200 - monthsOf(da)/1200
	case "millennium":
		return monthsOf(db)/12000 - monthsOf(da)/12000
	}
	return db - da
}

// monthsOf counts months from the year 0 to the day.
func monthsOf(day int64) int64 {
	y, m, _ := civil(day)
	return y*12 + int64(m) - 1
}

// stepsBetween counts steps of a size in nanoseconds, by rounding both sides.
func stepsBetween(size, a, b, per int64, round func(v, size int64) int64) (int64, bool) {
	tick := nanosPerSecond / per
	if size < tick {
		return scaledGap(a, b, tick/size)
	}
	return scaledGap(round(a, size/tick), round(b, size/tick), 1)
}

// scaledGap is (b-a)·k; ok is false if it overflows.
func scaledGap(a, b, k int64) (v int64, ok bool) {
	d := b - a
	if (d >= 0) != (b >= a) || d > math.MaxInt64/k || d < math.MinInt64/k {
		return 0, false
	}
	return d * k, true
}

// wholeParts counts the parts that fit between a and b.
func wholeParts(part string, a, b, per int64) (int64, bool) {
	if months := map[string]int64{"month": 1, "quarter": 3, "year": 12, "isoyear": 12, "decade": 120, "century": 1200, "millennium": 12000}[part]; months > 0 {
		return wholeMonths(a, b, per) / months, true
	}
	p := fixedParts[part]
	if p.size == 0 {
		p = fixedParts["day"]
	}
	tick := nanosPerSecond / per
	if p.size < tick {
		return scaledGap(a, b, tick/p.size)
	}
	gap, ok := scaledGap(a, b, 1)
	return gap / (p.size / tick), ok
}

// wholeMonths counts the months that fit between two times; the last day of a month counts as every later day.
func wholeMonths(a, b, per int64) int64 {
	if a > b {
		return -wholeMonths(b, a, per)
	}
	day := daySeconds * per
	da, db := floorDiv(a, day), floorDiv(b, day)
	months := monthsOf(db) - monthsOf(da)
	_, _, x := civil(da)
	y, m, z := civil(db)
	switch {
	case z == data.DaysInMonth(y, m) && x >= z:
		if floorMod(b, day) < floorMod(a, day) {
			months--
		}
	case z < x, z == x && floorMod(b, day) < floorMod(a, day):
		months--
	}
	return months
}

func ageBetween(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	a, per, valid, err := timesOf(c, args[0], n, valid)
	if err != nil {
		return nil, err
	}
	b, _, valid, err := timesOf(c, args[1], n, valid)
	if err != nil {
		return nil, err
	}
	dst := compute.Make[data.Interval](c.Scratch, n)
	for i := range dst {
		dst[i] = ageOf(a[i], b[i], per)
	}
	return num(c, dst, valid), nil
}

// ageToday measures from the start of the day on which the query runs.
func ageToday(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	b, per, valid, err := timesOf(c, args[0], n, valid)
	if err != nil {
		return nil, err
	}
	day, err := today(c)
	if err != nil {
		return nil, err
	}
	dst := compute.Make[data.Interval](c.Scratch, n)
	for i := range dst {
		dst[i] = ageOf(day*daySeconds*per, b[i], per)
	}
	return num(c, dst, valid), nil
}

// ageOf subtracts as people do: months first, then days, a missing month being borrowed with the length of the earlier date's month.
func ageOf(a, b, per int64) data.Interval {
	sign := int64(1)
	if a < b {
		a, b, sign = b, a, -1
	}
	day := daySeconds * per
	da, db := floorDiv(a, day), floorDiv(b, day)
	_, _, x := civil(da)
	y, m, z := civil(db)
	months, days := monthsOf(da)-monthsOf(db), int64(x-z)
	rest := floorMod(a, day) - floorMod(b, day)
	if rest < 0 {
		rest += day
		days--
	}
	if days < 0 {
		months--
		days += int64(data.DaysInMonth(y, m))
	}
	return data.Interval{Months: int32(sign * months), Days: int32(sign * days), Micros: sign * toMicros(rest, per)}
}

// toMicros converts units per second to microseconds.
func toMicros(v, per int64) int64 {
	if per > 1_000_000 {
		return v / (per / 1_000_000)
	}
	return v * (1_000_000 / per)
}

func lastDay(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	days, valid, err := daysOf(c, args[0], n, valid)
	if err != nil {
		return nil, err
	}
	dst := compute.Make[int32](c.Scratch, n)
	for i, d := range days {
		y, m, _ := civil(d)
		dst[i] = int32(data.DaysFromCivil(y, m, data.DaysInMonth(y, m)))
	}
	return num(c, dst, valid), nil
}
