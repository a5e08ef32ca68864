package slt

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// runText runs a file with this text.
func runText(t *testing.T, dialect, text string) *FileReport {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.slt")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := DialectByName(dialect)
	if err != nil {
		t.Fatal(err)
	}
	r, err := RunFile(context.Background(), path, "a.slt", Options{Dialect: d, Threads: 2, Memory: 1 << 28, Limit: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func expectReport(t *testing.T, r *FileReport, passed int, failures []string, skipped int) {
	t.Helper()
	var got []string
	for _, f := range r.Failures {
		got = append(got, fmt.Sprintf("%d %s", f.Line, f.Kind))
	}
	if r.Passed != passed || strings.Join(got, ", ") != strings.Join(failures, ", ") || len(r.Skips) != skipped {
		t.Errorf("passed %d, failed %q, skipped %d; want %d, %q, %d\n%+v", r.Passed, got, len(r.Skips), passed, failures, skipped, r.Failures)
	}
}

func TestEveryRecordRunsAfterAFailure(t *testing.T) {
	r := runText(t, "duckdb", `
query I
SELECT 1
----
2

statement ok
SELECT no_such_function(1)

statement error
SELECT 1

query II
SELECT 1
----
1	2

query I
SELECT 1
----
1
`)
	expectReport(t, r, 1, []string{"2 wrong result", "7 unsupported", "10 wrong result", "13 wrong result"}, 0)
}

func TestRowsAreWrittenWithTabsOrOneValueALineOrAsADigest(t *testing.T) {
	r := runText(t, "duckdb", `
query IT
SELECT * FROM (VALUES (1, 'a'), (2, NULL)) t(x, y)
----
1	a
2	NULL

query IT
SELECT * FROM (VALUES (1, 'a'), (2, '')) t(x, y)
----
1
a
2
(empty)

query I rowsort
SELECT * FROM (VALUES (2), (1)) t(x)
----
2 values hashing to 6ddb4095eb719e2a9f0a3f95677d24e0

query I rowsort
SELECT * FROM (VALUES (2), (3)) t(x)
----
2 values hashing to 6ddb4095eb719e2a9f0a3f95677d24e0

query IT valuesort
SELECT 2, 'b' UNION ALL SELECT 1, 'a'
----
1
2
a
b

query IT rowsort
SELECT 2, 'b' UNION ALL SELECT 1, 'a'
----
1	a
2	b

query I
SELECT * FROM (VALUES (2), (1)) t(x) ORDER BY x
----
2
1
`)
	expectReport(t, r, 5, []string{"21 wrong result", "40 wrong result"}, 0)
}

func TestValuesAreComparedByTheTypeOfTheirColumn(t *testing.T) {
	r := runText(t, "duckdb", `
query TTRRR
SELECT true, 'true', 1::DOUBLE/3, 2.50, 'nan'::DOUBLE
----
1	true	0.333333	2.5	nan

query T
SELECT 'true'
----
1

query R
SELECT 1::DOUBLE/3
----
0.3343

query T
SELECT '1.0'
----
1

query TT
SELECT 'abcd', 'x'
----
<REGEX>:a.*d	<!REGEX>:y
`)
	expectReport(t, r, 2, []string{"7 wrong result", "12 wrong result", "17 wrong result"}, 0)
}

func TestLoopsRunTheirRecordsForEachValue(t *testing.T) {
	r := runText(t, "duckdb", `
loop i 1 4

foreach a,b x,1 y,2

query IT
SELECT ${i} * ${b} // ${b}, '${a}'
----
${i}	${a}

endloop

onlyif i=2
query I
SELECT ${i}
----
2

endloop

foreach t <signed> !hugeint

statement ok
SELECT 1::${t}

query TI
SELECT '{t}', {'t': 1}.t
----
{t}	1

endloop
`)
	expectReport(t, r, 15, nil, 2)
}

func TestLabelsTieQueriesTogether(t *testing.T) {
	r := runText(t, "duckdb", `
query I nosort same
SELECT 1

query I nosort same
SELECT 2 - 1

query I nosort same
SELECT 2
`)
	expectReport(t, r, 2, []string{"8 wrong result"}, 0)
}

func TestFilesSayWhatIsSkipped(t *testing.T) {
	r := runText(t, "sqlite", `
skipif sqlite
statement error
SELECT 1

onlyif mysql # as elsewhere
statement error
SELECT 1

mode skip

statement error
SELECT 1

mode unskip

statement maybe
SELECT nothing

require parquet

query I
SELECT 1
----
1

require no-such-thing

statement error
SELECT 1

onlyif sqlite
halt

statement error
SELECT 1
`)
	expectReport(t, r, 2, nil, 4)
}

func TestSQLitePrintsByTheLettersOfTheQuery(t *testing.T) {
	r := runText(t, "sqlite", `
query IRTTI
SELECT 3.9, 2, 7, '', 'x'
----
3
2.000
7
(empty)
0
`)
	expectReport(t, r, 1, nil, 0)
}

func TestOtherDialectsIgnoreWhiteSpaceBetweenColumns(t *testing.T) {
	for _, dialect := range []string{"postgres", "datafusion"} {
		r := runText(t, dialect, `
query ITT rowsort
SELECT 2, 'a b', NULL UNION ALL SELECT 1, 'c', 'd'
----
2 a b NULL
1  c d

statement count 2
CREATE TABLE t AS SELECT * FROM (VALUES (1), (2)) v(x)

query error no function .*
SELECT no_such_function(1)
`)
		expectReport(t, r, 3, nil, 0)
	}
}

func TestAStatementThatRunsTooLongIsATimeout(t *testing.T) {
	d, err := DialectByName("duckdb")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "long.slt")
	text := "statement ok\nSELECT count(*) FROM range(3000000) a, range(3000000) b WHERE a.range * b.range = 7\n\nquery I\nSELECT 1\n----\n1\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := RunFile(context.Background(), path, "long.slt", Options{Dialect: d, Threads: 2, Memory: 1 << 28, Limit: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	expectReport(t, r, 1, []string{"1 timeout"}, 0)
}

func TestRewriteWritesRowsTypesAndMessages(t *testing.T) {
	d, err := DialectByName("siksik")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.slt")
	text := "# kept\nquery\nSELECT 1, 'x', 2.5\n----\n\nstatement error\nSELECT a\n----\nold\n\nquery I\nSELECT 1\n----\n1\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := RunFile(context.Background(), path, "a.slt", Options{Dialect: d, Threads: 1, Memory: 1 << 28, Limit: 10 * time.Second, Rewrite: true}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "# kept\nquery ITR\nSELECT 1, 'x', 2.5\n----\n1\tx\t2.5\n\nstatement error\nSELECT a\n----\nno column \"a\"\n\nquery I\nSELECT 1\n----\n1\n"
	if string(got) != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestMistakesInFilesAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"statement perhaps\nSELECT 1\n": "a.slt:1: statement is followed by ok, error, maybe or count, not \"perhaps\"",
		"\nquerry I\nSELECT 1\n":        "a.slt:2: no command \"querry\"",
		"loop i 1 2\n":                  "a.slt:1: loop without endloop",
		"endloop\n":                     "a.slt:1: endloop without loop",
	} {
		if _, err := parseScript("a.slt", text); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestRecordsOfDataFusionPrintAsItsRunnerDoes(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "more.part"), []byte("statement ok\nCREATE TABLE t AS SELECT 7 AS x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "a.slt")
	text := `
include ./more.part

statement ok

set datafusion.execution.batch_size = 1

query ?????
SELECT [x, NULL], {'a': x, 'b': ''}, MAP {'k': 1}, '2020-01-02 03:04:05'::TIMESTAMP, '\xAB'::BLOB FROM t
----
[7, NULL] {a: 7, b: } {k: 1} 2020-01-02T03:04:05 ab

query error no such
SELECT y FROM t
`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := DialectByName("datafusion")
	if err != nil {
		t.Fatal(err)
	}
	r, err := RunFile(context.Background(), path, "a.slt", Options{Dialect: d, Threads: 2, Memory: 1 << 28, Limit: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	expectReport(t, r, 3, nil, 1)
}

func TestAFileThatIsNoScriptIsOneFailureOfTheRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.slt")
	if err := os.WriteFile(path, []byte("nonsense\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	reports, err := Run(context.Background(), []File{{Path: path, Name: "a.slt"}}, 1, Options{Dialect: dialects[0], Threads: 1, Memory: 1 << 26, Limit: time.Second}, nil)
	if err != nil {
		t.Fatal(err)
	}
	expectReport(t, reports[0], 0, []string{"1 unsupported"}, 0)
}
