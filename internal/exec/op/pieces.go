package op

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
)

// pieces is a growing column of any type that is kept as the columns that were added. Rows are numbered over all of them.
type pieces struct {
	typ  dtype.Type
	cols []*data.Column
	from []int // number of the first row of each column
	n    int
	size int64
}

// add copies the rows of c, or all if rows is nil, and returns the number of the first.
func (p *pieces) add(c *data.Column, rows []uint32) int {
	var own *data.Column
	if rows == nil {
		own = c.Clone()
	} else {
		b := data.NewBuilder(p.typ, len(rows))
		b.AppendColumn(c, rows)
		own = b.Build()
	}
	return p.adopt(own)
}

// adopt adds a column that p may keep.
func (p *pieces) adopt(c *data.Column) int {
	first := p.n
	p.cols, p.from = append(p.cols, c), append(p.from, first)
	p.n += c.Len
	p.size += int64(c.Size())
	return first
}

// all returns all rows as one Flat column.
func (p *pieces) all() *data.Column {
	switch len(p.cols) {
	case 0:
		return data.NewBuilder(p.typ, 0).Build()
	case 1:
		return p.cols[0].Flatten()
	}
	c := compute.Concat(nil, p.typ, p.cols)
	p.cols, p.from = []*data.Column{c}, []int{0}
	return c
}

// at returns the column and the row in it that have row i.
func (p *pieces) at(i int) (*data.Column, int) {
	lo, hi := 0, len(p.from)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; p.from[mid] <= i {
			lo = mid
		} else {
			hi = mid
		}
	}
	return p.cols[lo], i - p.from[lo]
}

// clone returns p with lists of its own; the columns are shared, since they never change.
func (p *pieces) clone() pieces {
	out := *p
	out.cols = append([]*data.Column(nil), p.cols...)
	out.from = append([]int(nil), p.from...)
	return out
}
