import importlib
import os
from datetime import date
from types import SimpleNamespace

from harness import DATE_SPLIT, DATES, LINEITEM, NUMBERS, REQUEST, SINCE, STRINGS, SUM4, main

if REQUEST.threads:
    os.environ["POLARS_MAX_THREADS"] = str(REQUEST.threads)

import polars as pl  # noqa: E402  the number of threads must be set before


def rows(lazy):
    return lazy.collect(engine="streaming").rows()


def statements(request):
    """Runs the lazy query that the suite's module has for the workload; where it has none, the SQL text."""
    tables = {name: pl.scan_parquet(path) for name, path in request.tables.items()}
    if request.workload in QUERIES:
        lazy = QUERIES[request.workload](SimpleNamespace(**tables))
    else:
        lazy = pl.SQLContext(tables).execute(request.statements[-1])
    if request.discard:
        return [[lazy.collect(engine="streaming").height]]
    return lazy.collect(engine="streaming")


def dau(data, _):
    logs = pl.scan_ndjson(f"{data}/logs.ndjson", schema={"timestamp": pl.String, "user_id": pl.Int64})
    users = pl.scan_parquet(f"{data}/users.parquet")
    ts = pl.col("timestamp").str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ")
    return rows(
        logs.filter(pl.col("timestamp") >= SINCE)
        .select(ts.dt.date().alias("day"), "user_id")
        .join(users.select("user_id", "country"), on="user_id")
        .group_by("day", "country")
        .agg(pl.col("user_id").n_unique().alias("dau"))
        .sort("day", "country"))


def ndjson_all(data, _):
    c = pl.col
    return rows(pl.scan_ndjson(f"{data}/logs.ndjson").select(
        pl.len(), c("timestamp").max().str.slice(0, 10), c("user_id").sum(), c("level").max(), c("event").max(),
        c("request").struct.field("path").max().alias("path"), c("request").struct.field("status").sum().alias("status"),
        c("latency_ms").sum(), c("ip").max(), c("device").struct.field("os").max().alias("os"),
        c("device").struct.field("tags").list.len().sum().alias("tags"), c("session_id").max()))


def ndjson_one(data, _):
    return rows(pl.scan_ndjson(f"{data}/logs.ndjson").select(pl.col("user_id").sum()))


def scan_csv(data):
    return pl.scan_csv(f"{data}/lineitem.csv", try_parse_dates=True)


def csv_all(data, _):
    exprs = [e for c in LINEITEM for e in (pl.col(c).min().alias(f"min_{c}"), pl.col(c).max().alias(f"max_{c}"))]
    return rows(scan_csv(data).select(exprs))


def csv_one(data, _):
    c = pl.col("l_extendedprice")
    return rows(scan_csv(data).select(c.min().alias("min"), c.max().alias("max")))


def parquet_sum4(data, _):
    return rows(pl.scan_parquet(f"{data}/lineitem.parquet").select(pl.col(SUM4).sum()))


def parquet_all(data, _):
    exprs = [pl.col(c).sum() for c in NUMBERS]
    exprs += [(pl.col(c) < date.fromisoformat(DATE_SPLIT)).sum() for c in DATES]
    exprs += [pl.col(c).str.len_chars().cast(pl.Int64).sum() for c in STRINGS]
    return rows(pl.scan_parquet(f"{data}/lineitem.parquet").select(exprs))


QUERIES = importlib.import_module(f"polars_{REQUEST.suite}").WORKLOADS if REQUEST.suite in ("tpch", "h2o") else {}

main("polars", pl.__version__, {
    "dau": dau, "ndjson-all": ndjson_all, "ndjson-one": ndjson_one, "csv-all": csv_all, "csv-one": csv_one,
    "parquet-sum4": parquet_sum4, "parquet-all": parquet_all,
}, statements)
