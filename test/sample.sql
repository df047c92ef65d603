-- Included by what tests aggregates: a table of random rows with something for every argument.
-- The variables seeds and rows say how many seeds there are and how many rows each has at most.
-- A seed chooses how many those are, how many visitors they have, how many of them are unknown,
-- how close in time the clicks are and what the amounts look like.
CREATE TABLE sample (
	id integer GENERATED ALWAYS AS IDENTITY,
	seed integer, grp integer,
	-- where a row is kept: with its visitor if the seed is even, else anywhere
	shard integer,
	visitor bigint, event click_event, revenue numeric, at timestamptz, steps boolean[],
	-- a label a digit, and NULL for a minus sign
	path text[]
);

CREATE FUNCTION fill(seed integer, most integer) RETURNS void
	LANGUAGE plpgsql AS $$
DECLARE
	extreme constant bigint[] := '{0,-1,1,9223372036854775807,-9223372036854775808,-7607213358146402862,-3487469807577879104}';
	amounts constant numeric[] := '{NULL,0,0.000,1.50,-1.50,0.00001,1e12,999999999999.9999,-999999999999.9999,1e30,7}';
	visitors integer;
	seconds integer;
	unknown float8;
	money boolean;
BEGIN
	PERFORM setseed(seed / 101.0);
	visitors := 10 ^ (random() * 4.5);
	seconds := 10 ^ (random() * 5);
	unknown := greatest(0, random() - 0.5);
	money := random() < 0.5;
	INSERT INTO sample (seed, grp, shard, visitor, event, revenue, at, steps, path)
	SELECT fill.seed, grp, CASE WHEN seed % 2 = 0 THEN visitor % 8 ELSE floor(random() * 8) END, visitor,
		CASE WHEN random() < 0.95 THEN click_event(at, (random() * 20)::bigint, visitor,
			bot_reasons => CASE WHEN random() < 0.1 THEN '{manual}'::text[] END) END,
		CASE WHEN random() < 0.3 THEN NULL
			WHEN money THEN round((random() * 500 - 50)::numeric, 2)
			ELSE amounts[1 + floor(random() * cardinality(amounts))::integer] END,
		at, ARRAY[random() < 0.6, random() < 0.4, CASE WHEN random() < 0.95 THEN random() < 0.3 END],
		string_to_array(left(visitor::text, 4), NULL, '-')
	FROM (
		SELECT floor(random() * random() * 8)::integer AS grp,
			CASE WHEN random() < 0.99 THEN '2026-03-01'::timestamptz + floor(random() * seconds) * interval '1 second'
				WHEN random() < 0.5 THEN '-infinity' ELSE 'infinity' END AS at,
			CASE WHEN random() < unknown THEN NULL
				WHEN random() < 0.1 THEN extreme[1 + floor(random() * cardinality(extreme))::integer]
				ELSE (random() * visitors)::bigint * 1000003 END AS visitor
		FROM generate_series(1, 1 + (most * random() ^ 3)::integer) AS i
		OFFSET 0
	) AS r;
END
$$;
SELECT count(fill(seed, :rows)) > 0 AS filled FROM generate_series(1, :seeds) AS seed \gset
ANALYZE sample;
