--
-- markov_attribution and shapley_attribution, and their state, path_counts
--
SET search_path = clicktrack, public;

-- ---- helpers ----

-- paths as text: "a>b 3/1 10.50" is a path with its conversions, non-conversions and revenue
CREATE FUNCTION pg_temp.paths(story text) RETURNS TABLE (path text[], conversions bigint, non_conversions bigint, revenue numeric)
	LANGUAGE sql AS $$
	SELECT string_to_array(nullif(part[1], '-'), '>'), split_part(part[2], '/', 1)::bigint, split_part(part[2], '/', 2)::bigint, part[3]::numeric
	FROM unnest(string_to_array(story, ', ')) AS r, string_to_array(r, ' ') AS part
$$;

CREATE FUNCTION pg_temp.markov(story text, markov_order integer DEFAULT 1) RETURNS SETOF path_credit
	LANGUAGE sql AS $$
	SELECT c.* FROM (SELECT markov_attribution(path, conversions, non_conversions, revenue, markov_order) AS m FROM pg_temp.paths(story)) AS s, unnest(m) AS c
$$;

CREATE FUNCTION pg_temp.shapley(story text, ordered boolean DEFAULT false) RETURNS SETOF path_credit
	LANGUAGE sql AS $$
	SELECT c.* FROM (SELECT shapley_attribution(path, conversions, non_conversions, revenue, ordered) AS s FROM pg_temp.paths(story)) AS s, unnest(s) AS c
$$;

-- the SQLSTATE and the message that an expression raises
CREATE FUNCTION pg_temp.error_of(expression text) RETURNS text
	LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE 'SELECT (' || expression || ')::text' INTO answer;
	RETURN 'no error: ' || coalesce(answer, 'NULL');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;

-- ---- Markov chains ----

-- published: probability of a conversion 1/3, removal effects .5, 1, 1, credit .2, .4, .4
SELECT * FROM pg_temp.markov('C1>C2>C3 1/0 10.00, C1 0/1 0, C2>C3 0/1 0');
-- published: probability .8, removal effects .75 and .5, credit 2.4 and 1.6
SELECT * FROM pg_temp.markov('ads 2/1 10, mail 1/0 10, ads>mail 1/0 20');
-- the calls of the other forms
SELECT c.* FROM (SELECT markov_attribution(path, conversions, non_conversions, revenue) AS m FROM pg_temp.paths('ads 2/1 10, mail 1/0 10, ads>mail 1/0 20')) AS s, unnest(m) AS c;
SELECT c.* FROM (SELECT markov_attribution_merge(state) AS m FROM (
	SELECT markov_attribution_sketch(path, conversions, non_conversions, revenue) AS state FROM pg_temp.paths('ads 2/1 10, mail 1/0 10, ads>mail 1/0 20') GROUP BY path) AS states) AS s, unnest(m) AS c;

-- "a" leads to a conversion when it comes first, not when it comes after "c": order 1 does not
-- tell these apart
SELECT markov_order, c.label, c.conversions, c.share, c.removal_effect
FROM generate_series(1, 2) AS markov_order, pg_temp.markov('a 4/0 0, c>a 0/4 0, c 1/1 0', markov_order) AS c;

-- repeats of a label delay, and change nothing in order 1
SELECT * FROM pg_temp.markov('a>a>a>b 1/0 1.00, b>b 0/1 0');
SELECT * FROM pg_temp.markov('a>b 1/0 1.00, b 0/1 0');
-- a loop that is left once in a hundred thousand rounds
SELECT c.label, c.share, c.removal_effect FROM (
	SELECT markov_attribution(string_to_array(repeat('a>b>', 100000) || 'c', '>'), 1, 1, 0) AS m) AS s, unnest(m) AS c;
-- a label that never leads to a conversion, and one that nobody saw
SELECT * FROM pg_temp.markov('a 3/1 9, b 0/5 0, c 0/0 0');
-- nobody converts: nobody gets anything
SELECT * FROM pg_temp.markov('a 0/1 5.00, a>b 0/2 0');

-- ---- Shapley values ----

-- published: O 7.6667, F 8.1667, D 3.1667 of the game with v(O) = 7, v(F) = 6, v(D) = 4,
-- v(OF) = 15, v(OD) = 7, v(FD) = 9, v(OFD) = 19. What each set adds to its subsets is not a count,
-- but may be a revenue. (The last digits round to the sum.)
SELECT * FROM pg_temp.shapley('O 0/0 7.0000, F 0/0 6, D 0/0 4, O>F 0/0 2, O>D 0/0 -4, F>D 0/0 -1, O>F>D 0/0 5');
-- the sum of conversions / distinct labels
SELECT * FROM pg_temp.shapley('a 3/1 3, a>b 2/0 5, b>a>b 1/0 1, a>b>c 3/9 10, c>b>a 3/0 0');
-- by position, where repeats do not count
SELECT * FROM pg_temp.shapley('a 3/1 3, a>b 2/0 5, b>a>b 1/0 1, a>b>c 3/9 10, c>b>a 3/0 0', true);
SELECT c.* FROM (SELECT shapley_attribution(path, conversions, non_conversions, revenue) AS s FROM pg_temp.paths('a>b 1/0 0.01')) AS s, unnest(s) AS c;
SELECT c.* FROM (SELECT shapley_attribution_merge(state) AS m FROM (
	SELECT shapley_attribution_sketch(path, conversions, non_conversions, revenue) AS state FROM pg_temp.paths('a 3/1 3, a>b 2/0 5') GROUP BY path) AS states) AS s, unnest(m) AS c;
-- paths of 1 to 300 labels, whose denominators have a common multiple of 130 digits: exact
SELECT count(*), sum(c.revenue), round(sum(c.conversions)::numeric, 9) AS conversions, min(c.revenue), max(c.revenue) FROM (
	SELECT shapley_attribution(path, 1, 0, 1.00) AS s
	FROM (SELECT (SELECT array_agg('label ' || i) FROM generate_series(1, n) AS i) AS path FROM generate_series(1, 300) AS n) AS p) AS s, unnest(s) AS c;

-- ---- revenue ----

-- the largest remainders get the units that are left, of equal ones the first
SELECT * FROM pg_temp.shapley('a>b>c 1/0 100.00');
SELECT * FROM pg_temp.shapley('a>b>c 1/0 -100.00');
SELECT * FROM pg_temp.markov('c>b>a 1/0 100.00');
SELECT * FROM pg_temp.markov('c>b>a 1/0 -100.00');
SELECT * FROM pg_temp.shapley('a>b>c 1/0 1');
SELECT * FROM pg_temp.shapley('a>b>c 1/0 0.0000001');
SELECT * FROM pg_temp.shapley('a>b>c 1/0 1e30, a 1/0 0.0000000000001');
SELECT * FROM pg_temp.shapley('a>b 1/0 5.01, b>c 1/0 -5.01');

-- ---- rows ----

-- NULL paths are no rows, empty paths have nobody to credit, NULL numbers are 0
SELECT c.* FROM (SELECT markov_attribution(path, conversions, non_conversions, revenue) AS m
	FROM (VALUES (NULL::text[], 5, 5, 5), ('{}', 5, 5, 5), ('{a}', 1, NULL, NULL), ('{a}', NULL, 1, 2), (NULL, -1, -1, 'NaN'::numeric)) AS r(path, conversions, non_conversions, revenue)) AS s, unnest(m) AS c;
SELECT markov_attribution(path, 1, 1, 1), shapley_attribution(path, 1, 1, 1) FROM (VALUES (NULL::text[]), ('{}')) AS r(path);
SELECT markov_attribution(NULL, 1, 1, 1, NULL), shapley_attribution('{}', 1, 1, 1, true) WHERE false;
-- a label that is NULL has a name; others are what they are, in the order of their bytes
SELECT c.* FROM (SELECT shapley_attribution(ARRAY[NULL, '(none)', '', 'ä', 'a', 'B', 'NULL', '"', '\', ' '], 1, 0, 0) AS s) AS s, unnest(s) AS c;

-- ---- errors ----

SELECT expression, pg_temp.error_of(expression) AS answer FROM unnest(ARRAY[
	$$markov_attribution('{a}', -1, 0, 0)$$,
	$$markov_attribution('{a}', 0, -9223372036854775808, 0)$$,
	$$shapley_attribution('{}', -1, 0, 0)$$,
	$$markov_attribution('{a}', 1, 0, 'NaN')$$,
	$$shapley_attribution('{a}', 1, 0, 'Infinity')$$,
	$$shapley_attribution('{a}', 1, 0, '-Infinity')$$,
	$$markov_attribution('{{a,b},{c,d}}', 1, 0, 0)$$,
	$$markov_attribution('{a}', 1, 0, 0, 0)$$,
	$$markov_attribution('{a}', 1, 0, 0, 5)$$,
	$$markov_attribution('{a}', 1, 0, 0, NULL)$$,
	$$shapley_attribution('{a}', 1, 0, 0, NULL)$$,
	$$(SELECT markov_attribution('{a}', 1, 0, 0, i) FROM generate_series(1, 2) AS i)$$,
	$$(SELECT shapley_attribution('{a}', 1, 0, 0, i = 1) FROM generate_series(1, 2) AS i)$$,
	$$(SELECT markov_attribution_merge(s) FROM (SELECT markov_attribution_sketch('{a}', 1, 0, 0, i) AS s FROM generate_series(1, 2) AS i GROUP BY i) AS t)$$,
	$$(SELECT markov_attribution('{a}', 9223372036854775807, 0, 0) FROM generate_series(1, 2))$$,
	$$(SELECT markov_attribution_sketch(ARRAY[i::text], 9223372036854775807, 0, 0) FROM generate_series(1, 2) AS i)$$,
	$$(SELECT markov_attribution(ARRAY[i::text], 9223372036854775807, 0, 0) FROM generate_series(1, 2) AS i)$$,
	$$(SELECT shapley_attribution(ARRAY[i::text], 0, 9223372036854775807, 0) FROM generate_series(1, 2) AS i)$$,
	$$markov_attribution('{a,b}', 9223372036854775807, 9223372036854775807, 1e100)$$
]) AS expression;

-- ---- states ----

-- one state can be asked either question
CREATE TEMPORARY TABLE kept AS SELECT markov_attribution_sketch(path, conversions, non_conversions, revenue) AS state
FROM pg_temp.paths('ads 2/1 10.00, mail 1/0 10, ads>mail 1/0 20, mail>ads>mail 0/0 0, ads 1/1 1.5');
SELECT state FROM kept;
SELECT model, c.* FROM kept, LATERAL (VALUES ('markov', path_counts_markov(state)), ('shapley', path_counts_shapley(state))) AS r(model, credits), unnest(credits) AS c;
SELECT path_counts_union(state, 'markov_order=1 ordered=false ["ads"]=1,0,0.125 ["new"]=0,1,0') FROM kept;
SELECT path_counts_union(NULL, NULL), path_counts_add(NULL, '{}', 1, 1, 1), path_counts_markov(NULL);
SELECT path_counts_markov('markov_order=1 ordered=false'), path_counts_shapley('markov_order=1 ordered=false');
SELECT path_counts_add('markov_order=3 ordered=false', '{a}', 1, 1, 1, 3);

SELECT text, pg_temp.error_of(format('%L::path_counts', text)) AS answer FROM unnest(ARRAY[
	'markov_order=1 ordered=false ["b"]=1,2,3.00 ["a","b"]=4,5,-6 ["b"]=1,2,3',
	'markov_order=4 ordered=true ["\"\\[],=\a"]=0,0,0',
	'markov_order=1 ordered=false [""]=0,0,1e20',
	'', 'markov_order=0 ordered=false', 'markov_order=5 ordered=false', 'markov_order=1 ordered=f', 'markov_order=1',
	'markov_order=1 ordered=false ', 'markov_order=1 ordered=false []=1,1,1', 'markov_order=1 ordered=false ["a]=1,1,1',
	'markov_order=1 ordered=false ["a\', 'markov_order=1 ordered=false ["a",]=1,1,1', 'markov_order=1 ordered=false ["a"]=1,1',
	'markov_order=1 ordered=false ["a"]=-1,1,1', 'markov_order=1 ordered=false ["a"]=1,1,NaN', 'markov_order=1 ordered=false ["a"]=1,1,',
	'markov_order=1 ordered=false ["a"]=1,1,x', 'markov_order=1 ordered=false ["a"]=9223372036854775808,1,1',
	'markov_order=1 ordered=false ["a"]=9223372036854775807,1,1 ["a"]=1,1,1'
]) AS text;
