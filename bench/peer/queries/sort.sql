-- one-key: by a random 64-bit number
SELECT a, b, c FROM items ORDER BY b;

-- two-keys: by a number of a million values, falling, then by a float
SELECT a, b, c FROM items ORDER BY a DESC, c;
