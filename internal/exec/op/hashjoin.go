package op

import (
	"sync"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/eval"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
)

func (b *builder) hashJoin(n *phys.HashJoin) ([]exec.Leg, error) {
	var probeKeys, buildKeys []expr.Expr
	var safe []bool
	for _, on := range n.On {
		l, r := on.Left, on.Right
		if n.BuildLeft {
			l, r = r, l
		}
		probeKeys, buildKeys, safe = append(probeKeys, l), append(buildKeys, r), append(safe, on.NullSafe)
	}
	j, err := b.newJoin(&n.Base, n.Kind, n.BuildLeft, n.Probe, n.Build, n.Residual, n.Mark)
	if err != nil {
		return nil, err
	}
	b.letSpill(j, n, n.Probe, "join build", n.Kind == defs.Mark, n.Ordered)
	j.table = &joinTable{safe: safe, lay: newKeyLayout(exprTypes(buildKeys))}
	for _, s := range safe {
		if s {
			j.table.lay.together()
		}
	}
	j.filters = n.Filters
	if err := b.buildSide(n, n.Build, j, buildKeys); err != nil {
		return nil, err
	}
	legs, err := b.legs(n.Probe)
	if err != nil {
		return nil, err
	}
	if j.probeKeys, err = compile(probeKeys, n.Probe.Info().Out); err != nil {
		return nil, err
	}
	return b.finishJoin(n, legs, j), nil
}

// buildSide makes the pipeline that collects the keys and needed columns of the build side.
func (b *builder) buildSide(n, build phys.Node, j *join, keys []expr.Expr) error {
	legs, err := b.legs(build)
	if err != nil {
		return err
	}
	list := append([]expr.Expr{}, keys...)
	for _, c := range j.kept {
		list = append(list, &expr.Ref{Col: c})
	}
	e, err := compile(list, build.Info().Out)
	if err != nil {
		return err
	}
	for i, l := range legs {
		// Without a node, as these are not rows that the join puts out.
		legs[i] = l.With(exec.Stage{Node: exec.NoNode, Transform: &project{e}})
	}
	j.buildTypes, j.buildKeys = exprTypes(list), len(keys)
	b.sink(n, "join build", legs, &joinBuild{j: j})
	return nil
}

// letSpill gives the join its memory, and its place on disk if it may spill.
func (b *builder) letSpill(j *join, n, probe phys.Node, name string, whole, ordered bool) {
	acc, space := b.spillable(n.Info().ID, name)
	if j.mem = acc; space != nil {
		j.spill = b.newJoinSpill(space, types(probe.Info().Out), whole, ordered)
	}
}

// finishJoin adds the probe to its legs, and legs for what comes after the last probe row, if there may be something: rows of the build side, or
// everything if the join is on disk.
func (b *builder) finishJoin(n phys.Node, legs []exec.Leg, j *join) []exec.Leg {
	legs = b.stage(n, legs, j)
	if j.atEnd == nothing && j.spill == nil {
		return legs
	}
	id := n.Info().ID
	rest := &joinRest{j: j, crew: &exec.Crew{Threads: b.threads}, tasks: make([]*restTask, b.threads)}
	legs = append(legs, exec.Leg{Node: exec.NoNode, Source: rest, Barrier: true, Stages: []exec.Stage{{Node: id, Transform: joinRestStage{rest}}}})
	if j.spill != nil && j.spill.ordered {
		legs = append(legs, exec.Leg{Node: id, Source: &joinMerge{rest: rest}, Barrier: true})
	}
	return legs
}

func exprTypes(list []expr.Expr) (out []dtype.Type) {
	for _, e := range list {
		out = append(out, e.Type())
	}
	return out
}

// buildRows says which rows of the build side come at the end.
type buildRows uint8

const (
	nothing buildRows = iota
	unmatched
	matched
	marked // all, with a mark
)

// join is what the probes of hash and loop joins share. The build side is in memory when they start.
type join struct {
	mem   *exec.Account
	spill *joinSpill // nil: everything must fit in memory
	table *joinTable // nil for loop joins

	probeKeys *exprs
	filters   []phys.RuntimeFilter

	pairs     bool // matching pairs are put out
	keepProbe bool // probe rows without a match too, with nulls
	semi      bool // probe rows with a match, once each
	anti      bool // probe rows without
	mark      bool // all probe rows with the mark
	single    bool // a second match of a row of the left side is an error
	leftBuild bool
	atEnd     buildRows

	buildTypes []dtype.Type // of the build keys and then kept
	buildKeys  int

	out      []joinCol
	kept     []expr.Col // columns of the build side that are needed
	residual *eval.FilterProgram
	unsure   *eval.FilterProgram // of marks: whether residual is unknown
	pairIn   []joinCol           // columns of the pairs that residual sees

	n    int
	cols []*data.Column // kept
	keys []*data.Column // build keys
	held int64          // memory of both
	mu   sync.Mutex
	hit  data.Bitmap // build rows that have matched, of the workers that are done
}

// joinCol is where a column comes from.
type joinCol struct {
	typ   dtype.Type
	probe int  // position in the probe side, or -1
	build int  // position in kept, or -1; both -1: the mark
	place bool // the place of the row
}

// newJoin settles what a join of a kind puts out.
func (b *builder) newJoin(base *phys.Base, kind defs.JoinKind, buildLeft bool, probe, build phys.Node, residual expr.Expr, mark expr.Col) (*join, error) {
	j := &join{leftBuild: buildLeft}
	switch kind {
	case defs.Inner, defs.Cross:
		j.pairs = true
	case defs.Left:
		j.pairs, j.keepProbe = true, !buildLeft
		if buildLeft {
			j.atEnd = unmatched
		}
	case defs.Right:
		j.pairs, j.keepProbe = true, buildLeft
		if !buildLeft {
			j.atEnd = unmatched
		}
	case defs.Full:
		j.pairs, j.keepProbe, j.atEnd = true, true, unmatched
	case defs.Single:
		j.pairs, j.keepProbe, j.single = true, !buildLeft, true
		if buildLeft {
			j.atEnd = unmatched
		}
	case defs.Semi:
		j.semi = !buildLeft
		if buildLeft {
			j.atEnd = matched
		}
	case defs.Anti:
		j.anti = !buildLeft
		if buildLeft {
			j.atEnd = unmatched
		}
	case defs.Mark:
		if buildLeft {
			return nil, bug.Errorf("a mark join cannot build its left side")
		}
		j.mark = true
	default:
		return nil, bug.Errorf("unknown join kind %d", kind)
	}
	return j, j.columns(base.Out, kind, probe.Info().Out, build.Info().Out, residual, mark)
}

// columns finds the source of each output column and keeps of the build side what is needed.
func (j *join) columns(out []expr.Col, kind defs.JoinKind, probe, build []expr.Col, residual expr.Expr, mark expr.Col) error {
	find := func(c expr.Col) (joinCol, error) {
		x := joinCol{typ: c.Type, probe: position(probe, c.ID), build: -1}
		if x.probe >= 0 {
			return x, nil
		}
		if position(build, c.ID) < 0 {
			if kind == defs.Mark && c.ID == mark.ID {
				return x, nil
			}
			return x, bug.Errorf("join column %s#%d comes from neither side", c.Name, c.ID)
		}
		if x.build = position(j.kept, c.ID); x.build < 0 {
			x.build = len(j.kept)
			j.kept = append(j.kept, c)
		}
		return x, nil
	}
	for _, c := range out {
		x, err := find(c)
		if err != nil {
			return err
		}
		j.out = append(j.out, x)
	}
	if residual == nil {
		return nil
	}
	var in []expr.Col
	seen := map[expr.ColID]bool{}
	var failed error
	expr.Walk(residual, func(e expr.Expr) bool {
		r, ok := e.(*expr.Ref)
		if !ok || seen[r.Col.ID] || failed != nil {
			return true
		}
		seen[r.Col.ID] = true
		x, err := find(r.Col)
		failed = err
		in, j.pairIn = append(in, r.Col), append(j.pairIn, x)
		return true
	})
	if failed != nil {
		return failed
	}
	var err error
	if j.residual, err = eval.CompileFilter(expr.Conjuncts(residual), in); err != nil || !j.mark {
		return err
	}
	j.unsure, err = eval.CompileFilter([]expr.Expr{&expr.IsNull{Arg: residual}}, in)
	return err
}
