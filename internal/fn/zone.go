package fn

import (
	"strings"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
)

const (
	dayMicros  = int64(86_400_000_000)
	daySeconds = int64(86_400)
)

// floorDiv rounds the quotient down; b is positive.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// floorMod is what floorDiv leaves, in [0, b).
func floorMod(a, b int64) int64 {
	r := a % b
	if r < 0 {
		r += b
	}
	return r
}

// sessionZone is the zone in which values of t are read as dates: its own, or the session's for SQL's timestamp with time zone. "" and "UTC"
// need no conversion.
func sessionZone(c *Ctx, t dtype.Type) string {
	if t.Zone == "UTC" && c.Settings.Zone != "" {
		return c.Settings.Zone
	}
	return t.Zone
}

// zone converts between instants and what clocks show. It remembers the last period of one offset, so that neighbouring values are cheap.
// It belongs to one worker.
type zone struct {
	loc    *time.Location // nil for UTC
	lo, hi int64          // unix seconds [lo, hi) have the offset off
	off    int64
}

// openZone finds an IANA zone.
func openZone(name string) (*zone, error) {
	if name == "" || name == "UTC" {
		return &zone{}, nil
	}
	loc, err := data.LoadZone(name)
	if err != nil {
		return nil, err
	}
	return &zone{loc: loc, lo: 1, hi: 0}, nil
}

// offset returns the seconds east of UTC at an instant.
func (z *zone) offset(sec int64) int64 {
	if z.loc == nil || sec >= z.lo && sec < z.hi {
		return z.off
	}
	t := time.Unix(sec, 0).In(z.loc)
	_, off := t.Zone()
	start, end := t.ZoneBounds()
	z.off, z.lo, z.hi = int64(off), -1<<62, 1<<62
	if !start.IsZero() {
		z.lo = start.Unix()
	}
	if !end.IsZero() {
		z.hi = end.Unix()
	}
	return z.off
}

// instant returns the unix seconds at which clocks show the local seconds. Of a repeated hour it takes the later one, and a skipped hour is
// read by the clocks before the change.
func (z *zone) instant(local int64) int64 {
	if z.loc == nil {
		return local
	}
	before, after := z.offset(local-daySeconds), z.offset(local+daySeconds)
	if before == after {
		return local - before
	}
	if z.offset(local-after) == after {
		return local - after
	}
	return local - before
}

// zone is openZone that remembers the zones of earlier calls of the worker, because reading one costs as much as a thousand rows.
func (c *Ctx) zone(name string) (*zone, error) {
	if z := c.zones[name]; z != nil {
		return z, nil
	}
	z, err := openZone(name)
	if err != nil {
		return nil, err
	}
	if c.zones == nil {
		c.zones = map[string]*zone{}
	}
	c.zones[strings.Clone(name)] = z
	return z, nil
}

// toLocal returns what clocks show for the instants of a column, as a column without zone.
func toLocal(c *Ctx, a *data.Column) (*data.Column, error) {
	name := sessionZone(c, a.Type)
	plainType := dtype.TimestampOf(a.Type.Unit, "")
	z, err := c.zone(name)
	if err != nil {
		return nil, err
	}
	if z.loc == nil {
		return c.Scratch.As(a, plainType), nil
	}
	src, per := data.Slice[int64](a), a.Type.Unit.PerSecond()
	dst := compute.Make[int64](c.Scratch, len(src))
	for i, v := range src {
		dst[i] = v
		if v != data.TimestampInfinity && v != -data.TimestampInfinity && a.Valid.Get(i) {
			dst[i] = v + z.offset(floorDiv(v, per))*per
		}
	}
	return compute.Flat(c.Scratch, plainType, dst, a.Valid), nil
}

// fromLocal turns local times of a unit into the instants at which clocks of the zone show them, in place.
func fromLocal(z *zone, vals []int64, per int64) {
	if z.loc == nil {
		return
	}
	for i, v := range vals {
		if v != data.TimestampInfinity && v != -data.TimestampInfinity {
			sec := floorDiv(v, per)
			vals[i] = v + (z.instant(sec)-sec)*per
		}
	}
}
