package opt

import (
	"math"

	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/plan"
)

// pushLimit tells the nodes below a limit how many rows are wanted: sorts keep only the first, scans may stop, unions and outer joins read less.
type pushLimit struct{}

// Name implements Rule.
func (pushLimit) Name() string { return "push_limit" }

// Apply implements Rule.
func (pushLimit) Apply(_ *Ctx, n plan.Node) (plan.Node, error) {
	l, ok := n.(*plan.Limit)
	if !ok {
		return n, nil
	}
	if l.Offset == 0 && l.Count < 0 {
		return l.Input, nil
	}
	if in, ok := l.Input.(*plan.Limit); ok {
		return mergeLimits(l, in), nil
	}
	if l.Count < 0 || l.Offset > math.MaxInt64-l.Count {
		return pushOffset(l), nil
	}
	need := l.Offset + l.Count
	switch in := l.Input.(type) {
	case *plan.Project:
		return &plan.Project{Input: &plan.Limit{Input: in.Input, Offset: l.Offset, Count: l.Count}, Items: in.Items}, nil
	case *plan.Sort:
		return limitSort(l, in, need), nil
	case *plan.Scan:
		if in.Limit >= 0 && in.Limit <= need {
			return n, nil
		}
		c := *in
		c.Limit = need
		return &plan.Limit{Input: &c, Offset: l.Offset, Count: l.Count}, nil
	case *plan.Union:
		return limitUnion(l, in, need), nil
	case *plan.Join:
		if in.Kind == defs.Left { // every left row comes out at least once, in order
			if left := limited(in.Left, need); left != in.Left {
				c := *in
				c.Left = left
				return &plan.Limit{Input: &c, Offset: l.Offset, Count: l.Count}, nil
			}
		}
	case *plan.RowIndex:
		if below := limited(in.Input, need); below != in.Input {
			c := *in
			c.Input = below
			return &plan.Limit{Input: &c, Offset: l.Offset, Count: l.Count}, nil
		}
	}
	return n, nil
}

// pushOffset moves a pure offset below a projection, so that skipped rows are not computed.
func pushOffset(l *plan.Limit) plan.Node {
	if p, ok := l.Input.(*plan.Project); ok {
		return &plan.Project{Input: &plan.Limit{Input: p.Input, Offset: l.Offset, Count: l.Count}, Items: p.Items}
	}
	return l
}

// mergeLimits makes one of two: the upper one counts the rows of the lower one.
func mergeLimits(upper, lower *plan.Limit) plan.Node {
	if lower.Offset > math.MaxInt64-upper.Offset {
		return upper
	}
	out := &plan.Limit{Input: lower.Input, Offset: lower.Offset + upper.Offset, Count: upper.Count}
	if lower.Count >= 0 {
		left := max(lower.Count-upper.Offset, 0)
		if out.Count < 0 || left < out.Count {
			out.Count = left
		}
	}
	return out
}

// limitSort makes a top-n, which also does the work of a limit without offset.
func limitSort(l *plan.Limit, s *plan.Sort, need int64) plan.Node {
	top := s
	if s.Limit < 0 || s.Limit > need {
		top = &plan.Sort{Input: s.Input, Keys: s.Keys, Limit: need}
	}
	switch {
	case l.Offset == 0:
		return top
	case top == s:
		return l
	default:
		return &plan.Limit{Input: top, Offset: l.Offset, Count: l.Count}
	}
}

func limitUnion(l *plan.Limit, u *plan.Union, need int64) plan.Node {
	ins := make([]plan.Node, len(u.Ins))
	changed := false
	for i, in := range u.Ins {
		ins[i] = limited(in, need)
		changed = changed || ins[i] != in
	}
	if !changed {
		return l
	}
	return &plan.Limit{Input: &plan.Union{Ins: ins, Out: u.Out}, Offset: l.Offset, Count: l.Count}
}

// limited returns n cut to need rows, or n itself if it has no more anyway.
func limited(n plan.Node, need int64) plan.Node {
	if atMost(n, need) {
		return n
	}
	return &plan.Limit{Input: n, Count: need}
}

// atMost reports whether n surely has at most need rows. A limit below a projection counts, because limits are moved there.
func atMost(n plan.Node, need int64) bool {
	switch n := n.(type) {
	case *plan.Limit:
		return n.Count >= 0 && n.Count <= need
	case *plan.Sort:
		return n.Limit >= 0 && n.Limit <= need || atMost(n.Input, need)
	case *plan.Values:
		return int64(len(n.Rows)) <= need
	case *plan.Aggregate:
		return len(n.Keys) == 0 && n.Sets == nil && need >= 1
	case *plan.Project, *plan.Filter, *plan.Window, *plan.RowIndex, *plan.Distinct:
		return atMost(n.Inputs()[0], need)
	default:
		return false
	}
}
