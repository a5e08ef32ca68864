package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/eval"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/expr"
)

// exprs computes a list of expressions over batches. Plain column references cost nothing.
type exprs struct {
	refs []int // by expression: the column that it is, or -1
	prog *eval.Program
}

// compile prepares list for batches with the columns in.
func compile(list []expr.Expr, in []expr.Col) (*exprs, error) {
	e := &exprs{refs: make([]int, len(list))}
	var rest []expr.Expr
	for i, x := range list {
		e.refs[i] = -1
		r, ok := x.(*expr.Ref)
		if !ok {
			rest = append(rest, x)
			continue
		}
		if e.refs[i] = position(in, r.Col.ID); e.refs[i] < 0 {
			return nil, bug.Errorf("column %s#%d is not in the input", r.Col.Name, r.Col.ID)
		}
	}
	if len(rest) == 0 {
		return e, nil
	}
	var err error
	e.prog, err = eval.Compile(rest, in)
	return e, err
}

// worker returns the state of one worker.
func (e *exprs) worker() *exprWorker {
	w := &exprWorker{e: e, out: make([]*data.Column, len(e.refs))}
	if e.prog != nil {
		w.prog = e.prog.Worker()
	}
	return w
}

type exprWorker struct {
	e    *exprs
	prog *eval.Worker
	out  []*data.Column
}

// eval returns one column for each expression; they are borrowed until the next call. The row of an
// error counts in b.
func (w *exprWorker) eval(ctx context.Context, b *data.Batch) ([]*data.Column, error) {
	var computed []*data.Column
	if w.prog != nil {
		var err error
		if computed, err = w.prog.Eval(ctx, b); err != nil {
			return nil, exec.AtRow(err)
		}
	}
	for i, r := range w.e.refs {
		if r >= 0 {
			w.out[i] = b.Cols[r]
			continue
		}
		w.out[i] = computed[0]
		computed = computed[1:]
	}
	return w.out, nil
}
