package op

import (
	"context"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/exec"
	"github.com/siksik-data/siksik/internal/exec/spill"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/mem"
	"github.com/siksik-data/siksik/internal/phys"
)

// Options are the settings of one run.
type Options struct {
	Threads int           // workers; below 1 means 1
	Budget  *mem.Budget   // memory of this query, or nil for no limit
	Spill   mem.Spill     // where operators spill to when Budget refuses; nil: they fail
	Slabs   *mem.Slabs    // large buffers, recycled between queries; nil: the query's own
	Profile *exec.Profile // receives metrics and progress, or nil
}

// Run runs the plan and calls fn for each batch of the result, in order, on the calling goroutine. The batch is borrowed until fn returns; while fn
// runs, workers go on as far as they can without it. fn may return exec.Stop to end the run early without an error. When Run returns, everything
// is released.
func Run(ctx context.Context, root phys.Node, opts Options, fn func(*data.Batch) error) error {
	b := newBuilder(root, opts)
	legs, err := b.legs(root)
	if err != nil {
		return b.abandon(ctx, err)
	}
	held := exec.NewShare(b.budget, "result", nil, 0)
	b.plan.Closers = append(b.plan.Closers, held.Close)
	d := exec.NewDeliver(held)
	b.plan.Add(&exec.Pipeline{Name: "result", Node: exec.NoNode, Legs: legs, Sink: d})
	return d.Run(ctx, &b.plan, b.threads, b.prof, fn)
}

// Collect runs the plan and returns its rows in order, in batches of Flat columns that the caller owns. While it runs they count against the budget.
func Collect(ctx context.Context, root phys.Node, opts Options) ([]*data.Batch, error) {
	b := newBuilder(root, opts)
	legs, err := b.legs(root)
	if err != nil {
		return nil, b.abandon(ctx, err)
	}
	c := exec.NewCollect(types(root.Info().Out), b.account(exec.NoNode, "result"))
	b.plan.Add(&exec.Pipeline{Name: "result", Node: exec.NoNode, Legs: legs, Sink: c})
	if err := exec.Run(ctx, &b.plan, b.threads, b.prof); err != nil {
		return nil, err
	}
	return c.Batches(), nil
}

// builder makes pipelines from one plan.
type builder struct {
	plan    exec.Plan
	threads int
	budget  *mem.Budget
	spill   mem.Spill
	spills  int // nodes that spill
	prof    *exec.Profile
	slabs   *mem.Slabs
	shared  map[int]*sharedStore
}

func newBuilder(root phys.Node, opts Options) *builder {
	b := &builder{spills: countSpills(root), threads: max(opts.Threads, 1), budget: opts.Budget, spill: opts.Spill, slabs: opts.Slabs, prof: opts.Profile, shared: map[int]*sharedStore{}}
	if b.prof == nil {
		b.prof = &exec.Profile{}
	}
	if b.slabs == nil {
		budget := b.budget
		if budget == nil {
			budget = mem.NewBudget("unlimited", 0)
		}
		b.slabs = mem.NewSlabs(budget)
		b.plan.Closers = append(b.plan.Closers, func() { b.slabs.Close() })
	}
	return b
}

// abandon releases what was built before err.
func (b *builder) abandon(ctx context.Context, err error) error {
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_ = exec.Run(ended, &b.plan, 1, b.prof)
	return err
}

// account returns a new account for a node, which messages call by name; it is closed at the end of the run at the latest.
func (b *builder) account(node int, name string) *exec.Account {
	var stat *exec.Stat
	if node != exec.NoNode {
		stat = b.prof.Stat(node)
	}
	a := exec.NewAccount(b.budget, name, stat)
	a.UseSlabs(b.slabs)
	b.plan.Closers = append(b.plan.Closers, a.Close)
	return a
}

// spillable returns the account of a node that spills, and where it spills to; the Space is nil if nothing may spill.
func (b *builder) spillable(node int, name string) (*exec.Account, *spill.Space) {
	if b.spill == nil || b.budget == nil {
		return b.account(node, name), nil
	}
	own := min(ownMost, b.budget.Limit()/int64(2*max(b.spills, 2)))
	a := exec.NewShare(b.budget, name, b.prof.Stat(node), own)
	a.UseSlabs(b.slabs)
	b.plan.Closers = append(b.plan.Closers, a.Close)
	return a, spill.NewSpace(b.spill, name, b.prof.Stat(node), b.budget.Limit()/int64(b.threads))
}

// ownMost is how much an operator that spills has for itself if the budget is large. All of them together have at most half of it.
const ownMost = 32 << 20

// countSpills counts the nodes of a plan that spill; those below a shared one once for each use, which does no harm.
func countSpills(n phys.Node) int {
	count := 0
	if phys.Behaviour(n) == phys.Spill {
		count++
	}
	for _, in := range n.Inputs() {
		count += countSpills(in)
	}
	return count
}

// source returns the single leg of a source.
func (b *builder) source(n phys.Node, s exec.Source) []exec.Leg {
	return []exec.Leg{{Node: n.Info().ID, Source: s}}
}

// stage appends a transform to all legs.
func (b *builder) stage(n phys.Node, legs []exec.Leg, t exec.Transform) []exec.Leg {
	out := make([]exec.Leg, len(legs))
	for i, l := range legs {
		out[i] = l.With(exec.Stage{Node: n.Info().ID, Transform: t})
	}
	return out
}

// sink ends the legs in a sink of node n.
func (b *builder) sink(n phys.Node, name string, legs []exec.Leg, s exec.Sink) *exec.Pipeline {
	return b.plan.Add(&exec.Pipeline{Name: name, Node: n.Info().ID, Legs: legs, Sink: s})
}

// breaker ends the legs in a sink and returns the leg that reads what the sink makes.
func (b *builder) breaker(n phys.Node, name string, legs []exec.Leg, s exec.Sink) []exec.Leg {
	p := b.sink(n, name, legs, s)
	return []exec.Leg{{Node: n.Info().ID, From: p}}
}

// legs builds everything below and including n.
func (b *builder) legs(n phys.Node) ([]exec.Leg, error) {
	switch n := n.(type) {
	case *phys.Scan:
		return b.scan(n)
	case *phys.Memory:
		return b.memory(n)
	case *phys.Values:
		return b.values(n)
	case *phys.Filter:
		return b.filter(n)
	case *phys.Project:
		return b.project(n)
	case *phys.Limit:
		return b.limit(n)
	case *phys.Union:
		return b.union(n)
	case *phys.HashJoin:
		return b.hashJoin(n)
	case *phys.LoopJoin:
		return b.loopJoin(n)
	case *phys.Sort:
		return b.sort(n)
	case *phys.TopN:
		return b.topN(n)
	case *phys.Window:
		return b.window(n)
	case *phys.Distinct:
		return b.distinct(n)
	case *phys.Unnest:
		return b.unnest(n)
	case *phys.Shared:
		return b.share(n)
	case *phys.Write:
		return b.write(n)
	case *phys.HashAgg:
		return b.hashAgg(n)
	case *phys.RowIndex:
		return b.rowIndex(n)
	default:
		return nil, bug.Errorf("unknown physical node %T", n)
	}
}

// union concatenates the legs of its inputs: morsels are numbered over all legs, which keeps the inputs in order.
func (b *builder) union(n *phys.Union) ([]exec.Leg, error) {
	var legs []exec.Leg
	for _, in := range n.Ins {
		l, err := b.legs(in)
		if err != nil {
			return nil, err
		}
		legs = append(legs, l...)
	}
	return legs, nil
}

// types returns the types of columns.
func types(cols []expr.Col) []dtype.Type {
	out := make([]dtype.Type, len(cols))
	for i, c := range cols {
		out[i] = c.Type
	}
	return out
}

// position returns where id is among cols, or -1.
func position(cols []expr.Col, id expr.ColID) int {
	for i, c := range cols {
		if c.ID == id {
			return i
		}
	}
	return -1
}

// picks returns the positions in `in` of the columns out, or nil if they are the same columns in the same order.
func picks(out, in []expr.Col) ([]int, error) {
	same := len(out) == len(in)
	at := make([]int, len(out))
	for i, c := range out {
		at[i] = position(in, c.ID)
		if at[i] < 0 {
			return nil, bug.Errorf("column %s#%d is not in the input", c.Name, c.ID)
		}
		same = same && at[i] == i
	}
	if same {
		return nil, nil
	}
	return at, nil
}
