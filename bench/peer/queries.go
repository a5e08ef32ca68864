package peer

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

//go:embed queries/*.sql
var queryFiles embed.FS

// H2O are the group-by and join queries on tables of the shape of the H2O database benchmark. Results too large to
// print are reduced to counts and sums around the query, in all engines alike.
var H2O = slices.Concat(
	mustSuite("h2o", "h2o-groupby.sql", Workload{Unordered: true}, Table{"x", "h2o-groupby.parquet"}),
	mustSuite("h2o", "h2o-join.sql", Workload{Unordered: true}, Table{"x", "h2o-x.parquet"},
		Table{"small", "h2o-small.parquet"}, Table{"medium", "h2o-medium.parquet"}, Table{"big", "h2o-big.parquet"}))

// Clicks are 43 queries of the kind that web analytics asks of one wide table.
var Clicks = mustSuite("clicks", "clicks.sql", Workload{}, Table{"hits", "hits.parquet"})

// Sort sorts a large table by one key and by two, with the memory that the settings allow and with 1 GB.
var Sort = func() []Workload {
	plain := mustSuite("sort", "sort.sql", Workload{Discard: true}, Table{"items", "sort.parquet"})
	all := slices.Clone(plain)
	for _, w := range plain {
		w.Name, w.Title, w.Memory = w.Name+"-1GB", w.Title+", in 1 GB", "1GB"
		all = append(all, w)
	}
	return all
}()

// mustSuite reads a file of this package; its form is tested.
func mustSuite(suite, file string, like Workload, tables ...Table) []Workload {
	text, err := queryFiles.ReadFile("queries/" + file)
	if err != nil {
		return nil
	}
	return parseQueries(string(text), suite, like, tables)
}

// queryHead is the line before each query of a file: its name, words about how to compare its result, and its title.
var queryHead = regexp.MustCompile(`(?m)^-- (\S+?)(?: \((unordered|count only)\))?: (.*)$`)

// parseQueries reads a file of queries, each after a line "-- name (unordered): title".
func parseQueries(text, suite string, like Workload, tables []Table) []Workload {
	heads := queryHead.FindAllStringSubmatchIndex(text, -1)
	var out []Workload
	for i, h := range heads {
		end := len(text)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		w := like
		w.Suite, w.Name, w.Title = suite, text[h[2]:h[3]], text[h[6]:h[7]]
		if h[4] >= 0 {
			w.Unordered, w.CountOnly = true, text[h[4]:h[5]] == "count only"
		}
		w.setQuery(text[h[1]:end], tables)
		out = append(out, w)
	}
	return out
}

// setQuery gives the workload its statements and those of the tables that they mention.
func (w *Workload) setQuery(text string, tables []Table) {
	for s := range strings.SplitSeq(text, ";") {
		if s = strings.TrimSpace(s); s != "" {
			w.Statements = append(w.Statements, s)
		}
	}
	for _, t := range tables {
		if regexp.MustCompile(`(?i)\b(?:from|join|,)\s+` + t.Name + `\b|,\s*` + t.Name + `\b`).MatchString(text) {
			w.Tables, w.Files = append(w.Tables, t), append(w.Files, t.File)
		}
	}
}

// The tables of TPC-H, the largest first.
var tpchTables = strings.Fields("lineitem orders partsupp part customer supplier nation region")

// tpchKeys are the result columns that each of the 22 queries orders by.
var tpchKeys = [][]int{
	{0, 1}, {0, 2, 1, 3}, {1, 2}, {0}, {1}, nil, {0, 1, 2}, {0}, {0, 1}, {2}, {1}, {0}, {1, 0}, nil, {0}, {3, 0, 1, 2}, nil, {4, 3}, nil, {0},
	{1, 0}, {0},
}

// TPCHDir is the directory of TPC-H data of a scale factor, below the data directory.
func TPCHDir(sf float64) string { return fmt.Sprintf("tpch-sf%g", sf) }

// TPCH reads the texts of the 22 TPC-H queries, q1.sql to q22.sql, from a directory. The queries run as written there,
// over Parquet files of the scale factor.
func TPCH(queries string, sf float64) ([]Workload, error) {
	var tables []Table
	for _, t := range tpchTables {
		tables = append(tables, Table{t, filepath.ToSlash(filepath.Join(TPCHDir(sf), t+".parquet"))})
	}
	var out []Workload
	for i, keys := range tpchKeys {
		w := Workload{Suite: "tpch", Name: fmt.Sprintf("q%d", i+1), Unordered: true, Keys: keys}
		w.Title = fmt.Sprintf("TPC-H query %d, scale %g", i+1, sf)
		text, err := os.ReadFile(filepath.Join(queries, w.Name+".sql"))
		if err != nil {
			return nil, fmt.Errorf("reading the TPC-H queries: %w", err)
		}
		w.setQuery(string(text), tables)
		out = append(out, w)
	}
	return out, nil
}

// FindTPCH returns the directory of the TPC-H queries: below a directory of conformance corpora, if one is named, or
// in shared/conformance beside an ancestor of dir.
func FindTPCH(corpora, dir string) (string, error) {
	places := []string{corpora}
	if corpora == "" {
		places = nil
		for d := dir; d != filepath.Dir(d); d = filepath.Dir(d) {
			places = append(places, filepath.Join(d, "..", "shared", "conformance"))
		}
	}
	for _, p := range places {
		q := filepath.Join(p, "tpch", "queries")
		if _, err := os.Stat(filepath.Join(q, "q1.sql")); err == nil {
			return q, nil
		}
	}
	return "", fmt.Errorf("no texts of the TPC-H queries: set SIKSIK_CONFORMANCE to a directory that has tpch/queries/q1.sql to q22.sql")
}
