package examples

import (
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/bench/gen"
)

// readmeBlock is a block of the README to run: the one after a line <!-- run: go|sql|pipeline -->.
var readmeBlock = regexp.MustCompile("(?s)<!-- run: (\\w+) -->\n```\\w*\n(.*?)```\n")

// errorsOf counts the rows of status 500 of each endpoint in a log.
func errorsOf(t *testing.T, path string) map[string]int {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, r := range rows[1:] {
		if r[1] == "500" {
			out[r[0]]++
		}
	}
	return out
}

// readme is a folder with the data that the README's blocks read, and the program first in the search path.
type readme struct {
	root, dir, program string
}

func prepare(t *testing.T) *readme {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	r := &readme{root: root, dir: t.TempDir()}
	if err := gen.EndpointLogs(filepath.Join(r.dir, "logs.csv"), 5000, 3); err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	r.program = filepath.Join(bin, "siksik")
	r.run(t, filepath.Join(root, "cmd", "siksik"), "go", "build", "-o", r.program, ".")
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return r
}

// run runs a command and returns its standard output.
func (r *readme) run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir = dir
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, errs.String())
	}
	return string(out)
}

// mentions checks that a printed table has a line for each endpoint with its number of errors.
func mentions(t *testing.T, printed string, want map[string]int) {
	t.Helper()
	for endpoint, n := range want {
		row := regexp.MustCompile(`(?m)^[│ "]*` + regexp.QuoteMeta(endpoint) + `[│," ]+` + strconv.Itoa(n) + `\b`)
		if !row.MatchString(printed) {
			t.Errorf("no line of %s with %d in\n%s", endpoint, n, printed)
		}
	}
}

func TestTheBlocksOfTheReadmeRun(t *testing.T) {
	r := prepare(t)
	want := errorsOf(t, filepath.Join(r.dir, "logs.csv"))
	if len(want) < 5 {
		t.Fatalf("the log has only %d endpoints with errors", len(want))
	}
	text, err := os.ReadFile(filepath.Join(r.root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for i, m := range readmeBlock.FindAllStringSubmatch(string(text), -1) {
		kind, block := m[1], m[2]
		kinds[kind]++
		t.Run(fmt.Sprintf("%s %d", kind, i), func(t *testing.T) {
			switch kind {
			case "go":
				mentions(t, r.goBlock(t, block), want)
			case "sql":
				mentions(t, r.run(t, r.dir, "sh", "-c", block), want)
			case "pipeline":
				mentions(t, r.pipelineBlock(t, block), want)
			default:
				t.Errorf("no such kind of block: %q", kind)
			}
		})
	}
	for _, kind := range []string{"go", "sql", "pipeline"} {
		if kinds[kind] == 0 {
			t.Errorf("the README has no block %q to run", kind)
		}
	}
}

// goBlock builds a program with the packages that this module knows, and runs it in the folder of the data.
func (r *readme) goBlock(t *testing.T, source string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "program")
	r.run(t, filepath.Join(r.root, "examples"), "go", "build", "-o", program, file)
	return r.run(t, r.dir, program)
}

// pipelineBlock runs a pipeline twice and returns the table that it has loaded.
func (r *readme) pipelineBlock(t *testing.T, spec string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, "errors.yaml"), []byte(spec), 0o644); err != nil {
		t.Fatal(err)
	}
	var table string
	for range 2 {
		r.run(t, r.dir, "siksik", "run", "errors.yaml")
		before := table
		table = r.run(t, r.dir, "siksik", "sql", "--format", "csv", "-c", "SELECT endpoint, errors FROM 'sqlite://errors.db?table=errors' ORDER BY ALL")
		if before != "" && before != table {
			t.Errorf("the second run changed the table from\n%s\nto\n%s", before, table)
		}
	}
	return table
}
