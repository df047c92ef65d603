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
COMMENT ON COLUMN campaign.created_at IS 'when it was created here';

CREATE TABLE taxonomy (
	dimension text PRIMARY KEY CHECK (dimension IN ('name', 'channel', 'stage', 'audience', 'creative',
		'offer', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content')),
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

CREATE FUNCTION create_campaign(
	name text,
	channel text DEFAULT 'other',
	audience text DEFAULT NULL,
	starts_at timestamptz DEFAULT NULL,
	ends_at timestamptz DEFAULT NULL
) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	existing clicktrack.campaign;
	new_id bigint;
BEGIN
	INSERT INTO clicktrack.campaign AS c (name, channel, audience, starts_at, ends_at)
	VALUES (create_campaign.name, create_campaign.channel, create_campaign.audience,
		create_campaign.starts_at, create_campaign.ends_at)
	ON CONFLICT ON CONSTRAINT campaign_name_key DO NOTHING
	RETURNING c.campaign_id INTO new_id;
	IF new_id IS NOT NULL THEN
		RETURN new_id;
	END IF;

	SELECT * INTO existing FROM clicktrack.campaign c WHERE c.name = create_campaign.name;
	IF (existing.channel, existing.audience, existing.starts_at, existing.ends_at)
		IS DISTINCT FROM (create_campaign.channel, create_campaign.audience,
			create_campaign.starts_at, create_campaign.ends_at) THEN
		RAISE EXCEPTION 'campaign "%" exists already and differs', name
			USING ERRCODE = 'unique_violation',
				DETAIL = format('It is %s.', to_jsonb(existing)),
				HINT = 'Choose another name, or give the same values to get its campaign_id.';
	END IF;
	RETURN existing.campaign_id;
END
$$;
COMMENT ON FUNCTION create_campaign(text, text, text, timestamptz, timestamptz) IS
'creates a campaign and returns its campaign_id; the same call again returns the same; another channel, audience or time under the same name is an error';
REVOKE EXECUTE ON FUNCTION create_campaign(text, text, text, timestamptz, timestamptz) FROM PUBLIC;
