-- ---------------------------------------------------------------------------
-- The store: tables
-- ---------------------------------------------------------------------------

CREATE TABLE campaign (
	campaign_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE CHECK (name <> ''),
	-- the type knows its words and names them in its error
	channel text NOT NULL CHECK (click_event('epoch', 0, channel => channel) IS NOT NULL),
	audience text,
	starts_at timestamptz,
	ends_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now(),
	CHECK (ends_at > starts_at)
);
COMMENT ON TABLE campaign IS 'what is sent to whom, and when';
COMMENT ON COLUMN campaign.campaign_id IS 'number of the campaign';
COMMENT ON COLUMN campaign.name IS 'its name, by which it is known everywhere';
COMMENT ON COLUMN campaign.channel IS 'sms, email, push, in_app, web, qr or other';
COMMENT ON COLUMN campaign.audience IS 'the people it is meant for';
COMMENT ON COLUMN campaign.starts_at IS 'when it begins; NULL: open';
COMMENT ON COLUMN campaign.ends_at IS 'when it is over; NULL: open';
COMMENT ON COLUMN campaign.created_at IS 'when it was created here';

-- Made by the first create_link, so that a restored dump brings its own.
CREATE TABLE short_code_key (
	key_version integer PRIMARY KEY,
	key bigint NOT NULL,
	min_length integer NOT NULL DEFAULT 6,
	alphabet text NOT NULL DEFAULT 'base58',
	created_at timestamptz NOT NULL DEFAULT now(),
	CHECK (short_code_encode(0, key, min_length, alphabet) IS NOT NULL)
);
COMMENT ON TABLE short_code_key IS 'how new links get their codes; the greatest key_version is in use';
COMMENT ON COLUMN short_code_key.key_version IS 'number of the key';
COMMENT ON COLUMN short_code_key.key IS 'key argument of short_code_encode';
COMMENT ON COLUMN short_code_key.min_length IS 'min_length argument of short_code_encode';
COMMENT ON COLUMN short_code_key.alphabet IS 'alphabet argument of short_code_encode';
COMMENT ON COLUMN short_code_key.created_at IS 'since when the key is there';

CREATE TABLE link (
	link_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	-- no foreign key: pg_restore -j fills an extension's tables in any order
	campaign_id bigint NOT NULL,
	domain text NOT NULL DEFAULT '' CHECK (domain = lower(domain)),
	code text NOT NULL,
	url text NOT NULL CHECK (url ~* '^https?://[^/?#[:space:][:cntrl:]]+[^[:space:][:cntrl:]]*$'),
	channel text NOT NULL CHECK (click_event('epoch', 0, channel => channel) IS NOT NULL),
	created_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (domain, code)
);
CREATE INDEX ON link (campaign_id);
COMMENT ON TABLE link IS 'a tracked link: who follows its code gets to its url';
COMMENT ON COLUMN link.link_id IS 'number of the link';
COMMENT ON COLUMN link.campaign_id IS 'the campaign that it is sent in';
COMMENT ON COLUMN link.domain IS 'host name of the short link in lower case; empty where there is only one';
COMMENT ON COLUMN link.code IS 'the short code, unique within the domain';
COMMENT ON COLUMN link.url IS 'where the click is led';
COMMENT ON COLUMN link.channel IS 'channel of its clicks';
COMMENT ON COLUMN link.created_at IS 'when it was created';

CREATE TABLE click (
	event click_event NOT NULL
) PARTITION BY RANGE (clicked_at(event));
-- No index here: ATTACH PARTITION would make it again under the name that a dump gives to
-- the partition's own, and no dump could be restored. Each partition has its own.
-- without these, the planner takes every value of a field for a different one
CREATE STATISTICS click_link_id ON link_id(event) FROM click;
CREATE STATISTICS click_visitor_id ON visitor_id(event) FROM click;
CREATE STATISTICS click_channel ON channel(event) FROM click;
COMMENT ON TABLE click IS 'a click a row, by month; the view clicks shows the fields';
COMMENT ON COLUMN click.event IS 'the click';

CREATE TABLE click_default PARTITION OF click DEFAULT;
CREATE INDEX ON click_default USING brin (clicked_at(event)) WITH (autosummarize = on);
COMMENT ON TABLE click_default IS 'clicks of months that have no partition yet; create_click_partitions moves them to theirs';
COMMENT ON COLUMN click_default.event IS 'the click';

CREATE TABLE conversion (
	conversion_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	order_id text NOT NULL UNIQUE CHECK (order_id <> ''),
	visitor_id bigint,
	converted_at timestamptz NOT NULL CHECK (isfinite(converted_at)),
	-- finite, and exact in 64 bits at four decimals, so that no order spoils a report
	revenue numeric NOT NULL CHECK (abs(revenue) < 1e14),
	-- ISO 4217; XXX is its word for no currency
	currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
	kind text NOT NULL,
	recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON conversion (converted_at);
CREATE INDEX ON conversion (visitor_id);
COMMENT ON TABLE conversion IS 'what visitors did that counts: orders, sign-ups, refunds';
COMMENT ON COLUMN conversion.conversion_id IS 'number of the conversion';
COMMENT ON COLUMN conversion.order_id IS 'the service''s own key; recording it again changes nothing';
COMMENT ON COLUMN conversion.visitor_id IS 'who converted; NULL when unknown';
COMMENT ON COLUMN conversion.converted_at IS 'when';
COMMENT ON COLUMN conversion.revenue IS 'what it earned, in currency, below 1e14; negative for a refund';
COMMENT ON COLUMN conversion.currency IS 'three letters of ISO 4217; XXX where the service named none';
COMMENT ON COLUMN conversion.kind IS 'what happened, such as purchase or refund';
COMMENT ON COLUMN conversion.recorded_at IS 'when it was recorded here';

-- pg_dump takes the rows along, and the sequences behind the ids.
SELECT pg_extension_config_dump('campaign', '');
SELECT pg_extension_config_dump('short_code_key', '');
SELECT pg_extension_config_dump('link', '');
SELECT pg_extension_config_dump('click_default', '');
SELECT pg_extension_config_dump('conversion', '');
SELECT pg_extension_config_dump('campaign_campaign_id_seq', '');
SELECT pg_extension_config_dump('link_link_id_seq', '');
SELECT pg_extension_config_dump('conversion_conversion_id_seq', '');

