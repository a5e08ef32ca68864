"""What every peer's script shares: run one named workload once, print one line of JSON.

The runner calls `run_<engine>.py WORKLOAD DATA_DIR THREADS` in a process of its own; THREADS 0 means the engine's
default. `seconds` is the time from the start of the query to its last result row, without imports.
"""

import json
import sys
import time

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


def main(engine, version, workloads):
    name, data, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if name not in workloads:
        sys.exit(f"{engine} has no workload {name}")
    start = time.perf_counter()
    rows = [list(r) for r in workloads[name](data, threads)]
    seconds = time.perf_counter() - start
    result = [[text(v) for v in row] for row in rows]
    print(json.dumps({"engine": engine, "version": version, "seconds": seconds, "rows": len(result), "result": result}))
