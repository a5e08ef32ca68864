package fn

import (
	"math"
	"math/bits"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// DateBuckets is truncation, rounding and shifts of times by spans such as 15m.
var DateBuckets = &Set{add: func(register adder) {
	register(map[string]Maker{"time_bucket.interval_anytz_string": strict(timeBucketIn)})
	for _, t := range []string{"anydate", "anyts", "anytz"} {
		register(map[string]Maker{
			"time_bucket.interval_" + t + "_" + t:     strict(timeBucket),
			"time_bucket.interval_" + t + "_interval": strict(timeBucket),
			"dt_truncate." + t + "_string":            spanMaker(truncateBy),
			"dt_round." + t + "_string":               spanMaker(roundBy),
			"dt_offset_by." + t + "_string":           spanMaker(offsetBy),
		})
	}
}}

func unknownUnit(name string) error {
	return fault.New(fault.Value, "unknown time unit %s", fault.Quote(name)).WithHint("units are ns, us, ms, seconds, minutes, hours and days")
}

// timeSpan is a duration string: calendar months and days are kept apart from the rest.
type timeSpan struct {
	months, days, nanos int64
	negative            bool
}

// spanUnits are the units of duration strings: 1ns 1us 1ms 1s 1m 1h 1d 1w 1mo 1q 1y, and 1i, which counts the values themselves.
var spanUnits = map[string]timeSpan{"ns": {nanos: 1}, "us": {nanos: 1_000}, "µs": {nanos: 1_000}, "ms": {nanos: 1_000_000}, "s": {nanos: nanosPerSecond},
	"m": {nanos: 60 * nanosPerSecond}, "h": {nanos: 3600 * nanosPerSecond}, "d": {days: 1}, "w": {days: 7}, "mo": {months: 1}, "q": {months: 3}, "y": {months: 12}}

// parseSpan reads a duration string such as 1h15m, -2d or 1mo.
func parseSpan(text string) (timeSpan, error) {
	bad := fault.New(fault.Value, "%s is no duration", fault.Quote(text)).WithHint("write numbers with units, such as 1h15m, 3d or 1mo; units are ns, us, ms, s, m, h, d, w, mo, q, y")
	var out timeSpan
	s := text
	if len(s) > 0 && s[0] == '-' {
		out.negative, s = true, s[1:]
	}
	if s == "" {
		return out, bad
	}
	for s != "" {
		v, end, ok := digits([]byte(s), 0, 18)
		k := end
		for k < len(s) && (s[k] < '0' || s[k] > '9') {
			k++
		}
		unit, known := spanUnits[s[end:k]]
		if !ok || !known {
			return out, bad
		}
		hi, lo := bits.Mul64(uint64(v), uint64(unit.nanos))
		if hi != 0 || int64(lo) < 0 || out.nanos+int64(lo) < 0 || v*(unit.months+unit.days) > 1<<31 {
			return out, fault.New(fault.Value, "the duration %s is out of range", fault.Quote(text))
		}
		out.nanos += int64(lo)
		out.days += v * unit.days
		out.months += v * unit.months
		s = s[k:]
	}
	return out, nil
}

// spanFunc computes new local times from local times of a unit of per a second, in place.
type spanFunc func(vals []int64, per int64, span timeSpan) error

// spanMaker makes a function of a date or timestamp and a duration string.
func spanMaker(f spanFunc) Maker {
	return func(consts []*data.Column, ret dtype.Type) (Impl, error) {
		text, ok := constText(consts[1])
		if !ok {
			return strictImpl(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
				return spanRows(c, args, n, valid, f)
			}), nil
		}
		span, err := parseSpan(text)
		if err != nil {
			return nil, err
		}
		run := strictImpl(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
			return spanOver(c, args[0], n, valid, span, f)
		})
		return func(c *Ctx, args []*data.Column, n int) (*data.Column, error) { return run(c, args[:1], n) }, nil
	}
}

// spanRows handles a duration that varies, one row at a time.
func spanRows(c *Ctx, args []*data.Column, n int, valid data.Bitmap, f spanFunc) (*data.Column, error) {
	texts, a := textsOf(args[1]), compute.Flatten(c.Scratch, args[0])
	out := data.NewBuilder(c.Ret, n)
	for i := range n {
		if !valid.Get(i) {
			out.AppendNull()
			continue
		}
		span, err := parseSpan(string(texts.at(i)))
		if err != nil {
			return nil, atRow(i, err)
		}
		one, err := spanOver(c, a.Slice(i, i+1), 1, nil, span, f)
		if err != nil {
			return nil, atRow(i, err)
		}
		out.AppendColumn(one, nil)
	}
	return out.Build(), nil
}

// spanOver applies f to a whole column. Calendar units follow the clocks of the zone; exact ones follow the instant.
func spanOver(c *Ctx, a *data.Column, n int, valid data.Bitmap, span timeSpan, f spanFunc) (*data.Column, error) {
	if a.Type.Kind == dtype.Date {
		vals := compute.Make[int64](c.Scratch, n)
		for i, d := range data.Slice[int32](a)[:n] {
			vals[i] = int64(d) * daySeconds * 1000
		}
		if err := f(vals, 1000, span); err != nil {
			return nil, err
		}
		dst := compute.Make[int32](c.Scratch, n)
		for i, v := range vals {
			dst[i] = int32(floorDiv(v, daySeconds*1000))
		}
		return num(c, dst, valid), nil
	}
	per := a.Type.Unit.PerSecond()
	vals := compute.Make[int64](c.Scratch, n)
	local, z, err := localOf(c, a)
	if err != nil {
		return nil, err
	}
	if z != nil && span.months == 0 && span.days == 0 && span.nanos <= 60*nanosPerSecond {
		local, z = a, nil
	}
	copy(vals, data.Slice[int64](local)[:n])
	if err := f(vals, per, span); err != nil {
		return nil, err
	}
	if z != nil {
		fromLocal(z, vals, per)
	}
	for i, v := range data.Slice[int64](a)[:n] {
		if v == data.TimestampInfinity || v == -data.TimestampInfinity {
			vals[i] = v
		}
	}
	return num(c, vals, valid), nil
}

// exactSize is the length of a span of days and less, in units of 1/per second.
func exactSize(span timeSpan, per int64) (int64, error) {
	nanos := span.days*86400*nanosPerSecond + span.nanos
	tick := nanosPerSecond / per
	switch {
	case span.negative || nanos <= 0 && span.months <= 0:
		return 0, fault.New(fault.Value, "rounding needs a duration above zero")
	case span.months > 0 && nanos > 0:
		return 0, fault.New(fault.Value, "rounding takes months or exact units, not both in one duration")
	case nanos > 0 && nanos%tick != 0 && nanos < tick:
		return 0, nil
	}
	return nanos / tick, nil
}

// truncateBy rounds down to a multiple of the span: weeks from a Monday, months from the year 0, the rest from the epoch.
func truncateBy(vals []int64, per int64, span timeSpan) error {
	size, err := exactSize(span, per)
	if err != nil {
		return err
	}
	if span.months > 0 {
		day := kern.NewDivisor(daySeconds * per)
		last, start := int64(0), startOfMonths(0, span.months)
		for i, v := range vals {
			if d := day.Floor(v); d != last {
				last, start = d, startOfMonths(d, span.months)
			}
			vals[i] = start * daySeconds * per
		}
		return nil
	}
	from := int64(0)
	if span.days > 0 && span.days%7 == 0 && span.nanos == 0 {
		from = -3 * daySeconds * per
	}
	if size > 1 {
		div := kern.NewDivisor(size)
		for i, v := range vals {
			vals[i] = v - div.Mod(v-from)
		}
	}
	return nil
}

// startOfMonths is the first day of the run of months, counted from the year 0, that the day lies in.
func startOfMonths(day, months int64) int64 {
	m := monthsOf(day)
	m -= floorMod(m, months)
	return data.DaysFromCivil(floorDiv(m, 12), int(floorMod(m, 12))+1, 1)
}

// roundBy rounds to the nearer multiple, and up from the middle.
func roundBy(vals []int64, per int64, span timeSpan) error {
	if span.months > 0 {
		return fault.New(fault.Value, "dt_round takes no calendar months; use dt_truncate")
	}
	size, err := exactSize(span, per)
	if err != nil {
		return err
	}
	for i := range vals {
		vals[i] += size / 2
	}
	return truncateBy(vals, per, span)
}

// offsetBy moves by months, then days, then the rest; the day is cut to the length of the month.
func offsetBy(vals []int64, per int64, span timeSpan) error {
	sign := int64(1)
	if span.negative {
		sign = -1
	}
	tick := nanosPerSecond / per
	exact := sign * (span.days*daySeconds*per + span.nanos/tick)
	for i, v := range vals {
		if span.months > 0 {
			d := floorDiv(v, daySeconds*per)
			v += (addMonths(d, sign*span.months) - d) * daySeconds * per
		}
		vals[i] = v + exact
	}
	return nil
}

func addMonths(day, months int64) int64 {
	_, _, dom := civil(day)
	m := monthsOf(day) + months
	y, mon := floorDiv(m, 12), int(floorMod(m, 12))+1
	return data.DaysFromCivil(y, mon, min(dom, data.DaysInMonth(y, mon)))
}

// timeBucket rounds down to buckets of an interval. Without an origin, buckets of months count from 2000-01-01 and others from Monday,
// 2000-01-03. Buckets of instants are those of UTC, whatever the zone of the session.
func timeBucket(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	plain := make([]*data.Column, len(args))
	for i, a := range args {
		if plain[i] = a; a.Type.Kind == dtype.Timestamp && a.Type.Zone != "" {
			utc := *compute.Flatten(c.Scratch, a)
			utc.Type.Zone = ""
			plain[i] = &utc
		}
	}
	args = plain
	width := numsOf[data.Interval](args[0])
	a, err := unzoned(c, args[1])
	if err != nil {
		return nil, err
	}
	vals, per, valid2, err := timesOf(c, a, n, nil)
	if err != nil {
		return nil, err
	}
	var origins []int64
	var shift nums[data.Interval]
	if len(args) > 2 {
		if args[2].Type.Kind == dtype.Interval {
			shift = numsOf[data.Interval](args[2])
		} else if origins, _, _, err = timesOf(c, args[2], n, nil); err != nil {
			return nil, err
		}
	}
	dst := compute.Make[int64](c.Scratch, n)
	var gone nulls
	var starts *data.Column
	if origins != nil {
		starts = compute.Flatten(c.Scratch, args[2])
	}
	err = eachValid(and(c.Scratch, valid, valid2, n), n, func(i int) error {
		w, v := width.at(i), vals[i]
		if origins != nil && infinite(starts, i) { // no bucket begins there
			gone.mark(c, i, n, valid)
			return nil
		}
		off := data.Interval{}
		if shift.vals != nil {
			off = shift.at(i)
			var ok bool
			if v, ok = shiftBy(v, per, off, -1); !ok {
				return atRow(i, errBucketRange)
			}
		}
		days := int64(10957) // 2000-01-01
		if w.Months == 0 {
			days += 2
		}
		origin := days * daySeconds * per
		if origins != nil {
			origin = origins[i]
		}
		b, err := bucketOf(v, per, w, origin)
		if err != nil {
			return atRow(i, err)
		}
		var ok bool
		if dst[i], ok = shiftBy(b, per, off, 1); !ok || args[1].Type.Kind == dtype.Date && !dateFits(floorDiv(dst[i], daySeconds*per)) {
			return atRow(i, errBucketRange)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return bucketColumn(c, args[1], dst, per, n, gone.or(valid))
}

// timeBucketIn rounds instants down to buckets by the clocks of a zone: months and days begin at midnight there.
func timeBucketIn(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	width, t, zones := numsOf[data.Interval](args[0]), numsOf[int64](args[1]), textsOf(args[2])
	per := args[1].Type.Unit.PerSecond()
	dst := compute.Make[int64](c.Scratch, n)
	err := eachValid(valid, n, func(i int) error {
		w, v := width.at(i), t.at(i)
		if dst[i] = v; v == data.TimestampInfinity || v == -data.TimestampInfinity {
			return nil
		}
		z, err := c.zone(str(zones.at(i)))
		if err != nil {
			return atRow(i, err)
		}
		first := int64(10957) * daySeconds // 2000-01-01
		if w.Months == 0 {
			first += 2 * daySeconds
		}
		if w.Months == 0 && w.Days == 0 {
			dst[i], err = bucketOf(v, per, w, z.instant(first)*per)
			return atRow(i, err)
		}
		local := []int64{v + z.offset(floorDiv(v, per))*per}
		if local[0], err = bucketOf(local[0], per, w, first*per); err != nil {
			return atRow(i, err)
		}
		fromLocal(z, local, per)
		dst[i] = local[0]
		return nil
	})
	if err != nil {
		return nil, err
	}
	return num(c, dst, valid), nil
}

// bucketColumn turns local times back into the type of a; infinite rows stay.
func bucketColumn(c *Ctx, a *data.Column, dst []int64, per int64, n int, valid data.Bitmap) (*data.Column, error) {
	src := compute.Flatten(c.Scratch, a)
	if a.Type.Kind == dtype.Date {
		out := compute.Make[int32](c.Scratch, n)
		for i := range out {
			if out[i] = int32(floorDiv(dst[i], daySeconds*per)); infinite(src, i) {
				out[i] = data.Slice[int32](src)[i]
			}
		}
		return num(c, out, valid), nil
	}
	z, err := c.zone(sessionZone(c, a.Type))
	if err != nil {
		return nil, err
	}
	fromLocal(z, dst, per)
	for i := range dst {
		if infinite(src, i) {
			dst[i] = data.Slice[int64](src)[i]
		}
	}
	return num(c, dst, valid), nil
}

// bucketOf is the start of the bucket of v.
func bucketOf(v, per int64, w data.Interval, origin int64) (int64, error) {
	if w.Months != 0 {
		switch {
		case w.Days != 0 || w.Micros != 0:
			return 0, fault.New(fault.Value, "the width of a bucket is months or days and time, not both")
		case w.Months < 0:
			return 0, fault.New(fault.Value, "the width of a bucket must be above zero")
		}
		day := daySeconds * per
		from := monthsOf(floorDiv(origin, day))
		m := from + floorDiv(monthsOf(floorDiv(v, day))-from, int64(w.Months))*int64(w.Months)
		first := data.DaysFromCivil(floorDiv(m, 12), int(floorMod(m, 12))+1, 1)
		if !dateFits(first) || first > math.MaxInt64/day || first < math.MinInt64/day {
			return 0, errBucketRange
		}
		return first * day, nil
	}
	micros := int64(w.Days)*dayMicros + w.Micros
	var size int64
	if per < 1_000_000 {
		if micros%(1_000_000/per) != 0 {
			return 0, fault.New(fault.Value, "the width of a bucket must be whole units of the timestamps")
		}
		size = micros / (1_000_000 / per)
	} else {
		size = micros * (per / 1_000_000)
	}
	if size <= 0 {
		return 0, fault.New(fault.Value, "the width of a bucket must be above zero")
	}
	start := v - floorMod(floorMod(v, size)-floorMod(origin, size), size)
	if start > v || start == -data.TimestampInfinity {
		return 0, errBucketRange
	}
	return start, nil
}

var errBucketRange = fault.New(fault.Value, "the bucket is out of the range of the type")

// dateFits reports whether a day is a finite date.
func dateFits(day int64) bool { return day > -data.DateInfinity && day < data.DateInfinity }

// shiftBy adds an interval, sign times; ok is false if the sum is out of range.
func shiftBy(v, per int64, iv data.Interval, sign int64) (sum int64, ok bool) {
	if iv.Months != 0 {
		day := daySeconds * per
		d := floorDiv(v, day)
		to := addMonths(d, sign*int64(iv.Months))
		if !dateFits(to) || to >= math.MaxInt64/day || to <= math.MinInt64/day {
			return 0, false
		}
		v = to*day + floorMod(v, day)
	}
	rest := int64(iv.Days)*dayMicros + iv.Micros
	if per >= 1_000_000 {
		rest *= per / 1_000_000
	} else {
		rest /= 1_000_000 / per
	}
	sum = v + sign*rest
	return sum, (sum >= v) == (sign*rest >= 0)
}
