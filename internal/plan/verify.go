package plan

import (
	"errors"
	"fmt"
	"maps"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/spi"
)

// Verify checks that a plan hangs together: every reference is to a column of the input, with its type; a node puts out each column id once; conditions
// are boolean; the two sides of a join key, the inputs of a union and an item and its column agree in type; uses of a shared plan are of one plan. The
// error names the node and is an internal one: no user can cause it. The cost is linear in the size of the plan.
func Verify(root Node) error {
	v := &verifier{shared: map[int]Node{}}
	return v.node(root)
}

type verifier struct {
	shared map[int]Node
	outer  columns // what the right sides of the enclosing Applies may read
}

// columns are the types of the columns in reach, by id.
type columns map[expr.ColID]*dtype.Type

// reach returns the columns that expressions over the output of n may read.
func (v *verifier) reach(n Node) columns {
	out := maps.Clone(v.outer)
	if out == nil {
		out = columns{}
	}
	EachCol(n, func(c *expr.Col) { out[c.ID] = &c.Type })
	return out
}

// node checks n and what is below it.
func (v *verifier) node(n Node) error {
	if n == nil {
		return bug.Errorf("a plan node is missing")
	}
	if s, ok := n.(*Shared); ok {
		if old := v.shared[s.ID]; old != nil {
			if old != s.Input {
				return bug.Errorf("Shared #%d has two different inputs", s.ID)
			}
			if err := v.sharedCols(s); err != nil {
				return bug.Errorf("in %s: %v", line(n), err)
			}
			return nil
		}
		v.shared[s.ID] = s.Input
	}
	if err := v.inputs(n); err != nil {
		return err
	}
	if err := v.unique(n); err != nil {
		return err
	}
	if f, ok := n.(*Filter); ok && f.Cond == nil {
		return bug.Errorf("a condition is missing")
	}
	if err := v.check(n); err != nil {
		return bug.Errorf("in %s: %v", line(n), err)
	}
	return nil
}

// inputs checks what is below n. The right side of an Apply sees the columns of its left side.
func (v *verifier) inputs(n Node) error {
	for i, in := range n.Inputs() {
		outer := v.outer
		if a, ok := n.(*Apply); ok && i == 1 {
			v.outer = v.reach(a.Left)
		}
		err := v.node(in)
		v.outer = outer
		if err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) unique(n Node) error {
	seen := map[expr.ColID]bool{}
	var twice *expr.Col
	EachCol(n, func(c *expr.Col) {
		if seen[c.ID] && twice == nil {
			twice = c
		}
		seen[c.ID] = true
	})
	if twice != nil {
		return bug.Errorf("in %s: column %s#%d appears twice", line(n), twice.Name, twice.ID)
	}
	return nil
}

// check dispatches on the kind of node.
func (v *verifier) check(n Node) error {
	switch n := n.(type) {
	case *Scan:
		return v.scan(n)
	case *Memory:
		return v.memory(n)
	case *Values:
		return v.values(n)
	case *Filter:
		return condition(v.reach(n.Input), n.Cond)
	case *Project:
		return items(v.reach(n.Input), n.Items)
	case *Aggregate:
		return v.aggregate(n)
	case *Join:
		return v.join(n)
	case *Apply:
		return v.apply(n)
	case *Sort:
		return sortKeys(v.reach(n.Input), n.Keys)
	case *Limit:
		if n.Offset < 0 || n.Count < -1 {
			return fmt.Errorf("limit %d offset %d", n.Count, n.Offset)
		}
		return nil
	case *Union:
		return v.union(n)
	case *Distinct:
		return inReach(v.reach(n.Input), n.On)
	case *Window:
		return v.window(n)
	case *Unnest:
		return v.unnest(n)
	case *RowIndex, *Write:
		return nil
	case *Shared:
		return v.sharedCols(n)
	default:
		return fmt.Errorf("unknown plan node %T", n)
	}
}

func (v *verifier) scan(n *Scan) error {
	fields := n.Table.Schema().Fields
	if len(n.Source) != len(n.Out) {
		return fmt.Errorf("%d columns of %d sources", len(n.Out), len(n.Source))
	}
	for i, s := range n.Source {
		if s < 0 || s >= len(fields) {
			return fmt.Errorf("source %d of %d", s, len(fields))
		}
		if !fields[s].Type.Equal(n.Out[i].Type) {
			return fmt.Errorf("column %s is %s, and %s in the table", n.Out[i].Name, n.Out[i].Type, fields[s].Type)
		}
	}
	for _, p := range n.Where {
		if err := pred(fields, p); err != nil {
			return err
		}
	}
	return nil
}

func pred(fields []dtype.Field, p spi.Pred) error {
	if p.Op >= spi.PredAnd {
		for _, k := range p.Kids {
			if err := pred(fields, k); err != nil {
				return err
			}
		}
		return nil
	}
	if p.Col < 0 || p.Col >= len(fields) {
		return fmt.Errorf("predicate on column %d of %d", p.Col, len(fields))
	}
	for _, s := range p.Values {
		if s.Null || !s.Type.Equal(fields[p.Col].Type) {
			return fmt.Errorf("predicate compares %s %s with %s %s", fields[p.Col].Name, fields[p.Col].Type, s.Type, s)
		}
	}
	return nil
}

func (v *verifier) memory(n *Memory) error {
	for _, b := range n.Batches {
		if len(b.Cols) != len(n.Out) {
			return fmt.Errorf("a batch has %d columns, not %d", len(b.Cols), len(n.Out))
		}
	}
	return nil
}

func (v *verifier) values(n *Values) error {
	for _, row := range n.Rows {
		if len(row) != len(n.Out) {
			return fmt.Errorf("a row has %d values, not %d", len(row), len(n.Out))
		}
		for i, e := range row {
			if err := typed(v.outer, e, n.Out[i].Type); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *verifier) aggregate(n *Aggregate) error {
	in := v.reach(n.Input)
	if err := items(in, n.Keys); err != nil {
		return err
	}
	for _, a := range n.Aggs {
		if !a.Agg.Typ.Equal(a.Col.Type) {
			return fmt.Errorf("%s is %s, its column %s", a.Agg.Format(), a.Agg.Typ, a.Col.Type)
		}
		if err := resolveAll(in, a.Agg.Args); err != nil {
			return err
		}
		if a.Agg.Filter != nil {
			if err := condition(in, a.Agg.Filter); err != nil {
				return err
			}
		}
		if err := sortKeys(in, a.Agg.Order); err != nil {
			return err
		}
	}
	for _, set := range n.Sets {
		for _, k := range set {
			if k < 0 || k >= len(n.Keys) {
				return fmt.Errorf("grouping set refers to key %d of %d", k, len(n.Keys))
			}
		}
	}
	return nil
}

func (v *verifier) join(n *Join) error {
	left, right := v.reach(n.Left), v.reach(n.Right)
	if n.Kind == defs.Cross && (len(n.On) > 0 || n.Residual != nil) {
		return errors.New("a cross join has a condition")
	}
	if n.Kind == defs.Mark && n.Mark.Type.Kind != dtype.Bool {
		return fmt.Errorf("the mark column is %s", n.Mark.Type)
	}
	for _, on := range n.On {
		if err := resolve(left, on.Left); err != nil {
			return err
		}
		if err := resolve(right, on.Right); err != nil {
			return err
		}
		if !on.Left.Type().Equal(on.Right.Type()) {
			return fmt.Errorf("join keys of %s and %s", on.Left.Type(), on.Right.Type())
		}
	}
	if n.Residual == nil {
		return nil
	}
	for id, t := range right {
		left[id] = t
	}
	return condition(left, n.Residual)
}

func (v *verifier) apply(n *Apply) error {
	switch n.Kind {
	case defs.Inner, defs.Left, defs.Semi, defs.Anti, defs.Mark, defs.Single:
	default:
		return fmt.Errorf("a dependent join cannot be %s", n.Kind)
	}
	if n.Kind == defs.Mark && n.Mark.Type.Kind != dtype.Bool {
		return fmt.Errorf("the mark column is %s", n.Mark.Type)
	}
	if n.Cond == nil {
		return nil
	}
	both := v.reach(n.Left)
	maps.Copy(both, v.reach(n.Right))
	return condition(both, n.Cond)
}

func (v *verifier) union(n *Union) error {
	for _, in := range n.Ins {
		cols := in.Cols()
		if len(cols) != len(n.Out) {
			return fmt.Errorf("an input has %d columns, not %d", len(cols), len(n.Out))
		}
		for i, c := range cols {
			if !c.Type.Equal(n.Out[i].Type) {
				return fmt.Errorf("column %s is %s in an input and %s in the union", c.Name, c.Type, n.Out[i].Type)
			}
		}
	}
	return nil
}

func (v *verifier) window(n *Window) error {
	in := v.reach(n.Input)
	for _, it := range n.Items {
		w := it.Win
		if !w.Typ.Equal(it.Col.Type) {
			return fmt.Errorf("%s is %s, its column %s", w.Format(), w.Typ, it.Col.Type)
		}
		for _, list := range [][]expr.Expr{w.Args, w.Partition} {
			if err := resolveAll(in, list); err != nil {
				return err
			}
		}
		if w.Filter != nil {
			if err := condition(in, w.Filter); err != nil {
				return err
			}
		}
		if err := sortKeys(in, w.Order); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) unnest(n *Unnest) error {
	in := v.reach(n.Input)
	for _, it := range n.Items {
		if err := resolve(in, it.Expr); err != nil {
			return err
		}
		if t := it.Expr.Type(); !t.Elem().Equal(it.Col.Type) {
			return fmt.Errorf("the elements of %s go to a column of %s", t, it.Col.Type)
		}
	}
	return inReach(in, n.Drop)
}

func (v *verifier) sharedCols(n *Shared) error {
	in := n.Input.Cols()
	if len(in) != len(n.Out) {
		return fmt.Errorf("Shared #%d has %d columns of %d", n.ID, len(n.Out), len(in))
	}
	for i, c := range n.Out {
		if !c.Type.Equal(in[i].Type) {
			return fmt.Errorf("Shared #%d makes %s of %s %s", n.ID, c.Type, in[i].Name, in[i].Type)
		}
	}
	return nil
}

func inReach(in columns, ids []expr.ColID) error {
	for _, id := range ids {
		if _, ok := in[id]; !ok {
			return fmt.Errorf("column #%d is not in the input", id)
		}
	}
	return nil
}

func items(in columns, list []Item) error {
	for _, it := range list {
		if err := typed(in, it.Expr, it.Col.Type); err != nil {
			return err
		}
	}
	return nil
}

func sortKeys(in columns, keys []expr.SortKey) error {
	for _, k := range keys {
		if err := resolve(in, k.Expr); err != nil {
			return err
		}
	}
	return nil
}

func condition(in columns, e expr.Expr) error {
	return typed(in, e, dtype.Of(dtype.Bool))
}

func typed(in columns, e expr.Expr, t dtype.Type) error {
	if err := resolve(in, e); err != nil {
		return err
	}
	if !e.Type().Equal(t) {
		return fmt.Errorf("%s is %s, not %s", expr.Format(e), e.Type(), t)
	}
	return nil
}

func resolveAll(in columns, list []expr.Expr) error {
	for _, e := range list {
		if err := resolve(in, e); err != nil {
			return err
		}
	}
	return nil
}

// resolve checks the references of e.
func resolve(in columns, e expr.Expr) error {
	if e == nil {
		return errors.New("an expression is missing")
	}
	var err error
	expr.Walk(e, func(x expr.Expr) bool {
		if r, ok := x.(*expr.Ref); ok && err == nil {
			switch t, found := in[r.Col.ID]; {
			case !found:
				err = fmt.Errorf("%s#%d is not in the input", r.Col.Name, r.Col.ID)
			case !t.Equal(r.Col.Type):
				err = fmt.Errorf("%s#%d is read as %s and is %s", r.Col.Name, r.Col.ID, r.Col.Type, t)
			}
		}
		return err == nil
	})
	return err
}
