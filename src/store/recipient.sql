-- ---------------------------------------------------------------------------
-- The store: recipients
--
-- A recipient's visitor_id is its recipient_id. Anonymous visitors are negative.
-- ---------------------------------------------------------------------------

CREATE TABLE recipient (
	recipient_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	recipient_key text NOT NULL UNIQUE CHECK (recipient_key <> ''),
	address text,
	audience text,
	consent text CHECK (consent IN ('full', 'anonymous', 'none')),
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE recipient IS 'a person that messages are sent to';
COMMENT ON COLUMN recipient.recipient_id IS 'number of the recipient, and of the visitor that they are';
COMMENT ON COLUMN recipient.recipient_key IS 'the service''s own key of the person; private';
COMMENT ON COLUMN recipient.address IS 'email address or telephone number; private';
COMMENT ON COLUMN recipient.audience IS 'the audience that they belong to';
COMMENT ON COLUMN recipient.consent IS 'what may be kept of their clicks: full, anonymous or none; NULL: the policy''s';
COMMENT ON COLUMN recipient.created_at IS 'when they were recorded here';

-- Visits look for consents only once a recipient has one.
CREATE INDEX recipient_consent ON recipient (recipient_id) WHERE consent IS NOT NULL;
CREATE TRIGGER notice_people AFTER INSERT OR UPDATE OF consent ON recipient
	FOR EACH ROW WHEN (new.consent IS NOT NULL) EXECUTE FUNCTION notice_people();

CREATE TRIGGER note_update AFTER UPDATE ON recipient REFERENCING OLD TABLE AS was NEW TABLE AS written
	FOR EACH STATEMENT EXECUTE FUNCTION note_audiences();
CREATE TRIGGER note_truncate AFTER TRUNCATE ON recipient FOR EACH STATEMENT EXECUTE FUNCTION forget_rollups();

SELECT pg_extension_config_dump('recipient', '');
SELECT pg_extension_config_dump('recipient_recipient_id_seq', '');

-- In SQL, since PL/pgSQL wants another name for the column than for the array. Recipients
-- that stay as they are are not even locked: a campaign's are mostly known.
CREATE FUNCTION record_recipients(
	recipient_key text[],
	address text[] DEFAULT NULL,
	audience text[] DEFAULT NULL,
	consent text[] DEFAULT NULL
) RETURNS TABLE (recipient_key text, recipient_id bigint)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE ROWS 1000
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT clicktrack.check_lengths('record_recipients', 1, '{recipient_key,address,audience,consent}',
		ARRAY[cardinality($1), cardinality($2), cardinality($3), cardinality($4)]);

	WITH given AS (
		-- the last value that is given counts
		SELECT g.recipient_key,
			(array_agg(g.address ORDER BY g.place DESC) FILTER (WHERE g.address IS NOT NULL))[1] AS address,
			(array_agg(g.audience ORDER BY g.place DESC) FILTER (WHERE g.audience IS NOT NULL))[1] AS audience,
			(array_agg(g.consent ORDER BY g.place DESC) FILTER (WHERE g.consent IS NOT NULL))[1] AS consent
		FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS g(recipient_key, address, audience, consent, place)
		GROUP BY g.recipient_key
	)
	INSERT INTO clicktrack.recipient AS r (recipient_key, address, audience, consent)
	SELECT g.recipient_key, g.address, g.audience, g.consent
	FROM given AS g LEFT JOIN clicktrack.recipient AS known ON known.recipient_key = g.recipient_key
	WHERE known.recipient_id IS NULL
		OR (known.address, known.audience, known.consent) IS DISTINCT FROM (coalesce(g.address, known.address),
			coalesce(g.audience, known.audience), coalesce(g.consent, known.consent))
	ORDER BY g.recipient_key COLLATE "C"
	ON CONFLICT ON CONSTRAINT recipient_recipient_key_key DO UPDATE
	SET address = coalesce(excluded.address, r.address),
		audience = coalesce(excluded.audience, r.audience),
		consent = coalesce(excluded.consent, r.consent);

	SELECT r.recipient_key, r.recipient_id
	FROM unnest($1) WITH ORDINALITY AS g(recipient_key, place)
		JOIN clicktrack.recipient AS r ON r.recipient_key = g.recipient_key
	ORDER BY g.place;
$$;
COMMENT ON FUNCTION record_recipients(text[], text[], text[], text[]) IS
'records a recipient for each element of the arrays, or what has changed of one that is there already, and returns their ids in the order given; NULL, as an array or an element, leaves a value as it is, and of a key given twice the last value counts';
REVOKE EXECUTE ON FUNCTION record_recipients(text[], text[], text[], text[]) FROM PUBLIC;
