import tempfile

import duckdb
import pyarrow  # noqa: F401  results are fetched as its tables; importing it is no part of a query
from harness import DATE_SPLIT, DATES, LINEITEM, NUMBERS, SINCE, STRINGS, SUM4, is_query, main


def connect(threads):
    con = duckdb.connect()
    if threads:
        con.execute(f"SET threads = {threads}")
    return con


def run(sql, threads):
    return connect(threads).execute(sql).fetchall()


def statements(request):
    con, result = connect(request.threads), None
    if request.memory:
        con.execute(f"SET memory_limit = '{request.memory}B'")
        con.execute(f"SET temp_directory = '{SPILL.name}'")
    for name, path in request.tables.items():
        con.execute(f"CREATE VIEW {name} AS FROM '{path}'")
    for s in request.statements:
        answer = con.execute(s)
        if is_query(s) and request.discard:
            result = [[sum(len(batch) for batch in answer.to_arrow_reader(100_000))]]
        elif is_query(s):
            result = answer.to_arrow_table()
    return result


def dau(data, threads):
    # Timestamps as VARCHAR is DuckDB's fastest way: the filter runs before the parsing.
    return run(f"""
        SELECT CAST(date_trunc('day', ts) AS DATE) AS day, u.country, count(DISTINCT user_id) AS dau
        FROM (SELECT timestamp::TIMESTAMP AS ts, user_id
              FROM read_json('{data}/logs.ndjson', format = 'newline_delimited',
                             columns = {{timestamp: 'VARCHAR', user_id: 'BIGINT'}})
              WHERE timestamp >= '{SINCE}')
        JOIN '{data}/users.parquet' u USING (user_id)
        GROUP BY ALL ORDER BY ALL""", threads)


def ndjson_all(data, threads):
    return run(f"""
        SELECT count(*), max(timestamp)::DATE, sum(user_id), max(level), max(event), max(request.path),
               sum(request.status), sum(latency_ms), max(ip), max(device.os), sum(len(device.tags)), max(session_id)
        FROM '{data}/logs.ndjson'""", threads)


def ndjson_one(data, threads):
    return run(f"SELECT sum(user_id) FROM '{data}/logs.ndjson'", threads)


def csv_all(data, threads):
    cols = ", ".join(f"min({c}), max({c})" for c in LINEITEM)
    return run(f"SELECT {cols} FROM '{data}/lineitem.csv'", threads)


def csv_one(data, threads):
    return run(f"SELECT min(l_extendedprice), max(l_extendedprice) FROM '{data}/lineitem.csv'", threads)


def parquet_sum4(data, threads):
    cols = ", ".join(f"sum({c})" for c in SUM4)
    return run(f"SELECT {cols} FROM '{data}/lineitem.parquet'", threads)


def parquet_all(data, threads):
    cols = [f"sum({c})" for c in NUMBERS]
    cols += [f"count(*) FILTER (WHERE {c} < DATE '{DATE_SPLIT}')" for c in DATES]
    cols += [f"sum(length({c}))" for c in STRINGS]
    return run(f"SELECT {', '.join(cols)} FROM '{data}/lineitem.parquet'", threads)


SPILL = tempfile.TemporaryDirectory()

main("duckdb", duckdb.__version__, {
    "dau": dau, "ndjson-all": ndjson_all, "ndjson-one": ndjson_one, "csv-all": csv_all, "csv-one": csv_one,
    "parquet-sum4": parquet_sum4, "parquet-all": parquet_all,
}, statements)
