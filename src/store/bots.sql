-- ---------------------------------------------------------------------------
-- The store: what makes a click a program's
-- ---------------------------------------------------------------------------

CREATE TABLE bot_rule (
	rule_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind text NOT NULL CHECK (kind IN ('bot', 'human', 'network')),
	word text CHECK (word <> ''),
	network cidr,
	note text,
	created_at timestamptz NOT NULL DEFAULT now(),
	CHECK (CASE kind WHEN 'network' THEN network IS NOT NULL AND word IS NULL ELSE word IS NOT NULL AND network IS NULL END)
);
CREATE UNIQUE INDEX bot_rule_word_key ON bot_rule (kind, lower(word)) WHERE word IS NOT NULL;
CREATE UNIQUE INDEX bot_rule_network_key ON bot_rule (network) WHERE network IS NOT NULL;
COMMENT ON TABLE bot_rule IS 'rules of your own about programs, besides those that parse_user_agent() knows; reclassify() applies them to clicks recorded before';
COMMENT ON COLUMN bot_rule.rule_id IS 'number of the rule';
COMMENT ON COLUMN bot_rule.kind IS 'bot: a user agent with the word is a program; human: it is none, whatever else it says; network: who comes from there is a program';
COMMENT ON COLUMN bot_rule.word IS 'part of the user agent, in any case; ^ in front: its beginning';
COMMENT ON COLUMN bot_rule.network IS 'the network of a rule of kind network';
COMMENT ON COLUMN bot_rule.note IS 'why the rule is there';
COMMENT ON COLUMN bot_rule.created_at IS 'since when';
CREATE TRIGGER forget_cached_rows AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON bot_rule
	FOR EACH STATEMENT EXECUTE FUNCTION forget_cached_rows();

CREATE TABLE bot_threshold (
	channel text PRIMARY KEY CHECK (click_event('epoch', 0, channel => channel) IS NOT NULL),
	too_fast interval CHECK (too_fast >= interval '0'),
	burst_links integer CHECK (burst_links >= 2),
	burst_window interval CHECK (burst_window >= interval '0'),
	honeypot_window interval CHECK (honeypot_window >= interval '0')
);
COMMENT ON TABLE bot_threshold IS 'how fast people are on a channel, where the defaults do not hold; the view bot_thresholds shows what is in force';
COMMENT ON COLUMN bot_threshold.channel IS 'sms, email, push, in_app, web, qr or other';
COMMENT ON COLUMN bot_threshold.too_fast IS 'a click sooner than this after the delivery is no person''s; 0: none is; NULL: the default';
COMMENT ON COLUMN bot_threshold.burst_links IS 'a visitor who clicks so many links of a campaign within burst_window is no person; NULL: the default';
COMMENT ON COLUMN bot_threshold.burst_window IS 'within which a burst happens; NULL: the default';
COMMENT ON COLUMN bot_threshold.honeypot_window IS 'a visitor''s clicks on a campaign this near to one on a honeypot link of it are no person''s; NULL: the default';

SELECT pg_extension_config_dump('bot_rule', '');
SELECT pg_extension_config_dump('bot_rule_rule_id_seq', '');
SELECT pg_extension_config_dump('bot_threshold', '');
