package bind

import (
	"slices"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sql/ast"
)

func (b *Binder) unique(n *frame.Unique) (plan.Node, error) {
	in, err := b.frameNode(n.Input)
	if err != nil {
		return nil, err
	}
	d := &plan.Distinct{Input: in, Keep: n.Keep}
	for _, name := range n.Subset {
		c, err := colNamed(in.Cols(), name)
		if err != nil {
			return nil, err
		}
		d.On = append(d.On, c.ID)
	}
	return d, nil
}

func (b *Binder) drop(n *frame.Drop) (plan.Node, error) {
	in, err := b.frameNode(n.Input)
	if err != nil {
		return nil, err
	}
	for _, name := range n.Names {
		if _, err := colNamed(in.Cols(), name); err != nil {
			return nil, err
		}
	}
	items := slices.DeleteFunc(refs(in.Cols()), func(it plan.Item) bool { return slices.Contains(n.Names, it.Col.Name) })
	return &plan.Project{Input: in, Items: items}, nil
}

func (b *Binder) rename(n *frame.Rename) (plan.Node, error) {
	in, err := b.frameNode(n.Input)
	if err != nil {
		return nil, err
	}
	items := refs(in.Cols())
	for i, from := range n.From {
		c, err := colNamed(in.Cols(), from)
		if err != nil {
			return nil, err
		}
		for k := range items {
			if items[k].Expr.(*expr.Ref).Col.ID == c.ID {
				items[k].Col = b.col(n.To[i], c.Type)
			}
		}
	}
	return &plan.Project{Input: in, Items: items}, uniqueItems(items)
}

func (b *Binder) castColumns(n *frame.CastColumns) (plan.Node, error) {
	in, err := b.frameNode(n.Input)
	if err != nil {
		return nil, err
	}
	items := refs(in.Cols())
	for i, name := range n.Names {
		c, err := colNamed(in.Cols(), name)
		if err != nil {
			return nil, err
		}
		for k := range items {
			if items[k].Col.ID != c.ID {
				continue
			}
			e, err := b.castExplicit(ast.Span{}, items[k].Expr, n.Types[i], n.Try)
			if err != nil {
				return nil, err
			}
			items[k] = plan.Item{Col: b.col(name, n.Types[i]), Expr: e}
		}
	}
	return &plan.Project{Input: in, Items: items}, nil
}

func (b *Binder) dropNulls(n *frame.DropNulls) (plan.Node, error) {
	in, err := b.frameNode(n.Input)
	if err != nil {
		return nil, err
	}
	subset := n.Subset
	if len(subset) == 0 {
		for _, c := range in.Cols() {
			subset = append(subset, c.Name)
		}
	}
	var conds []expr.Expr
	for _, name := range subset {
		c, err := colNamed(in.Cols(), name)
		if err != nil {
			return nil, err
		}
		conds = append(conds, &expr.IsNull{Arg: &expr.Ref{Col: c}, Negate: true})
	}
	return &plan.Filter{Input: in, Cond: expr.AndAll(conds)}, nil
}

// fillNull replaces nulls in the columns that can hold the value.
func (b *Binder) fillNull(n *frame.FillNull) (plan.Node, error) {
	in, err := b.frameNode(n.Input)
	if err != nil {
		return nil, err
	}
	x := &frameExprs{b: b, cols: in.Cols()}
	v, err := x.bind(n.Value)
	if err != nil {
		return nil, err
	}
	items := refs(in.Cols())
	for i, it := range items {
		t := it.Col.Type
		if !fits(v.Type(), t) {
			continue
		}
		e, err := b.call(ast.Span{}, "coalesce", it.Expr, castTo(v, t))
		if err != nil {
			return nil, err
		}
		items[i] = plan.Item{Col: b.col(it.Col.Name, e.Type()), Expr: e}
	}
	return &plan.Project{Input: in, Items: items}, nil
}

// fits reports whether a fill value of type v belongs in a column of type t: both numbers, or implicitly castable.
func fits(v, t dtype.Type) bool {
	if v.IsNumeric() && t.IsNumeric() {
		return !v.IsFloat() || t.IsFloat()
	}
	if v.Kind == dtype.String {
		return t.Kind == dtype.String
	}
	return v.Equal(t) || v.Kind == t.Kind && !t.IsNested()
}

func (b *Binder) explode(n *frame.Explode) (plan.Node, error) {
	in, err := b.frameNode(n.Input)
	if err != nil {
		return nil, err
	}
	u := &plan.Unnest{Input: in, Outer: true}
	names := map[string]expr.Col{}
	for _, name := range n.Names {
		c, err := colNamed(in.Cols(), name)
		if err != nil {
			return nil, err
		}
		if c.Type.Kind != dtype.List && c.Type.Kind != dtype.Array {
			return nil, fault.New(fault.Type, "column %q is %s, and only lists can be exploded", name, c.Type)
		}
		out := b.col(name, c.Type.Elem())
		u.Items = append(u.Items, plan.Item{Col: out, Expr: &expr.Ref{Col: c}})
		u.Drop = append(u.Drop, c.ID)
		names[name] = out
	}
	p := &plan.Project{Input: u}
	for _, c := range in.Cols() { // exploded columns keep their place
		if out, ok := names[c.Name]; ok {
			c = out
		}
		p.Items = append(p.Items, plan.Item{Col: c, Expr: &expr.Ref{Col: c}})
	}
	return p, nil
}
