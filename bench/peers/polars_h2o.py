"""The H2O questions whose SQL Polars lacks, or that need sums of 64 bits: Polars adds 32-bit columns in 32 bits."""

import polars as pl
from polars import col


def answer(lazy, columns):
    """One row: the count, then each column as "name" (the sum of numbers), "#name" (of lengths), or an expression."""
    out = [pl.len().alias("n")]
    for i, c in enumerate(columns):
        if isinstance(c, str):
            c = col(c[1:]).str.len_chars().cast(pl.Int64).sum() if c[0] == "#" else col(c).cast(pl.Int64).sum()
        out.append(c.alias(f"c{i}"))
    return lazy.select(out)


def g8(t):
    top = t.x.group_by("id6").agg(col("v3").top_k(2)).explode("v3")
    return answer(top, ["id6", col("v3").sum()])


def g9(t):
    return t.x.group_by("id2", "id4").agg(pl.corr("v1", "v2").pow(2).alias("r2"))


def g10(t):
    groups = t.x.group_by("id1", "id2", "id3", "id4", "id5", "id6").agg(col("v3").sum(), pl.len().alias("n"))
    return answer(groups, ["#id1", "#id2", "#id3", "id4", "id5", "id6", col("v3").sum(), "n", col("n").max()])


VALUES = [col("v1").sum(), col("v2").sum()]


def j1(t):
    return answer(t.x.join(t.small, on="id1"), ["id1", "id2", "id3", "#id6", "#id4_right", *VALUES])


def j2(t):
    return answer(t.x.join(t.medium, on="id2"), ["id1", "id2", "id3", "#id6", "id1_right", "#id5_right", *VALUES])


def j3(t):
    return answer(t.x.join(t.medium, on="id2", how="left"),
                  [col("v2").count(), "id1", "id2", "id3", "#id6", "id1_right", "#id5_right", *VALUES])


def j4(t):
    return answer(t.x.join(t.medium, on="id5"), ["id1", "id2", "id3", "#id6", "id1_right", "id2_right", *VALUES])


def j5(t):
    return answer(t.x.join(t.big, on="id3"), ["id1", "id2", "id3", "#id6", "id1_right", "id2_right", "#id4_right", "#id5_right", *VALUES])


WORKLOADS = {f.__name__: f for f in (g8, g9, g10, j1, j2, j3, j4, j5)}
