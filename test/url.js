// Makes urls, and compares what clicktrack says of urls with Node's URL. See url.t.
//
//   node url.js urls                       urls, in hexadecimal
//   node url.js compare ANSWERS LETTERS    TAP
'use strict';
const { domainToASCII, domainToUnicode } = require('node:url');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { pick, random } = require('./random.js');

const MUTATED = 20000;
const names = ['source', 'medium', 'campaign', 'term', 'content'];
const values = ['a b', 'ü&=+%41', 'c', '#?/', '€']; // as url.t tags them

// ---- urls ----

// The cases whose scheme is http or https, that text can hold.
function platformCases() {
	const home = path.dirname(require.resolve('@wordpress/url/package.json'));
	const cases = JSON.parse(readFileSync(path.join(home, 'src/test/fixtures/wpt-data.json'), 'utf8'));
	return cases.map((c) => c.input)
		.filter((url) => /^[\0- ]*https?:/i.test(url) && !url.includes('\0') && url.isWellFormed());
}

const hostile = [...'/\\:@?#[].%&=+ \t\n\r<>^|"`{}~*!$\'(),;_-0159afxnXÀİßςſĲŀéｅ．。｡／＠：？＃％１２\u00ad\u200b\u200c\u200d\u2060\ufe0f\ufeff\u0300\u0301\u0338\u3099א۴٤عभ्มันกำ한ᄒ例ガｶﾞ☃🐘㎏ªⅣ℀⒈≠',
	'://', '%2e', '%2F', '%5C', '%40', '%zz', '%', '%e4%be%8b', '%ef%bc%8e', '%c0%ae', '%00', 'xn--', 'XN--', 'xn--bcher-kva', 'xn--a', '0x7f', '017', '::', ':80', ':65536', '1.2.3.4', '[::1]', 'user@', '?utm_source=', '&utm%5Fmedium=', '&utm_term=%ff+%e2%82', '%ed%a0%80', '%f4%90%80%80', '%f0%9f%90', '#x', '\u{10ffff}'];

function mutate(url, all) {
	const letters = [...url];
	for (let n = 1 + random(3); n > 0; n--) {
		const place = random(3) ? random(Math.min(letters.length, 24) + 1) : random(letters.length + 1);
		const what = random(5);
		if (what === 0) letters.splice(place, 1 + random(2));
		else if (what === 1) letters.splice(place, 1, pick(hostile));
		else if (what === 2) letters.splice(place, letters.length, ...[...pick(all)].slice(random(12)));
		else letters.splice(place, 0, pick(hostile));
	}
	return letters.join('');
}

// Labels of the letters of one script or more, with capitals, marks and hyphens, in Unicode,
// percent-encoding or punycode.
const scripts = ['abcxyzABXYZ019-_', 'äöüßéèñçøåÄÖÜÉÑÇØÅŠšŽžŁłĐđƠơƯưẤấ', 'αβγδςσΑΒΓΔΣΆάΐΰ', 'абвгдАБВГДЁёЇїҐґӘә', 'աբգԱԲԳև',
	'אבגדש0123', 'عربيةپچ٠١٢۰۱۲\u064b\u0651', 'हिन्दीक्षा', 'বাংলা', 'ਪੰਜਾਬੀ', 'தமிழ்', 'తెలుగు', 'ไทยกำนั้น', 'ລາວນຳ', 'ქართული', 'አማርኛ', 'ខ្មែរ',
	'例えテストデカﾃｽﾄﾞ中文測試国际', '한국어\u1112\u1161\u11ab', '🐘☃♥️', 'e\u0301a\u0308o\u0302\u0301n\u0303', 'ｗｗｗＡＢＣ１２', '\u200c\u200d\u00ad·']
	.map((script) => [...script]);
function label() {
	const script = pick(scripts);
	let text = '';
	for (let n = 1 + random(8); n > 0; n--) text += random(8) ? pick(script) : pick(pick(scripts));
	const form = random(6);
	if (form === 0) return encodeURIComponent(text);
	if (form === 1) return domainToASCII(text) || text;
	return text;
}
function international() {
	const labels = Array.from({ length: 1 + random(3) }, label);
	return 'https://' + labels.join(random(8) ? '.' : pick(['。', '．', '｡', '%2E'])) + pick(['', '.', ':80', '/', '/x?y#z']);
}

// Queries with utm parameters in every writing, and other things.
function query() {
	const pieces = ['utm_source', 'utm_medium', 'utm%5Fterm', '%75tm_content', 'utm_campaign', 'UTM_SOURCE', 'utm_sourcex', 'utm+source', '=', '=', '&', '&', 'a', 'ü', '+', '%', '%2', '%20', '%C3%BC',
		'%c3', '%ff', '%e2%82', '%f0%9f%90%98', '%ed%a0%80', '%c0%80', '%f4%8f%bf', '%EF%BB%BF', '%00', '?', '€', '\u{1f418}', ';', '/'];
	let text = 'https://example.com/p%20q?';
	for (let n = random(16); n > 0; n--) text += pick(pieces);
	return text + pick(['', '', '#', '#f?utm_source=x']);
}

function writeUrls() {
	const cases = platformCases();
	const urls = [...cases];
	const all = [...cases, 'https://user@example.com:8443/a%20b?x=1&y=ü#z', 'https://例え.jp/', 'https://[2001:db8::1]/', 'http://127.0.0.1:80/?utm_source=a&b=c'];
	for (let i = 0; i < MUTATED; i++) urls.push(mutate(pick(all), all), international(), query());
	for (const url of urls)
		if (!url.includes('\0') && url.isWellFormed()) console.log(Buffer.from(url).toString('hex'));
}

// ---- comparison ----

// What browsers take and clicktrack doesn't, on purpose: what it says, and what has to be
// true of the url then, or of what Node reads in it.
const refusals = [
	['another scheme', /^scheme ".*" is not one of http, https$/, (url, node) => !/^https?:$/.test(node.protocol)],
	['a space or control character, which browsers drop or encode', /^a space or control character/, (url) => /[\s\p{Cc}]/u.test(url)],
	['a backslash, which browsers may take for a slash', /^a backslash/, (url) => url.includes('\\')],
	['slashes missing, which browsers add', /^no host: "\/\/" does not follow/, (url) => !/^https?:\/\//i.test(url)],
	['slashes more than two, which browsers drop', /^no host$/, (url) => /^https?:\/\/([^/?#]*@)?\//i.test(url)],
	['an @ that is not encoded before the host', /^(no host$|the host .* has "@"|port .*@.* is not a number|a % without|".*" is not an IPv6)/, (url) => /^https?:\/\/[^/?#]*@[^/?#]*@/i.test(url)],
	['an empty label', /has an empty label$/, (url, node) => /(^|\.)\.|^\.$/.test(node.hostname)],
	['a number that is an IPv4 address in another spelling', /ends in a number, but is not an IPv4 address/, (url, node) => /^\d+\.\d+\.\d+\.\d+$/.test(node.hostname)],
	['a character that RFC 3986 lets stand in no host', /^the host .* has "["`{}]", which cannot/s, (url, node) => /["`{}]/.test(node.hostname)],
	['a letter of no script of the root zone, a joiner or an invisible one', /^the host .* has U\+[0-9A-F]{4,6}, which cannot/s, (url, node) => /[^\0-\x7f]/.test(decodeURIComponent(url.match(/^https?:\/\/([^/?#]*)/i)[1]))],
	['punycode of such a letter', /label that begins with xn--/, (url, node) => /xn--/.test(node.hostname)],
	['directions of writing mixed in a way that browsers take', /mixes directions of writing$/, (url, node) => /\p{Script=Hebrew}|\p{Script=Arabic}|[٠-٩]/u.test(domainToUnicode(node.hostname))],
	['a host longer than DNS takes', /is longer than 253 bytes/, (url, node) => node.hostname.length > 253 || node.hostname.split('.').some((l) => l.length > 63)],
	['more than 8192 bytes', /bytes are more than the 8192/, (url) => Buffer.byteLength(url) > 8192],
];

function parse(url) {
	try {
		return new URL(url);
	} catch {
		return null;
	}
}

// Node's host as clicktrack writes it.
function unicodeHost(hostname) {
	if (hostname.startsWith('[')) return hostname;
	return domainToUnicode(hostname).replace(/\.$/, '');
}

// text holds no U+0000
const readable = (value) => (value === null ? null : value.replaceAll('\0', '\ufffd'));

let tests = 0;
function report(name, wrong) {
	tests++;
	console.log(`${wrong.length ? 'not ok' : 'ok'} ${tests} - ${name}`);
	for (const line of wrong.slice(0, 10)) console.log(`# ${JSON.stringify(line)}`);
	if (wrong.length > 10) console.log(`# and ${wrong.length - 10} more`);
}

const readLines = (file) => readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(Buffer.from(line, 'hex').toString()));

// Compares clicktrack's answers to a kind of urls.
function compareAll(kind, answers) {
	const accepted = answers.filter((a) => a.problem === null);
	const refusedByBoth = answers.filter((a) => a.problem !== null && !parse(a.url));
	const refusedByUs = answers.filter((a) => a.problem !== null && parse(a.url));
	console.log(`# ${kind}: ${accepted.length} accepted by both, ${refusedByBoth.length} refused by both, ${refusedByUs.length} refused by clicktrack alone`);

	report(`${kind}: some are accepted, some refused`, accepted.length > 0 && refusedByBoth.length > 0 ? [] : ['none']);
	report(`${kind}: what is accepted Node accepts, too, with the same host`, accepted.filter((a) => {
		const node = parse(a.url);
		return !node || unicodeHost(node.hostname) !== a.host;
	}));
	report(`${kind}: what is accepted of any scheme Node accepts, too`, answers.filter((a) => a.any === null && !parse(a.url)));
	report(`${kind}: a link back to its own host is found`, accepted.filter((a) => !/own short domain$/.test(a.back)));

	const unknown = [];
	const counts = new Map();
	for (const a of refusedByUs) {
		const node = parse(a.url);
		const refusal = refusals.find(([, problem, holds]) => problem.test(a.problem) && holds(a.url, node));
		if (refusal) counts.set(refusal[0], (counts.get(refusal[0]) ?? 0) + 1);
		else unknown.push(a);
	}
	report(`${kind}: what clicktrack alone refuses it refuses for a known reason`, unknown);
	for (const [name, count] of counts) console.log(`#   ${name}: ${count}`);

	report(`${kind}: utm_parse reads what Node reads`, accepted.filter((a) => {
		const params = parse(a.url).searchParams;
		return names.some((name) => readable(params.get(`utm_${name}`)) !== a.utm[name]);
	}));
	report(`${kind}: utm_tag adds what Node adds, and changes nothing else`, accepted.filter((a) => {
		const before = parse(a.url);
		const after = parse(a.tagged);
		if (!after) return true;
		const parameters = new URLSearchParams(before.search);
		names.forEach((name, i) => {
			if (!parameters.has(`utm_${name}`)) parameters.set(`utm_${name}`, values[i]);
		});
		const same = ['protocol', 'username', 'password', 'host', 'pathname', 'hash'].every((part) => before[part] === after[part]);
		return !same || parameters.toString() !== after.searchParams.toString() || !after.search.startsWith(before.search);
	}));
}

function compare(answersFile, lettersFile) {
	const answers = readLines(answersFile);
	const letters = readLines(lettersFile);
	const ncases = platformCases().length;
	console.log('1..16');
	compareAll('platform tests', answers.slice(0, ncases));
	compareAll('mutated', answers.slice(ncases));
	report('every code point: some are accepted', letters.length > 80000 ? [] : [letters.length]);
	report('every code point: what is accepted Node accepts, too, with the same host',
		letters.filter(([url, host]) => !parse(url) || unicodeHost(parse(url).hostname) !== host));
	console.log(`# every code point: ${letters.length} hosts accepted`);
}

const [command, ...files] = process.argv.slice(2);
if (command === 'urls') writeUrls();
else compare(...files);
