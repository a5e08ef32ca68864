-- j1: a small table, by a number
SELECT count(*) AS n, sum(id1) AS id1, sum(id2) AS id2, sum(id3) AS id3, sum(length(id6)) AS id6, sum(length(small_id4)) AS id4,
       sum(v1) AS v1, sum(v2) AS v2
FROM (SELECT x.id1, x.id2, x.id3, x.id6, small.id4 AS small_id4, x.v1, small.v2 FROM x JOIN small ON x.id1 = small.id1) AS t;

-- j2: a medium table, by a number
SELECT count(*) AS n, sum(id1) AS id1, sum(id2) AS id2, sum(id3) AS id3, sum(length(id6)) AS id6, sum(medium_id1) AS other,
       sum(length(medium_id5)) AS id5, sum(v1) AS v1, sum(v2) AS v2
FROM (SELECT x.id1, x.id2, x.id3, x.id6, medium.id1 AS medium_id1, medium.id5 AS medium_id5, x.v1, medium.v2
      FROM x JOIN medium ON x.id2 = medium.id2) AS t;

-- j3: a medium table, by a number, keeping what has no match
SELECT count(*) AS n, count(v2) AS matched, sum(id1) AS id1, sum(id2) AS id2, sum(id3) AS id3, sum(length(id6)) AS id6,
       sum(medium_id1) AS other, sum(length(medium_id5)) AS id5, sum(v1) AS v1, sum(v2) AS v2
FROM (SELECT x.id1, x.id2, x.id3, x.id6, medium.id1 AS medium_id1, medium.id5 AS medium_id5, x.v1, medium.v2
      FROM x LEFT JOIN medium ON x.id2 = medium.id2) AS t;

-- j4: a medium table, by a string
SELECT count(*) AS n, sum(id1) AS id1, sum(id2) AS id2, sum(id3) AS id3, sum(length(id6)) AS id6, sum(medium_id1) AS other,
       sum(medium_id2) AS more, sum(v1) AS v1, sum(v2) AS v2
FROM (SELECT x.id1, x.id2, x.id3, x.id6, medium.id1 AS medium_id1, medium.id2 AS medium_id2, x.v1, medium.v2
      FROM x JOIN medium ON x.id5 = medium.id5) AS t;

-- j5: a table of the same size, by a number
SELECT count(*) AS n, sum(id1) AS id1, sum(id2) AS id2, sum(id3) AS id3, sum(length(id6)) AS id6, sum(big_id1) AS other, sum(big_id2) AS more,
       sum(length(big_id4)) AS id4, sum(length(big_id5)) AS id5, sum(v1) AS v1, sum(v2) AS v2
FROM (SELECT x.id1, x.id2, x.id3, x.id6, big.id1 AS big_id1, big.id2 AS big_id2, big.id4 AS big_id4, big.id5 AS big_id5, x.v1, big.v2
      FROM x JOIN big ON x.id3 = big.id3) AS t;
