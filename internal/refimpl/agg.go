package refimpl

import (
	"math/big"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
)

// aggregate groups rows for each grouping set, in the order in which groups first appear.
func aggregate(n *plan.Aggregate, in []row) ([]row, error) {
	sets := n.Sets
	if sets == nil {
		all := make([]int, len(n.Keys))
		for i := range all {
			all[i] = i
		}
		sets = [][]int{all}
	}
	var out []row
	for _, set := range sets {
		rows, err := groupSet(n, in, set)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

func groupSet(n *plan.Aggregate, in []row, set []int) ([]row, error) {
	type group struct {
		keys []data.Scalar
		rows []row
	}
	groups := map[string]*group{}
	var seen []*group
	for _, r := range in {
		vals := make([]data.Scalar, len(n.Keys))
		for i, k := range n.Keys {
			vals[i] = data.NullScalar(k.Col.Type)
		}
		for _, i := range set {
			v, err := eval(n.Keys[i].Expr, r)
			if err != nil {
				return nil, err
			}
			vals[i] = v
		}
		k := Key(vals)
		if groups[k] == nil {
			groups[k] = &group{keys: vals}
			seen = append(seen, groups[k])
		}
		groups[k].rows = append(groups[k].rows, r)
	}
	if len(set) == 0 && len(seen) == 0 {
		vals := make([]data.Scalar, len(n.Keys))
		for i, k := range n.Keys {
			vals[i] = data.NullScalar(k.Col.Type)
		}
		seen = append(seen, &group{keys: vals})
	}
	var out []row
	for _, g := range seen {
		o := row{}
		for i, k := range n.Keys {
			o[k.Col.ID] = g.keys[i]
		}
		for _, a := range n.Aggs {
			v, err := Aggregate(a.Agg, g.rows)
			if err != nil {
				return nil, err
			}
			o[a.Col.ID] = v
		}
		out = append(out, o)
	}
	return out, nil
}

// Aggregate computes one aggregate over rows.
func Aggregate(a expr.Agg, rows []row) (data.Scalar, error) {
	var err error
	if a.Filter != nil {
		if rows, err = filter(rows, a.Filter); err != nil {
			return data.Scalar{}, err
		}
	}
	if len(a.Order) > 0 {
		if rows, err = order(rows, a.Order); err != nil {
			return data.Scalar{}, err
		}
	}
	if a.Fn.Name == "count_star" {
		return data.IntScalar(a.Typ, int64(len(rows))), nil
	}
	var vals []data.Scalar
	distinct := map[string]bool{}
	nullSeen := false
	for _, r := range rows {
		v, err := eval(a.Args[0], r)
		if err != nil {
			return v, err
		}
		k := Key([]data.Scalar{v})
		if a.Distinct && distinct[k] {
			continue
		}
		distinct[k] = true
		if v.Null {
			nullSeen = true
			if a.Fn.Name != "list" && a.Fn.Name != "first" && a.Fn.Name != "last" {
				continue
			}
		}
		vals = append(vals, v)
	}
	return reduce(a, vals, len(distinct), nullSeen)
}

// reduce folds the values, nulls left out for all but the functions that keep them.
func reduce(a expr.Agg, vals []data.Scalar, distinct int, _ bool) (data.Scalar, error) {
	null := data.NullScalar(a.Typ)
	switch a.Fn.Name {
	case "count":
		return data.IntScalar(a.Typ, int64(len(vals))), nil
	case "nunique":
		return data.IntScalar(a.Typ, int64(distinct)), nil
	case "sum", "sum_wrap":
		if len(vals) == 0 && a.Fn.Name == "sum" {
			return null, nil
		}
		return sum(a.Typ, vals)
	case "list":
		if len(vals) == 0 {
			return null, nil
		}
		return list(a.Typ, vals), nil
	}
	if len(vals) == 0 {
		return null, nil
	}
	switch a.Fn.Name {
	case "avg":
		return average(a.Typ, vals)
	case "min", "max":
		best := vals[0]
		for _, v := range vals[1:] {
			if c := Compare(v, best); c < 0 == (a.Fn.Name == "min") && c != 0 {
				best = v
			}
		}
		return best, nil
	case "first":
		return vals[0], nil
	case "last":
		return vals[len(vals)-1], nil
	case "bool_and", "bool_or":
		out := a.Fn.Name == "bool_and"
		for _, v := range vals {
			if a.Fn.Name == "bool_and" {
				out = out && v.Bool()
			} else {
				out = out || v.Bool()
			}
		}
		return data.BoolScalar(out), nil
	default:
		return null, unsupported{"the aggregate " + a.Fn.ID}
	}
}

// exactSum adds floats exactly and rounds once; integers are exact anyway.
func exactSum(vals []data.Scalar) (*big.Float, float64) {
	acc, special := new(big.Float).SetPrec(3000), 0.0
	for _, v := range vals {
		switch {
		case v.Type.IsFloat() && (v.F-v.F != 0): // NaN or an infinity
			special += v.F
		case v.Type.IsFloat():
			acc.Add(acc, new(big.Float).SetPrec(3000).SetFloat64(v.F))
		default:
			acc.Add(acc, new(big.Float).SetPrec(3000).SetInt(big128(v.I)))
		}
	}
	return acc, special
}

func sum(t dtype.Type, vals []data.Scalar) (data.Scalar, error) {
	acc, special := exactSum(vals)
	if t.IsFloat() {
		f, _ := acc.Float64()
		if special != 0 || special != special {
			f = special
		}
		return data.Scalar{Type: t, F: f}, nil
	}
	n, _ := acc.Int(nil)
	return integer(t, n)
}

func average(t dtype.Type, vals []data.Scalar) (data.Scalar, error) {
	acc, special := exactSum(vals)
	if special != 0 || special != special {
		return data.Scalar{Type: t, F: special}, nil
	}
	f, _ := acc.Float64()
	return data.Scalar{Type: t, F: f / float64(len(vals))}, nil
}

// window computes row_number, rank, dense_rank and aggregates over whole partitions and running frames.
func window(n *plan.Window, in []row) ([]row, error) {
	for _, it := range n.Items {
		parts := map[string][]int{}
		for i, r := range in {
			vals, err := evalAll(it.Win.Partition, r)
			if err != nil {
				return nil, err
			}
			parts[Key(vals)] = append(parts[Key(vals)], i)
		}
		for _, idx := range parts {
			if err := windowPart(it, in, idx); err != nil {
				return nil, err
			}
		}
	}
	return in, nil
}

// windowPart fills the column of one partition.
func windowPart(it plan.WinItem, in []row, idx []int) error {
	const at expr.ColID = -1 // carries the position through the sort
	rows := make([]row, len(idx))
	for k, i := range idx {
		rows[k] = merge(in[i], row{at: data.IntScalar(dtype.Of(dtype.Int64), int64(i))})
	}
	rows, err := order(rows, it.Win.Order)
	if err != nil {
		return err
	}
	var exprs []expr.Expr
	for _, k := range it.Win.Order {
		exprs = append(exprs, k.Expr)
	}
	keys := make([][]data.Scalar, len(rows))
	for k, r := range rows {
		if keys[k], err = evalAll(exprs, r); err != nil {
			return err
		}
	}
	rank, dense := 1, 1
	for k, r := range rows {
		if k > 0 && lessBy(keys[k-1], keys[k], it.Win.Order) != 0 {
			rank, dense = k+1, dense+1
		}
		v, err := windowValue(it.Win, rows, keys, k, rank, dense)
		if err != nil {
			return err
		}
		in[r[at].Int64()][it.Col.ID] = v
	}
	return nil
}

func windowValue(w expr.Win, rows []row, keys [][]data.Scalar, k, rank, dense int) (data.Scalar, error) {
	switch w.Fn.Name {
	case "row_number":
		return data.IntScalar(w.Typ, int64(k+1)), nil
	case "rank":
		return data.IntScalar(w.Typ, int64(rank)), nil
	case "dense_rank":
		return data.IntScalar(w.Typ, int64(dense)), nil
	}
	lo, hi := 0, len(rows)
	if w.Frame.End.Kind == defs.CurrentRow {
		hi = k + 1
		for w.Frame.Unit == defs.FrameRange && hi < len(rows) && lessBy(keys[k], keys[hi], w.Order) == 0 {
			hi++
		}
	}
	if w.Frame.Start.Kind != defs.UnboundedPreceding || w.Frame.Exclude != defs.ExcludeNone {
		return data.Scalar{}, unsupported{"this frame"}
	}
	return Aggregate(expr.Agg{Fn: w.Fn, Args: w.Args, Distinct: w.Distinct, Filter: w.Filter, Typ: w.Typ}, rows[lo:hi])
}
