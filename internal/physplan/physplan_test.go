package physplan_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/siksik-data/siksik/data"
	"github.com/siksik-data/siksik/dtype"
	"github.com/siksik-data/siksik/internal/bind"
	"github.com/siksik-data/siksik/internal/catalog"
	"github.com/siksik-data/siksik/internal/expr"
	"github.com/siksik-data/siksik/internal/opt"
	"github.com/siksik-data/siksik/internal/phys"
	"github.com/siksik-data/siksik/internal/physplan"
	"github.com/siksik-data/siksik/internal/plan"
	"github.com/siksik-data/siksik/internal/sql/parse"
	"github.com/siksik-data/siksik/spi"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the golden files")

// table is a table that only has a schema and a size.
type table struct {
	schema dtype.Schema
	rows   int64
}

func (t *table) Schema() dtype.Schema { return t.schema }
func (t *table) Stats(context.Context) (spi.Stats, error) {
	return spi.Stats{Rows: t.rows, Exact: true, Bytes: -1}, nil
}
func (t *table) Scan(context.Context, spi.ScanSpec) (spi.Scan, error) {
	return nil, errors.New("this table has no rows")
}

// tester is a table that tests rows itself.
type tester struct{ table }

func (*tester) AppliesTests() {}

// fold widens whole numbers, as LIMIT needs it.
func fold(e expr.Expr) (expr.Expr, error) {
	if c, ok := e.(*expr.Cast); ok && c.To.Kind == dtype.Int64 {
		if l, ok := c.Arg.(*expr.Lit); ok && l.Value.Type.IsInteger() {
			return &expr.Lit{Value: data.IntScalar(c.To, l.Value.Int64())}, nil
		}
	}
	return e, nil
}

func init() { opt.LinkSubqueries() }

func bound(t *testing.T, query string) plan.Node {
	t.Helper()
	c := catalog.New(&spi.Registry{})
	i64, text := dtype.Of(dtype.Int64), dtype.Of(dtype.String)
	for name, rows := range map[string]int64{"big": 1_000_000, "small": 100, "mid": 10_000, "wide": 1_000_000} {
		plain := table{dtype.NewSchema(dtype.Field{Name: name[:1] + "_id", Type: i64}, dtype.Field{Name: name[:1] + "_ref", Type: i64},
			dtype.Field{Name: name[:1] + "_name", Type: text}, dtype.Field{Name: name[:1] + "_list", Type: dtype.ListOf(i64)}), rows}
		e := &catalog.Entry{Name: name, Table: &plain}
		if name == "wide" {
			e.Table = &tester{plain}
		}
		c.Put(e)
	}
	stmts, err := parse.Statements(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	q, _ := bind.AsQuery(stmts[0])
	n, err := bind.New(context.Background(), c, bind.Options{Fold: fold}).Query(query, q)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func planned(t *testing.T, query string) phys.Node {
	t.Helper()
	n, err := opt.Decorrelate(&opt.Ctx{}, bound(t, query))
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	p, err := physplan.Plan(n)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	check(t, query, n, p)
	return p
}

// check tests what must hold for every physical plan: the root has the columns of the query, ids are in pre-order, and every runtime filter of a join
// is of a scan below it that has the columns.
func check(t *testing.T, query string, n plan.Node, p phys.Node) {
	t.Helper()
	if got, want := plan.FormatCols(p.Info().Out), plan.FormatCols(n.Cols()); got != want {
		t.Errorf("%s: columns %s, want %s", query, got, want)
	}
	next := 0
	seen := map[phys.Node]bool{}
	var joins []*phys.HashJoin
	walk(p, seen, func(x phys.Node) {
		if x.Info().ID != next {
			t.Errorf("%s: node %d is numbered %d", query, next, x.Info().ID)
		}
		next++
		if j, ok := x.(*phys.HashJoin); ok {
			joins = append(joins, j)
		}
	})
	for _, j := range joins {
		for _, f := range j.Filters {
			heard := 0
			walk(j.Probe, map[phys.Node]bool{}, func(x phys.Node) {
				if s, ok := x.(*phys.Scan); ok && f.Slot.Of(s.Dynamic) {
					heard++
				}
			})
			if heard != 1 || len(f.Cols) != len(f.Keys) || len(f.Keys) == 0 {
				t.Errorf("%s: a filter of join %d is heard by %d scans: %+v", query, j.ID, heard, f)
			}
		}
	}
}

// walk visits the nodes in pre-order, shared ones once.
func walk(n phys.Node, seen map[phys.Node]bool, visit func(phys.Node)) {
	if seen[n] {
		return
	}
	seen[n] = true
	visit(n)
	for _, in := range n.Inputs() {
		walk(in, seen, visit)
	}
}

func TestPlansMatchGoldenFile(t *testing.T) {
	const path = "testdata/plans.txt"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, block := range strings.Split("\n"+string(text), "\nplan\n")[1:] {
		query, want, _ := strings.Cut(block, "\n----")
		got := phys.Format(planned(t, query), phys.FormatOptions{})
		if strings.TrimSpace(got) != strings.TrimSpace(want) && !*rewrite {
			t.Errorf("%s:\n%s\nwas\n%s", query, got, want)
		}
		out.WriteString("plan\n" + query + "\n----\n" + got + "\n")
	}
	if *rewrite {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// filtered tells whether any scan listens to a join.
func filtered(t *testing.T, query string) bool {
	return strings.Contains(phys.Format(planned(t, query), phys.FormatOptions{}), " dynamic ")
}

func TestRuntimeFiltersNeverCrossWhatTheyWouldChange(t *testing.T) {
	for query, want := range map[string]bool{
		"SELECT b_id FROM big JOIN small ON b_id = s_id":                                                             true,
		"SELECT b_id FROM big SEMI JOIN small ON b_id = s_id":                                                        true,
		"SELECT b_id FROM big RIGHT JOIN small ON b_id = s_id":                                                       true,
		"SELECT b_id FROM big LEFT JOIN small ON b_id = s_id":                                                        false,
		"SELECT b_id FROM big FULL JOIN small ON b_id = s_id":                                                        false,
		"SELECT b_id FROM big ANTI JOIN small ON b_id = s_id":                                                        false,
		"SELECT b_id IN (SELECT s_id FROM small) FROM big":                                                           false,
		"SELECT b_id FROM big JOIN small ON b_id IS NOT DISTINCT FROM s_id":                                          false,
		"SELECT b_id FROM big JOIN small ON b_id + 1 = s_id":                                                         false,
		"SELECT b_id FROM big JOIN small ON b_list = s_list":                                                         false,
		"SELECT x FROM (SELECT b_id AS x, b_ref + 1 AS y FROM big WHERE b_name = 'q') JOIN small ON x = s_id":        true,
		"SELECT x FROM (SELECT b_id AS x, b_ref + 1 AS y FROM big) JOIN small ON y = s_id":                           false,
		"SELECT b_id FROM (SELECT b_id FROM big LIMIT 10) JOIN small ON b_id = s_id":                                 false,
		"SELECT b_id FROM (SELECT b_id FROM big ORDER BY b_ref LIMIT 10) JOIN small ON b_id = s_id":                  false,
		"SELECT b_id FROM (SELECT DISTINCT b_id FROM big) JOIN small ON b_id = s_id":                                 true,
		"SELECT b_id FROM (SELECT DISTINCT b_id, b_ref FROM big) JOIN small ON b_id = s_id":                          true,
		"SELECT b_id FROM (SELECT DISTINCT ON (b_ref) b_id, b_ref FROM big) JOIN small ON b_id = s_id":               false,
		"SELECT b_id FROM (SELECT DISTINCT ON (b_ref) b_id, b_ref FROM big) JOIN small ON b_ref = s_id":              true,
		"SELECT b_id FROM (SELECT b_id, count(*) FROM big GROUP BY b_id) JOIN small ON b_id = s_id":                  true,
		"SELECT n FROM (SELECT b_id, count(*) AS n FROM big GROUP BY b_id) JOIN small ON n = s_id":                   false,
		"SELECT b_id FROM (SELECT b_id, count(*) FROM big GROUP BY ROLLUP (b_id)) JOIN small ON b_id = s_id":         false,
		"SELECT x FROM (SELECT b_id AS x FROM big UNION ALL SELECT m_ref FROM mid) JOIN small ON x = s_id":           true,
		"SELECT b_id FROM (SELECT b_id, unnest(b_list) AS e FROM big) JOIN small ON b_id = s_id":                     true,
		"SELECT b_id FROM (SELECT b_id, unnest(b_list) AS e FROM big) JOIN small ON e = s_id":                        false,
		"SELECT b_id FROM (SELECT b_id, row_number() OVER (ORDER BY b_ref) AS n FROM big) JOIN small ON b_id = s_id": false,
		"SELECT b_id FROM (SELECT b_id FROM big LEFT JOIN mid ON m_id = b_ref) JOIN small ON b_id = s_id":            true,
		"SELECT b_id FROM (SELECT b_id, m_ref FROM mid LEFT JOIN big ON m_id = b_ref) JOIN small ON b_id = s_id":     false,
		"WITH x AS (SELECT b_id FROM big) SELECT p.b_id FROM x p JOIN small ON p.b_id = s_id":                        false,
	} {
		if got := filtered(t, query); got != want {
			t.Errorf("%s: filtered %v, want %v\n%s", query, got, want, phys.Format(planned(t, query), phys.FormatOptions{}))
		}
	}
}

func TestAScanListensToAllJoinsAboveIt(t *testing.T) {
	root := planned(t, "SELECT b_id FROM big JOIN mid ON b_ref = m_id JOIN small ON b_id = s_id")
	upper := root.Inputs()[0].(*phys.HashJoin)
	lower := upper.Probe.(*phys.HashJoin)
	if len(upper.Filters) != 1 || len(lower.Filters) != 1 || upper.Filters[0].Slot == lower.Filters[0].Slot {
		t.Fatalf("each join must have a slot of its own:\n%s", phys.Format(root, phys.FormatOptions{}))
	}
}

func TestAJoinTellsEachScanOnItsProbeSideTheKeysItHas(t *testing.T) {
	root := planned(t, "SELECT b_id FROM (SELECT b_id, b_ref, m_ref FROM big JOIN mid ON b_ref = m_id) JOIN small ON b_id = s_id AND m_ref = s_ref AND b_ref = s_id")
	j := root.Inputs()[0].(*phys.HashJoin)
	if len(j.Filters) != 2 || len(j.Filters[0].Keys) != 2 || len(j.Filters[1].Keys) != 1 {
		t.Fatalf("filters are %+v:\n%s", j.Filters, phys.Format(root, phys.FormatOptions{}))
	}
}

func TestSharedPlanIsTranslatedOnce(t *testing.T) {
	root := planned(t, "WITH x AS (SELECT b_ref, count(*) AS n FROM big GROUP BY b_ref) SELECT p.n FROM x p JOIN x q ON p.b_ref = q.n")
	j := root.Inputs()[0].(*phys.HashJoin)
	l, r := j.Probe.(*phys.Shared), j.Build.(*phys.Shared)
	if l.Input != r.Input || l.Key != r.Key {
		t.Errorf("two inputs for one shared plan:\n%s", phys.Format(root, phys.FormatOptions{}))
	}
}

func TestBuildLeftOnlyWhereOrderIsKept(t *testing.T) {
	for _, c := range []struct {
		query string
		want  bool
	}{
		{"SELECT s_id FROM small JOIN big ON b_id = s_id", false},
		{"SELECT count(*) FROM small JOIN big ON b_id = s_id", true},
		{"SELECT s_id FROM small SEMI JOIN big ON b_id = s_id", true},
		{"SELECT count(*) FROM small LEFT JOIN big ON b_id = s_id", false},
	} {
		n, err := plan.BottomUp(bound(t, c.query), func(n plan.Node) (plan.Node, error) {
			if j, ok := n.(*plan.Join); ok {
				left := *j
				left.BuildLeft = true
				return &left, nil
			}
			return n, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		p, err := physplan.Plan(n)
		if err != nil {
			t.Fatal(err)
		}
		check(t, c.query, n, p)
		if got := strings.Contains(phys.Format(p, phys.FormatOptions{}), "build left"); got != c.want {
			t.Errorf("%s: build left %v, want %v", c.query, got, c.want)
		}
	}
}

func TestWindowsHearOfTheRanksThatAreLookedAt(t *testing.T) {
	const over = "over (partition by b_ref order by b_id)"
	for _, c := range []struct {
		query string
		tops  []int64 // of the windows, the last one first
	}{
		{"SELECT b_id FROM big QUALIFY row_number() " + over + " <= 2", []int64{2}},
		{"SELECT b_id FROM big QUALIFY row_number() " + over + " < 2 AND b_name > 'x'", []int64{1}},
		{"SELECT b_id FROM big QUALIFY rank() " + over + " = 3 AND row_number() " + over + " <= 9", []int64{3}},
		{"SELECT b_id FROM big QUALIFY 4 >= rank() " + over, []int64{4}},
		{"SELECT b_id FROM big QUALIFY dense_rank() " + over + " <= 2", []int64{0}},
		{"SELECT b_id FROM big QUALIFY row_number() " + over + " >= 2", []int64{0}},
		{"SELECT b_id FROM big QUALIFY row_number() " + over + " <= b_id", []int64{0}},
		{"SELECT b_id FROM big QUALIFY row_number() " + over + " <= 0", []int64{0}},
		{"SELECT b_id, count(*) " + over + " FROM big QUALIFY row_number() " + over + " <= 2", []int64{0}},
		{"SELECT b_id FROM big QUALIFY row_number() " + over + " <= 2 AND rank() over (order by b_id) < 9", []int64{8, 0}},
	} {
		n, err := opt.Run(&opt.Ctx{Folder: folder{}}, bound(t, c.query))
		if err != nil {
			t.Fatal(err)
		}
		p, err := physplan.Plan(n)
		if err != nil {
			t.Fatal(err)
		}
		var tops []int64
		walk(p, map[phys.Node]bool{}, func(x phys.Node) {
			if w, ok := x.(*phys.Window); ok {
				tops = append(tops, w.Top)
			}
		})
		if !slices.Equal(tops, c.tops) {
			t.Errorf("%s: up to %d, want %d", c.query, tops, c.tops)
		}
	}
}

func TestWindowsThatDivideTheRowsDifferentlyComeOneAfterTheOther(t *testing.T) {
	query := "SELECT *, sum(b_id) over (partition by b_ref) AS s, count(*) over (partition by b_name) AS c, count(*) over () AS n, " +
		"max(b_id) over (partition by b_ref, b_name) AS m FROM big"
	n, err := opt.Run(&opt.Ctx{Folder: folder{}}, bound(t, query))
	if err != nil {
		t.Fatal(err)
	}
	p, err := physplan.Plan(n)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	ids := map[int]bool{}
	walk(p, map[phys.Node]bool{}, func(x phys.Node) {
		if ids[x.Info().ID] {
			t.Errorf("two nodes have the id %d", x.Info().ID)
		}
		ids[x.Info().ID] = true
		if w, ok := x.(*phys.Window); ok {
			for _, it := range w.Items {
				got = append(got, phys.Behaviour(w)+" "+it.Win.Fn.Name)
			}
		}
	})
	if want := "spill count_star, spill count_star, spill sum, spill max"; strings.Join(got, ", ") != want {
		t.Errorf("windows are %q, want %q", got, want)
	}
	out := p.Info().Out
	if len(out) < 4 || out[len(out)-4].Name != "s" || out[len(out)-1].Name != "m" {
		t.Errorf("columns are %v", out)
	}
}

// folder folds as fold does.
type folder struct{}

func (folder) Fold(e expr.Expr) (expr.Expr, error) { return fold(e) }
