-- ---------------------------------------------------------------------------
-- click_event: one click in 32 bytes
-- ---------------------------------------------------------------------------

CREATE TYPE click_event;

CREATE FUNCTION click_event_in(cstring) RETURNS click_event
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_in(cstring) IS 'click_event from text; stable because a time without an offset is read in the session''s time zone';

CREATE FUNCTION click_event_out(click_event) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_out(click_event) IS 'click_event as text, the time in ISO style in the session''s time zone';

CREATE FUNCTION click_event_recv(internal) RETURNS click_event
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_recv(internal) IS 'click_event from binary: a version byte and four big-endian int64';

CREATE FUNCTION click_event_send(click_event) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_send(click_event) IS 'click_event as binary: a version byte and four big-endian int64';

CREATE TYPE click_event (
	INPUT = click_event_in,
	OUTPUT = click_event_out,
	RECEIVE = click_event_recv,
	SEND = click_event_send,
	INTERNALLENGTH = 32,
	ALIGNMENT = double,
	STORAGE = plain
);
COMMENT ON TYPE click_event IS 'one click: time, link, visitor, channel, country, device, os, browser, variant, destination, referrer, bot reasons and known user in 32 bytes';

-- Constructor and accessors

CREATE FUNCTION click_event(
	clicked_at timestamptz,
	link_id bigint,
	visitor_id bigint DEFAULT NULL,
	channel text DEFAULT NULL,
	country text DEFAULT NULL,
	device text DEFAULT NULL,
	os text DEFAULT NULL,
	browser text DEFAULT NULL,
	variant integer DEFAULT NULL,
	destination text DEFAULT NULL,
	referrer_id integer DEFAULT NULL,
	bot_reasons text[] DEFAULT NULL,
	known boolean DEFAULT false
) RETURNS click_event
	AS 'MODULE_PATHNAME', 'click_event_make' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION click_event(timestamptz, bigint, bigint, text, text, text, text, text, integer, text, integer, text[], boolean) IS
'a click; NULL for any field after link_id means absent, NULL for clicked_at or link_id gives NULL; variant 0 to 255, referrer_id 1 to 65535, country ISO 3166-1 alpha-2; an unknown word is an error that lists the words';

CREATE FUNCTION clicked_at(click_event) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'click_event_clicked_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clicked_at(click_event) IS 'when the click happened';

CREATE FUNCTION link_id(click_event) RETURNS bigint
	AS 'MODULE_PATHNAME', 'click_event_link_id' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION link_id(click_event) IS 'the link that was clicked';

CREATE FUNCTION visitor_id(click_event) RETURNS bigint
	AS 'MODULE_PATHNAME', 'click_event_visitor_id' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_id(click_event) IS 'who clicked; NULL when unknown';

CREATE FUNCTION channel(click_event) RETURNS text
	AS 'MODULE_PATHNAME', 'click_event_channel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION channel(click_event) IS 'sms, email, push, in_app, web, qr or other; NULL when absent';

CREATE FUNCTION country(click_event) RETURNS text
	AS 'MODULE_PATHNAME', 'click_event_country' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION country(click_event) IS 'two-letter code of ISO 3166-1; NULL when absent';

CREATE FUNCTION device(click_event) RETURNS text
	AS 'MODULE_PATHNAME', 'click_event_device' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION device(click_event) IS 'phone, tablet, desktop, tv, wearable, console or other; NULL when absent';

CREATE FUNCTION os(click_event) RETURNS text
	AS 'MODULE_PATHNAME', 'click_event_os' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION os(click_event) IS 'operating system, such as ios or android; NULL when absent';

CREATE FUNCTION browser(click_event) RETURNS text
	AS 'MODULE_PATHNAME', 'click_event_browser' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION browser(click_event) IS 'browser or in-app browser, such as safari or instagram; NULL when absent';

CREATE FUNCTION variant(click_event) RETURNS integer
	AS 'MODULE_PATHNAME', 'click_event_variant' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION variant(click_event) IS 'variant of an A/B test, 0 to 255; NULL when absent';

CREATE FUNCTION destination(click_event) RETURNS text
	AS 'MODULE_PATHNAME', 'click_event_destination' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION destination(click_event) IS 'where the click led: web or app; NULL when absent';

CREATE FUNCTION referrer_id(click_event) RETURNS integer
	AS 'MODULE_PATHNAME', 'click_event_referrer_id' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION referrer_id(click_event) IS 'the caller''s number for the referring site, 1 to 65535; NULL when absent';

CREATE FUNCTION bot_reasons(click_event) RETURNS text[]
	AS 'MODULE_PATHNAME', 'click_event_bot_reasons' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION bot_reasons(click_event) IS 'why the click is not a person''s: user_agent, prefetch, too_fast, burst, honeypot, network, negative_delay, manual; empty for a person';

CREATE FUNCTION known(click_event) RETURNS boolean
	AS 'MODULE_PATHNAME', 'click_event_known' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION known(click_event) IS 'whether the visitor is a known user';

CREATE FUNCTION is_bot(click_event) RETURNS boolean
	AS 'MODULE_PATHNAME', 'click_event_is_bot' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION is_bot(click_event) IS 'whether the click has any bot reason';

-- Copies with a field changed

CREATE FUNCTION with_bot_reasons(click_event, set_reasons text[], clear_reasons text[] DEFAULT '{}') RETURNS click_event
	AS 'MODULE_PATHNAME', 'click_event_with_bot_reasons' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION with_bot_reasons(click_event, text[], text[]) IS
'the click with clear_reasons taken from its bot reasons and then set_reasons added; NULL for any NULL; an unknown reason, or NULL among them, is an error';

CREATE FUNCTION with_bot_reasons_if(
	click_event,
	user_agent boolean DEFAULT NULL,
	prefetch boolean DEFAULT NULL,
	too_fast boolean DEFAULT NULL,
	burst boolean DEFAULT NULL,
	honeypot boolean DEFAULT NULL,
	network boolean DEFAULT NULL,
	negative_delay boolean DEFAULT NULL,
	manual boolean DEFAULT NULL
) RETURNS click_event
	AS 'MODULE_PATHNAME', 'click_event_with_bot_reasons_if' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION with_bot_reasons_if(click_event, boolean, boolean, boolean, boolean, boolean, boolean, boolean, boolean) IS
'the click with each bot reason set where true is given, cleared where false, kept where NULL or nothing; for updates of many clicks; NULL for a NULL click';

CREATE FUNCTION with_visitor(click_event, visitor_id bigint, known boolean DEFAULT true) RETURNS click_event
	AS 'MODULE_PATHNAME', 'click_event_with_visitor' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION with_visitor(click_event, bigint, boolean) IS
'the click as another visitor''s; a NULL visitor_id makes the visitor unknown and no known user, a NULL known is false; NULL for a NULL click';

-- JSON

CREATE FUNCTION click_event_to_json(click_event) RETURNS json
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_to_json(click_event) IS 'a JSON object with every field by its name, null when absent; used by to_json and to_jsonb of rows, too';

CREATE FUNCTION click_event_to_jsonb(click_event) RETURNS jsonb
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_to_jsonb(click_event) IS 'a JSON object with every field by its name, null when absent';

CREATE CAST (click_event AS json) WITH FUNCTION click_event_to_json(click_event);
CREATE CAST (click_event AS jsonb) WITH FUNCTION click_event_to_jsonb(click_event);

-- Comparison: (clicked_at, link_id, visitor_id, attributes), unknown visitors last

CREATE FUNCTION click_event_lt(click_event, click_event) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_lt(click_event, click_event) IS 'implementation of the < operator';
CREATE FUNCTION click_event_le(click_event, click_event) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_le(click_event, click_event) IS 'implementation of the <= operator';
CREATE FUNCTION click_event_eq(click_event, click_event) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_eq(click_event, click_event) IS 'implementation of the = operator';
CREATE FUNCTION click_event_ne(click_event, click_event) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_ne(click_event, click_event) IS 'implementation of the <> operator';
CREATE FUNCTION click_event_ge(click_event, click_event) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_ge(click_event, click_event) IS 'implementation of the >= operator';
CREATE FUNCTION click_event_gt(click_event, click_event) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_gt(click_event, click_event) IS 'implementation of the > operator';
CREATE FUNCTION click_event_cmp(click_event, click_event) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_cmp(click_event, click_event) IS 'less than, equal to or greater than 0 as the first click sorts before, with or after the second';
CREATE FUNCTION click_event_sortsupport(internal) RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_sortsupport(internal) IS 'sort support: the time is the abbreviated key';
CREATE FUNCTION click_event_hash(click_event) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_hash(click_event) IS 'hash';
CREATE FUNCTION click_event_hash_extended(click_event, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_hash_extended(click_event, bigint) IS 'hash with a seed';

CREATE OPERATOR < (LEFTARG = click_event, RIGHTARG = click_event, FUNCTION = click_event_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR <= (LEFTARG = click_event, RIGHTARG = click_event, FUNCTION = click_event_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
CREATE OPERATOR = (LEFTARG = click_event, RIGHTARG = click_event, FUNCTION = click_event_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR <> (LEFTARG = click_event, RIGHTARG = click_event, FUNCTION = click_event_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel);
CREATE OPERATOR >= (LEFTARG = click_event, RIGHTARG = click_event, FUNCTION = click_event_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel);
CREATE OPERATOR > (LEFTARG = click_event, RIGHTARG = click_event, FUNCTION = click_event_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel);

COMMENT ON OPERATOR < (click_event, click_event) IS 'less than';
COMMENT ON OPERATOR <= (click_event, click_event) IS 'less than or equal';
COMMENT ON OPERATOR = (click_event, click_event) IS 'equal: every field is the same';
COMMENT ON OPERATOR <> (click_event, click_event) IS 'not equal';
COMMENT ON OPERATOR >= (click_event, click_event) IS 'greater than or equal';
COMMENT ON OPERATOR > (click_event, click_event) IS 'greater than';

CREATE OPERATOR CLASS click_event_ops DEFAULT FOR TYPE click_event USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 click_event_cmp(click_event, click_event),
	FUNCTION 2 click_event_sortsupport(internal),
	FUNCTION 4 btequalimage(oid);

CREATE OPERATOR CLASS click_event_hash_ops DEFAULT FOR TYPE click_event USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 click_event_hash(click_event),
	FUNCTION 2 click_event_hash_extended(click_event, bigint);

CREATE OPERATOR CLASS click_event_minmax_ops DEFAULT FOR TYPE click_event USING brin AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 brin_minmax_opcinfo(internal),
	FUNCTION 2 brin_minmax_add_value(internal, internal, internal, internal),
	FUNCTION 3 brin_minmax_consistent(internal, internal, internal),
	FUNCTION 4 brin_minmax_union(internal, internal, internal),
	STORAGE click_event;

CREATE FUNCTION click_event_larger(click_event, click_event) RETURNS click_event
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_larger(click_event, click_event) IS 'the larger of two clicks';
CREATE FUNCTION click_event_smaller(click_event, click_event) RETURNS click_event
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION click_event_smaller(click_event, click_event) IS 'the smaller of two clicks';

CREATE AGGREGATE max(click_event) (
	SFUNC = click_event_larger,
	STYPE = click_event,
	COMBINEFUNC = click_event_larger,
	SORTOP = >,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE max(click_event) IS 'the last click';
CREATE AGGREGATE min(click_event) (
	SFUNC = click_event_smaller,
	STYPE = click_event,
	COMBINEFUNC = click_event_smaller,
	SORTOP = <,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE min(click_event) IS 'the first click';

