package fn

import (
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
)

// DateMake is dates, times and spans made of numbers, and the clock.
var DateMake = &Set{add: func(register adder) {
	register(map[string]Maker{
		"make_date.bigint_bigint_bigint":                           strict(makeDate),
		"make_date.integer":                                        map1(func(d int32) int32 { return d }),
		"make_time.bigint_bigint_double":                           strict(makeTime),
		"make_timestamp.bigint_bigint_bigint_bigint_bigint_double": strict(makeTimestamp),
		"make_timestamp.bigint":                                    try1(finiteTicks),
		"make_timestamp_ns.bigint":                                 try1(finiteTicks),
		"make_timestamp_ms.bigint":                                 strict(unitsTimes(1000)),
		"epoch_ms.bigint":                                          strict(unitsTimes(1000)),
		"to_timestamp.double":                                      try1(fromSeconds),
		"from_epoch.bigint_string":                                 fromEpoch,
	})
	register(map[string]Maker{
		"now":            fixedByQuery(func(c *Ctx) (int64, error) { return c.Settings.NowMicros, nil }),
		"current_date":   fixedByQuery(today),
		"current_time":   fixedByQuery(func(c *Ctx) (int64, error) { v, err := localNow(c); return floorMod(v, dayMicros), err }),
		"localtimestamp": fixedByQuery(localNow),
	})
	for name, s := range map[string]data.Interval{"millennia": {Months: 12000}, "centuries": {Months: 1200}, "decades": {Months: 120}, "years": {Months: 12},
		"quarters": {Months: 3}, "months": {Months: 1}, "weeks": {Days: 7}, "days": {Days: 1}} {
		register(map[string]Maker{"to_" + name + ".integer": strict(calendarSpan(name, s))})
	}
	for name, micros := range map[string]int64{"hours": 3_600_000_000, "minutes": 60_000_000, "microseconds": 1} {
		register(map[string]Maker{"to_" + name + ".bigint": try1(func(k int64) (data.Interval, error) {
			v := k * micros
			if v/micros != k {
				return data.Interval{}, fault.New(fault.Value, "%d %s are out of the range of intervals", k, name)
			}
			return data.Interval{Micros: v}, nil
		})})
	}
	for name, micros := range map[string]float64{"seconds": 1e6, "milliseconds": 1e3} {
		register(map[string]Maker{"to_" + name + ".double": try1(func(k float64) (data.Interval, error) {
			v := math.RoundToEven(k * micros)
			if !(math.Abs(v) < 1<<63) {
				return data.Interval{}, fault.New(fault.Value, "%v %s are out of the range of intervals", k, name)
			}
			return data.Interval{Micros: int64(v)}, nil
		})})
	}
}}

// finiteTicks is a count that is a timestamp; the ends of the range are infinities.
func finiteTicks(v int64) (int64, error) {
	if v >= data.TimestampInfinity || v <= -data.TimestampInfinity {
		return 0, fault.New(fault.Value, "%d is out of the range of timestamps", v)
	}
	return v, nil
}

// fixedByQuery is a value that depends on the query alone.
func fixedByQuery(f func(c *Ctx) (int64, error)) Maker {
	return plain(func(c *Ctx, _ []*data.Column, n int) (*data.Column, error) {
		v, err := f(c)
		if err != nil {
			return nil, err
		}
		if c.Ret.Phys() == dtype.PhysI32 {
			d := compute.Make[int32](c.Scratch, 1)
			d[0] = int32(v)
			return c.Scratch.Const(num(c, d, nil), n), nil
		}
		d := compute.Make[int64](c.Scratch, 1)
		d[0] = v
		return c.Scratch.Const(num(c, d, nil), n), nil
	})
}

// localNow is the query's start as the session's clocks show it.
func localNow(c *Ctx) (int64, error) {
	z, err := c.zone(c.Settings.Zone)
	if err != nil {
		return 0, err
	}
	v := c.Settings.NowMicros
	return v + z.offset(floorDiv(v, 1_000_000))*1_000_000, nil
}

func today(c *Ctx) (int64, error) {
	v, err := localNow(c)
	return floorDiv(v, dayMicros), err
}

// calendarSpan multiplies a unit of months or days.
func calendarSpan(name string, unit data.Interval) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		dst := compute.Make[data.Interval](c.Scratch, n)
		for i, k := range data.Slice[int32](args[0])[:n] {
			m, d := int64(k)*int64(unit.Months), int64(k)*int64(unit.Days)
			if (m != int64(int32(m)) || d != int64(int32(d))) && valid.Get(i) {
				return nil, rowError(i, "%d %s are out of the range of intervals", k, name)
			}
			dst[i] = data.Interval{Months: int32(m), Days: int32(d)}
		}
		return num(c, dst, valid), nil
	}
}

// dayOf checks a date's parts.
func dayOf(y, m, d int64) (int64, error) {
	if y < -5_877_641 || y > 5_881_580 || m < 1 || m > 12 || d < 1 || d > int64(data.DaysInMonth(y, int(m))) {
		return 0, fault.New(fault.Value, "there is no date %d-%d-%d", y, m, d)
	}
	day := data.DaysFromCivil(y, int(m), int(d))
	if day <= -data.DateInfinity || day >= data.DateInfinity {
		return 0, fault.New(fault.Value, "the date %d-%d-%d is out of range", y, m, d)
	}
	return day, nil
}

func makeDate(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	y, m, d := numsOf[int64](args[0]), numsOf[int64](args[1]), numsOf[int64](args[2])
	dst := compute.Make[int32](c.Scratch, n)
	clear(dst)
	err := eachValid(valid, n, func(i int) error {
		day, err := dayOf(y.at(i), m.at(i), d.at(i))
		dst[i] = int32(day)
		return atRow(i, err)
	})
	return num(c, dst, valid), err
}

// clockOfParts checks a time's parts; 24:00:00 is one, and so is the second 60.
func clockOfParts(h, m int64, s float64) (int64, error) {
	micros := math.RoundToEven(s * 1e6)
	if h < 0 || h > 24 || m < 0 || m > 59 || !(micros >= 0 && micros <= 60e6) || h == 24 && (m > 0 || micros > 0) {
		return 0, fault.New(fault.Value, "there is no time %d:%02d:%v", h, m, s)
	}
	return h*3_600_000_000 + m*60_000_000 + int64(micros), nil
}

func makeTime(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	h, m, s := numsOf[int64](args[0]), numsOf[int64](args[1]), numsOf[float64](args[2])
	dst := compute.Make[int64](c.Scratch, n)
	clear(dst)
	err := eachValid(valid, n, func(i int) error {
		v, err := clockOfParts(h.at(i), m.at(i), s.at(i))
		dst[i] = v
		return atRow(i, err)
	})
	return num(c, dst, valid), err
}

func makeTimestamp(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	var parts [5]nums[int64]
	for k := range parts {
		parts[k] = numsOf[int64](args[k])
	}
	s := numsOf[float64](args[5])
	dst := compute.Make[int64](c.Scratch, n)
	clear(dst)
	err := eachValid(valid, n, func(i int) error {
		day, err := dayOf(parts[0].at(i), parts[1].at(i), parts[2].at(i))
		if err != nil {
			return atRow(i, err)
		}
		clock, err := clockOfParts(parts[3].at(i), parts[4].at(i), s.at(i))
		if err != nil {
			return atRow(i, err)
		}
		if day > math.MaxInt64/dayMicros-1 || day < math.MinInt64/dayMicros+1 {
			return rowError(i, "the year %d is out of the range of timestamps", parts[0].at(i))
		}
		dst[i] = day*dayMicros + clock
		return nil
	})
	return num(c, dst, valid), err
}

// unitsTimes multiplies and checks the range.
func unitsTimes(by int64) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		dst := compute.Make[int64](c.Scratch, n)
		for i, v := range data.Slice[int64](args[0])[:n] {
			dst[i] = v * by
			if dst[i]/by != v && valid.Get(i) {
				return nil, rowError(i, "%d is out of the range of %s", v, c.Ret)
			}
		}
		return num(c, dst, valid), nil
	}
}

func fromSeconds(s float64) (int64, error) {
	micros := math.RoundToEven(s * 1e6)
	if !(math.Abs(micros) < 1<<63) {
		return 0, fault.New(fault.Value, "%v seconds are out of the range of timestamps", s)
	}
	return int64(micros), nil
}

// fromEpoch reads counts of the constant unit.
func fromEpoch(consts []*data.Column, ret dtype.Type) (Impl, error) {
	unit, _ := constText(consts[1])
	run := map1(func(v int64) int64 { return v })
	switch unit {
	case "d":
		run = try1(func(v int64) (int32, error) {
			if v != int64(int32(v)) {
				return 0, fault.New(fault.Value, "%d days are out of the range of dates", v)
			}
			return int32(v), nil
		})
	case "s":
		run = strict(unitsTimes(1_000_000))
	}
	f, err := run(consts[:1], ret)
	return func(c *Ctx, args []*data.Column, n int) (*data.Column, error) { return f(c, args[:1], n) }, err
}
