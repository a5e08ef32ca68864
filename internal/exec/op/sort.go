package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
)

func (b *builder) sort(n *phys.Sort) ([]exec.Leg, error) {
	legs, err := b.legs(n.Input)
	if err != nil {
		return nil, err
	}
	k, err := newSortKeys(n.Keys, n.Out, n.Input.Info().Out)
	if err != nil {
		return nil, err
	}
	legs = b.stage(n, legs, &project{k.exprs})
	m := b.account(n.ID, "sort")
	return b.breaker(n, "sort", legs, &sortSink{Collect: exec.NewCollect(k.types, m), k: k, mem: m}), nil
}

// sortKeys says where the output columns and keys of a sort are in the rows that it keeps: the output columns, then the keys that are not
// among them.
type sortKeys struct {
	exprs  *exprs
	types  []dtype.Type
	out    int   // output columns
	at     []int // by key: its column
	orders []defs.Order
}

func newSortKeys(keys []expr.SortKey, out, in []expr.Col) (*sortKeys, error) {
	k := &sortKeys{out: len(out)}
	var list []expr.Expr
	for _, c := range out {
		list = append(list, &expr.Ref{Col: c})
	}
	for _, key := range keys {
		at := -1
		if r, ok := key.Expr.(*expr.Ref); ok {
			at = position(out, r.Col.ID)
		}
		if at < 0 {
			at = len(list)
			list = append(list, key.Expr)
		}
		k.at, k.orders = append(k.at, at), append(k.orders, key.Order)
	}
	k.types = exprTypes(list)
	var err error
	k.exprs, err = compile(list, in)
	return k, err
}

// keys returns the key columns.
func (k *sortKeys) keys(cols []*data.Column) []*data.Column {
	out := make([]*data.Column, len(k.at))
	for i, at := range k.at {
		out[i] = cols[at]
	}
	return out
}

// sortSink collects all rows in input order, sorts their numbers, and yields the rows by gathering.
type sortSink struct {
	*exec.Collect
	k   *sortKeys
	mem *exec.Account
}

// sortBytes is the memory of sorting a row: a key word and two entries to sort.
const sortBytes = 8 + 2*16 + 4

// Finish implements exec.Sink.
func (s *sortSink) Finish(ctx context.Context, crew *exec.Crew) (exec.Source, error) {
	if _, err := s.Collect.Finish(ctx, crew); err != nil {
		return nil, err
	}
	cols, n, err := joinBatches(ctx, crew, s.Batches())
	if err != nil {
		return nil, err
	}
	s.Collect = nil
	out := &chunks{done: s.mem.Close}
	if n == 0 {
		return out, nil
	}
	if err := s.mem.Grow(int64(n) * sortBytes); err != nil {
		return nil, err
	}
	rows, err := s.k.sorted(ctx, crew, cols, n)
	if err != nil {
		return nil, err
	}
	out.add(chunk{cols: cols[:s.k.out], n: n, rows: rows})
	return out, nil
}

// sorted returns the rows in order.
func (k *sortKeys) sorted(ctx context.Context, crew *exec.Crew, cols []*data.Column, n int) ([]uint32, error) {
	levels, err := sortLevels(ctx, crew, k.keys(cols), k.orders, n)
	if err != nil {
		return nil, err
	}
	return sortRows(ctx, crew, levels, n)
}

// joinBatches returns the columns of all batches as one Flat column each, and the number of rows.
func joinBatches(ctx context.Context, crew *exec.Crew, bs []*data.Batch) ([]*data.Column, int, error) {
	if len(bs) == 0 {
		return nil, 0, nil
	}
	n := 0
	for _, b := range bs {
		n += b.Len
	}
	cols := make([]*data.Column, len(bs[0].Cols))
	err := crew.Each(ctx, len(cols), func(_ context.Context, _, i int) error {
		parts := make([]*data.Column, len(bs))
		for k, b := range bs {
			parts[k] = b.Cols[i]
		}
		cols[i] = compute.Concat(nil, parts[0].Type, parts)
		return nil
	})
	return cols, n, err
}
