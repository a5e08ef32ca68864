import pyspark
from harness import DATE_SPLIT, DATES, LINEITEM, NUMBERS, REQUEST, SINCE, STRINGS, SUM4, is_query, main
from pyspark.sql import SparkSession

# Starting the JVM counts as an import: it is in the time of the process and not in that of the query.
SPARK = (SparkSession.builder.master(f"local[{REQUEST.threads or '*'}]")
         .config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC")
         .config("spark.driver.memory", "4g").config("spark.sql.shuffle.partitions", "8").getOrCreate())
SPARK.sparkContext.setLogLevel("OFF")


def run(sql):
    return [tuple(row) for row in SPARK.sql(sql).collect()]


def statements(request):
    result = None
    for name, path in request.tables.items():
        SPARK.read.parquet(path).createOrReplaceTempView(name)
    for s in request.statements:
        if is_query(s) and request.discard:
            frame = SPARK.sql(s)
            frame.write.format("noop").mode("overwrite").save()
            result = [[frame.count()]]
        elif is_query(s):
            result = SPARK.sql(s).toArrow()
        else:
            SPARK.sql(s.replace("create view", "create temporary view", 1))
    return result


def logs(data, schema):
    SPARK.read.schema(schema).json(f"{data}/logs.ndjson").createOrReplaceTempView("logs")


def dau(data, _):
    logs(data, "timestamp STRING, user_id BIGINT")
    return run(f"""
        SELECT CAST(to_timestamp(l.timestamp) AS DATE) AS day, u.country, count(DISTINCT l.user_id) AS dau
        FROM logs l JOIN parquet.`{data}/users.parquet` u ON l.user_id = u.user_id
        WHERE l.timestamp >= '{SINCE}' GROUP BY 1, 2 ORDER BY 1, 2""")


def ndjson_all(data, _):
    logs(data, "timestamp STRING, user_id BIGINT, level STRING, event STRING, "
               "request STRUCT<method: STRING, path: STRING, status: BIGINT>, latency_ms DOUBLE, ip STRING, "
               "device STRUCT<os: STRING, tags: ARRAY<STRING>>, session_id STRING")
    return run("""
        SELECT count(*), substr(max(timestamp), 1, 10), sum(user_id), max(level), max(event), max(request.path),
               sum(request.status), sum(latency_ms), max(ip), max(device.os), sum(size(device.tags)), max(session_id)
        FROM logs""")


def ndjson_one(data, _):
    logs(data, "user_id BIGINT")
    return run("SELECT sum(user_id) FROM logs")


def lineitem_csv(data, select):
    SPARK.read.csv(f"{data}/lineitem.csv", header=True, inferSchema=True).createOrReplaceTempView("lineitem")
    return run(f"SELECT {select} FROM lineitem")


def csv_all(data, _):
    return lineitem_csv(data, ", ".join(f"min({c}), max({c})" for c in LINEITEM))


def csv_one(data, _):
    return lineitem_csv(data, "min(l_extendedprice), max(l_extendedprice)")


def lineitem_parquet(data, cols):
    return run(f"SELECT {', '.join(cols)} FROM parquet.`{data}/lineitem.parquet`")


def parquet_sum4(data, _):
    return lineitem_parquet(data, [f"sum({c})" for c in SUM4])


def parquet_all(data, _):
    cols = [f"sum({c})" for c in NUMBERS]
    cols += [f"count_if({c} < DATE '{DATE_SPLIT}')" for c in DATES]
    cols += [f"sum(length({c}))" for c in STRINGS]
    return lineitem_parquet(data, cols)


main("pyspark", pyspark.__version__, {
    "dau": dau, "ndjson-all": ndjson_all, "ndjson-one": ndjson_one, "csv-all": csv_all, "csv-one": csv_one,
    "parquet-sum4": parquet_sum4, "parquet-all": parquet_all,
}, statements)

# The JVM is waited for, so that its memory counts in this process's peak.
jvm = SPARK.sparkContext._gateway.proc
SPARK.stop()
jvm.stdin.close()
jvm.wait()
