// Random choices that are the same in every run, and others with another SEED.
'use strict';

let state = Number(process.env.SEED ?? 20260301);

// A number from 0 to below n (mulberry32).
function random(n) {
	state = (state + 0x6d2b79f5) | 0;
	let x = Math.imul(state ^ (state >>> 15), state | 1);
	x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
	return ((x ^ (x >>> 14)) >>> 0) % n;
}

const pick = (list) => list[random(list.length)];

module.exports = { pick, random };
