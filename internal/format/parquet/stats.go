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
	for c := range out.Cols {
		out.Cols[c] = s.columnStats(c)
	}
	return out, ctx.Err()
}

// columnStats merges the bounds of a column over all row groups.
func (s *scan) columnStats(col int) spi.ColStats {
	out := spi.ColStats{Distinct: s.distinct(col), HasBounds: true, Exact: true}
	any := false
	for fi, f := range s.t.files {
		for g := range f.meta.groups {
			if f.meta.groups[g].rows == 0 {
				continue
			}
			b := s.boundsOf(fi, g)(col)
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
	}
	out.HasBounds = out.HasBounds && any
	out.Exact = out.Exact && out.HasBounds
	return out
}
