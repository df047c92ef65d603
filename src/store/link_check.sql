-- ---------------------------------------------------------------------------
-- The store: what is wrong with links
-- ---------------------------------------------------------------------------

-- Each side of a join has a row a campaign, a row a destination or a row a link, so that all
-- are hashed once, however many links there are.
CREATE VIEW link_check AS
WITH looked_at AS NOT MATERIALIZED (
	SELECT l.*, u.source, u.medium, u.campaign, u.term, u.content
	FROM link l CROSS JOIN LATERAL utm_parse(l.url) u
	WHERE l.archived_at IS NULL
), usual AS (
	SELECT campaign_id, bool_or(source <> '') AS source, bool_or(medium <> '') AS medium,
		bool_or(campaign <> '') AS campaign, bool_or(term <> '') AS term, bool_or(content <> '') AS content
	FROM looked_at WHERE NOT honeypot
	GROUP BY campaign_id
), doubled AS (
	SELECT campaign_id, url, count(*) AS links, min(link_id) AS first_id
	FROM link WHERE archived_at IS NULL AND recipient_id IS NULL AND NOT honeypot
	GROUP BY campaign_id, url HAVING count(*) > 1
), started AS (
	SELECT campaign_id, min(sent_at) AS sent_at FROM send WHERE NOT holdout GROUP BY campaign_id
), clicked AS (
	SELECT link_id(event) AS link_id FROM click WHERE NOT is_bot(event) GROUP BY link_id(event)
), own AS MATERIALIZED (
	SELECT array_agg(domain) AS domains FROM domain
)
SELECT l.link_id, l.domain, l.code, l.campaign_id, c.name AS campaign, p.problem, p.detail
FROM looked_at l
	JOIN campaign c USING (campaign_id)
	CROSS JOIN own
	LEFT JOIN usual USING (campaign_id)
	LEFT JOIN doubled ON doubled.campaign_id = l.campaign_id AND doubled.url = l.url
		AND l.recipient_id IS NULL AND NOT l.honeypot
	LEFT JOIN started ON started.campaign_id = l.campaign_id
	LEFT JOIN clicked ON clicked.link_id = l.link_id
	CROSS JOIN LATERAL (
		SELECT 'expires_early' AS problem, format('expires %s, the campaign ends %s', l.expires_at, c.ends_at) AS detail
		WHERE l.expires_at < c.ends_at
		UNION ALL
		SELECT 'utm_missing', concat_ws(', ',
			CASE WHEN (usual.source OR c.utm_source <> '') AND coalesce(l.source, '') = '' THEN 'utm_source' END,
			CASE WHEN (usual.medium OR c.utm_medium <> '') AND coalesce(l.medium, '') = '' THEN 'utm_medium' END,
			CASE WHEN (usual.campaign OR c.utm_campaign <> '') AND coalesce(l.campaign, '') = '' THEN 'utm_campaign' END,
			CASE WHEN (usual.term OR c.utm_term <> '') AND coalesce(l.term, '') = '' THEN 'utm_term' END,
			CASE WHEN (usual.content OR c.utm_content <> '') AND coalesce(l.content, '') = '' THEN 'utm_content' END)
		WHERE NOT l.honeypot
		UNION ALL
		SELECT 'same_destination', format('%s links of the campaign lead to it, the first is link %s', doubled.links, doubled.first_id)
		WHERE doubled.url IS NOT NULL
		UNION ALL
		SELECT 'no_human_click', format('the campaign''s sends began %s', started.sent_at)
		WHERE started.sent_at <= now() - interval '1 day' AND clicked.link_id IS NULL
			AND l.recipient_id IS NULL AND NOT l.honeypot
		UNION ALL
		SELECT 'url_problem', concat_ws('; ',
			'url: ' || url_problem(l.url, own.domains),
			'fallback_url: ' || CASE WHEN l.fallback_url IS NOT NULL THEN url_problem(l.fallback_url, own.domains) END,
			'ios_url: ' || CASE WHEN l.ios_url IS NOT NULL THEN url_problem(l.ios_url, own.domains, NULL) END,
			'android_url: ' || CASE WHEN l.android_url IS NOT NULL THEN url_problem(l.android_url, own.domains, NULL) END,
			(SELECT min('variant_urls: ' || url_problem(v, own.domains)) FROM unnest(l.variant_urls) AS v))
	) p
WHERE p.detail <> '';
COMMENT ON VIEW link_check IS
'what is wrong with links that are not archived, a row a problem. expires_early: the link expires before its campaign ends. utm_missing: the url lacks a UTM parameter (or has it empty) that the campaign sets or that another link of the campaign has. same_destination: other links of the campaign have the same url; links for one recipient are not compared. no_human_click: nobody has clicked, a day or more after the first send of the campaign; links for one recipient are left out, for most people do not click. url_problem: a url of the link has a url_problem() by now, such as leading to a domain that has become ours. Honeypots are held to the first and the last only';
COMMENT ON COLUMN link_check.link_id IS 'number of the link';
COMMENT ON COLUMN link_check.domain IS 'host name of the short link';
COMMENT ON COLUMN link_check.code IS 'its short code or slug';
COMMENT ON COLUMN link_check.campaign_id IS 'number of its campaign';
COMMENT ON COLUMN link_check.campaign IS 'name of its campaign';
COMMENT ON COLUMN link_check.problem IS 'expires_early, utm_missing, same_destination, no_human_click or url_problem';
COMMENT ON COLUMN link_check.detail IS 'what exactly: the times, the parameters, the other links, or the url''s problem';
