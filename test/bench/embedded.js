// One embedded engine in a process of its own, spoken to as psql is: statements on standard
// input up to a line '\echo done'; the last one's rows, its time and 'done' on standard
// output. Its tables are on disk, in its own format.
//
//   node embedded.js duckdb|clickhouse DIRECTORY THREADS
'use strict';
const readline = require('node:readline');

// Each opens its engine and gives a function from SQL to lines of fields.
const engines = {
	async duckdb(directory, threads) {
		const { DuckDBInstance } = require('@duckdb/node-api');
		const instance = await DuckDBInstance.create(`${directory}/duckdb.db`, { threads });
		const connection = await instance.connect();
		return async (sql) => {
			const rows = (await connection.runAndReadAll(sql)).getRowsJson();
			return rows.map((row) => row.map((field) => field ?? '').join('|'));
		};
	},

	// Without the cache of which parts of a table a condition holds in: the same
	// query several times over is our doing.
	async clickhouse(directory, threads) {
		const { Session } = require('chdb');
		const session = new Session(directory, {
			connectionArgs: [`--max_threads=${threads}`, '--use_query_condition_cache=0'],
		});
		return async (sql) => {
			const text = session.query(sql, 'TSV').trimEnd();
			return text === '' ? [] : text.split('\n').map((row) => row.replaceAll('\t', '|').replaceAll('\\N', ''));
		};
	},
};

async function main([engine, directory, threads]) {
	const run = await engines[engine](directory, threads);
	let sql = '';
	for await (const line of readline.createInterface({ input: process.stdin })) {
		if (line.startsWith('\\timing')) continue;
		if (line !== '\\echo done') {
			sql += line + '\n';
			continue;
		}
		const start = process.hrtime.bigint();
		const rows = await run(sql);
		const ms = Number(process.hrtime.bigint() - start) / 1e6;
		process.stdout.write([...rows, `Time: ${ms.toFixed(3)} ms`, 'done', ''].join('\n'));
		sql = '';
	}
}

main(process.argv.slice(2)).then(
	() => process.exit(0),
	(error) => {
		console.error(error.message);
		process.exit(1);
	},
);
