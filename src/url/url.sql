-- ---------------------------------------------------------------------------
-- URLs
-- ---------------------------------------------------------------------------

CREATE FUNCTION url_problem(
	url text,
	own_domains text[] DEFAULT '{}',
	schemes text[] DEFAULT '{http,https}'
) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION url_problem(text, text[], text[]) IS
'what is wrong with an absolute url that links shall lead to, in a short sentence; NULL if nothing is. It may lead to none of own_domains (hosts in any writing; not their subdomains), has one of the schemes (NULL: any but javascript, data, vbscript, file, blob, about, view-source), at most 8192 bytes, no space, control character or backslash, and a host that browsers read as we do. A NULL url is a problem; an own domain that is no host is an error';

CREATE FUNCTION url_host(url text) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION url_host(text) IS
'the host of an absolute url in lower case, without userinfo, port, percent-encoding and a dot at the end; international names in Unicode (in punycode where the database''s encoding lacks a letter), IPv6 in brackets; NULL if there is no host or the url is malformed up to its end';

CREATE FUNCTION utm_tag(
	url text,
	source text,
	medium text DEFAULT NULL,
	campaign text DEFAULT NULL,
	term text DEFAULT NULL,
	content text DEFAULT NULL
) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5;
COMMENT ON FUNCTION utm_tag(text, text, text, text, text, text) IS
'the url, absolute or relative, with utm_source, utm_medium, utm_campaign, utm_term and utm_content added to its query; NULL and empty values and parameters that are there already are left out, all else is kept to the letter; NULL for a NULL url; a space or control character in the url is an error';

CREATE FUNCTION utm_parse(
	url text,
	OUT source text,
	OUT medium text,
	OUT campaign text,
	OUT term text,
	OUT content text
)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION utm_parse(text) IS
'the first utm_source, utm_medium, utm_campaign, utm_term and utm_content of a url''s query, decoded as browsers do (+ is a space; what is no UTF-8, and %00, becomes U+FFFD; what the database''s encoding lacks becomes ?); NULL for one that is absent, empty for one without a value';

