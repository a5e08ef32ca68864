package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/siksik-data/siksik"

// source is one parsed file of the workspace.
type source struct {
	path string // below the repository
	dir  string
	file *ast.File
	set  *token.FileSet
	test bool
}

func (s source) generated() bool {
	return strings.HasPrefix(filepath.Base(s.path), "zz_")
}

// sources parses every Go file of the repository.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	err := fs.WalkDir(os.DirFS("../.."), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && p != "." || d.Name() == "testdata" || d.Name() == "venv" || p == "bench/data") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") {
			return nil
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, filepath.Join("../..", p), nil, parser.ParseComments)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(p))
		if dir == "." {
			dir = ""
		}
		out = append(out, source{p, dir, f, set, strings.HasSuffix(p, "_test.go")})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 50 {
		t.Fatalf("found only %d Go files", len(out))
	}
	return out
}

// inCore reports whether a directory belongs to the root module.
func inCore(dir string) bool {
	for _, m := range []string{"connect", "cmd", "bench", "examples", "tools"} {
		if dir == m || strings.HasPrefix(dir, m+"/") {
			return false
		}
	}
	return true
}

func allowed(path string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(path, p) })
}

func imports(s source) []string {
	var out []string
	for _, im := range s.file.Imports {
		out = append(out, strings.Trim(im.Path.Value, `"`))
	}
	return out
}

func TestEveryPackageHasARoomAndImportsLowerFloorsOfItsWing(t *testing.T) {
	for _, s := range sources(t) {
		if !inCore(s.dir) || s.test || allowed(s.path, generators) {
			continue
		}
		me, ok := rooms[s.dir]
		if !ok {
			t.Errorf("%s: package %q has no room in rules.go", s.path, s.dir)
			continue
		}
		for _, im := range imports(s) {
			rel, own := strings.CutPrefix(im, module)
			if !own {
				continue
			}
			rel = strings.TrimPrefix(rel, "/")
			other, ok := rooms[rel]
			switch {
			case !ok:
				t.Errorf("%s imports %s, which has no room", s.path, im)
			case other.floor >= me.floor:
				t.Errorf("%s (floor %d) imports %s (floor %d)", s.path, me.floor, im, other.floor)
			case me.wing == hallway && other.wing != hallway,
				me.wing != both && other.wing != hallway && other.wing != me.wing:
				t.Errorf("%s imports %s of the other wing", s.path, im)
			}
		}
	}
}

func TestTheCoreHasFewDependencies(t *testing.T) {
	for _, s := range sources(t) {
		if !inCore(s.dir) || s.test {
			continue
		}
		for _, im := range imports(s) {
			if strings.HasPrefix(im, module) || !strings.Contains(strings.Split(im, "/")[0], ".") {
				continue
			}
			ok := allowed(im, coreDeps) || s.dir == "pipe" && allowed(im, pipeDeps)
			if !ok {
				t.Errorf("%s imports %s, which is not on the core's list", s.path, im)
			}
		}
	}
}

func TestConnectorsLiveByThePublicContracts(t *testing.T) {
	public := []string{"dtype", "data", "fault", "spi", "spi/spitest", "connect"}
	for _, s := range sources(t) {
		if !strings.HasPrefix(s.dir, "connect") {
			continue
		}
		for _, im := range imports(s) {
			rel, own := strings.CutPrefix(im, module+"/")
			if own && !slices.Contains(public, rel) && !strings.HasPrefix(rel, "connect/") && !s.test {
				t.Errorf("%s imports %s", s.path, im)
			}
			if own && strings.HasPrefix(rel, "internal/") {
				t.Errorf("%s imports %s", s.path, im)
			}
		}
	}
}

func TestForbiddenCalls(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || allowed(s.path, generators) {
			continue
		}
		names := map[string]string{} // local name to import path
		for _, im := range s.file.Imports {
			path := strings.Trim(im.Path.Value, `"`)
			name := path[strings.LastIndex(path, "/")+1:]
			if im.Name != nil {
				name = im.Name.Name
			}
			names[name] = path
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				if !allowed(s.path, goroutines) {
					t.Errorf("%s: goroutines start in exec, pipe and server only", s.set.Position(n.Pos()))
				}
			case *ast.SelectorExpr:
				id, ok := n.X.(*ast.Ident)
				if !ok {
					return true
				}
				for _, c := range calls {
					if names[id.Name] == c.pkg && n.Sel.Name == c.name && !allowed(s.path, c.except) {
						t.Errorf("%s: %s.%s: %s", s.set.Position(n.Pos()), c.pkg, c.name, c.instead)
					}
				}
			case *ast.CallExpr:
				if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "panic" && !allowed(s.path, panics) {
					t.Errorf("%s: panic belongs to internal/bug", s.set.Position(n.Pos()))
				}
			}
			return true
		})
	}
}

func TestTheRunningWingUsesNoReflection(t *testing.T) {
	for _, s := range sources(t) {
		if !inCore(s.dir) || s.test || rooms[s.dir].wing != running {
			continue
		}
		if slices.Contains(imports(s), "reflect") {
			t.Errorf("%s imports reflect", s.path)
		}
	}
}

func TestEveryPackageSaysWhatLivesInIt(t *testing.T) {
	documented, seen := map[string]bool{}, map[string]string{}
	for _, s := range sources(t) {
		if s.test || s.file.Name.Name == "main" {
			continue
		}
		seen[s.dir] = s.path
		if s.file.Doc != nil && strings.Contains(s.file.Doc.Text(), "What lives here") {
			documented[s.dir] = true
		}
	}
	for dir, path := range seen {
		if !documented[dir] {
			t.Errorf("package of %s: no package comment that says what lives here", path)
		}
	}
}

func TestEveryPublicIdentifierIsDocumented(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.generated() || s.file.Name.Name == "main" || strings.HasPrefix(s.dir, "internal") || strings.Contains(s.dir, "/internal") {
			continue
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && exportedReceiver(d) && d.Doc == nil {
					t.Errorf("%s: %s has no comment", s.set.Position(d.Pos()), d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.IsExported() && d.Doc == nil && ts.Doc == nil {
						t.Errorf("%s: %s has no comment", s.set.Position(ts.Pos()), ts.Name.Name)
					}
				}
			}
		}
	}
}

// exportedReceiver reports whether a function is no method, or a method of an exported type.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	t := d.Recv.List[0].Type
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	if g, ok := t.(*ast.IndexExpr); ok {
		t = g.X
	}
	id, ok := t.(*ast.Ident)
	return ok && id.IsExported()
}

func TestFilesAndFunctionsAreShort(t *testing.T) {
	for _, s := range sources(t) {
		if s.generated() || s.test {
			continue
		}
		if n := s.set.Position(s.file.End()).Line; n > fileLinesMax && longFiles[s.path] == "" {
			t.Errorf("%s has %d lines; split it, or give a reason in rules.go", s.path, n)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			n := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1
			key := s.path + ":" + f.Name.Name
			if n > funcLinesMax && longFuncs[key] == "" {
				t.Errorf("%s has %d lines; split it, or give a reason in rules.go", key, n)
			}
		}
	}
}

func TestNothingStrayAtTheRoot(t *testing.T) {
	known := []string{"CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "go.mod", "go.sum", "go.work", "go.work.sum", "bench", "build", "bin", "cmd", "connect",
		"data", "demo", "docs", "dtype", "examples", "fault", "formats", "internal", "pipe", "slt", "spi", "tools"}
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		n := e.Name()
		if !strings.HasPrefix(n, ".") && !strings.HasSuffix(n, ".go") && !slices.Contains(known, n) {
			t.Errorf("%s at the root: where does it belong?", n)
		}
	}
}
