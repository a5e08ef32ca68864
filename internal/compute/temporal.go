package compute

import (
	"math"
	"math/bits"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/kern"
)

// AddInterval computes t + iv, or t - iv if sub is set, where t holds dates, timestamps or times of day. A date gives ret, a timestamp of
// microseconds without zone; others give their own type. Months move within the calendar and stop at the end of a shorter month; then days
// are added, and then the rest. Timestamps with a zone move months and days by that zone's calendar. Times of day wrap at midnight.
func AddInterval(s *Scratch, t, iv *data.Column, sub bool, ret dtype.Type) (*data.Column, error) {
	return MapStrict(s, t, iv, ret, func(t, iv *data.Column) (*data.Column, error) {
		sign, name := int64(1), "+"
		if sub {
			sign, name = -1, "-"
		}
		valid := both(s, validOf(t), validOf(iv), t.Len)
		ivs := data.Slice[data.Interval](Flatten(s, iv))
		flat := Flatten(s, t)
		dst := Make[int64](s, t.Len)
		bad := -1
		switch t.Type.Kind {
		case dtype.Time:
			addToTimes(dst, data.Slice[int64](flat), ivs, sign)
		case dtype.Date:
			bad = addToDates(dst, data.Slice[int32](flat), ivs, sign, valid)
		default:
			zone, err := location(t.Type.Zone)
			if err != nil {
				return nil, err
			}
			bad = addToTimestamps(dst, data.Slice[int64](flat), ivs, sign, t.Type.Unit.PerSecond(), zone, valid)
		}
		if bad >= 0 {
			return nil, failAt(bad, "the result is out of the range of "+ret.String(), name, t, iv)
		}
		return Flat(s, ret, dst, valid), nil
	})
}

// location returns the zone of calendar arithmetic, nil for none and for UTC.
func location(zone string) (*time.Location, error) {
	if zone == "" || zone == "UTC" {
		return nil, nil
	}
	return data.LoadZone(zone)
}

func addToTimes(dst, src []int64, ivs []data.Interval, sign int64) {
	for i, v := range src {
		r := (v + sign*(ivs[i].Micros%dayMicros)) % dayMicros
		if r < 0 {
			r += dayMicros
		}
		dst[i] = r
	}
}

func addToDates(dst []int64, src []int32, ivs []data.Interval, sign int64, valid data.Bitmap) int {
	for i, d := range src {
		if infiniteDate(d) {
			dst[i] = infinityLike(int64(d))
			continue
		}
		days, ok := shiftDays(int64(d), ivs[i], sign)
		v, ok2 := mulAddInt64(days, dayMicros, sign*ivs[i].Micros)
		if !(ok && ok2) && valid.Get(i) {
			return i
		}
		dst[i] = v
	}
	return -1
}

func infiniteDate(d int32) bool { return d == math.MaxInt32 || d == -math.MaxInt32 }

func infiniteTime(v int64) bool { return v == data.TimestampInfinity || v == -data.TimestampInfinity }

// infinityLike is the infinite timestamp with the sign of v.
func infinityLike(v int64) int64 {
	if v < 0 {
		return -data.TimestampInfinity
	}
	return data.TimestampInfinity
}

func addToTimestamps(dst, src []int64, ivs []data.Interval, sign, per int64, zone *time.Location, valid data.Bitmap) int {
	day := 86400 * per
	for i, v := range src {
		iv := ivs[i]
		if infiniteTime(v) {
			dst[i] = v
			continue
		}
		ok := true
		if iv.Months != 0 || iv.Days != 0 {
			offset := zoneOffset(v, per, zone)
			days := floorDiv(v+offset, day)
			rest := v + offset - days*day
			days, ok = shiftDays(days, iv, sign)
			var fits bool
			v, fits = mulAddInt64(days, day, rest)
			v = fromLocal(v, per, zone)
			ok = ok && fits
		}
		span := iv.Micros
		switch per {
		case 1_000_000_000:
			var fits bool
			span, fits = mulAddInt64(span, 1000, 0)
			ok = ok && fits
		case 1000, 1:
			span /= 1_000_000 / per
		}
		r, fits := mulAddInt64(sign, span, v)
		if !(ok && fits) && valid.Get(i) {
			return i
		}
		dst[i] = r
	}
	return -1
}

// zoneOffset is what local time is ahead of UTC at the instant, in units.
func zoneOffset(v, per int64, zone *time.Location) int64 {
	if zone == nil {
		return 0
	}
	_, o := time.Unix(floorDiv(v, per), 0).In(zone).Zone()
	return int64(o) * per
}

// fromLocal turns local time into the instant. Of a repeated hour it takes the later one, and a skipped hour is read by the clocks before the change.
func fromLocal(local, per int64, zone *time.Location) int64 {
	if zone == nil {
		return local
	}
	sec := floorDiv(local, per)
	offset := func(sec int64) int64 {
		_, o := time.Unix(sec, 0).In(zone).Zone()
		return int64(o)
	}
	off := offset(sec - 86400)
	if after := offset(sec + 86400); after != off && offset(sec-after) == after {
		off = after
	}
	return local - off*per
}

// shiftDays moves a day by the months and days of an interval.
func shiftDays(days int64, iv data.Interval, sign int64) (int64, bool) {
	if iv.Months != 0 {
		y, m, d := data.CivilFromDays(days)
		months := y*12 + int64(m-1) + sign*int64(iv.Months)
		y, m = floorDiv(months, 12), int(months-floorDiv(months, 12)*12)+1
		days = data.DaysFromCivil(y, m, min(d, data.DaysInMonth(y, m)))
	}
	days += sign * int64(iv.Days)
	return days, days > -math.MaxInt32 && days < math.MaxInt32
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// mulAddInt64 returns a*b + c and whether it fits and is a finite timestamp.
func mulAddInt64(a, b, c int64) (int64, bool) {
	v, ok := kern.I128From(a).MulOK(kern.I128From(b))
	v = v.Add(kern.I128From(c))
	r := int64(v.Lo)
	return r, ok && v.IsInt64() && r != math.MinInt64 && !infiniteTime(r)
}

// AddDays computes date + n days, or date - n if sub is set; n is int32. Infinite dates stay.
func AddDays(s *Scratch, d, n *data.Column, sub bool) (*data.Column, error) {
	return MapStrict(s, d, n, d.Type, func(d, n *data.Column) (*data.Column, error) {
		valid := both(s, validOf(d), validOf(n), d.Len)
		days, by := data.Slice[int32](Flatten(s, d)), data.Slice[int32](Flatten(s, n))
		dst := Make[int32](s, d.Len)
		for i, v := range days {
			r := int64(v) + int64(by[i])
			if sub {
				r = int64(v) - int64(by[i])
			}
			if infiniteDate(v) {
				r = int64(v)
			} else if (r >= math.MaxInt32 || r <= -math.MaxInt32) && valid.Get(i) {
				return nil, failAt(i, "the result is out of the range of date", "+", d, n)
			}
			dst[i] = int32(r)
		}
		return Flat(s, d.Type, dst, valid), nil
	})
}

// SubDates computes the days from b to a as int64.
func SubDates(s *Scratch, a, b *data.Column) (*data.Column, error) {
	ret := dtype.Of(dtype.Int64)
	return MapStrict(s, a, b, ret, func(a, b *data.Column) (*data.Column, error) {
		x, y := data.Slice[int32](Flatten(s, a)), data.Slice[int32](Flatten(s, b))
		dst := Make[int64](s, a.Len)
		for i, v := range x {
			dst[i] = int64(v) - int64(y[i])
		}
		return Flat(s, ret, dst, both(s, validOf(a), validOf(b), a.Len)), nil
	})
}

// SubTimestamps computes a - b of timestamps of one unit. ret is an interval, of days and the rest, or a duration of that unit.
func SubTimestamps(s *Scratch, a, b *data.Column, ret dtype.Type) (*data.Column, error) {
	if ret.Kind == dtype.Duration {
		return Arith(s, Sub, Rules{}, a, b, ret)
	}
	return MapStrict(s, a, b, ret, func(a, b *data.Column) (*data.Column, error) {
		valid := both(s, validOf(a), validOf(b), a.Len)
		x, y := data.Slice[int64](Flatten(s, a)), data.Slice[int64](Flatten(s, b))
		per := a.Type.Unit.PerSecond()
		dst := Make[data.Interval](s, a.Len)
		for i, v := range x {
			d := v - y[i]
			if ((v^y[i])&(v^d) < 0 || infiniteTime(v) || infiniteTime(y[i])) && valid.Get(i) {
				return nil, failAt(i, "the difference is out of the range of interval", "-", a, b)
			}
			days := d / (86400 * per)
			rest := d - days*86400*per
			if per > 1_000_000 {
				rest /= per / 1_000_000
			} else {
				rest *= 1_000_000 / per
			}
			dst[i] = data.Interval{Days: int32(days), Micros: rest}
		}
		return Flat(s, ret, dst, valid), nil
	})
}

// AddTimeToDate computes the timestamp of microseconds at a date and a time of day.
func AddTimeToDate(s *Scratch, d, t *data.Column, ret dtype.Type) (*data.Column, error) {
	return MapStrict(s, d, t, ret, func(d, t *data.Column) (*data.Column, error) {
		valid := both(s, validOf(d), validOf(t), d.Len)
		days, micros := data.Slice[int32](Flatten(s, d)), data.Slice[int64](Flatten(s, t))
		dst := Make[int64](s, d.Len)
		for i, v := range days {
			r, ok := mulAddInt64(int64(v), dayMicros, micros[i])
			switch {
			case infiniteDate(v):
				r = infinityLike(int64(v))
			case !ok && valid.Get(i):
				return nil, failAt(i, "the result is out of the range of timestamp", "+", d, t)
			}
			dst[i] = r
		}
		return Flat(s, ret, dst, valid), nil
	})
}

// AddIntervals computes a + b, or a - b if sub is set, part by part.
func AddIntervals(s *Scratch, a, b *data.Column, sub bool) (*data.Column, error) {
	return MapStrict(s, a, b, a.Type, func(a, b *data.Column) (*data.Column, error) {
		valid := both(s, validOf(a), validOf(b), a.Len)
		x, y := data.Slice[data.Interval](Flatten(s, a)), data.Slice[data.Interval](Flatten(s, b))
		dst := Make[data.Interval](s, a.Len)
		sign, op := int64(1), Add
		if sub {
			sign, op = -1, Sub
		}
		for i, v := range x {
			r, ok := combineIntervals(v, y[i], sign)
			if !ok && valid.Get(i) {
				return nil, failAt(i, "overflow in "+opNames[op]+" of interval", opSigns[op], a, b)
			}
			dst[i] = r
		}
		return Flat(s, a.Type, dst, valid), nil
	})
}

// combineIntervals is a + sign*b.
func combineIntervals(a, b data.Interval, sign int64) (data.Interval, bool) {
	months := int64(a.Months) + sign*int64(b.Months)
	days := int64(a.Days) + sign*int64(b.Days)
	micros := kern.I128From(b.Micros).Mul(kern.I128From(sign)).Add(kern.I128From(a.Micros))
	r := data.Interval{Months: int32(months), Days: int32(days), Micros: int64(micros.Lo)}
	return r, int64(r.Months) == months && int64(r.Days) == days && micros.IsInt64()
}

func negIntervals(s *Scratch, c *data.Column) (*data.Column, int) {
	dst := Make[data.Interval](s, c.Len)
	bad := -1
	for i, v := range data.Slice[data.Interval](c) {
		r, ok := combineIntervals(data.Interval{}, v, -1)
		if !ok && bad < 0 && c.Valid.Get(i) {
			bad = i
		}
		dst[i] = r
	}
	return Flat(s, c.Type, dst, c.Valid), bad
}

// ScaleInterval computes iv * by, or iv / by if div is set (null where by is zero). by is int64, which scales every part, or float64, whose
// fractions of months flow into days, 30 a month, and those of days into microseconds.
func ScaleInterval(s *Scratch, iv, by *data.Column, div bool) (*data.Column, error) {
	ret := iv.Type
	return MapStrict(s, iv, by, ret, func(iv, by *data.Column) (*data.Column, error) {
		valid := both(s, validOf(iv), validOf(by), iv.Len)
		x := data.Slice[data.Interval](Flatten(s, iv))
		flat := Flatten(s, by)
		dst := Make[data.Interval](s, iv.Len)
		ok := s.Bits(iv.Len)
		kern.FillBits(ok, iv.Len, true)
		for i, v := range x {
			var fits bool
			switch {
			case by.Type.Kind == dtype.Int64:
				dst[i], fits = timesInterval(v, data.Slice[int64](flat)[i])
			case div && data.Slice[float64](flat)[i] == 0:
				ok.Clear(i)
				fits = true
			case div:
				dst[i], fits = scaleInterval(v, 1/data.Slice[float64](flat)[i])
			default:
				dst[i], fits = scaleInterval(v, data.Slice[float64](flat)[i])
			}
			if !fits && valid.Get(i) {
				return nil, failAt(i, "overflow in multiplication of interval", "*", iv, by)
			}
		}
		if div {
			valid = both(s, valid, ok, iv.Len)
		}
		return Flat(s, ret, dst, valid), nil
	})
}

func timesInterval(v data.Interval, k int64) (data.Interval, bool) {
	months, ok1 := mulInt64(int64(v.Months), k)
	days, ok2 := mulInt64(int64(v.Days), k)
	micros, ok3 := mulInt64(v.Micros, k)
	r := data.Interval{Months: int32(months), Days: int32(days), Micros: micros}
	return r, ok1 && ok2 && ok3 && int64(r.Months) == months && int64(r.Days) == days
}

func mulInt64(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	h := int64(hi) - (a>>63)&b - (b>>63)&a
	return int64(lo), h == int64(lo)>>63
}

func scaleInterval(v data.Interval, k float64) (data.Interval, bool) {
	months := float64(v.Months) * k
	days := float64(v.Days)*k + (months-math.Trunc(months))*30
	micros := float64(v.Micros)*k + (days-math.Trunc(days))*dayMicros
	ok := math.Abs(months) < math.MaxInt32 && math.Abs(days) < math.MaxInt32 && math.Abs(micros) < math.MaxInt64
	if !ok {
		return data.Interval{}, false
	}
	return data.Interval{Months: int32(months), Days: int32(days), Micros: int64(math.Round(micros))}, true
}
