package parse_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/sql/ast"
	"github.com/siksik-data/siksik/internal/sql/parse"
)

// The corpora's SQL that must parse, in records. These ratchets may only rise.
const (
	duckdbParses = 14672
	sqliteParses = 11128
	tpchParses   = 22
)

// The records that may be refused as unsupported: SQLite's triggers. This may only fall.
const (
	duckdbRefused = 0
	sqliteRefused = 23
)

// conformance returns the folder of conformance corpora, or skips the test.
func conformance(t *testing.T) string {
	dirs := []string{os.Getenv("SIKSIK_CONFORMANCE")}
	if wd, err := os.Getwd(); err == nil {
		root := filepath.Join(wd, "..", "..", "..")
		dirs = append(dirs, filepath.Join(root, "..", "shared", "conformance"))
	}
	for _, dir := range dirs {
		if info, err := os.Stat(dir); dir != "" && err == nil && info.IsDir() {
			return dir
		}
	}
	t.Skip("skipped: no conformance corpora")
	return ""
}

// record is the SQL of one query or statement that must succeed.
type record struct {
	where string
	sql   string
}

// records reads the SQL of a sqllogictest file. Loop variables are replaced by their first value: for the parser one will do.
func records(path, engine string) ([]record, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var out []record
	var vars []string
	var outer []int
	skip := false
	lines := strings.Split(string(data), "\n")
	for i := 0; i < len(lines); i++ {
		f := strings.Fields(lines[i])
		if len(f) == 0 {
			skip = false
			continue
		}
		switch f[0] {
		case "skipif":
			skip = skip || f[1] == engine
		case "onlyif":
			skip = skip || f[1] != engine
		case "loop", "foreach", "concurrentloop", "concurrentforeach":
			names, values := strings.Split(f[1], ","), f[2:3]
			if len(names) > 1 {
				values = strings.Split(f[2], ",")
			}
			outer = append(outer, len(vars))
			for k, name := range names {
				vars = append(vars, "${"+name+"}", firstValue(values[min(k, len(values)-1)]))
			}
		case "endloop":
			vars, outer = vars[:outer[len(outer)-1]], outer[:len(outer)-1]
		case "query", "statement":
			start := i + 1
			for i++; i < len(lines) && !endsSQL(lines[i]); i++ {
			}
			if skip || f[0] == "statement" && (len(f) < 2 || f[1] != "ok") {
				continue
			}
			sql := strings.NewReplacer(vars...).Replace(strings.Join(lines[start:i], "\n"))
			out = append(out, record{path, sql})
		}
	}
	return out, nil
}

// endsSQL reports whether a line ends the SQL of a record.
func endsSQL(line string) bool {
	return strings.TrimSpace(line) == "" || strings.HasPrefix(line, "----") || strings.HasPrefix(line, "#")
}

// firstValue expands the groups of types that a foreach may name.
func firstValue(v string) string {
	switch v {
	case "<integral>", "<numeric>", "<alltypes>", "<signed>", "<all_types_columns>":
		return "integer"
	case "<unsigned>":
		return "utinyint"
	case "<compression>", "<all_compression>":
		return "uncompressed"
	}
	return v
}

// parseAll parses every record of the files below dir, and checks that printing and parsing again is a fixpoint.
func parseAll(t *testing.T, dir, engine string, suffixes ...string) (parsed, total, refused int) {
	reasons := map[string]int{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		ok := false
		for _, s := range suffixes {
			ok = ok || strings.HasSuffix(path, s)
		}
		if !ok {
			return nil
		}
		recs, err := records(path, engine)
		for _, r := range recs {
			total++
			stmts, err := parse.Statements(r.sql)
			if fault.CodeOf(err) == fault.Unsupported {
				total--
				refused++
				continue
			}
			if err != nil {
				reasons[err.Error()]++
				if os.Getenv("SIKSIK_SHOW_FAILURES") != "" {
					t.Logf("%s: %v\n%s", strings.TrimPrefix(path, dir), err, r.sql)
				}
				continue
			}
			parsed++
			for _, s := range stmts {
				checkFixpoint(t, path, s)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	common := make([]string, 0, len(reasons))
	for r := range reasons {
		common = append(common, r)
	}
	sort.Slice(common, func(i, j int) bool { return reasons[common[i]] > reasons[common[j]] })
	for _, r := range common[:min(len(common), 15)] {
		t.Logf("%4d %s", reasons[r], r)
	}
	t.Logf("%d of %d records parse (%.2f %%), %d are refused as unsupported", parsed, total,
		100*float64(parsed)/float64(max(total, 1)), refused)
	return parsed, total, refused
}

func checkFixpoint(t *testing.T, where string, s ast.Statement) {
	t.Helper()
	text := ast.Format(s)
	again, err := parse.Statements(text)
	if err != nil {
		t.Errorf("%s: printed SQL does not parse: %v\n%s", where, err, text)
		return
	}
	if len(again) != 1 {
		t.Errorf("%s: printed SQL is %d statements\n%s", where, len(again), text)
		return
	}
	if second := ast.Format(again[0]); second != text {
		t.Errorf("%s: printing is not a fixpoint\nfirst:  %s\nsecond: %s", where, text, second)
	}
}

func ratchet(t *testing.T, parsed, atLeast, refused, atMost int) {
	t.Helper()
	if refused > atMost {
		t.Errorf("%d records are refused as unsupported, which is more than the %d that were", refused, atMost)
	}
	if parsed < atLeast {
		t.Errorf("%d records parse, which is fewer than the %d that did", parsed, atLeast)
	}
}

func TestDuckDBCorpusParses(t *testing.T) {
	parsed, _, refused := parseAll(t, filepath.Join(conformance(t), "duckdb", "test"), "duckdb", ".test", ".test_slow")
	ratchet(t, parsed, duckdbParses, refused, duckdbRefused)
}

func TestSQLiteCorpusParses(t *testing.T) {
	parsed, total, refused := parseAll(t, filepath.Join(conformance(t), "sqlite", "test"), "sqlite", ".test")
	ratchet(t, parsed, sqliteParses, refused, sqliteRefused)
	if parsed != total {
		t.Errorf("%d records of SQLite's corpus do not parse", total-parsed)
	}
}

func TestTPCHQueriesParse(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(conformance(t), "tpch", "queries", "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	parsed := 0
	for _, f := range files {
		sql, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		stmts, err := parse.Statements(string(sql))
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(f), err)
			continue
		}
		parsed++
		for _, s := range stmts {
			checkFixpoint(t, f, s)
		}
	}
	ratchet(t, parsed, tpchParses, 0, 0)
}
