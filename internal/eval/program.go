package eval

import (
	"strconv"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/compute"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/fn"
	"github.com/siksik-data/siksik/internal/sig"
)

type nodeKind uint8

const (
	refNode nodeKind = iota
	litNode
	callNode
	castNode
	caseNode // kids: cond, then, cond, then, …, else
	coalesceNode
	andNode
	orNode
	notNode
	nullNode
	inNode
	udfNode
	tryNode // the one kid, null where it fails
)

// node is one operation of a Program. Kids stand before it.
type node struct {
	kind     nodeKind
	typ      dtype.Type
	kids     []int
	ref      int          // refNode: column of the batch
	value    *data.Column // litNode: Flat, one row
	impl     fn.Impl      // callNode
	try      bool         // castNode
	negate   bool         // nullNode
	set      *compute.Set // inNode
	hasNull  bool         // inNode
	udf      *expr.UDF    // udfNode
	fallible bool         // it or something below may fail
	private  bool         // it or something below must not run more often than asked: volatile calls, impure user functions
	cost     int          // rough work a row, kids included
	columns  int          // how many columns of the batch it and those below read: 0, 1, or 2 for more
	column   string       // the name of the only one, for errors
}

// Program is compiled expressions. It is immutable and safe for concurrent use through Workers.
type Program struct {
	nodes    []node
	roots    []int
	settings *fn.Settings
}

// Compile prepares expressions for batches with the columns in, in that order. Equal subexpressions are evaluated once, unless they are volatile.
// The error is a *fault.Error about a constant argument or a function that is not offered.
func Compile(exprs []expr.Expr, in []expr.Col) (*Program, error) {
	c := compiler{p: &Program{settings: defaultSettings()}, in: in, seen: map[string]int{}}
	for _, e := range exprs {
		id, err := c.expr(e)
		if err != nil {
			return nil, err
		}
		c.p.roots = append(c.p.roots, id)
	}
	return c.p, nil
}

// compiler interns nodes by a key of their operation and kids.
type compiler struct {
	p    *Program
	in   []expr.Col
	seen map[string]int
}

// add returns the node's number, an existing one if the same operation on the same kids is there.
func (c *compiler) add(n node, parts ...string) int {
	for _, k := range n.kids {
		kid := &c.p.nodes[k]
		n.fallible = n.fallible || kid.fallible && n.kind != tryNode
		n.private = n.private || kid.private
		n.cost += kid.cost
		if kid.columns > 0 && (n.columns == 0 || n.column != kid.column) {
			n.columns, n.column = min(n.columns+kid.columns, 2), kid.column
		}
	}
	var key strings.Builder
	key.WriteString(strconv.Itoa(int(n.kind)))
	for _, p := range parts {
		key.WriteString("|" + p)
	}
	for _, k := range n.kids {
		key.WriteString("," + strconv.Itoa(k))
	}
	if id, ok := c.seen[key.String()]; ok && !n.private {
		return id
	}
	c.p.nodes = append(c.p.nodes, n)
	id := len(c.p.nodes) - 1
	c.seen[key.String()] = id
	return id
}

// kids compiles several expressions.
func (c *compiler) kids(list []expr.Expr) ([]int, error) {
	out := make([]int, len(list))
	for i, e := range list {
		id, err := c.expr(e)
		if err != nil {
			return nil, err
		}
		out[i] = id
	}
	return out, nil
}

// expr compiles one expression and returns its node.
func (c *compiler) expr(e expr.Expr) (int, error) {
	kids, err := c.kids(e.Kids())
	if err != nil {
		return 0, err
	}
	n := node{typ: e.Type(), kids: kids}
	switch e := e.(type) {
	case *expr.Ref:
		return c.ref(e)
	case *expr.Lit:
		n.kind, n.value = litNode, data.ConstColumn(e.Value, 1).Values
		return c.add(n, expr.Format(e), e.Value.Type.String()), nil
	case *expr.Call:
		return c.call(e, n)
	case *expr.Cast:
		return c.cast(e, n)
	case *expr.Case:
		n.kind, n.cost = caseNode, len(kids)
		return c.add(n), nil
	case *expr.And:
		n.kind, n.cost = andNode, 1
		return c.add(n), nil
	case *expr.Or:
		n.kind, n.cost = orNode, 1
		return c.add(n), nil
	case *expr.Not:
		n.kind, n.cost = notNode, 1
		return c.add(n), nil
	case *expr.IsNull:
		n.kind, n.negate, n.cost = nullNode, e.Negate, 1
		return c.add(n, strconv.FormatBool(e.Negate)), nil
	case *expr.In:
		n.kind, n.hasNull, n.set = inNode, e.HasNull, compute.NewSet(e.Arg.Type(), e.Values)
		n.cost = min(len(e.Values), 8) * weight(e.Arg.Type())
		return c.add(n, expr.Format(e)), nil
	case *expr.UDF:
		n.kind, n.udf, n.fallible, n.private, n.cost = udfNode, e, true, !e.Pure, 100
		return c.add(n, e.Name, e.Typ.String()), nil
	default:
		return 0, bug.Errorf("unknown expression %T", e)
	}
}

func (c *compiler) ref(e *expr.Ref) (int, error) {
	for i, col := range c.in {
		if col.ID == e.Col.ID {
			return c.add(node{kind: refNode, typ: e.Col.Type, ref: i, columns: 1, column: e.Col.Name}, strconv.Itoa(i)), nil
		}
	}
	return 0, bug.Errorf("column %s#%d is not in the input", e.Col.Name, e.Col.ID)
}

func (c *compiler) cast(e *expr.Cast, n node) (int, error) {
	n.kind, n.try = castNode, e.Try
	from := e.Arg.Type()
	implicit, _ := sig.CanCast(from, e.To)
	n.fallible = !e.Try && !implicit
	n.cost = weight(from) + weight(e.To)
	return c.add(n, e.To.String(), strconv.FormatBool(e.Try)), nil
}

// call compiles a function call; the functions that evaluate arguments by need have nodes of their own.
func (c *compiler) call(e *expr.Call, n node) (int, error) {
	n.cost = 1
	for _, a := range e.Args {
		n.cost += weight(a.Type())
	}
	switch e.Fn.Name {
	case "if":
		n.kind = caseNode
		return c.add(n), nil
	case "coalesce":
		n.kind = coalesceNode
		return c.add(n, e.Typ.String()), nil
	case "try":
		n.kind = tryNode
		return c.add(n), nil
	}
	n.kind = callNode
	n.fallible = e.Fn.Has(sig.Fallible)
	n.private = e.Fn.Has(sig.Volatile)
	maker, ok := fn.Get(e.Fn.ID)
	if !ok {
		return 0, bug.Errorf("the implementation %s is not linked: whoever names a function links its fn.Set", e.Fn.ID)
	}
	consts := make([]*data.Column, len(e.Args))
	for i, k := range n.kids {
		if kid := &c.p.nodes[k]; kid.kind == litNode {
			consts[i] = &data.Column{Type: kid.typ, Form: data.Const, Len: 1, Values: kid.value}
		}
	}
	var err error
	if n.impl, err = maker(consts, e.Typ); err != nil {
		return 0, err
	}
	return c.add(n, e.Fn.ID, e.Typ.String()), nil
}

// weight is the rough work that a value of a type makes.
func weight(t dtype.Type) int {
	switch {
	case t.IsNested():
		return 20
	case t.IsText() || t.Kind == dtype.Binary:
		return 5
	case t.Phys() == dtype.PhysI128:
		return 2
	default:
		return 1
	}
}
