package refimpl

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// ErrLarge is the error of plans that take minutes when they are computed naively.
var ErrLarge = errors.New("too many rows to compute naively")

// mostWork is how many rows and pairs of rows one Run looks at, about a second of work.
const mostWork = 300_000

// interp computes one plan.
type interp struct{ left int } // rows and pairs of rows that may still be looked at

// spend counts rows, before they are looked at.
func (x *interp) spend(rows int) error {
	if x.left -= rows; x.left < 0 {
		return ErrLarge
	}
	return nil
}

// Run computes a plan and returns its rows, column by column in the order of n.Cols(). The error may be ErrLarge.
func Run(n plan.Node) ([][]data.Scalar, error) {
	x := &interp{left: mostWork}
	rows, err := x.run(n)
	if err != nil {
		return nil, err
	}
	out := make([][]data.Scalar, len(rows))
	for i, r := range rows {
		for _, c := range n.Cols() {
			out[i] = append(out[i], r[c.ID])
		}
	}
	return out, nil
}

// run computes a node; its rows count as looked at.
func (x *interp) run(n plan.Node) ([]row, error) {
	rows, err := x.node(n)
	if err != nil {
		return nil, err
	}
	return rows, x.spend(len(rows))
}

// node dispatches on the kind of node.
func (x *interp) node(n plan.Node) ([]row, error) {
	switch n := n.(type) {
	case *plan.Memory:
		return memory(n), nil
	case *plan.Values:
		return values(n)
	case *plan.Join:
		return x.join(n)
	case *plan.Apply:
		return x.apply(n)
	case *plan.Union:
		return x.union(n)
	case *plan.Shared:
		return x.shared(n)
	}
	ins := n.Inputs()
	if len(ins) != 1 {
		return nil, unsupported{fmt.Sprintf("%T", n)}
	}
	in, err := x.run(ins[0])
	if err != nil {
		return nil, err
	}
	switch n := n.(type) {
	case *plan.Filter:
		return filter(in, n.Cond)
	case *plan.Project:
		return project(in, n.Items)
	case *plan.Aggregate:
		return aggregate(n, in)
	case *plan.Sort:
		return sorted(n, in)
	case *plan.Limit:
		in = in[min(int(n.Offset), len(in)):]
		if n.Count >= 0 {
			in = in[:min(int(n.Count), len(in))]
		}
		return in, nil
	case *plan.Distinct:
		return distinct(n, in), nil
	case *plan.RowIndex:
		for i := range in {
			in[i][n.Col.ID] = data.IntScalar(n.Col.Type, n.Offset+int64(i))
		}
		return in, nil
	case *plan.Unnest:
		return unnest(n, in)
	case *plan.Window:
		if err := x.spend(len(in) * len(in) / 4); err != nil { // each row may look at all, which is quicker than to join them
			return nil, err
		}
		return window(n, in)
	default:
		return nil, unsupported{fmt.Sprintf("%T", n)}
	}
}

func memory(n *plan.Memory) []row {
	var out []row
	for _, b := range n.Batches {
		for i := range b.Len {
			r := row{}
			for k, c := range n.Out {
				r[c.ID] = b.Cols[k].Value(i)
			}
			out = append(out, r)
		}
	}
	return out
}

func values(n *plan.Values) ([]row, error) {
	var out []row
	for _, exprs := range n.Rows {
		r := row{}
		for i, e := range exprs {
			v, err := eval(e, nil)
			if err != nil {
				return nil, err
			}
			r[n.Out[i].ID] = v
		}
		out = append(out, r)
	}
	return out, nil
}

func (x *interp) union(n *plan.Union) ([]row, error) {
	var out []row
	for _, in := range n.Ins {
		rows, err := x.run(in)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			o := row{}
			for i, c := range in.Cols() {
				o[n.Out[i].ID] = r[c.ID]
			}
			out = append(out, o)
		}
	}
	return out, nil
}

func (x *interp) shared(n *plan.Shared) ([]row, error) {
	rows, err := x.run(n.Input)
	out := make([]row, len(rows))
	for i, r := range rows {
		out[i] = row{}
		for k, c := range n.Input.Cols() {
			out[i][n.Out[k].ID] = r[c.ID]
		}
	}
	return out, err
}

func filter(in []row, cond expr.Expr) ([]row, error) {
	var out []row
	for _, r := range in {
		v, err := eval(cond, r)
		if err != nil {
			return nil, err
		}
		if v.Bool() {
			out = append(out, r)
		}
	}
	return out, nil
}

func project(in []row, items []plan.Item) ([]row, error) {
	var out []row
	for _, r := range in {
		o := row{}
		for _, it := range items {
			v, err := eval(it.Expr, r)
			if err != nil {
				return nil, err
			}
			o[it.Col.ID] = v
		}
		out = append(out, o)
	}
	return out, nil
}

// Key is a text that is equal for values that group together.
func Key(vals []data.Scalar) string {
	var b strings.Builder
	for _, v := range vals {
		switch {
		case v.Null:
			b.WriteString("N|")
		case v.Type.IsFloat() && v.F == 0:
			b.WriteString("0|")
		case v.Type.IsNested():
			b.WriteString("[" + Key(v.Kids) + "]|")
		default:
			s := text(v)
			fmt.Fprintf(&b, "%d:%s|", len(s), s)
		}
	}
	return b.String()
}

func evalAll(list []expr.Expr, r row) ([]data.Scalar, error) {
	out := make([]data.Scalar, len(list))
	for i, e := range list {
		v, err := eval(e, r)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// lessBy orders two key rows; 0 means equal.
func lessBy(a, b []data.Scalar, keys []expr.SortKey) int {
	for i, k := range keys {
		c := 0
		switch {
		case a[i].Null && b[i].Null:
			continue
		case a[i].Null || b[i].Null:
			c = 1
			if a[i].Null == k.NullsFirst {
				c = -1
			}
			return c
		default:
			if c = Compare(a[i], b[i]); k.Desc {
				c = -c
			}
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// order sorts rows stably by keys.
func order(in []row, keys []expr.SortKey) ([]row, error) {
	exprs := make([]expr.Expr, len(keys))
	for i, k := range keys {
		exprs[i] = k.Expr
	}
	type keyed struct {
		r row
		k []data.Scalar
	}
	all := make([]keyed, len(in))
	for i, r := range in {
		k, err := evalAll(exprs, r)
		if err != nil {
			return nil, err
		}
		all[i] = keyed{r, k}
	}
	sort.SliceStable(all, func(i, j int) bool { return lessBy(all[i].k, all[j].k, keys) < 0 })
	out := make([]row, len(in))
	for i, x := range all {
		out[i] = x.r
	}
	return out, nil
}

func sorted(n *plan.Sort, in []row) ([]row, error) {
	out, err := order(in, n.Keys)
	if err == nil && n.Limit >= 0 {
		out = out[:min(int(n.Limit), len(out))]
	}
	return out, err
}

func distinct(n *plan.Distinct, in []row) []row {
	on := n.On
	if on == nil {
		for _, c := range n.Input.Cols() {
			on = append(on, c.ID)
		}
	}
	groups := map[string][]int{}
	var seen []string
	for i, r := range in {
		var vals []data.Scalar
		for _, id := range on {
			vals = append(vals, r[id])
		}
		k := Key(vals)
		if groups[k] == nil {
			seen = append(seen, k)
		}
		groups[k] = append(groups[k], i)
	}
	var keep []int
	for _, k := range seen {
		g := groups[k]
		switch {
		case n.Keep == defs.KeepLast:
			keep = append(keep, g[len(g)-1])
		case n.Keep == defs.KeepFirst || len(g) == 1:
			keep = append(keep, g[0])
		}
	}
	slices.Sort(keep)
	var out []row
	for _, i := range keep {
		out = append(out, in[i])
	}
	return out
}

// join tries every pair.
func (x *interp) join(n *plan.Join) ([]row, error) {
	left, err := x.run(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := x.run(n.Right)
	if err != nil {
		return nil, err
	}
	if err := x.spend(len(left) * len(right)); err != nil {
		return nil, err
	}
	var out []row
	matched := make([]bool, len(right))
	for _, l := range left {
		rows, err := joinRow(n, l, right, matched)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	if n.Kind == defs.Right || n.Kind == defs.Full {
		for i, r := range right {
			if !matched[i] {
				out = append(out, merge(nulls(n.Left.Cols()), r))
			}
		}
	}
	return out, nil
}

func joinRow(n *plan.Join, l row, right []row, matched []bool) ([]row, error) {
	var out []row
	unknown := false
	for i, r := range right {
		both := merge(l, r)
		ok, null, err := pairMatches(n, both)
		if err != nil {
			return nil, err
		}
		unknown = unknown || null
		if ok {
			matched[i] = true
			out = append(out, both)
		}
	}
	switch n.Kind {
	case defs.Semi:
		if len(out) > 0 {
			return []row{l}, nil
		}
		return nil, nil
	case defs.Anti:
		if len(out) > 0 {
			return nil, nil
		}
		return []row{l}, nil
	case defs.Mark:
		v := data.BoolScalar(len(out) > 0)
		if len(out) == 0 && unknown {
			v = data.NullScalar(boolean)
		}
		return []row{merge(l, row{n.Mark.ID: v})}, nil
	case defs.Single:
		if len(out) > 1 {
			return nil, fmt.Errorf("more than one row")
		}
	}
	if len(out) == 0 && (n.Kind == defs.Left || n.Kind == defs.Full || n.Kind == defs.Single) {
		return []row{merge(l, nulls(n.Right.Cols()))}, nil
	}
	return out, nil
}

// pairMatches reports whether a pair joins, and otherwise whether that is only unknown: no part of the condition is false and one is unknown.
func pairMatches(n *plan.Join, both row) (ok, null bool, err error) {
	for _, on := range n.On {
		v, err := evalAll([]expr.Expr{on.Left, on.Right}, both)
		if err != nil {
			return false, false, err
		}
		switch {
		case on.NullSafe && v[0].Null && v[1].Null:
		case v[0].Null || v[1].Null:
			if on.NullSafe {
				return false, false, nil
			}
			null = true
		case Compare(v[0], v[1]) != 0:
			return false, false, nil
		}
	}
	if n.Residual == nil || null && n.Kind != defs.Mark {
		return !null, null, nil
	}
	v, err := eval(n.Residual, both)
	if err != nil || !v.Null && !v.Bool() {
		return false, false, err
	}
	return !null && !v.Null, null || v.Null, nil
}

func merge(a, b row) row {
	out := row{}
	for id, v := range a {
		out[id] = v
	}
	for id, v := range b {
		out[id] = v
	}
	return out
}

func nulls(cols []expr.Col) row {
	out := row{}
	for _, c := range cols {
		out[c.ID] = data.NullScalar(c.Type)
	}
	return out
}

// unnest expands lists in parallel.
func unnest(n *plan.Unnest, in []row) ([]row, error) {
	var out []row
	for _, r := range in {
		lists, longest := make([][]data.Scalar, len(n.Items)), 0
		for i, it := range n.Items {
			v, err := eval(it.Expr, r)
			if err != nil {
				return nil, err
			}
			lists[i] = v.Kids
			longest = max(longest, len(v.Kids))
		}
		if longest == 0 && n.Outer {
			longest = 1
		}
		for k := range longest {
			o := merge(r, nil)
			for i, it := range n.Items {
				o[it.Col.ID] = data.NullScalar(it.Col.Type)
				if k < len(lists[i]) {
					o[it.Col.ID] = lists[i][k]
				}
			}
			out = append(out, o)
		}
	}
	return out, nil
}

// list makes a list value.
func list(t dtype.Type, kids []data.Scalar) data.Scalar { return data.Scalar{Type: t, Kids: kids} }
