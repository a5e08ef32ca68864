package parse_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/siksik-data/siksik/fault"
	"github.com/siksik-data/siksik/internal/sql/ast"
	"github.com/siksik-data/siksik/internal/sql/parse"
)

func TestStatementsKnowTheirSpans(t *testing.T) {
	src := " SELECT 1 ;\n-- two\nFROM t WHERE a = 'x;y' ; ;DROP TABLE t"
	stmts, err := parse.Statements(src)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, s := range stmts {
		texts = append(texts, src[s.At().Start:s.At().End])
	}
	got := strings.Join(texts, "|")
	if want := "SELECT 1|FROM t WHERE a = 'x;y'|DROP TABLE t"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestExpressionsKnowTheirSpans(t *testing.T) {
	src := "a + f(b, c.d)[1] BETWEEN -2 AND (SELECT x::DATE FROM t)"
	e, err := parse.Expr(src)
	if err != nil {
		t.Fatal(err)
	}
	b := e.(*ast.Between)
	sum := b.X.(*ast.Binary)
	index := sum.R.(*ast.Index)
	sub := b.Hi.(*ast.Subquery)
	cast := sub.Query.Body.(*ast.Select).Items[0].X
	for _, c := range []struct {
		n    ast.Node
		want string
	}{
		{e, src}, {sum, "a + f(b, c.d)[1]"}, {index, "f(b, c.d)[1]"}, {index.X, "f(b, c.d)"},
		{index.X.(*ast.Func).Args[1].Value, "c.d"}, {b.Lo, "-2"}, {sub, "(SELECT x::DATE FROM t)"}, {cast, "x::DATE"},
		{cast.(*ast.Cast).Type, "DATE"},
	} {
		if got := src[c.n.At().Start:c.n.At().End]; got != c.want {
			t.Errorf("%T: got %q, want %q", c.n, got, c.want)
		}
	}
}

func TestArrowReadsAsLambdaWhereOneIsWanted(t *testing.T) {
	for src, params := range map[string]int{"x -> x + 1": 1, "(x, i) -> x + i": 2, "lambda x, y: x": 2, "a.b -> 1": 0, "1 -> 2": 0, "x + 1": 0} {
		e, err := parse.Expr(src)
		if err != nil {
			t.Fatal(err)
		}
		l, ok := ast.AsLambda(e)
		if ok != (params > 0) || ok && len(l.Params) != params {
			t.Errorf("%s: got lambda %v %v, want %d parameters", src, l, ok, params)
		}
	}
}

func TestDeepNestingIsAnErrorAndNotAnOverflow(t *testing.T) {
	const n = 100_000
	for name, src := range map[string]string{
		"parentheses": "SELECT " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n),
		"subqueries":  strings.Repeat("SELECT * FROM (", n) + "SELECT 1" + strings.Repeat(")", n),
		"joins":       "SELECT * FROM " + strings.Repeat("(", n) + "t",
		"minus":       "SELECT " + strings.Repeat("- ", n) + "1",
		"not":         "SELECT " + strings.Repeat("NOT ", n) + "1",
		"chain":       "SELECT 1" + strings.Repeat(" + 1", n),
		"casts":       "SELECT 1" + strings.Repeat("::INT", n),
		"fields":      "SELECT (a)" + strings.Repeat(".b", n),
		"types":       "SELECT 1::" + strings.Repeat("MAP(INT, ", n) + "INT",
		"arrays":      "SELECT 1::INT" + strings.Repeat("[]", n),
		"cases":       "SELECT " + strings.Repeat("CASE WHEN ", n),
		"unions":      "SELECT 1" + strings.Repeat(" UNION SELECT 1", n),
		"explain":     strings.Repeat("EXPLAIN ", n) + "SELECT 1",
		"grouping":    "SELECT 1 GROUP BY " + strings.Repeat("ROLLUP(", n),
		"ctes":        strings.Repeat("WITH a AS (", n),
		"crossjoins":  "FROM a" + strings.Repeat(" CROSS JOIN b", n),
		"nestedjoins": "FROM a" + strings.Repeat(" JOIN b", n),
		"describes":   strings.Repeat("DESCRIBE ", n),
		"intervals":   "SELECT " + strings.Repeat("interval (", 2000),
	} {
		_, err := parse.Statements(src)
		if fault.CodeOf(err) != fault.Syntax {
			t.Errorf("%s: got %v, want a syntax error", name, err)
		}
	}
}

func TestLongFlatStatementsParse(t *testing.T) {
	const n = 50_000
	for name, src := range map[string]string{
		"or":     "SELECT a = 0" + strings.Repeat(" OR a = 1", n),
		"in":     "SELECT a IN (1" + strings.Repeat(", 1", n) + ")",
		"values": "VALUES (1)" + strings.Repeat(", (1)", n),
		"sum":    "SELECT 1" + strings.Repeat(" + 1", 9000),
	} {
		stmts, err := parse.Statements(src)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := parse.Statements(ast.Format(stmts[0])); err != nil {
			t.Errorf("%s: printed and parsed again: %v", name, err)
		}
	}
}

func TestParametersAreNumberedInOrder(t *testing.T) {
	stmts, err := parse.Statements("SELECT ?, ?, $7, $name; SELECT ?")
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(ast.Format(stmts[0]), "; ", ast.Format(stmts[1]))
	if want := "SELECT $1, $2, $7, $name; SELECT $1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEveryUnreservedKeywordNamesColumnsTablesAndAliases(t *testing.T) {
	for word, class := range ast.Keywords() {
		if class != ast.Unreserved {
			continue
		}
		src := fmt.Sprintf("SELECT %[1]s, t.%[1]s AS %[1]s, 1 %[1]s FROM %[1]s AS %[1]s GROUP BY %[1]s", word)
		if _, err := parse.Statements(src); err != nil {
			t.Errorf("%s: %v", src, err)
		}
	}
}

func TestReservedKeywordsAreNamesOnlyInQuotesOrAfterAs(t *testing.T) {
	for word, class := range ast.Keywords() {
		if class != ast.Reserved {
			continue
		}
		if _, err := parse.Statements(fmt.Sprintf(`SELECT 1 AS %s, "%s", t.%s`, word, word, word)); err != nil {
			t.Errorf("%s: %v", word, err)
		}
		switch word {
		case "null", "true", "false", "default", "not", "all", "distinct":
			continue
		}
		if _, err := parse.Statements("SELECT " + word + " + 1 FROM t"); err == nil {
			t.Errorf("%s: names a column without quotes", word)
		}
	}
}

func TestCompleteWaitsForTheSemicolon(t *testing.T) {
	for src, want := range map[string]bool{
		"": true, "  -- nothing": true, "SELECT 1": false, "SELECT 1;": true, "SELECT 1; -- done": true, "SELECT ';": false,
		"SELECT ';'": false, "SELECT ';';": true, `SELECT ";`: false, "SELECT $$;": false, "/* ; ": false, "/* ; */": true,
		"SELECT 1; SELECT 2": false, "SELECT 1 \\ 2;": true,
	} {
		if got := parse.Complete(src); got != want {
			t.Errorf("%q: got %v, want %v", src, got, want)
		}
	}
}

func TestTokensCoverTheTextForHighlighting(t *testing.T) {
	src := "SELECT a1, 'it''s', \"q\" -- note\n FROM /* x /* y */ */ t WHERE b>=1.5e3 AND c = $p AND d = #2 'open"
	var got []string
	for _, tok := range parse.Tokens(src) {
		got = append(got, fmt.Sprintf("%d:%s", tok.Kind, src[tok.Start:tok.End]))
	}
	want := `1:SELECT 1:a1 7:, 4:'it''s' 7:, 2:"q" 8:-- note 1:FROM 8:/* x /* y */ */ 1:t 1:WHERE 1:b 7:>= 3:1.5e3 1:AND 1:c 7:= 5:$p 1:AND 1:d 7:= 6:#2 9:'open`
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}

// bigSQL is about a megabyte of plain SQL.
func bigSQL() string {
	one := "SELECT o.order_id, sum(l.price * (1 - l.discount)) AS revenue, count(*) FILTER (WHERE l.tax > 0.05) FROM orders o " +
		"JOIN lineitem AS l ON o.order_id = l.order_id WHERE o.day BETWEEN DATE '2026-01-01' AND DATE '2026-02-01' AND l.name LIKE " +
		"'%steel%' GROUP BY o.order_id HAVING sum(l.price) > 1000 ORDER BY revenue DESC NULLS LAST LIMIT 10;\n"
	return strings.Repeat(one, 1<<20/len(one))
}

func TestMegabyteOfSQLParsesInWellUnderASecond(t *testing.T) {
	src := bigSQL()
	best := time.Hour
	for range 3 {
		start := time.Now()
		if _, err := parse.Statements(src); err != nil {
			t.Fatal(err)
		}
		best = min(best, time.Since(start))
	}
	if best > time.Second {
		t.Errorf("%d bytes took %v, the best of three", len(src), best)
	}
}

func BenchmarkStatements(b *testing.B) {
	src := bigSQL()
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse.Statements(src); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTokens(b *testing.B) {
	src := bigSQL()
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		parse.Complete(src)
	}
}
