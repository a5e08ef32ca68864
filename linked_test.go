package siksik

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/siksik-data/siksik/internal/fn"
	"github.com/siksik-data/siksik/internal/sig"
)

// sets are those that methods of frames name.
var sets = map[string]*fn.Set{"Arithmetic": fn.Arithmetic, "DateBuckets": fn.DateBuckets, "DateParts": fn.DateParts, "DateZones": fn.DateZones,
	"Lists": fn.Lists, "ListSearch": fn.ListSearch, "ListStats": fn.ListStats, "Math": fn.Math, "Nested": fn.Nested, "Regexp": fn.Regexp,
	"Rounding": fn.Rounding, "Strftime": fn.Strftime, "Strptime": fn.Strptime, "TextCase": fn.TextCase, "TextEdit": fn.TextEdit,
	"TextMeasure": fn.TextMeasure, "TextSlice": fn.TextSlice}

// A program has the functions of a set if it calls a method that names the set, so the method must name the set that has its function, for
// all types of arguments; what is always there needs no set.
func TestEveryMethodLinksTheFunctionThatItNames(t *testing.T) {
	pkgs, err := parser.ParseDir(token.NewFileSet(), ".", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	ast.Inspect(pkgs["siksik"], func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		method, ok := c.Fun.(*ast.SelectorExpr)
		if !ok || method.Sel.Name != "use" && method.Sel.Name != "call" {
			return true
		}
		args, has := c.Args, fn.Comparison.IDs()
		if method.Sel.Name == "use" {
			set, ok := args[0].(*ast.SelectorExpr)
			if !ok || sets[set.Sel.Name] == nil {
				t.Errorf("a call of use with a set that this test does not know: add it to sets")
				return true
			}
			has, args = sets[set.Sel.Name].IDs(), args[1:]
		}
		lit, ok := args[0].(*ast.BasicLit)
		if !ok {
			return true // use itself
		}
		name, err := strconv.Unquote(lit.Value)
		if err != nil {
			t.Fatal(err)
		}
		seen++
		for _, o := range sig.Lookup(name) {
			if o.Kind == sig.Scalar && !has[o.ID] {
				t.Errorf("a method calls %q, and its set does not implement %s", name, o.ID)
			}
		}
		return true
	})
	if seen < 80 {
		t.Errorf("only %d calls were found", seen)
	}
}
