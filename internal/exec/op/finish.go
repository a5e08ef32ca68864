package op

import (
	"math"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/compute"
)

// finisher computes an aggregate from the values of all groups, which stand one group after the other in order: group i has rows
// [start[i], start[i+1]) of vals, a Flat column.
type finisher func(s *aggSpec, vals *data.Column, start []uint32) (*data.Column, error)

// finisherOf returns the finisher of an aggregate and whether it wants null values.
func finisherOf(s *aggSpec) (f finisher, nulls bool, err error) {
	switch s.name {
	case "list":
		return finishList(false), true, nil
	case "implode":
		return finishList(true), true, nil
	case "head", "tail":
		v, ok := s.literal(1)
		if !ok || v.Null || v.Int64() < 0 {
			return nil, false, fault.New(fault.Type, "%s needs a constant number of values that is not negative", s.name)
		}
		return finishEnds(s.name == "head", int(min(v.Int64(), math.MaxInt32))), true, nil
	case "string_agg":
		sep := ","
		if v, ok := s.literal(1); ok {
			sep = v.S
		}
		return finishJoin(sep), false, nil
	case "median":
		return finishQuantiles([]float64{0.5}, false, false), false, nil
	case "quantile_cont", "quantile_disc":
		return quantilesOf(s)
	case "mode":
		return finishMode, false, nil
	case "histogram":
		return finishHistogram, false, nil
	case "product":
		return finishProduct, false, nil
	case "min", "max", "min_skipnan", "max_skipnan":
		return finishExtreme(strings.HasPrefix(s.name, "min")), false, nil
	case "any_value", "first":
		return finishPick(func(lo, _ uint32) uint32 { return lo }), s.name == "first", nil
	case "last":
		return finishPick(func(_, hi uint32) uint32 { return hi - 1 }), true, nil
	default:
		return nil, false, s.unsupported()
	}
}

// finishPick takes one row of each group.
func finishPick(at func(lo, hi uint32) uint32) finisher {
	return func(_ *aggSpec, vals *data.Column, start []uint32) (*data.Column, error) {
		rows := make([]int32, len(start)-1)
		for i := range rows {
			rows[i] = -1
			if start[i] < start[i+1] {
				rows[i] = int32(at(start[i], start[i+1]))
			}
		}
		return compute.Flatten(nil, compute.GatherNullable(nil, vals, rows)), nil
	}
}

// finishExtreme finds the least or greatest value of any type by comparing rows.
func finishExtreme(least bool) finisher {
	return func(s *aggSpec, vals *data.Column, start []uint32) (*data.Column, error) {
		return finishPick(func(lo, hi uint32) uint32 {
			best := lo
			for r := lo + 1; r < hi; r++ {
				if c := compute.CompareRow(vals, int(r), vals, int(best)); c != 0 && (c < 0) == least {
					best = r
				}
			}
			return best
		})(s, vals, start)
	}
}

// finishList makes the values of each group a list.
func finishList(empty bool) finisher {
	return func(s *aggSpec, vals *data.Column, start []uint32) (*data.Column, error) {
		out := &data.Column{Type: s.typ, Len: len(start) - 1, Offsets: make([]int32, len(start)), Kids: []*data.Column{vals}}
		for i, x := range start {
			out.Offsets[i] = int32(x)
		}
		if !empty {
			out.Valid = groupsWithRows(start)
		}
		return out, nil
	}
}

// groupsWithRows is the validity of results that are null for groups without values.
func groupsWithRows(start []uint32) data.Bitmap {
	n := len(start) - 1
	out := data.NewBitmap(n)
	for i := range n {
		out.SetTo(i, start[i] < start[i+1])
	}
	if out.All(n) {
		return nil
	}
	return out
}

// finishEnds makes the first or last count values of each group a list.
func finishEnds(head bool, count int) finisher {
	return func(s *aggSpec, vals *data.Column, start []uint32) (*data.Column, error) {
		var rows []uint32
		ends := []uint32{0}
		for i := range len(start) - 1 {
			lo, hi := int(start[i]), int(start[i+1])
			if head {
				hi = min(hi, lo+count)
			} else {
				lo = max(lo, hi-count)
			}
			for r := lo; r < hi; r++ {
				rows = append(rows, uint32(r))
			}
			ends = append(ends, uint32(len(rows)))
		}
		return finishList(true)(s, compute.Flatten(nil, compute.Gather(nil, vals, rows)), ends)
	}
}

// finishJoin puts the texts of each group together.
func finishJoin(sep string) finisher {
	return func(s *aggSpec, vals *data.Column, start []uint32) (*data.Column, error) {
		b := data.NewBuilder(s.typ, len(start)-1)
		var buf []byte
		for i := range len(start) - 1 {
			if start[i] == start[i+1] {
				b.AppendNull()
				continue
			}
			buf = buf[:0]
			for r := start[i]; r < start[i+1]; r++ {
				if r > start[i] {
					buf = append(buf, sep...)
				}
				buf = append(buf, vals.Bytes(int(r))...)
			}
			b.AppendBytes(buf)
		}
		return b.Build(), nil
	}
}

// finishProduct multiplies in row order, so that the rounding is the same every time.
func finishProduct(s *aggSpec, vals *data.Column, start []uint32) (*data.Column, error) {
	v := data.Slice[float64](vals)
	out := make([]float64, len(start)-1)
	for i := range out {
		out[i] = 1
		for _, x := range v[start[i]:start[i+1]] {
			out[i] *= x
		}
	}
	return data.FlatColumn(s.typ, out, groupsWithRows(start)), nil
}

// frequencies calls each for the distinct values of every group in order of first appearance, with the row of the first and the count.
func frequencies(vals *data.Column, start []uint32, each func(group int, first uint32, count int)) {
	t := newTable(newKeyLayout([]dtype.Type{vals.Type}))
	k := newKeyBatch(t.lay)
	var first []uint32
	var counts []int
	for i := range len(start) - 1 {
		t.reset()
		first, counts = first[:0], counts[:0]
		for lo := int(start[i]); lo < int(start[i+1]); lo += data.BatchRows {
			part := vals.Slice(lo, min(lo+data.BatchRows, int(start[i+1])))
			k.set([]*data.Column{part}, part.Len)
			g := t.find(k)
			for _, r := range t.fresh {
				first, counts = append(first, uint32(lo)+r), append(counts, 0)
			}
			for _, x := range g {
				counts[x]++
			}
		}
		for j, r := range first {
			each(i, r, counts[j])
		}
	}
}

// finishMode finds the most frequent value, of several the one that appears first.
func finishMode(_ *aggSpec, vals *data.Column, start []uint32) (*data.Column, error) {
	rows := make([]int32, len(start)-1)
	best := make([]int, len(rows))
	for i := range rows {
		rows[i] = -1
	}
	frequencies(vals, start, func(g int, first uint32, count int) {
		if count > best[g] {
			best[g], rows[g] = count, int32(first)
		}
	})
	return compute.Flatten(nil, compute.GatherNullable(nil, vals, rows)), nil
}

// finishHistogram makes a map from each value, ascending, to its count.
func finishHistogram(s *aggSpec, vals *data.Column, start []uint32) (*data.Column, error) {
	n := len(start) - 1
	rows := make([][]uint32, n)
	count := map[uint32]uint64{}
	frequencies(vals, start, func(g int, first uint32, c int) {
		rows[g] = append(rows[g], first)
		count[first] = uint64(c)
	})
	var keys []uint32
	var counts []uint64
	out := &data.Column{Type: s.typ, Len: n, Offsets: make([]int32, 1, n+1), Valid: groupsWithRows(start)}
	for _, list := range rows {
		sortedRows(vals, list)
		for _, r := range list {
			keys, counts = append(keys, r), append(counts, count[r])
		}
		out.Offsets = append(out.Offsets, int32(len(keys)))
	}
	entry := s.typ.Elem()
	out.Kids = []*data.Column{{Type: entry, Len: len(keys), Kids: []*data.Column{
		compute.Flatten(nil, compute.Gather(nil, vals, keys)), data.FlatColumn(dtype.Of(dtype.Uint64), counts, nil)}}}
	return out, nil
}
