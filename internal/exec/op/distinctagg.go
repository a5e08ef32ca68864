package op

import (
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
)

// An aggregate of which all calls are DISTINCT over the same arguments runs as two: the first finds the distinct combinations of keys and
// arguments, which it can do partition by partition in cache and in parallel however few groups there are; the second counts them.

// distinctOnly reports whether n is such an aggregate.
func distinctOnly(n *phys.HashAgg) bool {
	if len(n.Aggs) == 0 || n.Sets != nil {
		return false
	}
	first := ""
	for i := range n.Aggs {
		a := &n.Aggs[i].Agg
		spec, err := newSpec(a)
		if err != nil || !spec.distinct || a.Filter != nil || len(a.Order) > 0 {
			return false
		}
		text := expr.FormatList(spec.exprs)
		if i > 0 && text != first {
			return false
		}
		first = text
	}
	return true
}

// placeType is the type of a column of places.
var placeType = dtype.Of(dtype.Uint64)

// distinctAgg builds the two aggregates.
func (b *builder) distinctAgg(n *phys.HashAgg, legs []exec.Leg) ([]exec.Leg, error) {
	list := itemExprs(n.Keys)
	spec, err := newSpec(&n.Aggs[0].Agg)
	if err != nil {
		return nil, err
	}
	list = append(list, spec.exprs...)
	pairs := &hashAgg{mem: b.account(n.ID, "distinct aggregate"), keys: len(list), keyTypes: exprTypes(list), placeCol: -1, places: true}
	if pairs.exprs, err = compile(list, n.Input.Info().Out); err != nil {
		return nil, err
	}
	pairs.sets = []*aggSet{newAggSet(pairs.keyTypes)}
	p := b.sink(n, "distinct aggregate", legs, pairs)

	// The columns in between have ids of their own.
	var mid []expr.Col
	var refs []expr.Expr
	for i, t := range append(exprTypes(list), placeType) {
		mid = append(mid, expr.Col{ID: expr.ColID(-1 - i), Type: t})
		refs = append(refs, &expr.Ref{Col: mid[i]})
	}
	a := &hashAgg{mem: b.account(n.ID, "aggregate"), ordered: n.Ordered, keys: len(n.Keys), placeCol: len(list)}
	if a.exprs, err = compile(refs, mid); err != nil {
		return nil, err
	}
	for _, k := range n.Keys {
		a.keyTypes = append(a.keyTypes, k.Expr.Type())
	}
	a.sets = []*aggSet{newAggSet(a.keyTypes)}
	for i := range n.Aggs {
		spec, err := newSpec(&n.Aggs[i].Agg)
		if err != nil {
			return nil, err
		}
		spec.distinct = false
		c := aggCall{spec: spec, filter: -1}
		for j := range spec.exprs {
			c.args = append(c.args, len(n.Keys)+j)
		}
		a.calls = append(a.calls, c)
	}
	q := b.plan.Add(&exec.Pipeline{Name: "aggregate", Node: exec.NoNode, Legs: []exec.Leg{{Node: exec.NoNode, From: p}}, Sink: a})
	return []exec.Leg{{Node: n.ID, From: q}}, nil
}

// newAggSet returns the set of all keys.
func newAggSet(types []dtype.Type) *aggSet {
	s := &aggSet{lay: newKeyLayout(types)}
	for i := range types {
		s.keys = append(s.keys, i)
	}
	return s
}
