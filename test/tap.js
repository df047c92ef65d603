// The Test Anything Protocol, for the tests that node runs.
'use strict';
const { inspect, isDeepStrictEqual } = require('node:util');

let tests = 0;

// A test of a condition; the details are shown where it does not hold.
function ok(holds, name, ...details) {
	tests += 1;
	console.log(`${holds ? 'ok' : 'not ok'} ${tests} - ${name}`);
	if (holds) return;
	for (const line of details.join('\n').split('\n').slice(0, 40)) console.log(`# ${line}`);
}

const show = (value) => inspect(value, { depth: 6, breakLength: 120, maxArrayLength: 10, maxStringLength: 300 });

// A test that two values are the same, all the way down.
function is(have, want, name) {
	ok(isDeepStrictEqual(have, want), name, `have: ${show(have)}`, `want: ${show(want)}`);
}

function skip(why, name) {
	tests += 1;
	console.log(`ok ${tests} - ${name} # SKIP ${why}`);
}

// The plan, when all is done; without it the tests have failed.
function done() {
	console.log(`1..${tests}`);
}

module.exports = { done, is, ok, skip };
