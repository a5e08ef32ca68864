package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	sk "github.com/siksik-data/siksik"
	"github.com/siksik-data/siksik/bench/gen"
)

func TestTheJobCountsUsersPerDayAndCountry(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx := context.Background()
	if _, err := gen.Logs(".", 20_000, 500, 5, gen.LogOptions{Files: 3, Gzip: true}); err != nil {
		t.Fatal(err)
	}
	if err := gen.Users("users.csv", 500, 5); err != nil {
		t.Fatal(err)
	}
	if _, err := sk.ScanCSV("users.csv").SinkParquet(ctx, "users.parquet"); err != nil {
		t.Fatal(err)
	}
	receipt, err := run(ctx, "logs/**/*.ndjson.gz", "users.parquet", "2026-01-02", "dau.csv")
	if err != nil {
		t.Fatal(err)
	}
	eng, err := sk.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer eng.Close()
	same, err := eng.SQL(`
		WITH expected AS (
			SELECT CAST(timestamp[1:10] AS DATE) AS day, country, count(DISTINCT user_id) AS dau
			FROM read_json('logs/**/*.ndjson.gz', columns = {timestamp: 'VARCHAR', user_id: 'BIGINT'}) JOIN 'users.csv' USING (user_id)
			WHERE timestamp >= '2026-01-02' GROUP BY ALL)
		SELECT (SELECT count(*) FROM expected) AS expected, count(*) AS equal
		FROM expected JOIN 'dau.csv' d USING (day, country, dau)`).Collect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	expected, _ := same.Value(0, "expected")
	equal, _ := same.Value(0, "equal")
	if receipt.Rows == 0 || expected.Int64() != receipt.Rows || equal.Int64() != receipt.Rows {
		t.Fatalf("%d rows written, %d expected, %d equal", receipt.Rows, expected.Int64(), equal.Int64())
	}
}

// What keeps the program small, and what to look at when it is not any more, is in docs/adr/0004-binary-size.md.
func TestTheStaticBinaryHasAtMost15MB(t *testing.T) {
	const most = 15_000_000
	bin := filepath.Join(t.TempDir(), "etl-cli")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, bytes.TrimSpace(out))
	}
	st, err := os.Stat(bin)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("etl-cli is %.2f MB", float64(st.Size())/1e6)
	if st.Size() > most {
		t.Errorf("etl-cli is %d bytes, more than %d", st.Size(), most)
	}
}
