-- ---------------------------------------------------------------------------
-- The store: recipients, visitors and what is known of them
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

CREATE TABLE visitor_alias (
	visitor_id bigint PRIMARY KEY,
	known_id bigint NOT NULL CHECK (known_id <> visitor_id),
	pending boolean NOT NULL DEFAULT true,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON visitor_alias (known_id);
CREATE INDEX visitor_alias_pending ON visitor_alias (visitor_id) WHERE pending;
CREATE TRIGGER notice_people AFTER INSERT ON visitor_alias
	FOR EACH STATEMENT EXECUTE FUNCTION notice_people();
COMMENT ON TABLE visitor_alias IS 'visitors that turned out to be someone known, by identify()';
COMMENT ON COLUMN visitor_alias.visitor_id IS 'the visitor as first seen';
COMMENT ON COLUMN visitor_alias.known_id IS 'the visitor that it is';
COMMENT ON COLUMN visitor_alias.pending IS 'whether clicks recorded before still carry visitor_id; maintain() moves them';
COMMENT ON COLUMN visitor_alias.created_at IS 'since when it is known';

CREATE TABLE visitor_salt (
	valid_from timestamptz PRIMARY KEY,
	salt bytea NOT NULL CHECK (length(salt) >= 16)
);
COMMENT ON TABLE visitor_salt IS 'what anonymous visitors are hashed with, a row a period of salt_rotation; made when needed, removed by maintain(), after which nobody can tell whose hash it was';
COMMENT ON COLUMN visitor_salt.valid_from IS 'beginning of the period';
COMMENT ON COLUMN visitor_salt.salt IS 'random bytes; secret';
CREATE TRIGGER forget_cached_rows AFTER UPDATE OR DELETE OR TRUNCATE ON visitor_salt
	FOR EACH STATEMENT EXECUTE FUNCTION forget_cached_rows();

SELECT pg_extension_config_dump('recipient', '');
SELECT pg_extension_config_dump('recipient_recipient_id_seq', '');
SELECT pg_extension_config_dump('visitor_alias', '');
SELECT pg_extension_config_dump('visitor_salt', '');
