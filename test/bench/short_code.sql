-- Short codes against the cheapest thing that text can be made of a number: a million of
-- each from a column, in one process. That the codes of the first row are right shows in
-- the second, where they give back the ids.

-- setup: postgres
SET max_parallel_workers_per_gather = 0;
CREATE UNLOGGED TABLE ids AS SELECT i AS id FROM generate_series(1::bigint, 1000000) i;
CREATE UNLOGGED TABLE digits AS SELECT id::text AS digits FROM ids;
CREATE UNLOGGED TABLE codes AS SELECT short_code_encode(id) AS code FROM ids;
CREATE UNLOGGED TABLE keyed_codes AS SELECT short_code_encode(id, 20260101) AS code FROM ids;
CREATE UNLOGGED TABLE base62_codes AS SELECT short_code_encode(id, alphabet => 'base62') AS code FROM ids;
VACUUM ANALYZE ids, digits, codes, keyed_codes, base62_codes;

-- row: 1 M ids to text
-- ours: short_code_encode(id)
SELECT count(short_code_encode(id)) FROM ids;
-- ours: short_code_encode(id, key)
SELECT count(short_code_encode(id, 20260101)) FROM ids;
-- ours: short_code_encode(id, alphabet => 'base62')
SELECT count(short_code_encode(id, alphabet => 'base62')) FROM ids;
-- postgres: id::text
-- target: 1.5
SELECT count(id::text) FROM ids;
-- postgres: floor, count(id)
SELECT count(id) FROM ids;

-- row: 1 M texts to ids
-- ours: short_code_decode(code)
SELECT sum(short_code_decode(code)) FROM codes;
-- ours: short_code_decode(code, key)
SELECT sum(short_code_decode(code, 20260101)) FROM keyed_codes;
-- ours: short_code_decode(code, alphabet => 'base62')
SELECT sum(short_code_decode(code, alphabet => 'base62')) FROM base62_codes;
-- postgres: digits::bigint
-- target: 1.5
SELECT sum(digits::bigint) FROM digits;
-- postgres: floor, sum(id)
SELECT sum(id) FROM ids;
