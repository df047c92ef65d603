-- ---------------------------------------------------------------------------
-- markov_attribution, shapley_attribution
-- ---------------------------------------------------------------------------

CREATE TYPE path_credit AS (
	label text,
	conversions float8,
	revenue numeric,
	share float8,
	removal_effect float8,
	"position" integer
);
COMMENT ON TYPE path_credit IS 'what a label of paths is credited with; a row of what markov_attribution and shapley_attribution give';
COMMENT ON COLUMN path_credit.label IS 'the label; (none) for a touch without one';
COMMENT ON COLUMN path_credit.conversions IS 'the credited conversions: the share of all conversions of paths with touches';
COMMENT ON COLUMN path_credit.revenue IS 'the credited revenue, with the decimals of the whole and at least 2; all rows sum exactly to the revenue of paths with touches';
COMMENT ON COLUMN path_credit.share IS 'the part of all conversions, 0 to 1; 0 if there are none';
COMMENT ON COLUMN path_credit.removal_effect IS 'of Markov chains: the part of the conversions that is lost when nobody gets past the label, 0 to 1, to 12 digits; else NULL';
COMMENT ON COLUMN path_credit."position" IS 'of ordered Shapley values: the position in the path, from 1, where only the first touch of each label counts; else NULL';

CREATE TYPE path_counts;

CREATE FUNCTION path_counts_in(cstring) RETURNS path_counts
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION path_counts_in(cstring) IS 'path_counts from text such as markov_order=1 ordered=false ["email","sms"]=3,1,104.50 ["sms"]=0,4,0: the options, and each path with its conversions, non-conversions and revenue; a quote or a backslash in a label has a backslash before it; paths may be repeated, and are added up';
CREATE FUNCTION path_counts_out(path_counts) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION path_counts_out(path_counts) IS 'path_counts as text such as markov_order=1 ordered=false ["email","sms"]=3,1,104.50 ["sms"]=0,4,0';
CREATE FUNCTION path_counts_recv(internal) RETURNS path_counts
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION path_counts_recv(internal) IS 'path_counts from binary: a version byte, the order and whether ordered as a byte each, the number of paths as big-endian int32; for each path the number of labels as int32, each label''s bytes and their number as int32, conversions and non-conversions as int64, the revenue as binary numeric';
CREATE FUNCTION path_counts_send(path_counts) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION path_counts_send(path_counts) IS 'path_counts as binary: a version byte, the order and whether ordered as a byte each, the number of paths as big-endian int32; for each path the number of labels as int32, each label''s bytes and their number as int32, conversions and non-conversions as int64, the revenue as binary numeric';

CREATE TYPE path_counts (
	INPUT = path_counts_in,
	OUTPUT = path_counts_out,
	RECEIVE = path_counts_recv,
	SEND = path_counts_send,
	INTERNALLENGTH = variable,
	ALIGNMENT = int4,
	STORAGE = extended
);
COMMENT ON TYPE path_counts IS 'how often each path was taken, with and without a conversion, and what it earned, exactly; the state of markov_attribution and shapley_attribution, either of which can be asked of it';

CREATE FUNCTION path_counts_add(path_counts, path text[], conversions bigint, non_conversions bigint, revenue numeric) RETURNS path_counts
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION path_counts_add(path_counts, text[], bigint, bigint, numeric) IS 'the counts with a row more, unless its path is NULL or empty; NULL counts are empty, a NULL label is (none), NULL conversions, non_conversions and revenue are 0. An error: a negative number, a revenue that is NaN or infinite, a path of more than one dimension, other options than those of the counts';
CREATE FUNCTION path_counts_add(path_counts, path text[], conversions bigint, non_conversions bigint, revenue numeric, markov_order integer) RETURNS path_counts
	AS 'MODULE_PATHNAME', 'path_counts_add_of_order' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION path_counts_add(path_counts, text[], bigint, bigint, numeric, integer) IS 'the same for a Markov chain of an order from 1 to 4, the same in all rows';
CREATE FUNCTION path_counts_add(path_counts, path text[], conversions bigint, non_conversions bigint, revenue numeric, ordered boolean) RETURNS path_counts
	AS 'MODULE_PATHNAME', 'path_counts_add_ordered' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION path_counts_add(path_counts, text[], bigint, bigint, numeric, boolean) IS 'the same for Shapley values that are ordered or not, the same in all rows';
CREATE FUNCTION path_counts_union(path_counts, path_counts) RETURNS path_counts
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION path_counts_union(path_counts, path_counts) IS 'the paths of both, whose options must be the same; NULL counts are empty';
CREATE FUNCTION path_counts_markov(path_counts) RETURNS path_credit[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION path_counts_markov(path_counts) IS 'what markov_attribution says of the paths; NULL for NULL';
CREATE FUNCTION path_counts_shapley(path_counts) RETURNS path_credit[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION path_counts_shapley(path_counts) IS 'what shapley_attribution says of the paths; NULL for NULL';

CREATE AGGREGATE markov_attribution(path text[], conversions bigint, non_conversions bigint, revenue numeric) (
	SFUNC = path_counts_add,
	STYPE = path_counts,
	SSPACE = 1024,
	FINALFUNC = path_counts_markov,
	COMBINEFUNC = path_counts_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE markov_attribution(text[], bigint, bigint, numeric) IS 'the credit of each label by its removal effect in a Markov chain of order 1 of all paths, solved exactly, the greatest share first, then by label. Each row is a path, how often it led to a conversion and how often not, and the revenue of all its conversions; NULL numbers are 0, a NULL label is (none). A NULL path is no row; the conversions of an empty path are nobody''s. If no path converts all get 0, of the revenue, too. NULL without a path of touches. A negative number, a revenue that is NaN or infinite, a path of more than one dimension is an error';
CREATE AGGREGATE markov_attribution(path text[], conversions bigint, non_conversions bigint, revenue numeric, markov_order integer) (
	SFUNC = path_counts_add,
	STYPE = path_counts,
	SSPACE = 1024,
	FINALFUNC = path_counts_markov,
	COMBINEFUNC = path_counts_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE markov_attribution(text[], bigint, bigint, numeric, integer) IS 'the same with a Markov chain of an order from 1 to 4, the same in all rows: its states are that many last touches, fewer at the beginning of a path; a label is removed with all states that contain it';
CREATE AGGREGATE markov_attribution_sketch(path text[], conversions bigint, non_conversions bigint, revenue numeric) (
	SFUNC = path_counts_add,
	STYPE = path_counts,
	SSPACE = 1024,
	COMBINEFUNC = path_counts_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE markov_attribution_sketch(text[], bigint, bigint, numeric) IS 'the paths that markov_attribution looks at, to be kept and merged; NULL without any';
CREATE AGGREGATE markov_attribution_sketch(path text[], conversions bigint, non_conversions bigint, revenue numeric, markov_order integer) (
	SFUNC = path_counts_add,
	STYPE = path_counts,
	SSPACE = 1024,
	COMBINEFUNC = path_counts_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE markov_attribution_sketch(text[], bigint, bigint, numeric, integer) IS 'the paths that markov_attribution looks at, to be kept and merged, for a chain of an order from 1 to 4; NULL without any';
CREATE AGGREGATE markov_attribution_merge(path_counts) (
	SFUNC = path_counts_union,
	STYPE = path_counts,
	SSPACE = 1024,
	FINALFUNC = path_counts_markov,
	COMBINEFUNC = path_counts_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE markov_attribution_merge(path_counts) IS 'what markov_attribution says of the rows of all the states, which must be of the same options; NULL states are none';

CREATE AGGREGATE shapley_attribution(path text[], conversions bigint, non_conversions bigint, revenue numeric) (
	SFUNC = path_counts_add,
	STYPE = path_counts,
	SSPACE = 1024,
	FINALFUNC = path_counts_shapley,
	COMBINEFUNC = path_counts_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE shapley_attribution(text[], bigint, bigint, numeric) IS 'the Shapley value of each label, exact for any number of labels, the greatest share first, then by label: the conversions and the revenue of a path are shared equally among its different labels. Each row is a path, how often it led to a conversion, how often not (which does not matter here), and the revenue of all its conversions; NULL numbers are 0, a NULL label is (none). A NULL path is no row; the conversions of an empty path are nobody''s. NULL without a path of touches. A negative number, a revenue that is NaN or infinite, a path of more than one dimension is an error';
CREATE AGGREGATE shapley_attribution(path text[], conversions bigint, non_conversions bigint, revenue numeric, ordered boolean) (
	SFUNC = path_counts_add,
	STYPE = path_counts,
	SSPACE = 1024,
	FINALFUNC = path_counts_shapley,
	COMBINEFUNC = path_counts_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE shapley_attribution(text[], bigint, bigint, numeric, boolean) IS 'the same; if ordered, which is the same in all rows, a row for each label at each of its positions in the paths, where only the first touch of each label counts: what it is credited with there. The rows of a label sum to its value';
CREATE AGGREGATE shapley_attribution_sketch(path text[], conversions bigint, non_conversions bigint, revenue numeric) (
	SFUNC = path_counts_add,
	STYPE = path_counts,
	SSPACE = 1024,
	COMBINEFUNC = path_counts_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE shapley_attribution_sketch(text[], bigint, bigint, numeric) IS 'the paths that shapley_attribution looks at, to be kept and merged; NULL without any';
CREATE AGGREGATE shapley_attribution_sketch(path text[], conversions bigint, non_conversions bigint, revenue numeric, ordered boolean) (
	SFUNC = path_counts_add,
	STYPE = path_counts,
	SSPACE = 1024,
	COMBINEFUNC = path_counts_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE shapley_attribution_sketch(text[], bigint, bigint, numeric, boolean) IS 'the paths that shapley_attribution looks at, to be kept and merged, for values that are ordered or not; NULL without any';
CREATE AGGREGATE shapley_attribution_merge(path_counts) (
	SFUNC = path_counts_union,
	STYPE = path_counts,
	SSPACE = 1024,
	FINALFUNC = path_counts_shapley,
	COMBINEFUNC = path_counts_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE shapley_attribution_merge(path_counts) IS 'what shapley_attribution says of the rows of all the states, which must be of the same options; NULL states are none';

