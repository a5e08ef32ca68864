-- g1: sum by a string of few values
SELECT id1, sum(v1) AS v1 FROM x GROUP BY id1;

-- g2: sum by two strings of few values
SELECT id1, id2, sum(v1) AS v1 FROM x GROUP BY id1, id2;

-- g3: sum and mean by a string of many values
SELECT count(*) AS n, sum(length(id3)) AS id3, sum(v1) AS v1, sum(v3) AS v3, max(v3) AS most
FROM (SELECT id3, sum(v1) AS v1, avg(v3) AS v3 FROM x GROUP BY id3) AS t;

-- g4: means of three columns by a number of few values
SELECT id4, avg(v1) AS v1, avg(v2) AS v2, avg(v3) AS v3 FROM x GROUP BY id4;

-- g5: sums of three columns by a number of many values
SELECT count(*) AS n, sum(id6) AS id6, sum(v1) AS v1, sum(v2) AS v2, sum(v3) AS v3, max(v1) AS most
FROM (SELECT id6, sum(v1) AS v1, sum(v2) AS v2, sum(v3) AS v3 FROM x GROUP BY id6) AS t;

-- g6: median and standard deviation by two numbers
SELECT id4, id5, median(v3) AS middle, stddev(v3) AS spread FROM x GROUP BY id4, id5;

-- g7: difference of extremes by a string of many values
SELECT count(*) AS n, sum(length(id3)) AS id3, sum(span) AS span
FROM (SELECT id3, max(v1) - min(v2) AS span FROM x GROUP BY id3) AS t;

-- g8: the two largest of each of many groups
SELECT count(*) AS n, sum(id6) AS id6, sum(v3) AS v3
FROM (SELECT id6, v3 FROM (SELECT id6, v3, row_number() OVER (PARTITION BY id6 ORDER BY v3 DESC) AS place FROM x) AS r WHERE place <= 2) AS t;

-- g9: regression by a string and a number
SELECT id2, id4, power(corr(v1, v2), 2) AS r2 FROM x GROUP BY id2, id4;

-- g10: sum and count by six columns, nearly a group for each row
SELECT count(*) AS group_count, sum(length(id1)) AS id1, sum(length(id2)) AS id2, sum(length(id3)) AS id3, sum(id4) AS id4, sum(id5) AS id5,
       sum(id6) AS id6, sum(v3) AS v3, sum(n) AS total, max(n) AS most
FROM (SELECT id1, id2, id3, id4, id5, id6, sum(v3) AS v3, count(*) AS n FROM x GROUP BY id1, id2, id3, id4, id5, id6) AS t;
