// Makes visitors at random, and compares what clicktrack says of them with ClickHouse's
// windowFunnel and retention. See click_funnel.t.
//
//   node click_funnel.js visitors            a row an event: set, visitor, microseconds, steps
//   node click_funnel.js compare ROWS ANSWERS    TAP
'use strict';
const { readFileSync } = require('node:fs');
const { random } = require('./random.js');
const { done, is, ok } = require('./tap.js');

// Each set has its number of steps and its interval, which ClickHouse takes as constants; the
// intervals are none, less than what lies between most events, and more.
const STEPS = [1, 2, 3, 4, 5, 6, 7, 8, 32];
const INTERVALS = [0, 1, 7, 60, 1000, 60000000];
const VISITORS = 200;
const sets = STEPS.flatMap((nsteps) => INTERVALS.map((within) => ({ nsteps, within })));

// The steps that one event is: mostly one, at times none or several.
function steps(nsteps) {
	const taken = Array(nsteps).fill(0);
	for (let n = [0, 1, 1, 1, 1, 1, 2, 3][random(8)]; n > 0; n--) taken[random(nsteps)] = 1;
	return taken.join('');
}

// Times are few, so that many events have the same; steps come in order at times.
function writeVisitors() {
	sets.forEach(({ nsteps }, set) => {
		for (let visitor = 0; visitor < VISITORS; visitor++) {
			const span = [1, 4, 20, 100, 5000][random(5)];
			const inOrder = random(3) === 0;
			for (let n = 1 + random(random(10) ? 12 : 60), i = 0; i < n; i++) {
				const taken = inOrder ? '0'.repeat(i % nsteps) + '1' + '0'.repeat(nsteps - 1 - (i % nsteps)) : steps(nsteps);
				const at = 1770000000000000 + (inOrder ? i * (1 + random(3)) : random(span));
				console.log([set, visitor, at, taken].join('\t'));
			}
		}
	});
}

// What ClickHouse says of each set: "visitor reached retained".
function askClickHouse(session, file) {
	session.query(`CREATE TABLE event ENGINE = Memory AS
		SELECT * FROM file('${file}', TSV, 'set UInt32, visitor UInt32, at UInt64, steps String')`);
	return sets.map(({ nsteps, within }, set) => {
		const conditions = Array.from({ length: nsteps }, (_, i) => `substring(steps, ${i + 1}, 1) = '1'`);
		const retention = nsteps === 1 ? `[max(${conditions})]` : `retention(${conditions})`; // it takes two at least
		return session.query(`SELECT visitor, windowFunnel(${within})(at, ${conditions}), arrayStringConcat(${retention})
			FROM event WHERE set = ${set} GROUP BY visitor ORDER BY visitor`, 'TSV').trimEnd().split('\n').map((row) => row.replaceAll('\t', ' '));
	});
}

function compare(rows, answers) {
	const { Session } = require('chdb');
	const session = new Session();
	const theirs = askClickHouse(session, rows);
	const ours = sets.map(() => []);
	for (const line of readFileSync(answers, 'utf8').trimEnd().split('\n')) {
		const [set, ...answer] = line.split('|');
		ours[set].push(answer.join(' '));
	}
	sets.forEach(({ nsteps, within }, set) => {
		is(ours[set], theirs[set], `${nsteps} steps within ${within} microseconds`);
	});
	const reached = theirs.map((answer) => new Set(answer.map((row) => row.split(' ')[1])).size);
	ok(sets.every(({ nsteps }, set) => reached[set] >= Math.min(nsteps, 4)), 'some visitors come far, some not', reached.join(' '));
	session.cleanup();
	done();
}

const [command, ...files] = process.argv.slice(2);
if (command === 'visitors') writeVisitors();
else if (command === 'sets') sets.forEach(({ within }, set) => console.log(`${set}\t${within} microseconds`));
else compare(...files);
