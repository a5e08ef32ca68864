package fn

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
)

// DateZones is time zones, and the date and time of a timestamp.
var DateZones = &Set{add: func(register adder) {
	register(map[string]Maker{
		"timezone.string_ts":             strict(atZone),
		"timezone.string_tz":             strict(atZone),
		"dt_convert_time_zone.ts_string": plain(retypeFirst),
		"dt_convert_time_zone.tz_string": plain(retypeFirst),
		"dt_replace_time_zone.ts_string": plain(replaceZone),
		"dt_replace_time_zone.tz_string": plain(replaceZone),
		"dt_cast_time_unit.ts_string":    plain(castUnit),
		"dt_cast_time_unit.tz_string":    plain(castUnit),
		"dt_date.date":                   strict(dateOf),
		"dt_date.ts":                     strict(dateOf),
		"dt_date.tz":                     strict(dateOf),
		"dt_time.ts":                     strict(timeOf),
		"dt_time.tz":                     strict(timeOf),
		"dt_timestamp.ts_string":         timestampIn,
		"dt_timestamp.tz_string":         timestampIn,
		"dt_total.dur_string":            totalIn,
	})
}}

// atZone is AT TIME ZONE: a timestamp becomes the instant at which clocks in the zone show it, and an instant what they show.
func atZone(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	names, a := textsOf(args[0]), compute.Flatten(c.Scratch, args[1])
	src, dst, per := data.Slice[int64](a)[:n], compute.Make[int64](c.Scratch, n), a.Type.Unit.PerSecond()
	zones := map[string]*zone{}
	var z *zone
	last := ""
	err := eachValid(valid, n, func(i int) error {
		if own := str(names.at(i)); z == nil || own != last {
			if z = zones[own]; z == nil {
				var err error
				if z, err = c.zone(string(names.at(i))); err != nil {
					return atRow(i, err)
				}
				zones[string(names.at(i))] = z
			}
			last = own
		}
		v := src[i]
		sec := floorDiv(v, per)
		switch {
		case v == data.TimestampInfinity || v == -data.TimestampInfinity:
			dst[i] = v
		case a.Type.Zone == "":
			dst[i] = v + (z.instant(sec)-sec)*per
		default:
			dst[i] = v + z.offset(sec)*per
		}
		return nil
	})
	return num(c, dst, valid), err
}

// retypeFirst shows the same instants in the zone of the result.
func retypeFirst(c *Ctx, args []*data.Column, _ int) (*data.Column, error) {
	if _, err := c.zone(c.Ret.Zone); err != nil {
		return nil, err
	}
	return c.Scratch.As(args[0], c.Ret), nil
}

// replaceZone keeps what clocks show and changes the zone.
func replaceZone(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	z, err := c.zone(c.Ret.Zone)
	if err != nil {
		return nil, err
	}
	run := strictImpl(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		local, err := toLocalOwn(c, args[0])
		if err != nil {
			return nil, err
		}
		dst := compute.Make[int64](c.Scratch, n)
		copy(dst, data.Slice[int64](local))
		fromLocal(z, dst, c.Ret.Unit.PerSecond())
		return num(c, dst, valid), nil
	})
	return run(c, args[:1], n)
}

// toLocalOwn reads a column by its type's own zone, UTC included, whatever the session's is.
func toLocalOwn(c *Ctx, a *data.Column) (*data.Column, error) {
	own, settings := *c, *c.Settings
	settings.Zone = ""
	own.Settings = &settings
	if a.Type.Zone == "" {
		return a, nil
	}
	return toLocal(&own, a)
}

func castUnit(c *Ctx, args []*data.Column, _ int) (*data.Column, error) {
	return compute.Cast(c.Scratch, args[0], c.Ret, false)
}

func dateOf(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	a, err := unzoned(c, args[0])
	if err != nil {
		return nil, err
	}
	return compute.Cast(c.Scratch, a, c.Ret, false)
}

func timeOf(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	a, err := unzoned(c, args[0])
	if err != nil {
		return nil, err
	}
	dst, per := compute.Make[int64](c.Scratch, n), a.Type.Unit.PerSecond()
	for i, v := range data.Slice[int64](a)[:n] {
		dst[i] = toMicros(floorMod(v, daySeconds*per), per)
	}
	return num(c, dst, finite(c, a, n, valid)), nil
}

// unitSizes are the lengths of units in nanoseconds.
var unitSizes = map[string]int64{"ns": 1, "us": 1_000, "ms": 1_000_000, "s": nanosPerSecond, "seconds": nanosPerSecond, "minutes": 60 * nanosPerSecond,
	"hours": 3600 * nanosPerSecond, "days": 86400 * nanosPerSecond, "milliseconds": 1_000_000, "microseconds": 1_000, "nanoseconds": 1}

// timestampIn counts units since the epoch.
func timestampIn(consts []*data.Column, _ dtype.Type) (Impl, error) {
	size, err := unitSize(consts[1])
	if err != nil {
		return nil, err
	}
	run := strictImpl(epochIn(nanosPerSecond / size))
	return func(c *Ctx, args []*data.Column, n int) (*data.Column, error) { return run(c, args[:1], n) }, nil
}

func unitSize(k *data.Column) (int64, error) {
	name, _ := constText(k)
	size := unitSizes[name]
	if size == 0 {
		return 0, unknownUnit(name)
	}
	return size, nil
}

// totalIn counts whole units of a duration.
func totalIn(consts []*data.Column, _ dtype.Type) (Impl, error) {
	size, err := unitSize(consts[1])
	if err != nil {
		return nil, err
	}
	run := strictImpl(func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		dst, tick := compute.Make[int64](c.Scratch, n), nanosPerSecond/args[0].Type.Unit.PerSecond()
		for i, v := range data.Slice[int64](args[0])[:n] {
			if size >= tick {
				dst[i] = v / (size / tick)
			} else {
				dst[i] = v * (tick / size)
			}
		}
		return num(c, dst, valid), nil
	})
	return func(c *Ctx, args []*data.Column, n int) (*data.Column, error) { return run(c, args[:1], n) }, nil
}
