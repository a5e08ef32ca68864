package physplan

import (
	"slices"

	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/spi"
)

func (p *planner) scan(n *plan.Scan, b phys.Base) *phys.Scan {
	return &phys.Scan{Base: b, Table: n.Table, Name: n.Name, Source: n.Source, Where: n.Where, Limit: n.Limit}
}

// filter translates a filter. Conditions on a table that tests rows itself go into its scan, which then need not read other columns of the rows that
// fail; a condition that may fail stays, so that it sees no row that another one drops.
func (p *planner) filter(n *plan.Filter, w want) (phys.Node, error) {
	conds := expr.Conjuncts(n.Cond)
	scan, ok := n.Input.(*plan.Scan)
	if !ok {
		return p.filterOver(n, conds, w)
	}
	stay, tests := split(scan, conds)
	if tests == nil {
		return p.filterOver(n, conds, w)
	}
	if len(stay) == 0 {
		return p.testing(scan, p.base(n), tests, w), nil
	}
	b := p.base(n)
	var tested []expr.Expr
	for _, t := range tests {
		tested = append(tested, t.Conds...)
	}
	below := &plan.Filter{Input: scan, Cond: expr.AndAll(tested)}
	s := p.testing(scan, p.base(below), tests, inputWant(&plan.Filter{Input: below, Cond: expr.AndAll(stay)}, 0, w))
	b.Out = w.only(s.Out)
	return &phys.Filter{Base: b, Input: s, Conds: stay}, nil
}

// filterOver translates a filter whose conditions are all evaluated above its input.
func (p *planner) filterOver(n *plan.Filter, conds []expr.Expr, w want) (phys.Node, error) {
	b := p.base(n)
	in, err := p.node(n.Input, inputWant(n, 0, w))
	if err != nil {
		return nil, err
	}
	b.Out = w.only(in.Info().Out)
	if x, ok := in.(*phys.Window); ok {
		x.Top = topOf(x, conds)
	}
	return &phys.Filter{Base: b, Input: in, Conds: conds}, nil
}

// testing is a scan with tests that puts out the wanted columns.
func (p *planner) testing(n *plan.Scan, b phys.Base, tests []phys.ScanTest, w want) *phys.Scan {
	s := p.scan(n, b)
	s.Tests, s.Out, s.Source = tests, nil, nil
	for i, c := range n.Out {
		if w.cols[c.ID] {
			s.Out, s.Source = append(s.Out, c), append(s.Source, n.Source[i])
		}
	}
	return s
}

// split divides conditions into those that stay above a scan and tests of the scan, one for each set of columns.
func split(scan *plan.Scan, conds []expr.Expr) (stay []expr.Expr, tests []phys.ScanTest) {
	if _, ok := scan.Table.(spi.TestTable); !ok || scan.Limit >= 0 {
		return conds, nil
	}
	for _, cond := range conds {
		t := testOf(scan, cond)
		if len(t.Cols) == 0 || expr.Fallible(cond) || expr.Volatile(cond) {
			stay = append(stay, cond)
			continue
		}
		same := func(x phys.ScanTest) bool { return slices.Equal(x.Source, t.Source) }
		if i := slices.IndexFunc(tests, same); i >= 0 {
			tests[i].Conds = append(tests[i].Conds, cond)
		} else {
			tests = append(tests, t)
		}
	}
	return stay, tests
}

func testOf(scan *plan.Scan, cond expr.Expr) phys.ScanTest {
	t := phys.ScanTest{Conds: []expr.Expr{cond}}
	reads := map[expr.ColID]bool{}
	expr.Refs(cond, reads)
	for i, c := range scan.Out {
		if reads[c.ID] {
			t.Cols, t.Source = append(t.Cols, c), append(t.Source, scan.Source[i])
		}
	}
	return t
}
