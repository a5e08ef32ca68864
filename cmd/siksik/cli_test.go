package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestHelpOfEveryCommandHasAnExampleAndNamesItsFlags(t *testing.T) {
	root := rootCommand()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" || c.Name() == "help" {
			continue
		}
		if !strings.Contains(c.Example, "  siksik "+c.Name()) {
			t.Errorf("%s has no example", c.Name())
		}
		if c.Short == "" || c.RunE == nil {
			t.Errorf("%s has no short description or does nothing", c.Name())
		}
		var help strings.Builder
		c.SetOut(&help)
		if err := c.Help(); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(help.String(), "Examples:") || !strings.Contains(help.String(), "Usage:") {
			t.Errorf("help of %s: %s", c.Name(), help.String())
		}
	}
}

// build makes a stripped binary of the package in dir and returns its path and size.
func build(t *testing.T, dir string, env ...string) (path string, size int64) {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: building takes long")
	}
	path = filepath.Join(t.TempDir(), "program")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	c := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, ".")
	c.Dir, c.Env = dir, append(append(os.Environ(), "CGO_ENABLED=0"), env...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, info.Size()
}

// The limits of the program.
const (
	programMax = 45_000_000 // bytes
	libraryMax = 12_000_000 // bytes that importing the root package adds
	startMax   = 250 * time.Millisecond
)

func TestTheProgramIsSmallAndStartsAtOnce(t *testing.T) {
	path, size := build(t, ".")
	t.Logf("siksik: %.1f MB", float64(size)/1e6)
	if size > programMax {
		t.Errorf("the program has %d bytes, more than %d", size, programMax)
	}
	best := time.Hour
	for range 5 {
		start := time.Now()
		c := exec.Command(path, "sql", "--format", "csv", "-c", "SELECT 1 AS x")
		c.Stderr = io.Discard
		out, err := c.Output()
		if err != nil || string(out) != "x\n1\n" {
			t.Fatalf("%v: %q", err, out)
		}
		best = min(best, time.Since(start))
	}
	t.Logf("SELECT 1 from start to exit: %v, the best of 5", best.Round(100*time.Microsecond))
	if best > startMax {
		t.Errorf("SELECT 1 took %v", best)
	}
}

func TestImportingTheLibraryAddsLittle(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int64{}
	for name, body := range map[string]string{
		"empty":   "package main\n\nfunc main() { println() }\n",
		"library": "package main\n\nimport _ \"github.com/siksik-data/siksik\"\n\nfunc main() { println() }\n",
	} {
		dir := t.TempDir()
		put(t, dir, "main.go", []byte(body))
		put(t, dir, "go.sum", sum)
		put(t, dir, "go.mod", []byte("module example.com/size\n\ngo 1.26.0\n\nrequire github.com/siksik-data/siksik v0.0.0\n\nreplace github.com/siksik-data/siksik => "+root+"\n"))
		_, sizes[name] = build(t, dir, "GOWORK=off", "GOFLAGS=-mod=mod")
	}
	added := sizes["library"] - sizes["empty"]
	t.Logf("importing the library adds %.1f MB", float64(added)/1e6)
	if added > libraryMax {
		t.Errorf("importing the library adds %d bytes, more than %d", added, libraryMax)
	}
}
