# grafana.py DASHBOARD check: complaints about the dashboard, a line each.
# grafana.py DASHBOARD queries CAMPAIGNS CHANNELS FROM TO: its queries as Grafana sends them, with
# these values of its variables (as SQL literals) and this period, for psql; each is preceded by a
# line with its title and the columns that it must have.
import json, re, sys
from datetime import datetime

dashboard = json.load(open(sys.argv[1], encoding='utf-8'))
variables = {v['name']: v for v in dashboard['templating']['list']}
SOURCE = {'type': 'grafana-postgresql-datasource', 'uid': '${DS_POSTGRES}'}


def check():
	for key in 'title', 'uid', 'schemaVersion', 'time', 'panels', 'templating', 'annotations':
		if not dashboard.get(key):
			yield f'there is no {key}'
	if not 39 <= dashboard['schemaVersion'] <= 42:
		yield f"schemaVersion is {dashboard['schemaVersion']}"
	if dashboard['id'] is not None or '__inputs' in dashboard:
		yield 'it cannot be imported and provisioned alike'
	if variables.get('DS_POSTGRES', {}).get('type') != 'datasource' or variables['DS_POSTGRES'].get('query') != SOURCE['type']:
		yield 'there is no variable DS_POSTGRES for the data source'
	for name in 'campaign', 'channel':
		v = variables.get(name, {})
		if not (v.get('type') == 'query' and v.get('multi') and v.get('includeAll') and v.get('datasource') == SOURCE and v.get('query')):
			yield f'the variable {name} is no list from the database to choose from'

	panels = dashboard['panels']
	ids = [p['id'] for p in panels]
	if len(set(ids)) != len(ids):
		yield f'panel ids are not unique: {sorted(ids)}'
	if len({p['title'] for p in panels}) != len(panels):
		yield 'titles are not unique'
	required = {r['id'] for r in dashboard['__requires'] if r['type'] == 'panel'}
	if required != {p['type'] for p in panels}:
		yield f'__requires and panels have different types: {sorted(required)}'
	taken = {}
	for p in panels:
		at = p['gridPos']
		if at['x'] < 0 or at['y'] < 0 or at['w'] < 1 or at['h'] < 1 or at['x'] + at['w'] > 24:
			yield f"{p['title']}: outside of the grid"
		for x in range(at['x'], at['x'] + at['w']):
			for y in range(at['y'], at['y'] + at['h']):
				other = taken.setdefault((x, y), p['title'])
				if other != p['title']:
					yield f"{p['title']}: over {other} at {x}, {y}"
		if not p.get('description'):
			yield f"{p['title']}: no description"
		if p['datasource'] != SOURCE or not p['targets']:
			yield f"{p['title']}: no query of the database"
		refs = [t['refId'] for t in p['targets']]
		if len(set(refs)) != len(refs):
			yield f"{p['title']}: two queries of one name"
		for t in p['targets']:
			if not t.get('rawSql') or not t.get('rawQuery') or t.get('datasource') != SOURCE or t.get('format') not in ('table', 'time_series'):
				yield f"{p['title']} {t['refId']}: no SQL as a {t.get('format')}"
	height = max(y for _, y in taken) + 1
	for y in range(height):
		if not any((x, y) in taken for x in range(24)):
			yield f'row {y} of the grid is empty'
	for sql in queries_of(dashboard):
		for name in re.findall(r'\$\{?([a-zA-Z]\w*)', sql):
			if name not in variables:
				yield f'no variable ${name}: {sql}'


def queries_of(node):
	if isinstance(node, dict):
		yield from ([node['rawSql']] if 'rawSql' in node else [])
		node = list(node.values())
	for child in node if isinstance(node, list) else []:
		yield from queries_of(child)


# The columns that a panel names: where one is missing, Grafana shows nothing and does not say why.
def named_columns(panel):
	for override in panel['fieldConfig']['overrides']:
		if override['matcher']['id'] == 'byName':
			yield override['matcher']['options']
	options = panel['options']
	yield from (s['displayName'] for s in options.get('sortBy', []))
	if 'xField' in options:
		yield options['xField']


# In Grafana's order: variables where the query is written, macros where it is run. Its pattern
# of a macro ends at the first closing parenthesis, so arguments have none.
def expand(sql, values, start, end):
	def instant(time):
		return f"'{time:%Y-%m-%dT%H:%M:%SZ}'"

	def macro(match):
		name, arguments = match[1], [a.strip() for a in match[2].split(',')]
		if name == 'timeFilter':
			return f'{arguments[0]} BETWEEN {instant(start)} AND {instant(end)}'
		if name == 'timeFrom':
			return instant(start)
		if name == 'timeTo':
			return instant(end)
		if name in ('timeGroup', 'timeGroupAlias'):
			number, unit = re.fullmatch(r'(\d+)([smhdw])', arguments[1].strip('\'"')).groups()
			seconds = int(number) * {'s': 1, 'm': 60, 'h': 3600, 'd': 86400, 'w': 604800}[unit]
			return f'floor(extract(epoch from {arguments[0]})/{seconds})*{seconds}' + (' AS "time"' if name == 'timeGroupAlias' else '')
		sys.exit(f'no macro of Grafana: {match[0]}')

	for name, value in values.items():
		sql = re.sub(r'\$\{%s(:\w+)?\}|\$%s\b' % (name, name), lambda m: value, sql)
	sql = sql.replace('$__interval', '1d' if (end - start).days > 3 else '1h')
	sql = re.sub(r'\$__([a-zA-Z]+)\(([^)]*)\)', macro, sql)
	if '$' in sql:
		sys.exit(f'not expanded: {sql}')
	return sql


def queries(campaigns, channels, start, end):
	values = {'campaign': campaigns, 'channel': channels}
	period = [datetime.fromisoformat(t) for t in (start, end)]
	found = [(f'variable {v["name"]}', v['query'], ['__text', '__value'] if '__text' in v['query'] else []) for v in variables.values() if v['type'] == 'query']
	found += [(f'annotation {a["name"]}', a['target']['rawSql'], ['time', 'text']) for a in dashboard['annotations']['list'] if 'target' in a]
	for p in dashboard['panels']:
		for t in p['targets']:
			found.append((f"{p['title']} {t['refId']}", t['rawSql'], list(named_columns(p)) + (['time'] if t['format'] == 'time_series' else [])))
	for title, sql, columns in found:
		print('-- ' + '\t'.join([title] + sorted(set(columns))))
		print(expand(sql, values, *period))


if sys.argv[2] == 'check':
	print(*check(), sep='\n', end='')
else:
	queries(*sys.argv[3:])
