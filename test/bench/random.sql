-- Random numbers that follow from a number by hash functions, so that each run has the same rows.

-- setup: postgres
CREATE FUNCTION uniform(i bigint, field integer) RETURNS float8
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (hashint8extended(i, field) & 9007199254740991)::float8 / 9007199254740992;

-- 0 to n - 1, the lower the more frequent.
CREATE FUNCTION skewed(i bigint, field integer, n bigint) RETURNS bigint
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN floor(n * power(uniform(i, field), 2))::bigint;

-- One of the words; fields with the same number get words at the same place.
CREATE FUNCTION word(i bigint, field integer, words text[]) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN words[1 + skewed(i, field, cardinality(words))];

CREATE FUNCTION link(i bigint) RETURNS bigint
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN 1 + skewed(i, 1, :LINKS);

CREATE FUNCTION visitor(i bigint) RETURNS bigint
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN 1 + skewed(i, 2, :VISITORS);
