package fn

import (
	"math"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
)

// Series is ranges as lists.
var Series = &Set{add: func(register adder) {
	for name, with := range map[string]bool{"range": false, "generate_series": true} {
		register(map[string]Maker{
			name + ".bigint_bigint_bigint":         strict(numberSeries(with)),
			name + ".timestamp_timestamp_interval": strict(timeSeries(with)),
		})
	}
}}

// seriesMax is the most elements of one list.
const seriesMax = 1 << 28

// numberSeries counts from start to stop; with one argument, from 0 to it. A step of zero gives an empty list.
func numberSeries(inclusive bool) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		start, stop := nums[int64]{vals: []int64{0}}, numsOf[int64](args[0])
		step := nums[int64]{vals: []int64{1}}
		if len(args) > 1 {
			start, stop = stop, numsOf[int64](args[1])
		}
		if len(args) > 2 {
			step = numsOf[int64](args[2])
		}
		offsets := compute.Make[int32](c.Scratch, n+1)
		offsets[0] = 0
		all := compute.Make[int64](c.Scratch, 4*n)[:0]
		for i := range n {
			if valid.Get(i) {
				a, count := start.at(i), seriesLen(start.at(i), stop.at(i), step.at(i), inclusive)
				if count+uint64(len(all)) > seriesMax {
					return nil, rowError(i, "a list of %d numbers is too long", count)
				}
				for k := range count {
					all = append(all, a+int64(k)*step.at(i))
				}
			}
			offsets[i+1] = int32(len(all))
		}
		return listOf(c, offsets, compute.Flat(c.Scratch, c.Ret.Elem(), all, nil), valid), nil
	}
}

// seriesLen is the number of elements from a toward b.
func seriesLen(a, b, step int64, inclusive bool) uint64 {
	if step < 0 {
		a, b = b, a
	}
	if step == 0 || a > b || a == b && !inclusive {
		return 0
	}
	by := uint64(step)
	if step < 0 {
		by = -by
	}
	span := uint64(b) - uint64(a)
	if !inclusive {
		span--
	}
	if by == 1 && span == math.MaxUint64 {
		return span
	}
	return span/by + 1
}

// timeSeries adds the interval again and again.
func timeSeries(inclusive bool) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		start, stop, step := numsOf[int64](args[0]), numsOf[int64](args[1]), numsOf[data.Interval](args[2])
		offsets := compute.Make[int32](c.Scratch, n+1)
		offsets[0] = 0
		all := compute.Make[int64](c.Scratch, 4*n)[:0]
		for i := range n {
			if valid.Get(i) {
				var err error
				if all, err = appendTimes(all, start.at(i), stop.at(i), step.at(i), inclusive); err != nil {
					return nil, atRow(i, err)
				}
			}
			offsets[i+1] = int32(len(all))
		}
		return listOf(c, offsets, compute.Flat(c.Scratch, c.Ret.Elem(), all, nil), valid), nil
	}
}

func appendTimes(all []int64, v, stop int64, step data.Interval, inclusive bool) ([]int64, error) {
	const per = 1_000_000
	if infiniteMicros(v) || infiniteMicros(stop) {
		return all, fault.New(fault.Value, "a series cannot have an infinite bound")
	}
	up, down := step.Months > 0 || step.Days > 0 || step.Micros > 0, step.Months < 0 || step.Days < 0 || step.Micros < 0
	switch {
	case up && down:
		return all, fault.New(fault.Value, "the step of a series must not mix positive and negative parts")
	case !up && !down:
		return all, nil
	}
	if by := int64(step.Days)*dayMicros + step.Micros; step.Months == 0 && (by > 0) == up {
		count := seriesLen(v, stop, by, inclusive)
		if count+uint64(len(all)) > seriesMax {
			return all, fault.New(fault.Value, "a list of %d timestamps is too long", count)
		}
		for k := range count {
			all = append(all, v+int64(k)*by)
		}
		return all, nil
	}
	for {
		if up && v > stop || down && v < stop || v == stop && !inclusive {
			return all, nil
		}
		if len(all) >= seriesMax {
			return all, fault.New(fault.Value, "the series is longer than %d", seriesMax)
		}
		all = append(all, v)
		next, ok := shiftBy(v, per, step, 1)
		if !ok || up && next <= v || down && next >= v {
			return all, nil
		}
		v = next
	}
}

func infiniteMicros(v int64) bool { return v == data.TimestampInfinity || v == -data.TimestampInfinity }
