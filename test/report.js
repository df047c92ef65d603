// Opens the report in Chromium, wide and narrow, light and dark, and looks at it as its readers
// do: it asks for nothing but itself, says nothing on the console, scrolls down only, and all of
// it can be read. See report.t.
//
//   node report.js CHROMIUM PAGE NAMES [DIRECTORY]    NAMES: a JSON array of what names are text
//                                                     in the page; DIRECTORY: gets a picture of each
'use strict';
const { spawn } = require('node:child_process');
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join, resolve } = require('node:path');
const { pathToFileURL } = require('node:url');
const { done, is, ok } = require('./tap.js');

const [chromium, page, namesFile, pictures] = process.argv.slice(2);
const url = pathToFileURL(resolve(page)).href;
const names = JSON.parse(readFileSync(namesFile, 'utf8'));

// ---- a browser ----

// Chromium's debugging protocol over a pipe: JSON, each message ended by a zero byte.
function launch() {
	const profile = mkdtempSync(join(tmpdir(), 'clicktrack-chromium-'));
	const browser = spawn(chromium, ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars',
		'--no-first-run', '--disable-background-networking', `--user-data-dir=${profile}`, '--remote-debugging-pipe'],
	{ stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
	process.on('exit', () => browser.kill());
	const [to, from] = browser.stdio.slice(3);
	const waiting = new Map();
	const events = [];
	let last = 0, rest = '';
	from.setEncoding('utf8').on('data', (data) => {
		const messages = (rest + data).split('\0');
		rest = messages.pop();
		for (const message of messages.map((m) => JSON.parse(m))) {
			if (!waiting.has(message.id)) events.push(message);
			else waiting.get(message.id)(message);
			waiting.delete(message.id);
		}
	});
	const send = (method, params = {}, sessionId = undefined) => new Promise((resolved, rejected) => {
		waiting.set(++last, ({ error, result }) => (error ? rejected(new Error(`${method}: ${error.message}`)) : resolved(result)));
		to.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
	});
	const close = async () => {
		const ended = new Promise((resolved) => { browser.on('exit', resolved); });
		await send('Browser.close');
		await ended;
		rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
	};
	return { events, send, close };
}

// ---- what is looked at, in the page ----

/* eslint-env browser */
function look(texts) {
	const visible = (element) => element.checkVisibility() && element.getClientRects().length > 0;
	const all = (selector) => [...document.querySelectorAll(selector)];
	const say = (element) => `${element.tagName} ${element.getAttribute('class') ?? ''}: ${element.textContent.trim().slice(0, 40)}`;

	// a color over another
	const parse = (color) => {
		const c = color.match(/[\d.]+/g).map(Number);
		return color.startsWith('color(') ? [255 * c[0], 255 * c[1], 255 * c[2], c[3] ?? 1] : [c[0], c[1], c[2], c[3] ?? 1];
	};
	const over = (top, bottom) => [0, 1, 2].map((i) => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1);
	const background = (element) => {
		if (!element) return [255, 255, 255, 1];
		const own = parse(getComputedStyle(element).backgroundColor);
		return own[3] === 1 ? own : over(own, background(element.parentElement));
	};
	const light = (color) => {
		const [r, g, b] = color.slice(0, 3).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
	const behind = (element) => {
		const cell = element.closest('.heat g')?.querySelector('rect');
		if (!cell) return background(element);
		const style = getComputedStyle(cell);
		const [r, g, b, a] = parse(style.fill);
		return over([r, g, b, a * style.fillOpacity], background(cell));
	};
	const written = all('body *').filter((e) => visible(e) && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())
		&& !['title', 'desc'].includes(e.tagName));
	const faint = written.map((e) => {
		const style = getComputedStyle(e);
		const below = behind(e);
		return [contrast(over(parse(e.closest('svg') ? style.fill : style.color), below), below), e];
	}).filter(([ratio]) => ratio < 4.5).map(([ratio, e]) => `${ratio.toFixed(2)} ${say(e)}`);

	// texts of a drawing neither on each other nor beyond the page
	const labels = all('svg text').filter(visible);
	const boxes = labels.map((e) => ({ e, box: e.getBoundingClientRect(), svg: e.closest('svg.chart') }));
	const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2;
	const collisions = boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => a.svg === b.svg && meet(a.box, b.box)).map((b) => `${say(a.e)} / ${say(b.e)}`));
	const cut = boxes.filter(({ box }) => box.left < 0 || box.right > innerWidth).map(({ e }) => say(e));
	// what is wider than its box, unless that scrolls
	const overflowing = all('body *').filter((e) => visible(e) && !e.closest('svg') && !e.closest('.table')
		&& (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')).map(say)
		.concat(all('caption div').filter((e) => visible(e) && e.getBoundingClientRect().right > innerWidth).map(say));
	const scrolling = all('.table').filter((e) => visible(e) && e.scrollWidth > e.clientWidth).map(say);

	const levels = all('h1, h2, h3, h4, h5, h6').map((h) => Number(h.tagName[1]));
	const ids = all('[id]').map((e) => e.id);
	return {
		lang: document.documentElement.lang,
		title: document.title,
		mode: document.compatMode,
		scripts: document.scripts.length + all('*').filter((e) => e.getAttributeNames().some((n) => n.startsWith('on'))).length,
		foreign: all('img, picture, iframe, object, embed, link, form, input, button, base, audio, video, math, style ~ style, image, use, foreignObject').map(say),
		references: all('[href], [src], [action], [style]').map((e) => e.getAttribute('href') ?? e.outerHTML.slice(0, 80)).filter((h) => !/^#[a-z-]+$/.test(h)),
		broken: all('a[href^="#"]').map((a) => a.getAttribute('href').slice(1)).concat(all('[aria-labelledby]').flatMap((e) => e.getAttribute('aria-labelledby').split(' ')))
			.filter((id) => !ids.includes(id)),
		twice: ids.filter((id, i) => ids.indexOf(id) !== i),
		policy: document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.content,
		headings: levels[0] === 1 && levels.filter((l) => l === 1).length === 1 && levels.every((l, i) => i === 0 || l <= levels[i - 1] + 1) ? 'in order' : levels.join(' '),
		mains: all('main').length,
		sections: all('main section').map((s) => s.id),
		unnamed: all('svg').filter((s) => !s.parentElement.closest('svg') && s.getAttribute('aria-hidden') !== 'true'
			&& !(s.getAttribute('role') === 'img' && s.getAttribute('aria-labelledby'))).map(say)
			.concat(all('figure').filter((f) => !f.querySelector('figcaption')).map(say)),
		tables: all('table').filter((t) => !t.caption || !t.tHead || [...t.querySelectorAll('th')].some((h) => !h.scope)).map(say),
		width: document.documentElement.scrollWidth - innerWidth,
		lost: texts.filter((t) => !document.body.textContent.includes(t)),
		pwned: window.pwned ?? null,
		dark: matchMedia('(prefers-color-scheme: dark)').matches,
		ground: light(background(document.body)) > 0.5 ? 'light' : 'dark',
		faint, collisions, cut, overflowing, scrolling,
	};
}

// ---- the tests ----

async function open(browser, width, scheme, media = '') {
	const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' });
	const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
	const send = (method, params) => browser.send(method, params, sessionId);
	for (const domain of ['Network', 'Log', 'Runtime', 'Page']) await send(`${domain}.enable`);
	await send('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 });
	await send('Emulation.setEmulatedMedia', { media, features: [{ name: 'prefers-color-scheme', value: scheme }] });
	await send('Page.navigate', { url });
	const loaded = (e) => e.sessionId === sessionId && e.method === 'Page.loadEventFired';
	while (!browser.events.some(loaded)) await new Promise((resolved) => { setTimeout(resolved, 20); });
	const { result, exceptionDetails } = await send('Runtime.evaluate', { expression: `(${look})(${JSON.stringify(names)})`, returnByValue: true });
	if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
	if (pictures) {
		const { data } = await send('Page.captureScreenshot', { captureBeyondViewport: true, format: 'png' });
		writeFileSync(join(pictures, `${width}-${scheme}${media}.png`), Buffer.from(data, 'base64'));
	}
	const events = browser.events.filter((e) => e.sessionId === sessionId);
	await browser.send('Target.closeTarget', { targetId });
	return {
		...result.value,
		requests: events.filter((e) => e.method === 'Network.requestWillBeSent').map((e) => e.params.request.url),
		said: events.filter((e) => ['Log.entryAdded', 'Runtime.consoleAPICalled', 'Runtime.exceptionThrown'].includes(e.method)).map((e) => JSON.stringify(e.params)),
	};
}

async function main() {
	const browser = launch();
	try {
		for (const [width, scheme] of [[1280, 'light'], [1280, 'dark'], [390, 'light'], [390, 'dark'], [360, 'light']]) {
			const seen = await open(browser, width, scheme);
			const at = `${width} px, ${scheme}: `;
			is(seen.requests, [url], `${at}nothing is asked for but the page`);
			is(seen.said, [], `${at}nothing is said on the console`);
			is([seen.scripts, seen.foreign, seen.references, seen.pwned], [0, [], [], null], `${at}no script, nothing that loads, no way out`);
			is(seen.lost, [], `${at}every name is text`);
			ok(seen.width <= 0, `${at}the page does not scroll sideways`, `${seen.width} px too wide`);
			is(seen.overflowing, [], `${at}nothing is wider than its place`);
			is([seen.collisions, seen.cut], [[], []], `${at}no label is on another or cut off`);
			is(seen.faint, [], `${at}all text has a contrast of 4.5 or more`);
			is([seen.dark, seen.ground], [scheme === 'dark', scheme], `${at}the page is ${scheme}`);
			if (width !== 1280 || scheme !== 'light') continue;
			is(seen.scrolling, [], 'every table fits into a wide page');
			is([seen.lang, seen.mode, seen.mains, seen.headings], ['en', 'CSS1Compat', 1, 'in order'], 'HTML with a language, one main part, headings in order');
			ok(seen.title.length > 0, 'and a title');
			is(seen.policy, "default-src 'none'; style-src 'unsafe-inline'", 'a policy that lets nothing in');
			is([seen.unnamed, seen.tables], [[], []], 'every drawing has a name or is decoration, every table a caption and headings with a scope');
			is([seen.broken, seen.twice], [[], []], 'every reference leads to an id, every id is there once');
			is(seen.sections, ['summary', 'time', 'campaigns', 'timing', 'messages', 'tests', 'holdouts', 'bots', 'links'], 'every section is there');
		}
		// as wide as A4 between its margins
		const paper = await open(browser, 680, 'dark', 'print');
		is([paper.ground, paper.faint], ['light', []], 'on paper the page is light, and all of it can be read');
		is([paper.scrolling, paper.width > 0], [[], false], 'since nothing is beyond its edge');
	} finally {
		await browser.close();
	}
	done();
}

setTimeout(() => { throw new Error('the browser takes too long'); }, 120000).unref();
main();
