"""What every peer's script shares: run one workload once, print one line of JSON.

The runner calls `run_<engine>.py REQUEST` in a process of its own. REQUEST is JSON: the workload's suite and name, the
data directory, the threads and the bytes of memory (0 means the engine's default), and for workloads that are one SQL text
for all engines the tables as paths by name, the statements, and whether the rows are only to be fetched and counted.
`seconds` is the time from the start of the query to its last result row, without imports.
"""

import json
import sys
import time
from decimal import Decimal
from types import SimpleNamespace

REQUEST = SimpleNamespace(**json.loads(sys.argv[1]))

SINCE = "2026-01-02"

# The columns of TPC-H lineitem by what a scan of all of them computes.
NUMBERS = ["l_orderkey", "l_partkey", "l_suppkey", "l_linenumber", "l_quantity", "l_extendedprice", "l_discount", "l_tax"]
DATES = ["l_shipdate", "l_commitdate", "l_receiptdate"]
STRINGS = ["l_returnflag", "l_linestatus", "l_shipinstruct", "l_shipmode", "l_comment"]
LINEITEM = NUMBERS + ["l_returnflag", "l_linestatus"] + DATES + ["l_shipinstruct", "l_shipmode", "l_comment"]
SUM4 = ["l_quantity", "l_extendedprice", "l_discount", "l_tax"]
DATE_SPLIT = "1995-06-17"


def text(value):
    """The value as the runner compares it: numbers, dates and strings by their usual spelling."""
    if hasattr(value, "as_py"):
        value = value.as_py()
    return "" if value is None else str(value)


def rows_of(result):
    """The rows of what an engine returns: a list of rows, a Polars frame, an Arrow table or its batches."""
    if hasattr(result, "rows"):
        return result.rows()
    if hasattr(result, "columns"):
        return list(zip(*[c.to_pylist() for c in result.columns]))
    return [row for part in result for row in (rows_of(part) if hasattr(part, "columns") else [part])]


def kind(rows, column):
    """How the values of a column are to be compared: exactly as int or decimal, as float, or as text."""
    for row in rows:
        value = row[column]
        if hasattr(value, "as_py"):
            value = value.as_py()
        if value is None:
            continue
        if isinstance(value, bool):
            return "text"
        for name, types in (("int", int), ("decimal", Decimal), ("float", float)):
            if isinstance(value, types):
                return name
        return "int" if type(value).__name__.startswith(("int", "uint")) else "text"
    return ""


def is_query(statement):
    return statement.lstrip().lower().startswith(("select", "with", "from"))


def main(engine, version, workloads, sql=None):
    """Runs the workload by its own function of (data, threads), or its statements by sql(request)."""
    name = REQUEST.workload
    if name in workloads:
        def run():
            return workloads[name](REQUEST.data, REQUEST.threads)
    elif REQUEST.statements and sql:
        def run():
            return sql(REQUEST)
    else:
        sys.exit(f"{engine} has no workload {name}")
    start = time.perf_counter()
    result = run()
    seconds = time.perf_counter() - start
    rows = [list(r) for r in rows_of(result)]
    kinds = [kind(rows, i) for i in range(len(rows[0]))] if rows else []
    print(json.dumps({"engine": engine, "version": version, "seconds": seconds, "kinds": kinds,
                      "result": [[text(v) for v in row] for row in rows]}))
