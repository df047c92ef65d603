-- ---------------------------------------------------------------------------
-- The store: visits
-- ---------------------------------------------------------------------------

CREATE FUNCTION visit(
	code text,
	domain text DEFAULT '',
	visitor_id bigint DEFAULT NULL,
	user_agent text DEFAULT NULL,
	country text DEFAULT NULL,
	variant integer DEFAULT NULL,
	known boolean DEFAULT false,
	clicked_at timestamptz DEFAULT now(),
	ip inet DEFAULT NULL,
	referrer text DEFAULT NULL,
	method text DEFAULT 'GET',
	purpose text DEFAULT NULL,
	consent text DEFAULT NULL,
	OUT url text,
	OUT status text,
	OUT click click_event
)
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
REVOKE EXECUTE ON FUNCTION visit(text, text, bigint, text, text, integer, boolean, timestamptz, inet, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION visit(text, text, bigint, text, text, integer, boolean, timestamptz, inet, text, text, text, text) IS
'resolves a short code, records the click and returns the url to redirect to, by variant and device; status is ok, expired, exhausted, disabled or not_found, of which only ok records a click and the others give the fallback url; domain may have a port; visitor_id is the service''s own, else the link''s recipient, else a keyed hash of ip and user_agent; method HEAD and purpose prefetch (of the header Sec-Purpose) are recorded with their bot reason; consent is full, anonymous or none, NULL: the recipient''s, else the policy''s; neither ip nor user_agent is stored';
