package bind

import (
	"context"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sql/ast"
	"github.com/siksik-data/siksik/spi"
)

// Options are the surroundings of one binding.
type Options struct {
	// Params are the values of $name; ? and $1 are named "1", "2", ….
	Params map[string]data.Scalar
	// Fold evaluates constant expressions; anything else comes back as it is. The engine injects the evaluator.
	Fold func(expr.Expr) (expr.Expr, error)
	// Settings are the session's settings by lower-case name, for current_setting and SHOW.
	Settings map[string]string
}

// Binder binds one query. It hands out the column ids of one plan and must not be used for two.
type Binder struct {
	ctx    context.Context
	cat    *catalog.Catalog
	opts   Options
	given  map[string]frame.Node // relations that came with the current SQL text
	text   string                // the source that spans of the current tree refer to
	next   expr.ColID
	shares int
	tables map[string]spi.Table       // paths opened by this query
	spans  map[*expr.Ref]ast.Span     // where a reference was written
	frames map[frame.Node]*sharedPlan // shared relations, and relations given with SQL, bound once
	depth  int
	apart  bool // in SQL, text meets no other type where values are chosen or ordered
	// doubts are what constant casts fail with if a row gets to them, with the place.
	doubts []*fault.Error
	// origins are the columns of tables in memory, for DESCRIBE.
	origins map[expr.ColID]origin
}

// sharedPlan is a relation that is bound once and used several times.
type sharedPlan struct {
	id   int
	node plan.Node
}

// New returns a Binder for one query over the catalog. ctx is used for opening tables.
func New(ctx context.Context, cat *catalog.Catalog, opts Options) *Binder {
	if opts.Fold == nil {
		opts.Fold = func(e expr.Expr) (expr.Expr, error) { return e, nil }
	}
	return &Binder{ctx: ctx, cat: cat, opts: opts, tables: map[string]spi.Table{}, spans: map[*expr.Ref]ast.Span{},
		frames: map[frame.Node]*sharedPlan{}, origins: map[expr.ColID]origin{}}
}

// Query binds a SQL query whose spans refer to text.
func (b *Binder) Query(text string, q *ast.Query) (plan.Node, error) {
	b.text, b.apart = text, true
	rel, err := b.query(q, nil)
	if err != nil {
		return nil, err
	}
	return rel.node, nil
}

// Frame binds a frame tree.
func (b *Binder) Frame(n frame.Node) (plan.Node, error) { return b.frameNode(n) }

// Constant binds and evaluates a SQL expression without columns.
func (b *Binder) Constant(text string, e ast.Expr) (data.Scalar, error) {
	b.text, b.apart = text, true
	return b.constant(e, "a constant")
}

// col makes a new column.
func (b *Binder) col(name string, t dtype.Type) expr.Col {
	b.next++
	return expr.Col{ID: b.next, Name: name, Type: t}
}

// fail positions an error at the span of the current text.
func (b *Binder) fail(at ast.Span, e *fault.Error) error {
	if b.text == "" || e.Pos.Text != "" {
		return e
	}
	return e.At("query", b.text, at.Start, at.End)
}

// failf is fail with a new error.
func (b *Binder) failf(at ast.Span, code fault.Code, format string, args ...any) error {
	return b.fail(at, fault.New(code, format, args...))
}

// place positions err if it is a fault without a position.
func (b *Binder) place(at ast.Span, err error) error {
	if e, ok := err.(*fault.Error); ok && e.Pos == (fault.Pos{}) {
		return b.fail(at, e)
	}
	return err
}

// Place positions the error of a query that ran: if it is what a constant in the query's text failed with, it gets the place of that.
func (b *Binder) Place(err error) error {
	e, ok := err.(*fault.Error)
	if !ok || e.Pos.Text != "" {
		return err
	}
	for _, d := range b.doubts {
		if d.Code == e.Code && d.Msg == e.Msg {
			return d
		}
	}
	return err
}

// nested limits recursion through views and frames that refer to themselves.
func (b *Binder) nested(at ast.Span, f func() error) error {
	const deepest = 500
	b.depth++
	defer func() { b.depth-- }()
	if b.depth > deepest {
		return b.failf(at, fault.Unsupported, "the query is nested more than %d levels deep (does a view use itself?)", deepest)
	}
	return f()
}

func same(a, b string) bool { return strings.EqualFold(a, b) }
