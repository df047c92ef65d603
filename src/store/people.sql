-- ---------------------------------------------------------------------------
-- The store: visitors and what is known of them
-- ---------------------------------------------------------------------------

CREATE TABLE visitor_alias (
	visitor_id bigint PRIMARY KEY,
	known_id bigint NOT NULL CHECK (known_id <> visitor_id),
	pending boolean NOT NULL DEFAULT true,
	recheck boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON visitor_alias (known_id);
CREATE INDEX visitor_alias_pending ON visitor_alias (visitor_id) WHERE pending;
CREATE INDEX visitor_alias_recheck ON visitor_alias (visitor_id) WHERE recheck;
CREATE TRIGGER notice_people AFTER INSERT ON visitor_alias
	FOR EACH STATEMENT EXECUTE FUNCTION notice_people();
CREATE TRIGGER note_insert AFTER INSERT ON visitor_alias REFERENCING NEW TABLE AS written
	FOR EACH STATEMENT EXECUTE FUNCTION note_aliases();
CREATE TRIGGER note_update AFTER UPDATE ON visitor_alias REFERENCING OLD TABLE AS was NEW TABLE AS written
	FOR EACH STATEMENT EXECUTE FUNCTION note_aliases();
CREATE TRIGGER note_delete AFTER DELETE ON visitor_alias REFERENCING OLD TABLE AS was
	FOR EACH STATEMENT EXECUTE FUNCTION note_aliases();
CREATE TRIGGER note_truncate AFTER TRUNCATE ON visitor_alias FOR EACH STATEMENT EXECUTE FUNCTION forget_rollups();
COMMENT ON TABLE visitor_alias IS 'visitors that turned out to be someone known, by identify()';
COMMENT ON COLUMN visitor_alias.visitor_id IS 'the visitor as first seen';
COMMENT ON COLUMN visitor_alias.known_id IS 'the visitor that it is';
COMMENT ON COLUMN visitor_alias.pending IS 'whether clicks recorded before still carry visitor_id; maintain() moves them';
COMMENT ON COLUMN visitor_alias.recheck IS 'whether the next maintain() looks for its clicks once more: a click may have been under way when the last one moved them';
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

SELECT pg_extension_config_dump('visitor_alias', '');
SELECT pg_extension_config_dump('visitor_salt', '');
