package siksik

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/internal/fn"
	"github.com/siksik-data/siksik/internal/sig"
	"github.com/siksik-data/siksik/spi"
)

// sets are those that methods of frames name.
var sets = map[string]*fn.Set{"Arithmetic": fn.Arithmetic, "DateBuckets": fn.DateBuckets, "DateParts": fn.DateParts, "DateZones": fn.DateZones,
	"Lists": fn.Lists, "ListSearch": fn.ListSearch, "ListStats": fn.ListStats, "Math": fn.Math, "Nested": fn.Nested, "Regexp": fn.Regexp,
	"Rounding": fn.Rounding, "Strftime": fn.Strftime, "Strptime": fn.Strptime, "TextCase": fn.TextCase, "TextEdit": fn.TextEdit,
	"TextMeasure": fn.TextMeasure, "TextSlice": fn.TextSlice}

// A program has the functions of a set if it calls a method that names the set, so the method must name the set that has its function, for
// all types of arguments; what is always there needs no set.
func TestEveryMethodLinksTheFunctionThatItNames(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	check := func(n ast.Node) bool {
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
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, check)
	}
	if seen < 80 {
		t.Errorf("only %d calls were found", seen)
	}
}

// linking are uses of the library, each of which must link all that it needs by itself. They run in a directory with one table in all formats.
var linking = map[string]func(ctx context.Context) error{
	"ScanCSV": func(ctx context.Context) error { return collected(ctx, ScanCSV("t.csv")) },
	"ScanIPC": func(ctx context.Context) error { return collected(ctx, ScanIPC("t.arrow")) },
	"ScanNDJSON": func(ctx context.Context) error {
		return collected(ctx, ScanNDJSON("t.ndjson"))
	},
	"ScanParquet": func(ctx context.Context) error {
		return collected(ctx, ScanParquet("t.parquet"))
	},
	"Scan": func(ctx context.Context) error { return collected(ctx, Scan("t.arrow")) },
	"ScanFormat": func(ctx context.Context) error {
		return collected(ctx, ScanFormat("t.parquet", "parquet"))
	},
	"FileFormat": func(ctx context.Context) error {
		return collected(ctx, ScanCSV("t.ndjson", FileFormat("ndjson")))
	},
	"SinkCSV":     func(ctx context.Context) error { return loaded(table().SinkCSV(ctx, "new.csv")) },
	"SinkIPC":     func(ctx context.Context) error { return loaded(table().SinkIPC(ctx, "new.arrow")) },
	"SinkNDJSON":  func(ctx context.Context) error { return loaded(table().SinkNDJSON(ctx, "new.ndjson")) },
	"SinkParquet": func(ctx context.Context) error { return loaded(table().SinkParquet(ctx, "new.parquet")) },
	"Sink":        func(ctx context.Context) error { return loaded(table().Sink(ctx, "new.parquet")) },
	"SinkTo": func(ctx context.Context) error {
		return collected(ctx, table().SinkTo("new.csv"))
	},
	"LoadFormat": func(ctx context.Context) error {
		return loaded(table().Sink(ctx, "new", LoadFormat("ipc")))
	},
	"SQL": func(ctx context.Context) error {
		e, err := Open()
		if err != nil {
			return err
		}
		defer e.Close()
		return collected(ctx, e.SQL("SELECT regexp_replace(s, 'a', 'b'), date_trunc('day', TIMESTAMP '2026-01-02 03:04:05') FROM '"+"t.arrow'"))
	},
	"Execute": func(ctx context.Context) error {
		e, err := Open()
		if err != nil {
			return err
		}
		defer e.Close()
		return e.Execute(ctx, "COPY (SELECT md5(s) AS m FROM '"+"t.csv') TO '"+"new.parquet'", func(Result) error { return nil })
	},
	"SQLContext": func(ctx context.Context) error {
		return collected(ctx, SQLContext("SELECT levenshtein(s, 'abc') FROM t", map[string]LazyFrame{"t": table()}))
	},
	"SQLExpr": func(ctx context.Context) error {
		return collected(ctx, table().Select(SQLExpr("upper(s) || 'x'").Alias("u")))
	},
	"registry": func(ctx context.Context) error {
		f, err := spi.Default.Format("ipc", "")
		if err != nil {
			return err
		}
		if _, err = f.OpenSink(ctx, nil, "new.arrow", nil); err == nil || !strings.Contains(err.Error(), "siksik/formats") {
			return fmt.Errorf("a format that nothing links gives %v", err)
		}
		return nil
	},
	"methods": func(ctx context.Context) error {
		return collected(ctx, table().Select(Col("s").Str().ToUppercase().Alias("u"), Col("n").Add(1).Alias("m"), Col("n").FillNull(0).Alias("f")).Tail(1))
	},
}

type pair struct {
	S string
	N int64
}

func table() LazyFrame {
	df, err := FromRows([]pair{{"abc", 1}, {"def", 2}})
	if err != nil {
		return LazyFrame{}.fail(err)
	}
	return df.Lazy()
}

func collected(ctx context.Context, f LazyFrame) error {
	_, err := f.Collect(ctx)
	return err
}

func loaded(_ Receipt, err error) error { return err }

// Everything is linked into this test program, but only what a function links can be used, and it stays linked. So each use has a process.
func TestEveryUseLinksWhatItNeedsInAProcessOfItsOwn(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	for name, sink := range map[string]func(context.Context, string, ...LoadOption) (Receipt, error){"t.csv": table().SinkCSV, "t.arrow": table().SinkIPC,
		"t.ndjson": table().SinkNDJSON, "t.parquet": table().SinkParquet} {
		if _, err := sink(ctx, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name := range linking {
		c := exec.Command(os.Args[0], "-test.run=^TestOneUse$/^"+name+"$", "-test.v")
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS: TestOneUse/"+name)) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// TestOneUse is what the processes of the test above run, in a directory with its files.
func TestOneUse(t *testing.T) {
	if _, err := os.Stat("t.arrow"); err != nil {
		return
	}
	for name, use := range linking {
		t.Run(name, func(t *testing.T) {
			if err := use(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
