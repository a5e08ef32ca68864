package eval

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/fn"
	"github.com/siksik-data/siksik/internal/sig"
)

// Folder evaluates constant expressions.
type Folder struct{ settings *fn.Settings }

// NewFolder returns a Folder with the settings of the query, or with defaults if none are given.
func NewFolder(settings ...*fn.Settings) *Folder {
	if len(settings) > 0 && settings[0] != nil {
		return &Folder{settings[0]}
	}
	return &Folder{defaultSettings()}
}

// Fold replaces the parts of e that do not depend on rows by literals; volatile functions and impure user functions stay. If e as a whole is
// constant and fails, the error says why; a constant part that fails stays as it is, since no row may reach it.
func (f *Folder) Fold(e expr.Expr) (expr.Expr, error) {
	if constant(e) {
		return f.literal(e)
	}
	return expr.Map(e, func(x expr.Expr) expr.Expr {
		if !constant(x) {
			return x
		}
		if lit, err := f.literal(x); err == nil {
			return lit
		}
		return x
	}), nil
}

// constant reports whether e can be evaluated without a row.
func constant(e expr.Expr) bool {
	ok := true
	expr.Walk(e, func(x expr.Expr) bool {
		switch x := x.(type) {
		case *expr.Ref:
			ok = false
		case *expr.Call:
			ok = ok && !x.Fn.Has(sig.Volatile)
		case *expr.UDF:
			ok = ok && x.Pure
		}
		return ok
	})
	return ok
}

// oneRow is the input of constant expressions.
var oneRow = &data.Batch{Len: 1}

// literal evaluates a constant expression.
func (f *Folder) literal(e expr.Expr) (expr.Expr, error) {
	if _, ok := e.(*expr.Lit); ok {
		return e, nil
	}
	p, err := Compile([]expr.Expr{e}, nil)
	if err != nil {
		return e, err
	}
	cols, err := p.Worker().Eval(WithSettings(context.Background(), f.settings), oneRow)
	if err != nil {
		return e, withoutRow(err)
	}
	if longList(cols[0]) {
		return e, nil
	}
	v := cols[0].Value(0)
	v.Type = e.Type()
	return &expr.Lit{Value: v}, nil
}

// longList reports whether a row of one is a list that is better computed where it is used than carried through the plan.
func longList(c *data.Column) bool {
	const long = 1000
	f, i := c.Row(0)
	return f.Type.Phys() == dtype.PhysList && f.Valid.Get(i) && f.Offsets[i+1]-f.Offsets[i] > long
}
