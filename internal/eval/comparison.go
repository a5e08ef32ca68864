package eval

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/fn"
)

// comparisons are operators that need nothing of a function but a column operation.
var comparisons = map[string]fn.Maker{
	"eq.any": compare(compute.Eq), "ne.any": compare(compute.Ne), "lt.any": compare(compute.Lt), "le.any": compare(compute.Le),
	"gt.any": compare(compute.Gt), "ge.any": compare(compute.Ge), "is_distinct.any": distinct(false), "is_not_distinct.any": distinct(true),
}

func compare(op compute.CmpOp) fn.Maker {
	return operator(func(c *fn.Ctx, a, b *data.Column) *data.Column { return compute.Compare(c.Scratch, op, a, b) })
}

func distinct(not bool) fn.Maker {
	return operator(func(c *fn.Ctx, a, b *data.Column) *data.Column { return compute.Distinct(c.Scratch, not, a, b) })
}

func operator(f func(c *fn.Ctx, a, b *data.Column) *data.Column) fn.Maker {
	impl := func(c *fn.Ctx, args []*data.Column, _ int) (*data.Column, error) { return f(c, args[0], args[1]), nil }
	return func([]*data.Column, dtype.Type) (fn.Impl, error) { return impl, nil }
}
