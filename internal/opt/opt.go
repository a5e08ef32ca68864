package opt

import (
	"context"
	"fmt"
	"slices"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/stats"
)

// Folder evaluates constant expressions; anything else comes back as it is. An error means that evaluation fails.
type Folder interface {
	Fold(expr.Expr) (expr.Expr, error)
}

// Ctx is the surroundings of one optimisation.
type Ctx struct {
	// Context is used for reading statistics; nil means the background.
	Context context.Context
	// Folder evaluates constants; nil folds nothing.
	Folder Folder
	// Disabled has the names of the rules to leave out.
	Disabled map[string]bool
	// Trace, if not nil, is called after each rule that changed the plan, with the whole plan before and after.
	Trace func(rule string, before, after plan.Node)
	// ReorderFrom is the number of input rows from which joins may be reordered below a sort; 0 means 10,000. With fewer it does not pay to give up the order
	// as written.
	ReorderFrom float64
	// ShareFrom is what a part of a plan must cost, about four for each value that it reads, to run once where it occurs several times; 0 means 100,000.
	// Below 0 all that can be shared is.
	ShareFrom float64

	// Stats estimates rows; nil makes a new estimator. Give the planner that follows the same one, so that statistics are read once.
	Stats *stats.Estimator

	est     *stats.Estimator
	settled map[visit]plan.Node // what a rule was last shown without finding anything to do
	next    expr.ColID
	shares  int // the greatest id of a shared plan
}

// Rule is one rewrite. Apply returns the node it was given if there is nothing to do.
type Rule interface {
	Name() string
	Apply(c *Ctx, n plan.Node) (plan.Node, error)
}

// visit is a rule in the walk of its pass.
type visit struct {
	rule Rule
	walk Walk
}

// Walk says which nodes a pass shows to its rules.
type Walk uint8

// The walks.
const (
	BottomUp Walk = iota // every node after its inputs
	TopDown              // every node before its inputs
	Root                 // the whole plan at once
)

// Until says how often the rules of a pass run, each over the whole plan in turn: Once, or until nothing changes but at most so many times.
type Until int

// Once runs the rules of a pass one time.
const Once Until = 1

// Pass is rules that run together.
type Pass struct {
	Name  string
	Rules []Rule
	Walk  Walk
	Until Until
	// Needed passes run even if the rules are switched off: what follows relies on them.
	Needed bool
}

// rounds bounds how often all passes run: what a late pass uncovers, such as a projection that was in the way, is used by the early ones of the next
// round.
const rounds = 4

// Run applies all passes until nothing changes.
func Run(c *Ctx, root plan.Node) (plan.Node, error) {
	if c.Context == nil {
		c.Context = context.Background()
	}
	if c.ReorderFrom == 0 {
		c.ReorderFrom = worthReordering
	}
	if c.ShareFrom == 0 {
		c.ShareFrom = worthSharing
	}
	if c.est = c.Stats; c.est == nil {
		c.est = stats.New(c.Context)
	}
	c.next, c.settled = plan.MaxID(root), map[visit]plan.Node{}
	var err error
	for range rounds {
		before := root
		if root, err = c.runAll(passes(), root); err != nil {
			return nil, err
		}
		if root == before {
			break
		}
	}
	return c.runAll(lastPasses(), root)
}

func (c *Ctx) runAll(list []Pass, root plan.Node) (plan.Node, error) {
	for _, p := range list {
		var err error
		if root, err = c.run(p, root); err != nil {
			return nil, err
		}
	}
	return root, nil
}

// Names returns the names of all rules that can be switched off, in the order of their first use.
func Names() []string {
	var out []string
	seen := map[string]bool{}
	for _, p := range slices.Concat([]Pass{{Rules: applyRules()}}, passes(), lastPasses()) {
		for _, r := range p.Rules {
			if !p.Needed && !seen[r.Name()] {
				seen[r.Name()] = true
				out = append(out, r.Name())
			}
		}
	}
	return out
}

// run repeats the rules of a pass until they change nothing. A rule is not shown a plan in which it found nothing to do before: of the rules of a round
// most have seen the plan as it is, in an earlier pass or in the round before.
func (c *Ctx) run(p Pass, root plan.Node) (plan.Node, error) {
	for range p.Until {
		before := root
		for _, r := range p.Rules {
			if c.Disabled[r.Name()] && !p.Needed {
				continue
			}
			v := visit{r, p.Walk}
			if c.settled[v] == root {
				continue
			}
			next, err := c.apply(p.Walk, r, root)
			if err != nil {
				return nil, fmt.Errorf("optimising with %s: %w", r.Name(), err)
			}
			switch {
			case next == root:
				c.settled[v] = root
			case c.Trace != nil:
				c.Trace(r.Name(), root, next)
			}
			root = next
		}
		if root == before {
			break
		}
	}
	return root, nil
}

func (c *Ctx) apply(w Walk, r Rule, root plan.Node) (plan.Node, error) {
	f := func(n plan.Node) (plan.Node, error) { return r.Apply(c, n) }
	switch w {
	case BottomUp:
		return plan.BottomUp(root, f)
	case TopDown:
		return plan.TopDown(root, f)
	default:
		return f(root)
	}
}

// newCol makes a column that the plan does not have yet.
//
//go:noinline
func (c *Ctx) newCol(name string, t dtype.Type) expr.Col {
	c.next++
	return expr.Col{ID: c.next, Name: name, Type: t}
}
