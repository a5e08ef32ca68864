package fn

import (
	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/kern"
)

// Comparison is comparisons and the choice between values. It is always linked: plans use it of themselves.
var Comparison = &Set{add: func(register adder) {
	for name, op := range map[string]compute.CmpOp{"eq": compute.Eq, "ne": compute.Ne, "lt": compute.Lt, "le": compute.Le, "gt": compute.Gt, "ge": compute.Ge} {
		register(map[string]Maker{name + ".any": plain(func(c *Ctx, args []*data.Column, _ int) (*data.Column, error) {
			return compute.Compare(c.Scratch, op, args[0], args[1]), nil
		})})
	}
	register(map[string]Maker{
		"is_distinct.any":        plain(distinct(false)),
		"is_not_distinct.any":    plain(distinct(true)),
		"greatest.any":           plain(extreme(compute.Gt)),
		"least.any":              plain(extreme(compute.Lt)),
		"coalesce.any":           plain(coalesce),
		"mean_of.hugeint_bigint": strict(meanOf),
		"mean_of.decimal_bigint": strict(meanOf),
		"fill_null.any":          plain(coalesce),
		"if.any":                 plain(ifThenElse),
		"nullif.any":             plain(nullIf),
		"constant_or_null.any":   plain(constantOrNull),
		"clip.any":               plain(clip),
		"fill_nan.float":         lenient(fillNaN),
	})
}}

func distinct(not bool) Impl {
	return func(c *Ctx, args []*data.Column, _ int) (*data.Column, error) {
		return compute.Distinct(c.Scratch, not, args[0], args[1]), nil
	}
}

// extreme folds the arguments, a null counting as absent.
func extreme(op compute.CmpOp) Impl {
	return func(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
		if c.Ret.Kind == dtype.Null {
			return c.Scratch.Null(c.Ret, n), nil
		}
		best := args[0]
		for _, a := range args[1:] {
			better := compute.Compare(c.Scratch, op, a, best)
			best = compute.IfThenElse(c.Scratch, c.Ret, compute.Or(c.Scratch, better, missing(c, best)), a, best)
			best = compute.Coalesce(c.Scratch, c.Ret, []*data.Column{best, a})
		}
		return best, nil
	}
}

// missing is true where a is null.
func missing(c *Ctx, a *data.Column) *data.Column { return compute.IsNull(c.Scratch, a, false) }

func coalesce(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	if c.Ret.Kind == dtype.Null {
		return c.Scratch.Null(c.Ret, n), nil
	}
	return compute.Coalesce(c.Scratch, c.Ret, args), nil
}

func ifThenElse(c *Ctx, args []*data.Column, _ int) (*data.Column, error) {
	return compute.IfThenElse(c.Scratch, c.Ret, args[0], args[1], args[2]), nil
}

// nullIf compares in the second argument's type, to which the first is cast if it differs.
func nullIf(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	a := args[0]
	if !a.Type.Equal(args[1].Type) {
		var err error
		if a, err = compute.Cast(c.Scratch, a, args[1].Type, false); err != nil {
			return nil, err
		}
	}
	if a.Type.Kind == dtype.Null {
		return c.Scratch.Null(c.Ret, n), nil
	}
	same := compute.Compare(c.Scratch, compute.Eq, a, args[1])
	return compute.IfThenElse(c.Scratch, c.Ret, same, c.Scratch.Null(c.Ret, n), args[0]), nil
}

func constantOrNull(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	out := args[0]
	for _, a := range args[1:] {
		out = compute.IfThenElse(c.Scratch, c.Ret, missing(c, a), c.Scratch.Null(c.Ret, n), out)
	}
	return out, nil
}

// clip bounds the first argument; a null bound is open.
func clip(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	if c.Ret.Kind == dtype.Null {
		return c.Scratch.Null(c.Ret, n), nil
	}
	x := args[0]
	below := compute.Compare(c.Scratch, compute.Lt, x, args[1])
	x = compute.IfThenElse(c.Scratch, c.Ret, below, args[1], x)
	above := compute.Compare(c.Scratch, compute.Gt, x, args[2])
	return compute.IfThenElse(c.Scratch, c.Ret, above, args[2], x), nil
}

func fillNaN(c *Ctx, args []*data.Column, n int) (*data.Column, error) {
	a := compute.Flatten(c.Scratch, args[0])
	bits := c.Scratch.Bits(n)
	if a.Type.Kind == dtype.Float32 {
		kern.IsNaN(bits, data.Slice[float32](a))
	} else {
		kern.IsNaN(bits, data.Slice[float64](a))
	}
	return compute.IfThenElse(c.Scratch, c.Ret, c.Scratch.Bool(bits, a.Valid, n), args[1], a), nil
}
