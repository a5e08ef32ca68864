package parquet

import (
	"context"

	"github.com/siksik-data/siksik/spi"
)

// Stats implements spi.Table: exact rows, and for each column the bounds, nulls and about how many values the footers tell.
func (t *table) Stats(ctx context.Context) (spi.Stats, error) {
	out := spi.Stats{Exact: true, Cols: make([]spi.ColStats, len(t.schema.Fields))}
	for _, f := range t.files {
		out.Rows += f.meta.rows
		out.Bytes += f.info.Size
	}
	s := &scan{t: t}
	var of []func(int) bounds // of each row group with rows
	for fi, f := range t.files {
		for g := range f.meta.groups {
			if f.meta.groups[g].rows > 0 {
				of = append(of, s.boundsOf(fi, g))
			}
		}
	}
	list := make([]bounds, len(of))
	for c := range out.Cols {
		for i, b := range of {
			list[i] = b(c)
		}
		out.Cols[c] = columnStats(list)
		out.Cols[c].Distinct = t.distinct(c, list)
	}
	return out, ctx.Err()
}

// columnStats merges the bounds of a column over the row groups that have rows. It leaves the number of values open.
func columnStats(list []bounds) spi.ColStats {
	out := spi.ColStats{HasBounds: true, Exact: true}
	any := false
	for i := range list {
		b := &list[i]
		if b.nulls < 0 || out.Nulls < 0 {
			out.Nulls = -1
		} else {
			out.Nulls += b.nulls
		}
		if b.nulls >= 0 && b.nulls == b.rows {
			continue
		}
		out.Exact = out.Exact && b.exact
		if !b.ok || b.nan {
			out.HasBounds = false
			continue
		}
		if !any || compareScalars(b.min, out.Min) < 0 {
			out.Min = b.min
		}
		if !any || compareScalars(b.max, out.Max) > 0 {
			out.Max = b.max
		}
		any = true
	}
	out.HasBounds = out.HasBounds && any
	out.Exact = out.Exact && out.HasBounds
	return out
}
