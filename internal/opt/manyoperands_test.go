package opt

import (
	"testing"
	"time"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
)

// TestThousandsOfOperandsOfAnAndAreSimplifiedAtOnce has 40,000 operands, which took minutes when each was compared with all others.
func TestThousandsOfOperandsOfAnAndAreSimplifiedAtOnce(t *testing.T) {
	c := &expr.Ref{Col: expr.Col{ID: 1, Name: "x", Type: dtype.Of(dtype.Bool)}}
	var args []expr.Expr
	for i := range 40_000 {
		a := expr.Expr(&expr.Cast{Arg: &expr.Lit{Value: data.IntScalar(dtype.Of(dtype.Int64), int64(i/2))}, To: dtype.Of(dtype.Bool)})
		args = append(args, &expr.Or{Args: []expr.Expr{c, a}})
	}
	start := time.Now()
	out := (&simplifier{}).logic(nil, args, false)
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("it takes %s", took)
	}
	if n := len(out.(*expr.And).Args); n != 20_000 {
		t.Errorf("%d operands are left, want 20000", n)
	}
}
