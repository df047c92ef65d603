-- ---------------------------------------------------------------------------
-- Visitors: numbers for anonymous ones, and the variant that each one gets
-- ---------------------------------------------------------------------------

CREATE FUNCTION anonymous_visitor(ip inet, user_agent text, salt bytea) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION anonymous_visitor(inet, text, bytea) IS
'a negative number for a visitor known by address and user agent alone, so that it is none of your own positive ones: HMAC-SHA-256 with the salt as its key, cut to 63 bits; the netmask does not count, an IPv4 address within IPv6 is the IPv4 one, an IPv6 address is cut to its /64, a household''s; NULL ip or salt gives NULL, a NULL user agent is one of its own; the salt is secret, random and at least 16 bytes, and once it is replaced and forgotten no number can be traced back';

CREATE FUNCTION pick_variant(weights integer[], visitor_id bigint, seed bigint DEFAULT 0) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION pick_variant(integer[], bigint, bigint) IS
'the place, from 0, of one of up to 256 weights, each as probable as its share: always the same for a visitor, a seed and weights, on every server; another seed chooses independently; changing a weight moves visitors only to or from its place, appending one only to it; a weight of 0 is never chosen; NULL for any NULL; negative, NULL or only zero weights are an error';

