// Compares the numbers of visitors that clicktrack gives with ClickHouse's. See chdb.t.
//
//   node chdb.js DIRECTORY    with the clicks and clicktrack's answers; TAP
'use strict';
const { readFileSync } = require('node:fs');
const { Session } = require('chdb');
const { done, is, ok } = require('./tap.js');

const [directory] = process.argv.slice(2);
const session = new Session(`${directory}/chdb`);
const ask = (sql) => session.query(sql, 'TSV').trimEnd().split('\n').map((row) => row.split('\t'));
const answers = (name) => readFileSync(`${directory}/${name}`, 'utf8').trimEnd().split('\n').map((row) => row.split('\t'));

session.query(`CREATE TABLE clicks ENGINE = Memory AS SELECT * FROM file('${directory}/clicks', 'TSV', 'grp Int32, visitor Nullable(Int64)')`);
const [[rows, greatest]] = ask('SELECT sum(n), max(n) FROM (SELECT count(*) AS n FROM clicks GROUP BY grp)');
ok(rows > 1000000 && greatest > 50000, 'there are groups to speak of', `${rows} rows, at most ${greatest} in a group`);

// Tests that the first column of some answers leads to what ClickHouse says of that group.
const wanted = new Map(ask('SELECT grp, uniqExact(visitor) FROM clicks GROUP BY grp'));
function same(lines, column, name) {
	const wrong = lines.filter((line) => wanted.get(line[0]) !== line[column]);
	is([lines.length, wrong.slice(0, 5).map((line) => [line[0], line[column], wanted.get(line[0])])], [wanted.size, []], name);
}
same(answers('groups'), 1, 'unique_clicks(bigint) by group');
same(answers('groups'), 2, 'unique_clicks(click_event) by group');
same(answers('merged'), 1, 'unique_clicks_merge by group');

const [[total]] = ask('SELECT uniqExact(visitor) FROM clicks');
is(answers('all'), [[total, total]], 'overall, from clicks and from states');
session.cleanup();
done();
