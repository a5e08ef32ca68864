package dau

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/minio/minio-go/v7"

	sk "github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/bench/gen"
	_ "github.com/siksik-data/siksik/connect/postgres"
	_ "github.com/siksik-data/siksik/connect/s3"
	"github.com/siksik-data/siksik/connect/servicetest"
	_ "github.com/siksik-data/siksik/connect/sqlite"
	"github.com/siksik-data/siksik/pipe"
)

func TestMain(m *testing.M) { servicetest.Main(m) }

// The size of the job, and what is wrong with its logs.
const (
	logLines = 30_000
	users    = 800
	seed     = 11
	since    = "2026-01-03"
	badLines = 7 // appended to the last file; fewer than the 0.1 % that the pipeline allows
)

// generate writes logs and users into the current folder and returns the paths of the logs.
func generate(t *testing.T) []string {
	t.Helper()
	paths, err := gen.Logs(".", logLines, users, seed, gen.LogOptions{Files: 3, Gzip: true})
	if err != nil {
		t.Fatal(err)
	}
	var bad bytes.Buffer
	z := gzip.NewWriter(&bad)
	for i := range badLines {
		fmt.Fprintf(z, "this is line %d and no JSON\n", i)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	last, err := os.OpenFile(paths[len(paths)-1], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := last.Write(bad.Bytes()); err != nil { // a second member of the same file
		t.Fatal(err)
	}
	if err := last.Close(); err != nil {
		t.Fatal(err)
	}
	if err := gen.Users("users.csv", users, seed); err != nil {
		t.Fatal(err)
	}
	if _, err := sk.ScanCSV("users.csv").SinkParquet(context.Background(), "users.parquet"); err != nil {
		t.Fatal(err)
	}
	return paths
}

// expected computes the result from the generated files with the standard library: "day country dau", sorted.
func expected(t *testing.T, paths []string, since string) []string {
	t.Helper()
	text, err := os.ReadFile("users.csv")
	if err != nil {
		t.Fatal(err)
	}
	country := map[string]string{}
	for _, line := range strings.Split(string(text), "\n")[1:] {
		if f := strings.Split(line, ","); len(f) > 1 {
			country[f[0]] = f[1]
		}
	}
	seen := map[string]map[json.Number]bool{}
	for _, p := range paths {
		f, err := os.Open(p)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(z)
		for lines.Scan() {
			var l struct {
				Timestamp string
				UserID    json.Number `json:"user_id"`
			}
			if json.Unmarshal(lines.Bytes(), &l) != nil || l.Timestamp < since {
				continue
			}
			if c, ok := country[l.UserID.String()]; ok {
				key := l.Timestamp[:10] + " " + c
				if seen[key] == nil {
					seen[key] = map[json.Number]bool{}
				}
				seen[key][l.UserID] = true
			}
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
	var out []string
	for _, k := range slices.Sorted(maps.Keys(seen)) {
		out = append(out, fmt.Sprintf("%s %d", k, len(seen[k])))
	}
	return out
}

// run runs the pipeline of this folder, with the current folder's data.
func run(t *testing.T, spec string, params map[string]any) *pipe.Summary {
	t.Helper()
	p, err := pipe.Parse("dau.yaml", spec)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Run(context.Background(), pipe.Options{Params: params})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// loaded reads the target's table as expected returns it.
func loaded(t *testing.T, target string) []string {
	t.Helper()
	type row struct {
		Text string
	}
	d, err := sk.SQLContext("SELECT day::VARCHAR || ' ' || country || ' ' || dau::VARCHAR AS text FROM '"+target+"' ORDER BY day, country", nil).Collect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := sk.ToStructs[row](d)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.Text
	}
	return out
}

// check runs the pipeline twice, once from the third day and then from the first: rows of days that were there are replaced, others are added.
func check(t *testing.T, paths []string, spec, target string, params map[string]any) {
	t.Helper()
	want := expected(t, paths, since)
	if len(want) < 100 {
		t.Fatalf("there are only %d rows to compare", len(want))
	}
	params["since"] = since
	for range 2 {
		s := run(t, spec, params)
		if _, rejected := s.Rows(); rejected != badLines {
			t.Errorf("%d lines were rejected, and %d are bad", rejected, badLines)
		}
		if d := cmp.Diff(want, loaded(t, target)); d != "" {
			t.Fatal(d)
		}
	}
	rejects, err := os.ReadFile("rejects.ndjson")
	if err != nil || bytes.Count(rejects, []byte("\n")) != badLines || !bytes.Contains(rejects, []byte("this is line 0 and no JSON")) {
		t.Errorf("rejects: %s, %v", rejects, err)
	}
	params["since"] = "2026-01-01"
	run(t, spec, params)
	if d := cmp.Diff(expected(t, paths, "2026-01-01"), loaded(t, target)); d != "" {
		t.Error(d)
	}
}

// spec reads the pipeline, before the test changes its folder.
func spec(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("dau.yaml")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	return string(text)
}

func TestThePipelineFromFilesToSQLite(t *testing.T) {
	text := spec(t)
	paths := generate(t)
	check(t, paths, text, "sqlite://dau.db?table=daily_active_users", map[string]any{})
}

func TestThePipelineFromS3ToPostgres(t *testing.T) {
	s3 := servicetest.S3(t)
	for _, kv := range s3.Env() {
		k, v, _ := strings.Cut(kv, "=")
		t.Setenv(k, v)
	}
	target := servicetest.Postgres(t) + "&table=daily_active_users"
	text := spec(t)
	paths := generate(t)
	client := s3.Client(t)
	for _, p := range append([]string{"users.parquet"}, paths...) {
		if _, err := client.FPutObject(context.Background(), s3.Bucket, filepath.ToSlash(p), p, minio.PutObjectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	check(t, paths, text, target, map[string]any{
		"logs": "s3://" + s3.Bucket + "/logs/2026/*/*.ndjson.gz", "users": "s3://" + s3.Bucket + "/users.parquet", "target": target,
	})
}

func TestTooManyBadLinesWriteNothing(t *testing.T) {
	text := spec(t)
	generate(t)
	bad, err := os.Create(filepath.Join("logs", "bad.ndjson.gz"))
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(bad)
	if _, err := io.WriteString(z, strings.Repeat("no JSON\n", 100)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := bad.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := pipe.Parse("dau.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Run(context.Background(), pipe.Options{})
	if err == nil || !strings.Contains(err.Error(), "more than the limit of 0.1%") {
		t.Errorf("the run returned %v", err)
	}
	if _, err := os.Stat("dau.db"); !os.IsNotExist(err) {
		t.Errorf("dau.db: %v", err)
	}
}
