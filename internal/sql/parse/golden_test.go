package parse_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/sql/ast"
	"github.com/siksik-data/siksik/internal/sql/parse"
)

var rewrite = flag.Bool("rewrite", false, "write what the parser does now into the golden files")

// TestGolden runs the cases of testdata: each is an input, a line of dashes, and what comes out, up to a blank line. The name of
// the file says what is done with the input: statements and queries are printed, expressions also named.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files: ", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) { runGolden(t, file, outputs[strings.SplitN(name, "_", 2)[0]]) })
	}
}

var outputs = map[string]func(string) string{
	"statements": printStatements,
	"errors":     printStatements,
	"expr": func(src string) string {
		e, err := parse.Expr(src)
		if err != nil {
			return fault.Render(err)
		}
		return ast.Format(e)
	},
	"names": func(src string) string {
		e, err := parse.Expr(src)
		if err != nil {
			return fault.Render(err)
		}
		return ast.ColumnName(e)
	},
	"types": func(src string) string {
		typ, err := parse.Type(src)
		if err != nil {
			return fault.Render(err)
		}
		return ast.Format(typ)
	},
}

func printStatements(src string) string {
	stmts, err := parse.Statements(src)
	if err != nil {
		return fault.Render(err)
	}
	var lines []string
	for _, s := range stmts {
		lines = append(lines, ast.Format(s))
	}
	return strings.Join(lines, "\n")
}

func runGolden(t *testing.T, file string, output func(string) string) {
	if output == nil {
		t.Fatalf("%s: no output is known for files of this name", file)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rewritten strings.Builder
	for _, block := range strings.Split(strings.TrimSpace(string(data)), "\n\n") {
		input, want, _ := strings.Cut(block, "\n----")
		got := output(input)
		if strings.HasPrefix(input, "# ") {
			rewritten.WriteString(block + "\n\n")
			continue
		}
		rewritten.WriteString(input + "\n----\n" + got + "\n\n")
		if want = strings.TrimPrefix(want, "\n"); got != want && !*rewrite {
			t.Errorf("%s\ngot:  %s\nwant: %s", input, got, want)
		}
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(strings.TrimSuffix(rewritten.String(), "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestGoldenInputsPrintToAFixpoint prints, parses and prints every golden input that parses.
func TestGoldenInputsPrintToAFixpoint(t *testing.T) {
	for _, src := range seeds(t) {
		stmts, err := parse.Statements(src)
		if err != nil {
			continue
		}
		for _, s := range stmts {
			checkFixpoint(t, src, s)
		}
	}
}

// seeds returns the inputs of all golden files; expressions become queries.
func seeds(t testing.TB) []string {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files: ", err)
	}
	var out []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range strings.Split(string(data), "\n\n") {
			input, _, _ := strings.Cut(strings.TrimSpace(block), "\n----")
			switch name := filepath.Base(file); {
			case strings.HasPrefix(name, "expr"), strings.HasPrefix(name, "names"):
				input = "SELECT " + input
			case strings.HasPrefix(name, "types"):
				input = "SELECT x::" + input
			}
			out = append(out, input)
		}
	}
	return out
}
