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
	recorded_at timestamptz NOT NULL DEFAULT now(),
	CHECK (NOT holdout OR (delivered_at IS NULL AND failed_at IS NULL))
-- room for the delivery beside the send, so that no index need know of it
) WITH (fillfactor = 80);
CREATE INDEX ON send (recipient_id, campaign_id);
CREATE INDEX ON send (campaign_id, sent_at);
-- for the sends of a period, which lie together
CREATE INDEX ON send USING brin (sent_at) WITH (autosummarize = on);
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
COMMENT ON COLUMN send.failed_at IS 'when it was found that it cannot be delivered; NULL: it was not; where delivered_at is there, too, it was delivered';
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

SELECT watch_changes('send', 'send', 'sent_at'), watch_changes('opt_out', 'opt_out', 'opted_out_at');

SELECT pg_extension_config_dump('send', '');
SELECT pg_extension_config_dump('send_send_id_seq', '');
SELECT pg_extension_config_dump('opt_out', '');
SELECT pg_extension_config_dump('opt_out_opt_out_id_seq', '');

CREATE FUNCTION record_sends(
	message_key text[],
	campaign bigint,
	recipient_id bigint[],
	sent_at timestamptz[],
	channel text[] DEFAULT NULL,
	variant integer[] DEFAULT NULL,
	holdout boolean[] DEFAULT NULL
) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	campaign_channel text := (SELECT c.channel FROM clicktrack.campaign AS c WHERE c.campaign_id = campaign);
	recorded bigint;
BEGIN
	PERFORM clicktrack.check_lengths('record_sends', 3, '{message_key,recipient_id,sent_at,channel,variant,holdout}',
		ARRAY[cardinality(message_key), cardinality(recipient_id), cardinality(sent_at),
			cardinality(channel), cardinality(variant), cardinality(holdout)]);
	PERFORM clicktrack.check_times('record_sends', 'sent_at', sent_at);
	IF campaign_channel IS NULL THEN
		PERFORM clicktrack.check_missing('campaign', ARRAY[campaign::text], 'Create it with create_campaign().');
	END IF;
	-- a message recorded before may be of a recipient erased since
	PERFORM clicktrack.check_missing('recipient', ARRAY(
		WITH missing AS MATERIALIZED (
			SELECT n.* FROM unnest(record_sends.message_key, record_sends.recipient_id)
				WITH ORDINALITY AS n(message_key, recipient_id, place)
			WHERE NOT EXISTS (SELECT FROM clicktrack.recipient AS r WHERE r.recipient_id = n.recipient_id)
		)
		SELECT m.recipient_id::text FROM missing AS m
		WHERE NOT EXISTS (SELECT FROM clicktrack.send AS s WHERE s.message_key = m.message_key)
		ORDER BY m.place), 'Record it with record_recipients().');

	INSERT INTO clicktrack.send (message_key, campaign_id, recipient_id, channel, variant, holdout, sent_at)
	SELECT n.message_key, campaign, n.recipient_id, coalesce(n.channel, campaign_channel), n.variant,
		coalesce(n.holdout, false), n.sent_at
	FROM unnest(record_sends.message_key, record_sends.recipient_id, record_sends.sent_at,
			record_sends.channel, record_sends.variant, record_sends.holdout)
		WITH ORDINALITY AS n(message_key, recipient_id, sent_at, channel, variant, holdout, place)
	ORDER BY n.message_key COLLATE "C", n.place
	ON CONFLICT ON CONSTRAINT send_message_key_key DO NOTHING;
	GET DIAGNOSTICS recorded = ROW_COUNT;
	RETURN recorded;
END
$$;
COMMENT ON FUNCTION record_sends(text[], bigint, bigint[], timestamptz[], text[], integer[], boolean[]) IS
'records a send of a campaign for each element of the arrays and returns how many were new; a message_key that is there already changes nothing; NULL channel is the campaign''s, variant none, holdout false; a campaign or recipient that is not there is an error';

CREATE FUNCTION record_sends(
	message_key text[],
	campaign text,
	recipient_id bigint[],
	sent_at timestamptz[],
	channel text[] DEFAULT NULL,
	variant integer[] DEFAULT NULL,
	holdout boolean[] DEFAULT NULL
) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN clicktrack.record_sends(message_key, clicktrack.campaign_id_of(campaign), recipient_id, sent_at, channel, variant, holdout);
END
$$;
COMMENT ON FUNCTION record_sends(text[], text, bigint[], timestamptz[], text[], integer[], boolean[]) IS
'record_sends with the campaign''s name instead of its campaign_id';
REVOKE EXECUTE ON FUNCTION
	record_sends(text[], bigint, bigint[], timestamptz[], text[], integer[], boolean[]),
	record_sends(text[], text, bigint[], timestamptz[], text[], integer[], boolean[])
FROM PUBLIC;

CREATE FUNCTION record_deliveries(
	message_key text[],
	delivered_at timestamptz[],
	failure text[] DEFAULT NULL
) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	-- Clocks that are kept differ by less, time zones that are mistaken by more.
	skew constant interval := '10 minutes';
	odd record;
	changed bigint;
BEGIN
	PERFORM clicktrack.check_lengths('record_deliveries', 2, '{message_key,delivered_at,failure}',
		ARRAY[cardinality(message_key), cardinality(delivered_at), cardinality(failure)]);
	PERFORM clicktrack.check_times('record_deliveries', 'delivered_at', delivered_at);
	-- locks every send, unless it comes upon one that makes all of this an error
	WITH locked AS MATERIALIZED (
		SELECT s.message_key, s.holdout, s.sent_at, n.delivered_at
		FROM clicktrack.send AS s
			JOIN (
				SELECT r.message_key, min(r.delivered_at) AS delivered_at
				FROM unnest(record_deliveries.message_key, record_deliveries.delivered_at) AS r(message_key, delivered_at)
				GROUP BY r.message_key
			) AS n ON n.message_key = s.message_key
		ORDER BY s.message_key COLLATE "C"
		FOR NO KEY UPDATE OF s
	)
	SELECT * INTO odd FROM locked AS l
	WHERE l.holdout OR l.delivered_at < l.sent_at - skew
	LIMIT 1;
	IF odd.holdout THEN
		RAISE EXCEPTION 'message % cannot be delivered: its recipient was held out', quote_literal(odd.message_key)
			USING ERRCODE = 'check_violation';
	ELSIF FOUND THEN
		RAISE EXCEPTION 'message % was delivered before it was sent: % is before %',
				quote_literal(odd.message_key), odd.delivered_at, odd.sent_at
			USING ERRCODE = 'check_violation',
				HINT = 'Are the clocks and the time zone right?';
	END IF;
	PERFORM clicktrack.check_missing('message', ARRAY(
		SELECT quote_nullable(n.message_key)
		FROM unnest(record_deliveries.message_key) WITH ORDINALITY AS n(message_key, place)
		WHERE NOT EXISTS (SELECT FROM clicktrack.send AS s WHERE s.message_key = n.message_key)
		ORDER BY n.place), 'Record it with record_sends() first.', 'no_data_found');

	UPDATE clicktrack.send AS s
	SET delivered_at = least(s.delivered_at, n.delivered_at),
		failed_at = least(s.failed_at, n.failed_at),
		failure = CASE WHEN least(s.failed_at, n.failed_at) IS DISTINCT FROM s.failed_at THEN n.failure ELSE s.failure END
	FROM (
		SELECT r.message_key,
			min(r.delivered_at) FILTER (WHERE r.failure IS NULL) AS delivered_at,
			min(r.delivered_at) FILTER (WHERE r.failure IS NOT NULL) AS failed_at,
			(array_agg(r.failure ORDER BY r.delivered_at, r.place) FILTER (WHERE r.failure IS NOT NULL))[1] AS failure
		FROM unnest(record_deliveries.message_key, record_deliveries.delivered_at, record_deliveries.failure)
			WITH ORDINALITY AS r(message_key, delivered_at, failure, place)
		GROUP BY r.message_key
	) AS n
	WHERE s.message_key = n.message_key
		AND (least(s.delivered_at, n.delivered_at), least(s.failed_at, n.failed_at))
			IS DISTINCT FROM (s.delivered_at, s.failed_at);
	GET DIAGNOSTICS changed = ROW_COUNT;
	RETURN changed;
END
$$;
COMMENT ON FUNCTION record_deliveries(text[], timestamptz[], text[]) IS
'records for each message of the arrays when it was delivered or, where failure says why, found not to be deliverable, and returns how many sends that changed; of several reports the earliest delivery and the earliest failure are kept, both where there are both; a message that is not there, held out, or delivered over 10 minutes before it was sent is an error';
REVOKE EXECUTE ON FUNCTION record_deliveries(text[], timestamptz[], text[]) FROM PUBLIC;

CREATE FUNCTION record_opt_outs(
	opt_out_key text[],
	visitor_id bigint[],
	opted_out_at timestamptz[],
	channel text[],
	campaign_id bigint[] DEFAULT NULL,
	reason text[] DEFAULT NULL
) RETURNS bigint
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	recorded bigint;
BEGIN
	PERFORM clicktrack.check_lengths('record_opt_outs', 4, '{opt_out_key,visitor_id,opted_out_at,channel,campaign_id,reason}',
		ARRAY[cardinality(opt_out_key), cardinality(visitor_id), cardinality(opted_out_at),
			cardinality(channel), cardinality(campaign_id), cardinality(reason)]);
	PERFORM clicktrack.check_times('record_opt_outs', 'opted_out_at', opted_out_at);
	PERFORM clicktrack.check_missing('campaign', ARRAY(
		SELECT n.campaign_id::text FROM unnest(record_opt_outs.campaign_id) WITH ORDINALITY AS n(campaign_id, place)
		WHERE n.campaign_id IS NOT NULL
			AND NOT EXISTS (SELECT FROM clicktrack.campaign AS c WHERE c.campaign_id = n.campaign_id)
		ORDER BY n.place), 'Leave it NULL when it is not known.');

	INSERT INTO clicktrack.opt_out (opt_out_key, visitor_id, campaign_id, channel, opted_out_at, reason)
	SELECT n.opt_out_key, n.visitor_id, n.campaign_id, n.channel, n.opted_out_at, n.reason
	FROM unnest(record_opt_outs.opt_out_key, clicktrack.known_visitors(record_opt_outs.visitor_id),
			record_opt_outs.opted_out_at, record_opt_outs.channel, record_opt_outs.campaign_id, record_opt_outs.reason)
		WITH ORDINALITY AS n(opt_out_key, visitor_id, opted_out_at, channel, campaign_id, reason, place)
	ORDER BY n.opt_out_key COLLATE "C", n.place
	ON CONFLICT ON CONSTRAINT opt_out_opt_out_key_key DO NOTHING;
	GET DIAGNOSTICS recorded = ROW_COUNT;
	RETURN recorded;
END
$$;
COMMENT ON FUNCTION record_opt_outs(text[], bigint[], timestamptz[], text[], bigint[], text[]) IS
'records an opt-out from a channel for each element of the arrays and returns how many were new; an opt_out_key that is there already changes nothing; visitors are recorded as who they are known to be; a campaign that is not there is an error';
REVOKE EXECUTE ON FUNCTION record_opt_outs(text[], bigint[], timestamptz[], text[], bigint[], text[]) FROM PUBLIC;
