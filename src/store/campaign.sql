-- ---------------------------------------------------------------------------
-- The store: campaigns
-- ---------------------------------------------------------------------------

CREATE TABLE campaign (
	campaign_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE CHECK (name <> ''),
	-- the type knows its words and names them in its error
	channel text NOT NULL CHECK (click_event('epoch', 0, channel => channel) IS NOT NULL),
	stage text,
	audience text,
	creative text,
	offer text,
	starts_at timestamptz,
	ends_at timestamptz,
	utm_source text,
	utm_medium text,
	utm_campaign text,
	utm_term text,
	utm_content text,
	holdout_share float8 CHECK (holdout_share > 0 AND holdout_share < 1),
	created_at timestamptz NOT NULL DEFAULT now(),
	CHECK (ends_at > starts_at)
);
COMMENT ON TABLE campaign IS 'what is sent to whom, and when';
COMMENT ON COLUMN campaign.campaign_id IS 'number of the campaign';
COMMENT ON COLUMN campaign.name IS 'its name, by which it is known everywhere';
COMMENT ON COLUMN campaign.channel IS 'sms, email, push, in_app, web, qr or other';
COMMENT ON COLUMN campaign.stage IS 'stage of a customer''s life that it speaks to, such as welcome or win-back';
COMMENT ON COLUMN campaign.audience IS 'the people it is meant for';
COMMENT ON COLUMN campaign.creative IS 'text or picture that it uses';
COMMENT ON COLUMN campaign.offer IS 'what it offers';
COMMENT ON COLUMN campaign.starts_at IS 'when it begins; NULL: open';
COMMENT ON COLUMN campaign.ends_at IS 'when it is over; NULL: open';
COMMENT ON COLUMN campaign.utm_source IS 'utm_source that its links get, unless their url has one; NULL: none';
COMMENT ON COLUMN campaign.utm_medium IS 'utm_medium that its links get; NULL: none';
COMMENT ON COLUMN campaign.utm_campaign IS 'utm_campaign that its links get; NULL: none';
COMMENT ON COLUMN campaign.utm_term IS 'utm_term that its links get; NULL: none';
COMMENT ON COLUMN campaign.utm_content IS 'utm_content that its links get; NULL: none';
COMMENT ON COLUMN campaign.holdout_share IS 'share of its recipients that is to be held out, above 0 and below 1; NULL: not told';
COMMENT ON COLUMN campaign.created_at IS 'when it was created here';

CREATE FUNCTION campaign_dimensions() RETURNS text[]
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN '{name,channel,stage,audience,creative,offer,utm_source,utm_medium,utm_campaign,utm_term,utm_content}'::text[];
COMMENT ON FUNCTION campaign_dimensions() IS 'the columns of campaign that the taxonomy can rule';

CREATE TABLE taxonomy (
	dimension text PRIMARY KEY CHECK (dimension = ANY (campaign_dimensions())),
	words text[],
	pattern text,
	required boolean NOT NULL DEFAULT false,
	hint text,
	CHECK (words IS NOT NULL OR pattern IS NOT NULL OR required)
);
COMMENT ON TABLE taxonomy IS 'the rules that campaigns are named by, at most one a dimension; set by set_taxonomy()';
COMMENT ON COLUMN taxonomy.dimension IS 'column of campaign that it rules';
COMMENT ON COLUMN taxonomy.words IS 'the words that are allowed; NULL: any';
COMMENT ON COLUMN taxonomy.pattern IS 'regular expression that the whole value has to match; NULL: any';
COMMENT ON COLUMN taxonomy.required IS 'whether a value must be there';
COMMENT ON COLUMN taxonomy.hint IS 'what to tell people who break the rule';

SELECT pg_extension_config_dump('campaign', '');
SELECT pg_extension_config_dump('campaign_campaign_id_seq', '');
SELECT pg_extension_config_dump('taxonomy', '');

-- ---- the taxonomy ----

-- The pattern tied to both ends of the value; options such as (?i) have to stay in front.
CREATE FUNCTION whole_pattern(pattern text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN regexp_replace(pattern, '^(\(\?[cimnpstw]+\))?(.*)$', '\1\A(?:\2)\Z');
COMMENT ON FUNCTION whole_pattern(text) IS 'the regular expression that matches a text if pattern matches the whole of it';

CREATE FUNCTION campaign_problem(c campaign, rule taxonomy, OUT value text, OUT problem text)
	LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
	SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	value := to_jsonb(c) ->> rule.dimension;
	IF coalesce(value, '') = '' THEN
		problem := CASE WHEN rule.required THEN 'is missing' END;
	ELSIF value <> ALL (rule.words) THEN
		problem := format('is none of %s', array_to_string(rule.words, ', '));
	ELSIF value !~ clicktrack.whole_pattern(rule.pattern) THEN
		problem := format('does not match %s', rule.pattern);
	END IF;
END
$$;
COMMENT ON FUNCTION campaign_problem(campaign, taxonomy) IS
'the campaign''s value in the dimension of a rule, and what is wrong with it by that rule, NULL if nothing is; an empty value is a missing one';

CREATE VIEW naming_violations AS
SELECT c.campaign_id, c.name AS campaign, t.dimension, p.value, p.problem
FROM campaign c CROSS JOIN taxonomy t CROSS JOIN LATERAL campaign_problem(c, t) p
WHERE p.problem IS NOT NULL;
COMMENT ON VIEW naming_violations IS 'campaigns that break a rule of the taxonomy, because they were there before it';
COMMENT ON COLUMN naming_violations.campaign_id IS 'number of the campaign';
COMMENT ON COLUMN naming_violations.campaign IS 'its name';
COMMENT ON COLUMN naming_violations.dimension IS 'the rule that it breaks';
COMMENT ON COLUMN naming_violations.value IS 'its value in that dimension; NULL: none';
COMMENT ON COLUMN naming_violations.problem IS 'what is wrong with the value';

CREATE FUNCTION set_taxonomy(
	dimension text,
	words text[] DEFAULT NULL,
	pattern text DEFAULT NULL,
	required boolean DEFAULT false,
	hint text DEFAULT NULL
) RETURNS taxonomy
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	rule clicktrack.taxonomy := ROW(dimension, words, pattern, coalesce(required, false), hint);
BEGIN
	IF dimension = ANY (clicktrack.campaign_dimensions()) IS NOT TRUE THEN
		RAISE EXCEPTION 'campaigns have no dimension %', quote_nullable(dimension)
			USING ERRCODE = 'invalid_parameter_value',
				HINT = format('It is one of %s.', array_to_string(clicktrack.campaign_dimensions(), ', '));
	END IF;
	IF words = '{}' OR array_position(words, NULL) IS NOT NULL OR '' = ANY (words) THEN
		RAISE EXCEPTION 'invalid words of the dimension %: %', dimension, words
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'There is at least one, and none is empty or NULL. Without words, any value is allowed.';
	END IF;
	IF words IS NULL AND pattern IS NULL AND NOT rule.required THEN
		RAISE EXCEPTION 'a rule for % without words, pattern and required would allow everything', dimension
			USING ERRCODE = 'invalid_parameter_value', HINT = 'drop_taxonomy() removes a rule.';
	END IF;
	BEGIN
		-- alone first: "a)|(b" is none, though it would be one between parentheses
		PERFORM '' ~ pattern, '' ~ clicktrack.whole_pattern(pattern);
	EXCEPTION WHEN invalid_regular_expression THEN
		RAISE EXCEPTION 'invalid pattern of the dimension %: %', dimension, quote_literal(pattern)
			USING ERRCODE = 'invalid_regular_expression', DETAIL = SQLERRM,
				HINT = 'It is a regular expression, with no options but (?i) and the like in front.';
	END;

	INSERT INTO clicktrack.taxonomy SELECT rule.*
	ON CONFLICT ON CONSTRAINT taxonomy_pkey DO UPDATE
	SET words = excluded.words, pattern = excluded.pattern, required = excluded.required, hint = excluded.hint;
	RETURN rule;
END
$$;
REVOKE EXECUTE ON FUNCTION set_taxonomy(text, text[], text, boolean, text) FROM PUBLIC;
COMMENT ON FUNCTION set_taxonomy(text, text[], text, boolean, text) IS
'sets the rule of one dimension of campaigns and returns it, in place of an earlier one: the words that are allowed, a regular expression that the whole value matches, whether a value must be there, and the hint for those who break it; create_campaign() refuses what breaks a rule, the view naming_violations shows what was there before; a dimension that is none of campaign_dimensions(), empty words or a pattern that is none is an error';

CREATE FUNCTION drop_taxonomy(dimension text) RETURNS boolean
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	DELETE FROM clicktrack.taxonomy t WHERE t.dimension = drop_taxonomy.dimension;
	RETURN FOUND;
END
$$;
REVOKE EXECUTE ON FUNCTION drop_taxonomy(text) FROM PUBLIC;
COMMENT ON FUNCTION drop_taxonomy(text) IS 'removes the rule of a dimension and returns whether there was one';

-- ---- campaigns ----

CREATE FUNCTION check_taxonomy(c campaign) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE
	SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	broken record;
BEGIN
	FOR broken IN
		SELECT t.dimension, t.hint, t.words, p.value, p.problem
		FROM clicktrack.taxonomy t CROSS JOIN LATERAL clicktrack.campaign_problem(c, t) p
		WHERE p.problem IS NOT NULL
		ORDER BY array_position(clicktrack.campaign_dimensions(), t.dimension)
	LOOP
		RAISE EXCEPTION 'campaign % breaks a rule: % %', quote_literal(c.name), broken.dimension,
				concat_ws(' ', quote_literal(broken.value), broken.problem)
			USING ERRCODE = 'check_violation',
				HINT = coalesce(broken.hint, 'Allowed: ' || array_to_string(broken.words, ', ') || '.',
					'The table taxonomy has the rules.');
	END LOOP;
END
$$;
REVOKE EXECUTE ON FUNCTION check_taxonomy(campaign) FROM PUBLIC;
COMMENT ON FUNCTION check_taxonomy(campaign) IS 'an error if the campaign breaks a rule of the taxonomy';

CREATE FUNCTION create_campaign(
	name text,
	channel text DEFAULT 'other',
	audience text DEFAULT NULL,
	starts_at timestamptz DEFAULT NULL,
	ends_at timestamptz DEFAULT NULL,
	stage text DEFAULT NULL,
	creative text DEFAULT NULL,
	offer text DEFAULT NULL,
	utm_source text DEFAULT NULL,
	utm_medium text DEFAULT NULL,
	utm_campaign text DEFAULT NULL,
	utm_term text DEFAULT NULL,
	utm_content text DEFAULT NULL,
	holdout_share float8 DEFAULT NULL
) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	made_here constant text[] := '{campaign_id,created_at}';
	wanted clicktrack.campaign := ROW(NULL, name, channel, stage, audience, creative, offer, starts_at, ends_at,
		utm_source, utm_medium, utm_campaign, utm_term, utm_content, holdout_share, NULL);
	existing clicktrack.campaign;
	new_id bigint;
BEGIN
	IF NOT (holdout_share > 0 AND holdout_share < 1) THEN
		RAISE EXCEPTION 'invalid holdout_share of a campaign: %', holdout_share
			USING ERRCODE = 'invalid_parameter_value',
				HINT = 'It is above 0 and below 1, such as 0.1 where one recipient in ten is held out.';
	END IF;
	LOOP
		SELECT c.* INTO existing FROM clicktrack.campaign c WHERE c.name = wanted.name;
		EXIT WHEN FOUND;
		PERFORM clicktrack.check_taxonomy(wanted);
		INSERT INTO clicktrack.campaign AS c (name, channel, stage, audience, creative, offer, starts_at, ends_at,
			utm_source, utm_medium, utm_campaign, utm_term, utm_content, holdout_share)
		VALUES (wanted.name, wanted.channel, wanted.stage, wanted.audience, wanted.creative, wanted.offer,
			wanted.starts_at, wanted.ends_at, wanted.utm_source, wanted.utm_medium, wanted.utm_campaign,
			wanted.utm_term, wanted.utm_content, wanted.holdout_share)
		ON CONFLICT ON CONSTRAINT campaign_name_key DO NOTHING
		RETURNING c.campaign_id INTO new_id;
		IF FOUND THEN
			RETURN new_id;
		END IF;
		-- another session has just created it, and has committed by now
	END LOOP;

	IF to_jsonb(existing) - made_here <> to_jsonb(wanted) - made_here THEN
		RAISE EXCEPTION 'campaign "%" exists already and differs', name
			USING ERRCODE = 'unique_violation',
				DETAIL = format('It is %s.', to_jsonb(existing)),
				HINT = 'Choose another name, or give the same values to get its campaign_id.';
	END IF;
	RETURN existing.campaign_id;
END
$$;
REVOKE EXECUTE ON FUNCTION create_campaign(text, text, text, timestamptz, timestamptz, text, text, text, text, text, text, text, text, float8) FROM PUBLIC;
COMMENT ON FUNCTION create_campaign(text, text, text, timestamptz, timestamptz, text, text, text, text, text, text, text, text, float8) IS
'creates a campaign and returns its campaign_id; the same call again returns the same; any other value under the same name is an error, and so are one that breaks a rule of set_taxonomy() and a holdout_share that is not between 0 and 1';
