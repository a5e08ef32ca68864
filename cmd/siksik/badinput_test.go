package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// result is what a run of the program gave.
type result struct {
	stdout, stderr string
	code           int
}

// program returns the command that runs the program in dir with more environment.
func program(t *testing.T, dir string, env []string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe, args...)
	c.Dir, c.Env = dir, append(append(os.Environ(), asProgram+"=1"), env...)
	return c
}

// finish runs a command to its end.
func finish(t *testing.T, c *exec.Cmd) result {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{out.String(), errs.String(), c.ProcessState.ExitCode()}
}

// invoke runs the program in dir.
func invoke(t *testing.T, dir string, env []string, args ...string) result {
	t.Helper()
	return finish(t, program(t, dir, env, args...))
}

// refused checks that a run failed with code 1 and with an error that matches all patterns, printed nothing, and did not panic.
func refused(t *testing.T, r result, patterns ...string) {
	t.Helper()
	if r.code != exitFailed {
		t.Errorf("exit code %d, want %d", r.code, exitFailed)
	}
	if r.stdout != "" {
		t.Errorf("on standard output: %.200s", r.stdout)
	}
	if strings.Contains(r.stderr, "goroutine ") || strings.Contains(r.stderr, "panic") {
		t.Errorf("the program panicked:\n%s", r.stderr)
	}
	if !strings.HasPrefix(r.stderr, "error: ") {
		t.Errorf("no error: %s", r.stderr)
	}
	for _, p := range patterns {
		if !regexp.MustCompile(p).MatchString(r.stderr) {
			t.Errorf("no %q in %s", p, r.stderr)
		}
	}
}

// fine checks that a run was done, and returns what it printed.
func fine(t *testing.T, r result) string {
	t.Helper()
	if r.code != exitDone {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	return r.stdout
}

// put writes a file of a test.
func put(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// names lists the files of a folder, hidden ones included.
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

// kept is a target that a failed run must leave as it was.
const kept = "what was here before"

// refusedConvert converts a bad file into each format: the error must match, a target that was not there must not appear, and one that was there must
// not change.
func refusedConvert(t *testing.T, dir, in string, patterns ...string) {
	t.Helper()
	for _, target := range []string{"new.ndjson", "new.csv.gz", "new.parquet", "old.csv"} {
		put(t, dir, "old.csv", []byte(kept))
		before := names(t, dir)
		refused(t, invoke(t, dir, nil, "convert", in, target), patterns...)
		if after := names(t, dir); after != before {
			t.Errorf("%s to %s: there are %s, and there were %s", in, target, after, before)
		}
		if b, _ := os.ReadFile(filepath.Join(dir, "old.csv")); string(b) != kept {
			t.Errorf("%s: the old target is now %.100q", in, b)
		}
	}
}

func TestBrokenTextIsRefusedWithItsPlaceAndNothingIsWritten(t *testing.T) {
	for _, c := range []struct {
		name, file, content string
		want                []string
	}{
		{"truncated last line", "a.ndjson", "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n{\"a\":3,\"b\":", []string{`invalid JSON`, `a\.ndjson, line 3\b`}},
		{"truncated inside a string", "a.ndjson", "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y", []string{`invalid JSON`, `a\.ndjson, line 2\b`}},
		{"invalid JSON in the middle", "a.ndjson", "{\"a\":1}\n{\"a\" 2}\n{\"a\":3}\n", []string{`invalid JSON: expected a colon`, `a\.ndjson, line 2\b`}},
		{"two values in a line", "a.ndjson", "{\"a\":1}\n{\"a\":2} {\"a\":3}\n", []string{`a\.ndjson, line 2\b`}},
		{"a raw control character", "a.ndjson", "{\"a\":\"x\"}\n{\"a\":\"\x01\"}\n", []string{`a\.ndjson, line 2\b`}},
		{"a line that is no object", "a.ndjson", "{\"a\":1}\n[1]\n", []string{`a\.ndjson, line 2\b`}},
		{"invalid UTF-8 in NDJSON", "a.ndjson", "{\"a\":\"x\"}\n{\"a\":\"\xff\xfe\"}\n", []string{`not UTF-8`, `a\.ndjson, line 2\b`, `value "\\xff\\xfe"`}},
		{"an overlong UTF-8 sequence", "a.ndjson", "{\"a\":\"x\"}\n{\"a\":\"\xc0\xaf\"}\n", []string{`not UTF-8`, `a\.ndjson, line 2\b`}},
		{"invalid UTF-8 in CSV", "a.csv", "a,b\n1,x\n2,\xff\xfe\n", []string{`not UTF-8`, `a\.csv, line 3, column "b", value "\\xff\\xfe"`}},
		{"UTF-16", "a.csv", "\xff\xfea\x00,\x00b\x00\n\x001\x00,\x002\x00\n\x00", []string{`the header is not UTF-8 \(a\.csv`, `iconv`}},
		{"a quote that is not closed", "a.csv", "a,b\n1,\"x\n2,y\n", []string{`quote is not closed`, `a\.csv, line 2\b`}},
		{"too many fields", "a.csv", "a,b\n1,x\n2,y,z\n", []string{`more than 2 fields`, `a\.csv, line 3, value "2,y,z"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, c.file, []byte(c.content))
			refusedConvert(t, dir, c.file, c.want...)
		})
	}
}

func TestADeclaredTypeIsKept(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.ndjson", []byte("{\"a\":1}\n{\"a\":123456789012345678901234567890}\n"))
	refused(t, invoke(t, dir, nil, "sql", "--format", "csv", "-c", "SELECT a FROM read_json('a.ndjson', columns={'a': 'BIGINT'})"),
		`not of type int64 \(a\.ndjson, line 2, column "a", value "123456789012345678901234567890"\)`)
	put(t, dir, "a.csv", []byte("a\n1\n2.5\n"))
	refused(t, invoke(t, dir, nil, "sql", "--format", "csv", "-c", "SELECT sum(a) FROM read_csv('a.csv', columns={'a': 'BIGINT'})"),
		`not of type int64 \(a\.csv, line 3, column "a", value "2\.5"\)`)
}

func TestAWrongTypeInRowTwoMillionIsFoundWithItsLine(t *testing.T) {
	dir := t.TempDir()
	var ndjson, csv bytes.Buffer
	csv.WriteString("id,n\n")
	for i := range 2_000_003 {
		if i+1 == 2_000_000 {
			fmt.Fprintf(&ndjson, "{\"id\":%d,\"n\":\"zwölf\"}\n", i)
			fmt.Fprintf(&csv, "%d,zwölf\n", i)
			continue
		}
		fmt.Fprintf(&ndjson, "{\"id\":%d,\"n\":%d}\n", i, i%10)
		fmt.Fprintf(&csv, "%d,%d\n", i, i%10)
	}
	put(t, dir, "big.ndjson", ndjson.Bytes())
	put(t, dir, "big.csv", csv.Bytes())
	for _, threads := range []string{"1", "2"} {
		put(t, dir, "old.csv", []byte(kept))
		before := names(t, dir)
		for _, target := range []string{"new.csv", "old.csv", "new.parquet"} {
			refused(t, invoke(t, dir, nil, "convert", "big.ndjson", target, "--threads", threads),
				`not of type int64 \(big\.ndjson, line 2000000, column "n", value "zwölf"\)`, `declare`)
		}
		refused(t, invoke(t, dir, nil, "convert", "big.csv", "new.ndjson", "--threads", threads),
			`not of type int64 \(big\.csv, line 2000001, column "n", value "zwölf"\)`, `declare`)
		refused(t, invoke(t, dir, nil, "sql", "--threads", threads, "-c", "SELECT sum(n) FROM 'big.ndjson'"), `line 2000000, column "n"`)
		if after := names(t, dir); after != before {
			t.Errorf("%s threads: there are %s, and there were %s", threads, after, before)
		}
		if b, _ := os.ReadFile(filepath.Join(dir, "old.csv")); string(b) != kept {
			t.Errorf("%s threads: the old target is now %.100q", threads, b)
		}
		// Declared as text, the same file is read whole.
		got := fine(t, invoke(t, dir, nil, "sql", "--threads", threads, "--format", "csv", "-c",
			"SELECT count(*) AS n, count(*) FILTER (WHERE n = 'zwölf') AS z FROM read_json('big.ndjson', columns={'id': 'BIGINT', 'n': 'VARCHAR'})"))
		if got != "n,z\n2000003,1\n" {
			t.Errorf("%s threads: %s", threads, got)
		}
	}
}

// zipped compresses text.
func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// lines is an NDJSON text of n different rows.
func lines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{\"id\":%d,\"word\":\"w%x\"}\n", i, uint32(i)*2654435761)
	}
	return b.String()
}

func TestDamagedGzipIsRefusedAndNothingIsWritten(t *testing.T) {
	good := zipped(t, lines(20_000))
	for _, cut := range []int{12, 100, len(good) / 2, len(good) - 8, len(good) - 1} {
		dir := t.TempDir()
		put(t, dir, "a.ndjson.gz", good[:cut])
		refusedConvert(t, dir, "a.ndjson.gz", `gzip data of a\.ndjson\.gz ends early, after \d+ bytes`)
	}
	for _, at := range []int{3, len(good) / 2, len(good) - 6} {
		dir := t.TempDir()
		bad := bytes.Clone(good)
		for i := range 4 {
			bad[at+i] ^= 0x5a
		}
		put(t, dir, "a.ndjson.gz", bad)
		refusedConvert(t, dir, "a.ndjson.gz", `a\.ndjson\.gz`)
	}
	dir := t.TempDir()
	put(t, dir, "a.ndjson.gz", []byte(lines(3)))
	refusedConvert(t, dir, "a.ndjson.gz", `corrupt gzip data in a\.ndjson\.gz`)
}

func TestATruncatedParquetFileIsRefusedAndNothingIsWritten(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.ndjson", []byte(lines(5000)))
	fine(t, invoke(t, dir, nil, "convert", "a.ndjson", "good.parquet"))
	good, err := os.ReadFile(filepath.Join(dir, "good.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []int{0, 3, 4, 12, len(good) / 2, len(good) - 200, len(good) - 9, len(good) - 4, len(good) - 1} {
		dir := t.TempDir()
		put(t, dir, "a.parquet", good[:cut])
		refusedConvert(t, dir, "a.parquet", `corrupt Parquet file`, `a\.parquet`)
	}
	// The middle is missing, and the footer is whole.
	dir = t.TempDir()
	put(t, dir, "a.parquet", append(bytes.Clone(good[:100]), good[len(good)/2:]...))
	refusedConvert(t, dir, "a.parquet", `a\.parquet`)
}

func TestBadParquetFilesAreRefusedByName(t *testing.T) {
	corpus := os.Getenv("SIKSIK_CONFORMANCE")
	if corpus == "" {
		corpus = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	files, err := filepath.Glob(filepath.Join(corpus, "parquet-testing", "bad_data", "*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("skipped: no conformance corpora")
	}
	for _, f := range files {
		dir, name := t.TempDir(), filepath.Base(f)
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		put(t, dir, name, content)
		refused(t, invoke(t, dir, nil, "convert", name, "out.ndjson"), regexp.QuoteMeta(name))
		if got := names(t, dir); got != name {
			t.Errorf("%s: there are %s", name, got)
		}
	}
}
