package parse_test

import (
	"strings"
	"testing"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/sql/ast"
	"github.com/siksik-data/siksik/internal/sql/parse"
)

// FuzzStatements checks that no text makes the parser panic, that errors have a position inside the text, that spans nest, and
// that what parses prints to a fixpoint.
func FuzzStatements(f *testing.F) {
	for _, src := range seeds(f) {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		parse.Tokens(src)
		parse.Complete(src)
		stmts, err := parse.Statements(src)
		if err != nil {
			checkError(t, src, err)
			return
		}
		for _, s := range stmts {
			checkSpan(t, src, s)
			text := ast.Format(s)
			again, err := parse.Statements(text)
			if err != nil && strings.Contains(err.Error(), "nested more than") {
				continue
			}
			if err != nil || len(again) != 1 {
				t.Fatalf("%q prints as %q, which gives %d statements: %v", src, text, len(again), err)
			}
			if second := ast.Format(again[0]); second != text {
				t.Fatalf("%q prints as\n%q, which prints as\n%q", src, text, second)
			}
		}
	})
}

// FuzzTypesAndExpressions does the same for the other two entry points.
func FuzzTypesAndExpressions(f *testing.F) {
	for _, src := range []string{"DECIMAL(10, 2)[]", "STRUCT(a INT, b VARCHAR[3])", "a + b * c", "x[1:2].b::DATE", "lambda x: x"} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if typ, err := parse.Type(src); err != nil {
			checkError(t, src, err)
		} else if again, err := parse.Type(ast.Format(typ)); err != nil || ast.Format(again) != ast.Format(typ) {
			t.Fatalf("%q prints as %q: %v", src, ast.Format(typ), err)
		}
		if e, err := parse.Expr(src); err != nil {
			checkError(t, src, err)
		} else {
			ast.ColumnName(e)
			checkSpan(t, src, e)
			ast.Walk(e, func(x ast.Expr) bool {
				ast.Walk(x, func(below ast.Expr) bool {
					if o, i := x.At(), below.At(); i.Start < o.Start || i.End > o.End {
						t.Fatalf("%q: %T at %v holds %T at %v", src, x, o, below, i)
					}
					return below == x
				})
				return true
			})
		}
	})
}

func checkError(t *testing.T, src string, err error) {
	t.Helper()
	e, ok := err.(*fault.Error)
	if !ok || e.Msg == "" || e.Pos.Offset < 0 || e.Pos.Offset > e.Pos.End || e.Pos.End > len(src) {
		t.Fatalf("%q: error %#v has no place in the text", src, err)
	}
	fault.Render(err)
}

func checkSpan(t *testing.T, src string, n ast.Node) {
	t.Helper()
	if s := n.At(); s.Start < 0 || s.Start > s.End || s.End > len(src) {
		t.Fatalf("%q: %T has span %v", src, n, s)
	}
}
