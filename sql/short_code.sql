SET search_path = clicktrack, public;

CREATE FUNCTION pg_temp.error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;

-- codes are printed on paper and must never change
SELECT id, short_code_encode(id), short_code_encode(id, 1), short_code_encode(id, -1, 4, 'base62'), short_code_encode(id, 77, 8, 'base32')
FROM unnest('{0,1,2,3,1000,38068692543,38068692544,9223372036854775807}'::bigint[]) AS id;
SELECT short_code_encode(1, alphabet => '0123456789abcdef'), short_code_encode(1, 5, 20), short_code_encode(1, 5, 20, '0123456789abcdef');

-- first and last id of every length, for every alphabet and min_length: length and way back
WITH alphabets(name, base) AS (
	VALUES ('base58', 58), ('base62', 62), ('base32', 32), ('0123456789abcdef', 16),
		('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', 64)
), tiers AS (
	SELECT name, base, m, length,
		(SELECT coalesce(sum(base::numeric ^ l), 0) FROM generate_series(m, length - 1) AS l) AS first_id
	FROM alphabets, generate_series(1, 32) AS m, generate_series(1, 32) AS length
	WHERE length >= m
), edges AS (
	SELECT name, m, length, round(e)::bigint AS id
	FROM tiers, LATERAL (VALUES (first_id), (first_id + 1), (least(first_id + base::numeric ^ length, 9223372036854775808) - 1)) AS v(e)
	WHERE first_id < 9223372036854775808 AND e < 9223372036854775808
)
SELECT count(*) AS edges, count(DISTINCT (name, m)) AS settings,
	bool_and(length(short_code_encode(id, k, m, name)) = length) AS lengths,
	bool_and(short_code_decode(short_code_encode(id, k, m, name), k, m, name) = id) AS decoded
FROM edges, unnest('{0,1,-1,9223372036854775807,-9223372036854775808,123456789}'::bigint[]) AS k;

-- what no id has is NULL: wrong length, foreign characters, beyond the last id, wrong checks
SELECT left(code, 20) AS code, short_code_decode(code)
FROM unnest(ARRAY['', '1', '11111', '0OIl11', 'Dqk6A ', ' Dqk6A', 'Dqk6A!', 'Dqk6Ä', E'Dqk6A\n', 'zzzzzzzzzzz', 'zzzzzzzzzzzz', repeat('1', 1000)]) AS code;
SELECT short_code_decode('Dqk6AR'), short_code_decode('dQK6ar') IS DISTINCT FROM 1 AS case_matters, short_code_decode('Dqk6AR', 1) IS DISTINCT FROM 1 AS key_matters;
SELECT short_code_decode(short_code_encode(5, 9, 20), 9, 20) AS id, short_code_decode(left(short_code_encode(5, 9, 20), 19) || '1', 9, 20)
	IS DISTINCT FROM 5 OR right(short_code_encode(5, 9, 20), 1) = '1' AS checked;
-- base32 takes either case and none of the letters that Crockford leaves out
SELECT short_code_decode(lower(short_code_encode(99, 3, 6, 'base32')), 3, 6, 'base32'), short_code_decode(upper(short_code_encode(99, 3, 6, 'base32')), 3, 6, 'base32');
SELECT count(short_code_decode(c || '00000', 0, 6, 'base32')) AS decoded FROM unnest('{I,L,O,U,i,l,o,u}'::text[]) AS c;

-- NULL in, NULL out
SELECT short_code_encode(NULL), short_code_encode(1, NULL), short_code_encode(1, 0, NULL), short_code_encode(1, 0, 6, NULL), short_code_decode(NULL);

-- errors
SELECT arguments, pg_temp.error_of(format('SELECT clicktrack.short_code_encode(%s)', arguments)) AS encode
FROM unnest(ARRAY['-1', '-9223372036854775808', '1, 0, 0', '1, 0, -1', '1, 0, 33', '1, 0, 6, ''''', '1, 0, 6, ''base64''', '1, 0, 6, ''0123456789abcde''',
	'1, 0, 6, ''0123456789abcdee''', '1, 0, 6, ''0123456789abcde/''', '1, 0, 6, ''0123456789abcde ''', '1, 0, 6, ''0123456789abcdé''',
	'1, 0, 6, ''ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~''']) AS arguments;
SELECT short_code_decode('Dqk6AR', 0, 6, 'base64');
SELECT short_code_decode('Dqk6AR', 0, 99);

-- one call site, other settings in every row
SELECT bool_and(short_code_decode(short_code_encode(i, i % 3, 1 + i % 9, a), i % 3, 1 + i % 9, a) = i) AS decoded
FROM generate_series(0, 2000) AS i, unnest(ARRAY['base58', 'base62', 'base32', 'fedcba9876543210', '-._~ABCDEFGHIJKLMNOPQRSTUVWXYZ']) AS a;
-- an error at a call site is no trouble for the next call
DO $$
DECLARE
	code text;
BEGIN
	FOR i IN 1 .. 4 LOOP
		BEGIN
			code := clicktrack.short_code_encode(1, 0, 6, CASE WHEN i % 2 = 0 THEN 'base58' ELSE 'xx' END);
			RAISE NOTICE '%', code;
		EXCEPTION WHEN invalid_parameter_value THEN
			RAISE NOTICE '%', SQLERRM;
		END;
	END LOOP;
END
$$;
