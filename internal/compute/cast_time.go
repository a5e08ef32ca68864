package compute

import (
	"math"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
)

// temporal casts between dates, times, timestamps, durations and intervals.
func (k *conv) temporal() (*data.Column, error) {
	from, to := k.c.Type, k.to
	switch {
	case from.Kind == dtype.Date && to.Kind == dtype.Timestamp:
		return k.dateToTimestamp()
	case from.Kind == dtype.Timestamp && to.IsTemporal():
		return k.fromTimestamp()
	case from.Kind == dtype.Duration && to.Kind == dtype.Duration:
		return k.rescaleTime(from.Unit, to.Unit), nil
	case from.Kind == dtype.Time && to.Kind == dtype.Duration:
		return k.rescaleTime(dtype.Micro, to.Unit), nil
	case to.Kind == dtype.Interval:
		return k.toInterval(), nil
	case from.Kind == dtype.Interval:
		return k.fromInterval(), nil
	default:
		return nil, bug.Errorf("no cast from %s to %s", from, to)
	}
}

func (k *conv) dateToTimestamp() (*data.Column, error) {
	zone, err := location(k.to.Zone)
	if err != nil {
		return nil, err
	}
	per := k.to.Unit.PerSecond()
	dst := Make[int64](k.s, k.c.Len)
	for i, d := range data.Slice[int32](k.c) {
		v, ok := mulAddInt64(int64(d), 86400*per, 0)
		switch {
		case infiniteDate(d):
			v = infinityLike(int64(d))
		case !ok:
			v = 0
			if k.c.Valid.Get(i) && !k.reject(i) {
				return nil, nil
			}
		case zone != nil:
			v = fromLocal(v, per, zone)
		}
		dst[i] = v
	}
	return Flat(k.s, k.to, dst, k.valid), nil
}

// fromTimestamp casts to date, time of day or another timestamp. Between one with and one without zone, the clock in the zone is kept.
func (k *conv) fromTimestamp() (*data.Column, error) {
	from, to := k.c.Type, k.to
	out := from.Zone
	if to.Kind == dtype.Timestamp && sameClock(from.Zone, to.Zone) {
		out = ""
	}
	src := data.Slice[int64](k.c)
	per := from.Unit.PerSecond()
	zone, err := location(out)
	if err != nil {
		return nil, err
	}
	if zone != nil {
		src = k.shifted(src, func(v int64) int64 { return v + zoneOffset(v, per, zone) })
	}
	switch to.Kind {
	case dtype.Date:
		return k.datesOf(src, per), nil
	case dtype.Time:
		return k.clocksOf(src, per), nil
	}
	if zone, err = location(to.Zone); err != nil {
		return nil, err
	}
	if zone != nil && from.Zone == "" {
		if src = k.instants(src, per, zone); src == nil {
			return nil, nil
		}
	}
	return k.rescaled(src, from.Unit, to.Unit), nil
}

// shifted applies f to the finite instants.
func (k *conv) shifted(src []int64, f func(int64) int64) []int64 {
	dst := Make[int64](k.s, len(src))
	for i, v := range src {
		if !infiniteTime(v) {
			v = f(v)
		}
		dst[i] = v
	}
	return dst
}

// instants turns the finite local times into instants, where these are in range.
func (k *conv) instants(src []int64, per int64, zone *time.Location) []int64 {
	dst := Make[int64](k.s, len(src))
	for i, v := range src {
		if !infiniteTime(v) {
			at := fromLocal(v, per, zone)
			if v^at < 0 && (v > 1<<62 || v < -1<<62) || infiniteTime(at) { // no clock is off by more than a day
				at = 0
				if k.c.Valid.Get(i) && !k.reject(i) {
					return nil
				}
			}
			v = at
		}
		dst[i] = v
	}
	return dst
}

func (k *conv) datesOf(src []int64, per int64) *data.Column {
	dst := Make[int32](k.s, len(src))
	day := 86400 * per
	for i, v := range src {
		switch d := floorDiv(v, day); {
		case infiniteTime(v):
			dst[i] = int32(max(min(v, data.DateInfinity), -data.DateInfinity))
		case d >= math.MaxInt32 || d <= -math.MaxInt32:
			dst[i] = 0
			if k.c.Valid.Get(i) && !k.reject(i) {
				return nil
			}
		default:
			dst[i] = int32(d)
		}
	}
	return Flat(k.s, k.to, dst, k.valid)
}

func (k *conv) clocksOf(src []int64, per int64) *data.Column {
	dst := Make[int64](k.s, len(src))
	day := 86400 * per
	for i, v := range src {
		if infiniteTime(v) {
			v = 0
			if k.c.Valid.Get(i) && !k.reject(i) {
				return nil
			}
		}
		v -= floorDiv(v, day) * day
		if per > 1_000_000 {
			v /= per / 1_000_000
		} else {
			v *= 1_000_000 / per
		}
		dst[i] = v
	}
	return Flat(k.s, k.to, dst, k.valid)
}

// rescaleTime changes the unit of the column's counts.
func (k *conv) rescaleTime(from, to dtype.Unit) *data.Column {
	return k.rescaled(data.Slice[int64](k.c), from, to)
}

// rescaled changes units: exactly to a finer one, rounding down to a coarser one, except that timestamps of milliseconds and seconds are
// rounded to nearest, as DuckDB does. Infinities stay.
func (k *conv) rescaled(src []int64, from, to dtype.Unit) *data.Column {
	a, b := from.PerSecond(), to.PerSecond()
	dst := Make[int64](k.s, len(src))
	switch {
	case a == b:
		copy(dst, src)
	case a > b:
		by, half := a/b, a/b
		if k.to.Kind == dtype.Timestamp && to != dtype.Micro {
			half = a / b / 2
		}
		for i, v := range src {
			if !infiniteTime(v) {
				q := floorDiv(v, by)
				if v-q*by >= half {
					q++
				}
				v = q
			}
			dst[i] = v
		}
	default:
		by := b / a
		most := math.MaxInt64 / by
		for i, v := range src {
			if v > most || v < -most {
				if !infiniteTime(v) && k.c.Valid.Get(i) && !k.reject(i) {
					return nil
				}
				dst[i] = v
				continue
			}
			dst[i] = v * by
		}
	}
	return Flat(k.s, k.to, dst, k.valid)
}

// toInterval casts times of day and durations; whole days become days, the rest microseconds.
func (k *conv) toInterval() *data.Column {
	per := int64(1_000_000)
	if k.c.Type.Kind == dtype.Duration {
		per = k.c.Type.Unit.PerSecond()
	}
	dst := Make[data.Interval](k.s, k.c.Len)
	for i, v := range data.Slice[int64](k.c) {
		days := v / (86400 * per)
		rest := v - days*86400*per
		if per > 1_000_000 {
			rest /= per / 1_000_000
		} else {
			rest *= 1_000_000 / per
		}
		if days != int64(int32(days)) && k.c.Valid.Get(i) && !k.reject(i) {
			return nil
		}
		dst[i] = data.Interval{Days: int32(days), Micros: rest}
	}
	return Flat(k.s, k.to, dst, k.valid)
}

// fromInterval casts to a duration, which has no months, or to a time of day, of which whole days are dropped.
func (k *conv) fromInterval() *data.Column {
	dst := Make[int64](k.s, k.c.Len)
	for i, v := range data.Slice[data.Interval](k.c) {
		dst[i] = 0
		if k.c.IsNull(i) {
			continue
		}
		r, ok := intervalCount(v, k.to)
		if !ok && !k.reject(i) {
			return nil
		}
		dst[i] = r
	}
	return Flat(k.s, k.to, dst, k.valid)
}

// intervalCount is an interval as a time of day or duration.
func intervalCount(v data.Interval, to dtype.Type) (int64, bool) {
	if to.Kind == dtype.Time {
		r := v.Micros % dayMicros
		if r < 0 {
			r += dayMicros
		}
		return r, true
	}
	r, ok := mulAddInt64(int64(v.Days), dayMicros, v.Micros)
	if !ok || v.Months != 0 {
		return 0, false
	}
	switch to.Unit {
	case dtype.Nano:
		return mulAddInt64(r, 1000, 0)
	case dtype.Milli:
		return r / 1000, true
	case dtype.Second:
		return r / int64(time.Second/time.Microsecond), true
	default:
		return r, true
	}
}
