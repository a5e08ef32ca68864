package engine

// spiller is a query of which some operator passes a small budget.
type spiller struct {
	name, query string
	memory      int64 // budget in bytes
}

// spillers has a query for each way in which operators keep rows.
var spillers = []spiller{
	{"packed states", "SELECT k, sum(v), count(*), avg(f) FROM t GROUP BY k", 1 << 20},
	{"states of texts", "SELECT s, min(v), max(s), first(k) FROM t GROUP BY s", 1 << 20},
	{"grouping sets", "SELECT k, s, sum(v) FROM t GROUP BY GROUPING SETS ((k, s), (s), ())", 2 << 20},
	{"grouped count(distinct)", "SELECT g, count(DISTINCT s), sum(DISTINCT v) FROM t GROUP BY g", 1 << 20},
	{"count(distinct) of all rows", "SELECT count(DISTINCT s), count(DISTINCT v), sum(f) FROM t", 1 << 20},
	{"median and quantiles", "SELECT g, median(f), quantile_cont(v, 0.3), mode(v) FROM t GROUP BY g", 1 << 20},
	{"lists", "SELECT k, list(s), string_agg(s, ',') FROM t GROUP BY k", 3 << 19},
	{"median of all rows", "SELECT median(v), quantile_disc(f, 0.1), median(k) FROM t", 320 << 10},
	{"distinct", "SELECT DISTINCT k, s FROM t", 1 << 20},
	{"distinct on", "SELECT DISTINCT ON (k) k, v, s FROM t ORDER BY k, v DESC", 1 << 20},
	{"union", "SELECT k, s FROM t UNION SELECT k, s FROM u", 1 << 20},
	{"intersect", "SELECT k FROM t INTERSECT SELECT k FROM u", 400 << 10},
	{"intersect all", "SELECT g, k FROM t INTERSECT ALL SELECT g, k FROM u", 700 << 10},
	{"except", "SELECT k, s FROM t EXCEPT SELECT k, s FROM u", 1 << 20},
	{"except all", "SELECT k FROM t EXCEPT ALL SELECT k FROM u", 450 << 10},
	{"inner join", "SELECT t.v, u.s, u.f FROM t JOIN u ON t.k = u.k", 512 << 10},
	{"left join", "SELECT t.v, u.s, u.f FROM t LEFT JOIN u ON t.k = u.k AND t.f < u.f", 512 << 10},
	{"right join", "SELECT t.v, t.s, u.s AS s2 FROM t RIGHT JOIN u ON t.s = u.s", 512 << 10},
	{"full join", "SELECT t.v, t.s, u.s AS s2 FROM t FULL JOIN u ON t.k = u.k", 512 << 10},
	{"semi join", "SELECT v, s FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k AND u.v < t.v)", 384 << 10},
	{"anti join", "SELECT v, s FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.s = t.s)", 100 << 10},
	{"mark join", "SELECT v, s FROM t WHERE s IN (SELECT s FROM u) OR g = 3", 384 << 10},
	{"loop join", "SELECT a.v, b.v AS w FROM (SELECT v, s FROM t WHERE g = 5 AND v < 3000) a JOIN (SELECT v, s, f FROM u) b ON a.v + b.v < 3000 AND a.s < b.s AND b.f > 0", 96 << 10},
	{"sort", "SELECT * FROM t ORDER BY s, v DESC", 512 << 10},
	{"top-n", "SELECT k, v, s FROM t ORDER BY f, v LIMIT 6000", 640 << 10},
	{"windows by partition", "SELECT v, row_number() OVER (PARTITION BY k ORDER BY s, v), sum(f) OVER (PARTITION BY k ORDER BY v) FROM t", 1 << 20},
	{"windows of all rows", "SELECT v, rank() OVER (ORDER BY s), lag(s) OVER (ORDER BY v), sum(v) OVER (ORDER BY f, v ROWS 5 PRECEDING) FROM t", 1 << 20},
	{"windows of quantiles", "SELECT v, s, median(f) OVER (PARTITION BY g ORDER BY v ROWS BETWEEN 20 PRECEDING AND CURRENT ROW) FROM t", 1 << 20},
	{"shared rows", "WITH c AS MATERIALIZED (SELECT v, s, k FROM t WHERE f > 1) SELECT a.s, b.k, a.v FROM c a JOIN c b ON a.v = b.v + 1", 512 << 10},
	{"sort under a join under an aggregate", "SELECT s, list(v) FROM (SELECT t.s, u.v FROM t JOIN u USING (k) ORDER BY u.f, u.v) GROUP BY s", 1 << 20},
}
