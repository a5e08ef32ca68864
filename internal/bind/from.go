package bind

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/bug"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/defs"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/frame"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sql/ast"
	"github.com/siksik-data/siksik/spi"
)

// columnSelector is the constant argument of COLUMNS.
type columnSelector = data.Scalar

func (b *Binder) regexTest(at ast.Span, pattern string) (func(string) bool, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, b.failf(at, fault.Syntax, "malformed regular expression: %v", err)
	}
	return re.MatchString, nil
}

// from binds a FROM clause; several tables make a cross join, and none makes one row without columns.
func (b *Binder) from(refs []ast.TableRef, outer *scope) (bound, error) {
	if len(refs) == 0 {
		return bound{node: &plan.Values{Rows: [][]expr.Expr{{}}}}, nil
	}
	out, err := b.tableRef(refs[0], outer)
	if err != nil {
		return out, err
	}
	for _, ref := range refs[1:] {
		next, err := b.lateral(ref, out, outer)
		if err != nil {
			return out, err
		}
		if next.node != nil {
			out = next
			continue
		}
		right, err := b.tableRef(ref, beside(out, outer))
		if err != nil {
			return out, err
		}
		out = bound{node: b.dependent(&plan.Join{Kind: defs.Cross, Left: out.node, Right: right.node}), rels: append(out.rels, right.rels...)}
	}
	return out, b.uniqueNames(refs, out.rels)
}

// beside is the scope that a table sees which stands to the right of others: a subquery there may read their columns.
func beside(left bound, outer *scope) *scope { return &scope{rels: left.rels, parent: outer} }

// dependent makes a dependent join of a join whose right side reads columns of its left side.
func (b *Binder) dependent(j *plan.Join) plan.Node {
	reads := map[expr.ColID]bool{}
	plan.Outer(j.Right, plan.IDs(j.Left), reads)
	if len(reads) == 0 {
		return j
	}
	a := &plan.Apply{Kind: j.Kind, Left: j.Left, Right: j.Right}
	if j.Kind == defs.Cross {
		a.Kind = defs.Inner
	}
	if conds := j.Conds(); len(conds) > 0 {
		a.Cond = expr.AndAll(conds)
	}
	return a
}

// uniqueNames refuses two relations with one name.
func (b *Binder) uniqueNames(refs []ast.TableRef, rels []*relation) error {
	seen := map[string]bool{}
	for _, r := range rels {
		key := strings.ToLower(r.name)
		if r.name != "" && seen[key] {
			return b.failf(refs[0].At(), fault.Name, "two tables are called %q; give one an alias", r.name)
		}
		seen[key] = true
	}
	return nil
}

// lateral binds unnest(column) after the tables whose columns it uses; other references are not lateral.
func (b *Binder) lateral(ref ast.TableRef, left bound, outer *scope) (bound, error) {
	f, ok := ref.(*ast.TableFunc)
	if !ok || !same(f.Call.Name.Last().Name, "unnest") || len(f.Call.Args) != 1 {
		return bound{}, nil
	}
	if f.Ordinality {
		return bound{}, b.failf(f.Span, fault.Unsupported, "WITH ORDINALITY is not supported beside another table yet")
	}
	x := b.newExprs(&scope{rels: left.rels, parent: outer}, "FROM")
	list, err := x.bind(f.Call.Args[0].Value)
	if err != nil {
		return bound{}, err
	}
	return b.unnestOver(left, f, list)
}

// unnestOver expands a list for every row of left.
func (b *Binder) unnestOver(left bound, f *ast.TableFunc, list expr.Expr) (bound, error) {
	if k := list.Type().Kind; k != dtype.List && k != dtype.Array {
		return bound{}, b.failf(f.Span, fault.Type, "unnest takes a list, not %s", list.Type())
	}
	name := "unnest"
	if !f.Alias.Name.Empty() {
		name = f.Alias.Name.Name
	}
	col := b.col("unnest", list.Type().Elem())
	node := &plan.Unnest{Input: left.node, Items: []plan.Item{{Col: col, Expr: list}}}
	rel := relationOf(name, []expr.Col{col})
	if len(f.Alias.Columns) > 0 {
		rel.cols[0].name = f.Alias.Columns[0].Name
	}
	return bound{node: node, rels: append(left.rels, rel)}, nil
}

// tableRef binds one element of FROM.
func (b *Binder) tableRef(ref ast.TableRef, outer *scope) (bound, error) {
	switch ref := ref.(type) {
	case *ast.Table:
		return b.table(ref, outer)
	case *ast.TableFunc:
		if ref.Sample != nil {
			return bound{}, b.failf(ref.Span, fault.Unsupported, "TABLESAMPLE is not supported yet")
		}
		return b.tableFunc(ref, outer)
	case *ast.TableQuery:
		if ref.Sample != nil {
			return bound{}, b.failf(ref.Span, fault.Unsupported, "TABLESAMPLE is not supported yet")
		}
		q, err := b.query(ref.Query, outer)
		if err != nil {
			return q, err
		}
		return b.alias(ref.Span, ref.Alias, "", q.node)
	case *ast.Join:
		return b.join(ref, outer)
	case *ast.Pivot, *ast.Unpivot:
		return bound{}, b.failf(ref.At(), fault.Unsupported, "PIVOT and UNPIVOT are not supported yet")
	default:
		return bound{}, bug.Errorf("unknown table reference %T", ref)
	}
}

// alias names the columns of a node as a relation.
func (b *Binder) alias(at ast.Span, a ast.Alias, name string, node plan.Node) (bound, error) {
	if !a.Name.Empty() {
		name = a.Name.Name
	}
	rel := relationOf(name, node.Cols())
	if len(a.Columns) > len(rel.cols) {
		return bound{}, b.failf(at, fault.Usage, "%s has %d columns, and %d names are given", orWord(name, "the table"), len(rel.cols), len(a.Columns))
	}
	for i, c := range a.Columns {
		rel.cols[i].name = c.Name
		rel.cols[i].col.Name, rel.cols[i].plain.Name = c.Name, c.Name
	}
	return bound{node: node, rels: []*relation{rel}}, nil
}

// aliasFile is alias for a file: without an alias, messages call it by its path and not by the name that its columns can be qualified with.
func (b *Binder) aliasFile(at ast.Span, a ast.Alias, file string, node plan.Node) (bound, error) {
	out, err := b.alias(at, a, fileName(file), node)
	if err == nil && a.Name.Empty() {
		out.rels[0].shown = file
	}
	return out, err
}

func orWord(s, word string) string {
	if s == "" {
		return word
	}
	return s
}

// table finds a name among common table expressions, relations that were passed in, the catalog, and files.
func (b *Binder) table(t *ast.Table, outer *scope) (bound, error) {
	if t.Sample != nil {
		return bound{}, b.failf(t.Span, fault.Unsupported, "TABLESAMPLE is not supported yet")
	}
	if len(t.Name) == 0 {
		node, err := b.path(t.Span, t.File, "", nil)
		if err != nil {
			return bound{}, err
		}
		return b.aliasFile(t.Span, t.Alias, t.File, node)
	}
	name := t.Name.Last().Name
	if len(t.Name) == 2 && same(t.Name[0].Name, "recurring") {
		return bound{}, b.failf(t.Span, fault.Unsupported, "recurring.%s, all rows of a recursive query, is not supported", name)
	}
	if len(t.Name) == 1 {
		if c := outer.findCTE(name); c != nil {
			if c.shared == nil {
				return bound{}, b.failf(t.Span, fault.Unsupported, "recursive queries are not supported yet: %q reads itself", name)
			}
			return b.alias(t.Span, t.Alias, name, b.use(c.shared, c.names))
		}
	}
	if n, ok := b.relationGiven(name); ok {
		node, err := b.silent(func() (plan.Node, error) { return b.frameShared(n) })
		if err != nil {
			return bound{}, err
		}
		return b.alias(t.Span, t.Alias, name, node)
	}
	if e := b.cat.Get(name); e != nil {
		node, err := b.entry(e)
		if err != nil {
			return bound{}, err
		}
		return b.alias(t.Span, t.Alias, name, node)
	}
	if catalog.LooksLikePath(name) {
		node, err := b.path(t.Span, name, "", nil)
		if err != nil {
			return bound{}, err
		}
		return b.aliasFile(t.Span, t.Alias, name, node)
	}
	err := b.cat.Unknown(name)
	if near := fault.DidYouMean(name, b.givenNames()); near != "" {
		err.Hint = near
	}
	if err.Hint == "" {
		err.Hint = "to read a file, write its path in quotes: FROM 'data.csv'"
	}
	return bound{}, b.fail(t.Name.At(), err)
}

// silent binds something that has no place in the current text.
func (b *Binder) silent(f func() (plan.Node, error)) (plan.Node, error) {
	text := b.text
	b.text = ""
	defer func() { b.text = text }()
	return f()
}

// relationGiven finds a relation that came with the SQL text, ignoring case.
func (b *Binder) relationGiven(name string) (*frame.Shared, bool) {
	for n, f := range b.given {
		if !same(n, name) {
			continue
		}
		if s, ok := f.(*frame.Shared); ok {
			return s, true
		}
		return &frame.Shared{Input: f}, true
	}
	return nil, false
}

// givenNames lists the relations that came with the SQL text.
func (b *Binder) givenNames() []string {
	return slices.Sorted(maps.Keys(b.given))
}

// fileName is the name under which the columns of a file can be qualified: the file's name without endings.
func fileName(p string) string {
	base := path.Base(strings.ReplaceAll(p, "\\", "/"))
	if i := strings.IndexAny(base, ".?*"); i > 0 {
		base = base[:i]
	}
	return base
}

// entry makes a plan for a relation of the catalog.
func (b *Binder) entry(e *catalog.Entry) (plan.Node, error) {
	switch {
	case e.Rows != nil:
		m := &plan.Memory{Name: e.Name, Batches: e.Rows.Batches}
		for i, f := range e.Rows.Schema.Fields {
			c := b.col(f.Name, f.Type)
			m.Out = append(m.Out, c)
			b.origins[c.ID] = origin{rows: e.Rows, at: i}
		}
		return m, nil
	case e.Table != nil:
		return b.scan(e.Table, e.Name), nil
	default:
		return b.silent(func() (plan.Node, error) { return b.frameNode(e.Frame) })
	}
}

// path opens files, at most once a query for the same path and options.
func (b *Binder) path(at ast.Span, p, format string, opts spi.Options) (plan.Node, error) {
	key := p + "\x00" + format
	t := b.tables[key]
	if t == nil || len(opts) > 0 {
		var err error
		if t, err = b.cat.Open(b.ctx, p, format, opts); err != nil {
			return nil, b.place(at, err)
		}
		if len(opts) == 0 {
			b.tables[key] = t
		}
	}
	return b.scan(t, p), nil
}

// scan reads all columns of a table; projection pushdown narrows it.
func (b *Binder) scan(t spi.Table, name string) plan.Node {
	n := &plan.Scan{Table: t, Name: name, Limit: -1}
	for i, f := range t.Schema().Fields {
		n.Out = append(n.Out, b.col(f.Name, f.Type))
		n.Source = append(n.Source, i)
	}
	return n
}
