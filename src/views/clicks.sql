-- ---------------------------------------------------------------------------
-- The clicks, a column a field
-- ---------------------------------------------------------------------------

CREATE VIEW clicks AS
SELECT clicked_at(event) AS clicked_at,
	link_id(event) AS link_id,
	visitor_id(event) AS visitor_id,
	channel(event) AS channel,
	country(event) AS country,
	device(event) AS device,
	os(event) AS os,
	browser(event) AS browser,
	variant(event) AS variant,
	destination(event) AS destination,
	referrer_id(event) AS referrer_id,
	bot_reasons(event) AS bot_reasons,
	is_bot(event) AS is_bot,
	known(event) AS known,
	event
FROM click;
COMMENT ON VIEW clicks IS 'the clicks, a column a field';
COMMENT ON COLUMN clicks.clicked_at IS 'when the click happened';
COMMENT ON COLUMN clicks.link_id IS 'the link that was clicked';
COMMENT ON COLUMN clicks.visitor_id IS 'who clicked; NULL when unknown';
COMMENT ON COLUMN clicks.channel IS 'sms, email, push, in_app, web, qr or other';
COMMENT ON COLUMN clicks.country IS 'two-letter code of ISO 3166-1';
COMMENT ON COLUMN clicks.device IS 'phone, tablet, desktop, tv, wearable, console or other';
COMMENT ON COLUMN clicks.os IS 'operating system';
COMMENT ON COLUMN clicks.browser IS 'browser or in-app browser';
COMMENT ON COLUMN clicks.variant IS 'variant of an A/B test';
COMMENT ON COLUMN clicks.destination IS 'where the click led: web or app';
COMMENT ON COLUMN clicks.referrer_id IS 'number of the referring site';
COMMENT ON COLUMN clicks.bot_reasons IS 'why the click is not a person''s; empty for a person';
COMMENT ON COLUMN clicks.is_bot IS 'whether there is any bot reason';
COMMENT ON COLUMN clicks.known IS 'whether the visitor is a known user';
COMMENT ON COLUMN clicks.event IS 'the click as click_event';
