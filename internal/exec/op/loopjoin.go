package op

import (
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/phys"
)

// loopJoin is a join in which every pair is tried; it differs from a hash join in how pairs are made only.
func (b *builder) loopJoin(n *phys.LoopJoin) ([]exec.Leg, error) {
	j, err := b.newJoin(&n.Base, n.Kind, false, n.Probe, n.Build, n.Residual, n.Mark)
	if err != nil {
		return nil, err
	}
	b.letSpill(j, n, n.Probe, "loop join", true, true)
	if err := b.buildSide(n, n.Build, j, nil); err != nil {
		return nil, err
	}
	legs, err := b.legs(n.Probe)
	if err != nil {
		return nil, err
	}
	return b.finishJoin(n, legs, j), nil
}
