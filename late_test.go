package siksik_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	sk "github.com/siksik-data/siksik"
)

// TestColumnsFetchedLateAreThoseOfTheirRows compares top-ns over wide files with and without reading their columns last: over one file and several, with ties,
// filters, joins on either side, renamed columns and with little memory.
func TestColumnsFetchedLateAreThoseOfTheirRows(t *testing.T) {
	dir := t.TempDir()
	e, err := sk.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	const rows = `SELECT i AS id, CASE WHEN i %% 11 = 3 THEN NULL ELSE i * 7919 %% 13 END AS few, i * 104729 %% 60013 AS mixed, 'wide ' || i AS w, CASE WHEN i %% 7 > 0 THEN 'v' || i %% 100 END AS v,
		[i, i + 1] AS l, i %% 10 AS k, DATE '2020-01-01' + (i %% 400)::INTEGER AS day FROM range(%d, %d) t(i)`
	for i, options := range []string{"row_group_size 2000", "row_group_size 50000, dictionary false, page_size 4000", "row_group_size 7000"} {
		copied := fmt.Sprintf("COPY ("+rows+") TO '%s' (FORMAT parquet, %s)", i*20_000, (i+1)*20_000, filepath.Join(dir, fmt.Sprintf("f%d.parquet", i)), options)
		if err := e.Execute(ctx, copied, func(sk.Result) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	all := "'" + dir + "/f*.parquet'"
	queries := []string{
		"SELECT * FROM F ORDER BY mixed LIMIT 10", "SELECT * FROM F ORDER BY few, mixed DESC LIMIT 100", "SELECT * FROM F ORDER BY few DESC NULLS LAST LIMIT 700 OFFSET 50",
		"SELECT w, l, v FROM F WHERE v LIKE '%3' ORDER BY mixed LIMIT 9", "SELECT w AS x, id, w AS y, v FROM F WHERE mixed % 2 = 0 ORDER BY k, few LIMIT 30",
		"SELECT * FROM F JOIN (SELECT i AS k, 'name ' || i AS name FROM range(8) t(i)) USING (k) ORDER BY name DESC, mixed LIMIT 20",
		"SELECT a.w, b.w, a.v, b.l FROM F a JOIN F b ON a.id = b.mixed ORDER BY b.day DESC, a.few LIMIT 40",
		"SELECT a.*, b.w FROM F a LEFT JOIN (SELECT * FROM F WHERE id < 9000) b ON a.mixed = b.id ORDER BY b.few NULLS LAST, a.k LIMIT 25",
		"SELECT w, v, l, day FROM F WHERE id IN (SELECT mixed FROM F WHERE few = 3) ORDER BY few LIMIT 11",
	}
	wants := map[string]string{}
	for _, o := range []struct {
		threads int
		memory  string
		off     string
	}{{2, "1GB", "fetch_late"}, {1, "1GB", ""}, {2, "1GB", ""}, {7, "1GB", ""}, {2, "8MB", ""}} {
		e, err := sk.Open(sk.Threads(o.threads), sk.Memory(o.memory))
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Execute(ctx, "SET disabled_optimizers = '"+o.off+"'", func(sk.Result) error { return nil }); err != nil {
			t.Fatal(err)
		}
		for _, q := range queries {
			q = strings.ReplaceAll(q, "F ", all+" ")
			explained, err := e.SQL(q).Explain(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(explained, "RowIndex place") == (o.off != "") {
				t.Fatalf("%s with %q off:\n%s", q, o.off, explained)
			}
			got := text(t, e.SQL(q))
			if o.off != "" {
				wants[q] = got
			}
			if got != wants[q] {
				t.Errorf("%s, %d workers, %s:\n%.600s\nwant\n%.600s", q, o.threads, o.memory, got, wants[q])
			}
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
