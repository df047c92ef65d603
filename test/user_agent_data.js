// Headers that others collected, as lines of tab-separated fields for test/user_agent.t:
//
//   node user_agent_data.js crawlers FILE    header
//   node user_agent_data.js uap DIRECTORY    file, family, browser family, spider (t or f), header
//
// FILE is crawler-user-agents.json of npm's package, DIRECTORY is uap-core's. There, file is
// one of its tests (device, os or ua) and family the answer that it expects; the browser's
// family, and whether the device is a spider, are what uap-core's own expressions say.
'use strict';
const fs = require('fs');

const line = (...fields) =>
	process.stdout.write(fields.map(f => f.replace(/[\\\t\r\n]/g, ' ')).join('\t') + '\n');

// The text of a YAML scalar on one line.
function scalar(text) {
	if (text.startsWith("'")) return text.slice(1, text.lastIndexOf("'")).replace(/''/g, "'");
	if (text.startsWith('"')) return text.slice(1, text.lastIndexOf('"')).replace(/\\(.)/g, '$1');
	return text.replace(/ #.*/, '').trim();
}

// uap-core's YAML is lists of mappings of one-line scalars: { list: [{ key: text }] }.
function read(file) {
	const lists = {};
	let list;
	for (const text of fs.readFileSync(file, 'utf8').split('\n')) {
		const match = /^( *)(- +)?([a-z_]+): *(.*)$/.exec(text);
		if (!match) continue;
		if (match[1] === '' && !match[2]) list = lists[match[3]] = [];
		else {
			if (match[2]) list.push({});
			list[list.length - 1][match[3]] = scalar(match[4]);
		}
	}
	return lists;
}

const expression = p => new RegExp(p.regex, p.regex_flag || '');

function uap(dir) {
	const parsers = read(`${dir}/regexes.yaml`);
	const browsers = parsers.user_agent_parsers.map(p => ({ family: p.family_replacement, expression: expression(p) }));
	const spiders = parsers.device_parsers.filter(p => p.device_replacement === 'Spider').map(expression);
	const familyOf = header => {
		for (const browser of browsers) {
			const match = browser.expression.exec(header);
			if (match) return browser.family ? browser.family.replace('$1', match[1]) : match[1];
		}
		return 'Other';
	};
	for (const set of ['device', 'os', 'ua'])
		for (const test of read(`${dir}/tests/test_${set}.yaml`).test_cases) {
			const header = test.user_agent_string;
			line(set, test.family, set === 'ua' ? test.family : familyOf(header),
				set === 'device' ? (test.family === 'Spider' ? 't' : 'f') : spiders.some(e => e.test(header)) ? 't' : 'f', header);
		}
}

if (process.argv[2] === 'crawlers')
	for (const crawler of JSON.parse(fs.readFileSync(process.argv[3], 'utf8')))
		for (const header of crawler.instances || []) line(header);
else uap(process.argv[3]);
