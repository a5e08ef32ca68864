package stats

import (
	"context"

	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/spi"
)

// Estimator estimates nodes of one plan. It remembers its answers by node, so nodes must not be changed. It is not safe for concurrent use.
type Estimator struct {
	ctx    context.Context
	nodes  map[plan.Node]*Estimate
	tables map[spi.Table]spi.Stats
}

// New returns an Estimator that reads the statistics of tables with ctx.
func New(ctx context.Context) *Estimator {
	return &Estimator{ctx: ctx, nodes: map[plan.Node]*Estimate{}, tables: map[spi.Table]spi.Stats{}}
}

// Estimate is what is believed about the output of a node.
type Estimate struct{ Rows float64 }
