--
-- attribution_weights: what each touch of a path is worth
--
\set VERBOSITY terse
SET search_path = clicktrack, public;
SET timezone = 'UTC';
SET extra_float_digits = 0;

-- weights as decimals, and their sum
CREATE FUNCTION decimals(weights float8[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(string_agg(round(w::numeric, 4)::text, ' ' ORDER BY n), '') || ' = ' || round(sum(w)::numeric, 9)
	FROM unnest(weights) WITH ORDINALITY AS u(w, n)
$$;
-- so many touches, an hour between two
CREATE FUNCTION hourly(touches integer) RETURNS timestamptz[] LANGUAGE sql STABLE AS $$
	SELECT coalesce(array_agg(timestamptz '2026-03-01' + n * interval '1 hour' ORDER BY n), '{}') FROM generate_series(1, touches) AS n
$$;

-- every model, of one to six touches
SELECT model, touches, decimals(attribution_weights(model, hourly(touches), '2026-03-02'))
FROM unnest('{first_touch,last_touch,last_non_direct,linear,position_based,j_shaped,inverse_j,participation,custom}'::text[]) WITH ORDINALITY AS m(model, n),
	unnest('{1,2,3,6}'::integer[]) AS touches
ORDER BY n, touches;

-- time decay, a half-life of 7 days, 9, 6, 0 and 0 days before: of 50, 6.92, 9.32, 16.88 and 16.88
SELECT round(50 * w::numeric, 2) AS share
FROM unnest(attribution_weights('time_decay', ARRAY['2026-03-01', '2026-03-04', '2026-03-10', '2026-03-10']::timestamptz[], '2026-03-10')) AS w;
-- the age counts from the last touch, so the time of the conversion does not matter
SELECT DISTINCT decimals(attribution_weights('time_decay', ARRAY['2026-03-01', '2026-03-08']::timestamptz[], converted_at))
FROM unnest(ARRAY['2026-03-08', '2027-01-01', 'infinity']::timestamptz[]) AS converted_at;
SELECT attribution_weights('time_decay', ARRAY['2026-03-01', '2026-03-02']::timestamptz[], '2026-03-03', half_life) AS weights
FROM unnest(ARRAY['1 microsecond', '12 hours', '1 day', '106751991 days']::interval[]) AS half_life;
-- what is very old is worth next to nothing, but something
SELECT bool_and(w > 0) AS each_something, round(sum(w)::numeric, 9) AS total
FROM unnest(attribution_weights('time_decay', ARRAY['-infinity', '2020-01-01', '2026-03-01']::timestamptz[], 'infinity')) AS w;
SELECT attribution_weights('time_decay', ARRAY['-infinity', 'infinity', 'infinity']::timestamptz[], 'infinity');

-- touches in any order; those of one time as they stand
SELECT attribution_weights('custom', ARRAY['2026-03-03', '2026-03-01', '2026-03-03', '2026-03-02']::timestamptz[], '2026-03-03', position_weights => '{0.1,0.2,0,0.3,0.4}');

-- position weights: three or not, short paths, a middle of nothing, places of nothing
SELECT touches, decimals(attribution_weights(model, hourly(touches), '2026-03-02', position_weights => weights)) AS weights, model, weights AS position_weights
FROM (VALUES
	('position_based', '{0.3,0.3,0.4}'::float8[]), ('position_based', '{1}'), ('position_based', '{0.1,0.2,0.4,0.2,0.1}'),
	('custom', '{1}'), ('custom', '{0.1,0.2,0.4,0.2,0.1}'), ('custom', '{0,0,1,0,0}'), ('custom', '{0.5,0,0.5}'), ('custom', '{0,0.5,0.5}'),
	('custom', '{1e-9,1,1}')) AS c(model, weights),
	generate_series(1, 7) AS touches
WHERE touches IN (1, 2, 4, 7)
ORDER BY model DESC, c.weights, touches;
SELECT array_length(attribution_weights('custom', hourly(100), '2026-04-01', position_weights => array_fill(0.5::float8, '{31}')), 1);

-- none
SELECT attribution_weights('linear', '{}', now());
SELECT attribution_weights('linear', NULL, now()), attribution_weights('linear', hourly(1), NULL);

-- errors
SELECT attribution_weights('time_machine', hourly(1), '2026-03-02');
SELECT attribution_weights('Linear', '{}', '2026-03-02');
SELECT attribution_weights(NULL, hourly(1), '2026-03-02');
SELECT attribution_weights('linear', '{NULL}', '2026-03-02');
SELECT attribution_weights('linear', hourly(2), '2026-03-01 01:59:59.999999');
SELECT attribution_weights('linear', hourly(2), '2026-03-02', half_life => '0');
SELECT attribution_weights('linear', hourly(2), '2026-03-02', half_life => '-1 hour');
SELECT attribution_weights('linear', hourly(2), '2026-03-02', half_life => '1 month');
SELECT attribution_weights('linear', hourly(2), '2026-03-02', half_life => NULL);
SELECT attribution_weights('linear', hourly(2), '2026-03-02', position_weights => NULL);
SELECT attribution_weights('linear', hourly(2), '2026-03-02', position_weights => '{}');
SELECT attribution_weights('linear', hourly(2), '2026-03-02', position_weights => '{0.5,0.5}');
SELECT attribution_weights('linear', hourly(2), '2026-03-02', position_weights => '{0.5,NULL,0.5}');
SELECT attribution_weights('linear', hourly(2), '2026-03-02', position_weights => '{0.5,1.1,0.5}');
SELECT attribution_weights('linear', hourly(2), '2026-03-02', position_weights => '{0.5,-0.1,0.5}');
SELECT attribution_weights('linear', hourly(2), '2026-03-02', position_weights => '{0.5,NaN,0.5}');
SELECT attribution_weights('linear', hourly(2), '2026-03-02', position_weights => '{0,0,0}');
SELECT attribution_weights('linear', hourly(2), '2026-03-02', position_weights => array_fill(0.5::float8, '{33}'));
