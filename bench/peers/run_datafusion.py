import datafusion
import pyarrow as pa
from datafusion import RuntimeEnvBuilder, SessionConfig, SessionContext
from harness import DATE_SPLIT, DATES, LINEITEM, NUMBERS, SINCE, STRINGS, SUM4, is_query, main


def context(threads, memory=0):
    config, runtime = SessionConfig(), RuntimeEnvBuilder()
    if threads:
        config = config.with_target_partitions(threads)
    if memory:
        runtime = runtime.with_disk_manager_os().with_fair_spill_pool(memory)
    return SessionContext(config, runtime)


def run(ctx, sql):
    return [row for batch in ctx.sql(sql).collect() for row in zip(*batch.columns)]


def statements(request):
    ctx, result = context(request.threads, request.memory), None
    for name, path in request.tables.items():
        ctx.register_parquet(name, path)
    for s in request.statements:
        frame = ctx.sql(s)
        if is_query(s) and request.discard:
            result = [[sum(batch.to_pyarrow().num_rows for batch in frame.execute_stream())]]
        else:
            batches = frame.collect()
            result = batches if is_query(s) else result
    return result


def dau(data, threads):
    ctx = context(threads)
    ctx.register_json("logs", f"{data}/logs.ndjson", file_extension=".ndjson",
                      schema=pa.schema([("timestamp", pa.string()), ("user_id", pa.int64())]))
    ctx.register_parquet("users", f"{data}/users.parquet")
    return run(ctx, f"""
        SELECT CAST(date_trunc('day', CAST(l.timestamp AS TIMESTAMP)) AS DATE) AS day, u.country,
               count(DISTINCT l.user_id) AS dau
        FROM logs l JOIN users u ON l.user_id = u.user_id
        WHERE l.timestamp >= '{SINCE}'
        GROUP BY 1, 2 ORDER BY 1, 2""")


def logs(data, threads):
    ctx = context(threads)
    ctx.register_json("logs", f"{data}/logs.ndjson", file_extension=".ndjson")
    return ctx


def ndjson_all(data, threads):
    return run(logs(data, threads), """
        SELECT count(*), substr(max(timestamp), 1, 10), sum(user_id), max(level), max(event), max(request['path']),
               sum(request['status']), sum(latency_ms), max(ip), max(device['os']),
               sum(coalesce(array_length(device['tags']), 0)), max(session_id)
        FROM logs""")


def ndjson_one(data, threads):
    return run(logs(data, threads), "SELECT sum(user_id) FROM logs")


def lineitem_csv(data, threads, select):
    ctx = context(threads)
    ctx.register_csv("lineitem", f"{data}/lineitem.csv")
    return run(ctx, f"SELECT {select} FROM lineitem")


def csv_all(data, threads):
    return lineitem_csv(data, threads, ", ".join(f"min({c}), max({c})" for c in LINEITEM))


def csv_one(data, threads):
    return lineitem_csv(data, threads, "min(l_extendedprice), max(l_extendedprice)")


def lineitem_parquet(data, threads, cols):
    ctx = context(threads)
    ctx.register_parquet("lineitem", f"{data}/lineitem.parquet")
    return run(ctx, f"SELECT {', '.join(cols)} FROM lineitem")


def parquet_sum4(data, threads):
    return lineitem_parquet(data, threads, [f"sum({c})" for c in SUM4])


def parquet_all(data, threads):
    cols = [f"sum({c})" for c in NUMBERS]
    cols += [f"count(*) FILTER (WHERE {c} < DATE '{DATE_SPLIT}')" for c in DATES]
    cols += [f"sum(character_length({c}))" for c in STRINGS]
    return lineitem_parquet(data, threads, cols)


main("datafusion", datafusion.__version__, {
    "dau": dau, "ndjson-all": ndjson_all, "ndjson-one": ndjson_one, "csv-all": csv_all, "csv-one": csv_one,
    "parquet-sum4": parquet_sum4, "parquet-all": parquet_all,
}, statements)
