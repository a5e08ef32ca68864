package siksik_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	sk "github.com/siksik-data/siksik"
)

// TestTopNOfAFileIsThatOfItsRows asks for the first rows of an order from Parquet files with and without dictionaries and in small row groups, where
// the scan leaves out what cannot be among them, and from the same rows in memory. Ties keep their order, which the column id shows.
func TestTopNOfAFileIsThatOfItsRows(t *testing.T) {
	const seed = 4
	r := rand.New(rand.NewPCG(seed, 0))
	files := map[string]string{}
	dir := t.TempDir()
	e, err := sk.Open(sk.Threads(1))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	// few has ties and nulls, up rises with the row, f has NaN, infinities and both zeros, s is text with common prefixes.
	rows := `SELECT i AS id, CASE WHEN i % 11 = 3 THEN NULL ELSE i * 7919 % 13 END AS few, i / 3 AS up, -i AS down,
		CASE i % 17 WHEN 0 THEN 'nan'::DOUBLE WHEN 1 THEN '-inf'::DOUBLE WHEN 2 THEN NULL WHEN 3 THEN -0.0::DOUBLE WHEN 4 THEN 0.0::DOUBLE ELSE (i * 31 % 97) / 7.0 END AS f,
		CASE WHEN i % 5 = 0 THEN NULL ELSE 'a common start ' || (i * 7919 % 1009) END AS s, (i * 104729 % 10007)::DECIMAL(12, 2) / 3 AS d,
		DATE '2020-01-01' + (i % 400)::INTEGER AS day, 'wide ' || i AS w FROM range(30000) t(i)`
	for name, options := range map[string]string{"dict": "row_group_size 2000", "plain": "row_group_size 5000, dictionary false, page_size 4000", "whole": "row_group_size 100000"} {
		files[name] = filepath.Join(dir, name+".parquet")
		if err := e.Execute(ctx, fmt.Sprintf("COPY (%s) TO '%s' (FORMAT parquet, %s)", rows, files[name], options), func(sk.Result) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	wants := map[string]string{}
	keys := []string{"few", "up", "down", "f", "s", "d", "day", "w"}
	// Later rows tie with the bound in the first key and win by the second.
	queries := []string{"SELECT * FROM %s ORDER BY few, down LIMIT 10", "SELECT * FROM %s ORDER BY few DESC NULLS LAST, up DESC LIMIT 10",
		"SELECT * FROM %s WHERE w LIKE '%%3%%' ORDER BY few NULLS FIRST, id DESC LIMIT 20", "SELECT * FROM %s ORDER BY day, s DESC LIMIT 100",
		"SELECT * FROM %s ORDER BY f NULLS FIRST LIMIT 5000", "SELECT * FROM %s ORDER BY f DESC NULLS FIRST LIMIT 3000"}
	for range 24 {
		q := "SELECT * FROM %s"
		if c := r.IntN(5); c < 4 {
			q += []string{" WHERE w LIKE '%%7%%'", " WHERE coalesce(s, '') LIKE '%%9%%' AND few > 2", " WHERE few IS NULL", " WHERE id %% 3 = up %% 2"}[c]
		}
		q += " ORDER BY "
		for i := range 1 + r.IntN(2) {
			if i > 0 {
				q += ", "
			}
			q += keys[r.IntN(len(keys))] + []string{"", " DESC"}[r.IntN(2)] + []string{"", " NULLS FIRST", " NULLS LAST"}[r.IntN(3)]
		}
		queries = append(queries, q+fmt.Sprintf(" LIMIT %d", []int{1, 10, 300, 9000}[r.IntN(4)]))
	}
	whole := e.SQL(rows)
	df, err := whole.Collect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, threads := range []int{1, 2, 7} {
		e, err := sk.Open(sk.Threads(threads))
		if err != nil {
			t.Fatal(err)
		}
		e.Register("memory", df.Lazy())
		for _, q := range queries {
			if wants[q] == "" {
				wants[q] = text(t, e.SQL(fmt.Sprintf(q, "memory")))
			}
			for name, file := range files {
				if got := text(t, e.SQL(fmt.Sprintf(q, "'"+file+"'"))); got != wants[q] {
					t.Errorf("%s, %s, %d workers:\n%.600s\nwant\n%.600s", q, name, threads, got, wants[q])
				}
			}
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
