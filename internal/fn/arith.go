package fn

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/compute"
)

// Arithmetic is arithmetic over numbers, dates and spans.
var Arithmetic = &Set{add: func(register adder) {
	checked, wrap, ieee := compute.Rules{}, compute.Rules{Wrap: true}, compute.Rules{}
	register(map[string]Maker{
		"add.int": arith(compute.Add, checked), "add.float": arith(compute.Add, ieee), "add.decimal": arith(compute.Add, checked), "add.dur": arith(compute.Add, checked),
		"sub.int": arith(compute.Sub, checked), "sub.float": arith(compute.Sub, ieee), "sub.decimal": arith(compute.Sub, checked), "sub.dur": arith(compute.Sub, checked),
		"mul.int": arith(compute.Mul, checked), "mul.float": arith(compute.Mul, ieee), "mul.decimal": arith(compute.Mul, checked),
		"add_wrap.int": arith(compute.Add, wrap), "sub_wrap.int": arith(compute.Sub, wrap), "mul_wrap.int": arith(compute.Mul, wrap),
		"div.float": arith(compute.Div, ieee), "floordiv.float": arith(compute.Div, ieee),
		"floordiv.int": divide(compute.DivTrunc), "mod.int": divide(compute.ModTrunc), "mod.decimal": divide(compute.ModTrunc),
		"mod.float":         arith(compute.ModTrunc, ieee),
		"floordiv_null.int": arith(compute.DivFloor, compute.Rules{Wrap: true, ZeroNull: true}), "floordiv_null.float": arith(compute.DivFloor, ieee),
		"mod_null.int": arith(compute.ModFloor, compute.Rules{Wrap: true, ZeroNull: true}), "mod_null.float": arith(compute.ModFloor, ieee),
		"neg.int": negate(false), "neg.float": negate(false), "neg.decimal": negate(false), "neg.interval": negate(false), "neg.dur": negate(false),
		"neg_wrap.int":   negate(true),
		"mul.dur_bigint": scaleDuration(compute.Mul, 0), "mul.bigint_dur": scaleDuration(compute.Mul, 1), "div.dur_bigint": scaleDuration(compute.DivTrunc, 0),
	})
	register(map[string]Maker{
		"add.date_int":          plain(addDays(0, false)),
		"add.int_date":          plain(addDays(1, false)),
		"sub.date_int":          plain(addDays(0, true)),
		"sub.date_date":         two(compute.SubDates),
		"add.interval_interval": plain(addIntervals(false)),
		"sub.interval_interval": plain(addIntervals(true)),
		"add.date_time":         plain(dateAtTime(0)),
		"add.time_date":         plain(dateAtTime(1)),
		"dt_combine.date_time":  plain(dateAtTime(0)),
		"sub.ts_ts":             plain(subTimestamps), "sub.tz_tz": strict(instantsApart),
		"sub_wrap.ts_ts": plain(subTimestamps), "sub_wrap.tz_tz": plain(subTimestamps),
		"sub_wrap.date_date":  strict(datesApart),
		"mul.interval_bigint": scaleInterval(0, false), "mul.interval_double": scaleInterval(0, false), "div.interval_double": scaleInterval(0, true),
		"mul.bigint_interval": scaleInterval(1, false), "mul.double_interval": scaleInterval(1, false),
	})
	for _, t := range []string{"date", "time", "anyts", "anytz"} {
		register(map[string]Maker{
			"add." + t + "_interval": plain(addInterval(0, false)),
			"add.interval_" + t:      plain(addInterval(1, false)),
			"sub." + t + "_interval": plain(addInterval(0, true)),
		})
	}
	for _, t := range []string{"date", "anyts", "anytz"} {
		register(map[string]Maker{"add." + t + "_dur": arith(compute.Add, checked), "sub." + t + "_dur": arith(compute.Sub, checked)})
	}
}}

func arith(op compute.Op, rules compute.Rules) Maker {
	return plain(func(c *Ctx, args []*data.Column, _ int) (*data.Column, error) {
		return compute.Arith(c.Scratch, op, rules, args[0], args[1], c.Ret)
	})
}

// divide is SQL's integer division, whose treatment of zero is a setting.
func divide(op compute.Op) Maker {
	return plain(func(c *Ctx, args []*data.Column, _ int) (*data.Column, error) {
		return compute.Arith(c.Scratch, op, compute.Rules{ZeroNull: c.Settings.DivisionZeroNull}, args[0], args[1], c.Ret)
	})
}

func negate(wrap bool) Maker {
	return plain(func(c *Ctx, args []*data.Column, _ int) (*data.Column, error) {
		return compute.Neg(c.Scratch, wrap, args[0])
	})
}

// scaleDuration computes with the count of units; the duration is argument at, the number the other one.
func scaleDuration(op compute.Op, at int) Maker {
	return plain(func(c *Ctx, args []*data.Column, _ int) (*data.Column, error) {
		return compute.Arith(c.Scratch, op, compute.Rules{ZeroNull: true}, args[at], args[1-at], c.Ret)
	})
}

func two(f func(s *compute.Scratch, a, b *data.Column) (*data.Column, error)) Maker {
	return plain(func(c *Ctx, args []*data.Column, _ int) (*data.Column, error) { return f(c.Scratch, args[0], args[1]) })
}

func addDays(at int, sub bool) Impl {
	return func(c *Ctx, args []*data.Column, _ int) (*data.Column, error) {
		return compute.AddDays(c.Scratch, args[at], args[1-at], sub)
	}
}

func addInterval(at int, sub bool) Impl {
	return func(c *Ctx, args []*data.Column, _ int) (*data.Column, error) {
		t, zone := args[at], sessionZone(c, args[at].Type)
		if t.Type.Zone != zone {
			// Calendar arithmetic follows the session's clocks; the result is again an instant of the declared type.
			moved := t.Type
			moved.Zone = zone
			out, err := compute.AddInterval(c.Scratch, c.Scratch.As(t, moved), args[1-at], sub, moved)
			if err != nil {
				return nil, err
			}
			return c.Scratch.As(out, c.Ret), nil
		}
		return compute.AddInterval(c.Scratch, t, args[1-at], sub, c.Ret)
	}
}

func addIntervals(sub bool) Impl {
	return func(c *Ctx, args []*data.Column, _ int) (*data.Column, error) {
		return compute.AddIntervals(c.Scratch, args[0], args[1], sub)
	}
}

func dateAtTime(at int) Impl {
	return func(c *Ctx, args []*data.Column, _ int) (*data.Column, error) {
		return compute.AddTimeToDate(c.Scratch, args[at], args[1-at], c.Ret)
	}
}

func subTimestamps(c *Ctx, args []*data.Column, _ int) (*data.Column, error) {
	return compute.SubTimestamps(c.Scratch, args[0], args[1], c.Ret)
}

// instantsApart is the whole days between two instants as the session's clocks show them, and the time that is left.
func instantsApart(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	a, z, err := localOf(c, compute.Flatten(c.Scratch, args[0]))
	if err != nil || z == nil {
		if err == nil {
			return subTimestamps(c, args, n)
		}
		return nil, err
	}
	b, _, err := localOf(c, compute.Flatten(c.Scratch, args[1]))
	if err != nil {
		return nil, err
	}
	per := args[0].Type.Unit.PerSecond()
	day := daySeconds * per
	x, y, later, sooner := numsOf[int64](args[0]), numsOf[int64](args[1]), numsOf[int64](a), numsOf[int64](b)
	dst := compute.Make[data.Interval](c.Scratch, n)
	err = eachValid(valid, n, func(i int) error {
		d, local := x.at(i)-y.at(i), later.at(i)-sooner.at(i)
		for _, v := range [...]int64{x.at(i), y.at(i)} {
			if v == data.TimestampInfinity || v == -data.TimestampInfinity || (x.at(i)^y.at(i))&(x.at(i)^d) < 0 {
				return rowError(i, "the difference is out of the range of interval")
			}
		}
		days := local / day
		for {
			moved := []int64{sooner.at(i) + days*day}
			fromLocal(z, moved, per)
			rest := x.at(i) - moved[0]
			if days != 0 && rest != 0 && (rest < 0) != (d < 0) { // the last day is not over by the clocks of that day
				days -= days / max(days, -days)
				continue
			}
			micros := data.Interval{Days: int32(days), Micros: rest}
			if per > 1_000_000 {
				micros.Micros /= per / 1_000_000
			} else {
				micros.Micros *= 1_000_000 / per
			}
			dst[i] = micros
			return nil
		}
	})
	return num(c, dst, valid), err
}

// datesApart is the duration between two dates.
func datesApart(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	dst, a, b := compute.Make[int64](c.Scratch, n), numsOf[int32](args[0]), numsOf[int32](args[1])
	for i := range dst {
		dst[i] = (int64(a.at(i)) - int64(b.at(i))) * dayMicros
	}
	return num(c, dst, valid), nil
}

func scaleInterval(at int, div bool) Maker {
	return plain(func(c *Ctx, args []*data.Column, _ int) (*data.Column, error) {
		return compute.ScaleInterval(c.Scratch, args[at], args[1-at], div)
	})
}
