package pipe_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/pipe"
)

// folder makes a directory with the given files and returns its path.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// read returns the text of a file, or "" if there is none.
func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(b)
}

// names lists a folder.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

const logs = `{"ts":"2026-01-01","user_id":1}
{"ts":"2026-01-02","user_id":1}
{"ts":"2026-01-02","user_id":2}
{"ts":"2026-01-03","user_id":2}
{"ts":"2026-01-03","user_id":2}
`

const dauSpec = `name: daily
params: {since: "2026-01-02", dir: null}
sources:
  logs: {uri: "${dir}/logs.ndjson", columns: {ts: varchar, user_id: bigint}}
steps:
  - name: events
    sql: SELECT ts, user_id FROM logs WHERE ts >= $since
  - name: dau
    sql: |
      SELECT ts AS day, count(DISTINCT user_id) AS dau
      FROM events GROUP BY ALL ORDER BY ALL
    checks:
      - not_null: [day, dau]
      - expect: dau > 0
      - unique: day
      - row_count: {min: 1}
      - in_range: {column: dau, min: 1, max: 10}
      - accepted_values: {column: day, values: ["2026-01-02", "2026-01-03"]}
      - regex: {column: day, pattern: '^\d{4}-\d\d-\d\d$'}
sinks:
  - {from: dau, uri: "${dir}/dau.ndjson"}
  - {from: events, uri: "${dir}/events.ndjson"}
  - {from: dau, uri: "${dir}/copy.ndjson"}
`

// run parses and runs a pipeline with the parameter dir.
func run(t *testing.T, dir, spec string, more map[string]any) (*pipe.Summary, error) {
	t.Helper()
	p, err := pipe.Parse("p.yaml", spec)
	if err != nil {
		t.Fatal(fault.Render(err))
	}
	params := map[string]any{"dir": dir}
	for k, v := range more {
		params[k] = v
	}
	return p.Run(context.Background(), pipe.Options{Params: params})
}

func TestAPipelineWritesAllItsSinksAndSaysWhatItDid(t *testing.T) {
	dir := folder(t, map[string]string{"logs.ndjson": logs})
	s, err := run(t, dir, dauSpec, nil)
	if err != nil {
		t.Fatal(fault.Render(err))
	}
	want := `{"day":"2026-01-02","dau":2}` + "\n" + `{"day":"2026-01-03","dau":1}` + "\n"
	for _, name := range []string{"dau.ndjson", "copy.ndjson"} {
		if d := cmp.Diff(want, read(t, filepath.Join(dir, name))); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	if n := strings.Count(read(t, filepath.Join(dir, "events.ndjson")), "\n"); n != 4 {
		t.Errorf("events.ndjson has %d lines, want 4", n)
	}
	var got []string
	for _, x := range s.Sinks {
		got = append(got, fmt.Sprintf("%s %d %s", x.From, x.Rows, x.Mode))
	}
	if d := cmp.Diff([]string{"dau 2 replace", "events 4 replace", "dau 2 replace"}, got); d != "" {
		t.Errorf("sinks (-want +got):\n%s", d)
	}
	// The source is read once for all three sinks; a filter may be applied while reading.
	if len(s.Sources) != 1 || s.Sources[0].Name != "logs" || s.Sources[0].Rows < 4 || s.Sources[0].Rows > 5 || s.Sources[0].Bytes != int64(len(logs)) {
		t.Errorf("sources %+v", s.Sources)
	}
	if s.Pipeline != "daily" || s.Seconds <= 0 || s.PeakMemory <= 0 || s.Attempts != 1 || len(s.Checks) != 7 {
		t.Errorf("summary %+v", s)
	}
	if got := names(t, dir); got != "copy.ndjson dau.ndjson events.ndjson logs.ndjson" {
		t.Errorf("the folder holds %s", got)
	}
}

func TestRunningTwiceGivesTheSameFiles(t *testing.T) {
	dir := folder(t, map[string]string{"logs.ndjson": logs})
	var first string
	for i := range 2 {
		if _, err := run(t, dir, dauSpec, nil); err != nil {
			t.Fatal(fault.Render(err))
		}
		all := read(t, filepath.Join(dir, "dau.ndjson")) + read(t, filepath.Join(dir, "events.ndjson"))
		if i == 1 && all != first {
			t.Errorf("first:\n%s\nsecond:\n%s", first, all)
		}
		first = all
	}
}

func TestParametersAreValues(t *testing.T) {
	dir := folder(t, map[string]string{"logs.ndjson": logs})
	if _, err := run(t, dir, dauSpec, map[string]any{"since": "2026-01-03"}); err != nil {
		t.Fatal(fault.Render(err))
	}
	if n := strings.Count(read(t, filepath.Join(dir, "events.ndjson")), "\n"); n != 2 {
		t.Errorf("%d events since the 3rd, want 2", n)
	}
	// A value that would end a string in spliced text is just a value.
	_, err := run(t, dir, dauSpec, map[string]any{"since": "x' OR '1'='1"})
	if fault.CodeOf(err) != fault.Check || !strings.Contains(err.Error(), "there are 0 rows") {
		t.Errorf("got %v, want no rows", err)
	}
}

// TestAFailedCheckWritesNothing breaks one check after the other.
func TestAFailedCheckWritesNothing(t *testing.T) {
	for _, c := range []struct{ name, check, want string }{
		{"not_null", "not_null: [ts, user_id]", `step "s", not_null: user_id: 1 of 4 rows fail`},
		{"expect false", "expect: user_id < 3", `3 of 4 rows fail`},
		{"expect null", "expect: user_id > 0", `1 of 4 rows fail`},
		{"expect with parameter", "expect: user_id < $most", `3 of 4 rows fail`},
		{"unique", "unique: [ts]", "1 keys appear in 2 rows"},
		{"row_count", "row_count: {min: 10}", "there are 4 rows"},
		{"row_count above", "row_count: {max: 3}", "there are 4 rows"},
		{"in_range", "in_range: {column: user_id, min: 2, max: 5}", "2 of 4 rows fail"},
		{"in_range of text", "in_range: {column: ts, max: b}", "1 of 4 rows fail"},
		{"accepted_values", "accepted_values: {column: user_id, values: [1, 7]}", "1 of 4 rows fail"},
		{"regex", `regex: {column: ts, pattern: "^[ab]$"}`, "1 of 4 rows fail"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, map[string]string{"in.ndjson": `{"ts":"a","user_id":1}
{"ts":"b","user_id":null}
{"ts":"a","user_id":3}
{"ts":"c","user_id":7}
`})
			_, err := run(t, dir, `name: x
params: {dir: null, most: 3}
sources: {in: {uri: "${dir}/in.ndjson"}}
steps:
  - name: s
    sql: SELECT * FROM "in"
    checks:
      - `+c.check+`
sinks:
  - {from: s, uri: "${dir}/out.ndjson"}
  - {from: in, uri: "${dir}/raw.ndjson"}
`, nil)
			var failed *pipe.CheckError
			if !errors.As(err, &failed) || fault.CodeOf(err) != fault.Check || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if !strings.Contains(err.Error(), "p.yaml:8:") {
				t.Errorf("no place in %v", err)
			}
			if got := names(t, dir); got != "in.ndjson" {
				t.Errorf("the folder holds %s", got)
			}
		})
	}
}

func TestFailingRowsAreShown(t *testing.T) {
	dir := folder(t, map[string]string{"in.ndjson": strings.Repeat(`{"id":1,"v":"x"}`+"\n", 3000) + `{"id":-7,"v":"bad"}` + "\n" + `{"id":-8,"v":null}` + "\n"})
	_, err := run(t, dir, `name: x
params: {dir: null}
sources: {in: {uri: "${dir}/in.ndjson"}}
steps:
  - name: s
    sql: SELECT * FROM "in"
    checks:
      - expect: id > 0
`, nil)
	golden(t, "failing_rows.golden", fault.Render(err)+"\n")
}

func TestABrokenSourceWritesNothing(t *testing.T) {
	dir := folder(t, map[string]string{"logs.ndjson": logs + `{"ts":"2026-01-04","user_id":` + "\n"})
	_, err := run(t, dir, dauSpec, nil)
	if err == nil || !strings.Contains(err.Error(), "line 6") {
		t.Errorf("got %v, want line 6", err)
	}
	if got := names(t, dir); got != "logs.ndjson" {
		t.Errorf("the folder holds %s", got)
	}
}

const rejecting = `name: x
params: {dir: null, limit: 10%}
sources:
  in:
    uri: "${dir}/in.ndjson"
    columns: {id: bigint}
    on_error: {mode: reject-file, file: "${dir}/rejects.ndjson", limit: "${limit}"}
sinks:
  - {from: in, uri: "${dir}/out.ndjson"}
`

func TestRejectedRowsAreCountedAndKept(t *testing.T) {
	var in strings.Builder
	for i := range 100 {
		fmt.Fprintf(&in, "{\"id\":%d}\n", i)
	}
	in.WriteString("{\"id\":\"seven\"}\n{broken\n")
	dir := folder(t, map[string]string{"in.ndjson": in.String()})
	s, err := run(t, dir, rejecting, nil)
	if err != nil {
		t.Fatal(fault.Render(err))
	}
	if x := s.Sources[0]; x.Rejected != 2 || x.Rows != 100 || x.RejectFile != filepath.Join(dir, "rejects.ndjson") || s.Sinks[0].Rows != 100 {
		t.Errorf("sources %+v, sinks %+v", x, s.Sinks)
	}
	if r := read(t, filepath.Join(dir, "rejects.ndjson")); strings.Count(r, "\n") != 2 || !strings.Contains(r, "seven") || !strings.Contains(r, `"line":102`) {
		t.Errorf("rejects:\n%s", r)
	}
}

func TestTooManyRejectedRowsWriteNothing(t *testing.T) {
	for _, limit := range []string{"1", "1%"} {
		var in strings.Builder
		for i := range 100 {
			fmt.Fprintf(&in, "{\"id\":%d}\n", i)
		}
		in.WriteString("{\"id\":\"seven\"}\n{broken\n")
		dir := folder(t, map[string]string{"in.ndjson": in.String()})
		_, err := run(t, dir, rejecting, map[string]any{"limit": limit})
		if fault.CodeOf(err) != fault.Data && fault.CodeOf(err) != fault.Value && fault.CodeOf(err) != fault.Syntax {
			t.Errorf("limit %s: got %v (%s)", limit, err, fault.CodeOf(err))
		}
		if read(t, filepath.Join(dir, "out.ndjson")) != "" {
			t.Errorf("limit %s: out.ndjson was written", limit)
		}
	}
}

// TestMistakesOfMeaningAreFoundBeforeAnythingIsRead binds pipelines whose names or types do not fit.
func TestMistakesOfMeaningAreFoundBeforeAnythingIsRead(t *testing.T) {
	dir := folder(t, map[string]string{"logs.ndjson": logs})
	text, err := os.ReadFile("testdata/meaning.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, part := range strings.Split(string(text), "\n===") {
		title, body, _ := strings.Cut(strings.TrimPrefix(part, "==="), "\n")
		title = strings.TrimSpace(title)
		_, err := run(t, dir, body, nil)
		if err == nil {
			t.Errorf("%s: no mistake found", title)
			continue
		}
		out.WriteString("=== " + title + " (" + string(fault.CodeOf(err)) + ")\n" + strings.ReplaceAll(fault.Render(err), dir, "DIR") + "\n")
	}
	if got := names(t, dir); got != "logs.ndjson" {
		t.Errorf("the folder holds %s", got)
	}
	golden(t, "meaning.golden", out.String())
}

func TestAPipelineInGoIsTheSame(t *testing.T) {
	dir := folder(t, map[string]string{"logs.ndjson": logs})
	p := pipe.New("daily").
		Param("since", "2026-01-02").
		Source("logs", siksik.ScanNDJSON(filepath.Join(dir, "logs.ndjson"), siksik.Columns(
			dtype.Field{Name: "ts", Type: dtype.Of(dtype.String)}, dtype.Field{Name: "user_id", Type: dtype.Of(dtype.Int64)}))).
		SQL("events", "SELECT ts, user_id FROM logs WHERE ts >= $since").
		Step("dau", func(in pipe.Relations) siksik.LazyFrame {
			return in.Get("events").GroupBy("ts").Agg(siksik.Col("user_id").NUnique().Alias("dau")).Sort(siksik.Asc("ts"))
		}).
		Check("dau", pipe.NotNull("ts", "dau"), pipe.Expect("dau > 0"), pipe.Unique("ts"), pipe.RowCount(1, -1), pipe.InRange("dau", 1, 10),
			pipe.AcceptedValues("ts", "2026-01-02", "2026-01-03"), pipe.Regex("ts", `^\d`)).
		Sink("dau", filepath.Join(dir, "dau.ndjson"))
	s, err := p.Run(context.Background(), pipe.Options{})
	if err != nil {
		t.Fatal(fault.Render(err))
	}
	if got, want := read(t, filepath.Join(dir, "dau.ndjson")), "{\"ts\":\"2026-01-02\",\"dau\":2}\n{\"ts\":\"2026-01-03\",\"dau\":1}\n"; got != want {
		t.Errorf("got %s", got)
	}
	if s.Sources[0].Name != "logs" || s.Sources[0].Rows == 0 {
		t.Errorf("sources %+v", s.Sources)
	}
}

func TestAnUnknownRelationInGoNamesTheNearest(t *testing.T) {
	p := pipe.New("x").
		Source("logs", siksik.ScanNDJSON("nowhere.ndjson")).
		Sink("lgos", "out.ndjson")
	if _, err := p.Run(context.Background(), pipe.Options{}); fault.CodeOf(err) != fault.Usage || !strings.Contains(err.Error(), `"logs"`) {
		t.Errorf("got %v", err)
	}
	dir := folder(t, map[string]string{"logs.ndjson": logs})
	p = pipe.New("x").
		Source("logs", siksik.ScanNDJSON(filepath.Join(dir, "logs.ndjson"))).
		Step("y", func(in pipe.Relations) siksik.LazyFrame { return in.Get("lgos").Limit(1) }).
		Sink("y", "out.ndjson")
	if _, err := p.Run(context.Background(), pipe.Options{}); fault.CodeOf(err) != fault.Usage || !strings.Contains(err.Error(), `did you mean "logs"?`) {
		t.Errorf("got %v", err)
	}
}

func TestProgressEndsWithAllRows(t *testing.T) {
	var in strings.Builder
	r := rand.New(rand.NewSource(7))
	for range 50_000 {
		fmt.Fprintf(&in, "{\"id\":%d}\n", r.Intn(1000))
	}
	dir := folder(t, map[string]string{"in.ndjson": in.String()})
	p := pipe.New("x").Source("in", siksik.ScanNDJSON(filepath.Join(dir, "in.ndjson"))).Sink("in", filepath.Join(dir, "out.ndjson"))
	var last pipe.Progress
	s, err := p.Run(context.Background(), pipe.Options{Progress: func(x pipe.Progress) { last = x }})
	if err != nil {
		t.Fatal(fault.Render(err))
	}
	if !last.Committing || last.Sources[0].Rows != 50_000 || last.Sources[0].Bytes != int64(in.Len()) || last.Sinks[0].Rows != 50_000 {
		t.Errorf("last report %+v", last)
	}
	if s.Sinks[0].Rows != 50_000 {
		t.Errorf("summary %+v", s)
	}
}

func TestACancelledRunWritesNothing(t *testing.T) {
	dir := folder(t, map[string]string{"logs.ndjson": strings.Repeat(logs, 20_000)})
	ctx, cancel := context.WithCancel(context.Background())
	p, err := pipe.Parse("p.yaml", dauSpec)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Run(ctx, pipe.Options{Params: map[string]any{"dir": dir}, Env: nil, Progress: func(x pipe.Progress) { cancel() }})
	cancel()
	if err == nil {
		t.Skip("the run was over before the first report")
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := names(t, dir); got != "logs.ndjson" {
		t.Errorf("the folder holds %s", got)
	}
}

func TestDescribeReadsNothingAndShowsColumns(t *testing.T) {
	dir := folder(t, map[string]string{"logs.ndjson": logs})
	p, err := pipe.Parse("p.yaml", dauSpec)
	if err != nil {
		t.Fatal(err)
	}
	d, err := p.Describe(context.Background(), pipe.Options{Params: map[string]any{"dir": dir}})
	if err != nil {
		t.Fatal(fault.Render(err))
	}
	var got []string
	for _, r := range d.Relations {
		for _, c := range r.Columns {
			got = append(got, r.Name+"."+c.Name)
		}
	}
	if diff := cmp.Diff([]string{"logs.ts", "logs.user_id", "events.ts", "events.user_id", "dau.day", "dau.dau"}, got); diff != "" {
		t.Error(diff)
	}
	if got := names(t, dir); got != "logs.ndjson" {
		t.Errorf("the folder holds %s", got)
	}
}
