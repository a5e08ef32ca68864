package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
)

func (b *builder) values(n *phys.Values) ([]exec.Leg, error) {
	var list []expr.Expr
	for _, r := range n.Rows {
		list = append(list, r...)
	}
	e, err := compile(list, nil)
	if err != nil {
		return nil, err
	}
	return b.source(n, &values{batches: newBatches(nil, b.threads, nil, nil), node: n, exprs: e}), nil
}

// values computes its rows when it is opened and is then a source over memory.
type values struct {
	*batches
	node  *phys.Values
	exprs *exprs
}

// Open implements exec.Source.
func (v *values) Open(ctx context.Context) error {
	n := v.node
	if len(n.Out) == 0 {
		for left := len(n.Rows); left > 0; left -= data.BatchRows {
			v.all = append(v.all, &data.Batch{Len: min(left, data.BatchRows)})
		}
		return nil
	}
	cols, err := v.exprs.worker().eval(ctx, &data.Batch{Len: 1})
	if err != nil {
		return err
	}
	keep := exec.NewKeeper(types(n.Out), nil)
	width := len(n.Out)
	for i := range n.Rows {
		if err := keep.Add(&data.Batch{Cols: cols[i*width : (i+1)*width], Len: 1}, nil); err != nil {
			return err
		}
	}
	v.all, err = keep.Take()
	v.rows = morselRows
	return err
}
