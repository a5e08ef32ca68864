package ast

// Walk calls visit for e and for the expressions below it, parents first, and does not go
// below an expression for which visit returns false. Subqueries are not entered: their names have a scope of their own.
func Walk(e Expr, visit func(Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	eachChild(e, func(child Expr) { Walk(child, visit) })
}

// eachChild calls f for the operands of e; absent ones may be passed as nil.
func eachChild(e Expr, f func(Expr)) {
	all := func(list []Expr) {
		for _, x := range list {
			f(x)
		}
	}
	switch e := e.(type) {
	case *Interval:
		f(e.Value)
	case *List:
		all(e.Items)
	case *Row:
		all(e.Items)
	case *Struct:
		for _, field := range e.Fields {
			f(field.Value)
		}
	case *Map:
		for _, entry := range e.Entries {
			f(entry.Key)
			f(entry.Value)
		}
	case *Star:
		for _, item := range e.Replace {
			f(item.X)
		}
	case *Columns:
		f(e.X)
	case *Unpack:
		f(e.X)
	case *Unary:
		f(e.X)
	case *Binary:
		f(e.L)
		f(e.R)
	case *Logic:
		all(e.Args)
	case *IsNull:
		f(e.X)
	case *IsBool:
		f(e.X)
	case *Between:
		f(e.X)
		f(e.Lo)
		f(e.Hi)
	case *In:
		f(e.X)
		all(e.List)
	case *Match:
		f(e.X)
		f(e.Pattern)
		f(e.Escape)
	case *Quantified:
		f(e.X)
		f(e.Operand)
	case *Case:
		f(e.Operand)
		for _, w := range e.Whens {
			f(w.Cond)
			f(w.Then)
		}
		f(e.Else)
	case *Cast:
		f(e.X)
	case *Collate:
		f(e.X)
	case *Index:
		f(e.X)
		f(e.I)
	case *Slice:
		f(e.X)
		f(e.Lo)
		f(e.Hi)
		f(e.Step)
	case *Field:
		f(e.X)
	case *Lambda:
		f(e.Body)
	case *ListComp:
		f(e.Value)
		f(e.List)
		f(e.Cond)
	case *Func:
		e.eachChild(f)
	}
}

func (e *Func) eachChild(f func(Expr)) {
	order := func(items []OrderItem) {
		for _, o := range items {
			f(o.X)
		}
	}
	for _, a := range e.Args {
		f(a.Value)
	}
	order(e.OrderBy)
	order(e.WithinGroup)
	f(e.Filter)
	if w := e.Over; w != nil {
		for _, x := range w.Partition {
			f(x)
		}
		order(w.OrderBy)
		if w.Frame != nil {
			f(w.Frame.Start.Offset)
			f(w.Frame.End.Offset)
		}
	}
}
