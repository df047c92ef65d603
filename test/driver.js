// The store through npm's pg, as a backend service uses it: what the functions return and the
// tables hold beside a model in JavaScript, errors, transactions, and many connections at once.
// See driver.t.
//
//   node driver.js ROLE    the role, whose password is its name; prints TAP
'use strict';
const { pipeline } = require('node:stream/promises');
const { Client, Pool } = require('pg');
const { pick, random } = require('./random.js');
const { StoreModel, agents } = require('./store_model.js');
const { done, is, ok } = require('./tap.js');

const [role] = process.argv.slice(2);
const CONNECTIONS = 32;
const owner = new Client();
const pool = new Pool({ user: role, password: role, max: CONNECTIONS });

// ---- the store's functions, as prepared statements ----

const statements = {
	create_campaign: ['name', 'channel', 'audience', 'starts_at', 'ends_at'],
	create_link: ['url', 'campaign::bigint', 'domain', 'slug', 'expires_at', 'fallback_url', 'max_clicks', 'tags', 'idempotency_key'],
	create_links: ['urls', 'campaign::bigint', 'recipient_ids', 'domain', 'idempotency_keys', 'expires_at', 'fallback_url', 'max_clicks', 'tags'],
	update_link: ['link_id', 'changes'],
	visit: ['code', 'domain', 'visitor_id', 'user_agent', 'country', 'variant', 'known', 'clicked_at', 'ip', 'referrer', 'method', 'purpose', 'consent'],
	record_clicks: ['clicks', 'batch_key'],
	record_visits: ['code', 'clicked_at', 'domain', 'visitor_id', 'user_agent', 'method', 'purpose', 'country', 'variant', 'known', 'consent', 'batch_key'],
	record_inbox: ['max_rows'],
	record_recipients: ['recipient_key', 'address', 'audience'],
	record_sends: ['message_key', 'campaign::bigint', 'recipient_id', 'sent_at', 'channel', 'variant', 'holdout'],
	record_deliveries: ['message_key', 'delivered_at', 'failure'],
	record_opt_outs: ['opt_out_key', 'visitor_id', 'opted_out_at', 'channel', 'campaign_id', 'reason'],
	record_conversions: ['order_id', 'visitor_id', 'converted_at', 'revenue', 'currency', 'kind'],
	revise_conversions: ['order_id', 'revenue', 'currency'],
	record_engagement: ['session_key', 'visitor_id', 'link_id', 'started_at', 'pages', 'seconds'],
	identify: ['anonymous::bigint[]', 'known::bigint[]'],
};
for (const [name, parameters] of Object.entries(statements)) {
	const given = parameters.map((parameter, i) => {
		const [argument, type] = parameter.split('::');
		return `${argument} => $${i + 1}${type ? `::${type}` : ''}`;
	});
	statements[name] = { name, text: `SELECT * FROM clicktrack.${name}(${given.join(', ')})` };
}

// The rows of a function's answer; arguments that are left out are NULL.
async function rowsOf(client, name, ...values) {
	const count = statements[name].text.split('=>').length - 1;
	return (await client.query({ ...statements[name], values: Array.from({ length: count }, (_, i) => values[i] ?? null) })).rows;
}

// The one value that most of them return.
const valueOf = async (...args) => Object.values((await rowsOf(...args))[0])[0];

const link = (client, url, campaign, options = {}) => rowsOf(client, 'create_link', url, campaign, options.domain ?? '', options.slug,
	options.expires_at, options.fallback_url, options.max_clicks, options.tags, options.idempotency_key).then((rows) => rows[0]);
const visit = (client, v) => rowsOf(client, 'visit', v.code, v.domain ?? '', v.visitor_id, v.user_agent, v.country, v.variant, v.known ?? false,
	v.clicked_at ?? new Date(), v.ip, v.referrer, v.method ?? 'GET', v.purpose, v.consent).then((rows) => rows[0]);

const table = async (text, values) => (await owner.query(text, values)).rows;
const byStatus = (rows) => Object.fromEntries(rows.map((row) => [row.status, Number(row.visits)]));

// ---- random arguments ----

const words = ['Zoë 🐘', 'заказ', 'o\'neill "x" \\', 'NULL', '{a,b}', '漢字', 'a\tb\nc\r', '%s $1 ;--', '\\N', '\u0001\u{10ffff}'];
const text = (n) => `${pick(words)} ${random(n)}`;
const orNull = (make) => (random(4) ? make() : null);
const list = (length, make) => Array.from({ length }, make);
const optionalList = (length, make) => orNull(() => list(length, () => orNull(make)));
const cents = () => `${random(20) ? '' : '-'}${random(1e9)}.${String(random(1e4)).padStart(1 + random(4), '0')}`;

// A time in the first three months of 2024, which is no other's.
const taken = new Set();
function time() {
	let ms;
	do ms = Date.UTC(2024, 0, 1) + random(90 * 86400) * 1000 + random(1000); while (taken.has(ms));
	taken.add(ms);
	return new Date(ms);
}

const channels = ['sms', 'email', 'push', 'in_app', 'web', 'qr', 'other'];
const countries = ['DE', 'FR', 'US', 'XK'];

// ---- random work, in the store and in the model ----

const model = new StoreModel();
const seen = { campaign: null, recipients: [], strangers: [], batches: [], keys: new Map() };
const visitor = () => orNull(() => (random(3) ? pick(seen.strangers) : pick(seen.recipients).recipient_id));
const anyLink = () => pick([...model.links.values()]);

function randomVisit() {
	const { code, domain } = random(15) ? anyLink() : { code: 'nobody', domain: 'go.example' };
	return { code, domain, visitor_id: visitor(), user_agent: orNull(() => pick(Object.values(agents))), country: orNull(() => pick(countries)),
		variant: orNull(() => random(256)), known: random(4) === 0, clicked_at: time(), method: random(10) ? 'GET' : 'HEAD',
		purpose: random(10) ? null : 'prefetch;prerender', consent: random(5) ? null : pick(['full', 'anonymous', 'none']) };
}

// Notes links as created: new ones in the model, those of a known key as they were.
function sameLinks(rows, urls, keys, settings, recipients = null) {
	const have = rows.map(({ link_id, code }, i) => {
		const before = keys && seen.keys.get(keys[i]);
		if (before) return before.link_id === link_id && before.code === code;
		if (model.links.has(link_id)) return false;
		model.addLink({ ...settings, link_id, code, url: urls[i], channel: 'email', recipient_id: recipients?.[i] ?? null });
		if (keys) seen.keys.set(keys[i], { link_id, code });
		return true;
	});
	return [have, have.map(() => true)];
}

const linkSettings = () => ({ domain: 'go.example', expires_at: random(4) ? null : time(), fallback_url: random(2) ? null : 'https://shop.example/fallback',
	max_clicks: random(4) ? null : String(1 + random(5)), tags: optionalList(2, () => text(9))?.filter(Boolean) ?? [] });
const keyedUrl = (key) => `https://shop.example/?q=${encodeURIComponent(key)}`;

// Each does one thing, and returns what the store answered and what the model did.
const work = {
	async create_link() {
		const settings = linkSettings();
		const key = random(2) ? text(10) : null;
		const url = keyedUrl(key ?? 'none');
		return sameLinks([await link(pool, url, seen.campaign.campaign_id, { ...settings, idempotency_key: key })], [url], key && [key], settings);
	},

	async create_links() {
		const settings = linkSettings();
		const length = 1 + random(10);
		const keys = random(2) ? list(length, () => text(10)) : null;
		const recipients = keys ? null : orNull(() => list(length, () => pick(seen.recipients).recipient_id));
		const urls = list(length, (_, i) => keyedUrl(keys?.[i] ?? 'many'));
		const rows = await rowsOf(pool, 'create_links', keys ? urls : urls.slice(0, recipients ? 1 : length), seen.campaign.campaign_id, recipients,
			settings.domain, keys, settings.expires_at, settings.fallback_url, settings.max_clicks, settings.tags);
		const [have, want] = sameLinks(rows, urls, keys, settings, recipients);
		return [[have, rows.map((row) => row.ordinal)], [want, urls.map((_, i) => String(i + 1))]];
	},

	async update_link() {
		const changed = anyLink();
		changed.disabled = random(3) === 0;
		const [row] = await rowsOf(pool, 'update_link', changed.link_id, { disabled: changed.disabled });
		return [row.disabled_at !== null, changed.disabled];
	},

	async visit() {
		const v = randomVisit();
		const { url, status } = await visit(pool, v);
		return [{ url, status }, model.visit(v)];
	},

	async record_visits() {
		const visits = list(random(30), randomVisit);
		const batch = orNull(() => text(10));
		const columns = ['code', 'clicked_at', 'domain', 'visitor_id', 'user_agent', 'method', 'purpose', 'country', 'variant', 'known', 'consent'];
		const rows = await rowsOf(pool, 'record_visits', ...columns.map((column) => visits.map((v) => v[column])), batch);
		return [byStatus(rows), model.visits(visits, batch)];
	},

	async record_inbox() {
		const visits = list(random(30), randomVisit);
		await fillInbox(visits);
		return [byStatus(await rowsOf(pool, 'record_inbox', 1000)), model.visits(visits)];
	},

	async record_clicks() {
		const clicks = list(random(30), () => ({ clicked_at: time(), link_id: anyLink().link_id, visitor_id: visitor(), channel: orNull(() => pick(channels)),
			country: orNull(() => pick(countries)), device: null, os: null, browser: null, variant: orNull(() => random(256)), destination: null,
			bot_reasons: random(5) ? [] : ['burst'], known: random(3) === 0 }));
		const batch = orNull(() => text(10));
		const texts = clicks.map((click) => [click.clicked_at.toISOString(), ...Object.entries(click).slice(1)
			.filter(([, value]) => value !== null && value !== false && value.length !== 0)
			.map(([field, value]) => `${field}=${value}`)].join(' '));
		return [await valueOf(pool, 'record_clicks', texts, batch), String(model.recordClicks(clicks, batch))];
	},

	async record_recipients() {
		const args = [list(random(20), () => text(10))];
		args.push(optionalList(args[0].length, () => text(1e6)), optionalList(args[0].length, () => text(3)));
		const rows = await rowsOf(pool, 'record_recipients', ...args);
		for (const row of rows) if (!seen.recipients.some((r) => r.recipient_id === row.recipient_id)) seen.recipients.push(row);
		return [rows.map((row) => row.recipient_key), model.recordRecipients(...args)];
	},

	async record_sends() {
		const length = random(20);
		const rest = [list(length, () => pick(seen.recipients).recipient_id), list(length, time), optionalList(length, () => pick(channels)),
			optionalList(length, () => random(256)), optionalList(length, () => random(5) === 0)];
		const keys = list(length, () => text(30));
		return [await valueOf(pool, 'record_sends', keys, seen.campaign.campaign_id, ...rest), String(model.recordSends(keys, seen.campaign, ...rest))];
	},

	async record_deliveries() {
		const sends = [...model.sends].filter(([, send]) => !send.holdout);
		const some = sends.length ? list(random(20), () => pick(sends)) : [];
		const args = [some.map(([key]) => key), some.map(([, send]) => new Date(send.sent_at.getTime() - 600_000 + random(5e6))),
			optionalList(some.length, () => text(1e6))];
		return [await valueOf(pool, 'record_deliveries', ...args), String(model.recordDeliveries(...args))];
	},

	async record_opt_outs() {
		const length = random(10);
		const args = [list(length, () => text(30)), list(length, visitor), list(length, time), list(length, () => pick(channels)),
			optionalList(length, () => seen.campaign.campaign_id), optionalList(length, () => text(1e6))];
		return [await valueOf(pool, 'record_opt_outs', ...args), String(model.recordOptOuts(...args))];
	},

	async record_conversions() {
		const length = random(20);
		const args = [list(length, () => text(40)), list(length, visitor), list(length, time), list(length, () => orNull(cents)),
			optionalList(length, () => pick(['EUR', 'USD', 'JPY'])), optionalList(length, () => text(3))];
		return [await valueOf(pool, 'record_conversions', ...args), String(model.recordConversions(...args))];
	},

	async revise_conversions() {
		const orders = model.conversions.size ? list(random(10), () => pick([...model.conversions.keys()])) : [];
		const args = [orders, list(orders.length, () => orNull(cents)), optionalList(orders.length, () => pick(['EUR', 'CHF']))];
		return [await valueOf(pool, 'revise_conversions', ...args), String(model.reviseConversions(...args))];
	},

	async record_engagement() {
		const length = random(10);
		const args = [list(length, () => text(20)), list(length, visitor), list(length, () => orNull(() => anyLink().link_id)), list(length, time),
			list(length, () => random(20)), list(length, () => (random(9000) / 10).toFixed(1))];
		return [await valueOf(pool, 'record_engagement', ...args), String(model.recordEngagement(...args))];
	},

	async identify() {
		const length = random(4);
		const args = [list(length, visitor), list(length, visitor)];
		return [await valueOf(pool, 'identify', ...args), String(model.identify(...args, new Set(seen.recipients.map((r) => r.recipient_id))))];
	},
};

// ---- COPY ----

const copy = (() => {
	try {
		return require('pg-copy-streams').from;
	} catch {
		return null;
	}
})();

// A value as COPY's text format has it.
function copyText(value) {
	if (value === null) return '\\N';
	return (value instanceof Date ? value.toISOString() : String(value))
		.replace(/[\\\t\n\r]/g, (c) => `\\${{ '\t': 't', '\n': 'n', '\r': 'r' }[c] ?? c}`);
}

const inboxColumns = ['code', 'domain', 'clicked_at', 'visitor_id', 'known', 'user_agent', 'method', 'purpose', 'country', 'variant', 'consent'];

async function fillInbox(visits, client = null) {
	const own = client ?? await pool.connect();
	try {
		if (copy) {
			await pipeline(visits.map((v) => `${inboxColumns.map((column) => copyText(v[column])).join('\t')}\n`),
				own.query(copy(`COPY clicktrack.click_inbox (${inboxColumns}) FROM STDIN`)));
		} else {
			for (const v of visits) {
				await own.query(`INSERT INTO clicktrack.click_inbox (${inboxColumns}) VALUES (${inboxColumns.map((_, i) => `$${i + 1}`)})`,
					inboxColumns.map((column) => v[column]));
			}
		}
	} finally {
		if (!client) own.release();
	}
}

// ---- tests ----

async function randomWork() {
	seen.campaign = { channel: 'email', campaign_id: await valueOf(pool, 'create_campaign', 'Frühling 🌷', 'email', 'Zoë\'s', new Date('2024-01-01'), null) };
	is(await table('SELECT name, channel, audience, starts_at, ends_at FROM clicktrack.campaign'),
		[{ name: 'Frühling 🌷', channel: 'email', audience: 'Zoë\'s', starts_at: new Date('2024-01-01'), ends_at: null }], 'create_campaign: the campaign is there');
	is(await valueOf(pool, 'create_campaign', 'Frühling 🌷', 'email', 'Zoë\'s', new Date('2024-01-01'), null), seen.campaign.campaign_id, 'create_campaign: the same again is the same');
	await owner.query("SELECT clicktrack.create_click_partitions('2024-01-01', '2024-02-01')");
	seen.strangers = ['-9223372036854775808', '9223372036854775807', '9007199254740993', '0', ...list(40, (_, i) => String(9e15 + i))];

	// a little of each that others need
	for (const name of ['create_link', 'record_recipients', 'record_recipients', 'create_links']) await work[name]();
	const names = Object.keys(work);
	const wrong = new Map(names.map((name) => [name, []]));
	for (let n = 0; n < 600; n += 1) {
		const name = pick(names);
		const [have, want] = await work[name]();
		if (JSON.stringify(sorted(have)) !== JSON.stringify(sorted(want))) wrong.get(name).push(`${JSON.stringify(have)} instead of ${JSON.stringify(want)}`);
	}
	for (const [name, answers] of wrong) ok(answers.length === 0, `${name}: answers as the model does`, ...answers.slice(0, 5));
}

// Objects of counts have their keys in order.
const sorted = (value) => (value && value.constructor === Object ? Object.entries(value).sort() : value);

const asText = (rows) => rows.map((row) => JSON.stringify(row)).sort();

// A test that a table holds the model's rows.
function same(have, want, name) {
	const [a, b] = [asText(have), asText(want)];
	const [inA, inB] = [new Set(a), new Set(b)];
	ok(a.length === b.length && a.every((row, i) => row === b[i]), `${name} (${b.length} rows)`, `${a.length} rows`,
		...a.filter((row) => !inB.has(row)).slice(0, 5).map((row) => `not expected: ${row}`), ...b.filter((row) => !inA.has(row)).slice(0, 5).map((row) => `missing: ${row}`));
}

const withKey = (rows, key) => [...rows].map(([value, row]) => ({ [key]: value, ...row }));

async function tables() {
	same(await table(`SELECT clicked_at, link_id, visitor_id, channel, country, device, os, browser, variant, destination, bot_reasons, known FROM clicktrack.clicks`),
		model.clicks, 'every click is there as it was made');
	same(await table(`SELECT used, disabled_at IS NOT NULL AS disabled, domain, expires_at, fallback_url, max_clicks, tags, l.link_id, code, url, channel, recipient_id
		FROM clicktrack.link AS l LEFT JOIN clicktrack.link_quota AS q USING (link_id)`),
	[...model.links.values()].map((l) => ({ ...l, used: l.max_clicks === null ? null : String(l.used) })), 'every link');
	same(await table('SELECT recipient_key, address, audience FROM clicktrack.recipient'), withKey(model.recipients, 'recipient_key'), 'every recipient');
	same(await table(`SELECT message_key, campaign_id, recipient_id, channel, variant, holdout, sent_at, delivered_at, failed_at, failure FROM clicktrack.send`),
		withKey(model.sends, 'message_key'), 'every send');
	same(await table('SELECT opt_out_key, visitor_id, campaign_id, channel, opted_out_at, reason FROM clicktrack.opt_out'),
		withKey(model.optOuts, 'opt_out_key'), 'every opt-out');
	same(await table('SELECT order_id, visitor_id, converted_at, revenue, currency, kind FROM clicktrack.conversion'),
		withKey(model.conversions, 'order_id'), 'every conversion');
	same(await table('SELECT session_key, visitor_id, link_id, started_at, pages, seconds FROM clicktrack.engagement'),
		withKey(model.sessions, 'session_key'), 'every session');
	same(await table('SELECT visitor_id, known_id FROM clicktrack.visitor_alias'), [...model.aliases].map(([visitor_id, known_id]) => ({ visitor_id, known_id })), 'every alias');
	await owner.query('SELECT clicktrack.maintain()');
	same(await table('SELECT clicked_at, visitor_id, known FROM clicktrack.clicks'), model.clicks.map((click) => ({ clicked_at: click.clicked_at,
		visitor_id: model.known(click.visitor_id), known: click.known || model.aliases.has(click.visitor_id) })), 'after maintain, every click is its known visitor\'s');
	is(await table('SELECT count(*) FROM clicktrack.click_inbox'), [{ count: '0' }], 'and nothing is left in the inbox');
}

// The error of a promise, or what it should not have been.
const errorOf = (promise) => promise.then((value) => ({ message: `no error but ${JSON.stringify(value)}` }), (error) => error);

async function errors() {
	const client = await pool.connect();
	const campaign = seen.campaign.campaign_id;
	const { code } = await link(client, 'https://shop.example/errors', campaign, { slug: 'errors', idempotency_key: 'errors' });
	const [recipient] = await rowsOf(client, 'record_recipients', ['errors']);
	const now = new Date();
	const send = (...rest) => ['record_sends', ...rest];
	await rowsOf(client, ...send(['errors', 'held'], campaign, [recipient.recipient_id, recipient.recipient_id], [now, now], null, null, [false, true]));
	const hinted = true;
	const cases = [
		['23505', hinted, 'a campaign that differs', 'create_campaign', 'Frühling 🌷', 'sms'],
		['23514', !hinted, 'a campaign without a name', 'create_campaign', '', 'sms'],
		['22P02', hinted, 'an unknown channel', 'create_campaign', 'fax', 'fax'],
		['22023', hinted, 'a dangerous url', 'create_link', 'javascript:alert(1)', campaign, ''],
		['22023', hinted, 'no url', 'create_link', null, campaign, ''],
		['23503', hinted, 'a campaign that is not there', 'create_link', 'https://shop.example/', '404', ''],
		['22023', hinted, 'a bad slug', 'create_link', 'https://shop.example/', campaign, '', 'a b'],
		['23505', hinted, 'a slug that is taken', 'create_link', 'https://shop.example/', campaign, '', 'errors'],
		['23505', hinted, 'a key of another link', 'create_link', 'https://shop.example/', campaign, '', null, null, null, null, null, 'errors'],
		['2202E', hinted, 'arrays of two lengths', 'create_links', ['https://shop.example/', 'https://shop.example/'], campaign, null, '', ['a', 'b', 'c']],
		['P0002', hinted, 'a link that is not there', 'update_link', '404404', {}],
		['23503', hinted, 'a send to nobody', ...send(['a'], campaign, ['404404'], [now])],
		['23503', hinted, 'a send of no campaign', ...send(['a'], '404', [recipient.recipient_id], [now])],
		['2202E', !hinted, 'sends of two lengths', ...send(['a'], campaign, [recipient.recipient_id], [])],
		['23502', hinted, 'a send at no time', ...send(['a'], campaign, [recipient.recipient_id], [null])],
		['P0002', hinted, 'a delivery of nothing', 'record_deliveries', ['errors', 'nothing'], [now, now]],
		['23514', hinted, 'a delivery before the send', 'record_deliveries', ['errors'], [new Date(now - 700_000)]],
		['23514', !hinted, 'a delivery to who was held out', 'record_deliveries', ['held'], [now]],
		['23503', hinted, 'an opt-out from no campaign', 'record_opt_outs', ['a'], [null], [now], ['sms'], ['404']],
		['2202E', !hinted, 'opt-outs of two lengths', 'record_opt_outs', ['a'], [null], [now], ['sms', 'sms']],
		['2202E', !hinted, 'conversions without orders', 'record_conversions', null, [], [], []],
		['23514', !hinted, 'a currency in small letters', 'record_conversions', ['a'], [null], [now], ['1'], ['eur']],
		['23514', !hinted, 'revenue that is no number', 'record_conversions', ['a'], [null], [now], ['NaN']],
		['22P02', !hinted, 'revenue that is a word', 'record_conversions', ['a'], [null], [now], ['much']],
		['23514', hinted, 'a time without end', 'record_conversions', ['a'], [null], ['infinity'], ['1']],
		['P0002', hinted, 'an order that is not there', 'revise_conversions', ['nothing'], ['1']],
		['23503', hinted, 'a session from no link', 'record_engagement', ['a'], [null], ['404404'], [now], [1], [1]],
		['23514', !hinted, 'a session of less than no page', 'record_engagement', ['a'], [null], [null], [now], [-1], [1]],
		['2202E', !hinted, 'identities of two lengths', 'identify', ['1'], []],
		['23503', hinted, 'a click on no link', 'record_clicks', ['2024-01-01T00:00Z link_id=404404']],
		['22008', hinted, 'a click before the Web', 'record_clicks', ['1970-01-01T00:00Z link_id=1']],
		['22P02', hinted, 'a click that is none', 'record_clicks', ['2024-01-01T00:00Z color=red']],
		['2202E', !hinted, 'visits of two lengths', 'record_visits', ['a'], []],
		['22008', hinted, 'a visit that milliseconds were taken for seconds of', 'visit', code, '', null, null, null, null, false, new Date('2300-01-01')],
		['22008', hinted, 'a visit at no time', 'visit', code, '', null, null, null, null, false, null],
		['22003', hinted, 'a variant out of range', 'visit', code, '', null, null, null, 256, false, now],
		['22023', hinted, 'a consent that is none', 'visit', code, '', null, null, null, null, false, now, null, null, 'GET', null, 'maybe'],
		['22P02', !hinted, 'an address that is none', 'visit', code, '', null, null, null, null, false, now, 'localhost'],
		['22003', !hinted, 'a visitor out of range', 'visit', code, '', '9223372036854775808', null, null, null, false, now],
		['22021', !hinted, 'a code that no text can hold', 'visit', 'a\0', '', null, null, null, null, false, now],
		['22023', hinted, 'no rows of the inbox', 'record_inbox', 0],
	];
	const before = await everything();
	for (const [want, hint, name, ...call] of cases) {
		const error = await errorOf(rowsOf(client, ...call));
		is({ code: error.code, hint: typeof error.hint === 'string' && error.hint !== '' }, { code: want, hint }, `error ${want}: ${name}`);
		if (error.code !== want) console.log(`# ${error.message}`);
	}
	for (const statement of ['SELECT FROM clicktrack.click', 'SELECT FROM clicktrack.clicks', 'SELECT FROM clicktrack.recipient', 'SELECT FROM clicktrack.click_inbox',
		'DELETE FROM clicktrack.link', 'SELECT clicktrack.maintain()', "SELECT clicktrack.create_click_partitions('2024-01-01', '2024-01-01')",
		`SELECT clicktrack.grant_access('${role}', 'admin')`, 'SELECT clicktrack.set_policy()', 'SELECT clicktrack.erase_visitor(1)',
		'SELECT clicktrack.apply_aliases()', "SELECT clicktrack.begin_batch('a', 1)", "SELECT clicktrack.current_short_code_key()"]) {
		is((await errorOf(client.query(statement))).code, '42501', `no service may ${statement}`);
	}
	is((await errorOf(fillInbox([{ ...randomVisit(), consent: 'maybe' }], client))).code, '23514', 'error 23514: a bad row for the inbox');
	const many = list(20000, (_, i) => `many ${i}`);
	await client.query("SET statement_timeout = '5ms'");
	is((await errorOf(rowsOf(client, 'record_conversions', many, many.map(() => null), many.map(() => now), many.map(() => '1')))).code, '57014', 'what takes too long is canceled');
	await client.query('RESET statement_timeout');
	is(await everything(), before, 'no error has left anything');
	is(await valueOf(client, 'record_conversions', many, many.map(() => null), many.map(() => now), many.map(() => '1')), '20000', 'and what was canceled can be done again');
	is((await visit(client, { code })).status, 'ok', 'and the connection goes on');
	client.release();
}

// How much each table holds, and of what.
async function everything() {
	const names = await table(`SELECT c.oid::regclass::text AS name FROM pg_class AS c
		WHERE relnamespace = 'clicktrack'::regnamespace AND relkind = 'r' ORDER BY 1`);
	const held = {};
	for (const { name } of names) {
		[held[name]] = await table(`SELECT count(*) AS rows, sum(hashtextextended(t::text, 0)) AS sum FROM ${name} AS t`);
	}
	return held;
}

async function transactions() {
	const client = await pool.connect();
	const campaign = seen.campaign.campaign_id;
	const { code, link_id } = await link(client, 'https://shop.example/few', campaign, { max_clicks: '2' });
	const everyOne = async () => {
		const made = await link(client, 'https://shop.example/new', await valueOf(client, 'create_campaign', 'new', 'sms'), { domain: 'new.example', idempotency_key: 'new' });
		const [person] = await rowsOf(client, 'record_recipients', ['new'], ['new@example.com']);
		const now = new Date();
		await visit(client, { code, user_agent: agents.windows, referrer: 'https://new.example/', ip: '192.0.2.1' });
		await visit(client, { code: made.code, domain: 'new.example', visitor_id: '-77' });
		await rowsOf(client, 'record_clicks', [`${now.toISOString()} link_id=${link_id}`], 'new batch');
		await rowsOf(client, 'record_sends', ['new'], campaign, [person.recipient_id], [now]);
		await rowsOf(client, 'record_deliveries', ['new'], [now]);
		await rowsOf(client, 'record_opt_outs', ['new'], ['-77'], [now], ['sms']);
		await rowsOf(client, 'record_conversions', ['new'], ['-77'], [now], ['1']);
		await rowsOf(client, 'revise_conversions', ['new'], ['2']);
		await rowsOf(client, 'record_engagement', ['new'], ['-77'], [link_id], [now], [1], [1]);
		await rowsOf(client, 'identify', ['-77'], [person.recipient_id]);
		await fillInbox([randomVisit()], client);
		await rowsOf(client, 'record_inbox', 10);
		await rowsOf(client, 'update_link', link_id, { tags: ['new'] });
	};
	const before = await everything();
	await client.query('BEGIN');
	await everyOne();
	is((await errorOf(rowsOf(client, 'record_inbox', 0))).code, '22023', 'a transaction has an error at last');
	is((await errorOf(visit(client, { code }))).code, '25P02', 'and does nothing more');
	await client.query('ROLLBACK');
	is(await everything(), before, 'of a transaction that is rolled back, nothing is left');

	await client.query('BEGIN');
	await client.query('SAVEPOINT a');
	await everyOne();
	await client.query('ROLLBACK TO SAVEPOINT a');
	is((await visit(client, { code, user_agent: agents.windows })).status, 'ok', 'nor of a savepoint');
	await client.query('COMMIT');
	is(await table('SELECT used FROM clicktrack.link_quota WHERE link_id = $1', [link_id]), [{ used: '1' }], 'whose clicks are not used up');
	await everyOne();
	is(await table(`SELECT c.visitor_id FROM clicktrack.conversion AS c WHERE order_id = 'new' AND revenue = 2
		AND visitor_id = (SELECT recipient_id FROM clicktrack.recipient WHERE recipient_key = 'new')`).then((rows) => rows.length), 1, 'and all of it can be done again');
	is(await table(`SELECT count(*) FROM clicktrack.clicks AS c JOIN clicktrack.referrer AS r USING (referrer_id) WHERE link_id = $1 AND host = 'new.example'`, [link_id]),
		[{ count: '1' }], 'with its referrer');
	client.release();
}

// What a call answers on every connection, all at the same time, as often as each answer came.
async function atOnce(call) {
	const clients = await Promise.all(list(CONNECTIONS, () => pool.connect()));
	const answers = await Promise.all(clients.map((client, i) => call(client, i).catch((error) => error.code ?? error)));
	for (const client of clients) client.release();
	return answers;
}
const tally = (answers) => answers.reduce((counts, answer) => ({ ...counts, [answer]: (counts[answer] ?? 0) + 1 }), {});

async function manyConnections() {
	const campaign = seen.campaign.campaign_id;
	const few = await link(pool, 'https://shop.example/few', campaign, { max_clicks: '20' });
	const statuses = (await atOnce(async (client, i) => {
		const each = [];
		for (let n = 0; n < 4; n += 1) each.push((await visit(client, { code: few.code, visitor_id: String(i), user_agent: n === 3 ? agents.bot : agents.iphone })).status);
		return each.slice(0, 3);
	})).flat();
	is(tally(statuses), { ok: 20, exhausted: 76 }, 'of 96 visits, as many get there as may');
	is(await table('SELECT used, (SELECT count(*) FROM clicktrack.clicks WHERE link_id = $1 AND NOT is_bot) AS clicks FROM clicktrack.link_quota WHERE link_id = $1',
		[few.link_id]), [{ used: '20', clicks: '20' }], 'and are recorded');

	const keyed = await atOnce(async (client) => JSON.stringify(await link(client, 'https://shop.example/once', campaign, { idempotency_key: 'once', max_clicks: '3' })));
	is(Object.values(tally(keyed)), [CONNECTIONS], 'an idempotency_key gets one link');
	is(tally(await atOnce((client) => link(client, 'https://shop.example/slug', campaign, { slug: 'at-once' }).then(() => 'made'))),
		{ made: 1, 23505: CONNECTIONS - 1 }, 'a slug is given once');
	const shuffled = (i) => list(50, (_, n) => `many ${(n * 7 + i * 13) % 60}`);
	const many = await atOnce(async (client, i) => (await rowsOf(client, 'create_links', shuffled(i).map(keyedUrl), campaign, null, 'go.example', shuffled(i)))
		.map((row, n) => `${shuffled(i)[n]} ${row.link_id}`));
	is([new Set(many.flat()).size, many.flat().length], [60, CONNECTIONS * 50], 'many keys, in whatever order, get a link each');

	const batch = list(100, (_, i) => `2024-02-01T00:00:00.${String(i).padStart(3, '0')}Z link_id=${few.link_id} channel=qr`);
	is(tally(await atOnce((client) => valueOf(client, 'record_clicks', batch, 'at once'))), { 0: CONNECTIONS - 1, 100: 1 }, 'a batch_key is recorded once');
	is(await table("SELECT count(*) FROM clicktrack.clicks WHERE channel = 'qr' AND link_id = $1", [few.link_id]), [{ count: '100' }], 'and all of it');

	const orders = (i) => list(200, (_, n) => `at once ${(n * 11 + i * 29) % 200}`);
	const fresh = await atOnce((client, i) => valueOf(client, 'record_conversions', orders(i), list(200, () => '5'), list(200, () => new Date()), list(200, () => '1.5')));
	is(fresh.reduce((sum, n) => sum + Number(n), 0), 200, 'orders are new once, in whatever order they come');
	const person = seen.recipients[0].recipient_id;
	is(tally(await atOnce((client) => client.query('SELECT clicktrack.identify($1::bigint, $2::bigint) AS known', ['-4711', person]).then(({ rows }) => rows[0].known))),
		{ true: CONNECTIONS }, 'a visitor becomes known, whoever says so first');

	const { code } = await link(pool, 'https://shop.example/inbox', campaign);
	const visits = list(1000, () => ({ ...randomVisit(), code, domain: '' }));
	await fillInbox(visits);
	const taken = await atOnce(async (client) => Object.values(byStatus(await rowsOf(client, 'record_inbox', 100))).reduce((sum, n) => sum + n, 0));
	is(taken.reduce((sum, n) => sum + n, 0), 1000, 'the inbox is emptied together');
	is(await table('SELECT count(*), count(DISTINCT clicked_at) AS times FROM clicktrack.clicks JOIN clicktrack.link USING (link_id) WHERE code = $1', [code]),
		[{ count: '1000', times: '1000' }], 'and each visit recorded once');
}

async function main() {
	await owner.connect();
	await randomWork();
	await tables();
	if (!copy) console.log('# without pg-copy-streams, rows of the inbox came by INSERT');
	await errors();
	await transactions();
	await manyConnections();
	done();
	await pool.end();
	await owner.end();
}

main().catch((error) => {
	console.error(error);
	process.exit(1);
});
