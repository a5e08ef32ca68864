package main

import (
	"bytes"
	"fmt"
	"testing"
)

// badRows is how many rows the files of the tests below have, enough for several pieces of each format; the last but three is bad.
const badRows = 300_003

// putBadRows writes logs of text in all formats, in which one timestamp is not one. Of the lines of text, some are empty.
func putBadRows(t *testing.T, dir string) {
	t.Helper()
	var ndjson, csv, document bytes.Buffer
	csv.WriteString("id,seen,even,note\n")
	document.WriteString("[\n")
	for i := range badRows {
		at := fmt.Sprintf("2026-01-%02d 10:00:00", i%28+1)
		if i == 300_000-1 {
			at = "nie"
		}
		if i%1000 == 7 {
			ndjson.WriteString("  \n")
			csv.WriteString("\n")
		}
		fmt.Fprintf(&ndjson, "{\"id\":%d,\"seen\":\"%s\",\"even\":%t,\"note\":\"x\"}\n", i, at, i%2 == 0)
		fmt.Fprintf(&csv, "%d,%s,%t,\"two\nlines\"\n", i, at, i%2 == 0)
		if i >= 290_000 {
			if document.Len() > 2 {
				document.WriteString(",\n")
			}
			fmt.Fprintf(&document, "{\"id\":%d,\n\"seen\":\"%s\", \"even\":%t,\"note\":\"x\"}", i, at, i%2 == 0)
		}
	}
	document.WriteString("\n]\n")
	put(t, dir, "logs.ndjson", ndjson.Bytes())
	put(t, dir, "logs.csv", csv.Bytes())
	put(t, dir, "logs.json", document.Bytes())
	put(t, dir, "logs.ndjson.gz", zipped(t, ndjson.String()))
	fine(t, invoke(t, dir, nil, "sql", "-c", `COPY (SELECT id, seen, even, note FROM read_json('logs.ndjson', columns={'id': 'BIGINT', 'seen': 'VARCHAR', 'even': 'BOOLEAN', 'note': 'VARCHAR'}))
		TO 'logs.parquet' (row_group_size 70000)`))
}

// views makes every file the view logs, with timestamps as text.
var views = []struct{ file, source, place string }{
	{"logs.ndjson", "read_json('logs.ndjson', columns={'id': 'BIGINT', 'seen': 'VARCHAR', 'even': 'BOOLEAN', 'note': 'VARCHAR'})", "line 300300"},
	{"logs.ndjson.gz", "read_json('logs.ndjson.gz', columns={'id': 'BIGINT', 'seen': 'VARCHAR', 'even': 'BOOLEAN', 'note': 'VARCHAR'})", "line 300300"},
	{"logs.json", "read_json('logs.json', format='array', columns={'id': 'BIGINT', 'seen': 'VARCHAR', 'even': 'BOOLEAN', 'note': 'VARCHAR'})", "line 20000"},
	{"logs.csv", "read_csv('logs.csv', all_varchar=true)", "line 600300"},
	{"logs.parquet", "'logs.parquet'", "row 300000"},
}

// TestErrorsOfCastsNameTheRowOfTheFile covers expressions over what was read, where the readers have no part in the failure.
func TestErrorsOfCastsNameTheRowOfTheFile(t *testing.T) {
	dir := t.TempDir()
	putBadRows(t, dir)
	known := []string{
		"SELECT max(seen::TIMESTAMP) FROM logs",
		"SELECT count(*) FROM logs WHERE seen::TIMESTAMP > '2026-01-01'",
		"SELECT count(seen::TIMESTAMP) FROM logs WHERE id::BIGINT % 7 = 0",
		"SELECT count(seen::TIMESTAMP) FROM logs WHERE id::BIGINT > 299990 AND id::BIGINT <> 299995",
		"SELECT count(year(ts)) FROM (SELECT *, seen::TIMESTAMP AS ts FROM logs WHERE length(note) > 0) WHERE ts > '2026-01-02' AND id::BIGINT % 5 = 4",
		"SELECT seen::TIMESTAMP::DATE AS day, count(*) FROM logs GROUP BY day",
		"SELECT DISTINCT seen::TIMESTAMP FROM logs WHERE id::BIGINT % 3 = 2",
		"SELECT id, seen::TIMESTAMP AS ts FROM logs ORDER BY ts LIMIT 3",
		"SELECT count(u) FROM (SELECT seen, unnest([1, 2, 3]) AS u FROM logs WHERE id::BIGINT % 2 = 1) WHERE seen::TIMESTAMP IS NOT NULL",
	}
	for _, v := range views {
		for _, threads := range []string{"1", "2"} {
			for i, query := range known {
				if threads == "1" && i > 3 {
					break
				}
				refused(t, invoke(t, dir, nil, "sql", "--threads", threads, "-c", "CREATE VIEW logs AS SELECT * FROM "+v.source+"; "+query),
					v.file+", "+v.place+`, column "seen"`)
			}
		}
		// Behind an aggregate nothing stands in one row of the file any more.
		r := invoke(t, dir, nil, "sql", "-c", "SELECT most::TIMESTAMP FROM (SELECT max(seen) AS most FROM "+v.source+")")
		refused(t, r, `cannot|invalid|not`)
		if bytes.Contains([]byte(r.stderr), []byte(v.place)) {
			t.Errorf("%s: %s", v.file, r.stderr)
		}
	}
}

// TestRowsThatThePolicyLeftOutCountAsLines checks the line behind rejected ones.
func TestRowsThatThePolicyLeftOutCountAsLines(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "a.ndjson", []byte("{\"n\":\"1\",\"k\":1}\n\n{\"n\":\"2\",\"k\":[\n{\"n\":\"3\",\"k\":3}\n{\"n\":\"drei\",\"k\":4}\n"))
	put(t, dir, "a.csv", []byte("n,k\n1,1\n\n2\n3,3\ndrei,4"))
	for _, c := range []string{"read_json('a.ndjson', columns={'n': 'VARCHAR', 'k': 'BIGINT'}, on_error='skip')", "read_csv('a.csv', types={'n': 'VARCHAR'}, on_error='skip')"} {
		r := invoke(t, dir, nil, "sql", "-c", "SELECT n::BIGINT FROM "+c)
		refused(t, r, `'drei' to int64 \(a.*line [56], column "n"`)
		refused(t, invoke(t, dir, nil, "sql", "-c", "SELECT n::BIGINT FROM "+c+" WHERE k > 3"), `line [56], column "n"`)
	}
}
