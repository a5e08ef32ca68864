import csv
import io

import chdb
import chdb.session
from harness import DATE_SPLIT, DATES, LINEITEM, NUMBERS, SINCE, STRINGS, SUM4, is_query, main


def run(sql, threads):
    if threads:
        sql += f" SETTINGS max_threads = {threads}"
    return list(csv.reader(io.StringIO(str(chdb.query(sql, "CSV")))))


def statements(request):
    session, result = chdb.session.Session(), None
    if request.threads:
        session.query(f"SET max_threads = {request.threads}")
    if request.memory:
        session.query(f"SET max_memory_usage = {request.memory}")
    session.query("CREATE DATABASE bench")
    session.query("USE bench")
    for name, path in request.tables.items():
        session.query(f"CREATE VIEW {name} AS SELECT * FROM file('{path}', Parquet)")
    for s in request.statements:
        answer = session.query(s, "ArrowTable" if is_query(s) else "CSV")
        if is_query(s):
            result = [[answer.num_rows]] if request.discard else answer
    return result


def dau(data, threads):
    return run(f"""
        SELECT toDate(parseDateTime64BestEffort(e.timestamp, 3, 'UTC')) AS day, u.country AS country,
               uniqExact(e.user_id) AS dau
        FROM (SELECT timestamp, user_id FROM file('{data}/logs.ndjson', JSONEachRow, 'timestamp String, user_id Int64')
              WHERE timestamp >= '{SINCE}') AS e
        INNER JOIN file('{data}/users.parquet', Parquet) AS u ON e.user_id = u.user_id
        GROUP BY day, country ORDER BY day, country""", threads)


def ndjson_all(data, threads):
    columns = ("timestamp String, user_id Int64, level String, event String, "
               "request Tuple(method String, path String, status Int64), latency_ms Float64, ip String, "
               "device Tuple(os String, tags Array(String)), session_id String")
    return run(f"""
        SELECT count(), substring(max(timestamp), 1, 10), sum(user_id), max(level), max(event), max(request.path),
               sum(request.status), sum(latency_ms), max(ip), max(device.os), sum(length(device.tags)), max(session_id)
        FROM file('{data}/logs.ndjson', JSONEachRow, '{columns}')""", threads)


def ndjson_one(data, threads):
    return run(f"SELECT sum(user_id) FROM file('{data}/logs.ndjson', JSONEachRow, 'user_id Int64')", threads)


def csv_all(data, threads):
    cols = ", ".join(f"min({c}), max({c})" for c in LINEITEM)
    return run(f"SELECT {cols} FROM file('{data}/lineitem.csv', CSVWithNames)", threads)


def csv_one(data, threads):
    return run(f"SELECT min(l_extendedprice), max(l_extendedprice) FROM file('{data}/lineitem.csv', CSVWithNames)", threads)


def parquet_sum4(data, threads):
    cols = ", ".join(f"sum({c})" for c in SUM4)
    return run(f"SELECT {cols} FROM file('{data}/lineitem.parquet', Parquet)", threads)


def parquet_all(data, threads):
    cols = [f"sum({c})" for c in NUMBERS]
    cols += [f"countIf({c} < toDate32('{DATE_SPLIT}'))" for c in DATES]
    cols += [f"sum(lengthUTF8({c}))" for c in STRINGS]
    return run(f"SELECT {', '.join(cols)} FROM file('{data}/lineitem.parquet', Parquet)", threads)


main("chdb", chdb.__version__, {
    "dau": dau, "ndjson-all": ndjson_all, "ndjson-one": ndjson_one, "csv-all": csv_all, "csv-one": csv_one,
    "parquet-sum4": parquet_sum4, "parquet-all": parquet_all,
}, statements)
