--
-- Statistics: numbers that others published, and the edges
--
SET search_path = clicktrack, public;

CREATE FUNCTION pg_temp.error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ': ' || SQLERRM || ' ' || hint;
END
$$;
-- a number as the sources print it
CREATE FUNCTION pg_temp.rounded(x float8, digits integer) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN round(x::numeric, digits);

-- ---- rate ----

SELECT rate(1, 4), rate(1, 0) IS NULL AS zero, rate(0, 0.00) IS NULL AS zeros, rate(NULL, 1) IS NULL AS no_numerator,
	rate(1, NULL) IS NULL AS no_denominator, rate(-3, 2), rate(0, 5), rate('NaN', 1), rate(1, 'Infinity');

-- ---- wilson_interval ----

-- Newcombe, "Two-sided Confidence Intervals for the Single Proportion", 1998, table I, method 3
SELECT hits || '/' || n AS example, pg_temp.rounded(rate, 4) AS rate, pg_temp.rounded(w.lower, 4) AS lower, pg_temp.rounded(w.upper, 4) AS upper,
	(pg_temp.rounded(w.lower, 4), pg_temp.rounded(w.upper, 4)) = (v.lower, v.upper) AS as_published
FROM (VALUES (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)) AS v(hits, n, lower, upper),
	wilson_interval(n, hits) AS w;

-- The normal quantile, which no function shows, is in the interval of 0 hits: z^2 / (n + z^2).
-- Wichura (AS 241, 1988) gives z of 0.25 and 0.001, any table the others.
SELECT confidence, abs(sqrt(1000 * upper / (1 - upper)) / z - 1) < 1e-13 AS same
FROM (VALUES (0.5, 0.6744897501960817), (0.8, 1.2815515655446004), (0.9, 1.6448536269514722), (0.95, 1.9599639845400545), (0.99, 2.5758293035489004),
	(0.998, 3.090232306167813), (0.999, 3.2905267314918945)) AS v(confidence, z),
	wilson_interval(1000, 0, confidence);
-- limits are a rate's: 0 and 1 exactly, and lower <= rate <= upper however little or much is known
SELECT hits, n, (wilson_interval(n, hits)).rate, (wilson_interval(n, hits)).lower = 0 AS from_0, (wilson_interval(n, hits)).upper = 1 AS to_1
FROM (VALUES (0, 1), (1, 1), (0, 9223372036854775807), (9223372036854775807, 9223372036854775807), (1, 2)) AS v(hits, n);
SELECT count(*) AS intervals, bool_and(0 <= lower AND lower <= rate AND rate <= upper AND upper <= 1) AS ordered
FROM unnest('{1,2,10,1000000,9223372036854775807}'::bigint[]) AS n, LATERAL (SELECT DISTINCT hits FROM unnest(ARRAY[0, 1, n / 2, n - 1, n]) AS hits) AS h,
	unnest('{1e-300,1e-20,0.001,0.5,0.95,0.999999999999,0.9999999999999999}'::float8[]) AS confidence, wilson_interval(n, hits, confidence);

-- ---- two_proportions ----

-- Newcombe, "Interval Estimation for the Difference between Independent Proportions", 1998, table II, method 10
SELECT example, format('%s/%s - %s/%s', a_hits, a_n, b_hits, b_n) AS of, pg_temp.rounded(difference, 4) AS difference, pg_temp.rounded(t.lower, 4) AS lower,
	pg_temp.rounded(t.upper, 4) AS upper, (pg_temp.rounded(t.lower, 4), pg_temp.rounded(t.upper, 4)) = (v.lower, v.upper) AS as_published
FROM (VALUES ('a', 70, 56, 80, 48, 0.0524, 0.3339), ('b', 10, 9, 10, 3, 0.1705, 0.8090), ('c', 7, 6, 7, 2, 0.0582, 0.8062), ('d', 56, 5, 29, 0, -0.0381, 0.1926),
	('e', 10, 0, 20, 0, -0.1611, 0.2775), ('f', 10, 0, 10, 0, -0.2775, 0.2775), ('g', 10, 10, 20, 0, 0.6791, 1), ('h', 10, 10, 10, 0, 0.6075, 1))
	AS v(example, a_n, a_hits, b_n, b_hits, lower, upper), two_proportions(a_n, a_hits, b_n, b_hits) AS t;

-- 250 of 10,000 against 200 of 10,000, computed from the definitions to more digits than a double has
SELECT difference, pg_temp.rounded(lower, 6) AS lower, pg_temp.rounded(upper, 6) AS upper, pg_temp.rounded(z, 6) AS z, pg_temp.rounded(p, 8) AS p
FROM two_proportions(10000, 250, 10000, 200);

-- p of a z that is a whole number: all against none of n each is sqrt(2 n). -log10 of a tail,
-- half of p, is in table 26.2 of Abramowitz and Stegun's "Handbook of Mathematical Functions".
SELECT pg_temp.rounded(t.z, 12) AS z, pg_temp.rounded(-log(p / 2), 5) AS digits, pg_temp.rounded(-log(p / 2), 5) = v.digits AS as_published
FROM (VALUES (50, 23.11805), (200, 88.56010), (450, 197.30921)) AS v(n, digits), two_proportions(n, n, n, 0) AS t;
-- farther out than a double tells
SELECT pg_temp.rounded(z, 9) AS z, p FROM two_proportions(1000, 1000, 1000, 0);

-- nothing to test where neither group, or all of both, hit; the interval says what is known
SELECT v.hits, t.difference, pg_temp.rounded(lower, 6) AS lower, pg_temp.rounded(upper, 6) AS upper, t.z, t.p
FROM (VALUES (0, 0), (10, 20)) AS v(hits, b_hits), two_proportions(10, hits, 20, b_hits) AS t;
-- the same rate, however it is written, is no difference
SELECT count(*) FILTER (WHERE difference = 0 AND z = 0 AND p = 1) AS same
FROM generate_series(1, 1000) AS i, two_proportions(3 * i, i, 3 * (i + 7), i + 7);
-- empty groups
SELECT v.*, t.*, t IS NULL AS nothing
FROM (VALUES (0, 0, 10, 5), (10, 5, 0, 0), (0, 0, 0, 0)) AS v(a_n, a_hits, b_n, b_hits), two_proportions(a_n, a_hits, b_n, b_hits) AS t;
-- the largest numbers
SELECT pg_temp.rounded(difference, 12) AS difference, pg_temp.rounded(lower, 12) AS lower, pg_temp.rounded(upper, 12) AS upper, pg_temp.rounded(z / 1e9, 6) AS z, p
FROM two_proportions(9223372036854775807, 9223372036854775807, 9223372036854775807, 0);
SELECT difference = 0 AS none, abs(lower) < 1e-8 AS lower, abs(upper) < 1e-8 AS upper, z, p
FROM two_proportions(9223372036854775807, 4611686018427387903, 9223372036854775807, 4611686018427387903);

-- ---- lift ----

-- 250 of 10,000 against 200 of 10,000, computed from the definitions to more digits than a double has
SELECT lift, pg_temp.rounded(lower, 5) AS lower, pg_temp.rounded(upper, 5) AS upper, incremental, pg_temp.rounded(z, 6) AS z, pg_temp.rounded(p, 8) AS p
FROM lift(10000, 250, 10000, 200);
-- heart attacks with placebo and with aspirin (Physicians' Health Study, 1989): Agresti, "Categorical
-- Data Analysis", gives a ratio of 1.82 and its interval as 1.43 to 2.31
SELECT pg_temp.rounded(lift + 1, 2) AS ratio, pg_temp.rounded(lower + 1, 2) AS lower, pg_temp.rounded(upper + 1, 2) AS upper, pg_temp.rounded(incremental, 1) AS incremental
FROM lift(11034, 189, 11037, 104);

-- groups without hits, and with nothing else: NULL is no limit, or no lift
SELECT v.*, l.lift, pg_temp.rounded(l.lower, 6) AS lower, pg_temp.rounded(l.upper, 6) AS upper, l.incremental, pg_temp.rounded(l.z, 6) AS z, pg_temp.rounded(l.p, 6) AS p
FROM (VALUES (10, 0, 10, 3), (10, 3, 10, 0), (10, 0, 20, 0), (10, 10, 20, 20), (10, 10, 20, 0), (10, 0, 20, 20), (10, 10, 20, 19), (1, 0, 1, 1), (0, 0, 10, 5), (10, 5, 0, 0), (0, 0, 0, 0))
	AS v(treated_n, treated_hits, control_n, control_hits), lift(treated_n, treated_hits, control_n, control_hits) AS l;
-- where Katz's interval is none, Koopman's takes over: of a score test, so it says the same as p
SELECT count(*) AS intervals, bool_and((p < 1 - confidence) = (coalesce(lower, -1) > 0 OR coalesce(upper, 1) < 0)) AS as_p_says
FROM generate_series(1, 40) AS treated_n, generate_series(1, 40) AS control_n, generate_series(1, control_n) AS hits, unnest('{0.5,0.9,0.95,0.999}'::float8[]) AS confidence,
	LATERAL (SELECT * FROM lift(treated_n, 0, control_n, hits, confidence) UNION ALL SELECT * FROM lift(control_n, hits, treated_n, 0, confidence)) AS l;
-- the largest numbers
SELECT lift, incremental, lower BETWEEN -1e-8 AND 0 AS lower, upper BETWEEN 0 AND 1e-8 AS upper, z, p
FROM lift(9223372036854775807, 4611686018427387903, 9223372036854775807, 4611686018427387903);
SELECT lift / 1e18 AS lift, pg_temp.rounded(lower / 1e17, 3) AS lower, pg_temp.rounded(upper / 1e19, 3) AS upper, z > 1e9 AS z, p
FROM lift(1000000000000000000, 1000000000000000000, 1000000000000000000, 1);

-- ---- sample_ratio_p ----

-- Kohavi, Tang and Xu, "Trustworthy Online Controlled Experiments", 2020, chapter 3: 821,588 users
-- against 815,482 where halves were meant, p 1.8E-6
SELECT pg_temp.rounded(sample_ratio_p(821588, 815482), 7) AS kohavi;
-- chi-square of 1, 4 and 9: the probability beyond 1, 2 and 3 standard deviations
SELECT a, pg_temp.rounded(sample_ratio_p(a, 100 - a), 10) AS p FROM unnest('{50,55,60,65,45,40,35}'::integer[]) AS a;
SELECT pg_temp.rounded(sample_ratio_p(7400, 2600, 0.75), 10) AS p, sample_ratio_p(750, 250, 0.75) AS even, pg_temp.rounded(-log(sample_ratio_p(250, 750, 0.75)), 6) AS reversed_digits;
-- below 5 expected, exactly: of 9 throws 0, 1, 2 and 7, 8, 9; and shares of 1/4, 1/100 and 99/100
SELECT pg_temp.rounded(sample_ratio_p(2, 7) * 512, 8) AS of_512, pg_temp.rounded(sample_ratio_p(4, 5), 10) AS even, pg_temp.rounded(sample_ratio_p(5, 3, 0.25) * 65536, 8) AS of_65536,
	pg_temp.rounded(sample_ratio_p(3, 47, 0.01), 10) AS rare, sample_ratio_p(3, 5, 0.75) = sample_ratio_p(5, 3, 0.25) AS mirrored;
-- both sides of the switch
SELECT a, pg_temp.rounded(sample_ratio_p(a, 9 - a), 10) AS exact, pg_temp.rounded(sample_ratio_p(a, 10 - a), 6) AS chi_square FROM generate_series(0, 4) AS a;
-- of what cannot be: as far as a double tells, and in no time
SELECT sample_ratio_p(9223372036854775807, 0), sample_ratio_p(9223372036854775807, 9223372036854775807), sample_ratio_p(9223372036854775807, 0, 1e-19), sample_ratio_p(1, 0, 1e-300),
	pg_temp.rounded(sample_ratio_p(0, 1, 0.9999999999999999) * 1e16, 2) AS tiny, sample_ratio_p(0, 0) IS NULL AS nobody;

-- ---- anomaly_score ----

-- a median of 100.5, deviations of 0.5, 0.5, 1.5 and 2.5: 0.6745 * 3.5 / 1
SELECT anomaly_score(104, '{100,102,98,101}');
-- median 2 and MAD 1 (Wikipedia, "Median absolute deviation")
SELECT x, pg_temp.rounded(anomaly_score(x, '{1,1,2,2,4,6,9}'), 4) AS score FROM unnest('{-1,1,2,3,9}'::float8[]) AS x;
-- most values the same: by the mean deviation, here 2 of 2, 2, 2, 2, 12; all the same: nothing to measure by
SELECT pg_temp.rounded(anomaly_score(7, '{2,2,12,2,2}'), 6) AS by_mean, pg_temp.rounded(5 / (1.253314 * 2), 6) AS want, anomaly_score(2, '{2,2,12,2,2}') AS median,
	anomaly_score(7, '{2,2,2}') AS all_same, anomaly_score(2, '{2,2,2}') AS and_it, anomaly_score(7, '{2}') AS one;
-- NULLs are left out; order, bounds and dimensions do not matter
SELECT history, anomaly_score(104, history::float8[])
FROM unnest(ARRAY['{}', '{NULL}', '{NULL,NULL,NULL}', '{100,NULL,102,98,NULL,101,NULL}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,102,101,100,98}', '[5:8]={98,100,101,102}',
	'{{100,102},{98,101}}', '{{{100},{NULL}},{{102},{98}},{{NULL},{101}}}', '{100,102}', '{-0,0,0,-0,1}']) AS history;
SELECT anomaly_score(NULL, '{1,2,3}') AS no_value, anomaly_score(1, NULL) AS no_history;
-- the ends of what a double holds
SELECT anomaly_score(1.7e308, '{1e308,1.5e308,1.6e308,1.7e308}') BETWEEN 0 AND 2 AS large, pg_temp.rounded(anomaly_score(1.5e-323, '{0,5e-324,1e-323}'), 4) AS small,
	anomaly_score(1e-300, '{1e308,1.5e308,1.6e308,1.7e308}') BETWEEN -15 AND -9 AS far;
SELECT call, pg_temp.error_of('SELECT clicktrack.' || call)
FROM unnest(ARRAY['anomaly_score(''NaN'', ''{1,2}'')', 'anomaly_score(''Infinity'', ''{1,2}'')', 'anomaly_score(1, ''{1,NaN,2}'')', 'anomaly_score(1, ''{1,-Infinity}'')',
	'anomaly_score(1, ''{-1.7e308,1.7e308,-1.6e308,1.6e308}'')', 'anomaly_score(1.7e308, ''{-1.7e308,-1.6e308,-1.5e308}'')', 'anomaly_score(1, ''{0,5e-324,1e-323}'')']) AS call;

-- ---- poisson_tail ----

-- Any table of the Poisson distribution: 0.9682 of 9 or less where 5 are expected, 0.9197 of 2 or
-- less where 1 is, 0.9513 of 15 or less where 10 are
SELECT pg_temp.rounded(1 - poisson_tail(10, 5), 4) AS of_5, pg_temp.rounded(1 - poisson_tail(3, 1), 4) AS of_1, pg_temp.rounded(1 - poisson_tail(16, 10), 4) AS of_10;
-- 1 - 1/e
SELECT pg_temp.rounded(poisson_tail(1, 1), 12) AS one;
-- with the normal distribution, where both are one: 3 deviations above, and the median
SELECT pg_temp.rounded(poisson_tail(1000000000000, 1e12) - 0.5, 9) AS median, abs(poisson_tail(1000003000000, 1e12) / 0.0013498980316301 - 1) < 1e-5 AS three;
-- the ends
SELECT poisson_tail(0, 0), poisson_tail(0, 5), poisson_tail(1, 0), poisson_tail(9223372036854775807, 1), poisson_tail(1, 1e308), poisson_tail(9223372036854775807, 1e308), poisson_tail(9223372036854775807, 1e-300),
	pg_temp.rounded(poisson_tail(1, 1e-300) * 1e300, 9) AS tiny, poisson_tail(100000000, 5e-324), poisson_tail(NULL, 1), poisson_tail(1, NULL);

-- ---- arguments ----

-- NULL in, NULL out
SELECT two_proportions(NULL, 1, 2, 1), two_proportions(2, 1, 2, 1, NULL), lift(2, NULL, 2, 1), lift(2, 1, 2, 1, NULL), wilson_interval(NULL, 1), sample_ratio_p(1, NULL), sample_ratio_p(1, 1, NULL);
SELECT call, pg_temp.error_of('SELECT clicktrack.' || call)
FROM unnest(ARRAY['two_proportions(-1, 0, 10, 5)', 'two_proportions(10, -1, 10, 5)', 'two_proportions(10, 11, 10, 5)', 'two_proportions(10, 5, -9223372036854775808, 5)', 'two_proportions(10, 5, 10, 9223372036854775807)',
	'two_proportions(0, 1, 10, 5)', 'two_proportions(10, 5, 10, 5, 0)', 'two_proportions(10, 5, 10, 5, 1)', 'two_proportions(10, 5, 10, 5, 95)', 'two_proportions(10, 5, 10, 5, -0.5)',
	'two_proportions(10, 5, 10, 5, ''NaN'')', 'two_proportions(0, 0, 0, 0, ''Infinity'')', 'lift(-1, 0, 10, 5)', 'lift(10, 11, 10, 5)', 'lift(10, 5, 10, -5)', 'lift(10, 5, 10, 5, 1.5)', 'wilson_interval(-2, 0)',
	'wilson_interval(2, 3)', 'wilson_interval(2, 1, 100)', 'sample_ratio_p(-1, 5)', 'sample_ratio_p(5, -1)', 'sample_ratio_p(5, 5, 0)', 'sample_ratio_p(5, 5, 1)', 'sample_ratio_p(0, 0, -0.5)',
	'sample_ratio_p(5, 5, ''NaN'')', 'sample_ratio_p(5, 5, 50)',
	'poisson_tail(-1, 5)', 'poisson_tail(1, -0.5)', 'poisson_tail(1, ''NaN'')', 'poisson_tail(1, ''Infinity'')']) AS call;
-- by name, of rows, and as often as asked at one call site
SELECT count(*) AS rows, count(difference) AS differences, bool_and(lower <= difference AND difference <= upper) AS within
FROM generate_series(0, 999) AS i, two_proportions(a_n => i % 7, a_hits => i % 7 / 2, b_n => 100, b_hits => i % 100, confidence => 0.5 + i / 2001.0);
SELECT n, (lift(100, n, 100, 10)).lift, (lift(100, n, 100, 10)).incremental FROM generate_series(9, 11) AS n;
