-- ---------------------------------------------------------------------------
-- visitor_credits
-- ---------------------------------------------------------------------------

CREATE TYPE attribution_rules;

CREATE FUNCTION attribution_rules_in(cstring) RETURNS attribution_rules
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION attribution_rules_in(cstring) IS 'attribution_rules from text such as {last_touch,linear} lookback=30 days lookback_by_channel=sms:2 days,email:14 days scale=0: the models, and options of attribution_rules() in any order; what is not there has its default';
CREATE FUNCTION attribution_rules_out(attribution_rules) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION attribution_rules_out(attribution_rules) IS 'attribution_rules as text such as {last_touch,linear} lookback=30 days scale=0: the models, the lookback and what is not the default';
CREATE FUNCTION attribution_rules_recv(internal) RETURNS attribution_rules
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION attribution_rules_recv(internal) IS 'attribution_rules from binary: bytes for version, flags (1 include_bots, 2 include_direct, 4 keep_unattributed), touch_reuse, path_transform and scale, max_touches as int32, half_life in microseconds as int64; then three lists with a byte for their number: models, a byte each; lookbacks, a channel as a byte (0: all others) and microseconds as int64; position_weights in billionths, an int32 each; all big-endian';
CREATE FUNCTION attribution_rules_send(attribution_rules) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION attribution_rules_send(attribution_rules) IS 'attribution_rules as binary, see attribution_rules_recv(internal)';

CREATE TYPE attribution_rules (
	INPUT = attribution_rules_in,
	OUTPUT = attribution_rules_out,
	RECEIVE = attribution_rules_recv,
	SEND = attribution_rules_send,
	INTERNALLENGTH = variable,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE attribution_rules IS 'how conversions are attributed to clicks: models and options, as attribution_rules() takes them';

CREATE FUNCTION attribution_rules(
	models text[] DEFAULT '{last_touch}',
	lookback interval DEFAULT '30 days',
	lookback_by_channel jsonb DEFAULT NULL,
	half_life interval DEFAULT '7 days',
	position_weights float8[] DEFAULT '{0.4,0.2,0.4}',
	touch_reuse text DEFAULT 'all',
	path_transform text DEFAULT 'none',
	include_bots boolean DEFAULT false,
	keep_unattributed boolean DEFAULT true,
	scale integer DEFAULT 2,
	max_touches integer DEFAULT 10000,
	include_direct boolean DEFAULT true
) RETURNS attribution_rules
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION attribution_rules(text[], interval, jsonb, interval, float8[], text, text, boolean, boolean, integer, integer, boolean) IS
'the rules of visitor_credits: options that mean what they mean in attribute(), in every session: intervals have a fixed length, a day 24 hours, months are an error; repeats in path_transform are clicks on the same link. An error: an option that is bad, or NULL (lookback_by_channel may be)';

CREATE TYPE attribution_credit AS (
	conversion_id bigint,
	converted_at timestamptz,
	click click_event,
	"position" integer,
	touches integer,
	model text,
	weight float8,
	credited_revenue numeric,
	truncated boolean
);
COMMENT ON TYPE attribution_credit IS 'what a touch gets of a conversion in a model';
COMMENT ON COLUMN attribution_credit.conversion_id IS 'the conversion';
COMMENT ON COLUMN attribution_credit.converted_at IS 'when it was';
COMMENT ON COLUMN attribution_credit.click IS 'the touch; NULL: the conversion has none';
COMMENT ON COLUMN attribution_credit."position" IS 'which touch of the conversion''s path it is, from 1';
COMMENT ON COLUMN attribution_credit.touches IS 'how many touches the path has';
COMMENT ON COLUMN attribution_credit.model IS 'the attribution model';
COMMENT ON COLUMN attribution_credit.weight IS 'the part of the conversion that the touch gets, from 0 to 1';
COMMENT ON COLUMN attribution_credit.credited_revenue IS 'the revenue that it gets, with as many decimals as the rules'' scale';
COMMENT ON COLUMN attribution_credit.truncated IS 'whether max_touches left out touches of the window';

CREATE TYPE visitor_history;

CREATE FUNCTION visitor_history_in(cstring) RETURNS visitor_history
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_history_in(cstring) IS 'visitor_history from text such as {linear} lookback=30 days clicks={2026-03-01 09:30:00+00 link_id=42 visitor_id=7} conversions={2026-03-05 10:00:00+00 conversion_id=17 revenue=12.50}: rules as attribution_rules takes them, clicks as click_event takes them and conversions, both in any order and with a semicolon between; clicks that are no touches by the rules are left out';
CREATE FUNCTION visitor_history_out(visitor_history) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_history_out(visitor_history) IS 'visitor_history as text such as {linear} lookback=30 days clicks={2026-03-01 09:30:00+00 link_id=42 visitor_id=7} conversions={2026-03-05 10:00:00+00 conversion_id=17 revenue=12.50}, in the order of time, in UTC';
CREATE FUNCTION visitor_history_recv(internal) RETURNS visitor_history
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_history_recv(internal) IS 'visitor_history from binary: a version byte, the binary attribution_rules, the number of clicks as int32 and each as a binary click_event, the number of conversions as int32 and for each int64: its time, its id and its revenue in units of the rules'' scale; all big-endian';
CREATE FUNCTION visitor_history_send(visitor_history) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION visitor_history_send(visitor_history) IS 'visitor_history as binary, in the order of time, see visitor_history_recv(internal)';

CREATE TYPE visitor_history (
	INPUT = visitor_history_in,
	OUTPUT = visitor_history_out,
	RECEIVE = visitor_history_recv,
	SEND = visitor_history_send,
	INTERNALLENGTH = variable,
	ALIGNMENT = double,
	STORAGE = extended
);
COMMENT ON TYPE visitor_history IS 'the touches and the conversions of a visitor, and the rules by which they are attributed; the state of visitor_credits';

CREATE FUNCTION visitor_history_add(visitor_history, click click_event, conversion_id bigint, converted_at timestamptz, revenue numeric, rules attribution_rules) RETURNS visitor_history
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_history_add(visitor_history, click_event, bigint, timestamptz, numeric, attribution_rules) IS 'the history with a row more: its click, if it is a touch by the rules, and its conversion, if conversion_id is not NULL; a NULL history is none. An error: rules that are NULL or others than those of the history, a conversion without a time, revenue that does not fit a bigint at the rules'' scale';
CREATE FUNCTION visitor_history_union(visitor_history, visitor_history) RETURNS visitor_history
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION visitor_history_union(visitor_history, visitor_history) IS 'the touches and conversions of both, whose rules must be the same; a NULL history is none';
CREATE FUNCTION visitor_history_credits(visitor_history) RETURNS attribution_credit[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION visitor_history_credits(visitor_history) IS 'the credits for the conversions of a visitor by the rules of the history, in the order of the conversions, of the rules'' models and of the touches; {} without conversions and for NULL. An error if they do not fit an array, 1 GB';

CREATE AGGREGATE visitor_credits(click click_event, conversion_id bigint, converted_at timestamptz, revenue numeric, rules attribution_rules) (
	SFUNC = visitor_history_add,
	STYPE = visitor_history,
	SSPACE = 512,
	FINALFUNC = visitor_history_credits,
	COMBINEFUNC = visitor_history_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE visitor_credits(click_event, bigint, timestamptz, numeric, attribution_rules) IS
'the credits for the conversions of one visitor, as attribute() gives them: group by visitor. A row with a click is a touch, unless the rules leave it out or its visitor is unknown; a row with a conversion_id is a conversion at converted_at, of revenue (NULL is 0); one with neither is ignored. Rows may come in any order; rules are the same in all. {} without conversions. All conversions of the visitor count for touch_reuse, so choose among them afterwards. An error: NULL or different rules, a conversion without a time, revenue that does not fit a bigint at the rules'' scale, a visitor or credits of more than 1 GB';
CREATE AGGREGATE visitor_credits_sketch(click click_event, conversion_id bigint, converted_at timestamptz, revenue numeric, rules attribution_rules) (
	SFUNC = visitor_history_add,
	STYPE = visitor_history,
	SSPACE = 512,
	COMBINEFUNC = visitor_history_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE visitor_credits_sketch(click_event, bigint, timestamptz, numeric, attribution_rules) IS 'the touches and conversions that visitor_credits looks at, to be kept and merged; NULL without any';
CREATE AGGREGATE visitor_credits_merge(visitor_history) (
	SFUNC = visitor_history_union,
	STYPE = visitor_history,
	SSPACE = 512,
	FINALFUNC = visitor_history_credits,
	COMBINEFUNC = visitor_history_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE visitor_credits_merge(visitor_history) IS 'what visitor_credits says of the rows of all the states; NULL states are none';

