// Follows links through the README's redirect service, and looks at what was recorded.
// See redirect.t.
//
//   node redirect.js PORT LOG ROLE    the service's port, output and role; prints TAP
'use strict';
const { execFile } = require('node:child_process');
const { once } = require('node:events');
const { readFileSync } = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const { setTimeout: sleep } = require('node:timers/promises');
const { promisify } = require('node:util');
const { Client } = require('pg');
const { done, is, ok, skip } = require('./tap.js');

const [port, log, role] = process.argv.slice(2);
const service = `http://localhost:${port}`;
const database = new Client();
const query = async (text, values) => (await database.query(text, values)).rows;

const agents = {
	iphone: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1',
	android: 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.6478.71 Mobile Safari/537.36',
	windows: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
	bot: 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
};
// Every address and user agent that was sent: no table may hold one of them.
const sent = new Set();

// ---- clients ----

// Requests a path and answers with status, location and body; a person with Windows unless
// the headers say otherwise.
function visit(path, headers = {}, method = 'GET') {
	const all = { 'user-agent': agents.windows, ...headers };
	sent.add(all['user-agent']);
	for (const address of (all['x-forwarded-for'] ?? '').split(', ')) if (net.isIP(address)) sent.add(address);
	return new Promise((resolve, reject) => {
		http.request(`${service}/`, { path, headers: all, method, agent: false }, (response) => {
			let body = '';
			response.on('data', (part) => { body += part; });
			response.on('end', () => resolve({ status: response.statusCode, location: response.headers.location, body }));
		}).on('error', reject).end();
	});
}

const statusOf = async (...args) => (await visit(...args)).status;
const statuses = async (paths, ...args) => {
	const all = [];
	for (const path of paths) all.push(await statusOf(path, ...args));
	return all;
};

// The status of a request of these very bytes.
function statusOfBytes(bytes) {
	return new Promise((resolve, reject) => {
		const socket = net.connect(port, 'localhost', () => socket.write(bytes));
		socket.on('data', (part) => {
			resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(part.toString('latin1'))?.[1]));
			socket.destroy();
		});
		socket.on('error', reject);
		socket.on('close', () => reject(new Error('the service hung up')));
	});
}

const run = promisify(execFile);
async function curl(...args) {
	sent.add(agents.android);
	return (await run('curl', ['-sS', '-q', '--noproxy', '*', '-A', agents.android, '-w', '%{http_code} %{url_effective}', ...args])).stdout;
}

async function untilListening() {
	for (let n = 0; n < 100; n += 1) {
		const listening = await new Promise((resolve) => {
			const socket = net.connect(port, 'localhost', () => { socket.end(); resolve(true); });
			socket.on('error', () => resolve(false));
		});
		if (listening) return;
		await sleep(100);
	}
	throw new Error(`the service does not listen:\n${readFileSync(log, 'utf8')}`);
}

// ---- what is recorded ----

// The clicks of a link in order of time, as the fields that are set.
async function clicksOf(link) {
	const rows = await query(`
		SELECT c.event::jsonb - '{clicked_at,link_id}'::text[] AS event, r.host AS referrer, a.masked AS agent,
			clicktrack.origin_network(c.origin)::text AS network
		FROM clicktrack.click AS c
			LEFT JOIN clicktrack.referrer AS r ON r.referrer_id = clicktrack.referrer_id(c.event)
			LEFT JOIN clicktrack.agent AS a ON a.agent_id = clicktrack.origin_agent(c.origin)
		WHERE clicktrack.link_id(c.event) = $1
		ORDER BY c.event`, [link.link_id]);
	return rows.map(({ event, ...origin }) => Object.fromEntries(Object.entries({ ...event, ...origin })
		.filter(([key, value]) => value !== null && key !== 'referrer_id' && key !== 'visitor_id')));
}

const visitorsOf = async (link) => (await query(
	'SELECT visitor_id AS id, known FROM clicktrack.clicks WHERE link_id = $1 ORDER BY event', [link.link_id]));

const anonymous = async (ip, agent) => (await query(
	'SELECT clicktrack.anonymous_visitor($1, $2, salt) AS id FROM clicktrack.visitor_salt', [ip, agent]))[0].id;

// Every row of clicktrack's tables that holds one of these texts.
async function rowsWith(texts) {
	const tables = await query(`
		SELECT c.oid::regclass::text AS name FROM pg_class AS c
		WHERE c.relnamespace = 'clicktrack'::regnamespace AND c.relkind = 'r'`);
	const found = [];
	for (const { name } of tables) {
		found.push(...await query(`SELECT '${name}' AS table, t::text AS row FROM ${name} AS t
			WHERE EXISTS (SELECT FROM unnest($1::text[]) AS s WHERE strpos(t::text, s) > 0)`, [texts]));
	}
	return found;
}

// ---- the links ----

async function createLinks(destination) {
	const links = {};
	const create = async (name, settings = {}) => {
		const given = { domain: 'localhost', ...settings };
		const names = Object.keys(given);
		[links[name]] = await query(`SELECT link_id, code, '/' || code AS path FROM clicktrack.create_link($1, 'redirect', ${
			names.map((key, i) => `${key} => $${i + 2}`)})`, [`${destination}/${name}`, ...Object.values(given)]);
	};
	await query("SELECT clicktrack.create_campaign('redirect', 'sms')");
	for (const name of ['plain', 'head', 'prefetch', 'bot', 'fields', 'cookies', 'addresses', 'hostile', 'failing']) await create(name);
	await create('slug', { slug: 'Spring-sale_1.~' });
	await create('second', { slug: 'Spring-sale_1.~', domain: 'second.example' });
	await create('expired', { expires_at: '2020-01-01' });
	await create('expiredFallback', { expires_at: '2020-01-01', fallback_url: `${destination}/over` });
	await create('disabled');
	await create('disabledFallback', { fallback_url: `${destination}/closed` });
	await query(`SELECT clicktrack.update_link(id, '{"disabled": true}') FROM unnest($1::bigint[]) AS id`,
		[[links.disabled.link_id, links.disabledFallback.link_id]]);
	await create('once', { max_clicks: 1 });
	await create('fifty', { max_clicks: 50 });
	await create('app', { ios_url: 'shop://spring/1?a=b', android_url: 'intent://spring#Intent;scheme=shop;end' });
	await create('test', { variant_urls: [0, 1, 2].map((n) => `${destination}/variant/${n}`), variant_weights: [1, 2, 3] });
	await query('SELECT clicktrack.set_domain($1, $2)', ['lost.example', `${destination}/lost`]);
	[links.foreign] = await query(`SELECT link_id, code, '/' || code AS path
		FROM clicktrack.create_link('https://bücher.example/straße?q=é%20€', 'redirect', domain => 'localhost')`);
	return links;
}

// ---- tests ----

async function ordinary(links, destination) {
	const to = (name) => ({ status: 302, location: `${destination}/${name}`, body: '' });
	is(await visit(links.plain.path), to('plain'), 'a link leads to its url');
	is(await visit(`${links.plain.path}?fbclid=1&x=%zz`), to('plain'), 'whatever its query');
	is(await visit(links.slug.path), to('slug'), 'a slug leads to its url');
	is(await visit('/Spring%2dsale%5F1.%7E'), to('slug'), 'percent-encoded, too');
	is(await visit(links.slug.path, { host: 'second.example' }), to('second'), 'and on another host to another');
	is(await visit(links.slug.path, { host: 'SECOND.example:8443' }), to('second'), 'written in whatever way');
	is(await statuses(['/nobody', '/', '/favicon.ico', links.slug.path.toUpperCase()]), [404, 404, 404, 404], 'an unknown code is not found');
	is(await statusOf(links.plain.path, { host: 'second.example' }), 404, 'nor is one of another host');
	is(await visit('/nobody', { host: 'lost.example' }), to('lost'), 'unless the host has a fallback');
	is(await visit(links.foreign.path), { status: 302, location: 'https://xn--bcher-kva.example/stra%C3%9Fe?q=%C3%A9%20%E2%82%AC', body: '' },
		'a url in Unicode arrives as ASCII');
	is(await statuses([links.expired.path, links.disabled.path]), [410, 410], 'an expired and a disabled link are gone');
	is([await visit(links.expiredFallback.path), await visit(links.disabledFallback.path)], [to('over'), to('closed')], 'or lead to their fallback');
	is(await statuses([links.once.path, links.once.path, links.once.path]), [302, 410, 410], 'a link for one click leads there once');
	is(await statuses([links.plain.path, links.plain.path], {}, 'POST'), [405, 405], 'only GET and HEAD are taken');
}

async function clients(links, destination) {
	const headers = { 'user-agent': agents.iphone };
	sent.add(agents.iphone);
	const followed = await fetch(service + links.plain.path, { headers, redirect: 'follow' });
	is([followed.redirected, followed.url, await followed.text()], [true, `${destination}/plain`, 'arrived at /plain'], 'fetch arrives');
	const manual = await fetch(service + links.plain.path, { headers, redirect: 'manual' });
	is([manual.status, manual.headers.get('location'), manual.headers.get('cache-control')], [302, `${destination}/plain`, 'no-store'],
		'or is told where to go, every time anew');
	const app = await fetch(service + links.app.path, { headers, redirect: 'manual' });
	is(app.headers.get('location'), 'shop://spring/1?a=b', 'an iPhone is led into the app');

	const here = await run('curl', ['--version']).then(() => true, () => false);
	const names = ['curl arrives', 'curl -I is answered without a body', 'curl finds the other host', 'and what is not there'];
	if (!here) return names.forEach((name) => skip('curl is not here', name));
	is(await curl('-L', service + links.plain.path), `arrived at /plain200 ${destination}/plain`, names[0]);
	ok((await curl('-I', service + links.head.path)).endsWith(`302 ${service}${links.head.path}`), names[1]);
	is(await curl('-L', '--resolve', `second.example:${port}:127.0.0.1`, '--resolve', `second.example:${port}:[::1]`,
		'--connect-to', `second.example:${port}:localhost:${port}`, `http://second.example:${port}${links.slug.path}`),
	`arrived at /second200 ${destination}/second`, names[2]);
	is(await curl('--path-as-is', `${service}/../../etc/passwd`), `404 ${service}/../../etc/passwd`, names[3]);
}

async function recorded(links) {
	const person = { browser: 'chrome', channel: 'sms', destination: 'web', device: 'desktop', os: 'windows', bot_reasons: [], known: false,
		agent: 'Mozilla/#.# (Windows NT #.#; Win#; x#) AppleWebKit/#.# (KHTML, like Gecko) Chrome/#.#.#.# Safari/#.#' };
	await visit(links.fields.path, { 'x-forwarded-for': '203.0.113.77', 'cf-ipcountry': 'DE', referer: 'https://News.example/a?b' });
	is(await clicksOf(links.fields), [{ ...person, country: 'DE', referrer: 'news.example', network: '203.0.113.0/24' }],
		'a click has all that its request told');

	await visit(links.head.path, {}, 'HEAD');
	is((await clicksOf(links.head)).at(-1).bot_reasons, ['prefetch'], 'HEAD is recorded as a prefetch');
	for (const headers of [{ 'sec-purpose': 'prefetch;prerender' }, { purpose: 'prefetch' }, {}]) await visit(links.prefetch.path, headers);
	is((await clicksOf(links.prefetch)).map((click) => click.bot_reasons), [['prefetch'], ['prefetch'], []], 'so is what says that it is one');
	is([await statusOf(links.bot.path, { 'user-agent': agents.bot }), (await clicksOf(links.bot))[0].bot_reasons], [302, ['user_agent']],
		'a program gets the url, and is recorded as one');

	const where = [];
	for (const name of ['iphone', 'android', 'windows', 'bot']) where.push((await visit(links.app.path, { 'user-agent': agents[name] })).location);
	ok(where[0].startsWith('shop:') && where[1].startsWith('intent:') && where[2].startsWith('http:') && where[3].startsWith('http:'),
		'phones are led into the app, others to the web', ...where);
	is((await clicksOf(links.app)).map((click) => click.destination), ['app', 'app', 'app', 'web', 'web'], 'and recorded so');

	is((await query(`SELECT link_id FROM clicktrack.clicks WHERE link_id = ANY ($1)`,
		[['expired', 'expiredFallback', 'disabled', 'disabledFallback'].map((name) => links[name].link_id)])), [],
	'what did not lead to its url is no click');
	is((await clicksOf(links.once)).length, 1, 'nor is what came too late');
}

async function visitors(links) {
	const wrong = [];
	for (let visitor = 1; visitor <= 30; visitor += 1) {
		const cookie = `a=1; visitor=${visitor}; b=visitor=7`;
		const first = (await visit(links.test.path, { cookie })).location;
		const again = (await visit(links.test.path, { cookie, 'user-agent': agents.iphone, 'x-forwarded-for': `198.51.100.${visitor}` })).location;
		const [{ variant }] = await query('SELECT clicktrack.pick_variant($1, $2, $3) AS variant', [[1, 2, 3], visitor, links.test.link_id]);
		if (first !== again || !first.endsWith(`/variant/${variant}`)) wrong.push([visitor, variant, first, again].join(' '));
	}
	ok(wrong.length === 0, 'a visitor known by a cookie sees the same variant, from wherever', ...wrong);
	is((await visitorsOf(links.test)).map((row) => row.id), Array.from({ length: 60 }, (_, i) => String(1 + (i >> 1))), 'and each click is the visitor\'s');
	is(await query('SELECT DISTINCT variant FROM clicktrack.clicks WHERE link_id = $1 ORDER BY variant', [links.test.link_id]),
		[{ variant: 0 }, { variant: 1 }, { variant: 2 }], 'and every variant is seen by some');

	const cookies = ['', 'visitor=', 'visitor=x', 'visitor=-5', 'visitor=1e3', 'visitor=9223372036854775808', 'visitor=7 OR true', 'xvisitor=7', 'visitor=7a; x'];
	for (const cookie of cookies) await visit(links.cookies.path, { cookie, 'x-forwarded-for': '203.0.113.78' });
	const same = { id: await anonymous('203.0.113.78', agents.windows), known: false };
	is(await visitorsOf(links.cookies), cookies.map(() => same), 'who has no such cookie is known by address and user agent');

	// what stands there, the address that it is taken for, the network that is kept
	const addresses = [
		['203.0.113.79', '203.0.113.79', '203.0.113.0/24'],
		['6.6.6.6, 203.0.113.79', '203.0.113.79', '203.0.113.0/24'],
		['::ffff:203.0.113.79', '203.0.113.79', '203.0.113.0/24'],
		['2001:db8:1:2::79', '2001:db8:1:2:3::', '2001:db8::/47'],
		['fe80::1%eth0', 'fe80::1', 'fe80::/47'],
		...['unknown', '', '203.0.113.79:443', '203.0.113.0/24', '1.2.3', "' OR true", '203.0.113.79, ,'].map((text) => [text]),
	];
	const want = [];
	for (const [text, ip, network] of addresses) {
		await visit(links.addresses.path, { 'x-forwarded-for': text });
		want.push({ text, id: ip ? await anonymous(ip, agents.windows) : null, network });
	}
	const ids = await visitorsOf(links.addresses);
	const networks = await clicksOf(links.addresses);
	is(addresses.map(([text], i) => ({ text, id: ids[i].id, network: networks[i].network })), want, 'the address is what the nearest proxy saw, if it is one');
	const local = await visit(links.addresses.path);
	is([local.status, (await clicksOf(links.addresses)).at(-1).network], [302, net.isIPv6((await localAddress())) ? '::/47' : '127.0.0.0/24'],
		'or else where the connection comes from');
}

const localAddress = () => new Promise((resolve) => {
	const socket = net.connect(port, 'localhost', () => { resolve(socket.remoteAddress); socket.end(); });
});

async function hostile(links) {
	const count = async () => Number((await query('SELECT count(*) FROM clicktrack.clicks WHERE link_id = $1', [links.hostile.link_id]))[0].count);
	const paths = ['/%00', `${links.hostile.path}%00`, `/%00${links.hostile.path.slice(1)}`, '/%zz', '/%', '/%c0%af', '/%ed%a0%80', '/%F0%9F%90%98', `/${'a'.repeat(10000)}`,
		`/..${links.hostile.path}`, `/${links.hostile.path}`, `${links.hostile.path}/`, `/%2e%2e%2f${links.hostile.path}`, "/';SELECT(1)--", '/"', '/\\', '/$1', '/%27%20OR%20true',
		'/%s%n', '//evil.example', '/@', '/#', '/{', `${links.hostile.path}%20`, `${links.hostile.path};`];
	is(await statuses(paths), paths.map(() => 404), 'hostile paths are unknown codes');
	const request = (line, ...headers) => [line, 'Host: localhost', `User-Agent: ${agents.windows}`, ...headers, '', ''].join('\r\n');
	const latin1 = (text) => Buffer.from(text, 'latin1');
	const bad = [];
	for (const bytes of [request('GET /\xfc\xff\x80 HTTP/1.1'), request('GET /a b HTTP/1.1'), request('GET /a\0 HTTP/1.1'), request(`GET ${links.hostile.path} HTTP/1.1`, `User-Agent: ${'x'.repeat(100000)}`),
		request(`GET ${links.hostile.path} HTTP/1.1`, 'Referer: a\0b'), 'nonsense\r\n\r\n']) {
		bad.push(await statusOfBytes(latin1(bytes)));
	}
	is(bad, [400, 400, 400, 431, 400, 400], 'what is no HTTP is refused');
	is(await count(), 0, 'none of them is a click');

	const odd = ['\xff\xfe\x80\xfc', 'a'.repeat(10000), '\x80'.repeat(3000), "');DROP TABLE clicktrack.click;--", '(((((((((', '%s%n%00', '\t', '{"a":1}', '\\x00\\', "E'\\000'", '\ufffd'];
	const names = ['User-Agent', 'Referer', 'CF-IPCountry', 'Sec-Purpose', 'Purpose', 'Cookie', 'X-Forwarded-For', 'X-Unheard-Of'];
	const answers = [];
	for (const name of names) {
		for (const value of odd) {
			answers.push(await statusOfBytes(latin1([`GET ${links.hostile.path} HTTP/1.1`, 'Host: localhost', `${name}: ${value}`, '', ''].join('\r\n'))));
		}
	}
	is(answers, answers.map(() => 302), 'whatever a header holds, the visitor gets to the url');
	is(await count(), answers.length, 'and is recorded');
	const hosts = [];
	for (const value of ['', 'a b', '[::1', "'", '\xff', 'localhost:0x1F', '..', 'a'.repeat(9000), 'localhost, localhost', 'user@localhost']) {
		hosts.push(await statusOfBytes(latin1(`GET ${links.hostile.path} HTTP/1.1\r\nHost: ${value}\r\n\r\n`)));
	}
	is(hosts, hosts.map(() => 404), 'a host that is none has no links');
	is(await statusOfBytes(`GET ${links.hostile.path} HTTP/1.0\r\n\r\n`), 404, 'nor has no host');
	is(readFileSync(log, 'utf8'), '', 'and nothing of it was an error');
}

async function atOnce(links) {
	const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => statusOf(links.fifty.path, { 'x-forwarded-for': `192.0.2.${i}` })));
	is([302, 410].map((status) => answers.filter((answer) => answer === status).length), [50, 150], 'of 200 at once, 50 get there where 50 may');
	is([(await clicksOf(links.fifty)).length, new Set((await visitorsOf(links.fifty)).map((row) => row.id)).size], [50, 50], 'and as many are recorded');
}

async function failures(links) {
	const clicks = () => query('SELECT count(*)::integer AS count FROM clicktrack.clicks WHERE link_id = $1', [links.failing.link_id]).then((rows) => rows[0].count);
	for (let n = 0; n < 50; n += 1) {
		const socket = net.connect(port, 'localhost', () => {
			socket.write(`GET ${links.failing.path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ${agents.windows}\r\n\r\n`, () => socket.destroy());
		});
		await once(socket, 'close');
	}
	is(await statusOf(links.failing.path), 302, 'visitors who leave before the answer do no harm');
	for (let n = 0; n < 50 && await clicks() < 51; n += 1) await sleep(100);
	is(await clicks(), 51, 'and are recorded');

	await query(`REVOKE EXECUTE ON FUNCTION clicktrack.visit FROM ${role}`);
	is(await statuses([links.failing.path, '/nobody']), [500, 500], 'an error is answered with 500');
	ok(readFileSync(log, 'utf8').includes('permission denied for function visit'), 'and told in the log');
	await query(`GRANT EXECUTE ON FUNCTION clicktrack.visit TO ${role}`);
	is(await statusOf(links.failing.path), 302, 'and the service lives on');
	const stopped = await query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = $1', [role]);
	ok(stopped.length > 1, 'all its connections are broken', stopped.length);
	await sleep(200);
	is(await statuses(Array(20).fill(links.failing.path)), Array(20).fill(302), 'and the service opens others');
	is(await query(`SELECT DISTINCT usename::text AS name FROM pg_stat_activity WHERE application_name = 'redirect'`), [{ name: role }], 'as the role that it is');
	is((await query(`SELECT has_table_privilege($1, c.oid, 'SELECT, UPDATE, DELETE, TRUNCATE') AS may FROM pg_class AS c
		WHERE relnamespace = 'clicktrack'::regnamespace AND relkind IN ('r', 'p')`, [role])).filter((row) => row.may), [], 'which can read and change no table');
}

async function main() {
	const shop = http.createServer((request, response) => response.end(`arrived at ${request.url}`));
	await new Promise((resolve) => { shop.listen(0, '127.0.0.1', resolve); });
	const destination = `http://127.0.0.1:${shop.address().port}`;
	await database.connect();
	const links = await createLinks(destination);
	await untilListening();
	await ordinary(links, destination);
	await clients(links, destination);
	await recorded(links);
	await visitors(links);
	await hostile(links);
	await atOnce(links);
	is(await rowsWith([...sent]), [], 'no table holds an address or a user agent that came');
	ok((await rowsWith(['arrived', 'news.example', 'Windows NT #'])).length > 1, 'though it would be found');
	await failures(links);
	done();
	shop.closeAllConnections?.();
	shop.close();
	await database.end();
}

main().catch((error) => {
	console.error(error);
	process.exit(1);
});
