package fn

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
)

// ListSearch is membership and equality within lists.
var ListSearch = &Set{add: func(register adder) {
	register(map[string]Maker{
		"list_contains.list":      strict(listContains),
		"list_position.list":      lenient(listPosition),
		"list_count_matches.list": strict(countMatches),
		"list_has_any.list":       strict(hasAny),
		"list_has_all.list":       strict(hasAll),
		"list_intersect.list":     strict(intersect),
		"list_distinct.list":      strict(listDistinct),
		"list_unique.list":        strict(listUnique(false)),
		"list_n_unique.list":      strict(listUnique(true)),
	})
}}

// matches compares every element of the lists with the item of its row.
func matches(c *Ctx, args []*data.Column, n int) (lists, *data.Column) {
	a := compute.Flatten(c.Scratch, args[0])
	x := listsOf(a)
	kid := x.kid
	var item *data.Column
	if args[1].Form == data.Const {
		item = c.Scratch.Const(args[1].Values, kid.Len)
	} else {
		rows := compute.Make[uint32](c.Scratch, kid.Len)
		clear(rows)
		for i := range n {
			lo, hi := x.at(i)
			for j := lo; j < hi; j++ {
				rows[j] = uint32(i)
			}
		}
		item = compute.Gather(c.Scratch, args[1], rows)
	}
	if kid.Type.Kind == dtype.Null || kid.Len == 0 {
		return x, c.Scratch.BoolConst(false, kid.Len)
	}
	return x, compute.Flatten(c.Scratch, compute.Compare(c.Scratch, compute.Eq, kid, item))
}

func truths(eq *data.Column, j int) bool {
	f, k := eq.Row(j)
	return !eq.IsNull(j) && f.Bits.Get(k)
}

func listContains(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	x, eq := matches(c, args, n)
	dst := c.Scratch.Zeros(n)
	for i := range n {
		lo, hi := x.at(i)
		for j := lo; j < hi; j++ {
			if truths(eq, j) {
				dst.Set(i)
				break
			}
		}
	}
	return c.Scratch.Bool(dst, valid, n), nil
}

func countMatches(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	x, eq := matches(c, args, n)
	dst := compute.Make[int64](c.Scratch, n)
	for i := range n {
		lo, hi := x.at(i)
		dst[i] = 0
		for j := lo; j < hi; j++ {
			dst[i] += int64(bit(truths(eq, j)))
		}
	}
	return num(c, dst, valid), nil
}

// listPosition counts from 1; a null item finds the first null.
func listPosition(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	x, eq := matches(c, args, n)
	dst := compute.Make[int32](c.Scratch, n)
	var gone nulls
	for i := range n {
		found := false
		if !args[0].IsNull(i) {
			lo, hi := x.at(i)
			for j := lo; j < hi && !found; j++ {
				if found = truths(eq, j) || args[1].IsNull(i) && x.kid.IsNull(j); found {
					dst[i] = int32(j - lo + 1)
				}
			}
		}
		if !found {
			dst[i] = 0
			gone.mark(c, i, n, nil)
		}
	}
	return num(c, dst, gone.or(nil)), nil
}

// rowSet is a set of rows of columns of one type by value.
type rowSet struct {
	byHash map[uint64][]setRow
}

type setRow struct {
	col *data.Column
	row int
}

func (s *rowSet) reset() {
	if s.byHash == nil {
		s.byHash = map[uint64][]setRow{}
	}
	clear(s.byHash)
}

// find reports whether a row with an equal value is in the set.
func (s *rowSet) find(h uint64, col *data.Column, row int) bool {
	for _, r := range s.byHash[h] {
		if compute.CompareRow(r.col, r.row, col, row) == 0 {
			return true
		}
	}
	return false
}

// add puts the row in and reports whether it was new.
func (s *rowSet) add(h uint64, col *data.Column, row int) bool {
	if s.find(h, col, row) {
		return false
	}
	s.byHash[h] = append(s.byHash[h], setRow{col, row})
	return true
}

// hashed returns the lists of a column and the hashes of their elements.
func hashed(c *Ctx, a *data.Column) (lists, []uint64) {
	x := listsOf(a)
	return x, compute.Hash(c.Scratch, []*data.Column{x.kid}, x.kid.Len)
}

func hasAny(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	return setTest(c, args[0], args[1], n, valid, true)
}

func hasAll(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	return setTest(c, args[0], args[1], n, valid, false)
}

// setTest looks the elements of b that are not null up in a.
func setTest(c *Ctx, a, b *data.Column, n int, valid data.Bitmap, anyOf bool) (*data.Column, error) {
	x, hx := hashed(c, a)
	y, hy := hashed(c, b)
	dst := c.Scratch.Zeros(n)
	var set rowSet
	for i := range n {
		if !valid.Get(i) {
			continue
		}
		set.reset()
		lo, hi := x.at(i)
		for j := lo; j < hi; j++ {
			if !x.kid.IsNull(j) {
				set.add(hx[j], x.kid, j)
			}
		}
		result := !anyOf
		lo, hi = y.at(i)
		for j := lo; j < hi; j++ {
			if !y.kid.IsNull(j) && set.find(hy[j], y.kid, j) == anyOf {
				result = anyOf
				break
			}
		}
		dst.SetTo(i, result)
	}
	return c.Scratch.Bool(dst, valid, n), nil
}

func intersect(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	_, hx := hashed(c, args[0])
	y, hy := hashed(c, args[1])
	kid := listsOf(args[0]).kid
	var in, seen rowSet
	return repick(c, args[0], n, valid, func(p *picked, i, lo, hi int) {
		in.reset()
		seen.reset()
		from, to := y.at(i)
		for j := from; j < to; j++ {
			in.add(hy[j], y.kid, j)
		}
		for j := lo; j < hi; j++ {
			if !kid.IsNull(j) && in.find(hx[j], kid, j) && seen.add(hx[j], kid, j) {
				p.add(j)
			}
		}
	})
}

func listDistinct(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
	x, h := hashed(c, args[0])
	var seen rowSet
	return repick(c, args[0], n, valid, func(p *picked, _, lo, hi int) {
		seen.reset()
		for j := lo; j < hi; j++ {
			if !x.kid.IsNull(j) && seen.add(h[j], x.kid, j) {
				p.add(j)
			}
		}
	})
}

// listUnique counts distinct elements, with or without null.
func listUnique(nullCounts bool) body {
	return func(c *Ctx, args []*data.Column, n int, valid data.Bitmap) (*data.Column, error) {
		x, h := hashed(c, args[0])
		dst := compute.Make[int64](c.Scratch, n)
		var seen rowSet
		for i := range dst {
			dst[i] = 0
			seen.reset()
			lo, hi := x.at(i)
			for j := lo; j < hi; j++ {
				if (nullCounts || !x.kid.IsNull(j)) && seen.add(h[j], x.kid, j) {
					dst[i]++
				}
			}
		}
		return num(c, dst, valid), nil
	}
}
