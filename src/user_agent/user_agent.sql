-- ---------------------------------------------------------------------------
-- User agents
-- ---------------------------------------------------------------------------

CREATE FUNCTION parse_user_agent(
	user_agent text,
	bots text[] DEFAULT '{}',
	humans text[] DEFAULT '{}',
	OUT device text,
	OUT os text,
	OUT browser text,
	OUT is_bot boolean
)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10;
COMMENT ON FUNCTION parse_user_agent(text, text[], text[]) IS
'device, os and browser as click_event names them (other when unknown, NULL for an empty text) and whether a program rather than a person sent it, by the patterns that user_agent_patterns() shows, or because it names neither a device, nor an os, nor a browser; a header with any of the words bots is a program''s, too, and one with any of the words humans is none (see contains_word for words; no list is an empty one); NULL for NULL; only the first 1024 bytes are read';

CREATE FUNCTION user_agent_patterns(
	OUT word text,
	OUT means text,
	OUT value text,
	OUT also text
) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'user_agent_patterns_list' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 400;
COMMENT ON FUNCTION user_agent_patterns() IS
'what parse_user_agent looks for: word (with also, if that is not NULL) means a device, os or browser of that value, and the first that occurs decides; or means bot, the value telling of what kind; or means no_bot: what is part of this word makes no bot';

CREATE FUNCTION user_agent_patterns_version() RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION user_agent_patterns_version() IS
'the version of user_agent_patterns(); it rises whenever parse_user_agent answers anything differently';

CREATE FUNCTION mask_user_agent(user_agent text) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20;
COMMENT ON FUNCTION mask_user_agent(text) IS
'a form of the header that tells no person: its first 255 bytes (to a whole character) without control characters; # stands for each run of digits, each e-mail address, and each id: 16 or more of A-Z a-z 0-9 - _ that change between letters and digits twice, or are hexadecimal and hold a digit; masking again changes nothing';

