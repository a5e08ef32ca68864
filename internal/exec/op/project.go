package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
)

func (b *builder) project(n *phys.Project) ([]exec.Leg, error) {
	legs, err := b.legs(n.Input)
	if err != nil {
		return nil, err
	}
	e, err := compile(itemExprs(n.Items), n.Input.Info().Out)
	if err != nil {
		return nil, err
	}
	return b.stage(n, legs, &project{e}), nil
}

// itemExprs returns the expressions of items.
func itemExprs(items []plan.Item) []expr.Expr {
	out := make([]expr.Expr, len(items))
	for i, it := range items {
		out[i] = it.Expr
	}
	return out
}

// project computes columns.
type project struct{ exprs *exprs }

// Worker implements exec.Transform.
func (p *project) Worker(int) exec.Step { return &projectStep{exprs: p.exprs.worker()} }

type projectStep struct {
	exec.PassStep
	exprs *exprWorker
	out   data.Batch
}

// Push implements exec.Step.
func (s *projectStep) Push(ctx context.Context, b *data.Batch, emit exec.Emit) error {
	cols, err := s.exprs.eval(ctx, b)
	if err != nil {
		return err
	}
	s.out = data.Batch{Cols: cols, Len: b.Len, Morsel: b.Morsel}
	if err := emit(&s.out); err != nil {
		return exec.Trace(err, sameRow)
	}
	return nil
}
