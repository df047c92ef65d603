// Compares what clicktrack said of groups and histories with what ClickHouse says. See
// statistics.t.
//
//   node statistics.js DIRECTORY
'use strict';
const { Session } = require('chdb');
const { done, ok } = require('./tap.js');

const [directory] = process.argv.slice(2);
const session = new Session(`${directory}/clickhouse`);

// The first row of a query's answer, as an object.
const ask = (sql) => JSON.parse(session.query(sql, 'JSONEachRow'));

// ClickHouse takes the tail as a difference to 1, so a small p has only its first digits.
const groups = ask(`
	SELECT toUInt32(count()) AS rows, toUInt32(countIf(isFinite(test.1))) AS tested,
		maxIf(abs(test.1 - z) / (1 + abs(z)), isFinite(test.1)) AS z_error,
		maxIf(abs(test.2 - p), isFinite(test.1)) AS p_error,
		maxIf(abs(erfc(abs(z) / sqrt(2)) / p - 1), p > 1e-300) AS tail_error
	FROM (
		SELECT z, p, proportionsZTest(a_hits, b_hits, a_n, b_n, 0.95, 'pooled') AS test
		FROM file('${directory}/groups', 'TSV',
			'a_n UInt64, a_hits UInt64, b_n UInt64, b_hits UInt64, z Nullable(Float64), p Nullable(Float64)')
	)`);
ok(groups.rows === 50000 && groups.tested > 40000, 'ClickHouse tests most groups', JSON.stringify(groups));
ok(groups.z_error < 1e-9, 'z of two_proportions is that of proportionsZTest', JSON.stringify(groups));
ok(groups.p_error < 1e-9, 'so is p', JSON.stringify(groups));
ok(groups.tail_error < 1e-12, 'and p is erfc of z, however small', JSON.stringify(groups));

const histories = ask(`
	WITH arrayReduce('quantileExactInclusive(0.5)', history) AS median,
		arrayMap(x -> abs(x - median), history) AS distances,
		arrayReduce('quantileExactInclusive(0.5)', distances) AS mad,
		arrayAvg(distances) AS mean_deviation,
		if(mad > 0, 0.6745 * (value - median) / mad, if(mean_deviation > 0, (value - median) / (1.253314 * mean_deviation), NULL)) AS by_hand
	SELECT toUInt32(count()) AS rows, toUInt32(countIf(isNull(score))) AS without, toUInt32(countIf(mad = 0)) AS fallbacks,
		toUInt32(countIf(isNull(score) != isNull(by_hand))) AS differ, max(abs(score - by_hand) / (1 + abs(by_hand))) AS error
	FROM file('${directory}/histories', 'TSV', 'value Float64, history Array(Float64), score Nullable(Float64)')`);
ok(histories.rows === 20000 && histories.without > 0 && histories.fallbacks > histories.without, 'histories of every kind', JSON.stringify(histories));
ok(histories.differ === 0 && histories.error < 1e-12, 'anomaly_score is what exact medians give', JSON.stringify(histories));
done();
