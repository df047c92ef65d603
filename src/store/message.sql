-- ---------------------------------------------------------------------------
-- The store: messages sent, delivered and refused
-- ---------------------------------------------------------------------------

CREATE TABLE send (
	send_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	message_key text NOT NULL UNIQUE CHECK (message_key <> ''),
	campaign_id bigint NOT NULL,
	recipient_id bigint,
	channel text NOT NULL CHECK (click_event('epoch', 0, channel => channel) IS NOT NULL),
	variant integer CHECK (variant BETWEEN 0 AND 255),
	holdout boolean NOT NULL DEFAULT false,
	sent_at timestamptz NOT NULL CHECK (isfinite(sent_at)),
	delivered_at timestamptz CHECK (isfinite(delivered_at)),
	failed_at timestamptz CHECK (isfinite(failed_at)),
	failure text,
	recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON send (recipient_id, campaign_id);
CREATE INDEX ON send (campaign_id, sent_at);
COMMENT ON TABLE send IS 'one message to one recipient, or one recipient held out of a campaign';
COMMENT ON COLUMN send.send_id IS 'number of the send';
COMMENT ON COLUMN send.message_key IS 'the provider''s own key of the message; recording it again changes nothing';
COMMENT ON COLUMN send.campaign_id IS 'the campaign that it belongs to';
COMMENT ON COLUMN send.recipient_id IS 'who gets it; NULL after erase_visitor()';
COMMENT ON COLUMN send.channel IS 'sms, email, push, in_app, web, qr or other';
COMMENT ON COLUMN send.variant IS 'variant of the message in an A/B test, 0 to 255; NULL: no test';
COMMENT ON COLUMN send.holdout IS 'whether the recipient was held out and got nothing, for comparison';
COMMENT ON COLUMN send.sent_at IS 'when it was sent, or the recipient held out';
COMMENT ON COLUMN send.delivered_at IS 'when it was delivered; NULL: not, or not known';
COMMENT ON COLUMN send.failed_at IS 'when it was found that it cannot be delivered; NULL: it was not';
COMMENT ON COLUMN send.failure IS 'why it was not delivered, in the provider''s words';
COMMENT ON COLUMN send.recorded_at IS 'when it was recorded here';

CREATE TABLE opt_out (
	opt_out_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	opt_out_key text NOT NULL UNIQUE CHECK (opt_out_key <> ''),
	visitor_id bigint,
	campaign_id bigint,
	channel text NOT NULL CHECK (click_event('epoch', 0, channel => channel) IS NOT NULL),
	opted_out_at timestamptz NOT NULL CHECK (isfinite(opted_out_at)),
	reason text,
	recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON opt_out (visitor_id);
CREATE INDEX ON opt_out (opted_out_at);
COMMENT ON TABLE opt_out IS 'visitors who want no more messages';
COMMENT ON COLUMN opt_out.opt_out_id IS 'number of the opt-out';
COMMENT ON COLUMN opt_out.opt_out_key IS 'the service''s own key; recording it again changes nothing';
COMMENT ON COLUMN opt_out.visitor_id IS 'who opted out; NULL when unknown';
COMMENT ON COLUMN opt_out.campaign_id IS 'the campaign that it answered; NULL when unknown';
COMMENT ON COLUMN opt_out.channel IS 'the channel that they want nothing on';
COMMENT ON COLUMN opt_out.opted_out_at IS 'when';
COMMENT ON COLUMN opt_out.reason IS 'why, in their words or the service''s';
COMMENT ON COLUMN opt_out.recorded_at IS 'when it was recorded here';

SELECT pg_extension_config_dump('send', '');
SELECT pg_extension_config_dump('send_send_id_seq', '');
SELECT pg_extension_config_dump('opt_out', '');
SELECT pg_extension_config_dump('opt_out_opt_out_id_seq', '');
