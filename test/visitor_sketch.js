// A model of visitor_sketch. See visitor_sketch.t.
//
//   node visitor_sketch.js sets               pairs of sets, a line each
//   node visitor_sketch.js compare ANSWERS    TAP
'use strict';
const { readFileSync } = require('node:fs');
const { pick, random } = require('./random.js');
const { done, is, ok } = require('./tap.js');

const MASK = (1n << 64n) - 1n;
const D = 24; // update values that a register knows of below its greatest
const PLACE_BITS = 20;

// ---- sets ----

function writeSets() {
	for (let i = 0; i < 120; i++) {
		const precision = () => pick([4, 4, 5, 6, 7, 8, 9, 10, 10, 11, 12]);
		const size = () => 1 + Math.floor(10 ** (random(4200) / 1000));
		const step = pick([1, 7, 1000003]);
		const first = random(1e9) - 5e8;
		const a = size();
		const b = size();
		const shift = pick([0, random(a), random(a), a, a + 1000]) * step;
		console.log([precision(), first, step, a, precision(), first + shift, step, b].join('\t'));
	}
}

const visitors = (set) => Array.from({ length: set.n }, (_, i) => BigInt(set.first) + BigInt(set.step) * BigInt(i));

// ---- keys, update values and tokens ----

function mix(x) {
	x &= MASK;
	x = ((x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
	x = ((x ^ (x >> 27n)) * 0x94d049bb133111ebn) & MASK;
	return x ^ (x >> 31n);
}

const bits = (key) => key.toString(2).padStart(64, '0');
const zerosBefore = (text) => (text.includes('1') ? text.indexOf('1') : text.length);

// The register and the update value of a key, as strings of bits have them.
function update(key, p) {
	const text = bits(key);
	return [parseInt(text.slice(62 - p, 62), 2), 4 * zerosBefore(text.slice(0, 62 - p)) + parseInt(text.slice(62), 2) + 1];
}

// The update values each register had, all of them.
function updates(keys, p) {
	const registers = Array.from({ length: 2 ** p }, () => new Set());
	for (const key of keys) {
		const [i, k] = update(key, p);
		registers[i].add(k);
	}
	return registers;
}

// A register that had them; 0 is one of those a register had, once it had any.
function register(values) {
	if (values.size === 0) return 0;
	const u = Math.max(...values);
	let value = u;
	for (let k = u - 1; k >= u - D; k--) value = value * 2 + (k === 0 || values.has(k) ? 1 : 0);
	return value;
}

const token = (key) => [Number(key & ((1n << 20n) - 1n)), zerosBefore(bits(key).slice(0, 44))];

// ---- bytes ----

function tokenBits(tokens) {
	const remainder = PLACE_BITS - Math.ceil(Math.log2(tokens.length));
	let text = '';
	let last = 0;
	for (const [place, zeros] of tokens) {
		const distance = place - last;
		text += '1'.repeat(Math.floor(distance / 2 ** remainder)) + '0';
		if (remainder > 0) text += (distance % 2 ** remainder).toString(2).padStart(remainder, '0');
		text += '1'.repeat(zeros) + '0';
		last = place;
	}
	return text.padEnd(Math.ceil(text.length / 8) * 8, '0');
}

const hex = (number, digits) => number.toString(16).padStart(digits, '0');

// What a set is at a precision: its form, its bytes and the events behind its estimate.
function sketch(keys, p) {
	const distinct = [...new Set(keys)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
	if (distinct.length <= Math.min(128, 2 ** (p - 1)))
		return { form: 'exact', keys: distinct, bytes: `10${hex(p, 2)}${distinct.map((k) => hex(k, 16)).join('')}` };
	const tokens = [...new Map(distinct.map((k) => [token(k).join(), token(k)])).values()].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
	if (tokens.length <= 2 ** (p + 1)) {
		const text = tokenBits(tokens);
		const bytes = text.match(/.{8}/g).map((byte) => hex(parseInt(byte, 2), 2)).join('');
		return { form: 'sparse', bytes: `11${hex(p, 2)}${hex(tokens.length, 8)}${bytes}` };
	}
	return { form: 'dense', bytes: `12${hex(p, 2)}${updates(distinct, p).map((values) => hex(register(values), 8)).join('')}` };
}

// ---- likelihood, event by event ----

const updateProbability = (k, p) => 2 ** -(Math.min(3 + Math.floor((k - 1) / 4), 64 - p) + p);
const tokenProbability = (zeros) => 2 ** -(PLACE_BITS + Math.min(zeros + 1, 44));

// The events that a set of registers knows of: probability, whether it happened.
function registerEvents(registers, p) {
	const events = [];
	for (const values of registers) {
		const u = Math.max(0, ...values);
		for (let k = Math.max(1, u - D); k <= 4 * (63 - p); k++) events.push([updateProbability(k, p), values.has(k)]);
	}
	return events;
}

// Those of tokens; events that did not happen stand together, as the rest of probability 1.
function tokenEvents(keys) {
	const tokens = [...new Map(keys.map((k) => [token(k).join(), token(k)])).values()];
	const events = tokens.map(([, zeros]) => [tokenProbability(zeros), true]);
	return [...events, [1 - events.reduce((sum, [p]) => sum + p, 0), false]];
}

// The number of visitors that makes events the most likely: the derivative falls, so halve.
function mostLikely(events) {
	const counts = new Map();
	let missed = 0;
	for (const [p, happened] of events) {
		if (happened) counts.set(p, (counts.get(p) ?? 0) + 1);
		else missed += p;
	}
	const slope = (n) => [...counts].reduce((sum, [p, count]) => sum + (count * p) / Math.expm1(n * p), -missed);
	let low = 0;
	let high = 1e9;
	for (let i = 0; i < 200; i++) {
		const middle = (low + high) / 2;
		if (slope(middle) > 0) low = middle;
		else high = middle;
	}
	return low;
}

// ---- two sets ----

// What both sketches know of each event, and of how many such events.
function jointEvents(a, b, p, tokens) {
	const table = new Map();
	const add = (probability, first, second, count) => {
		const name = [probability, first, second].join();
		if (!table.has(name)) table.set(name, { probability, first, second, count: 0 });
		table.get(name).count += count;
	};
	if (tokens) {
		const first = new Set(a.map((k) => token(k).join()));
		const second = new Set(b.map((k) => token(k).join()));
		let rest = 1;
		for (const name of new Set([...first, ...second])) {
			const probability = tokenProbability(Number(name.split(',')[1]));
			rest -= probability;
			add(probability, first.has(name), second.has(name), 1);
		}
		return { table, rest };
	}
	const first = updates(a, p);
	const second = updates(b, p);
	for (let i = 0; i < 2 ** p; i++) {
		const low = [first[i], second[i]].map((values) => Math.max(0, ...values) - D);
		for (let k = 1; k <= 4 * (63 - p); k++)
			add(updateProbability(k, p), k < low[0] ? null : first[i].has(k), k < low[1] ? null : second[i].has(k), 1);
	}
	return { table, rest: 0 };
}

// The logarithm of the likelihood that so many visitors are in the first set only, the second
// only, and both.
function jointLikelihood([a, b, x], { table, rest }) {
	let sum = -(a + b + x) * rest;
	for (const { probability: p, first, second, count } of table.values()) {
		const [A, B, X] = [a, b, x].map((n) => -Math.expm1(-n * p));
		let chance;
		if (first === null && second === null) chance = 1;
		else if (second === null) chance = first ? 1 - (1 - A) * (1 - X) : (1 - A) * (1 - X);
		else if (first === null) chance = second ? 1 - (1 - B) * (1 - X) : (1 - B) * (1 - X);
		else if (!first && !second) { sum -= count * p * (a + b + x); continue; }
		else if (first && second) chance = A * B * (1 - X) + X;
		else chance = (1 - X) * (first ? A * (1 - B) : B * (1 - A));
		if (chance < 1) sum += count * Math.log(chance);
	}
	return sum;
}

// ---- comparison ----

const near = (have, want, tolerance) => Math.abs(have - want) <= tolerance * Math.max(1, Math.abs(want));

// The estimate that the model has of a set.
function modelEstimate(keys, p, form) {
	if (form === 'exact') return new Set(keys).size;
	if (form === 'sparse') return mostLikely(tokenEvents(keys));
	// the first-order bias, integrated numerically over all values of a register
	return mostLikely(registerEvents(updates(keys, p), p)) / (1 + 0.0917 / 2 ** p);
}

function compareSet(set, name, forms) {
	const keys = visitors(set).map(mix);
	const model = sketch(keys, set.precision);
	forms[model.form] = (forms[model.form] ?? 0) + 1;
	is(set.bytes, model.bytes, `${name}: bytes`);
	const want = modelEstimate(keys, set.precision, model.form);
	ok(near(set.estimate, want, 1e-9), `${name}: estimate`, `have ${set.estimate}, want ${want}`);
	return { keys, model };
}

// No other parts are more likely than those estimated.
function compareParts(parts, a, b, p, name) {
	if (a.model.form === 'exact' && b.model.form === 'exact') {
		const shared = a.model.keys.filter((k) => b.model.keys.includes(k)).length;
		is(parts, [a.model.keys.length - shared, b.model.keys.length - shared, shared], `${name}: exact parts`);
		return;
	}
	const events = jointEvents(a.keys, b.keys, p, a.model.form !== 'dense' && b.model.form !== 'dense');
	const whole = parts[0] + parts[1] + parts[2];
	const found = parts.map((n) => Math.max(n, whole * 1e-9));
	const best = jointLikelihood(found, events);
	const better = [];
	for (let i = 0; i < 3; i++)
		for (const change of [1e-6, -1e-6, 1e-3, -1e-3, 0.03, -0.03]) {
			const other = [...found];
			other[i] = Math.max(whole * 1e-9, other[i] + change * whole);
			const likelihood = jointLikelihood(other, events);
			if (likelihood > best + 1e-5) better.push(`${other}: ${likelihood} is more than ${best}`);
		}
	ok(better.length === 0, `${name}: no parts are more likely`, ...better);
}

function compare(file) {
	const forms = {};
	const lines = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
	lines.forEach(({ a, b, union, both, first, second }, i) => {
		const name = `${i + 1}, ${a.n} and ${b.n} visitors`;
		const p = Math.min(a.precision, b.precision);
		const [modelA, modelB] = [compareSet(a, `${name}, first`, forms), compareSet(b, `${name}, second`, forms)];
		is(union, sketch([...modelA.keys, ...modelB.keys], p).bytes, `${name}: union`);
		compareParts([first.estimate, second.estimate, both.estimate], modelA, modelB, p, name);
	});
	ok(['exact', 'sparse', 'dense'].every((form) => forms[form] >= 30), 'every form is common', JSON.stringify(forms));
	done();
}

const [command, file] = process.argv.slice(2);
if (command === 'sets') writeSets();
else compare(file);
