package gen

import (
	"encoding/csv"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// table generates a CSV file and returns its rows without the header, after checking that and the types of the fields.
func table(t *testing.T, columns []Column, write func(path string) error) []map[string]string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.csv")
	if err := write(path); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(read(t, path)))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[0], ",") + "\n"; got != header(columns) {
		t.Fatalf("header %q, want %q", got, header(columns))
	}
	bits := map[string]int{"SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}
	var out []map[string]string
	for i, row := range rows[1:] {
		m := map[string]string{}
		for j, c := range columns {
			if n := bits[c.Type]; n > 0 {
				if _, err := strconv.ParseInt(row[j], 10, n); err != nil {
					t.Fatalf("row %d, %s %s: %v", i, c.Name, c.Type, err)
				}
			}
			m[c.Name] = row[j]
		}
		out = append(out, m)
	}
	return out
}

// number is a field as an integer.
func number(row map[string]string, column string) int {
	n, _ := strconv.Atoi(row[column])
	return n
}

// distinct counts the values of a column.
func distinct(rows []map[string]string, column string) int {
	seen := map[string]bool{}
	for _, r := range rows {
		seen[r[column]] = true
	}
	return len(seen)
}

func share(rows []map[string]string, is func(map[string]string) bool) float64 {
	n := 0
	for _, r := range rows {
		if is(r) {
			n++
		}
	}
	return float64(n) / float64(len(rows))
}

func TestTheGroupByTableHasFewAndManyGroups(t *testing.T) {
	rows := table(t, H2OGroupByColumns, func(path string) error { return H2OGroupBy(path, 20_000, 1) })
	for column, want := range map[string]int{"id1": 100, "id2": 100, "id3": 200, "id4": 100, "id5": 100, "id6": 200, "v1": 5, "v2": 15} {
		if got := distinct(rows, column); got != want {
			t.Errorf("%s has %d values, want %d", column, got, want)
		}
	}
	if len(rows) != 20_000 || distinct(rows, "v3") < 19_000 {
		t.Errorf("%d rows, %d values of v3", len(rows), distinct(rows, "v3"))
	}
}

func TestNineInTenRowsOfAJoinHaveOneMatch(t *testing.T) {
	const n = 20_000
	left := table(t, H2OJoins[0].Columns, func(path string) error {
		j := H2OJoins[0]
		j.File = filepath.Base(path)
		return j.Write(filepath.Dir(path), n, 1)
	})
	for level, j := range H2OJoins[1:] {
		right := table(t, j.Columns, func(path string) error {
			j.File = filepath.Base(path)
			return j.Write(filepath.Dir(path), n, 1)
		})
		key := "id" + strconv.Itoa(level+1)
		if size := h2oSizes(n)[level]; len(right) != size || distinct(right, key) != size {
			t.Errorf("%s has %d rows and %d keys, want %d", j.File, len(right), distinct(right, key), size)
		}
		keys := map[string]bool{}
		for _, r := range right {
			keys[r[key]] = true
			if r["id"+strconv.Itoa(level+4)] != "id"+r[key] {
				t.Fatalf("the key as a string is %q, want id%s", r["id"+strconv.Itoa(level+4)], r[key])
			}
		}
		if s := share(left, func(r map[string]string) bool { return keys[r[key]] }); s < 0.88 || s > 0.92 {
			t.Errorf("%.3f of the rows match on %s", s, key)
		}
	}
}

func TestHitsHaveTheSkewAndTheValuesThatQueriesLookFor(t *testing.T) {
	rows := table(t, HitColumns, func(path string) error { return Hits(path, 30_000, 1) })
	for name, c := range map[string]struct {
		is       func(map[string]string) bool
		from, to float64
	}{
		"searches":       {func(r map[string]string) bool { return r["search_phrase"] != "" }, 0.12, 0.14},
		"ads":            {func(r map[string]string) bool { return r["adv_engine_id"] != "0" }, 0.003, 0.01},
		"phones":         {func(r map[string]string) bool { return r["mobile_phone_model"] != "" }, 0.03, 0.1},
		"the counter":    {func(r map[string]string) bool { return r["counter_id"] == "62" }, 0.005, 0.02},
		"the front page": {func(r map[string]string) bool { return r["url_hash"] == strconv.Itoa(hitURLHash) }, 0.0005, 0.01},
		"the referrer":   {func(r map[string]string) bool { return r["referer_hash"] == strconv.Itoa(hitReferrer) }, 0.0005, 0.01},
		"the user":       {func(r map[string]string) bool { return r["user_id"] == strconv.Itoa(hitUser) }, 0.0005, 0.01},
		"no referrer":    {func(r map[string]string) bool { return r["referer"] == "" }, 0.1, 0.3},
		"titles":         {func(r map[string]string) bool { return r["title"] != "" }, 0.85, 0.99},
	} {
		if s := share(rows, c.is); s < c.from || s > c.to {
			t.Errorf("%s: share of %.5f, want %v to %v", name, s, c.from, c.to)
		}
	}
	regions := map[string]string{}
	for i, r := range rows {
		if before, ok := regions[r["user_id"]]; ok && before != r["region_id"] {
			t.Fatalf("user %s is in two regions", r["user_id"])
		}
		regions[r["user_id"]] = r["region_id"]
		if !strings.HasPrefix(r["event_time"], r["event_date"]+" ") || r["event_date"] < "2013-07-01" || r["event_date"] > "2013-07-31" {
			t.Fatalf("row %d is of %s, on %s", i, r["event_time"], r["event_date"])
		}
	}
	if n := len(regions); n > 5000 || n < 2000 {
		t.Errorf("%d users", n)
	}
	if n := distinct(rows, "url"); n < 5_000 || n > 20_000 {
		t.Errorf("%d addresses", n)
	}
	if n := distinct(rows, "watch_id"); n != len(rows) {
		t.Errorf("%d of %d rows are unique", n, len(rows))
	}
}

func TestAFewAddressesMentionASearchEngine(t *testing.T) {
	n := 0
	for i := range 40_000 {
		if strings.Contains(string(page{counter: i % 200, page: i / 200}.appendURL(nil, "http://")), "google") {
			n++
		}
	}
	if n < 2 || n > 40 {
		t.Errorf("%d of 40,000 addresses", n)
	}
}

func TestTablesDependOnTheSeedAlone(t *testing.T) {
	for name, write := range map[string]func(path string, rows int, seed uint64) error{"hits": Hits, "groups": H2OGroupBy, "sort": SortRows} {
		var texts []string
		for _, seed := range []uint64{1, 1, 2} {
			path := filepath.Join(t.TempDir(), "t.csv")
			if err := write(path, 9000, seed); err != nil {
				t.Fatal(err)
			}
			texts = append(texts, string(read(t, path)))
		}
		if texts[0] != texts[1] || texts[0] == texts[2] {
			t.Errorf("%s: the same for one seed %t, for two %t", name, texts[0] == texts[1], texts[0] == texts[2])
		}
	}
}

func TestAShuffleReachesEveryPlaceOnce(t *testing.T) {
	for _, n := range []int{1, 2, 10, 997, 10_000} {
		places := make([]int, n)
		for i := range n {
			places[i] = scattered(i, n)
		}
		slices.Sort(places)
		for i, p := range places {
			if p != i {
				t.Fatalf("of %d, place %d is missing", n, i)
			}
		}
	}
}

func TestSortRowsSpanTheirTypes(t *testing.T) {
	rows := table(t, SortColumns, func(path string) error { return SortRows(path, 5000, 1) })
	if s := share(rows, func(r map[string]string) bool { return number(r, "b") < 0 }); s < 0.45 || s > 0.55 {
		t.Errorf("%.2f of b are negative", s)
	}
	if n := distinct(rows, "a"); n < 4900 {
		t.Errorf("%d values of a", n)
	}
}
