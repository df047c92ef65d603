-- ---------------------------------------------------------------------------
-- Short codes: a keyed bijection between ids and codes
-- ---------------------------------------------------------------------------

CREATE FUNCTION short_code_encode(
	id bigint,
	key bigint DEFAULT 0,
	min_length integer DEFAULT 6,
	alphabet text DEFAULT 'base58'
) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION short_code_encode(bigint, bigint, integer, text) IS
'the one short code of a non-negative id: min_length (1 to 32) characters, longer only when those are used up; alphabet base58, base62, base32 (Crockford) or 16 to 64 distinct characters of A-Z a-z 0-9 - . _ ~; it scrambles and does not encrypt';

CREATE FUNCTION short_code_decode(
	code text,
	key bigint DEFAULT 0,
	min_length integer DEFAULT 6,
	alphabet text DEFAULT 'base58'
) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION short_code_decode(text, bigint, integer, text) IS
'the id that short_code_encode turns into this code with the same key, min_length and alphabet; NULL for any other text; base32 in either case';

