-- c1: all rows
SELECT count(*) AS n FROM hits;

-- c2: rows with an advertisement
SELECT count(*) AS n FROM hits WHERE adv_engine_id <> 0;

-- c3: sum, count and mean of narrow columns
SELECT sum(adv_engine_id) AS ads, count(*) AS n, avg(resolution_width) AS width FROM hits;

-- c4: mean of a 64-bit column
SELECT avg(user_id) AS mean FROM hits;

-- c5: distinct users
SELECT count(DISTINCT user_id) AS users FROM hits;

-- c6: distinct phrases
SELECT count(DISTINCT search_phrase) AS phrases FROM hits;

-- c7: first and last day
SELECT min(event_date) AS first_day, max(event_date) AS last_day FROM hits;

-- c8: few groups after a sparse filter
SELECT adv_engine_id, count(*) AS n FROM hits WHERE adv_engine_id <> 0 GROUP BY adv_engine_id ORDER BY n DESC, adv_engine_id;

-- c9: distinct users of each region
SELECT region_id, count(DISTINCT user_id) AS users FROM hits GROUP BY region_id ORDER BY users DESC, region_id LIMIT 10;

-- c10: four aggregates of each region, one of them distinct
SELECT region_id, sum(adv_engine_id) AS ads, count(*) AS n, avg(resolution_width) AS width, count(DISTINCT user_id) AS users
FROM hits GROUP BY region_id ORDER BY n DESC, region_id LIMIT 10;

-- c11: distinct users of each phone model
SELECT mobile_phone_model, count(DISTINCT user_id) AS users FROM hits WHERE mobile_phone_model <> ''
GROUP BY mobile_phone_model ORDER BY users DESC, mobile_phone_model LIMIT 10;

-- c12: distinct users of each phone and model
SELECT mobile_phone, mobile_phone_model, count(DISTINCT user_id) AS users FROM hits WHERE mobile_phone_model <> ''
GROUP BY mobile_phone, mobile_phone_model ORDER BY users DESC, mobile_phone, mobile_phone_model LIMIT 10;

-- c13: the most frequent phrases
SELECT search_phrase, count(*) AS n FROM hits WHERE search_phrase <> '' GROUP BY search_phrase ORDER BY n DESC, search_phrase LIMIT 10;

-- c14: the phrases of most users
SELECT search_phrase, count(DISTINCT user_id) AS users FROM hits WHERE search_phrase <> ''
GROUP BY search_phrase ORDER BY users DESC, search_phrase LIMIT 10;

-- c15: the most frequent phrases of each engine
SELECT search_engine_id, search_phrase, count(*) AS n FROM hits WHERE search_phrase <> ''
GROUP BY search_engine_id, search_phrase ORDER BY n DESC, search_engine_id, search_phrase LIMIT 10;

-- c16: the busiest users
SELECT user_id, count(*) AS n FROM hits GROUP BY user_id ORDER BY n DESC, user_id LIMIT 10;

-- c17: the busiest users with their phrases
SELECT user_id, search_phrase, count(*) AS n FROM hits GROUP BY user_id, search_phrase ORDER BY n DESC, user_id, search_phrase LIMIT 10;

-- c18 (count only): any ten users with their phrases
SELECT user_id, search_phrase, count(*) AS n FROM hits GROUP BY user_id, search_phrase LIMIT 10;

-- c19: the busiest users by minute of the hour and phrase
SELECT user_id, extract(minute FROM event_time) AS m, search_phrase, count(*) AS n FROM hits
GROUP BY user_id, extract(minute FROM event_time), search_phrase ORDER BY n DESC, user_id, m, search_phrase LIMIT 10;

-- c20 (unordered): one user
SELECT user_id FROM hits WHERE user_id = 4350900900900;

-- c21: rows whose address contains a word
SELECT count(*) AS n FROM hits WHERE url LIKE '%google%';

-- c22: phrases that led to such an address
SELECT search_phrase, min(url) AS url, count(*) AS n FROM hits WHERE url LIKE '%google%' AND search_phrase <> ''
GROUP BY search_phrase ORDER BY n DESC, search_phrase LIMIT 10;

-- c23: phrases that led to such a title elsewhere
SELECT search_phrase, min(url) AS url, min(title) AS title, count(*) AS n, count(DISTINCT user_id) AS users FROM hits
WHERE title LIKE '%Google%' AND url NOT LIKE '%.google.%' AND search_phrase <> ''
GROUP BY search_phrase ORDER BY n DESC, search_phrase LIMIT 10;

-- c24: all columns of the first rows with such an address
SELECT * FROM hits WHERE url LIKE '%google%' ORDER BY event_time, watch_id LIMIT 10;

-- c25: the first phrases in time
SELECT search_phrase FROM hits WHERE search_phrase <> '' ORDER BY event_time, watch_id LIMIT 10;

-- c26: the first phrases in the alphabet
SELECT search_phrase FROM hits WHERE search_phrase <> '' ORDER BY search_phrase LIMIT 10;

-- c27: the first phrases in time, then in the alphabet
SELECT search_phrase FROM hits WHERE search_phrase <> '' ORDER BY event_time, search_phrase LIMIT 10;

-- c28: counters with long addresses
SELECT counter_id, avg(length(url)) AS size, count(*) AS n FROM hits WHERE url <> ''
GROUP BY counter_id HAVING count(*) > 10000 ORDER BY size DESC, counter_id LIMIT 25;

-- c29: referring sites, cut out of addresses
SELECT regexp_replace(referer, '^https?://(?:www\.)?([^/]+)/.*$', '\1') AS site, avg(length(referer)) AS size, count(*) AS n, min(referer) AS sample
FROM hits WHERE referer <> '' GROUP BY regexp_replace(referer, '^https?://(?:www\.)?([^/]+)/.*$', '\1')
HAVING count(*) > 10000 ORDER BY size DESC, site LIMIT 25;

-- c30: ninety sums of one column
SELECT sum(resolution_width + 0) AS s0, sum(resolution_width + 1) AS s1, sum(resolution_width + 2) AS s2, sum(resolution_width + 3) AS s3,
       sum(resolution_width + 4) AS s4, sum(resolution_width + 5) AS s5, sum(resolution_width + 6) AS s6, sum(resolution_width + 7) AS s7,
       sum(resolution_width + 8) AS s8, sum(resolution_width + 9) AS s9, sum(resolution_width + 10) AS s10, sum(resolution_width + 11) AS s11,
       sum(resolution_width + 12) AS s12, sum(resolution_width + 13) AS s13, sum(resolution_width + 14) AS s14, sum(resolution_width + 15) AS s15,
       sum(resolution_width + 16) AS s16, sum(resolution_width + 17) AS s17, sum(resolution_width + 18) AS s18, sum(resolution_width + 19) AS s19,
       sum(resolution_width + 20) AS s20, sum(resolution_width + 21) AS s21, sum(resolution_width + 22) AS s22, sum(resolution_width + 23) AS s23,
       sum(resolution_width + 24) AS s24, sum(resolution_width + 25) AS s25, sum(resolution_width + 26) AS s26, sum(resolution_width + 27) AS s27,
       sum(resolution_width + 28) AS s28, sum(resolution_width + 29) AS s29, sum(resolution_width + 30) AS s30, sum(resolution_width + 31) AS s31,
       sum(resolution_width + 32) AS s32, sum(resolution_width + 33) AS s33, sum(resolution_width + 34) AS s34, sum(resolution_width + 35) AS s35,
       sum(resolution_width + 36) AS s36, sum(resolution_width + 37) AS s37, sum(resolution_width + 38) AS s38, sum(resolution_width + 39) AS s39,
       sum(resolution_width + 40) AS s40, sum(resolution_width + 41) AS s41, sum(resolution_width + 42) AS s42, sum(resolution_width + 43) AS s43,
       sum(resolution_width + 44) AS s44, sum(resolution_width + 45) AS s45, sum(resolution_width + 46) AS s46, sum(resolution_width + 47) AS s47,
       sum(resolution_width + 48) AS s48, sum(resolution_width + 49) AS s49, sum(resolution_width + 50) AS s50, sum(resolution_width + 51) AS s51,
       sum(resolution_width + 52) AS s52, sum(resolution_width + 53) AS s53, sum(resolution_width + 54) AS s54, sum(resolution_width + 55) AS s55,
       sum(resolution_width + 56) AS s56, sum(resolution_width + 57) AS s57, sum(resolution_width + 58) AS s58, sum(resolution_width + 59) AS s59,
       sum(resolution_width + 60) AS s60, sum(resolution_width + 61) AS s61, sum(resolution_width + 62) AS s62, sum(resolution_width + 63) AS s63,
       sum(resolution_width + 64) AS s64, sum(resolution_width + 65) AS s65, sum(resolution_width + 66) AS s66, sum(resolution_width + 67) AS s67,
       sum(resolution_width + 68) AS s68, sum(resolution_width + 69) AS s69, sum(resolution_width + 70) AS s70, sum(resolution_width + 71) AS s71,
       sum(resolution_width + 72) AS s72, sum(resolution_width + 73) AS s73, sum(resolution_width + 74) AS s74, sum(resolution_width + 75) AS s75,
       sum(resolution_width + 76) AS s76, sum(resolution_width + 77) AS s77, sum(resolution_width + 78) AS s78, sum(resolution_width + 79) AS s79,
       sum(resolution_width + 80) AS s80, sum(resolution_width + 81) AS s81, sum(resolution_width + 82) AS s82, sum(resolution_width + 83) AS s83,
       sum(resolution_width + 84) AS s84, sum(resolution_width + 85) AS s85, sum(resolution_width + 86) AS s86, sum(resolution_width + 87) AS s87,
       sum(resolution_width + 88) AS s88, sum(resolution_width + 89) AS s89 FROM hits;

-- c31: clients by engine
SELECT search_engine_id, client_ip, count(*) AS n, sum(is_refresh) AS refreshes, avg(resolution_width) AS width FROM hits
WHERE search_phrase <> '' GROUP BY search_engine_id, client_ip ORDER BY n DESC, search_engine_id, client_ip LIMIT 10;

-- c32: groups of about one row, filtered
SELECT watch_id, client_ip, count(*) AS n, sum(is_refresh) AS refreshes, avg(resolution_width) AS width FROM hits
WHERE search_phrase <> '' GROUP BY watch_id, client_ip ORDER BY n DESC, watch_id, client_ip LIMIT 10;

-- c33: groups of about one row
SELECT watch_id, client_ip, count(*) AS n, sum(is_refresh) AS refreshes, avg(resolution_width) AS width FROM hits
GROUP BY watch_id, client_ip ORDER BY n DESC, watch_id, client_ip LIMIT 10;

-- c34: the most frequent addresses
SELECT url, count(*) AS n FROM hits GROUP BY url ORDER BY n DESC, url LIMIT 10;

-- c35: the most frequent addresses beside a constant
SELECT 1 AS one, url, count(*) AS n FROM hits GROUP BY one, url ORDER BY n DESC, url LIMIT 10;

-- c36: keys computed from one column
SELECT client_ip, client_ip - 1 AS ip1, client_ip - 2 AS ip2, client_ip - 3 AS ip3, count(*) AS n FROM hits
GROUP BY client_ip, client_ip - 1, client_ip - 2, client_ip - 3 ORDER BY n DESC, client_ip LIMIT 10;

-- c37: addresses that a counter showed in a month
SELECT url, count(*) AS views FROM hits
WHERE counter_id = 62 AND event_date >= DATE '2013-07-01' AND event_date <= DATE '2013-07-31' AND dont_count_hits = 0 AND is_refresh = 0 AND url <> ''
GROUP BY url ORDER BY views DESC, url LIMIT 10;

-- c38: titles that a counter showed in a month
SELECT title, count(*) AS views FROM hits
WHERE counter_id = 62 AND event_date >= DATE '2013-07-01' AND event_date <= DATE '2013-07-31' AND dont_count_hits = 0 AND is_refresh = 0 AND title <> ''
GROUP BY title ORDER BY views DESC, title LIMIT 10;

-- c39: links that a counter showed, a page far down
SELECT url, count(*) AS views FROM hits
WHERE counter_id = 62 AND event_date >= DATE '2013-07-01' AND event_date <= DATE '2013-07-31' AND is_refresh = 0 AND is_link <> 0 AND is_download = 0
GROUP BY url ORDER BY views DESC, url LIMIT 10 OFFSET 100;

-- c40: where a counter's visitors came from
SELECT traffic_source_id, search_engine_id, adv_engine_id,
       CASE WHEN search_engine_id = 0 AND adv_engine_id = 0 THEN referer ELSE '' END AS src, url AS dst, count(*) AS views
FROM hits WHERE counter_id = 62 AND event_date >= DATE '2013-07-01' AND event_date <= DATE '2013-07-31' AND is_refresh = 0
GROUP BY traffic_source_id, search_engine_id, adv_engine_id, CASE WHEN search_engine_id = 0 AND adv_engine_id = 0 THEN referer ELSE '' END, url
ORDER BY views DESC, traffic_source_id, search_engine_id, adv_engine_id, src, dst LIMIT 10 OFFSET 1000;

-- c41: days of an address that was reached from one place
SELECT url_hash, event_date, count(*) AS views FROM hits
WHERE counter_id = 62 AND event_date >= DATE '2013-07-01' AND event_date <= DATE '2013-07-31' AND is_refresh = 0
  AND traffic_source_id IN (-1, 6) AND referer_hash = 3594120000172545465
GROUP BY url_hash, event_date ORDER BY views DESC, url_hash, event_date LIMIT 10 OFFSET 100;

-- c42: window sizes on one address
SELECT window_client_width, window_client_height, count(*) AS views FROM hits
WHERE counter_id = 62 AND event_date >= DATE '2013-07-01' AND event_date <= DATE '2013-07-31' AND is_refresh = 0 AND dont_count_hits = 0
  AND url_hash = 2868770270353813622
GROUP BY window_client_width, window_client_height ORDER BY views DESC, window_client_width, window_client_height LIMIT 10 OFFSET 100;

-- c43: views of a counter by minute
SELECT date_trunc('minute', event_time) AS minute, count(*) AS views FROM hits
WHERE counter_id = 62 AND event_date >= DATE '2013-07-14' AND event_date <= DATE '2013-07-15' AND is_refresh = 0 AND dont_count_hits = 0
GROUP BY date_trunc('minute', event_time) ORDER BY minute LIMIT 10 OFFSET 1000;
