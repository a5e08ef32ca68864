package sig

import (
	"fmt"
	"slices"
	"strings"

	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
)

// Kinds is a set of function kinds.
type Kinds uint8

// The sets that callers ask for; combine them with |.
const (
	ScalarKind    Kinds = 1 << Scalar
	AggregateKind Kinds = 1 << Aggregate
	WindowKind    Kinds = 1 << Window
	AnyKind             = ScalarKind | AggregateKind | WindowKind
)

// Has reports whether k is in the set.
func (s Kinds) Has(k Kind) bool { return s&(1<<k) != 0 }

// Resolve picks the overload of the function called name (canonical or an alias, case-insensitive) that takes the argument types with the
// cheapest implicit conversions. The error is a *fault.Error: an unknown name with the nearest one, or types that fit no overload, with
// the candidates.
func Resolve(name string, args []dtype.Type, kinds Kinds) (Resolved, error) {
	list := make([]Arg, len(args))
	for i, t := range args {
		list[i].Type = t
	}
	return ResolveLit(name, list, kinds)
}

// ResolveLit is Resolve for arguments of which some are literals: they decide some result types (the field of struct_extract, the format
// of strptime), and bare ones adapt to the other arguments.
func ResolveLit(name string, args []Arg, kinds Kinds) (Resolved, error) {
	if name == "-" && len(args) == 1 {
		name = "neg"
	}
	all := Lookup(name)
	if all == nil {
		return Resolved{}, unknown(name, kinds)
	}
	var candidates []*Overload
	for _, o := range all {
		if kinds.Has(o.Kind) {
			candidates = append(candidates, o)
		}
	}
	if candidates == nil {
		return Resolved{}, misplaced(all[0], kinds)
	}
	best, bestCost := Resolved{}, never
	for _, o := range candidates {
		types, cost, ok := o.match(args)
		if ok && (bestCost == never || cost < bestCost) {
			best, bestCost = Resolved{Fn: o, Args: types}, cost
		}
	}
	if best.Fn == nil {
		return Resolved{}, noOverload(name, args, candidates)
	}
	return best.finish(args)
}

// finish computes the result type and checks the constant parameters.
func (r Resolved) finish(args []Arg) (Resolved, error) {
	coerced := slices.Clone(args)
	for i := range coerced {
		coerced[i].Type = r.Args[i]
		if p := r.Fn.param(i); p != nil && p.Constant && coerced[i].Lit == nil {
			return r, fault.New(fault.Type, "argument %q of %s must be a constant", p.Name, r.Fn.Name)
		}
	}
	switch {
	case r.Fn.RetLit != nil:
		ret, err := r.Fn.RetLit(coerced)
		r.Ret = ret
		return r, err
	case r.Fn.Bind != nil:
		_, r.Ret, _ = r.Fn.Bind(args)
	default:
		r.Ret = r.Fn.Ret(r.Args)
	}
	return r, nil
}

// param returns the parameter of argument i, or nil.
func (o *Overload) param(i int) *Param {
	if i < len(o.Params) {
		return &o.Params[i]
	}
	return o.Rest
}

// arity reports whether o takes n arguments.
func (o *Overload) arity(n int) bool {
	need := 0
	for _, p := range o.Params {
		if !p.Optional {
			need++
		}
	}
	return n >= need && (n <= len(o.Params) || o.Rest != nil)
}

// match returns the types that the arguments are cast to for o, and the total cost of doing so.
func (o *Overload) match(args []Arg) (types []dtype.Type, cost int, ok bool) {
	if !o.arity(len(args)) {
		return nil, 0, false
	}
	if o.Bind != nil {
		types, _, ok = o.Bind(args)
		if !ok {
			return nil, 0, false
		}
	} else if types, ok = o.fit(args); !ok {
		return nil, 0, false
	}
	for i, a := range args {
		c := argCost(a, types[i])
		if c == never && o.Bind == nil && o.param(i).Same == 0 {
			return nil, 0, false
		}
		if a.isText() && types[i].IsNumeric() && meetsNumber(args, i) {
			c = min(c, 10)
		}
		// A group's common type may need a conversion that is no implicit cast by itself (a comparison of text with a number).
		cost += max(c, 0)
	}
	return types, cost, true
}

// isText reports a string as written in the query, which has no type of its own yet.
func (a Arg) isText() bool { return a.Bare && a.Type.Kind == dtype.String }

// meetsNumber reports whether an argument other than i is a number: beside it, '5' is meant as a number and not as the date that could be added to.
func meetsNumber(args []Arg, i int) bool {
	for k, a := range args {
		if k != i && a.Type.IsNumeric() {
			return true
		}
	}
	return false
}

// argCost is castCost that also converts bare literals.
func argCost(a Arg, to dtype.Type) int {
	c := castCost(a.Type, to)
	if c == never && a.Bare && adapts(a, to) {
		if a.Type.Kind != dtype.String {
			return 1
		}
		return 50 + textRank(to)
	}
	return c
}

// textRank orders the types that a bare string may become, the likeliest first.
func textRank(t dtype.Type) int {
	switch t.Kind {
	case dtype.Timestamp:
		if t.Zone == "" {
			return 0
		}
		return 2
	case dtype.Date:
		return 1
	case dtype.Interval:
		return 3
	case dtype.Float64:
		return 4
	default:
		return 5 + int(t.Kind)
	}
}

// fit applies the declared parameters.
func (o *Overload) fit(args []Arg) ([]dtype.Type, bool) {
	types := make([]dtype.Type, len(args))
	for i, a := range args {
		p := o.param(i)
		if p.Same > 0 {
			continue
		}
		t, ok := p.take(a)
		if !ok {
			return nil, false
		}
		types[i] = t
	}
	for i := range args {
		if p := o.param(i); p.Same > 0 && types[i].Kind == dtype.Null && !o.fitGroup(p, args, types) {
			return nil, false
		}
	}
	return types, true
}

// take returns the type that a single argument gets.
func (p *Param) take(a Arg) (dtype.Type, bool) {
	switch {
	case a.Type.Kind == dtype.Null && p.Coerce.Kind != dtype.Null:
		return p.Coerce, true
	case a.Type.Kind == dtype.Null && p.null.Kind != dtype.Null:
		return p.null, true
	case p.Accept(a.Type), a.Type.Kind == dtype.Null:
		return a.Type, true
	case a.Type.Kind == dtype.Array && p.Accept(dtype.ListOf(a.Type.Elem())):
		return dtype.ListOf(a.Type.Elem()), true
	case p.Coerce.Kind != dtype.Null && argCost(a, p.Coerce) >= 0:
		return p.Coerce, true
	case a.Bare && p.null.Kind != dtype.Null && a.Type.Kind == dtype.String && p.null.IsTemporal():
		return p.null, true
	default:
		return dtype.Type{}, false
	}
}

// fitGroup finds the common type of all arguments of p's type variable and sets their types.
func (o *Overload) fitGroup(p *Param, args []Arg, types []dtype.Type) bool {
	var members []Arg
	constraint := p
	for i, a := range args {
		q := o.param(i)
		if q.Same != p.Same {
			continue
		}
		if q.List {
			if a.Type.Kind != dtype.List && a.Type.Kind != dtype.Array && a.Type.Kind != dtype.Null {
				return false
			}
			a = Arg{Type: a.Type.Elem(), Apart: a.Apart}
		}
		members = append(members, a)
	}
	for _, a := range members {
		// A bool meets numbers in unions and comparisons, but not in functions of numbers.
		if a.Type.Kind == dtype.Bool && !p.Accept(a.Type) && p.Coerce.Kind != dtype.Bool {
			return false
		}
	}
	how := InText
	switch {
	case p.Compare && !(p.Ordered && members[0].Apart):
		how = InOther
	case members[0].Apart:
		how = Apart
	}
	t, ok := CommonTypes(members, how)
	if !ok {
		return false
	}
	if t, ok = constraint.take(Arg{Type: t, Bare: allBare(members), Lit: members[0].Lit}); !ok {
		return false
	}
	for i := range args {
		q := o.param(i)
		switch {
		case q.Same != p.Same:
		case q.List:
			types[i] = dtype.ListOf(t)
		default:
			types[i] = t
		}
	}
	return true
}

func allBare(args []Arg) bool {
	for _, a := range args {
		if !a.Bare {
			return false
		}
	}
	return true
}

// unknown reports a name that no function has.
func unknown(name string, kinds Kinds) error {
	var names []string
	for _, n := range Names() {
		if kinds.Has(Lookup(n)[0].Kind) {
			names = append(names, n)
		}
	}
	e := fault.New(fault.Name, "no function %q", name)
	e.Hint = fault.DidYouMean(name, names)
	return e
}

// misplaced reports a function in a place for another kind.
func misplaced(o *Overload, kinds Kinds) error {
	switch {
	case o.Kind == Aggregate:
		return fault.New(fault.Type, "%s is an aggregate function and cannot be used here", o.Name)
	case o.Kind == Window:
		return fault.New(fault.Type, "%s is a window function and needs OVER (…)", o.Name)
	case kinds.Has(Window):
		return fault.New(fault.Type, "%s is neither an aggregate nor a window function", o.Name)
	default:
		return fault.New(fault.Type, "%s is not an aggregate function", o.Name)
	}
}

// noOverload reports argument types that fit none of the candidates.
func noOverload(name string, args []Arg, candidates []*Overload) error {
	types := make([]string, len(args))
	for i, a := range args {
		types[i] = a.Type.String()
	}
	specs := make([]string, 0, len(candidates))
	for _, o := range candidates {
		specs = append(specs, o.Spec)
	}
	const most = 8
	if len(specs) > most {
		specs = append(specs[:most], fmt.Sprintf("and %d more", len(specs)-most))
	}
	e := fault.New(fault.Type, "%s cannot be called with (%s)", strings.ToLower(name), strings.Join(types, ", "))
	e.Hint = "candidates: " + strings.Join(specs, "; ")
	return e
}
