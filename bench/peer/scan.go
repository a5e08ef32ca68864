package peer

import (
	"fmt"
	"strings"
)

// Since is where the main job's log is cut off: a day after its first line.
const Since = "2026-01-02"

// DAU is the main job.
var DAU = Workload{
	Suite: "dau", Name: "dau", Title: "daily active users: NDJSON, parsed timestamps, join, count(DISTINCT)",
	Files: []string{"logs.ndjson", "users.parquet"}, SQL: dauSQL, Slow: []string{"pandas"},
}

// Scans read one file each.
var Scans = []Workload{
	{
		Name: "ndjson-all", Title: "NDJSON scan, all 9 columns",
		Files: []string{"logs.ndjson"}, SQL: ndjsonAllSQL, Slow: []string{"pandas"},
	},
	{
		Name: "ndjson-one", Title: "NDJSON scan, 1 column",
		Files: []string{"logs.ndjson"}, Slow: []string{"pandas"},
		SQL: func(data string) string { return fmt.Sprintf("SELECT sum(user_id) FROM '%s/logs.ndjson'", data) },
	},
	{
		Name: "csv-all", Title: "CSV scan of lineitem, min and max of all 16 columns",
		Files: []string{"lineitem.csv"}, SQL: csvAllSQL, Slow: []string{"pandas"},
	},
	{
		Name: "csv-one", Title: "CSV scan of lineitem, min and max of 1 column",
		Files: []string{"lineitem.csv"}, Slow: []string{"pandas"},
		SQL: func(data string) string {
			return fmt.Sprintf("SELECT min(l_extendedprice), max(l_extendedprice) FROM '%s/lineitem.csv'", data)
		},
	},
	{
		Name: "parquet-sum4", Title: "Parquet scan of lineitem, sum of 4 columns",
		Files: []string{"lineitem.parquet"},
		SQL: func(data string) string {
			return fmt.Sprintf("SELECT sum(l_quantity), sum(l_extendedprice), sum(l_discount), sum(l_tax) FROM '%s/lineitem.parquet'", data)
		},
	},
	{
		Name: "parquet-all", Title: "Parquet scan of lineitem, all 16 columns",
		Files: []string{"lineitem.parquet"}, SQL: parquetAllSQL,
	},
}

func dauSQL(data string) string {
	return fmt.Sprintf(`SELECT date_trunc('day', ts)::DATE AS day, u.country, count(DISTINCT user_id) AS dau
FROM (SELECT timestamp::TIMESTAMP AS ts, user_id
      FROM read_json('%[1]s/logs.ndjson', columns = {timestamp: 'VARCHAR', user_id: 'BIGINT'})
      WHERE timestamp >= '%[2]s') e
JOIN '%[1]s/users.parquet' u USING (user_id)
GROUP BY ALL ORDER BY ALL`, data, Since)
}

// dauPipeline is the same as a pipeline that loads into an SQLite file.
func dauPipeline(data, database string) string {
	return fmt.Sprintf(`name: bench-dau
params: {since: "%[2]s"}
sources:
  logs:
    uri: %[1]s/logs.ndjson
    columns: {timestamp: varchar, user_id: bigint}
  users: {uri: %[1]s/users.parquet}
steps:
  - name: events
    sql: SELECT timestamp::TIMESTAMP AS ts, user_id FROM logs WHERE timestamp >= $since
  - name: dau
    sql: |
      SELECT date_trunc('day', ts)::DATE AS day, u.country, count(DISTINCT user_id) AS dau
      FROM events JOIN users u USING (user_id) GROUP BY ALL ORDER BY ALL
sinks:
  - {from: dau, uri: "sqlite://%[3]s?table=daily_active_users", mode: upsert, key: [day, country]}
`, data, Since, database)
}

func ndjsonAllSQL(data string) string {
	return fmt.Sprintf(`SELECT count(*), max(timestamp)::DATE, sum(user_id), max(level), max(event), max(request.path),
       sum(request.status), sum(latency_ms), max(ip), max(device.os), sum(len(device.tags)), max(session_id)
FROM '%s/logs.ndjson'`, data)
}

// The columns of TPC-H lineitem in the order of the files.
var lineitem = strings.Fields(`l_orderkey l_partkey l_suppkey l_linenumber l_quantity l_extendedprice l_discount l_tax
	l_returnflag l_linestatus l_shipdate l_commitdate l_receiptdate l_shipinstruct l_shipmode l_comment`)

func csvAllSQL(data string) string {
	var cols []string
	for _, c := range lineitem {
		cols = append(cols, fmt.Sprintf("min(%s), max(%[1]s)", c))
	}
	return fmt.Sprintf("SELECT %s FROM '%s/lineitem.csv'", strings.Join(cols, ", "), data)
}

// parquetAllSQL reads every value of every column: nothing in it can be answered from the file's statistics.
func parquetAllSQL(data string) string {
	var numbers, dates, texts []string
	for _, c := range lineitem {
		switch {
		case strings.HasSuffix(c, "date"):
			dates = append(dates, fmt.Sprintf("count(*) FILTER (WHERE %s < DATE '1995-06-17')", c))
		case strings.Contains("l_returnflag l_linestatus l_shipinstruct l_shipmode l_comment", c):
			texts = append(texts, fmt.Sprintf("sum(length(%s))", c))
		default:
			numbers = append(numbers, fmt.Sprintf("sum(%s)", c))
		}
	}
	cols := append(append(numbers, dates...), texts...)
	return fmt.Sprintf("SELECT %s FROM '%s/lineitem.parquet'", strings.Join(cols, ", "), data)
}
