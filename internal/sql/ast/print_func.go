package ast

import "strings"

// upperCalls are the functions that the grammar treats specially and that are written in capitals.
var upperCalls = map[string]string{"coalesce": "COALESCE", "grouping": "GROUPING", "grouping_id": "GROUPING", "try": "TRY"}

func (p *printer) call(f *Func) {
	p.callName(f)
	p.s("(")
	p.opt(f.Distinct, "DISTINCT ")
	p.args(f.Args)
	within := f.WithinGroup
	if len(f.OrderBy) > 0 {
		p.s(" ORDER BY ")
		p.order(f.OrderBy)
	}
	switch f.Nulls {
	case NullsIgnore:
		p.s(" IGNORE NULLS")
	case NullsRespect:
		p.s(" RESPECT NULLS")
	}
	p.s(")")
	if len(within) > 0 {
		p.s(" WITHIN GROUP (ORDER BY ")
		p.order(within)
		p.s(")")
	}
	if f.Filter != nil {
		p.s(" FILTER (WHERE ")
		p.expr(f.Filter)
		p.s(")")
	}
	if f.Over != nil {
		p.s(" OVER ")
		if f.Over.Bare {
			p.ident(f.Over.Base)
		} else {
			p.window(f.Over)
		}
	}
}

// callName writes the name of a function in lower case: names of functions have no case of their own.
func (p *printer) callName(f *Func) {
	last := strings.ToLower(f.Name.Last().Name)
	if upper, ok := upperCalls[last]; ok && len(f.Name) == 1 {
		p.s(upper)
		return
	}
	for _, id := range f.Name[:max(len(f.Name)-1, 0)] {
		p.ident(id)
		p.s(".")
	}
	p.s(FormatIdent(last))
}

func (p *printer) args(args []Arg) {
	p.each(len(args), func(i int) {
		if !args[i].Name.Empty() {
			p.ident(args[i].Name)
			p.s(" := ")
		}
		p.expr(args[i].Value)
	})
}

func (p *printer) order(items []OrderItem) {
	p.each(len(items), func(i int) {
		if items[i].All {
			p.s("ALL")
		} else {
			p.expr(items[i].X)
		}
		p.s([...]string{"", " ASC", " DESC"}[items[i].Dir])
		p.s([...]string{"", " NULLS FIRST", " NULLS LAST"}[items[i].Nulls])
	})
}

// window writes a window specification with its parentheses.
func (p *printer) window(w *Window) {
	p.s("(")
	sep := ""
	part := func() {
		p.s(sep)
		sep = " "
	}
	if !w.Base.Empty() {
		part()
		p.ident(w.Base)
	}
	if len(w.Partition) > 0 {
		part()
		p.s("PARTITION BY ")
		p.exprs(w.Partition)
	}
	if len(w.OrderBy) > 0 {
		part()
		p.s("ORDER BY ")
		p.order(w.OrderBy)
	}
	if f := w.Frame; f != nil {
		part()
		p.s(f.Mode.String(), " BETWEEN ")
		p.bound(f.Start)
		p.s(" AND ")
		p.bound(f.End)
		p.opt(f.Exclude != ExcludeNothing, " EXCLUDE "+f.Exclude.String())
	}
	p.s(")")
}

func (p *printer) bound(b Bound) {
	switch b.Kind {
	case UnboundedPreceding:
		p.s("UNBOUNDED PRECEDING")
	case UnboundedFollowing:
		p.s("UNBOUNDED FOLLOWING")
	case CurrentRow:
		p.s("CURRENT ROW")
	case Preceding:
		p.expr(b.Offset)
		p.s(" PRECEDING")
	case Following:
		p.expr(b.Offset)
		p.s(" FOLLOWING")
	}
}
